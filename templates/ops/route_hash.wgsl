//! a = softplus(logits)^(1/2); ids[t] = table[token(t)];
//! weights[t, k] = scale · a[ids[t, k]] / Σ_k a[ids[t, k]]. One workgroup for each row, WG at least
//! K. Entries outside of the experts are taken as the last expert.
#import tile/route

var<workgroup> ${self}_affinities: array<f32, ${K}>;

fn ${self}(at: At) {
  var own = 0.0;
  if at.lid < ${K}u {
    let entry = ${table}[${rows}[2u * at.y].x * ${K}u + at.lid];
    let id = min(entry, ${E - 1}u);
    ${ids}[at.y * ${K}u + at.lid] = id;
    own = route_affinity(${logits}[at.y * ${E}u + id]);
    ${self}_affinities[at.lid] = own;
  }
  workgroupBarrier();
  if at.lid < ${K}u {
    var sum = 0.0;
    for (var k = 0u; k < ${K}u; k += 1u) {
      sum += ${self}_affinities[k];
    }
    // The guard keeps the sum from zero where every affinity underflows.
    ${weights}[at.y * ${K}u + at.lid] = own / (sum + 1e-20) * ${scale};
  }
}
