//! The tolerant parser: what it forgives, what it reports, what it holds back.

use ds4::chat::{End, Event, Fault, Mode, Parsed, StreamParser, Unfinished, parse, parse_tolerant};
use expect_test::{Expect, expect};

/// Shows an answer in a few lines.
fn show(text: &str, mode: Mode) -> String {
    let (Parsed { reasoning, content, tool_calls }, end) = parse_tolerant(text, mode);
    let mut out = format!("{reasoning:?} {content:?}\n");
    for call in tool_calls {
        out += &format!("{}({})\n", call.name, call.arguments);
    }
    out + &format!("{end:?}\n")
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&show(text, Mode::Chat));
}

/// A block with one call of `f`, holding `inside`.
fn call(inside: &str) -> String {
    format!(
        "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"f\">\n{inside}\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>"
    )
}

const A: &str = "<｜DSML｜parameter name=\"a\" string=\"true\">x \"y\"</｜DSML｜parameter>";

#[test]
fn the_end_token_may_be_missing() {
    check(
        "Hello.",
        &expect![[r#"
        "" "Hello."
        Complete
    "#]],
    );
}

#[test]
fn newlines_before_the_calls_are_not_content() {
    for newlines in ["", "\n", "\n\n"] {
        let text = format!("Hi{newlines}{}", call(A));
        check(
            &text,
            &expect![[r#"
            "" "Hi"
            f({"a": "x \"y\""})
            Complete
        "#]],
        );
    }
    let text = format!("Hi\n\n\n{}", call(A));
    assert!(show(&text, Mode::Chat).starts_with("\"\" \"Hi\\n\"\n"));
}

#[test]
fn several_blocks_and_blanks_are_forgiven() {
    let text = format!("\n\n{}\n \n{}<｜end▁of▁sentence｜>after", call(A), call("  "));
    check(
        &text,
        &expect![[r#"
        "" ""
        f({"a": "x \"y\""})
        f({})
        Complete
    "#]],
    );
}

#[test]
fn a_value_that_is_not_json_becomes_a_string() {
    for value in ["not json", "", "NaN", "[1,]", "{\"a\" 1}"] {
        let inside =
            format!("<｜DSML｜parameter name=\"n\" string=\"false\">{value}</｜DSML｜parameter>");
        let events = StreamParser::new(Mode::Chat).push(&call(&inside));
        let repaired = Event::Repaired { index: 0, parameter: "n".to_owned() };
        assert!(events.contains(&repaired), "{value}: {events:?}");
        let (parsed, _) = parse_tolerant(&call(&inside), Mode::Chat);
        let arguments: serde_json::Value =
            serde_json::from_str(&parsed.tool_calls[0].arguments).unwrap();
        assert_eq!(arguments["n"], value);
    }
}

#[test]
fn an_answer_cut_short_is_reported() {
    let whole = format!("Hi\n\n{}", call(A));
    let cut = |marker: &str| &whole[..whole.find(marker).unwrap() + marker.len()];
    check(
        cut("\n\n"),
        &expect![[r#"
        "" "Hi\n\n"
        Complete
    "#]],
    );
    check(
        cut("｜DS"),
        &expect![[r#"
        "" "Hi"
        Unfinished(Calls)
    "#]],
    );
    check(
        cut("invoke name"),
        &expect![[r#"
        "" "Hi"
        Unfinished(Calls)
    "#]],
    );
    check(
        cut("x \"y\"</｜"),
        &expect![[r#"
        "" "Hi"
        f({"a": "x \"y\")
        Unfinished(Calls)
    "#]],
    );
    expect![[r#"
        "because </t" ""
        Unfinished(Reasoning)
    "#]]
    .assert_eq(&show("because </t", Mode::Thinking));
    let (_, end) = parse_tolerant("a<｜end▁of▁sentence｜></think>b", Mode::Thinking);
    assert_eq!(end, End::Unfinished(Unfinished::Reasoning));
}

#[test]
fn faults_end_the_message_and_keep_whole_calls() {
    let faulty = |text: &str| {
        let mut parser = StreamParser::new(Mode::Chat);
        parser.push(text);
        assert!(parser.is_done());
        let finish = parser.finish();
        let End::Malformed(fault) = finish.end else { panic!("{:?}", finish.end) };
        fault
    };
    let tail = call(A) + "tail";
    let fault = faulty(&tail);
    expect!["text follows the tool calls"].assert_eq(&fault.to_string());
    check(
        &tail,
        &expect![[r#"
        "" ""
        f({"a": "x \"y\""})
        Malformed(TextAfterCalls)
    "#]],
    );
    let twice = faulty(&call(&format!("{A}\n{A}")));
    assert_eq!(twice, Fault::Duplicate("a".to_owned()));
    expect!["parameter `a` is given twice"].assert_eq(&twice.to_string());
    assert_eq!(faulty("<｜DSML｜tool_calls>hm"), Fault::Block);
    let no_close = call("").replace("</｜DSML｜invoke>", "</｜DSML｜invoked>\n\">");
    assert_eq!(faulty(&no_close), Fault::Parameter);
    assert!(parse(&no_close, Mode::Chat).is_err());
    assert_eq!(faulty(&call(A).replace("name=\"f\"", "")), Fault::Invoke);
    assert_eq!(faulty(&call(&A.replace("true", "maybe"))), Fault::Parameter);
    assert_eq!(faulty(&call(&format!("{A} hm"))), Fault::Parameter);
}

#[test]
fn plain_text_flows_and_tags_are_held_back() {
    let mut parser = StreamParser::new(Mode::Thinking);
    let pushes = [
        ("a < b", vec![Event::ReasoningDelta("a < b".to_owned())]),
        ("</thi", vec![]),
        ("s>", vec![Event::ReasoningDelta("</this>".to_owned())]),
        ("</think", vec![]),
        (">Hi", vec![Event::ContentDelta("Hi".to_owned())]),
        ("\n", vec![]),
        ("- x", vec![Event::ContentDelta("\n- x".to_owned())]),
        ("\n\n<｜DS", vec![]),
        ("ML｜tool_calls>\n<｜DSML｜invoke name=\"f\">\n", vec![]),
        ("<｜DSML｜parameter", vec![Event::ToolCallStart { index: 0, name: "f".to_owned() }]),
        (
            " name=\"a\" string=\"true\">x\n",
            vec![Event::ToolCallArgumentsDelta { index: 0, json: r#"{"a": "x\n"#.to_owned() }],
        ),
        ("y<z", vec![Event::ToolCallArgumentsDelta { index: 0, json: "y<z".to_owned() }]),
        (
            "</｜DSML｜parameter>\n",
            vec![Event::ToolCallArgumentsDelta { index: 0, json: "\"".to_owned() }],
        ),
        (
            "</｜DSML｜invoke>\n</｜DSML｜tool_calls>",
            vec![
                Event::ToolCallArgumentsDelta { index: 0, json: "}".to_owned() },
                Event::ToolCallEnd { index: 0 },
            ],
        ),
        ("<｜end▁of▁sentence｜>", vec![]),
        ("ignored", vec![]),
    ];
    for (text, expected) in pushes {
        assert_eq!(parser.push(text), expected, "{text:?}");
    }
    assert!(parser.is_done());
    assert_eq!(parser.finish().end, End::Complete);
}

#[test]
fn long_answers_take_linear_time() {
    let mut calls = call(A).repeat(20_000);
    calls.push_str(&"<｜DSML｜tool_calls><｜DSML｜invoke name=\"".repeat(20_000));
    let json = "<｜DSML｜tool_calls><｜DSML｜invoke name=\"f\">\n<｜DSML｜parameter name=\"a\" \
                string=\"false\">"
        .to_owned()
        + &"</｜DSML｜paramete".repeat(50_000);
    for text in [calls, json, "<".repeat(1_000_000), "\n".repeat(1_000_000)] {
        let mut parser = StreamParser::new(Mode::Chat);
        let mut rest = text.as_str();
        while let Some(c) = rest.chars().next() {
            let (piece, tail) = rest.split_at(c.len_utf8());
            parser.push(piece);
            rest = tail;
        }
        let (_, end) = parse_tolerant(&text, Mode::Chat);
        assert_eq!(parser.finish().end, end);
    }
}
