//! `ds4 doctor` on whatever machine the tests run on.

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::Value;

use super::{Program, said, text};

/// The fields of the facts, which `--help` promises.
const SECTIONS: [&str; 10] = [
    "build",
    "machine",
    "devices",
    "compilers",
    "model",
    "speed",
    "storage",
    "limits",
    "others",
    "power",
];

/// The report, whatever the exit status.
fn report(output: &Output) -> Value {
    let stderr = text(&output.stderr);
    assert!(!stderr.contains("panicked"), "{stderr}");
    serde_json::from_str(&text(&output.stdout)).unwrap()
}

/// The findings of a severity.
fn of_severity<'a>(report: &'a Value, severity: &str) -> Vec<&'a Value> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["severity"] == severity).collect()
}

#[test]
fn people_read_facts_and_findings() {
    let program = Program::new();
    let text = program.say(&["doctor"]);
    for section in ["build", "machine", "devices", "model", "speed", "storage"] {
        assert!(text.lines().any(|line| line.starts_with(section)), "{section}: {text}");
    }
    assert!(text.contains("ok      model: tiny fits cpu: "), "{text}");
    assert!(text.contains("speed: cpu decodes at most "), "{text}");
    assert!(!text.contains('\x1b'), "colors on a pipe");
    assert!(text.find("ok  ") > text.find("speed "), "findings come last");
    let help = program.say(&["doctor", "--help"]);
    assert!(help.contains("exit status is 1") && help.contains("Examples:"), "{help}");
    for section in SECTIONS {
        assert!(help.contains(section), "{section}");
    }
}

#[test]
fn programs_read_json() {
    let report = report(&Program::new().run(&["doctor", "--json"]));
    assert_eq!(report.as_object().unwrap().keys().collect::<Vec<_>>(), ["facts", "findings"]);
    let facts = report["facts"].as_object().unwrap();
    assert_eq!(facts.keys().collect::<Vec<_>>(), SECTIONS);
    assert_eq!(facts["model"]["name"], "tiny");
    assert_eq!(facts["model"]["bytes"], fs::metadata("models/ds4-tiny.gguf").unwrap().len());
    let fit = &facts["model"]["fits"][0];
    let takes =
        ["weights", "state", "cached_rows", "scratch"].map(|part| fit[part].as_u64().unwrap());
    assert!(fit["device"] == "cpu" && takes.iter().all(|bytes| *bytes > 0), "{fit}");
    let speed = &facts["speed"][0];
    let number = |key: &str| speed[key].as_f64().unwrap();
    let bound = number("bytes_per_second") / number("bytes_per_token");
    assert!((number("tokens_per_second") / bound - 1.0).abs() < 1e-6, "{speed}");
    for finding in report["findings"].as_array().unwrap() {
        let keys: Vec<_> = finding.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["severity", "section", "found", "expected", "mend", "commands"]);
        assert!(SECTIONS.contains(&finding["section"].as_str().unwrap()), "{finding}");
    }
    assert!(of_severity(&report, "problem").is_empty(), "{report}");
}

#[test]
fn a_model_that_does_not_run_is_a_problem() {
    let program = Program::new();
    let tiny = fs::read("models/ds4-tiny.gguf").unwrap();
    let mut renamed = tiny.clone();
    let at = tiny.windows(9).position(|bytes| bytes == b"deepseek4").unwrap();
    renamed[at] = b'\x1b';
    let huge = [b"GGUF\x03\0\0\0".as_slice(), &[0xff; 16], &[0x7f; 64]].concat();
    let hostile: [(&str, &[u8]); 6] = [
        ("empty", b""),
        ("noise", &[0xa5; 4096]),
        ("head", b"GGUF\x03\0\0\0"),
        ("huge", &huge),
        ("cut", &tiny[..tiny.len() / 2]),
        ("renamed", &renamed),
    ];
    for (name, bytes) in hostile {
        let path = program.path(name);
        fs::write(&path, bytes).unwrap();
        refused(&program, path.to_str().unwrap());
    }
    refused(&program, program.path("missing").to_str().unwrap());
    refused(&program, program.path("").to_str().unwrap());
}

/// A file that is a problem, in JSON and in text.
fn refused(program: &Program, path: &str) {
    let output = program.run(&["doctor", "--json", "-m", path]);
    assert_eq!(output.status.code(), Some(1), "{path}");
    assert_eq!(text(&output.stderr), "error: a problem keeps ds4 from running the model\n");
    let report = report(&output);
    assert!(report["facts"]["model"]["reason"].is_string(), "{report}");
    let problems = of_severity(&report, "problem");
    assert_eq!(problems.len(), 1, "{path}");
    assert_eq!(problems[0]["section"], "model");
    assert!(problems[0]["found"].as_str().unwrap().starts_with(path), "{report}");
    assert!(problems[0]["mend"].is_string(), "{report}");
    let output = program.run(&["doctor", "--model", path]);
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output.stdout);
    assert!(shown.contains("\nproblem model: ") && !shown.contains('\x1b'), "{shown}");
}

#[test]
fn the_device_that_is_asked_for_has_to_run_it() {
    let program = Program::new();
    let output = program.run(&["doctor", "--device", "cpu"]);
    assert!(said(&output).contains("tiny fits cpu"));
    assert_eq!(program.run(&["doctor", "--device", "toaster"]).status.code(), Some(2));
}

/// A program of the user's that is named like NVIDIA's.
#[cfg(unix)]
#[test]
fn cards_are_heard_of_through_their_tool() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = Program::new();
    let with_tool = |script: &str| {
        let path = program.path("nvidia-smi");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let others = std::env::var("PATH").unwrap();
        let mut command: Command = program.command(&["doctor", "--json"]);
        let home = program.path("");
        report(&command.env("PATH", format!("{}:{others}", home.display())).output().unwrap())
    };
    let answers = "case $1 in *gpu=*) echo '0, NVIDIA X, 570.1, Disabled, 500.00, 700.00, 1980, 1000, 900';;\n\
                   *) echo '4242, 900, /usr/bin/other';; esac";
    let report = with_tool(answers);
    assert_eq!(report["facts"]["power"]["cards"][0]["driver"], "570.1");
    assert_eq!(report["facts"]["others"]["on_gpus"][0]["pid"], 4242);
    let commands: Vec<_> = report["findings"].as_array().unwrap().iter().collect();
    let commands: Vec<_> =
        commands.iter().flat_map(|it| it["commands"].as_array().unwrap()).collect();
    for command in ["sudo nvidia-smi -i 0 -pl 700", "kill 4242"] {
        assert!(commands.iter().any(|known| **known == *command), "{report}");
    }
    for script in ["exit 9", "echo No devices were found", "head -c 100000 /dev/zero"] {
        assert_eq!(with_tool(script)["facts"]["power"]["cards"], Value::Array(vec![]));
    }
}
