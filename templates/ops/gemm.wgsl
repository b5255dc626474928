//! y[t, g, o] = Σ_i w[g, o, i] · x[t, g, i], with G = 1 where the op has no groups; OUT outputs of
//! one group and TOKENS rows in each workgroup.
#let GROUPS = 1
#if has("G")
#let GROUPS = G
#end
#if w_int
#import tile/gemm_int with self = self, format = w_format, K = I, M = 1, w0 = w, w1 = w, x = qx_v4
#else
#import tile/gemm_float with self = self, format = w_format, K = I, M = 1, w0 = w, w1 = w, x = x_v4
#end

// `place` is the group, its first output and the first row of the workgroup.
fn ${self}_store(place: vec4<u32>, token: u32, out: u32, value: f32) {
  let o = place.y + out;
  let t = place.z + token;
  if (o < ${O}u && t < ${T}) {
    ${y}[(t * ${GROUPS}u + place.x) * ${O}u + o] = value;
  }
}

fn ${self}(at: At) {
  #if w_int && w_format == "iq2_xxs"
  iq2_start(at.lid);
  #end
  let group = at.x / ${ceil(O / OUT)}u;
  let first = at.x % ${ceil(O / OUT)}u * ${OUT}u;
  let token = at.y * ${TOKENS}u;
  for (var i = at.lid; i < ${TOKENS}u; i += ${WG}u) {
    ${self}_record[i] = (min(token + i, ${T} - 1u) * ${GROUPS}u + group) * ${I / 32}u;
  }
  let row = group * ${O}u;
  let place = vec4<u32>(group, first, token, ${T} - token);
  ${self}_gemm(place, row + first, row + ${O - 1}u, at.lid);
}
