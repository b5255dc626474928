//! The machine, its limits and what else runs on it, as Linux tells in files.

use std::{cmp::Reverse, num::NonZero, path::Path, process, thread};

use super::{
    facts::{Container, Limit, Limits, Machine, Others, Process},
    root::{Root, kilobytes, value},
};

/// Processes that are named.
const LARGE_SHOWN: usize = 5;

/// Part of the memory that makes a process a large one.
const LARGE: u64 = 20;

/// Makers of GPUs, by the number that the bus has for them.
const MAKERS: [(&str, &str); 3] = [("0x10de", "NVIDIA"), ("0x1002", "AMD"), ("0x8086", "Intel")];

/// Limits of control groups from here on are none: version 1 writes the largest whole page.
const NO_LIMIT: u64 = 1 << 60;

/// The machine.
pub(super) fn machine(root: &Root) -> Machine {
    let memory = root.text("proc/meminfo").unwrap_or_default();
    let bytes = |key| kilobytes(&memory, key);
    let release = root.text("etc/os-release").unwrap_or_default();
    Machine {
        system: value(&release, "PRETTY_NAME", '=').map(str::to_owned),
        kernel: root.text("proc/sys/kernel/osrelease"),
        threads: thread::available_parallelism().map_or(1, NonZero::get),
        memory: bytes("MemTotal"),
        available: bytes("MemAvailable"),
        swap: bytes("SwapTotal"),
        swap_free: bytes("SwapFree"),
        container: container(root),
        huge_pages: root
            .text("sys/kernel/mm/transparent_hugepage/enabled")
            .and_then(|modes| Some(modes.split_once('[')?.1.split_once(']')?.0.to_owned()))
            .filter(|mode| !mode.is_empty()),
        gpus: gpus(root),
    }
}

/// Makers of the display and compute controllers on the bus.
fn gpus(root: &Root) -> Vec<&'static str> {
    const BUS: &str = "sys/bus/pci/devices";
    let maker = |name: String| {
        let text = |file| root.text(&format!("{BUS}/{name}/{file}"));
        let class = text("class")?;
        // Display controllers, and processing accelerators.
        (class.starts_with("0x03") || class.starts_with("0x12")).then_some(())?;
        let vendor = text("vendor")?;
        MAKERS.iter().find(|(number, _)| *number == vendor).map(|(_, maker)| *maker)
    };
    root.names(BUS).into_iter().filter_map(maker).collect()
}

/// The tightest limit of the control groups that the process is in.
fn container(root: &Root) -> Option<Container> {
    let groups = root.text("proc/self/cgroup").unwrap_or_default();
    let group = |line: &str| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        let is_old = controllers.split(',').any(|name| name == "memory");
        (is_old || controllers.is_empty()).then(|| {
            let names = if is_old {
                ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "rss")
            } else {
                ("sys/fs/cgroup", "memory.max", "anon")
            };
            (path.to_owned(), names)
        })
    };
    let limits = groups.lines().filter_map(group).flat_map(|(path, (top, limit, used))| {
        // Inside of a container, its own group is at the top.
        let folders: Vec<_> = Path::new(&path).ancestors().map(Path::to_path_buf).collect();
        folders.into_iter().filter_map(move |folder| {
            let folder = format!("{top}/{}", folder.to_string_lossy().trim_matches('/'));
            let limit = root.number(&format!("{folder}/{limit}"))?;
            let stat = root.text(&format!("{folder}/memory.stat")).unwrap_or_default();
            let used = value(&stat, used, ' ').and_then(|bytes| bytes.parse().ok());
            (limit < NO_LIMIT).then_some(Container { limit, used })
        })
    });
    limits.min_by_key(|container| container.limit)
}

/// Limits of this process and of the system.
pub(super) fn limits(root: &Root) -> Limits {
    let text = root.text("proc/self/limits").unwrap_or_default();
    let limit = |name: &str| {
        let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
        match rest.split_whitespace().next()? {
            "unlimited" => Some(Limit::Unlimited),
            number => number.parse().ok().map(Limit::At),
        }
    };
    Limits {
        locked_memory: limit("Max locked memory"),
        open_files: limit("Max open files"),
        address_space: limit("Max address space"),
        overcommit: root.number("proc/sys/vm/overcommit_memory"),
        wired_limit_mb: None,
    }
}

/// What else takes memory, of so many bytes that the machine has.
pub(super) fn others(root: &Root, memory: Option<u64>) -> Others {
    let large = memory.map_or(u64::MAX, |memory| memory / LARGE);
    let process = |name: String| {
        let pid = name.parse().ok().filter(|pid| *pid != process::id())?;
        let status = root.text(&format!("proc/{name}/status"))?;
        // What it has for itself: files that it maps can be dropped.
        let bytes = kilobytes(&status, "RssAnon").filter(|bytes| *bytes >= large)?;
        let name = value(&status, "Name", ':')?.to_owned();
        Some(Process { pid, name, bytes: Some(bytes) })
    };
    let mut all: Vec<_> = root.names("proc").into_iter().filter_map(process).collect();
    all.sort_by_key(|process| Reverse(process.bytes));
    all.truncate(LARGE_SHOWN);
    let pressure = root.text("proc/pressure/memory").unwrap_or_default();
    Others { on_gpus: vec![], large: all, memory_pressure: waiting(&pressure) }
}

/// The percentage of ten seconds in which some process waited.
fn waiting(text: &str) -> Option<f64> {
    let some = text.lines().find_map(|line| line.strip_prefix("some "))?;
    let number = some.split_whitespace().find_map(|field| field.strip_prefix("avg10="))?;
    number.parse().ok().filter(|percent: &f64| percent.is_finite())
}

