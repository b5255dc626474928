//! Steps on the CPU device: what every launch of a GPU should read and write.

use std::collections::BTreeMap;

use ds4::{
    device::{
        Device, PageId, SlotId, StepRequest, StepRows,
        cpu::{
            Cpu,
            trace::{At, Memory},
        },
        gpu::{describe_rows, lengths},
    },
    formats::cache::{pack_row, unpack_row},
    sample::Draw,
};
use ds4_codegen::{
    gpu::{seam::Joined, target::Target},
    graph::{Dim, Graph, Segments, Tensor, segments},
};
use ds4_plan::{Arg, CacheRounding, CachedRows, Launch, Lengths, Per, Plan, StepKind};
use half::f16;

use crate::{
    random::Random,
    weights::{Model, TOKENS},
};

/// A step: for each session, the position of its first row and its number of rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) kind: StepKind,
    pub(crate) sessions: &'static [(usize, usize)],
    pub(crate) logit_rows: &'static [u32],
}

/// A case with what the CPU made of it.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) kind: StepKind,
    pub(crate) segments: Segments,
    /// Values of every scratch tensor, for each segment.
    pub(crate) values: Vec<BTreeMap<Tensor, Values>>,
    pub(crate) rows: Vec<u32>,
    pub(crate) page_table: Vec<u32>,
    pub(crate) logit_rows: Vec<u32>,
    /// Words of how the token after each of them is chosen.
    pub(crate) draws: Vec<u32>,
    pub(crate) lengths: Lengths,
    pub(crate) state: [Vec<f32>; 2],
    pub(crate) pages: [Vec<f32>; 2],
}

/// The values of a scratch tensor.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    Floats(Vec<f32>),
    Words(Vec<u32>),
}

impl Expected {
    /// The graph of segment `index` of `plan`.
    pub(crate) fn graph(&self, plan: &Plan, index: usize) -> &Graph {
        match index {
            0 => &self.segments.head,
            n if n <= plan.layers.len() => &self.segments.kinds[plan.layers[n - 1].kind].1,
            _ => &self.segments.tail,
        }
    }
}

impl Expected {
    /// Segment `index` of `plan` as GPUs launch it.
    pub(crate) fn joined(&self, plan: &Plan, index: usize, target: Target) -> Joined {
        let own = self.graph(plan, index);
        let mut pairs = self.segments.pairs();
        let (own, next) = pairs.find(|(graph, _)| std::ptr::eq(*graph, own)).unwrap();
        Joined::of(own, next, target, self.kind).unwrap()
    }

    fn before(plan: &Plan, request: &StepRequest<'_>) -> Self {
        let (rows, page_table) = describe_rows(request);
        Self {
            kind: request.kind,
            segments: segments(plan.model, request.kind),
            values: vec![BTreeMap::new(); plan.layers.len() + 2],
            rows,
            page_table,
            logit_rows: request.logit_rows.to_vec(),
            draws: request.draws.iter().flat_map(Draw::words).collect(),
            lengths: lengths(request),
            state: [vec![], vec![]],
            pages: [vec![], vec![]],
        }
    }
}

/// The CPU's launches of segment `index`.
pub(crate) fn cpu_launches(plan: &Plan, kind: StepKind, index: usize) -> &'static [Launch] {
    let step = plan.step(kind);
    match index {
        0 => step.head,
        n if n <= plan.layers.len() => step.kinds[plan.layers[n - 1].kind],
        _ => step.tail,
    }
}

/// The draw of row `t`: rows take turns at what a user can ask for.
fn draw(t: usize) -> Draw {
    let all =
        Draw { temperature: 1.0, seed: 0x0123_4567_89ab_cdef, number: t as u64, ..Draw::GREEDY };
    match t % 5 {
        0 => Draw { top_p: 0.9, ..all },
        1 => Draw::GREEDY,
        2 => Draw { top_k: 40, ..all },
        3 => Draw { min_p: 0.05, ..all },
        _ => all,
    }
}

/// A random value of the cache: rounded rows hold no other values than half floats can.
fn held(random: &mut Random, cache: CacheRounding) -> f32 {
    match cache {
        CacheRounding::Exact => random.unit(),
        CacheRounding::Rounded => f16::from_f32(random.unit()).to_f32(),
    }
}

