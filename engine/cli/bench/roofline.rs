//! What each kernel of a step reaches of the memory's speed.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use ds4_plan::{Lengths, StepKind};

use super::{
    frontier::Bench,
    report::{median, milliseconds},
};
use crate::{
    cli::{
        kernels::{Moved, bytes, step_costs},
        quiet_pipe,
    },
    device::LaunchTime,
};

/// Columns of the file. Scripts rely on these names.
const COLUMNS: &str =
    "kernel,launches,bytes_read,bytes_moved,flop,ms,gb_per_s,of_copying,gflop_per_s";

/// Characters of the column of names.
const WIDTH: usize = 74;

/// A kernel over some steps.
#[derive(Debug)]
struct Row {
    moved: Moved,
    /// In one step.
    launches: usize,
    /// In one step, on average.
    time: Duration,
}

/// A step, kernel by kernel.
#[derive(Debug)]
pub(super) struct Roofline {
    kind: StepKind,
    lengths: Lengths,
    /// Bytes in a second when memory is copied.
    limit: f64,
    /// Time of a step whose launches are not timed.
    step: Duration,
    /// In the order of first use.
    rows: Vec<Row>,
}

impl Roofline {
    /// Times the launches of `n` decode steps of `rows` copies of the timeline, and `n` steps
    /// without.
    pub(super) fn decode(
        bench: &mut Bench<'_>,
        target: &'static str,
        (rows, n): (usize, usize),
    ) -> Result<Self> {
        let lengths = Lengths { rows, logit_rows: rows, tokens: bench.context() + 1 };
        let (steps, timed) = bench.with_copies(rows, |bench, sessions| {
            let (_, steps) = bench.steps(sessions, n)?;
            let timed: Result<Vec<_>> = (0..n).map(|_| bench.step_timed(sessions)).collect();
            Ok((steps, timed?))
        })?;
        Self::of(bench, target, (StepKind::Decode, lengths), (&steps, &timed))
    }

    /// Times the launches of `n` steps that each append `rows` tokens to a copy of the timeline,
    /// and `n` steps without, after one that does not count.
    pub(super) fn prefill(
        bench: &mut Bench<'_>,
        target: &'static str,
        (rows, n): (usize, usize),
    ) -> Result<Self> {
        let lengths = Lengths { rows, logit_rows: 1, tokens: bench.context() + rows };
        bench.chunk(rows)?;
        let steps: Result<Vec<_>> = (0..n).map(|_| bench.chunk(rows)).collect();
        let timed: Result<Vec<_>> = (0..n).map(|_| bench.chunk_timed(rows)).collect();
        Self::of(bench, target, (StepKind::Prefill, lengths), (&steps?, &timed?))
    }

    fn of(
        bench: &mut Bench<'_>,
        target: &'static str,
        (kind, lengths): (StepKind, Lengths),
        (steps, timed): (&[Duration], &[Vec<LaunchTime>]),
    ) -> Result<Self> {
        let limit = bench.engine().device().copy_speed()?;
        let model = bench.engine().model();
        let moved = step_costs(target, (model.plan, &model.weights), (kind, lengths))?;
        let rows: Vec<_> = moved.into_iter().map(|moved| row(moved, timed)).collect();
        let known: usize = rows.iter().map(|row| row.launches).sum();
        let ran = timed.first().map_or(0, Vec::len);
        ensure!(known == ran, "{ran} launches ran, of which the plan knows {known}");
        Ok(Self { kind, lengths, limit, step: median(steps), rows })
    }

    /// Writes the kernels to `csv`, in the order of first use.
    pub(super) fn write_csv(&self, path: &Path) -> Result<()> {
        let mut text = format!("{COLUMNS}\n");
        for Row { moved, launches, time } in &self.rows {
            let seconds = time.as_secs_f64().max(1e-12);
            let _ = writeln!(
                text,
                "{},{launches},{},{},{},{:.6},{:.3},{:.4},{:.3}",
                moved.kernel,
                moved.read,
                moved.bytes,
                moved.operations,
                milliseconds(*time),
                moved.bytes as f64 / seconds * 1e-9,
                moved.bytes as f64 / seconds / self.limit,
                moved.operations as f64 / seconds * 1e-9,
            );
        }
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Prints the kernels, the slowest first.
    pub(super) fn print(mut self) -> Result<()> {
        self.rows.sort_by_key(|row| std::cmp::Reverse(row.time));
        quiet_pipe(io::stdout().write_all(self.text().as_bytes()))
    }

    fn text(&self) -> String {
        let Self { kind, lengths: Lengths { rows, tokens, .. }, limit, step, .. } = self;
        let kind = match kind {
            StepKind::Decode => "decode",
            StepKind::Prefill => "prefill",
        };
        let all: Duration = self.rows.iter().map(|row| row.time).sum();
        let mut out = format!(
            "{kind} step, rows {rows}, context {tokens}: {:.3} ms; with its launches timed, {:.3} \
             ms on the device\nlimit, measured by copying: {:.1} GB/s read and written\n\n",
            milliseconds(*step),
            milliseconds(all),
            limit * 1e-9
        );
        let heads = ["launches", "read", "moved", "ms", "of time", "GB/s", "of limit", "GFLOP/s"];
        line(&mut out, "kernel", &heads.map(str::to_owned));
        for row in &self.rows {
            line(&mut out, row.moved.kernel, &self.columns(row, all));
        }
        let sum = |part: fn(&Moved) -> u64| self.rows.iter().map(|row| part(&row.moved)).sum();
        let total = Row {
            moved: Moved {
                kernel: "all",
                read: sum(|moved| moved.read),
                bytes: sum(|moved| moved.bytes),
                operations: sum(|moved| moved.operations),
            },
            launches: self.rows.iter().map(|row| row.launches).sum(),
            time: all,
        };
        line(&mut out, "all", &self.columns(&total, all));
        out
    }

    fn columns(&self, row: &Row, all: Duration) -> [String; 8] {
        let seconds = row.time.as_secs_f64().max(1e-12);
        let speed = row.moved.bytes as f64 / seconds;
        [
            row.launches.to_string(),
            bytes(row.moved.read),
            bytes(row.moved.bytes),
            format!("{:.4}", milliseconds(row.time)),
            format!("{:.1} %", 100.0 * seconds / all.as_secs_f64().max(1e-12)),
            format!("{:.1}", speed * 1e-9),
            format!("{:.1} %", 100.0 * speed / self.limit),
            format!("{:.1}", row.moved.operations as f64 / seconds * 1e-9),
        ]
    }
}

/// What the timed steps say of one kernel.
fn row(moved: Moved, steps: &[Vec<LaunchTime>]) -> Row {
    let of_kernel = |launch: &&LaunchTime| launch.kernel == moved.kernel;
    let all = steps.iter().flatten().filter(of_kernel);
    let n_steps = u32::try_from(steps.len()).unwrap_or(u32::MAX).max(1);
    Row {
        launches: steps.first().map_or(0, |step| step.iter().filter(of_kernel).count()),
        time: all.map(|launch| launch.time).sum::<Duration>() / n_steps,
        moved,
    }
}

fn line(out: &mut String, kernel: &str, columns: &[String; 8]) {
    let [launches, read, moved, ms, of_time, speed, of_limit, operations] = columns;
    let _ = writeln!(
        out,
        "{kernel:WIDTH$} {launches:>8} {read:>9} {moved:>9} {ms:>10} {of_time:>8} {speed:>8} \
         {of_limit:>9} {operations:>9}"
    );
}
