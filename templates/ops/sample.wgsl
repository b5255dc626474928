//! ids[t] = the token that follows.
//!
//! The filters are temperature, top-k, min-p, top-p in this order. What is left lies side by side
//! on the unit interval in order of token id, and a Philox number picks the token it falls on; with
//! temperature 0 the largest logit is taken, the lowest id of equals. One workgroup for each row, WG
//! a multiple of 32 and at most 1024; V a multiple of 4 and at most 2^18.
//!
//! draws[t]: temperature, top-k (0 keeps all), top-p, min-p, low and high word of the seed, low
//! and high word of the number of the draw; the first, third and fourth are bits of f32.
//!
//! Weights are f32 as on the host, and added as whole multiples of 2^-44 with 64 bits, so that the
//! order does not matter. The host adds in f64: another token can be picked only where the number,
//! or the mass of top-p, lies within about 1e-6 of the border between two tokens, or a weight that
//! close to min-p.
//!
//! ids[t] is u32::MAX where a logit is NaN or plus infinity, or all are minus infinity: the host says
//! which.
#import tile/order
#import tile/philox
#import tile/precise
#import tile/radix
#import tile/reduce
#import tile/wide
#let BINS = 2048
#let OWN = ceil(BINS / WG)
#let GROUPS = WG / 32
/// Logits that a thread reads at a time.
#let TURN = 8

/// What a row keeps: tokens of at least `share` of the largest weight that rank no lower than
/// the last of top-k and the last of top-p, each a key and a token.
struct ${self}_Filter {
  base: u32,
  top: f32,
  temperature: f32,
  share: f32,
  last_k: vec2<u32>,
  last_p: vec2<u32>,
}

var<workgroup> ${self}_masses: array<vec2<u32>, ${WG}>;
/// High words of sums by key; the low ones are in the bins of `tile/radix`.
var<workgroup> ${self}_carries: array<atomic<u32>, ${BINS}>;
/// What a search found: a bin or a token, and what is wanted of it.
var<workgroup> ${self}_hit: vec3<u32>;

#if V % 4 != 0
// Rows of logits would not begin with a four: V is wrong.
${1 / 0}
#end
/// Fours of logits that a thread reads at a time.
#let FOURS = 4

fn ${self}_key(i: u32) -> u32 {
  return order_total(${logits}[i]);
}

fn ${self}_keys(i: u32) -> vec4<u32> {
  let four = ${logits_v4}[i];
  return vec4<u32>(
    order_total(four.x), order_total(four.y), order_total(four.z), order_total(four.w));
}

/// Whether a token with this key ranks no lower than `last`.
fn ${self}_ranks(key: u32, token: u32, last: vec2<u32>) -> bool {
  return key > last.x || (key == last.x && token <= last.y);
}

/// `x` in 0 .. 1 as a multiple of 2^-44.
fn ${self}_fixed(x: f32) -> vec2<u32> {
  let scaled = x * 4096.0;
  let whole = floor(scaled);
  return vec2<u32>(u32((scaled - whole) * 4294967296.0), u32(whole));
}

/// The weight of `token` as a multiple of 2^-44, 0 where it is not kept.
fn ${self}_weight(f: ${self}_Filter, token: u32) -> vec2<u32> {
  let value = ${logits}[f.base + token];
  let key = order_total(value);
  let weight = precise_exp((value - f.top) / f.temperature);
  let kept = weight >= f.share && ${self}_ranks(key, token, f.last_k)
    && ${self}_ranks(key, token, f.last_p);
  return ${self}_fixed(select(0.0, weight, kept));
}

/// The sum over the threads up to this one, by number; `${self}_masses` has that of every thread.
fn ${self}_scan(at: At, mass: vec2<u32>) -> vec2<u32> {
  var sum = mass;
  workgroupBarrier();
  ${self}_masses[at.lid] = sum;
  workgroupBarrier();
  for (var step = 1u; step < ${WG}u; step *= 2u) {
    if at.lid >= step {
      sum = wide_add(sum, ${self}_masses[at.lid - step]);
    }
    workgroupBarrier();
    ${self}_masses[at.lid] = sum;
    workgroupBarrier();
  }
  return sum;
}

/// What a token counts in a search: one where `key` is its key, its weight where `key` is 0.
fn ${self}_measure(f: ${self}_Filter, key: u32, token: u32) -> vec2<u32> {
  if key == 0u {
    return ${self}_weight(f, token);
  }
  return vec2<u32>(select(0u, 1u, ${self}_key(f.base + token) == key), 0u);
}

