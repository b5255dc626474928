//! Views of one field of the cached rows and of the state of sessions.

use ds4_plan::{CachedRows, RowForm};

use super::rows::Segment;
use crate::formats::cache::{pack_row, unpack_row};

/// One field of every state slot: `n_rows` rows of `width` values.
///
/// The rows are a ring: the row of a position is the position modulo `n_rows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Values before the field in the state of a slot.
    pub offset: usize,
    /// Rows of the ring.
    pub n_rows: usize,
    /// Values of a row.
    pub width: usize,
}

impl Field {
    fn range(&self, position: usize) -> std::ops::Range<usize> {
        let first = self.offset + position % self.n_rows * self.width;
        first..first + self.width
    }
}

/// Rows of one field of the state slots, to read.
#[derive(Debug, Clone, Copy)]
pub struct StateRows<'a> {
    /// State of each slot.
    pub slots: &'a [Box<[f32]>],
    /// The field.
    pub field: Field,
}

impl<'a> StateRows<'a> {
    /// The row of `position` in the state of `slot`.
    ///
    /// # Panics
    ///
    /// When the slot or the field is out of range.
    #[must_use]
    pub fn row(&self, slot: usize, position: usize) -> &'a [f32] {
        &self.slots[slot][self.field.range(position)]
    }
}

/// Rows of one field of the state slots, to write.
#[derive(Debug)]
pub struct StateRowsMut<'a> {
    /// State of each slot.
    pub slots: &'a mut [Box<[f32]>],
    /// The field.
    pub field: Field,
}

impl StateRowsMut<'_> {
    /// The row of `position` in the state of `slot`.
    ///
    /// # Panics
    ///
    /// When the slot or the field is out of range.
    #[must_use]
    pub fn row_mut(&mut self, slot: usize, position: usize) -> &mut [f32] {
        &mut self.slots[slot][self.field.range(position)]
    }
}

/// The page of `segment`'s row `j`, and where in it the row is.
fn place(field: &CachedRows, segment: &Segment<'_>, j: usize) -> (usize, std::ops::Range<usize>) {
    let n = field.row_words();
    let first = field.offset + j % field.rows * n;
    (segment.pages[j / field.rows], first..first + n)
}

/// Compressed rows of one layer in the paged cache, to read.
#[derive(Debug, Clone, Copy)]
pub struct PageRows<'a> {
    /// All pages of the cache.
    pub pages: &'a [Box<[f32]>],
    /// The field.
    pub field: CachedRows,
}

impl<'a> PageRows<'a> {
    /// Whether rows are the values themselves.
    #[must_use]
    pub fn is_unpacked(&self) -> bool {
        self.field.form == RowForm::Floats
    }

    /// Compressed row `j` of the session of `segment`: in its page, or unpacked to `buffer`, which
    /// has a row's length then.
    ///
    /// # Panics
    ///
    /// When the session has no page for the row.
    #[must_use]
    pub fn row<'b>(&self, segment: &Segment<'_>, j: usize, buffer: &'b mut [f32]) -> &'b [f32]
    where
        'a: 'b,
    {
        let (page, range) = place(&self.field, segment, j);
        let words = &self.pages[page][range];
        if self.is_unpacked() {
            return words;
        }
        unpack_row(self.field.form, bytemuck::cast_slice(words), buffer);
        buffer
    }

    /// Compressed rows `numbers`, each as [`PageRows::row`] has it: where rows are packed, there is
    /// a buffer for each.
    ///
    /// # Panics
    ///
    /// When the session has no page for a row.
    pub fn rows<'b, const D: usize>(
        &self,
        segment: &Segment<'_>,
        numbers: impl Iterator<Item = usize>,
        buffers: &'b mut [[f32; D]],
    ) -> impl Iterator<Item = &'b [f32]>
    where
        'a: 'b,
    {
        let mut buffers = buffers.iter_mut();
        numbers.map(move |j| match buffers.next() {
            Some(buffer) => self.row(segment, j, buffer),
            None => self.row(segment, j, &mut []),
        })
    }
}

/// Compressed rows of one layer in the paged cache, to write.
#[derive(Debug)]
pub struct PageRowsMut<'a> {
    /// All pages of the cache.
    pub pages: &'a mut [Box<[f32]>],
    /// The field.
    pub field: CachedRows,
}

impl PageRowsMut<'_> {
    /// Stores compressed row `j` of the session of `segment`.
    ///
    /// # Panics
    ///
    /// When the session has no page for the row.
    pub fn store(&mut self, segment: &Segment<'_>, j: usize, row: &[f32]) {
        let (page, range) = place(&self.field, segment, j);
        let words = bytemuck::cast_slice_mut(&mut self.pages[page][range]);
        pack_row(self.field.form, row, words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_rows_come_back_from_their_pages() {
        let form = RowForm::Fp8 { n_halves: 64 };
        let field = CachedRows { offset: 7, rows: 2, width: 128, form };
        let page = vec![f32::NAN; 7 + field.words() + 1].into_boxed_slice();
        let mut pages = vec![page; 3];
        let segment = Segment { slot: 0, start: 0, row: 0, len: 1, pages: &[2, 0] };
        // Multiples of 1/8 up to 1 are FP8 values and halves.
        let row = |j: usize| -> Vec<f32> { (0..128).map(|i| ((i + j) % 9) as f32 / 8.0).collect() };
        for j in [3, 0, 1] {
            PageRowsMut { pages: &mut pages, field }.store(&segment, j, &row(j));
        }
        let view = PageRows { pages: &pages, field };
        assert!(!view.is_unpacked());
        let mut buffers = [[0.0; 128]; 3];
        let found: Vec<_> = view.rows(&segment, [0, 1, 3].into_iter(), &mut buffers).collect();
        assert_eq!(found, [row(0), row(1), row(3)]);
        assert!(pages[1].iter().all(|word| word.is_nan()));
        for page in [&pages[0], &pages[2]] {
            let outside = page[..7].iter().chain(&page[7 + field.words()..]);
            assert!(outside.copied().all(f32::is_nan), "only rows are written");
        }
    }
}
