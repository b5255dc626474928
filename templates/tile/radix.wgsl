//! The key of a given rank among many keys, exactly: three passes over the keys, each of which
//! counts the values of 11 or 10 further bits. WG is at most 2048.
//!
//! `${self}_key(i)` returns key `i`; larger keys come first.
#import tile/reduce
#let BINS = 2048
#let OWN = ceil(BINS / WG)

var<workgroup> ${self}_bins: array<atomic<u32>, ${BINS}>;
/// The bin with the wanted key, and the rank among its keys.
var<workgroup> ${self}_bin: vec2<u32>;

fn ${self}_clear(at: At) {
  for (var i = at.lid; i < ${BINS}u; i += ${WG}u) {
    atomicStore(&${self}_bins[i], 0u);
  }
  workgroupBarrier();
}

/// The bin with the `rank`-th key, counted from 1 and from the largest key on, and the rank in it.
fn ${self}_find(at: At, rank: u32) -> vec2<u32> {
  workgroupBarrier();
  let first = (at.sg * ${SG} + at.lane) * ${OWN}u;
  var count = 0u;
  for (var i = first; i < min(first + ${OWN}u, ${BINS}u); i += 1u) {
    count += atomicLoad(&${self}_bins[${BINS - 1}u - i]);
  }
  var left = rank - reduce_before(at, count).x;
  // Only one thread has the key; a rank that is too small wraps to a large one.
  if left - 1u < count {
    for (var i = first; i < min(first + ${OWN}u, ${BINS}u); i += 1u) {
      let n = atomicLoad(&${self}_bins[${BINS - 1}u - i]);
      if left <= n {
        ${self}_bin = vec2<u32>(${BINS - 1}u - i, left);
        break;
      }
      left -= n;
    }
  }
  workgroupBarrier();
  return ${self}_bin;
}

/// The `rank`-th of `n` keys from `base` on, 1 <= rank <= n, and its rank among the keys equal to
/// it.
fn ${self}_select(at: At, base: u32, n: u32, rank: u32) -> vec2<u32> {
  ${self}_clear(at);
  for (var i = at.lid; i < n; i += ${WG}u) {
    atomicAdd(&${self}_bins[${self}_key(base + i) >> 21u], 1u);
  }
  let high = ${self}_find(at, rank);
  ${self}_clear(at);
  for (var i = at.lid; i < n; i += ${WG}u) {
    let key = ${self}_key(base + i);
    if key >> 21u == high.x {
      atomicAdd(&${self}_bins[(key >> 10u) & 2047u], 1u);
    }
  }
  let middle = ${self}_find(at, high.y);
  let prefix = (high.x << 11u) | middle.x;
  ${self}_clear(at);
  for (var i = at.lid; i < n; i += ${WG}u) {
    let key = ${self}_key(base + i);
    if key >> 10u == prefix {
      atomicAdd(&${self}_bins[key & 1023u], 1u);
    }
  }
  let low = ${self}_find(at, middle.y);
  return vec2<u32>((prefix << 10u) | low.x, low.y);
}
