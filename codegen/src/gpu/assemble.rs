//! Joins the bodies of one launch into a WGSL module.

use std::collections::BTreeMap;

use ds4_plan::{CacheRounding, Format, Groups, Per, Role, StepKind};

use super::{
    expand::{Expansion, Operand, Unit, Width},
    follow::rows,
    fuse::Chain,
    schedule::{self, Passes},
    target::Target,
};
use crate::{
    graph::{Graph, Place, Tensor},
    ops::{ArgKind, Scalar, TempPlace},
    stage::{LIBRARY, Scope, StageError, Stager},
};

mod ahead;
mod follow;
mod scope;
mod text;

/// The table that the codebook of `IQ2_XXS` is in.
pub const IQ2_GRID: &str = "IQ2_GRID";

/// One launch, ready to be assembled for each mix of formats.
#[derive(Debug)]
pub struct LaunchSource<'a> {
    /// The segment that it belongs to.
    pub graph: &'a Graph,
    /// Its passes.
    pub expansion: &'a Expansion,
    /// The chains that it runs side by side, then those that follow them.
    pub chains: &'a [Chain],
    /// What it is made for.
    pub target: Target,
    /// The kind of its step.
    pub kind: StepKind,
    /// Whether the step has at most [`FEW_ROWS`](ds4_plan::FEW_ROWS).
    pub few: bool,
    /// Sizes that templates see.
    pub sizes: Sizes,
}

/// Sizes of pools that the templates address.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Words of one page.
    pub page_len: usize,
    /// Values of the state of one session.
    pub state_len: usize,
}

/// What a binding shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// A tensor or temp.
    Operand(Operand),
    /// The state of all sessions.
    State,
    /// The pages of all sessions.
    Pages,
    /// Token, position and session of each row.
    Rows,
    /// Pages of the sessions.
    PageTable,
    /// A table of constants.
    Table(String),
    /// Counters of workgroups that are done.
    Arrivals,
}

/// A storage buffer of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Name in the text.
    pub name: String,
    /// What it shows.
    pub shown: Shown,
    /// Element type.
    pub element: &'static str,
    /// Whether some body writes what it shows.
    pub written: bool,
}

/// The modules of one launch.
#[derive(Debug)]
pub struct Assembled {
    /// Storage buffers, by binding number; every module uses some of them.
    pub bindings: Vec<Binding>,
    /// Tensors whose first value is an immediate, in order.
    pub bases: Vec<Tensor>,
    /// For each mix of formats.
    pub modules: Vec<Made>,
}

/// The modules of a launch for one mix of formats.
#[derive(Debug)]
pub struct Made {
    /// Of the matrices among the bindings.
    pub formats: Vec<Format>,
    /// For any number of rows.
    pub any: Module,
    /// For few rows; on most targets the same.
    pub few: Module,
}

/// One WGSL module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Name of the kernel and its entry point.
    pub name: String,
    /// The text.
    pub wgsl: String,
    /// What the text computes, for people.
    pub header: String,
    /// Threads of a workgroup.
    pub threads: u32,
    /// Workgroups that a multiprocessor must have room for, 0 where the compiler decides.
    pub resident: u32,
}

/// The bodies of one launch for one mix of formats.
#[derive(Debug)]
struct Staged {
    /// Definitions that the bodies share.
    shared: String,
    bodies: Vec<String>,
    /// Names of bindings that the bodies use.
    used: Vec<String>,
    /// Whether a matrix is packed as integers.
    integers: bool,
}

/// Whether a matrix is packed as integers.
fn has_integers(mix: &BTreeMap<Operand, Format>) -> bool {
    mix.values().any(|format| format.is_integers())
}

