//! Routed experts, for few rows and for many.

use ds4::device::vulkan::Vulkan;
use ds4_codegen::stage::{Scope, Source};
use ds4_plan::Format;

use crate::{
    bench::{
        Array, PORTABLE, Target, body, floats, floats_out, matrix, run, scope, words, words_out,
    },
    data::{FORMATS, LAYOUTS, Sum, assert_close, describe, dot, grid, packed, quantized, values},
    device,
};

/// Outputs and pairs of a workgroup, outputs of a subgroup at a time.
const OUT: usize = 32;
const TOKENS: usize = 32;
const ROWS: usize = 2;

const LIMIT: f64 = 1.5;

/// Experts, their matrices, and a step that uses them.
struct Case {
    target: Target,
    format: Format,
    layout: &'static str,
    n: usize,
    ff: usize,
    n_experts: usize,
    n_used: usize,
    ids: Vec<u32>,
    weights: Vec<f32>,
}

impl Case {
    fn new(format: Format, layout: &'static str, n_rows: usize) -> Self {
        let (n_experts, n_used) = (7, 3);
        // Experts 5 and 6 are seldom or never chosen; each row's are distinct.
        let id = |i: usize| u32::try_from((i / n_used * (i / n_used) + i % n_used) % 6).unwrap();
        Self {
            target: PORTABLE,
            format,
            layout,
            n: 256,
            ff: 512,
            n_experts,
            n_used,
            ids: (0..n_rows * n_used).map(id).collect(),
            weights: values(n_rows * n_used, 11),
        }
    }

    fn rows(&self) -> usize {
        self.ids.len() / self.n_used
    }

    fn scope(&self) -> Scope {
        let numbers = [
            ("N", self.n),
            ("F", self.ff),
            ("E", self.n_experts),
            ("K", self.n_used),
            ("OUT", OUT),
            ("TOKENS", TOKENS),
            ("ROWS", ROWS),
            ("X", 1),
        ];
        let mut scope = scope(self.target, self.layout, &numbers);
        for name in ["gate", "up", "down"] {
            describe(&mut scope, name, self.format);
        }
        scope.ambient("limit", "1.5");
        scope
    }

    fn run(
        &self,
        gpu: &mut Vulkan,
        source: &'static Source,
        arrays: &[Array],
        grid: [usize; 2],
    ) -> Vec<Vec<u32>> {
        run(gpu, source, &self.scope(), arrays, (grid, self.rows()))
    }

    /// Counts, list and starts.
    fn route(&self, gpu: &mut Vulkan) -> [Vec<u32>; 3] {
        let grid = [self.n_experts, 1];
        let arrays = [words("ids", &self.ids), words_out("counts", self.n_experts)];
        let counts = self.run(gpu, body!("route_count"), &arrays, grid).remove(0);
        let arrays = [
            words("ids", &self.ids),
            words("counts", &counts),
            words_out("list", self.ids.len()),
            words_out("starts", 2 * self.n_experts + 2),
        ];
        let [list, starts] = self.run(gpu, body!("route_list"), &arrays, grid).try_into().unwrap();
        [counts, list, starts]
    }

    /// Workgroups along y that cover tiles of pairs.
    fn tiles(&self) -> usize {
        self.ids.len().div_ceil(TOKENS) + self.n_experts
    }

    /// The hidden values from `x` and from a matrix of `x` and one of `h`, each in both forms.
    fn check(&self, gpu: &mut Vulkan, many: bool) {
        let what = format!("{} {} {:?}, many: {many}", self.format, self.layout, self.target);
        let (n_pairs, x) = (self.ids.len(), values(self.rows() * self.n, 3));
        let (x, qx) = self.input(gpu, x, self.n);
        let all = [self.n_experts * self.ff, self.n];
        let (gate, gate_values) = packed(self.format, all, self.layout, 7);
        let (up, up_values) = packed(self.format, all, self.layout, 8);
        let [_, list, starts] = self.route(gpu);
        let mut arrays = vec![
            floats("x", &x),
            words("qx", &qx),
            matrix("gate", gate),
            matrix("up", up),
            floats("weights", &self.weights),
            grid(),
            floats_out("h", n_pairs * self.ff),
        ];
        let blocks = self.ff.div_ceil(OUT);
        let (source, grid) = if many {
            arrays.extend([words("list", &list), words("starts", &starts)]);
            (body!("experts_gate_up_gemm"), [blocks, self.tiles()])
        } else {
            arrays.push(words("ids", &self.ids));
            (body!("experts_gate_up"), [self.n_used * blocks, self.rows()])
        };
        let found = self.run(gpu, source, &arrays, grid).remove(0);
        let hidden = |(pair, f): (usize, usize)| {
            let row = (self.ids[pair] as usize * self.ff + f) * self.n..;
            let x = &x[pair / self.n_used * self.n..][..self.n];
            let (gate, up) =
                (dot(x, &gate_values[row.clone()][..self.n]), dot(x, &up_values[row][..self.n]));
            self.hidden(gate, up, f64::from(self.weights[pair]))
        };
        let all = (0..n_pairs).flat_map(|pair| (0..self.ff).map(move |f| (pair, f)));
        assert_close(&found, &all.map(hidden).collect::<Vec<_>>(), 1e-6, &what);
        self.check_down(gpu, many, [list, starts], &what);
    }

