//! A request as handlers see it: read whole, within its limits, from somebody who may ask.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    response::Response,
};
use http_body_util::BodyExt as _;
use hyper::{
    HeaderMap,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde_json::Value;

use super::{
    collect::Collected,
    core::Core,
    fields::{Fields, Result},
    generation::Listener,
    problem::{Kind, Problem},
    recent::Again,
    stream::{self, Voice},
    trace::Transcript,
};

/// Who asks, as the guard found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    /// The name of the request.
    pub(crate) id: String,
    /// The name of the key; empty where nobody needs one.
    pub(crate) name: String,
}

/// A request with its body.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) core: Arc<Core>,
    pub(crate) caller: Caller,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    path: String,
    transcript: Transcript,
}

impl FromRequest<Arc<Core>> for Call {
    type Rejection = Problem;

    async fn from_request(request: Request, core: &Arc<Core>) -> Result<Self> {
        let (head, body) = request.into_parts();
        let caller = head.extensions.get::<Caller>().cloned().unwrap_or_default();
        let settings = &core.settings;
        let read = read(body, &head.headers, settings.max_body);
        let body = tokio::time::timeout(settings.body_time, read).await.map_err(|_| {
            let most = settings.body_time.as_secs();
            Problem::new(Kind::Slow, format!("the body took longer than {most} s"))
        })??;
        let path = head.uri.path().to_owned();
        let transcript = core.tracer.begin(&caller.id, &caller.name, (&path, &body));
        Ok(Self { core: Arc::clone(core), caller, headers: head.headers, body, path, transcript })
    }
}

impl Call {
    /// The fields of the body.
    pub(crate) fn fields(&self) -> Result<Fields> {
        Fields::body(&self.body)
    }

    /// What tells this request from others. It may be answered by what is there where it says that
    /// it comes again, or where its answer would be the same.
    pub(crate) fn again(&self, is_repeatable: bool) -> Again {
        let header = |name| self.headers.get(name).map(HeaderValue::as_bytes);
        let key = header("idempotency-key");
        let retries = header("x-stainless-retry-count").and_then(|n| std::str::from_utf8(n).ok());
        let is_retry = retries.and_then(|n| n.parse().ok()).is_some_and(|n: u32| n > 0);
        let mut hasher = blake3::Hasher::new();
        for part in [self.caller.name.as_bytes(), self.path.as_bytes(), key.unwrap_or_default()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.update(&self.body);
        let may_join = key.is_some() || is_retry || is_repeatable;
        Again { print: *hasher.finalize().as_bytes(), may_join }
    }

    /// A response that streams.
    pub(crate) fn stream(self, listener: Listener, voice: impl Voice) -> Response {
        stream::respond(listener, voice, (self.core.settings.heartbeat, self.transcript))
    }

    /// A response with a whole body, and with what is known of its answers in its head.
    pub(crate) fn whole(self, body: &Value, answers: &[Collected]) -> Response {
        let text = body.to_string();
        self.transcript.sent(&text);
        let mut response = json_text(text);
        let reused = answers.iter().filter_map(|answer| answer.outcome.as_ref()).next();
        if let Some(outcome) = reused {
            let headers = response.headers_mut();
            let numbers = [
                ("x-ds4-reused-tokens", outcome.usage.cached as f64),
                ("x-ds4-queue-seconds", outcome.queued),
            ];
            for (name, number) in numbers {
                number_header(headers, name, number);
            }
        }
        response
    }
}

/// A response of JSON.
pub(crate) fn json(body: &Value) -> Response {
    json_text(body.to_string())
}

fn json_text(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Says how many go before a request, and the seconds that they may take.
pub(crate) fn place(headers: &mut HeaderMap, (position, seconds): (usize, f64)) {
    number_header(headers, "x-ds4-queue-position", position as f64);
    number_header(headers, "x-ds4-queue-estimate-seconds", seconds);
}

fn number_header(headers: &mut HeaderMap, name: &'static str, number: f64) {
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// Reads a body of at most `most` bytes. More is read and dropped for a while, since many clients
/// hear nothing before they have sent everything.
async fn read(mut body: Body, headers: &HeaderMap, most: usize) -> Result<Bytes> {
    let too_large = || {
        let words = format!("the body has more than {most} bytes, the most that this server takes");
        Problem::new(Kind::TooLarge, words)
    };
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse::<u64>().ok());
    // Nobody is to send so much in vain.
    if length.is_some_and(|length| length > 4 * most as u64) {
        return Err(too_large());
    }
    let (mut bytes, mut n_bytes) = (vec![], 0_usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::invalid("the body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        n_bytes += data.len();
        if n_bytes <= most {
            bytes.extend_from_slice(&data);
        } else {
            bytes = vec![];
            if n_bytes > 4 * most {
                break;
            }
        }
    }
    if n_bytes > most { Err(too_large()) } else { Ok(bytes.into()) }
}
