//! y[t, g, o] = Σ_i w[g, o, i] · x[t, g, i], with G = 1 where the op has no groups; OUT outputs of
//! one group and TOKENS rows in each workgroup, ROWS outputs at a time in each subgroup.
#let GROUPS = 1
#if has("G")
#let GROUPS = G
#end
#if w_int
#import tile/matvec_int with self = self, w = w, format = w_format, K = I, x = qx_v4
#else
#import tile/matvec_float with self = self, w = w, format = w_format, K = I, x = x_v4
#end

#if OVERLAP
fn ${self}_ahead(at: At) {
  let first = at.x % ${ceil(O / OUT)}u * ${OUT}u;
  if at.lid == 0u {
    ${w}_fetch_rows(at.x / ${ceil(O / OUT)}u * ${O}u + first, min(${OUT}u, ${O}u - first));
  }
}

#end
fn ${self}(at: At) {
  #if w_int && w_format == "iq2_xxs"
  iq2_start(at.lid);
  workgroupBarrier();
  #end
  let group = at.x / ${ceil(O / OUT)}u;
  let first = at.x % ${ceil(O / OUT)}u * ${OUT}u;
  let end = min(first + ${OUT}u, ${O}u);
  let row = group * ${O}u;
  var records: array<u32, ${TOKENS}>;
  #for t in 0..TOKENS
  let t_${t} = at.y * ${TOKENS}u + ${t}u;
  records[${t}] = (t_${t} * ${GROUPS}u + group) * ${I / 32}u;
  #end
  let live = ${T} - t_0;
  for (var o = first + at.sg * ${ROWS}u; o < end; o += ${WG}u / ${SG} * ${ROWS}u) {
    var sums = array<f32, ${ROWS * TOKENS}>();
    ${self}_${w}_add(&sums, row + o, row + ${O - 1}u, records, live, at.lane);
    #for r in 0..ROWS
    #for t in 0..TOKENS
    let sum_${r}_${t} = subgroupAdd(sums[${r * TOKENS + t}]);
    if (at.lane == 0u && o + ${r}u < end && live > ${t}u) {
      ${y}[(t_${t} * ${GROUPS}u + group) * ${O}u + o + ${r}u] = sum_${r}_${t};
    }
    #end
    #end
  }
}
