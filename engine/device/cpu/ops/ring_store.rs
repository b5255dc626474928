//! The raw rows of a step into the ring of raw rows.

use crate::device::cpu::rows::Rows;
use crate::device::cpu::views::StateRowsMut;

/// Stores each row at its position modulo the rows of the ring.
///
/// `kv` `[T, D]`. Only the last rows of a segment are stored, as many as the ring has. Runs after
/// the attention that still reads what the ring held.
///
/// # Panics
///
/// When lengths disagree.
///
/// Source: MODEL.md section 2.12.
pub fn ring_store<const D: usize>(kv: &[f32], rows: &Rows<'_>, ring: &mut StateRowsMut<'_>) {
    assert_eq!((kv.len(), ring.field.width), (rows.len() * D, D), "length and width of rows");
    for segment in rows.segments() {
        for i in segment.len.saturating_sub(ring.field.n_rows)..segment.len {
            let row = &kv[(segment.row + i) * D..(segment.row + i + 1) * D];
            ring.row_mut(segment.slot, segment.start + i).copy_from_slice(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::values;
    use super::*;
    use crate::device::cpu::rows::Segment;
    use crate::device::cpu::views::{Field, StateRows};

    #[test]
    fn the_last_rows_of_each_segment_are_kept() {
        let field = Field { offset: 3, n_rows: 8, width: 2 };
        let tokens = [0; 25];
        let segments = [
            Segment { slot: 1, start: 5, row: 0, len: 22, pages: &[] },
            Segment { slot: 0, start: 9, row: 22, len: 3, pages: &[] },
        ];
        let rows = Rows::new(&tokens, &segments);
        let kv = values(50, 1);
        let mut slots = vec![vec![0.0; 20].into_boxed_slice(); 2];
        ring_store::<2>(&kv, &rows, &mut StateRowsMut { slots: &mut slots, field });

        let ring = StateRows { slots: &slots, field };
        for i in 14..22 {
            assert_eq!(ring.row(1, 5 + i), &kv[2 * i..2 * i + 2]);
        }
        for i in 0..3 {
            assert_eq!(ring.row(0, 9 + i), &kv[2 * (22 + i)..2 * (23 + i)]);
        }
        assert_eq!(ring.row(0, 8), [0.0; 2]);
        assert_eq!(slots[0][..3], [0.0; 3]);
    }
}
