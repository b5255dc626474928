//! The report for people: facts in two columns, then what they mean.

use std::fmt::Write as _;

use super::{
    facts::{Device, Facts, Folder, Limit},
    finding::{Finding, Severity},
};
use crate::{
    cli::run::{Harmless, Style},
    device::Bytes,
};

/// Characters of the columns of sections and of names.
const SECTION: usize = 11;
const NAME: usize = 16;

/// Lines of the section that is being written.
struct Lines {
    out: String,
    section: &'static str,
}

impl Lines {
    /// Begins a section.
    fn section(&mut self, section: &'static str) {
        self.section = section;
    }

    /// A fact, if it is known.
    fn add(&mut self, name: &str, value: Option<String>) {
        let Some(value) = value.filter(|value| !value.is_empty()) else { return };
        // Names of files and processes come from others.
        let value = value.replace('\n', " ");
        let (section, value) = (std::mem::take(&mut self.section), Harmless(&value));
        // Writing to a string does not fail.
        let _ = writeln!(self.out, "{section:SECTION$}{name:NAME$}{value}");
    }
}

/// All of it.
pub(super) fn render(facts: &Facts, findings: &[Finding], style: Style) -> String {
    let mut lines = Lines { out: String::new(), section: "" };
    program(&mut lines, facts);
    model(&mut lines, facts);
    surroundings(&mut lines, facts);
    let mut out = lines.out;
    out.push('\n');
    for finding in findings {
        write(&mut out, finding, style);
    }
    out
}

fn program(lines: &mut Lines, facts: &Facts) {
    let Facts { build, machine, devices, compilers, .. } = facts;
    lines.section("build");
    let kind = if build.debug { "debug" } else { "release" };
    lines.add("version", Some(format!("{}, {kind}, {}", build.version, build.target)));
    let none = |list: &[&str]| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    lines.add("GPU features", Some(none(&build.features)));
    lines.add("kernels for", Some(none(&build.kernels)));
    lines.section("machine");
    let system = [&machine.system, &machine.kernel].into_iter().flatten().cloned();
    lines.add("system", Some(system.collect::<Vec<_>>().join(", ")));
    lines.add("threads", Some(machine.threads.to_string()));
    lines.add("memory", part(machine.available, "available", machine.memory));
    lines.add(
        "swap",
        machine
            .swap
            .filter(|it| *it > 0)
            .and_then(|swap| part(machine.swap_free, "free", Some(swap))),
    );
    lines.add("container", machine.container.map(|it| format!("at most {}", Bytes(it.limit))));
    lines.add("huge pages", machine.huge_pages.clone());
    lines.add("GPUs on the bus", Some(machine.gpus.join(", ")));
    lines.section("devices");
    for device in devices {
        lines.add(&device.flag(), Some(about(device)));
    }
    lines.section("compilers");
    let paths = compilers.nvrtc_paths.join(", ");
    lines.add("NVRTC", compilers.nvrtc.as_ref().map(|version| format!("{version} {paths}")));
    lines.add("Vulkan", compilers.vulkan.clone());
    for kept in &compilers.kept {
        lines.add("machine code", Some(folder(kept)));
    }
}

fn about(device: &Device) -> String {
    let mut about: Vec<_> =
        Some(device.name.clone()).filter(|it| !it.is_empty()).into_iter().collect();
    about.extend(device.details.iter().map(|(what, text)| format!("{what} {text}")));
    about.extend(part(device.free, "free", device.memory));
    about.extend(device.reason.as_ref().map(|reason| format!("cannot be used: {reason}")));
    about.join(", ")
}

fn model(lines: &mut Lines, facts: &Facts) {
    let Facts { model, speed, storage, .. } = facts;
    lines.section("model");
    lines.add("file", model.path.clone());
    lines.add("size", model.bytes.map(|bytes| Bytes(bytes).to_string()));
    lines.add("model", model.name.map(str::to_owned));
    lines.add("formats", Some(model.formats.join(", ")));
    lines.add("longest context", model.context.map(|tokens| tokens.to_string()));
    for fit in model.fits.iter().filter(|fit| fit.total() > 0) {
        let name = super::facts::flag(fit.device, fit.gpu);
        let (total, context) = (Bytes(fit.total()), fit.context);
        lines.add(&name, Some(format!("takes {total} at a context of {context}")));
    }
    lines.section("speed");
    for speed in speed {
        let rate = speed.bytes_per_second.map(|rate| format!("{:.2} GB a second", rate / 1e9));
        let tokens = speed.tokens_per_second.map(|rate| format!("at most {rate:.1} tokens/s"));
        let all: Vec<_> = [rate, tokens].into_iter().flatten().collect();
        lines.add(&super::facts::flag(speed.device, speed.gpu), Some(all.join(", ")));
    }
    lines.section("storage");
    let mount = storage.model.as_ref();
    lines.add(
        "model",
        mount.map(|it| format!("{} on {} ({})", it.folder, it.source, it.file_system)),
    );
    lines.add("in memory", storage.cached.map(|bytes| Bytes(bytes).to_string()));
    lines.add("conversations", storage.kept.as_ref().map(folder));
}

