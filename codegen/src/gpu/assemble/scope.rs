//! What the names in the templates of a launch stand for.

use std::collections::{BTreeMap, BTreeSet};

use ds4_plan::{FEW_ROWS, Format, RowForm};

use super::{
    ArgKind, Binding, Graph, IQ2_GRID, LaunchSource, Operand, Place, Scalar, Scope, Shown, Tensor,
    Unit, Width, elements, follow, rows_text,
};
use crate::{
    PAGE_TOKENS,
    gpu::{fuse::Chain, target::Target},
    stage::Value,
};

/// Names of everything that a launch binds.
#[derive(Debug)]
pub(super) struct Names {
    /// What is shown, its name, and its element types.
    shown: Vec<(Shown, String, [&'static str; 2])>,
    written: BTreeSet<Shown>,
    /// Rings and cached rows, in the order of their immediates.
    bases: Vec<Tensor>,
}

impl Names {
    pub(super) fn of(launch: &LaunchSource<'_>) -> Self {
        let mut names = Self { shown: vec![], written: BTreeSet::new(), bases: vec![] };
        for (_, unit) in launch.units() {
            let node = &launch.graph.nodes[unit.node];
            for (list, writes) in [(unit.pass.reads, false), (unit.pass.writes, true)] {
                for name in list.split_whitespace() {
                    if let Some(operand) = unit.names.get(name) {
                        names.add(launch, name, *operand, writes);
                    }
                }
            }
            for scalar in &node.scalars {
                if let Scalar::Table(table, _) = scalar {
                    names.show(launch, "table", Shown::Table(table.clone()));
                }
            }
        }
        if launch.has_followers() {
            names.written.insert(Shown::Arrivals);
            names.show(launch, follow::ARRIVALS, Shown::Arrivals);
        }
        names.show(launch, "rows", Shown::Rows);
        names.show(launch, "page_table", Shown::PageTable);
        names.show(launch, "iq2_grid", Shown::Table(IQ2_GRID.to_owned()));
        names
    }

    fn add(&mut self, launch: &LaunchSource<'_>, name: &str, operand: Operand, writes: bool) {
        let shown = Shown::of(launch.graph, operand);
        if writes {
            self.written.insert(shown.clone());
        }
        if let (Operand::Tensor(tensor), Shown::State | Shown::Pages) = (operand, &shown)
            && !self.bases.contains(&tensor)
        {
            self.bases.push(tensor);
        }
        let name = match shown {
            Shown::State => "state",
            Shown::Pages => "pages",
            _ => name,
        };
        self.show(launch, name, shown);
    }

    fn show(&mut self, launch: &LaunchSource<'_>, name: &str, shown: Shown) {
        if self.shown.iter().any(|(known, ..)| *known == shown) {
            return;
        }
        let name = match shown {
            Shown::Rows | Shown::PageTable | Shown::State | Shown::Pages | Shown::Arrivals => {
                name.to_owned()
            }
            Shown::Table(ref table) if table == IQ2_GRID => name.to_owned(),
            _ => format!("{name}_{}", self.shown.len()),
        };
        let elements = elements(launch.graph, launch.expansion, &shown);
        self.shown.push((shown, name, elements));
    }

    /// Every binding that a body may ask for, in order.
    pub(super) fn bindings(&self) -> impl Iterator<Item = Binding> + '_ {
        self.shown.iter().flat_map(|(shown, name, elements)| {
            let written = self.written.contains(shown);
            [(name.clone(), elements[0]), (format!("{name}_v4"), elements[1])]
                .map(|(name, element)| Binding { name, shown: shown.clone(), element, written })
        })
    }

    /// Rings and cached rows, in the order of their immediates.
    pub(super) fn bases(&self) -> &[Tensor] {
        &self.bases
    }

    /// The scope of one unit.
    pub(super) fn scope(
        &self,
        launch: &LaunchSource<'_>,
        (chain, unit): (&Chain, &Unit),
        index: usize,
        mix: &BTreeMap<Operand, Format>,
    ) -> Scope {
        let mut scope = Scope::new();
        for (name, number) in &unit.numbers {
            scope.ambient(name, *number);
        }
        target(&mut scope, launch.target);
        scope.ambient("WG", launch.threads(super::has_integers(mix)));
        scope.ambient("OVERLAP", launch.overlaps());
        scope.ambient("FEW", if launch.few { FEW_ROWS } else { 0 });
        scope.ambient("self", format!("{}_{index}", unit.pass.name));
        scope.ambient("T", rows_text(unit.groups.per));
        scope.ambient("PAGE_LEN", launch.sizes.page_len);
        scope.ambient("STATE_LEN", launch.sizes.state_len);
        scope.ambient("PAGE_TOKENS", PAGE_TOKENS);
        if let Width::Const(x) = chain.x {
            scope.ambient("X", x);
        }
        if let Some(ratio) = unit.numbers.get("ratio") {
            // Whole fours, so that each row of scores begins with one.
            let fours = 4 * ratio;
            let stride = format!("((p.cached + {}u) / {fours}u * 4u)", fours - 1);
            scope.ambient("scores_stride", stride);
        }
        self.tensors(&mut scope, launch, unit, mix);
        scalars(&mut scope, launch.graph, unit, |table| self.name(&Shown::Table(table.clone())));
        scope
    }

    fn name(&self, shown: &Shown) -> &str {
        let found = self.shown.iter().find(|(known, ..)| known == shown);
        &found.expect("the launch names what its units use").1
    }

    fn tensors(
        &self,
        scope: &mut Scope,
        launch: &LaunchSource<'_>,
        unit: &Unit,
        mix: &BTreeMap<Operand, Format>,
    ) {
        let listed = unit.pass.reads.split_whitespace().chain(unit.pass.writes.split_whitespace());
        for name in listed {
            let Some(&operand) = unit.names.get(name) else { continue };
            let shown = Shown::of(launch.graph, operand);
            let binding = self.name(&shown);
            scope.ambient(name, binding);
            scope.ambient(format!("{name}_v4"), format!("{binding}_v4"));
            scope.ambient(format!("{name}_len"), launch.expansion.row_len(launch.graph, operand));
            if let Operand::Tensor(tensor) = operand
                && let Some(base) = self.bases.iter().position(|base| *base == tensor)
            {
                scope.ambient(format!("{name}_at"), format!("p.at{base}"));
            }
            if let Operand::Tensor(tensor) = operand
                && let Place::Pages(form) = launch.graph.info(tensor).place
            {
                cached(scope, name, launch.graph.info(tensor).width(), form);
            }
            if let Some(format) = mix.get(&operand) {
                scope.ambient(format!("{name}_format"), format.name().to_lowercase());
                scope.ambient(format!("{name}_int"), format.is_integers());
            }
        }
        scope.ambient("rows", self.name(&Shown::Rows));
        scope.ambient("page_table", self.name(&Shown::PageTable));
        scope.ambient("iq2_grid", self.name(&Shown::Table(IQ2_GRID.to_owned())));
    }
}

/// How rows are kept, and how long they are.
fn cached(scope: &mut Scope, name: &str, width: usize, form: RowForm) {
    let n_halves = if let RowForm::Fp8 { n_halves } = form { n_halves } else { 0 };
    scope.ambient(format!("{name}_form"), form.name());
    scope.ambient(format!("{name}_words"), form.words(width));
    scope.ambient(format!("{name}_halves"), n_halves);
}

/// The text that `name` stands for, if it is one.
pub(super) fn text<'s>(scope: &'s Scope, name: &str) -> Option<&'s str> {
    match scope.get(name) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn target(scope: &mut Scope, target: Target) {
    let traits = target.traits();
    let tile = traits.tile;
    let width = traits.subgroup.map_or("subgroup_width".to_owned(), |n| format!("{n}u"));
    scope.ambient("SG", width);
    for (name, yes) in [
        ("CUDA", target == Target::Cuda),
        ("HIP", matches!(target, Target::Hip32 | Target::Hip64)),
        ("METAL", target == Target::Metal),
        ("SPIRV", target == Target::Vulkan),
        ("mma_i8", traits.mma_i8),
        ("mma_f16", traits.mma_f16),
        ("dot8", traits.dot8),
    ] {
        scope.ambient(name, yes);
    }
    for (name, n) in [("WARP", tile.warp), ("FRAG", tile.frag), ("ACC", tile.acc)] {
        scope.ambient(name, n);
    }
    scope.ambient("layout", if traits.in_place { "gguf" } else { "packed" });
}

