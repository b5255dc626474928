//! The HTTP server: in exact bytes over a script, for real over ds4-tiny, with hostile clients, and
//! with the packages that clients use.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a test says what it skips")]
#![expect(clippy::needless_pass_by_value, reason = "bodies are written where they are used")]

mod access;
mod again;
mod bytes;
mod calls;
mod connect;
mod hostile;
mod http;
mod load;
mod overhead;
mod page;
mod program;
mod script;
mod tiny;
#[path = "../support/tiny.rs"]
#[expect(dead_code, reason = "nothing is compared in bits")]
mod tiny_file;
mod trace;

use std::sync::{Arc, LazyLock};

use ds4::{
    chat::Release,
    gguf::Gguf,
    sample::SamplingOptions,
    serve::{Backend, Keys, Served, Server, Settings},
    tokenizer::Tokenizer,
};

use script::Script;

/// The tokenizer of ds4-tiny.
fn tokenizer() -> Arc<Tokenizer> {
    static TOKENIZER: LazyLock<Arc<Tokenizer>> = LazyLock::new(|| {
        let file = Gguf::open(&tiny_file::tiny()).unwrap();
        Arc::new(Tokenizer::from_metadata(|key| file.metadata().get(key)).unwrap())
    });
    Arc::clone(&TOKENIZER)
}

/// Settings of tests: any port.
fn settings() -> Settings {
    Settings { address: ([127, 0, 0, 1], 0).into(), ..Settings::default() }
}

fn served(backend: Arc<dyn Backend>) -> Served {
    Served {
        name: "ds4-tiny".into(),
        aliases: vec![],
        backend,
        tokenizer: tokenizer(),
        sampling: SamplingOptions::default(),
        is_seeded: false,
        release: Release::Preview,
        thinks: false,
        max_tokens: None,
    }
}

/// A server that answers as `script` says.
fn scripted(script: &Arc<Script>, settings: Settings) -> Server {
    let backend = Arc::<Script>::clone(script);
    Server::start(served(backend), settings).unwrap()
}

/// Settings with a key for each of two.
fn with_keys() -> Settings {
    Settings { keys: Keys::parse("ada:k-ada\nbob:k-bob").unwrap(), ..settings() }
}
