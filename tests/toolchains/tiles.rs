//! Tensor-core tiles: what each dialect loads, multiplies and keeps, against a plain product.
//!
//! The lanes' fragments are put together by the layouts that the vendors document, in `cpu/`.

use ds4_codegen::emit::cpp::{CppText, Dialect, TileShape};
use half::f16;

use crate::{
    Random,
    cpu::{Gpu, Program},
    write,
};

/// Words between rows in workgroup memory: more than the 8 of a tile, as kernels pad them.
const STRIDE: usize = 12;
/// Where the tiles begin.
const AT: usize = 4;

fn shape(gpu: Gpu) -> TileShape {
    TileShape::of(gpu.dialect(), gpu.wave()).unwrap()
}

/// How often a tile is multiplied: bytes anew, and where the dialect has that onto the product; halves
/// onto the accumulators of `y`.
fn times(dialect: Dialect, kind: &str) -> usize {
    if kind == "i8" && dialect == Dialect::Cuda { 1 } else { 2 }
}

/// Hooks that multiply, with bodies for none: they are to be native.
fn hooks(kind: &str, number: &str, acc: u32) -> String {
    let names: &[&str] = if kind == "i8" { &["mma", "product"] } else { &["mma"] };
    let hook = |name: &&str| {
        format!(
            "fn hook_{name}_{kind}_left_right(
               acc: ptr<function, array<{number}, {acc}>>, a: Frag, b: Frag, lane: u32
             ) {{
               (*acc)[0] += {number}(left[a[0]] + right[b[0]].x);
             }}\n"
        )
    };
    names.iter().map(hook).collect()
}

/// A kernel that multiplies one tile of `a` by one of `b`.
fn kernel(dialect: Dialect, shape: TileShape, kind: &str) -> CppText {
    let TileShape { warp, frag, acc } = shape;
    let (number, first) = if kind == "i8" { ("i32", "product") } else { ("f32", "mma") };
    let again = match times(dialect, kind) {
        1 => String::new(),
        _ => format!("hook_mma_{kind}_left_right(&acc, fa, fb, lane);"),
    };
    let hooks = hooks(kind, number, acc);
    let words = AT + 16 * STRIDE;
    write(
        dialect,
        &format!(
            "alias Frag = array<u32, {frag}>;
             @group(0) @binding(0) var<storage, read> a: array<u32>;
             @group(0) @binding(1) var<storage, read> b: array<vec4<u32>>;
             @group(0) @binding(2) var<storage, read_write> y: array<{number}>;
             var<workgroup> left: array<u32, {words}>;
             var<workgroup> right: array<vec4<u32>, {quads}>;
             fn hook_load_{kind}_left(at: u32, stride: u32, lane: u32) -> Frag {{
               var place: Frag;
               place[0] = at + (left[at] & 0u);
               place[1] = stride;
               return place;
             }}
             fn hook_load_right_{kind}_right(at: u32, stride: u32, lane: u32) -> Frag {{
               var place: Frag;
               place[0] = at + (right[at].x & 0u);
               place[1] = stride;
               return place;
             }}
             {hooks}
             fn hook_acc_row(lane: u32, e: u32) -> u32 {{ return lane + e; }}
             fn hook_acc_col(lane: u32, e: u32) -> u32 {{ return lane + e; }}
             fn hook_unroll() {{}}
             @compute @workgroup_size({warp})
             fn tile_{kind}(@builtin(local_invocation_index) lane: u32) {{
               for (var i = lane; i < {words}u; i += {warp}u) {{ left[i] = a[i]; }}
               for (var i = lane; i < {quads}u; i += {warp}u) {{ right[i] = b[i]; }}
               workgroupBarrier();
               var acc: array<{number}, {acc}>;
               for (var e = 0u; e < {acc}u; e++) {{
                 hook_unroll();
                 acc[e] = y[16u * hook_acc_row(lane, e) + hook_acc_col(lane, e)];
               }}
               let fa = hook_load_{kind}_left({AT}u, {STRIDE}u, lane);
               let fb = hook_load_right_{kind}_right({at_quads}u, {stride_quads}u, lane);
               hook_{first}_{kind}_left_right(&acc, fa, fb, lane);
               {again}
               for (var e = 0u; e < {acc}u; e++) {{
                 hook_unroll();
                 y[16u * hook_acc_row(lane, e) + hook_acc_col(lane, e)] = acc[e];
               }}
             }}",
            quads = words / 4,
            at_quads = AT / 4,
            stride_quads = STRIDE / 4,
        ),
    )
}

