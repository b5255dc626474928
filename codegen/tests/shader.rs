//! Kernels through the validator, the lint and the writers of MSL and SPIR-V.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{self, Write as _},
    process::{Command, Stdio},
};

use ds4_codegen::{
    emit::{msl, spirv},
    shader::{Refusal, Shader, ShaderError},
};
use expect_test::{expect, expect_file};

const GEMV: &str = include_str!("shader/gemv.wgsl");
const GEMM: &str = include_str!("shader/gemm.wgsl");

#[test]
fn a_gemv_becomes_msl() {
    let written = msl::msl(&Shader::parse("gemv", GEMV).unwrap()).unwrap();
    expect_file!["shader/gemv.metal"].assert_eq(&written.text);
    // A digit at the end of a name is followed by `_`.
    assert_eq!(written.entry, "gemv_q8_0_");
    assert_eq!(written.threads, [64, 1, 1]);
    assert_eq!(written.threadgroup_bytes, [144, 16]);
    assert!(written.has_immediates);
    assert!(written.has_sizes);
}

#[test]
fn matrices_become_those_of_a_simdgroup() {
    let written = msl::msl(&Shader::parse("gemm", GEMM).unwrap()).unwrap();
    expect_file!["shader/gemm.metal"].assert_eq(&written.text);
    assert_eq!(written.threadgroup_bytes, [1024]);
    assert!(!written.has_immediates);

    let larger = Shader::parse("gemm", &GEMM.replace("8x8", "16x16")).unwrap();
    assert!(spirv::spirv(&larger).is_ok());
    expect!["expected matrices of 8 x 8 (coop_mat8x8), found 16 x 16: MSL has no other"]
        .assert_eq(&msl::msl(&larger).unwrap_err().to_string());
}

#[test]
fn buffers_of_msl_stay_below_its_own() {
    let text = |n: u32| {
        format!(
            "@group(0) @binding({n}) var<storage, read_write> y: array<u32, 4>;
             @compute @workgroup_size(1) fn f() {{ y[0] = 1u; }}"
        )
    };
    let written = |n| msl::msl(&Shader::parse("f", &text(n)).unwrap());
    assert!(written(28).unwrap().text.contains("[[buffer(28)]]"));
    assert!(!written(28).unwrap().has_sizes);
    for n in [29, 300] {
        let error = written(n).unwrap_err().to_string();
        assert_eq!(error, format!("expected binding numbers below 29, found {n}"));
    }
}

#[test]
fn spirv_is_valid() {
    for (name, text) in [("gemv", GEMV), ("gemm", GEMM)] {
        let words = spirv::spirv(&Shader::parse(name, text).unwrap()).unwrap();
        assert_eq!(words[..2], [0x0723_0203, 0x0001_0600], "{name}");
        validate(name, &words);
    }
}

/// Says why something is not checked.
fn skipped(reason: &str) {
    // Written directly, since the test runner hides what a passing test prints.
    let mut stderr = io::stderr();
    writeln!(stderr, "skipped: {reason}").unwrap();
}

