//! A kernel that was compiled to a program with the thread sanitizer.

use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use ds4::device::gpu::Dispatch;

use super::{Msl, memory::Buffer};

/// Runs a dispatch in a process of its own, as `replay.h` reads it.
pub(super) fn run(program: &Path, dispatch: &Dispatch<'_, Msl>) -> Result<(), String> {
    // Two bindings of one buffer are one memory there too.
    let mut buffers: Vec<&Buffer> = vec![];
    let mut bindings = vec![];
    for (&number, &(buffer, offset)) in dispatch.kernel.bindings.iter().zip(dispatch.bindings) {
        let known = buffers.iter().position(|&known| std::ptr::eq(known, buffer));
        let index = known.unwrap_or(buffers.len());
        if known.is_none() {
            buffers.push(buffer);
        }
        bindings.push([u64::from(number), index as u64, offset]);
    }
    let mut input = vec![];
    let mut put = |numbers: &[u64]| {
        numbers.iter().for_each(|number| input.extend(number.to_ne_bytes()));
    };
    put(&[u64::from(dispatch.kernel.threads)]);
    put(&dispatch.grid.map(u64::from));
    put(&[buffers.len(), bindings.len(), dispatch.immediates.len()].map(|n| n as u64));
    for buffer in &buffers {
        input.extend(buffer.size().to_ne_bytes());
        input.extend(buffer.bytes());
    }
    for binding in &bindings {
        binding.iter().for_each(|number| input.extend(number.to_ne_bytes()));
    }
    dispatch.immediates.iter().for_each(|value| input.extend(value.to_ne_bytes()));

    let output = feed(program, &input).map_err(|e| format!("cannot run it: {e}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{} {errors}", output.status));
    }
    let mut rest = &output.stdout[..];
    for buffer in buffers {
        let size = usize::try_from(buffer.size()).unwrap_or(usize::MAX);
        let (bytes, after) = rest.split_at_checked(size).ok_or("it wrote less than its buffers")?;
        buffer.write(0, bytes);
        rest = after;
    }
    Ok(())
}

/// Runs a program that reads all of its input before it writes.
fn feed(program: &Path, input: &[u8]) -> std::io::Result<Output> {
    let mut command = Command::new(program);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if env::var_os("TSAN_OPTIONS").is_none()
        && let Some(path) = symbolizer()
    {
        command.env("TSAN_OPTIONS", format!("external_symbolizer_path={}", path.display()));
    }
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that fails early does not read on; its errors say why.
        let _ = stdin.write_all(input);
    }
    child.wait_with_output()
}

/// What gives addresses in reports the names of functions; the sanitizer's own search for it fails on
/// some machines that have it.
fn symbolizer() -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let mut all = env::split_paths(&folders).map(|folder| folder.join("llvm-symbolizer"));
    all.find(|path| path.is_file())
}
