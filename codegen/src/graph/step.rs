//! Whole steps: what comes before the layers, the layers, and what comes after.

use ds4_plan::{Model, Per, StepKind};

use super::{Dim, Graph, LayerShape, Place, Tensor, layer};

/// The segments of one step.
#[derive(Debug)]
pub struct Segments {
    /// Before the first layer.
    pub head: Graph,
    /// One layer of each kind, in the order of first use.
    pub kinds: Vec<(LayerShape, Graph)>,
    /// After the last layer.
    pub tail: Graph,
}

/// The segments of a step of `model`.
///
/// Both kinds of steps apply the same layers. A decode step wants the logits of every row, a
/// prefill step those of chosen rows only.
#[must_use]
pub fn segments(model: Model, kind: StepKind) -> Segments {
    let mut kinds: Vec<(LayerShape, Graph)> = vec![];
    for index in 0..model.n_layers() {
        let shape = LayerShape::of(&model, index);
        if kinds.iter().all(|(seen, _)| *seen != shape) {
            kinds.push((shape, one_layer(model, shape)));
        }
    }
    Segments { head: head(model), kinds, tail: tail(model, kind) }
}

fn head(model: Model) -> Graph {
    let mut g = Graph::new(model);
    let table = g.token_embedding();
    let streams = g.embed(table, model.hc.n_streams);
    g.carry_out(streams);
    g
}

fn one_layer(model: Model, shape: LayerShape) -> Graph {
    let mut g = Graph::new(model);
    let streams = g.carry_in();
    let streams = layer::layer(&mut g, shape, streams);
    g.carry_out(streams);
    g
}

fn tail(model: Model, kind: StepKind) -> Graph {
    let mut g = Graph::new(model);
    let streams = g.carry_in();
    let streams = match kind {
        StepKind::Decode => streams,
        StepKind::Prefill => {
            let (n_streams, width) = (model.hc.n_streams, model.n_embd);
            let flat = g.view(streams, &[n_streams * width]);
            let chosen = g.gather(flat);
            g.view(chosen, &[n_streams, width])
        }
    };
    let w = g.output_hc();
    let x = g.hc_head(streams, w);
    let [norm, output] = g.output();
    let x = g.rms_norm(x, norm);
    let logits = g.matmul(x, output, "logits");
    g.outputs.push(logits);
    let draws = g.draws(logits);
    let chosen = g.sample(logits, draws);
    g.outputs.push(chosen);
    g
}

impl Graph {
    /// The streams as the segment before left them.
    fn carry_in(&mut self) -> Tensor {
        let (n_streams, width) = (self.model().hc.n_streams, self.model().n_embd);
        let dims = vec![Dim::Run(Per::Row), Dim::Const(n_streams), Dim::Const(width)];
        let streams = self.tensor("streams", dims, Place::Floats);
        self.tensors[streams.0].carried = true;
        self.inputs.push(streams);
        streams
    }

    /// Leaves `streams` for the segment after.
    fn carry_out(&mut self, streams: Tensor) {
        self.tensors[streams.0].carried = true;
        self.outputs.push(streams);
    }
}
