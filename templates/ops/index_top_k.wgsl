//! chosen[t] = the K rows with the best scores in ascending order, the earlier of equals, u32::MAX
//! beyond; all visible rows where there are at most K. One workgroup for each row of the step.
//!
//! Of few rows, each thread keeps the keys of its own in registers: they are read once, and little
//! code runs, which is what takes time where a workgroup is alone. Of many, every pass reads them
//! anew.
#import tile/order
#import tile/radix
/// Fours of scores that a thread reads at a time.
#let TURN = 2
#if CUDA
// One workgroup reads with nobody beside it: what is on its way decides.
#let TURN = 4
#end

fn ${self}_keys(i: u32) -> vec4<u32> {
  let four = ${scores_v4}[i];
  return vec4<u32>(
    order_value(four.x), order_value(four.y), order_value(four.z), order_value(four.w));
}

/// Fours of keys that a thread keeps where there are few; all rows of a context of 32,768 tokens and
/// a little more on NVIDIA.
#let OWN = 2
#if CUDA
#let OWN = 10
#end

/// The choice of K rows among `n`, K < n <= 4 OWN WG, whose scores begin at four `base`; `out` is
/// where it is written.
fn ${self}_few(at: At, base: u32, n: u32, out: u32) {
  // A subgroup takes consecutive fours, as many as the others, its lanes one each at a time.
  let per = ((n + 3u) / 4u + ${WG - 1}u) / ${WG}u;
  let first = at.sg * per * ${SG} + at.lane;
  #for t in 0..OWN
  // Smaller than every key.
  var keys_${t} = vec4<u32>();
  if ${t}u < per && 4u * (first + ${t}u * ${SG}) < n {
    let left = n - 4u * (first + ${t}u * ${SG});
    let all = ${self}_keys(base + first + ${t}u * ${SG});
    keys_${t} = select(vec4<u32>(), all, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(left));
  }
  #end
  // Eight bits at a time, of the keys that agree so far.
  var key = 0u;
  var rank = ${K}u;
  for (var shift = 24u; shift < 32u; shift -= 8u) {
    ${self}_clear(at, 256u);
    #for t in 0..OWN
    if ${t}u < per {
      #for c in 0..4
      if (keys_${t}[${c}] >> shift) >> 8u == key {
        atomicAdd(&${self}_bins[(keys_${t}[${c}] >> shift) & 255u], 1u);
      }
      #end
    }
    #end
    let found = ${self}_find(at, 256u, rank);
    key = (key << 8u) | found.x;
    rank = found.y;
  }
  // How many keys are larger, and in the upper half of a word how many are equal.
  var own = 0u;
  #for t in 0..OWN
  var own_${t} = 0u;
  if ${t}u < per {
    #for c in 0..4
    own_${t} += select(0u, 1u, keys_${t}[${c}] > key) + select(0u, 65536u, keys_${t}[${c}] == key);
    #end
    own += own_${t};
  }
  #end
  // Of equal rows the earliest are taken, so the places follow from what is before.
  var before = subgroupBroadcastFirst(reduce_before(at, own).x);
  #for t in 0..OWN
  if ${t}u < per {
    let here = before + subgroupExclusiveAdd(own_${t});
    before += subgroupAdd(own_${t});
    var better = here & 0xffffu;
    var equal = here >> 16u;
    #for c in 0..4
    let is_better_${c} = keys_${t}[${c}] > key;
    let is_equal_${c} = keys_${t}[${c}] == key;
    if is_better_${c} || (is_equal_${c} && equal < rank) {
      ${chosen}[out + better + min(equal, rank)] = 4u * (first + ${t}u * ${SG}) + ${c}u;
    }
    better += select(0u, 1u, is_better_${c});
    equal += select(0u, 1u, is_equal_${c});
    #end
  }
  #end
}

/// The lanes before `lane`, as the bits of a ballot.
fn ${self}_below(lane: u32) -> vec4<u32> {
  #if SG == "32u"
  return vec4<u32>((1u << lane) - 1u, 0u, 0u, 0u);
  #elif SG == "64u"
  let part = (1u << (lane % 32u)) - 1u;
  let second = lane >= 32u;
  return vec4<u32>(select(part, 0xffffffffu, second), select(0u, part, second), 0u, 0u);
  #else
  let word = vec4<u32>(0u, 1u, 2u, 3u);
  let part = vec4<u32>((1u << (lane % 32u)) - 1u);
  let whole = select(vec4<u32>(), vec4<u32>(0xffffffffu), word < vec4<u32>(lane / 32u));
  return select(whole, part, word == vec4<u32>(lane / 32u));
  #end
}

