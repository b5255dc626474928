//! The program as a person or a script uses it, with ds4-tiny.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

#[path = "cli/doctor.rs"]
mod doctor;

/// The program with its own home folder, run where the repository is.
struct Program {
    home: TempDir,
}

impl Program {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ds4"));
        let home = self.home.path();
        command
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_DATA_HOME", home.join("data"))
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn run_with_input(&self, args: &[&str], input: &str) -> Output {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Standard output of a run that succeeds.
    fn say(&self, args: &[&str]) -> String {
        said(&self.run(args))
    }

    /// Standard error of a run that fails.
    fn refuse(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?} succeeds: {}", text(&output.stdout));
        assert_eq!(text(&output.stdout), "", "{args:?} prints before it fails");
        text(&output.stderr)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn answer(args: &[&str]) -> Value {
    let mut all = vec!["run", "--json"];
    all.extend(args);
    serde_json::from_str(&Program::new().say(&all)).unwrap()
}

const JAPAN: &str = "What is the capital of Japan?";

#[test]
fn devices_are_listed_with_what_is_missing() {
    let program = Program::new();
    let text = program.say(&["info", "--devices"]);
    assert!(text.starts_with("--device cpu: "), "{text}");
    let json: Value = serde_json::from_str(&program.say(&["info", "--devices", "--json"])).unwrap();
    let devices = json["devices"].as_array().unwrap();
    assert_eq!(devices[0]["device"], "cpu");
    for device in devices {
        let is_usable = device["usable"].as_bool().unwrap();
        assert_eq!(is_usable, device.get("reason").is_none(), "{device}");
        assert!(!is_usable || device["name"].is_string(), "{device}");
        let kind = device["device"].as_str().unwrap();
        assert!(text.contains(&format!("--device {kind}")), "{text}");
        if let Some(reason) = device["reason"].as_str() {
            assert!(text.contains(reason), "{text}");
        }
    }
    assert!(program.refuse(&["info", "--devices", "--tensors"]).contains("cannot be used with"));
}

#[test]
fn a_prompt_is_answered() {
    let output = Program::new().run(&["run", "--temp", "0", "-p", JAPAN]);
    assert_eq!(said(&output), "The capital of Japan is Tokyo.\n");
    let stats = text(&output.stderr);
    assert!(stats.starts_with("prompt 11 tokens ("), "{stats}");
    assert!(stats.contains("answer 8 tokens ("), "{stats}");
}

#[test]
fn the_defaults_answer_sensibly() {
    for seed in ["1", "2", "3"] {
        let text = Program::new().say(&["run", "-q", "--seed", seed, "-p", JAPAN]);
        assert!(text.contains("Tokyo"), "{text}");
    }
}

#[test]
fn quiet_says_the_answer_alone() {
    let output =
        Program::new().run(&["run", "-q", "--temp", "0", "--think", "-p", "What is 27 + 58?"]);
    assert!(said(&output).contains("85"));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn reasoning_is_kept_out_of_standard_output() {
    let output = Program::new().run(&["run", "--temp", "0", "--think", "-p", "What is 27 + 58?"]);
    assert!(said(&output).starts_with("27 + 58 = 85"));
    assert!(text(&output.stderr).contains("7 + 8 = 15"), "{}", text(&output.stderr));
    let json = answer(&["--temp", "0", "--think", "-p", "What is 27 + 58?"]);
    assert!(json["reasoning"].as_str().unwrap().contains("7 + 8 = 15"));
    assert!(!json["text"].as_str().unwrap().contains("7 + 8 = 15"));
}

#[test]
fn standard_input_is_a_prompt() {
    let program = Program::new();
    let piped = program.run_with_input(&["run", "--temp", "0"], "What is the capital of Japan?\n");
    assert_eq!(said(&piped), "The capital of Japan is Tokyo.\n");
    let empty = program.run_with_input(&["run"], "\n");
    assert!(!empty.status.success());
    assert_eq!(text(&empty.stderr), "error: the prompt is empty\n");
}

#[test]
fn json_has_stable_names() {
    let json = answer(&["--temp", "0", "-p", JAPAN]);
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(keys(&json), ["text", "reasoning", "tool_calls", "finish_reason", "seed", "stats"]);
    assert_eq!(
        keys(&json["stats"]),
        [
            "prompt_tokens",
            "reused_tokens",
            "prefilled_tokens",
            "generated_tokens",
            "load_seconds",
            "prefill_seconds",
            "decode_seconds",
            "first_token_seconds",
            "prefill_tokens_per_second",
            "decode_tokens_per_second",
            "reuse",
        ]
    );
    assert_eq!(
        keys(&json["stats"]["reuse"]),
        ["tokens", "from", "same_text", "position", "prompt_token", "kept_token", "why"]
    );
    assert_eq!(json["text"], "The capital of Japan is Tokyo.");
    assert_eq!(json["reasoning"], "");
    assert_eq!(json["finish_reason"], "stop");
    assert_eq!(json["stats"]["prompt_tokens"], 11);
}

#[test]
fn the_same_seed_gives_the_same_text() {
    let story = |seed| {
        let args = ["--temp", "1.5", "--min-p", "0", "--top-p", "1", "-n", "40", "--seed", seed];
        let json = answer(&[&args[..], &["-p", "Tell me a story."]].concat());
        assert_eq!(json["seed"].to_string(), seed);
        json["text"].as_str().unwrap().to_owned()
    };
    let (one, two, other) = (story("5"), story("5"), story("6"));
    assert_eq!(one, two);
    assert_ne!(one, other);
}

#[test]
fn chunks_and_threads_do_not_change_the_text() {
    let json = |args: &[&str]| {
        let prompt = ["--seed", "3", "-n", "30", "-p", "Tell me a story about a lost kitten."];
        answer(&[&prompt[..], args].concat())["text"].clone()
    };
    assert_eq!(json(&["--chunk", "1", "-t", "1"]), json(&["--chunk", "5", "-t", "2"]));
}

#[test]
fn raw_text_goes_on() {
    let program = Program::new();
    let args = ["run", "--raw", "--temp", "0", "-n", "8", "-q", "-p"];
    let with = |prompt: &str| program.say(&[&args[..], &[prompt]].concat());
    let text = with("Once upon a time");
    assert!(text.starts_with(", there was a"), "{text}");
    // The begin token is put before a text only if it is not there.
    assert_eq!(text, with("<｜begin▁of▁sentence｜>Once upon a time"));
    // Special tokens count: this is the chat format, written by hand.
    let chat = program.say(&[
        "run",
        "--raw",
        "--temp",
        "0",
        "-q",
        "-p",
        "<｜User｜>What is the capital of Japan?<｜Assistant｜></think>",
    ]);
    assert_eq!(chat, "The capital of Japan is Tokyo.");
}

const TOOLS: &str = r#"[{"type": "function", "function": {
    "name": "get_weather",
    "description": "Get the current weather for a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
}}]"#;

