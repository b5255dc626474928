//! a = softplus(logits)^(1/2); ids[t] = the K largest of a + bias, best first, lower index first;
//! weights[t, k] = scale · a[ids[t, k]] / Σ_k a[ids[t, k]]. One workgroup for each row, E a multiple
//! of 4.
#import tile/order
#import tile/route
#let OWN = ceil(E / WG)

var<workgroup> ${self}_keys: array<vec4<u32>, ${E / 4}>;
/// The chosen experts' affinities, best first.
var<workgroup> ${self}_best: array<f32, ${K}>;

fn ${self}(at: At) {
  #for i in 0..OWN
  var key_${i} = 0u;
  var affinity_${i} = 0.0;
  if at.lid + ${i * WG}u < ${E}u {
    let e = at.lid + ${i * WG}u;
    affinity_${i} = route_affinity(${logits}[at.y * ${E}u + e]);
    // Numbers have larger keys than 1, which is for what is none.
    let biased = affinity_${i} + ${bias}[e];
    key_${i} = select(order_value(biased), 1u, order_is_nan(biased));
    ${self}_keys[e / 4u][e % 4u] = key_${i};
  }
  #end
  workgroupBarrier();
  // An expert's place is the number of those that come before it.
  #for i in 0..OWN
  var place_${i} = 0u;
  #end
  for (var q = 0u; q < ${E / 4}u; q += 1u) {
    let keys = ${self}_keys[q];
    #for i in 0..OWN
    {
      // Equal keys come in the order of experts; those of the own four are seen to below.
      let least = key_${i} + select(1u, 0u, q < (at.lid + ${i * WG}u) / 4u);
      place_${i} += select(0u, 1u, keys.x >= least) + select(0u, 1u, keys.y >= least)
        + select(0u, 1u, keys.z >= least) + select(0u, 1u, keys.w >= least);
    }
    #end
  }
  #for i in 0..OWN
  if at.lid + ${i * WG}u < ${E}u {
    let keys = ${self}_keys[(at.lid + ${i * WG}u) / 4u];
    #if HIP
    // AMD's compiler would keep what is chosen from by a number in memory.
    #for j in 0..3
    place_${i} += select(0u, 1u, ${j}u < at.lid % 4u && keys[${j}] == key_${i});
    #end
    #else
    for (var j = 0u; j < at.lid % 4u; j += 1u) {
      place_${i} += select(0u, 1u, keys[j] == key_${i});
    }
    #end
  }
  #end
  #for i in 0..OWN
  if at.lid + ${i * WG}u < ${E}u && place_${i} < ${K}u {
    ${self}_best[place_${i}] = affinity_${i};
    ${ids}[at.y * ${K}u + place_${i}] = at.lid + ${i * WG}u;
  }
  #end
  workgroupBarrier();
  if at.lid < ${K}u {
    var sum = 0.0;
    for (var k = 0u; k < ${K}u; k += 1u) {
      sum += ${self}_best[k];
    }
    // The guard keeps the sum from zero where every affinity underflows.
    ${weights}[at.y * ${K}u + at.lid] = ${self}_best[at.lid] / (sum + 1e-20) * ${scale};
  }
}
