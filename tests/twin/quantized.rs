//! Rows as products of integers read them, see `templates/tile/quantize.wgsl`.
//!
//! A launch gets what the CPU had, also where that is quantized: else the errors of one product
//! would count for the next.

use ds4_codegen::gpu::expand::Operand;

use crate::case::Values;

/// Values of a group.
const GROUP: usize = 32;

/// Words of a record.
const RECORD: usize = 20;

/// Largest size of an integer.
const MOST: f32 = 32512.0;

/// What a pass quantizes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantized {
    /// The temp that it writes.
    pub(crate) temp: usize,
    /// The tensor that it reads.
    pub(crate) source: Operand,
    /// Records that lie interleaved.
    pub(crate) run: usize,
}

/// What `unit` quantizes, if it does.
pub(crate) fn of(unit: &ds4_codegen::gpu::expand::Unit) -> Option<Quantized> {
    let is_quantize = unit.pass.writes == "qx";
    let run = || usize::try_from(unit.numbers["RUN"]).unwrap();
    match unit.writes[..] {
        [Operand::Temp(temp)] if is_quantize => {
            Some(Quantized { temp, source: unit.reads[0], run: run() })
        }
        _ => None,
    }
}

/// The records of `values`, in `len` words, `run` of them interleaved.
pub(crate) fn records(values: &Values, len: usize, run: usize) -> Vec<u32> {
    let Values::Floats(values) = values else { panic!("words are not quantized") };
    let mut words = vec![0; len];
    for (g, group) in values.chunks(GROUP).enumerate() {
        for (i, word) in record(group).into_iter().enumerate() {
            words[place(run, g, i)] = word;
        }
    }
    words
}

/// Where word `i` of record `g` is.
const fn place(run: usize, g: usize, i: usize) -> usize {
    g / run * run * RECORD + i / 4 * 4 * run + g % run * 4 + i % 4
}

fn record(group: &[f32]) -> [u32; RECORD] {
    let most = group.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let (scale, inverse) = if most > 1e-30 { (most / MOST, MOST / most) } else { (0.0, 0.0) };
    let mut bytes = [0_u8; 2 * GROUP];
    let mut sums = [0_i32; 2];
    for (i, x) in group.iter().enumerate() {
        let v = (x * inverse).clamp(-MOST, MOST).round_ties_even() as i32;
        let high = (v + 128) >> 8;
        bytes[i] = high.to_le_bytes()[0];
        bytes[GROUP + i] = (v - high * 256).to_le_bytes()[0];
        sums[i / (GROUP / 2)] += v;
    }
    let mut record = [0; RECORD];
    for (word, four) in record.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    }
    record[16] = scale.to_bits();
    record[17] = (scale * sums[0] as f32).to_bits();
    record[18] = (scale * sums[1] as f32).to_bits();
    record
}

/// The values of `records`, after a look at their sums; those of `wanted` where they are as near as
/// the steps of a group allow.
///
/// # Panics
///
/// When a sum is not that of its values.
pub(crate) fn values(records: &[u32], run: usize, wanted: &Values, what: &str) -> Vec<u32> {
    let Values::Floats(wanted) = wanted else { panic!("words are not quantized") };
    let mut values = vec![];
    for (g, wanted) in wanted.chunks(GROUP).enumerate() {
        let record: [u32; RECORD] = std::array::from_fn(|i| records[place(run, g, i)]);
        let bytes: Vec<i8> =
            record[..16].iter().flat_map(|word| word.to_le_bytes()).map(u8::cast_signed).collect();
        let scale = f32::from_bits(record[16]);
        let integers: Vec<i32> =
            (0..GROUP).map(|i| 256 * i32::from(bytes[i]) + i32::from(bytes[GROUP + i])).collect();
        for (sum, half) in record[17..19].iter().zip(integers.chunks(GROUP / 2)) {
            let expected = scale * half.iter().sum::<i32>() as f32;
            let error = (f32::from_bits(*sum) - expected).abs();
            assert!(error <= 1e-6 * expected.abs(), "{what}: a sum is {expected}, not {sum:x}");
        }
        let most = wanted.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        values.extend(integers.iter().zip(wanted).map(|(&v, &x)| {
            let found = scale * v as f32;
            let is_near = (found - x).abs() <= most / MOST;
            if is_near { x.to_bits() } else { found.to_bits() }
        }));
    }
    values
}
