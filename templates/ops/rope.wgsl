//! (a, b) → (a·cos θ − b·sin θ, a·sin θ + b·cos θ), θ = ±position(t) · freqs[i], for the pairs i of
//! the last R dimensions; the others are copied. One workgroup for each row and head; D and R
//! multiples of 4.
#import tile/rotation

fn ${self}(at: At) {
  let row = (at.y * ${H}u + at.x) * ${D / 4}u;
  let position = f32(${rows}[2u * at.y].y);
  for (var d = at.lid; d < ${D / 4}u; d += ${WG}u) {
    var v = ${x_v4}[row + d];
    if d >= ${(D - R) / 4}u {
      let pair = 2u * (d - ${(D - R) / 4}u);
      #if direction == "inverse"
      let back = vec2<f32>(1.0, -1.0);
      let first = rotation(position * ${freqs}[pair]) * back;
      let second = rotation(position * ${freqs}[pair + 1u]) * back;
      #else
      let first = rotation(position * ${freqs}[pair]);
      let second = rotation(position * ${freqs}[pair + 1u]);
      #end
      v = vec4<f32>(
        v.x * first.x - v.y * first.y, v.x * first.y + v.y * first.x,
        v.z * second.x - v.w * second.y, v.z * second.y + v.w * second.x);
    }
    ${y_v4}[row + d] = v;
  }
}
