//! Words whose order is that of numbers.

/// Larger for larger numbers; -0 comes before 0.
fn order_total(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

/// Larger for larger numbers; -0 equals 0.
fn order_value(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return order_total(bitcast<f32>(select(bits, 0u, bits == 0x80000000u)));
}

/// Whether `x` is no number, whatever compilers assume of numbers.
fn order_is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

/// The number whose `order_total` is `word`.
fn order_number(word: u32) -> f32 {
  return bitcast<f32>(select(~word, word & 0x7fffffffu, (word >> 31u) == 1u));
}
