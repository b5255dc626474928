//! `ds4 kernels` as a person or a script uses it; with the feature `vulkan`, all of it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// The program with its own home folder, run where the repository is.
struct Program {
    home: TempDir,
}

impl Program {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn run(&self, args: &[&str]) -> Output {
        let home = self.home.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ds4"));
        // The loader finds the NVRTC that the tests are given.
        let nvrtc = env::var_os("DS4_NVRTC").map(PathBuf::from);
        if let Some(folder) = nvrtc.as_deref().and_then(Path::parent) {
            command.env("LD_LIBRARY_PATH", folder);
        }
        command
            .arg("kernels")
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Standard error of a run that fails.
    fn refuse(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?} succeeds: {}", text(&output.stdout));
        assert_eq!(text(&output.stdout), "", "{args:?} prints before it fails");
        text(&output.stderr)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[cfg(not(feature = "gpu"))]
#[test]
fn a_build_without_kernels_says_how_to_get_them() {
    let program = Program::new();
    let show = ["show", "rms_norm"];
    for args in [&["list"][..], &show, &["plan"], &["graph"], &["compile"], &["--compile"]] {
        let refusal = program.refuse(args);
        assert_eq!(
            refusal,
            "error: this build has no kernels for GPUs\n\
             help: the features cuda, rocm, metal and vulkan bring them, as in \
             `cargo build --release --features vulkan`\n",
            "{args:?}"
        );
    }
}

#[cfg(feature = "vulkan")]
mod vulkan {
    use std::{
        collections::BTreeSet,
        fs,
        io::{self, Write as _},
    };

    use serde_json::Value;

    use super::*;

    impl Program {
        /// Standard output of a run that succeeds.
        fn say(&self, args: &[&str]) -> String {
            let output = self.run(args);
            assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
            text(&output.stdout)
        }

        fn list(&self, args: &[&str]) -> Value {
            let all = [&["list", "--target", "spirv", "--json", "--model", "tiny"], args].concat();
            serde_json::from_str(&self.say(&all)).unwrap()
        }
    }

    /// The rows of a list.
    fn kernels(list: &Value) -> &[Value] {
        list["kernels"].as_array().unwrap()
    }

    fn number(value: &Value, name: &str) -> u64 {
        value[name].as_u64().unwrap_or_else(|| panic!("{name} in {value}"))
    }

