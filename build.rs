//! Writes the generated sources into `OUT_DIR`; everything else is in `ds4-codegen`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
