//! Counts and times, in the format of Prometheus.

use std::fmt;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use super::job::Outcome;

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// Bounds of times, in seconds.
const SECONDS: &[f64] =
    &[0.001, 0.005, 0.02, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0];

/// The metrics of one server.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    pub(crate) waiting: Gauge,
    pub(crate) running: Gauge,
    pub(crate) connections: Gauge,
    prompt_tokens: Counter,
    reused_tokens: Counter,
    generated_tokens: Counter,
    pub(crate) canceled: Counter,
    pub(crate) joined: Counter,
    queued: Histogram,
    first_token: Histogram,
    per_token: Histogram,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("seconds".into()), SECONDS)
            .expect("there are bounds");
        let recorder = builder.build_recorder();
        for (name, words) in NAMES {
            recorder.describe_gauge((*name).into(), None, (*words).into());
        }
        let counter = |name| recorder.register_counter(&Key::from_static_name(name), &METADATA);
        let gauge = |name| recorder.register_gauge(&Key::from_static_name(name), &METADATA);
        let histogram = |name| recorder.register_histogram(&Key::from_static_name(name), &METADATA);
        Self {
            waiting: gauge("ds4_requests_waiting"),
            running: gauge("ds4_rows_running"),
            connections: gauge("ds4_connections"),
            prompt_tokens: counter("ds4_prompt_tokens_total"),
            reused_tokens: counter("ds4_reused_tokens_total"),
            generated_tokens: counter("ds4_generated_tokens_total"),
            canceled: counter("ds4_answers_canceled_total"),
            joined: counter("ds4_requests_joined_total"),
            queued: histogram("ds4_queue_seconds"),
            first_token: histogram("ds4_first_token_seconds"),
            per_token: histogram("ds4_token_seconds"),
            handle: recorder.handle(),
            recorder,
        }
    }

    /// A response to a request of a route.
    pub(crate) fn answered(&self, route: &str, status: u16, seconds: f64) {
        let route = Label::new("route", route.to_owned());
        let key = Key::from_parts("ds4_request_seconds", vec![route.clone()]);
        self.recorder.register_histogram(&key, &METADATA).record(seconds);
        let labels = vec![route, Label::new("status", status.to_string())];
        let key = Key::from_parts("ds4_requests_total", labels);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }

    /// An answer that ended.
    pub(crate) fn ended(&self, outcome: &Outcome) {
        let (usage, stats) = (&outcome.usage, &outcome.stats);
        self.prompt_tokens.increment(usage.prompt as u64);
        self.reused_tokens.increment(usage.cached as u64);
        self.generated_tokens.increment(usage.completion as u64);
        self.queued.record(outcome.queued);
        if let Some(first) = stats.first_token {
            self.first_token.record(first);
        }
        if stats.n_generated > 1 {
            self.per_token.record(stats.decode.as_secs_f64() / (stats.n_generated - 1) as f64);
        }
    }

    /// All of it as text.
    pub(crate) fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

const NAMES: &[(&str, &str)] = &[
    ("ds4_requests_waiting", "Answers that wait for a row."),
    ("ds4_rows_running", "Answers that are being made."),
    ("ds4_connections", "Open connections."),
    ("ds4_prompt_tokens_total", "Tokens of prompts."),
    ("ds4_reused_tokens_total", "Tokens of prompts that were not computed again."),
    ("ds4_generated_tokens_total", "Tokens of answers."),
    ("ds4_answers_canceled_total", "Answers that ended because nobody listened or wanted them."),
    ("ds4_requests_joined_total", "Requests that were answered by what was there."),
    ("ds4_queue_seconds", "Time that answers waited for a row."),
    ("ds4_first_token_seconds", "Time from a row to its first token."),
    ("ds4_token_seconds", "Mean time between the tokens of an answer."),
    ("ds4_requests_total", "Responses by route and status."),
    ("ds4_request_seconds", "Time to the head of a response."),
];
