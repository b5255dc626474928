//! A kernel that was compiled to a library, and runs in this process.

use std::{
    ffi::{CStr, c_char},
    ops::Range,
    path::Path,
    ptr::null,
};

use super::memory::Buffer;

/// The library of one kernel.
#[derive(Debug)]
pub(super) struct Library {
    run: unsafe extern "C" fn(*mut Run),
    // The function is in it.
    _library: libloading::Library,
}

/// `cpu::Run` of `threads.h`.
#[repr(C)]
struct Run {
    threads: u32,
    grid: [u32; 3],
    first: u64,
    last: u64,
    buffers: *const *mut u8,
    immediates: *const u32,
    error: *const c_char,
}

/// What all workgroups of a dispatch are given.
#[derive(Debug)]
pub(super) struct Arguments<'a> {
    pub(super) threads: u32,
    pub(super) grid: [u32; 3],
    pub(super) immediates: &'a [u32],
    /// By number of the binding.
    buffers: Vec<*mut u8>,
}

// SAFETY: the addresses mean the same on every thread. Workgroups write the same buffers from
// several threads, as on a GPU; that they do not race is the kernel's duty.
unsafe impl Sync for Arguments<'_> {}

impl<'a> Arguments<'a> {
    /// Arguments without buffers.
    pub(super) fn new(threads: u32, grid: [u32; 3], immediates: &'a [u32]) -> Self {
        Self { threads, grid, immediates, buffers: vec![] }
    }

    /// Adds a buffer, with where in it the kernel's array begins.
    pub(super) fn bind(&mut self, number: u32, buffer: &Buffer, offset: u64) {
        let (number, offset) = (number as usize, usize::try_from(offset).unwrap());
        self.buffers.resize(self.buffers.len().max(number + 1), std::ptr::null_mut());
        self.buffers[number] = buffer.begin().as_ptr().wrapping_add(offset);
    }
}

impl Library {
    /// Loads a library.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        // SAFETY: it was compiled from a kernel's text, which has no initialisers that do more
        // than compute constants.
        let library = unsafe { libloading::Library::new(path) };
        let library = library.map_err(|e| format!("cannot be loaded: {e}"))?;
        // SAFETY: every translation unit defines it with this type.
        let run = unsafe { library.get::<unsafe extern "C" fn(*mut Run)>(b"ds4_run\0") };
        let run = *run.map_err(|e| format!("has no function: {e}"))?;
        Ok(Self { run, _library: library })
    }

    /// Runs workgroups by number, x fastest.
    pub(super) fn run(&self, arguments: &Arguments<'_>, groups: Range<u64>) -> Result<(), String> {
        let mut run = Run {
            threads: arguments.threads,
            grid: arguments.grid,
            first: groups.start,
            last: groups.end,
            buffers: arguments.buffers.as_ptr(),
            immediates: arguments.immediates.as_ptr(),
            error: null(),
        };
        // SAFETY: the function reads `run`, whose arrays are as long as the kernel's signature
        // says and live until it returns.
        unsafe { (self.run)(&raw mut run) };
        if run.error.is_null() {
            return Ok(());
        }
        // SAFETY: the library sets it to a literal of its own.
        let error = unsafe { CStr::from_ptr(run.error) };
        Err(error.to_string_lossy().into_owned())
    }
}
