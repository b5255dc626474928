//! The text of a module around its bodies.

use std::fmt::Write as _;

use super::{
    Binding, LaunchSource, Module, Shown, Staged, Unit, Width, ahead, follow, groups_text,
};
use crate::gpu::{expand::Operand, schedule, target::Target};

/// Definitions that every module begins with.
const AT: &str = "\
struct At { x: u32, y: u32, lid: u32, lane: u32, sg: u32 }
";

/// The module of a launch whose bodies are `staged`.
pub(super) fn module(
    launch: &LaunchSource<'_>,
    staged: &Staged,
    bindings: &[Binding],
    n_bases: usize,
) -> Module {
    let mut text = String::from(AT);
    params(&mut text, n_bases);
    // CUDA and HIP have fences instead.
    let coherent = launch.has_followers() && launch.target == Target::Vulkan;
    for (number, binding) in bindings.iter().enumerate() {
        if staged.used.contains(&binding.name) {
            let access = if binding.written { "read_write" } else { "read" };
            let shared = if binding.written && coherent { "@coherent " } else { "" };
            let Binding { name, element, .. } = binding;
            let _ = writeln!(
                text,
                "@group(0) @binding({number}) {shared}var<storage, {access}> {name}: \
                 array<{element}>;"
            );
        }
    }
    let fixed = launch.target.traits().subgroup.is_some();
    if !fixed {
        text.push_str("var<private> subgroup_width: u32;\n");
    }
    text.push('\n');
    text.push_str(&staged.shared);
    for body in &staged.bodies {
        text.push('\n');
        text.push_str(body);
    }
    text.push_str(&follow::functions(launch));
    text.push_str(&ahead::functions(launch));
    let entry = entry(launch, fixed);
    let threads = launch.threads(staged.integers);
    let resident = schedule::resident(launch.target, launch.kind, &launch.passes(staged.integers));
    // The name depends on all of the text but itself.
    let name =
        format!("{}_{}", stem(launch), digest(&[&text, &entry, &format!("{threads} {resident}")]));
    let _ = write!(
        text,
        "\n@compute @workgroup_size({threads})\nfn {name}(\n  \
         @builtin(workgroup_id) group: vec3<u32>,\n  \
         @builtin(local_invocation_index) lid: u32,\n  \
         @builtin(subgroup_invocation_id) lane: u32,\n  \
         @builtin(subgroup_id) sg: u32,\n{entry}"
    );
    let header = header(launch, bindings, staged, &name);
    Module { name, wgsl: text, header, threads, resident }
}

fn params(text: &mut String, n_bases: usize) {
    text.push_str("struct Params { rows: u32, logit_rows: u32, cached: u32");
    for base in 0..n_bases {
        let _ = write!(text, ", at{base}: u32");
    }
    text.push_str(" }\nvar<immediate> p: Params;\n");
}

/// The rest of the entry point: which chain a workgroup runs.
fn entry(launch: &LaunchSource<'_>, fixed: bool) -> String {
    let mut text = String::new();
    if fixed {
        text.push_str(") {\n");
    } else {
        text.push_str("  @builtin(subgroup_size) width: u32,\n) {\n  subgroup_width = width;\n");
    }
    text.push_str(ahead::call(launch));
    text.push_str(&branches(launch, |number, x| {
        let mut text = ahead::wait(launch, number).to_owned();
        let _ = writeln!(text, "let at = At({x}, group.y, lid, lane, sg);");
        bodies(&mut text, launch, number, "");
        text.push_str(&follow::calls(launch, number, ["at.x", "at.y"], ""));
        text
    }));
    text.push_str("}\n");
    text
}

/// `body` of the chain that a workgroup runs, given its number and the workgroup's place along x;
/// nothing where all are empty.
pub(super) fn branches(launch: &LaunchSource<'_>, body: impl Fn(usize, &str) -> String) -> String {
    let roots: Vec<_> = launch.chains.iter().filter(|chain| chain.after.is_none()).collect();
    let groups: Vec<_> = roots.iter().map(|c| launch.expansion.units[c.units[0]].groups).collect();
    let same_rows = groups.iter().all(|g| *g == groups[0]);
    let (mut first, mut texts) = (0, vec![]);
    for (number, chain) in roots.iter().enumerate() {
        let x = if first == 0 { "group.x".to_owned() } else { format!("group.x - {first}u") };
        let mut text = body(number, &x);
        if !same_rows && !text.is_empty() {
            text = block(&format!("if group.y < {}", groups_text(groups[number])), &text);
        }
        if let Width::Const(n) = chain.x {
            first += n;
        }
        texts.push((first, text));
    }
    if texts.iter().all(|(_, text)| text.is_empty()) {
        return String::new();
    }
    if let [(_, text)] = &texts[..] {
        return indented(text);
    }
    let last = texts.len() - 1;
    let mut all = String::new();
    for (number, (end, text)) in texts.iter().enumerate() {
        let condition = match (number == last, number) {
            (false, 0) => format!("if group.x < {end}u"),
            (false, _) => format!(" else if group.x < {end}u"),
            (true, _) => " else".to_owned(),
        };
        all.push_str(block(&condition, text).trim_end());
    }
    indented(&(all + "\n"))
}

