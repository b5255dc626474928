//! The program: named conversations, what they leave on the disk, and disks that refuse.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// The program with its own home folder.
struct Program {
    home: TempDir,
}

impl Program {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ds4"));
        self.prepare(&mut command);
        command.args(args);
        command
    }

    fn prepare(&self, command: &mut Command) {
        let home = self.home.path();
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .stdin(Stdio::null());
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn say(&self, args: &[&str]) -> String {
        said(&self.run(args))
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.say(args)).unwrap()
    }

    fn refuse(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?} succeeds: {}", text(&output.stdout));
        text(&output.stderr)
    }

    fn kept(&self) -> PathBuf {
        self.home.path().join("cache/ds4/kv")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

const NORA: &str = "My name is Nora and I live in Oslo.";
const NAME: &str = "What is my name?";

/// One question to a named conversation.
fn ask<'a>(session: &'a str, question: &'a str) -> [&'a str; 8] {
    ["run", "--json", "--temp", "0", "--session", session, "-p", question]
}

#[test]
fn a_named_conversation_goes_on_after_a_restart() {
    let program = Program::new();
    let first = program.json(&ask("trip", NORA));
    assert_eq!(first["stats"]["reuse"]["from"], "nothing");
    let second = program.json(&ask("trip", NAME));
    assert!(second["text"].as_str().unwrap().contains("Nora"), "{second}");
    let stats = &second["stats"];
    assert_eq!(stats["reuse"]["from"], "disk", "{stats}");
    // All but the end of the answer and the new question.
    let held = stats["prompt_tokens"].as_u64().unwrap() - stats["reused_tokens"].as_u64().unwrap();
    assert!(held < 12, "{stats}");

    // The same in one go, without a disk.
    let plain = Program::new();
    let again = plain.json(&ask("other", NORA));
    assert_eq!(again["text"], first["text"]);
    fs::remove_dir_all(plain.kept()).unwrap();
    let again = plain.json(&ask("other", NAME));
    assert_eq!(
        (&again["text"], &again["stats"]["reuse"]["from"]),
        (&second["text"], &"nothing".into())
    );

    let list = program.json(&["sessions", "list", "--json"]);
    assert_eq!((&list[0]["name"], &list[0]["messages"]), (&"trip".into(), &4.into()));
    let shown = program.say(&["sessions", "show", "trip"]);
    assert!(shown.starts_with(&format!("[user]\n{NORA}\n\n[assistant]\n")), "{shown}");
    let shown = program.json(&["sessions", "show", "trip", "--json"]);
    assert_eq!(shown["conversation"][2]["text"], NAME);

    // A copy shares what was computed and goes its own way.
    program.say(&["sessions", "fork", "trip", "trip-2"]);
    let copy = program.json(&ask("trip-2", "Where do I live?"));
    assert_eq!(copy["stats"]["reuse"]["from"], "disk", "{copy}");
    assert_eq!(program.json(&["sessions", "show", "trip", "--json"])["messages"], 4);
    assert!(program.refuse(&["sessions", "fork", "trip", "trip-2"]).contains("there already"));
    program.say(&["sessions", "delete", "trip-2"]);
    assert!(program.refuse(&["sessions", "show", "trip-2"]).contains("there is no session trip-2"));
    assert!(program.refuse(&ask("../x", NORA)).contains("cannot be the name of a session"));
}

#[test]
fn a_session_is_used_by_one_program_at_a_time() {
    let program = Program::new();
    program.say(&ask("trip", NORA));
    let folder = program.home.path().join("data/ds4/sessions");
    let lock = fs::OpenOptions::new().write(true).open(folder.join(".trip.lock")).unwrap();
    lock.lock().unwrap();
    let refused = program.refuse(&ask("trip", NAME));
    assert!(refused.contains("session trip is in use by another program"), "{refused}");
    drop(lock);
    fs::write(folder.join("trip.json"), "{").unwrap();
    let refused = program.refuse(&ask("trip", NAME));
    assert!(refused.contains("holds no session"), "{refused}");
}

#[test]
fn the_folder_is_looked_after() {
    let program = Program::new();
    program.say(&ask("trip", NORA));
    let list = program.json(&["kv", "list", "--json"]);
    let marks = list["marks"].as_array().unwrap();
    assert_eq!(marks.len(), 2, "before the answer and after it");
    let longest = marks.iter().max_by_key(|mark| mark["tokens"].as_u64()).unwrap();
    let key = longest["key"].as_str().unwrap();
    let table = program.say(&["kv", "list"]);
    assert!(table.contains(&key[..12]) && table.contains("2 marks, 0 pages"), "{table}");
    let shown = program.say(&["kv", "show", &key[..8], "--text"]);
    assert!(shown.contains(NORA) && shown.contains(key), "{shown}");
    let shown = program.json(&["kv", "show", key, "--json"]);
    assert_eq!((&shown["whole"], &shown["tokens"]), (&true.into(), &longest["tokens"]));
    assert!(program.refuse(&["kv", "show", "ab"]).contains("at least 4 digits"));
    assert!(program.refuse(&["kv", "show", "0123456789"]).contains("`ds4 kv list` lists them"));

    // Pinned, it outlasts everything; then it moves to another machine.
    program.say(&["kv", "pin", key]);
    assert!(program.say(&["kv", "list"]).contains("pinned"));
    program.say(&["kv", "drop", "--all"]);
    assert_eq!(program.json(&["kv", "list", "--json"])["marks"].as_array().unwrap().len(), 1);
    let file = program.home.path().join("trip.kv");
    let file = file.to_str().unwrap();
    program.say(&["kv", "export", key, "-o", file]);
    let other = Program::new();
    other.say(&["kv", "import", file]);
    assert_eq!(other.json(&["kv", "list", "--json"])["marks"][0]["key"], key);
    assert!(other.say(&["kv", "verify"]).starts_with("1 files are right"));
    let mut cut = fs::read(file).unwrap();
    cut.pop();
    fs::write(file, &cut).unwrap();
    assert!(other.refuse(&["kv", "import", file]).contains("is damaged"));

    // A damaged file is found, said and removed.
    let mark = other.kept().join(format!("{key}.mark"));
    let mut bytes = fs::read(&mark).unwrap();
    let last = bytes.len() / 2;
    bytes[last] ^= 1;
    fs::write(&mark, bytes).unwrap();
    let refused = other.refuse(&["kv", "verify"]);
    assert!(
        refused.contains("the checksum is wrong") && refused.contains("1 damaged"),
        "{refused}"
    );
    assert!(!mark.exists());
    program.say(&["kv", "unpin", key]);
    assert!(program.refuse(&["kv", "unpin", key]).contains("is not pinned"));
    assert!(program.say(&["kv", "gc", "--limit", "0"]).starts_with("1 files are removed"));
    assert!(program.say(&["kv", "list"]).starts_with("0 marks, 0 pages"));
}

