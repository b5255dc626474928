//! How the server is, for whoever looks after it.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use hyper::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::json;

use super::{call, core::Core, openai::models::FINGERPRINT};

/// The document of the interface.
const OPENAPI: &str = include_str!("openapi.json");

/// The process answers.
pub(super) async fn health() -> Response {
    call::json(&json!({"status": "ok", "version": FINGERPRINT}))
}

/// It takes requests.
pub(super) async fn ready(State(core): State<Arc<Core>>) -> Response {
    let is_ready = !core.is_closing();
    let (waiting, running) = core.load.counts();
    let limits = core.served.backend.limits();
    let mut response = call::json(&json!({
        "status": if is_ready { "ready" } else { "shutting_down" },
        "model": core.served.name,
        "context_window": limits.context,
        "rows": limits.rows,
        "queue": limits.queue,
        "waiting": waiting,
        "running": running,
    }));
    if !is_ready {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert("retry-after", HeaderValue::from_static("5"));
    }
    response
}

/// Counts and times.
pub(super) async fn metrics(State(core): State<Arc<Core>>) -> Response {
    core.count_load();
    let mut response = Response::new(core.metrics.render().into());
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// The interface as a document.
pub(super) async fn openapi() -> Response {
    let mut response = Response::new(OPENAPI.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
