//! The shape of the sources: who imports whom, where `unsafe` is, how long files are, and words
//! whose absence keeps the layers apart.
//!
//! The test reads the sources as text. It knows comments, strings and nested imports, and nothing
//! else of Rust; what it must find is tested below on small bad examples.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

/// The modules of `engine/` from top to bottom, each with what it may import.
const ENGINE: &[(&str, &[&str])] = &[
    ("main", &[]),
    (
        "cli",
        &[
            "serve",
            "verify",
            "schedule",
            "perplexity",
            "generate",
            "grammar",
            "kv",
            "session",
            "model",
            "device",
            "quantize",
            "sample",
            "tokenizer",
            "chat",
            "gguf",
        ],
    ),
    ("serve", &["schedule", "generate", "grammar", "kv", "sample", "tokenizer", "chat"]),
    ("verify", &["kv", "session", "device", "sample", "tokenizer"]),
    (
        "schedule",
        &["generate", "grammar", "kv", "session", "device", "sample", "tokenizer", "chat"],
    ),
    ("perplexity", &["session", "tokenizer"]),
    ("generate", &["grammar", "kv", "session", "sample", "tokenizer", "chat"]),
    ("grammar", &["tokenizer", "chat"]),
    ("kv", &["session", "tokenizer"]),
    ("session", &["model", "device", "sample", "tokenizer"]),
    ("model", &["device", "gguf"]),
    ("device", &["sample", "formats", "gguf"]),
    ("quantize", &["formats", "gguf"]),
    ("sample", &["tokenizer"]),
    ("tokenizer", &["gguf"]),
    ("chat", &[]),
    ("formats", &[]),
    ("gguf", &[]),
];

/// The same for `codegen/src/`. Ops extend the graph and the graph names the op of each node, so
/// these two are one layer.
const CODEGEN: &[(&str, &[&str])] = &[
    ("emit", &["gpu", "lower", "ops", "shader"]),
    ("gpu", &["lower", "verify", "memory", "graph", "ops", "stage"]),
    ("lower", &["verify", "memory", "graph", "ops"]),
    ("verify", &["graph", "ops"]),
    ("memory", &["graph"]),
    ("graph", &["ops", "rope"]),
    ("ops", &["graph", "stage"]),
    ("rope", &[]),
    ("model", &[]),
    ("shader", &[]),
    ("stage", &[]),
];

/// Files that may hold `unsafe`; a name that ends with a slash is a folder.
const UNSAFE: &[&str] =
    &["engine/device/", "engine/gguf/map.rs", "tests/metal/msl/", "tests/toolchains/nvrtc.rs"];

/// What must not occur in the code of a folder or file, and why.
struct Absent {
    from: &'static [&'static str],
    except: &'static [&'static str],
    words: &'static [&'static str],
    why: &'static str,
}

const ABSENT: &[Absent] = &[
    Absent {
        from: &["codegen/src/ops/", "codegen/src/emit.rs", "codegen/src/emit/", "engine/device"],
        // Prints the numbers of a model, whichever they are.
        except: &["codegen/src/emit/plan.rs"],
        words: &[
            ".n_embd",
            ".n_vocab",
            ".n_heads",
            ".head_dim",
            ".n_ff",
            ".n_experts",
            ".q_lora",
            ".o_lora",
            "FLASH",
            "TINY",
        ],
        why: "shapes reach ops, emitters and devices through tensors and the plan",
    },
    Absent {
        from: &["codegen/src/graph", "codegen/src/ops", "codegen/src/verify.rs"],
        except: &[],
        words: &["TokenStream", "quote", "Literal", "Span"],
        why: "graphs know neither text nor memory",
    },
    Absent {
        from: &["engine/"],
        except: UNSAFE,
        words: &["*const", "*mut", "NonNull"],
        why: "nothing above a device sees a pointer",
    },
    Absent {
        from: &["codegen/src/", "codegen/plan/src/"],
        except: &[],
        words: &["std::fs", "std::env", "std::process", "std::net", "std::time", "HashMap"],
        why: "the generator reads nothing and writes the same bytes everywhere",
    },
    Absent {
        from: &["build.rs"],
        except: &[],
        words: &["fs::read", "fs::read_to_string", "File", "Command", "include_str"],
        why: "the build reads nothing outside of the generator",
    },
];

