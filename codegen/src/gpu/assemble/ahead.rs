//! What a launch does while the one before it ends: it asks for weights, then waits.

use std::fmt::Write as _;

use super::{LaunchSource, follow::divided, text};
use crate::gpu::{expand::Width, fuse::Chain};

/// The statements that the entry point begins with, and the functions that they call.
const WAIT: &str = "
// Until what the launches before wrote can be read.
fn hook_grid_wait() {}

// From here on the next launch may begin.
fn hook_grid_launch() {}
";

/// The functions that [`call`] and [`wait`] need.
pub(super) fn functions(launch: &LaunchSource<'_>) -> String {
    if !launch.overlaps() {
        return String::new();
    }
    let mut text = WAIT.to_owned();
    let branches = text::branches(launch, |number, x| body(launch, number, x));
    if !branches.is_empty() {
        let _ = write!(
            text,
            "\nfn ahead(group: vec3<u32>, lid: u32, lane: u32, sg: u32) {{\n{branches}}}\n"
        );
    }
    text
}

/// What the entry point begins with.
pub(super) fn call(launch: &LaunchSource<'_>) -> &'static str {
    let asks = launch.units().any(|(_, unit)| unit.pass.ahead);
    if launch.overlaps() && asks { "  ahead(group, lid, lane, sg);\n" } else { "" }
}

/// What chain `number` begins with, unless its first pass waits itself.
pub(super) fn wait(launch: &LaunchSource<'_>, number: usize) -> &'static str {
    let first = text::places(launch, number).next();
    let waits = first.is_some_and(|(_, unit)| unit.pass.waits);
    if launch.overlaps() && !waits { "hook_grid_wait();\nhook_grid_launch();\n" } else { "" }
}

/// What workgroup `x` of chain `number` asks for: its own weights, and of what follows those of
/// the part that begins with it.
fn body(launch: &LaunchSource<'_>, number: usize, x: &str) -> String {
    let mut text = String::new();
    for (place, unit) in text::places(launch, number) {
        if unit.pass.ahead {
            let _ = writeln!(text, "{}_{place}_ahead(At({x}, 0u, lid, lane, sg));", unit.pass.name);
        }
    }
    let own = &launch.chains[number];
    for (follower, chain) in launch.chains.iter().enumerate() {
        let Some(after) = &chain.after else { continue };
        if after.chains.first() != Some(&number) {
            continue;
        }
        let (own_x, parts) = (width(own), after.parts);
        let first = divided(x, own_x / parts);
        let inner = body(launch, follower, &scaled(&first, width(chain) / parts));
        if inner.is_empty() {
            continue;
        }
        if own_x == parts {
            text.push_str(&inner);
        } else {
            let _ = writeln!(text, "if ({x}) % {}u == 0u {{\n{inner}}}", own_x / parts);
        }
    }
    text
}

/// Workgroups along x, 1 where they are not known.
const fn width(chain: &Chain) -> usize {
    match chain.x {
        Width::Const(n) => n,
        Width::Any(_) | Width::Tokens(_) => 1,
    }
}

fn scaled(value: &str, by: usize) -> String {
    if by == 1 { value.to_owned() } else { format!("({value}) * {by}u") }
}
