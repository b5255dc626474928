//! Runs the passes of one op with given arguments.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use bytemuck::cast_slice;
use ds4::device::{
    Error,
    gpu::{Dispatch, Gpu, KernelText},
    vulkan::{Buffer, Vulkan},
};
use ds4_codegen::{
    emit::{
        cpp::{Dialect, Options, cpp},
        msl::msl,
        spirv::spirv,
    },
    graph::{Dim, Graph, Node, Place, segments},
    ops::{ArgKind, Extent, Pass, Scalar, TempPlace},
    shader::Shader,
    stage::{LIBRARY, Scope, Stager, evaluate},
    verify,
};
use ds4_plan::{CachedRows, Model, RowForm, StepKind};

pub(crate) use self::step::{Step, boxes, pages};

mod step;

/// What unwritten words hold: a number that is none.
const UNWRITTEN: u32 = 0x7fc0_dead;

/// Words behind each buffer that nobody may write.
const GUARD: usize = 64;

/// A device, or `None` with a reason that is seen where the machine has none.
pub(crate) fn device() -> Option<Vulkan> {
    match Vulkan::open(None) {
        Ok(gpu) => Some(gpu),
        Err(error @ Error::NoGpu { .. }) => {
            notice(&format!("skipped: {error}"));
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Writes a line that is seen although the test runner hides what a passing test prints.
pub(crate) fn notice(line: &str) {
    let mut stderr = io::stderr();
    writeln!(stderr, "{line}").unwrap();
}

/// One op with its arguments.
pub(crate) struct Case {
    node: Node,
    scope: Scope,
    kind: StepKind,
    /// Words of each argument and temp, without the guard.
    buffers: BTreeMap<String, Vec<u32>>,
    threads: i64,
    /// Workgroups of passes with any number of them.
    parts: i64,
    n_rows: usize,
    /// Last position of the step and one.
    cached: usize,
    /// The argument that is cached rows, their width and form.
    cached_rows: Option<(&'static str, usize, RowForm)>,
}

impl Case {
    /// The first use of `op` in the steps of this kind for which `is_wanted` holds.
    pub(crate) fn find(
        model: Model,
        kind: StepKind,
        op: &str,
        is_wanted: impl Fn(&Node) -> bool,
    ) -> Self {
        let all = segments(model, kind);
        let graphs = all.kinds.iter().map(|(_, graph)| graph);
        for graph in [&all.head, &all.tail].into_iter().chain(graphs) {
            if let Some(node) = graph.nodes.iter().find(|n| n.op.name == op && is_wanted(n)) {
                return Self::of(graph, node, kind);
            }
        }
        panic!("no use of {op}");
    }

    /// A node of a graph.
    pub(crate) fn of(graph: &Graph, node: &Node, kind: StepKind) -> Self {
        let mut case = Self {
            node: node.clone(),
            scope: Scope::new(),
            kind,
            buffers: BTreeMap::new(),
            threads: 128,
            parts: 1,
            n_rows: 0,
            cached: 0,
            cached_rows: None,
        };
        for (letter, dim) in verify::letters(graph, node).unwrap() {
            if let Dim::Const(n) = dim {
                case.scope.ambient(letter, n);
            }
        }
        case.add_scalars();
        for (arg, tensor) in node.operands() {
            let info = graph.info(tensor);
            if let Place::Pages(form) = info.place {
                case.add_cached(arg.name, info.width(), form);
            }
        }
        case
    }

    fn add_cached(&mut self, name: &'static str, width: usize, form: RowForm) {
        let n_halves = if let RowForm::Fp8 { n_halves } = form { n_halves } else { 0 };
        self.scope.ambient(format!("{name}_form"), form.name());
        self.scope.ambient(format!("{name}_words"), form.words(width));
        self.scope.ambient(format!("{name}_halves"), n_halves);
        self.cached_rows = Some((name, width, form));
    }

    /// The cached rows that the case has, `offset` words from where a page begins.
    pub(crate) fn cached_rows(&self, offset: usize) -> CachedRows {
        let (_, width, form) = self.cached_rows.unwrap();
        CachedRows { offset, rows: self.number("P"), width, form }
    }

    fn add_scalars(&mut self) {
        let names = self.node.op.args.iter().filter(|arg| arg.kind == ArgKind::Scalar);
        for (arg, scalar) in names.zip(self.node.scalars.clone()) {
            match scalar {
                Scalar::F32(x) => self.scope.ambient(arg.name, format!("{x:?}")),
                Scalar::Usize(n) => self.scope.ambient(arg.name, n),
                Scalar::Variant(name) => {
                    let variant = name.rsplit("::").next().unwrap();
                    self.scope.ambient(arg.name, variant.to_lowercase())
                }
                Scalar::Struct(_, fields) => {
                    for (field, x) in fields {
                        self.scope.ambient(format!("{}_{field}", arg.name), format!("{x:?}"));
                    }
                    continue;
                }
                Scalar::Table(_, values) => {
                    self.scope.ambient(format!("{}_len", arg.name), values.len());
                    self.buffers.insert(arg.name.to_owned(), bits(&values));
                    continue;
                }
            };
        }
    }

    /// Sets a name of the templates, as a value of the schedule.
    pub(crate) fn set(mut self, name: &str, value: impl Into<ds4_codegen::stage::Value>) -> Self {
        self.scope.ambient(name, value);
        self
    }

    /// Sets the threads of a workgroup.
    pub(crate) fn threads(mut self, threads: i64) -> Self {
        self.threads = threads;
        self
    }

    /// Sets the workgroups along x where there may be any number.
    pub(crate) fn parts(mut self, parts: i64) -> Self {
        self.parts = parts;
        self
    }

    /// Sets an F32 argument.
    pub(crate) fn floats(self, name: &str, values: &[f32]) -> Self {
        self.words(name, &bits(values))
    }

    /// Sets an argument of words.
    pub(crate) fn words(mut self, name: &str, values: &[u32]) -> Self {
        self.buffers.insert(name.to_owned(), values.to_vec());
        self
    }

    /// Makes room for a result of `len` words.
    pub(crate) fn output(self, name: &str, len: usize) -> Self {
        self.words(name, &vec![UNWRITTEN; len])
    }

    /// Sets the rows of the step.
    pub(crate) fn step(mut self, step: &Step) -> Self {
        self.n_rows = step.n_rows();
        self.cached = step.end();
        let (rows, page_table) = step.words();
        self.words("rows", &rows).words("page_table", &page_table)
    }

    /// Sets the number of rows of an op that does not know what they are.
    pub(crate) fn n_rows(mut self, n_rows: usize) -> Self {
        self.n_rows = n_rows;
        self
    }

    /// The table that a constant argument is.
    pub(crate) fn table(&self, name: &str) -> Vec<f32> {
        numbers(&self.buffers[name])
    }

    /// The value of a letter or constant.
    pub(crate) fn number(&self, name: &str) -> usize {
        usize::try_from(evaluate(name, &self.scope).unwrap()).unwrap()
    }

    /// Runs every pass and returns what is left in the buffer `result`.
    pub(crate) fn run(mut self, gpu: &mut Vulkan, results: &[&str]) -> Vec<Vec<u32>> {
        let form = match self.kind {
            StepKind::Decode => self.node.op.decode,
            StepKind::Prefill => self.node.op.prefill,
        };
        self.scope
            .ambient("self", "body")
            .ambient("rows", "rows")
            .ambient("SPIRV", true)
            .ambient("CUDA", false)
            .ambient("HIP", false);
        self.scope.ambient("OVERLAP", false);
        self.scope.ambient("page_table", "page_table").ambient("WG", self.threads);
        self.scope.ambient("SG", format!("{}u", gpu.subgroup()));
        for temp in form.temps {
            let len = usize::try_from(evaluate(temp.len, &self.scope).unwrap()).unwrap();
            let len = match temp.place {
                TempPlace::Floats | TempPlace::Words => len * self.n_rows,
                TempPlace::StepWords => len,
                TempPlace::Scores => {
                    let ratio = self.number("ratio");
                    let stride = (self.cached / ratio).next_multiple_of(4);
                    self.scope.ambient("scores_stride", format!("{stride}u"));
                    len * self.n_rows * stride
                }
            };
            self.buffers.insert(temp.name.to_owned(), vec![UNWRITTEN; len]);
        }
        for name in self.buffers.keys() {
            self.scope.ambient(name.clone(), name.clone());
            self.scope.ambient(format!("{name}_v4"), format!("{name}_v4"));
        }
        let mut device: BTreeMap<&str, Buffer> = BTreeMap::new();
        for (name, words) in &self.buffers {
            let guarded: Vec<u32> = words.iter().copied().chain([UNWRITTEN; GUARD]).collect();
            let buffer = gpu.allocate(4 * guarded.len() as u64, "a test").unwrap();
            gpu.write(&buffer, 0, cast_slice(&guarded)).unwrap();
            device.insert(name, buffer);
        }
        for pass in form.passes {
            self.dispatch(gpu, pass, &device);
        }
        for (name, buffer) in &device {
            let mut guard = [0; GUARD];
            let end = 4 * self.buffers[*name].len() as u64;
            gpu.read(buffer, end, bytemuck::cast_slice_mut(&mut guard)).unwrap();
            assert_eq!(guard, [UNWRITTEN; GUARD], "written behind {name}");
        }
        let read = |name: &&str| {
            let mut words = vec![0; self.buffers[*name].len()];
            gpu.read(&device[name], 0, bytemuck::cast_slice_mut(&mut words)).unwrap();
            words
        };
        results.iter().map(read).collect()
    }

    fn dispatch(&self, gpu: &mut Vulkan, pass: &Pass, device: &BTreeMap<&str, Buffer>) {
        let scope = &self.scope;
        let x = match pass.x {
            Extent::Const(expr) => evaluate(expr, scope).unwrap(),
            Extent::Any => self.parts,
            Extent::Cached(expr) => {
                let ratio = evaluate("ratio", scope).unwrap();
                let per = ratio * evaluate(expr, scope).unwrap();
                i64::try_from(self.cached).unwrap() / per + 1
            }
            other => panic!("{}: no case has {other:?}", pass.name),
        };
        let mut scope = scope.clone();
        scope.ambient("X", x);
        let per_group = usize::try_from(evaluate(pass.rows_per_group, &scope).unwrap()).unwrap();
        let mut stager = Stager::new(LIBRARY);
        let body = stager.stage(pass.template, &scope).unwrap_or_else(|e| panic!("{e}"));
        let views: Vec<_> = stager
            .read_names()
            .iter()
            .filter(|name| device.contains_key(name.strip_suffix("_v4").unwrap_or(name)))
            .cloned()
            .collect();
        let text = self.module(pass, &views, &format!("{}\n{body}", stager.imported()));
        let code = code(pass.name, &text);
        let numbers: Vec<u32> = (0..).take(views.len()).collect();
        let kernel = gpu
            .kernel(&KernelText {
                name: pass.name,
                entry: "kernel_body",
                code: &code,
                bindings: &numbers,
                threads: u32::try_from(self.threads).unwrap(),
                immediates: 3,
                ..KernelText::default()
            })
            .unwrap();
        let bindings: Vec<_> = views
            .iter()
            .map(|view| (&device[view.strip_suffix("_v4").unwrap_or(view)], 0))
            .collect();
        let word = |n: usize| u32::try_from(n).unwrap();
        let rows = word(self.n_rows);
        gpu.run(&[Dispatch {
            kernel: &kernel,
            grid: [u32::try_from(x).unwrap(), word(self.n_rows.div_ceil(per_group)), 1],
            bindings: &bindings,
            immediates: &[rows, rows, word(self.cached)],
        }])
        .unwrap();
    }

    /// The whole text of a kernel.
    fn module(&self, pass: &Pass, views: &[String], bodies: &str) -> String {
        let packed = self.cached_rows.filter(|(.., form)| *form != RowForm::Floats);
        let is_floats = |name: &str| {
            if packed.is_some_and(|(packed, ..)| packed == name) {
                return false;
            }
            let of_arg = self.node.op.args.iter().find(|arg| arg.name == name).map(|arg| {
                use ArgKind::*;
                !matches!(
                    arg.kind,
                    ReadIndices | WriteIndices | Draws | Matrix | Table | Rows | Tokens
                )
            });
            of_arg.unwrap_or(!["rows", "page_table"].contains(&name))
        };
        let mut text = "struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }\n\
            struct Params { rows: u32, logit_rows: u32, cached: u32 }\n\
            var<immediate> p: Params;\n"
            .to_owned();
        for (number, view) in views.iter().enumerate() {
            let name = view.strip_suffix("_v4").unwrap_or(view);
            let is_matrix =
                self.node.op.args.iter().any(|a| a.name == name && a.kind == ArgKind::Matrix);
            let value = if is_floats(name) { "f32" } else { "u32" };
            let element = if name == "rows" || is_matrix || view.ends_with("_v4") {
                format!("vec4<{value}>")
            } else {
                value.to_owned()
            };
            let is_written = pass.writes.split_whitespace().any(|written| written == name);
            let access = if is_written { "read_write" } else { "read" };
            text += &format!(
                "@group(0) @binding({number}) var<storage, {access}> {view}: array<{element}>;\n"
            );
        }
        let threads = self.threads;
        text + bodies
            + &format!(
                "@compute @workgroup_size({threads})\n\
                fn kernel_body(@builtin(workgroup_id) group: vec3<u32>,\n\
                @builtin(local_invocation_index) lid: u32,\n\
                @builtin(subgroup_invocation_id) lane: u32, @builtin(subgroup_id) sg: u32) {{\n\
                body(At(group.x, group.y, lid, lane, sg));\n}}\n"
            )
    }
}

/// SPIR-V of a kernel, which is also written as MSL, CUDA and HIP.
fn code(name: &str, wgsl: &str) -> Vec<u8> {
    let shader = Shader::parse(name, wgsl).unwrap_or_else(|e| panic!("{e}"));
    msl(&shader).unwrap_or_else(|e| panic!("{name}: {e}"));
    for dialect in [Dialect::Cuda, Dialect::Hip] {
        let options = Options { header: name, resident: 0, tensor_cores: true };
        cpp(shader.module(), shader.info(), dialect, options)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    let words = spirv(&shader).unwrap_or_else(|e| panic!("{name}: {e}"));
    cast_slice(&words).to_vec()
}

/// The bits of numbers.
pub(crate) fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|x| x.to_bits()).collect()
}

/// The numbers of bits.
pub(crate) fn numbers(words: &[u32]) -> Vec<f32> {
    words.iter().map(|word| f32::from_bits(*word)).collect()
}

/// `n` values in -1..1 that look random.
pub(crate) fn values(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(state >> 40).unwrap()
    };
    (0..n).map(|_| next() as f32 / 8_388_608.0 - 1.0).collect()
}

/// Fails where values differ by more than `tolerance` of the largest expectation.
#[track_caller]
pub(crate) fn assert_close(what: &str, found: &[u32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    for (i, (found, expected)) in numbers(found).iter().zip(expected).enumerate() {
        let close = (found - expected).abs() <= tolerance * largest;
        assert!(close, "{what}: value {i} is {found}, expected {expected}");
    }
}
