//! Which path is whose.

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{delete, get, post},
};

use super::{anthropic, core::Core, guard, health, openai, page, responses};

/// Everything that is served.
pub(super) fn router(core: Arc<Core>) -> Router {
    Router::new()
        .route("/", get(page::page))
        .route("/v1/chat/completions", post(openai::chat::create))
        .route("/v1/completions", post(openai::completions::create))
        .route("/v1/models", get(openai::models::list))
        .route("/v1/models/{*name}", get(openai::models::show))
        .route("/v1/responses", post(responses::create))
        .route("/v1/responses/compact", post(responses::compact::create))
        .route("/v1/responses/{id}", get(responses::show).merge(delete(responses::remove)))
        .route("/v1/responses/{id}/input_items", get(responses::input_items))
        .route("/v1/responses/{id}/cancel", post(responses::cancel))
        .route("/v1/messages", post(anthropic::create))
        .route("/v1/messages/count_tokens", post(anthropic::count))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(health::openapi))
        .fallback(guard::unknown)
        .method_not_allowed_fallback(guard::method)
        .layer(middleware::from_fn_with_state(Arc::clone(&core), guard::guard))
        .with_state(core)
}
