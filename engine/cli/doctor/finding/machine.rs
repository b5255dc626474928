//! Memory, limits and other processes.

use super::{
    Finding,
    Severity::{Note, Warning},
    model::refused,
};
use crate::{
    cli::doctor::facts::{Facts, Fit, Limit, Process},
    device::Bytes,
};

/// Bytes of a GPU that a process may hold unmentioned: a desktop does.
const SMALL: u64 = 500_000_000;

/// Percentage of time from which on waiting for memory is felt.
const PRESSURE: f64 = 5.0;

/// Files that a server has open: a connection each, and some of its own.
const OPEN_FILES: u64 = 1024;

/// Memory that macOS needs for itself.
const RESERVED: u64 = 8 << 30;

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let memory = [swap(facts), container(facts), pressure(facts)];
    let limits = [address_space(facts), open_files(facts), overcommit(facts), wired(facts)];
    let mut findings: Vec<_> = memory.into_iter().chain(limits).flatten().collect();
    findings.extend(processes(facts));
    findings
}

/// The most that the model takes anywhere.
fn needed(facts: &Facts) -> u64 {
    facts.model.fits.iter().map(Fit::total).max().unwrap_or(0)
}

fn swap(facts: &Facts) -> Option<Finding> {
    let machine = &facts.machine;
    let used = machine.swap?.checked_sub(machine.swap_free?)?;
    // A little is what no program wants back.
    if used <= machine.memory? / 10 {
        return None;
    }
    let found = format!("{} of memory are swapped out to the disk", Bytes(used));
    let finding = Finding::new(Warning, "machine", found).expected("little or no swap in use");
    Some(finding.mend(if facts.limits.wired_limit_mb.is_some() {
        "end what holds memory, then restart the machine"
    } else {
        "end what holds memory, then `sudo swapoff -a && sudo swapon -a` reads the rest back"
    }))
}

fn container(facts: &Facts) -> Option<Finding> {
    let limit = facts.machine.container?.limit;
    if facts.machine.memory.is_some_and(|memory| limit >= memory) {
        return None;
    }
    let needed = needed(facts);
    let found = format!("the container may use {}", Bytes(limit));
    if needed <= limit {
        return Some(Finding::new(Note, "machine", found));
    }
    let mebibytes = needed.div_ceil(1 << 20);
    Some(Finding::new(Warning, "machine", found).expected(Bytes(needed).to_string()).mend(format!(
        "start it with more: `docker run --memory {mebibytes}m`, or without a limit"
    )))
}

fn pressure(facts: &Facts) -> Option<Finding> {
    let percent = facts.others.memory_pressure.filter(|percent| *percent >= PRESSURE)?;
    let found = format!("programs waited for memory in {percent:.0} % of the last ten seconds");
    let finding = Finding::new(Warning, "others", found).expected("less than 5 %");
    Some(finding.mend("end what holds memory; `ps aux --sort=-rss` lists it"))
}

fn processes(facts: &Facts) -> Vec<Finding> {
    let short = |on_gpu: bool| {
        let mut fits = facts.model.fits.iter().filter(|fit| (fit.device != "cpu") == on_gpu);
        fits.any(|fit| refused(fit) || (!on_gpu && fit.free.is_some_and(|free| fit.total() > free)))
    };
    let finding = |process: &Process, what: &str, is_short: bool| {
        let Process { pid, name, bytes } = process;
        let held = bytes.map_or("some".to_owned(), |bytes| Bytes(bytes).to_string());
        let severity = if is_short { Warning } else { Note };
        let found = format!("process {pid} ({name}) holds {held} of {what}");
        Finding::new(severity, "others", found)
            .mend(format!("`kill {pid}` ends it, if it is yours"))
    };
    let others = &facts.others;
    let on_gpus = others.on_gpus.iter().filter(|it| it.bytes.is_none_or(|bytes| bytes > SMALL));
    let on_gpus = on_gpus.map(|process| finding(process, "a card's memory", short(true)));
    let large = others.large.iter().map(|process| finding(process, "memory", short(false)));
    on_gpus.chain(large).collect()
}

