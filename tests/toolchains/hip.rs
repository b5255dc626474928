//! HIP text to AMD's assembly with clang, which needs neither a GPU nor `ROCm`.

use std::{collections::BTreeMap, fs, process::Command};

use ds4_codegen::emit::cpp::{CLANG_FLAGS, CppText, Dialect, TileShape};

use crate::{code::Code, cpu, language, memory, parallel, tiles, unit};

/// GPUs that are compiled for, and threads of their waves.
pub(crate) const ARCHITECTURES: [(&str, u32); 4] =
    [("gfx90a", 64), ("gfx942", 64), ("gfx1100", 32), ("gfx1151", 32)];

/// The kernels of `source` for `architecture` by name; none without a compiler, which is said.
///
/// # Panics
///
/// When the source does not compile.
#[track_caller]
pub(crate) fn compile(source: &str, architecture: &str) -> Option<BTreeMap<String, Code>> {
    let clang = cpu::clang()?;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kernels.hip"), source).unwrap();
    let output = Command::new(clang)
        .current_dir(folder.path())
        .args(["-x", "hip", "--cuda-device-only", "-nogpuinc", "-nogpulib"])
        .arg(format!("--offload-arch={architecture}"))
        .args(CLANG_FLAGS)
        .args(["-Wall", "-Wno-unused", "-S", "-o", "kernels.s", "kernels.hip"])
        .output()
        .unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{architecture}:\n{messages}");
    assert!(!messages.contains("warning"), "{architecture}:\n{messages}");
    Some(parse(&fs::read_to_string(folder.path().join("kernels.s")).unwrap()))
}

fn parse(text: &str) -> BTreeMap<String, Code> {
    let mut kernels: BTreeMap<String, Code> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines().map(str::trim) {
        // A function's code comes under its name, then what its kernel takes.
        let function = line.strip_prefix(".type").and_then(|rest| rest.strip_suffix(",@function"));
        if let Some(symbol) = function.or_else(|| line.strip_prefix(".amdhsa_kernel")) {
            symbol.trim().clone_into(&mut name);
        }
        let kernel = kernels.entry(name.clone()).or_default();
        let number = |key: &str| line.strip_prefix(key).and_then(|n| n.trim().parse().ok());
        if let Some(n) = number(".amdhsa_next_free_vgpr") {
            kernel.registers = n;
        } else if let Some(n) = number(".amdhsa_private_segment_fixed_size") {
            kernel.local_bytes = n;
        } else if let Some(n) = number(".amdhsa_group_segment_fixed_size") {
            kernel.shared_bytes = n;
        } else if !line.starts_with(['.', ';', '/']) && !line.ends_with(':') {
            kernel.instructions.push_str(line);
            kernel.instructions.push('\n');
        }
    }
    kernels.retain(|_, kernel| kernel.registers > 0);
    kernels
}

fn all_kernels(wave: u32) -> Vec<CppText> {
    let shape = TileShape::of(Dialect::Hip, wave).unwrap();
    [
        language::kernels(Dialect::Hip),
        parallel::kernels(Dialect::Hip),
        tiles::kernels(Dialect::Hip, shape),
        vec![memory::kernel(Dialect::Hip), memory::staged(Dialect::Hip)],
    ]
    .concat()
}

#[test]
fn every_kernel_becomes_code_of_each_gpu() {
    for (architecture, wave) in ARCHITECTURES {
        let kernels = all_kernels(wave);
        let Some(found) = compile(&unit(Dialect::Hip, &kernels), architecture) else { return };
        for kernel in &kernels {
            assert!(found.contains_key(&kernel.entry), "{architecture}: {}", kernel.entry);
        }
        let products: &[(&str, &str, usize)] = match architecture {
            "gfx90a" => &[
                ("tile_i8", "v_mfma_i32_16x16x16i8", 4),
                ("tile_f16", "v_mfma_f32_16x16x16f16", 2),
            ],
            "gfx942" => &[
                ("tile_i8", "v_mfma_i32_16x16x32_i8", 2),
                ("tile_f16", "v_mfma_f32_16x16x16_f16", 2),
            ],
            _ => &[
                ("tile_i8", "v_wmma_i32_16x16x16_iu8", 4),
                ("tile_f16", "v_wmma_f32_16x16x16_f16", 2),
            ],
        };
        for &(name, product, n) in products {
            let kernel = &found[name];
            assert_eq!(kernel.local_bytes, 0, "{architecture}: {name}");
            assert_eq!(kernel.count(product), n, "{architecture}:\n{}", kernel.instructions);
        }
        assert_eq!(found["staged"].local_bytes, 0, "{architecture}");
        let memory = &found["memory"];
        assert_eq!(memory.local_bytes, 0, "{architecture}");
        assert!(memory.count("v_dot4") >= 4, "{architecture}:\n{}", memory.instructions);
        assert!(memory.count("v_perm_b32") >= 1, "{architecture}:\n{}", memory.instructions);
    }
}
