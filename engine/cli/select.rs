//! `ds4 use`, and which model a command runs.

use std::{
    env, fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use directories::ProjectDirs;

use super::{atomic::AtomicFile, open, say};
use crate::{gguf::Gguf, model};

/// The model that is looked for when none is chosen.
const BUNDLED: &str = "models/ds4-tiny.gguf";

/// Chooses the model that the other commands use when they get no -m.
///
/// The file is checked first: it must be whole and a model that this build runs. Its path is kept
/// in a file named `model` in the program's settings folder. Without a choice, ds4-tiny is used
/// where it can be found: at models/ds4-tiny.gguf from the current folder, or beside the program
/// or any folder above it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "See --help for where the choice is kept, and examples.",
    after_long_help = "\
Examples:
  ds4 use ~/models/flash-q2.gguf   choose
  ds4 use                          show which model is used, and why
  ds4 use --reset                  forget the choice"
)]
pub(super) struct Args {
    /// The model file; without it, the current choice is shown.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Forget the choice.
    #[arg(long, conflicts_with = "file")]
    reset: bool,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let settings = settings_file()?;
        if self.reset {
            return match fs::remove_file(&settings) {
                Ok(()) => say("the choice is forgotten"),
                Err(error) if error.kind() == io::ErrorKind::NotFound => say("no model was chosen"),
                Err(error) => {
                    Err(error).with_context(|| format!("cannot remove {}", settings.display()))
                }
            };
        }
        match self.file {
            Some(file) => choose(&file, &settings),
            None => show(&settings),
        }
    }
}

/// The model file to run: `flag` if given, else the chosen one, else ds4-tiny.
///
/// # Errors
///
/// The chosen file is gone, or nothing was chosen and ds4-tiny is not found.
pub(super) fn model_path(flag: Option<PathBuf>) -> Result<PathBuf> {
    match flag {
        Some(path) => Ok(path),
        None => match chosen(&settings_file()?)? {
            Some(path) => existing(path),
            None => bundled(),
        },
    }
}

fn choose(file: &Path, settings: &Path) -> Result<()> {
    let path = std::path::absolute(file)
        .with_context(|| format!("cannot find out where {} is", file.display()))?;
    let gguf = Gguf::open(&path)?;
    let plan = model::check(&gguf)?;
    open::model_tokenizer(&gguf)?;
    let text = path.to_str();
    let text = text.with_context(|| format!("{} is not a UTF-8 path", path.display()))?;
    ensure!(!text.contains('\n'), "{text:?}: a path with a line break cannot be kept");
    let folder = settings.parent().context("the settings have no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut out = AtomicFile::create(settings)?;
    writeln!(out, "{text}").with_context(|| format!("cannot write {}", settings.display()))?;
    out.finish()?;
    say(&format!("{text} ({}) is used from now on", plan.model.name))
}

fn show(settings: &Path) -> Result<()> {
    match chosen(settings)? {
        Some(path) => {
            let path = existing(path)?;
            say(&format!("{}\n  chosen in {}", path.display(), settings.display()))
        }
        None => {
            let path = bundled()?;
            say(&format!("{}\n  no model was chosen; this one was found", path.display()))
        }
    }
}

/// The path in the settings.
fn chosen(settings: &Path) -> Result<Option<PathBuf>> {
    let text = match fs::read_to_string(settings) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", settings.display()));
        }
    };
    let path = PathBuf::from(text.trim_end_matches(['\n', '\r']));
    ensure!(
        path.is_absolute(),
        "{} does not hold a path\nhelp: `ds4 use --reset` forgets it",
        settings.display()
    );
    Ok(Some(path))
}

fn existing(path: PathBuf) -> Result<PathBuf> {
    ensure!(
        path.exists(),
        "the chosen model is gone: {}\n\
         help: `ds4 use FILE` chooses another, `ds4 use --reset` forgets the choice, \
         -m FILE overrides it",
        path.display()
    );
    Ok(path)
}

/// ds4-tiny, from the current folder or beside the program.
fn bundled() -> Result<PathBuf> {
    let mut places = vec![env::current_dir().context("there is no current folder")?];
    if let Ok(program) = env::current_exe() {
        places.extend(program.ancestors().skip(1).map(Path::to_path_buf));
    }
    let found = places.iter().map(|place| place.join(BUNDLED)).find(|path| path.is_file());
    if let Some(path) = found {
        return Ok(path);
    }
    let places: Vec<_> = places.iter().map(|place| format!("  {}", place.display())).collect();
    bail!(
        "no model: none was given or chosen, and {BUNDLED} is in none of these folders\n{}\n\
         help: name a model file with -m FILE, or choose one with `ds4 use FILE`",
        places.join("\n")
    )
}

fn settings_file() -> Result<PathBuf> {
    let folders = ProjectDirs::from("", "", "ds4");
    let folders = folders.context("the system names no home folder for settings\nhelp: use -m")?;
    Ok(folders.config_dir().join("model"))
}
