//! Views of one field of the cached rows and of the state of sessions.

use super::rows::Segment;

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

/// One field of every page: the compressed rows of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageField {
    /// Values before the field in a page.
    pub offset: usize,
    /// Rows of the field in a page: tokens of a page divided by the layer's ratio.
    pub rows_per_page: usize,
    /// Values of a row.
    pub width: usize,
}

impl PageField {
    /// The page of `segment`'s row `j`, and where in it the row is.
    fn place(&self, segment: &Segment<'_>, j: usize) -> (usize, std::ops::Range<usize>) {
        let first = self.offset + j % self.rows_per_page * self.width;
        (segment.pages[j / self.rows_per_page], first..first + self.width)
    }
}

/// Compressed rows of one layer in the paged cache, to read.
#[derive(Debug, Clone, Copy)]
pub struct PageRows<'a> {
    /// All pages of the cache.
    pub pages: &'a [Box<[f32]>],
    /// The field.
    pub field: PageField,
}

impl<'a> PageRows<'a> {
    /// Compressed row `j` of the session of `segment`.
    ///
    /// # Panics
    ///
    /// When the session has no page for the row.
    #[must_use]
    pub fn row(&self, segment: &Segment<'_>, j: usize) -> &'a [f32] {
        let (page, range) = self.field.place(segment, j);
        &self.pages[page][range]
    }
}

/// Compressed rows of one layer in the paged cache, to write.
#[derive(Debug)]
pub struct PageRowsMut<'a> {
    /// All pages of the cache.
    pub pages: &'a mut [Box<[f32]>],
    /// The field.
    pub field: PageField,
}

impl PageRowsMut<'_> {
    /// Compressed row `j` of the session of `segment`.
    ///
    /// # Panics
    ///
    /// When the session has no page for the row.
    #[must_use]
    pub fn row_mut(&mut self, segment: &Segment<'_>, j: usize) -> &mut [f32] {
        let (page, range) = self.field.place(segment, j);
        &mut self.pages[page][range]
    }
}
