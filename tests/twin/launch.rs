//! Runs the launches of a GPU one by one on what the CPU had, and compares what they write.

use std::collections::BTreeMap;

use ds4::device::gpu::{Dispatch, Gpu};
use ds4_codegen::{
    gpu::{
        assemble::{Binding, Module, Shown},
        expand::{Operand, Width},
        follow::arrivals,
        fuse::Chain,
        lower::grid,
    },
    graph::{Place, Tensor},
};
use ds4_plan::StepKind;

use crate::{
    bench::{Bench, Extent},
    buffers::{Guarded, Store},
    quantized::{self, Quantized},
    segment::{Segment, bits},
};

/// Of the workgroups of a large product, one in so many is enough.
const SHARE: usize = 8;

/// One launch in the formats of the model.
pub(crate) struct Launch<'a> {
    pub(crate) chains: &'a [Chain],
    /// Storage buffers, by binding number.
    pub(crate) bindings: Vec<Binding>,
    /// Tensors whose first value is an immediate, in order.
    pub(crate) bases: Vec<Tensor>,
    pub(crate) module: Module,
}

/// Buffers of the temps of a segment.
type Temps<G> = BTreeMap<usize, Guarded<G>>;

impl Launch<'_> {
    /// The temps that it reads or writes, and whether it writes them.
    pub(crate) fn temps(&self) -> impl Iterator<Item = (usize, bool)> {
        self.bindings.iter().filter_map(|binding| match binding.shown {
            Shown::Operand(Operand::Temp(temp)) => Some((temp, binding.written)),
            _ => None,
        })
    }
}

impl<G: Gpu> Bench<'_, G> {
    /// Runs a launch, and compares every tensor that it writes.
    pub(crate) fn launch(
        &mut self,
        segment: &Segment<'_>,
        launch: &Launch<'_>,
        temps: &mut Temps<G>,
        extent: Extent,
    ) {
        // Two views of one tensor are one buffer.
        let mut made: BTreeMap<&Shown, Option<Guarded<G>>> = BTreeMap::new();
        for binding in &launch.bindings {
            if !made.contains_key(&binding.shown) {
                made.insert(&binding.shown, self.make(segment, launch, binding, temps));
            }
        }
        let [whole, y] = grid(segment.expansion, launch.chains).size(segment.lengths());
        let x = self.share(segment, launch, whole, extent);
        let name = &launch.module.name;
        if let Err(error) = self.dispatch(segment, launch, (&made, temps), [x, y]) {
            return self.report.fault(&launch.module, &error.to_string());
        }
        let gpu = &mut *self.store.gpu;
        for (&shown, guarded) in &made {
            let Some(guarded) = guarded else { continue };
            let binding = launch.bindings.iter().find(|binding| binding.shown == *shown).unwrap();
            let found = guarded.read(gpu, &format!("{name} {}", binding.name));
            if binding.written {
                segment.compare(launch, binding, (&found, [x, whole]), &mut self.report);
            }
        }
        self.requantize(segment, launch, temps);
        self.report.has_run(&launch.module);
    }

    /// Checks the guards of all temps, compares those that the launch quantized, and puts what the
    /// CPU had in their place.
    fn requantize(&mut self, segment: &Segment<'_>, launch: &Launch<'_>, temps: &Temps<G>) {
        let gpu = &mut *self.store.gpu;
        for temp in temps.values() {
            temp.read(gpu, &launch.module.name);
        }
        let units = launch.chains.iter().flat_map(|chain| &chain.units);
        let units = units.map(|&unit| &segment.expansion.units[unit]);
        for quantized in units.filter_map(quantized::of) {
            let Quantized { temp, source, run } = quantized;
            let found = temps[&temp].read(gpu, &launch.module.name);
            segment.compare_quantized(&launch.module, quantized, &found, &mut self.report);
            let records = quantized::records(segment.read(source), found.len(), run);
            temps[&temp].write(gpu, &records);
        }
    }

    fn dispatch(
        &mut self,
        segment: &Segment<'_>,
        launch: &Launch<'_>,
        (made, temps): (&BTreeMap<&Shown, Option<Guarded<G>>>, &Temps<G>),
        [x, y]: [usize; 2],
    ) -> ds4::device::Result<()> {
        let (kernel, used) = &self.kernels[&launch.module.name];
        let Store { gpu, constants, .. } = &mut self.store;
        let buffer = |&number: &u32| {
            let shown = &launch.bindings[number as usize].shown;
            match (&made[shown], shown) {
                (Some(guarded), _) => guarded.place(),
                (None, Shown::Operand(Operand::Temp(temp))) => temps[temp].place(),
                (None, shown) => (&constants[&segment.constant(shown)], 0),
            }
        };
        let buffers: Vec<(&G::Buffer, u64)> = used.iter().map(buffer).collect();
        gpu.run(&[Dispatch {
            kernel,
            grid: [x as u32, y as u32, 1],
            bindings: &buffers,
            immediates: &segment.immediates(&launch.bases),
        }])
    }

    /// How many of the `whole` workgroups along x run: of an output matrix that was cut only those
    /// of the rows that are there, and of the products of a long step a part where that is enough.
    fn share(
        &self,
        segment: &Segment<'_>,
        launch: &Launch<'_>,
        whole: usize,
        extent: Extent,
    ) -> usize {
        let matrices = segment.mix(launch.chains);
        let [Chain { x: Width::Const(_), .. }] = launch.chains else { return whole };
        if matrices.is_empty() || launch.temps().any(|(_, written)| written) {
            return whole;
        }
        let output = segment.output(&matrices);
        let cut = output.and_then(|constant| self.store.cut(segment.model, &constant));
        let there = cut.map_or(whole, |(there, of)| whole * there / of);
        match (extent, segment.expected.kind) {
            (Extent::Kernels, StepKind::Prefill) => there.div_ceil(SHARE),
            _ => there,
        }
    }

    /// A buffer for what a binding shows, with what it should hold before the launch; `None` for
    /// temps and constants, which live longer.
    fn make(
        &mut self,
        segment: &Segment<'_>,
        launch: &Launch<'_>,
        binding: &Binding,
        temps: &mut Temps<G>,
    ) -> Option<Guarded<G>> {
        let expected = segment.expected;
        let words = match &binding.shown {
            Shown::State => segment.pool(launch.chains, &expected.state),
            Shown::Pages => segment.pool(launch.chains, &expected.pages),
            Shown::Rows => expected.rows.clone(),
            Shown::PageTable => expected.page_table.clone(),
            Shown::Arrivals => vec![0; arrivals(launch.chains) * segment.lengths().rows],
            Shown::Table(name) => bits(&segment.table(name)),
            Shown::Operand(Operand::Temp(temp)) => {
                if !temps.contains_key(temp) {
                    let len = segment.temp_len(*temp);
                    temps.insert(*temp, Guarded::poison(&mut self.store, len));
                }
                return None;
            }
            Shown::Operand(Operand::Tensor(tensor)) => match segment.graph.info(*tensor).place {
                Place::Weight { .. } => {
                    self.store.load(segment.model, &segment.constant(&binding.shown));
                    return None;
                }
                Place::LogitRows => expected.logit_rows.clone(),
                Place::Draws => expected.draws.clone(),
                _ if binding.written => {
                    let len = segment.values(*tensor).len();
                    return Some(Guarded::poison(&mut self.store, len));
                }
                _ => segment.values(*tensor).words(),
            },
        };
        Some(Guarded::of(&mut self.store, &words))
    }
}
