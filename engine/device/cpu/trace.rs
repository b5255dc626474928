//! Steps seen launch by launch, so that other devices can be compared with this one.

use ds4_plan::Span;

use super::{Cpu, PageId, Result, SlotId, StepRequest, frame::ArenaShape};

/// Hears of every launch of a step, after it has run.
pub type Trace<'t> = &'t mut (dyn FnMut(At, &Memory<'_>) + Send);

/// A launch of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// 0 before the layers, 1 for the first layer, and so on.
    pub segment: usize,
    /// Number of the launch within the segment.
    pub launch: usize,
}

/// The memory of the device between two launches.
#[derive(Debug)]
pub struct Memory<'a> {
    pub(super) floats: &'a [f32],
    pub(super) indices: &'a [u32],
    pub(super) shape: ArenaShape,
    pub(super) slots: &'a [Box<[f32]>],
    pub(super) pages: &'a [Box<[f32]>],
}

impl<'a> Memory<'a> {
    /// The values of an F32 scratch argument.
    #[must_use]
    pub fn floats(&self, span: Span) -> &'a [f32] {
        &self.floats[self.shape.range(span)]
    }

    /// The values of a U32 scratch argument.
    #[must_use]
    pub fn indices(&self, span: Span) -> &'a [u32] {
        let rows = self.shape.rows;
        &self.indices[span.offset * rows..(span.offset + span.len) * rows]
    }

    /// The state of every session, by slot.
    #[must_use]
    pub const fn slots(&self) -> &'a [Box<[f32]>] {
        self.slots
    }

    /// Every page, by number.
    #[must_use]
    pub const fn pages(&self) -> &'a [Box<[f32]>] {
        self.pages
    }
}

impl Cpu {
    /// Runs one step as [`Device::submit`](crate::device::Device::submit) does and shows the
    /// memory after each launch.
    ///
    /// # Errors
    ///
    /// As [`Device::submit`](crate::device::Device::submit).
    pub fn submit_traced(&mut self, request: &StepRequest<'_>, trace: Trace<'_>) -> Result<()> {
        self.run(request, Some(trace))
    }

    /// The mutable state of a session.
    pub fn slot_mut(&mut self, slot: SlotId) -> &mut [f32] {
        &mut self.slots.buffers[slot.0]
    }

    /// The cached rows of a page.
    pub fn page_mut(&mut self, page: PageId) -> &mut [f32] {
        &mut self.pages.buffers[page.0]
    }
}
