//! The parts of `ops/attend_part` and the sink, in order: out[t, h] = Σ_p e_p · sum_p /
//! (exp(sinks[h] − M) + Σ_p e_p · weight_p), e_p = exp(top_p − M), M the largest of tops and sink.
//! One workgroup for each row and head.

fn ${self}(at: At) {
  let sink = max(${sinks}[at.x], -3.0e38);
  var top = sink;
  #for p in 0..SPLITS
  let part_${p} = ((at.y * ${SPLITS}u + ${p}u) * ${H}u + at.x) * ${D / 4 + 1}u;
  let result_${p} = ${parts_v4}[part_${p} + ${D / 4}u];
  top = max(top, result_${p}.x);
  #end
  var weight = exp(sink - top);
  #for p in 0..SPLITS
  let e_${p} = exp(result_${p}.x - top);
  weight += e_${p} * result_${p}.y;
  #end
  for (var d = at.lid; d < ${D / 4}u; d += ${WG}u) {
    var sum = vec4<f32>();
    #for p in 0..SPLITS
    sum += e_${p} * ${parts_v4}[part_${p} + d];
    #end
    ${out_v4}[(at.y * ${H}u + at.x) * ${D / 4}u + d] = sum / weight;
  }
}
