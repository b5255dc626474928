//! One command buffer, recorded, run and waited for.

use std::sync::Arc;

use ash::vk;

use super::{
    context::{Context, Owned, failed},
    timestamps::Timestamps,
};
use crate::device::Result;

/// The queue of a device and what it takes to use it.
#[derive(Debug)]
pub(super) struct Commands {
    context: Arc<Context>,
    queue: vk::Queue,
    // The pool owns the buffer.
    _pool: Owned<vk::CommandPool>,
    buffer: vk::CommandBuffer,
    fence: Owned<vk::Fence>,
}

impl Commands {
    pub(super) fn new(context: &Arc<Context>) -> Result<Self> {
        let family = context.profile.queue_family;
        // SAFETY: the device was made with one queue of this family.
        let queue = unsafe { context.device.get_device_queue(family, 0) };
        let info = vk::CommandPoolCreateInfo::default()
            .flags(vk::CommandPoolCreateFlags::RESET_COMMAND_BUFFER)
            .queue_family_index(family);
        let pool = Owned::create(context, "make a command pool", |device| {
            // SAFETY: the family is the one the device was made with.
            unsafe { device.create_command_pool(&info, None) }
        })?;
        let info = vk::CommandBufferAllocateInfo::default()
            .command_pool(pool.raw())
            .command_buffer_count(1);
        // SAFETY: the pool is of this device, and nothing else uses it.
        let buffers = unsafe { context.device.allocate_command_buffers(&info) };
        let buffer = buffers.map_err(failed("make a command buffer"))?[0];
        let fence = Owned::create(context, "make a fence", |device| {
            // SAFETY: no further obligations.
            unsafe { device.create_fence(&vk::FenceCreateInfo::default(), None) }
        })?;
        Ok(Self { context: Arc::clone(context), queue, _pool: pool, buffer, fence })
    }

    /// Runs what `record` records, after everything that ran before, and waits for it; the host
    /// then sees what it wrote. `doing` names the work in errors.
    ///
    /// What `record` records refers only to objects of this device that outlive the call.
    pub(super) fn run(
        &mut self,
        doing: &'static str,
        record: impl FnOnce(&Recorder<'_>),
    ) -> Result<()> {
        let device = &self.context.device;
        let info = vk::CommandBufferBeginInfo::default()
            .flags(vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT);
        // SAFETY: the buffer is not pending, since each submission is waited for.
        let begun = unsafe { device.begin_command_buffer(self.buffer, &info) };
        begun.map_err(failed("begin a command buffer"))?;
        let recorder = Recorder { device, buffer: self.buffer };
        recorder.after_all();
        record(&recorder);
        recorder.before_host();
        // SAFETY: recording was begun above.
        let ended = unsafe { device.end_command_buffer(self.buffer) };
        ended.map_err(failed("end a command buffer"))?;
        self.submit().map_err(failed(doing))
    }

    /// Runs the command buffer and waits until it has run.
    fn submit(&mut self) -> ash::prelude::VkResult<()> {
        let device = &self.context.device;
        let fences = [self.fence.raw()];
        // SAFETY: the fence is not pending, since each submission is waited for.
        unsafe { device.reset_fences(&fences) }?;
        let buffers = [self.buffer];
        let info = [vk::SubmitInfo::default().command_buffers(&buffers)];
        // SAFETY: the buffer was recorded to the end, the fence is unsignaled, and only this
        // object, borrowed mutably, uses the queue.
        unsafe { device.queue_submit(self.queue, &info, fences[0]) }?;
        // SAFETY: the fence is of this device.
        let waited = unsafe { device.wait_for_fences(&fences, true, u64::MAX) };
        if waited.is_err() {
            // The work may still run, and its objects may be dropped after this call.
            // SAFETY: only this object, borrowed mutably, uses the device's queue.
            let _ = unsafe { device.device_wait_idle() };
        }
        waited
    }
}

/// Records into a command buffer that has begun.
pub(super) struct Recorder<'a> {
    device: &'a ash::Device,
    buffer: vk::CommandBuffer,
}

