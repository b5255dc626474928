//! Writes the generated sources into `OUT_DIR`; everything else is in `ds4-codegen`.

use std::{env, fs, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    let files = match ds4_codegen::generate() {
        Ok(files) => files,
        Err(invalid) => {
            for line in invalid.to_string().lines() {
                println!("cargo::error={line}");
            }
            return ExitCode::FAILURE;
        }
    };
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for (name, text) in files {
        let path = out_dir.join(name);
        if let Err(error) = fs::write(&path, text) {
            println!("cargo::error=cannot write {}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
