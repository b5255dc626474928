//! Products of A rows with B rows of D values: `${self}_sums[a * B / 4 + b / 4]` has those of row a
//! with rows b .. b + 3.
//!
//! The rows of `a` lie one after the other; row b is what `${self}_b(b, i)` returns, its values
//! 4 i .. 4 i + 3. Both are staged QUADS quads at a time. A thread adds 4 x 4 products over every
//! SLICES-th quad; the slices are then added in order. A, B, QUADS and WG are powers of two, A and
//! B at least 4, D a multiple of 4 QUADS, A B at most 16 WG.
#let TILES = A * B / 16
#let SLICES = min(max(WG / TILES, 1), QUADS)
#let STRIDE = QUADS + 1

var<workgroup> ${self}_sums: array<vec4<f32>, ${max((A + B) * STRIDE, SLICES * A * B / 4)}>;

/// The rows of `a` begin at quad `first`. Begins and ends with a barrier.
fn ${self}_products(at: At, first: u32) {
  let slice = at.lid % ${SLICES}u;
  let tile = at.lid / ${SLICES}u;
  let row_a = tile / ${B / 4}u * 4u;
  let row_b = tile % ${B / 4}u * 4u;
  let place_a = row_a * ${STRIDE}u + slice;
  let place_b = (${A}u + row_b) * ${STRIDE}u + slice;
  #for i in 0..4
  var sum_${i} = vec4<f32>();
  #end
  for (var chunk = 0u; chunk < ${D / 4}u; chunk += ${QUADS}u) {
    workgroupBarrier();
    for (var i = at.lid; i < ${A * QUADS}u; i += ${WG}u) {
      let row = i / ${QUADS}u;
      let quad = i % ${QUADS}u;
      ${self}_sums[row * ${STRIDE}u + quad] = ${a}[first + row * ${D / 4}u + chunk + quad];
    }
    for (var i = at.lid; i < ${B * QUADS}u; i += ${WG}u) {
      let row = i / ${QUADS}u;
      let quad = i % ${QUADS}u;
      ${self}_sums[(${A}u + row) * ${STRIDE}u + quad] = ${self}_b(row, chunk + quad);
    }
    workgroupBarrier();
    #if TILES * SLICES < WG
    if tile < ${TILES}u {
    #end
    #for step in 0..QUADS / SLICES
    {
      #for i in 0..4
      let b_${i} = ${self}_sums[place_b + ${i * STRIDE + step * SLICES}u];
      #end
      let x = vec4<f32>(b_0.x, b_1.x, b_2.x, b_3.x);
      let y = vec4<f32>(b_0.y, b_1.y, b_2.y, b_3.y);
      let z = vec4<f32>(b_0.z, b_1.z, b_2.z, b_3.z);
      let w = vec4<f32>(b_0.w, b_1.w, b_2.w, b_3.w);
      #for i in 0..4
      let a_${i} = ${self}_sums[place_a + ${i * STRIDE + step * SLICES}u];
      sum_${i} = fma(vec4<f32>(a_${i}.x), x, sum_${i});
      sum_${i} = fma(vec4<f32>(a_${i}.y), y, sum_${i});
      sum_${i} = fma(vec4<f32>(a_${i}.z), z, sum_${i});
      sum_${i} = fma(vec4<f32>(a_${i}.w), w, sum_${i});
      #end
    }
    #end
    #if TILES * SLICES < WG
    }
    #end
  }
  workgroupBarrier();
  #if TILES * SLICES < WG
  if tile < ${TILES}u {
  #end
  #for i in 0..4
  ${self}_sums[(slice * ${A}u + row_a + ${i}u) * ${B / 4}u + row_b / 4u] = sum_${i};
  #end
  #if TILES * SLICES < WG
  }
  #end
  workgroupBarrier();
  #if SLICES > 1
  for (var i = at.lid; i < ${A * B / 4}u; i += ${WG}u) {
    var sum = ${self}_sums[i];
    for (var s = 1u; s < ${SLICES}u; s += 1u) {
      sum += ${self}_sums[s * ${A * B / 4}u + i];
    }
    ${self}_sums[i] = sum;
  }
  workgroupBarrier();
  #end
}
