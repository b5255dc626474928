//! a = softplus(logits)^(1/2); ids[t] = the K largest of a + bias, best first, lower index first;
//! weights[t, k] = scale · a[ids[t, k]] / Σ_k a[ids[t, k]]. One workgroup for each row, WG at least
//! K.
#import tile/order
#import tile/reduce
#import tile/route
#let OWN = ceil(E / WG)

var<workgroup> ${self}_affinities: array<f32, ${E}>;

fn ${self}(at: At) {
  #for i in 0..OWN
  var key_${i} = 0u;
  if at.lid + ${i * WG}u < ${E}u {
    let e = at.lid + ${i * WG}u;
    let affinity = route_affinity(${logits}[at.y * ${E}u + e]);
    ${self}_affinities[e] = affinity;
    // Numbers have larger keys than 1, which is for what is none, and 0 is for what is taken.
    let biased = affinity + ${bias}[e];
    key_${i} = select(order_value(biased), 1u, order_is_nan(biased));
  }
  #end
  var own = 0u;
  var sum = 0.0;
  for (var k = 0u; k < ${K}u; k += 1u) {
    var key = 0u;
    var place = 0xffffffffu;
    #for i in 0..OWN
    if place == 0xffffffffu || key_${i} > key {
      key = key_${i};
      place = at.lid + ${i * WG}u;
    }
    #end
    let best = reduce_best(at, key, place);
    #for i in 0..OWN
    if best == at.lid + ${i * WG}u {
      key_${i} = 0u;
    }
    #end
    sum += ${self}_affinities[best];
    if at.lid == k {
      own = best;
    }
  }
  if at.lid < ${K}u {
    ${ids}[at.y * ${K}u + at.lid] = own;
    // The guard keeps the sum from zero where every affinity underflows.
    ${weights}[at.y * ${K}u + at.lid] = ${self}_affinities[own] / (sum + 1e-20) * ${scale};
  }
}
