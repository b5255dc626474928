//! streams[t, s, n] = table[token(t), n], a part of the table's row in each workgroup.
#let PART = N / 32 / X
#import formats/${table_format} with self = table, data = table, K = N

#if table_int
#let PER = 1
#if table_format == "q2_k" || table_format == "iq2_xxs"
#let PER = 2
#end
fn ${self}(at: At) {
  #if table_format == "iq2_xxs"
  iq2_start(at.lid);
  workgroupBarrier();
  #end
  let token = ${rows}[2u * at.y].x;
  let first = at.x * ${PART}u;
  // A quarter of a group for each thread, two words of its bytes.
  for (var i = first * 4u + at.lid; i < (first + ${PART}u) * 4u; i += ${WG}u) {
    let u = i / ${4 * PER}u;
    let group = ${table}_group(${table}_load(token, u), u, i / 4u % ${PER}u);
    let quarter = i % 4u;
    let words = select(group.a, group.b, quarter >= 2u);
    let pair = select(words.xy, words.zw, quarter % 2u == 1u);
    let min = select(group.min.x, group.min.y, quarter >= 2u);
    let a = group.scale * vec4<f32>(unpack4xI8(pair.x)) - min;
    let b = group.scale * vec4<f32>(unpack4xI8(pair.y)) - min;
    #for s in 0..S
    ${streams_v4}[(at.y * ${S}u + ${s}u) * ${N / 4}u + 2u * i] = a;
    ${streams_v4}[(at.y * ${S}u + ${s}u) * ${N / 4}u + 2u * i + 1u] = b;
    #end
  }
}
#else
fn ${self}(at: At) {
  let token = ${rows}[2u * at.y].x;
  let first = at.x * ${PART}u;
  for (var i = first * 4u + at.lid; i < (first + ${PART}u) * 4u; i += ${WG}u) {
    let eight = ${table}_eight(token, i);
    #for s in 0..S
    ${streams_v4}[(at.y * ${S}u + ${s}u) * ${N / 4}u + 2u * i] = eight[0];
    ${streams_v4}[(at.y * ${S}u + ${s}u) * ${N / 4}u + 2u * i + 1u] = eight[1];
    #end
  }
}
#end
