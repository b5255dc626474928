//! What answers must be: the tools and the format that were asked for, as rules.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{
    chat::json::Json,
    grammar::{Format, Rules, Tool},
};

/// What the content of answers must be.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Conversation")]
pub(super) struct FormatArgs {
    /// Make each answer a JSON value that is valid for the JSON Schema in this file.
    #[arg(long, value_name = "FILE.json", conflicts_with = "raw")]
    json_schema: Option<PathBuf>,
    /// Make each answer a JSON object.
    #[arg(long, conflicts_with_all = ["raw", "json_schema"])]
    json_object: bool,
}

impl FormatArgs {
    /// The format, with the schema that was read.
    pub(super) fn format(&self) -> Result<Format> {
        let Some(path) = &self.json_schema else {
            return Ok(if self.json_object { Format::JsonObject } else { Format::Text });
        };
        let text = fs::read_to_string(path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        let schema = serde_json::from_str(&text);
        schema.map(Format::JsonSchema).with_context(|| format!("{} is not JSON", path.display()))
    }
}

/// The rules of a conversation with these tools.
pub(super) fn rules(tools: &[Json], format: Format) -> Result<Rules> {
    let tools = tools.iter().map(tool).collect::<Result<_>>()?;
    Ok(Rules { tools, parallel: true, format, ..Rules::default() })
}

/// A tool, from the declaration of its function.
fn tool(declared: &Json) -> Result<Tool> {
    let Some(Json::String(name)) = declared.get("name") else {
        anyhow::bail!("a tool has no name: {declared}");
    };
    let schema = declared
        .get("parameters")
        .map_or(Ok(Value::Bool(true)), |parameters| serde_json::from_str(&parameters.to_string()));
    let schema = schema.with_context(|| format!("the parameters of the tool `{name}`"))?;
    Ok(Tool { name: name.clone(), schema })
}
