//! y[l] = x[indices[l]], a part of a row in each workgroup.
#let PART = y_len / X

fn ${self}(at: At) {
  let source = ${indices}[at.y] * ${y_len}u + at.x * ${PART}u;
  let target_row = at.y * ${y_len}u + at.x * ${PART}u;
  for (var i = at.lid; i < ${PART}u; i += ${WG}u) {
    ${y}[target_row + i] = ${x}[source + i];
  }
}
