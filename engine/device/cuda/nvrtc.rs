//! NVRTC, loaded at run time: CUDA text to machine code, on any machine.

use std::{ffi::CStr, ptr};

use cudarc::nvrtc::{
    result::{self, NvrtcError},
    sys,
};

use crate::device::{Error, Result};

/// Name of the compiler in errors.
pub(super) const NAME: &str = "NVRTC";

/// The oldest that knows every instruction of the kernels.
const OLDEST: (i32, i32) = (12, 0);

/// What to do where it is missing or too old.
const HELP: &str = "install NVRTC 12.0 or later: the package cuda-nvrtc of NVIDIA's CUDA, or \
                    `pip install nvidia-cuda-nvrtc`; LD_LIBRARY_PATH names its folder where the \
                    loader does not look by itself";

/// The loaded library.
#[derive(Debug, Clone)]
pub(super) struct Nvrtc {
    version: (i32, i32),
    /// Generations of GPUs that it compiles for, as in 90.
    generations: Vec<i32>,
}

/// A text that is being compiled.
struct Program(sys::nvrtcProgram);

impl Drop for Program {
    fn drop(&mut self) {
        // SAFETY: `create_program` made it, and nothing uses it after this. The result says only
        // whether the handle was one.
        let _ = unsafe { result::destroy_program(self.0) };
    }
}

impl Nvrtc {
    /// Loads the library from where the system's loader looks.
    pub(super) fn load() -> Result<Self> {
        // SAFETY: the library's initialisers run; it is NVIDIA's own.
        if !unsafe { sys::is_culib_present() } {
            return Err(unusable(
                "libnvrtc.so, libnvrtc.so.13 and libnvrtc.so.12 are not where the system's loader \
                 looks"
                    .to_owned(),
            ));
        }
        let version = version()?;
        let (major, minor) = version;
        if version < OLDEST {
            return Err(unusable(format!("it is version {major}.{minor}")));
        }
        Ok(Self { version, generations: generations()? })
    }

    /// Major and minor version, which are those of a CUDA release.
    pub(super) const fn version(&self) -> (i32, i32) {
        self.version
    }

    /// Checks that it compiles for `arch`, as in `sm_90` or `sm_90a`.
    pub(super) fn check_arch(&self, arch: &str) -> Result<()> {
        let number = arch.strip_prefix("sm_").map(|rest| rest.trim_end_matches(['a', 'f']));
        let known = number.and_then(|number| number.parse().ok());
        if known.is_some_and(|number: i32| self.generations.contains(&number)) {
            return Ok(());
        }
        let known: Vec<_> = self.generations.iter().map(|number| format!("sm_{number}")).collect();
        let ((major, minor), known) = (self.version, known.join(", "));
        Err(Error::NoCompiler {
            compiler: NAME,
            reason: format!("version {major}.{minor} knows no {arch}; it knows {known}"),
            help: "name one of these, or install the NVRTC of a CUDA release that knows it",
        })
    }

    /// The machine code of `text`, or what the compiler says against it.
    pub(super) fn compile(text: &CStr, flags: &[String]) -> Result<Vec<u8>, String> {
        let said = |error: NvrtcError| error.to_string();
        let program = Program(result::create_program(text, Some(c"kernel.cu")).map_err(said)?);
        // SAFETY: the program is alive.
        if let Err(error) = unsafe { result::compile_program(program.0, flags) } {
            // SAFETY: as above.
            let log = unsafe { result::get_program_log(program.0) }.map_err(said)?;
            let log = String::from_utf8_lossy(bytemuck::cast_slice(&log)).into_owned();
            return Err(format!("{error}\n{}", log.trim_end_matches(['\0', '\n'])));
        }
        let mut size = 0;
        // SAFETY: the program is alive, and `size` is written.
        unsafe { sys::nvrtcGetCUBINSize(program.0, &raw mut size) }.result().map_err(said)?;
        let mut code = vec![0_u8; size];
        // SAFETY: `code` has the size that the library asked for.
        unsafe { sys::nvrtcGetCUBIN(program.0, code.as_mut_ptr().cast()) }
            .result()
            .map_err(said)?;
        Ok(code)
    }
}

fn version() -> Result<(i32, i32)> {
    let (mut major, mut minor) = (0, 0);
    // SAFETY: both numbers are written.
    let status = unsafe { sys::nvrtcVersion(&raw mut major, &raw mut minor) };
    status.result().map_err(|error| unusable(format!("its version is unknown: {error}")))?;
    Ok((major, minor))
}

fn generations() -> Result<Vec<i32>> {
    let failed = |error| unusable(format!("its GPUs are unknown: {error}"));
    let mut n = 0;
    // SAFETY: `n` is written.
    unsafe { sys::nvrtcGetNumSupportedArchs(ptr::from_mut(&mut n)) }.result().map_err(failed)?;
    let mut generations = vec![0; usize::try_from(n).unwrap_or(0)];
    // SAFETY: the list has room for as many as the library has.
    unsafe { sys::nvrtcGetSupportedArchs(generations.as_mut_ptr()) }.result().map_err(failed)?;
    Ok(generations)
}

fn unusable(reason: String) -> Error {
    Error::NoCompiler { compiler: NAME, reason, help: HELP }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_refused_by_name() {
        let nvrtc = Nvrtc { version: (13, 0), generations: vec![80, 90, 120] };
        for arch in ["sm_80", "sm_90", "sm_90a", "sm_120f"] {
            nvrtc.check_arch(arch).unwrap();
        }
        for arch in ["sm_70", "90", "sm_", "compute_90"] {
            let refusal = nvrtc.check_arch(arch).unwrap_err().to_string();
            let expected = format!(
                "NVRTC cannot be used: version 13.0 knows no {arch}; it knows sm_80, sm_90, sm_120\n"
            );
            assert!(refusal.starts_with(&expected), "{refusal}");
        }
    }
}
