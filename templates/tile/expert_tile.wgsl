//! Which entries of a route's list a workgroup takes.
//!
//! Takes `starts` as `ops/route_list` writes them, and `E`.
var<workgroup> ${self}_expert: u32;

// Expert, first entry and end of the entries of tile `tile`; the expert is E for a tile past the
// last.
fn ${self}_entries(tile: u32, lid: u32) -> vec3<u32> {
  if (lid == 0u) {
    ${self}_expert = ${E}u;
  }
  workgroupBarrier();
  for (var e = lid; e < ${E}u; e += ${WG}u) {
    if (tile >= ${starts}[${E + 1}u + e] && tile < ${starts}[${E + 2}u + e]) {
      ${self}_expert = e;
    }
  }
  let expert = workgroupUniformLoad(&${self}_expert);
  let known = min(expert, ${E - 1}u);
  let first = ${starts}[known] + (tile - ${starts}[${E + 1}u + known]) * ${TOKENS}u;
  return vec3<u32>(expert, first, ${starts}[known + 1u]);
}
