//! out[t, k, n] = post[t, k] · y[t, n] + Σ_j comb[t, j, k] · streams[t, j, n]. Parts of the N values
//! along x; N a multiple of 32.

fn ${self}(at: At) {
  let coefficients = at.y * ${S * (S + 1)}u;
  #for k in 0..S
  let post_${k} = ${mix}[coefficients + ${k}u];
  #for j in 0..S
  let comb_${j}_${k} = ${mix}[coefficients + ${S + S * j + k}u];
  #end
  #end
  let end = (at.x + 1u) * ${N / 4}u / ${X}u;
  for (var n = at.x * ${N / 4}u / ${X}u + at.lid; n < end; n += ${WG}u) {
    let first = at.y * ${S * N / 4}u + n;
    let value = ${y_v4}[at.y * ${N / 4}u + n];
    #for j in 0..S
    let stream_${j} = ${streams_v4}[first + ${j * N / 4}u];
    #end
    #for k in 0..S
    {
      var sum = post_${k} * value;
      #for j in 0..S
      sum += comb_${j}_${k} * stream_${j};
      #end
      ${out_v4}[first + ${k * N / 4}u] = sum;
    }
    #end
  }
}
