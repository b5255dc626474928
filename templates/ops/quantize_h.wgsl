//! qx: the rows of h as `tile/quantize` packs them, a part of a row in each workgroup.
#import tile/quantize with self = self, x = h_v4, len = h_len, qx = qx

fn ${self}(at: At) {
  ${self}_quantize(at);
}
