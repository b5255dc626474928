//! A kernel: a compute pipeline with its layouts.

use std::{ffi::CString, sync::Arc};

use ash::vk;

use super::context::{Context, Owned};
use crate::device::{
    Error, Result,
    gpu::{KernelText, Signature},
};

/// The first word of SPIR-V.
const MAGIC: u32 = 0x0723_0203;

/// A compute pipeline.
#[derive(Debug)]
pub struct Kernel {
    pub(super) signature: Signature,
    /// Numbers of its storage buffers.
    pub(super) bindings: Box<[u32]>,
    pub(super) pipeline: Owned<vk::Pipeline>,
    pub(super) layout: Owned<vk::PipelineLayout>,
    pub(super) set_layout: Owned<vk::DescriptorSetLayout>,
}

impl Kernel {
    /// Compiles SPIR-V that a validator has accepted.
    pub(super) fn new(
        context: &Arc<Context>,
        cache: vk::PipelineCache,
        text: &KernelText<'_>,
    ) -> Result<Self> {
        let bad = |reason: String| Error::BadKernel { kernel: text.name.to_owned(), reason };
        let refused = |error| match error {
            Error::Driver { doing, reason, .. } => bad(format!("cannot {doing}: {reason}")),
            other => other,
        };
        check_limits(context, text).map_err(bad)?;
        let words = words(text.code).map_err(bad)?;
        let entry = CString::new(text.entry).map_err(|_| bad("entry has a zero".to_owned()))?;

        let set_layout = set_layout(context, text.bindings).map_err(refused)?;
        let layout = layout(context, &set_layout, text.immediates).map_err(refused)?;
        let info = vk::ShaderModuleCreateInfo::default().code(&words);
        let module = Owned::create(context, "read its SPIR-V", |device| {
            // SAFETY: the generator's validator accepted the module, and its capabilities are
            // those that the device was opened with.
            unsafe { device.create_shader_module(&info, None) }
        })
        .map_err(refused)?;
        let mut stage = vk::PipelineShaderStageCreateInfo::default()
            .stage(vk::ShaderStageFlags::COMPUTE)
            .module(module.raw())
            .name(&entry);
        let profile = &context.profile;
        if profile.full_subgroups && text.threads.is_multiple_of(profile.max_subgroup) {
            stage = stage.flags(vk::PipelineShaderStageCreateFlags::REQUIRE_FULL_SUBGROUPS);
        }
        let info = [vk::ComputePipelineCreateInfo::default().stage(stage).layout(layout.raw())];
        let pipeline = Owned::create(context, "make a pipeline", |device| {
            // SAFETY: module and layout are of this device, and the layout has what the module
            // uses: its text says so.
            let made = unsafe { device.create_compute_pipelines(cache, &info, None) };
            made.map(|pipelines| pipelines[0]).map_err(|(_, result)| result)
        })
        .map_err(refused)?;
        let bindings = text.bindings.into();
        Ok(Self { signature: Signature::new(text), bindings, pipeline, layout, set_layout })
    }
}

fn check_limits(context: &Context, text: &KernelText<'_>) -> Result<(), String> {
    let limits = &context.profile.limits;
    let threads =
        limits.max_compute_work_group_invocations.min(limits.max_compute_work_group_size[0]);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let uses = [
        ("threads of a workgroup", text.threads, threads),
        (
            "storage buffers",
            count(text.bindings.len()),
            limits.max_per_stage_descriptor_storage_buffers,
        ),
        (
            "bytes of immediates",
            count(text.immediates.saturating_mul(4)),
            limits.max_push_constants_size,
        ),
    ];
    match uses.into_iter().find(|(_, used, limit)| used > limit) {
        None => Ok(()),
        Some((what, used, limit)) => {
            Err(format!("it has {used} {what}; {} allows {limit}", context.profile.name))
        }
    }
}

/// The words of SPIR-V in the machine's byte order.
fn words(code: &[u8]) -> Result<Vec<u32>, String> {
    let (words, rest) = code.as_chunks::<4>();
    let words: Vec<_> = words.iter().map(|&word| u32::from_ne_bytes(word)).collect();
    match words.first() {
        Some(&MAGIC) if rest.is_empty() => Ok(words),
        first => Err(format!(
            "expected SPIR-V, words from {MAGIC:#x}; found {} bytes from {:#x}",
            code.len(),
            first.copied().unwrap_or_default()
        )),
    }
}

fn set_layout(context: &Arc<Context>, bindings: &[u32]) -> Result<Owned<vk::DescriptorSetLayout>> {
    let binding = |&number: &u32| {
        vk::DescriptorSetLayoutBinding::default()
            .binding(number)
            .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
            .descriptor_count(1)
            .stage_flags(vk::ShaderStageFlags::COMPUTE)
    };
    let bindings: Vec<_> = bindings.iter().map(binding).collect();
    let info = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
    Owned::create(context, "describe its buffers", |device| {
        // SAFETY: the numbers differ, and are no more than the device allows.
        unsafe { device.create_descriptor_set_layout(&info, None) }
    })
}

fn layout(
    context: &Arc<Context>,
    set_layout: &Owned<vk::DescriptorSetLayout>,
    immediates: usize,
) -> Result<Owned<vk::PipelineLayout>> {
    let sets = [set_layout.raw()];
    let size = u32::try_from(immediates * 4).unwrap_or(u32::MAX);
    let range =
        vk::PushConstantRange::default().stage_flags(vk::ShaderStageFlags::COMPUTE).size(size);
    let ranges = if size == 0 { vec![] } else { vec![range] };
    let info =
        vk::PipelineLayoutCreateInfo::default().set_layouts(&sets).push_constant_ranges(&ranges);
    Owned::create(context, "describe its arguments", |device| {
        // SAFETY: the set layout is of this device; the range is within the device's limit.
        unsafe { device.create_pipeline_layout(&info, None) }
    })
}
