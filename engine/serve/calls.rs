//! The calls that the model wrote, under names that nobody can guess, so that a history that comes
//! back reads exactly as it was written.
//!
//! A client sends a call back as a name and JSON. The model wrote it with blanks, in an order and
//! with a spelling of its own, and only the same bytes continue what was computed before.

use std::{
    collections::{HashMap, VecDeque},
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::vault::{self, Vault};
use crate::{
    chat::{Message, Parsed, Role, Segment, json::Json},
    tokenizer::{TokenId, Tokenizer},
};

/// Digits of the name of a call; clients see them behind a word of their protocol.
const NAME: usize = 32;

/// The file, beside what is kept of conversations.
const FILE: &str = ".serve-calls";

const PURPOSE: &str = "calls";

/// The calls at the end of one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    /// What the model wrote, and which of it are special tokens.
    text: Vec<(String, bool)>,
    calls: Vec<Kept>,
}

/// One of them, as the client knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    id: String,
    name: String,
    arguments: String,
}

/// Calls of the last answers, up to a number of bytes.
#[derive(Debug)]
pub(crate) struct Calls {
    inner: Mutex<Inner>,
    most_bytes: usize,
    vault: Vault,
}

#[derive(Debug, Default)]
struct Inner {
    /// By the name of each call.
    by_id: HashMap<String, Arc<Block>>,
    /// The oldest first.
    blocks: VecDeque<Arc<Block>>,
    n_bytes: usize,
    file: Option<Journal>,
}

/// The same on the disk: sealed lines, written anew when half of them are of no use.
#[derive(Debug)]
struct Journal {
    path: PathBuf,
    file: File,
    n_bytes: usize,
}

impl Calls {
    /// Calls of the last answers, up to `most_bytes`; with a folder, also those of earlier
    /// processes.
    pub(crate) fn open(most_bytes: usize, folder: Option<&Path>, vault: Vault) -> io::Result<Self> {
        let calls = Self { inner: Mutex::default(), most_bytes, vault };
        if let Some(folder) = folder {
            let path = folder.join(FILE);
            let mut inner = calls.lock();
            // A line that was cut off or changed is as if it was not there.
            for line in File::open(&path).into_iter().flat_map(|file| BufReader::new(file).lines())
            {
                let text = calls.vault.open_text(PURPOSE, line?.trim());
                let block = text.and_then(|text| serde_json::from_str(&text).ok());
                if let Some(block) = block {
                    inner.add(Arc::new(block), most_bytes);
                }
            }
            inner.rewrite(&path, &calls.vault)?;
        }
        Ok(calls)
    }

    /// Keeps the calls at the end of an answer: `ids` are their names, in order.
    pub(crate) fn keep(&self, written: Vec<Segment>, parsed: &Parsed, ids: &[String]) {
        let call = |(call, id): (&crate::chat::Call, &String)| Kept {
            id: id.clone(),
            name: call.name.clone(),
            arguments: call.arguments.clone(),
        };
        let block = Arc::new(Block {
            text: written.into_iter().map(|segment| (segment.text, segment.trusted)).collect(),
            calls: parsed.tool_calls.iter().zip(ids).map(call).collect(),
        });
        let mut inner = self.lock();
        inner.add(Arc::clone(&block), self.most_bytes);
        if let Err(error) = inner.write(&block, &self.vault, self.most_bytes) {
            tracing::warn!(%error, "calls are kept in memory only");
            inner.file = None;
        }
    }

