//! Products of CHUNK of the N values of every stream with the M rows of `fun`, and the sum of their
//! squares, for ROWS rows of the step; CHUNK and N multiples of 8.
//!
//! partial[t, m, x], m < M: the products; partial[t, M, x]: the squares. A subgroup takes TURNS rows
//! of the matrix at once, so that four of them read each value of the streams once.
#import formats/${fun_format} with self = self, data = fun, K = S * N
#let TURNS = ceil(M / 4)

fn ${self}_sum(sum: f32, w: vec4<f32>, x: vec4<f32>) -> f32 {
  return fma(w.w, x.w, fma(w.z, x.z, fma(w.y, x.y, fma(w.x, x.x, sum))));
}

fn ${self}_write(at: At, row: u32, m: u32, sum: f32) {
  let whole = subgroupAdd(sum);
  let t = at.y * ${ROWS}u + row;
  if at.lane == 0u && m <= ${M}u && t < p.rows {
    ${partial}[(t * ${M + 1}u + m) * ${ceil(N / CHUNK)}u + at.x] = whole;
  }
}

fn ${self}_part(at: At) {
  let first = at.x * ${CHUNK / 8}u;
  #for i in 0..ROWS
  // Rows beyond the last repeat it and are not written.
  let row_${i} = min(at.y * ${ROWS}u + ${i}u, p.rows - 1u) * ${S * N / 4}u;
  #end
  let subgroups = ${WG}u / ${SG};
  for (var m = at.sg; m < ${M}u; m += subgroups * ${TURNS}u) {
    #for i in 0..ROWS
    var square_${i} = 0.0;
    #for k in 0..TURNS
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
      let w_${k} = ${self}_eight(min(m + ${k}u * subgroups, ${M - 1}u), k);
      #end
      #for i in 0..ROWS
      {
        let a = ${streams_v4}[row_${i} + 2u * k];
        let b = ${streams_v4}[row_${i} + 2u * k + 1u];
        #for k in 0..TURNS
        sum_${k}_${i} = ${self}_sum(${self}_sum(sum_${k}_${i}, w_${k}[0], a), w_${k}[1], b);
        #end
        if m == 0u {
          square_${i} = ${self}_sum(${self}_sum(square_${i}, a, a), b, b);
        }
      }
      #end
    }
    #for i in 0..ROWS
    #for k in 0..TURNS
    if m + ${k}u * subgroups < ${M}u {
      ${self}_write(at, ${i}u, m + ${k}u * subgroups, sum_${k}_${i});
    }
    #end
    if m == 0u {
      ${self}_write(at, ${i}u, ${M}u, square_${i});
    }
    #end
  }
}
