//! Transcripts are whole and private, and the log has nothing of them.

use std::fs;

use serde_json::{Value, json};

use super::{
    http::{request, send},
    program::Program,
};

#[test]
fn transcripts_are_whole_and_the_log_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let traces = folder.path().join("traces");
    let program = Program::start(&[
        "--ctx",
        "512",
        "--api-key",
        "k-secret",
        "--trace",
        traces.to_str().unwrap(),
    ]);
    let question = "What is the capital of Japan?";
    let body = json!({
        "model": "ds4-tiny", "temperature": 0, "max_tokens": 20,
        "messages": [{"role": "user", "content": question}],
    });
    let mut stream = body.clone();
    stream["stream"] = json!(true);
    let mut answers = vec![];
    for body in [&body, &stream] {
        let head = "authorization: Bearer k-secret\r\nx-request-id: mine\r\n";
        let asked = request("POST", "/v1/chat/completions", head, &body.to_string());
        let response = send(program.address, &asked).whole();
        assert_eq!(response.status, 200, "{}", response.body);
        answers.push(response.body);
        // A second one begins the names of transcripts.
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
    let wrong = "authorization: Bearer k-wrong\r\n";
    let asked = request("POST", "/v1/chat/completions", wrong, &body.to_string());
    assert_eq!(send(program.address, &asked).whole().status, 401);
    let log = program.end();

    let mut files: Vec<_> = fs::read_dir(&traces).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 2, "who may not ask is not written down");
    for (file, (asked, answer)) in files.iter().zip([&body, &stream].into_iter().zip(&answers)) {
        let text = fs::read_to_string(file).unwrap();
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((&lines[0]["id"], &lines[0]["caller"]), (&json!("mine"), &json!("default")));
        assert_eq!(lines[0]["path"], "/v1/chat/completions");
        assert_eq!(lines[0]["request"], asked.to_string());
        let sent: String = lines[1..].iter().map(|line| line["sent"].as_str().unwrap()).collect();
        assert_eq!(&sent, answer);
        assert!(!text.contains("k-secret"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    assert!(log.contains("id=\"mine\"") && log.contains("caller=\"default\""), "{log}");
    for secret in ["k-secret", "k-wrong", "capital", "Japan", "Tokyo"] {
        assert!(!log.contains(secret), "{log}");
    }
}
