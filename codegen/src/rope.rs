//! Rotary frequencies.

use ds4_plan::{Rope, Yarn};

/// Frequencies of layers without compression: `f_i = base^(-2i/dim)`, `dim / 2` values.
///
/// Source: MODEL.md 2.6.
#[must_use]
pub fn plain(rope: &Rope, dim: usize) -> Vec<f32> {
    (0..dim / 2).map(|i| to_f32(frequency(f64::from(rope.base), i, dim))).collect()
}

/// Frequencies of layers with compression, scaled by YaRN:
///
/// ```text
/// f_i = (f/factor)·r_i + f·(1 - r_i),  r_i = clamp((i - low) / (high - low), 0, 1)
/// ```
///
/// Source: MODEL.md 2.6.
#[must_use]
pub fn yarn(rope: &Rope, dim: usize) -> Vec<f32> {
    let base = f64::from(rope.compress_base);
    let low = correction(&rope.yarn, rope.yarn.beta_fast, base, dim).floor().max(0.0);
    let high = correction(&rope.yarn, rope.yarn.beta_slow, base, dim).ceil().min(dim as f64 - 1.0);
    (0..dim / 2)
        .map(|i| {
            let f = frequency(base, i, dim);
            let r = ((i as f64 - low) / (high - low)).clamp(0.0, 1.0);
            to_f32(f / f64::from(rope.yarn.factor) * r + f * (1.0 - r))
        })
        .collect()
}

fn frequency(base: f64, i: usize, dim: usize) -> f64 {
    base.powf(-2.0 * i as f64 / dim as f64)
}

/// The pair index at which a frequency makes `rotations` turns over the original context.
fn correction(yarn: &Yarn, rotations: f32, base: f64, dim: usize) -> f64 {
    let wavelength =
        yarn.original_context as f64 / (2.0 * std::f64::consts::PI * f64::from(rotations));
    dim as f64 * wavelength.ln() / (2.0 * base.ln())
}

#[expect(clippy::cast_possible_truncation, reason = "tables are formed in f32")]
fn to_f32(x: f64) -> f32 {
    x as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FLASH;

    /// Frequencies of the specification's worked examples.
    fn expected(name: &str) -> Vec<f32> {
        let text = include_str!("../../tests/fixtures/math_vectors.json");
        let start = text.find(&format!("\"{name}\"")).unwrap();
        let list = &text[start..][text[start..].find('[').unwrap() + 1..];
        let numbers = list[..list.find(']').unwrap()].split(',');
        numbers.map(|number| number.trim().parse().unwrap()).collect()
    }

    #[test]
    fn frequencies_agree_with_the_published_vectors() {
        assert_eq!(plain(&FLASH.rope, 64), expected("rope_freq_main"));
        assert_eq!(yarn(&FLASH.rope, 64), expected("rope_freq_compress_yarn"));
    }
}
