//! y[t, n] = x[t, n] · (mean_n x[t, n]² + eps)^(-1/2) · w[n]; one workgroup for each row, N a
//! multiple of 4.
#import tile/reduce
#let OWN = ceil(N / 4 / WG)

#if OVERLAP
#import formats/ahead with self = self, data = w_v4, ROW = N / 4
fn ${self}_ahead(at: At) {
  if at.lid == 0u {
    ${self}_fetch_rows(0u, 1u);
  }
}

#end
fn ${self}(at: At) {
  let row = at.y * ${N / 4}u;
  var square = 0.0;
  #for i in 0..OWN
  var x_${i} = vec4<f32>();
  var w_${i} = vec4<f32>();
  if at.lid + ${i * WG}u < ${N / 4}u {
    x_${i} = ${x_v4}[row + at.lid + ${i * WG}u];
    w_${i} = ${w_v4}[at.lid + ${i * WG}u];
    square += dot(x_${i}, x_${i});
  }
  #end
  let factor = 1.0 / sqrt(reduce_sum(at, square) / ${N}.0 + ${eps});
  #for i in 0..OWN
  if at.lid + ${i * WG}u < ${N / 4}u {
    ${y_v4}[row + at.lid + ${i * WG}u] = x_${i} * factor * w_${i};
  }
  #end
}
