//! Cosine and sine of large angles.
//!
//! The angle is an f32 product and taken as exact, as the reference does: at position 10^6 its
//! spacing is 1/16. It is reduced with integers and evaluated by polynomials, since targets
//! promise nothing for large angles and as little as 2^-11 for small ones.
//! The error is below 2e-7 for angles in 0 .. 2^31 radians.
#import tile/wide

/// Cosine and sine of `angle`.
fn rotation(angle: f32) -> vec2<f32> {
  var quarter = 0u;
  var r = angle;
  if angle >= 0.5 {
    // angle = mantissa * 2^(exponent - 150), times 1 / 2π with 64 fractional bits: of the product,
    // the 32 bits from `low` up are the fraction of a turn.
    let bits = bitcast<u32>(angle);
    let product = wide_scale(
      vec2<u32>(0x9391054au, 0x28be60dbu), (bits & 0x7fffffu) | 0x800000u);
    let low = 182u - (bits >> 23u);
    var turn = product.y;
    if low < 32u {
      turn = (product.x >> low) | (product.y << (32u - low));
    } else if low > 32u {
      turn = (product.y >> (low - 32u)) | (product.z << (64u - low));
    }
    quarter = (turn + 0x20000000u) >> 30u;
    // 2π / 2^32 radians in a unit; between -π/4 and π/4.
    r = f32(bitcast<i32>(turn - (quarter << 30u))) * 1.4629180792671596e-9;
  }
  // Source of the polynomials: sinf and cosf of the Cephes library.
  let z = r * r;
  let s = fma(r * z, fma(z, fma(z, -1.9515295891e-4, 8.3321608736e-3), -1.6666654611e-1), r);
  let c = fma(z * z, fma(z, fma(z, 2.443315711809948e-5, -1.388731625493765e-3),
    4.166664568298827e-2), fma(z, -0.5, 1.0));
  let turned = select(vec2<f32>(c, s), vec2<f32>(-s, c), (quarter & 1u) == 1u);
  return select(turned, -turned, quarter >= 2u);
}
