//! Lowers graphs to launches: numbers for every name, and a table of the distinct kernels.

use std::collections::BTreeMap;

use ds4_plan::{
    Arg, CachedRows, Format, Launch, Layer, LayerKind, Model, PageLayout, Per, Plan, Ring, Scratch,
    Span, Step, StepKind, WeightSlot,
};

use crate::{
    PAGE_TOKENS,
    graph::{Dim, Graph, LayerShape, Node, Owner, Place, Segments, Tensor, segments},
    memory::{self, Arena, Placement},
    ops::{ArgKind, Op, Scalar},
    verify::{self, Invalid},
};

/// Everything that is printed.
#[derive(Debug, Default)]
pub struct Program {
    /// Every distinct kernel of every plan.
    pub kernels: Vec<KernelDef>,
    /// Constant tables by name.
    pub tables: BTreeMap<String, Vec<f32>>,
    /// One plan for each model.
    pub plans: Vec<Plan>,
}

/// One kernel: an op with its letters, constants and formats fixed.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelDef {
    /// Op, shape and variant, as in `matmul_256x512`.
    pub name: String,
    /// What it computes.
    pub op: &'static Op,
    /// Values of the op's letters, in its order.
    pub letters: Vec<usize>,
    /// Constants in the order of the argument table.
    pub scalars: Vec<Scalar>,
    /// Formats that the matrices may have; all matrices of one launch have the same.
    pub formats: &'static [Format],
}

impl PartialEq for Op {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Lowers every model of `models`.
///
/// # Errors
///
/// [`Invalid`] for the first graph that does not verify.
///
/// # Panics
///
/// When two kernels of one name differ; an op's variant then fails to tell them apart.
pub fn lower(models: &[Model]) -> Result<Program, Invalid> {
    let mut program = Program::default();
    for &model in models {
        let plan = lower_model(&mut program, model)?;
        program.plans.push(plan);
    }
    Ok(program)
}

/// Plan data lives as long as the generator, which is short.
pub(crate) fn leak<T>(values: Vec<T>) -> &'static [T] {
    Box::leak(values.into_boxed_slice())
}

fn lower_model(program: &mut Program, model: Model) -> Result<Plan, Invalid> {
    let [decode, prefill] = [StepKind::Decode, StepKind::Prefill].map(|kind| segments(model, kind));
    for step in [&decode, &prefill] {
        verify_step(&model, step)?;
    }
    let layouts: Vec<_> = decode.kinds.iter().map(|(_, graph)| Layout::of(&[graph])).collect();
    let globals = Layout::of(&[&decode.head, &decode.tail]);

    let (mut state_len, mut page_len) = (0, 0);
    let mut layers = vec![];
    for index in 0..model.n_layers() {
        let shape = LayerShape::of(&model, index);
        let kind = decode.kinds.iter().position(|(seen, _)| *seen == shape);
        let kind = kind.expect("every layer's shape has a segment");
        layers.push(Layer { kind, state: state_len, page: page_len });
        state_len += layouts[kind].state_len;
        page_len += layouts[kind].page_len;
    }
    let mut step = |segments: &Segments| lower_step(program, segments, &layouts, &globals);
    Ok(Plan {
        model,
        decode: step(&decode),
        prefill: step(&prefill),
        globals: leak(globals.weights),
        kinds: leak(
            decode
                .kinds
                .iter()
                .zip(&layouts)
                .map(|((shape, _), layout)| LayerKind {
                    name: shape.name().leak(),
                    weights: leak(layout.weights.clone()),
                })
                .collect(),
        ),
        layers: leak(layers),
        pages: PageLayout { tokens: PAGE_TOKENS, len: page_len },
        state_len,
    })
}

fn verify_step(model: &Model, step: &Segments) -> Result<(), Invalid> {
    verify::verify(&format!("{} head", model.name), &step.head)?;
    for (shape, graph) in &step.kinds {
        verify::verify(&format!("{} {}", model.name, shape.name()), graph)?;
    }
    verify::verify(&format!("{} tail", model.name), &step.tail)
}

/// Where what is not scratch lives: weights, rings and cached rows of one layer kind.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    weights: Vec<WeightSlot>,
    pub(crate) rings: BTreeMap<String, Ring>,
    state_len: usize,
    pub(crate) cached: BTreeMap<String, CachedRows>,
    page_len: usize,
}

impl Layout {
    pub(crate) fn of(graphs: &[&Graph]) -> Self {
        let mut layout = Self::default();
        for graph in graphs {
            layout.add(graph);
        }
        layout
    }

    fn add(&mut self, graph: &Graph) {
        for info in &graph.tensors {
            let dims: Vec<usize> = info
                .dims
                .iter()
                .filter_map(|dim| if let Dim::Const(n) = dim { Some(*n) } else { None })
                .collect();
            match info.place {
                Place::Weight { role, formats, .. } => self.weights.push(WeightSlot {
                    name: info.name.clone().leak(),
                    dims: leak(dims),
                    role,
                    formats,
                }),
                Place::State => {
                    let ring = Ring { offset: self.state_len, rows: dims[0], width: dims[1] };
                    self.state_len += ring.rows * ring.width;
                    self.rings.insert(info.name.clone(), ring);
                }
                Place::Pages(form) => {
                    let [rows, width] = [dims[0], dims[1]];
                    let rows = CachedRows { offset: self.page_len, rows, width, form };
                    self.page_len += rows.words();
                    self.cached.insert(info.name.clone(), rows);
                }
                Place::Floats | Place::Indices | Place::LogitRows | Place::Draws => {}
            }
        }
    }

