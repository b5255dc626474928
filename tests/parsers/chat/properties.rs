//! What holds for all messages and all answers.

use ds4::chat::json::Json;
use ds4::chat::{
    EncodeOptions, End, Event, Message, Mode, Parsed, Role, StreamParser, ToolCall, encode,
    messages_from_json, parse, parse_tolerant,
};
use proptest::prelude::*;

/// Pieces that make answers with calls, well formed and not.
fn answer() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("</think>"),
        Just("<think>"),
        Just("<｜end▁of▁sentence｜>"),
        Just("\n\n<｜DSML｜tool_calls>\n"),
        Just("\n<｜DSML｜tool_calls>"),
        Just("<｜DSML｜invoke name=\"f\">\n"),
        Just("<｜DSML｜parameter name=\"a\" string=\"true\">"),
        Just("<｜DSML｜parameter name=\"b\" string=\"false\">"),
        Just("</｜DSML｜parameter>\n"),
        Just("</｜DSML｜parameter"),
        Just("</｜DSML｜invoke>\n"),
        Just("</｜DSML｜tool_calls>"),
        Just("<｜"),
        Just("｜DSML｜"),
        Just("\n"),
        Just(" "),
        Just("1"),
        Just("[1, \"é\"]"),
        Just("word"),
        Just("\">"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Chat), Just(Mode::Thinking)]
}

/// Text in which the encoder's tags cannot be mistaken: it has no bar of a special token, and
/// `<` begins no tag.
fn plain() -> impl Strategy<Value = String> {
    "([a-z\"\\\\>é😀 \t\n]|<[a-z ]){0,20}"
}

/// A name that the call grammar can carry.
fn name() -> impl Strategy<Value = String> {
    "[a-zA-Zé_<>/\\\\ -]{1,8}"
}

fn json_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(|n| Json::Integer(n.to_string())),
        (-1e300..1e300).prop_map(Json::Float),
        plain().prop_map(Json::String),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let pairs = prop::collection::btree_map(plain(), inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Json::Array),
            pairs.prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}

fn calls() -> impl Strategy<Value = Vec<ToolCall>> {
    let arguments = prop::collection::btree_map(name(), json_value(), 0..4)
        .prop_map(|pairs| Json::Object(pairs.into_iter().collect()).to_string());
    let call = (name(), arguments).prop_map(|(name, arguments)| ToolCall {
        id: String::new(),
        name,
        arguments,
    });
    prop::collection::vec(call, 0..3)
}

