//! What every request passes: its name, who may ask, and the shape of what is refused.

use std::{sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use hyper::{
    HeaderMap, Method, StatusCode, Uri,
    header::{self, HeaderName, HeaderValue},
};

use super::{
    call::{self, Caller},
    core::Core,
    fields::Result,
    problem::{Kind, Problem, Shape},
    vault::unguessable,
};

/// Paths that need no key: they say nothing of anybody.
const OPEN: [&str; 4] = ["/", "/health", "/ready", "/openapi.json"];

/// What pages of other origins may send and see.
const METHODS: &str = "GET, POST, DELETE, OPTIONS";
const SEEN: &str = "x-request-id, request-id, retry-after, x-ds4-reused-tokens, \
                    x-ds4-queue-position, x-ds4-queue-estimate-seconds, x-ds4-queue-seconds";

/// Lets a request through, or says why not; names it, counts it, and gives refusals their shape.
pub(super) async fn guard(
    State(core): State<Arc<Core>>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let id = name(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let origin = allowed_origin(&core, request.headers());
    let is_preflight = method == Method::OPTIONS && request.headers().contains_key(header::ORIGIN);
    let (caller, mut response) = match admit(&core, &request, origin.as_ref()) {
        Err(problem) => (String::new(), problem.into_response()),
        Ok(_) if is_preflight => (String::new(), preflight(request.headers())),
        Ok(caller) => {
            let extension = Caller { id: id.clone(), name: caller.clone() };
            request.extensions_mut().insert(extension);
            (caller, next.run(request).await)
        }
    };
    shape(&mut response, (&path, &id));
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SEEN));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("x-request-id"), id.clone());
        // Anthropic's clients look for it under this name.
        headers.insert(HeaderName::from_static("request-id"), id);
    }
    let (status, seconds) = (response.status().as_u16(), begun.elapsed().as_secs_f64());
    let route = route.as_deref().unwrap_or("unknown");
    core.metrics.answered(route, status, seconds);
    tracing::info!(id, caller, %method, route, status, seconds, "request");
    response
}

/// There is nothing at a path.
pub(super) async fn unknown(method: Method, uri: Uri) -> Problem {
    let words = format!("Unknown request URL: {method} {}", uri.path());
    Problem::new(Kind::NotFound, words).with_code("unknown_url")
}

/// The path takes other methods.
pub(super) async fn method(method: Method, uri: Uri) -> Problem {
    let words = format!("Not allowed to {method} on {}", uri.path());
    Problem::new(Kind::Method, words).with_code("method_not_allowed")
}

/// The name of a request: its own if that is harmless, else a new one.
fn name(headers: &HeaderMap) -> String {
    let is_harmless = |id: &&str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        (1..=64).contains(&id.len()) && id.chars().all(is_plain) && !id.starts_with('.')
    };
    let own = headers.get("x-request-id").and_then(|id| id.to_str().ok()).filter(is_harmless);
    own.map_or_else(|| format!("req_{}", unguessable()), str::to_owned)
}

/// The name of the key with which a request may pass.
fn admit(core: &Core, request: &Request, origin: Option<&HeaderValue>) -> Result<String> {
    let (settings, headers) = (&core.settings, request.headers());
    // A page asks with the rights of whoever looks at it, so it has to be one that is known.
    if headers.contains_key(header::ORIGIN) && origin.is_none() && !is_own(headers) {
        let words = "pages of this origin may not ask; `ds4 serve --cors ORIGIN` allows one";
        return Err(Problem::new(Kind::Forbidden, words));
    }
    let is_preflight = request.method() == Method::OPTIONS;
    if is_preflight || OPEN.contains(&request.uri().path()) {
        return Ok(String::new());
    }
    if settings.keys.is_empty() {
        // Without a key, names that lead here from outside are not to be used to come in.
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        if host.is_some_and(|host| !is_known(host, &settings.hosts)) {
            let words = "this name is not one of this server; without a key it answers to \
                         localhost and to the address that it is bound to";
            return Err(Problem::new(Kind::Forbidden, words));
        }
        return Ok(String::new());
    }
    let Some(key) = key(headers) else {
        let words = "You didn't provide an API key: send it as `Authorization: Bearer KEY` or as \
                     `x-api-key: KEY`";
        return Err(Problem::new(Kind::Unauthorized, words));
    };
    let known = settings.keys.name(key).map(str::to_owned);
    known.ok_or_else(|| Problem::new(Kind::Unauthorized, "Incorrect API key provided"))
}

fn key(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
    });
    bearer.or_else(|| headers.get("x-api-key")?.to_str().ok())
}

/// The origin of a page that may ask.
fn allowed_origin(core: &Core, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let allowed = &core.settings.cors;
    let is_allowed =
        allowed.iter().any(|known| known == "*" || known.as_bytes() == origin.as_bytes());
    is_allowed.then(|| origin.clone())
}

/// Whether a page came from this server itself.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let (origin, host) = (text(header::ORIGIN), text(header::HOST));
    let host_of_origin = origin.and_then(|origin| origin.strip_prefix("http://"));
    host_of_origin.is_some() && host_of_origin == host
}

/// Whether a `Host` names this machine from within, or is one of `hosts`.
fn is_known(host: &str, hosts: &[String]) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_local = name.eq_ignore_ascii_case("localhost")
        || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    is_local || hosts.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(name))
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// Gives a refusal its body. What the framework refuses by itself is one as well.
fn shape(response: &mut Response, (path, id): (&str, &str)) {
    let problem = response.extensions_mut().remove::<Problem>();
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_bare = is_error && !response.headers().contains_key(header::CONTENT_TYPE);
    let is_text = |kind: &HeaderValue| kind.as_bytes().starts_with(b"text/plain");
    let is_foreign = is_error && response.headers().get(header::CONTENT_TYPE).is_some_and(is_text);
    let problem = match problem {
        Some(problem) => problem,
        None if is_bare || is_foreign => of_status(status),
        None => return,
    };
    let shape = if path.starts_with("/v1/messages") { Shape::Anthropic } else { Shape::OpenAi };
    let mut whole = call::json(&problem.body(shape, id));
    *whole.status_mut() = problem.status();
    let allow = response.headers_mut().remove(header::ALLOW);
    let headers = whole.headers_mut();
    if let Some(allow) = allow {
        headers.insert(header::ALLOW, allow);
    }
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if problem.kind == Kind::Unauthorized {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if matches!(problem.kind, Kind::Slow | Kind::TooLarge) {
        // The rest of the body is still to come.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    *response = whole.map(Body::new);
}

fn of_status(status: StatusCode) -> Problem {
    let kind = match status {
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Kind::Method,
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
        _ if status.is_client_error() => Kind::Invalid,
        _ => Kind::Fault,
    };
    Problem::new(kind, status.canonical_reason().unwrap_or("the request was refused"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_are_not_known() {
        let hosts = vec!["box.lan".to_owned()];
        for host in ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "box.lan:80"] {
            assert!(is_known(host, &hosts), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "[::2]"] {
            assert!(!is_known(host, &hosts), "{host}");
        }
        assert!(is_known("any.example", &["*".to_owned()]));
    }

    #[test]
    fn names_of_requests_are_harmless() {
        let named = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-request-id", HeaderValue::from_str(id).unwrap());
            name(&headers)
        };
        assert_eq!(named("abc-1.2_3"), "abc-1.2_3");
        for id in ["../x", "a/b", "", "a b", &"a".repeat(65)] {
            assert!(named(id).starts_with("req_"), "{id}");
        }
    }
}
