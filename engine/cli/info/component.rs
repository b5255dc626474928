//! What each tensor is for, and how much of it one decoded token reads.
//!
//! Source: MODEL.md sections 4.1 and 9.1.

use std::collections::BTreeSet;

use crate::gguf::TensorInfo;

/// A part of the model, as `ds4 info` adds tensors up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    EmbeddingOutput,
    Attention,
    Compressor,
    Indexer,
    Router,
    RoutedExperts,
    SharedExpert,
    HyperConnections,
    Norms,
    Draft,
    Other,
}

impl Group {
    /// The name that people and programs see.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::EmbeddingOutput => "embedding, output",
            Self::Attention => "attention",
            Self::Compressor => "compressor",
            Self::Indexer => "indexer",
            Self::Router => "router",
            Self::RoutedExperts => "routed experts",
            Self::SharedExpert => "shared expert",
            Self::HyperConnections => "hyper-connections",
            Self::Norms => "norms",
            Self::Draft => "MTP",
            Self::Other => "other",
        }
    }
}

/// A part of what one decoded token reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Component {
    AttentionOutput,
    AttentionQuery,
    AttentionKv,
    SharedExpert,
    RoutedGateUp,
    RoutedDown,
    LmHead,
    Compressors,
    Indexers,
    Router,
    HyperConnections,
    Small,
    Other,
}

impl Component {
    /// The name that people and programs see.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AttentionOutput => "attention output",
            Self::AttentionQuery => "attention query",
            Self::AttentionKv => "attention kv",
            Self::SharedExpert => "shared expert",
            Self::RoutedGateUp => "routed gate + up",
            Self::RoutedDown => "routed down",
            Self::LmHead => "LM head",
            Self::Compressors => "compressors",
            Self::Indexers => "indexers",
            Self::Router => "router",
            Self::HyperConnections => "hyper-connections",
            Self::Small => "norms, sinks, embedding row, hash rows",
            Self::Other => "other",
        }
    }
}

/// How much of a tensor one decoded token reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    All,
    /// The row of one token.
    OneRow,
    /// The experts that a token uses, of all in the outermost dimension.
    UsedExperts,
}

/// What a tensor is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) group: Group,
    /// `None` for what plain decoding does not read.
    pub(super) component: Option<Component>,
    pub(super) reads: Reads,
}

impl Role {
    const fn whole(group: Group, component: Component) -> Self {
        Self { group, component: Some(component), reads: Reads::All }
    }
}

/// Tells the roles of the tensors of one file.
#[derive(Debug)]
pub(super) struct Roles {
    /// Layers that only draft: those with a `nextn` tensor.
    draft_layers: BTreeSet<u64>,
}

impl Roles {
    /// Looks through all tensors of a file.
    pub(super) fn new(tensors: &[TensorInfo]) -> Self {
        let draft_layers = tensors
            .iter()
            .filter_map(|tensor| layer(&tensor.name))
            .filter(|(_, rest)| rest.starts_with("nextn."))
            .map(|(layer, _)| layer)
            .collect();
        Self { draft_layers }
    }

    /// The role of a tensor.
    pub(super) fn of(&self, tensor: &TensorInfo) -> Role {
        let name = tensor.name.as_str();
        let draft = name.starts_with("mtp.")
            || layer(name).is_some_and(|(layer, _)| self.draft_layers.contains(&layer));
        if draft {
            return Role { group: Group::Draft, component: None, reads: Reads::All };
        }
        let stem = layer(name).map_or(name, |(_, rest)| rest);
        by_stem(stem.split('.').next().unwrap_or(stem))
    }
}

/// The layer and the rest of a name that begins with `blk.N.`.
fn layer(name: &str) -> Option<(u64, &str)> {
    let (number, rest) = name.strip_prefix("blk.")?.split_once('.')?;
    Some((number.parse().ok()?, rest))
}

/// The role of a tensor whose name, without layer and ending, is `stem`.
fn by_stem(stem: &str) -> Role {
    let small = |group, reads| Role { group, component: Some(Component::Small), reads };
    let routed = |component| Role {
        group: Group::RoutedExperts,
        component: Some(component),
        reads: Reads::UsedExperts,
    };
    match stem {
        "token_embd" => small(Group::EmbeddingOutput, Reads::OneRow),
        "output" => Role::whole(Group::EmbeddingOutput, Component::LmHead),
        "attn_q_a" | "attn_q_b" => Role::whole(Group::Attention, Component::AttentionQuery),
        "attn_kv" => Role::whole(Group::Attention, Component::AttentionKv),
        "attn_output_a" | "attn_output_b" => {
            Role::whole(Group::Attention, Component::AttentionOutput)
        }
        "attn_sinks" => small(Group::Attention, Reads::All),
        "ffn_gate_tid2eid" => small(Group::Router, Reads::OneRow),
        "ffn_gate_inp" | "exp_probs_b" => Role::whole(Group::Router, Component::Router),
        "ffn_gate_exps" | "ffn_up_exps" => routed(Component::RoutedGateUp),
        "ffn_down_exps" => routed(Component::RoutedDown),
        _ if stem.starts_with("attn_compressor_") => {
            Role::whole(Group::Compressor, Component::Compressors)
        }
        _ if stem == "indexer" || stem.starts_with("indexer_") => {
            Role::whole(Group::Indexer, Component::Indexers)
        }
        _ if stem.ends_with("_shexp") => Role::whole(Group::SharedExpert, Component::SharedExpert),
        _ if stem.starts_with("hc_") || stem.starts_with("output_hc_") => {
            Role::whole(Group::HyperConnections, Component::HyperConnections)
        }
        _ if stem.ends_with("_norm") => small(Group::Norms, Reads::All),
        _ => Role::whole(Group::Other, Component::Other),
    }
}
