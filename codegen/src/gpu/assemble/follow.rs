//! The text of chains that follow others in one launch.

use std::fmt::Write as _;

use super::{LaunchSource, groups_rows, rows_text, text};
use crate::gpu::{
    expand::Width,
    follow::{After, arrivals},
    fuse::Chain,
};

/// The counters' name.
pub(super) const ARRIVALS: &str = "arrivals";

/// What counts the workgroups that are done. Fences for the whole device stand before and after:
/// the workgroup that is last sees all that the others wrote.
const ARRIVE: &str = "
var<workgroup> arrive_count: u32;

// What all threads wrote before is seen by the workgroups that come later, and the other way round.
fn hook_device_fence() {}

/// Whether this workgroup is the last of `wanted`; it leaves the counter as it was at first.
fn arrive(counter: u32, wanted: u32, lid: u32) -> bool {
  storageBarrier();
  workgroupBarrier();
  if lid == 0u {
    hook_device_fence();
    let count = atomicAdd(&arrivals[counter], 1u) + 1u;
    if count == wanted {
      atomicStore(&arrivals[counter], 0u);
    }
    arrive_count = count;
    hook_device_fence();
  }
  storageBarrier();
  workgroupBarrier();
  return arrive_count == wanted;
}
";

/// The functions of all followers, before those that call them.
pub(super) fn functions(launch: &LaunchSource<'_>) -> String {
    let mut functions = String::new();
    if launch.has_followers() {
        functions.push_str(ARRIVE);
    }
    let mut offset = 0;
    for (number, chain) in launch.chains.iter().enumerate() {
        if let Some(after) = &chain.after {
            functions.push_str(&function(launch, number, after, offset));
            offset += after.parts;
        }
    }
    functions
}

/// Calls of what waits for chain `number`, after it ran workgroup `(x, y)`.
pub(super) fn calls(
    launch: &LaunchSource<'_>,
    number: usize,
    [x, y]: [&str; 2],
    indent: &str,
) -> String {
    let mut text = String::new();
    let own = &launch.chains[number];
    for (follower, chain) in launch.chains.iter().enumerate() {
        let Some(after) = chain.after.as_ref().filter(|after| after.chains.contains(&number))
        else {
            continue;
        };
        let part = match own.x {
            Width::Const(n) if after.parts > 1 => divided(x, n / after.parts),
            _ => "0u".to_owned(),
        };
        let block = divided(y, after.rows / rows_of(launch, own));
        let _ = writeln!(text, "{indent}follow_{follower}({part}, {block}, lid, lane, sg);");
    }
    text
}

fn function(launch: &LaunchSource<'_>, number: usize, after: &After, offset: usize) -> String {
    let chain = &launch.chains[number];
    let total = arrivals(launch.chains);
    let per = launch.expansion.units[chain.units[0]].groups.per;
    let Width::Const(x) = chain.x else { unreachable!("followers have widths of their own") };
    let wanted: Vec<String> =
        after.chains.iter().map(|&before| wanted(launch, &launch.chains[before], after)).collect();
    let own_rows = rows_of(launch, chain);
    let each = x / after.parts;
    let mut text = format!(
        "\nfn follow_{number}(part: u32, block: u32, lid: u32, lane: u32, sg: u32) {{\n  \
         let rows = min({rows}u, {all} - block * {rows}u);\n  \
         if arrive(block * {total}u + part + {offset}u, {wanted}, lid) {{\n    \
         for (var i = 0u; i < {count}; i += 1u) {{\n      \
         let y = block * {per_block}u + i;\n      \
         for (var x = part * {each}u; x < (part + 1u) * {each}u; x += 1u) {{\n        \
         let at = At(x, y, lid, lane, sg);\n",
        rows = after.rows,
        all = rows_text(per),
        wanted = wanted.join(" + "),
        count = ceiling("rows", own_rows),
        per_block = after.rows / own_rows,
    );
    text::bodies(&mut text, launch, number, "        ");
    text.push_str(&calls(launch, number, ["x", "y"], "        "));
    // What the next round writes, slower threads of this one may still read.
    text.push_str(
        "        storageBarrier();\n        workgroupBarrier();\n      }\n    }\n  }\n}\n",
    );
    text
}

/// How many workgroups of `before` a part waits for.
fn wanted(launch: &LaunchSource<'_>, before: &Chain, after: &After) -> String {
    let each = match before.x {
        Width::Const(n) => format!("{}u", n / after.parts),
        Width::Tokens(n) => format!("({})", ceiling("p.cached", n)),
        Width::Any(_) => unreachable!("widths are decided before"),
    };
    match rows_of(launch, before) {
        n if n == after.rows => each,
        n => format!("{each} * {}", ceiling("rows", n)),
    }
}

fn rows_of(launch: &LaunchSource<'_>, chain: &Chain) -> usize {
    groups_rows(launch.expansion.units[chain.units[0]].groups)
}

pub(super) fn divided(value: &str, by: usize) -> String {
    if by == 1 { value.to_owned() } else { format!("({value}) / {by}u") }
}

fn ceiling(value: &str, by: usize) -> String {
    if by == 1 { value.to_owned() } else { format!("(({value} + {}u) / {by}u)", by - 1) }
}
