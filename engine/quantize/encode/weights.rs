//! Column weights of the searching encoders.

/// Smallest weight, as a share of the mean: a column that calibration never saw still counts a
/// little, so that its values are not left to chance.
const FLOOR: f32 = 1e-4;

/// Weights of mean 1 for columns of the given importance; all 1 when there is nothing to weigh.
pub(super) fn prepare(importance: Option<&[f32]>, width: usize) -> Vec<f32> {
    let Some(importance) = importance else { return vec![1.0; width] };
    assert_eq!(importance.len(), width, "importance has one value a column");
    let mean = importance.iter().map(|&value| f64::from(value)).sum::<f64>() / width as f64;
    if !(mean > 0.0 && mean.is_finite()) {
        return vec![1.0; width];
    }
    #[expect(clippy::cast_possible_truncation, reason = "a ratio to the mean, rounded to f32")]
    let relative = |value: f32| ((f64::from(value) / mean) as f32).max(FLOOR);
    importance.iter().map(|&value| relative(value)).collect()
}

/// Adds the squares of each column of `values`, row-major, to `sums`.
///
/// The result stands in for importance where no calibration data is given.
pub fn column_squares(values: &[f32], sums: &mut [f32]) {
    for row in values.chunks_exact(sums.len()) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value * value;
        }
    }
}
