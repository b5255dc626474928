// experts_gate_up_matvec_quantize_h_rhhknm
//
// experts_gate_up of experts_gate_up (MODEL.md 2.9)
//   template ops/experts_gate_up, CHUNK = 64, E = 256, F = 2048, JT = 32, K = 6, N = 4096, OUT = 16, ROWS = 2, SPLITS = 16, TOKENS = 4
//   g = gate[e] · x[t], u = up[e] · x[t], e = ids[t, k];
//   h[t, k] = silu(min(g, limit)) · clamp(u, −limit, limit) · weights[t, k]
//
// matvec of matmul (MODEL.md 2.5)
//   template ops/matvec, CHUNK = 64, I = 2048, JT = 32, O = 4096, OUT = 16, ROWS = 2, SPLITS = 16, TOKENS = 4
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// quantize_h of experts_down (MODEL.md 2.9)
//   template ops/quantize_h, CHUNK = 64, E = 256, F = 2048, JT = 32, K = 6, N = 4096, OUT = 16, ROWS = 2, SPLITS = 16, TOKENS = 4
//   y[t] = Σ_k down[ids[t, k]] · h[t, k]
//
// binding  name  elements  what
// 0  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 1  gate_2  vec4<u32>  [256, 2048, 4096], read
// 2  up_3  vec4<u32>  [256, 2048, 4096], read
// 3  ids_4  u32  [T, 6], read
// 4  weights_5  f32  [T, 6], read
// 5  h_6  f32  [T, 6, 2048], read and written
// 6  h_6_v4  vec4<f32>  [T, 6, 2048], read and written
// 7  qx_8_v4  vec4<u32>  1280 values a row, temporary, read
// 8  w_9  vec4<u32>  [4096, 2048], read
// 9  y_10  f32  [T, 4096], read and written
// 10  qx_11  u32  7680 values a row, temporary, read and written
// 11  arrivals  atomic<u32>  counters of workgroups that are done, read and written
// 12  iq2_grid  f32  table IQ2_GRID, read
namespace experts_gate_up_matvec_quantize_h_rhhknm_ns {

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

struct gate_2_Unit {
  u32x4 groups;
  u32 d;
};

struct up_3_Unit {
  u32x4 groups;
  u32 d;
};

struct w_9_Unit {
  u32x4 a;
  u32x4 b;
  u32 scales;
};

DEV f32 swiglu(f32 gate, f32 up, f32 limit) {
  const f32 g = m_min(gate, limit);
  return g / (1.0f + m_exp(-g)) * m_clamp(up, -limit, limit);
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

DEV void iq2_start(u32 lid, const f32* __restrict__ iq2_grid, arr<u32, 256>& iq2_codes, arr<u32, 128>& iq2_signs) {
  for (u32 i = lid; i < 256u; i += 256u) {
    u32 codes = saturate_cast<u32>(iq2_grid[i]);
    codes = (codes | (codes << 8u)) & 16711935u;
    codes = (codes | (codes << 4u)) & 252645135u;
    codes = (codes | (codes << 2u)) & 858993459u;
    iq2_codes[i] = codes;
  }
  for (u32 i_1 = lid; i_1 < 128u; i_1 += 256u) {
    u32 bits = i_1 | ((m_count_one_bits(i_1) & 1u) << 7u);
    bits = (bits | (bits << 12u)) & 983055u;
    bits = (bits | (bits << 6u)) & 50529027u;
    bits = (bits | (bits << 3u)) & 286331153u;
    iq2_signs[i_1] = bits << 2u;
  }
}

DEV u32x2 iq2_values(u32 entry, u32 sign, arr<u32, 256>& iq2_codes, arr<u32, 128>& iq2_signs) {
  const u32 choice = iq2_codes[entry] | iq2_signs[sign];
  const u32 _e11 = permute(2824456u, 14018552u, choice);
  const u32 _e16 = permute(2824456u, 14018552u, choice >> 16u);
  return u32x2{_e11, _e16};
}

DEV gate_2_Unit gate_2_load(u32 row, u32 u, const u32x4* __restrict__ gate_2) {
  const u32 first = row * 66u;
  const u32 d = gate_2[first + 64u + u / 32u][u / 8u % 4u];
  return gate_2_Unit{gate_2[first + u], d >> ((16u * (u / 4u % 2u)) & 31u)};
}

DEV Group gate_2_group(gate_2_Unit unit, u32 u, u32 j, arr<u32, 256>& iq2_codes, arr<u32, 128>& iq2_signs) {
  const u32x2 words = m_select(j == 1u, u32x2{unit.groups.z, unit.groups.w}, u32x2{unit.groups.x, unit.groups.y});
  const u32x2 q0 = iq2_values(words.x & 255u, words.y & 127u, iq2_codes, iq2_signs);
  const u32x2 q1 = iq2_values((words.x >> 8u) & 255u, (words.y >> 7u) & 127u, iq2_codes, iq2_signs);
  const u32x2 q2 = iq2_values((words.x >> 16u) & 255u, (words.y >> 14u) & 127u, iq2_codes, iq2_signs);
  const u32x2 q3 = iq2_values(words.x >> 24u, (words.y >> 21u) & 127u, iq2_codes, iq2_signs);
  const f32 scale = m_unpack_2x16_float(unit.d).x * 0.125f * f32(2u * (words.y >> 28u) + 1u);
  return Group{make<u32x4>(q0, q1), make<u32x4>(q2, q3), scale, f32x2{}};
}

DEV void experts_gate_up_0_gate_2_add(arr<f32, 2>& sums, u32 row, u32 last, arr<u32, 1> records, u32 live, u32 lane, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ gate_2, arr<u32, 256>& iq2_codes, arr<u32, 128>& iq2_signs) {
  const u32 row_0 = m_min(row + 0u, last);
  const u32 row_1 = m_min(row + 1u, last);
  const gate_2_Unit _e14 = gate_2_load(row_0, m_min(lane, 63u), gate_2);
  gate_2_Unit next_0 = _e14;
  const gate_2_Unit _e18 = gate_2_load(row_1, m_min(lane, 63u), gate_2);
  gate_2_Unit next_1 = _e18;
  for (u32 u = lane; u < 64u; u += 32u) {
    const gate_2_Unit unit_0 = next_0;
    const gate_2_Unit _e30 = gate_2_load(row_0, m_min(u + 32u, 63u), gate_2);
    next_0 = _e30;
    const gate_2_Unit unit_1 = next_1;
    const gate_2_Unit _e37 = gate_2_load(row_1, m_min(u + 32u, 63u), gate_2);
    next_1 = _e37;
    const Group w_0_0 = gate_2_group(unit_0, u, 0u, iq2_codes, iq2_signs);
    const Group w_0_1 = gate_2_group(unit_1, u, 0u, iq2_codes, iq2_signs);
    {
      const u32 record = records[0u] + 2u * u + 0u;
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
      sums[1u] = m_fma(w_0_1.scale * s.x, dot_1, sums[1u]);
    }
    const Group w_1_0 = gate_2_group(unit_0, u, 1u, iq2_codes, iq2_signs);
    const Group w_1_1 = gate_2_group(unit_1, u, 1u, iq2_codes, iq2_signs);
    {
      const u32 record_1 = records[0u] + 2u * u + 1u;
      const u32 at_1 = record_1 / 8u * 40u + record_1 % 8u;
      const u32x4 h0_1 = qx_1_v4[at_1];
      const u32x4 h1_1 = qx_1_v4[at_1 + 8u];
      const u32x4 l0_1 = qx_1_v4[at_1 + 16u];
      const u32x4 l1_1 = qx_1_v4[at_1 + 24u];
      const f32x4 s_1 = bitcast<f32x4>(qx_1_v4[at_1 + 32u]);
      const i32 _e144 = dot32(w_1_0, h0_1, h1_1, l0_1, l1_1);
      const f32 dot_0_1 = f32(_e144);
      sums[0u] = m_fma(w_1_0.scale * s_1.x, dot_0_1, sums[0u]);
      const i32 _e153 = dot32(w_1_1, h0_1, h1_1, l0_1, l1_1);
      const f32 dot_1_1 = f32(_e153);
      sums[1u] = m_fma(w_1_1.scale * s_1.x, dot_1_1, sums[1u]);
    }
  }
}

DEV up_3_Unit up_3_load(u32 row, u32 u, const u32x4* __restrict__ up_3) {
  const u32 first = row * 66u;
  const u32 d = up_3[first + 64u + u / 32u][u / 8u % 4u];
  return up_3_Unit{up_3[first + u], d >> ((16u * (u / 4u % 2u)) & 31u)};
}

DEV Group up_3_group(up_3_Unit unit, u32 u, u32 j, arr<u32, 256>& iq2_codes, arr<u32, 128>& iq2_signs) {
  const u32x2 words = m_select(j == 1u, u32x2{unit.groups.z, unit.groups.w}, u32x2{unit.groups.x, unit.groups.y});
  const u32x2 q0 = iq2_values(words.x & 255u, words.y & 127u, iq2_codes, iq2_signs);
  const u32x2 q1 = iq2_values((words.x >> 8u) & 255u, (words.y >> 7u) & 127u, iq2_codes, iq2_signs);
  const u32x2 q2 = iq2_values((words.x >> 16u) & 255u, (words.y >> 14u) & 127u, iq2_codes, iq2_signs);
  const u32x2 q3 = iq2_values(words.x >> 24u, (words.y >> 21u) & 127u, iq2_codes, iq2_signs);
  const f32 scale = m_unpack_2x16_float(unit.d).x * 0.125f * f32(2u * (words.y >> 28u) + 1u);
  return Group{make<u32x4>(q0, q1), make<u32x4>(q2, q3), scale, f32x2{}};
}

DEV void experts_gate_up_0_up_3_add(arr<f32, 2>& sums, u32 row, u32 last, arr<u32, 1> records, u32 live, u32 lane, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ up_3, arr<u32, 256>& iq2_codes, arr<u32, 128>& iq2_signs) {
  const u32 row_0 = m_min(row + 0u, last);
  const u32 row_1 = m_min(row + 1u, last);
  const up_3_Unit _e14 = up_3_load(row_0, m_min(lane, 63u), up_3);
  up_3_Unit next_0 = _e14;
  const up_3_Unit _e18 = up_3_load(row_1, m_min(lane, 63u), up_3);
  up_3_Unit next_1 = _e18;
  for (u32 u = lane; u < 64u; u += 32u) {
    const up_3_Unit unit_0 = next_0;
    const up_3_Unit _e30 = up_3_load(row_0, m_min(u + 32u, 63u), up_3);
    next_0 = _e30;
    const up_3_Unit unit_1 = next_1;
    const up_3_Unit _e37 = up_3_load(row_1, m_min(u + 32u, 63u), up_3);
    next_1 = _e37;
    const Group w_0_0 = up_3_group(unit_0, u, 0u, iq2_codes, iq2_signs);
    const Group w_0_1 = up_3_group(unit_1, u, 0u, iq2_codes, iq2_signs);
    {
      const u32 record = records[0u] + 2u * u + 0u;
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
      sums[1u] = m_fma(w_0_1.scale * s.x, dot_1, sums[1u]);
    }
    const Group w_1_0 = up_3_group(unit_0, u, 1u, iq2_codes, iq2_signs);
    const Group w_1_1 = up_3_group(unit_1, u, 1u, iq2_codes, iq2_signs);
    {
      const u32 record_1 = records[0u] + 2u * u + 1u;
      const u32 at_1 = record_1 / 8u * 40u + record_1 % 8u;
      const u32x4 h0_1 = qx_1_v4[at_1];
      const u32x4 h1_1 = qx_1_v4[at_1 + 8u];
      const u32x4 l0_1 = qx_1_v4[at_1 + 16u];
      const u32x4 l1_1 = qx_1_v4[at_1 + 24u];
      const f32x4 s_1 = bitcast<f32x4>(qx_1_v4[at_1 + 32u]);
      const i32 _e144 = dot32(w_1_0, h0_1, h1_1, l0_1, l1_1);
      const f32 dot_0_1 = f32(_e144);
      sums[0u] = m_fma(w_1_0.scale * s_1.x, dot_0_1, sums[0u]);
      const i32 _e153 = dot32(w_1_1, h0_1, h1_1, l0_1, l1_1);
      const f32 dot_1_1 = f32(_e153);
      sums[1u] = m_fma(w_1_1.scale * s_1.x, dot_1_1, sums[1u]);
    }
  }
}

DEV w_9_Unit w_9_load(u32 row, u32 u, const u32x4* __restrict__ w_9) {
  const u32 first = row * 136u;
  const u32 scales = w_9[first + 128u + u / 8u][u / 2u % 4u];
  return w_9_Unit{w_9[first + u], w_9[first + 64u + u], scales};
}

DEV Group w_9_group(w_9_Unit unit, u32 u, u32 j) {
  const f32 scale = m_unpack_2x16_float(unit.scales >> ((16u * (u % 2u)) & 31u)).x;
  return Group{unit.a, unit.b, scale, f32x2{}};
}

DEV void matvec_1_w_9_add(arr<f32, 8>& sums, u32 row, u32 last, arr<u32, 4> records, u32 live, u32 lane, const u32x4* __restrict__ qx_8_v4, const u32x4* __restrict__ w_9) {
  const u32 row_0 = m_min(row + 0u, last);
  const u32 row_1 = m_min(row + 1u, last);
  const w_9_Unit _e14 = w_9_load(row_0, m_min(lane, 63u), w_9);
  w_9_Unit next_0 = _e14;
  const w_9_Unit _e18 = w_9_load(row_1, m_min(lane, 63u), w_9);
  w_9_Unit next_1 = _e18;
  for (u32 u = lane; u < 64u; u += 32u) {
    const w_9_Unit unit_0 = next_0;
    const w_9_Unit _e30 = w_9_load(row_0, m_min(u + 32u, 63u), w_9);
    next_0 = _e30;
    const w_9_Unit unit_1 = next_1;
    const w_9_Unit _e37 = w_9_load(row_1, m_min(u + 32u, 63u), w_9);
    next_1 = _e37;
    const Group w_0_0 = w_9_group(unit_0, u, 0u);
    const Group w_0_1 = w_9_group(unit_1, u, 0u);
    {
      const u32 record = records[0u] + 1u * u + 0u;
      const u32 at = record / 8u * 40u + record % 8u;
      const u32x4 h0 = qx_8_v4[at];
      const u32x4 h1 = qx_8_v4[at + 8u];
      const u32x4 l0 = qx_8_v4[at + 16u];
      const u32x4 l1 = qx_8_v4[at + 24u];
      const f32x4 s = bitcast<f32x4>(qx_8_v4[at + 32u]);
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
      const u32x4 h0_1 = qx_8_v4[at_1];
      const u32x4 h1_1 = qx_8_v4[at_1 + 8u];
      const u32x4 l0_1 = qx_8_v4[at_1 + 16u];
      const u32x4 l1_1 = qx_8_v4[at_1 + 24u];
      const f32x4 s_1 = bitcast<f32x4>(qx_8_v4[at_1 + 32u]);
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
      const u32x4 h0_2 = qx_8_v4[at_2];
      const u32x4 h1_2 = qx_8_v4[at_2 + 8u];
      const u32x4 l0_2 = qx_8_v4[at_2 + 16u];
      const u32x4 l1_2 = qx_8_v4[at_2 + 24u];
      const f32x4 s_2 = bitcast<f32x4>(qx_8_v4[at_2 + 32u]);
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
      const u32x4 h0_3 = qx_8_v4[at_3];
      const u32x4 h1_3 = qx_8_v4[at_3 + 8u];
      const u32x4 l0_3 = qx_8_v4[at_3 + 16u];
      const u32x4 l1_3 = qx_8_v4[at_3 + 24u];
      const f32x4 s_3 = bitcast<f32x4>(qx_8_v4[at_3 + 32u]);
      const i32 _e256 = dot32(w_0_0, h0_3, h1_3, l0_3, l1_3);
      const f32 dot_0_3 = f32(_e256);
      sums[3u] = m_fma(w_0_0.scale * s_3.x, dot_0_3, sums[3u]);
      const i32 _e265 = dot32(w_0_1, h0_3, h1_3, l0_3, l1_3);
      const f32 dot_1_3 = f32(_e265);
      sums[7u] = m_fma(w_0_1.scale * s_3.x, dot_1_3, sums[7u]);
    }
  }
}

DEV void quantize_h_2_quantize(At at, f32x4* h_6_v4, u32* qx_11) {
  bool local = false;
  const u32 first = at.y * 384u + at.x * 8u;
  {
    const u32 i = 0u + at.sg * 32u + at.lane;
    const bool inside = i < 32u;
    const u32 group = first + m_min(i / 4u, 7u);
    const u32 quarter = i % 4u;
    const f32x4 a = h_6_v4[group * 8u + 2u * quarter];
    const f32x4 b = h_6_v4[group * 8u + 2u * quarter + 1u];
    const f32x4 largest = m_max(m_abs(a), m_abs(b));
    f32 most = m_max(m_max(largest.x, largest.y), m_max(largest.z, largest.w));
    const f32 _e53 = most;
    const f32 _e56 = wave_shuffle_xor(most, 1u);
    most = m_max(_e53, _e56);
    const f32 _e58 = most;
    const f32 _e61 = wave_shuffle_xor(most, 2u);
    most = m_max(_e58, _e61);
    const bool counts = most > 1e-30f;
    const f32 scale = counts ? most / 32512.0f : 0.0f;
    const f32 inverse = counts ? 32512.0f / most : 0.0f;
    const i32x4 va = saturate_cast<i32x4>(m_round(m_clamp(a * inverse, splat<4>(-32512.0f), splat<4>(32512.0f))));
    const i32x4 vb = saturate_cast<i32x4>(m_round(m_clamp(b * inverse, splat<4>(-32512.0f), splat<4>(32512.0f))));
    const i32x4 ha = wrapping_add(va, splat<4>(128)) >> splat<4>(8u);
    const i32x4 hb = wrapping_add(vb, splat<4>(128)) >> splat<4>(8u);
    const u32 record = group / 8u * 160u + group % 8u * 4u;
    const u32 words = record + quarter / 2u * 32u + quarter % 2u * 2u;
    if (inside) {
      qx_11[words] = m_pack_4x_i8(ha);
      qx_11[words + 1u] = m_pack_4x_i8(hb);
      qx_11[words + 64u] = m_pack_4x_i8(wrapping_sub(va, wrapping_mul(ha, 256)));
      qx_11[words + 65u] = m_pack_4x_i8(wrapping_sub(vb, wrapping_mul(hb, 256)));
    }
    const i32x4 v = wrapping_add(va, vb);
    i32 sum = wrapping_add(wrapping_add(wrapping_add(v.x, v.y), v.z), v.w);
    const i32 _e156 = sum;
    const i32 _e159 = wave_shuffle_xor(sum, 1u);
    sum = wrapping_add(_e156, _e159);
    const i32 other = wave_shuffle_xor(sum, 2u);
    if (inside) {
      local = quarter == 0u;
    } else {
      local = false;
    }
    if (local) {
      const u32 last = record + 128u;
      qx_11[last] = bitcast<u32>(scale);
      qx_11[last + 1u] = bitcast<u32>(scale * f32(sum));
      qx_11[last + 2u] = bitcast<u32>(scale * f32(other));
      qx_11[last + 3u] = 0u;
      return;
    } else {
      return;
    }
  }
}

DEV void experts_gate_up_0(At at, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ gate_2, const u32x4* __restrict__ up_3, const u32* __restrict__ ids_4, const f32* __restrict__ weights_5, f32* h_6, const f32* __restrict__ iq2_grid, arr<u32, 256>& iq2_codes, arr<u32, 128>& iq2_signs) {
  bool local = false;
  bool local_1 = false;
  iq2_start(at.lid, iq2_grid, iq2_codes, iq2_signs);
  __syncthreads();
  const u32 pair = at.y * 6u + at.x / 128u;
  const u32 row = ids_4[pair] * 2048u;
  const f32 weight = weights_5[pair];
  const u32 first = at.x % 128u * 16u;
  const u32 end = m_min(first + 16u, 2048u);
  const arr<u32, 1> records = {{at.y * 128u}};
  for (u32 f = first + at.sg * 2u; f < end; f += 16u) {
    arr<f32, 2> gates = {};
    arr<f32, 2> ups = {};
    experts_gate_up_0_gate_2_add(gates, row + f, row + 2047u, records, 1u, at.lane, qx_1_v4, gate_2, iq2_codes, iq2_signs);
    experts_gate_up_0_up_3_add(ups, row + f, row + 2047u, records, 1u, at.lane, qx_1_v4, up_3, iq2_codes, iq2_signs);
    const f32 gate_0 = wave_add(gates[0u]);
    const f32 up_0 = wave_add(ups[0u]);
    if (at.lane == 0u) {
      local = f + 0u < end;
    } else {
      local = false;
    }
    if (local) {
      const u32 _e76 = pair * 2048u + f + 0u;
      const f32 _e79 = swiglu(gate_0, up_0, 10.0f);
      h_6[_e76] = _e79 * weight;
    }
    const f32 gate_1 = wave_add(gates[1u]);
    const f32 up_1 = wave_add(ups[1u]);
    if (at.lane == 0u) {
      local_1 = f + 1u < end;
    } else {
      local_1 = false;
    }
    if (local_1) {
      const u32 _e104 = pair * 2048u + f + 1u;
      const f32 _e107 = swiglu(gate_1, up_1, 10.0f);
      h_6[_e104] = _e107 * weight;
    }
  }
}

DEV void matvec_1(At at, const u32x4* __restrict__ qx_8_v4, const u32x4* __restrict__ w_9, f32* y_10, const Params& p) {
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
  const u32 group = at.x / 256u;
  const u32 first = at.x % 256u * 16u;
  const u32 end = m_min(first + 16u, 4096u);
  const u32 row = group * 4096u;
  const u32 t_0 = at.y * 4u + 0u;
  records[0u] = (t_0 * 1u + group) * 64u;
  const u32 t_1 = at.y * 4u + 1u;
  records[1u] = (t_1 * 1u + group) * 64u;
  const u32 t_2 = at.y * 4u + 2u;
  records[2u] = (t_2 * 1u + group) * 64u;
  const u32 t_3 = at.y * 4u + 3u;
  records[3u] = (t_3 * 1u + group) * 64u;
  const u32 live = p.rows - t_0;
  for (u32 o = first + at.sg * 2u; o < end; o += 16u) {
    arr<f32, 8> sums = {};
    matvec_1_w_9_add(sums, row + o, row + 4095u, records, live, at.lane, qx_8_v4, w_9);
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
      y_10[(t_0 * 1u + group) * 4096u + o + 0u] = sum_0_0;
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
      y_10[(t_1 * 1u + group) * 4096u + o + 0u] = sum_0_1;
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
      y_10[(t_2 * 1u + group) * 4096u + o + 0u] = sum_0_2;
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
      y_10[(t_3 * 1u + group) * 4096u + o + 0u] = sum_0_3;
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
      y_10[(t_0 * 1u + group) * 4096u + o + 1u] = sum_1_0;
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
      y_10[(t_1 * 1u + group) * 4096u + o + 1u] = sum_1_1;
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
      y_10[(t_2 * 1u + group) * 4096u + o + 1u] = sum_1_2;
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
      y_10[(t_3 * 1u + group) * 4096u + o + 1u] = sum_1_3;
    }
  }
}

DEV void quantize_h_2(At at, f32x4* h_6_v4, u32* qx_11) {
  quantize_h_2_quantize(at, h_6_v4, qx_11);
}

DEV bool arrive(u32 counter, u32 wanted, u32 lid, u32* arrivals, u32& arrive_count) {
  __syncthreads();
  __syncthreads();
  if (lid == 0u) {
    device_fence();
    const u32 _e8 = atomic_add(&arrivals[counter], 1u);
    const u32 count = _e8 + 1u;
    if (count == wanted) {
      atomic_store(&arrivals[counter], 0u);
    }
    arrive_count = count;
    device_fence();
  }
  __syncthreads();
  __syncthreads();
  return arrive_count == wanted;
}

DEV void follow_2(u32 part, u32 block, u32 lid, u32 lane, u32 sg, f32x4* h_6_v4, u32* qx_11, u32* arrivals, const Params& p, u32& arrive_count) {
  const u32 rows = m_min(1u, p.rows - block * 1u);
  const bool _e19 = arrive(block * 48u + part + 0u, 16u, lid, arrivals, arrive_count);
  if (_e19) {
    for (u32 i = 0u; i < rows; i += 1u) {
      const u32 y = block * 1u + i;
      for (u32 x = part * 1u; x < (part + 1u) * 1u; x += 1u) {
        const At at = {x, y, lid, lane, sg};
        quantize_h_2(at, h_6_v4, qx_11);
        __syncthreads();
        __syncthreads();
      }
    }
    return;
  } else {
    return;
  }
}

extern "C" __global__ void __launch_bounds__(256) experts_gate_up_matvec_quantize_h_rhhknm(
    const u32x4* __restrict__ qx_1_v4,
    const u32x4* __restrict__ gate_2,
    const u32x4* __restrict__ up_3,
    const u32* __restrict__ ids_4,
    const f32* __restrict__ weights_5,
    f32* h_6,
    f32x4* h_6_v4,
    const u32x4* __restrict__ qx_8_v4,
    const u32x4* __restrict__ w_9,
    f32* y_10,
    u32* qx_11,
    u32* arrivals,
    const f32* __restrict__ iq2_grid,
    const __grid_constant__ Params p) {
  __shared__ __align__(16) arr<u32, 256> iq2_codes;
  __shared__ __align__(16) arr<u32, 128> iq2_signs;
  __shared__ __align__(16) u32 arrive_count;
  static_assert(256u % WAVE == 0u, "experts_gate_up_matvec_quantize_h_rhhknm needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  if (group.x < 768u) {
    if (group.y < p.rows) {
      const At at = {group.x, group.y, lid, lane, sg};
      experts_gate_up_0(at, qx_1_v4, gate_2, up_3, ids_4, weights_5, h_6, iq2_grid, iq2_codes, iq2_signs);
      follow_2(at.x / 16u, at.y, lid, lane, sg, h_6_v4, qx_11, arrivals, p, arrive_count);
      return;
    } else {
      return;
    }
  } else {
    if (group.y < (p.rows + 3u) / 4u) {
      const At at_1 = {group.x - 768u, group.y, lid, lane, sg};
      matvec_1(at_1, qx_8_v4, w_9, y_10, p);
      return;
    } else {
      return;
    }
  }
}

}  // namespace experts_gate_up_matvec_quantize_h_rhhknm_ns
