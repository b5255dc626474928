//! What both routers share: affinities of experts, and the weights of the chosen ones.
#import tile/order
#import tile/precise

/// `sqrt(ln(1 + e^z))`, to about 1e-7; of what is no number, that.
fn route_affinity(z: f32) -> f32 {
  // Where e^z is below half a unit in the last place of 1, the logarithm is e^z.
  if z < -17.0 {
    return precise_exp(0.5 * z);
  }
  let affinity = sqrt(max(z, 0.0) + precise_ln_1p(precise_exp(-abs(z))));
  return select(affinity, z, order_is_nan(z));
}
