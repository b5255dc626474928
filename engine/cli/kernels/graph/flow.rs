//! The launches of a segment as boxes, and the tensors between them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use ds4_plan::{GpuArg, GpuLaunch, GpuPass, GpuUse, UseKind, Variant};

use crate::cli::kernels::{
    cost::{format, packed, used},
    units::bytes,
    view::{Segment, View},
};

/// A segment to draw.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// From first to last.
    pub(super) frames: Vec<Frame>,
    /// By number.
    pub(super) boxes: Vec<PassBox>,
    pub(super) tensors: Vec<Tensor>,
}

/// A launch; or what there is before the first and after the last, which has no title.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) title: String,
    /// Numbers of boxes: chains side by side, each from first to last.
    pub(super) chains: Vec<Vec<usize>>,
}

/// A pass.
#[derive(Debug)]
pub(super) struct PassBox {
    pub(super) title: String,
    /// Sizes by letter.
    pub(super) shape: String,
    /// Weights and what is kept of sessions.
    pub(super) notes: Vec<String>,
}

/// A tensor with those that touch it.
#[derive(Debug)]
pub(super) struct Tensor {
    /// Name, dimensions and bytes.
    pub(super) label: String,
    /// The box that writes it.
    pub(super) from: usize,
    /// The boxes that read it; never empty.
    pub(super) to: Vec<usize>,
    /// Where it is.
    pub(super) place: Option<GpuArg>,
}

impl Flow {
    /// The launches of a segment, with the kernels that the view's recipe has.
    pub(super) fn of(view: &View, segment: &Segment) -> Result<Self> {
        let mut flow = Self::default();
        // By number in the segment, the place of what was written last in `tensors`.
        let mut writers = BTreeMap::new();
        let mut inputs = vec![];
        for (number, launch) in segment.launches.iter().enumerate() {
            let variant = view.variant(launch)?;
            let [x, y] = launch.grid.size(view.lengths);
            let name = view.kernel(variant).name;
            let title = format!("{}  {name}, {x} x {y} workgroups", number + 1);
            let source = Source { view, segment, launch, variant };
            let mut chains = vec![];
            for passes in launch.chains {
                let mut chain = vec![];
                for pass in *passes {
                    chain.push(flow.boxes.len());
                    flow.add(&source, pass, &mut writers, &mut inputs);
                }
                chains.push(chain);
            }
            flow.frames.push(Frame { title, chains });
        }
        let next =
            view.segments().into_iter().skip_while(|known| known.name != segment.name).nth(1);
        flow.close(inputs, &next.map(|next| found(&next)).unwrap_or_default());
        Ok(flow)
    }

    /// Adds a pass as the next box.
    fn add(
        &mut self,
        source: &Source<'_>,
        pass: &'static GpuPass,
        writers: &mut BTreeMap<usize, usize>,
        inputs: &mut Vec<usize>,
    ) {
        let kernel = source.view.kernel(source.variant);
        let number = self.boxes.len();
        let mut notes = vec![];
        for tensor in used(kernel, pass.reads) {
            if tensor.kind != UseKind::Activation {
                notes.push(source.note(tensor));
            }
            match writers.get(&tensor.tensor) {
                Some(&writer) => self.tensors[writer].to.push(number),
                None if tensor.kind == UseKind::Activation => {
                    // It was there before: the box that stands for that is added at the end.
                    writers.insert(tensor.tensor, self.tensors.len());
                    inputs.push(self.tensors.len());
                    let label = source.label(tensor);
                    let (to, place) = (vec![number], source.place(tensor));
                    self.tensors.push(Tensor { label, from: usize::MAX, to, place });
                }
                None => {}
            }
        }
        for tensor in used(kernel, pass.writes) {
            if tensor.kind == UseKind::Cache {
                notes.push(format!("keeps {}", source.label(tensor)));
            }
            writers.insert(tensor.tensor, self.tensors.len());
            let label = source.label(tensor);
            let (to, place) = (vec![], source.place(tensor));
            self.tensors.push(Tensor { label, from: number, to, place });
        }
        let (title, shape) = (pass.name.to_owned(), pass.shape.to_owned());
        self.boxes.push(PassBox { title, shape, notes });
    }

