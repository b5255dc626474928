//! x[t, n] = Σ_s pre[t, s] · streams[t, s, n]. Parts of a row along x; N a multiple of 32.
#let PART = N / 4 / X

fn ${self}(at: At) {
  #for s in 0..S
  let pre_${s} = ${pre}[at.y * ${S}u + ${s}u];
  #end
  // Unrolled, and written after all is read, so that all loads are under way at once. Threads
  // beyond the part repeat its last values.
  #for i in 0..ceil(PART / WG)
  let n_${i} = at.x * ${PART}u + min(at.lid + ${i * WG}u, ${PART - 1}u);
  var sum_${i} = pre_0 * ${streams_v4}[at.y * ${S * N / 4}u + n_${i}];
  #for s in 1..S
  sum_${i} += pre_${s} * ${streams_v4}[at.y * ${S * N / 4}u + n_${i} + ${s * N / 4}u];
  #end
  #end
  #for i in 0..ceil(PART / WG)
  if at.lid + ${i * WG}u < ${PART}u {
    ${x_v4}[at.y * ${N / 4}u + n_${i}] = sum_${i};
  }
  #end
}
