//! The devices of this build, by the kind that was asked for.

use std::{num::NonZero, thread};

use super::{DeviceKind, Options};
#[cfg(any(feature = "cuda", feature = "vulkan"))]
use crate::device::{gpu::GpuDevice, programs};
use crate::{
    device::{
        self, Device, Needs, Room,
        cpu::{self, Cpu},
        gpu::{self, Program},
    },
    model::Model,
};

/// Most bytes that are read to measure the processor's memory.
const READ: usize = 256 << 20;

/// The room that the device of `options` would make for `model`, given its name and how many bytes
/// it has free as far as that is known; and what it takes. Nothing is opened.
///
/// The processor refuses nothing: it maps weights, and makes room when tokens come.
///
/// # Errors
///
/// As [`gpu::fit`].
pub fn fit(
    model: &Model,
    options: &Options,
    (name, free): (&str, Option<u64>),
) -> device::Result<(Room, Needs)> {
    let room = options.room(model.plan.model.n_context);
    match program(options.device) {
        None => Ok((room, cpu::needs::of(model.plan, &model.weights, room))),
        Some(program) => gpu::fit(program, (model.plan, &model.weights), (name, free), room),
    }
}

/// Bytes that the memory of the device of `options` moves in a second, measured in less than a
/// second: read by the processor, of which `free` bytes may be used; read and written by a GPU.
///
/// # Errors
///
/// Those of the device's API.
pub fn memory_speed(options: &Options, free: Option<u64>) -> device::Result<f64> {
    match options.device {
        DeviceKind::Cpu => {
            let cores = thread::available_parallelism().map_or(1, NonZero::get);
            let threads = if options.threads == 0 { cores } else { options.threads };
            // Measuring is not to take what others need.
            let most = free.map_or(READ, |free| usize::try_from(free / 8).unwrap_or(READ));
            Ok(cpu::speed::read(READ.min(most), threads))
        }
        #[cfg(feature = "cuda")]
        DeviceKind::Cuda => {
            gpu::copy_speed(&mut device::cuda::Cuda::open(&programs::CUDA, options.gpu)?)
        }
        #[cfg(feature = "vulkan")]
        DeviceKind::Vulkan => {
            let wanted = options.gpu.map(|number| number.to_string());
            gpu::copy_speed(&mut device::vulkan::Vulkan::open(wanted.as_deref())?)
        }
    }
}

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
