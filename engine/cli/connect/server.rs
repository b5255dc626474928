//! Asks a server over HTTP.

use std::{
    io::{BufRead as _, BufReader},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;
use ureq::{Agent, Body, http::Response};

use super::KEY;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer may take; models read slowly on small machines.
const ANSWER: Duration = Duration::from_secs(600);

/// A server, and how it is asked.
pub(super) struct Server {
    agent: Agent,
    url: String,
    key: Option<String>,
}

/// A model of a server.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) name: String,
    /// Its name for people.
    pub(super) display: String,
    /// Tokens of prompt and answer together.
    pub(super) context: u64,
    /// Tokens of an answer.
    pub(super) output: u64,
}

impl Server {
    pub(super) fn new(url: &str, key: Option<String>) -> Result<Self> {
        if !url.starts_with("http://") {
            bail!(
                "--url {url}: expected http://HOST:PORT\n\
                 help: `ds4 serve` speaks plain HTTP; name the address that it prints"
            );
        }
        let url = url.trim_end_matches('/').trim_end_matches("/v1").to_owned();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .timeout_recv_body(Some(ANSWER))
            .build()
            .into();
        Ok(Self { agent, url, key: key.filter(|key| !key.is_empty()) })
    }

    /// Where it is, without a slash at the end.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// What it serves.
    pub(super) fn models(&self) -> Result<Vec<Model>> {
        let mut request = self.agent.get(format!("{}/v1/models", self.url));
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let list = self.json(request.call())?;
        let models = list["data"].as_array().into_iter().flatten();
        let models: Option<Vec<_>> = models.map(model).collect();
        models.filter(|models| !models.is_empty()).with_context(|| {
            format!("{} is no server of ds4: its models have no names and limits", self.url)
        })
    }

    /// What it answers to a body.
    pub(super) fn ask(&self, path: &str, body: &Value) -> Result<Value> {
        self.json(self.post(path, body))
    }

    /// Hears the data of each event of an answer; the number of them.
    pub(super) fn stream(
        &self,
        path: &str,
        body: &Value,
        hear: &mut dyn FnMut(&str) -> Result<()>,
    ) -> Result<usize> {
        let response = self.accept(self.post(path, body))?;
        let mut n = 0;
        for line in BufReader::new(response.into_body().into_reader()).lines() {
            let line = line.context("the stream broke off")?;
            if let Some(data) = line.strip_prefix("data: ") {
                n += 1;
                hear(data)?;
            }
        }
        Ok(n)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        request.header("content-type", "application/json").send(body.to_string())
    }

    fn json(&self, response: Result<Response<Body>, ureq::Error>) -> Result<Value> {
        let text = self.accept(response)?.body_mut().read_to_string();
        let text = text.context("the answer broke off")?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is no server of ds4: it sends no JSON", self.url))
    }

    /// A response that is none of an error.
    fn accept(&self, response: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>> {
        let mut response = response.map_err(|error| {
            anyhow!(
                "nothing answers at {}: {error}\n\
                 help: `ds4 serve` starts a server; --url names another address",
                self.url
            )
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = response.body_mut().read_to_string().unwrap_or_default();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let words = body["error"]["message"].as_str().unwrap_or("it does not say why");
        if status == 401 {
            let what = if self.has_key() { "refuses the key" } else { "wants a key" };
            bail!("{} {what}: {words}\nhelp: --api-key KEY or {KEY} has the key", self.url);
        }
        bail!("{} answers {status}: {words}", self.url)
    }
}

/// A model of a list.
fn model(entry: &Value) -> Option<Model> {
    let name = entry["id"].as_str()?.to_owned();
    let display = entry["display_name"].as_str().unwrap_or(&name).to_owned();
    let context = entry["context_window"].as_u64()?;
    // An answer may fill the context, but agents take its limit off the room for their questions.
    let output = entry["max_output_tokens"].as_u64()?.min(context / 4);
    Some(Model { name, display, context, output })
}
