//! What is chosen when a model is loaded.

use ds4_plan::CacheRounding;

use crate::device::Room;

/// Choices that are made when a model is loaded.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Another rounding of cached rows than the model's own.
    pub cache: Option<CacheRounding>,
    /// Longest timeline, in tokens; 0 for the model's longest. A GPU has room for timelines of this
    /// length from the beginning; with 0, for [`LEAST_CONTEXT`] tokens, and more when they come.
    pub context: usize,
    /// Timelines at a time that a GPU has room for from the beginning.
    pub sessions: usize,
    /// Tokens of all of them together; 0 for `sessions` of `context`. A single timeline may have all of
    /// them.
    pub tokens: usize,
    /// Threads of the CPU device; 0 for one on each core.
    pub threads: usize,
    /// Most tokens of one prefill step; 0 for as many as suit the device.
    pub chunk: usize,
    /// Where the model runs.
    pub device: DeviceKind,
    /// Which of several GPUs, by number; `None` for the best.
    pub gpu: Option<usize>,
}

/// Tokens that a GPU has room for from the beginning where no context was asked for.
pub const LEAST_CONTEXT: usize = 4096;

/// The devices of this build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceKind {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA card through CUDA.
    #[cfg(feature = "cuda")]
    Cuda,
    /// A GPU through Vulkan.
    #[cfg(feature = "vulkan")]
    Vulkan,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache: None,
            context: 0,
            sessions: 1,
            tokens: 0,
            threads: 0,
            chunk: 0,
            device: DeviceKind::Cpu,
            gpu: None,
        }
    }
}

impl Options {
    /// What a GPU has room for from the beginning, of a model with timelines of `most` tokens.
    pub(super) fn room(&self, most: usize) -> Room {
        let asked = if self.context == 0 { LEAST_CONTEXT } else { self.context };
        let context = asked.min(most);
        // The longest timeline has to fit.
        let tokens = if self.tokens == 0 { 0 } else { self.tokens.max(context) };
        Room { context, sessions: self.sessions.max(1), tokens, chunk: self.chunk }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_made_for_what_was_asked_or_a_little() {
        let room = |context, sessions| {
            let room = Options { context, sessions, ..Options::default() }.room(65_536);
            (room.context, room.sessions, room.chunk)
        };
        assert_eq!(room(0, 0), (4096, 1, 0));
        assert_eq!(room(100, 3), (100, 3, 0));
        assert_eq!(Options::default().room(1000).context, 1000);
        let tokens =
            |tokens| Options { context: 100, tokens, ..Options::default() }.room(1000).tokens;
        assert_eq!((tokens(0), tokens(50), tokens(5000)), (0, 100, 5000));
    }
}
