//! Weights and tables of constants on a GPU: their sizes, and their way there in pieces.

#![forbid(unsafe_code)]

use ds4_plan::{Format, Role, WeightSlot};

use super::{
    Gpu, KernelText, OFFSET_ALIGNMENT,
    device::Program,
    repack,
    upload::{Piece, Upload},
};
use crate::{
    device::{Error, Result, Source, WeightRef, Weights},
    formats,
};

/// Bytes of a piece, at most, where a row has no more: enough for copies at full speed, and few
/// enough that what a core wrote is still near when it is copied.
const PIECE: usize = 4 << 20;

/// Bytes of rows that are read before they are repacked: they stay in a core's own cache.
const READ_AT_ONCE: usize = 128 << 10;

/// What a constant buffer holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Constant {
    /// A weight: packed rows, values as F32, or integers, as the slot's role says.
    Weight(&'static WeightSlot, WeightRef),
    /// A table of constants of the program.
    Table(usize),
}

/// The constants of a model, by number.
pub(super) struct Constants<'a> {
    pub(super) program: &'a Program,
    pub(super) weights: &'a Weights,
    pub(super) list: Vec<Constant>,
}

/// Kernels and constants on a device.
#[derive(Debug)]
pub(super) struct Loaded<G: Gpu> {
    pub(super) kernels: Vec<G::Kernel>,
    /// A buffer of each constant.
    pub(super) buffers: Vec<G::Buffer>,
}

/// How the bytes of a weight come to be.
#[derive(Debug, Clone, Copy)]
enum Making {
    /// Rows of so many values, repacked.
    Packed(usize),
    /// As they are stored.
    Stored,
    /// Decoded to F32.
    Decoded,
}

/// Bytes of the least of a weight that is made by itself: a row, or all of it.
#[derive(Debug, Clone, Copy)]
struct Unit {
    made: usize,
    stored: usize,
}

/// A piece of a constant.
#[derive(Debug, Clone, Copy)]
struct Part {
    constant: usize,
    /// The first byte, in its buffer and where it is stored.
    offset: usize,
    stored: usize,
    len: usize,
}

