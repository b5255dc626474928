//! 16 x 16 tiles of a product, shared by WARP threads: ACC values in each.

// An operand: natively its registers, portably its place in workgroup memory (first word, words
// from row to row).
alias Frag = array<u32, ${FRAG}>;

// Row of the tile that `acc[e]` of a thread is in.
fn hook_acc_row(lane: u32, e: u32) -> u32 {
  return e * ${WARP / 16}u + lane / 16u;
}

// Column of the tile that `acc[e]` of a thread is in.
fn hook_acc_col(lane: u32, e: u32) -> u32 {
  return lane % 16u;
}
