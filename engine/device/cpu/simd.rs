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

/// Runs `kernel` with the widest vector instructions of this processor.
#[inline]
#[cfg(target_arch = "x86_64")]
pub(crate) fn vectorize<K: Kernel>(kernel: K) -> K::Output {
    if has_avx512() {
        // SAFETY: the features that `run_avx512` is compiled for were detected above; AVX-512F
        // implies AVX2.
        unsafe { run_avx512(kernel) }
    } else if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2, for which `run_avx2` is compiled, was detected above.
        unsafe { run_avx2(kernel) }
    } else {
        kernel.run()
    }
}

/// Runs `kernel` with the baseline of this architecture, which has vector instructions.
#[inline]
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn vectorize<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// Decodes one span of packed weights.
pub(crate) type DecodeFn = fn(&[u8], &mut [f32; SPAN]);

/// The decoder of `F` as a function of its own, for this processor.
///
/// Inlined into a loop over rows, a decoder is unrolled before it is vectorized and ends up as
/// code for single numbers; compiled alone it is vector code. Its parameters are plain references,
/// because only of those the compiler knows that they do not overlap.
#[cfg(target_arch = "x86_64")]
pub(crate) fn decoder<F: Decode>() -> DecodeFn {
    if has_avx512() {
        // SAFETY: the features that `decode_avx512` is compiled for were detected above.
        |bytes, out| unsafe { decode_avx512::<F>(bytes, out) }
    } else if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2, for which `decode_avx2` is compiled, was detected above.
        |bytes, out| unsafe { decode_avx2::<F>(bytes, out) }
    } else {
        F::decode
    }
}

/// The decoder of `F` as a function of its own.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn decoder<F: Decode>() -> DecodeFn {
    F::decode
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

/// Whether the processor has the features of the widest copies.
#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
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