/// The tile kernels of a GPU, and the shape that they have.
pub(crate) fn kernels(dialect: Dialect, shape: TileShape) -> Vec<CppText> {
    vec![kernel(dialect, shape, "i8"), kernel(dialect, shape, "f16")]
}

/// The 16 x 32 bytes of a tile in workgroup memory.
fn bytes(words: &[u32]) -> Vec<Vec<i32>> {
    let row = |r: usize| &words[AT + r * STRIDE..][..8];
    let byte = |row: &[u32], k: usize| i32::from(row[k / 4].to_le_bytes()[k % 4].cast_signed());
    (0..16).map(|r| (0..32).map(|k| byte(row(r), k)).collect()).collect()
}

/// The 16 x 16 halves of a tile in workgroup memory.
fn halves(words: &[u32]) -> Vec<Vec<f32>> {
    let row = |r: usize| &words[AT + r * STRIDE..][..8];
    let half = |row: &[u32], k: usize| {
        let [low, high] = bytemuck::cast::<u32, [u16; 2]>(row[k / 2]);
        f16::from_bits(if k.is_multiple_of(2) { low } else { high }).to_f32()
    };
    (0..16).map(|r| (0..16).map(|k| half(row(r), k)).collect()).collect()
}

/// Runs the kernel and gives the inputs and the 16 x 16 results.
fn run(gpu: Gpu, program: &Program, kind: &str, random: &mut Random) -> [Vec<u32>; 4] {
    let n = AT + 16 * STRIDE;
    // Halves below 16 whose products and sums are exact in 32 bits.
    let value = |word: u32| {
        let half = |bits: u32| f16::from_f32(bits as f32 / 64.0 - 8.0).to_bits();
        bytemuck::cast::<[u16; 2], u32>([half(word & 1023), half(word >> 10 & 1023)])
    };
    let mut inputs = || {
        let words = random.words(n);
        if kind == "i8" { words } else { words.into_iter().map(value).collect() }
    };
    let (a, b) = (inputs(), inputs());
    let start: Vec<u32> =
        (0..256_u32).map(|i| if kind == "i8" { i * 1000 } else { (i as f32).to_bits() }).collect();
    let mut buffers = [a.clone(), b.clone(), start.clone()];
    program.run(&format!("tile_{kind}"), [1, 1, 1], &mut buffers);
    let [_, _, y] = buffers;
    assert_ne!(y, start, "{gpu:?}");
    [a, b, start, y]
}

fn check_i8(gpu: Gpu, program: &Program, random: &mut Random) {
    let [a, b, _, y] = run(gpu, program, "i8", random);
    let (a, b) = (bytes(&a), bytes(&b));
    for i in 0..256 {
        let products = a[i / 16].iter().zip(&b[i % 16]).map(|(x, y)| x * y);
        let n = i32::try_from(times(gpu.dialect(), "i8")).unwrap();
        let expected = n * products.sum::<i32>();
        assert_eq!(y[i].cast_signed(), expected, "{gpu:?}: row {}, column {}", i / 16, i % 16);
    }
}

fn check_f16(gpu: Gpu, program: &Program, random: &mut Random) {
    let [a, b, start, y] = run(gpu, program, "f16", random);
    let (a, b) = (halves(&a), halves(&b));
    for i in 0..256 {
        let products = a[i / 16].iter().zip(&b[i % 16]).map(|(x, y)| x * y);
        let expected = f32::from_bits(start[i]) + 2.0 * products.sum::<f32>();
        let found = f32::from_bits(y[i]);
        assert_eq!(
            found.to_bits(),
            expected.to_bits(),
            "{gpu:?}: row {}, column {}: expected {expected}, found {found}",
            i / 16,
            i % 16
        );
    }
}

#[test]
fn fragments_multiply_as_plain_matrices_do() {
    for gpu in Gpu::ALL {
        let Some(program) = Program::build(gpu, kernels(gpu.dialect(), shape(gpu))) else { return };
        let mut random = Random(7);
        for _ in 0..4 {
            check_i8(gpu, &program, &mut random);
            check_f16(gpu, &program, &mut random);
        }
    }
}