/// `text` in braces after `head`.
fn block(head: &str, text: &str) -> String {
    format!("{head} {{\n{}}}\n", indented(text))
}

/// `text` two columns further to the right.
fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// The units of chain `number`, each with its place among all of the launch.
pub(super) fn places<'a>(
    launch: &'a LaunchSource<'_>,
    number: usize,
) -> impl Iterator<Item = (usize, &'a Unit)> {
    let first: usize = launch.chains[..number].iter().map(|chain| chain.units.len()).sum();
    let units = launch.chains[number].units.iter();
    units.enumerate().map(move |(place, &unit)| (first + place, &launch.expansion.units[unit]))
}

/// Calls of the bodies of chain `number`, with barriers between them.
pub(super) fn bodies(text: &mut String, launch: &LaunchSource<'_>, number: usize, indent: &str) {
    for (index, (place, unit)) in places(launch, number).enumerate() {
        if index > 0 {
            // Workgroup memory is shared by the bodies, storage by some.
            let _ = writeln!(text, "{indent}storageBarrier();\n{indent}workgroupBarrier();");
        }
        let _ = writeln!(text, "{indent}{}_{place}(at);", unit.pass.name);
    }
}

/// What the kernel's name begins with: its passes.
fn stem(launch: &LaunchSource<'_>) -> String {
    let mut names: Vec<(String, usize)> = vec![];
    for chain in launch.chains {
        let passes = chain.units.iter().map(|&unit| launch.expansion.units[unit].pass.name);
        let name = passes.collect::<Vec<_>>().join("_");
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => names.push((name, 1)),
        }
    }
    let words = names.into_iter().map(|(name, count)| match count {
        1 => name,
        _ => format!("{name}_x{count}"),
    });
    words.collect::<Vec<_>>().join("_")
}

/// Six letters that tell kernels of one stem apart (FNV-1a); a digit at the end would be changed
/// by the Metal writer.
fn digest(parts: &[&str]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (0..6)
        .map(|place| {
            let letter = hash >> (place * 8) & 0xff;
            char::from(b"abcdefghijklmnopqrstuvwxyz"[usize::try_from(letter % 26).unwrap_or(0)])
        })
        .collect()
}

/// The comment that a kernel begins with: formulas, arguments, origin.
fn header(launch: &LaunchSource<'_>, bindings: &[Binding], staged: &Staged, name: &str) -> String {
    let mut text = format!("{name}\n");
    let mut nodes: Vec<usize> = vec![];
    for (_, unit) in launch.units() {
        let op = launch.graph.nodes[unit.node].op;
        let _ = writeln!(text, "\n{} of {} ({})", unit.pass.name, op.name, op.source);
        let shape = shape(launch, unit);
        let _ = writeln!(text, "  template {}, {shape}", unit.pass.template.name);
        if !nodes.contains(&unit.node) {
            nodes.push(unit.node);
            for line in op.formula.lines() {
                let _ = writeln!(text, "  {}", line.trim());
            }
        }
    }
    text.push_str("\nbinding  name  elements  what\n");
    for (number, binding) in bindings.iter().enumerate() {
        if staged.used.contains(&binding.name) {
            let Binding { name, element, written, .. } = binding;
            let access = if *written { "read and written" } else { "read" };
            let what = what(launch, &binding.shown);
            let _ = writeln!(text, "{number}  {name}  {element}  {what}, {access}");
        }
    }
    text
}

fn shape(_launch: &LaunchSource<'_>, unit: &Unit) -> String {
    let numbers = unit.numbers.iter().map(|(name, n)| format!("{name} = {n}"));
    numbers.collect::<Vec<_>>().join(", ")
}

fn what(launch: &LaunchSource<'_>, shown: &Shown) -> String {
    match shown {
        Shown::Operand(Operand::Tensor(tensor)) => {
            let info = launch.graph.info(*tensor);
            let dims: Vec<_> = info.dims.iter().map(ToString::to_string).collect();
            format!("[{}]", dims.join(", "))
        }
        Shown::Operand(Operand::Temp(temp)) => {
            format!("{} values a row, temporary", launch.expansion.temps[*temp].len)
        }
        Shown::State => "state of all sessions".to_owned(),
        Shown::Pages => "pages of all sessions".to_owned(),
        Shown::Rows => "rows of the step".to_owned(),
        Shown::PageTable => "pages of the sessions".to_owned(),
        Shown::Arrivals => "counters of workgroups that are done".to_owned(),
        Shown::Table(name) => format!("table {name}"),
    }
}
