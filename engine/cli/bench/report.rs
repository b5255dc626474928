//! The measurements as a table, as CSV and as a picture.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};

use super::{
    frontier::{Decode, Prefill},
    picture,
};
use crate::cli::say;

/// Columns of the file. Scripts rely on these names.
const COLUMNS: &str =
    "context,prefill_tokens,prefill_tps,rows,gen_tokens,gen_tps,first_token_ms,load_s";

/// What is known of one frontier with one number of rows.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) context: usize,
    pub(super) prefill: Prefill,
    pub(super) rows: usize,
    pub(super) decode: Decode,
    pub(super) load: Duration,
}

/// A file of measurements.
#[derive(Debug)]
pub(super) struct Csv {
    file: File,
    path: PathBuf,
}

impl Csv {
    /// Makes the file, which replaces any that is there: a long measurement is not to fail at its
    /// end.
    pub(super) fn create(path: &Path) -> Result<Self> {
        Ok(Self { file: create(path)?, path: path.to_owned() })
    }

    /// Writes a line, unbuffered: what was measured is kept when a later measurement fails.
    pub(super) fn write(&mut self, line: &str) -> Result<()> {
        let Self { file, path } = self;
        writeln!(file, "{line}").with_context(|| format!("cannot write {}", path.display()))
    }
}

fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

/// Where measurements go as they are made.
#[derive(Debug)]
pub(super) struct Report {
    csv: Option<Csv>,
    picture: Option<PathBuf>,
    /// Above the picture.
    title: String,
    /// What the picture shows.
    lines: Vec<Line>,
}

impl Report {
    /// A report that also goes to `csv` and `picture`, which are replaced.
    pub(super) fn create(csv: Option<&Path>, picture: Option<&Path>) -> Result<Self> {
        let csv = csv.map(Csv::create).transpose()?;
        picture.map(create).transpose()?;
        let picture = picture.map(Path::to_owned);
        Ok(Self { csv, picture, title: String::new(), lines: vec![] })
    }

    /// Writes the heads of the columns; `title` says what is measured.
    pub(super) fn begin(&mut self, title: String) -> Result<()> {
        self.title = title;
        self.write_csv(COLUMNS)?;
        say(&row(
            "context prefill_tokens prefill_tps rows gen_tokens gen_tps ms_step first_token_ms"
                .split(' ')
                .map(str::to_owned),
        ))
    }

    /// Writes one measurement.
    pub(super) fn add(&mut self, line: Line) -> Result<()> {
        self.write_csv(&line.csv())?;
        say(&row(line.table().into_iter()))?;
        let Some(path) = &self.picture else { return Ok(()) };
        self.lines.push(line);
        // Drawn each time: what was measured is kept when a later measurement fails.
        let svg = picture::svg(&self.title, &self.lines)?;
        fs::write(path, svg).with_context(|| format!("cannot write {}", path.display()))
    }

    fn write_csv(&mut self, line: &str) -> Result<()> {
        self.csv.as_mut().map_or(Ok(()), |csv| csv.write(line))
    }
}

impl Line {
    pub(super) fn prefill_speed(&self) -> f64 {
        speed(self.prefill.tokens, self.prefill.time)
    }

    pub(super) fn decode_speed(&self) -> f64 {
        speed(self.decode.tokens, self.decode.steps.iter().sum())
    }

    fn csv(&self) -> String {
        let Self { context, prefill, rows, decode, load } = self;
        format!(
            "{context},{},{:.3},{rows},{},{:.3},{:.3},{:.3}",
            prefill.tokens,
            self.prefill_speed(),
            decode.tokens,
            self.decode_speed(),
            milliseconds(decode.first),
            // A load too short for three digits took some time still.
            load.as_secs_f64().max(0.001)
        )
    }

    fn table(&self) -> [String; 8] {
        let Self { context, prefill, rows, decode, .. } = self;
        [
            context.to_string(),
            prefill.tokens.to_string(),
            format!("{:.1}", self.prefill_speed()),
            rows.to_string(),
            decode.tokens.to_string(),
            format!("{:.2}", self.decode_speed()),
            format!("{:.3}", milliseconds(median(&decode.steps))),
            format!("{:.3}", milliseconds(decode.first)),
        ]
    }
}

/// One line of the table, in columns.
fn row(cells: impl Iterator<Item = String>) -> String {
    const WIDTHS: [usize; 8] = [8, 14, 11, 4, 10, 8, 8, 14];
    let cells: Vec<_> = cells.zip(WIDTHS).map(|(cell, width)| format!("{cell:>width$}")).collect();
    cells.join("  ")
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn speed(tokens: usize, time: Duration) -> f64 {
    tokens as f64 / time.as_secs_f64().max(1e-9)
}

/// The middle of some times, the upper one of two.
pub(super) fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_value_for_each_column() {
        let ms = Duration::from_millis;
        let line = Line {
            context: 512,
            prefill: Prefill { tokens: 256, time: ms(500) },
            rows: 2,
            decode: Decode { tokens: 6, first: ms(9), steps: vec![ms(5), ms(4), ms(6)] },
            load: ms(1500),
        };
        assert_eq!(line.csv(), "512,256,512.000,2,6,400.000,9.000,1.500");
        assert_eq!(line.csv().split(',').count(), COLUMNS.split(',').count());
        assert_eq!(line.table(), ["512", "256", "512.0", "2", "6", "400.00", "5.000", "9.000"]);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        let times = [3, 1, 2].map(Duration::from_millis);
        assert_eq!(median(&times), times[2]);
        assert_eq!(median(&[]), Duration::ZERO);
    }
}
