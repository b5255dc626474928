//! Reads rows of `cache`, which are kept in `form` (`RowForm` of the plan crate): `words` words of D
//! values, the last `halves` of them half floats where the others have 8 bits.
//!
//! A place is that of a quad of floats, or of a word of packed rows.
#let UNIT = 1
#if form == "exact"
#let UNIT = 4
#end

/// Where row `j` of the session with this first entry in the page table begins.
fn ${self}_cached_row(j: u32, first: u32) -> u32 {
  let page = ${page_table}[first + j / ${P}u];
  return page * ${PAGE_LEN / UNIT}u + (${cache_at}) / ${UNIT}u + j % ${P}u * ${words / UNIT}u;
}

#if form == "exact"
/// Values 4 i .. 4 i + 3 of the row that begins at `row`.
fn ${self}_cached(row: u32, i: u32) -> vec4<f32> {
  return ${cache_v4}[row + i];
}
#else
/// What values 4 i .. 4 i + 3 of the row that begins at `row` are unpacked from.
fn ${self}_packed(row: u32, i: u32) -> vec2<u32> {
  #if form == "fp8"
  #let CODES = (D - halves) / 4
  if i >= ${CODES}u {
    let at = row + 2u * i - ${CODES}u;
    return vec2<u32>(${cache}[at], ${cache}[at + 1u]);
  }
  return vec2<u32>(${cache}[row + i], ${cache}[row + ${CODES + halves / 2}u + i / 64u]);
  #else
  return vec2<u32>(${cache}[row + i / 2u], ${cache}[row + ${D / 8}u + i / 32u]);
  #end
}

/// Values 4 i .. 4 i + 3.
fn ${self}_unpacked(packed: vec2<u32>, i: u32) -> vec4<f32> {
  #if form == "fp8"
  #let CODES = (D - halves) / 4
  if i >= ${CODES}u {
    return vec4<f32>(unpack2x16float(packed.x), unpack2x16float(packed.y));
  }
  let codes = packed.x;
  // As half floats they are 2^8 too small.
  let even = unpack2x16float(((codes & 0x7f007fu) << 7u) | ((codes & 0x800080u) << 8u));
  let odd = unpack2x16float(((codes & 0x7f007f00u) >> 1u) | (codes & 0x80008000u));
  let scale = bitcast<f32>((((packed.y >> (i / 16u % 4u * 8u)) & 0xffu) + 8u) << 23u);
  return scale * vec4<f32>(even.x, odd.x, even.y, odd.y);
  #else
  let codes = packed.x >> (i % 2u * 16u);
  // As half floats they are 2^14 too small.
  let low = unpack2x16float(((codes & 0x7u) << 9u) | ((codes & 0x8u) << 12u)
    | ((codes & 0x70u) << 21u) | ((codes & 0x80u) << 24u));
  let high = unpack2x16float(((codes & 0x700u) << 1u) | ((codes & 0x800u) << 4u)
    | ((codes & 0x7000u) << 13u) | ((codes & 0x8000u) << 16u));
  let scale = bitcast<f32>((((packed.y >> (i / 8u % 4u * 8u)) & 0xffu) + 14u) << 23u);
  return scale * vec4<f32>(low, high);
  #end
}

/// Values 4 i .. 4 i + 3 of the row that begins at `row`.
fn ${self}_cached(row: u32, i: u32) -> vec4<f32> {
  return ${self}_unpacked(${self}_packed(row, i), i);
}
#end
