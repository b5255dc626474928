//! Joins passes into launches: chains of local passes, merged side by side.

use super::{
    expand::{Expansion, Operand, PART, Unit, Width},
    target::{Fusion, Merge},
};

/// Passes that the same workgroups run one after another.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Numbers of units, in order.
    pub units: Vec<usize>,
    /// Workgroups along x.
    pub x: Width,
}

/// The launches of a segment: chains that run side by side.
///
/// Chains whose width follows the step come last in their launch, and there is at most one.
///
/// # Panics
///
/// Never: every unit is put into a chain.
#[must_use]
pub fn fuse(expansion: &Expansion, fusion: Fusion) -> Vec<Vec<Chain>> {
    let before = dependencies(&expansion.units);
    let chains = chains(expansion, &before, fusion.chain);
    let chain_of = |unit: usize| {
        let found = chains.iter().position(|chain| chain.units.contains(&unit));
        found.expect("every unit is in a chain")
    };
    let needs: Vec<Vec<usize>> = chains
        .iter()
        .enumerate()
        .map(|(index, chain)| {
            let units = chain.units.iter().flat_map(|&unit| &before[unit]);
            let mut needed: Vec<_> = units.map(|&unit| chain_of(unit)).collect();
            needed.sort_unstable();
            needed.dedup();
            needed.retain(|&other| other != index);
            needed
        })
        .collect();
    let mut done = vec![false; chains.len()];
    let mut launches = vec![];
    while done.contains(&false) {
        let is_ready = |&c: &usize| !done[c] && needs[c].iter().all(|&other| done[other]);
        let ready: Vec<_> = (0..chains.len()).filter(is_ready).collect();
        let launch = side_by_side(&chains, &ready, fusion.merge);
        for &chain in &launch {
            done[chain] = true;
        }
        launches.push(launch.into_iter().map(|chain| chains[chain].clone()).collect());
    }
    launches
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
            (!others.any(|u| reachable(&u))).then_some((chain, x))
        });
        let chain = match joined {
            Some((chain, x)) => {
                chains[chain].units.push(index);
                chains[chain].x = x;
                chain
            }
            None => {
                chains.push(Chain { units: vec![index], x: unit.x });
                chains.len() - 1
            }
        };
        chain_of.push(chain);
    }
    chains
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
