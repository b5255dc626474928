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
    cpp(&module, &info, dialect, Options { header: "", resident: 0, tensor_cores: true })
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
         fn kern(@builtin(local_invocation_index) lid: u32) {{ {statements} }}"
    )
}

/// Asserts that these lines follow each other in `text`, whatever their indentation.
#[track_caller]
fn assert_lines(text: &str, lines: &[&str]) {
    let all: Vec<_> = text.lines().map(str::trim).collect();
    assert!(all.windows(lines.len()).any(|window| window == lines), "{lines:#?} not in\n{text}");
}

#[test]
fn loops_get_their_headers_back() {
    let text = body(
        "var sum = 0.0;
         for (var i = lid; i < 100u; i += 64u) { sum += v[i]; }
         var n = 3u;
         while (n > 1u) { n /= 2u; }
         for (var j = 0u; j < n; j++) { if (x[j] == 0u) { continue; } y[j] = j; }
         w[lid] = sum;",
    );
    assert_lines(&text, &["for (u32 i = lid; i < 100u; i += 64u) {", "sum += v[i];", "}"]);
    assert_lines(&text, &["while (n > 1u) {", "n = n / 2u;", "}"]);
    assert_lines(&text, &["for (u32 j = 0u; j < n; j += 1u) {", "if (x[j] == 0u) {", "continue;"]);
}

#[test]
fn a_variable_that_outlives_its_loop_is_declared_before() {
    let text =
        body("for (var k = 0u; k < 2u; k++) { var i = lid; for (; i < 9u; i++) {} y[i] = k; }");
    assert_lines(&text, &["u32 i = lid;", "for (; i < 9u; i += 1u) {", "}", "y[i] = k;"]);
}

#[test]
fn marked_loops_are_unrolled() {
    let text = kernel(
        "fn hook_unroll() {}",
        "for (var i = 0u; i < 4u; i++) { hook_unroll(); y[i] = lid; }",
    );
    let header = "for (u32 i = 0u; i < 4u; i += 1u) {";
    assert_lines(&text.text, &["#pragma unroll", header, "y[i] = lid;", "}"]);
    assert!(!text.text.contains("hook_unroll"));
}

#[test]
fn a_mark_that_no_compiler_would_heed_is_refused() {
    let source = source("fn hook_unroll() {}", "loop { hook_unroll(); if lid > 2u { break; } }");
    let error = write(Dialect::Cuda, &source).unwrap_err();
    assert!(error.to_string().contains("hook_unroll() away from"), "{error}");
}

#[test]
fn continuing_blocks_are_reached_by_continue() {
    let text = body(
        "var k = 0u;
         loop { if (x[k] == 1u) { continue; } y[k] = 2u; continuing { k++; break if k > 7u; } }",
    );
    assert_lines(&text, &["goto continue_1;", "}", "y[k] = 2u;", "}", "continue_1:;"]);
    assert_lines(&text, &["k += 1u;", "if (k > 7u) {", "break;", "}", "}"]);
}

#[test]
fn loads_stay_before_the_stores_that_follow_them() {
    let text = body("let t = y[0]; y[0] = y[1]; y[1] = t;");
    assert_lines(&text, &["const u32 t = y[0u];", "y[0u] = y[1u];", "y[1u] = t;"]);
    let text = body("var i = lid; let p = i; i = 7u; y[p] = i;");
    assert_lines(&text, &["const u32 p = i;", "i = 7u;", "y[p] = i;"]);
    let text = kernel("fn f() -> u32 { y[0] = 1u; return 2u; }", "y[1] = y[0] + f();");
    assert_lines(
        &text.text,
        &["const u32 _e5 = y[0u];", "const u32 _e6 = f(y);", "y[1u] = _e5 + _e6;"],
    );
}

#[test]
fn sums_of_packed_products_are_one_instruction() {
    let dp4 = "fn dp4(a: u32, b: u32) -> i32 { return dot4I8Packed(a, b); }";
    let text = kernel(dp4, "s[0] = 5 + dp4(x[0], x[1]); s[1] += dot4I8Packed(x[2], x[3]);").text;
    assert_lines(&text, &["s[0u] = m_dp4a_i8(_e5, _e8, 5);"]);
    assert_lines(&text, &["s[1u] = m_dp4a_i8(x[2u], x[3u], s[1u]);"]);
    assert!(!text.contains("dp4("));
    let text = kernel(dp4, "let d = dp4(x[0], x[1]); s[0] = d * d;").text;
    assert!(text.contains("const i32 d = m_dot4_i8("), "{text}");
}