impl Recorder<'_> {
    /// Later shaders see what earlier ones wrote.
    pub(super) fn between_dispatches(&self) {
        let shader = vk::PipelineStageFlags::COMPUTE_SHADER;
        let read_write = vk::AccessFlags::SHADER_READ | vk::AccessFlags::SHADER_WRITE;
        self.barrier((shader, vk::AccessFlags::SHADER_WRITE), (shader, read_write));
    }

    /// What is recorded next sees everything that earlier submissions wrote.
    fn after_all(&self) {
        let all = vk::PipelineStageFlags::ALL_COMMANDS;
        let read_write = vk::AccessFlags::MEMORY_READ | vk::AccessFlags::MEMORY_WRITE;
        self.barrier((all, vk::AccessFlags::MEMORY_WRITE), (all, read_write));
    }

    /// The host sees what was written, once it has waited.
    fn before_host(&self) {
        let all = vk::PipelineStageFlags::ALL_COMMANDS;
        let host = vk::PipelineStageFlags::HOST;
        self.barrier((all, vk::AccessFlags::MEMORY_WRITE), (host, vk::AccessFlags::HOST_READ));
    }

    fn barrier(
        &self,
        before: (vk::PipelineStageFlags, vk::AccessFlags),
        after: (vk::PipelineStageFlags, vk::AccessFlags),
    ) {
        let memory =
            [vk::MemoryBarrier::default().src_access_mask(before.1).dst_access_mask(after.1)];
        let none = vk::DependencyFlags::empty();
        // SAFETY: the buffer is recording, and a compute queue has these stages.
        unsafe {
            self.device.cmd_pipeline_barrier(
                self.buffer,
                before.0,
                after.0,
                none,
                &memory,
                &[],
                &[],
            );
        }
    }

    /// Copies `len` bytes, which are within both buffers, each given with where to begin.
    pub(super) fn copy(&self, from: (vk::Buffer, u64), to: (vk::Buffer, u64), len: u64) {
        let region = [vk::BufferCopy::default().src_offset(from.1).dst_offset(to.1).size(len)];
        // SAFETY: the buffer is recording; the callers keep the ranges apart and within buffers
        // that were made for transfers.
        unsafe { self.device.cmd_copy_buffer(self.buffer, from.0, to.0, &region) };
    }

    /// Fills a whole buffer with zeros.
    pub(super) fn clear(&self, buffer: vk::Buffer) {
        // SAFETY: the buffer is recording; buffers are made for transfers.
        unsafe { self.device.cmd_fill_buffer(self.buffer, buffer, 0, vk::WHOLE_SIZE, 0) };
    }

    /// Empties a pool of times.
    pub(super) fn reset_times(&self, times: &Timestamps) {
        // SAFETY: the buffer is recording, and the pool has as many times.
        unsafe { self.device.cmd_reset_query_pool(self.buffer, times.raw(), 0, times.count()) };
    }

    /// Writes the time at which everything that was recorded so far has run.
    pub(super) fn write_time(&self, times: &Timestamps, index: u32) {
        let all = vk::PipelineStageFlags::BOTTOM_OF_PIPE;
        // SAFETY: the buffer is recording, the pool was emptied, and the caller writes each of
        // its times once.
        unsafe { self.device.cmd_write_timestamp(self.buffer, all, times.raw(), index) };
    }

    /// Runs a pipeline over a grid of workgroups.
    pub(super) fn dispatch(&self, run: &PipelineRun<'_>) {
        let compute = vk::PipelineBindPoint::COMPUTE;
        // SAFETY: the buffer is recording, and the pipeline is a compute pipeline of this device.
        unsafe { self.device.cmd_bind_pipeline(self.buffer, compute, run.pipeline) };
        // SAFETY: the set was allocated with the set layout of this pipeline layout.
        unsafe {
            let sets = &[run.set];
            self.device.cmd_bind_descriptor_sets(self.buffer, compute, run.layout, 0, sets, &[]);
        }
        if !run.immediates.is_empty() {
            let stage = vk::ShaderStageFlags::COMPUTE;
            let bytes = bytemuck::cast_slice(run.immediates);
            // SAFETY: the layout has a range of as many bytes, as the kernel's signature says.
            unsafe { self.device.cmd_push_constants(self.buffer, run.layout, stage, 0, bytes) };
        }
        let [x, y, z] = run.grid;
        // SAFETY: what the pipeline uses is bound, and the grid is within the device's limits.
        unsafe { self.device.cmd_dispatch(self.buffer, x, y, z) };
    }
}

/// A pipeline with everything it runs on.
#[derive(Debug)]
pub(super) struct PipelineRun<'a> {
    pub(super) pipeline: vk::Pipeline,
    pub(super) layout: vk::PipelineLayout,
    pub(super) set: vk::DescriptorSet,
    pub(super) immediates: &'a [u32],
    pub(super) grid: [u32; 3],
}
