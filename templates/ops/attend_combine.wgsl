//! The parts of `ops/attend_part` and the sink, in order: out[t, h] = Σ_p e_p · sum_p /
//! (exp(sinks[h] − M) + Σ_p e_p · weight_p), e_p = exp(top_p − M), M the largest of tops and sink.
//! One workgroup for each row and head. All that a thread reads is on its way before the barrier,
//! behind which compilers cannot move it; SPLITS is at most WG.

#let QUADS = D / 4
#let TURNS = ceil(QUADS / WG)

/// Largest score and sum of weights of each part.
var<workgroup> ${self}_results: array<vec2<f32>, ${SPLITS}>;

fn ${self}(at: At) {
  let first = (at.y * ${SPLITS * H}u + at.x) * ${QUADS + 1}u;
  var result = vec2<f32>();
  if at.lid < ${SPLITS}u {
    result = ${parts_v4}[first + at.lid * ${H * (QUADS + 1)}u + ${QUADS}u].xy;
  }
  let sink = max(${sinks}[at.x], -3.0e38);
  #for turn in 0..TURNS
  #for p in 0..SPLITS
  var value_${turn}_${p} = vec4<f32>();
  #end
  if at.lid + ${turn * WG}u < ${QUADS}u {
    #for p in 0..SPLITS
    value_${turn}_${p} =
      ${parts_v4}[first + ${p * H * (QUADS + 1) + turn * WG}u + at.lid];
    #end
  }
  #end
  if at.lid < ${SPLITS}u {
    ${self}_results[at.lid] = result;
  }
  workgroupBarrier();

  var top = sink;
  #for p in 0..SPLITS
  let result_${p} = ${self}_results[${p}];
  top = max(top, result_${p}.x);
  #end
  var weight = exp(sink - top);
  #for p in 0..SPLITS
  let e_${p} = exp(result_${p}.x - top);
  weight = fma(e_${p}, result_${p}.y, weight);
  #end
  #for turn in 0..TURNS
  if at.lid + ${turn * WG}u < ${QUADS}u {
    var sum = vec4<f32>();
    #for p in 0..SPLITS
    sum = fma(vec4<f32>(e_${p}), value_${turn}_${p}, sum);
    #end
    ${out_v4}[(at.y * ${H}u + at.x) * ${QUADS}u + at.lid + ${turn * WG}u] = sum * (1.0 / weight);
  }
  #end
}
