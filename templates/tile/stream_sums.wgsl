//! The parts that `tile/stream_dots` left, added: `${self}_sums[m]` for m in FIRST .. LAST, and the
//! squares at M.
#let PARTS = ceil(N / CHUNK)
#let COUNT = LAST - FIRST + 1

var<workgroup> ${self}_sums: array<f32, ${M + 1}>;

/// Ends with a barrier.
fn ${self}_gather(at: At) {
  let subgroups = ${WG}u / ${SG};
  // Four sums at once, so that all of their loads are under way; those beyond repeat the last.
  for (var i = at.sg; i < ${COUNT}u; i += 4u * subgroups) {
    #for k in 0..4
    let place_${k} = min(i + ${k}u * subgroups, ${COUNT - 1}u);
    let row_${k} = select(${FIRST}u + place_${k}, ${M}u, place_${k} == ${COUNT - 1}u);
    var sum_${k} = 0.0;
    #end
    for (var x = at.lane; x < ${PARTS}u; x += ${SG}) {
      #for k in 0..4
      sum_${k} += ${partial}[(at.y * ${M + 1}u + row_${k}) * ${PARTS}u + x];
      #end
    }
    #for k in 0..4
    let total_${k} = subgroupAdd(sum_${k});
    if at.lane == 0u && i + ${k}u * subgroups < ${COUNT}u {
      ${self}_sums[row_${k}] = total_${k};
    }
    #end
  }
  workgroupBarrier();
}

/// What makes the streams' mean square one.
fn ${self}_factor() -> f32 {
  return 1.0 / sqrt(${self}_sums[${M}] / ${S * N}.0 + ${eps_rms});
}