    /// What `ds4 info` says of ds4-tiny.
    fn info() -> Value {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ds4"));
        let args = ["info", "models/ds4-tiny.gguf", "--json", "--tensors"];
        let output = command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    #[test]
    fn a_token_reads_the_weights_that_the_file_has_for_it() {
        let info = info();
        let of_file = number(&info["decode"], "bytes_per_token");
        let bytes_of = |chosen: &dyn Fn(&str) -> bool| -> u64 {
            let tensors = info["tensors"].as_array().unwrap().iter();
            let chosen = tensors.filter(|tensor| chosen(tensor["name"].as_str().unwrap()));
            chosen.map(|tensor| number(tensor, "bytes")).sum()
        };
        // GPUs have these as F32, the file as F16.
        let widened = bytes_of(&|name| name.contains("compressor_ape"));
        // What is urgent of the mixing coefficients of a layer is computed apart from the rest.
        let twice = bytes_of(&|name| {
            let of_layer = name.starts_with("blk.") && name.contains(".hc_");
            of_layer && (name.ends_with("_base.weight") || name.ends_with("_scale.weight"))
        });
        assert!(widened > 0 && twice > 0);
        let list = Program::new().list(&["--recipe", "q2"]);
        assert_eq!(number(&list["total"], "weight_bytes"), of_file + widened + twice);
    }

    #[test]
    fn totals_add_up() {
        let program = Program::new();
        for args in [&["--rows", "3"][..], &["--step", "prefill", "--context", "600"]] {
            let list = program.list(args);
            let total = list["total"].as_object().unwrap();
            assert_eq!(total.len(), 7, "{total:?}");
            for (name, sum) in total {
                let parts: u64 = kernels(&list).iter().map(|row| number(row, name)).sum();
                assert_eq!(sum.as_u64().unwrap(), parts, "{name}");
            }
        }
    }

    #[test]
    fn experts_are_read_once_at_most() {
        let program = Program::new();
        let read = |rows: &str| {
            let list = program.list(&["--recipe", "q2", "--rows", rows]);
            let is_experts =
                |row: &&Value| row["passes"].as_str().unwrap().starts_with("experts_down");
            let experts = kernels(&list).iter().filter(is_experts);
            experts.map(|row| number(row, "weight_bytes")).sum::<u64>()
        };
        // A token uses 4 of 16 experts; what else the launches read does not depend on tokens.
        let one = read("1");
        let more = read("2") - one;
        assert!(more > one / 2);
        assert_eq!([read("4"), read("64")], [one + 3 * more; 2]);
    }

    #[test]
    fn costs_follow_the_context() {
        let program = Program::new();
        let at = |context| program.list(&["--context", context])["total"].clone();
        let (short, long) = (at("1000"), at("20000"));
        for name in ["cache_bytes_read", "operations"] {
            assert!(number(&short, name) < number(&long, name), "{name}");
        }
        for name in ["weight_bytes", "launches", "cache_bytes_written"] {
            assert_eq!(number(&short, name), number(&long, name), "{name}");
        }
    }

    #[test]
    fn every_listed_kernel_is_shown() {
        let program = Program::new();
        let list = program.list(&[]);
        assert!(kernels(&list).len() > 20);
        for row in kernels(&list) {
            let name = row["name"].as_str().unwrap();
            let spirv = program.say(&["show", name, "--target", "spirv"]);
            assert!(spirv.starts_with(&format!("; {name}\n;\n")), "{spirv}");
            assert!(spirv.contains("; binding  name  elements  what\n"), "{name}");
            let entry = format!("\"{name}\"");
            let is_entry = |line: &&str| line.starts_with("OpEntryPoint") && line.contains(&entry);
            assert_eq!(spirv.lines().filter(is_entry).count(), 1, "{name}");
            let wgsl = program.say(&["show", name, "--target", "wgsl"]);
            assert!(wgsl.starts_with(&format!("// {name}\n//\n")), "{wgsl}");
            assert!(wgsl.contains(&format!("\nfn {name}(\n")), "{name}");
        }
    }

    #[test]
    fn a_beginning_of_a_name_is_enough() {
        let program = Program::new();
        let list = program.list(&[]);
        let name = kernels(&list)[0]["name"].as_str().unwrap();
        let shown = program.say(&["show", name, "--target", "spirv"]);
        assert_eq!(program.say(&["show", &name[..name.len() - 1], "--target", "spirv"]), shown);

        let refusal = program.refuse(&["show", "hc_", "--target", "spirv"]);
        assert!(refusal.contains("kernels begin with hc_\n  hc_"), "{refusal}");
        let refusal = program.refuse(&["show", "hadamard_round", "--target", "spirv"]);
        assert!(refusal.contains("names with hadamard_round in them are\n  "), "{refusal}");
        let refusal = program.refuse(&["show", "enbed", "--target", "spirv"]);
        assert!(refusal.contains("the nearest name is embed_"), "{refusal}");
    }

    #[test]
    fn plans_have_every_launch_of_the_list() {
        let program = Program::new();
        for step in ["decode", "prefill"] {
            let view = ["--target", "spirv", "--model", "tiny", "--step", step];
            let plan = program.say(&[&["plan"], &view[..]].concat());
            let mut launches = 0;
            for line in plan.lines() {
                assert!(line.chars().count() <= 140, "{line}");
                let words: Vec<_> = line.split_whitespace().collect();
                launches += match words[..] {
                    [_, times, "of", _, "layers,", n, "launches", "each"] => {
                        times.parse::<u64>().unwrap() * n.parse::<u64>().unwrap()
                    }
                    [_, n, "launches"] if line.starts_with(['h', 't']) => n.parse().unwrap(),
                    _ => 0,
                };
            }
            let list = program.list(&["--step", step]);
            assert_eq!(launches, number(&list["total"], "launches"), "{step}");
            for row in kernels(&list) {
                assert!(plan.contains(row["name"].as_str().unwrap()), "{row}");
            }
        }
    }

    #[test]
    fn grids_are_shown_for_the_rows_and_the_context() {
        let program = Program::new();
        let grids = |context| {
            let view = ["--model", "tiny", "--layer", "ratio4_hash", "--rows", "5"];
            let args = [&["plan", "--target", "spirv", "--context", context], &view[..]].concat();
            let plan = program.say(&args);
            let grid = plan.lines().find(|line| line.contains("ceil(C / ")).unwrap().to_owned();
            grid.trim().to_owned()
        };
        // Beside those that follow the context there are others.
        let others: usize = {
            let grid = grids("1000");
            grid.split_whitespace().nth(3).and_then(|word| word.parse().ok()).unwrap()
        };
        let grid = |x| {
            let x = others + x;
            format!(
                "grid     x = {others} + ceil(C / 128), y = T: {x} x 5 workgroups of 256 threads"
            )
        };
        assert_eq!(grids("1000"), grid(8));
        assert_eq!(grids("1025"), grid(9));
    }

    #[test]
    fn graphs_join_known_passes() {
        let program = Program::new();
        let plan = program.say(&["plan", "--target", "spirv"]);
        let kinds = plan
            .lines()
            .filter(|line| line.ends_with(" each"))
            .map(|line| line.split(':').next().unwrap());
        for kind in kinds.chain(["head", "tail"]) {
            let dot = program.say(&["graph", "--target", "spirv", "--layer", kind]);
            let declared: BTreeSet<&str> = dot
                .lines()
                .filter(|line| line.contains(" [label=") && !line.contains("->"))
                .filter_map(|line| line.split_whitespace().next())
                .collect();
            let edges: Vec<Vec<&str>> = dot
                .lines()
                .filter(|line| line.contains(" -> "))
                .map(|line| line.split_whitespace().take(3).collect())
                .collect();
            assert!(!edges.is_empty(), "{kind}");
            for edge in &edges {
                assert!([edge[0], edge[2]].iter().all(|node| declared.contains(node)), "{edge:?}");
            }
            // What is not read in the segment is read after it: every pass leads somewhere, but
            // for those that only keep rows of the session.
            let mut lines = dot.lines().filter(|line| line.trim().starts_with('p'));
            let unread = lines.find(|line| {
                let node = line.split_whitespace().next().unwrap();
                let keeps = line.contains("ring_store") || line.contains("\"after\"");
                !line.contains("->") && !keeps && edges.iter().all(|edge| edge[0] != node)
            });
            assert_eq!(unread, None, "{kind}");
        }
    }

    #[test]
    fn graphs_are_written_to_files() {
        let program = Program::new();
        let file = program.home.path().join("layer.svg");
        let args = ["graph", "--target", "spirv", "--layer", "ratio4_top_k"];
        let said = program.say(&[&args[..], &["-o", file.to_str().unwrap()]].concat());
        assert_eq!(said, "");
        let svg = fs::read_to_string(&file).unwrap();
        assert_eq!(svg, program.say(&[&args[..], &["--format", "svg"]].concat()));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        for tag in ["text", "title", "path"] {
            let [opened, closed] = [format!("<{tag} "), format!("</{tag}>")];
            let opened = svg.matches(&opened).count() + svg.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, svg.matches(&closed).count(), "{tag}");
        }
        assert!(svg.contains(">attend_chosen_part<") && svg.contains("index_top_k"));
    }

