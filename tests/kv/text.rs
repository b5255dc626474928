//! Prompts that are found by their text.

use ds4::{
    kv::{Options, Source, Why},
    tokenizer::TokenId,
};

use super::Keeper;

/// The tokens of each character of `text`, which is longer in tokens than when it is encoded.
fn spelled(keeper: &Keeper, text: &str) -> Vec<TokenId> {
    let mut buffer = [0; 4];
    let one = |c: char| keeper.tokenizer.encode_plain(c.encode_utf8(&mut buffer));
    text.chars().flat_map(one).collect()
}

#[test]
fn a_history_in_other_tokens_is_found_by_its_text() {
    let mut keeper = Keeper::new(&Options::default());
    let tokenizer = &keeper.tokenizer;
    let user = tokenizer.token_id("<｜User｜>").unwrap();
    let question = [vec![tokenizer.bos(), user], tokenizer.encode_plain("Where is Oslo?")].concat();
    let sampled = spelled(&keeper, " It is in Norway.");
    let history = [&question[..], &sampled].concat();
    let mut session = keeper.engine.session().unwrap();
    keeper.go_on(&mut session, &question, &sampled);
    keeper.keep(&session);
    keeper.engine.close(session);

    // The same conversation as a client sends it again, with another question.
    let encoded = keeper.tokenizer.encode_plain(" It is in Norway.");
    assert!(encoded.len() < sampled.len());
    let after = [vec![user], keeper.tokenizer.encode_plain("And Rome?")].concat();
    let prompt = [&question[..], &encoded, &after].concat();
    let resumed = keeper.resume(None, &prompt);
    let receipt = resumed.receipt;
    assert_eq!((receipt.n_reused, receipt.source), (history.len(), Source::Memory));
    assert!(receipt.is_same_text);
    assert_eq!(
        (receipt.difference.position, receipt.difference.why),
        (question.len(), Why::Tokens)
    );
    // The tokens stay as they were sampled; what follows is as it was asked for.
    assert_eq!(resumed.prompt, [&history[..], &after].concat());
    assert_eq!(receipt.n_prompt, resumed.prompt.len());

    // So does a live session.
    let live = keeper.resume(Some(resumed.session), &prompt);
    assert_eq!((live.receipt.source, live.receipt.is_same_text), (Source::Live, true));
    assert_eq!(live.prompt, [&history[..], &after].concat());
    keeper.engine.close(live.session);
}

#[test]
fn text_that_spells_an_added_token_is_another_text() {
    let mut keeper = Keeper::new(&Options::default());
    let user = keeper.tokenizer.token_id("<｜User｜>").unwrap();
    let hello = keeper.tokenizer.encode_plain("Hello there");
    let kept = [&[user][..], &hello].concat();
    let mut session = keeper.engine.session().unwrap();
    keeper.go_on(&mut session, &kept, &[]);
    keeper.keep(&session);
    keeper.engine.close(session);
    let spelled = keeper.tokenizer.encode_plain("<｜User｜>Hello there, friend");
    let resumed = keeper.resume(None, &spelled);
    assert_eq!((resumed.receipt.n_reused, resumed.receipt.source), (0, Source::Nothing));
    keeper.engine.close(resumed.session);
}
