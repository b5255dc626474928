//! The parts that `tile/stream_dots` left, added: `${self}_sums[m]`, the squares last.
#let PARTS = ceil(N / CHUNK)

var<workgroup> ${self}_sums: array<f32, ${M + 1}>;

/// Ends with a barrier.
fn ${self}_gather(at: At) {
  for (var m = at.sg; m <= ${M}u; m += ${WG}u / ${SG}) {
    var sum = 0.0;
    for (var x = at.lane; x < ${PARTS}u; x += ${SG}) {
      sum += ${partial}[(at.y * ${M + 1}u + m) * ${PARTS}u + x];
    }
    sum = subgroupAdd(sum);
    if at.lane == 0u {
      ${self}_sums[m] = sum;
    }
  }
  workgroupBarrier();
}

/// What makes the streams' mean square one.
fn ${self}_factor() -> f32 {
  return 1.0 / sqrt(${self}_sums[${M}] / ${S * N}.0 + ${eps_rms});
}
