//! Whole transcripts for whoever runs the server: what came and what was sent, byte for byte.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};

use super::{generation::now, vault};

/// Where transcripts are written, if anywhere.
#[derive(Debug)]
pub(crate) struct Tracer(Option<PathBuf>);

/// The transcript of one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Transcript(Option<Arc<Mutex<File>>>);

impl Tracer {
    pub(crate) fn open(folder: Option<&Path>) -> io::Result<Self> {
        if let Some(folder) = folder {
            fs::create_dir_all(folder)?;
        }
        Ok(Self(folder.map(Path::to_owned)))
    }

    /// Begins the transcript of a request: a line of JSON for it, and one for each thing that is
    /// sent. Keys are not in it. The name `id` came from this server.
    pub(crate) fn begin(&self, id: &str, caller: &str, (path, body): (&str, &[u8])) -> Transcript {
        let Some(folder) = &self.0 else { return Transcript::default() };
        let mut options = OpenOptions::new();
        options.create_new(true).write(true);
        vault::owner_only(&mut options);
        let file = options.open(folder.join(format!("{}-{id}.jsonl", now())));
        let transcript = match file {
            Ok(file) => Transcript(Some(Arc::new(Mutex::new(file)))),
            Err(error) => {
                tracing::warn!(%error, "there is no transcript");
                Transcript::default()
            }
        };
        let body = String::from_utf8_lossy(body);
        transcript.write(
            &json!({"time": now(), "id": id, "caller": caller, "path": path, "request": body}),
        );
        transcript
    }
}

impl Transcript {
    /// What was sent.
    pub(crate) fn sent(&self, text: &str) {
        if self.0.is_some() {
            self.write(&json!({"sent": text}));
        }
    }

    fn write(&self, line: &Value) {
        let Some(file) = &self.0 else { return };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(file, "{line}") {
            tracing::warn!(%error, "a transcript is cut off");
        }
    }
}
