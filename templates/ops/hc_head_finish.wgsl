//! m = (fun · v) · (mean(v²) + eps.rms)^(-1/2), v = all streams;
//! x[t, n] = Σ_s (σ(m[t, s]·scale + base[s]) + eps.hc) · streams[t, s, n]. One workgroup for each
//! row; N a multiple of 4.
#import tile/stream_sums with M = S, FIRST = 0, LAST = S
#import tile/precise

fn ${self}(at: At) {
  ${self}_gather(at);
  let factor = ${self}_factor();
  #for s in 0..S
  let pre_${s} = precise_sigmoid(${self}_sums[${s}] * factor * ${scale}[0] + ${base}[${s}])
    + ${eps_hc};
  #end
  for (var n = at.lid; n < ${N / 4}u; n += ${WG}u) {
    let first = at.y * ${S * N / 4}u + n;
    var sum = pre_0 * ${streams_v4}[first];
    #for s in 1..S
    sum += pre_${s} * ${streams_v4}[first + ${s * N / 4}u];
    #end
    ${x_v4}[at.y * ${N / 4}u + n] = sum;
  }
}
