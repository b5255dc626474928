//! What all clients saw.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::client::Seen;

/// For what the machine does beside.
const SLACK: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Report {
    n: BTreeMap<&'static str, usize>,
    /// Times between events, the shortest first.
    gaps: Vec<Duration>,
}

impl Report {
    /// Adds up what clients saw, none of whom may have seen anything wrong.
    pub(super) fn new(seen: Vec<Seen>) -> Self {
        let mut report = Self { n: BTreeMap::new(), gaps: vec![] };
        let mut wrong = vec![];
        for each in seen {
            each.n.into_iter().for_each(|(what, n)| *report.n.entry(what).or_default() += n);
            report.gaps.extend(each.gaps);
            wrong.extend(each.wrong);
        }
        report.gaps.sort_unstable();
        let (n, shown) = (wrong.len(), &wrong[..wrong.len().min(20)]);
        assert!(wrong.is_empty(), "{report}\n{n} are wrong: {shown:#?}");
        report
    }

    /// The time that so many of a thousand gaps do not exceed.
    fn gap(&self, of_thousand: usize) -> Duration {
        let last = self.gaps.len().saturating_sub(1);
        self.gaps.get(last * of_thousand / 1000).copied().unwrap_or_default()
    }

    pub(super) fn expect_gaps_below(&self, heartbeat: Duration) {
        assert!(self.gap(990) < heartbeat + SLACK, "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [middle, most, all] = [500, 990, 1000].map(|n| self.gap(n).as_secs_f64());
        write!(f, "{:?}; {} gaps: {middle:.3} s in the middle, ", self.n, self.gaps.len())?;
        write!(f, "{most:.3} s at the 99th percentile, {all:.3} s at most")
    }
}
