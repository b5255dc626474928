//! y = silu(min(gate, limit)) · clamp(up, −limit, limit), a part of a row in each workgroup.
#import tile/swiglu
#let PART = y_len / X

fn ${self}(at: At) {
  let first = at.y * ${y_len}u + at.x * ${PART}u;
  for (var i = first + at.lid; i < first + ${PART}u; i += ${WG}u) {
    ${y}[i] = swiglu(${gate}[i], ${up}[i], ${limit});
  }
}
