//! Stages one body, joins it with what every module begins with, and runs it.

use std::fmt::Write as _;

use ds4::device::{
    gpu::{Dispatch, Gpu, KernelText},
    vulkan::Vulkan,
};
use ds4_codegen::{
    emit::spirv::spirv,
    shader::Shader,
    stage::{LIBRARY, Scope, Source, Stager},
};

/// The body of this name.
macro_rules! body {
    ($name:literal) => {
        &ds4_codegen::stage::Source {
            name: $name,
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/templates/ops/",
                $name,
                ".wgsl"
            )),
        }
    };
}
pub(crate) use body;

/// Threads of every workgroup.
pub(crate) const THREADS: u32 = 128;

/// What a body reads or writes.
#[derive(Debug)]
pub(crate) struct Array {
    name: &'static str,
    bytes: Vec<u8>,
    /// Element types of the plain view and of the other one.
    elements: [&'static str; 2],
    written: bool,
}

const FLOATS: [&str; 2] = ["f32", "vec4<f32>"];
const WORDS: [&str; 2] = ["u32", "vec4<u32>"];

/// What a word of an output is before the body runs: no number.
const UNTOUCHED: u32 = 0xffff_ffff;

pub(crate) fn floats(name: &'static str, values: &[f32]) -> Array {
    Array { name, bytes: bytemuck::cast_slice(values).to_vec(), elements: FLOATS, written: false }
}

pub(crate) fn words(name: &'static str, values: &[u32]) -> Array {
    Array { name, bytes: bytemuck::cast_slice(values).to_vec(), elements: WORDS, written: false }
}

/// Rows of the step: two elements of four words for each.
pub(crate) fn rows(values: &[u32]) -> Array {
    Array { elements: ["vec4<u32>", "vec4<u32>"], ..words("rows", values) }
}

pub(crate) fn matrix(name: &'static str, bytes: Vec<u8>) -> Array {
    Array { name, bytes, elements: ["vec4<u32>", "u32"], written: false }
}

pub(crate) fn floats_out(name: &'static str, len: usize) -> Array {
    Array { elements: FLOATS, ..words_out(name, len) }
}

pub(crate) fn words_out(name: &'static str, len: usize) -> Array {
    Array { written: true, ..words(name, &vec![UNTOUCHED; len]) }
}

/// A target that the bodies are staged for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// Threads that share a tile.
    pub(crate) warp: u32,
    /// Whether floats are multiplied as halves.
    pub(crate) mma_f16: bool,
    /// Whether formats use what CUDA and HIP have.
    pub(crate) cuda: bool,
}

/// The device itself.
pub(crate) const PORTABLE: Target = Target { warp: 32, mma_f16: false, cuda: false };

/// Records of activations that lie interleaved.
pub(crate) const RUN: usize = 4;

/// The names of a scope, with the values of the schedule in `numbers`.
pub(crate) fn scope(target: Target, layout: &str, numbers: &[(&str, usize)]) -> Scope {
    let mut scope = Scope::new();
    scope.ambient("self", "body").ambient("T", "p.rows").ambient("SG", "subgroup_width");
    scope.ambient("layout", layout).ambient("WG", THREADS);
    scope.ambient("CUDA", target.cuda).ambient("mma_f16", target.mma_f16);
    for name in ["HIP", "METAL", "mma_i8"] {
        scope.ambient(name, false);
    }
    scope.ambient("SPIRV", true).ambient("OVERLAP", false).ambient("dot8", true);
    scope.ambient("WARP", target.warp).ambient("FRAG", 2).ambient("ACC", 256 / target.warp);
    scope.ambient("RUN", RUN).ambient("KG", 4).ambient("FEW", 0);
    for &(name, value) in numbers {
        scope.ambient(name, value);
    }
    scope
}

