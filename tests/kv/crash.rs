//! Programs that are killed while they write to a folder that they share.
//!
//! `DS4_KV_CRASHES` says how often, 20 times by default.

use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use ds4::{
    kv::{
        Kv,
        disk::{Catalog, Folder, evict},
    },
    tokenizer::TokenId,
};

use super::{Keeper, on_disk, tokens};

/// Says to a child which folder it writes to.
const CHILD: &str = "DS4_KV_CRASH_FOLDER";

/// Timelines of a few tokens, one page, and a page and some; the last two share their page.
fn prompts() -> [Vec<TokenId>; 3] {
    [tokens(1, 21), tokens(2, 257), tokens(2, 290)]
}

/// Keeps the timelines in a folder and removes some or all of them, until it is killed.
#[test]
fn child() {
    let Some(folder) = env::var_os(CHILD) else { return };
    let (folder, source) = (Path::new(&folder).join("shared"), Path::new(&folder).join("source"));
    // A program that only waits for the disk has more chances to be killed while it writes.
    let mut keeper = Keeper::new(&on_disk(&source));
    let sessions = prompts().map(|prompt| {
        let resumed = keeper.resume(None, &prompt);
        assert_eq!(resumed.session.len(), prompt.len() - 1);
        resumed.session
    });
    writeln!(io::stdout(), "\nready").unwrap();
    for limit in [1_600_000, 800_000, 0].into_iter().cycle() {
        keeper.kv = Kv::open(&keeper.engine, &on_disk(&folder));
        for session in &sessions {
            keeper.keep(session);
        }
        keeper.kv.flush();
        let disk = Folder::open(&folder).unwrap();
        evict(&disk, &mut Catalog::default(), limit).unwrap();
    }
}

fn spawn(folder: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["crash::child", "--exact", "--nocapture"]).env(CHILD, folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until a child writes; what it says is read on, so that nothing holds it up.
fn wait(child: &mut Child) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "ready"), "the child is ready");
}

#[test]
fn a_killed_program_leaves_a_folder_without_a_wrong_token() {
    if env::var_os(CHILD).is_some() {
        return;
    }
    let n_rounds = env::var("DS4_KV_CRASHES").map_or(20, |n| n.parse::<u64>().unwrap());
    let both = tempfile::tempdir().unwrap();
    let (folder, source) = (both.path().join("shared"), both.path().join("source"));
    let mut keeper = Keeper::new(&on_disk(&source));
    let prompts = prompts();
    let expected = prompts.each_ref().map(|prompt| {
        let mut session = keeper.session(&prompt[..prompt.len() - 1]);
        keeper.keep(&session);
        let logits = keeper.go_on(&mut session, prompt, &[]);
        keeper.engine.close(session);
        logits
    });
    keeper.kv.flush();
    fs::create_dir(&folder).unwrap();
    let (mut n_found, mut n_partial) = (0, 0);
    for round in 0..n_rounds {
        // Two programs at a time, killed at different moments.
        let mut children = [spawn(both.path()), spawn(both.path())];
        children.iter_mut().for_each(wait);
        for (number, mut child) in (0..).zip(children) {
            let moment = (round * 7919 + number * 104_729) * 2_654_435_761 % 40_000;
            thread::sleep(Duration::from_micros(moment));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let names = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name());
        n_partial += names.filter(|name| name.to_str().unwrap().starts_with(".partial")).count();
        keeper.kv = Kv::open(&keeper.engine, &on_disk(&folder));
        for (prompt, expected) in prompts.iter().zip(&expected) {
            let mut resumed = keeper.resume(None, prompt);
            if resumed.receipt.n_reused > 0 {
                n_found += 1;
                let logits = keeper.go_on(&mut resumed.session, prompt, &[]);
                assert!(logits == *expected, "round {round}: wrong logits");
            }
            keeper.engine.close(resumed.session);
        }
        // Nothing is torn, only absent.
        assert_eq!(keeper.kv.take_warnings(), [""; 0], "round {round}");
        // What was being written goes when nobody writes.
        let disk = Folder::open(&folder).unwrap();
        assert!(evict(&disk, &mut Catalog::default(), u64::MAX).unwrap().is_some());
        let mut names = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name());
        assert!(!names.any(|name| name.to_str().unwrap().starts_with(".partial")));
    }
    // Written directly, since the test runner hides what a passing test prints.
    let mut stderr = io::stderr();
    writeln!(stderr, "{n_rounds} rounds: {n_found} timelines found, {n_partial} files cut off")
        .unwrap();
}