/// Words of comments that are true for a while only. A `TODO` names its condition with "when".
const PASSING: &[&str] =
    &["fixme", "hack", "temporary", "temporarily", "previously", "for now", "currently"];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: &[&str] = &["/work/", "/home/", "/Users/", "/root/", "C:\\"];

/// Most lines of a source file, and of a test.
const LINES: usize = 400;
const TEST_LINES: usize = 800;

/// A violation.
#[derive(Debug, PartialEq)]
struct Problem {
    file: String,
    line: usize,
    what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// A source with its code and its comments apart, each blank where the other is; strings are
/// blank in both.
struct Source {
    file: String,
    text: String,
    code: String,
    comments: String,
}

impl Source {
    fn new(file: &str, text: &str) -> Self {
        let (code, comments) = split(text);
        Self { file: file.to_owned(), text: text.to_owned(), code, comments }
    }

    fn problem(&self, line: usize, what: impl Into<String>) -> Problem {
        Problem { file: self.file.clone(), line, what: what.into() }
    }

    /// The code before the unit tests, which come last and may import anything below.
    fn code_without_tests(&self) -> &str {
        self.code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
    }

    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.file.starts_with(place))
    }
}

fn split(text: &str) -> (String, String) {
    let chars: Vec<char> = text.chars().collect();
    let (mut code, mut comments) = (String::new(), String::new());
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    let mut i = 0;
    while i < chars.len() {
        let end = token_end(&chars, i);
        let is_comment = chars[i..].starts_with(&['/', '/']);
        for &c in &chars[i..end] {
            code.push(if end == i + 1 { c } else { blank(c) });
            comments.push(if is_comment { c } else { blank(c) });
        }
        i = end;
    }
    (code, comments)
}

