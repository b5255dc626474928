//! Which of the machine's devices to use, and whether it can run the kernels.

use ash::vk;

use super::{
    API,
    context::{VERSION, failed},
};
use crate::device::{Error, Result};

/// What to do where a device lacks something.
pub(super) const HELP: &str = "update the device's driver, or choose another device";

/// Workgroup memory that a kernel may use, in bytes.
const WORKGROUP_MEMORY: u32 = 32 << 10;

/// Subgroup operations that kernels use.
const SUBGROUP: [(vk::SubgroupFeatureFlags, &str); 4] = [
    (vk::SubgroupFeatureFlags::BASIC, "basic subgroup operations"),
    (vk::SubgroupFeatureFlags::ARITHMETIC, "subgroup arithmetic"),
    (vk::SubgroupFeatureFlags::BALLOT, "subgroup ballots"),
    (vk::SubgroupFeatureFlags::SHUFFLE, "subgroup shuffles"),
];

/// What machine code is made for: it runs where all of this is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Identity {
    pub(super) vendor: u32,
    pub(super) device: u32,
    /// The driver's, which changes with what it makes.
    pub(super) driver: [u8; vk::UUID_SIZE],
}

/// A device of the machine, and what it can do.
#[derive(Clone)]
pub(super) struct Profile {
    pub(super) handle: vk::PhysicalDevice,
    pub(super) name: String,
    pub(super) kind: vk::PhysicalDeviceType,
    /// Version of Vulkan.
    pub(super) version: u32,
    /// The driver and its version, in words.
    pub(super) driver: String,
    pub(super) identity: Identity,
    /// The first queue family that computes.
    pub(super) queue_family: u32,
    pub(super) limits: vk::PhysicalDeviceLimits,
    pub(super) memory: vk::PhysicalDeviceMemoryProperties,
    /// Largest allocation and buffer in bytes.
    pub(super) max_allocation: u64,
    pub(super) max_buffer: u64,
    /// Lanes of a subgroup, unless the driver chooses more for a kernel.
    pub(super) subgroup: u32,
    pub(super) max_subgroup: u32,
    /// Whether a kernel can ask for subgroups without missing lanes.
    pub(super) full_subgroups: bool,
    /// What kernels need and the device lacks.
    missing: Vec<String>,
}

impl Profile {
    /// What kernels need and the device lacks.
    pub(super) fn missing(&self) -> &[String] {
        &self.missing
    }
}

/// The devices of the machine in the loader's order.
pub(super) fn profiles(instance: &ash::Instance) -> Result<Vec<Profile>> {
    // SAFETY: the call has no further obligations.
    let handles = unsafe { instance.enumerate_physical_devices() };
    let handles = handles.map_err(failed("list the devices"))?;
    Ok(handles.into_iter().map(|handle| profile(instance, handle)).collect())
}

/// What a device of the instance is and can do.
fn profile(instance: &ash::Instance, handle: vk::PhysicalDevice) -> Profile {
    let mut properties11 = vk::PhysicalDeviceVulkan11Properties::default();
    let mut properties12 = vk::PhysicalDeviceVulkan12Properties::default();
    let mut properties13 = vk::PhysicalDeviceVulkan13Properties::default();
    let mut features13 = vk::PhysicalDeviceVulkan13Features::default();
    // SAFETY: the handle is of this instance.
    let properties = unsafe { instance.get_physical_device_properties(handle) };
    // SAFETY: the handle is of this instance.
    let features = unsafe { instance.get_physical_device_features(handle) };
    // Devices before 1.3 do not know these structures; they are refused for their version.
    let is_new = properties.api_version >= VERSION;
    if is_new {
        let mut chain = vk::PhysicalDeviceProperties2::default()
            .push_next(&mut properties11)
            .push_next(&mut properties12)
            .push_next(&mut properties13);
        // SAFETY: the handle is of this instance, and the device knows the structures.
        unsafe { instance.get_physical_device_properties2(handle, &mut chain) };
        let mut chain = vk::PhysicalDeviceFeatures2::default().push_next(&mut features13);
        // SAFETY: as above.
        unsafe { instance.get_physical_device_features2(handle, &mut chain) };
    }
    // SAFETY: the handle is of this instance.
    let families = unsafe { instance.get_physical_device_queue_family_properties(handle) };
    let family = families.iter().zip(0..).find_map(|(family, index)| {
        family.queue_flags.contains(vk::QueueFlags::COMPUTE).then_some(index)
    });

    let mut missing = vec![];
    if !is_new {
        missing.push(format!("Vulkan 1.3 (found {})", version_text(properties.api_version)));
    }
    let mut require = |has: bool, what: &str| missing.extend((!has).then(|| what.to_owned()));
    require(family.is_some(), "a compute queue");
    require(features.shader_int64 == vk::TRUE, "shaderInt64");
    require(features13.shader_integer_dot_product == vk::TRUE, "shaderIntegerDotProduct");
    let stages = properties11.subgroup_supported_stages;
    require(stages.contains(vk::ShaderStageFlags::COMPUTE), "subgroups in compute shaders");
    for (flag, what) in SUBGROUP {
        require(properties11.subgroup_supported_operations.contains(flag), what);
    }
    let shared = properties.limits.max_compute_shared_memory_size;
    if shared < WORKGROUP_MEMORY {
        missing.push(format!("{WORKGROUP_MEMORY} bytes of workgroup memory (found {shared})"));
    }
    Profile {
        handle,
        name: properties.device_name_as_c_str().unwrap_or_default().to_string_lossy().into_owned(),
        kind: properties.device_type,
        version: properties.api_version,
        driver: driver_text(&properties12),
        identity: Identity {
            vendor: properties.vendor_id,
            device: properties.device_id,
            driver: properties.pipeline_cache_uuid,
        },
        queue_family: family.unwrap_or_default(),
        limits: properties.limits,
        // SAFETY: the handle is of this instance.
        memory: unsafe { instance.get_physical_device_memory_properties(handle) },
        max_allocation: properties11.max_memory_allocation_size,
        max_buffer: properties13.max_buffer_size,
        subgroup: properties11.subgroup_size,
        max_subgroup: properties13.max_subgroup_size,
        full_subgroups: features13.subgroup_size_control == vk::TRUE
            && features13.compute_full_subgroups == vk::TRUE,
        missing,
    }
}

