//! Buffers: each with memory of its own, mapped where the host can see it.

use std::{ptr::NonNull, sync::Arc};

use ash::vk::{self, MemoryPropertyFlags as Flags};

use super::{
    API,
    context::{Context, Owned, failed},
};
use crate::device::{Error, Result, gpu};

/// Sizes of buffers are rounded up to this many bytes, the largest element of an array.
const GRANULE: u64 = 16;

/// Where the memory of a buffer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Fastest for the device; the host reads and writes through another buffer.
    Device,
    /// The host reads and writes it directly.
    Host,
}

/// Memory on a Vulkan device.
#[derive(Debug)]
pub struct Buffer {
    // Dropped in this order: the memory outlives the buffer that is bound to it.
    raw: Owned<vk::Buffer>,
    _memory: Owned<vk::DeviceMemory>,
    mapping: Option<Mapping>,
    /// Bytes that were asked for.
    size: u64,
}

/// The address of mapped memory, valid until the memory is freed.
#[derive(Debug)]
struct Mapping(NonNull<u8>);

// SAFETY: the address means the same on every thread, and it is read and written only through a
// `Buffer`, which lives on one thread at a time.
unsafe impl Send for Mapping {}

impl Buffer {
    /// A buffer of `bytes`, at least one; its contents are not defined. `what` names it in errors.
    pub(super) fn new(
        context: &Arc<Context>,
        place: Place,
        bytes: u64,
        what: &'static str,
    ) -> Result<Self> {
        check_size(context, bytes, what)?;
        let usage = vk::BufferUsageFlags::STORAGE_BUFFER
            | vk::BufferUsageFlags::TRANSFER_SRC
            | vk::BufferUsageFlags::TRANSFER_DST;
        let size = bytes.max(1).next_multiple_of(GRANULE);
        let info = vk::BufferCreateInfo::default().size(size).usage(usage);
        let out_of_memory = |error| match error {
            Error::Driver { .. } => Error::OutOfMemory { what, bytes },
            other => other,
        };
        let raw = Owned::create(context, "make a buffer", |device| {
            // SAFETY: the size is not zero, and within the device's limits.
            unsafe { device.create_buffer(&info, None) }
        })
        .map_err(out_of_memory)?;
        // SAFETY: the buffer is of this device.
        let needs = unsafe { context.device.get_buffer_memory_requirements(raw.raw()) };
        let memory_type = memory_type(context, place, needs.memory_type_bits)?;
        let info = vk::MemoryAllocateInfo::default()
            .allocation_size(needs.size)
            .memory_type_index(memory_type);
        let memory = Owned::create(context, "allocate memory", |device| {
            // SAFETY: the type is one of the device's, the size within its limits.
            unsafe { device.allocate_memory(&info, None) }
        })
        .map_err(out_of_memory)?;
        // SAFETY: both are new, and the memory fits the buffer's requirements.
        let bound = unsafe { context.device.bind_buffer_memory(raw.raw(), memory.raw(), 0) };
        bound.map_err(failed("bind memory to a buffer"))?;
        let mapping = match place {
            Place::Device => None,
            Place::Host => Some(map(context, &memory)?),
        };
        Ok(Self { raw, _memory: memory, mapping, size: bytes })
    }

    /// Bytes that were asked for.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The handle, for work that ends before the buffer is dropped.
    pub(super) fn raw(&self) -> vk::Buffer {
        self.raw.raw()
    }

    /// Where `len` bytes from `offset` are mapped, or `None` where the buffer is not.
    fn mapped(&self, offset: u64, len: usize) -> Result<Option<NonNull<u8>>> {
        gpu::check_range(offset, len, self.size)?;
        let Some(mapping) = &self.mapping else { return Ok(None) };
        // A mapped buffer is in the host's address space, so its offsets are `usize`.
        let out_of_range = |_| Error::BufferRange { offset, len, size: self.size };
        let offset = usize::try_from(offset).map_err(out_of_range)?;
        // SAFETY: the range was checked, so the address is within the mapping or at its end.
        Ok(Some(unsafe { mapping.0.add(offset) }))
    }

