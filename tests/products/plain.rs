//! What surrounds the products: quantization, embedding, element-wise ops.

use crate::{
    bench::{PORTABLE, as_floats, body, floats, floats_out, matrix, rows, run, scope, words},
    data::{FORMATS, LAYOUTS, describe, grid, packed, quantized, records, values},
    device,
};

#[test]
fn rows_are_quantized_to_sixteen_bits() {
    let Some(mut gpu) = device() else { return };
    for (len, n_rows, parts) in [(32, 3, 1), (4096, 2, 4), (256, 5, 8), (64, 1, 1)] {
        let mut x = values(len * n_rows, 5);
        x[1] = 100.0;
        x[len - 1] = 1e-20;
        x[len * n_rows - 32..].fill(0.0);
        let (words, meaning) = quantized(&mut gpu, &x, len, parts);
        let groups = x.chunks_exact(32).zip(meaning.chunks_exact(32));
        for ((x, meaning), record) in groups.zip(records(&words, x.len() / 32)) {
            let largest = x.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            // Half a step, and the roundings of the factors and of the value itself.
            let bound = largest / 65_024.0 + 2e-7 * largest;
            for (x, meaning) in x.iter().zip(meaning) {
                assert!((x - meaning).abs() <= bound, "{x} became {meaning}");
            }
            for (half, bits) in meaning.chunks_exact(16).zip(&record[17..19]) {
                let sum: f64 = half.iter().map(|v| f64::from(*v)).sum();
                let found = f64::from(f32::from_bits(*bits));
                assert!((found - sum).abs() <= 1e-6 * f64::from(largest), "{found}, {sum}");
            }
            assert_eq!(record[19], 0);
        }
    }
}

#[test]
fn hidden_values_are_quantized_alike() {
    let Some(mut gpu) = device() else { return };
    let h = values(3 * 512, 6);
    let (expected, _) = quantized(&mut gpu, &h, 512, 1);
    let scope = scope(PORTABLE, "packed", &[("h_len", 512), ("X", 2)]);
    let arrays = [floats("h", &h), crate::bench::words_out("qx", expected.len())];
    let found = run(&mut gpu, body!("quantize_h"), &scope, &arrays, ([2, 3], 3)).remove(0);
    assert_eq!(found, expected);
}

#[test]
fn every_stream_is_the_row_of_the_token() {
    let Some(mut gpu) = device() else { return };
    let (n, n_streams, n_tokens) = (256, 2, 9);
    let tokens = [3_u32, 8, 0];
    let step: Vec<u32> = tokens.iter().flat_map(|&t| [t, 1, 2, 3, 4, 5, 6, 0]).collect();
    for format in FORMATS {
        for (layout, parts) in LAYOUTS.into_iter().zip([1, 4]) {
            let (bytes, table) = packed(format, [n_tokens, n], layout, 4);
            let mut scope = scope(PORTABLE, layout, &[("N", n), ("S", n_streams), ("X", parts)]);
            describe(&mut scope, "table", format);
            let streams = floats_out("streams", tokens.len() * n_streams * n);
            let arrays = [rows(&step), matrix("table", bytes), grid(), streams];
            let source = body!("embed");
            let found = run(&mut gpu, source, &scope, &arrays, ([parts, 3], 3)).remove(0);
            for (i, stream) in as_floats(&found).chunks_exact(n).enumerate() {
                let row = &table[tokens[i / n_streams] as usize * n..][..n];
                for (found, expected) in stream.iter().zip(row) {
                    // A scale may be multiplied in another order.
                    let error = (found - expected).abs();
                    assert!(error <= 3e-7 * expected.abs().max(0.1), "{format}: {found}");
                }
            }
        }
    }
}

#[test]
fn element_wise_ops_follow_their_formulas() {
    let Some(mut gpu) = device() else { return };
    let (len, n_rows) = (96, 3);
    let a: Vec<f32> = values(len * n_rows, 1).iter().map(|v| 20.0 * v).collect();
    let b: Vec<f32> = values(len * n_rows, 2).iter().map(|v| 20.0 * v).collect();
    let y = || floats_out("y", len * n_rows);
    let mut scope = scope(PORTABLE, "packed", &[("y_len", len), ("X", 3)]);
    scope.ambient("limit", "7.0");

    let arrays = [floats("a", &a), floats("b", &b), y()];
    let sums = run(&mut gpu, body!("add"), &scope, &arrays, ([3, 3], n_rows)).remove(0);
    let arrays = [floats("gate", &a), floats("up", &b), y()];
    let gated = run(&mut gpu, body!("swiglu"), &scope, &arrays, ([3, 3], n_rows)).remove(0);
    for (i, (a, b)) in a.iter().zip(&b).enumerate() {
        assert_eq!(sums[i], (a + b).to_bits());
        let gate = f64::from(*a).min(7.0);
        let expected = gate / (1.0 + (-gate).exp()) * f64::from(*b).clamp(-7.0, 7.0);
        let found = f64::from(f32::from_bits(gated[i]));
        assert!((found - expected).abs() <= 3e-6 * expected.abs().max(1e-3), "{found}, {expected}");
    }

    let indices = [2, 0];
    let arrays = [floats("x", &a), words("indices", &indices), floats_out("y", 2 * len)];
    let picked = run(&mut gpu, body!("gather"), &scope, &arrays, ([3, 2], 2)).remove(0);
    assert_eq!(as_floats(&picked[..len]), a[2 * len..]);
    assert_eq!(as_floats(&picked[len..]), a[..len]);
}