/// The first token, in order of id, up to which more than `wanted` has been counted; of weights,
/// `wanted` is the numerator of a fraction of all by 2^24.
fn ${self}_search(at: At, f: ${self}_Filter, key: u32, wanted: u32) -> u32 {
  // Groups of 32 threads take consecutive tokens, the threads one each at a time.
  let per = ${ceil(V / GROUPS)}u;
  let group = at.lid / 32u * per;
  let group_end = min(group + per, ${V}u);
  var mass = vec2<u32>();
  for (var i = group + at.lid % 32u; i < group_end; i += ${32 * TURN}u) {
    #for t in 0..TURN
    let own_${t} = ${self}_measure(f, key, min(i + ${32 * t}u, group_end - 1u));
    #end
    #for t in 0..TURN
    mass = wide_add(mass, select(vec2<u32>(), own_${t}, i + ${32 * t}u < group_end));
    #end
  }
  ${self}_scan(at, mass);
  var target_mass = vec2<u32>(wanted, 0u);
  if key == 0u {
    let product = wide_scale(${self}_masses[${WG - 1}], wanted);
    target_mass = vec2<u32>(
      (product.x >> 24u) | (product.y << 8u), (product.y >> 24u) | (product.z << 8u));
  }
  if at.lid % 32u == 31u {
    var before = vec2<u32>();
    if at.lid > 31u {
      before = ${self}_masses[at.lid - 32u];
    }
    if !wide_less(target_mass, before) && wide_less(target_mass, ${self}_masses[at.lid]) {
      ${self}_hit = vec3<u32>(at.lid / 32u * per, wide_sub(target_mass, before));
    }
  }
  workgroupBarrier();

  // Then every thread takes consecutive tokens of that group's.
  let hit = ${self}_hit;
  let hit_end = min(hit.x + per, ${V}u);
  let first = min(hit.x + at.lid * ${ceil(ceil(V / GROUPS) / WG)}u, hit_end);
  let end = min(first + ${ceil(ceil(V / GROUPS) / WG)}u, hit_end);
  mass = vec2<u32>();
  for (var i = first; i < end; i += 1u) {
    mass = wide_add(mass, ${self}_measure(f, key, i));
  }
  let until = ${self}_scan(at, mass);
  let left = hit.yz;
  var before = wide_sub(until, mass);
  if !wide_less(left, before) && wide_less(left, until) {
    for (var i = first; i < end; i += 1u) {
      before = wide_add(before, ${self}_measure(f, key, i));
      if wide_less(left, before) {
        ${self}_hit = vec3<u32>(i, 0u, 0u);
        break;
      }
    }
  }
  workgroupBarrier();
  return ${self}_hit.x;
}

/// Adds the weights of kept tokens by `mask` bits of their keys from `shift` on, where the bits
/// before are `prefix`.
fn ${self}_count(at: At, f: ${self}_Filter, prefix: u32, shift: u32, mask: u32) {
  workgroupBarrier();
  for (var i = at.lid; i < ${BINS}u; i += ${WG}u) {
    atomicStore(&${self}_bins[i], 0u);
    atomicStore(&${self}_carries[i], 0u);
  }
  workgroupBarrier();
  for (var i = at.lid; i < ${V}u; i += ${WG}u) {
    let bin = ${self}_key(f.base + i) >> shift;
    if (bin & ~mask) == prefix {
      let mass = ${self}_weight(f, i);
      let former = atomicAdd(&${self}_bins[bin & mask], mass.x);
      let high = mass.y + select(0u, 1u, former + mass.x < former);
      if high != 0u {
        atomicAdd(&${self}_carries[bin & mask], high);
      }
    }
  }
  workgroupBarrier();
}

fn ${self}_bin_mass(i: u32) -> vec2<u32> {
  let bin = ${BINS - 1}u - i;
  return vec2<u32>(atomicLoad(&${self}_bins[bin]), atomicLoad(&${self}_carries[bin]));
}

