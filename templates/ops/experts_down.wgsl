//! y[t] = Σ_k down[ids[t, k]] · h[t, k]; OUT outputs of one row in each workgroup, ROWS at a time
//! in each subgroup, or in each team of threads where the matrix is one of integers.
#if down_int
#let PARTS = 2
#import tile/team with self = self, format = down_format, K = F, x = qx_v4, PARTS = PARTS, SUMS = ROWS, SLOTS = OUT
#import tile/team_dot with self = self, w = down, format = down_format, K = F

#if OVERLAP
fn ${self}_ahead(at: At) {
  ${self}_start(at.lid);
}

#end
fn ${self}(at: At) {
  let first = at.x * ${OUT}u;
  let end = min(first + ${OUT}u, ${N}u);
  let place = ${self}_place(at);
  #if !OVERLAP
  ${self}_start(at.lid);
  #end
  // Of the teams that share rows, each takes every PARTS-th expert; weights are loaded one turn
  // ahead, and before that which expert's.
  let pairs = at.y * ${K}u;
  for (var o = first + place.team * ${ROWS}u; o < end; o += ${self}_teams * ${ROWS}u) {
    var sums = array<f32, ${ROWS}>();
    #for r in 0..ROWS
    let o_${r} = min(o + ${r}u, end - 1u);
    #end
    let row = ${ids}[pairs + min(place.part, ${K - 1}u)] * ${N}u;
    #for r in 0..ROWS
    var down_${r} = ${down}_load(row + o_${r}, place.unit);
    #end
    var expert = ${ids}[pairs + min(place.part + ${PARTS}u, ${K - 1}u)];
    for (var k = place.part; k < ${K}u; k += ${PARTS}u) {
      let x = ${self}_hold(at, (pairs + k) * ${F / 32}u, place);
      #for r in 0..ROWS
      let now_${r} = down_${r};
      #end
      // The last turn loads in vain what caches have: compilers would do what stands under a
      // condition at the end of a turn.
      #for r in 0..ROWS
      down_${r} = ${down}_load(expert * ${N}u + o_${r}, place.unit);
      #end
      expert = ${ids}[pairs + min(k + ${2 * PARTS}u, ${K - 1}u)];
      #for r in 0..ROWS
      sums[${r}] += ${self}_${down}_times(now_${r}, place.unit, x);
      #end
    }
    ${self}_keep(at, place, o - first, sums);
  }
  workgroupBarrier();
  for (var i = at.lid; i < end - first; i += ${WG}u) {
    ${y}[at.y * ${N}u + first + i] = ${self}_kept(i);
  }
}
#else
#import tile/matvec_float with self = self, w = down, format = down_format, K = F, x = h_v4, TOKENS = 1

#if OVERLAP
fn ${self}_ahead(at: At) {}

#end
fn ${self}(at: At) {
  let first = at.x * ${OUT}u;
  let end = min(first + ${OUT}u, ${N}u);
  for (var o = first + at.sg * ${ROWS}u; o < end; o += ${WG}u / ${SG} * ${ROWS}u) {
    var sums = array<f32, ${ROWS}>();
    for (var k = 0u; k < ${K}u; k += 1u) {
      let pair = at.y * ${K}u + k;
      let row = ${ids}[pair] * ${N}u;
      let records = array<u32, 1>(pair * ${F / 32}u);
      ${self}_${down}_add(&sums, row + o, row + ${N - 1}u, records, 1u, at.lane);
    }
    #for r in 0..ROWS
    let sum_${r} = subgroupAdd(sums[${r}]);
    if (at.lane == 0u && o + ${r}u < end) {
      ${y}[at.y * ${N}u + o + ${r}u] = sum_${r};
    }
    #end
  }
}
#end