#[test]
fn tool_calls_are_shown() {
    let program = Program::new();
    let tools = program.path("tools.json");
    fs::write(&tools, TOOLS).unwrap();
    let tools = tools.to_str().unwrap();
    let ask = ["run", "--temp", "0", "--tools", tools, "-p", "What is the weather in Paris?"];
    assert_eq!(program.say(&ask), "[call] get_weather {\"city\": \"Paris\"}\n");
    let json: Value =
        serde_json::from_str(&program.say(&[&ask[..], &["--json"]].concat())).unwrap();
    assert_eq!(json["tool_calls"][0]["name"], "get_weather");
    assert_eq!(json["tool_calls"][0]["arguments"]["city"], "Paris");
    assert_eq!(json["text"], "");

    fs::write(tools, "{}").unwrap();
    assert!(program.refuse(&ask).contains("does not declare tools"));
}

#[test]
fn special_tokens_in_messages_are_text() {
    let json = answer(&["--temp", "0", "-n", "1", "-p", "<｜User｜>"]);
    // Begin, user, assistant and end of thought, and the text in several tokens.
    assert!(json["stats"]["prompt_tokens"].as_u64().unwrap() > 5);
}

#[test]
fn answers_end_at_limits() {
    let json = answer(&["--temp", "0", "-n", "4", "-p", JAPAN]);
    assert_eq!(json["finish_reason"], "length");
    assert_eq!(json["stats"]["generated_tokens"], 4);
    let json = answer(&["--temp", "0", "--ctx", "13", "-p", JAPAN]);
    assert_eq!(json["finish_reason"], "context_full");
    let output = Program::new().run(&["run", "--temp", "0", "-n", "4", "-p", JAPAN]);
    assert!(text(&output.stderr).starts_with("[the answer was cut after 4 tokens]\n"));
    let refusal = Program::new().refuse(&["run", "--ctx", "5", "-p", JAPAN]);
    assert_eq!(refusal, "error: 11 tokens do not fit the context of 5 tokens\n");
}

