//! Sums of V values (1, 2 or 4) over the lanes of a subgroup, with fewer steps than one after the
//! other: in each of the first steps, a lane gives away half of the values that it has.
#import tile/hooks

// The sum of value `sums_which(lane)`.
fn sums_${V}(values: array<f32, ${V}>, lane: u32) -> f32 {
  #for i in 0..V
  var value_${i} = values[${i}];
  #end
  #for step in 0..log2(V)
  let upper_${step} = ((lane >> ${step}u) & 1u) == 1u;
  #for j in 0..V / (2 * (step + 1))
  #let OTHER = j + V / (2 * (step + 1))
  {
    let kept = select(value_${j}, value_${OTHER}, upper_${step});
    let given = select(value_${OTHER}, value_${j}, upper_${step});
    value_${j} = kept + subgroupShuffleXor(given, ${step + 1}u);
  }
  #end
  #end
  for (var mask = ${V}u; mask < ${SG}; mask <<= 1u) {
    hook_unroll();
    value_0 += subgroupShuffleXor(value_0, mask);
  }
  return value_0;
}

// The value whose sum a lane has.
fn sums_${V}_which(lane: u32) -> u32 {
  #if V == 4
  return (lane & 1u) * 2u + ((lane >> 1u) & 1u);
  #else
  return lane % ${V}u;
  #end
}
