//! `/v1/models`: the names of the model, with the fields that pickers read.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

use crate::serve::{
    call::json,
    core::Core,
    fields::Result,
    served::{AT_ONCE, REASONS, Served},
};

/// What answers came from.
pub(in crate::serve) const FINGERPRINT: &str = concat!("ds4-", env!("CARGO_PKG_VERSION"));

/// When the model was published, in seconds since 1970.
const PUBLISHED: u64 = 1_777_000_000;

/// Lists all names.
pub(in crate::serve) async fn list(
    State(core): State<Arc<Core>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let served = &core.served;
    let context = served.backend.limits().context;
    let models: Vec<Value> =
        served.names().iter().map(|name| model(served, name, context)).collect();
    let (first, last) = (models.first(), models.last());
    let mut body = json!({
        "object": "list",
        "data": models,
        "has_more": false,
        "first_id": first.map(|model| &model["id"]),
        "last_id": last.map(|model| &model["id"]),
    });
    // Codex says who it is, and reads a list of its own.
    if query.contains_key("client_version") {
        let own = |name: &&str| codex(served, name, context);
        body["models"] = served.names().iter().map(own).collect();
    }
    json(&body)
}

/// Shows one.
pub(in crate::serve) async fn show(
    State(core): State<Arc<Core>>,
    Path(name): Path<String>,
) -> Result<Response> {
    let named = core.served.find(&name, &[])?;
    let context = core.served.backend.limits().context;
    Ok(json(&model(&core.served, &named.name, context)))
}

/// A name with the fields of both protocols, and those by which others say how much fits.
fn model(served: &Served, name: &str, context: usize) -> Value {
    let most = served.max_tokens.unwrap_or(context);
    json!({
        "id": name,
        "object": "model",
        "type": "model",
        "created": PUBLISHED,
        "created_at": "2026-04-24T00:00:00Z",
        "owned_by": "deepseek",
        "display_name": display(served, name),
        "context_window": context,
        "context_length": context,
        "max_model_len": context,
        "max_input_tokens": context,
        "max_output_tokens": most,
        "max_tokens": most,
    })
}

fn display(served: &Served, name: &str) -> String {
    match name {
        AT_ONCE => format!("{} (answers at once)", served.name),
        REASONS => format!("{} (reasons first)", served.name),
        _ => name.to_owned(),
    }
}

/// The same as Codex describes models.
fn codex(served: &Served, name: &str, context: usize) -> Value {
    let effort = |effort, description| json!({"effort": effort, "description": description});
    json!({
        "slug": name,
        "display_name": display(served, name),
        "description": "DeepSeek V4 Flash on this machine",
        "default_reasoning_level": "medium",
        "supported_reasoning_levels": [
            effort("none", "Answers at once"),
            effort("medium", "Reasons first"),
            effort("xhigh", "Reasons as long as it takes"),
        ],
        "shell_type": "shell_command",
        "visibility": "list",
        "supported_in_api": true,
        "priority": 0,
        "upgrade": null,
        "base_instructions": "",
        "supports_reasoning_summaries": true,
        "support_verbosity": false,
        "default_verbosity": null,
        "apply_patch_tool_type": null,
        "truncation_policy": {"mode": "tokens", "limit": 10_000},
        "supports_parallel_tool_calls": true,
        "context_window": context,
        "auto_compact_token_limit": context - context / 5,
        "effective_context_window_percent": 95,
        "experimental_supported_tools": [],
        "input_modalities": ["text"],
    })
}