    pub(crate) fn weight(&self, name: &str) -> usize {
        let found = self.weights.iter().position(|slot| slot.name == name);
        found.expect("the layout holds every weight of its graphs")
    }
}

fn lower_step(
    program: &mut Program,
    segments: &Segments,
    layouts: &[Layout],
    globals: &Layout,
) -> Step {
    let mut sizes: BTreeMap<Arena, usize> = BTreeMap::new();
    let mut lower = |graph: &Graph, layout: &Layout| {
        let placement = memory::place(graph);
        for (&arena, &size) in &placement.sizes {
            let room = sizes.entry(arena).or_default();
            *room = size.max(*room);
        }
        let launches = graph.nodes.iter().map(|node| Launch {
            kernel: kernel(program, graph, node),
            args: leak(
                node.operands()
                    .map(|(_, tensor)| argument(graph, tensor, layout, &placement))
                    .collect(),
            ),
        });
        let launches = leak(launches.collect());
        let outputs = graph.outputs.iter().map(|&output| span(graph, output, &placement));
        (launches, outputs.collect::<Vec<_>>())
    };
    let (head, carried) = lower(&segments.head, globals);
    let kinds =
        segments.kinds.iter().zip(layouts).map(|((_, graph), layout)| lower(graph, layout).0);
    let kinds = leak(kinds.collect());
    let (tail, results) = lower(&segments.tail, globals);
    let size = |arena| sizes.get(&arena).copied().unwrap_or(0);
    Step {
        head,
        kinds,
        tail,
        n_choosing: tail.len() - segments.tail.after(segments.tail.outputs[0]),
        scratch: Scratch {
            floats_per_row: size(Arena::Floats(Per::Row)),
            indices_per_row: size(Arena::Indices),
            floats_per_logit_row: size(Arena::Floats(Per::LogitRow)),
        },
        logits: results[0],
        chosen: results[1],
        streams: carried[0],
    }
}

fn span(graph: &Graph, tensor: Tensor, placement: &Placement) -> Span {
    let per = match memory::arena(graph, tensor) {
        Some(Arena::Floats(per)) => per,
        _ => Per::Row,
    };
    let offset = placement.offsets[&graph.root(tensor)];
    Span { per, offset, len: graph.info(tensor).len_per_row() }
}

fn argument(graph: &Graph, tensor: Tensor, layout: &Layout, placement: &Placement) -> Arg {
    let info = graph.info(tensor);
    match info.place {
        Place::Floats => Arg::Floats(span(graph, tensor, placement)),
        Place::Indices => Arg::Indices(span(graph, tensor, placement)),
        Place::LogitRows => Arg::LogitRows,
        Place::Draws => Arg::Draws,
        Place::Weight { owner: Owner::Layer, .. } => Arg::Weight(layout.weight(&info.name)),
        Place::Weight { owner: Owner::Model, .. } => Arg::Global(layout.weight(&info.name)),
        Place::Weight { owner: Owner::NextLayer, .. } => {
            unreachable!("segments run by themselves here")
        }
        Place::State => Arg::State(layout.rings[&info.name]),
        Place::Pages(_) => Arg::Pages(layout.cached[&info.name]),
    }
}

/// The number of the kernel that `node` launches; one is added to the table if it has none.
fn kernel(program: &mut Program, graph: &Graph, node: &Node) -> usize {
    let values = verify::letters(graph, node).expect("the graph was verified");
    let letters: Vec<usize> = node
        .op
        .letters
        .split_whitespace()
        .map(|letter| match values[letter] {
            Dim::Const(n) => n,
            Dim::Run(_) => unreachable!("letters are constant in a verified graph"),
        })
        .collect();
    let matrix = node.operands().find(|(arg, _)| arg.kind == ArgKind::Matrix);
    let formats = matrix.map_or(&[][..], |(_, tensor)| match graph.info(tensor).place {
        Place::Weight { formats, .. } => formats,
        _ => &[],
    });
    let shape: Vec<_> = letters.iter().map(ToString::to_string).collect();
    let words = [node.op.name, &shape.join("x"), &node.variant];
    let name = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    for scalar in &node.scalars {
        if let Scalar::Table(table, values) = scalar {
            program.tables.entry(table.clone()).or_insert_with(|| values.clone());
        }
    }
    let def = KernelDef { name, op: node.op, letters, scalars: node.scalars.clone(), formats };
    if let Some(found) = program.kernels.iter().position(|known| known.name == def.name) {
        assert_eq!(program.kernels[found], def, "kernels of one name are the same");
        return found;
    }
    program.kernels.push(def);
    program.kernels.len() - 1
}
