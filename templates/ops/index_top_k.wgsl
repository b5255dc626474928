//! chosen[t] = the K rows with the best scores in ascending order, the earlier of equals, u32::MAX
//! beyond; all visible rows where there are at most K. One workgroup for each row of the step.
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
