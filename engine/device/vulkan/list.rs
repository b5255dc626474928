//! The Vulkan devices of the machine.

use ash::vk::PhysicalDeviceType as Kind;

use super::{
    API,
    choose::{self, HELP, Profile},
    context::{self, Instance},
};
use crate::device::{Error, Found, Result, Unusable};

/// The devices that the loader knows of, by number.
pub(in crate::device) fn devices() -> Result<Vec<Found>> {
    let instance = Instance::load()?;
    let profiles = choose::profiles(&instance.raw)?;
    if profiles.is_empty() {
        let reason = "the loader knows of no device".to_owned();
        return Err(Error::NoGpu { api: API, reason, help: context::HELP });
    }
    Ok(profiles.iter().enumerate().map(|(number, profile)| found(number, profile)).collect())
}

fn found(number: usize, profile: &Profile) -> Found {
    let heaps = profile.memory.memory_heaps_as_slice().iter();
    let missing = profile.missing();
    Found {
        device: "vulkan",
        number: Some(number),
        name: profile.name.clone(),
        memory: heaps.map(|heap| heap.size).max(),
        // Vulkan says so through an extension only.
        free: None,
        details: vec![
            ("kind", kind(profile.kind).to_owned()),
            ("vulkan", choose::version_text(profile.version)),
            ("driver", profile.driver.clone()),
            ("subgroup", profile.subgroup.to_string()),
        ],
        unusable: (!missing.is_empty()).then(|| Unusable {
            reason: format!("it lacks {}", missing.join(", ")),
            help: HELP.to_owned(),
        }),
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::DISCRETE_GPU => "GPU with memory of its own",
        Kind::INTEGRATED_GPU => "GPU that shares memory",
        Kind::VIRTUAL_GPU => "virtual GPU",
        Kind::CPU => "software",
        _ => "other",
    }
}
