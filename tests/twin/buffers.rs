//! Buffers with guards around them, and the weights of a model.

use std::collections::BTreeMap;

use ds4::{
    device::gpu::{Gpu, repack},
    formats,
};

use crate::{segment::Constant, weights::Model};

/// Words before and after the values of a buffer; kernels must leave them alone.
const GUARD: usize = 64;

/// A quiet NaN that no computation makes.
pub(crate) const POISON: u32 = 0x7fc0_dead;

/// Makes buffers on one GPU.
pub(crate) struct Store<'a, G: Gpu> {
    pub(crate) gpu: &'a mut G,
    pub(crate) constants: BTreeMap<Constant, G::Buffer>,
    /// Whether kernels read weights as the file has them.
    in_place: bool,
}

impl<'a, G: Gpu> Store<'a, G> {
    pub(crate) const fn new(gpu: &'a mut G, in_place: bool) -> Self {
        Self { gpu, constants: BTreeMap::new(), in_place }
    }

    /// Uploads a weight unless it is there.
    pub(crate) fn load(&mut self, model: &Model, constant: &Constant) {
        if self.constants.contains_key(constant) {
            return;
        }
        let info = &model.file.tensors()[constant.tensor];
        let bytes = model.file.data(info);
        let buffer = if constant.is_matrix {
            self.matrix(constant, bytes)
        } else if constant.is_vector {
            let mut values = vec![0.0_f32; info.n_values() as usize];
            formats::decode_row(constant.format, bytes, &mut values);
            self.upload(bytemuck::cast_slice(&values))
        } else {
            self.upload(bytes)
        };
        self.constants.insert(*constant, buffer);
    }

    /// The rows of a matrix that are uploaded, and all of its rows, where those are more.
    pub(crate) fn cut(&self, model: &Model, constant: &Constant) -> Option<(usize, usize)> {
        let info = &model.file.tensors()[constant.tensor];
        let rows = info.n_values() as usize / constant.width;
        let there = self.most_rows(constant);
        (there < rows).then_some((there, rows))
    }

    /// Bytes of a row of a matrix as kernels read it.
    fn row(&self, constant: &Constant) -> usize {
        let Constant { format, width, .. } = *constant;
        match self.in_place {
            true => format.bytes(width).unwrap(),
            false => repack::packed_bytes(format, 1, width),
        }
    }

    /// Rows of a matrix that the GPU's largest buffer holds; software drivers have no large ones. Of
    /// a larger matrix there are its first rows, those of all experts that the steps use among
    /// them.
    fn most_rows(&self, constant: &Constant) -> usize {
        usize::try_from(self.gpu.largest_buffer()).unwrap_or(usize::MAX) / self.row(constant)
    }

    fn upload(&mut self, bytes: &[u8]) -> G::Buffer {
        let size = bytes.len().next_multiple_of(16) as u64;
        let buffer = self.gpu.allocate(size, "a weight").unwrap();
        self.gpu.write(&buffer, 0, bytes).unwrap();
        buffer
    }

    fn matrix(&mut self, constant: &Constant, bytes: &[u8]) -> G::Buffer {
        let Constant { format, width, .. } = *constant;
        let (source_row, row) = (format.bytes(width).unwrap(), self.row(constant));
        let rows = (bytes.len() / source_row).min(self.most_rows(constant));
        let bytes = &bytes[..rows * source_row];
        let size = (rows * row).next_multiple_of(16) as u64;
        let buffer = self.gpu.allocate(size, "a weight").unwrap();
        for (index, piece) in bytes.chunks(source_row * 1024).enumerate() {
            // Holes of the file stay holes.
            if piece.iter().all(|&byte| byte == 0) {
                continue;
            }
            let mut packed = vec![0; piece.len() / source_row * row];
            match self.in_place {
                true => packed.copy_from_slice(piece),
                false => repack::repack(format, width, piece, &mut packed),
            }
            self.gpu.write(&buffer, (index * 1024 * row) as u64, &packed).unwrap();
        }
        buffer
    }
}

/// A buffer with guards.
#[derive(Debug)]
pub(crate) struct Guarded<G: Gpu> {
    buffer: G::Buffer,
    len: usize,
}

impl<G: Gpu> Guarded<G> {
    /// A buffer that holds `words`.
    pub(crate) fn of(store: &mut Store<'_, G>, words: &[u32]) -> Self {
        let mut all = vec![POISON; GUARD];
        all.extend(words);
        all.resize(all.len().next_multiple_of(4) + GUARD, POISON);
        let buffer = store.gpu.allocate(all.len() as u64 * 4, "a test").unwrap();
        store.gpu.write(&buffer, 0, bytemuck::cast_slice(&all)).unwrap();
        Self { buffer, len: words.len() }
    }

    /// A buffer of `len` words that nobody has written.
    pub(crate) fn poison(store: &mut Store<'_, G>, len: usize) -> Self {
        Self::of(store, &vec![POISON; len])
    }

    /// Puts `words` in place of the values.
    pub(crate) fn write(&self, gpu: &mut G, words: &[u32]) {
        assert_eq!(words.len(), self.len, "values of a buffer");
        gpu.write(&self.buffer, GUARD as u64 * 4, bytemuck::cast_slice(words)).unwrap();
    }

    /// The buffer and where its values begin, in bytes.
    pub(crate) const fn place(&self) -> (&G::Buffer, u64) {
        (&self.buffer, GUARD as u64 * 4)
    }

    /// The values, after a look at the guards.
    pub(crate) fn read(&self, gpu: &mut G, what: &str) -> Vec<u32> {
        let padded = self.len.next_multiple_of(4);
        let mut all = vec![0_u32; GUARD + padded + GUARD];
        gpu.read(&self.buffer, 0, bytemuck::cast_slice_mut(&mut all)).unwrap();
        let untouched = |words: &[u32]| words.iter().all(|&word| word == POISON);
        assert!(untouched(&all[..GUARD]), "{what}: values before its span were written");
        assert!(untouched(&all[GUARD + self.len..]), "{what}: values after its span were written");
        all[GUARD..GUARD + self.len].to_vec()
    }
}
