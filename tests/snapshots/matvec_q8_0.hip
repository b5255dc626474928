// matvec_xblkae
//
// matvec of matmul (MODEL.md 2.5)
//   template ops/matvec, CHUNK = 64, I = 4096, JT = 32, O = 129280, OUT = 16, ROWS = 2, SPLITS = 16, TOKENS = 4
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 1  w_2  vec4<u32>  [129280, 4096], read
// 2  y_3  f32  [T, 129280], read and written
namespace matvec_xblkae_ns {

struct At {
  u32 x;
  u32 y;
  u32 lid;
  u32 lane;
  u32 sg;
};

struct Params {
  u32 rows;
  u32 logit_rows;
  u32 cached;
};

struct Group {
  u32x4 a;
  u32x4 b;
  f32 scale;
  f32x2 min;
};

struct w_2_Unit {
  u32x4 a;
  u32x4 b;
  u32 scales;
};

DEV i32 dot32(Group w, u32x4 h0, u32x4 h1, u32x4 l0, u32x4 l1) {
  i32 sum = m_dot4_i8(w.a.x, h0.x);
  const i32 _e10 = sum;
  sum = m_dp4a_i8(w.a.y, h0.y, _e10);
  const i32 _e16 = sum;
  sum = m_dp4a_i8(w.a.z, h0.z, _e16);
  const i32 _e22 = sum;
  sum = m_dp4a_i8(w.a.w, h0.w, _e22);
  const i32 _e28 = sum;
  sum = m_dp4a_i8(w.b.x, h1.x, _e28);
  const i32 _e34 = sum;
  sum = m_dp4a_i8(w.b.y, h1.y, _e34);
  const i32 _e40 = sum;
  sum = m_dp4a_i8(w.b.z, h1.z, _e40);
  const i32 _e46 = sum;
  sum = m_dp4a_i8(w.b.w, h1.w, _e46);
  sum = wrapping_mul(sum, 256);
  const i32 _e55 = sum;
  sum = m_dp4a_i8(w.a.x, l0.x, _e55);
  const i32 _e61 = sum;
  sum = m_dp4a_i8(w.a.y, l0.y, _e61);
  const i32 _e67 = sum;
  sum = m_dp4a_i8(w.a.z, l0.z, _e67);
  const i32 _e73 = sum;
  sum = m_dp4a_i8(w.a.w, l0.w, _e73);
  const i32 _e79 = sum;
  sum = m_dp4a_i8(w.b.x, l1.x, _e79);
  const i32 _e85 = sum;
  sum = m_dp4a_i8(w.b.y, l1.y, _e85);
  const i32 _e91 = sum;
  sum = m_dp4a_i8(w.b.z, l1.z, _e91);
  const i32 _e97 = sum;
  sum = m_dp4a_i8(w.b.w, l1.w, _e97);
  return sum;
}

DEV w_2_Unit w_2_load(u32 row, u32 u, const u32x4* __restrict__ w_2) {
  const u32 first = row * 272u;
  const u32 scales = w_2[first + 256u + u / 8u][u / 2u % 4u];
  return w_2_Unit{w_2[first + u], w_2[first + 128u + u], scales};
}

DEV Group w_2_group(w_2_Unit unit, u32 u, u32 j) {
  const f32 scale = m_unpack_2x16_float(unit.scales >> ((16u * (u % 2u)) & 31u)).x;
  return Group{unit.a, unit.b, scale, f32x2{}};
}

DEV void matvec_0_w_2_add(arr<f32, 8>& sums, u32 row, u32 last, arr<u32, 4> records, u32 live, u32 lane, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ w_2) {
  const u32 row_0 = m_min(row + 0u, last);
  const u32 row_1 = m_min(row + 1u, last);
  const w_2_Unit _e14 = w_2_load(row_0, m_min(lane, 127u), w_2);
  w_2_Unit next_0 = _e14;
  const w_2_Unit _e18 = w_2_load(row_1, m_min(lane, 127u), w_2);
  w_2_Unit next_1 = _e18;
  for (u32 u = lane; u < 128u; u += 32u) {
    const w_2_Unit unit_0 = next_0;
    const w_2_Unit _e30 = w_2_load(row_0, m_min(u + 32u, 127u), w_2);
    next_0 = _e30;
    const w_2_Unit unit_1 = next_1;
    const w_2_Unit _e37 = w_2_load(row_1, m_min(u + 32u, 127u), w_2);
    next_1 = _e37;
    const Group w_0_0 = w_2_group(unit_0, u, 0u);
    const Group w_0_1 = w_2_group(unit_1, u, 0u);
    {
      const u32 record = records[0u] + 1u * u + 0u;
      const u32 at = record / 8u * 40u + record % 8u;
      const u32x4 h0 = qx_1_v4[at];
      const u32x4 h1 = qx_1_v4[at + 8u];
      const u32x4 l0 = qx_1_v4[at + 16u];
      const u32x4 l1 = qx_1_v4[at + 24u];
      const f32x4 s = bitcast<f32x4>(qx_1_v4[at + 32u]);
      const i32 _e82 = dot32(w_0_0, h0, h1, l0, l1);
      const f32 dot_0 = f32(_e82);
      sums[0u] = m_fma(w_0_0.scale * s.x, dot_0, sums[0u]);
      const i32 _e91 = dot32(w_0_1, h0, h1, l0, l1);
      const f32 dot_1 = f32(_e91);
      sums[4u] = m_fma(w_0_1.scale * s.x, dot_1, sums[4u]);
    }
    if (live > 1u) {
      const u32 record_1 = records[1u] + 1u * u + 0u;
      const u32 at_1 = record_1 / 8u * 40u + record_1 % 8u;
      const u32x4 h0_1 = qx_1_v4[at_1];
      const u32x4 h1_1 = qx_1_v4[at_1 + 8u];
      const u32x4 l0_1 = qx_1_v4[at_1 + 16u];
      const u32x4 l1_1 = qx_1_v4[at_1 + 24u];
      const f32x4 s_1 = bitcast<f32x4>(qx_1_v4[at_1 + 32u]);
      const i32 _e140 = dot32(w_0_0, h0_1, h1_1, l0_1, l1_1);
      const f32 dot_0_1 = f32(_e140);
      sums[1u] = m_fma(w_0_0.scale * s_1.x, dot_0_1, sums[1u]);
      const i32 _e149 = dot32(w_0_1, h0_1, h1_1, l0_1, l1_1);
      const f32 dot_1_1 = f32(_e149);
      sums[5u] = m_fma(w_0_1.scale * s_1.x, dot_1_1, sums[5u]);
    }
    if (live > 2u) {
      const u32 record_2 = records[2u] + 1u * u + 0u;
      const u32 at_2 = record_2 / 8u * 40u + record_2 % 8u;
      const u32x4 h0_2 = qx_1_v4[at_2];
      const u32x4 h1_2 = qx_1_v4[at_2 + 8u];
      const u32x4 l0_2 = qx_1_v4[at_2 + 16u];
      const u32x4 l1_2 = qx_1_v4[at_2 + 24u];
      const f32x4 s_2 = bitcast<f32x4>(qx_1_v4[at_2 + 32u]);
      const i32 _e198 = dot32(w_0_0, h0_2, h1_2, l0_2, l1_2);
      const f32 dot_0_2 = f32(_e198);
      sums[2u] = m_fma(w_0_0.scale * s_2.x, dot_0_2, sums[2u]);
      const i32 _e207 = dot32(w_0_1, h0_2, h1_2, l0_2, l1_2);
      const f32 dot_1_2 = f32(_e207);
      sums[6u] = m_fma(w_0_1.scale * s_2.x, dot_1_2, sums[6u]);
    }
    if (live > 3u) {
      const u32 record_3 = records[3u] + 1u * u + 0u;
      const u32 at_3 = record_3 / 8u * 40u + record_3 % 8u;
      const u32x4 h0_3 = qx_1_v4[at_3];
      const u32x4 h1_3 = qx_1_v4[at_3 + 8u];
      const u32x4 l0_3 = qx_1_v4[at_3 + 16u];
      const u32x4 l1_3 = qx_1_v4[at_3 + 24u];
      const f32x4 s_3 = bitcast<f32x4>(qx_1_v4[at_3 + 32u]);
      const i32 _e256 = dot32(w_0_0, h0_3, h1_3, l0_3, l1_3);
      const f32 dot_0_3 = f32(_e256);
      sums[3u] = m_fma(w_0_0.scale * s_3.x, dot_0_3, sums[3u]);
      const i32 _e265 = dot32(w_0_1, h0_3, h1_3, l0_3, l1_3);
      const f32 dot_1_3 = f32(_e265);
      sums[7u] = m_fma(w_0_1.scale * s_3.x, dot_1_3, sums[7u]);
    }
  }
}

DEV void matvec_0(At at, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ w_2, f32* y_3, const Params& p) {
  arr<u32, 4> records = {};
  bool local = false;
  bool local_1 = false;
  bool local_2 = false;
  bool local_3 = false;
  bool local_4 = false;
  bool local_5 = false;
  bool local_6 = false;
  bool local_7 = false;
  bool local_8 = false;
  bool local_9 = false;
  bool local_10 = false;
  bool local_11 = false;
  bool local_12 = false;
  bool local_13 = false;
  bool local_14 = false;
  bool local_15 = false;
  const u32 group = at.x / 8080u;
  const u32 first = at.x % 8080u * 16u;
  const u32 end = m_min(first + 16u, 129280u);
  const u32 row = group * 129280u;
  const u32 t_0 = at.y * 4u + 0u;
  records[0u] = (t_0 * 1u + group) * 128u;
  const u32 t_1 = at.y * 4u + 1u;
  records[1u] = (t_1 * 1u + group) * 128u;
  const u32 t_2 = at.y * 4u + 2u;
  records[2u] = (t_2 * 1u + group) * 128u;
  const u32 t_3 = at.y * 4u + 3u;
  records[3u] = (t_3 * 1u + group) * 128u;
  const u32 live = p.rows - t_0;
  for (u32 o = first + at.sg * 2u; o < end; o += 16u) {
    arr<f32, 8> sums = {};
    matvec_0_w_2_add(sums, row + o, row + 129279u, records, live, at.lane, qx_1_v4, w_2);
    const f32 sum_0_0 = wave_add(sums[0u]);
    if (at.lane == 0u) {
      local = o + 0u < end;
    } else {
      local = false;
    }
    if (local) {
      local_1 = live > 0u;
    } else {
      local_1 = false;
    }
    if (local_1) {
      y_3[(t_0 * 1u + group) * 129280u + o + 0u] = sum_0_0;
    }
    const f32 sum_0_1 = wave_add(sums[1u]);
    if (at.lane == 0u) {
      local_2 = o + 0u < end;
    } else {
      local_2 = false;
    }
    if (local_2) {
      local_3 = live > 1u;
    } else {
      local_3 = false;
    }
    if (local_3) {
      y_3[(t_1 * 1u + group) * 129280u + o + 0u] = sum_0_1;
    }
    const f32 sum_0_2 = wave_add(sums[2u]);
    if (at.lane == 0u) {
      local_4 = o + 0u < end;
    } else {
      local_4 = false;
    }
    if (local_4) {
      local_5 = live > 2u;
    } else {
      local_5 = false;
    }
    if (local_5) {
      y_3[(t_2 * 1u + group) * 129280u + o + 0u] = sum_0_2;
    }
    const f32 sum_0_3 = wave_add(sums[3u]);
    if (at.lane == 0u) {
      local_6 = o + 0u < end;
    } else {
      local_6 = false;
    }
    if (local_6) {
      local_7 = live > 3u;
    } else {
      local_7 = false;
    }
    if (local_7) {
      y_3[(t_3 * 1u + group) * 129280u + o + 0u] = sum_0_3;
    }
    const f32 sum_1_0 = wave_add(sums[4u]);
    if (at.lane == 0u) {
      local_8 = o + 1u < end;
    } else {
      local_8 = false;
    }
    if (local_8) {
      local_9 = live > 0u;
    } else {
      local_9 = false;
    }
    if (local_9) {
      y_3[(t_0 * 1u + group) * 129280u + o + 1u] = sum_1_0;
    }
    const f32 sum_1_1 = wave_add(sums[5u]);
    if (at.lane == 0u) {
      local_10 = o + 1u < end;
    } else {
      local_10 = false;
    }
    if (local_10) {
      local_11 = live > 1u;
    } else {
      local_11 = false;
    }
    if (local_11) {
      y_3[(t_1 * 1u + group) * 129280u + o + 1u] = sum_1_1;
    }
    const f32 sum_1_2 = wave_add(sums[6u]);
    if (at.lane == 0u) {
      local_12 = o + 1u < end;
    } else {
      local_12 = false;
    }
    if (local_12) {
      local_13 = live > 2u;
    } else {
      local_13 = false;
    }
    if (local_13) {
      y_3[(t_2 * 1u + group) * 129280u + o + 1u] = sum_1_2;
    }
    const f32 sum_1_3 = wave_add(sums[7u]);
    if (at.lane == 0u) {
      local_14 = o + 1u < end;
    } else {
      local_14 = false;
    }
    if (local_14) {
      local_15 = live > 3u;
    } else {
      local_15 = false;
    }
    if (local_15) {
      y_3[(t_3 * 1u + group) * 129280u + o + 1u] = sum_1_3;
    }
  }
}

extern "C" __global__ void __launch_bounds__(256) matvec_xblkae(
    const u32x4* __restrict__ qx_1_v4,
    const u32x4* __restrict__ w_2,
    f32* y_3,
    const __grid_constant__ Params p) {
  static_assert(256u % WAVE == 0u, "matvec_xblkae needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  matvec_0(at, qx_1_v4, w_2, y_3, p);
}

}  // namespace matvec_xblkae_ns
