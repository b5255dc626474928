//! What a conversion is going to write: every tensor's sources, format and size.

use std::collections::HashSet;
use std::path::PathBuf;

use ds4_plan::Format;

use super::checkpoint::Checkpoint;
use super::encode;
use super::error::{Error, Problem, Result};
use super::imatrix::{Imatrix, ImatrixFault};
use super::manifest::{self, Role, Target};
use super::metadata;
use super::recipe::Recipe;
use super::source::{Source, scale_name};
use super::vocabulary;
use crate::gguf::{Layout, NewTensor, Value};

/// Prefix of the draft block's tensors in a checkpoint.
const DRAFT: &str = "mtp.";

/// What the user chooses.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// Formats.
    pub recipe: Recipe,
    /// The model's name in the file.
    pub name: &'a str,
    /// Importance of columns and the file it comes from; without it, the column sums of
    /// squared weights stand in.
    pub importance: Option<(&'a PathBuf, &'a Imatrix)>,
}

/// One tensor to be written.
#[derive(Debug, Clone)]
pub struct PlannedTensor {
    /// Name, dimensions and format in the output.
    pub tensor: NewTensor,
    /// The recipe's format, where rows are not whole blocks of it.
    pub instead_of: Option<Format>,
    /// Data bytes in the output.
    pub bytes: u64,
    /// The matrices that make it up, outermost dimension.
    pub(super) sources: Vec<Source>,
}

/// A file to be written.
#[derive(Debug)]
pub struct Plan<'a> {
    pub(super) checkpoint: &'a Checkpoint,
    pub(super) imatrix: Option<&'a Imatrix>,
    metadata: Vec<(String, Value)>,
    tensors: Vec<PlannedTensor>,
    layout: Layout,
}

impl<'a> Plan<'a> {
    /// Plans the main model's file.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] with everything that is missing, of another shape or type, or not
    /// part of the model; [`Error::Vocabulary`] for the tokenizer; [`Error::Imatrix`] when the
    /// importance matrix has nothing for this model; [`Error::Write`] for impossible shapes.
    pub fn main(checkpoint: &'a Checkpoint, settings: Settings<'a>) -> Result<Self> {
        let config = checkpoint.config();
        let unrelated = |name: &str| name.starts_with(DRAFT);
        let tensors = resolve(checkpoint, &manifest::main(config), settings, unrelated)?;
        let mut metadata = metadata::model(config, settings.name);
        let tokenizer = checkpoint.folder().join("tokenizer.json");
        metadata.extend(vocabulary::read(&tokenizer, config)?);
        Self::with(checkpoint, settings, metadata, tensors)
    }

    /// Plans the file of the draft block.
    ///
    /// # Errors
    ///
    /// Those of [`Plan::main`], except the tokenizer's, which this file does not hold.
    pub fn draft(checkpoint: &'a Checkpoint, settings: Settings<'a>) -> Result<Self> {
        let unrelated = |name: &str| !name.starts_with(DRAFT) || manifest::is_draft_copy(name);
        let targets = manifest::draft(checkpoint.config());
        let tensors = resolve(checkpoint, &targets, settings, unrelated)?;
        let metadata = metadata::general(&format!("{} MTP", settings.name));
        Self::with(checkpoint, settings, metadata, tensors)
    }

    fn with(
        checkpoint: &'a Checkpoint,
        settings: Settings<'a>,
        mut metadata: Vec<(String, Value)>,
        tensors: Vec<PlannedTensor>,
    ) -> Result<Self> {
        if let Some((path, imatrix)) = settings.importance {
            metadata.extend(importance_keys(path, imatrix));
        }
        let records: Vec<_> = tensors.iter().map(|planned| planned.tensor.clone()).collect();
        let layout = Layout::new(&metadata, &records)?;
        let imatrix = settings.importance.map(|(_, imatrix)| imatrix);
        Ok(Self { checkpoint, imatrix, metadata, tensors, layout })
    }

    /// The keys of the file, in order.
    #[must_use]
    pub fn metadata(&self) -> &[(String, Value)] {
        &self.metadata
    }

    /// The tensors of the file, in order.
    #[must_use]
    pub fn tensors(&self) -> &[PlannedTensor] {
        &self.tensors
    }

