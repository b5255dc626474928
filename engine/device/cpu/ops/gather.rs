//! Selection of rows.

/// `y[l, :] = x[indices[l], :]`.
///
/// `x` `[T, N]`; `indices` `[L]`; `y` `[L, N]`.
///
/// # Panics
///
/// When an index is out of range or lengths disagree.
pub fn gather<const N: usize>(x: &[f32], indices: &[u32], y: &mut [f32]) {
    assert_eq!(y.len(), indices.len() * N, "{} gathered rows", indices.len());
    for (y, &index) in y.chunks_exact_mut(N).zip(indices) {
        y.copy_from_slice(&x[index as usize * N..(index as usize + 1) * N]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_rows_in_order() {
        let x = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let mut y = [0.0; 4];
        gather::<2>(&x, &[2, 0], &mut y);
        assert_eq!(y[..], [4.0, 5.0, 0.0, 1.0]);
    }
}
