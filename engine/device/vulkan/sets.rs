//! Descriptor sets: which buffers each dispatch of a run sees.

use std::sync::Arc;

use ash::vk;

use super::{
    Vulkan,
    context::{Context, Owned, failed},
};
use crate::device::{Result, gpu::Dispatch};

/// Sets for the dispatches of one run at a time, from a pool that grows.
#[derive(Debug)]
pub(super) struct Sets {
    context: Arc<Context>,
    pool: Option<Pool>,
}

#[derive(Debug)]
struct Pool {
    raw: Owned<vk::DescriptorPool>,
    /// Sets and descriptors that it has room for.
    sets: u32,
    descriptors: u32,
}

impl Sets {
    pub(super) fn new(context: &Arc<Context>) -> Self {
        Self { context: Arc::clone(context), pool: None }
    }

    /// A set for each of the dispatches, in their order; those of the last call are void.
    pub(super) fn bind(
        &mut self,
        dispatches: &[Dispatch<'_, Vulkan>],
    ) -> Result<Vec<vk::DescriptorSet>> {
        if dispatches.is_empty() {
            return Ok(vec![]);
        }
        let pool = self.pool(dispatches)?;
        let layouts: Vec<_> = dispatches.iter().map(|d| d.kernel.set_layout.raw()).collect();
        let info =
            vk::DescriptorSetAllocateInfo::default().descriptor_pool(pool).set_layouts(&layouts);
        // SAFETY: the pool is empty and has room for these sets.
        let sets = unsafe { self.context.device.allocate_descriptor_sets(&info) };
        let sets = sets.map_err(failed("make descriptor sets"))?;
        self.write(dispatches, &sets);
        Ok(sets)
    }

    /// An empty pool with room for the sets of `dispatches`.
    fn pool(&mut self, dispatches: &[Dispatch<'_, Vulkan>]) -> Result<vk::DescriptorPool> {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let sets = count(dispatches.len());
        // At least one, since pools for none do not exist.
        let descriptors = count(dispatches.iter().map(|d| d.bindings.len()).sum()).max(1);
        if let Some(pool) = &self.pool
            && sets <= pool.sets
            && descriptors <= pool.descriptors
        {
            let flags = vk::DescriptorPoolResetFlags::empty();
            // SAFETY: nothing that uses the sets runs any more.
            let reset = unsafe { self.context.device.reset_descriptor_pool(pool.raw.raw(), flags) };
            reset.map_err(failed("reset descriptor sets"))?;
            return Ok(pool.raw.raw());
        }
        let room = |needed: u32| needed.checked_next_power_of_two().unwrap_or(needed);
        let (sets, descriptors) = (room(sets), room(descriptors));
        let sizes = [vk::DescriptorPoolSize::default()
            .ty(vk::DescriptorType::STORAGE_BUFFER)
            .descriptor_count(descriptors)];
        let info = vk::DescriptorPoolCreateInfo::default().max_sets(sets).pool_sizes(&sizes);
        let raw = Owned::create(&self.context, "make a descriptor pool", |device| {
            // SAFETY: neither number is zero.
            unsafe { device.create_descriptor_pool(&info, None) }
        })?;
        Ok(self.pool.insert(Pool { raw, sets, descriptors }).raw.raw())
    }

    /// Writes the buffers of the dispatches into their sets.
    fn write(&self, dispatches: &[Dispatch<'_, Vulkan>], sets: &[vk::DescriptorSet]) {
        let buffers = dispatches.iter().flat_map(|dispatch| dispatch.bindings);
        let buffers: Vec<_> = buffers
            .map(|&(buffer, offset)| {
                vk::DescriptorBufferInfo::default()
                    .buffer(buffer.raw())
                    .offset(offset)
                    .range(vk::WHOLE_SIZE)
            })
            .collect();
        let places = dispatches.iter().zip(sets).flat_map(|(dispatch, &set)| {
            dispatch.kernel.bindings.iter().map(move |&number| (set, number))
        });
        let writes: Vec<_> = places
            .zip(buffers.chunks(1))
            .map(|((set, number), buffer)| {
                vk::WriteDescriptorSet::default()
                    .dst_set(set)
                    .dst_binding(number)
                    .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                    .buffer_info(buffer)
            })
            .collect();
        // SAFETY: the sets are new and not in use; each write is for a binding of its layout, and
        // its buffer is of this device, with the offset checked against size and alignment.
        unsafe { self.context.device.update_descriptor_sets(&writes, &[]) };
    }
}
