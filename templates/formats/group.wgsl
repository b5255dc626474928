//! Integer formats: 32 weights as the kernels read them.
//!
//! weight i = scale * q[i] - min[i / 16]; `a` holds q[0..16] and `b` holds q[16..32] as signed
//! bytes, four in a word. Formats without minima leave `min` zero.
//!
//! A format defines, with names that begin with `self`:
//!   Unit                         what one lane loads at once: PER groups, 1 or 2
//!   load(row, u) -> Unit         the u-th unit of a row
//!   group(unit, u, j) -> Group   its j-th group, with j below PER

struct Group {
  a: vec4<u32>,
  b: vec4<u32>,
  scale: f32,
  min: vec2<f32>,
}
