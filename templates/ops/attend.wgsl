//! s[j] = q[t, h] · k[j] · D^(-1/2) over the rows j that row t sees;
//! out[t, h] = Σ_j k[j] · exp(s[j]) / (Σ_j exp(s[j]) + exp(sinks[h])). HEADS heads of one row in a
//! workgroup.
#import tile/attend with PARTS = 1, SINKS = 1

fn ${self}_result(at: At, first_head: u32, head: u32, quad: u32, value: vec4<f32>) {
  let row = (at.y * ${H}u + first_head + head) * ${D / 4}u;
  ${out_v4}[row + quad] = value / ${self}_results[head].y;
}

fn ${self}(at: At) {
  ${self}_part(at);
}
