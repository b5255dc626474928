//! The table of kernels, `docs/kernels.md`: what the generator emits now, and what `tests/results/`
//! says of it.
//!
//! The results come from other tests: runs from `twin`, which holds them against its own errors
//! each time, machine code from `toolchains`. `UPDATE_EXPECT=1` writes the table anew.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, DirEntry},
    io,
};

use ds4_codegen::{emit::kernel, gpu::target::Target};
use ds4_plan::{CacheRounding::Exact, StepKind::Decode};
use expect_test::expect_file;

use self::{
    code::Code,
    kernels::{Emitted, Use},
    results::Errors,
};

mod code;
#[path = "../support/kernels.rs"]
#[expect(dead_code, reason = "another test asks for the kernels of a step")]
mod kernels;
#[path = "../support/results.rs"]
mod results;
mod text;

/// The uses of every kernel, by target and name.
type Kernels = BTreeMap<&'static str, BTreeMap<String, Vec<Use>>>;

/// What the tests found, for the kernels of some time.
#[derive(Debug, Default)]
struct Results {
    /// By the place where the kernels ran, as in `lavapipe-8`.
    runs: BTreeMap<String, Errors>,
    codes: Vec<Code>,
}

impl Results {
    /// The results that the repository has.
    fn read() -> Self {
        let mut all = Self::default();
        for (name, text) in files() {
            if name.ends_with(".tsv") {
                all.codes.extend(code::read(&text));
            } else {
                let (place, _) = name.split_once('.').unwrap();
                all.runs.entry(place.to_owned()).or_default().extend(results::read(&text));
            }
        }
        all
    }

    /// Largest errors of a kernel, by place.
    fn runs_of(&self, target: &str, name: &str) -> Vec<(&str, Option<f64>)> {
        let key = (target.to_owned(), name.to_owned());
        let runs = self.runs.iter();
        runs.filter_map(|(place, errors)| Some((place.as_str(), *errors.get(&key)?))).collect()
    }

    /// The machine code of a kernel.
    fn codes_of(&self, target: &str, name: &str) -> Vec<&Code> {
        self.codes.iter().filter(|code| code.target == target && code.kernel == name).collect()
    }
}

/// The files of results in the order of their names, each with its text.
fn files() -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(results::folder()) else { return BTreeMap::new() };
    let file = |entry: io::Result<DirEntry>| {
        let entry = entry.unwrap();
        let text = fs::read_to_string(entry.path()).unwrap();
        (entry.file_name().into_string().unwrap(), text)
    };
    entries.map(file).collect()
}

/// What the generator emits for every target; each text passes the target's writer.
fn emitted() -> Kernels {
    let of_target = |target: Target| {
        let Emitted { program, uses } = Emitted::of(target);
        for module in &program.modules {
            kernel::compile(target, module).unwrap_or_else(|e| panic!("{e}"));
        }
        (target.name(), uses)
    };
    Target::ALL.map(of_target).into()
}

/// Drops the results of kernels that are not emitted any more.
fn forget_others(kernels: &Kernels) {
    let is_emitted = |target: &str, name: &str| kernels[target].contains_key(name);
    for (name, text) in files() {
        let text = if name.ends_with(".tsv") {
            let mut codes = code::read(&text);
            codes.retain(|code| is_emitted(&code.target, &code.kernel));
            code::write(&codes)
        } else {
            let mut errors = results::read(&text);
            errors.retain(|(target, name), _| is_emitted(target, name));
            results::write(&errors)
        };
        fs::write(results::folder().join(name), text).unwrap();
    }
}

/// Results without a kernel, and kernels without results that they should have.
fn problems(kernels: &Kernels, results: &Results) -> Vec<String> {
    let ran = results.runs.values().flat_map(|errors| errors.keys().cloned());
    let compiled = results.codes.iter().map(|code| (code.target.clone(), code.kernel.clone()));
    let is_emitted = |target: &str, name: &str| {
        kernels.get(target).is_some_and(|kernels| kernels.contains_key(name))
    };
    let mut problems: Vec<_> = ran
        .chain(compiled)
        .filter(|(target, name)| !is_emitted(target, name))
        .map(|(target, name)| format!("{target} {name}: has results, and is not emitted"))
        .collect();
    for (&target, kernels) in kernels {
        let of_target = results.codes.iter().filter(|code| code.target == target);
        let archs: BTreeSet<&str> = of_target.map(|code| code.arch.as_str()).collect();
        let runs_here = [Target::Metal, Target::Vulkan].iter().any(|t| t.name() == target);
        for name in kernels.keys() {
            let codes = results.codes_of(target, name);
            let missing = archs.iter().filter(|&&arch| codes.iter().all(|code| code.arch != arch));
            problems
                .extend(missing.map(|arch| format!("{target} {name}: not compiled for {arch}")));
            if runs_here && results.runs_of(target, name).is_empty() {
                problems.push(format!("{target} {name}: has not run"));
            }
        }
    }
    problems
}

#[test]
fn the_table_is_of_what_is_emitted() {
    let kernels = emitted();
    if results::update() {
        code::take_over(&kernels);
        forget_others(&kernels);
    }
    let results = Results::read();
    let problems = problems(&kernels, &results);
    assert!(
        problems.is_empty(),
        "{}\nhelp: CONTRIBUTING.md tells how the results are made anew",
        problems.join("\n")
    );
    expect_file!["../../docs/kernels.md"].assert_eq(&text::table(&kernels, &results));
}

#[test]
fn problems_are_found() {
    let step = Use { model: "tiny", cache: Exact, kind: Decode, few: false, recipe: "q2" };
    let of_target = |names: &[&str]| names.iter().map(|&n| (n.to_owned(), vec![step])).collect();
    let kernels = Kernels::from([("cuda", of_target(&["a", "b"])), ("spirv", of_target(&["a"]))]);
    let code = |kernel: &str, arch: &str| {
        let [kernel, arch] = [kernel, arch].map(str::to_owned);
        Code { kernel, target: "cuda".to_owned(), arch, registers: 32, spill: 0 }
    };
    let run = |text: &str| BTreeMap::from([("lavapipe-8".to_owned(), results::read(text))]);
    let complete = Results {
        runs: run("max error 1.0e-6 spirv a\n"),
        codes: vec![code("a", "sm_90"), code("b", "sm_90")],
    };
    assert_eq!(problems(&kernels, &complete), [""; 0]);
    let stale = Results { runs: run("max error - spirv a\nmax error - spirv b\n"), codes: vec![] };
    assert_eq!(problems(&kernels, &stale), ["spirv b: has results, and is not emitted"]);
    let incomplete = Results { codes: vec![code("b", "sm_90"), code("c", "sm_80")], ..stale };
    let incomplete = problems(&kernels, &Results { runs: run(""), ..incomplete });
    let expected = [
        "cuda c: has results, and is not emitted",
        "cuda a: not compiled for sm_80",
        "cuda a: not compiled for sm_90",
        "cuda b: not compiled for sm_80",
        "spirv a: has not run",
    ];
    assert_eq!(incomplete, expected);
}
