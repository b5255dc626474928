//! How a server behaves.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use super::keys::Keys;
use crate::kv::disk::Secret;

/// How a server behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens; port 0 for any that is free.
    pub address: SocketAddr,
    /// Who may ask; nobody needs a key where there are none.
    pub keys: Keys,
    /// Origins whose pages may ask; `*` for all.
    pub cors: Vec<String>,
    /// Names by which the server is reached beside those of this machine, for requests without a
    /// key.
    pub hosts: Vec<String>,
    /// Most bytes of a body.
    pub max_body: usize,
    /// Most connections at a time.
    pub connections: usize,
    /// The longest time that the head of a request takes, and between two requests.
    pub head_time: Duration,
    /// The longest time that a body takes.
    pub body_time: Duration,
    /// The longest time that a client takes nothing of what is sent.
    pub write_time: Duration,
    /// The longest silence of a stream.
    pub heartbeat: Duration,
    /// How long an answer is kept for a request that comes again.
    pub again: Duration,
    /// Most answers that are kept for that.
    pub recent: usize,
    /// Most bytes of those answers.
    pub recent_bytes: usize,
    /// Most bytes of calls that are kept as the model wrote them.
    pub calls_bytes: usize,
    /// Most stored responses.
    pub stored: usize,
    /// Most bytes of stored responses.
    pub stored_bytes: usize,
    /// Where whole transcripts are written.
    pub trace: Option<PathBuf>,
    /// Where the key of signatures and the calls are kept, beside what is kept of conversations.
    pub folder: Option<PathBuf>,
    /// The key, instead of one in the folder.
    pub secret: Option<Secret>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8000)),
            keys: Keys::default(),
            cors: vec![],
            hosts: vec![],
            max_body: 32 << 20,
            connections: 256,
            head_time: Duration::from_secs(30),
            body_time: Duration::from_secs(60),
            write_time: Duration::from_secs(60),
            heartbeat: Duration::from_secs(5),
            again: Duration::from_secs(120),
            recent: 256,
            recent_bytes: 64 << 20,
            calls_bytes: 64 << 20,
            stored: 1024,
            stored_bytes: 256 << 20,
            trace: None,
            folder: None,
            secret: None,
        }
    }
}
