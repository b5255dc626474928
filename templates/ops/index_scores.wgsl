//! score[t, j] = Σ_h max(0, q[t, h] · row[j]) · g[t, h] · (D·H)^(-1/2), j < floor((position(t) + 1)
//! / ratio); JT cached rows along x, TOKENS rows of the step along y.
//!
//! Rows that see at most K cached rows have no scores, since all are chosen.
#if TENSOR == 1
#import tile/index_tensor with self = self
#else
#import tile/index_vector with self = self
#end

fn ${self}(at: At) {
  ${self}_score(at);
}
