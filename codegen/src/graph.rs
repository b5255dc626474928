//! The op graph: ops applied to named tensors, in the order in which they run.
//!
//! A graph covers one *segment* of a step: what comes before the layers, one layer of a kind, or
//! what comes after. `graph/layer.rs` reads like the model's specification; shapes come from
//! the weights (`graph/weights.rs`) and nowhere else.

use std::fmt;

use ds4_plan::{DRAW_WORDS, Format, Model, Per, Role, RowForm};

use crate::ops::{ArgKind, Op, Scalar};

mod layer;
mod step;
mod weights;

pub use layer::LayerShape;
pub use step::{Segments, segments};
pub use weights::{CompressorWeights, Frequencies, HyperWeights, LayerWeights, MatrixClass};

/// Whose a weight is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The model's: there is one.
    Model,
    /// The layer's.
    Layer,
    /// That of the layer after, which [`Graph::then`] makes of [`Owner::Layer`].
    NextLayer,
}

/// A tensor of one graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tensor(pub(crate) usize);

/// One dimension of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dim {
    /// Known when the kernels are written.
    Const(usize),
    /// Known when a step is submitted.
    Run(Per),
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Const(n) => write!(f, "{n}"),
            Self::Run(Per::Row) => f.write_str("T"),
            Self::Run(Per::LogitRow) => f.write_str("L"),
        }
    }
}

/// Where the values of a tensor live.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// F32 scratch.
    Floats,
    /// U32 scratch.
    Indices,
    /// The step's list of rows whose logits are wanted.
    LogitRows,
    /// The step's list of how the token after each row is to be chosen.
    Draws,
    /// A weight of the file.
    Weight {
        /// How kernels read it.
        role: Role,
        /// Formats that kernels exist for.
        formats: &'static [Format],
        /// Whose it is.
        owner: Owner,
    },
    /// A ring in the session's state.
    State,
    /// Cached rows in this form; the leading dimension is that of one page.
    Pages(RowForm),
}

/// What the graph knows of a tensor.
#[derive(Debug, Clone)]
pub struct TensorInfo {
    /// Name: that of the file for weights, unique among the others only with its index.
    pub name: String,
    /// Dimensions, slowest first.
    pub dims: Vec<Dim>,
    /// Where it lives.
    pub place: Place,
    /// Carried between segments: keeps the first place of its arena.
    pub carried: bool,
    /// The tensor whose values this one shows in another shape.
    pub view_of: Option<Tensor>,
}

impl TensorInfo {
    /// The constant dimensions multiplied: values for each row of a scratch tensor.
    #[must_use]
    pub fn len_per_row(&self) -> usize {
        self.dims
            .iter()
            .map(|dim| match dim {
                Dim::Const(n) => *n,
                Dim::Run(_) => 1,
            })
            .product()
    }

    /// The last dimension, which is constant of all but lists: values of a row.
    #[must_use]
    pub fn width(&self) -> usize {
        match self.dims.last() {
            Some(Dim::Const(n)) => *n,
            _ => 1,
        }
    }
}

/// One application of an op.
#[derive(Debug, Clone)]
pub struct Node {
    /// What is applied.
    pub op: &'static Op,
    /// Tensors, in the order of the op's argument table without scalars and rows.
    pub tensors: Vec<Tensor>,
    /// Constants, in the order of the op's argument table.
    pub scalars: Vec<Scalar>,
    /// Letters that no tensor's shape determines.
    pub letters: Vec<(&'static str, usize)>,
    /// What distinguishes kernels of equal shape.
    pub variant: String,
}

impl Node {
    /// Supplies the next constant.
    pub fn scalar(&mut self, scalar: Scalar) -> &mut Self {
        self.scalars.push(scalar);
        self
    }

    /// Supplies the next constant, a number.
    pub fn f32(&mut self, x: f32) -> &mut Self {
        self.scalar(Scalar::F32(x))
    }

