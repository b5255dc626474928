//! The Walsh-Hadamard rotation, without its factor D^(-1/2), of the D values of the workgroup
//! array `${self}_row`; D a power of two.
//!
//! Begins and ends with a barrier.

fn ${self}_hadamard(at: At) {
  for (var half = 1u; half < ${D}u; half *= 2u) {
    workgroupBarrier();
    for (var i = at.lid; i < ${D / 2}u; i += ${WG}u) {
      let low = i / half * half + i;
      let a = ${self}_row[low];
      let b = ${self}_row[low + half];
      ${self}_row[low] = a + b;
      ${self}_row[low + half] = a - b;
    }
  }
  workgroupBarrier();
}
