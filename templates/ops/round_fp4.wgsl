//! y = s · E2M1(x / s), s = 2^ceil(log2(max|x| / 6)) over 32 values. One workgroup for each row
//! and head; D a multiple of 32, WG of 8.
#import tile/blocks with B = 8
#import tile/round

fn ${self}(at: At) {
  let row = (at.y * ${H}u + at.x) * ${D / 4}u;
  let place = at.sg * ${SG} + at.lane;
  for (var first = 0u; first < ${D / 4}u; first += ${WG}u) {
    let d = first + place;
    var v = vec4<f32>();
    if d < ${D / 4}u {
      v = ${x_v4}[row + d];
    }
    let exponent = round_fp4_exponent(blocks_8_max(at, round_largest(v)));
    if d < ${D / 4}u {
      ${y_v4}[row + d] = round_fp4(v, exponent);
    }
  }
}
