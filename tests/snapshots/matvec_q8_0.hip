// matvec_espuav
//
// matvec of matmul (MODEL.md 2.5)
//   template ops/matvec, CHUNK = 64, DEPTH = 16, HALF = 448, I = 4096, JT = 32, KG = 2, O = 129280, OUT = 16, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 1  w_2  vec4<u32>  [129280, 4096], read
// 2  y_3  f32  [T, 129280], read and written
namespace matvec_espuav_ns {

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

struct matvec_0_w_2_Next {
  w_2_Unit row_0;
  w_2_Unit row_1;
};

DEV f32 sums_2(arr<f32, 2> values, u32 lane) {
  f32 value_0 = values[0u];
  f32 value_1 = values[1u];
  const bool upper_0 = ((lane >> 0u) & 1u) == 1u;
  {
    const f32 kept = upper_0 ? value_1 : value_0;
    const f32 given = upper_0 ? value_0 : value_1;
    const f32 _e19 = wave_shuffle_xor(given, 1u);
    value_0 = kept + _e19;
  }
  #pragma unroll
  for (u32 mask = 2u; mask < 32u; mask = mask << 1u) {
    const f32 _e26 = value_0;
    const f32 _e29 = wave_shuffle_xor(value_0, mask);
    value_0 = _e26 + _e29;
  }
  return value_0;
}

DEV u32 sums_2_which(u32 lane) {
  return lane % 2u;
}

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

DEV matvec_0_w_2_Next matvec_0_w_2_first(u32 row, u32 last, u32 lane, const u32x4* __restrict__ w_2) {
  matvec_0_w_2_Next next = {};
  const w_2_Unit _e10 = w_2_load(m_min(row + 0u, last), m_min(lane, 127u), w_2);
  next.row_0 = _e10;
  const w_2_Unit _e17 = w_2_load(m_min(row + 1u, last), m_min(lane, 127u), w_2);
  next.row_1 = _e17;
  return next;
}

DEV void matvec_0_w_2_add(arr<f32, 8>& sums, matvec_0_w_2_Next& next, u32 row, u32 following, u32 last, arr<u32, 4> records, u32 live, u32 lane, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ w_2) {
  for (u32 u = lane; u < 128u; u += 32u) {
    const bool is_last = u + 32u >= 128u;
    const u32 from_row = is_last ? following : row;
    const u32 from_unit = is_last ? m_min(lane, 127u) : u + 32u;
    const w_2_Unit unit_0 = next.row_0;
    const w_2_Unit _e30 = w_2_load(m_min(from_row + 0u, last), from_unit, w_2);
    next.row_0 = _e30;
    const w_2_Unit unit_1 = next.row_1;
    const w_2_Unit _e37 = w_2_load(m_min(from_row + 1u, last), from_unit, w_2);
    next.row_1 = _e37;
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
      {
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
}

DEV void matvec_0_rows(At at, u32 group, u32 first, u32 end, u32 from_t, u32 live, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ w_2, f32* y_3) {
  arr<u32, 4> records = {};
  bool local = false;
  bool local_1 = false;
  bool local_2 = false;
  bool local_3 = false;
  bool local_4 = false;
  bool local_5 = false;
  bool local_6 = false;
  bool local_7 = false;
  const u32 row = group * 129280u;
  const u32 t_0 = from_t + 0u;
  records[0u] = (t_0 * 1u + group) * 128u;
  const u32 t_1 = from_t + 1u;
  records[1u] = (t_1 * 1u + group) * 128u;
  const u32 t_2 = from_t + 2u;
  records[2u] = (t_2 * 1u + group) * 128u;
  const u32 t_3 = from_t + 3u;
  records[3u] = (t_3 * 1u + group) * 128u;
  const matvec_0_w_2_Next _e50 = matvec_0_w_2_first(row + first + at.sg * 2u, row + 129279u, at.lane, w_2);
  matvec_0_w_2_Next next = _e50;
  for (u32 o = first + at.sg * 2u; o < end; o += 16u) {
    arr<f32, 8> sums = {};
    const u32 following = o + 16u < end ? o + 16u : o;
    matvec_0_w_2_add(sums, next, row + o, row + following, row + 129279u, records, live, at.lane, qx_1_v4, w_2);
    {
      arr<f32, 2> values = {};
      values[0u] = sums[0u];
      values[1u] = sums[4u];
      const f32 sum = sums_2(values, at.lane);
      const u32 _e86 = o;
      const u32 _e88 = sums_2_which(at.lane);
      const u32 own = _e86 + _e88;
      if (at.lane < 2u) {
        local = own < end;
      } else {
        local = false;
      }
      if (local) {
        local_1 = live > 0u;
      } else {
        local_1 = false;
      }
      if (local_1) {
        y_3[(t_0 * 1u + group) * 129280u + own] = sum;
      }
    }
    if (live > 1u) {
      {
        arr<f32, 2> values_1 = {};
        values_1[0u] = sums[1u];
        values_1[1u] = sums[5u];
        const f32 sum_1 = sums_2(values_1, at.lane);
        const u32 _e125 = o;
        const u32 _e127 = sums_2_which(at.lane);
        const u32 own_1 = _e125 + _e127;
        if (at.lane < 2u) {
          local_2 = own_1 < end;
        } else {
          local_2 = false;
        }
        if (local_2) {
          local_3 = live > 1u;
        } else {
          local_3 = false;
        }
        if (local_3) {
          y_3[(t_1 * 1u + group) * 129280u + own_1] = sum_1;
        }
      }
      {
        arr<f32, 2> values_2 = {};
        values_2[0u] = sums[2u];
        values_2[1u] = sums[6u];
        const f32 sum_2 = sums_2(values_2, at.lane);
        const u32 _e162 = o;
        const u32 _e164 = sums_2_which(at.lane);
        const u32 own_2 = _e162 + _e164;
        if (at.lane < 2u) {
          local_4 = own_2 < end;
        } else {
          local_4 = false;
        }
        if (local_4) {
          local_5 = live > 2u;
        } else {
          local_5 = false;
        }
        if (local_5) {
          y_3[(t_2 * 1u + group) * 129280u + own_2] = sum_2;
        }
      }
      {
        arr<f32, 2> values_3 = {};
        values_3[0u] = sums[3u];
        values_3[1u] = sums[7u];
        const f32 sum_3 = sums_2(values_3, at.lane);
        const u32 _e199 = o;
        const u32 _e201 = sums_2_which(at.lane);
        const u32 own_3 = _e199 + _e201;
        if (at.lane < 2u) {
          local_6 = own_3 < end;
        } else {
          local_6 = false;
        }
        if (local_6) {
          local_7 = live > 3u;
        } else {
          local_7 = false;
        }
        if (local_7) {
          y_3[(t_3 * 1u + group) * 129280u + own_3] = sum_3;
        }
      }
    }
  }
}

DEV void matvec_0(At at, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ w_2, f32* y_3, const Params& p) {
  const u32 group = at.x / 8080u;
  const u32 first = at.x % 8080u * 16u;
  const u32 end = m_min(first + 16u, 129280u);
  const u32 from_t = at.y * 4u;
  const u32 live = m_min(p.rows - from_t, 4u);
  matvec_0_rows(at, group, first, end, from_t, live, qx_1_v4, w_2, y_3);
}

extern "C" __global__ void __launch_bounds__(256) matvec_espuav(
    const u32x4* __restrict__ qx_1_v4,
    const u32x4* __restrict__ w_2,
    f32* y_3,
    const __grid_constant__ Params p) {
  static_assert(256u % WAVE == 0u, "matvec_espuav needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  matvec_0(at, qx_1_v4, w_2, y_3, p);
}

}  // namespace matvec_espuav_ns
