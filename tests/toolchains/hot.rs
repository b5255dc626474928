//! What is asked of the machine code of kernels that matter, as tables.
//!
//! Kernels are found by the passes that they consist of, so that it does not matter which passes
//! share a launch. The numbers are those of the compilers that `.ci/run` installs.

use ds4_codegen::model;
use ds4_plan::{
    Format,
    StepKind::{self, Decode, Prefill},
};

use crate::{
    generated::{Kernel, Part},
    sweep::Built,
};

/// Passes of which the same is asked.
struct Class {
    step: Option<StepKind>,
    passes: &'static [&'static str],
    weights: Weights,
    needs: &'static [Need],
    /// Most registers of a thread.
    registers: Registers,
}

/// Which formats a class holds for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weights {
    Any,
    /// Blocks of integers with scales.
    Integers,
    Floats,
}
use Weights::{Any, Floats, Integers};

/// Instructions without which a kernel is slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Loads of 16 bytes.
    Load16,
    /// Dot products of four bytes.
    Dot4,
    /// Tensor cores for bytes.
    TileI8,
    /// Tensor cores for half floats.
    TileF16,
}
use Need::{Dot4, Load16, TileF16, TileI8};

/// Registers of a thread by kind of GPU. Of a multiprocessor's 65,536, workgroups of 128 threads
/// leave 168 a thread to three and 128 to four; on gfx11 a wave of 32 shares 1,536 of each lane with
/// others of its SIMD, on gfx9 a wave of 64 shares 512.
struct Registers {
    nvidia: u32,
    gfx11: u32,
    gfx9: u32,
}

const fn registers(nvidia: u32, gfx11: u32, gfx9: u32) -> Registers {
    Registers { nvidia, gfx11, gfx9 }
}

const PRODUCTS: &[&str] = &["matvec", "experts_gate_up", "experts_down"];
const ATTEND: &[&str] = &[
    "attend_window",
    "attend_all",
    "attend_chosen",
    "attend_window_part",
    "attend_all_part",
    "attend_chosen_part",
];

/// Of a kernel with passes of several classes, each is asked what it needs, and the largest number of
/// registers holds. The output matrix is one of the products.
const CLASSES: &[Class] = &[
    Class {
        step: Some(Decode),
        passes: PRODUCTS,
        weights: Integers,
        needs: &[Load16, Dot4],
        registers: registers(96, 128, 128),
    },
    Class {
        step: Some(Decode),
        passes: PRODUCTS,
        weights: Floats,
        needs: &[Load16],
        registers: registers(96, 128, 128),
    },
    Class {
        step: Some(Prefill),
        passes: &["gemm"],
        weights: Integers,
        needs: &[Load16, TileI8],
        registers: registers(104, 224, 184),
    },
    Class {
        step: Some(Prefill),
        passes: &["gemm"],
        weights: Floats,
        needs: &[Load16, TileF16],
        registers: registers(128, 184, 216),
    },
    Class {
        step: Some(Prefill),
        passes: &["experts_down_gemm"],
        weights: Integers,
        needs: &[Load16, TileI8],
        registers: registers(160, 224, 280),
    },
    Class {
        step: Some(Prefill),
        passes: &["experts_gate_up_gemm"],
        weights: Integers,
        needs: &[Load16, TileI8],
        registers: registers(208, 232, 224),
    },
    // Only the small model is kept in floats.
    Class {
        step: Some(Prefill),
        passes: &["experts_down_gemm", "experts_gate_up_gemm"],
        weights: Floats,
        needs: &[Load16, TileF16],
        registers: registers(255, 256, 512),
    },
    Class {
        step: None,
        passes: ATTEND,
        weights: Any,
        needs: &[Load16],
        registers: registers(128, 136, 200),
    },
    Class {
        step: None,
        passes: &["index_scores"],
        weights: Any,
        needs: &[Load16],
        registers: registers(104, 112, 144),
    },
    Class {
        step: None,
        passes: &["index_top_k"],
        weights: Any,
        needs: &[],
        registers: registers(48, 32, 32),
    },
];

/// Loads of weights before the first wait in products of decode: at least those of one unit of each
/// of the two rows that a subgroup takes at a time.
const fn least_ahead(format: Format) -> usize {
    match format {
        Format::Q8_0 => 4,
        _ => 2,
    }
}

/// Memory of a thread that the compilers do not do without.
struct Exception {
    architecture: &'static str,
    pass: &'static str,
    format: Option<Format>,
    /// Most bytes of any kernel with this pass, exactly.
    bytes: u32,
    why: &'static str,
}

/// NVIDIA's assembler rather spills a few registers than have one workgroup less on a
/// multiprocessor; launch bounds that forbid it take a third more registers.
const fn occupancy(
    architecture: &'static str,
    pass: &'static str,
    format: Option<Format>,
    bytes: u32,
) -> Exception {
    let why = "the assembler prefers one more workgroup on a multiprocessor";
    Exception { architecture, pass, format, bytes, why }
}

const EXCEPTIONS: &[Exception] = &[
    occupancy("sm_80", "matvec", Some(Format::Q8_0), 8),
    occupancy("sm_80", "hc_partial", Some(Format::F16), 16),
    occupancy("sm_80", "experts_down_gemm", Some(Format::MXFP4), 8),
    occupancy("sm_90", "matvec", Some(Format::Q8_0), 8),
    occupancy("sm_90", "index_scores", None, 16),
    occupancy("sm_90", "gemm", Some(Format::Q8_0), 8),
    occupancy("sm_90", "experts_down_gemm", Some(Format::Q8_0), 16),
    occupancy("sm_90", "experts_gate_up_gemm", Some(Format::Q8_0), 16),
];

