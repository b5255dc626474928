//! What keeps processors from running as fast as they can.

use super::{
    Finding,
    Severity::{Note, Warning},
};
use crate::cli::doctor::facts::{Card, Facts};

const SECTION: &str = "power";

/// Where the clock of every core is set.
const CLOCKS: &str = "/sys/devices/system/cpu/cpu*/cpufreq";

/// Drivers of clocks that, with the governor `powersave`, choose by a preference of their own.
const CHOOSING: [&str; 2] = ["intel_pstate", "amd-pstate-epp"];

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<_> =
        [battery(facts), mode(facts), clock(facts), profile(facts)].into_iter().flatten().collect();
    findings.extend(facts.power.cards.iter().flat_map(card));
    findings
}

fn battery(facts: &Facts) -> Option<Finding> {
    facts.power.on_battery.filter(|on_battery| *on_battery)?;
    let finding = Finding::new(Warning, SECTION, "the machine runs on its battery");
    Some(finding.expected("mains power").mend("plug it in"))
}

fn mode(facts: &Facts) -> Option<Finding> {
    facts.power.low_power_mode.filter(|is_on| *is_on)?;
    let finding = Finding::new(Warning, SECTION, "the low power mode is on");
    Some(finding.expected("off").mend("`sudo pmset -a lowpowermode 0`"))
}

fn clock(facts: &Facts) -> Option<Finding> {
    let power = &facts.power;
    let chooses = power.clock_driver.as_deref().is_some_and(|name| CHOOSING.contains(&name));
    let (what, file, now, better) = if chooses {
        let preference = power.preference.as_deref().filter(|name| *name == "power")?;
        ("prefers", "energy_performance_preference", preference, "balance_performance")
    } else {
        let governor = power.governor.as_deref().filter(|name| *name == "powersave")?;
        ("has the governor", "scaling_governor", governor, "performance")
    };
    let finding = Finding::new(Warning, SECTION, format!("the processor's clock {what} {now}"));
    Some(finding.expected(better).mend(format!("`echo {better} | sudo tee {CLOCKS}/{file}`")))
}

fn profile(facts: &Facts) -> Option<Finding> {
    let slow = |name: &&str| ["low-power", "quiet", "cool"].contains(name);
    let name = facts.power.profile.as_deref().filter(slow)?;
    let finding = Finding::new(Warning, SECTION, format!("the platform's profile is {name}"));
    let command = "`echo performance | sudo tee /sys/firmware/acpi/platform_profile`";
    Some(finding.expected("balanced or performance").mend(command))
}

fn card(card: &Card) -> Vec<Finding> {
    let (name, number) = (&card.name, card.index.unwrap_or(0));
    let mut findings = vec![];
    if let Some((limit, default)) = card.power_limit_watts.zip(card.default_power_limit_watts)
        && limit < default
    {
        findings.push(
            Finding::new(Warning, SECTION, format!("card {number} ({name}) may take {limit:.0} W"))
                .expected(format!("{default:.0} W, its default"))
                .mend(format!("`sudo nvidia-smi -i {number} -pl {default:.0}`")),
        );
    }
    if card.persistence == Some(false) {
        let found = format!("card {number} ({name}) is started anew by each program");
        let mend = format!("`sudo nvidia-smi -i {number} -pm 1` keeps it awake");
        findings.push(Finding::new(Note, SECTION, found).mend(mend));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{super::tests::one, *};

    #[test]
    fn a_battery_and_a_low_power_mode_are_slow() {
        let mut facts = Facts::default();
        (facts.power.on_battery, facts.power.low_power_mode) = (Some(true), Some(true));
        let found = findings(&facts);
        assert_eq!(one(&found, "the machine runs on its battery").severity, Warning);
        assert_eq!(one(&found, "the low power mode").commands, ["sudo pmset -a lowpowermode 0"]);
        (facts.power.on_battery, facts.power.low_power_mode) = (Some(false), None);
        assert_eq!(findings(&facts), []);
    }

    #[test]
    fn powersave_is_slow_unless_the_driver_chooses() {
        let mut facts = Facts::default();
        facts.power.governor = Some("powersave".to_owned());
        let found = one(&findings(&facts), "the processor's clock has the governor powersave");
        assert_eq!(
            found.commands,
            ["echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"]
        );
        facts.power.clock_driver = Some("intel_pstate".to_owned());
        assert_eq!(findings(&facts), []);
        facts.power.preference = Some("power".to_owned());
        one(&findings(&facts), "the processor's clock prefers power");
        facts.power.profile = Some("low-power".to_owned());
        one(&findings(&facts), "the platform's profile is low-power");
    }

    #[test]
    fn a_card_below_its_default_is_slow() {
        let mut facts = Facts::default();
        let card = Card {
            index: Some(1),
            name: "NVIDIA H200".to_owned(),
            persistence: Some(false),
            power_limit_watts: Some(500.0),
            default_power_limit_watts: Some(700.0),
            ..Card::default()
        };
        facts.power.cards = vec![card.clone(), Card { power_limit_watts: None, ..card }];
        let found = findings(&facts);
        let slow = one(&found, "card 1 (NVIDIA H200) may take 500 W");
        assert_eq!(slow.commands, ["sudo nvidia-smi -i 1 -pl 700"]);
        assert_eq!(found.iter().filter(|finding| finding.severity == Note).count(), 2);
    }
}
