//! counts[e]: pairs (t, k) with ids[t, k] = e; one workgroup for each expert.
var<workgroup> ${self}_count: atomic<u32>;

fn ${self}(at: At) {
  if (at.lid == 0u) {
    atomicStore(&${self}_count, 0u);
  }
  workgroupBarrier();
  var count = 0u;
  for (var pair = at.lid; pair < ${T} * ${K}u; pair += ${WG}u) {
    count += select(0u, 1u, ${ids}[pair] == at.x);
  }
  atomicAdd(&${self}_count, count);
  workgroupBarrier();
  if (at.lid == 0u) {
    ${counts}[at.x] = atomicLoad(&${self}_count);
  }
}
