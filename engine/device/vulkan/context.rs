//! A logical device, and objects that are destroyed with their owners.

use std::{fmt, sync::Arc};

use ash::vk;

use super::{
    API,
    choose::{self, Profile},
};
use crate::device::{Error, Result};

/// The version that is asked for; devices may offer a later one.
pub(super) const VERSION: u32 = vk::API_VERSION_1_3;

/// What to do where there is no loader or driver.
pub(super) const HELP: &str = "install the GPU's driver and the Vulkan loader (libvulkan1 on Debian); \
                    mesa-vulkan-drivers has drivers for AMD, Intel and CPUs; \
                    `vulkaninfo --summary` lists what is found";

/// The loaded library and its instance.
pub(super) struct Instance {
    pub(super) raw: ash::Instance,
    // Its library stays loaded for as long as the instance has functions in it.
    _entry: ash::Entry,
}

impl Instance {
    /// Loads the system's Vulkan library.
    pub(super) fn load() -> Result<Self> {
        let missing = |reason| Error::NoGpu { api: API, reason, help: HELP };
        // SAFETY: the library's initialisers run; it is the system's own loader.
        let entry = unsafe { ash::Entry::load() };
        let entry = entry.map_err(|e| missing(format!("the loader cannot be opened: {e}")))?;
        let application =
            vk::ApplicationInfo::default().application_name(c"ds4").api_version(VERSION);
        let info = vk::InstanceCreateInfo::default().application_info(&application);
        // SAFETY: `info` borrows what it points at until the end of the call.
        let raw = unsafe { entry.create_instance(&info, None) };
        let raw = raw.map_err(|e| missing(format!("no instance can be made: {e}")))?;
        Ok(Self { raw, _entry: entry })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: the device that was made from it is gone: its owner owns this instance too, and
        // destroys the device first.
        unsafe { self.raw.destroy_instance(None) };
    }
}

/// A logical device; objects hold it, so that it goes last.
pub(super) struct Context {
    pub(super) device: ash::Device,
    pub(super) profile: Profile,
    _instance: Instance,
}

impl Context {
    /// Opens the best device, or the one that `wanted` names or numbers.
    pub(super) fn open(wanted: Option<&str>) -> Result<Arc<Self>> {
        let instance = Instance::load()?;
        let profiles = choose::profiles(&instance.raw)?;
        if profiles.is_empty() {
            let reason = "the loader knows of no device".to_owned();
            return Err(Error::NoGpu { api: API, reason, help: HELP });
        }
        let profile = choose::choose(profiles, wanted)?;
        let device = logical_device(&instance.raw, &profile)?;
        Ok(Arc::new(Self { device, profile, _instance: instance }))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.profile.name)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: every object made from the device holds this context, so all are gone, and
        // nothing runs, since every submission is waited for.
        unsafe { self.device.destroy_device(None) };
    }
}

/// A device with one queue and the features that kernels use.
fn logical_device(instance: &ash::Instance, profile: &Profile) -> Result<ash::Device> {
    let priorities = [1.0];
    let queues = [vk::DeviceQueueCreateInfo::default()
        .queue_family_index(profile.queue_family)
        .queue_priorities(&priorities)];
    let features = vk::PhysicalDeviceFeatures::default().shader_int64(true);
    let mut features13 = vk::PhysicalDeviceVulkan13Features::default()
        .shader_integer_dot_product(true)
        .subgroup_size_control(profile.full_subgroups)
        .compute_full_subgroups(profile.full_subgroups);
    let info = vk::DeviceCreateInfo::default()
        .queue_create_infos(&queues)
        .enabled_features(&features)
        .push_next(&mut features13);
    // SAFETY: `info` borrows what it points at; the profile says that the family and the features
    // are there.
    let device = unsafe { instance.create_device(profile.handle, &info, None) };
    device.map_err(failed("open the device"))
}

/// The error of a call that failed.
pub(super) fn failed(doing: &'static str) -> impl Fn(vk::Result) -> Error {
    move |result| Error::Driver { api: API, doing, reason: result.to_string() }
}

/// A kind of object that is destroyed by a call of the device.
pub(super) trait Object: Copy + fmt::Debug {
    /// Destroys the object.
    ///
    /// # Safety
    ///
    /// The device made the object; nothing uses it now or later.
    unsafe fn destroy(self, device: &ash::Device);
}

macro_rules! objects {
    ($($object:ident $destroy:ident),*) => {$(
        impl Object for vk::$object {
            unsafe fn destroy(self, device: &ash::Device) {
                // SAFETY: the caller's obligation.
                unsafe { device.$destroy(self, None) };
            }
        }
    )*};
}

objects!(
    Buffer destroy_buffer,
    CommandPool destroy_command_pool,
    DescriptorPool destroy_descriptor_pool,
    DescriptorSetLayout destroy_descriptor_set_layout,
    DeviceMemory free_memory,
    Fence destroy_fence,
    Pipeline destroy_pipeline,
    PipelineCache destroy_pipeline_cache,
    PipelineLayout destroy_pipeline_layout,
    QueryPool destroy_query_pool,
    ShaderModule destroy_shader_module
);

/// An object that is destroyed when dropped.
#[derive(Debug)]
pub(super) struct Owned<T: Object> {
    raw: T,
    context: Arc<Context>,
}

impl<T: Object> Owned<T> {
    /// The new object that `create` makes from the device, for this owner alone.
    pub(super) fn create(
        context: &Arc<Context>,
        doing: &'static str,
        create: impl FnOnce(&ash::Device) -> ash::prelude::VkResult<T>,
    ) -> Result<Self> {
        let raw = create(&context.device).map_err(failed(doing))?;
        Ok(Self { raw, context: Arc::clone(context) })
    }

    /// The handle, for calls that end before this owner does.
    pub(super) fn raw(&self) -> T {
        self.raw
    }
}

impl<T: Object> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: `create` made the object from this device for this owner alone, and submissions
        // that use it are waited for before the call that made them returns.
        unsafe { self.raw.destroy(&self.context.device) };
    }
}
