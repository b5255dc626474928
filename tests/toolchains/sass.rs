//! What NVIDIA's machine code consists of.

use std::{collections::BTreeMap, fs, process::Command};

use ds4_codegen::emit::cpp::{Dialect, TileShape};

use crate::{
    language, memory,
    nvrtc::{ARCHITECTURES, Nvrtc},
    parallel,
    shared::skipped,
    tiles, unit,
};

/// A kernel's machine code.
#[derive(Debug, Default)]
pub(crate) struct Sass {
    /// Registers of a thread.
    pub(crate) registers: u32,
    /// Bytes of memory of a thread: arrays with computed indices, and registers that did not fit.
    pub(crate) local_bytes: u32,
    /// One instruction a line; empty without a disassembler.
    pub(crate) instructions: String,
}

impl Sass {
    /// Whether an instruction begins with `mnemonic`, as in `IMMA.16832`.
    pub(crate) fn has(&self, mnemonic: &str) -> bool {
        self.count(mnemonic) > 0
    }

    /// How many instructions begin with `mnemonic`.
    pub(crate) fn count(&self, mnemonic: &str) -> usize {
        self.instructions.lines().filter(|line| line.starts_with(mnemonic)).count()
    }
}

/// The kernels of a cubin by name. Without a disassembler, which is said, they have no
/// instructions.
pub(crate) fn kernels(cubin: &[u8]) -> BTreeMap<String, Sass> {
    let mut kernels = resources(cubin);
    let Some(text) = disassemble(cubin) else { return kernels };
    let mut current = None;
    for line in text.lines() {
        if let Some(name) = line.trim().strip_prefix(".section\t.text.") {
            let name = name.split([',', ' ', '\t']).next().unwrap();
            current = kernels.get_mut(name);
        } else if let Some((_, code)) = line.split_once("*/ ")
            && line.trim_start().starts_with("/*")
            && let Some(sass) = &mut current
        {
            // A guard stands before what it guards, as in `@!P0 EXIT`.
            let code = code.trim();
            let code =
                if code.starts_with('@') { code.split_once(' ').map(|x| x.1) } else { Some(code) };
            sass.instructions.push_str(code.unwrap_or_default().trim());
            sass.instructions.push('\n');
        }
    }
    kernels
}

