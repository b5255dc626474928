//! Element-wise sum.

use crate::device::cpu::simd::{Kernel, vectorize};

/// `y = a + b`, all of one length.
///
/// # Panics
///
/// When lengths disagree.
pub fn add(a: &[f32], b: &[f32], y: &mut [f32]) {
    assert_eq!((a.len(), b.len()), (y.len(), y.len()), "lengths of the terms");
    vectorize(Add { a, b, y });
}

struct Add<'a> {
    a: &'a [f32],
    b: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for ((y, a), b) in self.y.iter_mut().zip(self.a).zip(self.b) {
            *y = a + b;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::values;
    use super::*;

    #[test]
    fn adds() {
        for n in [1, 3, 130] {
            let (a, b, mut y) = (values(n, 1), values(n, 2), values(n, 3));
            add(&a, &b, &mut y);
            assert!((0..n).all(|i| y[i].to_bits() == (a[i] + b[i]).to_bits()));
        }
    }
}
