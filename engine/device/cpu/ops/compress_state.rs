//! The last tokens of a step into the state of a compressor.

use super::window_store;
use crate::device::cpu::rows::Rows;
use crate::device::cpu::views::{Field, StateRowsMut};

/// Stores the keys and gates of each segment's last positions in the rings of a compressor.
///
/// `k`, `g` `[T, W]`, `g` with its bias; `fields` are the rings of `k` and `g` in `slots`. Runs
/// after [`compress`](super::compress), which reads what the rings held.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.12.
pub fn compress_state<const W: usize>(
    k: &[f32],
    g: &[f32],
    rows: &Rows<'_>,
    slots: &mut [Box<[f32]>],
    fields: [Field; 2],
) {
    window_store::<W>(k, rows, &mut StateRowsMut { slots, field: fields[0] });
    window_store::<W>(g, rows, &mut StateRowsMut { slots, field: fields[1] });
}

#[cfg(test)]
mod tests {
    use super::super::testing::values;
    use super::*;
    use crate::device::cpu::rows::Segment;
    use crate::device::cpu::views::StateRows;

    #[test]
    fn keys_and_gates_go_to_their_rings() {
        let fields =
            [Field { offset: 0, n_rows: 8, width: 4 }, Field { offset: 32, n_rows: 8, width: 4 }];
        let tokens = [0; 3];
        let segments = [Segment { slot: 0, start: 7, row: 0, len: 3, pages: &[] }];
        let (k, g) = (values(12, 1), values(12, 2));
        let mut slots = vec![vec![0.0; 64].into_boxed_slice()];
        compress_state::<4>(&k, &g, &Rows::new(&tokens, &segments), &mut slots, fields);
        for (field, x) in fields.into_iter().zip([&k, &g]) {
            for i in 0..3 {
                let ring = StateRows { slots: &slots, field };
                assert_eq!(ring.row(0, 7 + i), &x[4 * i..4 * (i + 1)]);
            }
        }
    }
}
