//! Calls that fit their tools, and those that do not.

use ds4::{
    chat::{Mode, parse},
    grammar::{Choice, Rules},
};
use serde_json::json;

use super::{allowed, allows, call, constraint, tokenizer, tool, tools, walk};

fn rules() -> Rules {
    let write = json!({
        "type": "object",
        "properties": {
            "path": { "type": "string" },
            "lines": { "type": "integer", "minimum": 1, "maximum": 99 },
            "mode": { "enum": ["new", "append"] },
            "where": { "type": ["string", "integer"] },
            "tags": { "type": "array", "items": { "type": "string", "maxLength": 5 } },
        },
        "required": ["path"],
    });
    let none = json!({ "type": "object", "properties": {} });
    tools(vec![tool("write", write), tool("now", none)])
}

fn chat(answer: &str) -> bool {
    let is_allowed = allows(Mode::Chat, &rules(), answer);
    if is_allowed {
        parse(&format!("{answer}<｜end▁of▁sentence｜>"), Mode::Chat).unwrap();
    }
    is_allowed
}

#[test]
fn calls_that_fit_are_allowed() {
    assert!(chat("Nothing to call."));
    assert!(chat(&call("write", &[("path", true, "/tmp/a b.txt")])));
    assert!(chat(&format!("First this.{}", call("write", &[("path", true, "x")]))));
    let values = [("path", true, "x"), ("lines", false, "42"), ("mode", true, "append")];
    assert!(chat(&call("write", &values)));
    let turned: Vec<_> = values.into_iter().rev().collect();
    assert!(chat(&call("write", &turned)), "arguments come in any order");
    assert!(chat(&call("write", &[("where", true, "here"), ("path", true, "")])));
    assert!(chat(&call("write", &[("where", false, "7"), ("path", true, "")])));
    assert!(chat(&call("write", &[("tags", false, r#"["a", "bc"]"#), ("path", true, "")])));
    assert!(chat(&call("now", &[])));
    assert!(chat(&call("now", &[]).replace("\n\n</", "\n</")));
    let text = "if a </b> and\n\n<think> \"of\" </｜DSML it </parameter> <｜User｜>";
    // What a stranger's text would be, which has no special tokens.
    let answer = call("write", &[("path", true, "@@")]);
    let (before, after) = answer.split_once("@@").unwrap();
    let tokens = tokenizer();
    let mut all = tokens.encode(before);
    all.extend(tokens.encode_plain(text));
    all.extend(tokens.encode(after));
    assert_eq!(walk(constraint(Mode::Chat, &rules()), &all), all.len());
}

#[test]
fn calls_that_do_not_fit_are_not() {
    let refused = |parameters: &[(&str, bool, &str)]| !chat(&call("write", parameters));
    assert!(refused(&[]), "a required argument is missing");
    assert!(refused(&[("lines", false, "3")]));
    assert!(refused(&[("path", true, "a"), ("path", true, "b")]), "given twice");
    assert!(refused(&[("path", false, "\"a\"")]), "text is written as text");
    assert!(refused(&[("path", true, "a"), ("lines", false, "100")]));
    assert!(refused(&[("path", true, "a"), ("lines", false, "1.5")]));
    assert!(refused(&[("path", true, "a"), ("lines", true, "1")]));
    assert!(refused(&[("path", true, "a"), ("mode", true, "newer")]));
    assert!(refused(&[("path", true, "a"), ("tags", false, r#"["abcdef"]"#)]));
    assert!(refused(&[("path", true, "a"), ("tags", false, r#"["a""#)]));
    assert!(refused(&[("path", true, "a"), ("other", true, "a")]), "there is no such argument");
    assert!(!chat(&call("read", &[("path", true, "a")])), "there is no such tool");
    let whole = call("write", &[("path", true, "x")]);
    assert!(!chat(&format!("{whole}\nDone.")), "nothing follows the calls");
    assert!(!chat(&whole[1..]), "an empty line stands before the calls");
    assert!(!chat(&whole.replace(">\n<", "><")));
    assert!(!chat(whole.strip_suffix("</｜DSML｜tool_calls>").unwrap()));
}

#[test]
fn several_calls_are_a_matter_of_the_rules() {
    let one = call("write", &[("path", true, "x")]);
    let end = "\n</｜DSML｜tool_calls>";
    let (_, invoke) = one.strip_suffix(end).unwrap().split_once("tool_calls>").unwrap();
    let two = one.replace(end, &format!("{invoke}{end}"));
    assert!(allows(Mode::Chat, &rules(), &two));
    let alone = Rules { parallel: false, ..rules() };
    assert!(allows(Mode::Chat, &alone, &one));
    assert!(!allows(Mode::Chat, &alone, &two));
}

#[test]
fn a_call_can_be_required() {
    let one = call("write", &[("path", true, "x")]);
    let now = call("now", &[]);
    for (choice, of_write) in [(Choice::Required, true), (Choice::Named("now".to_owned()), false)] {
        let rules = Rules { choice, ..rules() };
        assert_eq!(allowed(Mode::Chat, &rules, "Well"), "");
        assert!(!allows(Mode::Chat, &rules, ""));
        assert_eq!(allows(Mode::Chat, &rules, &one), of_write);
        assert!(allows(Mode::Chat, &rules, &now));
        assert!(allows(Mode::Thinking, &rules, &format!("Let me see.</think>{now}")));
        assert!(!allows(Mode::Thinking, &rules, "Let me see."));
    }
}

#[test]
fn without_tools_nothing_is_called() {
    let one = call("write", &[("path", true, "x")]);
    for rules in [Rules::default(), Rules { choice: Choice::None, ..rules() }] {
        assert!(allows(Mode::Chat, &rules, "A dog. ｜ <｜ a\n\n<tool_calls>"));
        assert_eq!(allowed(Mode::Chat, &rules, &one), "\n\n<");
        assert_eq!(allowed(Mode::Thinking, &rules, &one), "\n\n<");
        // Also when it is spelled in tokens of text.
        let tokens = tokenizer().encode_plain("Look: <｜DSML｜tool_calls>");
        let n = walk(constraint(Mode::Chat, &rules), &tokens);
        assert!(n < tokens.len());
        assert!(!tokenizer().decode(&tokens[..n]).contains("｜DSML｜"));
    }
}

#[test]
fn special_tokens_stay_where_the_format_has_them() {
    for special in ["<｜User｜>", "<think>", "</think>", "｜DSML｜", "<｜begin▁of▁sentence｜>"]
    {
        let refused = |mode, rules: &Rules| {
            assert_eq!(allowed(mode, rules, &format!("a{special}b")), "a", "{special}");
            let tokens = tokenizer().encode_plain(&format!("a {special}b"));
            let n = walk(constraint(mode, rules), &tokens);
            // A reader of content takes all but the first for more than text.
            assert_eq!(n == tokens.len(), special == "<｜User｜>", "{special}");
        };
        refused(Mode::Chat, &rules());
        refused(Mode::Chat, &Rules::default());
        if special != "</think>" {
            refused(Mode::Thinking, &rules());
        }
    }
    assert!(allows(Mode::Thinking, &rules(), "Hm.</think>Yes."));
    assert!(!allows(Mode::Thinking, &rules(), "Hm.</think>Yes.</think>"));
    assert!(!allows(Mode::Thinking, &rules(), "Hm."));
    let early = format!("Hm.{}</think>", call("now", &[]));
    assert_eq!(allowed(Mode::Thinking, &rules(), &early), "Hm.\n\n<");
}

#[test]
fn text_arguments_have_bounds_of_their_own() {
    let one = |schema, value: &str| {
        let schema = json!({ "type": "object", "properties": { "x": schema }, "required": ["x"] });
        allows(Mode::Chat, &tools(vec![tool("f", schema)]), &call("f", &[("x", true, value)]))
    };
    let short = json!({ "type": "string", "minLength": 2, "maxLength": 4 });
    assert!(one(short.clone(), "ab") && one(short.clone(), "äöü<") && one(short.clone(), "</</"));
    assert!(!one(short.clone(), "a") && !one(short, "abcde"));
    let code = json!({ "type": "string", "pattern": "^[A-Z]{2}-\\d+$" });
    assert!(one(code.clone(), "AB-12") && !one(code.clone(), "AB-") && !one(code, "xAB-1"));
    let within = json!({ "type": "string", "pattern": "b+" });
    assert!(one(within.clone(), "abc") && !one(within, "ac"));
    let both = json!({ "type": "string", "pattern": "^a", "maxLength": 3 });
    assert!(one(both.clone(), "abc") && !one(both.clone(), "abcd") && !one(both, "ba"));
    let date = json!({ "type": "string", "format": "date" });
    assert!(one(date.clone(), "2024-02-29") && one(date.clone(), "2023-12-31"));
    assert!(!one(date.clone(), "2023-02-29") && !one(date, "today"));
    let uri = json!({ "type": "string", "format": "uri" });
    assert!(one(uri.clone(), "https://example.com/a/b?c=d#e") && !one(uri, "example"));
    let odd = json!({ "type": "string", "format": "color" });
    assert!(one(odd, "any"), "an unknown format is an annotation");
    let quoted = json!({ "enum": ["a\"b", "", "日本/語\\n"] });
    assert!(
        one(quoted.clone(), "a\"b") && one(quoted.clone(), "") && one(quoted.clone(), "日本/語\\n")
    );
    assert!(!one(quoted, "a"));
    let mixed = json!({ "type": ["integer", "null"], "enum": ["a", 1, null] });
    assert!(!one(mixed, "a"), "no string is an integer");
    let odd = json!({ "type": "string", "x-order": 3, "markdownDescription": "b" });
    assert!(one(odd, "text"), "unknown keywords are annotations");
    let anything = json!({});
    assert!(one(anything, "free"));
    let by_reference = json!({ "anyOf": [{ "$ref": "#/properties/y" }, { "type": "null" }] });
    let schema = json!({
        "type": "object",
        "properties": { "x": by_reference, "y": { "type": "string", "maxLength": 2 } },
    });
    let rules = tools(vec![tool("f", schema)]);
    assert!(allows(Mode::Chat, &rules, &call("f", &[("x", true, "ab")])));
    assert!(!allows(Mode::Chat, &rules, &call("f", &[("x", true, "abc")])));
    assert!(allows(Mode::Chat, &rules, &call("f", &[("x", false, "null")])));
}
