//! Compiles hot loops for the vector instructions that the machine has.
//!
//! A [`Kernel`] is ordinary Rust written as loops over fixed numbers of lanes. [`vectorize`] holds
//! one copy of it per instruction set and runs the widest one that the processor supports.
//! Results do not depend on the choice: the order of every sum is written in the source, and
//! products and sums are never contracted.

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
    if is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
    {
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