    /// Supplies the next constant, a count.
    pub fn usize(&mut self, n: usize) -> &mut Self {
        self.scalar(Scalar::Usize(n))
    }

    /// Fixes a letter that no tensor's shape determines.
    pub fn letter(&mut self, letter: &'static str, value: usize) -> &mut Self {
        self.letters.push((letter, value));
        self
    }

    /// Distinguishes the kernel from others of equal shape.
    pub fn variant(&mut self, variant: String) -> &mut Self {
        self.variant = variant;
        self
    }

    /// The tensors with the lines of the op's argument table that they fill.
    pub fn operands(&self) -> impl Iterator<Item = (&'static crate::ops::ArgDef, Tensor)> + '_ {
        let takes_tensor =
            |kind| !matches!(kind, ArgKind::Rows | ArgKind::Tokens | ArgKind::Scalar);
        self.op
            .args
            .iter()
            .filter(move |arg| takes_tensor(arg.kind))
            .zip(self.tensors.iter().copied())
    }
}

/// One segment of a step.
#[derive(Debug, Clone)]
pub struct Graph {
    model: Model,
    /// Indexed by [`Tensor`].
    pub tensors: Vec<TensorInfo>,
    /// In the order in which they run.
    pub nodes: Vec<Node>,
    /// Tensors that exist before the first node.
    pub inputs: Vec<Tensor>,
    /// Tensors that later segments or the host read.
    pub outputs: Vec<Tensor>,
}

impl Graph {
    /// An empty segment of `model`.
    #[must_use]
    pub fn new(model: Model) -> Self {
        Self { model, tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![] }
    }

    /// The numbers of the model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What is known of `tensor`.
    #[must_use]
    pub fn info(&self, tensor: Tensor) -> &TensorInfo {
        &self.tensors[tensor.0]
    }

    /// Dimension `axis` of `tensor`, which must be constant.
    ///
    /// # Panics
    ///
    /// When the dimension depends on the step; that is a mistake in the graph's description.
    #[must_use]
    pub fn dim(&self, tensor: Tensor, axis: usize) -> usize {
        match self.info(tensor).dims.get(axis) {
            Some(Dim::Const(n)) => *n,
            other => panic!("axis {axis} of {} is {other:?}", self.info(tensor).name),
        }
    }

    /// A scratch tensor with `dims` values for each row of the step.
    pub fn rows(&mut self, name: &str, dims: &[usize]) -> Tensor {
        self.scratch(name, Per::Row, dims, Place::Floats)
    }

    /// A scratch tensor with `dims` indices for each row of the step.
    pub fn indices(&mut self, name: &str, dims: &[usize]) -> Tensor {
        self.scratch(name, Per::Row, dims, Place::Indices)
    }

    /// A scratch tensor shaped like `x`.
    pub fn like(&mut self, x: Tensor, name: &str) -> Tensor {
        let dims = self.info(x).dims.clone();
        self.tensor(name, dims, Place::Floats)
    }

    /// A scratch tensor with as many rows as `x`, of shape `dims` each.
    pub fn beside(&mut self, x: Tensor, name: &str, dims: &[usize]) -> Tensor {
        let mut all = vec![self.info(x).dims[0]];
        all.extend(constant(dims));
        self.tensor(name, all, Place::Floats)
    }

    /// A scratch tensor of indices with as many rows as `x`, of shape `dims` each.
    pub fn indices_beside(&mut self, x: Tensor, name: &str, dims: &[usize]) -> Tensor {
        let mut all = vec![self.info(x).dims[0]];
        all.extend(constant(dims));
        self.tensor(name, all, Place::Indices)
    }

    /// A scratch tensor with the shape of a row of `x` for each logit row.
    pub fn per_logit_row(&mut self, x: Tensor, name: &str) -> Tensor {
        let mut dims = self.info(x).dims.clone();
        dims[0] = Dim::Run(Per::LogitRow);
        self.tensor(name, dims, Place::Floats)
    }

