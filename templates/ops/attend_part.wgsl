//! Attention of HEADS heads of one row over one of SPLITS parts of the rows that it sees.
//!
//! parts[t, part, h]: Σ_j k[j] · exp(s[j] − top), then top = max_j s[j] and Σ_j exp(s[j] − top).
#import tile/attend with PARTS = SPLITS, SINKS = 0

fn ${self}_result(at: At, first_head: u32, head: u32, quad: u32, value: vec4<f32>) {
  let part = at.y * ${SPLITS}u + at.x % ${SPLITS}u;
  let row = (part * ${H}u + first_head + head) * ${D / 4 + 1}u;
  ${parts_v4}[row + quad] = value;
  if quad == 0u {
    ${parts_v4}[row + ${D / 4}u] = vec4<f32>(${self}_results[head], 0.0, 0.0);
  }
}

fn ${self}(at: At) {
  ${self}_part(at);
}
