//! The staging language: what each directive writes, and what each mistake is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use ds4_codegen::stage::{Problem, Scope, Source, StageError, Stager, Value, evaluate};
use expect_test::{Expect, expect, expect_file};
use proptest::prelude::*;

/// A template that lives as long as the program, as those of the generator do.
fn source(name: &'static str, text: &str) -> &'static Source {
    Box::leak(Box::new(Source { name, text: text.to_owned().leak() }))
}

fn stage(text: &str, scope: &Scope) -> Result<String, StageError> {
    Stager::new(&[]).stage(source("t", text), scope)
}

/// Checks what `text` becomes without names from outside.
fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&stage(text, &Scope::new()).unwrap());
}

/// The names of the expressions below.
fn names() -> Scope {
    let mut scope = Scope::new();
    scope.ambient("N", 4096).ambient("x", "b0_x").ambient("yes", true);
    scope
}

fn number(expr: &str) -> i64 {
    evaluate(expr, &names()).unwrap()
}

fn is(condition: &str) -> bool {
    let text = format!("#if {condition}\n1\n#else\n0\n#end");
    stage(&text, &names()).unwrap() == "1\n"
}

#[test]
fn expressions_compute() {
    assert_eq!(number("1 + 2 * 3 - 4"), 3);
    assert_eq!(number("(1 + 2) * 3 % 5"), 4);
    assert_eq!(number("N / 3 / 2"), 682);
    assert_eq!(number("-7 / 2"), -3);
    assert_eq!(number("--7"), 7);
    assert_eq!(number("ceil(N / 3)"), 1366);
    assert_eq!(number("ceil(2 * N / 4096)"), 2);
    assert_eq!(number("ceil(-7 / 2)"), -3);
    assert_eq!(number("ceil(7 / -2)"), -3);
    assert_eq!(number("ceil(-7 / -2)"), 4);
    assert_eq!(number("min(3, max(1, 2)) + log2(N)"), 14);
    assert_eq!(number("log2(1)"), 0);
}

#[test]
fn conditions_hold_or_not() {
    assert!(is("N == 4096 && yes"));
    assert!(is("!(N < 4096) && N <= 4096 && N >= 4096 && !(N > 4096)"));
    assert!(is("x == \"b0_x\" && x != \"b1_x\""));
    assert!(is("has(\"N\") && !has(\"M\")"));
    assert!(is("yes != (N == 1)"));
    assert!(is("1 == 2 || 3 == 3"));
    // The right side is not evaluated where the left one decides.
    assert!(is("yes || M == 1"));
    assert!(!is("has(\"M\") && M == 1"));
}

/// Expressions that have no number as their value.
const BAD_EXPRESSIONS: &[&str] = &[
    "1 +",
    "1 2",
    "(1",
    "12u",
    "foo(1)",
    "ceil(1 + 2)",
    "min(1)",
    "\"a",
    "has(N)",
    "1 == 1 == 1",
    "x + 1",
    "x == 4",
    "N == x",
    "!N",
    "yes == 1",
    "x",
    "1 / (N - 4096)",
    "1 % 0",
    "ceil(1 / 0)",
    "log2(12)",
    "9223372036854775807 + N",
    "99999999999999999999",
    "M + 1",
    "é",
    "",
];

#[test]
fn bad_expressions_are_explained() {
    let report = |expr: &str| evaluate(expr, &names()).unwrap_err().to_string();
    let reports: Vec<_> = BAD_EXPRESSIONS.iter().map(|case| report(case)).collect();
    expect_file!["stage/expressions.txt"].assert_eq(&(reports.join("\n") + "\n"));
    let long = report(&"(".repeat(100_000));
    assert!(long.starts_with("expression:1:257: too deeply nested or too long; at most 256\n"));
}

#[test]
fn holes_are_filled() {
    let mut scope = Scope::new();
    scope.given("x", "b0").given("N", 8usize).given("eps", "1e-6").given("yes", true);
    let text = "//! Not emitted.\nlet a = ${x}[${N * 2}u] + ${eps}; // ${yes} $ # {}\n";
    let body = stage(text, &scope).unwrap();
    assert_eq!(body, "let a = b0[16u] + 1e-6; // true $ # {}\n");
}

