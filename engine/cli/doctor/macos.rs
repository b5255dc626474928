//! What macOS tells through its commands.

use super::facts::{Facts, Limits, Machine, Power};
use super::root::value;
#[cfg(target_os = "macos")]
use super::{command, facts};

/// Keys that are asked of `sysctl`.
#[cfg(target_os = "macos")]
const KEYS: [&str; 5] = [
    "hw.memsize",
    "kern.osproductversion",
    "kern.osrelease",
    "vm.swapusage",
    "iogpu.wired_limit_mb",
];

/// What commands say.
#[derive(Debug, Default)]
struct Said {
    sysctl: String,
    vm_stat: String,
    /// `pmset -g`.
    settings: String,
    /// `pmset -g batt`.
    battery: String,
}

/// Adds what commands say.
#[cfg(target_os = "macos")]
pub(super) fn add(facts: &mut facts::Facts) {
    let said = |program, args: &[&str]| command::output(program, args).unwrap_or_default();
    let said = Said {
        sysctl: said("/usr/sbin/sysctl", &KEYS),
        vm_stat: said("/usr/bin/vm_stat", &[]),
        settings: said("/usr/bin/pmset", &["-g"]),
        battery: said("/usr/bin/pmset", &["-g", "batt"]),
    };
    read(&said, facts);
}

/// Reads what commands said.
fn read(said: &Said, facts: &mut Facts) {
    let Facts { machine, limits, power, .. } = facts;
    machine_and_limits(said, machine, limits);
    low_power(said, power);
}

fn machine_and_limits(said: &Said, machine: &mut Machine, limits: &mut Limits) {
    let about = |key| value(&said.sysctl, key, ':');
    machine.system = about("kern.osproductversion").map(|version| format!("macOS {version}"));
    machine.kernel = about("kern.osrelease").map(|version| format!("Darwin {version}"));
    machine.memory = about("hw.memsize").and_then(|bytes| bytes.parse().ok());
    machine.available = available(&said.vm_stat);
    if let Some(swap) = about("vm.swapusage") {
        (machine.swap, machine.swap_free) = (megabytes(swap, "total"), megabytes(swap, "free"));
    }
    limits.wired_limit_mb = about("iogpu.wired_limit_mb").and_then(|number| number.parse().ok());
}

/// Bytes of pages that are free, or that the system drops when others need them.
fn available(text: &str) -> Option<u64> {
    let (_, size) = text.lines().next()?.split_once("page size of ")?;
    let size: u64 = size.split(' ').next()?.parse().ok()?;
    let pages = |key| value(text, key, ':')?.trim_end_matches('.').parse::<u64>().ok();
    let all = ["Pages free", "Pages inactive", "Pages speculative", "Pages purgeable"];
    let all = all.map(|key| pages(key).unwrap_or(0));
    all.into_iter().fold(0_u64, u64::saturating_add).checked_mul(size)
}

/// Bytes of a field such as `total = 2048.00M`.
fn megabytes(text: &str, key: &str) -> Option<u64> {
    let (_, rest) = text.split_once(key)?;
    let number = rest.trim_start_matches([' ', '=']).split('M').next()?;
    // Hundredths do not matter.
    number.split('.').next()?.parse::<u64>().ok()?.checked_mul(1 << 20)
}

fn low_power(said: &Said, power: &mut Power) {
    let mut settings = said.settings.lines().map(str::split_whitespace);
    power.low_power_mode = settings.find_map(|mut words| match (words.next()?, words.next()?) {
        // Of Macs with three modes, 1 is the slow one.
        ("lowpowermode" | "powermode", number) => Some(number == "1"),
        _ => None,
    });
    power.on_battery = match said.battery.split('\'').nth(1) {
        Some("Battery Power") => Some(true),
        Some("AC Power") => Some(false),
        _ => None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSCTL: &str = "\
hw.memsize: 137438953472
kern.osproductversion: 15.3.1
kern.osrelease: 24.3.0
vm.swapusage: total = 2048.00M  used = 1024.75M  free = 1023.25M  (encrypted)
iogpu.wired_limit_mb: 0
";
    const VM_STAT: &str = "\
Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               10000.
Pages active:                           3000000.
Pages inactive:                           20000.
Pages speculative:                          300.
Pages purgeable:                             40.
\"Translation faults\":                 987654321.
";
    const SETTINGS: &str = "\
System-wide power settings:
Currently in use:
 standby              1
 lowpowermode         1
 sleep                1 (sleep prevented by powerd)
";
    const BATTERY: &str = "\
Now drawing from 'Battery Power'
 -InternalBattery-0 (id=1234567)\t75%; discharging; 5:12 remaining present: true
";

    fn facts(texts: [&str; 4]) -> Facts {
        let [sysctl, vm_stat, settings, battery] = texts.map(str::to_owned);
        let mut facts = Facts::default();
        read(&Said { sysctl, vm_stat, settings, battery }, &mut facts);
        facts
    }

    #[test]
    fn a_mac_is_read() {
        let Facts { machine, limits, power, .. } = facts([SYSCTL, VM_STAT, SETTINGS, BATTERY]);
        assert_eq!(machine.system.as_deref(), Some("macOS 15.3.1"));
        assert_eq!(machine.kernel.as_deref(), Some("Darwin 24.3.0"));
        assert_eq!(machine.memory, Some(128 << 30));
        assert_eq!(machine.available, Some(30_340 * 16384));
        assert_eq!((machine.swap, machine.swap_free), (Some(2048 << 20), Some(1023 << 20)));
        assert_eq!(limits.wired_limit_mb, Some(0));
        assert_eq!((power.low_power_mode, power.on_battery), (Some(true), Some(true)));
        let plugged = facts(["", "", " powermode 0\n", "Now drawing from 'AC Power'\n"]).power;
        assert_eq!((plugged.low_power_mode, plugged.on_battery), (Some(false), Some(false)));
    }

    #[test]
    fn what_commands_garble_is_unknown() {
        for text in
            ["", "hw.memsize", "hw.memsize: x\nvm.swapusage: total", "page size of \n", "'", "\n\n"]
        {
            let Facts { machine, limits, power, .. } = facts([text; 4]);
            assert_eq!((machine.memory, machine.available, machine.swap), (None, None, None));
            assert_eq!(
                (limits.wired_limit_mb, power.low_power_mode, power.on_battery),
                (None, None, None)
            );
        }
        let huge = "(page size of 18446744073709551615 bytes)\nPages free: 18446744073709551615.\n";
        assert_eq!(facts(["", huge, "", ""]).machine.available, None);
    }
}
