//! y[t] = Σ_k parts[t, k], k in order, a part of a row in each workgroup.
#let PART = N / X

fn ${self}(at: At) {
  let first = at.x * ${PART}u;
  for (var n = first + at.lid; n < first + ${PART}u; n += ${WG}u) {
    let start = at.y * ${K * N}u + n;
    var sum = ${parts}[start];
    for (var k = 1u; k < ${K}u; k += 1u) {
      sum += ${parts}[start + k * ${N}u];
    }
    ${y}[at.y * ${N}u + n] = sum;
  }
}