impl Constants<'_> {
    /// Bytes that the buffers take, each from a place where it can be bound.
    pub(super) fn bytes(&self) -> u64 {
        self.sizes().iter().map(|bytes| bytes.next_multiple_of(OFFSET_ALIGNMENT)).sum()
    }

    /// Bytes of each buffer.
    fn sizes(&self) -> Vec<u64> {
        // Kernels may read whole words of the last block.
        self.list.iter().map(|c| (self.size(*c) as u64).next_multiple_of(16)).collect()
    }

    /// Makes kernels and buffers of the constants; `progress` hears how many bytes are done, of how
    /// many.
    pub(super) fn load<G: Gpu>(
        &self,
        gpu: &mut G,
        texts: &[KernelText<'_>],
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Loaded<G>> {
        let buffers = gpu.allocate_all(&self.sizes(), "weights")?;
        let parts: Vec<Part> = (0..self.list.len()).flat_map(|number| self.parts(number)).collect();
        let piece = |part: &Part| {
            let (buffer, offset) = (&buffers[part.constant], part.offset as u64);
            Piece { buffer, offset, len: part.len }
        };
        let fill = |number: usize, out: &mut [u8]| self.fill(parts[number], out);
        let upload = Upload { pieces: parts.iter().map(piece).collect(), fill: &fill };
        let total = parts.iter().map(|part| part.len as u64).sum();
        let mut done = 0;
        progress(done, total);
        let kernels = gpu.load(texts, &upload, &mut |bytes| {
            done += bytes;
            progress(done, total);
        })?;
        for (constant, buffer) in self.list.iter().zip(&buffers) {
            let (made, size) = (self.made(*constant), self.size(*constant));
            repeat(gpu, buffer, made as u64, size as u64)?;
        }
        Ok(Loaded { kernels, buffers })
    }

    /// Bytes of a constant.
    fn size(&self, constant: Constant) -> usize {
        match constant {
            Constant::Weight(slot, weight) => {
                let values = n_values(slot);
                match self.making(slot, weight) {
                    Making::Packed(width) => {
                        repack::packed_bytes(weight.format, values / width, width)
                    }
                    Making::Stored => row_bytes(weight.format, values),
                    Making::Decoded => values * size_of::<f32>(),
                }
            }
            Constant::Table(table) => size_of_val(self.program.tables[table]),
        }
    }

    /// Bytes at the beginning of a constant that are uploaded; the rest repeats them.
    fn made(&self, constant: Constant) -> usize {
        match constant {
            Constant::Weight(slot, weight) => {
                let unit = self.unit(slot, weight);
                self.weights.stored_bytes(slot, weight) / unit.stored * unit.made
            }
            Constant::Table(_) => self.size(constant),
        }
    }

    fn making(&self, slot: &WeightSlot, weight: WeightRef) -> Making {
        let width = slot.dims.last().copied().unwrap_or(1);
        match slot.role {
            Role::Vector => Making::Decoded,
            Role::Table => Making::Stored,
            Role::Matrix if self.program.in_place => Making::Stored,
            Role::Matrix if repack::is_plain(weight.format, width) => Making::Stored,
            Role::Matrix => Making::Packed(width),
        }
    }

    /// The pieces of a constant.
    fn parts(&self, constant: usize) -> Vec<Part> {
        let made = self.made(self.list[constant]);
        let whole = Part { constant, offset: 0, stored: 0, len: made };
        let Constant::Weight(slot, weight) = self.list[constant] else { return vec![whole] };
        if let Source::Synthetic(_) = self.weights.source {
            // What is made up is made as a whole.
            return vec![whole];
        }
        let unit = self.unit(slot, weight);
        let at_once = (PIECE / unit.made).max(1);
        let part = |number: usize| {
            let (offset, stored) = (number * at_once * unit.made, number * at_once * unit.stored);
            Part { constant, offset, stored, len: (at_once * unit.made).min(made - offset) }
        };
        (0..made.div_ceil(at_once * unit.made)).map(part).collect()
    }

    /// The least of a weight that is made by itself.
    fn unit(&self, slot: &WeightSlot, weight: WeightRef) -> Unit {
        match self.making(slot, weight) {
            Making::Packed(width) => Unit {
                made: repack::packed_bytes(weight.format, 1, width),
                stored: row_bytes(weight.format, width),
            },
            Making::Stored => Unit { made: 1, stored: 1 },
            Making::Decoded => Unit {
                made: n_values(slot) * size_of::<f32>(),
                stored: row_bytes(weight.format, n_values(slot)),
            },
        }
    }

    /// Makes the bytes of a piece.
    fn fill(&self, part: Part, out: &mut [u8]) -> Result<()> {
        let (slot, weight) = match self.list[part.constant] {
            Constant::Weight(slot, weight) => (slot, weight),
            Constant::Table(table) => {
                out.copy_from_slice(bytemuck::cast_slice(self.program.tables[table]));
                return Ok(());
            }
        };
        let making = self.making(slot, weight);
        match &self.weights.source {
            Source::Synthetic(values) => {
                make(making, weight.format, &values.rows(slot, weight), out);
            }
            Source::File(file) => {
                let tensor = &file.tensors()[weight.tensor];
                if let Making::Stored = making {
                    return file.read(tensor, part.stored as u64, out).map_err(Error::File);
                }
                let unit = self.unit(slot, weight);
                let n = out.len() / unit.made;
                let at_once = (READ_AT_ONCE / unit.stored).clamp(1, n);
                let mut rows = vec![0; at_once * unit.stored];
                let mut offset = part.stored as u64;
                for out in out.chunks_mut(at_once * unit.made) {
                    let rows = &mut rows[..out.len() / unit.made * unit.stored];
                    file.read(tensor, offset, rows).map_err(Error::File)?;
                    make(making, weight.format, rows, out);
                    offset += rows.len() as u64;
                }
            }
        }
        Ok(())
    }
}

/// Makes bytes of a weight of the rows that are stored.
fn make(making: Making, format: Format, stored: &[u8], out: &mut [u8]) {
    match making {
        Making::Packed(width) => repack::repack_rows(format, width, stored, out),
        Making::Stored => out.copy_from_slice(stored),
        Making::Decoded => {
            let mut values = vec![0.0_f32; out.len() / size_of::<f32>()];
            formats::decode_row(format, stored, &mut values);
            out.copy_from_slice(bytemuck::cast_slice(&values));
        }
    }
}

fn n_values(slot: &WeightSlot) -> usize {
    slot.dims.iter().product()
}

/// Bytes of `n` values as a file has them.
fn row_bytes(format: Format, n: usize) -> usize {
    format.bytes(n).expect("rows of a bound weight are whole blocks")
}

/// Fills the `size` bytes of a buffer by repeating the first `written`.
fn repeat<G: Gpu>(gpu: &mut G, buffer: &G::Buffer, written: u64, size: u64) -> Result<()> {
    let mut written = written;
    while 0 < written && written < size {
        let len = written.min(size - written);
        gpu.copy((buffer, 0), (buffer, written), len)?;
        written += len;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, fs, io};

    use super::{
        super::tests::{Host, program, tiny},
        *,
    };
    use crate::model::Model;

    /// Every weight of a model, in file order.
    fn constants<'a>(program: &'static Program, model: &'a Model) -> Constants<'a> {
        let weights = &model.weights;
        let plan = model.plan;
        let globals = plan.globals.iter().zip(weights.globals.iter().copied());
        let layers = plan.layers.iter().zip(&weights.layers).flat_map(|(layer, refs)| {
            plan.kinds[layer.kind].weights.iter().zip(refs.iter().copied())
        });
        let list = globals.chain(layers).map(|(slot, weight)| Constant::Weight(slot, weight));
        Constants { program, weights, list: list.collect() }
    }

    /// What a weight of a file is on a device, made as a whole.
    fn expected(slot: &WeightSlot, weight: WeightRef, stored: &[u8]) -> Vec<u8> {
        let (n, width) = (slot.dims.iter().product::<usize>(), *slot.dims.last().unwrap());
        match slot.role {
            Role::Table => stored.to_vec(),
            Role::Vector => {
                let mut values = vec![0.0_f32; n];
                formats::decode_row(weight.format, stored, &mut values);
                bytemuck::cast_slice(&values).to_vec()
            }
            Role::Matrix => {
                let mut packed = vec![0; repack::packed_bytes(weight.format, n / width, width)];
                repack::repack(weight.format, width, stored, &mut packed);
                packed
            }
        }
    }

    #[test]
    fn weights_are_on_the_device_as_they_are_packed() {
        let Some(program) = program() else { return };
        let model = Model::open(&tiny(), None).unwrap();
        let constants = constants(program, &model);
        let heard = RefCell::new(vec![]);
        let mut progress = |done, total| heard.borrow_mut().push((done, total));
        let loaded = constants.load(&mut Host::default(), &[], &mut progress).unwrap();
        for (constant, buffer) in constants.list.iter().zip(&loaded.buffers) {
            let Constant::Weight(slot, weight) = *constant else { continue };
            let expected = expected(slot, weight, model.weights.bytes(weight));
            let found = buffer.lock();
            assert_eq!(found.len(), expected.len().next_multiple_of(16), "{}", slot.name);
            assert!(found.starts_with(&expected), "{}", slot.name);
        }
        let heard = heard.borrow();
        assert!(heard.is_sorted() && heard[0].0 == 0);
        assert!(heard.iter().all(|(_, total)| *total == heard[0].1));
        assert_eq!(heard.last().unwrap().0, heard[0].1);
    }

    #[test]
    fn weights_that_are_made_up_repeat_their_beginning() {
        let Some(program) = program() else { return };
        let model = Model::synthetic(program, ("tiny", "q8"), None).unwrap();
        let constants = constants(program, &model);
        let loaded = constants.load(&mut Host::default(), &[], &mut |_, _| {}).unwrap();
        let Source::Synthetic(values) = &model.weights.source else { panic!() };
        for (constant, buffer) in constants.list.iter().zip(&loaded.buffers) {
            let Constant::Weight(slot, weight) = *constant else { continue };
            let made = values.rows(slot, weight);
            let found = buffer.lock();
            let n = slot.dims.iter().product::<usize>();
            let rows = made.len() / weight.format.bytes(*slot.dims.last().unwrap()).unwrap();
            let expected = match (slot.role, weight.format) {
                (Role::Matrix, Format::Q8_0) => {
                    let width = *slot.dims.last().unwrap();
                    let mut packed = vec![0; repack::packed_bytes(weight.format, rows, width)];
                    repack::repack(weight.format, width, &made, &mut packed);
                    packed.iter().copied().cycle().take(packed.len() / rows * (n / width)).collect()
                }
                _ => expected(slot, weight, &made),
            };
            assert!(found.starts_with(&expected), "{}", slot.name);
        }
    }

    /// A file that is cut short while it is open is an error that names it.
    #[test]
    fn a_file_that_is_cut_short_is_refused() {
        let Some(program) = program() else { return };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tiny.gguf");
        fs::copy(tiny(), &path).unwrap();
        let model = Model::open(&path, None).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        let constants = constants(program, &model);
        let error = constants.load(&mut Host::default(), &[], &mut |_, _| {}).unwrap_err();
        assert!(error.to_string().starts_with("cannot read "), "{error}");
        let source = std::error::Error::source(&error).unwrap();
        let kind = source.downcast_ref::<io::Error>().unwrap().kind();
        assert_eq!(kind, io::ErrorKind::UnexpectedEof);
    }
}
