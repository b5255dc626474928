//! What a launch moves and computes, from what the plan says of its passes.

use std::{collections::BTreeMap, ops::AddAssign};

use ds4_plan::{
    Format, GpuArg, GpuKernel, GpuLaunch, GpuPass, GpuUse, Role, UseKind, Variant, WeightSlot,
};
use serde::Serialize;

use super::view::{Segment, View};

/// Bytes and operations. A value counts once in a launch, however many workgroups read it, and
/// what a launch reads of its own results counts as written only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Cost {
    /// Launches.
    pub(super) launches: u64,
    /// Bytes of weights read, in their formats.
    pub(super) weight_bytes: u64,
    /// Bytes of activations.
    pub(super) activation_bytes_read: u64,
    pub(super) activation_bytes_written: u64,
    /// Bytes of rings and cached rows.
    pub(super) cache_bytes_read: u64,
    pub(super) cache_bytes_written: u64,
    /// Two for each multiply-add of a product.
    pub(super) operations: u64,
}

impl Cost {
    /// The cost of one run of a launch with the kernel of `variant`.
    pub(super) fn of(
        view: &View,
        segment: &Segment,
        launch: &GpuLaunch,
        variant: &Variant,
    ) -> Self {
        let kernel = view.kernel(variant);
        let mut cost = Self { launches: 1, ..Self::default() };
        let (mut read, mut written) = (BTreeMap::new(), BTreeMap::new());
        let passes = launch.chains.iter().copied().flatten();
        for pass in passes {
            for tensor in used(kernel, pass.reads) {
                if !written.contains_key(&tensor.tensor) {
                    largest(&mut read, view, tensor);
                }
            }
            for tensor in used(kernel, pass.writes) {
                largest(&mut written, view, tensor);
            }
            cost.operations += 2 * multiply_adds(view, pass);
        }
        for (tensor, values) in read.into_values() {
            let matrix = || format(view, segment, launch, variant, tensor);
            *match tensor.kind {
                UseKind::Activation => &mut cost.activation_bytes_read,
                UseKind::Matrix | UseKind::Constant => &mut cost.weight_bytes,
                UseKind::Cache => &mut cost.cache_bytes_read,
            } += match tensor.kind {
                UseKind::Matrix => packed(matrix(), values),
                _ => 4 * values,
            };
        }
        for (tensor, values) in written.into_values() {
            *match tensor.kind {
                UseKind::Cache => &mut cost.cache_bytes_written,
                _ => &mut cost.activation_bytes_written,
            } += 4 * values;
        }
        cost
    }

    /// The same, so many times.
    pub(super) const fn times(self, n: u64) -> Self {
        Self {
            launches: self.launches * n,
            weight_bytes: self.weight_bytes * n,
            activation_bytes_read: self.activation_bytes_read * n,
            activation_bytes_written: self.activation_bytes_written * n,
            cache_bytes_read: self.cache_bytes_read * n,
            cache_bytes_written: self.cache_bytes_written * n,
            operations: self.operations * n,
        }
    }

    /// Floating-point operations, two for each multiply-add of a product.
    #[must_use]
    pub const fn operations(&self) -> u64 {
        self.operations
    }

    /// Every byte that is read.
    #[must_use]
    pub const fn bytes_read(&self) -> u64 {
        self.weight_bytes + self.activation_bytes_read + self.cache_bytes_read
    }

    /// Every byte that is read or written.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.weight_bytes
            + self.activation_bytes_read
            + self.activation_bytes_written
            + self.cache_bytes_read
            + self.cache_bytes_written
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.launches += other.launches;
        self.weight_bytes += other.weight_bytes;
        self.activation_bytes_read += other.activation_bytes_read;
        self.activation_bytes_written += other.activation_bytes_written;
        self.cache_bytes_read += other.cache_bytes_read;
        self.cache_bytes_written += other.cache_bytes_written;
        self.operations += other.operations;
    }
}

/// Values by tensor; where several passes touch a tensor, what the one that touches most does.
fn largest(
    known: &mut BTreeMap<usize, (&'static GpuUse, u64)>,
    view: &View,
    tensor: &'static GpuUse,
) {
    let values = tensor.amount.values(view.kind, view.lengths) as u64;
    let entry = known.entry(tensor.tensor).or_insert((tensor, values));
    entry.1 = entry.1.max(values);
}

/// The tensors that the kernel binds: which of them it needs depends on formats.
pub(super) fn used(
    kernel: &GpuKernel,
    tensors: &'static [GpuUse],
) -> impl Iterator<Item = &'static GpuUse> {
    let binds = |arg: &usize| kernel.bindings.iter().any(|&number| number as usize == *arg);
    tensors.iter().filter(move |tensor| tensor.args.iter().any(binds))
}

fn multiply_adds(view: &View, pass: &GpuPass) -> u64 {
    let work = pass.work.iter().map(|work| work.multiply_adds(view.kind, view.lengths) as u64);
    work.sum()
}

/// The format that the mix of `variant` has for a matrix of the launch.
pub(super) fn format(
    view: &View,
    segment: &Segment,
    launch: &GpuLaunch,
    variant: &Variant,
    matrix: &GpuUse,
) -> Option<Format> {
    let is_matrix =
        |arg: &&GpuArg| slot(view, segment, **arg).is_some_and(|slot| slot.role == Role::Matrix);
    let arg = *matrix.args.first()?;
    let before = launch.args[..arg].iter().filter(is_matrix).count();
    variant.formats.get(before).copied()
}

/// The weight that an argument is, if it is one.
pub(super) fn slot(view: &View, segment: &Segment, arg: GpuArg) -> Option<&'static WeightSlot> {
    match arg {
        GpuArg::Global(index) => view.plan.globals.get(index),
        GpuArg::Weight(index) => segment.weights.get(index),
        GpuArg::Next(index) => segment.next.get(index),
        _ => None,
    }
}

/// Bytes of so many values of whole blocks.
pub(super) fn packed(format: Option<Format>, values: u64) -> u64 {
    let format = format.unwrap_or(Format::F32);
    values / format.block_values() as u64 * format.block_bytes() as u64
}