    /// Gives messages of the model the calls as they were written, where they are known and came
    /// back unchanged.
    pub(crate) fn restore(&self, messages: &mut [Message]) {
        let inner = self.lock();
        let is_call = |message: &&mut Message| {
            message.role == Role::Assistant && !message.tool_calls.is_empty()
        };
        for message in messages.iter_mut().filter(is_call) {
            let Some(block) = inner.by_id.get(name(&message.tool_calls[0].id)) else { continue };
            let same = |(kept, call): (&Kept, &crate::chat::ToolCall)| {
                kept.id == name(&call.id)
                    && kept.name == call.name
                    && is_same(&kept.arguments, &call.arguments)
            };
            let are_all = block.calls.len() == message.tool_calls.len()
                && block.calls.iter().zip(&message.tool_calls).all(same);
            if are_all {
                let segment = |(text, trusted): &(String, bool)| Segment {
                    text: text.clone(),
                    trusted: *trusted,
                };
                message.written_calls = block.text.iter().map(segment).collect();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add(&mut self, block: Arc<Block>, most_bytes: usize) {
        self.n_bytes += block.n_bytes();
        for call in &block.calls {
            self.by_id.insert(call.id.clone(), Arc::clone(&block));
        }
        self.blocks.push_back(block);
        while self.n_bytes > most_bytes {
            let Some(oldest) = self.blocks.pop_front() else { break };
            self.n_bytes -= oldest.n_bytes();
            for call in &oldest.calls {
                self.by_id.remove(&call.id);
            }
        }
    }

    fn write(&mut self, block: &Block, vault: &Vault, most_bytes: usize) -> io::Result<()> {
        let Some(journal) = &mut self.file else { return Ok(()) };
        journal.append(block, vault)?;
        // Two digits a byte, and as much again of what is no longer kept.
        if journal.n_bytes > most_bytes.saturating_mul(4) {
            let path = journal.path.clone();
            self.rewrite(&path, vault)?;
        }
        Ok(())
    }

    fn rewrite(&mut self, path: &Path, vault: &Vault) -> io::Result<()> {
        let partial = path.with_extension("partial");
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        vault::owner_only(&mut options);
        let file = options.open(&partial)?;
        let mut journal = Journal { path: path.to_owned(), file, n_bytes: 0 };
        for block in &self.blocks {
            journal.append(block, vault)?;
        }
        fs::rename(&partial, path)?;
        self.file = Some(journal);
        Ok(())
    }
}

impl Journal {
    fn append(&mut self, block: &Block, vault: &Vault) -> io::Result<()> {
        let mut line = vault.seal(PURPOSE, &serde_json::to_string(block)?);
        line.push('\n');
        self.n_bytes += line.len();
        self.file.write_all(line.as_bytes())
    }
}

impl Block {
    fn n_bytes(&self) -> usize {
        let of_call = |call: &Kept| call.id.len() + call.name.len() + call.arguments.len() + 64;
        let texts = self.text.iter().map(|(text, _)| text.len() + 32);
        texts.chain(self.calls.iter().map(of_call)).sum()
    }
}

/// The name of a call without the word of a protocol before it.
fn name(id: &str) -> &str {
    id.len().checked_sub(NAME).and_then(|at| id.get(at..)).unwrap_or(id)
}

fn is_same(kept: &str, found: &str) -> bool {
    kept == found || Json::parse(kept).is_ok_and(|kept| Json::parse(found) == Ok(kept))
}

/// The end of an answer from byte `from` on, with its special tokens told apart from text that only
/// looks like them.
pub(crate) fn written(tokenizer: &Tokenizer, tokens: &[TokenId], from: usize) -> Vec<Segment> {
    let (mut at, mut segments, mut bytes) = (0, vec![], vec![]);
    let flush = |bytes: &mut Vec<u8>, segments: &mut Vec<Segment>| {
        if !bytes.is_empty() {
            let text = String::from_utf8_lossy(bytes).into_owned();
            segments.push(Segment { text, trusted: false });
            bytes.clear();
        }
    };
    for &token in tokens {
        let of_token = tokenizer.token_bytes(token).unwrap_or_default();
        let skipped = from.saturating_sub(at).min(of_token.len());
        at += of_token.len();
        let of_token = &of_token[skipped..];
        if !of_token.is_empty() && tokenizer.is_added(token) {
            flush(&mut bytes, &mut segments);
            let text = String::from_utf8_lossy(of_token).into_owned();
            segments.push(Segment { text, trusted: true });
        } else {
            bytes.extend_from_slice(of_token);
        }
    }
    flush(&mut bytes, &mut segments);
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Call, ToolCall};

    fn parsed(arguments: &str) -> Parsed {
        let call = Call { name: "f".into(), arguments: arguments.into() };
        Parsed { tool_calls: vec![call], ..Parsed::default() }
    }

    fn message(id: &str, arguments: &str) -> Message {
        let mut message = Message::new(Role::Assistant, "");
        let call = ToolCall { id: id.into(), name: "f".into(), arguments: arguments.into() };
        message.tool_calls = vec![call];
        message
    }

    fn segments() -> Vec<Segment> {
        vec![Segment { text: "\n\n<calls>".into(), trusted: false }]
    }

    fn is_restored(calls: &Calls, id: &str, arguments: &str) -> bool {
        let mut messages = [message(id, arguments)];
        calls.restore(&mut messages);
        messages[0].written_calls == segments()
    }

    #[test]
    fn what_comes_back_unchanged_is_as_it_was_written() {
        let calls = Calls::open(1000, None, Vault::open(None, None).unwrap()).unwrap();
        let id = vault::unguessable();
        calls.keep(segments(), &parsed(r#"{"a":  1}"#), std::slice::from_ref(&id));
        assert!(is_restored(&calls, &format!("call_{id}"), r#"{"a":1}"#));
        assert!(is_restored(&calls, &format!("toolu_{id}"), r#"{"a":  1}"#));
        assert!(!is_restored(&calls, &id, r#"{"a":2}"#), "the client changed it");
        assert!(!is_restored(&calls, "call_1", r#"{"a":1}"#));
        for _ in 0..20 {
            calls.keep(segments(), &parsed("{}"), &[vault::unguessable()]);
        }
        assert!(!is_restored(&calls, &id, r#"{"a":1}"#), "there is no room for ever");
        assert!(calls.lock().n_bytes <= 1000);
    }

    #[test]
    fn calls_outlive_the_process_and_lines_that_were_changed_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let vault = Vault::open(Some(folder.path()), None).unwrap();
            Calls::open(1000, Some(folder.path()), vault).unwrap()
        };
        let (calls, ids) = (open(), [vault::unguessable(), vault::unguessable()]);
        for id in &ids {
            calls.keep(segments(), &parsed("{}"), std::slice::from_ref(id));
        }
        drop(calls);
        let path = folder.path().join(FILE);
        let mut lines = fs::read_to_string(&path).unwrap();
        assert!(!lines.contains("calls"));
        lines.replace_range(60..62, "00");
        fs::write(&path, lines + "cut off").unwrap();
        let calls = open();
        assert!(!is_restored(&calls, &ids[0], "{}") && is_restored(&calls, &ids[1], "{}"));
    }
}
