//! y[t] = Σ_k down[ids[t, k]] · h[t, k]; OUT outputs of one row in each workgroup, ROWS at a time
//! in each subgroup.
#import tile/hooks
#if down_int
#import tile/matvec_int with self = self, w = down, format = down_format, K = F, x = qx_v4, TOKENS = 1
#else
#import tile/matvec_float with self = self, w = down, format = down_format, K = F, x = h_v4, TOKENS = 1
#end

fn ${self}(at: At) {
  #if down_format == "iq2_xxs"
  iq2_start(at.lid);
  workgroupBarrier();
  #end
  let first = at.x * ${OUT}u;
  let end = min(first + ${OUT}u, ${N}u);
  for (var o = first + at.sg * ${ROWS}u; o < end; o += ${WG}u / ${SG} * ${ROWS}u) {
    var sums = array<f32, ${ROWS}>();
    for (var k = 0u; k < ${K}u; k += 1u) {
      // Where a row is one unit for each lane, the next experts' are loaded meanwhile. AMD's compiler
      // would load all of them first, and spill.
      #if !HIP && (down_format == "q2_k" || down_format == "iq2_xxs")
      hook_unroll();
      #end
      let pair = at.y * ${K}u + k;
      let row = ${ids}[pair] * ${N}u;
      let records = array<u32, 1>(pair * ${F / 32}u);
      ${self}_${down}_add(&sums, row + o, row + ${N - 1}u, records, 1u, at.lane);
    }
    #for r in 0..ROWS
    let sum_${r} = subgroupAdd(sums[${r}]);
    if (at.lane == 0u && o + ${r}u < end) {
      ${y}[at.y * ${N}u + o + ${r}u] = sum_${r};
    }
    #end
  }
}
