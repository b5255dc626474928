//! h[t, k] = swiglu(gate[e] · x[t], up[e] · x[t]) · weights[t, k], e = ids[t, k]; OUT hidden
//! values of TOKENS pairs (t, k) of one expert in each workgroup.
#import tile/swiglu
#import tile/expert_tile with self = self, starts = starts, E = E
#if gate_int
#import tile/gemm_int with self = self, format = gate_format, K = N, M = 2, w0 = gate, w1 = up, x = qx_v4
#else
#import tile/gemm_float with self = self, format = gate_format, K = N, M = 2, w0 = gate, w1 = up, x = x_v4
#end

// `place` is the first hidden value, the first entry and the end of the entries.
fn ${self}_store(place: vec4<u32>, token: u32, out: u32, g: f32, u: f32) {
  let f = place.x + out;
  let entry = place.y + token;
  if (f < ${F}u && entry < place.z) {
    let pair = ${list}[entry];
    ${h}[pair * ${F}u + f] = swiglu(g, u, ${limit}) * ${weights}[pair];
  }
}

fn ${self}(at: At) {
  #if gate_format == "iq2_xxs"
  iq2_start(at.lid);
  #end
  let first = at.x * ${OUT}u;
  let entries = ${self}_entries(at.y, at.lid);
  if (entries.x < ${E}u) {
    for (var i = at.lid; i < ${TOKENS}u; i += ${WG}u) {
      let pair = ${list}[min(entries.y + i, entries.z - 1u)];
      ${self}_record[i] = pair / ${K}u * ${N / 32}u;
    }
    let row = entries.x * ${F}u;
    let place = vec4<u32>(first, entries.y, entries.z, entries.z - entries.y);
    ${self}_gemm(place, row + first, row + ${F - 1}u, at.lid);
  }
}
