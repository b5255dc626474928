//! The rows of a step, for kernels and for the functions of the CPU device.

use ds4::{
    device::cpu::rows::{self, Rows},
    formats::cache::pack_row,
};
use ds4_plan::CachedRows;

use super::values;

/// Consecutive rows of one session.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) slot: usize,
    /// Position of the first row.
    pub(crate) start: usize,
    pub(crate) len: usize,
    pub(crate) pages: Vec<usize>,
}

/// The rows of a step.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) tokens: Vec<u32>,
    segments: Vec<Segment>,
}

impl Step {
    /// Sessions by first position and number of rows; each has its own slot and pages, in no order.
    pub(crate) fn new(sessions: &[(usize, usize)]) -> Self {
        let n_pages: usize = sessions.iter().map(|(start, len)| (start + len).div_ceil(256)).sum();
        let mut pages = (0..n_pages).rev();
        let segments: Vec<_> = sessions
            .iter()
            .enumerate()
            .map(|(i, &(start, len))| Segment {
                slot: sessions.len() - 1 - i,
                start,
                len,
                pages: pages.by_ref().take((start + len).div_ceil(256)).collect(),
            })
            .collect();
        let n_rows: usize = segments.iter().map(|segment| segment.len).sum();
        let tokens = (0..).step_by(37).take(n_rows).collect();
        Self { tokens, segments }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn n_slots(&self) -> usize {
        self.segments.len()
    }

    pub(crate) fn n_pages(&self) -> usize {
        self.segments.iter().map(|segment| segment.pages.len()).sum()
    }

    /// Last position of any row, and one.
    pub(crate) fn end(&self) -> usize {
        self.segments.iter().map(|s| s.start + s.len).max().unwrap()
    }

    pub(crate) fn positions(&self) -> Vec<usize> {
        self.segments.iter().flat_map(|s| s.start..s.start + s.len).collect()
    }

    /// The rows and the page table as kernels read them.
    pub(crate) fn words(&self) -> (Vec<u32>, Vec<u32>) {
        let word = |n: usize| u32::try_from(n).unwrap();
        let (mut rows, mut table) = (vec![], vec![]);
        for segment in &self.segments {
            let first = rows.len() / 8;
            for i in 0..segment.len {
                let token = self.tokens[first + i];
                rows.extend([token, word(segment.start + i), word(segment.slot)]);
                rows.extend([word(table.len()), word(first), word(segment.start)]);
                rows.extend([word(segment.len), 0]);
            }
            table.extend(segment.pages.iter().map(|&page| word(page)));
        }
        (rows, table)
    }

    /// Calls `f` with the rows as the CPU device has them.
    pub(crate) fn with_rows<R>(&self, f: impl FnOnce(&Rows<'_>) -> R) -> R {
        let mut row = 0;
        let segments: Vec<_> = self
            .segments
            .iter()
            .map(|s| {
                let first = row;
                row += s.len;
                rows::Segment {
                    slot: s.slot,
                    start: s.start,
                    row: first,
                    len: s.len,
                    pages: &s.pages,
                }
            })
            .collect();
        f(&Rows::new(&self.tokens, &segments))
    }
}

/// Pages with `rows` `[page, row, width]` in the field and something else around it.
pub(crate) fn pages(field: CachedRows, rows: &[f32]) -> Vec<f32> {
    let mut pages = vec![];
    for rows in rows.chunks_exact(field.rows * field.width) {
        let noise = values(field.offset + 8, 77);
        let mut words = vec![0; field.words()];
        let places = words.chunks_exact_mut(field.row_words());
        rows.chunks_exact(field.width)
            .zip(places)
            .for_each(|(row, words)| pack_row(field.form, row, words));
        pages.extend(&noise[..field.offset]);
        pages.extend(words.into_iter().map(f32::from_bits));
        pages.extend(&noise[field.offset..]);
    }
    pages
}

/// Values in each of some places of equal length, in one buffer and apart.
pub(crate) fn boxes(values: &[f32], len: usize) -> Vec<Box<[f32]>> {
    values.chunks_exact(len).map(Into::into).collect()
}
