//! What each kernel of a step reaches of the memory's speed.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    time::Duration,
};

use anyhow::{Result, ensure};
use ds4_plan::{Lengths, StepKind};

use super::{
    frontier::Bench,
    report::{Csv, median, milliseconds},
};
use crate::{
    cli::{
        kernels::{Cost, bytes, step_costs},
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
    kernel: &'static str,
    cost: Cost,
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
        let costs = step_costs(target, (model.plan, &model.weights), (kind, lengths))?;
        let rows: Vec<_> = costs.into_iter().map(|of_kernel| Row::of(of_kernel, timed)).collect();
        let known: usize = rows.iter().map(|row| row.launches).sum();
        let ran = timed.first().map_or(0, Vec::len);
        ensure!(known == ran, "{ran} launches ran, of which the plan knows {known}");
        Ok(Self { kind, lengths, limit, step: median(steps), rows })
    }

    /// Writes the kernels to `csv`, in the order of first use.
    pub(super) fn write_csv(&self, csv: &mut Csv) -> Result<()> {
        csv.write(COLUMNS)?;
        for row in &self.rows {
            csv.write(&format!(
                "{},{},{},{},{},{:.6},{:.3},{:.4},{:.3}",
                row.kernel,
                row.launches,
                row.cost.bytes_read(),
                row.cost.bytes(),
                row.cost.operations(),
                milliseconds(row.time),
                row.per_second(row.cost.bytes()) * 1e-9,
                row.per_second(row.cost.bytes()) / self.limit,
                row.per_second(row.cost.operations()) * 1e-9,
            ))?;
        }
        Ok(())
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
            line(&mut out, row.kernel, &self.columns(row, all));
        }
        let mut total = Row { kernel: "all", cost: Cost::default(), launches: 0, time: all };
        for row in &self.rows {
            total.cost += row.cost;
            total.launches += row.launches;
        }
        line(&mut out, total.kernel, &self.columns(&total, all));
        out
    }

    fn columns(&self, row: &Row, all: Duration) -> [String; 8] {
        let speed = row.per_second(row.cost.bytes());
        [
            row.launches.to_string(),
            bytes(row.cost.bytes_read()),
            bytes(row.cost.bytes()),
            format!("{:.4}", milliseconds(row.time)),
            format!("{:.1} %", 100.0 * row.seconds() / all.as_secs_f64().max(1e-12)),
            format!("{:.1}", speed * 1e-9),
            format!("{:.1} %", 100.0 * speed / self.limit),
            format!("{:.1}", row.per_second(row.cost.operations()) * 1e-9),
        ]
    }
}

impl Row {
    /// What the timed steps say of one kernel.
    fn of((kernel, cost): (&'static str, Cost), steps: &[Vec<LaunchTime>]) -> Self {
        let of_kernel = |launch: &&LaunchTime| launch.kernel == kernel;
        let all = steps.iter().flatten().filter(of_kernel);
        let n_steps = u32::try_from(steps.len()).unwrap_or(u32::MAX).max(1);
        let launches = steps.first().map_or(0, |step| step.iter().filter(of_kernel).count());
        let time = all.map(|launch| launch.time).sum::<Duration>() / n_steps;
        Self { kernel, cost, launches, time }
    }

    /// Its time in a step, never zero.
    fn seconds(&self) -> f64 {
        self.time.as_secs_f64().max(1e-12)
    }

    /// `n` of a step, as so many in a second.
    fn per_second(&self, n: u64) -> f64 {
        n as f64 / self.seconds()
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
