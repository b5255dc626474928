//! The report of `ds4 info` as text.

use std::fmt::{self, Write};

use super::report::{Decode, Entry, GroupTotal, Report, Runs, Tensor};

/// Characters of a metadata value that are shown.
const VALUE_SHOWN: usize = 100;

/// Differences from the nearest model that are shown; the others are counted.
const MISMATCHES_SHOWN: usize = 12;

/// The report as people read it.
pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> fmt::Result {
    let unknown = "(not given)";
    writeln!(out, "{}", report.path)?;
    writeln!(out, "  name          {}", report.name.as_deref().map_or(unknown.into(), printable))?;
    let architecture = report.architecture.as_deref().map_or(unknown.into(), printable);
    writeln!(out, "  architecture  {architecture}")?;
    writeln!(out, "  size          {} ({} bytes)", size(report.file_bytes), report.file_bytes)?;
    writeln!(
        out,
        "  container     GGUF version {}, {} metadata keys, {} tensors, aligned to {} bytes",
        report.version, report.n_metadata_keys, report.n_tensors, report.alignment
    )?;
    write_runs(out, &report.runs)?;
    write_groups(out, report)?;
    if let Some(decode) = &report.decode {
        write_decode(out, decode)?;
    } else {
        writeln!(out, "\nread per decoded token: unknown, this is no whole model")?;
    }
    if let Some(entries) = &report.metadata {
        write_metadata(out, entries)?;
    }
    if let Some(tensors) = &report.tensors {
        write_tensors(out, tensors)?;
    }
    Ok(())
}

fn write_runs(out: &mut String, runs: &Runs) -> fmt::Result {
    let Runs { can_run, model, devices, mismatches } = runs;
    if *can_run {
        return writeln!(out, "  runs here     yes: {model} on the {}", devices.join(", "));
    }
    writeln!(out, "  runs here     no: differs from {model}, the nearest model")?;
    for mismatch in mismatches.iter().take(MISMATCHES_SHOWN) {
        writeln!(out, "    {}", printable(mismatch))?;
    }
    match mismatches.len().checked_sub(MISMATCHES_SHOWN) {
        Some(rest @ 1..) => writeln!(out, "    and {rest} more; --json lists all"),
        _ => Ok(()),
    }
}

fn write_groups(out: &mut String, report: &Report) -> fmt::Result {
    writeln!(out, "\n{:<20}{:>8}{:>12}  formats", "tensors", "count", "size")?;
    for group in &report.groups {
        let (count, bytes) = (group.n_tensors, size(group.bytes));
        writeln!(out, "  {:<18}{count:>8}{bytes:>12}  {}", group.group, formats(group))?;
    }
    let (count, bytes) = (report.n_tensors, size(report.tensor_bytes));
    writeln!(out, "  {:<18}{count:>8}{bytes:>12}", "total")
}

/// The formats of a group and how many tensors each has, as in `F32 4, Q8_0 2`.
fn formats(group: &GroupTotal) -> String {
    let parts: Vec<_> =
        group.formats.iter().map(|(name, total)| format!("{name} {}", total.n_tensors)).collect();
    parts.join(", ")
}

fn write_decode(out: &mut String, decode: &Decode) -> fmt::Result {
    writeln!(out, "\n{:<41}{:>10}{:>8}", "read per decoded token", "MB", "share")?;
    let total = decode.bytes_per_token as f64;
    for part in &decode.components {
        let bytes = part.bytes as f64;
        let share = 100.0 * bytes / total;
        writeln!(out, "  {:<39}{:>10.2}{share:>6.1} %", part.component, bytes / 1e6)?;
    }
    writeln!(out, "  {:<39}{:>10.2}", "total", total / 1e6)?;
    writeln!(
        out,
        "  weights only, {} routed experts a layer; the cache comes on top",
        decode.n_experts_used
    )?;
    writeln!(out, "\n{:<24}{:>10}{:>16}", "limit by bandwidth", "GB/s", "tokens/s")?;
    for limit in &decode.limits {
        let (machine, bandwidth) = (limit.machine, limit.gb_per_second);
        writeln!(out, "  {machine:<22}{bandwidth:>10}{:>16.1}", limit.tokens_per_second)?;
    }
    Ok(())
}

fn write_metadata(out: &mut String, entries: &[Entry]) -> fmt::Result {
    writeln!(out, "\nmetadata")?;
    for entry in entries {
        writeln!(out, "  {} = {}", printable(&entry.key), value(entry))?;
    }
    Ok(())
}

/// A value on one line: numbers and texts as they are, arrays by length and first elements.
fn value(entry: &Entry) -> String {
    let Some(length) = entry.length else {
        return shortened(&printable(&entry.value.to_string()));
    };
    let mut shown = shortened(&printable(&entry.value.to_string()));
    if entry.value.as_array().is_some_and(|first| first.len() < length) && shown.ends_with(']') {
        shown.truncate(shown.len() - 1);
        shown.push_str(",…]");
    }
    format!("{length} elements {shown}")
}

/// The first characters of a text.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A text from a file without the characters that would move the cursor.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn write_tensors(out: &mut String, tensors: &[Tensor]) -> fmt::Result {
    let name_width = tensors.iter().map(|tensor| tensor.name.chars().count()).max().unwrap_or(0);
    writeln!(out, "\ntensors in file order: shape innermost first, format, bytes, offset, group")?;
    for tensor in tensors {
        let dims = format!("{:?}", tensor.dims);
        writeln!(
            out,
            "  {:<name_width$}  {dims:<20}  {:<7}  {:>11}  {:>12}  {}",
            printable(&tensor.name),
            tensor.format,
            tensor.bytes,
            tensor.offset,
            tensor.group
        )?;
    }
    Ok(())
}

/// A size in the largest unit that leaves a number above one.
fn size(bytes: u64) -> String {
    let scaled = |shift: u32| bytes as f64 / f64::from(1_u32 << shift);
    match bytes {
        0x4000_0000.. => format!("{:.2} GiB", scaled(30)),
        0x10_0000.. => format!("{:.2} MiB", scaled(20)),
        0x400.. => format!("{:.2} KiB", scaled(10)),
        _ => format!("{bytes} B"),
    }
}