    /// Writes through the mapping; false where there is none.
    pub(super) fn write_mapped(&self, offset: u64, bytes: &[u8]) -> Result<bool> {
        let Some(to) = self.mapped(offset, bytes.len())? else { return Ok(false) };
        // SAFETY: `mapped` checked the range; nothing runs on the device outside of a call that
        // waits; `bytes` is the host's own memory.
        unsafe { to.copy_from_nonoverlapping(NonNull::from(bytes).cast(), bytes.len()) };
        Ok(true)
    }

    /// Reads through the mapping; false where there is none.
    pub(super) fn read_mapped(&self, offset: u64, bytes: &mut [u8]) -> Result<bool> {
        let Some(from) = self.mapped(offset, bytes.len())? else { return Ok(false) };
        let len = bytes.len();
        // SAFETY: as in `write_mapped`; the last submission made its writes visible to the host.
        unsafe { from.copy_to_nonoverlapping(NonNull::from(bytes).cast(), len) };
        Ok(true)
    }
}

/// Bytes of the device's largest storage buffer, and what Vulkan calls the limit.
pub(super) fn largest_buffer(context: &Context) -> (u64, &'static str) {
    let profile = &context.profile;
    let limits = [
        (u64::from(profile.limits.max_storage_buffer_range), "maxStorageBufferRange"),
        (profile.max_allocation, "maxMemoryAllocationSize"),
        (profile.max_buffer, "maxBufferSize"),
    ];
    // A buffer is rounded up, and must fit still.
    let [range, allocation, buffer] = limits.map(|(limit, rule)| (limit / GRANULE * GRANULE, rule));
    range.min(allocation).min(buffer)
}

/// Bytes of the memory that buffers at `place` are in, though others may use some of it.
pub(super) fn heap_size(context: &Context, place: Place) -> Result<u64> {
    let memory = &context.profile.memory;
    let kind = memory.memory_types_as_slice().get(memory_type(context, place, u32::MAX)? as usize);
    let heap = kind.and_then(|kind| memory.memory_heaps_as_slice().get(kind.heap_index as usize));
    Ok(heap.map_or(u64::MAX, |heap| heap.size))
}

/// Refuses a storage buffer of `bytes` that the device does not allow.
fn check_size(context: &Context, bytes: u64, what: &'static str) -> Result<()> {
    let (limit, rule) = largest_buffer(context);
    if bytes <= limit {
        return Ok(());
    }
    let device = context.profile.name.clone();
    Err(Error::BufferTooLarge { what, bytes, device, limit, rule })
}

/// The memory type for `place` among those that `bits` allows.
fn memory_type(context: &Context, place: Place, bits: u32) -> Result<u32> {
    let host = Flags::HOST_VISIBLE | Flags::HOST_COHERENT;
    // From best to just good enough; every device has the last of each.
    let wishes = match place {
        Place::Device => [Flags::DEVICE_LOCAL, Flags::empty(), Flags::empty()],
        Place::Host => {
            [host | Flags::HOST_CACHED | Flags::DEVICE_LOCAL, host | Flags::HOST_CACHED, host]
        }
    };
    let types = context.profile.memory.memory_types_as_slice();
    let find = |wish: Flags| {
        let mut allowed = types.iter().zip(0..).filter(|(_, index)| bits >> index & 1 == 1);
        allowed.find(|(kind, _)| kind.property_flags.contains(wish)).map(|(_, index)| index)
    };
    let found = wishes.into_iter().find_map(find);
    found.ok_or_else(|| {
        let reason = format!("no memory type is for {place:?}");
        Error::Driver { api: API, doing: "find memory for a buffer", reason }
    })
}

/// Maps memory that the host can see, for as long as it is allocated.
fn map(context: &Context, memory: &Owned<vk::DeviceMemory>) -> Result<Mapping> {
    let flags = vk::MemoryMapFlags::empty();
    // SAFETY: the memory is new, visible to the host, and not mapped.
    let address = unsafe { context.device.map_memory(memory.raw(), 0, vk::WHOLE_SIZE, flags) };
    let address = address.map_err(failed("map memory"))?;
    let address = NonNull::new(address.cast());
    address.map(Mapping).ok_or_else(|| failed("map memory")(vk::Result::ERROR_MEMORY_MAP_FAILED))
}
