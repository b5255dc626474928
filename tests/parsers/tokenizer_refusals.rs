//! Tests of `ds4::tokenizer`: definitions that are refused, and the words of the refusal.

use std::fmt::Write as _;

use ds4::tokenizer::{Error, TokenId, Tokenizer, TokenizerParts};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::tokenizer::TINY;

/// The message for the small tokenizer after `edit`.
fn refusal(edit: impl FnOnce(&mut Value)) -> String {
    let mut file: Value = serde_json::from_str(TINY).unwrap();
    edit(&mut file);
    Tokenizer::from_json(file.to_string().as_bytes()).unwrap_err().to_string()
}

#[test]
fn another_tokenizer_is_refused_by_name() {
    assert_eq!(
        refusal(|file| file["model"]["type"] = json!("WordPiece")),
        r#"model.type: expected "BPE", found "WordPiece""#
    );
    assert_eq!(
        refusal(|file| file["model"]["ignore_merges"] = json!(true)),
        "model.ignore_merges: expected false, found true"
    );
    assert_eq!(
        refusal(|file| file["model"]["scores"] = json!([])),
        "model.scores: expected no such key, found a list of 0"
    );
    assert_eq!(
        refusal(|file| file["normalizer"] = json!({ "type": "NFC" })),
        r#"normalizer.type: expected "Sequence", found "NFC""#
    );
    assert_eq!(
        refusal(|file| file["pre_tokenizer"] = json!({ "type": "Whitespace" })),
        r#"pre_tokenizer.type: expected "Sequence", found "Whitespace""#
    );
    assert_eq!(
        refusal(|file| {
            file["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = json!(r"\p{N}");
        }),
        r#"pre_tokenizer.pretokenizers[0].pattern.Regex: expected "\\p{N}{1,3}", found "\\p{N}""#
    );
    assert_eq!(
        refusal(|file| {
            file["pre_tokenizer"]["pretokenizers"][3]["add_prefix_space"] = json!(true);
        }),
        "pre_tokenizer.pretokenizers[3].add_prefix_space: expected false, found true"
    );
    assert_eq!(
        refusal(|file| file["decoder"] = Value::Null),
        r#"decoder.type: expected "ByteLevel", found null"#
    );
    assert_eq!(
        refusal(|file| file["post_processor"]["type"] = json!("TemplateProcessing")),
        r#"post_processor.type: expected "ByteLevel", found "TemplateProcessing""#
    );
    assert_eq!(
        refusal(|file| file["truncation"] = json!({ "max_length": 512 })),
        "truncation: expected null, found an object of 1 keys"
    );
}

#[test]
fn an_unusable_vocabulary_is_refused() {
    assert_eq!(
        refusal(|file| file["added_tokens"][3]["lstrip"] = json!(true)),
        "token 3968 \"<｜fim▁hole｜>\": \
         expected single_word, lstrip and rstrip false, found one of them true"
    );
    assert_eq!(
        refusal(|file| file["added_tokens"][3]["id"] = json!(5)),
        "token 5 \"<｜fim▁hole｜>\": has the id of another token"
    );
    assert_eq!(
        refusal(|file| file["added_tokens"][3]["content"] = json!("Ġthe")),
        "token 3968 \"Ġthe\": is in the vocabulary twice"
    );
    assert_eq!(
        refusal(|file| file["added_tokens"][3]["content"] = json!("x".repeat(5000))),
        format!("token 3968 {:?}...: is too long", "x".repeat(120))
    );
    assert_eq!(
        refusal(|file| file["added_tokens"][3]["content"] = json!("")),
        "token 3968 \"\": has no text"
    );
    assert_eq!(
        refusal(|file| {
            file["added_tokens"].as_array_mut().unwrap().remove(3);
        }),
        "no token has the id 3968"
    );
    assert_eq!(
        refusal(|file| file["model"]["vocab"]["!"] = json!(u64::MAX)),
        "model.vocab[\"!\"]: expected an id below the number of entries, \
         found 18446744073709551615"
    );
    assert_eq!(
        refusal(|file| file["model"]["vocab"]["!"] = json!(4)),
        "token 4 \"\\\"\": has the id of another token"
    );
    assert_eq!(
        refusal(|file| {
            let vocab = file["model"]["vocab"].as_object_mut().unwrap();
            vocab.swap_remove("!").unwrap();
            vocab.insert("中".to_owned(), json!(3));
        }),
        "token 3 \"中\": has a character that stands for no byte"
    );
}

#[test]
fn an_unusable_merge_is_refused() {
    let merge = |merge: Value| refusal(|file| file["model"]["merges"][0] = merge);
    assert_eq!(merge(json!(7)), "model.merges[0]: expected two parts, found 7");
    assert_eq!(merge(json!("a")), "merge 0 \"a\": expected two parts with one space between");
    assert_eq!(
        merge(json!("a b c")),
        "merge 0 \"a b c\": expected two parts with one space between"
    );
    assert_eq!(merge(json!("zqx zqx")), "merge 0 \"zqx zqx\": a part is not a base token");
    assert_eq!(merge(json!(["Ċ", "q"])), "merge 0 \"Ċ q\": the joined parts are not a base token");
    assert_eq!(merge(json!("h e")), "merge 1 \"h e\": is in the list twice");
}

#[test]
fn what_is_no_json_is_refused() {
    for bytes in [&b""[..], b"{", b"\xff", b"[[[["] {
        assert!(matches!(Tokenizer::from_json(bytes), Err(Error::Json(_))), "{bytes:?}");
    }
    assert_eq!(
        Tokenizer::from_json(b"[]").unwrap_err().to_string(),
        "the file: expected an object, found a list of 0"
    );
    let deep = "[".repeat(1 << 20);
    assert!(matches!(Tokenizer::from_json(deep.as_bytes()), Err(Error::Json(_))));
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.json");
    let error = Tokenizer::from_json_file(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read {}", path.display()));
}

/// Parts with one token a byte and nothing else.
fn bytes_only() -> TokenizerParts {
    let file: Value = serde_json::from_str(TINY).unwrap();
    let vocab = file["model"]["vocab"].as_object().unwrap();
    let mut tokens: Vec<String> =
        vocab.keys().filter(|text| text.chars().count() == 1).cloned().collect();
    tokens.sort();
    let token_types = vec![1; tokens.len()];
    TokenizerParts { tokens, token_types, merges: Vec::new(), bos: TokenId(0), eos: TokenId(1) }
}

#[test]
fn parts_may_have_no_merges_and_no_added_tokens() {
    let tokenizer = Tokenizer::from_parts(bytes_only()).unwrap();
    assert_eq!(tokenizer.n_tokens(), 256);
    assert_eq!(tokenizer.encode("aé").len(), 3);
}

#[test]
fn unusable_parts_are_refused() {
    let refused = |edit: fn(&mut TokenizerParts)| {
        let mut parts = bytes_only();
        edit(&mut parts);
        Tokenizer::from_parts(parts).unwrap_err().to_string()
    };
    assert_eq!(
        refused(|parts| parts.token_types[7] = 9),
        "token 7 \"(\": expected a token type 1 to 6, found 9"
    );
    assert_eq!(refused(|parts| parts.token_types[0] = 3), "no token stands for the byte 0x21");
    assert_eq!(refused(|parts| parts.eos = TokenId(256)), "no end token with the id 256");
    assert_eq!(
        refused(|parts| {
            parts.tokens.push("ab".to_owned());
            parts.token_types.push(3);
            parts.merges.push("a b".to_owned());
        }),
        "merge 0 \"a b\": the joined parts are not a base token"
    );
}

proptest! {
    #[test]
    fn any_bytes_are_a_tokenizer_or_an_error(bytes in any::<Vec<u8>>()) {
        let _ = Tokenizer::from_json(&bytes);
    }

    /// A real definition with one byte changed, so that errors lie deep.
    #[test]
    fn a_changed_byte_never_panics(at in 0..TINY.len(), byte in any::<u8>()) {
        let mut bytes = TINY.as_bytes().to_vec();
        bytes[at] = byte;
        if let Err(error) = Tokenizer::from_json(&bytes) {
            let mut message = String::new();
            write!(message, "{error}").unwrap();
            prop_assert!(message.len() < 2000, "{message}");
        }
    }

    #[test]
    fn any_parts_are_a_tokenizer_or_an_error(
        entries in prop::collection::vec((any::<String>(), 0..8_i32), 0..12),
        merges in prop::collection::vec("[ab]{0,2} ?[ab]{0,2}", 0..6),
        bos in 0..300_u32,
    ) {
        let mut parts = bytes_only();
        parts.bos = TokenId(bos);
        parts.merges = merges;
        for (text, token_type) in entries {
            parts.tokens.push(text);
            parts.token_types.push(token_type);
        }
        if let Ok(tokenizer) = Tokenizer::from_parts(parts) {
            prop_assert_eq!(tokenizer.decode(&tokenizer.encode("ab ba <x>")), "ab ba <x>");
        }
    }
}