/// Checks a module with spirv-val.
fn validate(name: &str, words: &[u32]) {
    let command = Command::new("spirv-val")
        .args(["--target-env", "vulkan1.3", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut validator) = command else {
        skipped(&format!("{name} is not validated, since spirv-val is not installed"));
        return;
    };
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    validator.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = validator.wait_with_output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    // The capability of matrices, which spirv-val knows since 2023.4.
    if report.contains("Invalid capability operand: 6022") {
        skipped(&format!("{name} is not validated, since this spirv-val knows no matrices"));
        return;
    }
    assert!(output.status.success(), "{name}: {report}");
}

/// Checks that `text` is refused for these reasons.
fn refuse(text: &str, reasons: &[Refusal]) {
    match Shader::parse("case", text) {
        Err(ShaderError::Refused { refusals, report, .. }) => {
            assert_eq!(refusals, reasons, "{report}");
        }
        other => panic!("{text}: expected {reasons:?}, found {other:?}"),
    }
}

const BUFFER: &str = "@group(0) @binding(0) var<storage, read_write> y: array<u32>;\n";
const MAIN: &str = "@compute @workgroup_size(1) fn main(@builtin(local_invocation_index) lid: u32)";

#[test]
fn what_no_target_may_see_is_refused() {
    let case = |before: &str, body: &str| format!("{before}\n{BUFFER}{MAIN} {{ {body} }}");
    let body = |body: &str| case("", body);
    assert!(Shader::parse("case", &body("y[lid] = 1u;")).is_ok());
    refuse(BUFFER, &[Refusal::EntryPoints]);
    refuse(
        &case(&MAIN.replace("main", "other"), "").replace(")\n", ") {}\n"),
        &[Refusal::EntryPoints],
    );
    refuse(
        "@vertex fn f() -> @builtin(position) vec4<f32> { return vec4<f32>(); }",
        &[Refusal::EntryPoints],
    );
    refuse(&body("y[0] = 1u;").replace("group(0)", "group(1)"), &[Refusal::Group]);
    refuse(&body("y[0] = arrayLength(&y);"), &[Refusal::ArrayLength]);
    refuse(&case("enable f16;", "y[0] = u32(f16(lid));"), &[Refusal::Half]);
    refuse(&case("enable f16; var<workgroup> h: array<vec2<f16>, 4>;", ""), &[Refusal::Half]);
    refuse(&case("var<workgroup> a: atomic<f32>;", ""), &[Refusal::FloatAtomic]);
    refuse(&case("@group(0) @binding(1) var t: texture_2d<f32>;", ""), &[Refusal::NotABuffer]);
    refuse(&case("@group(0) @binding(1) var s: sampler;", ""), &[Refusal::NotABuffer]);
    let pointer = "var<workgroup> a: array<u32, 4>;
        fn put(p: ptr<workgroup, array<u32, 4>>) { (*p)[0] = 1u; }";
    refuse(&case(pointer, "put(&a);"), &[Refusal::SharedPointer]);
    let dots = "y[0] = u32(dot4I8Packed(y[1], y[2]) + dot4I8Packed(y[1], y[3])); ";
    refuse(&body(dots), &[Refusal::PackedDots]);
    let unsigned = "y[0] = dot4U8Packed(y[1], y[2]) + dot4U8Packed(y[1], y[3]); ";
    refuse(&body(unsigned), &[Refusal::PackedDots]);
}

#[test]
fn a_store_of_a_matrix_needs_names() {
    for (from, to, n) in [
        ("&y[at], 8u", "&y[at], group.y", 1),
        ("&y[at], 8u", "&y[at], group.y + 1u", 1),
        ("&y[at], 8u", "&y[group.x * 64u], 8u", 0),
        ("coopStoreT(value", "coopStoreT(sum", 0),
    ] {
        let text = GEMM.replace(from, to);
        match Shader::parse("gemm", &text) {
            Ok(shader) => {
                assert_eq!(n, 0, "{to}");
                // What passes is what the writer can write.
                assert!(spirv::spirv(&shader).is_ok());
            }
            Err(ShaderError::Refused { refusals, .. }) => {
                assert_eq!(refusals, vec![Refusal::UnnamedCoopStore; n], "{to}");
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn threads_leave_a_function_with_barriers_together() {
    let case =
        |body: &str| format!("fn wait() {{ workgroupBarrier(); }}\n{BUFFER}{MAIN} {{ {body} }}");
    refuse(&case("if lid == 3u { return; } wait();"), &[Refusal::EarlyReturn]);
    refuse(
        &case("loop { if lid == 3u { { return; } } workgroupBarrier(); }"),
        &[Refusal::EarlyReturn],
    );
    assert!(Shader::parse("case", &case("if lid == 3u { return; } y[0] = 1u;")).is_ok());
    assert!(Shader::parse("case", &case("{ wait(); { return; } }")).is_ok());
}

#[test]
fn reports_show_the_line() {
    let report = |text: &str| Shader::parse("rows", text).unwrap_err().to_string();
    let dots = format!(
        "{BUFFER}{MAIN} {{\n  y[0] = u32(dot4I8Packed(y[1], y[2]) +\n    dot4I8Packed(y[1], y[3]));\n}}"
    );
    let reports = [
        report("fn f( {}"),
        report(&format!("{BUFFER}{MAIN} {{\n  y[0] = 1.5;\n}}")),
        report("struct S { @builtin(position) a: u32 }\n@compute @workgroup_size(0) fn f() {}"),
        report(&dots),
    ];
    expect_file!["shader/reports.txt"].assert_eq(&(reports.join("\n") + "\n"));
}