/// The driver and its version, in words.
fn driver_text(properties: &vk::PhysicalDeviceVulkan12Properties<'_>) -> String {
    let parts = [properties.driver_name_as_c_str(), properties.driver_info_as_c_str()];
    let parts = parts.map(|text| text.unwrap_or_default().to_string_lossy());
    parts.join(" ").trim().to_owned()
}

pub(super) fn version_text(version: u32) -> String {
    format!("{}.{}", vk::api_version_major(version), vk::api_version_minor(version))
}

/// Real GPUs before software, GPUs with own memory before those without.
fn rank(kind: vk::PhysicalDeviceType) -> usize {
    match kind {
        vk::PhysicalDeviceType::DISCRETE_GPU => 0,
        vk::PhysicalDeviceType::INTEGRATED_GPU => 1,
        vk::PhysicalDeviceType::VIRTUAL_GPU => 2,
        vk::PhysicalDeviceType::CPU => 4,
        _ => 3,
    }
}

/// The best of `profiles` (at least one), or the one that `wanted` numbers or is a part of the
/// name of, if it can run the kernels.
pub(super) fn choose(profiles: Vec<Profile>, wanted: Option<&str>) -> Result<Profile> {
    let names: Vec<_> =
        profiles.iter().zip(0..).map(|(p, i): (_, usize)| format!("{i} ({})", p.name)).collect();
    let is_wanted = |index: usize, profile: &Profile| match wanted {
        None => true,
        Some(text) => match text.parse::<usize>() {
            Ok(number) => number == index,
            Err(_) => profile.name.to_lowercase().contains(&text.to_lowercase()),
        },
    };
    let wanted_profiles =
        profiles.into_iter().enumerate().filter(|(index, profile)| is_wanted(*index, profile));
    let best = wanted_profiles
        .map(|(_, profile)| profile)
        .min_by_key(|profile| (!profile.missing.is_empty(), rank(profile.kind)));
    let Some(best) = best else {
        let wanted = wanted.unwrap_or_default();
        let reason = format!("none is number or name `{wanted}`; there are {}", names.join(", "));
        let help = "give the number of a device, or a part of its name";
        return Err(Error::NoGpu { api: API, reason, help });
    };
    if best.missing.is_empty() {
        return Ok(best);
    }
    Err(Error::Unsuitable { device: best.name, missing: best.missing, help: HELP })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, kind: vk::PhysicalDeviceType, missing: &[&str]) -> Profile {
        Profile {
            handle: vk::PhysicalDevice::null(),
            name: name.to_owned(),
            kind,
            version: VERSION,
            driver: String::new(),
            identity: Identity::default(),
            queue_family: 0,
            limits: vk::PhysicalDeviceLimits::default(),
            memory: vk::PhysicalDeviceMemoryProperties::default(),
            max_allocation: 0,
            max_buffer: 0,
            subgroup: 32,
            max_subgroup: 32,
            full_subgroups: true,
            missing: missing.iter().map(|&what| what.to_owned()).collect(),
        }
    }

    fn machine() -> Vec<Profile> {
        vec![
            device("llvmpipe", vk::PhysicalDeviceType::CPU, &[]),
            device(
                "Old Card",
                vk::PhysicalDeviceType::DISCRETE_GPU,
                &["Vulkan 1.3", "shaderInt64"],
            ),
            device("Inside", vk::PhysicalDeviceType::INTEGRATED_GPU, &[]),
            device("Big Card", vk::PhysicalDeviceType::DISCRETE_GPU, &[]),
        ]
    }

    /// The name of the device that is chosen, or the error.
    fn chosen(profiles: &[Profile], wanted: Option<&str>) -> String {
        let chosen = choose(profiles.to_vec(), wanted);
        chosen.map_or_else(|error| error.to_string(), |profile| profile.name)
    }

    #[test]
    fn the_best_device_that_can_is_chosen() {
        assert_eq!(chosen(&machine(), None), "Big Card");
        assert_eq!(chosen(&machine()[..3], None), "Inside");
        assert_eq!(chosen(&machine()[..2], None), "llvmpipe");
    }

    #[test]
    fn a_device_can_be_asked_for() {
        assert_eq!(chosen(&machine(), Some("0")), "llvmpipe");
        assert_eq!(chosen(&machine(), Some("inside")), "Inside");
        assert_eq!(chosen(&machine(), Some("card")), "Big Card");
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(
            chosen(&machine(), Some("1")),
            "Old Card cannot run the kernels; it lacks Vulkan 1.3, shaderInt64\n\
             help: update the device's driver, or choose another device"
        );
        assert_eq!(
            chosen(&machine(), Some("7")),
            "no Vulkan device: none is number or name `7`; there are 0 (llvmpipe), 1 (Old Card), \
             2 (Inside), 3 (Big Card)\nhelp: give the number of a device, or a part of its name"
        );
    }
}
