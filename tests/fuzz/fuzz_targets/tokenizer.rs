//! Any text survives encoding and decoding; any bytes are a tokenizer or an error.

#![no_main]

use std::sync::LazyLock;

use ds4::tokenizer::{TokenId, Tokenizer};
use libfuzzer_sys::fuzz_target;

const JSON: &[u8] = include_bytes!("../../fixtures/tokenizer/tiny.tokenizer.json");

static TOKENIZER: LazyLock<Tokenizer> = LazyLock::new(|| Tokenizer::from_json(JSON).unwrap());

fuzz_target!(|bytes: &[u8]| {
    round_trip(&String::from_utf8_lossy(bytes));
    stream(bytes);
    let _ = Tokenizer::from_json(bytes);
});

fn round_trip(text: &str) {
    let tokens = TOKENIZER.encode(text);
    assert_eq!(TOKENIZER.decode(&tokens), text);
    let plain = TOKENIZER.encode_plain(text);
    assert_eq!(TOKENIZER.decode(&plain), text);
    for &token in &plain {
        let bytes = TOKENIZER.token_bytes(token).unwrap();
        let is_added = std::str::from_utf8(bytes).is_ok_and(|t| TOKENIZER.token_id(t) == Some(token));
        assert!(!is_added, "a stranger's text became added token {token}");
    }
}

/// Takes each pair of bytes as a token, known or not.
fn stream(bytes: &[u8]) {
    let ids = bytes.chunks(2).map(|pair| pair.iter().fold(0, |id, &b| id << 8 | u32::from(b)));
    // Low ids are single bytes, which make broken characters; the full range has few of them.
    for modulus in [260, 1 << 16] {
        let tokens: Vec<TokenId> = ids.clone().map(|id| TokenId(id % modulus)).collect();
        let mut decoder = TOKENIZER.stream_decoder();
        let mut text: String = tokens.iter().map(|&token| decoder.push(token)).collect();
        text.push_str(&decoder.finish());
        assert_eq!(text, TOKENIZER.decode(&tokens));
    }
}
