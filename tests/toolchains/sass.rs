//! What NVIDIA's machine code consists of.

use std::{collections::BTreeMap, fs, process::Command, sync::LazyLock};

use ds4_codegen::emit::cpp::{Dialect, TileShape};

use crate::{
    code::Code,
    language, memory,
    nvrtc::{ARCHITECTURES, Nvrtc},
    parallel,
    shared::skipped,
    tiles, unit,
};

/// The kernels of a cubin by name. Without a disassembler, which is said, they have no
/// instructions.
pub(crate) fn kernels(cubin: &[u8]) -> BTreeMap<String, Code> {
    let mut kernels = resources(cubin);
    let Some(text) = disassemble(cubin) else { return kernels };
    let mut current = None;
    for line in text.lines() {
        if let Some(name) = line.trim().strip_prefix(".section\t.text.") {
            let name = name.split([',', ' ', '\t']).next().unwrap();
            current = kernels.get_mut(name);
        } else if let (Some(instruction), Some(kernel)) = (instruction(line), &mut current) {
            kernel.instructions.push_str(instruction);
            kernel.instructions.push('\n');
        }
    }
    kernels
}

/// The instruction or label of a line, without its place and its guard.
fn instruction(line: &str) -> Option<&str> {
    if line.starts_with(".L_") {
        return Some(line);
    }
    let (place, code) = line.split_once("*/ ")?;
    place.trim_start().strip_prefix("/*")?;
    // A guard stands before what it guards, as in `@!P0 EXIT`.
    let code = code.trim();
    let guarded = code.strip_prefix('@').and_then(|code| code.split_once(' '));
    Some(guarded.map_or(code, |(_, code)| code.trim()))
}

fn disassemble(cubin: &[u8]) -> Option<String> {
    static TOOL: LazyLock<Option<String>> = LazyLock::new(|| {
        let tool = std::env::var("DS4_NVDISASM").unwrap_or_else(|_| "nvdisasm".to_owned());
        if Command::new(&tool).arg("--version").output().is_ok() {
            return Some(tool);
        }
        skipped("nvdisasm is not there (DS4_NVDISASM names it); instructions are not looked at");
        None
    });
    let tool = TOOL.as_ref()?;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kernels.cubin");
    fs::write(&path, cubin).unwrap();
    let output = Command::new(tool).args(["-c", "-ndf"]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Registers and memory of each kernel, which the file lists in its section `.nv.info`, and where
/// parameters begin, which a section of the kernel tells.
fn resources(cubin: &[u8]) -> BTreeMap<String, Code> {
    let sections = sections(cubin);
    let find = |name: &str| sections.iter().find(|section| section.name == name);
    let (symbols, names) = (find(".symtab").unwrap().bytes, find(".strtab").unwrap().bytes);
    let symbol = |index: u32| {
        let at = u32_at(symbols, index as usize * 24) as usize;
        text_at(names, at)
    };
    let mut kernels: BTreeMap<String, Code> = BTreeMap::new();
    for (attribute, value) in attributes(find(".nv.info").unwrap().bytes) {
        match attribute {
            0x2f => {
                kernels.entry(symbol(u32_at(value, 0))).or_default().registers = u32_at(value, 4);
            }
            0x11 => {
                kernels.entry(symbol(u32_at(value, 0))).or_default().local_bytes = u32_at(value, 4);
            }
            _ => {}
        }
    }
    for (name, kernel) in &mut kernels {
        kernel.shared_bytes = find(&format!(".nv.shared.{name}")).map_or(0, |section| section.size);
        // The bank of parameters: the kernel's symbol, two bytes of where they begin, two of their
        // size. Functions have none.
        let info = find(&format!(".nv.info.{name}")).map_or(&[][..], |section| section.bytes);
        if let Some((_, value)) = attributes(info).find(|(attribute, _)| *attribute == 0x0a) {
            kernel.parameters = u32_at(value, 4) & 0xffff;
        }
    }
    kernels
}

/// Numbers and values of the attributes in a section of information: format, attribute, two bytes
/// of length; with format 4 that many bytes follow.
fn attributes(mut rest: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let &[format, attribute, low, high] = rest.first_chunk()?;
        let length = if format == 4 { usize::from(u16::from_le_bytes([low, high])) } else { 0 };
        let value = &rest[4..4 + length];
        rest = &rest[4 + length..];
        Some((attribute, value))
    })
}

/// A section of an ELF file.
struct Section<'a> {
    name: String,
    /// Bytes that it has in memory.
    size: u32,
    /// Bytes that it has in the file.
    bytes: &'a [u8],
}

/// The sections of a 64-bit ELF file.
fn sections(elf: &[u8]) -> Vec<Section<'_>> {
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([elf[at], elf[at + 1]]));
    let (table, size, n, names) =
        (u32_at(elf, 0x28) as usize, u16_at(0x3a), u16_at(0x3c), u16_at(0x3e));
    let section = |section: usize, names: &[u8]| {
        let header = &elf[table + section * size..][..size];
        let (at, size) = (u32_at(header, 0x18) as usize, u32_at(header, 0x20));
        // Sections of type 8 have no bytes in the file.
        let bytes = if u32_at(header, 4) == 8 { &[] } else { &elf[at..at + size as usize] };
        let name = if names.is_empty() {
            String::new()
        } else {
            text_at(names, u32_at(header, 0) as usize)
        };
        Section { name, size, bytes }
    };
    let names = section(names, &[]).bytes;
    (0..n).map(|number| section(number, names)).collect()
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
        let products = [("tile_i8", "IMMA.16832.S8.S8", 2), ("tile_f16", "HMMA.16816.F32", 4)];
        for (name, product, n) in products {
            let sass = &kernels[name];
            assert_eq!(sass.local_bytes, 0, "{architecture}: {name}");
            if sass.instructions.is_empty() {
                return;
            }
            assert_eq!(sass.count(product), n, "{architecture}:\n{}", sass.instructions);
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
