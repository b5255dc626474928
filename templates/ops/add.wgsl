//! y = a + b, a part of a row in each workgroup.
#let PART = y_len / X

fn ${self}(at: At) {
  let first = at.y * ${y_len}u + at.x * ${PART}u;
  for (var i = first + at.lid; i < first + ${PART}u; i += ${WG}u) {
    ${y}[i] = ${a}[i] + ${b}[i];
  }
}
