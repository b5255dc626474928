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
/// leave 168 a thread to three and 128 to four, as to two of 256, which products of integers and
/// what reads cached rows have in prefill; on gfx11 a wave of 32 shares 1,536 of each lane with
/// others of its SIMD, on gfx9 a wave of 64 shares 512.
struct Registers {
    nvidia: u32,
    gfx11: u32,
    gfx9: u32,
}

const fn registers(nvidia: u32, gfx11: u32, gfx9: u32) -> Registers {
    Registers { nvidia, gfx11, gfx9 }
}

const PRODUCTS: &[&str] = &["matvec", "matvec_grouped", "experts_gate_up", "experts_down"];
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
        registers: registers(128, 128, 128),
    },
    Class {
        step: Some(Decode),
        passes: PRODUCTS,
        weights: Floats,
        needs: &[Load16],
        registers: registers(128, 128, 128),
    },
    Class {
        step: Some(Prefill),
        passes: &["gemm"],
        weights: Integers,
        needs: &[Load16, TileI8],
        registers: registers(128, 224, 184),
    },
    Class {
        step: Some(Prefill),
        passes: &["gemm"],
        weights: Floats,
        needs: &[Load16, TileF16],
        // Two workgroups with 128 outputs, measured faster than four with 64.
        registers: registers(192, 184, 216),
    },
    Class {
        step: Some(Prefill),
        passes: &["experts_down_gemm"],
        weights: Integers,
        needs: &[Load16, TileI8],
        registers: registers(160, 224, 288),
    },
    Class {
        step: Some(Prefill),
        passes: &["experts_gate_up_gemm"],
        weights: Integers,
        needs: &[Load16, TileI8],
        registers: registers(208, 232, 232),
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
        // On gfx11, which gives them out by 24, as many waves have room as with 121.
        passes: ATTEND,
        weights: Any,
        needs: &[Load16],
        registers: registers(128, 138, 200),
    },
    Class {
        step: Some(Decode),
        // NVRTC keeps what it unpacks of a tile of cached rows in registers: one workgroup of 256
        // threads a multiprocessor instead of two. A step of one row has 128 of them, and on an H200
        // one of 16 rows is within 2 % of that with rows of f32.
        passes: &["attend_chosen_part"],
        weights: Any,
        needs: &[Load16],
        registers: registers(172, 138, 200),
    },
    Class {
        step: None,
        passes: &["index_scores"],
        weights: Any,
        needs: &[Load16],
        registers: registers(128, 136, 144),
    },
    Class {
        step: None,
        // Eight keys at a time, sixteen on NVIDIA; ballots of 64 lanes on gfx9, where seven waves have
        // room on a SIMD.
        passes: &["index_top_k"],
        weights: Any,
        needs: &[],
        registers: registers(64, 36, 72),
    },
];

/// The fewest loads of weights before the first wait in products of decode, on any NVIDIA
/// architecture.
const AHEAD: &[(&str, Format, usize)] = &[
    ("matvec", Format::Q8_0, 2),
    ("matvec", Format::F16, 2),
    ("matvec_grouped", Format::Q8_0, 2),
    ("experts_gate_up", Format::Q8_0, 4),
    ("experts_gate_up", Format::Q4_K, 2),
    ("experts_gate_up", Format::MXFP4, 2),
    ("experts_gate_up", Format::IQ2_XXS, 4),
    ("experts_down", Format::Q8_0, 4),
    ("experts_down", Format::Q4_K, 2),
    ("experts_down", Format::MXFP4, 1),
    ("experts_down", Format::Q2_K, 4),
];

/// The most bytes of memory of a thread of any kernel of the large model without an exception, by
/// architecture: exactly, so that it shows when they become less.
///
/// NVIDIA's assembler rather spills a few registers of a thread that has far from all 255 than
/// have one workgroup less on a multiprocessor; launch bounds that keep it from that take a third
/// more registers. Tiles of many rows take most: their workgroups are to share a multiprocessor.
const LOCAL_BYTES: &[(&str, u32)] = &[
    ("sm_80", 72),
    ("sm_90", 48),
    ("sm_120", 80),
    ("gfx90a", 0),
    ("gfx942", 0),
    ("gfx1100", 0),
    ("gfx1151", 0),
];

/// A pass of the large model whose kernels take more than they should.
struct Exception {
    architecture: &'static str,
    pass: &'static str,
    format: Format,
    /// What such a kernel takes at most, exactly.
    registers: u32,
    local_bytes: u32,
    why: &'static str,
}

