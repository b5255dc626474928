//! Machine code on disk: what the driver made of kernels, for later runs.
//!
//! A file belongs to one device and driver, which its name says. It is ours around the driver's
//! data: a magic word, the length and a checksum, all in little-endian bytes, so that the driver
//! never sees data that it did not write.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use ash::vk;

use super::{
    choose::Identity,
    context::{Context, Owned},
};
use crate::device::{
    Result,
    store::{self, Damaged, Magic},
};

/// What a file begins with; another layout has another word.
const MAGIC: &Magic = b"ds4vkpc1";

/// Bytes of the header that every driver's data begins with, and its version.
const DRIVER_HEADER: usize = 32;
const DRIVER_VERSION: u32 = 1;

/// The file for one device and driver.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    identity: Identity,
    /// Checksum and length of the data in the file, as far as known.
    known: Option<(u64, usize)>,
}

/// The folder where the user's machine code is kept, if the system names one.
#[must_use]
pub fn store_folder() -> Option<PathBuf> {
    store::folder("vulkan")
}

/// A cache of the driver's that begins with `data`.
pub(super) fn cache(context: &Arc<Context>, data: &[u8]) -> Result<Owned<vk::PipelineCache>> {
    let info = vk::PipelineCacheCreateInfo::default().initial_data(data);
    Owned::create(context, "make a pipeline cache", |device| {
        // SAFETY: the data is empty, or what a cache of the same driver returned: `Store::load`
        // checked its length, checksum and header.
        unsafe { device.create_pipeline_cache(&info, None) }
    })
}

impl Store {
    /// The file in `folder` for one device and driver.
    pub(super) fn new(folder: &Path, identity: &Identity) -> Self {
        let mut name = format!("{:04x}-{:04x}-", identity.vendor, identity.device);
        for byte in identity.driver {
            let _ = write!(name, "{byte:02x}");
        }
        Self { path: folder.join(name + ".bin"), identity: *identity, known: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the driver's data in the file.
    pub(super) const fn bytes(&self) -> usize {
        match self.known {
            Some((_, len)) => len,
            None => 0,
        }
    }

    /// The driver's data; empty where there is no file.
    pub(super) fn load(&mut self) -> Result<Vec<u8>, Damaged> {
        let Some(data) = store::read(&self.path, MAGIC)? else { return Ok(vec![]) };
        check_driver_header(&data, &self.identity)
            .map_err(|reason| Damaged::new(&self.path, reason))?;
        self.known = Some((store::checksum(&data), data.len()));
        Ok(data)
    }

    /// Replaces the file with what the driver has now, if that is something else.
    pub(super) fn save(
        &mut self,
        context: &Context,
        cache: &Owned<vk::PipelineCache>,
    ) -> Result<(), String> {
        // SAFETY: the cache is of this device, and no other thread uses it: the caller has the
        // device to itself.
        let data = unsafe { context.device.get_pipeline_cache_data(cache.raw()) };
        let data = data.map_err(|error| {
            format!("machine code is not kept in {}: {error}", self.path.display())
        })?;
        let now = Some((store::checksum(&data), data.len()));
        if now != self.known {
            store::write(&self.path, MAGIC, &data)?;
            self.known = now;
        }
        Ok(())
    }
}

/// Checks the part of the driver's data that the standard describes.
fn check_driver_header(data: &[u8], identity: &Identity) -> Result<(), String> {
    let Some(header) = data.get(..DRIVER_HEADER) else {
        return Err(format!("expected {DRIVER_HEADER} bytes of the driver's header"));
    };
    let (words, driver) = header.split_at(16);
    let (words, _) = words.as_chunks::<4>();
    let words: Vec<u32> = words.iter().map(|&word| u32::from_le_bytes(word)).collect();
    // Some drivers have a longer header.
    let is_header = words[0] as usize >= DRIVER_HEADER && words[1] == DRIVER_VERSION;
    if !is_header || words[2..] != [identity.vendor, identity.device] || driver != identity.driver {
        return Err("it is of another device or driver".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: Identity = Identity { vendor: 0x10de, device: 0x2330, driver: [7; 16] };

    fn driver_data() -> Vec<u8> {
        let mut data: Vec<u8> =
            [32, 1, 0x10de, 0x2330].iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        data.extend([7; 16]);
        data.extend(b"code");
        data
    }

    #[test]
    fn data_of_others_is_refused() {
        check_driver_header(&driver_data(), &IDENTITY).unwrap();
        for other in [
            Identity { vendor: 1, ..IDENTITY },
            Identity { device: 1, ..IDENTITY },
            Identity { driver: [8; 16], ..IDENTITY },
        ] {
            let reason = check_driver_header(&driver_data(), &other).unwrap_err();
            assert_eq!(reason, "it is of another device or driver");
        }
        let reason = check_driver_header(b"short", &IDENTITY).unwrap_err();
        assert!(reason.contains("driver's header"), "{reason}");
    }

    #[test]
    fn files_are_named_by_device_and_driver() {
        let store = Store::new(Path::new("folder"), &IDENTITY);
        let name = store.path().file_name().unwrap().to_str().unwrap();
        assert_eq!(name, "10de-2330-07070707070707070707070707070707.bin");
    }

    #[test]
    fn a_missing_file_is_empty_and_data_of_others_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::new(&folder.path().join("deep"), &IDENTITY);
        assert_eq!(store.load().unwrap(), [0; 0]);
        store::write(store.path(), MAGIC, &driver_data()).unwrap();
        assert_eq!(store.load().unwrap(), driver_data());
        assert_eq!(store.bytes(), driver_data().len());
        store::write(store.path(), MAGIC, b"ds4").unwrap();
        let damaged = store.load().unwrap_err().to_string();
        assert!(
            damaged.ends_with("is ignored: expected 32 bytes of the driver's header"),
            "{damaged}"
        );
    }
}
