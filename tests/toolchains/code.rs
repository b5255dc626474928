//! What the vendors' compilers make of a kernel.

/// A kernel's machine code for one architecture.
#[derive(Debug, Default)]
pub(crate) struct Code {
    /// Registers of a thread: vector registers on AMD, accumulators with them.
    pub(crate) registers: u32,
    /// Bytes of memory of a thread: arrays with computed indices, and registers that did not fit.
    pub(crate) local_bytes: u32,
    /// Bytes of workgroup memory.
    pub(crate) shared_bytes: u32,
    /// Where the parameters begin in NVIDIA's first bank of constants.
    pub(crate) parameters: u32,
    /// One instruction or label a line; empty without a disassembler.
    pub(crate) instructions: String,
}

impl Code {
    /// Whether an instruction begins with `mnemonic`, as in `IMMA.16832`.
    pub(crate) fn has(&self, mnemonic: &str) -> bool {
        self.count(mnemonic) > 0
    }

    /// How many instructions begin with `mnemonic`.
    pub(crate) fn count(&self, mnemonic: &str) -> usize {
        self.instructions.lines().filter(|line| line.starts_with(mnemonic)).count()
    }
}
