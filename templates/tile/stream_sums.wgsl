//! The parts that `tile/stream_dots` left, added: `${self}_sums[m]`, the squares last.
#let PARTS = ceil(N / CHUNK)

var<workgroup> ${self}_sums: array<f32, ${M + 1}>;

/// Ends with a barrier.
fn ${self}_gather(at: At) {
  let subgroups = ${WG}u / ${SG};
  // Four sums at once, so that all of their loads are under way; those beyond repeat the last.
  for (var m = at.sg; m <= ${M}u; m += 4u * subgroups) {
    #for k in 0..4
    let m_${k} = min(m + ${k}u * subgroups, ${M}u);
    var sum_${k} = 0.0;
    #end
    for (var x = at.lane; x < ${PARTS}u; x += ${SG}) {
      #for k in 0..4
      sum_${k} += ${partial}[(at.y * ${M + 1}u + m_${k}) * ${PARTS}u + x];
      #end
    }
    #for k in 0..4
    let total_${k} = subgroupAdd(sum_${k});
    if at.lane == 0u {
      ${self}_sums[m_${k}] = total_${k};
    }
    #end
  }
  workgroupBarrier();
}

/// What makes the streams' mean square one.
fn ${self}_factor() -> f32 {
  return 1.0 / sqrt(${self}_sums[${M}] / ${S * N}.0 + ${eps_rms});
}
