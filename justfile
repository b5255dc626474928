# Short names for ordinary commands; `just` lists them.

default:
    @just --list --unsorted

# What .ci/run runs: format, lints, tests.
check:
    .ci/run

test *ARGS:
    cargo test --workspace {{ARGS}}

# Imports, unsafe, sizes, words.
layers:
    cargo test --test layers

lint:
    cargo clippy --workspace --all-targets -- -D warnings

fmt:
    cargo fmt --all

# Reference logits and perplexities; needs ../shared.
golden:
    cargo test --test golden -- --nocapture

# TARGET is gguf, tokenizer or dsml.
fuzz TARGET *ARGS:
    RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz {{TARGET}} {{ARGS}}

bench *ARGS:
    cargo bench {{ARGS}}

doc:
    cargo doc --workspace --no-deps --open

run *ARGS:
    cargo run --release -- run {{ARGS}}
