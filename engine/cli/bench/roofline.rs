//! What each kernel of a decode step reaches of the memory's speed.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    time::Duration,
};

use anyhow::{Result, ensure};
use ds4_plan::Lengths;

use super::{
    frontier::Bench,
    report::{median, milliseconds},
};
use crate::{
    cli::{
        kernels::{Moved, bytes, decode_costs},
        quiet_pipe,
    },
    device::LaunchTime,
};

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

/// A decode step, kernel by kernel.
#[derive(Debug)]
pub(super) struct Roofline {
    lengths: Lengths,
    /// Bytes in a second when memory is copied.
    limit: f64,
    /// Time of a step whose launches are not timed.
    step: Duration,
    /// In the order of first use.
    rows: Vec<Row>,
}

impl Roofline {
    /// Times the launches of `n` steps of `rows` copies of the timeline, and `n` steps without.
    pub(super) fn measure(
        bench: &mut Bench<'_>,
        target: &'static str,
        (rows, n): (usize, usize),
    ) -> Result<Self> {
        let limit = bench.engine().device().copy_speed()?;
        let context = bench.context();
        let (steps, timed) = bench.with_copies(rows, |bench, sessions| {
            let (_, steps) = bench.steps(sessions, n)?;
            let timed: Result<Vec<_>> = (0..n).map(|_| bench.step_timed(sessions)).collect();
            Ok((steps, timed?))
        })?;
        let model = bench.engine().model();
        let lengths = Lengths { rows, logit_rows: rows, tokens: context + 1 };
        let moved = decode_costs(target, (model.plan, &model.weights), lengths)?;
        let rows: Vec<_> = moved.into_iter().map(|moved| row(moved, &timed)).collect();
        let known: usize = rows.iter().map(|row| row.launches).sum();
        let ran = timed.first().map_or(0, Vec::len);
        ensure!(known == ran, "{ran} launches ran, of which the plan knows {known}");
        Ok(Self { lengths, limit, step: median(&steps), rows })
    }

    /// Prints the kernels, the slowest first.
    pub(super) fn print(mut self) -> Result<()> {
        self.rows.sort_by_key(|row| std::cmp::Reverse(row.time));
        quiet_pipe(io::stdout().write_all(self.text().as_bytes()))
    }

    fn text(&self) -> String {
        let Self { lengths: Lengths { rows, tokens, .. }, limit, step, .. } = self;
        let all: Duration = self.rows.iter().map(|row| row.time).sum();
        let mut out = format!(
            "decode step, rows {rows}, context {tokens}: {:.3} ms; with its launches timed, {:.3} \
             ms on the device\nlimit, measured by copying: {:.1} GB/s read and written\n\n",
            milliseconds(*step),
            milliseconds(all),
            limit * 1e-9
        );
        let heads = ["launches", "read", "moved", "ms", "of time", "GB/s", "of limit"];
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
            },
            launches: self.rows.iter().map(|row| row.launches).sum(),
            time: all,
        };
        line(&mut out, "all", &self.columns(&total, all));
        out
    }

    fn columns(&self, row: &Row, all: Duration) -> [String; 7] {
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

fn line(out: &mut String, kernel: &str, columns: &[String; 7]) {
    let [launches, read, moved, ms, of_time, speed, of_limit] = columns;
    let _ = writeln!(
        out,
        "{kernel:WIDTH$} {launches:>8} {read:>9} {moved:>9} {ms:>10} {of_time:>8} {speed:>8} \
         {of_limit:>9}"
    );
}
