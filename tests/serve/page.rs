//! The chat page in a real browser: `clients/page.mjs` looks at it and uses it as a person would,
//! and the script behind the server says what it was asked.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use ds4::{
    schedule::Refusal,
    serve::{Ending, Server, Settings},
};

use super::{
    http::{request, send},
    script::Script,
    scripted, settings, tiny, with_keys,
};

/// Where browsers are, under the names of their packages.
fn browser() -> Option<String> {
    let named = std::env::var("DS4_CHROMIUM").ok();
    let known = ["chromium-headless-shell", "chromium", "google-chrome"];
    let path = std::env::var("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let found = known.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    named.or_else(|| {
        found.filter(|file| file.is_file()).find_map(|file| Some(file.to_str()?.into()))
    })
}

/// Runs a case in a browser. At each line that it says, `at` is called and the case goes on; says
/// whether it was run.
fn browse_with(case: &str, address: SocketAddr, mut at: impl FnMut(&str)) -> bool {
    let clients = tiny::installed();
    let missing = "Node with playwright-core of tests/serve/clients/package.json, and Chromium";
    let has_driver = Path::new(&format!("{clients}/node_modules/playwright-core")).exists();
    let Some(browser) = browser().filter(|_| has_driver) else {
        println!("skipped: {missing}");
        return false;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve/clients/page.mjs");
    let mut command = Command::new("node");
    command.args([script, &format!("http://{address}"), case]);
    command.env("DS4_NODE_CLIENTS", clients).env("DS4_CHROMIUM", browser);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        println!("skipped: {missing}");
        return false;
    };
    let mut input = child.stdin.take().unwrap();
    let mut is_ok = false;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        is_ok = line == "ok";
        if !is_ok {
            at(&line);
            writeln!(input).unwrap();
        }
    }
    let wrong = child.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&wrong.stderr);
    assert!(wrong.status.success() && is_ok, "{case}: {words}");
    true
}

fn browse(case: &str, server: &Server) -> bool {
    browse_with(case, server.address(), |line| panic!("{line}"))
}

fn script(says: &str) -> Arc<Script> {
    script_with(says, |script| script.pace = Duration::from_millis(3))
}

fn script_with(says: &str, change: impl FnOnce(&mut Script)) -> Arc<Script> {
    let mut script = Script::new(says);
    change(&mut script);
    Arc::new(script)
}

/// What most cases are answered.
const ANSWER: &str = "I look it up.</think>**Tokyo** is the capital, `東京` 🗼 in Japanese.\n\n\
                      - one\n- two\n  1. nested\n\n```rust\nfn main() {}\n```\n\n\
                      | a | b |\n|---|---|\n| 1 | 2 |\n\nThe end.";

#[test]
fn it_is_one_document_for_everybody_with_a_strict_policy() {
    let server = scripted(&Arc::new(Script::new("Hello")), with_keys());
    let page = send(server.address(), &request("GET", "/", "", "")).whole();
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    let (_, nonce) = policy.split_once("script-src 'nonce-").unwrap();
    let (nonce, _) = nonce.split_once('\'').unwrap();
    assert_eq!(page.body.matches(nonce).count(), 2, "the style and the script have the word");
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    for secret in ["k-ada", "k-bob", "ada", "bob"] {
        assert!(!page.body.contains(&format!("\"{secret}\"")), "{secret}");
    }
    let again = send(server.address(), &request("GET", "/", "", "")).whole();
    assert!(!again.body.contains(nonce), "each response has its own word");
    let head = send(server.address(), &request("HEAD", "/", "", "")).head();
    assert_eq!((head.status, head.header("content-type")), (200, page.header("content-type")));
    let other = send(server.address(), &request("POST", "/", "x-api-key: k-ada\r\n", "{}")).whole();
    assert_eq!(other.status, 405);
}

#[test]
fn answers_are_shown_as_they_come() {
    let script = script(ANSWER);
    let server = scripted(&script, settings());
    if browse("answers", &server) {
        let prompt = script.last_prompt();
        assert!(prompt.contains("Be brief.") && prompt.contains("And <b>this</b>?"), "{prompt}");
        assert_eq!(script.n_asked(), 2);
    }
}

