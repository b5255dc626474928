//! Machine code on disk: what the driver made of kernels, for later runs.
//!
//! A file belongs to one device and driver, which its name says. It is ours around the driver's
//! data: a magic word, the length and a checksum, all in little-endian bytes, so that the driver
//! never sees data that it did not write.

use std::{
    fmt::{self, Write as _},
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
    sync::Arc,
};

use ash::vk;
use directories::ProjectDirs;

use super::{
    choose::Identity,
    context::{Context, Owned},
};
use crate::device::Result;

/// What a file begins with; another layout has another word.
const MAGIC: &[u8; 8] = b"ds4vkpc1";

/// Bytes before the driver's data: magic word, length, checksum.
const HEADER: usize = 24;

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

/// A file that is not what was written.
#[derive(Debug)]
pub(super) struct Damaged {
    path: PathBuf,
    reason: String,
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, reason } = self;
        write!(f, "kept machine code in {} is ignored: {reason}", path.display())
    }
}

/// The folder where the user's machine code is kept, if the system names one.
#[must_use]
pub fn store_folder() -> Option<PathBuf> {
    ProjectDirs::from("", "", "ds4").map(|folders| folders.cache_dir().join("vulkan"))
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
        let damaged = |reason| Damaged { path: self.path.clone(), reason };
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => return Err(damaged(error.to_string())),
        };
        let data = unpack(&bytes, &self.identity).map_err(damaged)?;
        self.known = Some((checksum(data), data.len()));
        Ok(data.to_vec())
    }

    /// Replaces the file with what the driver has now, if that is something else.
    pub(super) fn save(
        &mut self,
        context: &Context,
        cache: &Owned<vk::PipelineCache>,
    ) -> Result<(), String> {
        let failed = |reason: String| {
            format!("machine code is not kept in {}: {reason}", self.path.display())
        };
        // SAFETY: the cache is of this device, and no other thread uses it: the caller has the
        // device to itself.
        let data = unsafe { context.device.get_pipeline_cache_data(cache.raw()) };
        let data = data.map_err(|error| failed(error.to_string()))?;
        let now = Some((checksum(&data), data.len()));
        if now != self.known {
            write_whole(&self.path, &pack(&data)).map_err(|error| failed(error.to_string()))?;
            self.known = now;
        }
        Ok(())
    }
}

/// The file around the driver's data.
fn pack(data: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend((data.len() as u64).to_le_bytes());
    bytes.extend(checksum(data).to_le_bytes());
    bytes.extend(data);
    bytes
}

/// The driver's data in a file, or why it cannot be used.
fn unpack<'a>(bytes: &'a [u8], identity: &Identity) -> Result<&'a [u8], String> {
    let Some((header, data)) = bytes.split_at_checked(HEADER) else {
        return Err(format!("expected {HEADER} bytes and more, found {}", bytes.len()));
    };
    let word = |at: usize| {
        let bytes = header[at..at + 8].iter().rev();
        bytes.fold(0_u64, |word, byte| word << 8 | u64::from(*byte))
    };
    if header[..8] != *MAGIC {
        return Err(format!("expected {:?} first", MAGIC.escape_ascii().to_string()));
    }
    if word(8) != data.len() as u64 {
        return Err(format!("expected {} bytes of data, found {}", word(8), data.len()));
    }
    if word(16) != checksum(data) {
        return Err("its checksum is wrong".to_owned());
    }
    check_driver_header(data, identity)?;
    Ok(data)
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

/// FNV-1a of 64 bits: against damage, not against forgery.
fn checksum(data: &[u8]) -> u64 {
    data.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Writes a file that appears under its name only when it is whole.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = path.with_extension(format!("{}.partial", process::id()));
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    if written.is_err() {
        // Nothing can be done about a partial file that cannot be removed.
        let _ = fs::remove_file(&partial);
    }
    written
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
    fn what_is_packed_is_found() {
        let (data, packed) = (driver_data(), pack(&driver_data()));
        assert_eq!(unpack(&packed, &IDENTITY).unwrap(), data);
    }

    #[test]
    fn damage_anywhere_is_found() {
        let packed = pack(&driver_data());
        for at in 0..packed.len() {
            let mut bytes = packed.clone();
            bytes[at] ^= 0x10;
            unpack(&bytes, &IDENTITY).expect_err("a changed bit");
            unpack(&packed[..at], &IDENTITY).expect_err("a file cut short");
        }
        unpack(&[&packed[..], &[0]].concat(), &IDENTITY).expect_err("a byte too many");
    }

    #[test]
    fn data_of_others_is_refused() {
        let packed = pack(&driver_data());
        for other in [
            Identity { vendor: 1, ..IDENTITY },
            Identity { device: 1, ..IDENTITY },
            Identity { driver: [8; 16], ..IDENTITY },
        ] {
            let reason = unpack(&packed, &other).unwrap_err();
            assert_eq!(reason, "it is of another device or driver");
        }
        assert!(unpack(&pack(b"short"), &IDENTITY).unwrap_err().contains("driver's header"));
    }

    #[test]
    fn files_are_named_by_device_and_driver() {
        let store = Store::new(Path::new("folder"), &IDENTITY);
        let name = store.path().file_name().unwrap().to_str().unwrap();
        assert_eq!(name, "10de-2330-07070707070707070707070707070707.bin");
    }

    #[test]
    fn a_missing_file_is_empty_and_a_damaged_one_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::new(&folder.path().join("deep"), &IDENTITY);
        assert_eq!(store.load().unwrap(), [0; 0]);
        write_whole(store.path(), &pack(&driver_data())).unwrap();
        assert_eq!(store.load().unwrap(), driver_data());
        assert_eq!(store.bytes(), driver_data().len());
        write_whole(store.path(), b"ds4").unwrap();
        let damaged = store.load().unwrap_err().to_string();
        assert!(damaged.ends_with("is ignored: expected 24 bytes and more, found 3"), "{damaged}");
        let names = fs::read_dir(store.path().parent().unwrap()).unwrap();
        assert_eq!(names.count(), 1, "no partial file is left");
    }
}
