//! Products of CHUNK of the N values of every stream with the M rows of `fun`, and the sum of their
//! squares, for one row of the step; CHUNK and N multiples of 8.
//!
//! partial[t, m, x], m < M: the products; partial[t, M, x]: the squares.
#import formats/${fun_format} with self = self, data = fun, K = S * N

// Rows of the matrix that a subgroup takes at once, so that all of their loads are under way.
#let TURNS = 4

#if OVERLAP
fn ${self}_ahead(at: At) {
  for (var i = at.lid; i < ${M * S}u; i += ${WG}u) {
    let first = i % ${S}u * ${N / 8}u + at.x * ${CHUNK / 8}u;
    ${self}_fetch(i / ${S}u, first, min(${CHUNK / 8}u, ${N / 8}u - at.x * ${CHUNK / 8}u));
  }
}

#end
fn ${self}_part(at: At) {
  let first = at.x * ${CHUNK / 8}u;
  let row = at.y * ${S * N / 4}u;
  let subgroups = ${WG}u / ${SG};
  // The squares stand in place of one row more.
  for (var m = at.sg; m <= ${M}u; m += subgroups * ${TURNS}u) {
    #for k in 0..TURNS
    let m_${k} = m + ${k}u * subgroups;
    var sum_${k} = 0.0;
    #end
    for (var i = at.lane; i < ${S * CHUNK / 8}u; i += ${SG}) {
      let part = first + i % ${CHUNK / 8}u;
      #if N % CHUNK != 0
      if part >= ${N / 8}u {
        continue;
      }
      #end
      let k = i / ${CHUNK / 8}u * ${N / 8}u + part;
      #for k in 0..TURNS
      let w_${k} = ${self}_eight(min(m_${k}, ${M - 1}u), k);
      #end
      let a = ${streams_v4}[row + 2u * k];
      let b = ${streams_v4}[row + 2u * k + 1u];
      #for k in 0..TURNS
      if m_${k} < ${M}u {
        sum_${k} += dot(w_${k}[0], a) + dot(w_${k}[1], b);
      } else {
        sum_${k} += dot(a, a) + dot(b, b);
      }
      #end
    }
    #for k in 0..TURNS
    {
      let sum = subgroupAdd(sum_${k});
      if at.lane == 0u && m_${k} <= ${M}u {
        ${partial}[(at.y * ${M + 1}u + m_${k}) * ${ceil(N / CHUNK)}u + at.x] = sum;
      }
    }
    #end
  }
}
