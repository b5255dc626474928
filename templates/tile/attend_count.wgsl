//! How many compressed rows a row of the step sees.
#import tile/reduce

/// The number of compressed rows that row `t` sees.
fn ${self}_compressed(at: At, t: u32) -> u32 {
  #if has("chosen")
  // One more than the place of the last.
  var n = 0u;
  for (var i = at.lid; i < ${K}u; i += ${WG}u) {
    if ${chosen}[t * ${K}u + i] != 0xffffffffu {
      n = i + 1u;
    }
  }
  return reduce_max_u32(at, n);
  #elif has("pages")
  return (${rows}[2u * t].y + 1u) / ${ratio}u;
  #else
  return 0u;
  #end
}
