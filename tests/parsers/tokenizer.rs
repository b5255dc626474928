//! Tests of `ds4::tokenizer`: exactness and properties.

use std::io::Read;
use std::sync::LazyLock;

use ds4::gguf::{Value, ValueType};
use ds4::tokenizer::{StreamDecoder, TokenId, Tokenizer};
use proptest::prelude::*;
use serde::Deserialize;

/// The definition of the small test model, whose vocabulary is a tenth of the real one.
pub(crate) const TINY: &str = include_str!("../fixtures/tokenizer/tiny.tokenizer.json");

/// The model's own tokenizer.
static FULL: LazyLock<Tokenizer> = LazyLock::new(|| {
    let packed = include_bytes!("../fixtures/tokenizer/tokenizer.json.gz");
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut json).unwrap();
    Tokenizer::from_json(&json).unwrap()
});

static SMALL: LazyLock<Tokenizer> =
    LazyLock::new(|| Tokenizer::from_json(TINY.as_bytes()).unwrap());

/// A text and the tokens that the reference gives it.
#[derive(Debug, Deserialize)]
struct Case {
    text: String,
    ids: Vec<TokenId>,
}

/// A prompt of the chat encoding's fixtures and its tokens.
#[derive(Debug, Deserialize)]
struct Prompt {
    file: String,
    ids: Vec<TokenId>,
}

#[derive(Debug, Deserialize)]
struct AddedToken {
    id: TokenId,
    content: String,
}

#[derive(Debug, Deserialize)]
struct Vectors {
    vectors: Vec<Case>,
    prompts: Vec<Prompt>,
    added_tokens_without_placeholders: Vec<AddedToken>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../fixtures/encoding_cases/tokenizer_vectors.json")).unwrap()
}

fn check(text: &str, ids: &[TokenId]) {
    assert_eq!(FULL.encode(text), ids, "tokens of {text:?}");
    assert_eq!(FULL.decode(ids), text);
}

#[test]
fn reference_cases() {
    let cases = include_str!("../fixtures/tokenizer/cases.jsonl");
    let cases: Vec<Case> = cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.len(), 178);
    for Case { text, ids } in cases.iter().chain(&vectors().vectors) {
        check(text, ids);
    }
}

#[test]
fn official_prompts() {
    let prompts = vectors().prompts;
    assert_eq!(prompts.len(), 4);
    for Prompt { file, ids } in prompts {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/encoding_cases");
        let text = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
        check(&text, &ids);
    }
}

#[test]
fn added_tokens() {
    for AddedToken { id, content } in vectors().added_tokens_without_placeholders {
        check(&content, &[id]);
        assert_eq!(FULL.token_id(&content), Some(id));
        assert_eq!(FULL.decode(&FULL.encode_plain(&content)), content);
        assert!(!FULL.encode_plain(&content).contains(&id), "{content}");
    }
    assert_eq!(FULL.token_id("the"), None);
}

#[test]
fn the_longest_added_token_wins() {
    let expected = ["<｜/table>｜", "DSML｜"];
    let tokens = FULL.encode(&expected.concat());
    assert_eq!(tokens[0], FULL.token_id(expected[0]).unwrap());
    assert_eq!(tokens[1..], FULL.encode_plain(expected[1]));
}

#[test]
fn properties_of_the_vocabulary() {
    assert_eq!(FULL.n_tokens(), 129_280);
    assert_eq!((FULL.bos(), FULL.eos()), (TokenId(0), TokenId(1)));
    let special = |id| FULL.is_special(TokenId(id));
    assert!(special(0) && special(128_799) && special(128_846) && special(129_279));
    assert!(!special(3) && !special(128_803) && !special(128_821) && !special(129_280));
    assert_eq!(FULL.token_bytes(TokenId(671)), Some(&b"The"[..]));
    assert_eq!(FULL.token_bytes(TokenId(129_280)), None);
    assert_eq!(FULL.decode(&[TokenId(671), TokenId(u32::MAX)]), "The");
}

