//! y = a + b, a part of a row in each workgroup.
#let PART = y_len / 4 / X

fn ${self}(at: At) {
  let first = at.y * ${y_len / 4}u + at.x * ${PART}u;
  for (var i = first + at.lid; i < first + ${PART}u; i += ${WG}u) {
    ${y_v4}[i] = ${a_v4}[i] + ${b_v4}[i];
  }
}