fn disassemble(cubin: &[u8]) -> Option<String> {
    let tool = std::env::var("DS4_NVDISASM").unwrap_or_else(|_| "nvdisasm".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kernels.cubin");
    fs::write(&path, cubin).unwrap();
    let Ok(output) = Command::new(&tool).arg("-c").arg(&path).output() else {
        skipped("nvdisasm is not there (DS4_NVDISASM names it); instructions are not looked at");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Registers and memory of each kernel, which the file lists in its section `.nv.info`.
fn resources(cubin: &[u8]) -> BTreeMap<String, Sass> {
    let sections = sections(cubin);
    let find = |name: &str| sections.iter().find(|(found, _)| found == name).unwrap().1;
    let (symbols, names) = (find(".symtab"), find(".strtab"));
    let symbol = |index: u32| {
        let at = u32_at(symbols, index as usize * 24) as usize;
        text_at(names, at)
    };
    let mut kernels: BTreeMap<String, Sass> = BTreeMap::new();
    let mut rest = find(".nv.info");
    // Format, attribute, two bytes of length; with format 4 that many bytes follow.
    while rest.len() >= 4 {
        let (format, attribute) = (rest[0], rest[1]);
        let length =
            if format == 4 { usize::from(u16::from_le_bytes([rest[2], rest[3]])) } else { 0 };
        let value = &rest[4..4 + length];
        match attribute {
            0x2f => {
                kernels.entry(symbol(u32_at(value, 0))).or_default().registers = u32_at(value, 4);
            }
            0x11 => {
                kernels.entry(symbol(u32_at(value, 0))).or_default().local_bytes = u32_at(value, 4);
            }
            _ => {}
        }
        rest = &rest[4 + length..];
    }
    kernels
}

/// Names and bytes of the sections of a 64-bit ELF file.
fn sections(elf: &[u8]) -> Vec<(String, &[u8])> {
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([elf[at], elf[at + 1]]));
    let u64_at = |at: usize| {
        usize::try_from(u64::from_le_bytes(elf[at..at + 8].try_into().unwrap())).unwrap()
    };
    let (table, size, n, names) = (u64_at(0x28), u16_at(0x3a), u16_at(0x3c), u16_at(0x3e));
    let bytes = |section: usize| {
        let header = table + section * size;
        // Sections of type 8 have no bytes in the file.
        let is_empty = u32_at(elf, header + 4) == 8;
        let (at, length) = (u64_at(header + 0x18), u64_at(header + 0x20));
        if is_empty { &[][..] } else { &elf[at..at + length] }
    };
    let name = |section: usize| text_at(bytes(names), u32_at(elf, table + section * size) as usize);
    (0..n).map(|section| (name(section), bytes(section))).collect()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn text_at(bytes: &[u8], at: usize) -> String {
    let end = bytes[at..].iter().position(|&byte| byte == 0).unwrap();
    String::from_utf8(bytes[at..at + end].to_vec()).unwrap()
}

#[test]
fn every_kernel_becomes_machine_code_of_each_generation() {
    let Some(nvrtc) = Nvrtc::find() else { return };
    let kernels = [
        language::kernels(Dialect::Cuda),
        parallel::kernels(Dialect::Cuda),
        tiles::kernels(Dialect::Cuda, TileShape::CUDA),
    ]
    .concat();
    let source = unit(Dialect::Cuda, &kernels);
    for architecture in ARCHITECTURES {
        let found = resources(&nvrtc.cubin(&source, architecture));
        for kernel in &kernels {
            let sass = found.get(&kernel.entry);
            assert!(
                sass.is_some_and(|sass| sass.registers > 0),
                "{architecture}: {}",
                kernel.entry
            );
        }
    }
}

#[test]
fn tiles_are_tensor_core_instructions_and_stay_in_registers() {
    let Some(nvrtc) = Nvrtc::find() else { return };
    let source = unit(Dialect::Cuda, &tiles::kernels(Dialect::Cuda, TileShape::CUDA));
    for architecture in ARCHITECTURES {
        let kernels = kernels(&nvrtc.cubin(&source, architecture));
        let products = [("tile_i8", "IMMA.16832.S8.S8"), ("tile_f16", "HMMA.16816.F32")];
        for (name, product) in products {
            let sass = &kernels[name];
            assert_eq!(sass.local_bytes, 0, "{architecture}: {name}");
            if sass.instructions.is_empty() {
                return;
            }
            assert_eq!(sass.count(product), 4, "{architecture}:\n{}", sass.instructions);
            assert_eq!(sass.count("LDSM.16.M88.4"), 2, "{architecture}:\n{}", sass.instructions);
        }
    }
}

#[test]
fn hooks_for_memory_are_single_instructions() {
    let Some(nvrtc) = Nvrtc::find() else { return };
    let source =
        unit(Dialect::Cuda, &[memory::kernel(Dialect::Cuda), memory::staged(Dialect::Cuda)]);
    for architecture in ARCHITECTURES {
        let kernels = kernels(&nvrtc.cubin(&source, architecture));
        assert_eq!(kernels["staged"].local_bytes, 0, "{architecture}");
        let sass = &kernels["memory"];
        assert_eq!(sass.local_bytes, 0, "{architecture}");
        if sass.instructions.is_empty() {
            return;
        }
        for wanted in ["LDGSTS.E.BYPASS.128", "LDG.E.NA.128", "IDP.4A.S8.S8", "PRMT"] {
            assert!(sass.has(wanted), "{architecture}: {wanted} is not in\n{}", sass.instructions);
        }
        let depends = architecture != "sm_80";
        assert_eq!(sass.has("ACQBULK"), depends, "{architecture}:\n{}", sass.instructions);
    }
}
