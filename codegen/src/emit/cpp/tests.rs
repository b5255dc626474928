//! What kernels look like in C++. That they compute what WGSL means is tested where a compiler is
//! at hand.

use naga::valid::{Capabilities, ShaderStages, SubgroupOperationSet, ValidationFlags, Validator};

use super::*;

fn write(dialect: Dialect, source: &str) -> Result<CppText> {
    let module = naga::front::wgsl::parse_str(source).unwrap();
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    let validator = validator
        .subgroup_stages(ShaderStages::COMPUTE)
        .subgroup_operations(SubgroupOperationSet::all());
    let info = validator.validate(&module).unwrap();
    cpp(&module, &info, dialect, Options { header: "", tensor_cores: true })
}

/// The text of a kernel with buffers of words, of integers and of floats, and this body.
fn body(statements: &str) -> String {
    kernel("", statements).text
}

fn kernel(items: &str, statements: &str) -> CppText {
    write(Dialect::Cuda, &source(items, statements)).unwrap()
}

fn source(items: &str, statements: &str) -> String {
    format!(
        "@group(0) @binding(0) var<storage, read> x: array<u32>;
         @group(0) @binding(1) var<storage, read_write> y: array<u32>;
         @group(0) @binding(2) var<storage, read> v: array<f32>;
         @group(0) @binding(3) var<storage, read_write> w: array<f32>;
         @group(0) @binding(4) var<storage, read_write> s: array<i32>;
         {items}
         @compute @workgroup_size(64)
         fn k(@builtin(local_invocation_index) lid: u32) {{ {statements} }}"
    )
}

/// Asserts that these lines follow each other in `text`, whatever their indentation.
#[track_caller]
fn assert_lines(text: &str, lines: &[&str]) {
    let all: Vec<_> = text.lines().map(str::trim).collect();
    assert!(all.windows(lines.len()).any(|window| window == lines), "{lines:#?} not in\n{text}");
}
#[test]
fn show() {
    println!(
        "{}",
        kernel(
            "struct P { n: u32, m: f32 } var<immediate> p: P; var<workgroup> part: array<f32, 64>;
    fn dot16(a: vec4<u32>, b: vec4<u32>) -> i32 {
  return dp4(a.x, b.x) + dp4(a.y, b.y) + dot4I8Packed(a.z, b.z) + dot4I8Packed(a.w, b.w);
}
fn dp4(a: u32, b: u32) -> i32 { return dot4I8Packed(a, b); }
fn hook_unroll() {}
    ",
            "
    var sum = 0.0;
    for (var i = lid; i < p.n; i += 64u) { sum += v[i] * p.m; }
    let t = subgroupAdd(sum);
    part[lid] = t;
    workgroupBarrier();
    for (var j = 0u; j < 8u; j++) { hook_unroll(); if (j == lid) { continue; } w[j] = part[j]; }
    let d = dot16(vec4<u32>(x[0], x[1], x[2], x[3]), vec4(x[4]));
    s[lid] = d;
    "
        )
        .text
    );
}
