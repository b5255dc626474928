//! Answers of the model, in pieces and whole: neither parser panics, every split gives the same,
//! and what the strict parser accepts the tolerant one reads the same way.
//! `tests/fuzz/dsml.dict` is a dictionary of the tags, for `-dict`.

#![no_main]

use ds4::chat::{End, Event, Mode, Parsed, StreamParser, parse, parse_tolerant};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&[mode, stride], text)) = data.split_first_chunk() else { return };
    let text = String::from_utf8_lossy(text);
    let mode = if mode % 2 == 0 { Mode::Chat } else { Mode::Thinking };

    let (whole, end) = parse_tolerant(&text, mode);
    let (parts, repaired, parts_end) = streamed(&text, mode, usize::from(stride));
    assert_eq!((&whole, &end), (&parts, &parts_end));

    if let Ok(strict) = parse(&text, mode) {
        assert_eq!(end, End::Complete);
        if !repaired {
            assert_eq!(whole, strict);
        }
    }
});

/// Feeds the text in pieces whose lengths follow from `seed`.
fn streamed(text: &str, mode: Mode, seed: usize) -> (Parsed, bool, End) {
    let mut parser = StreamParser::new(mode);
    let mut parsed = Parsed::default();
    let mut repaired = false;
    let mut apply = |event: &Event| {
        repaired |= matches!(event, Event::Repaired { .. });
        parsed.apply(event);
    };
    let mut rest = text;
    let mut step = seed;
    while !rest.is_empty() {
        step = (step * 5 + 3) % 67;
        let wanted = (step % (seed % 16 + 1)) + 1;
        let cut = (wanted..rest.len()).find(|at| rest.is_char_boundary(*at));
        let (piece, tail) = rest.split_at(cut.unwrap_or(rest.len()));
        parser.push(piece).iter().for_each(&mut apply);
        rest = tail;
    }
    let finish = parser.finish();
    finish.events.iter().for_each(&mut apply);
    (parsed, repaired, finish.end)
}
