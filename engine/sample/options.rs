//! What a caller can choose about sampling.

/// How tokens are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SamplingOptions {
    /// Divides the logits. 0 chooses the most probable token always, of equals the one with the
    /// lowest id.
    pub temperature: f32,
    /// Keeps this many of the most probable tokens, of equals those with the lowest ids; 0 keeps
    /// all.
    pub top_k: usize,
    /// Keeps the most probable tokens until their probabilities, of those kept so far, reach this
    /// sum; 1 keeps all. One token is always kept.
    pub top_p: f32,
    /// Removes tokens less probable than this share of the most probable one; 0 removes none.
    pub min_p: f32,
    /// Divides the positive and multiplies the negative logits of tokens that occurred; 1 changes
    /// nothing.
    pub repetition_penalty: f32,
    /// Is subtracted from the logits of tokens that occurred; 0 changes nothing.
    pub presence_penalty: f32,
    /// Is subtracted from the logit of a token as often as it occurred; 0 changes nothing.
    pub frequency_penalty: f32,
    /// How far back the three penalties look, in tokens, prompt and answer alike.
    pub penalty_window: usize,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for SamplingOptions {
    /// The model's own distribution without its tail: temperature 1, min-p 0.05.
    ///
    /// Source: the vendor's generation configuration for the temperature; the tail is noise that
    /// quantization adds to.
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.05,
            repetition_penalty: 1.0,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            penalty_window: 64,
            seed: 0,
        }
    }
}

/// An option out of its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{option} {found}: expected {expected}")]
pub struct OptionsError {
    /// The option, in words.
    pub option: &'static str,
    /// What was asked for.
    pub found: f32,
    /// The range.
    pub expected: &'static str,
}

impl SamplingOptions {
    /// Always the most probable token.
    #[must_use]
    pub fn greedy() -> Self {
        Self { temperature: 0.0, ..Self::default() }
    }

    /// Refuses what has no meaning.
    ///
    /// # Errors
    ///
    /// [`OptionsError`] naming the first option out of its range: a temperature outside 0 to 100,
    /// top-p outside 0 (not included) to 1, min-p outside 0 to 1, a repetition penalty outside
    /// 0.01 to 100, a presence or frequency penalty outside -100 to 100.
    pub fn check(&self) -> Result<(), OptionsError> {
        let within = |low: f32, high: f32, value: f32| (low..=high).contains(&value);
        let small = (-100.0, 100.0);
        let checks = [
            ("temperature", self.temperature, (0.0, 100.0), "0 to 100"),
            ("top-p", self.top_p, (f32::MIN_POSITIVE, 1.0), "more than 0, at most 1"),
            ("min-p", self.min_p, (0.0, 1.0), "0 to 1"),
            ("repetition penalty", self.repetition_penalty, (0.01, 100.0), "0.01 to 100"),
            ("presence penalty", self.presence_penalty, small, "-100 to 100"),
            ("frequency penalty", self.frequency_penalty, small, "-100 to 100"),
        ];
        let wrong =
            checks.into_iter().find(|(_, value, (low, high), _)| !within(*low, *high, *value));
        match wrong {
            None => Ok(()),
            Some((option, found, _, expected)) => Err(OptionsError { option, found, expected }),
        }
    }

    /// Whether the past changes the logits.
    #[expect(clippy::float_cmp, reason = "these are the values that change nothing")]
    pub(super) fn penalizes(&self) -> bool {
        self.penalty_window > 0
            && (self.repetition_penalty != 1.0
                || self.presence_penalty != 0.0
                || self.frequency_penalty != 0.0)
    }
}
