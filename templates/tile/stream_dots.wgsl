//! Products of CHUNK of the N values of every stream with the M rows of `fun`, and the sum of their
//! squares, for ROWS rows of the step; CHUNK and N multiples of 8.
//!
//! partial[t, m, x], m < M: the products; partial[t, M, x]: the squares.
#import formats/${fun_format} with self = self, data = fun, K = S * N

// Rows of the matrix that a subgroup takes at once, so that all of their loads are under way.
#let TURNS = 1
#if ROWS == 1
#let TURNS = 4
#end

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
  #for i in 0..ROWS
  #if ROWS > 1
  // Rows beyond the last repeat it and are not written.
  let row_${i} = min(at.y * ${ROWS}u + ${i}u, p.rows - 1u) * ${S * N / 4}u;
  #else
  let row_${i} = at.y * ${S * N / 4}u;
  #end
  #end
  let subgroups = ${WG}u / ${SG};
  // The squares stand in place of one row more.
  for (var m = at.sg; m <= ${M}u; m += subgroups * ${TURNS}u) {
    #for k in 0..TURNS
    let m_${k} = m + ${k}u * subgroups;
    #for i in 0..ROWS
    var sum_${k}_${i} = 0.0;
    #end
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
      #for i in 0..ROWS
      let a_${i} = ${streams_v4}[row_${i} + 2u * k];
      let b_${i} = ${streams_v4}[row_${i} + 2u * k + 1u];
      #for k in 0..TURNS
      if m_${k} < ${M}u {
        sum_${k}_${i} += dot(w_${k}[0], a_${i}) + dot(w_${k}[1], b_${i});
      } else {
        sum_${k}_${i} += dot(a_${i}, a_${i}) + dot(b_${i}, b_${i});
      }
      #end
      #end
    }
    #for k in 0..TURNS
    #for i in 0..ROWS
    {
      let sum = subgroupAdd(sum_${k}_${i});
      let t = at.y * ${ROWS}u + ${i}u;
      #if ROWS > 1
      if at.lane == 0u && m_${k} <= ${M}u && t < p.rows {
      #else
      if at.lane == 0u && m_${k} <= ${M}u {
      #end
        ${partial}[(t * ${M + 1}u + m_${k}) * ${ceil(N / CHUNK)}u + at.x] = sum;
      }
    }
    #end
    #end
  }
}