#[test]
fn an_encrypted_folder_needs_its_key() {
    let program = Program::new();
    let key = program.home.path().join("key");
    fs::write(&key, [5; 32]).unwrap();
    let with_key =
        |question| [&ask("trip", question)[..], &["--kv-key", key.to_str().unwrap()]].concat();
    program.say(&with_key(NORA));
    let second = program.json(&with_key(NAME));
    assert_eq!(second["stats"]["reuse"]["from"], "disk");
    let list = program.json(&["kv", "list", "--json"]);
    let mark = list["marks"][0]["key"].as_str().unwrap();
    assert_eq!(list["marks"][0]["encrypted"], true);
    assert!(program.refuse(&["kv", "show", mark, "--text"]).contains("--key-file"));
    let args = ["kv", "show", mark, "--text", "--key-file", key.to_str().unwrap()];
    assert!(program.say(&args).contains(NORA));
    fs::write(&key, "short").unwrap();
    assert!(program.refuse(&with_key(NAME)).contains("expected 32 bytes"));
}

/// An answer with a folder that refuses, and what was warned of.
#[cfg(unix)]
fn refused(program: &Program, folder: &Path, mut command: Command) -> (Value, String) {
    let args = ["run", "--json", "--temp", "0", "-p", NORA, "--kv-dir", folder.to_str().unwrap()];
    program.prepare(&mut command);
    let output = command.args(args).output().unwrap();
    (serde_json::from_str(&said(&output)).unwrap(), text(&output.stderr))
}

#[cfg(unix)]
#[test]
fn a_folder_that_refuses_is_a_warning_and_a_cold_start() {
    use std::os::unix::{fs::PermissionsExt as _, process::CommandExt as _};
    let program = Program::new();
    // Everyone may come this far.
    for path in [program.home.path(), &program.home.path().join("kv")] {
        fs::create_dir_all(path).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let folder = program.home.path().join("kv");
    let open = Command::new(env!("CARGO_BIN_EXE_ds4"));
    let (expected, warnings) = refused(&program, &folder, open);
    assert_eq!(warnings, "");
    let files = || fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    assert!(files().count() > 1);

    // The administrator may do everything, so somebody else has to try.
    let somebody = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ds4"));
        command.uid(65_534).gid(65_534);
        command
    };
    if somebody().arg("--version").output().is_ok_and(|output| output.status.success()) {
        files().for_each(|file| {
            fs::set_permissions(file, fs::Permissions::from_mode(0o444)).unwrap();
        });
        // What can be read is used, although nothing can be added.
        let (answer, warnings) = refused(&program, &folder, somebody());
        assert_eq!(answer["text"], expected["text"]);
        assert_eq!(answer["stats"]["reuse"]["from"], "disk", "{warnings}");
        let empty = program.home.path().join("empty");
        fs::create_dir(&empty).unwrap();
        fs::set_permissions(&empty, fs::Permissions::from_mode(0o555)).unwrap();
        let (answer, warnings) = refused(&program, &empty, somebody());
        assert_eq!(answer["text"], expected["text"]);
        assert!(warnings.contains("warning: tokens are not kept in "), "{warnings}");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let (answer, warnings) = refused(&program, &folder, somebody());
        assert_eq!(answer["text"], expected["text"]);
        assert_eq!(answer["stats"]["reuse"]["from"], "nothing");
        assert!(warnings.contains("warning: tokens are "), "{warnings}");
    } else {
        super::skipped("no other user can run the program here");
    }

    // Files that may not become as long as they have to: the disk is full.
    let full = program.home.path().join("full");
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -f 600; trap '' XFSZ; exec \"$0\" \"$@\""]);
    shell.arg(env!("CARGO_BIN_EXE_ds4"));
    let (answer, warnings) = refused(&program, &full, shell);
    assert_eq!(answer["text"], expected["text"]);
    assert!(warnings.contains("warning: tokens are not kept in "), "{warnings}");
    let left = fs::read_dir(&full).unwrap().map(|file| file.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name != ".lock").collect();
    assert!(left.is_empty(), "{left:?}");
}
