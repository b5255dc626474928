//! Whole answers, for clients that do not stream.

use serde_json::{Value, json};

use super::{
    fields::Result,
    generation::Listener,
    job::{Delta, Finish, Outcome, Scored, Usage},
    problem::{Kind, Problem},
};

/// One answer as far as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Collected {
    pub(crate) reasoning: String,
    pub(crate) content: String,
    pub(crate) calls: Vec<Made>,
    pub(crate) scored: Vec<Scored>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) failed: Option<Problem>,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: String,
}

impl Collected {
    pub(crate) fn hear(&mut self, delta: &Delta) {
        match delta {
            Delta::Queued { .. } | Delta::Begun | Delta::Prefilled { .. } | Delta::CallEnd => {}
            Delta::Token(token) => self.scored.push(token.clone()),
            Delta::Reasoning(text) => self.reasoning.push_str(text),
            Delta::Content(text) => self.content.push_str(text),
            Delta::Call { id, name, .. } => {
                let (id, name) = (id.clone(), name.clone());
                self.calls.push(Made { id, name, arguments: String::new() });
            }
            Delta::Arguments { index, json } => {
                if let Some(call) = self.calls.get_mut(*index) {
                    call.arguments.push_str(json);
                }
            }
            Delta::Done(outcome) => self.outcome = Some((**outcome).clone()),
            Delta::Failed(problem) => self.failed = Some(problem.clone()),
        }
    }

    /// How it ended.
    pub(crate) fn finish(&self) -> Option<&Finish> {
        self.outcome.as_ref().map(|outcome| &outcome.finish)
    }
}

/// Waits for all answers.
///
/// # Errors
///
/// The first failure of one; also where they were stopped before their end.
pub(crate) async fn collect(mut listener: Listener, n: usize) -> Result<Vec<Collected>> {
    let mut answers = vec![Collected::default(); n];
    while let Some((row, delta)) = listener.next().await {
        if let Some(answer) = answers.get_mut(row) {
            answer.hear(&delta);
        }
    }
    for answer in &answers {
        if let Some(problem) = &answer.failed {
            return Err(problem.clone());
        }
        if answer.finish() == Some(&Finish::Canceled) {
            return Err(stopped());
        }
    }
    Ok(answers)
}

/// An answer that the server ended.
pub(crate) fn stopped() -> Problem {
    let problem = Problem::new(Kind::Closing, "the answer was stopped before its end");
    Problem { retry_after: Some(1), ..problem }
}

/// Tokens of several answers.
pub(crate) fn usage(answers: &[Collected]) -> Usage {
    let mut sum = Usage::default();
    answers.iter().filter_map(|answer| answer.outcome.as_ref()).for_each(|o| sum.add(&o.usage));
    sum
}

/// What an answer cost and what it did not, as the extension `ds4` of a usage.
pub(crate) fn receipt(outcome: &Outcome) -> Value {
    let stats = &outcome.stats;
    let receipt = stats.receipt.map(|receipt| {
        json!({
            "source": receipt.source.name(),
            "is_same_text": receipt.is_same_text,
            "position": receipt.difference.position,
            "why": receipt.difference.why.name(),
        })
    });
    json!({
        "reused_tokens": stats.n_reused,
        "prefilled_tokens": stats.n_prefilled,
        "reuse": receipt,
        "queued_seconds": outcome.queued,
        "prefill_seconds": stats.prefill.as_secs_f64(),
        "decode_seconds": stats.decode.as_secs_f64(),
        "decode_tokens_per_second": stats.decode_speed(),
    })
}
