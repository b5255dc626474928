//! Exponential and logarithm to about 1e-7, relative: products and sums, because the built-in ones
//! may be off by 3 + 2|x| units in the last place, or by 2^-21.

/// `e^x`; 0 below -87.3, and for large `x` a finite value near the largest.
///
/// Source of the polynomial: `expf` of the Cephes library.
fn precise_exp(x: f32) -> f32 {
  let bounded = clamp(x, -87.3, 88.0);
  let n = round(bounded * 1.44269504);
  // ln 2 as a short number and the rest, so that whole multiples of the first are exact.
  let r = fma(n, 2.12194440e-4, fma(n, -0.693359375, bounded));
  var y = fma(1.9875691500e-4, r, 1.3981999507e-3);
  y = fma(y, r, 8.3334519073e-3);
  y = fma(y, r, 4.1665795894e-2);
  y = fma(y, r, 1.6666665459e-1);
  y = fma(y, r, 5.0000001201e-1);
  y = fma(y, r * r, r) + 1.0;
  let power = bitcast<f32>(u32(i32(n) + 127) << 23u);
  return select(y * power, 0.0, x < -87.3);
}

/// The logistic function.
fn precise_sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + precise_exp(-x));
}

/// `2 atanh(s)` of `|s| <= 1/3`: the logarithm of `(1 + s) / (1 - s)`.
fn precise_atanh2(s: f32) -> f32 {
  let z = s * s;
  var y = fma(z, 1.0 / 15.0, 1.0 / 13.0);
  y = fma(y, z, 1.0 / 11.0);
  y = fma(y, z, 1.0 / 9.0);
  y = fma(y, z, 1.0 / 7.0);
  y = fma(y, z, 1.0 / 5.0);
  y = fma(y, z, 1.0 / 3.0);
  let twice = 2.0 * s;
  return fma(twice * z, y, twice);
}

/// `ln(1 + u)` of `u` in 0 .. 1.
fn precise_ln_1p(u: f32) -> f32 {
  return precise_atanh2(u / (2.0 + u));
}
