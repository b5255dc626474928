//! Joins passes into launches: chains of local passes, merged side by side.

use std::collections::BTreeSet;

use super::{
    expand::{Expansion, Operand, PART, Unit, Width},
    follow::{self, After},
    target::{Fusion, Merge},
};

/// Passes that the same workgroups run one after another.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Numbers of units, in order.
    pub units: Vec<usize>,
    /// Workgroups along x.
    pub x: Width,
    /// Where it follows other chains of its launch: what it waits for.
    pub after: Option<After>,
}

/// The launches of a segment: chains that run side by side, then those that follow them.
///
/// Chains whose width follows the step come last of those side by side, and there is at most one.
#[must_use]
pub fn fuse(expansion: &Expansion, fusion: Fusion) -> Vec<Vec<Chain>> {
    let before = dependencies(&expansion.units);
    let chains = chains(expansion, &before, fusion.chain);
    let needs = needs(&before, &chains);
    let depths = Depths::of(expansion, &chains, &needs);
    let mut done = vec![false; chains.len()];
    let mut launches = vec![];
    while done.contains(&false) {
        let is_ready = |&c: &usize| !done[c] && needs[c].iter().all(|&other| done[other]);
        let ready: Vec<_> = (0..chains.len()).filter(is_ready).collect();
        let mut members = side_by_side(&chains, &ready, fusion.merge);
        let mut launch: Vec<Chain> = members
            .iter()
            .map(|&c| Chain { x: resolve(chains[c].x), ..chains[c].clone() })
            .collect();
        let level = members.iter().map(|&c| depths.of[c]).max().unwrap_or(0);
        for &chain in &depths.order {
            let can_follow = fusion.follow && !done[chain] && !members.contains(&chain);
            if !can_follow || !depths.is_urgent(chain, level) {
                continue;
            }
            let place = |other: &usize| members.iter().position(|member| member == other);
            let here: Vec<usize> = needs[chain].iter().filter_map(place).collect();
            if here.is_empty() || !needs[chain].iter().all(|o| done[*o] || members.contains(o)) {
                continue;
            }
            if let Some(chain_after) = follow::following(expansion, &chains[chain], &launch, &here)
            {
                members.push(chain);
                launch.push(chain_after);
            }
        }
        for chain in members {
            done[chain] = true;
        }
        launches.push(launch);
    }
    launches
}

/// For each chain, the others that it has to come after, all of which are before it.
fn needs(before: &[Vec<usize>], chains: &[Chain]) -> Vec<Vec<usize>> {
    let chain_of = |unit: usize| chains.iter().position(|chain| chain.units.contains(&unit));
    let of_chain = |(index, chain): (usize, &Chain)| {
        let units = chain.units.iter().flat_map(|&unit| &before[unit]);
        let needed: BTreeSet<usize> = units.filter_map(|&unit| chain_of(unit)).collect();
        needed.into_iter().filter(|&other| other != index).collect()
    };
    chains.iter().enumerate().map(of_chain).collect()
}

/// How many heavy chains stand one after another.
struct Depths {
    /// The chains, each after those it needs.
    order: Vec<usize>,
    /// Up to and with each chain.
    of: Vec<usize>,
    /// For each light chain, the depth of the first heavy one that waits for it.
    wanted: Vec<usize>,
}

impl Depths {
    fn of(expansion: &Expansion, chains: &[Chain], needs: &[Vec<usize>]) -> Self {
        let heavy: Vec<bool> =
            chains.iter().map(|chain| !follow::is_light(expansion, chain)).collect();
        let order = order(needs);
        let mut of = vec![0; chains.len()];
        for &c in &order {
            of[c] = needs[c].iter().map(|&n| of[n]).max().unwrap_or(0) + usize::from(heavy[c]);
        }
        let end = of.iter().max().map_or(0, |n| n + 1);
        let mut wanted = vec![end; chains.len()];
        for &c in order.iter().rev() {
            let at = if heavy[c] { of[c] } else { wanted[c] };
            for &n in &needs[c] {
                wanted[n] = wanted[n].min(at);
            }
        }
        // What is heavy follows nothing.
        for (wanted, heavy) in wanted.iter_mut().zip(heavy) {
            if heavy {
                *wanted = usize::MAX;
            }
        }
        Self { order, of, wanted }
    }

    /// Whether the launch after one of depth `level` waits for `chain`. Other chains can run
    /// beside that launch.
    fn is_urgent(&self, chain: usize, level: usize) -> bool {
        self.wanted[chain] <= level + 1
    }
}

/// The chains, each after those it needs.
fn order(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = vec![];
    while order.len() < needs.len() {
        let is_next = |c: &usize| !order.contains(c) && needs[*c].iter().all(|n| order.contains(n));
        let next: Vec<usize> = (0..needs.len()).filter(is_next).collect();
        order.extend(next);
    }
    order
}