fn address_space(facts: &Facts) -> Option<Finding> {
    let Some(Limit::At(most)) = facts.limits.address_space else { return None };
    let needed = facts.model.bytes.unwrap_or(0).saturating_add(needed(facts));
    if most >= needed {
        return None;
    }
    let found = format!("a process may have {} of addresses", Bytes(most));
    let finding = Finding::new(Warning, "limits", found);
    Some(finding.expected(format!("at least {}", Bytes(needed))).mend("`ulimit -v unlimited`"))
}

fn open_files(facts: &Facts) -> Option<Finding> {
    let Some(Limit::At(most)) = facts.limits.open_files else { return None };
    if most >= OPEN_FILES {
        return None;
    }
    let found = format!("a process may open {most} files");
    let finding = Finding::new(Warning, "limits", found).expected("1024 for `ds4 serve`");
    Some(finding.mend("`ulimit -n 1024`"))
}

fn overcommit(facts: &Facts) -> Option<Finding> {
    facts.limits.overcommit.filter(|mode| *mode == 2)?;
    let found = "the system promises no more memory than there is (vm.overcommit_memory is 2)";
    let finding = Finding::new(Note, "limits", found);
    Some(finding.mend("should memory run out early, `sudo sysctl vm.overcommit_memory=0`"))
}