    /// `x` with its values for each row grouped as `dims`; no values move.
    ///
    /// # Panics
    ///
    /// When the number of values differs.
    pub fn view(&mut self, x: Tensor, dims: &[usize]) -> Tensor {
        let root = self.root(x);
        let info = self.info(root);
        let values: usize = dims.iter().product();
        assert_eq!(info.len_per_row(), values, "a view of {} keeps its values", info.name);
        let (name, place) = (info.name.clone(), info.place.clone());
        let mut all = vec![info.dims[0]];
        all.extend(constant(dims));
        let view = self.tensor(&name, all, place);
        self.tensors[view.0].view_of = Some(root);
        view
    }

    /// The tensor whose values `tensor` shows; itself unless it is a view.
    #[must_use]
    pub fn root(&self, tensor: Tensor) -> Tensor {
        self.info(tensor).view_of.unwrap_or(tensor)
    }

    /// Number of the first node after the one that writes `tensor`.
    ///
    /// # Panics
    ///
    /// When none writes it.
    #[must_use]
    pub fn after(&self, tensor: Tensor) -> usize {
        let writes = |node: &Node| {
            node.operands().any(|(arg, t)| {
                t == tensor && matches!(arg.kind, ArgKind::Write | ArgKind::WriteIndices)
            })
        };
        self.nodes.iter().position(writes).expect("a result has a writer") + 1
    }

    /// The step's list of rows whose logits are wanted.
    pub fn logit_rows(&mut self) -> Tensor {
        self.external("logit_rows", vec![Dim::Run(Per::LogitRow)], Place::LogitRows)
    }

    /// How the token after each row of `logits` is to be chosen, `[L, 8]`.
    pub fn draws(&mut self, logits: Tensor) -> Tensor {
        let dims = vec![self.info(logits).dims[0], Dim::Const(DRAW_WORDS)];
        self.external("draws", dims, Place::Draws)
    }

    /// A ring of the session's state, `dims` being slots and width.
    pub fn state(&mut self, name: &str, dims: &[usize]) -> Tensor {
        self.external(name, constant(dims), Place::State)
    }

    /// The cached rows called `name`: one of `width` values for each `ratio` tokens.
    pub fn pages(&mut self, name: &str, ratio: usize, width: usize, form: RowForm) -> Tensor {
        let rows = crate::PAGE_TOKENS / ratio;
        self.external(name, constant(&[rows, width]), Place::Pages(form))
    }

    /// A weight of the file.
    pub fn weight(&mut self, name: &str, dims: &[usize], place: Place) -> Tensor {
        self.external(name, constant(dims), place)
    }

    /// Appends `op` applied to `tensors`.
    pub fn push<const N: usize>(&mut self, op: &'static Op, tensors: [Tensor; N]) -> &mut Node {
        self.nodes.push_mut(Node {
            op,
            tensors: tensors.to_vec(),
            scalars: vec![],
            letters: vec![],
            variant: String::new(),
        })
    }

    fn scratch(&mut self, name: &str, per: Per, dims: &[usize], place: Place) -> Tensor {
        let mut all = vec![Dim::Run(per)];
        all.extend(constant(dims));
        self.tensor(name, all, place)
    }

    /// A tensor that is not scratch; the same name is the same tensor.
    fn external(&mut self, name: &str, dims: Vec<Dim>, place: Place) -> Tensor {
        let same = |info: &TensorInfo| info.name == name && info.place == place;
        if let Some(found) = self.tensors.iter().position(same) {
            assert_eq!(self.tensors[found].dims, dims, "{name} has one shape");
            return Tensor(found);
        }
        self.tensor(name, dims, place)
    }

    fn tensor(&mut self, name: &str, dims: Vec<Dim>, place: Place) -> Tensor {
        self.tensors.push(TensorInfo {
            name: name.to_owned(),
            dims,
            place,
            carried: false,
            view_of: None,
        });
        Tensor(self.tensors.len() - 1)
    }
}

fn constant(dims: &[usize]) -> Vec<Dim> {
    dims.iter().map(|&n| Dim::Const(n)).collect()
}
