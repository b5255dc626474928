//! Whole steps: what comes before the layers, the layers, and what comes after.

use std::iter;

use ds4_plan::{Model, Per, StepKind};

use super::{Dim, Graph, LayerShape, Node, Owner, Place, Tensor, TensorInfo, layer};

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

impl Segments {
    /// Every segment with the one after it: before the layers, each kind of layer, after them.
    ///
    /// After a layer that is not the last comes one of some kind; all of them begin alike, so it is
    /// the first kind here.
    pub fn pairs(&self) -> impl Iterator<Item = (&Graph, Option<&Graph>)> {
        let first = &self.kinds[0].1;
        let after = move |shape: &LayerShape| if shape.is_last { &self.tail } else { first };
        let layers = self.kinds.iter().map(move |(shape, graph)| (graph, Some(after(shape))));
        iter::once((&self.head, Some(first))).chain(layers).chain([(&self.tail, None)])
    }
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
    /// This segment and `next` after it, whose nodes and tensors come after its own.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let mut joined = self.clone();
        let of = |tensor: Tensor| match next.inputs.iter().position(|input| *input == tensor) {
            Some(number) => self.root(self.outputs[number]),
            None => Tensor(self.tensors.len() + tensor.0),
        };
        joined.tensors.extend(next.tensors.iter().map(|info| {
            let mut info = TensorInfo { view_of: info.view_of.map(of), ..info.clone() };
            if let Place::Weight { owner: owner @ Owner::Layer, .. } = &mut info.place {
                *owner = Owner::NextLayer;
            }
            info
        }));
        joined.nodes.extend(next.nodes.iter().map(|node| Node {
            tensors: node.tensors.iter().copied().map(of).collect(),
            ..node.clone()
        }));
        joined
    }

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