#[test]
fn signed_sums_wrap_and_shifts_take_their_amount_modulo_the_bits() {
    let text = body(
        "s[0] = s[1] + s[2] * -s[3]; y[0] = x[0] << 3u; y[1] = x[0] >> x[1];
         let u = vec2(x[0], x[1]) >> vec2(8u); y[2] = u.x;",
    );
    assert_lines(&text, &["const u32x2 u = u32x2{x[0u], x[1u]} >> splat<2>(8u);"]);
    assert_lines(
        &text,
        &["s[0u] = wrapping_add(s[1u], wrapping_mul(s[2u], wrapping_neg(s[3u])));"],
    );
    assert_lines(&text, &["y[0u] = x[0u] << 3u;", "y[1u] = x[0u] >> (x[1u] & 31u);"]);
}

#[test]
fn numbers_read_back_as_they_were() {
    let text = body(
        "w[0] = 0.1; w[1] = -1e-7; w[2] = 16777216.0; s[0] = -2147483648; s[1] = -3;
         y[0] = 4294967295u; y[1] = u32(true); w[3] = f32(0x1p-149);",
    );
    assert_lines(&text, &["w[0u] = 0.1f;", "w[1u] = -1e-7f;", "w[2u] = 16777216.0f;"]);
    assert_lines(&text, &["s[0u] = -2147483647 - 1;", "s[1u] = -3;", "y[0u] = 4294967295u;"]);
    assert!(text.contains("w[3u] = 1e-45f;"), "{text}");
    assert!(text.contains("y[1u] = 1u;") || text.contains("y[1u] = u32(true);"), "{text}");
}

#[test]
fn parameters_are_buffers_by_number_and_immediates() {
    let found = kernel(
        "struct P { n: u32, eps: f32 } var<immediate> p: P;
         var<workgroup> part: array<f32, 64>; var<private> count = 3u;
         fn add(i: u32) { part[i] = p.eps; count += x[i]; }",
        "add(lid); y[lid] = count + p.n; w[lid] = part[lid];",
    );
    assert_eq!((&found.bindings[..], found.immediate_bytes), (&[0, 1, 3][..], 8));
    assert_eq!((found.entry.as_str(), found.workgroup), ("kern", [64, 1, 1]));
    assert_lines(
        &found.text,
        &[
            "extern \"C\" __global__ void __launch_bounds__(64) kern(",
            "const u32* __restrict__ x,",
            "u32* y,",
            "f32* w,",
            "const __grid_constant__ P p) {",
            "__shared__ __align__(16) arr<f32, 64> part;",
            "u32 count = 3u;",
        ],
    );
    let helper = "DEV void add(u32 i, const u32* __restrict__ x, const P& p, arr<f32, 64>& part, u32& count) {";
    assert_lines(&found.text, &[helper]);
    assert!(found.text.contains("add(lid, x, p, part, count);"), "{}", found.text);
}

#[test]
fn a_kernel_that_waits_for_another_promises_nothing_of_its_buffers() {
    let items = "fn hook_grid_wait() {}";
    let waits = kernel(items, "hook_grid_wait(); y[lid] = x[lid];").text;
    assert_lines(&waits, &["const u32* x,", "u32* y) {"]);
    assert!(waits.contains("grid_wait();"), "{waits}");
    let hip = write(Dialect::Hip, &source(items, "hook_grid_wait(); y[lid] = x[lid];")).unwrap();
    assert_lines(&hip.text, &["const u32* __restrict__ x,"]);
    assert!(hip.text.contains("DEV void hook_grid_wait() {"), "{}", hip.text);
}

#[test]
fn native_functions_get_the_arrays_of_the_portable_body() {
    let items = "
        var<workgroup> other: array<u32, 4>;
        var<workgroup> tile: array<u32, 64>;
        fn hook_async_copy16_tile(to: u32, source: u32) { tile[to] = x[source]; }
        fn hook_async_wait_1() {}
        fn hook_stream_x(i: u32) -> u32 { return x[i]; }";
    let text = kernel(
        items,
        "hook_async_copy16_tile(lid, lid + 1u); hook_async_wait_1(); other[0] = 1u;
         y[0] = hook_stream_x(3u) + tile[lid];",
    );
    assert_lines(&text.text, &["async_copy16(lid, lid + 1u, tile.values, x);", "async_wait<1>();"]);
    assert!(text.text.contains("= stream(3u, x);"), "{}", text.text);
    assert!(!text.text.contains("hook_"), "{}", text.text);
}

#[test]
fn without_tensor_cores_tiles_are_portable() {
    let source = source(
        "fn hook_acc_row(lane: u32, e: u32) -> u32 { return e; }",
        "y[hook_acc_row(lid, 2u)] = 1u;",
    );
    let module = naga::front::wgsl::parse_str(&source).unwrap();
    let info =
        Validator::new(ValidationFlags::all(), Capabilities::all()).validate(&module).unwrap();
    let text = |tensor_cores| {
        let options = Options { header: "y = 1\nsecond", resident: 0, tensor_cores };
        cpp(&module, &info, Dialect::Hip, options).unwrap().text
    };
    assert!(text(true).contains("= acc_row(lid, 2u);"));
    assert!(text(false).contains("= hook_acc_row(lid, 2u);"));
    assert!(text(false).starts_with("// y = 1\n// second\nnamespace kern_ns {\n"));
}

