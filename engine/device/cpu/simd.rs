//! Compiles hot loops for the vector instructions that the machine has.
//!
//! A [`Kernel`] is ordinary Rust written as loops over fixed numbers of lanes. [`vectorize`] holds
//! one copy of it per instruction set and runs the widest one that the processor supports.
//! Results do not depend on the choice: the order of every sum is written in the source, and
//! products and sums are never contracted.

use crate::formats::{Decode, SPAN};

/// A piece of work that is inlined into code for one instruction set.
///
/// `run` must be `#[inline(always)]`, as must be every function it calls in a hot loop: a function
/// that is not inlined is compiled for the baseline instruction set.
pub(crate) trait Kernel {
    /// What the work results in.
    type Output;

    /// Does the work.
    fn run(self) -> Self::Output;
}

/// The instruction sets that there are copies for, narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InstructionSet {
    /// What every processor of the architecture has.
    Baseline,
    /// 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl InstructionSet {
    /// What people call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Baseline => "SSE2",
            #[cfg(not(target_arch = "x86_64"))]
            Self::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "AVX-512",
        }
    }
}

/// The widest instruction set that this processor has.
#[inline]
#[cfg(target_arch = "x86_64")]
pub(crate) fn widest() -> InstructionSet {
    let has_avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    let widest = if has_avx512 {
        InstructionSet::Avx512
    } else if is_x86_feature_detected!("avx2") {
        InstructionSet::Avx2
    } else {
        InstructionSet::Baseline
    };
    #[cfg(test)]
    let widest = widest.min(limit::get());
    widest
}

/// The widest instruction set that this processor has.
#[inline]
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn widest() -> InstructionSet {
    InstructionSet::Baseline
}

/// Runs `kernel` with the widest vector instructions of this processor.
#[inline]
pub(crate) fn vectorize<K: Kernel>(kernel: K) -> K::Output {
    match widest() {
        InstructionSet::Baseline => kernel.run(),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `widest` has detected the features that `run_avx2` is compiled for.
        InstructionSet::Avx2 => unsafe { run_avx2(kernel) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `widest` has detected the features that `run_avx512` is compiled for.
        InstructionSet::Avx512 => unsafe { run_avx512(kernel) },
    }
}

/// Decodes one span of packed weights.
pub(crate) type DecodeFn = fn(&[u8], &mut [f32; SPAN]);

/// The decoder of `F` as a function of its own, for this processor.
///
/// Inlined into a loop over rows, a decoder is unrolled before it is vectorized and ends up as
/// code for single numbers; compiled alone it is vector code. Its parameters are plain references,
/// because only of those the compiler knows that they do not overlap.
pub(crate) fn decoder<F: Decode>() -> DecodeFn {
    match widest() {
        InstructionSet::Baseline => F::decode,
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `widest` has detected the features that `decode_avx2` is compiled for.
        InstructionSet::Avx2 => |bytes, out| unsafe { decode_avx2::<F>(bytes, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `widest` has detected the features that `decode_avx512` is compiled for.
        InstructionSet::Avx512 => |bytes, out| unsafe { decode_avx512::<F>(bytes, out) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn decode_avx512<F: Decode>(bytes: &[u8], out: &mut [f32; SPAN]) {
    F::decode(bytes, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn decode_avx2<F: Decode>(bytes: &[u8], out: &mut [f32; SPAN]) {
    F::decode(bytes, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// Lets tests run the narrower copies.
#[cfg(test)]
pub(crate) mod limit {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::InstructionSet;

    /// Shared by all threads: no test depends on which copy runs, so none is disturbed.
    static WIDEST: AtomicU8 = AtomicU8::new(u8::MAX);

    /// Every instruction set, narrowest first.
    pub(crate) const ALL: &[InstructionSet] = &[
        InstructionSet::Baseline,
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2,
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512,
    ];

    /// Uses nothing wider than `set` from now on.
    pub(crate) fn set(set: InstructionSet) {
        WIDEST.store(set as u8, Ordering::Relaxed);
    }

    pub(super) fn get() -> InstructionSet {
        let widest = usize::from(WIDEST.load(Ordering::Relaxed));
        ALL[widest.min(ALL.len() - 1)]
    }
}
