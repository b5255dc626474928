//! Products of CHUNK of the N values of every stream with the M rows of `fun`, and the sum of their
//! squares, for ROWS rows of the step; CHUNK and N multiples of 8.
//!
//! partial[t, m, x], m < M: the products; partial[t, M, x]: the squares.
#import formats/${fun_format} with self = self, data = fun, K = S * N

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
  // A subgroup takes one row of the matrix at a time, the squares in place of the last.
  for (var m = at.sg; m <= ${M}u; m += ${WG}u / ${SG}) {
    #for i in 0..ROWS
    var sum_${i} = 0.0;
    #end
    for (var i = at.lane; i < ${S * CHUNK / 8}u; i += ${SG}) {
      let part = first + i % ${CHUNK / 8}u;
      #if N % CHUNK != 0
      if part >= ${N / 8}u {
        continue;
      }
      #end
      let k = i / ${CHUNK / 8}u * ${N / 8}u + part;
      if m < ${M}u {
        let w = ${self}_eight(m, k);
        #for i in 0..ROWS
        sum_${i} += dot(w[0], ${streams_v4}[row_${i} + 2u * k])
          + dot(w[1], ${streams_v4}[row_${i} + 2u * k + 1u]);
        #end
      } else {
        #for i in 0..ROWS
        {
          let a = ${streams_v4}[row_${i} + 2u * k];
          let b = ${streams_v4}[row_${i} + 2u * k + 1u];
          sum_${i} += dot(a, a) + dot(b, b);
        }
        #end
      }
    }
    #for i in 0..ROWS
    {
      let sum = subgroupAdd(sum_${i});
      let t = at.y * ${ROWS}u + ${i}u;
      #if ROWS > 1
      if at.lane == 0u && t < p.rows {
      #else
      if at.lane == 0u {
      #end
        ${partial}[(t * ${M + 1}u + m) * ${ceil(N / CHUNK)}u + at.x] = sum;
      }
    }
    #end
  }
}