    /// Adds boxes for what there was before and for what is left: what the launches after find at
    /// `places`, and results of the last launch that nothing reads.
    fn close(&mut self, inputs: Vec<usize>, places: &[GpuArg]) {
        if !inputs.is_empty() {
            let number = self.bare_frame("before", 0);
            for tensor in inputs {
                self.tensors[tensor].from = number;
            }
        }
        let last = self.frames.last().map(|frame| frame.chains.concat()).unwrap_or_default();
        let is_last = |tensor: &Tensor| tensor.to.is_empty() && last.contains(&tensor.from);
        let mut left: BTreeSet<usize> =
            (0..self.tensors.len()).filter(|&n| is_last(&self.tensors[n])).collect();
        let written_last =
            |place: &GpuArg| self.tensors.iter().rposition(|tensor| tensor.place == Some(*place));
        left.extend(places.iter().filter_map(written_last));
        if !left.is_empty() {
            let number = self.bare_frame("after", self.frames.len());
            left.into_iter().for_each(|tensor| self.tensors[tensor].to.push(number));
        }
        self.tensors.retain(|tensor| !tensor.to.is_empty());
    }

    fn bare_frame(&mut self, title: &str, place: usize) -> usize {
        let number = self.boxes.len();
        let (title, shape, notes) = (title.to_owned(), String::new(), vec![]);
        self.boxes.push(PassBox { title, shape, notes });
        let frame = Frame { title: String::new(), chains: vec![vec![number]] };
        self.frames.insert(place, frame);
        number
    }
}

/// Where the launches of a segment look for what was there before.
fn found(segment: &Segment) -> Vec<GpuArg> {
    let (mut found, mut written) = (vec![], BTreeSet::new());
    for launch in segment.launches {
        for pass in launch.chains.iter().copied().flatten() {
            for tensor in pass.reads.iter().filter(|tensor| tensor.kind == UseKind::Activation) {
                if !written.contains(&tensor.tensor) {
                    found.extend(place(launch, tensor));
                }
            }
            written.extend(pass.writes.iter().map(|tensor| tensor.tensor));
        }
    }
    found
}

/// Where the scratch that a launch binds as `tensor` is.
fn place(launch: &GpuLaunch, tensor: &GpuUse) -> Option<GpuArg> {
    let arg = tensor.args.first().map(|&number| launch.args[number]);
    arg.filter(|arg| matches!(arg, GpuArg::Floats(_) | GpuArg::Words(_)))
}

/// Where a pass is from.
struct Source<'a> {
    view: &'a View,
    segment: &'a Segment,
    launch: &'static GpuLaunch,
    variant: &'static Variant,
}

impl Source<'_> {
    fn values(&self, tensor: &GpuUse) -> u64 {
        tensor.amount.values(self.view.kind, self.view.lengths) as u64
    }

    fn place(&self, tensor: &GpuUse) -> Option<GpuArg> {
        place(self.launch, tensor)
    }

    /// Name, dimensions and bytes of a tensor with 4 bytes a value.
    fn label(&self, tensor: &GpuUse) -> String {
        format!("{} {} {}", tensor.name, tensor.dims, size(4 * self.values(tensor)))
    }

    /// The same for weights, with their formats, and for what is kept of sessions.
    fn note(&self, tensor: &GpuUse) -> String {
        if tensor.kind != UseKind::Matrix {
            return self.label(tensor);
        }
        let format = format(self.view, self.segment, self.launch, self.variant, tensor);
        let name = format.map_or("", |format| format.name());
        let size = size(packed(format, self.values(tensor)));
        format!("{} {} {name} {size}", tensor.name, tensor.dims)
    }
}

/// Bytes as text that is not broken between lines.
fn size(n: u64) -> String {
    bytes(n).replace(' ', "\u{a0}")
}