const EXCEPTIONS: &[Exception] = &[];

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
    /// What `part` needs instead: on tensor cores, matrices in `Q8_0` serve many rows.
    fn of(self, part: &Part) -> Self {
        let is_tiled = part.few == Some(false)
            && part.pass.starts_with("matvec")
            && part.format == Some(Format::Q8_0);
        if self == Dot4 && is_tiled { TileI8 } else { self }
    }

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
        let integers = part.format.is_some_and(Format::is_integers);
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
    fn holds_for(&self, architecture: &str, kernel: &Kernel) -> bool {
        self.architecture == architecture
            && kernel.parts.iter().any(|part| {
                let is_its = part.pass == self.pass && part.format == Some(self.format);
                is_its && part.step == Decode && part.model == model::FLASH.name
            })
    }
}

/// Whether a kernel is of the large model and has no exception.
fn is_held(architecture: &str, kernel: &Kernel) -> bool {
    let is_excepted = |known: &Exception| known.holds_for(architecture, kernel);
    is_large(kernel) && !EXCEPTIONS.iter().any(is_excepted)
}

/// Whether a pass reads weights of the large model once, where loads are counted.
fn is_streamed(architecture: &str, part: &Part) -> bool {
    let is_product = part.step == Decode && PRODUCTS.contains(&part.pass);
    is_product && part.model == model::FLASH.name && Kind::of(architecture) == Kind::Nvidia
}

/// What the table has for a pass.
fn least_ahead(part: &Part) -> Option<usize> {
    let is_its = |(pass, format, _): &&(&str, Format, usize)| {
        *pass == part.pass && Some(*format) == part.format
    };
    AHEAD.iter().find(is_its).map(|(_, _, least)| *least)
}

/// Whether the large model has this kernel; nobody minds how fast ds4-tiny is.
fn is_large(kernel: &Kernel) -> bool {
    kernel.parts.iter().any(|part| part.model == model::FLASH.name)
}

/// What is wrong with the machine code of all kernels.
pub(crate) fn problems(architecture: &str, built: &[Built<'_>]) -> Vec<String> {
    let mut problems = vec![];
    for one in built {
        let wrong =
            instructions(architecture, one).into_iter().chain(registers_beyond(architecture, one));
        let name = &one.kernel.compiled.name;
        problems.extend(wrong.map(|what| format!("{architecture}: {name}: {what}")));
    }
    problems.extend(spills(architecture, built));
    problems.extend(exceptions(architecture, built));
    problems
}

/// Whether the kernel that has most memory of a thread has other than what is known.
fn spills(architecture: &str, built: &[Built<'_>]) -> Option<String> {
    let held = built.iter().filter(|one| is_held(architecture, one.kernel));
    let most = held.max_by_key(|one| one.code.local_bytes).unwrap();
    let (_, known) = LOCAL_BYTES.iter().find(|(name, _)| *name == architecture).unwrap();
    let (name, found) = (&most.kernel.compiled.name, most.code.local_bytes);
    (found != *known).then(|| {
        format!("{architecture}: {name}: {found} bytes of memory of a thread, not {known} at most")
    })
}

/// Exceptions that are none, or others than they were.
fn exceptions(architecture: &str, built: &[Built<'_>]) -> Vec<String> {
    let known = EXCEPTIONS.iter().filter(|known| known.architecture == architecture);
    let wrong = known.filter_map(|known| {
        let Exception { pass, format, registers, local_bytes, why, .. } = known;
        let its = built.iter().filter(|one| known.holds_for(architecture, one.kernel));
        let found = its.map(|one| (one.code.local_bytes, one.code.registers)).max();
        (found != Some((*local_bytes, *registers))).then(|| {
            format!(
                "{architecture}: {pass} of {} has {found:?} instead of {local_bytes} bytes and \
                 {registers} registers ({why})",
                format.name()
            )
        })
    });
    wrong.collect()
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
        let needs = needs.map(|need| need.of(part).mnemonic(Kind::of(architecture)));
        for mnemonic in needs.filter(|mnemonic| !code.has(mnemonic)) {
            wrong.push(format!("{part} has no {mnemonic}"));
        }
        if is_streamed(architecture, part) && least_ahead(part).is_none_or(|least| ahead < least) {
            let least = least_ahead(part);
            wrong.push(format!("{part} waits after {ahead} loads of weights, not {least:?}"));
        }
    }
    wrong
}

/// Registers of the large model's kernel beyond what it may have.
fn registers_beyond(architecture: &str, built: &Built<'_>) -> Option<String> {
    let Built { kernel, code, .. } = built;
    let classes = CLASSES.iter().filter(|class| kernel.parts.iter().any(|part| class.has(part)));
    let most = classes.map(|class| class.registers.of(Kind::of(architecture))).max()?;
    let is_beyond = is_held(architecture, kernel) && code.registers > most;
    is_beyond.then(|| format!("{} registers, at most {most}", code.registers))
}
