//! Products of whole matrices, for few rows and for many.

use ds4::device::vulkan::Vulkan;
use ds4_plan::Format;

use crate::{
    bench::{PORTABLE, Target, body, floats, floats_out, matrix, run, scope, words},
    data::{FORMATS, LAYOUTS, assert_close, describe, dot, grid, packed, quantized, values},
    device,
};

/// Groups, values of a row, outputs, rows.
#[derive(Debug, Clone, Copy)]
struct Shape {
    g: usize,
    i: usize,
    o: usize,
    t: usize,
}

const fn shape(g: usize, i: usize, o: usize, t: usize) -> Shape {
    Shape { g, i, o, t }
}

/// The body and its tile: outputs and rows of a workgroup, outputs of a subgroup at a time.
#[derive(Debug, Clone, Copy)]
struct Tile {
    few: bool,
    out: usize,
    tokens: usize,
    rows: usize,
}

const fn few(out: usize, tokens: usize, rows: usize) -> Tile {
    Tile { few: true, out, tokens, rows }
}

const fn many(out: usize, tokens: usize) -> Tile {
    Tile { few: false, out, tokens, rows: 1 }
}

/// Multiplies by a matrix in a format and layout, unless its rows are no whole blocks.
fn check(gpu: &mut Vulkan, target: Target, (format, layout): (Format, &str), s: Shape, tile: Tile) {
    if !s.i.is_multiple_of(format.block_values()) {
        return;
    }
    let mut x = values(s.t * s.g * s.i, 3);
    let (bytes, w) = packed(format, [s.g * s.o, s.i], layout, 7);
    let mut qx = vec![0; 4];
    if format.is_integers() {
        (qx, x) = quantized(gpu, &x, s.g * s.i, 1);
    }
    let numbers = [
        // Many rows would be for CUDA's own tensor cores.
        ("FEW", if target.cuda { tile.tokens } else { 0 }),
        ("I", s.i),
        ("O", s.o),
        ("OUT", tile.out),
        ("TOKENS", tile.tokens),
        ("ROWS", tile.rows),
        ("G", s.g),
    ];
    // An op without groups has no such letter.
    let mut scope = scope(target, layout, &numbers[..if s.g == 1 { 6 } else { 7 }]);
    describe(&mut scope, "w", format);
    let y = floats_out("y", s.t * s.g * s.o);
    let arrays = [floats("x", &x), words("qx", &qx), matrix("w", bytes), grid(), y];
    let source = if tile.few { body!("matvec") } else { body!("gemm") };
    let groups = [s.g * s.o.div_ceil(tile.out), s.t.div_ceil(tile.tokens)];
    let found = run(gpu, source, &scope, &arrays, (groups, s.t)).remove(0);
    let rows = x.chunks_exact(s.i).enumerate();
    let expected: Vec<_> = rows
        .flat_map(|(row, x)| {
            let group = &w[row % s.g * s.o * s.i..][..s.o * s.i];
            group.chunks_exact(s.i).map(move |w| dot(x, w))
        })
        .collect();
    let what = format!("{format} {layout} {s:?} {tile:?} {target:?}");
    assert_close(&found, &expected, 1e-6, &what);
}

#[test]
fn few_rows_times_every_format() {
    let Some(mut gpu) = device() else { return };
    for format in FORMATS {
        for layout in LAYOUTS {
            let gpu = &mut gpu;
            check(gpu, PORTABLE, (format, layout), shape(1, 64, 5, 1), few(16, 1, 1));
            check(gpu, PORTABLE, (format, layout), shape(1, 96, 33, 3), few(16, 4, 2));
            check(gpu, PORTABLE, (format, layout), shape(1, 768, 17, 5), few(6, 2, 4));
            check(gpu, PORTABLE, (format, layout), shape(2, 512, 7, 3), few(4, 2, 2));
        }
    }
}

#[test]
fn many_rows_times_every_format() {
    let Some(mut gpu) = device() else { return };
    for format in FORMATS {
        for layout in LAYOUTS {
            let gpu = &mut gpu;
            check(gpu, PORTABLE, (format, layout), shape(1, 96, 35, 33), many(32, 32));
            check(gpu, PORTABLE, (format, layout), shape(1, 768, 33, 20), many(32, 32));
            check(gpu, PORTABLE, (format, layout), shape(2, 512, 70, 5), many(64, 16));
        }
    }
}

#[test]
fn tiles_of_every_division_among_warps() {
    let Some(mut gpu) = device() else { return };
    let wide = Target { warp: 64, ..PORTABLE };
    for format in [Format::F32, Format::Q8_0, Format::Q2_K] {
        for tile in [many(64, 64), many(32, 64), many(64, 32)] {
            check(&mut gpu, PORTABLE, (format, "packed"), shape(1, 256, 65, 70), tile);
        }
        check(&mut gpu, wide, (format, "packed"), shape(1, 256, 33, 34), many(32, 32));
        check(&mut gpu, PORTABLE, (format, "packed"), shape(1, 1280, 65, 70), many(32, 32));
    }
}

#[test]
fn floats_as_two_halves_are_as_exact_as_floats() {
    let Some(mut gpu) = device() else { return };
    let halves = Target { mma_f16: true, ..PORTABLE };
    for format in [Format::F32, Format::F16, Format::BF16] {
        check(&mut gpu, halves, (format, "packed"), shape(1, 96, 35, 33), many(32, 32));
    }
}

#[test]
fn formats_as_cuda_reads_them() {
    let Some(mut gpu) = device() else { return };
    let cuda = Target { cuda: true, ..PORTABLE };
    for format in [Format::IQ2_XXS, Format::MXFP4] {
        check(&mut gpu, cuda, (format, "packed"), shape(1, 512, 17, 2), few(16, 1, 2));
    }
}
