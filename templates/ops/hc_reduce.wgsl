//! x[t, n] = Σ_s pre[t, s] · streams[t, s, n]. Parts of a row along x; N a multiple of 32.
#let PART = N / 4 / X

fn ${self}(at: At) {
  #for s in 0..S
  let pre_${s} = ${pre}[at.y * ${S}u + ${s}u];
  #end
  // Unrolled, so that all loads are under way at once.
  #for i in 0..ceil(PART / WG)
  #if PART % WG != 0
  if at.lid + ${i * WG}u < ${PART}u {
  #else
  {
  #end
    let n = at.x * ${PART}u + at.lid + ${i * WG}u;
    let first = at.y * ${S * N / 4}u + n;
    var sum = pre_0 * ${streams_v4}[first];
    #for s in 1..S
    sum += pre_${s} * ${streams_v4}[first + ${s * N / 4}u];
    #end
    ${x_v4}[at.y * ${N / 4}u + n] = sum;
  }
  #end
}
