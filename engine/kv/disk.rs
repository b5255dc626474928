//! Marks and pages as files of a folder, which several programs may share.
//!
//! A file is named after its [`Key`](super::key::Key) and is written whole or not at all; whatever
//! in it decides anything is checked before it is used (`file`). The folder itself is the truth: a
//! [`Catalog`] is what a program last saw of it, and an index only spares reading the beginning of
//! every file. What fails is a warning, and what cannot be read is computed again.

mod catalog;
mod evict;
mod file;
mod folder;
mod index;
mod seal;
mod store;
mod writer;

pub use catalog::{Catalog, Changes, Entry, pin_file};
pub use evict::{Evicted, drop_mark, evict};
pub use file::{Damaged, Head, Kind, Name, check_whole, read_whole};
pub use folder::{Disk, Folder, Listed, Lock};
pub use seal::{BadSecret, Secret};
pub use store::{Settings, Shape, Store};