/// The end of the comment, string or character that begins at `i`; `i + 1` for anything else.
fn token_end(chars: &[char], i: usize) -> usize {
    let find = |from: usize, end: &[char]| {
        let at = chars[from..].windows(end.len()).position(|window| window == end);
        at.map_or(chars.len(), |at| from + at + end.len())
    };
    match chars[i] {
        '/' if chars.get(i + 1) == Some(&'/') => find(i, &['\n']).max(i + 3) - 1,
        'r' if i == 0 || !is_word(chars[i - 1]) || chars[i - 1] == 'b' => {
            let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
            if chars.get(i + 1 + hashes) != Some(&'"') {
                return i + 1;
            }
            let end: Vec<char> = "\"".chars().chain("#".repeat(hashes).chars()).collect();
            find(i + 2 + hashes, &end)
        }
        '"' => {
            let mut end = i + 1;
            while end < chars.len() && chars[end] != '"' {
                end += if chars[end] == '\\' { 2 } else { 1 };
            }
            (end + 1).min(chars.len())
        }
        '\'' if chars.get(i + 1) == Some(&'\\') => find(i + 3, &['\'']),
        '\'' if chars.get(i + 2) == Some(&'\'') => i + 3,
        _ => i + 1,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The lines of `text` that hold `word`, not as a part of a longer word.
fn lines_with(text: &str, word: &str) -> Vec<usize> {
    let joins =
        |a: Option<char>, b: Option<char>| a.zip(b).is_some_and(|(a, b)| is_word(a) && is_word(b));
    let holds = |line: &str| {
        line.match_indices(word).any(|(at, _)| {
            let (before, after) = (&line[..at], &line[at + word.len()..]);
            !joins(before.chars().next_back(), word.chars().next())
                && !joins(word.chars().next_back(), after.chars().next())
        })
    };
    text.lines().enumerate().filter(|(_, line)| holds(line)).map(|(i, _)| i + 1).collect()
}

/// Every path from the root of the crate: the line, and the module that it names. `depth` is the
/// number of modules that the file is in, itself included.
fn imports(code: &str, depth: usize) -> Vec<(usize, String)> {
    let mut found = vec![];
    let mut at_root = |at: usize, rest: &str| {
        let line = code[..at].matches('\n').count() + 1;
        found.extend(first_names(rest).into_iter().map(|name| (line, name)));
    };
    for (at, path) in code.match_indices("crate::") {
        if !code[..at].ends_with(is_word) {
            at_root(at, &code[at + path.len()..]);
        }
    }
    for (at, _) in code.match_indices("super::") {
        let rest = code[at..].trim_start_matches("super::");
        let n_supers = (code.len() - at - rest.len()) / "super::".len();
        if n_supers >= depth && !code[..at].ends_with("::") {
            at_root(at, rest);
        }
    }
    found
}

/// The names that a path goes on with: one, or each of those in braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| is_word(*c)).collect::<String>();
    let Some(list) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut names, mut depth, mut start) = (vec![], 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '}' | ',' if depth == 0 => {
                names.push(name(list[start..at].trim_start()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

fn check_imports(source: &Source, folder: &str, layers: &[(&str, &[&str])]) -> Vec<Problem> {
    let path = source.file.strip_prefix(folder).unwrap().trim_end_matches(".rs");
    let module = path.split('/').next().unwrap();
    let depth = path.split('/').count();
    if module == "lib" {
        return vec![];
    }
    let Some((_, allowed)) = layers.iter().find(|(name, _)| *name == module) else {
        return vec![source.problem(1, format!("`{module}` has no place among the layers"))];
    };
    let is_wrong = |name: &str| {
        let is_module = layers.iter().any(|(known, _)| *known == name);
        is_module && name != module && !allowed.contains(&name)
    };
    let imports = imports(source.code_without_tests(), depth);
    let wrong = imports.into_iter().filter(|(_, name)| is_wrong(name));
    wrong.map(|(line, name)| source.problem(line, format!("{module} imports {name}"))).collect()
}

fn check_unsafe(source: &Source) -> Vec<Problem> {
    if source.is_in(UNSAFE) {
        return vec![];
    }
    let lines = lines_with(&source.code, "unsafe");
    lines.into_iter().map(|line| source.problem(line, "`unsafe` outside of its files")).collect()
}

fn check_absent(source: &Source) -> Vec<Problem> {
    let rules = ABSENT.iter().filter(|rule| source.is_in(rule.from) && !source.is_in(rule.except));
    let code = source.code_without_tests();
    let find = |rule: &'static Absent| {
        let lines = rule
            .words
            .iter()
            .flat_map(move |word| lines_with(code, word).into_iter().map(move |line| (line, word)));
        lines.map(|(line, word)| source.problem(line, format!("`{word}`: {}", rule.why)))
    };
    rules.flat_map(find).collect()
}

fn check_comments(source: &Source) -> Vec<Problem> {
    let comments = source.comments.to_lowercase();
    let mut problems = vec![];
    for word in PASSING {
        let lines = lines_with(&comments, word);
        problems.extend(lines.iter().map(|&line| source.problem(line, format!("`{word}`"))));
    }
    for line in lines_with(&comments, "todo") {
        if !comments.lines().nth(line - 1).unwrap().contains("when") {
            problems.push(source.problem(line, "a TODO without its condition"));
        }
    }
    problems
}

fn check_size(source: &Source) -> Vec<Problem> {
    let most = if source.file.starts_with("tests/") { TEST_LINES } else { LINES };
    let n_lines = source.text.lines().count();
    if n_lines <= most {
        return vec![];
    }
    vec![source.problem(n_lines, format!("{n_lines} lines; at most {most}"))]
}

fn check_machine_paths(source: &Source) -> Vec<Problem> {
    let find = |path: &&str| {
        let lines = source.text.lines().enumerate().filter(|(_, line)| line.contains(*path));
        lines
            .map(|(i, _)| source.problem(i + 1, format!("a path of one machine, {path}")))
            .collect::<Vec<_>>()
    };
    MACHINE_PATHS.iter().flat_map(find).collect()
}

/// Every file under version control's folders whose name ends with one of `endings`.
fn sources(endings: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.to_owned()];
    let mut files: Vec<PathBuf> = vec![];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                let is_source = !name.starts_with('.') || name == ".ci" || name == ".cargo";
                let is_output = ["target", "corpus", "artifacts", "fixtures"].contains(&&*name);
                folders.extend((is_source && !is_output).then_some(path));
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                files.push(path);
            }
        }
    }
    files.sort();
    let read = |path: PathBuf| {
        let file = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        Source::new(&file, &fs::read_to_string(&path).unwrap())
    };
    files.into_iter().map(read).collect()
}

