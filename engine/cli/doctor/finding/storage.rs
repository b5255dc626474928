//! Where the model and what is kept lie.

use super::{
    Finding,
    Severity::{Note, Ok, Warning},
    devices::is_unwritable,
    quoted,
};
use crate::{cli::doctor::facts::Facts, device::Bytes};

const SECTION: &str = "storage";

/// Room below which little can be kept.
const LITTLE: u64 = 2_000_000_000;

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    [remote(facts), cached(facts), kept(facts)].into_iter().flatten().collect()
}

fn remote(facts: &Facts) -> Option<Finding> {
    let mount = facts.storage.model.as_ref().filter(|mount| mount.remote)?;
    let path = facts.model.path.as_deref().unwrap_or_default();
    let found = format!("the model comes over {} from {}", mount.file_system, mount.source);
    let finding = Finding::new(Warning, SECTION, found).expected("a disk of this machine");
    Some(finding.mend(format!("`cp {} FOLDER`, then `ds4 use` the copy", quoted(path))))
}

fn cached(facts: &Facts) -> Option<Finding> {
    let (cached, bytes) = (facts.storage.cached?, facts.model.bytes?);
    let found =
        format!("{} of the model's {} are in memory", Bytes(cached.min(bytes)), Bytes(bytes));
    if cached >= bytes / 10 * 9 {
        return Some(Finding::new(Ok, SECTION, found));
    }
    let finding = Finding::new(Note, SECTION, format!("{found}; the first start reads the rest"));
    let path = quoted(facts.model.path.as_deref().unwrap_or_default());
    let fits = facts.machine.most().is_some_and(|most| bytes < most);
    Some(if fits {
        finding.mend(format!("`cat {path} > /dev/null` reads it now"))
    } else {
        finding
    })
}

fn kept(facts: &Facts) -> Option<Finding> {
    let folder = facts.storage.kept.as_ref()?;
    let path = quoted(&folder.path);
    if is_unwritable(folder) {
        let found = format!("conversations cannot be kept in {}", folder.path);
        let finding =
            Finding::new(Warning, SECTION, found).expected("a folder that can be written");
        return Some(
            finding
                .mend(format!("`sudo chown -R \"$USER\" {path}`, or name another with --kv-dir")),
        );
    }
    let free = folder.free.filter(|free| *free < LITTLE)?;
    let found = format!("{} are free for conversations in {}", Bytes(free), folder.path);
    let finding = Finding::new(Warning, SECTION, found).expected("2 GB or more");
    Some(finding.mend("free some, or name another folder with --kv-dir; `ds4 kv list` shows it"))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::one, *};
    use crate::cli::doctor::facts::{Folder, Mount};

    const GB: u64 = 1_000_000_000;

    fn facts() -> Facts {
        let mut facts = Facts::default();
        facts.model.path = Some("/far/flash.gguf".to_owned());
        facts.model.bytes = Some(87 * GB);
        facts.machine.memory = Some(100 * GB);
        facts
    }

    #[test]
    fn a_model_on_a_network_is_copied() {
        let mut facts = facts();
        let mount = Mount {
            folder: "/far".to_owned(),
            source: "server:/m".to_owned(),
            file_system: "nfs4".to_owned(),
            remote: true,
        };
        facts.storage.model = Some(mount.clone());
        let found = one(&findings(&facts), "the model comes over nfs4 from server:/m");
        assert_eq!((found.severity, &*found.commands[0]), (Warning, "cp /far/flash.gguf FOLDER"));
        facts.storage.model = Some(Mount { remote: false, ..mount });
        assert_eq!(findings(&facts), []);
    }

    #[test]
    fn what_is_not_in_memory_is_read_at_the_first_start() {
        let mut facts = facts();
        facts.storage.cached = Some(87 * GB + 4096);
        assert_eq!(one(&findings(&facts), "87.00 GB of the model's 87.00 GB").severity, Ok);
        facts.storage.cached = Some(GB);
        let found = one(&findings(&facts), "1.00 GB of the model's");
        assert_eq!((found.severity, found.commands.len()), (Note, 1));
        facts.machine.memory = Some(24 * GB);
        assert_eq!(one(&findings(&facts), "1.00 GB of the model's").commands.len(), 0);
    }

    #[test]
    fn conversations_need_room_and_a_folder() {
        let mut facts = facts();
        let folder = |free, writable| {
            Some(Folder { path: "/k".to_owned(), bytes: 0, free: Some(free), writable })
        };
        facts.storage.kept = folder(GB, Some(true));
        assert_eq!(one(&findings(&facts), "1.00 GB are free").severity, Warning);
        facts.storage.kept = folder(90 * GB, Some(false));
        let found = one(&findings(&facts), "conversations cannot be kept in /k");
        assert_eq!(found.commands, ["sudo chown -R \"$USER\" /k"]);
        facts.storage.kept = folder(90 * GB, None);
        assert_eq!(findings(&facts), []);
    }
}
