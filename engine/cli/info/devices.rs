//! `ds4 info --devices`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::device::{Bytes, Found, Unusable};

/// The devices for another program: one object with a list.
pub(super) fn json(devices: &[Found]) -> Value {
    json!({ "devices": devices.iter().map(object).collect::<Vec<_>>() })
}

fn object(found: &Found) -> Value {
    let mut object = Map::new();
    let mut add = |key: &str, value: Value| object.insert(key.to_owned(), value);
    add("device", found.device.into());
    add("usable", found.unusable.is_none().into());
    if let Some(number) = found.number {
        add("gpu", number.into());
    }
    if !found.name.is_empty() {
        add("name", found.name.as_str().into());
    }
    for (key, bytes) in [("memory_bytes", found.memory), ("free_bytes", found.free)] {
        if let Some(bytes) = bytes {
            add(key, bytes.into());
        }
    }
    for (what, text) in &found.details {
        let value = text.parse::<u64>().map_or_else(|_| text.as_str().into(), Value::from);
        add(&what.to_lowercase().replace(' ', "_"), value);
    }
    if let Some(Unusable { reason, help }) = &found.unusable {
        add("reason", reason.as_str().into());
        add("help", help.as_str().into());
    }
    Value::Object(object)
}

/// The devices for people.
pub(super) fn text(devices: &[Found]) -> String {
    let mut text = String::new();
    for found in devices {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", head(found));
        let mut about: Vec<String> =
            found.details.iter().map(|(what, value)| format!("{what} {value}")).collect();
        let memory = [(found.memory, "of memory"), (found.free, "free")];
        let memory = memory.iter().filter_map(|(bytes, what)| Some((Bytes((*bytes)?), what)));
        about.extend(memory.map(|(bytes, what)| format!("{bytes} {what}")));
        if !about.is_empty() {
            let _ = writeln!(text, "  {}", about.join(", "));
        }
        if let Some(Unusable { reason, help }) = &found.unusable {
            let _ = writeln!(text, "  cannot be used: {reason}");
            if !help.is_empty() {
                let _ = writeln!(text, "  help: {help}");
            }
        }
    }
    text
}

/// How a device is asked for, and its name.
fn head(found: &Found) -> String {
    let mut head = format!("--device {}", found.device);
    if let Some(number) = found.number {
        let _ = write!(head, " --gpu {number}");
    }
    if !found.name.is_empty() {
        let _ = write!(head, ": {}", found.name);
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices() -> Vec<Found> {
        let card = Found {
            device: "cuda",
            number: Some(1),
            name: "A Card".to_owned(),
            memory: Some(150_000_000_000),
            free: Some(149_250_000_000),
            details: vec![("compute capability", "9.0".to_owned()), ("lanes", "32".to_owned())],
            unusable: None,
        };
        let missing = Found {
            device: "vulkan",
            number: None,
            name: String::new(),
            memory: None,
            free: None,
            details: vec![],
            unusable: Some(Unusable {
                reason: "there is no loader".to_owned(),
                help: "install it".to_owned(),
            }),
        };
        vec![card, missing]
    }

    #[test]
    fn people_read_what_to_ask_for_and_what_to_install() {
        let expected = "\
            --device cuda --gpu 1: A Card\n  \
              compute capability 9.0, lanes 32, 150.00 GB of memory, 149.25 GB free\n\
            --device vulkan\n  \
              cannot be used: there is no loader\n  \
              help: install it\n";
        assert_eq!(text(&devices()), expected);
    }

    #[test]
    fn programs_read_one_object_for_each() {
        let expected = json!({ "devices": [
            {
                "device": "cuda",
                "usable": true,
                "gpu": 1,
                "name": "A Card",
                "memory_bytes": 150_000_000_000_u64,
                "free_bytes": 149_250_000_000_u64,
                "compute_capability": "9.0",
                "lanes": 32,
            },
            {
                "device": "vulkan",
                "usable": false,
                "reason": "there is no loader",
                "help": "install it",
            },
        ] });
        assert_eq!(json(&devices()), expected);
    }
}