/// Fails with every problem, one a line.
fn expect_none(problems: &[Problem]) {
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "\n{}\n", lines.join("\n"));
}

fn rust() -> impl Iterator<Item = Source> {
    // This file names what it looks for.
    sources(&[".rs"]).into_iter().filter(|source| source.file != "tests/layers.rs")
}

#[test]
fn imports_point_downward() {
    for layers in [ENGINE, CODEGEN] {
        for (i, (module, allowed)) in layers.iter().enumerate() {
            let below = |name: &&&str| layers[i..].iter().any(|(known, _)| known == *name);
            let is_pair = *module == "ops";
            assert!(is_pair || allowed.iter().all(|name| below(&name)), "{module} imports upward");
        }
    }
    let trees = [("engine/", ENGINE), ("codegen/src/", CODEGEN)];
    let check = |source: Source| {
        let tree = trees.iter().find(|(folder, _)| source.file.starts_with(folder));
        tree.map_or(vec![], |(folder, layers)| check_imports(&source, folder, layers))
    };
    expect_none(&rust().flat_map(check).collect::<Vec<_>>());
}

#[test]
fn unsafe_stays_in_its_files() {
    expect_none(&rust().flat_map(|source| check_unsafe(&source)).collect::<Vec<_>>());
    for source in rust().filter(|source| source.file.matches('/').count() == 1) {
        let is_exempt = ["main", "lib", "device", "gguf"]
            .iter()
            .any(|name| source.file == format!("engine/{name}.rs"));
        let forbids = source.code.contains("#![forbid(unsafe_code)]");
        let is_module = source.file.starts_with("engine/");
        assert!(!is_module || is_exempt || forbids, "{} does not forbid unsafe code", source.file);
    }
}

#[test]
fn what_must_be_absent_is_absent() {
    expect_none(&rust().flat_map(|source| check_absent(&source)).collect::<Vec<_>>());
}

#[test]
fn files_are_short_and_named_after_their_module() {
    let page = sources(&[".js", ".mjs", ".css", ".html"]);
    let mut problems: Vec<_> = rust().chain(page).flat_map(|source| check_size(&source)).collect();
    let named_mod = rust().filter(|source| source.file.ends_with("/mod.rs"));
    problems.extend(named_mod.map(|source| source.problem(1, "`foo.rs` beside `foo/` instead")));
    expect_none(&problems);
}

#[test]
fn comments_stay_true() {
    expect_none(&rust().flat_map(|source| check_comments(&source)).collect::<Vec<_>>());
}

#[test]
fn nothing_names_one_machine() {
    let texts = sources(&[".rs", ".md", ".toml", "run", "justfile"]);
    let others = texts.iter().filter(|source| source.file != "tests/layers.rs");
    expect_none(&others.flat_map(check_machine_paths).collect::<Vec<_>>());
}

