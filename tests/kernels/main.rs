//! Bodies of kernels on whichever Vulkan device there is, against the functions of the CPU device.
//!
//! Each case takes an op as the graph of a model uses it, gives it random arguments, and runs its
//! passes one by one. Where the device is software, everything runs at each of its subgroup widths.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attend;
mod cache;
mod compress;
mod hyper;
mod index;
mod norm;
mod route;
mod sample;
mod support;

use std::process::Command;

use ds4::device::gpu::Gpu;

/// Mesa's software driver takes the width of vectors from the environment when it is loaded, so
/// each width has a process.
#[test]
fn software_at_every_subgroup_width() {
    let Some(gpu) = support::device() else { return };
    if !gpu.describe().contains("llvmpipe") {
        let what = gpu.describe();
        support::notice(&format!("skipped: {what} has no choice of widths"));
        return;
    }
    for (bits, lanes) in [("128", 4), ("256", 8), ("512", 16)] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--skip", "software_at_every_subgroup_width", "--nocapture"])
            .env("LP_NATIVE_VECTOR_WIDTH", bits)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stdout));
        assert!(text.contains(&format!("lanes: {lanes}\n")), "{bits} bits: {text}");
    }
}

#[test]
fn width_is_printed() {
    let Some(gpu) = support::device() else { return };
    support::notice(&format!("lanes: {}", gpu.subgroup()));
}
