//! Bodies of packed products on a Vulkan device, against sums in `f64`.
//!
//! The tests stage templates by themselves, in shapes at and around the edges of tiles, in both
//! layouts of every format, and for targets that the machine has not: their portable hooks say
//! what the native ones do.

#![cfg(feature = "vulkan")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{self, Write},
    process::Command,
};

use ds4::device::{Error, gpu::Gpu, vulkan::Vulkan};

mod bench;
mod data;
mod experts;
mod plain;
mod products;
#[path = "../support/random.rs"]
#[expect(dead_code, reason = "other tests draw indices too")]
mod random;

/// A device, or `None` with a reason that is seen where the machine has none.
fn device() -> Option<Vulkan> {
    match Vulkan::open(None) {
        Ok(vulkan) => Some(vulkan),
        Err(error @ Error::NoGpu { .. }) => {
            skipped(&error.to_string());
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Says what is not tested, directly, since the test runner hides what a passing test prints.
fn skipped(why: &str) {
    let mut stderr = io::stderr();
    writeln!(stderr, "skipped: {why}").unwrap();
}

/// Mesa's software driver takes the width of vectors from the environment when it is loaded, so
/// each width has a process.
#[test]
fn software_at_the_narrowest_and_the_widest_subgroup() {
    let Some(gpu) = device() else { return };
    if !gpu.describe().contains("llvmpipe") {
        skipped(&format!("{} has no choice of widths", gpu.describe()));
        return;
    }
    for bits in ["128", "512"] {
        let tests = [
            "plain::rows_are_quantized_to_sixteen_bits",
            "products::few_rows_times_every_format",
            "experts::few_rows_go_through_their_experts",
        ];
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(tests).args(["--exact", "--nocapture"]);
        let output = command.env("LP_NATIVE_VECTOR_WIDTH", bits).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        let result = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{bits} bits: {text}\n{result}");
        assert!(result.contains("3 passed"), "{bits} bits: {result}");
    }
}
