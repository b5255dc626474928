//! `ds4 connect` against ds4-tiny, with a home folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Arc,
};

use ds4::serve::Server;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{script::Script, scripted, settings, tiny, with_keys};

const CLIENTS: [(&str, &str); 4] = [
    ("claude-code", ".claude/settings.json"),
    ("codex", ".codex/config.toml"),
    ("opencode", ".config/opencode/opencode.json"),
    ("pi", ".pi/agent/models.json"),
];

/// Where agents have their settings.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn connect(&self, url: &str, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ds4"));
        command.args(["connect", "--url", url]).args(args).stdin(Stdio::null());
        command.env_clear().env("HOME", self.0.path()).output().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn put(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }
}

fn url(server: &Server) -> String {
    format!("http://{}", server.address())
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn said(output: &Output) -> (&str, &str) {
    let wrong = text(&output.stderr);
    assert!(output.status.success(), "{wrong}");
    (text(&output.stdout), wrong)
}

fn refused(output: &Output) -> &str {
    assert!(!output.status.success());
    text(&output.stderr)
}

fn n_files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn every_client_is_shown_its_settings_and_that_they_work() {
    let home = Home::new();
    for (client, file) in CLIENTS {
        let output = home.connect(&url(tiny::server()), &[client]);
        let (shown, proof) = said(&output);
        assert!(shown.contains(file) && shown.contains("ds4-tiny"), "{shown}");
        assert!(shown.contains("2048") && shown.contains(&url(tiny::server())), "{shown}");
        let lines: Vec<_> = proof.lines().collect();
        assert_eq!(lines.len(), 4, "{proof}");
        assert!(lines[0].starts_with("text ") && lines[0].contains('"'), "{proof}");
        assert!(lines[1].starts_with("stream ") && lines[1].contains(" events"), "{proof}");
        assert!(lines[2].starts_with("tools ") && lines[2].contains("get_weather({"), "{proof}");
        assert!(lines[3].ends_with("answers, streams and calls tools"), "{proof}");
    }
    assert_eq!(n_files(home.0.path()), 0, "nothing is written");
}

#[test]
fn settings_are_written_once_and_what_was_there_is_kept() {
    let (home, server) = (Home::new(), scripted(&Arc::new(Script::new("Hi")), settings()));
    let write = |client| home.connect(&url(&server), &[client, "--write", "--no-check"]);
    let old = "# mine\napproval_policy = \"never\" # careful\nmodel = \"gpt\"\n\n\
               [model_providers.other]\nname = \"other\"\n";
    home.put(".codex/config.toml", old);
    home.put(".claude/settings.json", r#"{"theme": "dark", "env": {"FOO": "1"}}"#);
    for (client, file) in CLIENTS {
        let first = write(client);
        assert!(said(&first).0.contains("  set "), "{client}");
        let text = home.read(file);
        let again = write(client);
        assert!(said(&again).0.lines().all(|line| line.ends_with(": nothing to change")));
        assert_eq!(home.read(file), text);
    }
    let codex = home.read(".codex/config.toml");
    let url = format!("base_url = \"{}/v1\"", url(&server));
    for kept in ["# mine\n", "# careful\n", "[model_providers.other]\n", &url] {
        assert!(codex.contains(kept), "{codex}");
    }
    assert!(codex.contains("model = \"ds4-tiny\"") && !codex.contains("gpt"), "{codex}");
    assert_eq!(home.read(".codex/config.toml.ds4-backup-1"), old);
    let claude: Value = serde_json::from_str(&home.read(".claude/settings.json")).unwrap();
    assert_eq!((&claude["theme"], &claude["env"]["FOO"]), (&json!("dark"), &json!("1")));
    assert_eq!(claude["env"]["CLAUDE_CODE_MAX_CONTEXT_TOKENS"], "4096");
    let folders = [".claude", ".codex", ".config/opencode", ".pi/agent"];
    assert_eq!(folders.map(|folder| n_files(&home.path(folder))), [2, 2, 1, 2]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let (home, server) = (Home::new(), scripted(&Arc::new(Script::new("Hi")), settings()));
    home.put("dotfiles/claude.json", "{}");
    let file = home.path("dotfiles/claude.json");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(home.path(".claude")).unwrap();
    symlink(&file, home.path(".claude/settings.json")).unwrap();
    said(&home.connect(&url(&server), &["claude-code", "--write", "--no-check"]));
    assert!(fs::symlink_metadata(home.path(".claude/settings.json")).unwrap().is_symlink());
    assert!(home.read("dotfiles/claude.json").contains("ANTHROPIC_BASE_URL"));
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn files_that_cannot_be_read_are_left_alone() {
    let (home, server) = (Home::new(), scripted(&Arc::new(Script::new("Hi")), settings()));
    let broken =
        [("claude-code", "{\"env\": \"x\"}"), ("opencode", "{ // mine\n}"), ("codex", "a =")];
    for (client, broken) in broken {
        let file = CLIENTS.iter().find(|(known, _)| *known == client).unwrap().1;
        home.put(file, broken);
        let output = home.connect(&url(&server), &[client, "--write"]);
        let words = refused(&output);
        assert!(words.contains(file) && words.contains("is left as it is"), "{words}");
        assert!(words.contains("expected"), "{words}");
        assert_eq!(home.read(file), broken);
        assert_eq!(n_files(home.path(file).parent().unwrap()), 1);
    }
}

#[test]
fn keys_are_taken_from_a_variable_and_written_nowhere() {
    let (home, server) = (Home::new(), scripted(&Arc::new(Script::new("Hi")), with_keys()));
    let words = |args: &[&str]| refused(&home.connect(&url(&server), args)).to_owned();
    let none = words(&["codex"]);
    assert!(none.contains("wants a key") && none.contains("--api-key"), "{none}");
    let wrong = words(&["codex", "--api-key", "k-eve"]);
    assert!(wrong.contains("refuses the key") && !wrong.contains("k-eve"), "{wrong}");
    for (client, file) in CLIENTS {
        let args = [client, "--api-key", "k-ada", "--write", "--no-check"];
        let output = home.connect(&url(&server), &args);
        let (shown, hint) = said(&output);
        assert!(hint.starts_with("DS4_API_KEY must hold the key where "), "{hint}");
        let written = home.read(file);
        assert!(written.contains("DS4_API_KEY"), "{written}");
        assert!(!format!("{written}{shown}{hint}").contains("k-ada"));
    }
}

#[test]
fn what_is_wrong_with_the_server_is_said() {
    let home = Home::new();
    let server = scripted(&Arc::new(Script::new("Hi")), settings());
    let at = url(&server);
    let words = |url: &str, args: &[&str]| refused(&home.connect(url, args)).to_owned();
    let unknown = words(&at, &["pi", "--model", "gpt-5"]);
    assert!(unknown.contains("no such model; it has ds4-tiny, deepseek-chat"), "{unknown}");
    assert!(words("https://x", &["pi"]).contains("expected http://HOST:PORT"));
    // It has no tool to call.
    let silent = words(&at, &["pi"]);
    assert!(silent.contains("tools: ") && silent.contains("does not do what agents need"));
    let mut failing = Script::new("Hi");
    failing.fails = true;
    let failing = scripted(&Arc::new(failing), settings());
    let failed = words(&url(&failing), &["claude-code"]);
    assert!(failed.contains("text: ") && failed.contains("answers 500"), "{failed}");
    drop(server);
    let nobody = words(&at, &["claude-code"]);
    assert!(nobody.contains("nothing answers at http://127.0.0.1"), "{nobody}");
    assert!(nobody.contains("`ds4 serve` starts a server"), "{nobody}");
}
