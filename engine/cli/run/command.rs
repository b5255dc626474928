//! The commands of a conversation, which begin with a slash.

/// What `/help` prints.
pub(super) const HELP: &str = "\
Commands:
  /think, /nothink   let the model think before it answers, or answer at once
  /system TEXT       give it instructions from now on; without TEXT, remove them
  /read FILE         put the text of a file before your next message
  /ctx               how much of the context is used
  /stats             speeds of the last answer
  /clear             begin a new conversation
  /help              this
  /quit              end (also Ctrl-D)

Messages of several lines:
  a line that ends with \\ goes on in the next line
  a line that begins with \"\"\" begins a message that ends with \"\"\", whatever lines it has
  a message that begins with a slash: put a space before it

Ctrl-C ends an answer, and the conversation goes on with what was written so far.
Arrow keys bring back earlier messages, Ctrl-R searches in them.";

/// The names, for hints.
const NAMES: [&str; 9] =
    ["/help", "/think", "/nothink", "/read", "/ctx", "/stats", "/clear", "/system", "/quit"];

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command<'a> {
    Help,
    Think,
    NoThink,
    Read(&'a str),
    Ctx,
    Stats,
    Clear,
    System(&'a str),
    Quit,
}

/// The command in `line`; `None` when it is a message, an error with a hint when it is neither.
pub(super) fn parse(line: &str) -> Option<Result<Command<'_>, String>> {
    if !line.starts_with('/') {
        return None;
    }
    let line = line.trim_end();
    let (name, text) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let text = text.trim_start();
    let command = match name {
        "/help" | "/?" => Command::Help,
        "/think" => Command::Think,
        "/nothink" => Command::NoThink,
        "/read" if text.is_empty() => {
            return Some(Err("/read needs the name of a file: /read FILE".to_owned()));
        }
        "/read" => return Some(Ok(Command::Read(text))),
        "/ctx" => Command::Ctx,
        "/stats" => Command::Stats,
        "/clear" => Command::Clear,
        "/system" => return Some(Ok(Command::System(text))),
        "/quit" | "/exit" | "/bye" => Command::Quit,
        _ => return Some(Err(unknown(name))),
    };
    if text.is_empty() { Some(Ok(command)) } else { Some(Err(format!("{name} stands alone"))) }
}

fn unknown(name: &str) -> String {
    let begins_alike = |known: &&&str| {
        known.starts_with(name) || name.starts_with(**known) || known.get(..3) == name.get(..3)
    };
    match NAMES.iter().find(begins_alike).filter(|_| name.len() > 1) {
        Some(known) => format!("there is no {name}; is it {known}? (/help lists the commands)"),
        None => format!(
            "there is no {name}; /help lists the commands. \
             To send it as a message, put a space before it"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_messages() {
        assert_eq!(parse("hello"), None);
        assert_eq!(parse(" /etc/hosts is a file"), None);
        assert_eq!(parse("/think "), Some(Ok(Command::Think)));
        assert_eq!(parse("/read  a file.txt"), Some(Ok(Command::Read("a file.txt"))));
        assert_eq!(parse("/system"), Some(Ok(Command::System(""))));
        assert_eq!(parse("/system Be brief."), Some(Ok(Command::System("Be brief."))));
        assert!(matches!(parse("/read"), Some(Err(_))));
        assert!(matches!(parse("/clear all"), Some(Err(_))));
    }

    #[test]
    fn unknown_commands_give_a_hint() {
        let hint = |line| parse(line).unwrap().unwrap_err();
        assert!(hint("/hel").contains("is it /help?"));
        assert!(hint("/thnk").starts_with("there is no /thnk; is it /think?"));
        assert!(hint("/etc/hosts").contains("put a space before it"));
        assert!(hint("/").contains("/help lists"));
        for name in NAMES {
            assert!(HELP.contains(name), "{name} is explained");
        }
    }
}
