//! `/v1/responses`: answers that can be asked for again and gone on from.

pub(super) mod compact;
mod items;
mod request;
pub(super) mod store;
mod voice;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use serde_json::{Value, json};

use self::{
    request::Asked,
    store::{Owner, Stored},
    voice::{Keep, Told},
};
use super::{
    call::{self, Call, Caller},
    core::Core,
    fields::Result,
    generation::Listener,
    problem::{Kind, Problem},
    stream::{Frames, Voice as _},
};
use crate::chat::json::Json;

/// Makes a response.
pub(super) async fn create(call: Call) -> Result<Response> {
    let owner = call.caller.name.clone();
    let Asked { job, stream, store, background, is_repeatable, input, before, shape } =
        request::read(call.fields()?, &call.core, &owner)?;
    let again = call.again(is_repeatable);
    let listener = call.core.ask(job, Some(again)).await?;
    let generation = Arc::clone(listener.generation());
    let (id, created) = (format!("resp_{}", generation.id), generation.created);
    let named = || (id.clone(), created);
    let keep = store.then(|| keep(&call.core, (&id, owner.clone()), (before, input.clone())));
    let vault = call.core.vault.clone();
    if !background {
        let told = Told::new(named(), shape, vault, keep);
        if stream {
            return Ok(call.stream(listener, told));
        }
        let told = tell(listener, told).await;
        return match told.failed() {
            Some(problem) => Err(problem.clone()),
            None => Ok(call.whole(&told.response(), &[])),
        };
    }
    let told = Told::new(named(), shape.clone(), vault.clone(), keep);
    let mut response = told.response();
    let heard = if stream { generation.listen() } else { None };
    let (input, context) = (Arc::new(input), Arc::default());
    let mut shown = response.clone();
    shown["status"] = json!("in_progress");
    let stored = Stored { owner, response: shown, input, context, generation: Some(generation) };
    call.core.store.put(&id, stored);
    // It runs on, whoever listens.
    tokio::spawn(async move { drop(tell(listener, told).await) });
    if let Some(listener) = heard {
        return Ok(call.stream(listener, Told::new(named(), shape, vault, None)));
    }
    response["status"] = json!("queued");
    Ok(call.whole(&response, &[]))
}

/// Shows a stored response.
pub(super) async fn show(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response> {
    let stored = core.store.get(&id, &caller.name).ok_or_else(|| unknown(&id))?;
    Ok(call::json(&stored.response))
}

/// Forgets a stored response, and ends it where it runs on.
pub(super) async fn remove(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response> {
    let stored = core.store.take(&id, &caller.name).ok_or_else(|| unknown(&id))?;
    if let Some(generation) = stored.generation {
        generation.cancel();
    }
    Ok(call::json(&json!({"id": id, "object": "response", "deleted": true})))
}

/// Ends a response that runs on.
pub(super) async fn cancel(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response> {
    let stored = core.store.get(&id, &caller.name).ok_or_else(|| unknown(&id))?;
    let Some(generation) = stored.generation else {
        if stored.response["background"] == json!(true) {
            return Ok(call::json(&stored.response));
        }
        let words = "Only responses that were made with `background` can be cancelled";
        return Err(Problem::invalid(words));
    };
    generation.cancel();
    let mut response = stored.response;
    response["status"] = json!("cancelled");
    Ok(call::json(&response))
}

/// Lists what was asked.
pub(super) async fn input_items(
    State(core): State<Arc<Core>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response> {
    let stored = core.store.get(&id, &caller.name).ok_or_else(|| unknown(&id))?;
    let limit = match query.get("limit") {
        None => 20,
        Some(text) => {
            text.parse().ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(|| {
                Problem::field("limit", "limit: expected a whole number from 1 to 100")
            })?
        }
    };
    let mut items: Vec<Value> =
        stored.input.iter().enumerate().map(|each| shown(&id, each)).collect();
    // The newest first, unless the client wants it otherwise.
    if query.get("order").is_none_or(|order| order != "asc") {
        items.reverse();
    }
    if let Some(after) = query.get("after") {
        let place = items.iter().position(|item| item["id"].as_str() == Some(after));
        items.drain(..place.map_or(0, |place| place + 1));
    }
    let has_more = items.len() > limit;
    items.truncate(limit);
    let ids = [items.first(), items.last()].map(|item| item.map(|item| item["id"].clone()));
    Ok(call::json(&json!({
        "object": "list",
        "data": items,
        "first_id": ids[0],
        "last_id": ids[1],
        "has_more": has_more,
    })))
}

/// An item with a name, and with its content as parts.
fn shown(id: &str, (index, item): (usize, &Json)) -> Value {
    let mut item: Value = serde_json::from_str(&item.to_string()).unwrap_or_default();
    let id = id.trim_start_matches("resp_");
    if item["type"].is_null() {
        item["type"] = json!("message");
    }
    if item["id"].is_null() {
        item["id"] = json!(format!("in_{id}{index:02}"));
    }
    if let Some(text) = item["content"].as_str().map(str::to_owned) {
        let kind = if item["role"] == json!("assistant") { "output_text" } else { "input_text" };
        item["content"] = json!([{"type": kind, "text": text}]);
    }
    item
}

/// Hears an answer to its end.
async fn tell(mut listener: Listener, mut told: Told) -> Told {
    let mut unheard = Frames::default();
    while let Some((row, delta)) = listener.next().await {
        told.hear(row, &delta, &mut unheard);
        unheard.take();
    }
    told.close(&mut unheard);
    told
}

/// What stores a response when it has ended.
fn keep(
    core: &Arc<Core>,
    (id, owner): (&str, Owner),
    (mut items, input): (Vec<Json>, Vec<Json>),
) -> Keep {
    let (core, id) = (Arc::clone(core), id.to_owned());
    Box::new(move |response| {
        // One that was forgotten while it ran on stays so.
        let is_forgotten =
            response["background"] == json!(true) && core.store.get(&id, &owner).is_none();
        if is_forgotten {
            return;
        }
        items.extend(input.iter().cloned());
        let output = response["output"].as_array().into_iter().flatten();
        items.extend(output.filter_map(|item| Json::parse(&item.to_string()).ok()));
        let (input, context) = (Arc::new(input), Arc::new(items));
        let response = response.clone();
        core.store.put(&id, Stored { owner, response, input, context, generation: None });
    })
}

fn unknown(id: &str) -> Problem {
    Problem::new(Kind::NotFound, format!("Response with id '{id}' not found."))
}
