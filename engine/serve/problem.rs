//! What is said where a request is not answered, before it is known in whose words.

use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use serde_json::{Value, json};

use crate::{
    chat,
    schedule::{Failure, Refusal},
};

/// The kinds of problems, each with its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The request makes no sense.
    Invalid,
    /// No key, or an unknown one.
    Unauthorized,
    /// A page of another origin, or another host's name.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The path takes other methods.
    Method,
    /// The request took too long to arrive.
    Slow,
    /// The body or a head is too large.
    TooLarge,
    /// Too many wait.
    TooMany,
    /// The program or its device failed.
    Fault,
    /// The server is ending.
    Closing,
}

/// Whose words are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{"error": {"message", "type", "param", "code"}}`
    OpenAi,
    /// `{"type": "error", "error": {"type", "message"}}`
    Anthropic,
}

/// A request that is not answered, and why.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    /// The field at fault.
    pub(crate) param: Option<String>,
    /// A word that programs look for.
    pub(crate) code: Option<&'static str>,
    /// Seconds until it may be worth asking again.
    pub(crate) retry_after: Option<u64>,
}

impl Problem {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), param: None, code: None, retry_after: None }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    /// A request whose field `param` is wrong.
    pub(crate) fn field(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..Self::invalid(message) }
    }

    pub(crate) fn with_code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    pub(crate) const fn status(&self) -> StatusCode {
        match self.kind {
            Kind::Invalid => StatusCode::BAD_REQUEST,
            Kind::Unauthorized => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Method => StatusCode::METHOD_NOT_ALLOWED,
            Kind::Slow => StatusCode::REQUEST_TIMEOUT,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Fault => StatusCode::INTERNAL_SERVER_ERROR,
            Kind::Closing => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The body of the response.
    pub(crate) fn body(&self, shape: Shape, request_id: &str) -> Value {
        match shape {
            Shape::OpenAi => json!({"error": self.openai()}),
            Shape::Anthropic => json!({
                "type": "error",
                "error": self.anthropic(),
                "request_id": request_id,
            }),
        }
    }

    /// The inner object in OpenAI's shape.
    pub(crate) fn openai(&self) -> Value {
        let word = match self.kind {
            Kind::TooMany => "rate_limit_error",
            Kind::Fault | Kind::Closing => "server_error",
            Kind::Unauthorized => "authentication_error",
            Kind::Forbidden => "permission_error",
            _ => "invalid_request_error",
        };
        let code = self.code.or(match self.kind {
            Kind::Unauthorized => Some("invalid_api_key"),
            Kind::TooMany => Some("queue_full"),
            Kind::Closing => Some("shutting_down"),
            _ => None,
        });
        json!({"message": self.message, "type": word, "param": self.param, "code": code})
    }

    /// The inner object in Anthropic's shape.
    pub(crate) fn anthropic(&self) -> Value {
        let word = match self.kind {
            Kind::Invalid | Kind::Method | Kind::Slow => "invalid_request_error",
            Kind::Unauthorized => "authentication_error",
            Kind::Forbidden => "permission_error",
            Kind::NotFound => "not_found_error",
            Kind::TooLarge => "request_too_large",
            Kind::TooMany => "rate_limit_error",
            Kind::Fault => "api_error",
            Kind::Closing => "overloaded_error",
        };
        let message = match &self.param {
            Some(param) if !self.message.starts_with(param.as_str()) => {
                format!("{param}: {}", self.message)
            }
            _ => self.message.clone(),
        };
        json!({"type": word, "message": message})
    }
}

/// The body is written by the outermost layer, which knows the shape.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::EmptyPrompt
            | Refusal::UnknownToken { .. }
            | Refusal::Bias { .. }
            | Refusal::TooManyLogprobs { .. }
            | Refusal::Sampling(_) => Self::invalid(message),
            Refusal::TooLong { prompt, context } => {
                let message = format!(
                    "prompt is too long: {prompt} tokens > {context} maximum. This model's maximum \
                     context length is {context} tokens"
                );
                Self::field("messages", message).with_code("context_length_exceeded")
            }
            Refusal::NeverFits { .. } => {
                Self::field("max_tokens", message).with_code("context_length_exceeded")
            }
            Refusal::QueueFull { .. } => Self::new(Kind::TooMany, message),
            Refusal::Closed => Self::new(Kind::Closing, message),
        }
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        let kind = if matches!(failure, Failure::ShutDown) { Kind::Closing } else { Kind::Fault };
        Self::new(kind, failure.to_string())
    }
}

impl From<chat::Error> for Problem {
    fn from(error: chat::Error) -> Self {
        let (mut param, mut words, mut at) = ("messages".to_owned(), error.to_string(), &error);
        while let chat::Error::Message { index, source } = at {
            param = format!("messages.{index}");
            words = source.to_string();
            at = source;
        }
        let help = words.find("\nhelp: ").unwrap_or(words.len());
        Self::field(param, &words[..help])
    }
}