    /// The files below a folder.
    fn files(folder: PathBuf) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(folder) else { return vec![] };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.flat_map(|path| if path.is_dir() { files(path) } else { vec![path] }).collect()
    }

    #[test]
    fn machine_code_is_kept_and_damage_found() {
        let program = Program::new();
        let first = program.run(&["compile", "-m", "models/ds4-tiny.gguf"]);
        if text(&first.stderr).starts_with("error: no Vulkan device") {
            // Written directly, since the test runner hides what a passing test prints.
            writeln!(io::stderr(), "skipped: {}", text(&first.stderr)).unwrap();
            return;
        }
        assert!(first.status.success(), "{}", text(&first.stderr));
        assert_eq!(text(&first.stderr), "");
        let said = text(&first.stdout);
        assert!(said.contains(" kernels of models/ds4-tiny.gguf in "), "{said}");

        let kept = files(program.home.path().join("cache/ds4"));
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert!(said.contains(kept[0].to_str().unwrap()), "{said}");
        let whole = fs::read(&kept[0]).unwrap();
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(&kept[0], &damaged).unwrap();
        let second = program.run(&["--compile", "-m", "models/ds4-tiny.gguf"]);
        let warned = text(&second.stderr);
        assert!(second.status.success(), "{warned}");
        assert!(warned.starts_with("warning: kept machine code in "), "{warned}");
        assert!(warned.ends_with("is ignored: its checksum is wrong\n"), "{warned}");
        let third = program.run(&["compile", "-m", "models/ds4-tiny.gguf"]);
        assert_eq!(text(&third.stderr), "", "the file is whole again");
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let program = Program::new();
        let refused = |args: &[&str], reason: &str| {
            let refusal = program.refuse(args);
            assert!(refusal.contains(reason), "{args:?}: {refusal}");
        };
        refused(&["list", "--recipe", "q3"], "in recipe q3; there are those for q2, ");
        refused(&["list", "--model", "huge"], "[possible values: flash, tiny]");
        refused(
            &["list", "--model", "tiny", "--context", "70000"],
            "tiny has at most 65536 tokens",
        );
        let rows = ["list", "--step", "prefill", "--rows", "9", "--context", "8"];
        refused(&rows, "give at least 9");
        refused(&["plan", "--layer", "odd"], "flash has no layers of kind odd; there are head, ");
        refused(&["compile", "-m", "nowhere.gguf"], "cannot open nowhere.gguf");
        refused(&["compile", "--all", "-m", "x.gguf"], "cannot be used with");
        refused(&["-m", "x.gguf"], "`ds4 kernels compile -m FILE` makes machine code for it");
        #[cfg(not(feature = "metal"))]
        for args in [&["list"][..], &["show", "add"], &["plan"], &["graph"], &["compile"]] {
            let args = [args, &["--target", "msl"]].concat();
            refused(&args, "none for msl\nhelp: `cargo build --release --features metal`");
        }
    }
}

/// Machine code for NVIDIA's cards, on any machine with NVRTC.
#[cfg(feature = "cuda")]
mod cuda {
    use std::io::{self, Write as _};

