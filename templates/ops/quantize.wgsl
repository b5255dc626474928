//! qx: the rows of x as `tile/quantize` packs them, a part of a row in each workgroup.
#import tile/quantize with self = self, x = x_v4, len = x_len, qx = qx

fn ${self}(at: At) {
  ${self}_quantize(at);
}