#[test]
fn tools_are_called_and_answered() {
    let call = "I ask.\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"weather\">\n\
                <｜DSML｜parameter name=\"city\" string=\"true\">Tokyo</｜DSML｜parameter>\n\
                </｜DSML｜invoke>\n</｜DSML｜tool_calls>";
    let script = script(call);
    let server = scripted(&script, settings());
    if browse("tools", &server) {
        let prompt = script.last_prompt();
        assert!(prompt.contains("sunny, 25 degrees"), "{prompt}");
    }
}

#[test]
fn what_is_stopped_is_no_longer_computed() {
    let script = script_with("word ", |script| {
        script.endless = true;
        script.pace = Duration::from_millis(5);
    });
    let server = scripted(&script, settings());
    if browse_with("stop", server.address(), |_| script.expect_canceled(1)) {
        script.expect_canceled(3);
        assert_eq!(script.n_asked(), 3);
    }
}

#[test]
fn branches_are_kept_and_found_again() {
    let script = script("Hello.");
    let server = scripted(&script, settings());
    browse("branches", &server);
}

#[test]
fn each_token_says_how_probable_it_was() {
    let script = script(ANSWER.split_once("</think>").unwrap().1);
    let server = scripted(&script, settings());
    browse("probabilities", &server);
}

#[test]
fn waiting_has_its_state() {
    let script = script_with("Hello.", |script| {
        script.queue = (2, Duration::from_millis(800));
        script.silence = Duration::from_millis(800);
    });
    let heartbeat = Duration::from_millis(50);
    let server = scripted(&script, Settings { heartbeat, ..settings() });
    browse("waiting", &server);
}

#[test]
fn it_fits_a_phone() {
    let wide = "word".repeat(100);
    let says = format!("{wide}\n\n```\n{wide}\n```\n\n| {wide} | {wide} |\n|---|---|\n| 1 | 2 |\n");
    let server = scripted(&script(&says), settings());
    browse("phone", &server);
}

#[test]
fn it_is_light_or_dark_and_still_where_motion_disturbs() {
    let says = "It was asked for the reason, so that comes first, then a way to see it.</think>\
                Air scatters **blue** light more than red: the share grows with the fourth power of \
                the frequency (*Rayleigh scattering*).\n\n\
                1. Sunlight has all colors.\n2. Blue light, at 450 nm, is scattered about four times \
                as much as red light at 650 nm.\n3. So it reaches the eye from everywhere, not from \
                the sun alone.\n\n```python\nratio = (650 / 450) ** 4\nprint(f\"{ratio:.2f}\")  # 4.35\n\
                ```\n\nNear sunset the way through the air is long, and mostly red is left.";
    let server =
        scripted(&script_with(says, |script| script.pace = Duration::from_millis(6)), settings());
    browse("looks", &server);
}

#[test]
fn it_needs_no_mouse() {
    let server = scripted(&script("Hello there."), settings());
    browse("keyboard", &server);
}

#[test]
fn a_key_is_asked_for_and_not_kept() {
    let server = scripted(&script("Hello."), with_keys());
    browse("keys", &server);
}

#[test]
fn what_a_model_says_is_not_run() {
    let says = "<img src=x onerror=\"window.hacked = 1\">\n\n</script><script>window.hacked = 1\
                </script>\n\n[link](javascript:window.hacked=1) [out](https://example.com/) \
                ![picture](https://example.com/x.png)\n\n- <b onclick=\"hacked = 1\">list</b>\n\n\
                ```html\"><img src=x onerror=hacked=1>\n<iframe src=\"//example.com\"></iframe>\n```";
    let server = scripted(&script(says), settings());
    browse("hostile", &server);
}

#[test]
fn refusals_have_their_words() {
    let full = script_with("", |script| script.refusal = Some(Refusal::QueueFull { most: 4 }));
    browse("refused", &scripted(&full, settings()));
    let broken = script_with("Some words", |script| script.fails = true);
    browse("failed", &scripted(&broken, settings()));
}

#[test]
fn it_goes_on_after_a_restart() {
    let script = script("Hello.");
    let mut server = Some(scripted(&script, settings()));
    let address = server.as_ref().unwrap().address();
    browse_with("restart", address, |line| {
        if let Some(server) = server.take() {
            assert_eq!(line, "down");
            server.end(Ending::Stop);
            server.wait();
        } else {
            server = Some(scripted(&script, Settings { address, ..settings() }));
        }
    });
}

#[test]
fn ds4_tiny_answers_on_the_page() {
    browse("tiny", tiny::server());
}