/// Every base token's own text, encoded by merges, decodes to it; most are one token.
#[test]
fn base_tokens_round_trip() {
    let texts = (3..128_000).filter_map(|id| {
        std::str::from_utf8(FULL.token_bytes(TokenId(id)).unwrap()).ok().map(|text| (id, text))
    });
    let mut n_whole = 0;
    for (id, text) in texts {
        let tokens = FULL.encode_plain(text);
        assert_eq!(FULL.decode(&tokens), text);
        n_whole += usize::from(tokens == [TokenId(id)]);
    }
    assert!(n_whole > 100_000, "{n_whole} base tokens encode as themselves");
}

#[test]
fn a_long_piece_takes_linear_memory_and_little_time() {
    let text = "ab".repeat(1 << 19);
    let tokens = FULL.encode(&text);
    assert_eq!(FULL.decode(&tokens), text);
    let spaces = " ".repeat(1 << 20);
    assert_eq!(FULL.decode(&FULL.encode(&spaces)), spaces);
}

/// The metadata that a model file with the tokenizer `json` holds.
fn metadata(json: &str) -> Vec<(&'static str, Value)> {
    let file: serde_json::Value = serde_json::from_str(json).unwrap();
    let added = file["added_tokens"].as_array().unwrap();
    let vocab = file["model"]["vocab"].as_object().unwrap();
    let n_tokens = vocab.values().chain(added.iter().map(|t| &t["id"])).filter_map(id_of).max();
    let n_tokens = n_tokens.unwrap() + 1;
    let mut tokens = vec![Value::String(String::new()); n_tokens];
    let mut types = vec![Value::I32(1); n_tokens];
    for (text, id) in vocab {
        tokens[id_of(id).unwrap()] = Value::String(text.clone());
    }
    for token in added {
        let id = id_of(&token["id"]).unwrap();
        tokens[id] = Value::String(token["content"].as_str().unwrap().to_owned());
        types[id] = Value::I32(if token["special"] == true { 3 } else { 4 });
    }
    let merges = file["model"]["merges"].as_array().unwrap().iter();
    let merges = merges.map(|pair| match pair {
        serde_json::Value::String(text) => Value::String(text.clone()),
        pair => {
            Value::String(format!("{} {}", pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        }
    });
    let merges = Value::Array(ValueType::String, merges.collect());
    vec![
        ("tokenizer.ggml.model", Value::String("gpt2".into())),
        ("tokenizer.ggml.pre", Value::String("joyai-llm".into())),
        ("tokenizer.ggml.tokens", Value::Array(ValueType::String, tokens)),
        ("tokenizer.ggml.token_type", Value::Array(ValueType::I32, types)),
        ("tokenizer.ggml.merges", merges),
        ("tokenizer.ggml.bos_token_id", Value::U32(0)),
        ("tokenizer.ggml.eos_token_id", Value::U32(1)),
    ]
}

fn id_of(value: &serde_json::Value) -> Option<usize> {
    value.as_u64().map(|id| usize::try_from(id).unwrap())
}

fn from_metadata(entries: &[(&str, Value)]) -> ds4::tokenizer::Result<Tokenizer> {
    Tokenizer::from_metadata(|key| entries.iter().find(|(k, _)| *k == key).map(|(_, value)| value))
}

static FROM_METADATA: LazyLock<Tokenizer> =
    LazyLock::new(|| from_metadata(&metadata(TINY)).unwrap());

#[test]
fn metadata_and_json_give_one_vocabulary() {
    assert_eq!(FROM_METADATA.n_tokens(), SMALL.n_tokens());
    for id in (0..=u32::try_from(SMALL.n_tokens()).unwrap()).map(TokenId) {
        assert_eq!(FROM_METADATA.token_bytes(id), SMALL.token_bytes(id));
        assert_eq!(FROM_METADATA.is_special(id), SMALL.is_special(id));
    }
    assert_eq!((FROM_METADATA.bos(), FROM_METADATA.eos()), (SMALL.bos(), SMALL.eos()));
}

#[test]
fn metadata_of_another_tokenizer_is_refused() {
    let refused = |key: &str, value: Option<Value>| {
        let mut entries = metadata(TINY);
        entries.retain(|(k, _)| *k != key);
        if let Some(value) = value {
            entries.push(("tokenizer.ggml.model", Value::String("gpt2".into())));
            entries.insert(0, (Box::leak(key.to_owned().into_boxed_str()), value));
        }
        from_metadata(&entries).unwrap_err().to_string()
    };
    assert_eq!(
        refused("tokenizer.ggml.model", Some(Value::String("llama".into()))),
        r#"tokenizer.ggml.model: expected "gpt2", found "llama""#
    );
    assert_eq!(
        refused("tokenizer.ggml.pre", None),
        r#"tokenizer.ggml.pre: expected "joyai-llm", found nothing"#
    );
    assert_eq!(
        refused("tokenizer.ggml.merges", Some(Value::U8(1))),
        "tokenizer.ggml.merges: expected an array of strings, found U8(1)"
    );
    assert_eq!(
        refused("tokenizer.ggml.bos_token_id", Some(Value::I32(-1))),
        "tokenizer.ggml.bos_token_id: expected a token id, found I32(-1)"
    );
    assert_eq!(
        refused("tokenizer.ggml.eos_token_id", Some(Value::U32(9_999_999))),
        "no end token with the id 9999999"
    );
    assert_eq!(
        refused("tokenizer.ggml.token_type", Some(Value::Array(ValueType::I32, Vec::new()))),
        format!("0 token types for {} tokens", SMALL.n_tokens())
    );
}

/// Text of the kinds that the rules distinguish, with added tokens in between.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => any::<String>(),
        4 => "[ \t\r\n\u{85}\u{a0}\u{3000}]{1,4}",
        4 => "[a-zA-Zé]{1,8}",
        2 => "[0-9٣Ⅷ]{1,5}",
        2 => "[!-/:-@“”。€+]{1,3}",
        2 => "[一-三カ・ー゙゛]{1,4}",
        2 => "[\u{0}-\u{1f}\u{200b}\u{301}\u{e000}]{1,3}",
        1 => prop::sample::select(vec!["<｜User｜>", "<think>", "</think>", "｜DSML｜", "<｜"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn decoding_inverts_encoding(text in text()) {
        for tokenizer in [&*FULL, &*SMALL] {
            prop_assert_eq!(tokenizer.decode(&tokenizer.encode(&text)), text.clone());
            prop_assert_eq!(tokenizer.decode(&tokenizer.encode_plain(&text)), text.clone());
        }
    }

    #[test]
    fn plain_text_has_no_added_token(text in text()) {
        let tokens = FULL.encode_plain(&text);
        prop_assert!(tokens.iter().all(|token| (3..128_000).contains(&token.0)), "{tokens:?}");
    }

    #[test]
    fn an_added_token_separates(left in text(), right in text()) {
        let tokens = SMALL.encode(&format!("{left}<｜User｜>{right}"));
        let user = SMALL.token_id("<｜User｜>").unwrap();
        prop_assert_eq!(tokens, [SMALL.encode(&left), vec![user], SMALL.encode(&right)].concat());
    }

    #[test]
    fn metadata_and_json_encode_alike(text in text()) {
        prop_assert_eq!(FROM_METADATA.encode(&text), SMALL.encode(&text));
        prop_assert_eq!(FROM_METADATA.encode_plain(&text), SMALL.encode_plain(&text));
    }

    #[test]
    fn a_stream_equals_the_whole(ids in prop::collection::vec(0_u32..300, 0..40)) {
        let tokens: Vec<TokenId> = ids.into_iter().map(TokenId).collect();
        let mut decoder = StreamDecoder::new(&*FULL);
        let mut text = String::new();
        for (token, n_before) in tokens.iter().zip(0..) {
            text.push_str(&decoder.push(*token));
            let so_far = FULL.decode(&tokens[..=n_before]);
            prop_assert!(so_far.starts_with(&text), "{text:?} is no beginning of {so_far:?}");
        }
        text.push_str(&decoder.finish());
        prop_assert_eq!(text, FULL.decode(&tokens));
    }

    #[test]
    fn a_stream_of_text_has_no_replacement(text in "[^\u{fffd}]{0,40}") {
        let mut decoder = FULL.stream_decoder();
        let pieces = FULL.encode(&text).into_iter().map(|token| decoder.push(token));
        prop_assert_eq!(pieces.collect::<String>(), text);
        prop_assert_eq!(decoder.finish(), "");
    }
}
