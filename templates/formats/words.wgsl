//! Single words of an array whose elements are four words.

fn ${self}_word(i: u32) -> u32 {
  return ${data}[i / 4u][i % 4u];
}

// Words i .. i + 4.
fn ${self}_words(i: u32) -> vec4<u32> {
  return vec4<u32>(
    ${self}_word(i), ${self}_word(i + 1u), ${self}_word(i + 2u), ${self}_word(i + 3u));
}
