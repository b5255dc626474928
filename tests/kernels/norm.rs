//! Normalizations and rotations.

use ds4::device::cpu::ops;
use ds4_codegen::model::{FLASH, TINY};
use ds4_plan::StepKind::Decode;

use crate::support::{Case, Step, assert_close, device, values};

#[test]
fn rms_norm() {
    let Some(mut gpu) = device() else { return };
    for (t, threads) in [(1, 256), (3, 64)] {
        let (x, w) = (values(t * 4096, 1), values(4096, 2));
        let mut expected = vec![0.0; x.len()];
        ops::rms_norm::<4096>(&x, &w, FLASH.rms_eps, &mut expected);
        let case = Case::find(FLASH, Decode, "rms_norm", |_| true).threads(threads).n_rows(t);
        let case = case.floats("x", &x).floats("w", &w).output("y", x.len());
        assert_close("rms_norm", &case.run(&mut gpu, &["y"])[0], &expected, 1e-6);
    }
}

#[test]
fn head_norm() {
    let Some(mut gpu) = device() else { return };
    for (t, threads) in [(1, 128), (3, 32)] {
        let x = values(t * 4 * 128, 1);
        let mut expected = vec![0.0; x.len()];
        ops::head_norm::<128>(&x, TINY.rms_eps, &mut expected);
        let case = Case::find(TINY, Decode, "head_norm", |_| true).threads(threads).n_rows(t);
        let case = case.floats("x", &x).output("y", x.len());
        assert_close("head_norm", &case.run(&mut gpu, &["y"])[0], &expected, 1e-6);
    }
}

/// Angles reach a million radians.
#[test]
fn rope() {
    let Some(mut gpu) = device() else { return };
    let step = Step::new(&[(0, 9), (77, 1), (65_530, 6), (1_048_500, 70)]);
    let t = step.n_rows();
    for (threads, variant) in [(64, "yarn"), (128, "plain"), (32, "inverse")] {
        let case = Case::find(FLASH, Decode, "rope", |n| n.variant.starts_with(variant));
        let freqs = case.table("freqs");
        let heads = case.number("H");
        let direction = match variant {
            "inverse" => ops::Direction::Inverse,
            _ => ops::Direction::Forward,
        };
        let x = values(t * heads * 512, 1);
        let mut expected = vec![0.0; x.len()];
        step.with_rows(|rows| ops::rope::<512, 64>(&x, rows, &freqs, direction, &mut expected));
        let case = case.threads(threads).step(&step).floats("x", &x).output("y", x.len());
        let found = case.run(&mut gpu, &["y"]);
        assert_close(&format!("rope {variant}"), &found[0], &expected, 5e-7);
    }
}
