//! Chains that follow others in one launch: the last workgroup to finish goes on with what waited.
//!
//! A chain that needs only a few workgroups would leave the device idle in a launch of its own.
//! Instead, the workgroups of what it waits for count themselves when they are done, and the last
//! one runs it. Where the parts of a row stay apart, each part has its own count.

use ds4_plan::Groups;

use super::{
    expand::{Expansion, Operand, PART, Unit, Width},
    fuse::Chain,
};

/// Values of a row that a following workgroup takes at least, where any number would do.
const LEAST: usize = 256;

/// What a chain of a launch waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// Earlier chains of the launch.
    pub chains: Vec<usize>,
    /// Into how many equal parts its and their workgroups along x fall; each part of it waits for
    /// the same part of them.
    pub parts: usize,
    /// Rows of the step that are counted together: the most that a workgroup of any of them
    /// covers.
    pub rows: usize,
}

/// Counters that a launch takes for each row of the step.
#[must_use]
pub fn arrivals(chains: &[Chain]) -> usize {
    chains.iter().filter_map(|chain| chain.after.as_ref()).map(|after| after.parts).sum()
}

/// Whether one workgroup could run all of a row of `chain`.
pub(super) fn is_light(expansion: &Expansion, chain: &Chain) -> bool {
    let mut units = chain.units.iter().map(|&unit| &expansion.units[unit]);
    !matches!(chain.x, Width::Tokens(_))
        && units.all(|unit| unit.pass.light && rows(unit.groups).is_some())
}

/// `chain` as a follower of those of `launch` that it needs, if they can count themselves.
pub(super) fn following(
    expansion: &Expansion,
    chain: &Chain,
    launch: &[Chain],
    needed: &[usize],
) -> Option<Chain> {
    let groups = |chain: &Chain| expansion.units[chain.units[0]].groups;
    let own = groups(chain);
    let mut covered = vec![rows(own)?];
    for &before in needed {
        let theirs = groups(&launch[before]);
        if theirs.per != own.per {
            return None;
        }
        covered.push(rows(theirs)?);
    }
    let rows = covered.iter().copied().max()?;
    if covered.iter().any(|n| !rows.is_multiple_of(*n)) {
        return None;
    }
    let aligned = needed.iter().all(|&before| is_aligned(expansion, chain, &launch[before]));
    let widths = needed.iter().map(|&before| match launch[before].x {
        Width::Const(n) => n,
        Width::Any(_) | Width::Tokens(_) => 1,
    });
    let common = if aligned { widths.reduce(gcd).unwrap_or(1) } else { 1 };
    let (x, parts) = match chain.x {
        Width::Const(n) => (n, gcd(n, common)),
        Width::Any(len) => {
            let fits = |n: &usize| (len / PART).is_multiple_of(*n) && common.is_multiple_of(*n);
            let parts = (1..=(len / LEAST).max(1)).rev().find(fits).unwrap_or(1);
            (parts, parts)
        }
        Width::Tokens(_) => return None,
    };
    let after = After { chains: needed.to_vec(), parts, rows };
    Some(Chain { x: Width::Const(x), after: Some(after), ..chain.clone() })
}

/// Rows that a workgroup covers, where workgroups along y divide rows.
pub(super) fn rows(groups: Groups) -> Option<usize> {
    (groups.items == 1 && groups.extra == 0).then_some(groups.per_group)
}

/// Whether workgroups of `chain` need, of `before`, only the same part of a row.
fn is_aligned(expansion: &Expansion, chain: &Chain, before: &Chain) -> bool {
    let units = |chain: &Chain| -> Vec<&Unit> {
        chain.units.iter().map(|&unit| &expansion.units[unit]).collect()
    };
    let (own, theirs) = (units(chain), units(before));
    let reads = |operand: &Operand| own.iter().any(|unit| unit.reads.contains(operand));
    let writes = |operand: &Operand| own.iter().any(|unit| unit.writes.contains(operand));
    matches!(before.x, Width::Const(_))
        && own[0].pass.local
        && theirs.iter().all(|unit| {
            !unit.reads.iter().chain(&unit.writes).any(writes)
                && (unit.in_order || !unit.writes.iter().any(reads))
        })
}

const fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
