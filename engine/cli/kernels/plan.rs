//! `ds4 kernels plan`: the launches of a step in order.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use anyhow::Result;
use ds4_plan::{Base, CachedRows, GpuArg, GpuLaunch, Grid, Groups, Per, Ring, Span, Variant};

use super::{
    cost::slot,
    units::wrapped,
    view::{Segment, View, ViewArgs},
};
use crate::cli::quiet_pipe;

/// Characters of a line.
const WIDTH: usize = 120;

/// Prints the launches of a step in their order.
///
/// For each launch: its passes, chains that run side by side apart by `|`; workgroups along x and
/// y as a formula and for this step; the kernel for each mix of formats; and the arguments with
/// their places. In formulas, T is the rows of the step, L the rows whose logits are wanted, and C
/// the tokens up to the step's last position. Scratch is given in values: `floats 64+16 /row` are
/// 16 floats for each row of the step, from 64 floats for each row on.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for examples.",
    after_long_help = "\
Examples:
  ds4 kernels plan                                  a decode step of Flash: head, each layer, tail
  ds4 kernels plan --layer ratio4_top_k             one kind of layer
  ds4 kernels plan --step prefill --layer tail      what comes after the layers of a prompt
  ds4 kernels plan --model tiny --context 60000     how grids follow the context"
)]
pub(super) struct Args {
    #[command(flatten)]
    view: ViewArgs,
    /// A part of the step: head, tail, or a kind of layer; by default all.
    #[arg(long, value_name = "KIND")]
    layer: Option<String>,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let view = self.view.view()?;
        let segments = view.chosen(self.layer.as_deref())?;
        let mut out = format!("{}\n", view.title());
        let scratch = view.step().scratch;
        let _ = writeln!(
            out,
            "scratch: {} floats /row, {} floats /logit row, {} words /row, {} words, {} scores \
             /(row and token)",
            scratch.floats_per_row,
            scratch.floats_per_logit_row,
            scratch.words_per_row,
            scratch.step_words,
            scratch.scores
        );
        for segment in &segments {
            let launches = segment.launches.len();
            let layers = view.plan.layers.len();
            let _ = match segment.weights {
                [] => writeln!(out, "\n{}: {launches} launches", segment.name),
                _ => writeln!(
                    out,
                    "\n{}: {} of {layers} layers, {launches} launches each",
                    segment.name, segment.times
                ),
            };
            for (number, launch) in segment.launches.iter().enumerate() {
                write_launch(&mut out, &view, segment, (number + 1, launch));
            }
        }
        quiet_pipe(io::stdout().write_all(out.as_bytes()))
    }
}

