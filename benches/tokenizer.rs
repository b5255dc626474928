//! Speed of the tokenizer on English text, in bytes of text per second.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::io::Read;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ds4::tokenizer::Tokenizer;

/// Bytes of text in one measured call.
const TEXT_BYTES: usize = 1 << 20;

/// English text that a data set beside the checkout holds.
const CALIBRATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/tiny/calibration.txt");

/// English text for a checkout without one.
const PARAGRAPH: &str = "\
    The keeper of the lighthouse wrote down every ship that passed, its course and its sails, \
    and on quiet days (there were 212 of them in 1887) he wrote down the birds instead. \
    \"Nobody asked me to,\" he said; \"but somebody will want to know, won't they?\"\n\n";

fn tokenizer() -> Tokenizer {
    let packed = include_bytes!("../tests/fixtures/tokenizer/tokenizer.json.gz");
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut json).unwrap();
    Tokenizer::from_json(&json).unwrap()
}

fn english() -> String {
    let text = std::fs::read_to_string(CALIBRATION).unwrap_or_else(|_| PARAGRAPH.to_owned());
    text.chars().cycle().take(TEXT_BYTES).collect()
}

fn benchmark(criterion: &mut Criterion) {
    let tokenizer = tokenizer();
    let text = english();
    let tokens = tokenizer.encode(&text);
    let mut group = criterion.benchmark_group("tokenizer");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.sample_size(20);
    group.bench_function("encode", |b| b.iter(|| tokenizer.encode(black_box(&text))));
    group.bench_function("encode_plain", |b| b.iter(|| tokenizer.encode_plain(black_box(&text))));
    group.bench_function("decode", |b| b.iter(|| tokenizer.decode(black_box(&tokens))));
    // No word is in the vocabulary, so every piece is merged; one piece is a megabyte long.
    let letters: String = ('a'..='z').cycle().step_by(7).take(TEXT_BYTES).collect();
    group.bench_function("encode_one_piece", |b| b.iter(|| tokenizer.encode(black_box(&letters))));
    group.finish();
    let parts =
        || Tokenizer::from_json(include_bytes!("../tests/fixtures/tokenizer/tiny.tokenizer.json"));
    criterion.bench_function("tokenizer/load_tiny", |b| b.iter(|| parts().unwrap()));
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
