//! What each agent has to know of a server, and in which file it looks for that.

use std::{
    env,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use serde_json::{Value, json};

use super::{
    KEY,
    file::{Format, Settings},
    protocol::Protocol,
    server::Model,
};

/// The name of the server among the providers of an agent.
const PROVIDER: &str = "ds4";

/// What stands for a key where an agent wants one and the server none.
const NO_KEY: &str = "none";

/// The agents that can be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Client {
    /// Anthropic's agent.
    ClaudeCode,
    /// OpenAI's agent.
    Codex,
    /// The agent of opencode.ai.
    Opencode,
    /// The agent of pi.dev.
    Pi,
}

/// What an agent is set up for.
#[derive(Debug)]
pub(super) struct Target<'a> {
    /// Without a slash at its end.
    pub(super) url: &'a str,
    pub(super) model: &'a Model,
    /// Whether the server wants a key, which is then in a variable.
    pub(super) has_key: bool,
}

impl Client {
    /// The command that starts it.
    pub(super) const fn program(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude",
            Self::Codex => "codex",
            Self::Opencode => "opencode",
            Self::Pi => "pi",
        }
    }

    /// What it speaks.
    pub(super) const fn protocol(self) -> Protocol {
        match self {
            Self::ClaudeCode => Protocol::Messages,
            Self::Codex => Protocol::Responses,
            Self::Opencode | Self::Pi => Protocol::Chat,
        }
    }

    /// Its files, with what belongs into them.
    pub(super) fn settings(self, target: &Target<'_>, home: &Path) -> Vec<Settings> {
        let folder = |variable: &str, default: &str| match env::var_os(variable) {
            Some(folder) if !folder.is_empty() => PathBuf::from(folder),
            _ => home.join(default),
        };
        match self {
            Self::ClaudeCode => {
                vec![claude_code(target, &folder("CLAUDE_CONFIG_DIR", ".claude"))]
            }
            Self::Codex => vec![codex(target, &folder("CODEX_HOME", ".codex"))],
            Self::Opencode => vec![opencode(target, &folder("XDG_CONFIG_HOME", ".config"))],
            Self::Pi => pi(target, &folder("PI_CODING_AGENT_DIR", ".pi/agent")),
        }
    }
}

fn claude_code(target: &Target<'_>, folder: &Path) -> Settings {
    let Target { url, model, has_key } = *target;
    let mut settings = Settings::new(folder.join("settings.json"), Format::Json);
    let mut set = |name: &str, value: Value| settings.set(&["env", name], value);
    set("ANTHROPIC_BASE_URL", json!(url));
    if has_key {
        // A key of Anthropic's service in the environment would go before the helper's.
        set("ANTHROPIC_API_KEY", json!(""));
        set("ANTHROPIC_AUTH_TOKEN", Value::Null);
    } else {
        set("ANTHROPIC_AUTH_TOKEN", json!(NO_KEY));
    }
    for kind in ["", "_DEFAULT_OPUS", "_DEFAULT_SONNET", "_DEFAULT_HAIKU"] {
        set(&format!("ANTHROPIC{kind}_MODEL"), json!(model.name));
    }
    set("CLAUDE_CODE_MAX_CONTEXT_TOKENS", json!(model.context.to_string()));
    set("CLAUDE_CODE_MAX_OUTPUT_TOKENS", json!(model.output.to_string()));
    if has_key {
        settings.set(&["apiKeyHelper"], json!(format!("printenv {KEY}")));
    }
    settings
}

fn codex(target: &Target<'_>, folder: &Path) -> Settings {
    let Target { url, model, has_key } = *target;
    let mut settings = Settings::new(folder.join("config.toml"), Format::Toml);
    settings.set(&["model"], json!(model.name));
    settings.set(&["model_provider"], json!(PROVIDER));
    settings.set(&["model_context_window"], json!(model.context));
    let mut set = |name: &str, value: Value| {
        settings.set(&["model_providers", PROVIDER, name], value);
    };
    set("name", json!(PROVIDER));
    set("base_url", json!(format!("{url}/v1")));
    set("wire_api", json!("responses"));
    set("env_key", if has_key { json!(KEY) } else { Value::Null });
    settings
}

fn opencode(target: &Target<'_>, folder: &Path) -> Settings {
    let Target { url, model, has_key } = *target;
    let path = folder.join("opencode").join("opencode.json");
    let mut settings = Settings::new(path, Format::Json);
    let name = format!("{PROVIDER}/{}", model.name);
    settings.set(&["model"], json!(name));
    settings.set(&["small_model"], json!(name));
    let mut set = |path: &[&str], value: Value| {
        settings.set(&[&["provider", PROVIDER], path].concat(), value);
    };
    let key = if has_key { format!("{{env:{KEY}}}") } else { NO_KEY.into() };
    set(&["npm"], json!("@ai-sdk/openai-compatible"));
    set(&["name"], json!(PROVIDER));
    set(&["options", "baseURL"], json!(format!("{url}/v1")));
    set(&["options", "apiKey"], json!(key));
    let mut set = |name: &str, value: Value| set(&["models", &model.name, name], value);
    set("name", json!(model.display));
    set("reasoning", json!(true));
    set("tool_call", json!(true));
    set("interleaved", json!({"field": "reasoning_content"}));
    set("limit", json!({"context": model.context, "output": model.output}));
    settings
}

fn pi(target: &Target<'_>, folder: &Path) -> Vec<Settings> {
    let Target { url, model, has_key } = *target;
    let mut models = Settings::new(folder.join("models.json"), Format::Json);
    let mut set = |name: &str, value: Value| models.set(&["providers", PROVIDER, name], value);
    let key = if has_key { format!("!printenv {KEY}") } else { NO_KEY.into() };
    set("baseUrl", json!(format!("{url}/v1")));
    set("api", json!("openai-completions"));
    set("apiKey", json!(key));
    let entry = json!({
        "id": model.name,
        "name": model.display,
        "reasoning": true,
        "input": ["text"],
        "contextWindow": model.context,
        "maxTokens": model.output,
        "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
    });
    set("models", json!([entry]));
    let mut chosen = Settings::new(folder.join("settings.json"), Format::Json);
    chosen.set(&["defaultProvider"], json!(PROVIDER));
    chosen.set(&["defaultModel"], json!(model.name));
    vec![models, chosen]
}
