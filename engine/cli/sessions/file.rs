//! Conversations as files: what was said, from which everything else can be computed again.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail, ensure};
use directories::ProjectDirs;

use crate::{
    chat::{self, Content, Message, Mode, ToolCall, json::Json},
    cli::atomic::AtomicFile,
};

const VERSION: &str = "1";

/// Longest file that is read.
const MOST_BYTES: u64 = 256 << 20;

/// Longest name.
const MOST_CHARS: usize = 64;

/// A conversation as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct Saved {
    /// The model that answered.
    pub(in crate::cli) model: String,
    /// When it was written, in seconds since 1970.
    pub(in crate::cli) updated: u64,
    pub(in crate::cli) mode: Mode,
    pub(in crate::cli) system: Option<String>,
    /// Declarations of tools.
    pub(in crate::cli) tools: Vec<Json>,
    pub(in crate::cli) messages: Vec<Message>,
}

/// A name that no other program uses as long as this value is there.
#[derive(Debug)]
pub(in crate::cli) struct Named {
    name: String,
    path: PathBuf,
    _lock: File,
}

impl Named {
    /// Takes the conversation `name`, which need not be there.
    pub(in crate::cli) fn take(name: &str) -> Result<Self> {
        check_name(name)?;
        let folder = folder()?;
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let lock_path = folder.join(format!(".{name}.lock"));
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.with_context(|| format!("cannot write to {}", folder.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "session {name} is in use by another program\n\
                 help: `ds4 sessions fork {name} NEW` makes a copy to go on with"
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock session {name}"));
            }
        }
        Ok(Self { name: name.to_owned(), path: path(&folder, name), _lock: lock })
    }

    /// What is kept of it, if anything is.
    pub(in crate::cli) fn read(&self) -> Result<Option<Saved>> {
        if self.path.exists() { read(&self.path).map(Some) } else { Ok(None) }
    }

    /// Replaces what is kept of it.
    pub(in crate::cli) fn write(&self, saved: &Saved) -> Result<()> {
        let mut out = AtomicFile::create(&self.path)?;
        let written = out.write_all(saved.to_json().as_bytes());
        written.with_context(|| format!("cannot write {}", self.path.display()))?;
        out.finish()
    }

    /// Removes it.
    pub(in crate::cli) fn delete(&self) -> Result<()> {
        fs::remove_file(&self.path)
            .with_context(|| format!("cannot remove {}", self.path.display()))
    }

    pub(in crate::cli) fn name(&self) -> &str {
        &self.name
    }
}

impl Saved {
    fn to_json(&self) -> String {
        let object = |fields: Vec<(&str, Json)>| {
            Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
        };
        let text = |text: &str| Json::String(text.to_owned());
        let call = |call: &ToolCall| {
            let function = vec![("name", text(&call.name)), ("arguments", text(&call.arguments))];
            object(vec![
                ("id", text(&call.id)),
                ("type", text("function")),
                ("function", object(function)),
            ])
        };
        let message = |message: &Message| {
            let content = match &message.content {
                Some(Content::Text(content)) => text(content),
                // A conversation in a terminal has no other content.
                Some(Content::Parts(_)) | None => Json::Null,
            };
            object(vec![
                ("role", text(message.role.name())),
                ("content", content),
                ("reasoning_content", text(&message.reasoning)),
                ("tool_calls", Json::Array(message.tool_calls.iter().map(call).collect())),
            ])
        };
        let tool =
            |tool: &Json| object(vec![("type", text("function")), ("function", tool.clone())]);
        let mode = match self.mode {
            Mode::Chat => "chat",
            Mode::Thinking => "thinking",
        };
        let saved = object(vec![
            ("version", Json::Integer(VERSION.to_owned())),
            ("model", text(&self.model)),
            ("updated", Json::Integer(self.updated.to_string())),
            ("mode", text(mode)),
            ("system", self.system.as_deref().map_or(Json::Null, text)),
            ("tools", Json::Array(self.tools.iter().map(tool).collect())),
            ("messages", Json::Array(self.messages.iter().map(message).collect())),
        ]);
        format!("{saved}\n")
    }