/// The first bin, from the largest key on, up to which `wanted` has been counted, and what is
/// wanted of it; `share` of all, in units of 2^-32, where it is not 0.
fn ${self}_border_bin(at: At, wanted: vec2<u32>, share: u32) -> vec3<u32> {
  let first = at.lid * ${OWN}u;
  let end = min(first + ${OWN}u, ${BINS}u);
  var mass = vec2<u32>();
  for (var i = first; i < end; i += 1u) {
    mass = wide_add(mass, ${self}_bin_mass(i));
  }
  let until = ${self}_scan(at, mass);
  var left = wanted;
  if share != 0u {
    let product = wide_scale(${self}_masses[${WG - 1}], share);
    left = wide_add(product.yz, vec2<u32>(select(0u, 1u, product.x != 0u), 0u));
  }
  let before = wide_sub(until, mass);
  if wide_less(before, left) && !wide_less(until, left) {
    left = wide_sub(left, before);
    for (var i = first; i < end; i += 1u) {
      let own = ${self}_bin_mass(i);
      if !wide_less(own, left) {
        ${self}_hit = vec3<u32>(${BINS - 1}u - i, left);
        break;
      }
      left = wide_sub(left, own);
    }
  }
  workgroupBarrier();
  return ${self}_hit;
}

/// The key and the token that end the largest weights with the share `top_p` of all; 0 < top_p < 1.
fn ${self}_border(at: At, f: ${self}_Filter, top_p: f32) -> vec2<u32> {
  let share = max(u32(top_p * 4294967296.0), 1u);
  ${self}_count(at, f, 0u, 21u, 2047u);
  let high = ${self}_border_bin(at, vec2<u32>(), share);
  ${self}_count(at, f, high.x << 11u, 10u, 2047u);
  let middle = ${self}_border_bin(at, high.yz, 0u);
  let prefix = (high.x << 11u) | middle.x;
  ${self}_count(at, f, prefix << 10u, 0u, 1023u);
  let low = ${self}_border_bin(at, middle.yz, 0u);
  let key = (prefix << 10u) | low.x;

  // Tokens with this key have one weight: the lowest ids are taken, as many as it needs.
  let value = order_number(key);
  let weight = ${self}_fixed(precise_exp((value - f.top) / f.temperature));
  var n = 0u;
  for (var step = 262144u; step > 0u; step /= 2u) {
    if wide_less(wide_scale(weight, n + step).xy, low.yz) {
      n += step;
    }
  }
  return vec2<u32>(key, ${self}_search(at, f, key, n));
}

/// The token that the draw of row `at.y` chooses at a temperature above 0; `best` has the largest
/// logit.
fn ${self}_choose(at: At, best: u32) -> u32 {
  let first = at.y * 8u;
  let everything = vec2<u32>(0u, 0xffffffffu);
  let base = at.y * ${V}u;
  var f = ${self}_Filter(
    base, ${logits}[base + best], bitcast<f32>(${draws}[first]),
    bitcast<f32>(${draws}[first + 3u]), everything, everything);
  let top_k = ${draws}[first + 1u];
  if top_k > 0u && top_k < ${V}u {
    let last = ${self}_select(at, base / 4u, ${V}u, top_k);
    f.last_k = vec2<u32>(last.x, ${self}_search(at, f, last.x, last.y - 1u));
  }
  let top_p = bitcast<f32>(${draws}[first + 2u]);
  if top_p < 1.0 {
    f.last_p = ${self}_border(at, f, top_p);
  }
  let seed = vec2<u32>(${draws}[first + 4u], ${draws}[first + 5u]);
  let number = vec2<u32>(${draws}[first + 6u], ${draws}[first + 7u]);
  return ${self}_search(at, f, 0u, philox_bits(seed, number));
}

fn ${self}(at: At) {
  let base = at.y * ${V}u;
  var key = 0u;
  var place = 0xffffffffu;
  var wrong = 0u;
  for (var i = at.lid; i < ${V / 4}u; i += ${FOURS * WG}u) {
    // Beyond the last, the last once more.
    #for t in 0..FOURS
    let i_${t} = min(i + ${t * WG}u, ${V / 4 - 1}u);
    let four_${t} = ${logits_v4}[base / 4u + i_${t}];
    #end
    #for t in 0..FOURS
    #for c in 0..4
    {
      let bits = bitcast<u32>(four_${t}[${c}]);
      if (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u {
        wrong = 1u;
      }
      if order_value(four_${t}[${c}]) > key {
        key = order_value(four_${t}[${c}]);
        place = 4u * i_${t} + ${c}u;
      }
    }
    #end
    #end
  }
  wrong = reduce_max_u32(at, wrong);
  var token = reduce_best(at, key, place);
  let top = ${logits}[base + min(token, ${V - 1}u)];
  if wrong == 1u || bitcast<u32>(top) == 0xff800000u {
    token = 0xffffffffu;
  } else if bitcast<f32>(${draws}[at.y * 8u]) > 0.0 {
    token = ${self}_choose(at, token);
  }
  if at.lid == 0u {
    ${ids}[at.y] = token;
  }
}
