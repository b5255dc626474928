//! A GGUF file bound to the plan of the model it holds.

#![forbid(unsafe_code)]

use std::{path::Path, sync::Arc};

use ds4_plan::{CacheRounding, Plan};

use crate::{
    device::{PLANS, Weights},
    gguf::{self, Gguf},
};

mod check;

pub use check::{Mismatch, Unsuitable, check};

/// A model ready to be given to a device.
#[derive(Debug, Clone)]
pub struct Model {
    /// The plan of its steps.
    pub plan: &'static Plan,
    /// Its weights, in the order of the plan's slots.
    pub weights: Weights,
}

/// A file that cannot be used as a model.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is no readable GGUF file.
    #[error(transparent)]
    File(#[from] gguf::Error),
    /// The file holds another model than this build runs.
    #[error(transparent)]
    Unsuitable(#[from] Unsuitable),
}

impl Model {
    /// Opens the file at `path` and binds it to the plan of its model.
    ///
    /// `cache` chooses another rounding of cached rows than the model's own.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the file cannot be read, [`Error::Unsuitable`] with every difference
    /// when it is not a model that this build runs.
    pub fn open(path: &Path, cache: Option<CacheRounding>) -> Result<Self, Error> {
        let file = Arc::new(Gguf::open(path)?);
        let plan = check(&file)?;
        let plan = cache.map_or(plan, |cache| with_cache(plan, cache));
        let weights = check::bind(&file, plan);
        Ok(Self { plan, weights })
    }

    /// The file that holds the model.
    #[must_use]
    pub fn file(&self) -> &Gguf {
        &self.weights.file
    }
}

/// The plan of the same model with the given rounding of cached rows.
fn with_cache(plan: &'static Plan, cache: CacheRounding) -> &'static Plan {
    let wanted = plan.model.with_cache(cache);
    let found = PLANS.iter().find(|plan| plan.model == wanted);
    found.expect("every model has a plan with either rounding")
}
