//! CUDA text to machine code with NVRTC, which needs no GPU.

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use ds4_codegen::emit::cpp::NVRTC_FLAGS;
use libloading::{Library, Symbol};

use crate::shared::skipped;

/// Generations that are compiled for: the oldest with asynchronous copies, one with dependent
/// launches, and a recent one.
pub(crate) const ARCHITECTURES: [&str; 3] = ["sm_80", "sm_90", "sm_120"];

/// NVIDIA's run-time compiler.
#[derive(Debug)]
pub(crate) struct Nvrtc {
    library: Library,
}

type Program = *mut c_void;
type Create = unsafe extern "C" fn(
    *mut Program,
    *const c_char,
    *const c_char,
    c_int,
    *const *const c_char,
    *const *const c_char,
) -> c_int;
type Compile = unsafe extern "C" fn(Program, c_int, *const *const c_char) -> c_int;
type Length = unsafe extern "C" fn(Program, *mut usize) -> c_int;
type Bytes = unsafe extern "C" fn(Program, *mut c_char) -> c_int;
type Destroy = unsafe extern "C" fn(*mut Program) -> c_int;

impl Nvrtc {
    /// The library that `DS4_NVRTC` names, or one of its usual names; else a word on its absence.
    pub(crate) fn find() -> Option<Self> {
        let named = std::env::var("DS4_NVRTC").ok();
        let usual = ["libnvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12"].map(str::to_owned);
        for name in named.into_iter().chain(usual) {
            // SAFETY: NVIDIA's library runs nothing when it is loaded that touches this program.
            if let Ok(library) = unsafe { Library::new(&name) } {
                return Some(Self { library });
            }
        }
        skipped("NVRTC is not there (DS4_NVRTC names the library)");
        None
    }

    /// The machine code of `source` for `architecture`, as in `sm_90`.
    ///
    /// # Panics
    ///
    /// When the source does not compile.
    #[track_caller]
    pub(crate) fn cubin(&self, source: &str, architecture: &str) -> Vec<u8> {
        let text = CString::new(source).unwrap();
        let mut program: Program = std::ptr::null_mut();
        let create: Symbol<'_, Create> = self.symbol(c"nvrtcCreateProgram");
        let none = std::ptr::null();
        // SAFETY: `text` ends with a zero and outlives the call, as does `program`; there are no
        // headers.
        let status = unsafe {
            create(&raw mut program, text.as_ptr(), c"kernels.cu".as_ptr(), 0, none, none)
        };
        assert_eq!(status, 0, "nvrtcCreateProgram");
        let flags: Vec<_> = std::iter::once(format!("--gpu-architecture={architecture}"))
            .chain(NVRTC_FLAGS.iter().map(|&flag| flag.to_owned()))
            .map(|flag| CString::new(flag).unwrap())
            .collect();
        let pointers: Vec<_> = flags.iter().map(|flag| flag.as_ptr()).collect();
        let compile: Symbol<'_, Compile> = self.symbol(c"nvrtcCompileProgram");
        let n_flags = c_int::try_from(pointers.len()).unwrap();
        // SAFETY: `program` was created above; the pointers are to strings that `flags` keeps.
        let status = unsafe { compile(program, n_flags, pointers.as_ptr()) };
        let log = self.bytes(program, c"nvrtcGetProgramLogSize", c"nvrtcGetProgramLog");
        let log = String::from_utf8_lossy(&log);
        assert_eq!(status, 0, "{architecture}:\n{log}");
        assert!(!log.contains("warning"), "{architecture}:\n{log}");
        let cubin = self.bytes(program, c"nvrtcGetCUBINSize", c"nvrtcGetCUBIN");
        let destroy: Symbol<'_, Destroy> = self.symbol(c"nvrtcDestroyProgram");
        // SAFETY: nothing uses `program` after this.
        unsafe { destroy(&raw mut program) };
        cubin
    }

    /// What two functions of the library give: the length, and that many bytes.
    fn bytes(&self, program: Program, length: &CStr, bytes: &CStr) -> Vec<u8> {
        let length: Symbol<'_, Length> = self.symbol(length);
        let mut n = 0;
        // SAFETY: `program` is alive; `n` is written.
        let status = unsafe { length(program, &raw mut n) };
        assert_eq!(status, 0);
        let mut out = vec![0_u8; n];
        let bytes: Symbol<'_, Bytes> = self.symbol(bytes);
        // SAFETY: `out` has the length that the library asked for.
        let status = unsafe { bytes(program, out.as_mut_ptr().cast()) };
        assert_eq!(status, 0);
        out
    }

    /// A function of the library. The caller names its true type.
    fn symbol<T>(&self, name: &CStr) -> Symbol<'_, T> {
        // SAFETY: the types above are those of NVRTC's header.
        unsafe { self.library.get(name.to_bytes_with_nul()) }.unwrap()
    }
}
