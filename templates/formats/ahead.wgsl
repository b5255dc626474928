//! Asks for weights of rows of `ROW` elements before they are wanted.

// Begins to bring elements i to i + n closer.
fn hook_prefetch_${self}(i: u32, n: u32) {
  _ = ${data}[i];
}

// Asks for elements i to i + n of a row.
fn ${self}_fetch(row: u32, i: u32, n: u32) {
  hook_prefetch_${self}(row * ${ROW}u + i, n);
}

// Asks for `n` rows from `row` on.
fn ${self}_fetch_rows(row: u32, n: u32) {
  hook_prefetch_${self}(row * ${ROW}u, n * ${ROW}u);
}
