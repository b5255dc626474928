//! chosen[t] = the K rows with the best scores in ascending order, the earlier of equals, u32::MAX
//! beyond; all visible rows where there are at most K. One workgroup for each row of the step.
#import tile/order
#import tile/radix
/// Scores that a thread reads at a time.
#let TURN = 4
#if SG == "64u"
// More would take more registers than AMD's compiler has for a wave of 64.
#let TURN = 2
#end

fn ${self}_key(i: u32) -> u32 {
  return order_value(${scores}[i]);
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
    let base = at.y * ${scores_stride};
    let last = ${self}_select(at, base, n, ${K}u);

    // A subgroup takes consecutive rows, as many as the others, its lanes one each at a time.
    let per = (n + ${WG - 1}u) / ${WG}u * ${SG};
    let first = min(at.sg * per, n);
    let end = min(first + per, n);
    var better = 0u;
    var equal = 0u;
    for (var i = first + at.lane; i < end; i += ${TURN}u * ${SG}) {
      #for t in 0..TURN
      let key_${t} = ${self}_key(base + min(i + ${t}u * ${SG}, n - 1u));
      #end
      #for t in 0..TURN
      if i + ${t}u * ${SG} < end {
        better += select(0u, 1u, key_${t} > last.x);
        equal += select(0u, 1u, key_${t} == last.x);
      }
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
      let row_${t} = i + ${t}u * ${SG} + at.lane;
      let key_${t} = ${self}_key(base + min(row_${t}, n - 1u));
      #end
      #for t in 0..TURN
      {
        let is_better = row_${t} < end && key_${t} > last.x;
        let is_equal = row_${t} < end && key_${t} == last.x;
        let all_better = subgroupBallot(is_better);
        let all_equal = subgroupBallot(is_equal);
        let better_here = n_better + ${self}_ones(all_better & below);
        let equal_here = n_equal + ${self}_ones(all_equal & below);
        if is_better || (is_equal && equal_here < last.y) {
          ${chosen}[out + better_here + min(equal_here, last.y)] = row_${t};
        }
        n_better += ${self}_ones(all_better);
        n_equal += ${self}_ones(all_equal);
      }
      #end
    }
  }
}