fn ${self}_ones(ballot: vec4<u32>) -> u32 {
  #if SG == "32u"
  return countOneBits(ballot.x);
  #elif SG == "64u"
  return countOneBits(ballot.x) + countOneBits(ballot.y);
  #else
  let ones = countOneBits(ballot);
  return ones.x + ones.y + ones.z + ones.w;
  #end
}

fn ${self}(at: At) {
  let n = (${rows}[2u * at.y].y + 1u) / ${ratio}u;
  let out = at.y * ${K}u;
  if n <= ${K}u {
    for (var i = at.lid; i < ${K}u; i += ${WG}u) {
      ${chosen}[out + i] = select(0xffffffffu, i, i < n);
    }
  } else if n <= ${4 * OWN * WG}u {
    ${self}_few(at, at.y * (${scores_stride} / 4u), n, out);
  } else {
    let base = at.y * (${scores_stride} / 4u);
    let last = ${self}_select(at, base, n, ${K}u);

    // A subgroup takes consecutive fours, as many as the others, its lanes one each at a time.
    let n_fours = (n + 3u) / 4u;
    let per = (n_fours + ${WG - 1}u) / ${WG}u * ${SG};
    let first = min(at.sg * per, n_fours);
    let end = min(first + per, n_fours);
    var better = 0u;
    var equal = 0u;
    for (var i = first + at.lane; i < end; i += ${TURN}u * ${SG}) {
      #for t in 0..TURN
      let keys_${t} = ${self}_keys(base + min(i + ${t}u * ${SG}, n_fours - 1u));
      #end
      #for t in 0..TURN
      #for c in 0..4
      if i + ${t}u * ${SG} < end && 4u * (i + ${t}u * ${SG}) + ${c}u < n {
        better += select(0u, 1u, keys_${t}[${c}] > last.x);
        equal += select(0u, 1u, keys_${t}[${c}] == last.x);
      }
      #end
      #end
    }
    // Of equal rows the earliest are taken, so what is before a subgroup is known from its counts.
    let better_before = reduce_before(at, select(0u, subgroupAdd(better), at.lane == 0u)).x;
    let equal_before = reduce_before(at, select(0u, subgroupAdd(equal), at.lane == 0u)).x;
    let below = ${self}_below(at.lane);
    var n_better = subgroupBroadcastFirst(better_before);
    var n_equal = subgroupBroadcastFirst(equal_before);
    for (var i = first; i < end; i += ${TURN}u * ${SG}) {
      #for t in 0..TURN
      let four_${t} = i + ${t}u * ${SG} + at.lane;
      let keys_${t} = ${self}_keys(base + min(four_${t}, n_fours - 1u));
      #end
      #for t in 0..TURN
      {
        // Those of the lanes before, then those of this one, in order.
        var better_here = n_better;
        var equal_here = n_equal;
        #for c in 0..4
        let is_there_${c} = four_${t} < end && 4u * four_${t} + ${c}u < n;
        let is_better_${c} = is_there_${c} && keys_${t}[${c}] > last.x;
        let is_equal_${c} = is_there_${c} && keys_${t}[${c}] == last.x;
        let all_better_${c} = subgroupBallot(is_better_${c});
        let all_equal_${c} = subgroupBallot(is_equal_${c});
        better_here += ${self}_ones(all_better_${c} & below);
        equal_here += ${self}_ones(all_equal_${c} & below);
        n_better += ${self}_ones(all_better_${c});
        n_equal += ${self}_ones(all_equal_${c});
        #end
        #for c in 0..4
        if is_better_${c} || (is_equal_${c} && equal_here < last.y) {
          ${chosen}[out + better_here + min(equal_here, last.y)] = 4u * four_${t} + ${c}u;
        }
        better_here += select(0u, 1u, is_better_${c});
        equal_here += select(0u, 1u, is_equal_${c});
        #end
      }
      #end
    }
  }
}
