//! Roundings of cached rows: values that 8-bit or 4-bit codes with a shared power of two can hold.
//!
//! Scales are handled as exponents and divided by as products, which is exact everywhere.

/// Exponent field of the FP8 scale of a block: `2^ceil(log2(max(largest, 1e-4) / 448))`.
fn round_fp8_exponent(largest: f32) -> u32 {
  // 448 = 1.75 * 2^8: one more where the mantissa exceeds 1.75.
  return ((bitcast<u32>(max(largest, 1e-4)) + 0x1fffffu) >> 23u) - 8u;
}

/// Exponent field of the FP4 scale of a block: `2^ceil(log2(max(largest, 6 * 2^-126) / 6))`.
fn round_fp4_exponent(largest: f32) -> u32 {
  // 6 = 1.5 * 2^2, and 6 * 2^-126 has exponent field 3 and the highest mantissa bit.
  return ((max(bitcast<u32>(largest), 0x1c00000u) + 0x3fffffu) >> 23u) - 2u;
}

fn round_scale(exponent: u32) -> f32 {
  return bitcast<f32>(exponent << 23u);
}

fn round_inverse(exponent: u32) -> f32 {
  return bitcast<f32>((254u - exponent) << 23u);
}

/// `magnitude`, which is not negative, with the sign of `x`.
fn round_sign(magnitude: f32, x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(magnitude) | (bitcast<u32>(x) & 0x80000000u));
}

/// The E4M3FN value nearest to `x`, ties to even; beyond the range the largest.
fn round_e4m3(x: f32) -> f32 {
  let magnitude = min(abs(x), 448.0);
  let bits = bitcast<u32>(magnitude);
  // Three of 23 mantissa bits stay; the subnormal step is 2^-9, the smallest normal value 2^-6.
  let normal = bitcast<f32>((bits + 0x7ffffu + ((bits >> 20u) & 1u)) & 0xfff00000u);
  let subnormal = round(magnitude * 512.0) * 0.001953125;
  return round_sign(select(normal, subnormal, magnitude < 0.015625), x);
}

/// The E2M1 value nearest to `x`, ties to the even code; beyond the range the largest.
fn round_e2m1(x: f32) -> f32 {
  let magnitude = min(abs(x), 6.0);
  // Steps of the magnitudes 0, 0.5, 1, 1.5, 2, 3, 4, 6.
  let inverse = select(select(0.5, 1.0, magnitude < 4.0), 2.0, magnitude < 2.0);
  let step = select(select(2.0, 1.0, magnitude < 4.0), 0.5, magnitude < 2.0);
  return round_sign(round(magnitude * inverse) * step, x);
}

/// The code of `x`, which is an E4M3FN value.
fn round_e4m3_code(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  // Below the smallest normal value, 2^-6, in steps of 2^-9.
  let normal = (magnitude >> 20u) - 960u;
  let code = select(normal, u32(abs(x) * 512.0), magnitude < 0x3c800000u);
  return code | ((bits >> 24u) & 0x80u);
}

/// The code of `x`, which is an E2M1 value.
fn round_e2m1_code(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  // 1, 1.5, 2, 3, 4 and 6 are codes 2 to 7; 0 and 0.5 are 0 and 1.
  let normal = ((bits & 0x7fffffffu) >> 22u) - 252u;
  let code = select(normal, u32(abs(x) * 2.0), abs(x) < 1.0);
  return code | ((bits >> 28u) & 8u);
}

/// The half float nearest to `x`, ties to even; beyond the range the largest.
fn round_half(x: f32) -> u32 {
  let magnitude = min(abs(x), 65504.0);
  let bits = bitcast<u32>(magnitude);
  let normal = (bits - 0x38000000u + 0xfffu + ((bits >> 13u) & 1u)) >> 13u;
  // Below the smallest normal value, 2^-14, in steps of 2^-24, as numbers from 0.5 to 1 have.
  let subnormal = bitcast<u32>(magnitude + 0.5) - 0x3f000000u;
  let code = select(normal, subnormal, bits < 0x38800000u);
  return code | ((bitcast<u32>(x) >> 16u) & 0x8000u);
}

/// Four values rounded to FP8 with the scale of this exponent, as codes.
fn round_fp8_codes(v: vec4<f32>, exponent: u32) -> u32 {
  let u = v * round_inverse(exponent);
  return round_e4m3_code(round_e4m3(u.x)) | (round_e4m3_code(round_e4m3(u.y)) << 8u)
    | (round_e4m3_code(round_e4m3(u.z)) << 16u) | (round_e4m3_code(round_e4m3(u.w)) << 24u);
}

/// Four values rounded to FP4 with the scale of this exponent, as codes.
fn round_fp4_codes(v: vec4<f32>, exponent: u32) -> u32 {
  let u = v * round_inverse(exponent);
  return round_e2m1_code(round_e2m1(u.x)) | (round_e2m1_code(round_e2m1(u.y)) << 4u)
    | (round_e2m1_code(round_e2m1(u.z)) << 8u) | (round_e2m1_code(round_e2m1(u.w)) << 12u);
}

/// Four values rounded to FP8 with the scale of this exponent.
fn round_fp8(v: vec4<f32>, exponent: u32) -> vec4<f32> {
  let u = v * round_inverse(exponent);
  return round_scale(exponent)
    * vec4<f32>(round_e4m3(u.x), round_e4m3(u.y), round_e4m3(u.z), round_e4m3(u.w));
}

/// Four values rounded to FP4 with the scale of this exponent.
fn round_fp4(v: vec4<f32>, exponent: u32) -> vec4<f32> {
  let u = v * round_inverse(exponent);
  return round_scale(exponent)
    * vec4<f32>(round_e2m1(u.x), round_e2m1(u.y), round_e2m1(u.z), round_e2m1(u.w));
}

/// The largest magnitude of four values.
fn round_largest(v: vec4<f32>) -> f32 {
  let m = abs(v);
  return max(max(m.x, m.y), max(m.z, m.w));
}
