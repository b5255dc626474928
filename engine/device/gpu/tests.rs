//! A device that is memory of the host, and uploads to it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    upload::{Piece, Upload},
    *,
};
use crate::device::programs::PROGRAMS;

/// Buffers on the host, and kernels that do nothing.
#[derive(Debug, Default)]
pub(super) struct Host {
    /// Writes until one fails, where one is to.
    pub(super) writes_left: Option<usize>,
    /// Bytes that are free, if that is known.
    pub(super) free: Option<u64>,
    /// Bytes of all buffers.
    pub(super) live: Arc<AtomicU64>,
}

/// Memory of the host, and where its bytes are counted.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    bytes: Mutex<Vec<u8>>,
    live: Arc<AtomicU64>,
}

impl Bytes {
    fn new(len: usize, live: &Arc<AtomicU64>) -> Self {
        live.fetch_add(len as u64, Ordering::Relaxed);
        Self { bytes: Mutex::new(vec![0; len]), live: Arc::clone(live) }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap()
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        let len = self.lock().len() as u64;
        self.live.fetch_sub(len, Ordering::Relaxed);
    }
}

impl Gpu for Host {
    type Buffer = Bytes;
    type Kernel = ();

    fn describe(&self) -> String {
        "Host".to_owned()
    }

    fn subgroup(&self) -> usize {
        1
    }

    fn free_memory(&mut self) -> Result<Option<u64>> {
        Ok(self.free)
    }

    fn allocate(&mut self, bytes: u64, _: &'static str) -> Result<Bytes> {
        Ok(Bytes::new(usize::try_from(bytes).unwrap(), &self.live))
    }

    fn write(&mut self, buffer: &Bytes, offset: u64, bytes: &[u8]) -> Result<()> {
        if let Some(left) = &mut self.writes_left {
            let doing = "write a buffer";
            let failed = || Error::Driver { api: "Host", doing, reason: "lost".to_owned() };
            *left = left.checked_sub(1).ok_or_else(failed)?;
        }
        let mut buffer = buffer.lock();
        check_range(offset, bytes.len(), buffer.len() as u64)?;
        let start = usize::try_from(offset).unwrap();
        buffer[start..start + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn read(&mut self, buffer: &Bytes, offset: u64, bytes: &mut [u8]) -> Result<()> {
        let start = usize::try_from(offset).unwrap();
        bytes.copy_from_slice(&buffer.lock()[start..start + bytes.len()]);
        Ok(())
    }

    fn kernel(&mut self, _: &KernelText<'_>) -> Result<()> {
        Ok(())
    }

    fn run(&mut self, _: &[Dispatch<'_, Self>]) -> Result<()> {
        Ok(())
    }
}

/// Pieces of 1000 to 1002 bytes, which fill two buffers in turn.
fn pieces(buffers: &[Bytes; 2], n: usize) -> Vec<Piece<'_, Bytes>> {
    let piece = |i: usize| Piece {
        buffer: &buffers[i % 2],
        offset: i as u64 / 2 * 1002,
        len: 1000 + i % 3,
    };
    (0..n).map(piece).collect()
}

fn value(number: usize) -> u8 {
    u8::try_from(1 + number % 251).unwrap()
}

fn buffers(n: usize) -> [Bytes; 2] {
    [(); 2].map(|()| Bytes::new(n.div_ceil(2) * 1002, &Arc::default()))
}

#[test]
fn every_piece_arrives_once_where_it_belongs() {
    for n in [0, 1, 2, 333] {
        let buffers = buffers(n);
        let made = Mutex::new(vec![0; n]);
        let fill = |number: usize, out: &mut [u8]| {
            made.lock().unwrap()[number] += 1;
            out.fill(value(number));
            Ok(())
        };
        let upload = Upload { pieces: pieces(&buffers, n), fill: &fill };
        let mut done = 0;
        Host::default().upload(&upload, &mut |bytes| done += bytes).unwrap();
        assert_eq!(*made.lock().unwrap(), vec![1; n]);
        assert_eq!(done, upload.pieces.iter().map(|piece| piece.len as u64).sum::<u64>());
        for (number, piece) in upload.pieces.iter().enumerate() {
            let start = usize::try_from(piece.offset).unwrap();
            let bytes = &piece.buffer.lock()[start..start + piece.len];
            assert!(bytes.iter().all(|byte| *byte == value(number)), "{number} of {n}");
        }
    }
}

#[test]
fn what_fails_ends_an_upload_with_its_reason() {
    let buffers = buffers(200);
    let fill = |number: usize, out: &mut [u8]| {
        out.fill(0);
        if number < 20 {
            return Ok(());
        }
        let reason = "cut short".to_owned();
        Err(Error::Driver { api: "Host", doing: "make a piece", reason })
    };
    let upload = Upload { pieces: pieces(&buffers, 200), fill: &fill };
    let error = Host::default().upload(&upload, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "Host cannot make a piece: cut short");

    let fill = |_: usize, _: &mut [u8]| Ok(());
    let upload = Upload { pieces: pieces(&buffers, 200), fill: &fill };
    let mut host = Host { writes_left: Some(7), ..Host::default() };
    let mut written = 0;
    let error = host.upload(&upload, &mut |_| written += 1).unwrap_err();
    assert_eq!(error.to_string(), "Host cannot write a buffer: lost");
    assert_eq!(written, 7);
}

/// A program whose weights are repacked, if this build has one.
pub(super) fn program() -> Option<&'static Program> {
    PROGRAMS.iter().map(|(_, program)| program).find(|program| !program.in_place)
}

/// The model in the repository.
pub(super) fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/ds4-tiny.gguf")
}
