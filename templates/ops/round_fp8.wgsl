//! y = s · E4M3(x / s), s = 2^ceil(log2(max|x| / 448)) over 64 values, for the first D − R
//! dimensions; the others are copied. One workgroup for each row; D − R a multiple of 64, WG of 16.
#import tile/blocks with B = 16
#import tile/round

fn ${self}(at: At) {
  let row = at.y * ${D / 4}u;
  let place = at.sg * ${SG} + at.lane;
  for (var first = 0u; first < ${D / 4}u; first += ${WG}u) {
    let d = first + place;
    var v = vec4<f32>();
    if d < ${D / 4}u {
      v = ${x_v4}[row + d];
    }
    // The blocks of what is copied are unused.
    let exponent = round_fp8_exponent(blocks_16_max(at, round_largest(v)));
    if d < ${(D - R) / 4}u {
      v = round_fp8(v, exponent);
    }
    if d < ${D / 4}u {
      ${y_v4}[row + d] = v;
    }
  }
}
