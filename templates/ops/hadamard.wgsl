//! y[t, h] = D^(-1/2) · H_D · x[t, h], H_D in Sylvester order. One workgroup for each row and head;
//! D a power of two, at least 4.
#import tile/hadamard

var<workgroup> ${self}_row: array<f32, ${D}>;

fn ${self}(at: At) {
  let row = (at.y * ${H}u + at.x) * ${D / 4}u;
  for (var d = at.lid; d < ${D / 4}u; d += ${WG}u) {
    let v = ${x_v4}[row + d];
    ${self}_row[4u * d] = v.x;
    ${self}_row[4u * d + 1u] = v.y;
    ${self}_row[4u * d + 2u] = v.z;
    ${self}_row[4u * d + 3u] = v.w;
  }
  ${self}_hadamard(at);
  let scale = 1.0 / sqrt(f32(${D}));
  for (var d = at.lid; d < ${D / 4}u; d += ${WG}u) {
    ${y_v4}[row + d] = scale * vec4<f32>(${self}_row[4u * d], ${self}_row[4u * d + 1u],
      ${self}_row[4u * d + 2u], ${self}_row[4u * d + 3u]);
  }
}
