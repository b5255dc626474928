//! Rotary position embedding of the trailing dimensions.

use super::{ArgKind::*, Extent, Form, Op, Pass, ROWS, Scalar, arg, scalar};
use crate::{
    graph::{Frequencies, Graph, Tensor},
    template,
};

/// Rotates interleaved pairs of the last `R` dimensions of each head.
static ROPE: Op = Op {
    name: "rope",
    formula: "(a, b) → (a·cos θ − b·sin θ, a·sin θ + b·cos θ), θ = ±position(t) · freqs[i],\n\
              for the pairs i of the last R dimensions; the others are copied",
    source: "MODEL.md 2.6",
    letters: "D R",
    args: &[
        arg("x", Read, "T H D"),
        ROWS,
        scalar("freqs"),
        scalar("direction"),
        arg("y", Write, "T H D"),
    ],
    decode: &ROPE_FORM,
    prefill: &ROPE_FORM,
};

/// Both kinds of steps: a workgroup for each row and head.
static ROPE_FORM: Form =
    Form::new(&[Pass::row("rope", template!("ops/rope"), Extent::Const("H"), ["x freqs", "y"])]);

impl Graph {
    /// `x` rotated to the position of each row.
    pub fn rope(&mut self, x: Tensor, freqs: Frequencies) -> Tensor {
        self.rotate(x, freqs, "Direction::Forward", "")
    }

    /// `x` rotated back from the position of each row.
    pub fn rope_inverse(&mut self, x: Tensor, freqs: Frequencies) -> Tensor {
        self.rotate(x, freqs, "Direction::Inverse", "inverse_")
    }

    fn rotate(
        &mut self,
        x: Tensor,
        freqs: Frequencies,
        direction: &'static str,
        prefix: &'static str,
    ) -> Tensor {
        let y = self.like(x, "rotated");
        let rope_dim = self.model().rope_dim;
        self.push(&ROPE, [x, y])
            .letter("R", rope_dim)
            .variant(format!("{prefix}{}", freqs.name.to_lowercase()))
            .scalar(Scalar::Table(freqs.name, freqs.values))
            .scalar(Scalar::Variant(direction));
        y
    }
}