    fn check_down(&self, gpu: &mut Vulkan, many: bool, [list, starts]: [Vec<u32>; 2], what: &str) {
        let n_pairs = self.ids.len();
        let (h, qh) = self.input(gpu, values(n_pairs * self.ff, 5), self.n_used * self.ff);
        let all = [self.n_experts * self.n, self.ff];
        let (down, down_values) = packed(self.format, all, self.layout, 9);
        let mut arrays = vec![floats("h", &h), words("qx", &qh), matrix("down", down), grid()];
        let blocks = self.n.div_ceil(OUT);
        let n_rows = self.rows();
        let found = if many {
            arrays.extend([words("list", &list), words("starts", &starts)]);
            arrays.push(floats_out("parts", n_pairs * self.n));
            let grid = [blocks, self.tiles()];
            let parts = self.run(gpu, body!("experts_down_gemm"), &arrays, grid).remove(0);
            let parts: Vec<f32> = parts.into_iter().map(f32::from_bits).collect();
            let arrays = [floats("parts", &parts), floats_out("y", n_rows * self.n)];
            self.run(gpu, body!("experts_sum"), &arrays, [1, n_rows]).remove(0)
        } else {
            arrays.extend([words("ids", &self.ids), floats_out("y", n_rows * self.n)]);
            self.run(gpu, body!("experts_down"), &arrays, [blocks, n_rows]).remove(0)
        };
        let output = |(row, o): (usize, usize)| {
            let pairs = row * self.n_used..(row + 1) * self.n_used;
            pairs.fold(Sum::default(), |sum, pair| {
                let w = (self.ids[pair] as usize * self.n + o) * self.ff;
                let part = dot(&h[pair * self.ff..][..self.ff], &down_values[w..][..self.ff]);
                Sum { value: sum.value + part.value, size: sum.size + part.size }
            })
        };
        let all = (0..n_rows).flat_map(|row| (0..self.n).map(move |o| (row, o)));
        assert_close(&found, &all.map(output).collect::<Vec<_>>(), 1e-6, what);
    }

    /// What the products read: for formats of integers the quantized rows and their meaning.
    fn input(&self, gpu: &mut Vulkan, x: Vec<f32>, len: usize) -> (Vec<f32>, Vec<u32>) {
        if self.format.is_integers() {
            let (records, meaning) = quantized(gpu, &x, len, 1);
            (meaning, records)
        } else {
            (x, vec![0; 4])
        }
    }

    /// A hidden value; the slopes of the formula are at most 1.1 and the limit.
    fn hidden(&self, gate: Sum, up: Sum, weight: f64) -> Sum {
        let g = gate.value.min(LIMIT);
        let value = g / (1.0 + (-g).exp()) * up.value.clamp(-LIMIT, LIMIT) * weight;
        let size = (1.1 * LIMIT * gate.size + LIMIT * up.size + 1.0) * weight.abs();
        Sum { value, size }
    }
}

#[test]
fn few_rows_go_through_their_experts() {
    let Some(mut gpu) = device() else { return };
    for format in FORMATS {
        for layout in LAYOUTS {
            Case::new(format, layout, 4).check(&mut gpu, false);
        }
    }
}

#[test]
fn many_rows_go_through_their_experts() {
    let Some(mut gpu) = device() else { return };
    for format in FORMATS {
        for layout in LAYOUTS {
            Case::new(format, layout, 70).check(&mut gpu, true);
        }
    }
}

/// NVIDIA's form of the codebook, which any device can run.
#[test]
fn rows_go_through_experts_as_on_nvidia() {
    let Some(mut gpu) = device() else { return };
    let target = Target { cuda: true, ..PORTABLE };
    for format in [Format::IQ2_XXS, Format::MXFP4] {
        Case { target, ..Case::new(format, "packed", 3) }.check(&mut gpu, false);
    }
    for format in [Format::IQ2_XXS, Format::Q2_K] {
        Case { target, ..Case::new(format, "packed", 40) }.check(&mut gpu, true);
    }
}

#[test]
fn experts_on_tensor_cores_that_are_wider() {
    let Some(mut gpu) = device() else { return };
    for (format, mma_f16) in [(Format::BF16, true), (Format::Q4_K, false)] {
        let target = Target { warp: 64, mma_f16, cuda: false };
        Case { target, ..Case::new(format, "packed", 40) }.check(&mut gpu, true);
    }
}

#[test]
fn pairs_are_listed_by_expert_in_order() {
    let Some(mut gpu) = device() else { return };
    for n_rows in [1, 3, 70, 500] {
        let case = Case::new(Format::F32, "packed", n_rows);
        let [counts, list, starts] = case.route(&mut gpu);
        let (mut entries, mut tiles) = (0, 0);
        let mut expected = vec![];
        for expert in 0..case.n_experts {
            let is_its = |pair: &u32| case.ids[*pair as usize] as usize == expert;
            let pairs = (0..u32::try_from(case.ids.len()).unwrap()).filter(is_its);
            expected.extend(pairs);
            assert_eq!([starts[expert], starts[case.n_experts + 1 + expert]], [entries, tiles]);
            let count = u32::try_from(expected.len()).unwrap() - entries;
            assert_eq!(counts[expert], count);
            entries += count;
            tiles += count.div_ceil(u32::try_from(TOKENS).unwrap());
        }
        assert_eq!(list, expected);
        assert_eq!([starts[case.n_experts], starts[2 * case.n_experts + 1]], [entries, tiles]);
    }
}