/// macOS: what a GPU may hold.
fn wired(facts: &Facts) -> Option<Finding> {
    let (memory, needed) = (facts.machine.memory?, needed(facts));
    let allowed = match facts.limits.wired_limit_mb? {
        // The system's own choice.
        0 if memory <= 36 << 30 => memory / 3 * 2,
        0 => memory / 4 * 3,
        megabytes => megabytes.saturating_mul(1 << 20),
    };
    if needed <= allowed {
        return None;
    }
    let found = format!("a GPU may hold {} of {}", Bytes(allowed), Bytes(memory));
    // Buffers are rounded up, and the screen takes some.
    let megabytes = (needed / 20 * 21).div_ceil(1 << 30) * 1024;
    let mend = if megabytes << 20 <= memory.saturating_sub(RESERVED) {
        format!("`sudo sysctl iogpu.wired_limit_mb={megabytes}`, until the next restart")
    } else {
        "the model leaves the system too little memory; use a smaller recipe".to_owned()
    };
    let has_metal = facts.build.features.contains(&"metal");
    let severity = if has_metal { Warning } else { Note };
    Some(Finding::new(severity, "limits", found).expected(Bytes(needed).to_string()).mend(mend))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::one, *};
    use crate::cli::doctor::facts::Container;

    const GB: u64 = 1_000_000_000;

    /// A machine of 100 GB with a model of 87 GB.
    fn facts() -> Facts {
        let mut facts = Facts::default();
        facts.machine.memory = Some(100 * GB);
        let fit = Fit { device: "cpu", weights: 87 * GB, free: Some(90 * GB), ..Fit::default() };
        facts.model.fits = vec![fit];
        facts
    }

    #[test]
    fn nothing_is_said_of_what_is_well() {
        let mut facts = facts();
        (facts.machine.swap, facts.machine.swap_free) = (Some(20 * GB), Some(15 * GB));
        facts.machine.container = Some(Container { limit: 200 * GB, used: None });
        facts.others.memory_pressure = Some(1.0);
        facts.limits.open_files = Some(Limit::At(1024));
        facts.limits.address_space = Some(Limit::Unlimited);
        facts.limits.overcommit = Some(0);
        assert_eq!(findings(&facts), []);
    }

    #[test]
    fn heavy_swap_is_found() {
        let mut facts = facts();
        (facts.machine.swap, facts.machine.swap_free) = (Some(20 * GB), Some(GB));
        let found = one(&findings(&facts), "19.00 GB of memory are swapped");
        assert_eq!(found.severity, Warning);
        assert_eq!(found.commands, ["sudo swapoff -a && sudo swapon -a"]);
        facts.machine.swap_free = Some(30 * GB);
        assert_eq!(findings(&facts), []);
    }

    #[test]
    fn a_tight_container_is_found() {
        let mut facts = facts();
        facts.machine.container = Some(Container { limit: 24 * GB, used: Some(0) });
        let found = one(&findings(&facts), "the container may use 24.00 GB");
        assert_eq!(found.severity, Warning);
        assert_eq!(found.commands, ["docker run --memory 82970m"]);
        facts.machine.container = Some(Container { limit: 90 * GB, used: None });
        assert_eq!(one(&findings(&facts), "the container may use 90").severity, Note);
    }

    #[test]
    fn pressure_is_found() {
        let mut facts = facts();
        facts.others.memory_pressure = Some(40.0);
        assert_eq!(one(&findings(&facts), "programs waited for memory in 40 %").severity, Warning);
    }

    #[test]
    fn processes_that_hold_memory_are_named() {
        let mut facts = facts();
        let process = |pid, bytes| Process { pid, name: "x".to_owned(), bytes };
        facts.others.on_gpus =
            vec![process(7, Some(60 * GB)), process(8, Some(SMALL)), process(9, None)];
        facts.others.large = vec![process(10, Some(20 * GB))];
        let found = findings(&facts);
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|finding| finding.severity == Note), "{found:?}");

        let refused = Some("no room".to_owned());
        facts.model.fits.push(Fit { device: "cuda", refused, ..Fit::default() });
        let found = one(&findings(&facts), "process 7 (x) holds 60.00 GB of a card's memory");
        assert_eq!((found.severity, &*found.commands[0]), (Warning, "kill 7"));
        assert_eq!(one(&findings(&facts), "process 9 (x) holds some of").severity, Warning);
        let words = "process 10 (x) holds 20.00 GB of memory";
        assert_eq!(one(&findings(&facts), words).severity, Note);
        facts.model.fits[0].free = Some(80 * GB);
        assert_eq!(one(&findings(&facts), words).severity, Warning);
    }

    #[test]
    fn limits_of_the_process_are_found() {
        let mut facts = facts();
        facts.limits.address_space = Some(Limit::At(50 * GB));
        facts.limits.open_files = Some(Limit::At(256));
        facts.limits.overcommit = Some(2);
        let found = findings(&facts);
        assert_eq!(one(&found, "a process may have 50.00 GB").commands, ["ulimit -v unlimited"]);
        assert_eq!(one(&found, "a process may open 256").commands, ["ulimit -n 1024"]);
        assert_eq!(one(&found, "the system promises").severity, Note);
    }

    #[test]
    fn the_wired_limit_is_raised_as_far_as_the_model_needs() {
        let mut facts = facts();
        facts.machine.memory = Some(96 << 30);
        facts.limits.wired_limit_mb = Some(0);
        facts.build.features = vec!["metal"];
        let found = one(&findings(&facts), "a GPU may hold 77.31 GB of 103.08 GB");
        assert_eq!(found.severity, Warning);
        // 87 GB and a twentieth more, in whole GiB.
        assert_eq!(found.commands, ["sudo sysctl iogpu.wired_limit_mb=88064"]);
        facts.limits.wired_limit_mb = Some(90_000);
        assert_eq!(findings(&facts), []);
        facts.limits.wired_limit_mb = Some(0);
        facts.machine.memory = Some(64 << 30);
        facts.build.features = vec![];
        let found = one(&findings(&facts), "a GPU may hold 51.54 GB");
        assert_eq!((found.severity, found.commands.len()), (Note, 0));
        facts.machine.memory = Some(32 << 30);
        one(&findings(&facts), "a GPU may hold 22.91 GB");
        facts.machine.memory = Some(128 << 30);
        assert_eq!(findings(&facts), []);
    }
}
