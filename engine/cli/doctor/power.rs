//! What decides how fast the processor may run, as Linux tells in files.

use super::{facts::Power, root::Root};

/// Power, but for what cards say.
pub(super) fn power(root: &Root) -> Power {
    let clock = |file| root.text(&format!("sys/devices/system/cpu/cpu0/cpufreq/{file}"));
    Power {
        clock_driver: clock("scaling_driver"),
        governor: clock("scaling_governor"),
        preference: clock("energy_performance_preference"),
        profile: root.text("sys/firmware/acpi/platform_profile"),
        on_battery: on_battery(root),
        low_power_mode: None,
        cards: vec![],
    }
}

/// Whether a battery feeds the machine and nothing else does; batteries of mice do not count.
fn on_battery(root: &Root) -> Option<bool> {
    const SUPPLIES: &str = "sys/class/power_supply";
    let mut discharging = None;
    for name in root.names(SUPPLIES) {
        let text = |file| root.text(&format!("{SUPPLIES}/{name}/{file}"));
        let of_device = text("scope").is_some_and(|scope| scope == "Device");
        match text("type").as_deref() {
            Some("Mains" | "USB") if text("online").is_some_and(|online| online == "1") => {
                return Some(false);
            }
            Some("Battery") if !of_device => {
                let discharges = text("status").is_some_and(|status| status == "Discharging");
                discharging = Some(discharges || discharging == Some(true));
            }
            _ => {}
        }
    }
    discharging
}

#[cfg(test)]
mod tests {
    use super::{super::root::tests::root, *};

    #[test]
    fn clocks_and_profiles_are_read() {
        let (_folder, root) = root(&[
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", "acpi-cpufreq\n"),
            ("sys/firmware/acpi/platform_profile", "low-power\n"),
        ]);
        let power = power(&root);
        assert_eq!(power.governor.as_deref(), Some("powersave"));
        assert_eq!(power.clock_driver.as_deref(), Some("acpi-cpufreq"));
        assert_eq!(power.profile.as_deref(), Some("low-power"));
        assert_eq!((power.preference, power.on_battery), (None, None));
    }

    #[test]
    fn batteries_count_where_nothing_else_feeds_the_machine() {
        const BATTERY: [(&str, &str); 2] = [
            ("sys/class/power_supply/BAT0/type", "Battery\n"),
            ("sys/class/power_supply/BAT0/status", "Discharging\n"),
        ];
        let with = |more: &[(&str, &str)]| {
            let (_folder, root) = root(&[&BATTERY, more].concat());
            on_battery(&root)
        };
        assert_eq!(with(&[]), Some(true));
        let mains = |online| {
            with(&[
                ("sys/class/power_supply/AC/type", "Mains"),
                ("sys/class/power_supply/AC/online", online),
            ])
        };
        assert_eq!((mains("1"), mains("0"), mains("?")), (Some(false), Some(true), Some(true)));
        assert_eq!(with(&[("sys/class/power_supply/BAT0/status", "Full")]), Some(false));
        assert_eq!(with(&[("sys/class/power_supply/BAT0/scope", "Device")]), None);
        assert_eq!(with(&[("sys/class/power_supply/BAT0/type", "\u{0}")]), None);
    }
}