#[test]
fn vectors_and_pointers() {
    let text = kernel(
        "fn bump(p: ptr<function, array<u32, 2>>, q: ptr<function, vec2<f32>>) { (*p)[1] += 1u; (*q).x = 2.0; }",
        "var a: array<u32, 2>; var b = vec2(1.0, f32(lid)); bump(&a, &b);
         let c = vec4(b, 0.0, 1.0).zyx; w[0] = c.y; y[0] = a[1];
         let m = select(b, vec2(3.0), b < vec2(0.5)); w[1] = m.x;",
    );
    let text = text.text;
    assert_lines(
        &text,
        &["DEV void bump(arr<u32, 2>& p, f32x2& q) {", "p[1u] += 1u;", "q.x = 2.0f;", "}"],
    );
    assert_lines(&text, &["f32x2 b = {1.0f, f32(lid)};", "bump(a, b);"]);
    assert!(text.contains("arr<u32, 2> a = {};"), "{text}");
    assert!(text.contains("make<f32x4>(b, 0.0f, 1.0f)"), "{text}");
    assert!(text.contains("m_select("), "{text}");
}

#[test]
fn names_keep_clear_of_the_prelude() {
    let text = kernel(
        "fn splat(stream: u32) -> u32 { return stream + 1u; } struct double { half: u32 }",
        "let f32x4_ = double(splat(lid)); var m_0 = f32x4_.half; m_0 += 1u; y[0] = m_0;",
    );
    assert!(text.text.contains("v_m_0"), "{}", text.text);
    assert!(text.text.contains("DEV u32 splat_1(u32 stream_1) {"), "{}", text.text);
    assert!(text.text.contains("struct double_1 {"), "{}", text.text);
    for dialect in [Dialect::Cuda, Dialect::Hip] {
        for (part, text) in prelude_parts(dialect) {
            for name in text.lines().filter_map(defined) {
                assert!(
                    names::is_reserved(name),
                    "{part} defines `{name}`, which kernels may use too"
                );
            }
        }
    }
}

/// The function, type or macro that a line of a prelude defines.
fn defined(line: &str) -> Option<&str> {
    // Members, and bodies of macros.
    if line.starts_with(' ') {
        return None;
    }
    let word =
        |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').count();
    if let Some(rest) = line.strip_prefix("#define ").or_else(|| line.strip_prefix("struct ")) {
        let name = &rest[..word(rest)];
        return (!name.starts_with("__") && name != "alignas").then_some(name);
    }
    if let Some(rest) = line.strip_prefix("typedef ") {
        return rest.split([' ', ';']).rfind(|name| !name.is_empty() && !name.starts_with('_'));
    }
    let signature = &line[line.find("DEV ")? + 4..line.find('(')?];
    let name = signature.split([' ', '&', '*']).next_back()?;
    (!name.is_empty() && !name.contains("operator") && !name.contains('#')).then_some(name)
}

#[test]
fn what_cannot_be_written_is_named() {
    let refused = |items: &str, statements: &str, words: &[&str]| {
        let error = write(Dialect::Cuda, &source(items, statements)).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
        assert!(error.contains("\nhelp: "), "{error}");
    };
    refused("", "y[0] = arrayLength(&x);", &["arrayLength", "`kern`", "immediate"]);
    refused(
        "fn f() -> f32 { let m = mat2x2<f32>(); return m[0].x; }",
        "w[0] = f();",
        &["a matrix"],
    );
    refused("", "w[0] = atan2(v[0], 1.0);", &["Atan2", "`kern`"]);
    refused(
        "@group(0) @binding(9) var<storage, read> t: array<vec3<f32>>;",
        "w[0] = t[1].x;",
        &["second element", "16 bytes", "12 in C++"],
    );
    let two = "@compute @workgroup_size(1) fn a() {} @compute @workgroup_size(1) fn b() {}";
    let error = write(Dialect::Cuda, two).unwrap_err();
    assert_eq!(error.to_string(), "expected one compute entry point, found a, b");
    let error = write(Dialect::Cuda, "@compute @workgroup_size(1) fn stream() {}").unwrap_err();
    assert_eq!(error, CppError::Name { entry: "stream".to_owned() });
}

#[test]
fn writing_twice_gives_the_same_text() {
    let source = source(
        "var<workgroup> a: array<u32, 4>; var<private> b: u32;",
        "a[0] = lid; y[0] = a[0] + b;",
    );
    assert_eq!(write(Dialect::Hip, &source), write(Dialect::Hip, &source));
}
