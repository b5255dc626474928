//! chosen[t] = the K rows with the best scores in ascending order, the earlier of equals, u32::MAX
//! beyond; all visible rows where there are at most K. One workgroup for each row of the step.
#import tile/order
#import tile/radix
/// Scores that a thread reads at a time.
#let TURN = 4

fn ${self}_key(i: u32) -> u32 {
  return order_value(${scores}[i]);
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
    var n_better = subgroupBroadcastFirst(better_before);
    var n_equal = subgroupBroadcastFirst(equal_before);
    for (var i = first; i < end; i += ${TURN}u * ${SG}) {
      #for t in 0..TURN
      let row_${t} = i + ${t}u * ${SG} + at.lane;
      let key_${t} = ${self}_key(base + min(row_${t}, n - 1u));
      #end
      #for t in 0..TURN
      {
        let is_better = select(0u, 1u, row_${t} < end && key_${t} > last.x);
        let is_equal = select(0u, 1u, row_${t} < end && key_${t} == last.x);
        let better_here = n_better + subgroupExclusiveAdd(is_better);
        let equal_here = n_equal + subgroupExclusiveAdd(is_equal);
        if is_better == 1u || (is_equal == 1u && equal_here < last.y) {
          ${chosen}[out + better_here + min(equal_here, last.y)] = row_${t};
        }
        n_better += subgroupAdd(is_better);
        n_equal += subgroupAdd(is_equal);
      }
      #end
    }
  }
}