/// Kinds of GPUs, as far as the tables tell them apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nvidia,
    Gfx11,
    Gfx9,
}

impl Kind {
    fn of(architecture: &str) -> Self {
        match architecture {
            name if name.starts_with("sm_") => Self::Nvidia,
            name if name.starts_with("gfx11") => Self::Gfx11,
            _ => Self::Gfx9,
        }
    }
}

impl Registers {
    const fn of(&self, kind: Kind) -> u32 {
        match kind {
            Kind::Nvidia => self.nvidia,
            Kind::Gfx11 => self.gfx11,
            Kind::Gfx9 => self.gfx9,
        }
    }
}

impl Need {
    /// What an instruction that it is begins with.
    const fn mnemonic(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::Load16, Kind::Nvidia) => "LDG.E.128",
            (Self::Load16, Kind::Gfx11) => "global_load_b128",
            (Self::Load16, Kind::Gfx9) => "global_load_dwordx4",
            (Self::Dot4, Kind::Nvidia) => "IDP.4A",
            (Self::Dot4, Kind::Gfx11 | Kind::Gfx9) => "v_dot4",
            (Self::TileI8, Kind::Nvidia) => "IMMA.16832.S8.S8",
            (Self::TileI8, Kind::Gfx11) => "v_wmma_i32_16x16x16_iu8",
            (Self::TileI8, Kind::Gfx9) => "v_mfma_i32_16x16x",
            (Self::TileF16, Kind::Nvidia) => "HMMA.16816.F32",
            (Self::TileF16, Kind::Gfx11) => "v_wmma_f32_16x16x16_f16",
            (Self::TileF16, Kind::Gfx9) => "v_mfma_f32_16x16x16",
        }
    }
}

impl Class {
    fn has(&self, part: &Part) -> bool {
        let integers = part.format.is_some_and(|format| format.block_values() > 1);
        let weights = match self.weights {
            Any => true,
            Integers => integers,
            Floats => !integers,
        };
        weights
            && self.passes.contains(&part.pass)
            && self.step.is_none_or(|step| step == part.step)
    }
}

impl Exception {
    fn covers(&self, architecture: &str, kernel: &Kernel) -> bool {
        let is_its = |part: &Part| part.pass == self.pass && part.format == self.format;
        self.architecture == architecture && is_large(kernel) && kernel.parts.iter().any(is_its)
    }
}

/// Whether a pass reads weights of the large model once, where loads are counted.
fn is_streamed(architecture: &str, part: &Part) -> bool {
    let is_product = part.step == Decode && PRODUCTS.contains(&part.pass);
    is_product && part.model == model::FLASH.name && Kind::of(architecture) == Kind::Nvidia
}

/// Whether the large model has this kernel; nobody minds how fast ds4-tiny is.
fn is_large(kernel: &Kernel) -> bool {
    kernel.parts.iter().any(|part| part.model == model::FLASH.name)
}

/// What is wrong with the machine code of all kernels.
pub(crate) fn problems(architecture: &str, built: &[Built<'_>]) -> Vec<String> {
    let mut problems = vec![];
    for one in built {
        let wrong = instructions(architecture, one).into_iter().chain(resources(architecture, one));
        let name = &one.kernel.compiled.name;
        problems.extend(wrong.map(|what| format!("{architecture}: {name}: {what}")));
    }
    for exception in EXCEPTIONS.iter().filter(|known| known.architecture == architecture) {
        let Exception { pass, format, bytes, why, .. } = exception;
        let covered = built.iter().filter(|one| exception.covers(architecture, one.kernel));
        let most = covered.map(|one| one.code.local_bytes).max();
        if most != Some(*bytes) {
            problems.push(format!(
                "{architecture}: {pass} of {format:?} should have {bytes} bytes of memory of a \
                 thread ({why}), found {most:?}"
            ));
        }
    }
    problems
}

/// Instructions that a kernel lacks, and weights that it loads too late.
fn instructions(architecture: &str, built: &Built<'_>) -> Vec<String> {
    let Built { kernel, code, ahead } = built;
    let mut wrong = vec![];
    // Without a disassembler.
    if code.instructions.is_empty() {
        return wrong;
    }
    for (part, &ahead) in kernel.parts.iter().zip(ahead) {
        let classes = CLASSES.iter().filter(|class| class.has(part));
        let needs = classes.flat_map(|class| class.needs);
        let needs = needs.map(|need| need.mnemonic(Kind::of(architecture)));
        for mnemonic in needs.filter(|mnemonic| !code.has(mnemonic)) {
            wrong.push(format!("{part} has no {mnemonic}"));
        }
        if let Some(format) = part.format
            && is_streamed(architecture, part)
            && ahead < least_ahead(format)
        {
            let least = least_ahead(format);
            wrong.push(format!("{part} waits after {ahead} loads of weights, not {least}"));
        }
    }
    wrong
}

/// Registers and memory of a thread of the large model's kernel beyond what it may have.
fn resources(architecture: &str, built: &Built<'_>) -> Vec<String> {
    let Built { kernel, code, .. } = built;
    let mut wrong = vec![];
    if !is_large(kernel) {
        return wrong;
    }
    let classes = CLASSES.iter().filter(|class| kernel.parts.iter().any(|part| class.has(part)));
    let most = classes.map(|class| class.registers.of(Kind::of(architecture))).max();
    if let Some(most) = most
        && code.registers > most
    {
        wrong.push(format!("{} registers, at most {most}", code.registers));
    }
    let known = EXCEPTIONS.iter().filter(|exception| exception.covers(architecture, kernel));
    let most = known.map(|exception| exception.bytes).max().unwrap_or(0);
    if code.local_bytes > most {
        wrong.push(format!("{} bytes of memory of a thread, at most {most}", code.local_bytes));
    }
    wrong
}
