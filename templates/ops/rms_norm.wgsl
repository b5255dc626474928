//! y[t, n] = x[t, n] · (mean_n x[t, n]² + eps)^(-1/2) · w[n]; one workgroup for each row, N a
//! multiple of 4.
#import tile/reduce

fn ${self}(at: At) {
  let row = at.y * ${N / 4}u;
  var square = 0.0;
  for (var n = at.lid; n < ${N / 4}u; n += ${WG}u) {
    let v = ${x_v4}[row + n];
    square += dot(v, v);
  }
  let factor = 1.0 / sqrt(reduce_sum(at, square) / ${N}.0 + ${eps});
  for (var n = at.lid; n < ${N / 4}u; n += ${WG}u) {
    ${y_v4}[row + n] = ${x_v4}[row + n] * factor * ${w_v4}[n];
  }
}
