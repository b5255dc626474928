//! A GGUF file bound to the plan of the model it holds.

#![forbid(unsafe_code)]

use std::{path::Path, sync::Arc};

use ds4_plan::{CacheRounding, Plan};

use crate::{
    device::{
        PLANS, Source, Weights,
        gpu::{Program, kernels},
    },
    gguf::{self, Gguf},
};

mod check;
mod fingerprint;
mod synthetic;

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
    /// No plan is of a model of this name.
    #[error("no model is named {asked}; there are {}", known.join(", "))]
    NoModel {
        /// What was asked for.
        asked: String,
        /// Names of models.
        known: Vec<&'static str>,
    },
    /// No kernels are for weights of a recipe.
    #[error("no kernels for {model} in recipe {asked}; there are those for {}", known.join(", "))]
    NoRecipe {
        /// Name of the model.
        model: &'static str,
        /// What was asked for.
        asked: String,
        /// Names of recipes.
        known: Vec<&'static str>,
    },
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

    /// The model called `name` with random weights in the formats of `recipe`, for the kernels of
    /// `program`: to measure with, not to talk to.
    ///
    /// The values keep activations in their usual range, and the router's tables name experts that
    /// exist. The same arguments give the same weights.
    ///
    /// # Errors
    ///
    /// [`Error::NoModel`] and [`Error::NoRecipe`] with the names that there are.
    pub fn synthetic(
        program: &Program,
        (name, recipe): (&str, &str),
        cache: Option<CacheRounding>,
    ) -> Result<Self, Error> {
        // The model's own rounding comes first.
        let Some(&plan) = PLANS.iter().find(|plan| plan.model.name == name) else {
            let mut known: Vec<_> = PLANS.iter().map(|plan| plan.model.name).collect();
            known.sort_unstable();
            known.dedup();
            return Err(Error::NoModel { asked: name.to_owned(), known });
        };
        let plan = cache.map_or(plan, |cache| with_cache(plan, cache));
        let formats = kernels::formats(program, plan, recipe).ok_or_else(|| Error::NoRecipe {
            model: plan.model.name,
            asked: recipe.to_owned(),
            known: kernels::recipes(program, plan),
        })?;
        Ok(Self { plan, weights: synthetic::weights(plan, &formats) })
    }

    /// What tells the weights from those of another file: a hash of the names, shapes and formats
    /// of all tensors and of values of each. `None` for random weights.
    #[must_use]
    pub fn fingerprint(&self) -> Option<[u8; 32]> {
        self.file().map(fingerprint::fingerprint)
    }

    /// The file that holds the model, if one does.
    #[must_use]
    pub fn file(&self) -> Option<&Gguf> {
        match &self.weights.source {
            Source::File(file) => Some(file),
            Source::Synthetic(_) => None,
        }
    }
}

/// The plan of the same model with the given rounding of cached rows.
fn with_cache(plan: &'static Plan, cache: CacheRounding) -> &'static Plan {
    let wanted = plan.model.with_cache(cache);
    let found = PLANS.iter().find(|plan| plan.model == wanted);
    found.expect("every model has a plan with either rounding")
}
