//! Validation text: no recipe may predict it much worse than the reference does.

use std::{fs::File, io::BufReader, path::Path};

use ds4::{
    perplexity::{Score, documents, score},
    quantize::Recipe,
    session::{Engine, Options},
    tokenizer::TokenId,
};

use super::{shared, vectors::convert};

/// The tokens of a compressed validation file.
fn read(path: &Path) -> Vec<TokenId> {
    let mut bytes = vec![];
    let mut file = BufReader::new(File::open(path).unwrap());
    lzma_rs::xz_decompress(&mut file, &mut bytes).unwrap();
    let ids = bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    ids.map(|id| TokenId(u32::from(id))).collect()
}

/// Mean NLL of the first `n_documents` documents.
fn mean_nll(path: &Path, tokens: &[TokenId], n_documents: usize) -> f64 {
    let options = Options { threads: 2, ..Options::default() };
    let mut engine = Engine::open(path, &options).unwrap();
    let scores = documents(tokens, TokenId(0)).take(n_documents);
    let total = scores.map(|document| score(&mut engine, document).unwrap());
    total.reduce(Score::and).unwrap().mean()
}

/// The checkpoint in full precision stands for the reference: `vectors` compares its logits with
/// those of the reference one by one. `ds4 perplexity` measures whole files; `models/README.md`
/// has those figures.
#[test]
fn recipes_predict_validation_text_nearly_as_well_as_the_checkpoint() {
    let Some(tiny) = shared("tiny") else { return };
    let folder = tempfile::tempdir().unwrap();
    let nll = |recipe: Recipe| {
        let path = folder.path().join(format!("{recipe:?}.gguf"));
        convert(&tiny, recipe, &path);
        let short = mean_nll(&path, &read(&tiny.join("val/val_short.bin.xz")), 40);
        let mid = mean_nll(&path, &read(&tiny.join("val/val_mid.bin.xz")), 2);
        [short, mid]
    };
    let reference = nll(Recipe::Bf16);
    for (recipe, allowed) in [(Recipe::Q8, 0.01), (Recipe::Q2, 0.04)] {
        for (found, reference) in nll(recipe).into_iter().zip(reference) {
            let worse = found / reference - 1.0;
            assert!(worse.abs() <= allowed, "{recipe:?}: {found:.4}, reference {reference:.4}");
        }
    }
}
