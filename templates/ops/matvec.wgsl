//! y[t, g, o] = Σ_i w[g, o, i] · x[t, g, i], with G = 1 where the op has no groups; OUT outputs of
//! one group and TOKENS rows in each workgroup, ROWS outputs at a time in each subgroup.
#let GROUPS = 1
#if has("G")
#let GROUPS = G
#end
#import tile/sums with V = ROWS
#if w_int
#import tile/matvec_int with self = self, w = w, format = w_format, K = I, x = qx_v4
#else
#import tile/matvec_float with self = self, w = w, format = w_format, K = I, x = x_v4
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
  let step = ${WG}u / ${SG} * ${ROWS}u;
  #if w_int
  var next = ${self}_${w}_first(row + first + at.sg * ${ROWS}u, row + ${O - 1}u, at.lane);
  #end
  #if OVERLAP
  hook_grid_wait();
  hook_grid_launch();
  #end
  for (var o = first + at.sg * ${ROWS}u; o < end; o += step) {
    var sums = array<f32, ${ROWS * TOKENS}>();
    #if w_int
    // After the last rows, what caches have is loaded once more.
    let following = select(o, o + step, o + step < end);
    ${self}_${w}_add(
      &sums, &next, row + o, row + following, row + ${O - 1}u, records, live, at.lane);
    #else
    ${self}_${w}_add(&sums, row + o, row + ${O - 1}u, records, live, at.lane);
    #end
    #for t in 0..TOKENS
    // One branch skips all that a step of one row does not need.
    #if t == 1
    if live > 1u {
    #end
    {
      var values: array<f32, ${ROWS}>;
      #for r in 0..ROWS
      values[${r}] = sums[${r * TOKENS + t}];
      #end
      let sum = sums_${ROWS}(values, at.lane);
      let own = o + sums_${ROWS}_which(at.lane);
      if at.lane < ${ROWS}u && own < end && live > ${t}u {
        ${y}[(t_${t} * ${GROUPS}u + group) * ${O}u + own] = sum;
      }
    }
    #end
    #if TOKENS > 1
    }
    #end
  }
}