/// Random cached rows of every layer.
fn fill_page(plan: &Plan, page: &mut [f32], random: &mut Random) {
    for layer in plan.layers {
        let args = plan.decode.kinds[layer.kind].iter().flat_map(|launch| launch.args);
        let fields: BTreeMap<usize, CachedRows> = args
            .filter_map(|arg| match arg {
                Arg::Pages(rows) => Some((rows.offset, *rows)),
                _ => None,
            })
            .collect();
        for rows in fields.values() {
            let words = &mut page[layer.page + rows.offset..][..rows.words()];
            for words in words.chunks_exact_mut(rows.row_words()) {
                let row: Vec<f32> = (0..rows.width).map(|_| random.unit()).collect();
                pack_row(rows.form, &row, bytemuck::cast_slice_mut(words));
            }
        }
    }
}

/// The values of packed rows.
pub(crate) fn unpacked(rows: &CachedRows, words: &[u32]) -> Vec<f32> {
    let mut values = vec![0.0; words.len() / rows.row_words() * rows.width];
    let packed = words.chunks_exact(rows.row_words());
    for (row, words) in values.chunks_exact_mut(rows.width).zip(packed) {
        unpack_row(rows.form, words, row);
    }
    values
}

/// Runs `case` on the CPU over random states and pages.
pub(crate) fn expect(model: &Model, case: Case, seed: u64) -> Expected {
    let plan = model.plan;
    let mut cpu = Cpu::open(plan, model.weights.clone(), 0).unwrap();
    let mut random = Random::new(seed);
    let slots: Vec<SlotId> = case.sessions.iter().map(|_| cpu.open_slot().unwrap()).collect();
    let pages: Vec<Vec<PageId>> = case
        .sessions
        .iter()
        .map(|&(start, len)| {
            let n = (start + len).div_ceil(plan.pages.tokens);
            (0..n).map(|_| cpu.open_page().unwrap()).collect()
        })
        .collect();
    for &slot in &slots {
        cpu.slot_mut(slot).fill_with(|| held(&mut random, plan.model.cache));
    }
    pages.iter().flatten().for_each(|&page| fill_page(plan, cpu.page_mut(page), &mut random));
    let n_rows: usize = case.sessions.iter().map(|(_, len)| len).sum();
    let tokens: Vec<u32> = (0..n_rows).map(|_| random.below(TOKENS) as u32).collect();
    let rows: Vec<StepRows<'_>> = case
        .sessions
        .iter()
        .zip(&slots)
        .zip(&pages)
        .map(|((&(start, len), &slot), pages)| StepRows { slot, start, len, pages })
        .collect();
    let (kind, logit_rows) = (case.kind, case.logit_rows);
    let draws: Vec<Draw> = (0..logit_rows.len()).map(draw).collect();
    let request = StepRequest { kind, tokens: &tokens, rows: &rows, logit_rows, draws: &draws };

    let mut expected = Expected::before(plan, &request);
    slots.iter().for_each(|&id| expected.state[0].extend(&*cpu.slot_mut(id)));
    pages.iter().flatten().for_each(|&id| expected.pages[0].extend(&*cpu.page_mut(id)));
    let mut values = std::mem::take(&mut expected.values);
    let mut see = |at: At, memory: &Memory<'_>| {
        let graph = expected.graph(plan, at.segment);
        let launch = cpu_launches(plan, case.kind, at.segment)[at.launch];
        let operands = graph.nodes[at.launch].operands();
        for ((_, tensor), arg) in operands.zip(launch.args) {
            let found = match *arg {
                Arg::Floats(span) => Values::Floats(memory.floats(span).to_vec()),
                Arg::Indices(span) => {
                    let rows = match graph.info(tensor).dims[0] {
                        Dim::Run(Per::LogitRow) => logit_rows.len(),
                        _ => n_rows,
                    };
                    Values::Words(memory.indices(span)[..rows * span.len].to_vec())
                }
                _ => continue,
            };
            values[at.segment].entry(graph.root(tensor)).or_insert(found);
        }
    };
    cpu.submit_traced(&request, &mut see).unwrap();
    expected.values = values;
    slots.iter().for_each(|&id| expected.state[1].extend(&*cpu.slot_mut(id)));
    pages.iter().flatten().for_each(|&id| expected.pages[1].extend(&*cpu.page_mut(id)));
    expected
}
