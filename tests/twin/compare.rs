//! How far what a GPU wrote may be from what the CPU wrote.

use std::{collections::BTreeMap, fmt::Write as _};

use ds4_codegen::gpu::assemble::Module;

use crate::{buffers::POISON, case::Values};

/// Largest error of a value, as a part of the root mean square of its row and its own size: sums have another order
/// than on the CPU, and exponentials another polynomial.
const TOLERANCE: f64 = 2e-5;

/// The same for products with packed weights. Their activations are fixed-point numbers: a block
/// of 32 whose largest value is `m` has steps of `m / 32512`, hence errors with a standard deviation
/// of `m · 8.9e-6`. Where few large weights decide a sum, as in the extreme blocks of the tests, so
/// do their few errors.
const TOLERANCE_OF_PRODUCTS: f64 = 2e-3;

/// The same for `silu(gate) · up`: an error of one sum is multiplied with the other, which is up to
/// 10 where the product may be near 0.
const TOLERANCE_OF_GATED: f64 = 1e-2;

/// Largest root mean square of the errors of a tensor of products, as the same part: with `m` about
/// three times the root mean square of the activations, it should be near 2.7e-5.
const SPREAD_OF_PRODUCTS: f64 = 1e-4;

/// Rounding to few bits makes a neighbor of a value that lies between two; so many of the values
/// of a rounded row may be neighbors.
const NEIGHBORS: f64 = 0.02;

/// The largest step between neighbors, as a part of the root mean square of a row: FP4 has steps
/// of 2 at 6.
const STEP: f64 = 2.0;

/// What came of the kernels that ran.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The largest error of each; none of one whose results only other kernels read.
    pub(crate) errors: BTreeMap<String, Option<f64>>,
    pub(crate) faults: Vec<String>,
}

impl Values {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Words(words) => words.len(),
        }
    }

    pub(crate) fn words(&self) -> Vec<u32> {
        match self {
            Self::Floats(values) => values.iter().map(|x| x.to_bits()).collect(),
            Self::Words(words) => words.clone(),
        }
    }
}

impl Report {
    /// Compares a tensor with rows of `row` values.
    pub(crate) fn scratch(
        &mut self,
        (module, what): (&Module, &str),
        wanted: &Values,
        found: &[u32],
        row: usize,
    ) {
        let error = match wanted {
            Values::Floats(wanted) => self.floats((module, what), wanted, found, row),
            Values::Words(wanted) => self.words((module, what), wanted, found, row),
        };
        let worst = self.errors.entry(module.name.clone()).or_default();
        *worst = Some(worst.unwrap_or(0.0).max(error));
    }

    /// Notes that a kernel has run.
    pub(crate) fn has_run(&mut self, module: &Module) {
        self.errors.entry(module.name.clone()).or_default();
    }

    fn floats(
        &mut self,
        (module, what): (&Module, &str),
        wanted: &[f32],
        found: &[u32],
        row: usize,
    ) -> f64 {
        assert_eq!(wanted.len(), found.len(), "{} {what}: length", module.name);
        let products = ["matvec", "gemm", "experts"];
        let products = products.iter().any(|pass| module.name.contains(pass));
        let tolerance = match products {
            true if module.name.contains("gate_up") => TOLERANCE_OF_GATED,
            true => TOLERANCE_OF_PRODUCTS,
            false => TOLERANCE,
        };
        let rounds = ["round_fp8", "round_fp4", "compress"];
        let rounds = rounds.iter().any(|pass| module.name.contains(pass));
        let (mut worst, mut squares, mut neighbors, mut bad) = (0.0_f64, 0.0, 0_usize, 0_usize);
        let mut first = None;
        for (r, (a, b)) in wanted.chunks(row).zip(found.chunks(row)).enumerate() {
            let square: f64 = a.iter().map(|&x| f64::from(x).powi(2)).sum();
            let rms = (square / row as f64).sqrt().max(1e-6);
            for (i, (&a, &b)) in a.iter().zip(b).enumerate() {
                let found = f32::from_bits(b);
                let error = f64::from(a - found).abs() / (rms + f64::from(a).abs());
                if error <= tolerance {
                    worst = worst.max(error);
                    squares += error * error;
                } else if rounds && error <= STEP {
                    neighbors += 1;
                } else if !(a.is_infinite() && b == a.to_bits()) {
                    bad += 1;
                    let missing = if b == POISON { " (not written)" } else { "" };
                    first.get_or_insert(format!(
                        "row {r} value {i}: expected {a}, found {found}{missing}"
                    ));
                }
            }
        }
        let spread = (squares / wanted.len() as f64).sqrt();
        if products && spread > SPREAD_OF_PRODUCTS {
            bad += 1;
            first.get_or_insert(format!("errors have a root mean square of {spread}"));
        }
        if neighbors as f64 > NEIGHBORS * wanted.len() as f64 {
            bad += neighbors;
            first.get_or_insert(format!("{neighbors} values are neighbors"));
        }
        if let Some(first) = first {
            self.fault(module, &format!("{what}: {bad} of {} differ, {first}", wanted.len()));
        }
        worst
    }

    /// Indices have to be equal, but for rows whose scores are as good as equal.
    fn words(
        &mut self,
        (module, what): (&Module, &str),
        wanted: &[u32],
        found: &[u32],
        row: usize,
    ) -> f64 {
        assert_eq!(wanted.len(), found.len(), "{} {what}: length", module.name);
        let mut swapped = 0;
        for (a, b) in wanted.chunks(row).zip(found.chunks(row)) {
            swapped += a.iter().filter(|word| !b.contains(word)).count();
            let sorted = |words: &[u32]| words.is_sorted();
            if a != b && sorted(a) && !sorted(b) {
                swapped += row;
            }
        }
        if swapped * 200 > wanted.len().max(200) {
            let place = wanted.iter().zip(found).position(|(a, b)| a != b).unwrap_or(0);
            let (a, b) = (wanted[place], found[place]);
            self.fault(
                module,
                &format!("{what}: {swapped} differ, at {place} expected {a}, found {b}"),
            );
        }
        0.0
    }

    /// Notes what a kernel did wrong.
    pub(crate) fn fault(&mut self, module: &Module, what: &str) {
        self.faults.push(format!("{}: {what}", module.name));
    }

    /// Panics with every fault.
    pub(crate) fn check(&self) {
        let mut text = String::new();
        for fault in self.faults.iter().take(40) {
            let _ = writeln!(text, "{fault}");
        }
        assert!(self.faults.is_empty(), "{} faults:\n{text}", self.faults.len());
    }
}
