struct Step { rows: u32, blocks: u32 }
var<immediate> p: Step;
@group(0) @binding(0) var<storage, read> w: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> scales: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
var<workgroup> partial: array<f32, 33>;
var<workgroup> flag: u32;

fn dp4a(a: u32, b: u32) -> i32 {
  return dot4I8Packed(a, b);
}

fn dot16(a: vec4<u32>, b: vec4<u32>) -> i32 {
  return dp4a(a.x, b.x) + dp4a(a.y, b.y) + dp4a(a.z, b.z) + dp4a(a.w, b.w);
}

fn total(value: f32, lane: u32, sg: u32, subgroups: u32) -> f32 {
  let sum = subgroupAdd(value);
  if lane == 0u {
    partial[sg] = sum;
  }
  workgroupBarrier();
  var all = 0.0;
  for (var i = 0u; i < subgroups; i++) {
    all += partial[i];
  }
  return all;
}

@compute @workgroup_size(64)
fn gemv_q8_0(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) sg: u32,
  @builtin(num_subgroups) subgroups: u32,
) {
  if lid == 0u {
    flag = p.rows;
  }
  var sum = 0.0;
  for (var i = lid; i < p.blocks; i += 64u) {
    let scale = unpack2x16float(scales[group.x * p.blocks + i]).x;
    sum = fma(scale, f32(dot16(w[group.x * p.blocks + i], x[i])), sum);
  }
  let all = total(sum, lane, sg, subgroups);
  if lid == 0u {
    y[group.x] = all + f32(flag - p.rows);
  }
}