#[cfg(test)]
mod tests {
    use super::{super::root::tests::root, *};

    #[test]
    fn a_machine_is_read() {
        let (_folder, root) = root(&[
            ("etc/os-release", "NAME=x\nPRETTY_NAME=\"Debian 13\"\n"),
            ("proc/sys/kernel/osrelease", "6.12.1\n"),
            (
                "proc/meminfo",
                "MemTotal:  1000 kB\nMemAvailable: 600 kB\nSwapTotal: 50 kB\nSwapFree: 0 kB\n",
            ),
            ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
            ("sys/bus/pci/devices/0000:01:00.0/class", "0x030200\n"),
            ("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n"),
            ("sys/bus/pci/devices/0000:02:00.0/class", "0x020000\n"),
            ("sys/bus/pci/devices/0000:02:00.0/vendor", "0x8086\n"),
            ("sys/bus/pci/devices/0000:03:00.0/class", "0x03"),
        ]);
        let machine = machine(&root);
        assert_eq!(machine.system.as_deref(), Some("Debian 13"));
        assert_eq!(machine.kernel.as_deref(), Some("6.12.1"));
        assert_eq!((machine.memory, machine.available), (Some(1_024_000), Some(614_400)));
        assert_eq!((machine.swap, machine.swap_free), (Some(51_200), Some(0)));
        assert_eq!(machine.huge_pages.as_deref(), Some("madvise"));
        assert_eq!(machine.gpus, ["NVIDIA"]);
        assert_eq!((machine.container, machine.usable()), (None, Some(614_400)));
    }

    #[test]
    fn nothing_is_known_of_an_empty_or_a_broken_root() {
        let broken = [
            "proc/meminfo",
            "etc/os-release",
            "proc/self/cgroup",
            "proc/self/limits",
            "proc/sys/vm/overcommit_memory",
            "proc/pressure/memory",
            "proc/12/status",
            "sys/kernel/mm/transparent_hugepage/enabled",
            "sys/bus/pci/devices/x/class",
            "sys/fs/cgroup/memory.max",
        ];
        for noise in
            ["", ":", "some avg10=\n[", "0::/..\n:::\nmemory:memory:\n", "\u{fffd}=:[]] kB"]
        {
            let (_folder, root) = root(&broken.map(|path| (path, noise)));
            let machine = machine(&root);
            assert_eq!((machine.memory, machine.container, machine.huge_pages), (None, None, None));
            let limits = limits(&root);
            assert_eq!((limits.open_files, limits.overcommit), (None, None));
            let others = others(&root, Some(0));
            assert_eq!((others.large.len(), others.memory_pressure), (0, None));
        }
    }

    #[test]
    fn the_tightest_control_group_counts() {
        let (_folder, new) = root(&[
            ("proc/self/cgroup", "0::/user/me\n"),
            ("proc/meminfo", "MemAvailable: 900 kB\n"),
            ("sys/fs/cgroup/user/me/memory.max", "max\n"),
            ("sys/fs/cgroup/user/memory.max", "500000\n"),
            ("sys/fs/cgroup/user/memory.stat", "anon 200000\nfile 100000\n"),
            ("sys/fs/cgroup/memory.max", "800000\n"),
        ]);
        let found = machine(&new);
        assert_eq!(found.container, Some(Container { limit: 500_000, used: Some(200_000) }));
        assert_eq!(found.usable(), Some(300_000));

        let (_folder, old) = root(&[
            ("proc/self/cgroup", "3:cpu:/a\n2:memory:/docker/1\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "700000\n"),
            ("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "9223372036854771712\n"),
        ]);
        assert_eq!(machine(&old).container, Some(Container { limit: 700_000, used: None }));
    }

    #[test]
    fn limits_are_read() {
        let (_folder, root) = root(&[
            (
                "proc/self/limits",
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                 Max open files            1024                 1048576              files     \n\
                 Max locked memory         8388608              8388608              bytes     \n\
                 Max address space         unlimited            unlimited            bytes     \n",
            ),
            ("proc/sys/vm/overcommit_memory", "2\n"),
        ]);
        let limits = limits(&root);
        assert_eq!(limits.open_files, Some(Limit::At(1024)));
        assert_eq!(limits.locked_memory, Some(Limit::At(8 << 20)));
        assert_eq!(limits.address_space, Some(Limit::Unlimited));
        assert_eq!(limits.overcommit, Some(2));
        let json = serde_json::to_value(&limits).unwrap();
        assert_eq!(
            (&json["open_files"], &json["address_space"]),
            (&1024.into(), &"unlimited".into())
        );
    }

    #[test]
    fn large_processes_and_pressure_are_read() {
        let own = format!("proc/{}/status", process::id());
        let (_folder, root) = root(&[
            ("proc/10/status", "Name:\tsmall\nRssAnon:\t 10 kB\n"),
            ("proc/11/status", "Name:\tlarge\nRssAnon:\t 200 kB\n"),
            ("proc/12/status", "Name:\tlarger\nRssAnon:\t 300 kB\n"),
            ("proc/13/status", "Name:\tkernel\n"),
            ("proc/irq/status", "Name:\tno process\nRssAnon:\t 900 kB\n"),
            (&own, "Name:\tds4\nRssAnon:\t 900 kB\n"),
            ("proc/pressure/memory", "some avg10=12.50 avg60=0 total=1\nfull avg10=3 avg60=0\n"),
        ]);
        let found = others(&root, Some(1000 << 10));
        let names: Vec<_> = found.large.iter().map(|process| &*process.name).collect();
        assert_eq!((names, found.memory_pressure), (vec!["larger", "large"], Some(12.5)));
        assert!(others(&root, None).large.is_empty());
    }
}
