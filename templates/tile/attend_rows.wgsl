//! Where the rows that a row of the step sees are: those of positions max(0, p − W + 1) … p, then
//! the compressed ones, all visible or the chosen. A place is the kind of memory (0: no row) and
//! the first quad in it, or word where cached rows are packed.
#if has("pages")
#import tile/cached with cache = pages, cache_v4 = pages_v4, cache_at = pages_at, form = pages_form, words = pages_words, halves = pages_halves
#end

/// Quad `i` of the row at `place`, which is not compressed; zeros where there is none.
fn ${self}_raw(place: vec2<u32>, i: u32) -> vec4<f32> {
  var value = vec4<f32>();
  if place.x == 1u {
    value = ${kv_v4}[place.y + i];
  } else if place.x == 2u {
    value = ${ring_v4}[place.y + i];
  }
  return value;
}

/// Quad `i` of the row at `place`; zeros where there is none.
fn ${self}_value(place: vec2<u32>, i: u32) -> vec4<f32> {
  #if has("pages")
  if place.x == 3u {
    return ${self}_cached(place.y, i);
  }
  #end
  return ${self}_raw(place, i);
}

#if has("pages")
/// Where the compressed row `j` of the session with this first entry in the page table is.
fn ${self}_page(j: u32, first: u32) -> vec2<u32> {
  return vec2<u32>(3u, ${self}_cached_row(j, first));
}
#end

/// Where the `i`-th of the rows that row `t` sees is; the first `n_raw` are not compressed.
fn ${self}_place(t: u32, i: u32, n_raw: u32) -> vec2<u32> {
  let row = ${rows}[2u * t];
  let segment = ${rows}[2u * t + 1u];
  var place = vec2<u32>();
  if i < n_raw {
    let position = row.y + 1u - n_raw + i;
    if position >= segment.y {
      place = vec2<u32>(1u, (segment.x + position - segment.y) * ${D / 4}u);
    } else {
      place = vec2<u32>(
        2u,
        row.z * ${STATE_LEN / 4}u + (${ring_at}) / 4u + position % ${W}u * ${D / 4}u);
    }
  #if has("chosen")
  } else if i < n_raw + ${K}u {
    let j = ${chosen}[t * ${K}u + i - n_raw];
    if j != 0xffffffffu {
      place = ${self}_page(j, row.w);
    }
  #elif has("pages")
  } else if i < n_raw + (row.y + 1u) / ${ratio}u {
    place = ${self}_page(i - n_raw, row.w);
  #end
  }
  return place;
}