fn surroundings(lines: &mut Lines, facts: &Facts) {
    let Facts { limits, others, power, .. } = facts;
    lines.section("limits");
    let limit = |limit: Option<Limit>, show: fn(u64) -> String| match limit? {
        Limit::Unlimited => Some("unlimited".to_owned()),
        Limit::At(most) => Some(show(most)),
    };
    lines.add("locked memory", limit(limits.locked_memory, |bytes| Bytes(bytes).to_string()));
    lines.add("address space", limit(limits.address_space, |bytes| Bytes(bytes).to_string()));
    lines.add("open files", limit(limits.open_files, |number| number.to_string()));
    lines.add("overcommit", limits.overcommit.map(|mode| format!("mode {mode}")));
    lines.add("wired limit", limits.wired_limit_mb.map(|limit| format!("{limit} MB")));
    lines.section("others");
    for (what, list) in [("on GPUs", &others.on_gpus), ("in memory", &others.large)] {
        for process in list {
            let bytes = process.bytes.map(|bytes| format!(", {}", Bytes(bytes)));
            let (pid, name) = (process.pid, &process.name);
            lines.add(what, Some(format!("{pid} {name}{}", bytes.unwrap_or_default())));
        }
    }
    let waiting = others.memory_pressure.map(|it| format!("{it} % of the last ten seconds"));
    lines.add("memory waited", waiting);
    lines.section("power");
    let clock = [&power.clock_driver, &power.governor, &power.preference].into_iter().flatten();
    lines.add("clock", Some(clock.cloned().collect::<Vec<_>>().join(", ")));
    lines.add("profile", power.profile.clone());
    let source = |on_battery| if on_battery { "battery" } else { "mains" };
    lines.add("source", power.on_battery.map(|on_battery| source(on_battery).to_owned()));
    let mode = |is_on| if is_on { "on" } else { "off" };
    lines.add("low power mode", power.low_power_mode.map(|is_on| mode(is_on).to_owned()));
    for card in &power.cards {
        let mut about = format!("{}, driver {}", card.name, card.driver);
        if let Some(watts) = card.power_limit_watts {
            let _ = write!(about, ", at most {watts:.0} W");
        }
        lines.add("card", Some(about));
    }
}

/// A part of all bytes, as far as either is known.
fn part(bytes: Option<u64>, what: &str, all: Option<u64>) -> Option<String> {
    match (bytes, all) {
        (Some(bytes), Some(all)) => Some(format!("{} {what} of {}", Bytes(bytes), Bytes(all))),
        (Some(bytes), None) => Some(format!("{} {what}", Bytes(bytes))),
        (None, all) => all.map(|all| Bytes(all).to_string()),
    }
}

fn folder(folder: &Folder) -> String {
    let free = folder.free.map(|free| format!(", {} free", Bytes(free))).unwrap_or_default();
    let writable = if folder.writable == Some(false) { ", not writable" } else { "" };
    format!("{} ({}{free}{writable})", folder.path, Bytes(folder.bytes))
}

/// A finding with what was expected and how to mend it.
fn write(out: &mut String, finding: &Finding, style: Style) {
    let Finding { severity, section, found, expected, mend, .. } = finding;
    let (begin, end) = match severity {
        Severity::Ok | Severity::Note => (style.dim(), style.reset()),
        Severity::Warning | Severity::Problem => (style.bold(), style.reset()),
    };
    let name = severity.name();
    let found = Harmless(found);
    let _ = writeln!(out, "{begin}{name:8}{end}{section}: {found}");
    for (what, text) in [("expected", expected), ("mend", mend)] {
        if let Some(text) = text {
            let _ = writeln!(out, "        {what}: {}", Harmless(text));
        }
    }
}