fn write_launch(
    out: &mut String,
    view: &View,
    segment: &Segment,
    (number, launch): (usize, &'static GpuLaunch),
) {
    for (line, text) in wrapped(launch.name, WIDTH - 5).iter().enumerate() {
        let number = if line == 0 { number.to_string() } else { String::new() };
        let _ = writeln!(out, "{number:>4} {text}");
    }
    let [x, y] = launch.grid.size(view.lengths);
    let threads = launch.variants.first().map_or(0, |variant| view.kernel(variant).threads);
    let (x_formula, y_formula) = formulas(&launch.grid);
    let _ = writeln!(
        out,
        "       grid     x = {x_formula}, y = {y_formula}: {x} x {y} workgroups of {threads} threads"
    );
    let mut label = "kernel";
    for variant in launch.variants {
        let (formats, name) = (mix(variant), view.kernel(variant).name);
        let recipes = variant.recipes.join(", ");
        let _ = writeln!(out, "       {label:8} {name}  {formats}({recipes})");
        label = "";
    }
    let args = launch.args.iter().enumerate();
    let args: Vec<_> = args.map(|(n, arg)| argument(view, segment, launch, (n, *arg))).collect();
    let bases = launch.bases.iter().enumerate().map(|(n, base)| base_text(n, *base));
    label = "args";
    let all = args.into_iter().chain(bases).collect::<Vec<_>>().join("; ");
    for line in wrapped(&all.replace(' ', "\u{a0}").replace(";\u{a0}", "; "), WIDTH - 16) {
        let _ = writeln!(out, "       {label:8} {}", line.replace('\u{a0}', " "));
        label = "";
    }
}

/// The formats of a kernel, as in `Q8_0 + Q8_0 `; equal ones once.
fn mix(variant: &Variant) -> String {
    let mut formats: Vec<_> = variant.formats.iter().map(ToString::to_string).collect();
    formats.dedup();
    if formats.is_empty() { String::new() } else { formats.join(" + ") + " " }
}

/// Workgroups along x and y, as in `64 + ceil(C / 128)` and `ceil(T / 4)`.
fn formulas(grid: &Grid) -> (String, String) {
    let x = match (grid.x, grid.tokens_per_group) {
        (x, 0) => x.to_string(),
        (0, n) => format!("ceil(C / {n})"),
        (x, n) => format!("{x} + ceil(C / {n})"),
    };
    let y: Vec<_> = grid.y.iter().map(groups).collect();
    let y = match &y[..] {
        [] => "1".to_owned(),
        [only] => only.clone(),
        _ => format!("max({})", y.join(", ")),
    };
    (x, y)
}

fn groups(groups: &Groups) -> String {
    let rows = match groups.per {
        Per::Row => "T",
        Per::LogitRow => "L",
    };
    let items = match groups.items {
        0 => return groups.extra.to_string(),
        1 => rows.to_owned(),
        n => format!("{n} {rows}"),
    };
    let count = match groups.per_group {
        1 => items,
        n => format!("ceil({items} / {n})"),
    };
    match groups.extra {
        0 => count,
        n => format!("{count} + {n}"),
    }
}

/// An argument's number, the tensor that it shows, and its place.
fn argument(
    view: &View,
    segment: &Segment,
    launch: &GpuLaunch,
    (number, arg): (usize, GpuArg),
) -> String {
    let passes = launch.chains.iter().copied().flatten();
    let mut uses = passes.flat_map(|pass| pass.reads.iter().chain(pass.writes));
    let name = uses.find(|tensor| tensor.args.contains(&number)).map(|tensor| tensor.name);
    let span = |arena: &str, Span { per, offset, len }: Span| {
        let per = match per {
            Per::Row => "row",
            Per::LogitRow => "logit row",
        };
        format!("{} = {arena} {offset}+{len} /{per}", name.unwrap_or("values"))
    };
    let text = match arg {
        GpuArg::Floats(place) => span("floats", place),
        GpuArg::Words(place) => span("words", place),
        GpuArg::StepWords(offset) => format!("{} = step words {offset}+", name.unwrap_or("words")),
        GpuArg::Scores(offset) => format!("{} = scores {offset}+", name.unwrap_or("scores")),
        GpuArg::Arrivals => "counters".to_owned(),
        GpuArg::LogitRows => "logit rows".to_owned(),
        GpuArg::Draws => "draws".to_owned(),
        GpuArg::Rows => "rows".to_owned(),
        GpuArg::PageTable => "page table".to_owned(),
        GpuArg::State => "state".to_owned(),
        GpuArg::Pages => "pages".to_owned(),
        GpuArg::Table(table) => format!("table {table} of constants"),
        GpuArg::Global(_) | GpuArg::Weight(_) => {
            let slot = slot(view, segment, arg);
            slot.map_or("weight".to_owned(), |slot| format!("{} {:?}", slot.name, slot.dims))
        }
        GpuArg::Next(_) => {
            let slot = slot(view, segment, arg);
            slot.map_or("weight".to_owned(), |slot| {
                format!("{} {:?} of the next layer", slot.name, slot.dims)
            })
        }
    };
    format!("{number} {text}")
}

/// Where a ring or cached rows begin in the layer's part of the state or of a page.
fn base_text(number: usize, base: Base) -> String {
    let at = |what: &str, each: &str, offset: usize, rows: usize, width: usize| {
        format!("at{number} {what} {offset}+{rows}*{width} {each}")
    };
    match base {
        Base::Ring(Ring { offset, rows, width }) => at("ring", "/session", offset, rows, width),
        Base::Cached(cached) => {
            let CachedRows { offset, rows, form, .. } = cached;
            at(&format!("{} rows", form.name()), "/page", offset, rows, cached.row_words())
        }
    }
}

#[cfg(test)]
mod tests {
    use ds4_plan::Lengths;

    use super::*;

    const ROWS: Groups = Groups { per: Per::Row, items: 1, per_group: 4, extra: 0 };
    const STEP: Groups = Groups { per: Per::Row, items: 0, per_group: 1, extra: 1 };
    const ITEMS: Groups = Groups { per: Per::LogitRow, items: 6, per_group: 64, extra: 256 };

    #[test]
    fn grids_are_written_as_formulas() {
        let few = Grid { x: 3, tokens_per_group: 0, y: &[ROWS] };
        assert_eq!(formulas(&few), ("3".to_owned(), "ceil(T / 4)".to_owned()));
        let many = Grid { x: 2, tokens_per_group: 128, y: &[STEP, ITEMS] };
        let y = "max(1, ceil(6 L / 64) + 256)".to_owned();
        assert_eq!(formulas(&many), ("2 + ceil(C / 128)".to_owned(), y));
        let lengths = Lengths { rows: 9, logit_rows: 64, tokens: 129 };
        assert_eq!(many.size(lengths), [4, 262]);
    }
}
