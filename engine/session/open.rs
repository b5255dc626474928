//! The devices of this build, by the kind that was asked for.

use super::{DeviceKind, Options};
#[cfg(any(feature = "cuda", feature = "vulkan"))]
use crate::device::{gpu::GpuDevice, programs};
use crate::{
    device::{self, Device, Room, cpu::Cpu, gpu::Program},
    model::Model,
};

/// The device that `options` names, with the weights of `model` and, on a GPU, `room` for
/// timelines; `progress` hears how many bytes of the weights it has, of how many.
pub(super) fn device(
    model: &Model,
    options: &Options,
    room: Room,
    progress: &mut dyn FnMut(u64, u64),
) -> device::Result<Box<dyn Device>> {
    match options.device {
        DeviceKind::Cpu => {
            // It reads weights where the file is mapped, and makes room when tokens come.
            let _ = room;
            progress(0, 0);
            Ok(Box::new(Cpu::open(model.plan, model.weights.clone(), options.threads)?))
        }
        #[cfg(feature = "cuda")]
        DeviceKind::Cuda => {
            let program = &programs::CUDA;
            let mut gpu = device::cuda::Cuda::open(program, options.gpu)?;
            gpu.use_store(device::cuda::store_folder());
            let device =
                GpuDevice::open(gpu, program, (model.plan, &model.weights), room, progress)?;
            Ok(Box::new(device))
        }
        #[cfg(feature = "vulkan")]
        DeviceKind::Vulkan => {
            let wanted = options.gpu.map(|number| number.to_string());
            let mut gpu = device::vulkan::Vulkan::open(wanted.as_deref())?;
            gpu.use_store(device::vulkan::store_folder())?;
            let program = &programs::VULKAN;
            let device =
                GpuDevice::open(gpu, program, (model.plan, &model.weights), room, progress)?;
            Ok(Box::new(device))
        }
    }
}

/// The kernels of a kind of device, if it is a GPU.
pub(super) const fn program(kind: DeviceKind) -> Option<&'static Program> {
    match kind {
        DeviceKind::Cpu => None,
        #[cfg(feature = "cuda")]
        DeviceKind::Cuda => Some(&programs::CUDA),
        #[cfg(feature = "vulkan")]
        DeviceKind::Vulkan => Some(&programs::VULKAN),
    }
}
