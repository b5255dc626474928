//! What `nvidia-smi` says, which comes with NVIDIA's driver.

use super::{
    command,
    facts::{Card, Process},
};

/// What is asked of each card; [`cards`] reads it in this order.
const QUERY: &str = "--query-gpu=index,name,driver_version,persistence_mode,power.limit,\
                     power.default_limit,clocks.max.sm,memory.total,memory.used";

/// What is asked of each process that computes; [`processes`] reads it in this order.
const PROCESSES: &str = "--query-compute-apps=pid,used_memory,process_name";

const FORMAT: &str = "--format=csv,noheader,nounits";

/// The cards, and the processes that hold their memory.
pub(super) fn gather() -> (Vec<Card>, Vec<Process>) {
    let Some(text) = command::output("nvidia-smi", &[QUERY, FORMAT]) else {
        return (vec![], vec![]);
    };
    let cards = cards(&text);
    if cards.is_empty() {
        return (cards, vec![]);
    }
    let running = command::output("nvidia-smi", &[PROCESSES, FORMAT]);
    (cards, processes(&running.unwrap_or_default()))
}

/// Reads the cards; lines of other shapes, as errors have, are left out.
fn cards(text: &str) -> Vec<Card> {
    let card = |line: &str| {
        let fields: Vec<_> = line.split(", ").map(str::trim).collect();
        let [index, name, driver, persistence, limit, default, clock, memory, used] = fields[..]
        else {
            return None;
        };
        Some(Card {
            index: Some(index.parse().ok()?),
            name: name.to_owned(),
            driver: driver.to_owned(),
            persistence: match persistence {
                "Enabled" => Some(true),
                "Disabled" => Some(false),
                _ => None,
            },
            power_limit_watts: watts(limit),
            default_power_limit_watts: watts(default),
            max_clock_mhz: clock.parse().ok(),
            memory: mebibytes(memory),
            used: mebibytes(used),
        })
    };
    text.lines().filter_map(card).collect()
}

/// Reads the processes; a name may have commas.
fn processes(text: &str) -> Vec<Process> {
    let process = |line: &str| {
        let mut fields = line.splitn(3, ", ").map(str::trim);
        let (pid, used, name) = (fields.next()?, fields.next()?, fields.next()?);
        Some(Process { pid: pid.parse().ok()?, name: name.to_owned(), bytes: mebibytes(used) })
    };
    text.lines().filter_map(process).collect()
}

fn watts(text: &str) -> Option<f64> {
    text.parse().ok().filter(|watts: &f64| watts.is_finite())
}

fn mebibytes(text: &str) -> Option<u64> {
    text.parse::<u64>().ok()?.checked_mul(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_read() {
        let text = "0, NVIDIA H200, 570.124.06, Disabled, 500.00, 700.00, 1980, 143771, 1024\n\
                    1, NVIDIA GB10, 580.95, Enabled, [N/A], [N/A], 3003, [N/A], [Not Supported]\n";
        let [first, second] = &cards(text)[..] else { panic!("two cards") };
        assert_eq!(
            (first.index, &*first.name, &*first.driver),
            (Some(0), "NVIDIA H200", "570.124.06")
        );
        assert_eq!(first.persistence, Some(false));
        assert_eq!(
            (first.power_limit_watts, first.default_power_limit_watts),
            (Some(500.0), Some(700.0))
        );
        assert_eq!((first.memory, first.used), (Some(143_771 << 20), Some(1 << 30)));
        assert_eq!(second.persistence, Some(true));
        assert_eq!((second.power_limit_watts, second.memory, second.used), (None, None, None));
    }

    #[test]
    fn what_is_no_card_is_left_out() {
        for text in [
            "",
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
            "No devices were found",
            "Field \"power.default_limit\" is not a valid field to query.\n\n",
            "0, NVIDIA H200, 570",
            "x, a, b, c, d, e, f, g, h",
            "\u{0}, , , , , , , , , ,",
        ] {
            assert_eq!(cards(text), [], "{text}");
        }
        let odd = cards("0, A, 1, ?, inf, 1e999, -1, 99999999999999999999, 18446744073709551615");
        assert_eq!((odd[0].power_limit_watts, odd[0].memory, odd[0].used), (None, None, None));
    }

    #[test]
    fn processes_are_read() {
        let text = "4242, 1024, /usr/bin/python3, really\n7, [N/A], [Not Found]\nnonsense\n1, 2\n";
        let expected =
            [(4242, "/usr/bin/python3, really", Some(1 << 30)), (7, "[Not Found]", None)];
        let expected =
            expected.map(|(pid, name, bytes)| Process { pid, name: name.to_owned(), bytes });
        assert_eq!(processes(text), expected);
    }
}