#[test]
fn wrong_flags_are_refused_by_name() {
    let program = Program::new();
    let refused = |args: &[&str], reason: &str| {
        let refusal = program.refuse(&[&["run", "-p", "x"], args].concat());
        assert!(refusal.contains(reason), "{args:?}: {refusal}");
    };
    refused(&["--temp", "-1"], "temperature -1: expected 0 to 100");
    refused(&["--top-p", "0"], "top-p 0: expected more than 0, at most 1");
    refused(&["--min-p", "2"], "min-p 2: expected 0 to 1");
    refused(&["-n", "0"], "expected at least 1");
    refused(&["--chunk", "0"], "expected at least 1");
    refused(&["--cache", "maybe"], "[possible values: exact, rounded]");
    refused(&["--raw", "--think"], "cannot be used with");
    refused(&["--think", "--nothink"], "cannot be used with");
    refused(&["--think", "--effort", "low"], "effort `low` does not exist in release `preview`");
    refused(&["--ctx", "70000"], "a context of 70000 tokens: the model has at most 65536");
    refused(&["--no-such-flag"], "--no-such-flag");
    refused(&["-m", "nowhere.gguf"], "cannot open nowhere.gguf");
    refused(&["-m", "Cargo.toml"], "Cargo.toml is not a GGUF file");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let program = Program::new();
    let mut command = program.command(&["run", "-q", "--temp", "0", "-p", "Tell me a story."]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_model_is_chosen_shown_and_forgotten() {
    let program = Program::new();
    let settings = program.path("config/ds4/model");
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/ds4-tiny.gguf");
    assert!(program.say(&["use"]).contains("no model was chosen"));
    let said = program.say(&["use", "models/ds4-tiny.gguf"]);
    assert!(said.starts_with(tiny.to_str().unwrap()), "{said}");
    assert_eq!(fs::read_to_string(&settings).unwrap(), format!("{}\n", tiny.display()));
    assert!(program.say(&["use"]).contains("chosen in"));

    let copy = program.path("copy.gguf");
    fs::copy(&tiny, &copy).unwrap();
    program.say(&["use", copy.to_str().unwrap()]);
    fs::remove_file(&copy).unwrap();
    let refusal = program.refuse(&["run", "-p", "Hi"]);
    assert!(refusal.starts_with("error: the chosen model is gone: "), "{refusal}");
    assert!(refusal.contains("help: `ds4 use FILE` chooses another"), "{refusal}");

    assert_eq!(program.say(&["use", "--reset"]), "the choice is forgotten\n");
    assert!(!settings.exists());
    assert_eq!(program.say(&["use", "--reset"]), "no model was chosen\n");
    let refusal = program.refuse(&["use", "Cargo.toml"]);
    assert!(refusal.contains("Cargo.toml is not a GGUF file"), "{refusal}");
    assert!(!settings.exists());
}

#[test]
fn commands_without_a_model_use_ds4_tiny() {
    let program = Program::new();
    let named = ["-m", "models/ds4-tiny.gguf"];
    let both = |args: &[&str]| {
        let with_input = |args: &[&str]| {
            said(&program.run_with_input(args, r#"[{"role": "user", "content": "Hi"}]"#))
        };
        let found = with_input(args);
        assert_eq!(found, with_input(&[args, &named].concat()), "{args:?}");
        found
    };
    assert_eq!(both(&["tokenize", "Hi"]).split_whitespace().count(), 1);
    assert!(both(&["render", "--json"]).contains(r#""ids":["#));
    let text = program.path("text");
    fs::write(&text, "The capital of Japan is Tokyo.").unwrap();
    assert!(both(&["perplexity", "--text", text.to_str().unwrap()]).contains("perplexity"));
}

#[test]
fn a_file_is_shown_however_it_is_named() {
    let program = Program::new();
    let shown = program.say(&["info", "models/ds4-tiny.gguf"]);
    assert!(shown.contains("yes: tiny on the CPU"), "{shown}");
    assert_eq!(program.say(&["info", "-m", "models/ds4-tiny.gguf"]), shown);
    let by_default = program.say(&["info", "--json"]);
    let report: Value = serde_json::from_str(&by_default).unwrap();
    assert_eq!(report["runs"]["can_run"], true);
}

#[test]
fn tokens_of_a_rendered_prompt_agree() {
    let program = Program::new();
    let model = ["-m", "models/ds4-tiny.gguf"];
    let messages = r#"[{"role": "user", "content": "What is the capital of Japan?"}]"#;
    let render = ["render", "--mode", "chat", "--json"];
    let output = program.run_with_input(&[&render[..], &model].concat(), messages);
    let rendered: Value = serde_json::from_str(&said(&output)).unwrap();
    let ids: Vec<String> =
        rendered["ids"].as_array().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(ids.len(), 11);
    let prompt = rendered["text"].as_str().unwrap();
    let plain = [&["render", "--mode", "chat"], &model[..]].concat();
    assert_eq!(said(&program.run_with_input(&plain, messages)), prompt);
    let tokenized = program.say(&[&["tokenize"], &model[..], &[prompt]].concat());
    assert_eq!(tokenized.trim_end(), ids.join(" "));
    let decoded = program.say(&[&["tokenize", "--decode"], &model[..], &[&ids.join(" ")]].concat());
    assert_eq!(decoded, prompt);
}

/// The columns of what `ds4 bench` writes.
const MEASURED: &str =
    "context,prefill_tokens,prefill_tps,rows,gen_tokens,gen_tps,first_token_ms,load_s";

/// The numbers of the lines that `ds4 bench` wrote.
fn measurements(path: &Path) -> Vec<Vec<f64>> {
    let csv = fs::read_to_string(path).unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some(MEASURED));
    let numbers = |line: &str| line.split(',').map(|number| number.parse().unwrap()).collect();
    let lines: Vec<Vec<f64>> = lines.map(numbers).collect();
    for line in &lines {
        assert_eq!(line.len(), 8, "{line:?}");
        assert!(line.iter().all(|number| number.is_finite() && *number > 0.0), "{line:?}");
    }
    lines
}

/// Context, prefilled tokens, rows and decoded tokens of each line: what depends on no clock.
fn counts(lines: &[Vec<f64>]) -> Vec<[f64; 4]> {
    lines.iter().map(|line| [line[0], line[1], line[3], line[4]]).collect()
}

#[test]
fn measurements_are_a_table_and_a_file() {
    let program = Program::new();
    let csv = program.path("bench.csv");
    let plot = program.path("bench.svg");
    let files = ["--csv", csv.to_str().unwrap(), "--plot", plot.to_str().unwrap()];
    let args = ["bench", "--contexts", "4,10", "--gen", "3", "--rows", "1,2"];
    let output = program.run(&[&args[..], &files].concat());
    let table = said(&output);
    assert!(text(&output.stderr).starts_with("tiny on CPU, "), "{}", text(&output.stderr));
    let expected =
        [[4.0, 4.0, 1.0, 3.0], [4.0, 4.0, 2.0, 6.0], [10.0, 6.0, 1.0, 3.0], [10.0, 6.0, 2.0, 6.0]];
    assert_eq!(counts(&measurements(&csv)), expected);
    assert_eq!(table.lines().count(), 5, "{table}");
    // Two points of prefill, and two of decode for each number of rows.
    assert_eq!(fs::read_to_string(plot).unwrap().matches("<circle").count(), 6);
    assert!(table.trim_start().starts_with("context  prefill_tokens"), "{table}");

    // Three pages are copies of the first; what is left after them is computed.
    let far = ["bench", "--contexts", "1000", "--computed", "200", "--chunk", "64", "--gen", "1"];
    said(&program.run(&[&far[..], &["--csv", csv.to_str().unwrap()]].concat()));
    assert_eq!(counts(&measurements(&csv)), [[1000.0, 232.0, 1.0, 1.0]]);

    let refused = |args: &[&str], reason: &str| {
        let refusal = program.refuse(&[&["bench"], args].concat());
        assert!(refusal.contains(reason), "{args:?}: {refusal}");
    };
    refused(&["--contexts", "8,4"], "--contexts 8,4: expected numbers that ascend");
    refused(&["--contexts", "65536"], "a context of 65602 tokens: the model has at most 65536");
    refused(&["--rows", "0"], "expected at least 1");
    refused(&["--recipe", "q4"], "--synthetic");
    refused(&["--synthetic", "-m", "tiny"], "random weights are made in the memory of a GPU");
    refused(&["--roofline"], "--roofline needs a device that times kernels, and the CPU does not");
    refused(&["--csv", "no/such/folder.csv"], "cannot write no/such/folder.csv");
    refused(&["--plot", "no/such/folder.svg"], "cannot write no/such/folder.svg");
}

#[cfg(feature = "vulkan")]
#[expect(clippy::print_stdout, reason = "a test that cannot run says so")]
#[test]
fn random_weights_are_measured_without_a_file() {
    let program = Program::new();
    let csv = program.path("bench.csv");
    let run = |args: &[&str]| {
        let synthetic = ["bench", "--synthetic", "--device", "vulkan", "--gen", "1"];
        program.run(&[&synthetic, args].concat())
    };
    let to_csv = ["--csv", csv.to_str().unwrap()];
    let tiny = ["-m", "tiny", "--recipe", "q8", "--contexts", "4,130", "--rows", "2"];
    let output = run(&[&tiny[..], &to_csv].concat());
    let refusal = text(&output.stderr);
    if refusal.contains("no Vulkan device") {
        println!("skipped: {refusal}");
        return;
    }
    said(&output);
    assert_eq!(counts(&measurements(&csv)), [[4.0, 4.0, 2.0, 2.0], [130.0, 126.0, 2.0, 2.0]]);
    let output = run(&["--roofline", "-m", "tiny", "--recipe", "q8", "--contexts", "4"]);
    let total = said(&output);
    let total: Vec<_> = total.lines().last().unwrap().split_whitespace().collect();
    let list = ["kernels", "list", "--target", "spirv", "--model", "tiny", "--recipe", "q8"];
    let list = program.say(&[&list[..], &["--context", "5", "--json"]].concat());
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(total[..2], ["all", &list["total"]["launches"].to_string()]);
    let prefill = ["--roofline=prefill", "-m", "tiny", "--recipe", "q8", "--contexts", "9"];
    said(&run(&[&prefill[..], &["--chunk", "4"], &to_csv].concat()));
    let lines = fs::read_to_string(&csv).unwrap();
    let list = ["kernels", "list", "--target", "spirv", "--model", "tiny", "--recipe", "q8"];
    let step = ["--step", "prefill", "--rows", "4", "--context", "9", "--json"];
    let list: Value = serde_json::from_str(&program.say(&[&list[..], &step].concat())).unwrap();
    assert_eq!(lines.lines().count(), 1 + list["kernels"].as_array().unwrap().len());
    assert!(lines.lines().skip(1).all(|line| line.split(',').count() == 9), "{lines}");

    for (args, reason) in [
        (["-m", "big"], "no model is named big; there are flash, tiny"),
        (["--recipe", "bf16"], "no kernels for flash in recipe bf16; there are those for q2"),
    ] {
        let output = run(&args);
        assert!(text(&output.stderr).contains(reason), "{args:?}: {}", text(&output.stderr));
    }
}

/// The shape and the values of a matrix that `ds4 logits` wrote.
fn matrix(path: &Path) -> (String, Vec<f32>) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let data = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = text(&bytes[10..data]);
    let shape = header.split("'shape': ").nth(1).unwrap();
    let shape = shape.split(", }").next().unwrap().to_owned();
    let values = bytes[data..].chunks_exact(4);
    (shape, values.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

#[test]
fn logits_are_written_for_the_wanted_positions() {
    let program = Program::new();
    let (all, some, last) = (program.path("a.npy"), program.path("s.npy"), program.path("l.npy"));
    let ids = program.path("ids.json");
    let tokenized =
        program.say(&["tokenize", "-m", "models/ds4-tiny.gguf", "The capital of Japan is"]);
    let tokens: Vec<u32> = ["0"]
        .into_iter()
        .chain(tokenized.split_whitespace())
        .map(|id| id.parse().unwrap())
        .collect();
    fs::write(&ids, serde_json::to_string(&tokens).unwrap()).unwrap();
    let logits = |args: &[&str], out: &Path| {
        program.say(&[&["logits", "-o", out.to_str().unwrap()], args].concat());
        matrix(out)
    };
    let ids = ids.to_str().unwrap();
    let (shape, all) = logits(&["--ids", ids, "--positions", "all", "--chunk", "2"], &all);
    assert_eq!(shape, format!("({}, 4096)", tokens.len()));
    let (shape, some) = logits(&["--ids", ids, "--positions", "2,0"], &some);
    assert_eq!(shape, "(2, 4096)");
    assert_eq!(some, [&all[..4096], &all[2 * 4096..3 * 4096]].concat());
    let (_, last) = logits(&["--text", "The capital of Japan is"], &last);
    assert_eq!(last, all[all.len() - 4096..]);
    let best = last.iter().zip(0_u32..).max_by(|a, b| a.0.total_cmp(b.0)).unwrap().1;
    let next =
        program.say(&["tokenize", "-m", "models/ds4-tiny.gguf", "--decode", &best.to_string()]);
    assert_eq!(next, " Tokyo");
}

#[test]
fn logits_of_what_is_not_there_are_refused() {
    let program = Program::new();
    let out = program.path("out.npy");
    let with_input = |input: &str, positions: &str| {
        let args = ["logits", "--ids", "-", "--positions", positions, "-o", out.to_str().unwrap()];
        let output = program.run_with_input(&args, input);
        assert!(!output.status.success());
        assert_eq!(fs::read_dir(program.home.path()).unwrap().count(), 0, "nothing is left");
        text(&output.stderr)
    };
    assert_eq!(
        with_input("[0,1]", "2"),
        "error: no position 2: there are 2 tokens, at positions 0 to 1\n"
    );
    assert_eq!(
        with_input(r#"{"ids": [0, 4096]}"#, "all"),
        "error: token id 4096 at position 1: the vocabulary has 4096 entries\n"
    );
    assert_eq!(with_input("[]", "last"), "error: there are no tokens\n");
    assert!(with_input("{}", "last").contains("expected a JSON array of token ids"));
}

/// The lines of a batch's output.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_batch_answers_every_line_in_order() {
    let program = Program::new();
    let input = [
        r#"{"prompt": "Tell me a story about a lost kitten.", "id": "story", "max_tokens": 30}"#,
        "",
        r#"{"prompt": "What is the capital of Japan?", "priority": "high"}"#,
        r#"{"messages": [{"role": "user", "content": "What is 27 + 58?"}], "think": true, "id": {"n": 1}}"#,
        r#"{"prompt": "Once upon a time", "raw": true, "max_tokens": 5}"#,
        r#"{"prompt": "Hi", "temperature": -3}"#,
    ];
    let args = ["batch", "-", "--temp", "0", "--parallel", "3", "--ctx", "200"];
    let output = program.run_with_input(&args, &input.join("\n"));
    assert_eq!(output.status.code(), Some(1));
    let errors = text(&output.stderr);
    assert!(errors.contains("4 answers, "), "{errors}");
    assert!(errors.ends_with("error: 1 of 5 requests failed; their lines say why\n"), "{errors}");
    let answers = lines(&text(&output.stdout));
    let numbers: Vec<_> = answers.iter().map(|line| line["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 3, 4, 5, 6]);
    assert_eq!(answers[0]["id"], "story");
    assert_eq!(answers[0]["finish_reason"], "length");
    assert_eq!(answers[0]["stats"]["generated_tokens"], 30);
    assert_eq!(answers[1]["text"], "The capital of Japan is Tokyo.");
    assert!(answers[1].get("id").is_none() && answers[1]["queued_seconds"].is_f64());
    assert_eq!(answers[2]["id"]["n"], 1);
    assert!(answers[2]["reasoning"].as_str().unwrap().contains("7 + 8 = 15"));
    assert_eq!(answers[4]["error"], "temperature -3: expected 0 to 100");
    // Each is what it is alone.
    let story = ["--temp", "0", "-n", "30", "-p", "Tell me a story about a lost kitten."];
    assert_eq!(answers[0]["text"], answer(&story)["text"]);
    let raw = ["--temp", "0", "--raw", "-n", "5", "-p", "Once upon a time"];
    assert_eq!(answers[3]["text"], answer(&raw)["text"]);
}

#[test]
fn a_batch_is_refused_or_written_as_a_whole() {
    let program = Program::new();
    let (input, out) = (program.path("in.jsonl"), program.path("out.jsonl"));
    let paths = [input.to_str().unwrap(), out.to_str().unwrap()];
    fs::write(&input, "{\"prompt\": \"Hi\"}\n{\"prompts\": []}\n").unwrap();
    let error = program.refuse(&["batch", paths[0], "-o", paths[1]]);
    assert!(error.contains("\n  line 2: unknown field `prompts`"), "{error}");
    assert!(!out.exists());
    fs::write(&input, "\n").unwrap();
    assert_eq!(program.refuse(&["batch", paths[0]]), "error: there are no requests\n");
    assert!(program.refuse(&["batch", "--parallel", "33"]).contains("expected at most 32"));

    fs::write(&input, format!("{{\"prompt\": \"{JAPAN}\"}}\n")).unwrap();
    let args = ["batch", paths[0], "-q", "--temp", "0", "-o", paths[1], "--ctx", "100"];
    assert_eq!(program.say(&args), "");
    let answers = lines(&fs::read_to_string(&out).unwrap());
    assert_eq!(answers[0]["text"], "The capital of Japan is Tokyo.");
    // A prompt that is longer than the context fails by itself.
    let long = format!("{{\"prompt\": \"{}\"}}\n{{\"prompt\": \"Hi\"}}", "word ".repeat(100));
    let output = program.run_with_input(&["batch", "-q", "--ctx", "40", "-n", "2"], &long);
    let answers = lines(&text(&output.stdout));
    let error = answers[0]["error"].as_str().unwrap();
    assert!(error.ends_with("tokens does not fit the context of 40 tokens"), "{error}");
    assert_eq!(answers[1]["finish_reason"], "length");
}

#[test]
fn determinism_is_verified() {
    let program = Program::new();
    let args = ["verify", "--determinism", "--prompts", "3,17", "--gen", "3"];
    let table = program.say(&args);
    assert!(table.starts_with("tiny on CPU, "), "{table}");
    assert!(table.contains("\nstepwise     same bits  same                   same, 6 rows\n"));
    assert!(table.ends_with("\nevery promise is kept\n"), "{table}");
    let json: Value =
        serde_json::from_str(&program.say(&[&args[..], &["--json"]].concat())).unwrap();
    assert_eq!((&json["holds"], &json["prompts"][1]), (&true.into(), &17.into()));
    assert!(json["paths"].as_array().unwrap().iter().all(|path| path["rows_differ"] == 0));
    assert!(program.refuse(&["verify"]).contains("--determinism"));
}

#[test]
fn a_timeline_takes_the_memory_that_is_planned() {
    let json = Program::new().say(&["verify", "--memory", "200", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let bytes = |name: &str| json[name].as_u64().unwrap();
    assert_eq!(bytes("planned"), bytes("state") + bytes("cached_rows") + bytes("scratch"));
    assert_eq!((&json["holds"], &json["tokens"]), (&true.into(), &200.into()));
    // Where the system says it, it is measured.
    let is_measured = json["grown"].as_u64().is_none_or(|grown| grown * 10 > bytes("planned") * 9);
    assert!(is_measured, "{json}");
}

#[test]
fn a_batch_says_what_it_reused() {
    let program = Program::new();
    let folder = program.path("kept");
    let long = "Once there was a fox. ".repeat(20);
    let line = format!("{{\"prompt\": \"{long}\", \"raw\": true, \"max_tokens\": 3}}\n");
    let args = ["batch", "--temp", "0", "--parallel", "1", "--kv-dir", folder.to_str().unwrap()];
    let reuse = |input: &str| -> Vec<Value> {
        let output = program.run_with_input(&args, input);
        assert!(text(&output.stderr).contains(" reused), in "), "{}", text(&output.stderr));
        let answers = lines(&text(&output.stdout));
        answers.iter().map(|line| line["stats"]["reuse"].clone()).collect()
    };
    let both = reuse(&line.repeat(2));
    assert_eq!((&both[0]["tokens"], &both[0]["from"]), (&0.into(), &"nothing".into()));
    let n = both[1]["tokens"].as_u64().unwrap();
    assert!(n > 64 && both[1]["why"] == "longer", "{both:?}");
    // Another program finds it in the folder.
    let again = reuse(&line);
    assert_eq!((&again[0]["tokens"], &again[0]["from"]), (&n.into(), &"disk".into()));
}

#[test]
fn a_long_timeline_is_compared_byte_by_byte() {
    let json = Program::new().say(&["verify", "--determinism", "--tokens", "300", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["holds"], &json["tokens"]), (&true.into(), &300.into()));
    let paths = json["paths"].as_array().unwrap();
    assert_eq!(paths.len(), 4);
    assert!(paths.iter().all(|path| path["holds"] == true && path["pages_differ"] == 0));
}

#[test]
fn answers_can_be_held_to_a_schema() {
    let program = Program::new();
    let schema = program.path("color.json");
    fs::write(
        &schema,
        r#"{ "type": "object", "properties": { "color": { "enum": ["red", 7] } },
        "required": ["color"], "additionalProperties": false }"#,
    )
    .unwrap();
    let schema = schema.to_str().unwrap();
    for seed in ["1", "2", "3"] {
        let ask =
            ["run", "--json-schema", schema, "--temp", "1.5", "--seed", seed, "-p", "A color?"];
        let value: Value = serde_json::from_str(&program.say(&ask)).unwrap();
        assert!(value["color"] == "red" || value["color"] == 7, "{value}");
    }
    fs::write(schema, r#"{ "not": { "type": "string" } }"#).unwrap();
    let ask = ["run", "--json-schema", schema, "-p", "A color?"];
    let refusal = program.refuse(&ask);
    assert!(refusal.contains("`not` cannot be followed (at /not)"), "{refusal}");
    assert!(program.refuse(&["run", "--json-object", "--raw", "-p", "x"]).contains("--raw"));
}
