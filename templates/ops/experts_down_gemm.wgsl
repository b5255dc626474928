//! parts[t, k] = down[ids[t, k]] · h[t, k]; OUT outputs of TOKENS pairs (t, k) of one expert in
//! each workgroup.
#import tile/expert_tile with self = self, starts = starts, E = E
#if down_int
#import tile/gemm_int with self = self, format = down_format, K = F, x = qx_v4, M = 1, w0 = down, w1 = down
#else
#import tile/gemm_float with self = self, format = down_format, K = F, x = h_v4, M = 1, w0 = down, w1 = down
#end

// `place` is the first output, the first entry and the end of the entries.
fn ${self}_store(place: vec4<u32>, token: u32, out: u32, value: f32) {
  let o = place.x + out;
  let entry = place.y + token;
  if (o < ${N}u && entry < place.z) {
    ${parts}[${list}[entry] * ${N}u + o] = value;
  }
}

fn ${self}(at: At) {
  #if down_format == "iq2_xxs"
  iq2_start(at.lid);
  #end
  let first = at.x * ${OUT}u;
  let entries = ${self}_entries(at.y, at.lid);
  if (entries.x < ${E}u) {
    for (var i = at.lid; i < ${TOKENS}u; i += ${WG}u) {
      ${self}_record[i] = ${list}[min(entries.y + i, entries.z - 1u)] * ${F / 32}u;
    }
    let row = entries.x * ${N}u;
    let place = vec4<u32>(first, entries.y, entries.z, entries.z - entries.y);
    ${self}_gemm(place, row + first, row + ${N - 1}u, at.lid);
  }
}
