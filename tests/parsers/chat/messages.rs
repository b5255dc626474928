//! Reading messages, writing JSON, and the words of errors.

use ds4::chat::json::{self, Json};
use ds4::chat::{EncodeOptions, Message, Mode, Release, Role, encode, messages_from_json};
use expect_test::{Expect, expect};

fn options(mode: Mode) -> EncodeOptions {
    EncodeOptions { mode, ..EncodeOptions::default() }
}

/// The chain of causes of what is wrong with messages.
fn complaint(messages: &str) -> String {
    let read = Json::parse(messages).map_err(ds4::chat::Error::from).and_then(messages_from_json);
    let error = read.and_then(|list| encode(&list, &options(Mode::Chat))).unwrap_err();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

fn check(messages: &str, expected: &Expect) {
    expected.assert_eq(&complaint(messages));
}

#[test]
fn errors_say_which_message_and_why() {
    check("[", &expect!["invalid JSON: expected a value at byte 1"]);
    check("5", &expect!["`messages`: expected an array, found a number"]);
    check(r#"[{"content": "x"}]"#, &expect!["message 0: `role` is missing"]);
    check(
        r#"[{"role": "user", "content": "x"}, {"role": "narrator"}]"#,
        &expect![[r"
            message 1: unknown role `narrator`
            help: roles are system, developer, user, assistant, tool and latest_reminder"]],
    );
    check(
        r#"[{"role": "user", "content": 5}]"#,
        &expect![
            "message 0: `content`: expected a string, an array of parts or null, found a number"
        ],
    );
    check(
        r#"[{"role": "user", "content": null}]"#,
        &expect!["message 0: a user message needs content"],
    );
    check(
        r#"[{"role": "developer", "content": ""}]"#,
        &expect!["message 0: a developer message needs content"],
    );
    check(
        r#"[{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]"#,
        &expect!["message 0: a user message cannot hold content of type `image_url`"],
    );
    check(
        r#"[{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "3"}}]}]"#,
        &expect!["message 0: the arguments of the call of `f` are a number, not an object"],
    );
    check(
        r#"[{"role": "user", "content": "x", "task": "poem"}]"#,
        &expect![[r"
        message 0: unknown task `poem`
        help: tasks are action, query, authority, domain, read_url and title"]],
    );
}

#[test]
fn an_effort_of_another_release_is_refused() {
    let refused = |release, effort: &str| {
        let effort = Some(effort.parse().unwrap());
        let options = EncodeOptions { release, effort, ..EncodeOptions::default() };
        encode(&[], &options).unwrap_err().to_string()
    };
    expect!["effort `low` does not exist in release `preview`"]
        .assert_eq(&refused(Release::Preview, "low"));
    expect!["effort `none` does not exist in release `0731`"]
        .assert_eq(&refused(Release::R0731, "none"));
    expect![[r"
        unknown effort `medium`
        help: it is one of none, low, high, max"]]
    .assert_eq(&"medium".parse::<ds4::chat::Effort>().unwrap_err().to_string());
}

#[test]
fn deep_nesting_is_an_error() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(Json::parse(&deep(json::MAX_DEPTH)).is_ok());
    let error = Json::parse(&deep(json::MAX_DEPTH + 1)).unwrap_err();
    expect!["JSON is nested more than 256 levels deep at byte 256"].assert_eq(&error.to_string());
    assert!(Json::parse(&"[".repeat(1_000_000)).is_err());
    let mut call = Message::new(Role::Assistant, "");
    let arguments = format!("{{\"a\": {}}}", deep(json::MAX_DEPTH));
    call.tool_calls.push(ds4::chat::ToolCall {
        id: String::new(),
        name: "f".to_owned(),
        arguments,
    });
    assert!(encode(&[call], &options(Mode::Chat)).is_err());
}

#[test]
fn json_is_written_as_python_writes_it() {
    let cases = [
        (r#"{"b":1,"a":[true,null,{}],"b":2}"#, r#"{"b": 2, "a": [true, null, {}]}"#),
        ("1e16", "1e+16"),
        ("1E15", "1000000000000000.0"),
        ("1.50", "1.5"),
        ("0.00001", "1e-05"),
        ("0.0001", "0.0001"),
        ("1.5e-7", "1.5e-07"),
        ("1e400", "Infinity"),
        ("-1e400", "-Infinity"),
        ("NaN", "NaN"),
        ("5e-324", "5e-324"),
        ("123456789012345678.0", "1.2345678901234568e+17"),
        ("1786801124704159.25", "1786801124704159.2"),
        ("9007199254740993.0", "9007199254740992.0"),
        ("123.456", "123.456"),
        ("-100", "-100"),
        ("-100.0", "-100.0"),
        ("0.001", "0.001"),
        ("0.1", "0.1"),
        ("2e0", "2.0"),
        ("9.5", "9.5"),
        ("2.2250738585072014e-308", "2.2250738585072014e-308"),
        ("-0.0", "-0.0"),
        ("-0", "0"),
        ("[-0, 123456789012345678901234567890]", "[0, 123456789012345678901234567890]"),
        (r#""\u00e9\ud83d\ude00\/\u007f\u0000\b\f""#, "\"é😀/\u{7f}\\u0000\\b\\f\""),
        (r#""\ud800x\ud800\ud83d\ude00""#, "\"\u{fffd}x\u{fffd}😀\""),
        (" [ ] ", "[]"),
    ];
    for (source, expected) in cases {
        assert_eq!(Json::parse(source).unwrap().to_string(), expected, "{source}");
    }
    for source in [
        "",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "[1,]",
        "{\"a\"}",
        "{a: 1}",
        "\"\n\"",
        "\"\\x\"",
        "1 2",
        "\"\\u12\"",
        "\"\\u12é\"",
        "tru",
        "'a'",
        "\u{feff}1",
    ] {
        assert!(Json::parse(source).is_err(), "{source}");
    }
}

#[test]
fn messages_are_read_by_serde_with_numbers_untouched() {
    let text = r#"[{"role": "system", "tools": [{"type": "function",
        "function": {"z": 123456789012345678901234567890, "a": 1.0}}], "name": "ignored"}]"#;
    let list: Vec<Message> = serde_json::from_str(text).unwrap();
    let tool = list[0].tools[0].to_string();
    assert_eq!(tool, r#"{"z": 123456789012345678901234567890, "a": 1.0}"#);
    let error = serde_json::from_str::<Message>(r#"{"role": 5}"#).unwrap_err();
    expect!["`role`: expected a string, found a number"].assert_eq(&error.to_string());
}

#[test]
fn text_parts_are_one_text() {
    let text = r#"[{"role": "user", "content": [{"type": "text", "text": "a"},
        {"type": "text", "text": "b"}]}, {"role": "user"}]"#;
    let list: Vec<Message> = serde_json::from_str(text).unwrap();
    let prompt = encode(&list, &options(Mode::Chat)).unwrap();
    expect![[r"
        <｜begin▁of▁sentence｜><｜User｜>a

        b

        <｜Assistant｜></think>"]]
    .assert_eq(&prompt.text());
}

#[test]
fn results_keep_to_their_slots_among_texts() {
    let text = r#"[
        {"role": "assistant", "tool_calls": [
            {"id": "a", "function": {"name": "f", "arguments": "{}"}},
            {"id": "b", "function": {"name": "g", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "b", "content": "B"},
        {"role": "user", "content": "between", "task": "query"},
        {"role": "tool", "tool_call_id": "a", "content": "A"}]"#;
    let list: Vec<Message> = serde_json::from_str(text).unwrap();
    let prompt = encode(&list, &options(Mode::Chat)).unwrap().text();
    let turn = prompt.split("<｜User｜>").nth(1).unwrap();
    // A user message that joins a turn loses its task.
    assert_eq!(
        turn,
        "<tool_result>A</tool_result>\n\nbetween\n\n<tool_result>B</tool_result>\
         <｜Assistant｜></think>"
    );
}
