//! The key of a given rank among many keys, exactly: what the keys have in their upper 11 bits is
//! counted first, then, of the keys that agree with the wanted one so far, what they have in the
//! bits that follow. WG is at most 1024.
//!
//! `${self}_keys(i)` returns keys 4 i .. 4 i + 3; larger keys come first.
#import tile/reduce
#let BINS = 2048
/// Fours of keys that a thread reads at a time: the passes wait for memory, not for arithmetic.
#let TURN = 2
#if CUDA
// One workgroup reads with nobody beside it: what is on its way decides.
#let TURN = 4
#end
/// Of many keys, those that agree so far are kept where there are at most that many, in the upper
/// half of the bins.
#let KEPT = BINS / 2
#let MANY = 4096

var<workgroup> ${self}_bins: array<atomic<u32>, ${BINS}>;
/// The bin with the wanted key, the rank among its keys, and how many they are.
var<workgroup> ${self}_bin: vec3<u32>;
var<workgroup> ${self}_n_kept: atomic<u32>;

fn ${self}_clear(at: At, bins: u32) {
  workgroupBarrier();
  for (var i = at.lid; i < bins; i += ${WG}u) {
    atomicStore(&${self}_bins[i], 0u);
  }
  workgroupBarrier();
}

/// Of the first `bins` bins, the one with the `rank`-th key, counted from 1 and from the largest key
/// on; the rank in it, and how many keys it has.
fn ${self}_find(at: At, bins: u32, rank: u32) -> vec3<u32> {
  workgroupBarrier();
  let own = (bins + ${WG - 1}u) / ${WG}u;
  let first = (at.sg * ${SG} + at.lane) * own;
  let end = min(first + own, bins);
  var count = 0u;
  for (var i = first; i < end; i += 1u) {
    count += atomicLoad(&${self}_bins[bins - 1u - i]);
  }
  var left = rank - reduce_before(at, count).x;
  // Only one thread has the key; a rank that is too small wraps to a large one.
  if left - 1u < count {
    for (var i = first; i < end; i += 1u) {
      let n = atomicLoad(&${self}_bins[bins - 1u - i]);
      if left <= n {
        ${self}_bin = vec3<u32>(bins - 1u - i, left, n);
        break;
      }
      left -= n;
    }
  }
  workgroupBarrier();
  return ${self}_bin;
}

/// Counts the `mask` bits from `shift` on of those of `n` keys from four `base` on whose bits before
/// them are `prefix`; `above` is the place of the lowest of those bits, 32 where there are none.
fn ${self}_tally(at: At, base: u32, n: u32, prefix: u32, above: u32, shift: u32, mask: u32) {
  ${self}_clear(at, ${BINS}u);
  let last = (n - 1u) / 4u;
  for (var first = at.lid; first <= last; first += ${TURN * WG}u) {
    #for i in 0..TURN
    let keys_${i} = ${self}_keys(base + min(first + ${i * WG}u, last));
    #end
    #for i in 0..TURN
    #for c in 0..4
    if 4u * first + ${4 * i * WG + c}u < n && (above == 32u || keys_${i}[${c}] >> above == prefix) {
      atomicAdd(&${self}_bins[(keys_${i}[${c}] >> shift) & mask], 1u);
    }
    #end
    #end
  }
}

/// Keeps those of `n` keys from four `base` on whose upper 11 bits are `prefix`.
fn ${self}_keep(at: At, base: u32, n: u32, prefix: u32) {
  workgroupBarrier();
  if at.lid == 0u {
    atomicStore(&${self}_n_kept, 0u);
  }
  workgroupBarrier();
  let last = (n - 1u) / 4u;
  for (var first = at.lid; first <= last; first += ${TURN * WG}u) {
    #for i in 0..TURN
    let keys_${i} = ${self}_keys(base + min(first + ${i * WG}u, last));
    #end
    #for i in 0..TURN
    #for c in 0..4
    if 4u * first + ${4 * i * WG + c}u < n && keys_${i}[${c}] >> 21u == prefix {
      atomicStore(&${self}_bins[${KEPT}u + atomicAdd(&${self}_n_kept, 1u)], keys_${i}[${c}]);
    }
    #end
    #end
  }
}

/// The `rank`-th of `n` keys from four `base` on, 1 <= rank <= n, and its rank among the keys equal to
/// it.
fn ${self}_select(at: At, base: u32, n: u32, rank: u32) -> vec2<u32> {
  ${self}_tally(at, base, n, 0u, 32u, 21u, 2047u);
  var found = ${self}_find(at, ${BINS}u, rank);
  var key = found.x;
  if n < ${MANY}u || found.z > ${KEPT}u {
    ${self}_tally(at, base, n, key, 21u, 10u, 2047u);
    found = ${self}_find(at, ${BINS}u, found.y);
    key = (key << 11u) | found.x;
    ${self}_tally(at, base, n, key, 10u, 0u, 1023u);
    found = ${self}_find(at, 1024u, found.y);
    key = (key << 10u) | found.x;
  } else {
    let n_kept = found.z;
    ${self}_keep(at, base, n, key);
    // Seven bits at a time.
    for (var shift = 14u; shift < 32u; shift -= 7u) {
      ${self}_clear(at, 128u);
      for (var i = at.lid; i < n_kept; i += ${WG}u) {
        let kept = atomicLoad(&${self}_bins[${KEPT}u + i]);
        if kept >> (shift + 7u) == key {
          atomicAdd(&${self}_bins[(kept >> shift) & 127u], 1u);
        }
      }
      found = ${self}_find(at, 128u, found.y);
      key = (key << 7u) | found.x;
    }
  }
  return vec2<u32>(key, found.y);
}
