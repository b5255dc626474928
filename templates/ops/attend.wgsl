//! s[j] = q[t, h] · k[j] · D^(-1/2) over the rows j that row t sees;
//! out[t, h] = Σ_j k[j] · exp(s[j]) / (Σ_j exp(s[j]) + exp(sinks[h])). HEADS heads of one row in a
//! workgroup.
//!
//! Rows are those of positions max(0, p − W + 1) … p, then the compressed ones: all visible, or the
//! chosen.
#if TENSOR == 1
#import tile/attend_tensor with self = self
#else
#import tile/attend_vector with self = self
#end

fn ${self}(at: At) {
  ${self}_attend(at);
}
