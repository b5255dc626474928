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
        Width::Const(n) => {
            let parts = gcd(n, common);
            // One workgroup would do the work of many.
            if n > parts {
                return None;
            }
            (n, parts)
        }
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

#[cfg(test)]
mod tests {
    use ds4_plan::{
        Model,
        StepKind::{self, Decode, Prefill},
    };

    use super::*;
    use crate::{
        gpu::{seam::Joined, target::Target},
        graph::segments,
        model::{FLASH, MODELS},
    };

    /// The units and launches of every segment of a model.
    fn of_model(model: Model, target: Target, kind: StepKind) -> Vec<(Expansion, Vec<Vec<Chain>>)> {
        let segments = segments(model, kind);
        let joined = segments.pairs().map(|(own, next)| Joined::of(own, next, target, kind));
        joined.map(Result::unwrap).map(|joined| (joined.expansion, joined.launches)).collect()
    }

    /// Those of every model.
    fn all(target: Target, kind: StepKind) -> Vec<(Expansion, Vec<Vec<Chain>>)> {
        MODELS.iter().flat_map(|model| of_model(*model, target, kind)).collect()
    }

    fn conflicts(a: &Unit, b: &Unit) -> bool {
        let has = |list: &[Operand], operand: &Operand| list.contains(operand);
        a.writes.iter().any(|o| has(&b.reads, o) || has(&b.writes, o))
            || b.writes.iter().any(|o| has(&a.reads, o))
    }

    /// Follows the arrows of `after` from `chain` on.
    fn waits_for(launch: &[Chain], chain: usize, other: usize) -> bool {
        let after = launch[chain].after.iter().flat_map(|after| &after.chains);
        after.into_iter().any(|&n| n == other || waits_for(launch, n, other))
    }

    #[test]
    fn chains_of_a_launch_wait_for_what_they_conflict_with() {
        for (target, kind) in Target::ALL.into_iter().flat_map(|t| [(t, Decode), (t, Prefill)]) {
            for (expansion, launches) in all(target, kind) {
                let ran: usize = launches.iter().flatten().map(|chain| chain.units.len()).sum();
                assert_eq!(ran, expansion.units.len());
                for launch in &launches {
                    for (b, later) in launch.iter().enumerate() {
                        for (a, earlier) in launch[..b].iter().enumerate() {
                            let units = |chain: &Chain| chain.units.clone();
                            let clash = units(later).iter().any(|&u| {
                                let clashes = |&v: &usize| {
                                    conflicts(&expansion.units[u], &expansion.units[v])
                                };
                                units(earlier).iter().any(clashes)
                            });
                            assert!(!clash || waits_for(launch, b, a), "{target:?} {launch:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn parts_divide_what_follows_and_what_is_followed() {
        for (expansion, launches) in all(Target::Cuda, Decode) {
            for launch in &launches {
                for chain in launch {
                    let Some(after) = &chain.after else { continue };
                    for width in after.chains.iter().map(|&n| launch[n].x).chain([chain.x]) {
                        match width {
                            Width::Const(n) => assert!(n.is_multiple_of(after.parts)),
                            _ => assert_eq!(after.parts, 1),
                        }
                    }
                    let groups = expansion.units[chain.units[0]].groups;
                    assert!(after.rows.is_multiple_of(rows(groups).unwrap()));
                }
            }
        }
    }

    #[test]
    fn followers_make_launches_few_where_the_device_has_fences() {
        let most = |target| {
            let segments = of_model(FLASH, target, Decode);
            segments.iter().map(|(_, launches)| launches.len()).max().unwrap()
        };
        assert!(most(Target::Cuda) <= 10);
        assert!(most(Target::Metal) > most(Target::Cuda));
        let follows = |target, kind| {
            all(target, kind)
                .iter()
                .flat_map(|(_, l)| l.iter().flatten())
                .any(|c| c.after.is_some())
        };
        assert!(follows(Target::Cuda, Decode) && follows(Target::Vulkan, Decode));
        assert!(!follows(Target::Metal, Decode) && !follows(Target::Cuda, Prefill));
    }

    #[test]
    fn parts_of_a_row_wait_for_their_own_part_only() {
        let (expansion, launches) = &of_model(FLASH, Target::Cuda, Decode)[1];
        let parts = |name: &str| {
            let of = |chain: &&Chain| expansion.units[chain.units[0]].pass.name == name;
            let chain = launches.iter().flatten().rfind(of).unwrap();
            chain.after.as_ref().map(|after| after.parts)
        };
        // A head of 512 values, a 64th of the streams, all of a row.
        assert_eq!(parts("head_norm"), Some(64));
        assert_eq!(parts("hc_expand"), Some(64));
        assert_eq!(parts("hc_pre"), Some(1));
    }
}