#[test]
fn loops_are_unrolled_without_their_indentation() {
    check(
        "
fn f() {
  #for i in 0..2
    let a${i} = ${i};

    #for j in i..2
    let b${i}_${j} = 0;
    #end
    #if i == 1
      let last = a${i};
    #elif i == 0
      let first = a${i};
    #else
      let never = 0;
    #end
  #end


  return;   \t
}
",
        &expect![[r#"
                    fn f() {
                      let a0 = 0;

                      let b0_0 = 0;
                      let b0_1 = 0;
                      let first = a0;
                      let a1 = 1;

                      let b1_1 = 0;
                      let last = a1;

                      return;
                    }
        "#]],
    );
    check("#for i in 3..3\nx\n#end", &expect![[""]]);
    check("#for i in 3..0\n${i}\n#end", &expect![[""]]);
}

#[test]
fn lets_hold_until_the_end_of_the_template() {
    check(
        "#if 1 == 1\n#let k = 2\n#else\n#let k = 3\n#end\n#let t = \"a\"\n${k}${t}\n#let k = k + 1\n${k}",
        &expect![[r#"
            2a
            3
        "#]],
    );
}

/// Templates that cannot be staged.
const BAD_TEMPLATES: &[&str] = &[
    "\n  let é = ${foo};",
    "let a = ${1 + 2;",
    "let a = ${1 + };",
    "  #loop 3",
    "#for i of 0..3\n#end",
    "#for i in 0..3",
    "#if 1 == 1\n#else\nx",
    "#end",
    "#for i in 0..3\n#else\n#end",
    "#if 1 == 1\n#else\n#elif 1 == 2\n#end",
    "#if 1\n#end",
    "#end here",
    "#let k = 1",
    "#for i in 0..3\n#for i in 0..3\n#end\n#end",
    "#for i in 0..3\n#let i = 1\n${i}\n#end",
    "#for i in 0..4097\n#end",
    "#import",
    "#import a/$b",
    "#import a/b as c",
    "#if 1 == 1\n#end here",
];

#[test]
fn mistakes_are_explained() {
    let report = |text| stage(text, &Scope::new()).unwrap_err().to_string();
    let reports: Vec<_> = BAD_TEMPLATES.iter().map(|case| report(case)).collect();
    expect_file!["stage/templates.txt"].assert_eq(&(reports.join("\n") + "\n"));
}

#[test]
fn hostile_templates_end() {
    let problem = |text: &str| stage(text, &Scope::new()).unwrap_err().problem().clone();
    let deep = "#if 1 == 1\n".repeat(100_000);
    assert_eq!(problem(&deep), Problem::TooDeep(32));
    let loops = "#for NAME in 0..4096\n";
    let loops: String = (0..8).map(|i| loops.replace("NAME", &format!("i{i}"))).collect();
    assert_eq!(problem(&(loops + &"#end\n".repeat(8))), Problem::TooMuch(1 << 20));
    let long = format!("#let a = 1{}\n${{a}}", " + 1".repeat(100_000));
    assert_eq!(problem(&long), Problem::TooDeep(256));
}

#[test]
fn values_must_be_used() {
    let mut scope = Scope::new();
    scope.ambient("SG", 32).given("eps", "1e-6");
    let error = stage("//! Text.\nlet a = 1;", &scope).unwrap_err();
    assert_eq!(error.problem(), &Problem::Unused("`eps`".to_owned()));
    // A branch that is not taken uses what it names.
    assert_eq!(stage("#if SG == 64\n${eps}\n#end", &scope), Ok(String::new()));
    assert_eq!(stage("#for i in 0..0\n${eps}\n#end", &scope), Ok(String::new()));
    assert_eq!(stage("#if SG == 32 || eps == \"0\"\n#end", &scope), Ok(String::new()));
}

/// Imports of the tests below.
fn library() -> Vec<&'static Source> {
    vec![
        source("tile/base", "const BASE = 1u;"),
        source("tile/sum", "#import tile/base\nfn sum_${S}() -> u32 { return ${WG}u + BASE; }"),
        source("tile/fixed", "fn fixed() -> u32 { return ${S}u; }"),
        source("tile/a", "#import tile/b"),
        source("tile/b", "\n#import tile/a"),
        source("tile/bad", "ok\n  ${nothing}"),
        source("tile/nested", "#import tile/bad"),
        source("tile/view", "fn view() -> vec4<f32> { return ${x_v4}[0]; }\n#if has(\"x\")\n#end"),
        source("formats/q8_0", "fn dot_${name}() -> u32 { return ${w}[0]; }"),
    ]
}

#[test]
fn imports_come_once_for_each_text() {
    let library = library();
    let mut stager = Stager::new(&library);
    let mut scope = Scope::new();
    scope.ambient("WG", 128).ambient("w_format", "q8_0").given("w", "b3").ambient("v", "b4");
    let text = "
        #import tile/sum with S = 4
        #import tile/sum with S = 2 + 2
        #import tile/sum with S = 8
        #import formats/${w_format} with w = w, name = \"w\"
        sum_4() + sum_8() + dot_w();";
    let body = stager.stage(source("ops/x", text), &scope).unwrap();
    assert_eq!(body.trim(), "sum_4() + sum_8() + dot_w();");
    assert_eq!(stager.read_names(), ["WG", "w_format", "w"]);
    let other = text.replace("w = w", "w = v").replace("\"w\"", "\"v\"").replace("dot_w", "${w}");
    stager.stage(source("ops/y", &other), &scope).unwrap();
    assert_eq!(stager.read_names(), ["WG", "w_format", "v", "w"]);
    expect![[r#"
        const BASE = 1u;

        fn sum_4() -> u32 { return 128u + BASE; }

        fn sum_8() -> u32 { return 128u + BASE; }

        fn dot_w() -> u32 { return b3[0]; }

        fn dot_v() -> u32 { return b4[0]; }
    "#]]
    .assert_eq(stager.imported());
}

#[test]
fn values_that_are_passed_on_count_as_read_when_they_are_written() {
    let library = [source("tile/pick", "#if wide\n${x_v4}\n#else\n${x}\n#end")];
    let mut scope = Scope::new();
    scope.given("a", "b0").given("a_v4", "b0_v4");
    let text = "#let y = a\n#import tile/pick with x = y, x_v4 = a_v4, wide = 1 == 2";
    let mut stager = Stager::new(&library);
    stager.stage(source("ops/x", text), &scope).unwrap();
    assert_eq!(stager.read_names(), ["a"]);
    assert_eq!(stager.imported(), "b0\n");
}

#[test]
fn mistakes_in_imports_are_explained() {
    let library = library();
    let report = |text: &str| {
        let mut scope = Scope::new();
        scope.ambient("x", "b0").ambient("y", "b1").ambient("x_v4", "b0_v4");
        let error = Stager::new(&library).stage(source("ops/x", text), &scope);
        error.unwrap_err().to_string()
    };
    let cases = [
        "#import tile/none",
        "\n#import tile/a",
        "#import tile/base with S = 1, T = 2",
        "#import tile/fixed with S = 1, S = 2",
        "#import tile/nested",
        "#import tile/fixed with S = 1\n#import tile/fixed with S = 2",
        "#import tile/base\n@must_use fn BASE() {}",
        "#import tile/view with x = y",
        "#import tile/${1 + \"a\"}",
    ];
    let reports: Vec<_> = cases.iter().map(|case| report(case)).collect();
    expect_file!["stage/imports.txt"].assert_eq(&(reports.join("\n") + "\n"));
}

#[test]
fn errors_know_their_place() {
    let error = stage("ok\n  é ${foo}", &Scope::new()).unwrap_err();
    assert_eq!(error.position(), (2, 7));
    assert!(matches!(error.problem(), Problem::UnknownName(name, _) if name == "foo"));
}

#[test]
fn values_print_as_wgsl() {
    let values = [Value::from(-3), Value::from(7u32), Value::from("a"), Value::from(false)];
    assert_eq!(values.map(|value| value.to_string()), ["-3", "7", "a", "false"]);
    assert_eq!(Value::from(usize::MAX), Value::Int(i64::MAX));
}

/// Lines that look like templates more often than chance would have it.
fn lines() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "#for",
        "#if",
        "#elif",
        "#else",
        "#end",
        "#import",
        "#let",
        "i",
        "N",
        "in",
        "0..3",
        "${",
        "}",
        "(",
        ")",
        "=",
        "==",
        "+",
        "-",
        "/",
        "%",
        "ceil(",
        "has(\"",
        "\"",
        "with",
        ",",
        "tile/base",
        "1",
        "0",
        "x",
        " ",
        "\n",
        "\n",
        "  ",
        "//!",
        "é",
        "$",
        "#",
        "||",
        "!",
    ]);
    prop::collection::vec(word, 0..60).prop_map(|words| words.join(" ").replace("\n ", "\n"))
}

proptest! {
    #[test]
    fn any_text_is_staged_or_refused(text in prop_oneof![lines(), any::<String>()]) {
        let library = library();
        let mut scope = Scope::new();
        scope.ambient("N", 4).ambient("x", "b0").ambient("WG", 64);
        let staged = |text: &str| Stager::new(&library).stage(source("t", text), &scope);
        match staged(&text) {
            Ok(body) => {
                prop_assert_eq!(Ok(body.clone()), staged(&text));
                prop_assert!(body.lines().all(|line| line.trim_end() == line));
            }
            Err(error) => {
                let (line, column) = error.position();
                prop_assert!(line >= 1 && line <= text.lines().count().max(1));
                prop_assert!(column >= 1);
                prop_assert!(error.to_string().contains('^'));
            }
        }
    }

    #[test]
    fn expressions_without_names_are_those_of_rust(a in -99i64..99, b in -99i64..99, c in 1i64..99) {
        let scope = Scope::new();
        let value = |text: String| evaluate(&text, &scope).unwrap();
        prop_assert_eq!(value(format!("{a} + {b} * {c}")), a + b * c);
        prop_assert_eq!(value(format!("({a} - {b}) / {c}")), (a - b) / c);
        prop_assert_eq!(value(format!("{a} - {b} - {c}")), a - b - c);
        prop_assert_eq!(value(format!("{a} % {c}")), a % c);
        prop_assert_eq!(value(format!("ceil({a} / {c})")), a.div_euclid(c) + i64::from(a.rem_euclid(c) > 0));
    }
}
