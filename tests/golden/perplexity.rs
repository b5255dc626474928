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

/// Mean NLL of the documents that make up the first `n_predicted` tokens.
fn mean_nll(path: &Path, tokens: &[TokenId], n_predicted: usize) -> f64 {
    let options = Options { threads: 2, ..Options::default() };
    let mut engine = Engine::open(path, &options).unwrap();
    let mut total = Score::default();
    for document in documents(tokens, TokenId(0)) {
        if total.tokens >= n_predicted {
            break;
        }
        total = total.and(score(&mut engine, document).unwrap());
    }
    total.mean()
}

#[test]
fn recipes_predict_validation_text_nearly_as_well_as_the_checkpoint() {
    let Some(tiny) = shared("tiny") else { return };
    let report: serde_json::Value =
        serde_json::from_reader(File::open(tiny.join("report.json")).unwrap()).unwrap();
    let tokens = read(&tiny.join("val/val_short.bin.xz"));
    let n_predicted = usize::try_from(report["short"]["tokens"].as_u64().unwrap()).unwrap();
    let reference = report["short"]["nll"].as_f64().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (recipe, allowed) in [(Recipe::Q8, 0.01), (Recipe::Q2, 0.04)] {
        let path = folder.path().join(format!("{recipe:?}.gguf"));
        convert(&tiny, recipe, &path);
        let nll = mean_nll(&path, &tokens, n_predicted);
        let worse = nll / reference - 1.0;
        assert!(worse.abs() <= allowed, "{recipe:?}: {nll:.4}, reference {reference:.4}");
    }
}
