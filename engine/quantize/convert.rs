//! Streams the tensors of a plan into a file.

use std::path::Path;

use super::encode::{self, Rows, column_squares};
use super::error::{Error, Result};
use super::plan::{Plan, PlannedTensor};
use super::source::Source;
use crate::gguf::{Overwrite, Writer};

/// Values decoded at a time: 32 MiB as `f32`.
const CHUNK: usize = 1 << 23;

/// Hears of a conversion's progress.
pub trait Progress {
    /// A tensor is begun.
    fn tensor(&mut self, tensor: &PlannedTensor);

    /// `bytes` bytes of it have been handed to the system.
    fn written(&mut self, bytes: u64);
}

impl Plan<'_> {
    /// Writes the file. Memory in use is bounded by a few rows, whatever the tensors' sizes.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] naming the tensor and place of a number that is not finite or too
    /// large, [`Error::Expert`] for a table entry out of range, [`Error::Io`] for a shard that
    /// cannot be read, [`Error::Write`] for the output. The target is untouched on every error.
    pub fn write(
        &self,
        target: &Path,
        overwrite: Overwrite,
        progress: &mut dyn Progress,
    ) -> Result<()> {
        let mut writer = Writer::create(target, self.layout().clone(), overwrite)?;
        for planned in self.tensors() {
            progress.tensor(planned);
            for expert in 0..planned.sources.len() {
                self.write_source(planned, expert, &mut |data| {
                    writer.write(data)?;
                    progress.written(data.len() as u64);
                    Ok(())
                })?;
            }
        }
        Ok(writer.finish()?)
    }

    fn write_source(
        &self,
        planned: &PlannedTensor,
        expert: usize,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let source = &planned.sources[expert];
        if source.is_integer() {
            return self.write_table(source, write);
        }
        let importance = self.importance(planned, expert)?;
        for (start, n_rows) in chunks(source) {
            let values = source.values(self.checkpoint, start, n_rows)?;
            let rows =
                Rows { values: &values, width: source.width, importance: importance.as_deref() };
            let data = encode::encode(planned.tensor.format, rows)
                .map_err(|error| source.unencodable(error, start))?;
            write(&data)?;
        }
        Ok(())
    }

    /// Importance of the source's columns, for the formats that use it.
    fn importance(&self, planned: &PlannedTensor, expert: usize) -> Result<Option<Vec<f32>>> {
        if !encode::searches(planned.tensor.format) {
            return Ok(None);
        }
        let source = &planned.sources[expert];
        let place = (expert, planned.sources.len());
        let name = &planned.tensor.name;
        let given = self.imatrix.map(|imatrix| imatrix.expert(name, place, source.width));
        if let Some(Ok(Some(values))) = given {
            return Ok(Some(values.to_vec()));
        }
        let mut sums = vec![0.0; source.width];
        for (start, n_rows) in chunks(source) {
            column_squares(&source.values(self.checkpoint, start, n_rows)?, &mut sums);
        }
        Ok(Some(sums))
    }

    /// Narrows a table of experts to 32 bits.
    fn write_table(
        &self,
        source: &Source,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let n_experts = self.checkpoint.config().n_routed_experts;
        for (start, n_rows) in chunks(source) {
            let mut data = Vec::with_capacity(4 * n_rows * source.width);
            let experts = source.integers(self.checkpoint, start, n_rows)?;
            for (index, expert) in experts.into_iter().enumerate() {
                let known = usize::try_from(expert).is_ok_and(|expert| expert < n_experts);
                let narrow = i32::try_from(expert).ok().filter(|_| known);
                let narrow = narrow.ok_or_else(|| Error::Expert {
                    tensor: source.weight.name.clone(),
                    row: start + index / source.width,
                    expert,
                    n_experts,
                })?;
                data.extend(narrow.to_le_bytes());
            }
            write(&data)?;
        }
        Ok(())
    }
}

/// First row and number of rows of each chunk of a source.
fn chunks(source: &Source) -> impl Iterator<Item = (usize, usize)> + use<> {
    let rows = source.rows;
    let at_once = (CHUNK / source.width).max(1);
    (0..rows).step_by(at_once).map(move |start| (start, at_once.min(rows - start)))
}
