//! Bias of compressor gates by place in the window.

use crate::device::cpu::parallel;
use crate::device::cpu::rows::Rows;

/// Adds the bias of each row's place in its window.
///
/// ```text
/// out[t, :] = gate[t, :] + ape[position(t) mod R, :]
/// ```
///
/// `gate`, `out` `[T, W]`; `ape` `[R, W]`.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.7.
pub fn position_bias<const W: usize>(gate: &[f32], ape: &[f32], rows: &Rows<'_>, out: &mut [f32]) {
    assert_eq!(
        (gate.len(), out.len()),
        (rows.len() * W, rows.len() * W),
        "lengths of gate and out"
    );
    assert_eq!(ape.len() % W, 0, "length of ape");
    let ratio = ape.len() / W;
    parallel::for_each_chunk(out, W, 2 * W, |t, out| {
        let place = rows.at(t).1 % ratio;
        let gate = &gate[t * W..(t + 1) * W];
        for ((out, gate), bias) in out.iter_mut().zip(gate).zip(&ape[place * W..(place + 1) * W]) {
            *out = gate + bias;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::values;
    use super::*;
    use crate::device::cpu::rows::Segment;

    #[test]
    fn each_row_gets_the_bias_of_its_place() {
        for t in [1, 3, 130] {
            let tokens = vec![0; t];
            let segments = [Segment { slot: 0, start: 6, row: 0, len: t, pages: &[] }];
            let (gate, ape) = (values(t * 2, 1), values(8, 2));
            let mut out = vec![f32::NAN; t * 2];
            position_bias::<2>(&gate, &ape, &Rows::new(&tokens, &segments), &mut out);
            for (i, out) in out.iter().enumerate() {
                let expected = gate[i] + ape[(6 + i / 2) % 4 * 2 + i % 2];
                assert_eq!(out.to_bits(), expected.to_bits());
            }
        }
    }
}