/// Any JSON that looks a little like messages.
fn conversation() -> impl Strategy<Value = Json> {
    let value = prop_oneof![
        Just(r#""user""#),
        Just(r#""system""#),
        Just(r#""assistant""#),
        Just(r#""tool""#),
        Just(r#""developer""#),
        Just(r#""latest_reminder""#),
        Just(r#""action""#),
        Just(r#""title""#),
        Just(r#""x</think><｜DSML｜""#),
        Just("null"),
        Just("1"),
        Just("[]"),
        Just(r#"[{"type": "text", "text": "t"}, {"type": "image"}]"#),
        Just(r#"[{"function": {"name": "f", "arguments": "{\"a\": 1}"}}]"#),
        Just(r#"[{"id": "i", "function": {"name": "f", "arguments": "{"}}]"#),
    ];
    let key = prop_oneof![
        Just("role"),
        Just("content"),
        Just("reasoning_content"),
        Just("tool_calls"),
        Just("tool_call_id"),
        Just("tools"),
        Just("response_format"),
        Just("task"),
        Just("wo_eos"),
    ];
    let role = prop::sample::select(vec![
        "system",
        "developer",
        "user",
        "assistant",
        "tool",
        "latest_reminder",
    ]);
    let fields = prop::collection::vec((key, value), 0..4);
    let message = (role, fields).prop_map(|(role, fields)| {
        let mut text = format!(r#"{{"role": "{role}""#);
        for (key, value) in fields {
            text += &format!(r#", "{key}": {value}"#);
        }
        text + "}"
    });
    prop::collection::vec(message, 0..6)
        .prop_map(|messages| Json::parse(&format!("[{}]", messages.join(", "))).unwrap())
}

/// Feeds an answer cut at the given places, joining neighboring events of one kind.
fn streamed(text: &str, mode: Mode, cuts: &[prop::sample::Index]) -> (Vec<Event>, End) {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
    places.retain(|place| text.is_char_boundary(*place));
    places.push(text.len());
    places.sort_unstable();
    let mut parser = StreamParser::new(mode);
    let mut events = Vec::new();
    let mut start = 0;
    for place in places {
        for event in parser.push(&text[start..place]) {
            join(&mut events, event);
        }
        start = place;
    }
    let finish = parser.finish();
    finish.events.into_iter().for_each(|event| join(&mut events, event));
    (events, finish.end)
}

fn join(events: &mut Vec<Event>, event: Event) {
    match (events.last_mut(), event) {
        (Some(Event::ReasoningDelta(text)), Event::ReasoningDelta(more))
        | (Some(Event::ContentDelta(text)), Event::ContentDelta(more)) => text.push_str(&more),
        (
            Some(Event::ToolCallArgumentsDelta { json, .. }),
            Event::ToolCallArgumentsDelta { json: more, .. },
        ) => json.push_str(&more),
        (_, event) => events.push(event),
    }
}

fn is_repair(event: &Event) -> bool {
    matches!(event, Event::Repaired { .. })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn encoding_never_panics(json in conversation(), mode in mode(), drop_thinking: bool) {
        let options = EncodeOptions { mode, drop_thinking, ..EncodeOptions::default() };
        if let Ok(messages) = messages_from_json(json) {
            let _ = encode(&messages, &options).map(|prompt| prompt.text());
        }
    }

    #[test]
    fn splits_do_not_matter(
        text in prop_oneof![answer(), any::<String>()],
        mode in mode(),
        cuts: [prop::sample::Index; 12],
    ) {
        let whole = streamed(&text, mode, &[]);
        let pieces = streamed(&text, mode, &cuts);
        prop_assert_eq!(&whole, &pieces);
        if let Ok(strict) = parse(&text, mode) {
            prop_assert_eq!(whole.1, End::Complete);
            if !whole.0.iter().any(is_repair) {
                let mut parsed = Parsed::default();
                whole.0.iter().for_each(|event| parsed.apply(event));
                prop_assert_eq!(parsed, strict);
            }
        }
    }

    #[test]
    fn what_is_encoded_is_parsed_back(
        reasoning in plain(),
        content in plain(),
        calls in calls(),
        mode in mode(),
    ) {
        let mut answer = Message::new(Role::Assistant, content.clone());
        answer.reasoning.clone_from(&reasoning);
        answer.tool_calls = calls;
        let options = EncodeOptions { mode, ..EncodeOptions::default() };
        let question = Message::new(Role::User, "q");
        let prompt = encode(std::slice::from_ref(&question), &options).unwrap().text();
        let whole = encode(&[question, answer.clone()], &options).unwrap().text();
        let completion = whole.strip_prefix(&prompt).unwrap();

        let parsed = parse(completion, mode).unwrap();
        let thought = if mode == Mode::Thinking { reasoning } else { String::new() };
        prop_assert_eq!(&parsed.reasoning, &thought);
        prop_assert_eq!(&parsed.content, &content);
        let names: Vec<_> = answer.tool_calls.iter().map(|c| (&c.name, &c.arguments)).collect();
        let found: Vec<_> = parsed.tool_calls.iter().map(|c| (&c.name, &c.arguments)).collect();
        prop_assert_eq!(found, names);
        prop_assert_eq!(parse_tolerant(completion, mode), (parsed, End::Complete));
    }

    #[test]
    fn json_is_read_back_as_written(value in json_value(), text: String) {
        let written = value.to_string();
        prop_assert_eq!(Json::parse(&written), Ok(value));
        let _ = Json::parse(&text);
    }
}