/// A number of workgroups along x where any would do: about a thousand values for each.
fn resolve(x: Width) -> Width {
    let Width::Any(len) = x else { return x };
    let parts = len / PART;
    let most = (len / 1024).max(1);
    let best = (1..=most).rev().find(|n| parts.is_multiple_of(*n));
    Width::Const(best.unwrap_or(1))
}

/// The ready chains that share the next launch.
fn side_by_side(chains: &[Chain], ready: &[usize], merge: Merge) -> Vec<usize> {
    let first = ready[0];
    let fits = |&&other: &&usize| match merge {
        Merge::Never => other == first,
        Merge::Any => true,
    };
    let mut launch: Vec<_> = ready.iter().filter(fits).copied().collect();
    let follows_step = |&chain: &usize| matches!(chains[chain].x, Width::Tokens(_));
    let mut widest: Vec<_> = launch.iter().copied().filter(follows_step).collect();
    widest.truncate(1);
    launch.retain(|chain| !follows_step(chain));
    launch.extend(widest);
    launch
}

/// For each unit, the earlier units that it has to come after.
fn dependencies(units: &[Unit]) -> Vec<Vec<usize>> {
    let touches = |unit: &Unit, operand: &Operand| unit.writes.contains(operand);
    units
        .iter()
        .enumerate()
        .map(|(index, unit)| {
            let conflicts = |&earlier: &usize| {
                let other = &units[earlier];
                unit.reads.iter().chain(&unit.writes).any(|o| touches(other, o))
                    || unit.writes.iter().any(|o| other.reads.contains(o))
            };
            (0..index).filter(conflicts).collect()
        })
        .collect()
}

fn chains(expansion: &Expansion, before: &[Vec<usize>], join: bool) -> Vec<Chain> {
    let mut chains: Vec<Chain> = vec![];
    let mut chain_of: Vec<usize> = vec![];
    let depths = unit_depths(&expansion.units, before);
    for (index, unit) in expansion.units.iter().enumerate() {
        let mut producers: Vec<usize> = before[index].iter().map(|&u| chain_of[u]).collect();
        producers.sort_unstable_by(|a, b| b.cmp(a));
        producers.dedup();
        let joined = producers.into_iter().find_map(|chain| {
            let x = (join && unit.pass.local)
                .then(|| together(expansion, &chains[chain], unit))
                .flatten()?;
            let mut others = before[index].iter().filter(|&&u| chain_of[u] != chain);
            let reachable = |&&u: &&usize| reaches(before, &chain_of, u, chain);
            // A chain that could run before what the pass waits for besides is left alone.
            let own = chains[chain].units.iter().map(|&u| depths[u]).max();
            let is_later = before[index].iter().any(|&u| Some(depths[u]) > own);
            (!is_later && !others.any(|u| reachable(&u))).then_some((chain, x))
        });
        let chain = match joined {
            Some((chain, x)) => {
                chains[chain].units.push(index);
                chains[chain].x = x;
                chain
            }
            None => {
                chains.push(Chain { units: vec![index], x: unit.x, after: None });
                chains.len() - 1
            }
        };
        chain_of.push(chain);
    }
    chains
}

/// For each unit, how many heavy ones stand one after another up to and with it.
fn unit_depths(units: &[Unit], before: &[Vec<usize>]) -> Vec<usize> {
    let mut depths: Vec<usize> = vec![];
    for (unit, before) in units.iter().zip(before) {
        let most = before.iter().map(|&u| depths[u]).max().unwrap_or(0);
        depths.push(most + usize::from(!unit.pass.light));
    }
    depths
}

/// The width of `chain` with `unit` after it, if they can share workgroups.
fn together(expansion: &Expansion, chain: &Chain, unit: &Unit) -> Option<Width> {
    let first = &expansion.units[chain.units[0]];
    // The first may read whatever launches before left.
    if first.groups != unit.groups {
        return None;
    }
    match (chain.x, unit.x) {
        (Width::Const(a), Width::Const(b)) => (a == b).then_some(Width::Const(a)),
        (Width::Const(n), Width::Any(len)) | (Width::Any(len), Width::Const(n)) => {
            len.is_multiple_of(n * PART).then_some(Width::Const(n))
        }
        (Width::Any(a), Width::Any(b)) => Some(Width::Any(gcd(a, b))),
        _ => None,
    }
}

/// Whether unit `from` comes after some unit of `chain`.
fn reaches(before: &[Vec<usize>], chain_of: &[usize], from: usize, chain: usize) -> bool {
    let mut open = vec![from];
    let mut seen = vec![false; before.len()];
    while let Some(unit) = open.pop() {
        if chain_of[unit] == chain {
            return true;
        }
        // What runs in the same launch counts as one.
        let siblings = (0..chain_of.len()).filter(|&other| chain_of[other] == chain_of[unit]);
        for next in siblings.flat_map(|other| &before[other]) {
            if !std::mem::replace(&mut seen[*next], true) {
                open.push(*next);
            }
        }
    }
    false
}

const fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