    use super::*;

    #[test]
    fn machine_code_is_made_without_a_card() {
        let program = Program::new();
        let args = ["compile", "-m", "models/ds4-tiny.gguf", "--arch", "sm_90"];
        let first = program.run(&args);
        let errors = text(&first.stderr);
        if errors.contains("libnvrtc.so.12 are not where the system's loader looks") {
            // Written directly, since the test runner hides what a passing test prints.
            return writeln!(io::stderr(), "skipped: {errors}").unwrap();
        }
        assert!(first.status.success() && errors.is_empty(), "{errors}");
        let said = text(&first.stdout);
        assert!(said.contains(" kernels of models/ds4-tiny.gguf in "), "{said}");
        assert!(said.contains(" for sm_90\nmachine code kept in "), "{said}");
        let n: usize = said.split(' ').next().unwrap().parse().unwrap();
        let folder = program.home.path().join("cache/ds4/cuda");
        assert_eq!(folder.read_dir().unwrap().count(), n, "a file for each kernel");

        let second = program.run(&args);
        assert!(second.status.success(), "{}", text(&second.stderr));
        let kept = |said: &str| said.lines().nth(1).map(str::to_owned);
        assert_eq!(kept(&text(&second.stdout)), kept(&said), "the same machine code");

        let refusal = program.refuse(&[&args[..4], &["sm_50"]].concat());
        assert!(refusal.contains(" knows no sm_50; it knows "), "{refusal}");
    }
}
