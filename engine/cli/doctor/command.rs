//! Other programs that know more, run for a few seconds at most.

use std::{
    io::Read as _,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// How long a program may take: a card whose driver sleeps takes some seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a program writes, if it is there and ends soon; its exit status and errors do not matter.
pub(super) fn output(program: &str, args: &[&str]) -> Option<String> {
    output_within(PATIENCE, program, args)
}

fn output_within(patience: Duration, program: &str, args: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let mut stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    // Not waited for: whatever the program left running may hold the pipe open.
    thread::spawn(move || {
        let mut bytes = vec![];
        let read = stdout.read_to_end(&mut bytes);
        // Nobody listens any more when it took too long.
        let _ = sender.send(read.map(|_| bytes));
    });
    let read = receiver.recv_timeout(patience);
    // It has ended, or has to.
    let _ = child.kill();
    let _ = child.wait();
    Some(String::from_utf8_lossy(&read.ok()?.ok()?).into_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn programs_are_heard_or_given_up() {
        assert_eq!(output("sh", &["-c", "echo said; exit 3"]).as_deref(), Some("said\n"));
        assert_eq!(output("ds4-no-such-program", &[]), None);
        let begun = Instant::now();
        assert_eq!(output_within(Duration::from_millis(50), "sleep", &["60"]), None);
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