/// The constants of the op: numbers, names of variants, tables.
fn scalars<'a>(scope: &mut Scope, graph: &Graph, unit: &Unit, table: impl Fn(&String) -> &'a str) {
    let node = &graph.nodes[unit.node];
    let args = node.op.args.iter().filter(|arg| arg.kind == ArgKind::Scalar);
    for (arg, scalar) in args.zip(&node.scalars) {
        match scalar {
            Scalar::F32(x) => {
                scope.ambient(arg.name, number(*x));
            }
            Scalar::Usize(_) => {}
            Scalar::Variant(path) => {
                let variant = path.rsplit("::").next().unwrap_or(path).to_lowercase();
                scope.ambient(arg.name, variant);
            }
            Scalar::Struct(_, fields) => {
                for (field, x) in fields {
                    scope.ambient(format!("{}_{field}", arg.name), number(*x));
                }
            }
            Scalar::Table(name, values) => {
                let binding = table(name);
                scope.ambient(arg.name, binding);
                scope.ambient(format!("{}_v4", arg.name), format!("{binding}_v4"));
                scope.ambient(format!("{}_len", arg.name), values.len());
            }
        }
    }
}

/// A number as WGSL writes it: the shortest that reads back as `x`.
fn number(x: f32) -> String {
    format!("{x:?}")
}
