//! h[t, k] = swiglu(gate[e] · x[t], up[e] · x[t]) · weights[t, k], e = ids[t, k]; OUT hidden
//! values of one pair (t, k) in each workgroup, ROWS at a time in each subgroup, or in each team of
//! threads where the matrices are integers.
#import tile/swiglu
#if gate_int
#import tile/team with self = self, format = gate_format, K = N, x = qx_v4, PARTS = 1, SUMS = 2 * ROWS, SLOTS = 2 * OUT
#import tile/team_dot with self = self, w = gate, format = gate_format, K = N
#import tile/team_dot with self = self, w = up, format = gate_format, K = N

#if OVERLAP
fn ${self}_ahead(at: At) {
  ${self}_start(at.lid);
}

#end
fn ${self}(at: At) {
  let pair = at.y * ${K}u + at.x / ${ceil(F / OUT)}u;
  let row = ${ids}[pair] * ${F}u;
  let weight = ${weights}[pair];
  let first = at.x % ${ceil(F / OUT)}u * ${OUT}u;
  let end = min(first + ${OUT}u, ${F}u);
  let place = ${self}_place(at);
  // Weights are loaded one turn ahead, the first before the codebook is made.
  var f = first + place.team * ${ROWS}u;
  #for r in 0..ROWS
  var gate_${r} = ${gate}_load(row + min(f + ${r}u, end - 1u), place.unit);
  var up_${r} = ${up}_load(row + min(f + ${r}u, end - 1u), place.unit);
  #end
  #if !OVERLAP
  ${self}_start(at.lid);
  #end
  let x = ${self}_hold(at, at.y * ${N / 32}u, place);
  for (; f < end; f += ${self}_teams * ${ROWS}u) {
    var values: array<f32, ${2 * ROWS}>;
    let next = f + ${self}_teams * ${ROWS}u;
    #for r in 0..ROWS
    let now_${r} = gate_${r};
    let too_${r} = up_${r};
    #end
    if next < end {
      #for r in 0..ROWS
      gate_${r} = ${gate}_load(row + min(next + ${r}u, end - 1u), place.unit);
      up_${r} = ${up}_load(row + min(next + ${r}u, end - 1u), place.unit);
      #end
    }
    #for r in 0..ROWS
    values[${2 * r}] = ${self}_${gate}_times(now_${r}, place.unit, x);
    values[${2 * r + 1}] = ${self}_${up}_times(too_${r}, place.unit, x);
    #end
    ${self}_keep(at, place, 2u * (f - first), values);
  }
  workgroupBarrier();
  for (var i = at.lid; i < end - first; i += ${WG}u) {
    let value = swiglu(${self}_kept(2u * i), ${self}_kept(2u * i + 1u), ${limit});
    ${h}[pair * ${F}u + first + i] = value * weight;
  }
}
#else
#import tile/matvec_float with self = self, w = gate, format = gate_format, K = N, x = x_v4, TOKENS = 1
#import tile/matvec_float with self = self, w = up, format = gate_format, K = N, x = x_v4, TOKENS = 1

#if OVERLAP
fn ${self}_ahead(at: At) {}

#end
fn ${self}(at: At) {
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
#end
