//! h[t, k] = swiglu(gate[e] · x[t], up[e] · x[t]) · weights[t, k], e = ids[t, k]; OUT hidden
//! values of one pair (t, k) in each workgroup, ROWS at a time in each subgroup.
#import tile/swiglu
#if gate_int
#import tile/matvec_int with self = self, w = gate, format = gate_format, K = N, x = qx_v4, TOKENS = 1
#import tile/matvec_int with self = self, w = up, format = gate_format, K = N, x = qx_v4, TOKENS = 1
#else
#import tile/matvec_float with self = self, w = gate, format = gate_format, K = N, x = x_v4, TOKENS = 1
#import tile/matvec_float with self = self, w = up, format = gate_format, K = N, x = x_v4, TOKENS = 1
#end

fn ${self}(at: At) {
  #if gate_format == "iq2_xxs"
  iq2_start(at.lid);
  workgroupBarrier();
  #end
  let pair = at.y * ${K}u + at.x / ${ceil(F / OUT)}u;
  let row = ${ids}[pair] * ${F}u;
  let weight = ${weights}[pair];
  let first = at.x % ${ceil(F / OUT)}u * ${OUT}u;
  let end = min(first + ${OUT}u, ${F}u);
  let records = array<u32, 1>(at.y * ${N / 32}u);
  for (var f = first + at.sg * ${ROWS}u; f < end; f += ${WG}u / ${SG} * ${ROWS}u) {
    var gates = array<f32, ${ROWS}>();
    var ups = array<f32, ${ROWS}>();
    ${self}_${gate}_add(&gates, row + f, row + ${F - 1}u, records, 1u, at.lane);
    ${self}_${up}_add(&ups, row + f, row + ${F - 1}u, records, 1u, at.lane);
    #for r in 0..ROWS
    let gate_${r} = subgroupAdd(gates[${r}]);
    let up_${r} = subgroupAdd(ups[${r}]);
    if (at.lane == 0u && f + ${r}u < end) {
      ${h}[pair * ${F}u + f + ${r}u] = swiglu(gate_${r}, up_${r}, ${limit}) * weight;
    }
    #end
  }
}
