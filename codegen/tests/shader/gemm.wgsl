enable wgpu_cooperative_matrix;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
var<workgroup> tile: array<f32, 256>;

@compute @workgroup_size(32)
fn gemm(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  for (var i = lid; i < 256u; i += 32u) {
    tile[i] = x[group.x * 256u + i];
  }
  workgroupBarrier();
  var sum = coop_mat8x8<f32, C>();
  for (var k = 0u; k < 2u; k++) {
    let a = coopLoadT<coop_mat8x8<f32, A>>(&tile[k * 8u], 16u);
    let b = coopLoad<coop_mat8x8<f32, B>>(&tile[128u + k * 8u], 16u);
    sum = coopMultiplyAdd(a, b, sum);
  }
  let value = sum;
  let at = group.x * 64u;
  coopStoreT(value, &y[at], 8u);
}