    /// Header and size of the file.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// Finds the sources of every target; `unrelated` says which unused tensors are no mistake.
fn resolve(
    checkpoint: &Checkpoint,
    targets: &[Target],
    settings: Settings<'_>,
    unrelated: impl Fn(&str) -> bool,
) -> Result<Vec<PlannedTensor>> {
    let mut problems = Vec::new();
    let mut planned = Vec::new();
    for target in targets {
        planned.extend(plan_tensor(checkpoint, target, settings.recipe, &mut problems)?);
    }
    problems.extend(unexpected(checkpoint, targets, unrelated));
    if let Some((path, imatrix)) = settings.importance {
        let n_found = check_importance(imatrix, &planned, &mut problems);
        let needed = planned.iter().any(|tensor| encode::searches(tensor.tensor.format));
        if problems.is_empty() && n_found == 0 && needed {
            let source = ImatrixFault::Unrelated;
            return Err(Error::Imatrix { path: path.clone(), source });
        }
    }
    if problems.is_empty() {
        Ok(planned)
    } else {
        Err(Error::Mismatch { path: checkpoint.folder().to_path_buf(), problems })
    }
}

/// Plans one tensor; nothing when a source is unusable, which `problems` then says.
fn plan_tensor(
    checkpoint: &Checkpoint,
    target: &Target,
    recipe: Recipe,
    problems: &mut Vec<Problem>,
) -> Result<Option<PlannedTensor>> {
    let mut sources = Vec::with_capacity(target.sources.len());
    for name in &target.sources {
        let Some(source) = Source::find(checkpoint, name, &target.shape, problems) else {
            continue;
        };
        if source.is_integer() == (target.role == Role::Table) {
            sources.push(source);
        } else {
            let found = source.weight.dtype;
            problems.push(Problem::Dtype { name: name.clone(), found });
        }
    }
    if sources.len() < target.sources.len() {
        return Ok(None);
    }
    let exact_bf16 = sources.iter().all(Source::fits_bf16);
    let width = *target.shape.last().expect("a shape has a dimension");
    let (format, instead_of) = recipe.format(target.role, width, exact_bf16);
    let mut dims: Vec<u64> = target.shape.iter().rev().map(|&dim| dim as u64).collect();
    if target.stacked {
        dims.push(sources.len() as u64);
    }
    let tensor = NewTensor { name: target.name.clone(), dims, format };
    let bytes = tensor.bytes()?;
    Ok(Some(PlannedTensor { tensor, instead_of, bytes, sources }))
}

/// Tensors that no target uses, by name.
fn unexpected(
    checkpoint: &Checkpoint,
    targets: &[Target],
    unrelated: impl Fn(&str) -> bool,
) -> Vec<Problem> {
    let sources = || targets.iter().flat_map(|target| &target.sources);
    let scales: HashSet<String> = sources().map(|name| scale_name(name)).collect();
    let used: HashSet<&str> = sources().map(String::as_str).collect();
    let mut names: Vec<&str> = checkpoint
        .names()
        .filter(|name| !used.contains(name) && !scales.contains(*name) && !unrelated(name))
        .collect();
    names.sort_unstable();
    names.into_iter().map(|name| Problem::Unexpected { name: name.to_owned() }).collect()
}

/// Checks the number of values of every entry that will be used; returns how many there are.
fn check_importance(
    imatrix: &Imatrix,
    planned: &[PlannedTensor],
    problems: &mut Vec<Problem>,
) -> usize {
    let mut n_found = 0;
    for planned in planned.iter().filter(|planned| encode::searches(planned.tensor.format)) {
        let (name, n_experts) = (&planned.tensor.name, planned.sources.len());
        let width = planned.sources[0].width;
        for expert in 0..n_experts {
            match imatrix.expert(name, (expert, n_experts), width) {
                Ok(values) => n_found += usize::from(values.is_some()),
                Err(found) => {
                    let (name, expected) = (name.clone(), n_experts * width);
                    problems.push(Problem::Importance { name, expected, found });
                    break;
                }
            }
        }
    }
    n_found
}

fn importance_keys(path: &std::path::Path, imatrix: &Imatrix) -> Vec<(String, Value)> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let n_entries = u32::try_from(imatrix.n_entries()).unwrap_or(u32::MAX);
    let mut keys = vec![
        ("quantize.imatrix.file", Value::String(file)),
        ("quantize.imatrix.entries_count", Value::U32(n_entries)),
    ];
    if let Some(dataset) = &imatrix.dataset {
        keys.push(("quantize.imatrix.dataset", Value::String(dataset.clone())));
    }
    if let Some(chunks) = imatrix.chunks.and_then(|chunks| u32::try_from(chunks).ok()) {
        keys.push(("quantize.imatrix.chunks_count", Value::U32(chunks)));
    }
    keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
