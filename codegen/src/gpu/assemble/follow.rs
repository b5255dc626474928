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

/// What lets several of the last workgroups share what follows. They wait for those that come after
/// them, which is safe where all of them have room on the device at once: those after them have begun,
/// or begin where workgroups that do not wait have ended.
const ARRIVE_SOME: &str = "
/// Of the tasks that follow the last of `wanted` workgroups, the first for this one, which also has
/// each `sharing(tasks, wanted)`-th after it; `tasks` where it has none.
fn arrive_some(counter: u32, wanted: u32, tasks: u32, lid: u32) -> u32 {
  let share = sharing(tasks, wanted);
  storageBarrier();
  workgroupBarrier();
  if lid == 0u {
    hook_device_fence();
    let count = atomicAdd(&arrivals[counter], 1u) + 1u;
    var are_done = count == wanted;
    if share > 1u && count + share > wanted {
      while atomicLoad(&arrivals[counter]) < wanted {}
      // Each of them counts once more, so that the last one knows that nobody waits.
      are_done = atomicAdd(&arrivals[counter], 1u) + 1u == wanted + share;
    }
    if are_done {
      atomicStore(&arrivals[counter], 0u);
    }
    arrive_count = count;
    hook_device_fence();
  }
  storageBarrier();
  workgroupBarrier();
  return select(tasks, arrive_count + share - wanted - 1u, arrive_count + share > wanted);
}

/// How many workgroups share `tasks`.
fn sharing(tasks: u32, wanted: u32) -> u32 {
  return min(min(tasks, wanted), SHARE);
}
";

/// Most workgroups that share what follows: as many as any device has room for at once.
const SHARE: usize = 16;

/// The functions of all followers, before those that call them.
pub(super) fn functions(launch: &LaunchSource<'_>) -> String {
    let mut functions = String::new();
    if launch.has_followers() {
        functions.push_str(ARRIVE);
    }
    if (0..launch.chains.len()).any(|number| is_shared(launch, number)) {
        functions.push_str(&ARRIVE_SOME.replace("SHARE", &format!("{SHARE}u")));
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
    let count = ceiling("rows", own_rows);
    let (counter, wanted) = (format!("block * {total}u + part + {offset}u"), wanted.join(" + "));
    let (arrived, first, step) = if is_shared(launch, number) {
        let first = format!(
            "let wanted = {wanted};\n  let first = arrive_some({counter}, wanted, {count}, lid);\n"
        );
        (first + "  {", "first", format!("sharing({count}, wanted)"))
    } else {
        (format!("if arrive({counter}, {wanted}, lid) {{"), "0u", "1u".to_owned())
    };
    let mut text = format!(
        "\nfn follow_{number}(part: u32, block: u32, lid: u32, lane: u32, sg: u32) {{\n  \
         let rows = min({rows}u, {all} - block * {rows}u);\n  \
         {arrived}\n    \
         for (var i = {first}; i < {count}; i += {step}) {{\n      \
         let y = block * {per_block}u + i;\n      \
         for (var x = part * {each}u; x < (part + 1u) * {each}u; x += 1u) {{\n        \
         let at = At(x, y, lid, lane, sg);\n",
        rows = after.rows,
        all = rows_text(per),
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

/// Whether several workgroups share what chain `number` does for rows that are counted together.
/// What follows a follower stays with one: who shares would wait for the other's next task.
fn is_shared(launch: &LaunchSource<'_>, number: usize) -> bool {
    let chain = &launch.chains[number];
    launch.target.traits().progress
        && chain.after.as_ref().is_some_and(|after| {
            after.rows > rows_of(launch, chain)
                && after.chains.iter().all(|&before| launch.chains[before].after.is_none())
        })
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
