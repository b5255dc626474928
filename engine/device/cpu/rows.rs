//! What the rows of a step are: tokens at positions of sessions.

/// Consecutive rows of one session within a step.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    /// State slot of the session.
    pub slot: usize,
    /// Position of the first row.
    pub start: usize,
    /// The first row's index in the step.
    pub row: usize,
    /// Number of rows, at least 1.
    pub len: usize,
    /// Page of each span of tokens of the session, by index.
    pub pages: &'a [usize],
}

/// The rows of a step, in order.
///
/// A decode step over several sessions is one segment of one row each; a prefill chunk is one
/// segment; every mixture is allowed.
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    tokens: &'a [u32],
    segments: &'a [Segment<'a>],
    /// Index of each row's segment.
    segment_of: Vec<usize>,
}

impl<'a> Rows<'a> {
    /// The rows of `segments`, which hold `tokens` in order.
    ///
    /// # Panics
    ///
    /// When the segments do not cover the tokens in order.
    #[must_use]
    pub fn new(tokens: &'a [u32], segments: &'a [Segment<'a>]) -> Self {
        let mut segment_of = Vec::with_capacity(tokens.len());
        for (i, segment) in segments.iter().enumerate() {
            assert_eq!(segment.row, segment_of.len(), "first row of segment {i}");
            segment_of.extend(std::iter::repeat_n(i, segment.len));
        }
        assert_eq!(segment_of.len(), tokens.len(), "rows of all segments");
        Self { tokens, segments, segment_of }
    }

    /// Token of each row.
    #[must_use]
    pub const fn tokens(&self) -> &'a [u32] {
        self.tokens
    }

    /// The segments, in order of their rows.
    #[must_use]
    pub const fn segments(&self) -> &'a [Segment<'a>] {
        self.segments
    }

    /// Number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether the step has no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The segment of `row` and the row's position in its session.
    ///
    /// # Panics
    ///
    /// When `row` is out of range.
    #[must_use]
    pub fn at(&self, row: usize) -> (&'a Segment<'a>, usize) {
        let segment = &self.segments[self.segment_of[row]];
        (segment, segment.start + row - segment.row)
    }
}
