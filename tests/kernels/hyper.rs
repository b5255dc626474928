//! Hyper-connections.

use bytemuck::cast_slice;
use ds4::{
    device::cpu::ops::{self, HcEps, Matrix},
    formats::{BF16, Decode as Packed, F16, F32},
};
use ds4_codegen::model::TINY;
use ds4_plan::StepKind::{Decode, Prefill};

use crate::support::{Case, assert_close, device, numbers, values};

const EPS: HcEps = HcEps { rms: 1e-6, hc: 1e-6 };
const WIDTH: usize = 4 * 256;

/// A matrix in each format, by the name of the format.
fn matrices(n: usize, seed: u64) -> [(&'static str, Vec<u8>); 3] {
    let values: Vec<f32> = values(n, seed).iter().map(|x| 0.2 * x).collect();
    let f16 = values.iter().flat_map(|x| half::f16::from_f32(*x).to_le_bytes()).collect();
    let bf16 = values.iter().flat_map(|x| half::bf16::from_f32(*x).to_le_bytes()).collect();
    [("f32", cast_slice(&values).to_vec()), ("f16", f16), ("bf16", bf16)]
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b)).collect()
}

fn mix<F: Packed>(streams: &[f32], fun: &[u8], scale: &[f32], base: &[f32]) -> [Vec<f32>; 2] {
    let t = streams.len() / WIDTH;
    let (mut pre, mut mix) = (vec![0.0; t * 4], vec![0.0; t * 20]);
    let fun = Matrix::new(fun);
    ops::hc_mix::<F, 4, 256>(streams, fun, scale, base, EPS, 20, &mut pre, &mut mix);
    [pre, mix]
}

#[test]
fn hc_mix() {
    let Some(mut gpu) = device() else { return };
    let (scale, base) = ([0.7, 1.3, 2.1], values(24, 4));
    for (t, chunk, tokens, threads) in [(1, 128, 1, 64), (7, 256, 4, 128), (3, 1024, 2, 32)] {
        let streams: Vec<f32> = values(t * WIDTH, 1).iter().map(|x| 3.0 * x).collect();
        for (format, fun) in matrices(24 * WIDTH, 2) {
            let expected = match format {
                "f32" => mix::<F32>(&streams, &fun, &scale, &base),
                "f16" => mix::<F16>(&streams, &fun, &scale, &base),
                _ => mix::<BF16>(&streams, &fun, &scale, &base),
            };
            let case = Case::find(TINY, Prefill, "hc_mix", |_| true).n_rows(t).threads(threads);
            let case = case.set("CHUNK", chunk).set("TOKENS", tokens).set("fun_format", format);
            let case = case.words("fun", &words(&fun)).floats("streams", &streams);
            let case = case.floats("scale", &scale).floats("base", &base);
            let case = case.output("pre", t * 4).output("mix", t * 20);
            let found = case.run(&mut gpu, &["pre", "mix"]);
            for (found, expected) in found.iter().zip(&expected) {
                assert_close(&format!("hc_mix {format}"), found, expected, 2e-6);
            }
        }
    }
}

#[test]
fn hc_head() {
    let Some(mut gpu) = device() else { return };
    let (scale, base) = ([0.7], values(4, 4));
    for (t, chunk, threads) in [(1, 512, 64), (3, 128, 128)] {
        let streams: Vec<f32> = values(t * WIDTH, 1).iter().map(|x| 3.0 * x).collect();
        let (_, fun) = &matrices(4 * WIDTH, 2)[1];
        let mut expected = vec![0.0; t * 256];
        let matrix = Matrix::<F16>::new(fun);
        ops::hc_head::<_, 4, 256>(&streams, matrix, &scale, &base, EPS, &mut expected);
        let case = Case::find(TINY, Decode, "hc_head", |_| true).n_rows(t).threads(threads);
        let case = case.set("CHUNK", chunk).set("fun_format", "f16").words("fun", &words(fun));
        let case = case.floats("streams", &streams).floats("scale", &scale).floats("base", &base);
        let found = case.output("x", t * 256).run(&mut gpu, &["x"]);
        assert_close("hc_head", &found[0], &expected, 2e-6);
    }
}

#[test]
fn hc_reduce_and_expand() {
    let Some(mut gpu) = device() else { return };
    for (t, parts, threads) in [(1, 8, 64), (3, 1, 128)] {
        let (streams, y) = (values(t * WIDTH, 1), values(t * 256, 3));
        let (pre, mix) = (values(t * 4, 2), values(t * 20, 4));
        let (mut x, mut out) = (vec![0.0; t * 256], vec![0.0; t * WIDTH]);
        ops::hc_reduce::<4, 256>(&streams, &pre, &mut x);
        ops::hc_expand::<4, 256>(&y, &streams, &mix, &mut out);

        let case = Case::find(TINY, Decode, "hc_reduce", |_| true).n_rows(t).parts(parts);
        let case = case.threads(threads).floats("streams", &streams).floats("pre", &pre);
        let found = case.output("x", x.len()).run(&mut gpu, &["x"]);
        assert_close("hc_reduce", &found[0], &x, 1e-6);

        let case = Case::find(TINY, Decode, "hc_expand", |_| true).n_rows(t).parts(parts);
        let case = case.threads(threads).floats("streams", &streams).floats("mix", &mix);
        let found = case.floats("y", &y).output("out", out.len()).run(&mut gpu, &["out"]);
        assert_close("hc_expand", &found[0], &out, 1e-6);
    }
}

/// What the mixing makes of streams that are all zero.
#[test]
fn zeros_mix_to_numbers() {
    let Some(mut gpu) = device() else { return };
    let (_, fun) = &matrices(24 * WIDTH, 2)[0];
    let case = Case::find(TINY, Decode, "hc_mix", |_| true).n_rows(1).set("CHUNK", 256);
    let case = case.set("TOKENS", 1).set("fun_format", "f32").words("fun", &words(fun));
    let case = case.floats("streams", &[0.0; WIDTH]).floats("scale", &[1.0; 3]);
    let found = case.floats("base", &[0.0; 24]).output("pre", 4).output("mix", 20);
    let found = found.run(&mut gpu, &["pre", "mix"]);
    assert_close("halves", &found[0], &[0.5 + 1e-6; 4], 1e-6);
    let comb = numbers(&found[1][4..]);
    assert!(comb.iter().all(|c| (c - 0.25).abs() < 1e-5), "{comb:?}");
}
