//! m = (fun · v) · (mean(v²) + eps.rms)^(-1/2), v = all streams; pre = σ(m·scale₀ + base) + eps.hc.
//! One workgroup for each row.
#import tile/stream_sums with FIRST = 0, LAST = S
#import tile/precise

fn ${self}(at: At) {
  // Asked for before the sums are there.
  let own = min(at.lid, ${S - 1}u);
  let scale = ${scale}[0];
  let base = ${base}[own];
  ${self}_gather(at);
  if at.lid < ${S}u {
    let m = ${self}_sums[own] * ${self}_factor();
    ${pre}[at.y * ${S}u + own] = precise_sigmoid(m * scale + base) + ${eps_hc};
  }
}
