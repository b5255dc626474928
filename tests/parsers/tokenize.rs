//! Tests of `ds4 tokenize`.

use std::io::Write;
use std::process::{Command, Output, Stdio};

const TINY: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tokenizer/tiny.tokenizer.json");

/// Runs the command with the small tokenizer on `input`.
fn tokenize(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ds4"));
    command.args(["tokenize", "--tokenizer", TINY]).args(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// What a successful run printed.
fn printed(args: &[&str], input: &[u8]) -> String {
    let output = tokenize(args, input);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a failing run complained about.
fn complaint(args: &[&str], input: &[u8]) -> String {
    let output = tokenize(args, input);
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn text_becomes_ids_and_back() {
    let ids = printed(&["Ships", "sailed <think>"], b"");
    assert_eq!(printed(&[], b"Ships sailed <think>"), ids);
    assert_eq!(printed(&["--decode"], ids.as_bytes()), "Ships sailed <think>");
    assert_eq!(printed(&["--decode", ids.trim()], b""), "Ships sailed <think>");
    assert_ne!(printed(&["--plain", "Ships sailed <think>"], b""), ids);
    assert_eq!(printed(&[], b""), "\n");
}

#[test]
fn show_prints_bytes() {
    assert_eq!(printed(&["--show", "t\u{1d54f}"], b"").lines().next(), Some("    86  \"t\""));
    assert!(printed(&["--show", "\u{1d54f}"], b"").contains("  bytes f0"));
}

#[test]
fn lines_of_json_become_lines_of_json() {
    let texts = "{\"text\":\"a\\n\",\"other\":1}\n{\"text\":\"\"}\n{\"text\":\"<think>\"}";
    let ids = printed(&["--jsonl"], texts.as_bytes());
    assert_eq!(ids.lines().nth(1), Some("{\"ids\":[]}"));
    assert_eq!(
        printed(&["--jsonl", "--decode"], ids.as_bytes()),
        "{\"text\":\"a\\n\"}\n{\"text\":\"\"}\n{\"text\":\"<think>\"}\n"
    );
}

#[test]
fn a_bad_line_is_numbered() {
    let output = tokenize(&["--jsonl"], b"{\"text\":\"a\"}\n{\"text\":7}\n");
    assert!(!output.status.success());
    assert_eq!(output.stdout, b"{\"ids\":[67]}\n");
    let message = complaint(&["--jsonl"], b"{\"text\":\"a\"}\n{\"text\":7}\n");
    assert!(
        message.starts_with("error: line 2: expected a JSON object with \"text\""),
        "{message}"
    );
    for line in [&b"\n"[..], b"[]\n", b"{\"text\":\"\xff\"}\n", b"{\"text\":\"\\ud800\"}\n"] {
        assert!(complaint(&["--jsonl"], line).starts_with("error: line 1: "), "{line:?}");
    }
    assert_eq!(
        complaint(&["--jsonl", "--decode"], b"{\"ids\":[4096]}"),
        "error: line 1: no token 4096: ids are below 4096\n"
    );
}

#[test]
fn bad_input_is_refused() {
    assert!(complaint(&[], b"\xff").starts_with("error: cannot read standard input as UTF-8"));
    assert!(complaint(&["--decode", "1 x"], b"").starts_with("error: \"x\" is not a token id"));
    assert!(complaint(&["--jsonl", "text"], b"").contains("cannot be used with"));
    assert!(complaint(&["-m", "x.gguf", "text"], b"").contains("cannot be used with"));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ds4"));
    command.args(["tokenize", "--tokenizer", TINY, "text"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stderr, b"");
}
