//! Functions whose results are the same on every machine: sums with a fixed order, and an
//! exponential made of products and sums.

/// Partial sums of a reduction, whatever the vector width.
pub(crate) const LANES: usize = 16;

/// Sums the lanes as a balanced tree.
#[inline(always)]
pub(crate) fn sum_lanes(mut lanes: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for l in 0..width {
            lanes[l] += lanes[l + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// `sum(x^2) / N` of a row whose length is a multiple of [`LANES`].
#[inline(always)]
pub(crate) fn mean_square(x: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for x in x.as_chunks::<LANES>().0 {
        for l in 0..LANES {
            lanes[l] += x[l] * x[l];
        }
    }
    sum_lanes(lanes) / x.len() as f32
}

/// `e^x` to about one unit in the last place; 0 below -87.3, and for large `x` a finite value
/// near the largest.
///
/// Products and sums only, so that it is vector code with the same result everywhere.
/// Source: the polynomial of the Cephes library's `expf`.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    /// Adding it leaves the nearest whole number in the low mantissa bits.
    const WHOLE: f32 = 12_582_912.0;
    /// ln 2 as a short number and the rest, so that whole multiples of the first are exact.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;

    let bounded = x.clamp(-87.3, 88.0);
    let shifted = bounded * std::f32::consts::LOG2_E + WHOLE;
    let n = shifted - WHOLE;
    let r = bounded - n * LN2_HIGH - n * LN2_LOW;
    let mut y = 1.987_569_2e-4;
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        y = y * r + c;
    }
    let y = y * (r * r) + r + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    if x < -87.3 { 0.0 } else { y * power }
}

/// The logistic function.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_accurate_over_its_range() {
        for i in -87_000..88_000i32 {
            let x = i as f32 / 1000.0;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 2.0f64.powi(-22), "exp({x}) is off by {error:e}");
        }
        assert_eq!(exp(0.0).to_bits(), 1f32.to_bits());
        assert_eq!(exp(-100.0).to_bits(), 0);
        assert_eq!(exp(f32::NEG_INFINITY).to_bits(), 0);
        assert!(exp(1000.0) > 1e38);
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn sums_cover_every_lane() {
        let lanes = std::array::from_fn(|i| i as f32);
        assert_eq!(sum_lanes(lanes).to_bits(), 120f32.to_bits());
        assert_eq!(mean_square(&[2.0; 48]).to_bits(), 4f32.to_bits());
    }
}
