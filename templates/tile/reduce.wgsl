//! Reductions over the threads of a workgroup, at any subgroup width.
//!
//! Every thread passes a value and receives the result. A call has two barriers, the first of
//! which lets the readers of the call before finish. The subgroups are taken in order, so that a
//! sum has one order on one device.

var<workgroup> reduce_words: array<u32, ${WG / 4}>;
var<workgroup> reduce_places: array<u32, ${WG / 4}>;

/// Leaves one word for each subgroup.
fn reduce_gather(at: At, word: u32) {
  workgroupBarrier();
  if at.lane == 0u {
    reduce_words[at.sg] = word;
  }
  workgroupBarrier();
}

/// The sum.
fn reduce_sum(at: At, value: f32) -> f32 {
  reduce_gather(at, bitcast<u32>(subgroupAdd(value)));
  var sum = 0.0;
  for (var i = 0u; i < ${WG}u / ${SG}; i += 1u) {
    sum += bitcast<f32>(reduce_words[i]);
  }
  return sum;
}

/// The largest value.
fn reduce_max(at: At, value: f32) -> f32 {
  reduce_gather(at, bitcast<u32>(subgroupMax(value)));
  var largest = bitcast<f32>(reduce_words[0]);
  for (var i = 1u; i < ${WG}u / ${SG}; i += 1u) {
    largest = max(largest, bitcast<f32>(reduce_words[i]));
  }
  return largest;
}

/// The largest word.
fn reduce_max_u32(at: At, word: u32) -> u32 {
  reduce_gather(at, subgroupMax(word));
  var largest = reduce_words[0];
  for (var i = 1u; i < ${WG}u / ${SG}; i += 1u) {
    largest = max(largest, reduce_words[i]);
  }
  return largest;
}

/// The place of the largest key, the lowest of equals.
fn reduce_best(at: At, key: u32, place: u32) -> u32 {
  let largest = subgroupMax(key);
  let lowest = subgroupMin(select(0xffffffffu, place, key == largest));
  workgroupBarrier();
  if at.lane == 0u {
    reduce_words[at.sg] = largest;
    reduce_places[at.sg] = lowest;
  }
  workgroupBarrier();
  var best = reduce_words[0];
  var found = reduce_places[0];
  for (var i = 1u; i < ${WG}u / ${SG}; i += 1u) {
    let other = reduce_words[i];
    let other_place = reduce_places[i];
    if other > best || (other == best && other_place < found) {
      best = other;
      found = other_place;
    }
  }
  return found;
}

/// The sum over the threads before this one, and over all; threads are ordered by subgroup and
/// lane.
fn reduce_before(at: At, word: u32) -> vec2<u32> {
  let within = subgroupExclusiveAdd(word);
  reduce_gather(at, subgroupAdd(word));
  var before = within;
  var total = 0u;
  for (var i = 0u; i < ${WG}u / ${SG}; i += 1u) {
    let sum = reduce_words[i];
    before += select(0u, sum, i < at.sg);
    total += sum;
  }
  return vec2<u32>(before, total);
}
