//! `ds4 sessions`: named conversations.

mod command;
mod file;

pub(super) use command::Args;
pub(super) use file::{Named, Saved, now};
