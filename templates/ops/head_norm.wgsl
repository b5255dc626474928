//! y[t, h, d] = x[t, h, d] · (mean_d x[t, h, d]² + eps)^(-1/2); one workgroup for each row and
//! head, D a multiple of 4.
#import tile/reduce

fn ${self}(at: At) {
  let row = (at.y * ${H}u + at.x) * ${D / 4}u;
  var square = 0.0;
  for (var d = at.lid; d < ${D / 4}u; d += ${WG}u) {
    let v = ${x_v4}[row + d];
    square += dot(v, v);
  }
  let factor = 1.0 / sqrt(reduce_sum(at, square) / ${D}.0 + ${eps});
  for (var d = at.lid; d < ${D / 4}u; d += ${WG}u) {
    ${y_v4}[row + d] = ${x_v4}[row + d] * factor;
  }
}
