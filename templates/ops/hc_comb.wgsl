//! m = (fun · v) · (mean(v²) + eps.rms)^(-1/2), v = all streams; post = 2σ(m·scale₁ + base);
//! comb = sinkhorn(m·scale₂ + base); mix = post, comb. One workgroup for each row; S = 4.
#import tile/stream_sums with FIRST = S, LAST = M
#import tile/precise
#import tile/hooks

/// Four columns divided by their sums; a lane has one row of four, lanes 0 to 3 all of them.
fn ${self}_columns(row: vec4<f32>) -> vec4<f32> {
  let pairs = row + subgroupShuffleXor(row, 1u);
  let sums = pairs + subgroupShuffleXor(pairs, 2u) + ${eps_hc};
  return row * vec4<f32>(
    hook_reciprocal(sums.x), hook_reciprocal(sums.y), hook_reciprocal(sums.z),
    hook_reciprocal(sums.w));
}

fn ${self}(at: At) {
  ${self}_gather(at);
  let factor = ${self}_factor();
  let out = at.y * ${M - S}u;

  // The other lanes repeat the four rows.
  let j = at.lane % ${S}u;
  let first = ${2 * S}u + ${S}u * j;
  var row = vec4<f32>();
  #for k in 0..S
  row[${k}] = ${self}_sums[first + ${k}u] * factor * ${scale}[2] + ${base}[first + ${k}u];
  #end
  let largest = max(max(row.x, row.y), max(row.z, row.w));
  #for k in 0..S
  row[${k}] = precise_exp(row[${k}] - largest);
  #end
  row = ${self}_columns(row / (row.x + row.y + row.z + row.w) + ${eps_hc});
  for (var i = 1u; i < ${iters}u; i += 1u) {
    row = ${self}_columns(row * hook_reciprocal((row.x + row.y) + (row.z + row.w) + ${eps_hc}));
  }

  if at.sg == 0u && at.lane < ${S}u {
    let post = ${self}_sums[${S}u + j] * factor * ${scale}[1] + ${base}[${S}u + j];
    ${mix}[out + j] = 2.0 * precise_sigmoid(post);
    #for k in 0..S
    ${mix}[out + ${S}u + ${S}u * j + ${k}u] = row[${k}];
    #end
  }
}