#[test]
fn every_source_is_read() {
    let files: Vec<_> = rust().map(|source| source.file).collect();
    for file in ["build.rs", "engine/device/cpu/ops/rms_norm.rs", "codegen/src/ops/norm.rs"] {
        assert!(files.iter().any(|known| known == file), "{file}");
    }
    assert!(files.len() > 150, "{} files", files.len());
}

/// The lines at which `check` finds something in `text`, as if it were `file`.
fn found(check: fn(&Source) -> Vec<Problem>, file: &str, text: &str) -> Vec<usize> {
    check(&Source::new(file, text)).iter().map(|problem| problem.line).collect()
}

fn engine_imports(source: &Source) -> Vec<Problem> {
    check_imports(source, "engine/", ENGINE)
}

#[test]
fn bad_imports_are_found() {
    let lines = |file, text| found(engine_imports, file, text);
    assert_eq!(lines("engine/gguf.rs", "\nuse crate::tokenizer::TokenId;"), [2]);
    assert_eq!(lines("engine/chat/json.rs", "fn f() { crate::cli::main() }"), [1]);
    let nested = "use crate::{\n    gguf::{Gguf, Value},\n    session::Engine,\n};";
    assert_eq!(lines("engine/model/check.rs", nested), [1]);
    assert_eq!(lines("engine/model/check.rs", "use super::super::{gguf, session};"), [1]);
    assert_eq!(lines("engine/device.rs", "use super::model::Model;"), [1]);
    assert_eq!(lines("engine/unknown.rs", ""), [1]);
    let problem = &engine_imports(&Source::new("engine/gguf.rs", "use crate::chat;"))[0];
    assert_eq!(problem.to_string(), "engine/gguf.rs:1: gguf imports chat");

    assert_eq!(lines("engine/model.rs", "use crate::{device::{Weights, cpu::Cpu}, gguf};"), [0; 0]);
    assert_eq!(lines("engine/model/check.rs", "use super::session::X;"), [0; 0]);
    assert_eq!(lines("engine/gguf.rs", "// use crate::cli;\nlet x = \"crate::cli\";"), [0; 0]);
    let test = "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use crate::cli;\n}";
    assert_eq!(lines("engine/gguf.rs", test), [0; 0]);
}

#[test]
fn bad_code_is_found() {
    let text = "// unsafe\nlet unsafe_code = r#\"unsafe\"#;\nlet c = '\"'; unsafe { f() }\n";
    assert_eq!(found(check_unsafe, "engine/session.rs", text), [3]);
    assert_eq!(found(check_unsafe, "engine/device/cuda.rs", text), [0; 0]);
    let op = "let n = g.model().n_embd; // FLASH";
    assert_eq!(found(check_absent, "codegen/src/ops/norm.rs", op), [1]);
    assert_eq!(found(check_absent, "codegen/src/graph/layer.rs", op), [0; 0]);
    assert_eq!(found(check_absent, "engine/session.rs", "\nfn f(p: *mut u8) {}"), [2]);
    assert_eq!(found(check_absent, "build.rs", "\nfs::read_to_string(p)"), [2]);
    assert_eq!(found(check_absent, "build.rs", "fs::read(p)"), [1]);
    assert_eq!(found(check_size, "engine/a.rs", &"\n".repeat(401)), [401]);
    assert_eq!(found(check_size, "tests/a.rs", &"\n".repeat(401)), [0; 0]);
}

#[test]
fn bad_comments_are_found() {
    let text = "/// Previously longer.\nlet hack = 1; // a hack\n//! hacking\n";
    assert_eq!(found(check_comments, "a.rs", text), [2, 1]);
    assert_eq!(found(check_comments, "a.rs", "// TODO: fix"), [1]);
    assert_eq!(found(check_comments, "a.rs", "// TODO when targets have 64 lanes"), [0; 0]);
    assert_eq!(found(check_machine_paths, "a.md", "see /home/me/x"), [1]);
}