    fn from_json(json: &Json) -> Result<Self> {
        let field = |name: &str| json.get(name).with_context(|| format!("`{name}` is missing"));
        let text = |name: &str| match field(name)? {
            Json::String(text) => Ok(text.clone()),
            other => bail!("`{name}`: expected a string, found {}", other.kind()),
        };
        let number = |name: &str| match field(name)? {
            Json::Integer(digits) => Ok(digits.clone()),
            other => bail!("`{name}`: expected a number, found {}", other.kind()),
        };
        let version = number("version")?;
        ensure!(version == VERSION, "expected version {VERSION}, found version {version}");
        Ok(Self {
            model: text("model")?,
            updated: number("updated")?.parse().context("`updated`")?,
            mode: text("mode")?.parse()?,
            system: match field("system")? {
                Json::Null => None,
                _ => Some(text("system")?),
            },
            tools: chat::declared_tools(field("tools")?.clone())?,
            messages: chat::messages_from_json(field("messages")?.clone())?,
        })
    }
}

/// Now, in seconds since 1970.
pub(in crate::cli) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Where conversations are kept.
pub(super) fn folder() -> Result<PathBuf> {
    let folders = ProjectDirs::from("", "", "ds4").context("the system names no home folder")?;
    Ok(folders.data_dir().join("sessions"))
}

/// The names of all conversations, in order.
pub(super) fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", folder.display()));
        }
    };
    let name = |entry: io::Result<fs::DirEntry>| {
        let file = entry.ok()?.file_name().into_string().ok()?;
        let name = file.strip_suffix(".json")?;
        check_name(name).is_ok().then(|| name.to_owned())
    };
    let mut names: Vec<_> = entries.filter_map(name).collect();
    names.sort();
    Ok(names)
}

/// The file of a conversation.
pub(super) fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.json"))
}

/// Reads a conversation.
pub(super) fn read(path: &Path) -> Result<Saved> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    let saved = Json::parse(&text).map_err(anyhow::Error::from);
    saved.and_then(|json| Saved::from_json(&json)).with_context(|| {
        format!("{} holds no session; mend it, or remove it to begin anew", path.display())
    })
}

/// Refuses names that are no plain file names everywhere.
pub(super) fn check_name(name: &str) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    ensure!(
        !name.is_empty()
            && name.len() <= MOST_CHARS
            && name.chars().all(is_plain)
            && !name.starts_with(['.', '-']),
        "{name:?} cannot be the name of a session: expected up to {MOST_CHARS} letters, digits, \
         `-`, `_` and `.`, not beginning with `.` or `-`"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Role;

    #[test]
    fn what_is_kept_is_read_again() {
        let mut answer = Message::new(Role::Assistant, "\"Täg\"\n\u{1}");
        answer.reasoning = "first".to_owned();
        let arguments = "{\"city\": \"Oslo\"}".to_owned();
        answer.tool_calls = vec![ToolCall { id: String::new(), name: "weather".into(), arguments }];
        let saved = Saved {
            model: "tiny".to_owned(),
            updated: 12,
            mode: Mode::Thinking,
            system: Some("Be brief.".to_owned()),
            tools: vec![Json::parse(r#"{"name": "weather", "parameters": {}}"#).unwrap()],
            messages: vec![Message::new(Role::User, "Hi"), answer],
        };
        let json = Json::parse(&saved.to_json()).unwrap();
        assert_eq!(Saved::from_json(&json).unwrap(), saved);
    }

    #[test]
    fn other_files_are_refused_with_a_reason() {
        let refuse = |text: &str| {
            let json = Json::parse(text).unwrap();
            format!("{:#}", Saved::from_json(&json).unwrap_err())
        };
        assert_eq!(refuse("{}"), "`version` is missing");
        assert_eq!(refuse("[]"), "`version` is missing");
        assert_eq!(refuse(r#"{"version": 2}"#), "expected version 1, found version 2");
        assert_eq!(
            refuse(r#"{"version": 1, "model": 3}"#),
            "`model`: expected a string, found a number"
        );
    }

    #[test]
    fn names_are_plain() {
        for name in ["a", "trip-2_b.c", &"x".repeat(64)] {
            assert!(check_name(name).is_ok());
        }
        for name in ["", ".a", "-a", "a/b", "..", "a b", "ä", "a\\b", &"x".repeat(65)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
