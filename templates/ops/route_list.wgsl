//! Pairs t · K + k by expert, ascending for each expert; one workgroup for each expert.
//!
//! list: the pairs, those of expert 0 first
//! starts[e]: entries of the experts before e, for e in 0 ..= E
//! starts[E + 1 + e]: tiles of TOKENS entries, each of one expert, of the experts before e
var<workgroup> ${self}_entries: atomic<u32>;
var<workgroup> ${self}_tiles: atomic<u32>;
var<workgroup> ${self}_found: array<u32, ${WG}>;

fn ${self}(at: At) {
  if (at.lid == 0u) {
    atomicStore(&${self}_entries, 0u);
    atomicStore(&${self}_tiles, 0u);
  }
  workgroupBarrier();
  for (var e = at.lid; e < at.x; e += ${WG}u) {
    let count = ${counts}[e];
    atomicAdd(&${self}_entries, count);
    atomicAdd(&${self}_tiles, (count + ${TOKENS - 1}u) / ${TOKENS}u);
  }
  workgroupBarrier();
  let entries = atomicLoad(&${self}_entries);
  if (at.lid == 0u) {
    let tiles = atomicLoad(&${self}_tiles);
    ${starts}[at.x] = entries;
    ${starts}[${E + 1}u + at.x] = tiles;
    if (at.x == ${E - 1}u) {
      let count = ${counts}[at.x];
      ${starts}[${E}u] = entries + count;
      ${starts}[${2 * E + 1}u] = tiles + (count + ${TOKENS - 1}u) / ${TOKENS}u;
    }
  }

  // Each thread takes one stretch of the pairs, so that entries are in order of threads.
  let stretch = (${T} * ${K}u + ${WG - 1}u) / ${WG}u;
  let begin = min(at.lid * stretch, ${T} * ${K}u);
  let end = min(begin + stretch, ${T} * ${K}u);
  var found = 0u;
  for (var pair = begin; pair < end; pair += 1u) {
    found += select(0u, 1u, ${ids}[pair] == at.x);
  }
  ${self}_found[at.lid] = found;
  workgroupBarrier();
  var place = entries;
  for (var i = 0u; i < at.lid; i += 1u) {
    place += ${self}_found[i];
  }
  for (var pair = begin; pair < end; pair += 1u) {
    if (${ids}[pair] == at.x) {
      ${list}[place] = pair;
      place += 1u;
    }
  }
}