impl LaunchSource<'_> {
    /// The modules for every mix of formats in `mixes`: formats by matrix.
    ///
    /// # Errors
    ///
    /// [`StageError`] when a template asks for what its op does not have.
    pub fn assemble(&self, mixes: &[BTreeMap<Operand, Format>]) -> Result<Assembled, StageError> {
        let names = scope::Names::of(self);
        let has_own = self.kind == StepKind::Decode && self.target.traits().few;
        let own = LaunchSource { few: has_own, ..*self };
        let staged: Vec<[Staged; 2]> = mixes
            .iter()
            .map(|mix| Ok([self.stage(&names, mix)?, own.stage(&names, mix)?]))
            .collect::<Result<_, _>>()?;
        let bindings: Vec<Binding> = names
            .bindings()
            .filter(|binding| staged.iter().flatten().any(|s| s.used.contains(&binding.name)))
            .collect();
        let bases = names.bases().to_vec();
        let modules = staged.into_iter().zip(mixes).map(|([any, few], mix)| {
            let formats = bindings.iter().filter_map(|binding| match &binding.shown {
                Shown::Operand(operand) => mix.get(operand).copied(),
                _ => None,
            });
            Made {
                formats: formats.collect(),
                any: text::module(self, &any, &bindings, bases.len()),
                few: text::module(&own, &few, &bindings, bases.len()),
            }
        });
        let modules = modules.collect();
        Ok(Assembled { bindings, bases, modules })
    }

    fn stage(
        &self,
        names: &scope::Names,
        mix: &BTreeMap<Operand, Format>,
    ) -> Result<Staged, StageError> {
        let mut stager = Stager::new(LIBRARY);
        let mut bodies = vec![];
        let mut used: Vec<String> = vec![];
        for (index, (chain, unit)) in self.units().enumerate() {
            let scope = names.scope(self, (chain, unit), index, mix);
            bodies.push(stager.stage(unit.pass.template, &scope)?);
            for name in stager.read_names() {
                if let Some(binding) = scope::text(&scope, name) {
                    used.push(binding.to_owned());
                }
            }
        }
        if self.has_followers() {
            used.push(follow::ARRIVALS.to_owned());
        }
        used.sort_unstable();
        used.dedup();
        let integers = has_integers(mix);
        Ok(Staged { shared: stager.imported().to_owned(), bodies, used, integers })
    }

    /// Threads of a workgroup, where `integers` are multiplied or not.
    fn threads(&self, integers: bool) -> u32 {
        schedule::threads(self.target, self.kind, &self.passes(integers))
    }

    fn passes(&self, integers: bool) -> Passes {
        Passes {
            names: self.units().map(|(_, unit)| unit.pass.name).collect(),
            integers,
            few: self.few,
        }
    }

    /// Whether it begins while the launch before it ends.
    fn overlaps(&self) -> bool {
        self.target.fusion(self.kind).overlap
    }

    /// Whether chains follow others, so that workgroups read what others wrote.
    fn has_followers(&self) -> bool {
        self.chains.iter().any(|chain| chain.after.is_some())
    }

    /// The units of the launch in order, each with its chain.
    fn units(&self) -> impl Iterator<Item = (&Chain, &Unit)> {
        let units = &self.expansion.units;
        self.chains
            .iter()
            .flat_map(move |chain| chain.units.iter().map(move |&unit| (chain, &units[unit])))
    }
}

impl Shown {
    /// What `operand` is in a module: rings and cached rows show whole pools.
    pub(super) fn of(graph: &Graph, operand: Operand) -> Self {
        match operand {
            Operand::Tensor(tensor) => match graph.info(tensor).place {
                Place::State => Self::State,
                Place::Pages(_) => Self::Pages,
                _ => Self::Operand(operand),
            },
            Operand::Temp(_) => Self::Operand(operand),
        }
    }
}

/// The element types of the plain view and of the one with four values.
fn elements(graph: &Graph, expansion: &Expansion, shown: &Shown) -> [&'static str; 2] {
    const FLOATS: [&str; 2] = ["f32", "vec4<f32>"];
    const WORDS: [&str; 2] = ["u32", "vec4<u32>"];
    match shown {
        Shown::Pages if graph.model().cache == CacheRounding::Rounded => WORDS,
        Shown::State | Shown::Pages | Shown::Table(_) => FLOATS,
        Shown::Rows => ["vec4<u32>", "vec4<u32>"],
        Shown::PageTable => WORDS,
        Shown::Arrivals => ["atomic<u32>", "atomic<u32>"],
        Shown::Operand(Operand::Temp(temp)) => match expansion.temps[*temp].place {
            TempPlace::Floats | TempPlace::Scores => FLOATS,
            TempPlace::Words | TempPlace::StepWords => WORDS,
        },
        Shown::Operand(Operand::Tensor(tensor)) => match graph.info(*tensor).place {
            Place::Weight { role: Role::Matrix, .. } => ["vec4<u32>", "u32"],
            Place::Weight { role: Role::Table, .. }
            | Place::Indices
            | Place::LogitRows
            | Place::Draws => WORDS,
            _ => FLOATS,
        },
    }
}

/// Workgroups along y as WGSL.
fn groups_text(groups: Groups) -> String {
    let rows = rows_text(groups.per);
    let items = match groups.items {
        0 => return format!("{}u", groups.extra),
        1 => rows.to_owned(),
        n => format!("{rows} * {n}u"),
    };
    let count = match groups.per_group {
        1 => items,
        n => format!("({items} + {}u) / {n}u", n - 1),
    };
    match groups.extra {
        0 => count,
        n => format!("{count} + {n}u"),
    }
}

/// Rows that a workgroup covers.
fn groups_rows(groups: Groups) -> usize {
    rows(groups).expect("only chains over rows follow or are followed")
}

const fn rows_text(per: Per) -> &'static str {
    match per {
        Per::Row => "p.rows",
        Per::LogitRow => "p.logit_rows",
    }
}