/// The words of each output, in the order of `arrays`, after one dispatch of `grid` workgroups for
/// a step of `rows` rows.
pub(crate) fn run(
    gpu: &mut Vulkan,
    source: &'static Source,
    scope: &Scope,
    arrays: &[Array],
    (grid, rows): ([usize; 2], usize),
) -> Vec<Vec<u32>> {
    let (wgsl, bindings) = module(source, scope.clone(), arrays);
    let shader = Shader::parse(source.name, &wgsl).unwrap_or_else(|e| panic!("{e}\n{wgsl}"));
    let code = spirv(&shader).unwrap();
    let kernel = KernelText {
        name: source.name,
        entry: "main",
        code: bytemuck::cast_slice(&code),
        bindings: &bindings,
        threads: THREADS,
        immediates: 3,
        ..KernelText::default()
    };
    let kernel = gpu.kernel(&kernel).unwrap();
    let mut buffer = |array: &Array| {
        let size = array.bytes.len().next_multiple_of(16).max(16);
        let buffer = gpu.allocate(u64::try_from(size).unwrap(), "a test").unwrap();
        gpu.write(&buffer, 0, &array.bytes).unwrap();
        buffer
    };
    let buffers: Vec<_> = arrays.iter().map(&mut buffer).collect();
    let bound: Vec<_> = bindings.iter().map(|&n| (&buffers[n as usize / 2], 0)).collect();
    let [x, y] = grid.map(|n| u32::try_from(n).unwrap());
    let rows = u32::try_from(rows).unwrap();
    let immediates = [rows, rows, 0];
    let dispatch =
        Dispatch { kernel: &kernel, grid: [x, y, 1], bindings: &bound, immediates: &immediates };
    gpu.run(&[dispatch]).unwrap();
    let written = arrays.iter().zip(&buffers).filter(|(array, _)| array.written);
    written
        .map(|(array, buffer)| {
            let mut words = vec![0_u32; array.bytes.len() / 4];
            gpu.read(buffer, 0, bytemuck::cast_slice_mut(&mut words)).unwrap();
            words
        })
        .collect()
}

/// Words as the floats that they are.
pub(crate) fn as_floats(words: &[u32]) -> Vec<f32> {
    words.iter().map(|&bits| f32::from_bits(bits)).collect()
}

/// The module of a body, and the numbers of the buffers that it uses: two views of each array.
fn module(source: &'static Source, mut scope: Scope, arrays: &[Array]) -> (String, Vec<u32>) {
    for array in arrays {
        scope.ambient(array.name, format!("{}_0", array.name));
        scope.ambient(format!("{}_v4", array.name), format!("{}_1", array.name));
    }
    let mut stager = Stager::new(LIBRARY);
    let body = stager.stage(source, &scope).unwrap_or_else(|e| panic!("{e}"));
    let mut text = String::from(
        "struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }\n\
         struct Params { rows: u32, logit_rows: u32, cached: u32 }\n\
         var<immediate> p: Params;\n\
         var<private> subgroup_width: u32;\n",
    );
    let mut bindings = vec![];
    for (i, array) in (0..).zip(arrays) {
        let access = if array.written { "read_write" } else { "read" };
        let names = [array.name.to_owned(), format!("{}_v4", array.name)];
        for ((view, name), element) in (0..).zip(names).zip(array.elements) {
            if stager.read_names().contains(&name) {
                let (name, number) = (array.name, 2 * i + view);
                bindings.push(number);
                writeln!(
                    text,
                    "@group(0) @binding({number}) \
                     var<storage, {access}> {name}_{view}: array<{element}>;"
                )
                .unwrap();
            }
        }
    }
    let imported = stager.imported();
    write!(
        text,
        "{imported}\n{body}\n\
         @compute @workgroup_size({THREADS})\n\
         fn main(\n  \
           @builtin(workgroup_id) group: vec3<u32>,\n  \
           @builtin(local_invocation_index) lid: u32,\n  \
           @builtin(subgroup_invocation_id) lane: u32,\n  \
           @builtin(subgroup_id) sg: u32,\n  \
           @builtin(subgroup_size) width: u32,\n\
         ) {{\n  \
           subgroup_width = width;\n  \
           body(At(group.x, group.y, lid, lane, sg));\n\
         }}\n"
    )
    .unwrap();
    (text, bindings)
}
