//! Writes the generated sources into `OUT_DIR`; everything else is in `ds4-codegen`.

use std::{env, error::Error, fs, path::PathBuf, process::ExitCode};

use ds4_codegen::Output;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    let written = files().and_then(|files| write(&files));
    if let Err(error) = written {
        for line in error.to_string().lines() {
            println!("cargo::error={line}");
        }
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The files of every target that the features of this build ask for.
fn files() -> Result<Vec<Output>, Box<dyn Error>> {
    #[cfg_attr(not(feature = "gpu"), expect(unused_mut, reason = "GPUs add theirs"))]
    let mut files = ds4_codegen::generate()?;
    #[cfg(feature = "gpu")]
    for target in ds4_codegen::gpu::target::Target::ALL {
        let feature = format!("CARGO_FEATURE_{}", target.feature().to_uppercase());
        if env::var_os(feature).is_some() {
            files.extend(ds4_codegen::generate_gpu(target)?);
        }
    }
    Ok(files)
}

fn write(files: &[Output]) -> Result<(), Box<dyn Error>> {
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    for (name, bytes) in files {
        let path = out_dir.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, bytes).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    }
    Ok(())
}
