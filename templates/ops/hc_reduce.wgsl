//! x[t, n] = Σ_s pre[t, s] · streams[t, s, n]. Parts of a row along x; N a multiple of 32.

fn ${self}(at: At) {
  let row = at.y * ${N / 4}u;
  #for s in 0..S
  let pre_${s} = ${mix}[at.y * ${M}u + ${s}u];
  #end
  let end = (at.x + 1u) * ${N / 4}u / ${X}u;
  for (var n = at.x * ${N / 4}u / ${X}u + at.lid; n < end; n += ${WG}u) {
    let first = ${S}u * row + n;
    var sum = pre_0 * ${streams_v4}[first];
    #for s in 1..S
    sum += pre_${s} * ${streams_v4}[first + ${s * N / 4}u];
    #end
    ${x_v4}[row + n] = sum;
  }
}
