// experts_gate_up_quantize_h_matvec_ahwmka
//
// experts_gate_up of experts_gate_up (MODEL.md 2.9)
//   template ops/experts_gate_up, CHUNK = 64, DEPTH = 16, E = 256, F = 2048, HALF = 448, JT = 32, K = 6, KG = 4, N = 4096, OUT = 64, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4
//   g = gate[e] · x[t], u = up[e] · x[t], e = ids[t, k];
//   h[t, k] = silu(min(g, limit)) · clamp(u, −limit, limit) · weights[t, k]
//
// quantize_h of experts_down (MODEL.md 2.9)
//   template ops/quantize_h, CHUNK = 64, DEPTH = 16, E = 256, F = 2048, HALF = 448, JT = 32, K = 6, KG = 4, N = 4096, OUT = 16, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4
//   y[t] = Σ_k down[ids[t, k]] · h[t, k]
//
// matvec of matmul (MODEL.md 2.5)
//   template ops/matvec, CHUNK = 64, DEPTH = 16, HALF = 448, I = 2048, JT = 32, KG = 4, O = 4096, OUT = 32, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 16
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 1  gate_2  vec4<u32>  [256, 2048, 4096], read
// 2  up_3  vec4<u32>  [256, 2048, 4096], read
// 3  ids_4  u32  [T, 6], read
// 4  weights_5  f32  [T, 6], read
// 5  h_6  f32  [T, 6, 2048], read and written
// 6  h_6_v4  vec4<f32>  [T, 6, 2048], read and written
// 7  qx_7  u32  7680 values a row, temporary, read and written
// 8  qx_9_v4  vec4<u32>  1280 values a row, temporary, read
// 9  w_10  vec4<u32>  [4096, 2048], read
// 10  y_11  f32  [T, 4096], read and written
// 11  iq2_grid  f32  table IQ2_GRID, read
namespace experts_gate_up_quantize_h_matvec_ahwmka_ns {

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

struct Iq2Wide {
  u32 code;
  u32 sign;
  u32 magnitudes;
};

struct experts_gate_up_0_Place {
  u32 team;
  u32 part;
  u32 unit;
  bool live;
  u32 subgroup;
};

struct experts_gate_up_0_Held {
  u32x4 h0_0;
  u32x4 h1_0;
  u32x4 l0_0;
  u32x4 l1_0;
  f32x4 scale_0;
  u32x4 h0_1;
  u32x4 h1_1;
  u32x4 l0_1;
  u32x4 l1_1;
  f32x4 scale_1;
  Iq2Wide wide;
};

struct gate_2_Unit {
  u32x4 groups;
  u32 d;
};

struct up_3_Unit {
  u32x4 groups;
  u32 d;
};

struct w_10_Unit {
  u32x4 a;
  u32x4 b;
  u32 scales;
};

struct matvec_2_w_10_Next {
  w_10_Unit row_0;
  w_10_Unit row_1;
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

DEV f32 sums_4(arr<f32, 4> values, u32 lane) {
  f32 value_0 = values[0u];
  f32 value_1 = values[1u];
  f32 value_2 = values[2u];
  f32 value_3 = values[3u];
  const bool upper_0 = ((lane >> 0u) & 1u) == 1u;
  {
    const f32 kept = upper_0 ? value_2 : value_0;
    const f32 given = upper_0 ? value_0 : value_2;
    const f32 _e23 = wave_shuffle_xor(given, 1u);
    value_0 = kept + _e23;
  }
  {
    const f32 kept_1 = upper_0 ? value_3 : value_1;
    const f32 given_1 = upper_0 ? value_1 : value_3;
    const f32 _e32 = wave_shuffle_xor(given_1, 1u);
    value_1 = kept_1 + _e32;
  }
  const bool upper_1 = ((lane >> 1u) & 1u) == 1u;
  {
    const f32 kept_2 = upper_1 ? value_1 : value_0;
    const f32 given_2 = upper_1 ? value_0 : value_1;
    const f32 _e47 = wave_shuffle_xor(given_2, 2u);
    value_0 = kept_2 + _e47;
  }
  #pragma unroll
  for (u32 mask = 4u; mask < 32u; mask = mask << 1u) {
    const f32 _e54 = value_0;
    const f32 _e57 = wave_shuffle_xor(value_0, mask);
    value_0 = _e54 + _e57;
  }
  return value_0;
}

DEV u32 sums_4_which(u32 lane) {
  return (lane & 1u) * 2u + ((lane >> 1u) & 1u);
}

DEV void iq2_wide_start(u32 lid, const f32* iq2_grid, arr<u32, 4097>& iq2_wide_codes, arr<u32, 4096>& iq2_wide_signs) {
  if (lid == 0u) {
    iq2_wide_codes[4096u] = 2824456u;
  }
  for (u32 i = lid; i < 256u; i += 256u) {
    u32 codes = saturate_cast<u32>(iq2_grid[i]);
    codes = (codes | (codes << 8u)) & 16711935u;
    codes = (codes | (codes << 4u)) & 252645135u;
    codes = (codes | (codes << 2u)) & 858993459u;
    #pragma unroll
    for (u32 copy = 0u; copy < 16u; copy += 1u) {
      iq2_wide_codes[i * 16u + (copy + i / 2u) % 16u] = codes;
    }
  }
  for (u32 i_1 = lid; i_1 < 256u; i_1 += 256u) {
    const u32 sign = i_1 % 128u;
    u32 bits = sign | ((m_count_one_bits(sign) & 1u) << 7u);
    bits = (bits | (bits << 12u)) & 983055u;
    bits = (bits | (bits << 6u)) & 50529027u;
    bits = (bits | (bits << 3u)) & 286331153u;
    #pragma unroll
    for (u32 copy_1 = 0u; copy_1 < 16u; copy_1 += 1u) {
      iq2_wide_signs[sign * 32u + (copy_1 + i_1 / 128u * 16u + i_1) % 32u] = bits << 2u;
    }
  }
}

DEV Iq2Wide iq2_wide(u32 lane, arr<u32, 4097>& iq2_wide_codes) {
  return Iq2Wide{lane % 16u * 4u, lane % 32u * 4u, iq2_wide_codes[4096u]};
}

DEV u32 iq2_wide_place(u32 a, u32 b, u32 first) {
  return m_dp4a_u8(a, b, first);
}

DEV u32x2 iq2_wide_eight(Iq2Wide wide, u32 code, u32 sign, arr<u32, 4097>& iq2_wide_codes, arr<u32, 4096>& iq2_wide_signs) {
  const u32 _e3 = at_byte(code, iq2_wide_codes.values);
  const u32 _e4 = at_byte(sign, iq2_wide_signs.values);
  const u32 choice = _e3 | _e4;
  const u32 _e8 = permute(wide.magnitudes, 14018552u, choice);
  const u32 _e13 = permute(wide.magnitudes, 14018552u, choice >> 16u);
  return u32x2{_e8, _e13};
}

DEV arr<u32x4, 2> iq2_wide_values(Iq2Wide wide, u32x2 words, arr<u32, 4097>& iq2_wide_codes, arr<u32, 4096>& iq2_wide_signs) {
  const u32 upper = words.y >> 14u;
  const u32 _e8 = iq2_wide_place(words.x, 64u, wide.code);
  const u32x2 q0 = iq2_wide_eight(wide, _e8, ((words.y << 7u) & 16256u) | wide.sign, iq2_wide_codes, iq2_wide_signs);
  const u32 _e20 = iq2_wide_place(words.x, 16384u, wide.code);
  const u32x2 q1 = iq2_wide_eight(wide, _e20, (words.y & 16256u) | wide.sign, iq2_wide_codes, iq2_wide_signs);
  const u32 _e30 = iq2_wide_place(words.x, 4194304u, wide.code);
  const u32x2 q2 = iq2_wide_eight(wide, _e30, ((upper << 7u) & 16256u) | wide.sign, iq2_wide_codes, iq2_wide_signs);
  const u32 _e41 = iq2_wide_place(words.x, 1073741824u, wide.code);
  const u32x2 q3 = iq2_wide_eight(wide, _e41, (upper & 16256u) | wide.sign, iq2_wide_codes, iq2_wide_signs);
  return arr<u32x4, 2>{{make<u32x4>(q0, q1), make<u32x4>(q2, q3)}};
}

DEV experts_gate_up_0_Place experts_gate_up_0_place(At at) {
  const u32 thread = at.sg * 32u + at.lane;
  const u32 member = thread % 64u;
  const u32 team = thread / 64u;
  return experts_gate_up_0_Place{team / 1u, team % 1u, m_min(member, 63u), member < 64u, member / 32u};
}

DEV experts_gate_up_0_Held experts_gate_up_0_hold(At at, u32 first, experts_gate_up_0_Place place, const u32x4* qx_1_v4, arr<u32, 4097>& iq2_wide_codes) {
  experts_gate_up_0_Held held = {};
  {
    const u32 record = first + 2u * place.unit + 0u;
    const u32 begin = record / 8u * 40u + record % 8u;
    held.h0_0 = qx_1_v4[begin];
    held.h1_0 = qx_1_v4[begin + 8u];
    held.l0_0 = qx_1_v4[begin + 16u];
    held.l1_0 = qx_1_v4[begin + 24u];
    const f32x4 scale = bitcast<f32x4>(qx_1_v4[begin + 32u]);
    held.scale_0 = m_select(place.live, scale, f32x4{});
  }
  {
    const u32 record_1 = first + 2u * place.unit + 1u;
    const u32 begin_1 = record_1 / 8u * 40u + record_1 % 8u;
    held.h0_1 = qx_1_v4[begin_1];
    held.h1_1 = qx_1_v4[begin_1 + 8u];
    held.l0_1 = qx_1_v4[begin_1 + 16u];
    held.l1_1 = qx_1_v4[begin_1 + 24u];
    const f32x4 scale_1 = bitcast<f32x4>(qx_1_v4[begin_1 + 32u]);
    held.scale_1 = m_select(place.live, scale_1, f32x4{});
  }
  const Iq2Wide _e96 = iq2_wide(at.lane, iq2_wide_codes);
  held.wide = _e96;
  return held;
}

DEV void experts_gate_up_0_start(u32 lid, const f32* iq2_grid, arr<u32, 4097>& iq2_wide_codes, arr<u32, 4096>& iq2_wide_signs) {
  iq2_wide_start(lid, iq2_grid, iq2_wide_codes, iq2_wide_signs);
  __syncthreads();
}

DEV void experts_gate_up_0_keep(At at, experts_gate_up_0_Place place, u32 slot, arr<f32, 4> values, arr<f32, 256>& experts_gate_up_0_shares) {
  const f32 sum = sums_4(values, at.lane);
  if (at.lane < 4u) {
    const u32 _e10 = sums_4_which(at.lane);
    const u32 share = (slot + _e10) * 1u + place.part;
    experts_gate_up_0_shares[share * 2u + place.subgroup] = sum;
    return;
  } else {
    return;
  }
}

DEV f32 experts_gate_up_0_kept(u32 slot, arr<f32, 256>& experts_gate_up_0_shares) {
  f32 sum = 0.0f;
  for (u32 i = 0u; i < 2u; i += 1u) {
    sum += experts_gate_up_0_shares[slot * 2u + 0u + i];
  }
  return sum;
}

DEV gate_2_Unit gate_2_load(u32 row, u32 u, const u32x4* gate_2) {
  const u32 first = row * 66u;
  const u32 d = gate_2[first + 64u + u / 32u][u / 8u % 4u];
  return gate_2_Unit{gate_2[first + u], d};
}

DEV f32 gate_2_d(gate_2_Unit unit, u32 u) {
  return m_unpack_2x16_float(unit.d >> ((16u * (u / 4u % 2u)) & 31u)).x;
}

DEV f32 experts_gate_up_0_gate_2_times(gate_2_Unit unit, u32 u, experts_gate_up_0_Held x, arr<u32, 4097>& iq2_wide_codes, arr<u32, 4096>& iq2_wide_signs) {
  const u32x2 words_0 = {unit.groups.x, unit.groups.y};
  const arr<u32x4, 2> w_0 = iq2_wide_values(x.wide, words_0, iq2_wide_codes, iq2_wide_signs);
  const Group group_0 = {w_0[0u], w_0[1u], 0.0f, f32x2{}};
  const i32 dot_0 = dot32(group_0, x.h0_0, x.h1_0, x.l0_0, x.l1_0);
  const f32 sum_0 = f32(wrapping_mul(dot_0, i32((words_0.y >> 27u) | 1u)));
  const u32x2 words_1 = {unit.groups.z, unit.groups.w};
  const arr<u32x4, 2> w_1 = iq2_wide_values(x.wide, words_1, iq2_wide_codes, iq2_wide_signs);
  const Group group_1 = {w_1[0u], w_1[1u], 0.0f, f32x2{}};
  const i32 dot_1 = dot32(group_1, x.h0_1, x.h1_1, x.l0_1, x.l1_1);
  const f32 sum_1 = f32(wrapping_mul(dot_1, i32((words_1.y >> 27u) | 1u)));
  const f32 _e47 = gate_2_d(unit, u);
  const f32 d = _e47 * 0.125f;
  return d * m_fma(x.scale_1.x, sum_1, x.scale_0.x * sum_0);
}

DEV up_3_Unit up_3_load(u32 row, u32 u, const u32x4* up_3) {
  const u32 first = row * 66u;
  const u32 d = up_3[first + 64u + u / 32u][u / 8u % 4u];
  return up_3_Unit{up_3[first + u], d};
}

DEV f32 up_3_d(up_3_Unit unit, u32 u) {
  return m_unpack_2x16_float(unit.d >> ((16u * (u / 4u % 2u)) & 31u)).x;
}

DEV f32 experts_gate_up_0_up_3_times(up_3_Unit unit, u32 u, experts_gate_up_0_Held x, arr<u32, 4097>& iq2_wide_codes, arr<u32, 4096>& iq2_wide_signs) {
  const u32x2 words_0 = {unit.groups.x, unit.groups.y};
  const arr<u32x4, 2> w_0 = iq2_wide_values(x.wide, words_0, iq2_wide_codes, iq2_wide_signs);
  const Group group_0 = {w_0[0u], w_0[1u], 0.0f, f32x2{}};
  const i32 dot_0 = dot32(group_0, x.h0_0, x.h1_0, x.l0_0, x.l1_0);
  const f32 sum_0 = f32(wrapping_mul(dot_0, i32((words_0.y >> 27u) | 1u)));
  const u32x2 words_1 = {unit.groups.z, unit.groups.w};
  const arr<u32x4, 2> w_1 = iq2_wide_values(x.wide, words_1, iq2_wide_codes, iq2_wide_signs);
  const Group group_1 = {w_1[0u], w_1[1u], 0.0f, f32x2{}};
  const i32 dot_1 = dot32(group_1, x.h0_1, x.h1_1, x.l0_1, x.l1_1);
  const f32 sum_1 = f32(wrapping_mul(dot_1, i32((words_1.y >> 27u) | 1u)));
  const f32 _e47 = up_3_d(unit, u);
  const f32 d = _e47 * 0.125f;
  return d * m_fma(x.scale_1.x, sum_1, x.scale_0.x * sum_0);
}

DEV void quantize_h_1_quantize(At at, f32x4* h_6_v4, u32* qx_7) {
  bool local = false;
  const u32 first = at.y * 384u + at.x * 2u;
  const u32 i = 0u + at.sg * 32u + at.lane;
  const u32 quad_0 = (first + m_min(i / 4u, 1u)) * 8u + 2u * (i % 4u);
  const f32x4 a = h_6_v4[quad_0];
  const f32x4 b = h_6_v4[quad_0 + 1u];
  {
    const bool inside = i < 8u;
    const u32 group = first + m_min(i / 4u, 1u);
    const u32 quarter = i % 4u;
    const f32x4 largest = m_max(m_abs(a), m_abs(b));
    f32 most = m_max(m_max(largest.x, largest.y), m_max(largest.z, largest.w));
    const f32 _e55 = most;
    const f32 _e58 = wave_shuffle_xor(most, 1u);
    most = m_max(_e55, _e58);
    const f32 _e60 = most;
    const f32 _e63 = wave_shuffle_xor(most, 2u);
    most = m_max(_e60, _e63);
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
      qx_7[words] = m_pack_4x_i8(ha);
      qx_7[words + 1u] = m_pack_4x_i8(hb);
      qx_7[words + 64u] = m_pack_4x_i8(wrapping_sub(va, wrapping_mul(ha, 256)));
      qx_7[words + 65u] = m_pack_4x_i8(wrapping_sub(vb, wrapping_mul(hb, 256)));
    }
    const i32x4 v = wrapping_add(va, vb);
    i32 sum = wrapping_add(wrapping_add(wrapping_add(v.x, v.y), v.z), v.w);
    const i32 _e158 = sum;
    const i32 _e161 = wave_shuffle_xor(sum, 1u);
    sum = wrapping_add(_e158, _e161);
    const i32 other = wave_shuffle_xor(sum, 2u);
    if (inside) {
      local = quarter == 0u;
    } else {
      local = false;
    }
    if (local) {
      const u32 last = record + 128u;
      qx_7[last] = bitcast<u32>(scale);
      qx_7[last + 1u] = bitcast<u32>(scale * f32(sum));
      qx_7[last + 2u] = bitcast<u32>(scale * f32(other));
      qx_7[last + 3u] = 0u;
      return;
    } else {
      return;
    }
  }
}

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

DEV w_10_Unit w_10_load(u32 row, u32 u, const u32x4* w_10) {
  const u32 first = row * 136u;
  const u32 scales = w_10[first + 128u + u / 8u][u / 2u % 4u];
  return w_10_Unit{w_10[first + u], w_10[first + 64u + u], scales};
}

DEV Group w_10_group(w_10_Unit unit, u32 u, u32 j) {
  const f32 scale = m_unpack_2x16_float(unit.scales >> ((16u * (u % 2u)) & 31u)).x;
  return Group{unit.a, unit.b, scale, f32x2{}};
}

DEV matvec_2_w_10_Next matvec_2_w_10_first(u32 row, u32 last, u32 lane, const u32x4* w_10) {
  matvec_2_w_10_Next next = {};
  const w_10_Unit _e10 = w_10_load(m_min(row + 0u, last), m_min(lane, 63u), w_10);
  next.row_0 = _e10;
  const w_10_Unit _e17 = w_10_load(m_min(row + 1u, last), m_min(lane, 63u), w_10);
  next.row_1 = _e17;
  return next;
}

DEV void matvec_2_w_10_add(arr<f32, 4>& sums, matvec_2_w_10_Next& next, u32 row, u32 following, u32 last, arr<u32, 2> records, u32 live, u32 lane, const u32x4* qx_9_v4, const u32x4* w_10) {
  for (u32 u = lane; u < 64u; u += 32u) {
    const bool is_last = u + 32u >= 64u;
    const u32 from_row = is_last ? following : row;
    const u32 from_unit = is_last ? m_min(lane, 63u) : u + 32u;
    const w_10_Unit unit_0 = next.row_0;
    const w_10_Unit _e30 = w_10_load(m_min(from_row + 0u, last), from_unit, w_10);
    next.row_0 = _e30;
    const w_10_Unit unit_1 = next.row_1;
    const w_10_Unit _e37 = w_10_load(m_min(from_row + 1u, last), from_unit, w_10);
    next.row_1 = _e37;
    const Group w_0_0 = w_10_group(unit_0, u, 0u);
    const Group w_0_1 = w_10_group(unit_1, u, 0u);
    {
      const u32 record = records[0u] + 1u * u + 0u;
      const u32 at = record / 8u * 40u + record % 8u;
      const u32x4 h0 = qx_9_v4[at];
      const u32x4 h1 = qx_9_v4[at + 8u];
      const u32x4 l0 = qx_9_v4[at + 16u];
      const u32x4 l1 = qx_9_v4[at + 24u];
      const f32x4 s = bitcast<f32x4>(qx_9_v4[at + 32u]);
      const i32 _e82 = dot32(w_0_0, h0, h1, l0, l1);
      const f32 dot_0 = f32(_e82);
      sums[0u] = m_fma(w_0_0.scale * s.x, dot_0, sums[0u]);
      const i32 _e91 = dot32(w_0_1, h0, h1, l0, l1);
      const f32 dot_1 = f32(_e91);
      sums[2u] = m_fma(w_0_1.scale * s.x, dot_1, sums[2u]);
    }
    if (live > 1u) {
      {
        const u32 record_1 = records[1u] + 1u * u + 0u;
        const u32 at_1 = record_1 / 8u * 40u + record_1 % 8u;
        const u32x4 h0_1 = qx_9_v4[at_1];
        const u32x4 h1_1 = qx_9_v4[at_1 + 8u];
        const u32x4 l0_1 = qx_9_v4[at_1 + 16u];
        const u32x4 l1_1 = qx_9_v4[at_1 + 24u];
        const f32x4 s_1 = bitcast<f32x4>(qx_9_v4[at_1 + 32u]);
        const i32 _e140 = dot32(w_0_0, h0_1, h1_1, l0_1, l1_1);
        const f32 dot_0_1 = f32(_e140);
        sums[1u] = m_fma(w_0_0.scale * s_1.x, dot_0_1, sums[1u]);
        const i32 _e149 = dot32(w_0_1, h0_1, h1_1, l0_1, l1_1);
        const f32 dot_1_1 = f32(_e149);
        sums[3u] = m_fma(w_0_1.scale * s_1.x, dot_1_1, sums[3u]);
      }
    }
  }
}

DEV void experts_gate_up_0_ahead(At at, const f32* iq2_grid, arr<u32, 4097>& iq2_wide_codes, arr<u32, 4096>& iq2_wide_signs) {
  experts_gate_up_0_start(at.lid, iq2_grid, iq2_wide_codes, iq2_wide_signs);
}

DEV void experts_gate_up_0(At at, const u32x4* qx_1_v4, const u32x4* gate_2, const u32x4* up_3, const u32* ids_4, const f32* weights_5, f32* h_6, arr<u32, 4097>& iq2_wide_codes, arr<u32, 4096>& iq2_wide_signs, arr<f32, 256>& experts_gate_up_0_shares) {
  const u32 pair = at.y * 6u + at.x / 32u;
  const u32 row = ids_4[pair] * 2048u;
  const f32 weight = weights_5[pair];
  const u32 first = at.x % 32u * 64u;
  const u32 end = m_min(first + 64u, 2048u);
  const experts_gate_up_0_Place place = experts_gate_up_0_place(at);
  u32 f = first + place.team * 2u;
  const gate_2_Unit _e39 = gate_2_load(row + m_min(f + 0u, end - 1u), place.unit, gate_2);
  gate_2_Unit gate_0 = _e39;
  const up_3_Unit _e49 = up_3_load(row + m_min(f + 0u, end - 1u), place.unit, up_3);
  up_3_Unit up_0 = _e49;
  const gate_2_Unit _e59 = gate_2_load(row + m_min(f + 1u, end - 1u), place.unit, gate_2);
  gate_2_Unit gate_1 = _e59;
  const up_3_Unit _e69 = up_3_load(row + m_min(f + 1u, end - 1u), place.unit, up_3);
  up_3_Unit up_1 = _e69;
  const experts_gate_up_0_Held x = experts_gate_up_0_hold(at, at.y * 128u, place, qx_1_v4, iq2_wide_codes);
  for (; f < end; f += 8u) {
    arr<f32, 4> values = {};
    const u32 next = f + 8u;
    const gate_2_Unit now_0 = gate_0;
    const up_3_Unit too_0 = up_0;
    const gate_2_Unit now_1 = gate_1;
    const up_3_Unit too_1 = up_1;
    if (next < end) {
      const gate_2_Unit _e94 = gate_2_load(row + m_min(next + 0u, end - 1u), place.unit, gate_2);
      gate_0 = _e94;
      const up_3_Unit _e102 = up_3_load(row + m_min(next + 0u, end - 1u), place.unit, up_3);
      up_0 = _e102;
      const gate_2_Unit _e110 = gate_2_load(row + m_min(next + 1u, end - 1u), place.unit, gate_2);
      gate_1 = _e110;
      const up_3_Unit _e118 = up_3_load(row + m_min(next + 1u, end - 1u), place.unit, up_3);
      up_1 = _e118;
    }
    const f32 _e121 = experts_gate_up_0_gate_2_times(now_0, place.unit, x, iq2_wide_codes, iq2_wide_signs);
    values[0u] = _e121;
    const f32 _e124 = experts_gate_up_0_up_3_times(too_0, place.unit, x, iq2_wide_codes, iq2_wide_signs);
    values[1u] = _e124;
    const f32 _e127 = experts_gate_up_0_gate_2_times(now_1, place.unit, x, iq2_wide_codes, iq2_wide_signs);
    values[2u] = _e127;
    const f32 _e130 = experts_gate_up_0_up_3_times(too_1, place.unit, x, iq2_wide_codes, iq2_wide_signs);
    values[3u] = _e130;
    experts_gate_up_0_keep(at, place, 2u * (f - first), values, experts_gate_up_0_shares);
  }
  __syncthreads();
  for (u32 i = at.lid; i < end - first; i += 256u) {
    const f32 _e147 = experts_gate_up_0_kept(2u * i, experts_gate_up_0_shares);
    const f32 _e153 = experts_gate_up_0_kept(2u * i + 1u, experts_gate_up_0_shares);
    const f32 value = swiglu(_e147, _e153, 10.0f);
    h_6[pair * 2048u + first + i] = value * weight;
  }
}

DEV void quantize_h_1(At at, f32x4* h_6_v4, u32* qx_7) {
  quantize_h_1_quantize(at, h_6_v4, qx_7);
}

DEV void matvec_2_rows(At at, u32 group, u32 first, u32 end, u32 from_t, u32 live, const u32x4* qx_9_v4, const u32x4* w_10, f32* y_11) {
  arr<u32, 2> records = {};
  bool local = false;
  bool local_1 = false;
  bool local_2 = false;
  bool local_3 = false;
  const u32 row = group * 4096u;
  const u32 t_0 = from_t + 0u;
  records[0u] = (t_0 * 1u + group) * 64u;
  const u32 t_1 = from_t + 1u;
  records[1u] = (t_1 * 1u + group) * 64u;
  const matvec_2_w_10_Next _e34 = matvec_2_w_10_first(row + first + at.sg * 2u, row + 4095u, at.lane, w_10);
  matvec_2_w_10_Next next = _e34;
  grid_wait();
  grid_launch();
  for (u32 o = first + at.sg * 2u; o < end; o += 16u) {
    arr<f32, 4> sums = {};
    const u32 following = o + 16u < end ? o + 16u : o;
    matvec_2_w_10_add(sums, next, row + o, row + following, row + 4095u, records, live, at.lane, qx_9_v4, w_10);
    {
      arr<f32, 2> values = {};
      values[0u] = sums[0u];
      values[1u] = sums[2u];
      const f32 sum = sums_2(values, at.lane);
      const u32 _e70 = o;
      const u32 _e72 = sums_2_which(at.lane);
      const u32 own = _e70 + _e72;
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
        y_11[(t_0 * 1u + group) * 4096u + own] = sum;
      }
    }
    if (live > 1u) {
      {
        arr<f32, 2> values_1 = {};
        values_1[0u] = sums[1u];
        values_1[1u] = sums[3u];
        const f32 sum_1 = sums_2(values_1, at.lane);
        const u32 _e109 = o;
        const u32 _e111 = sums_2_which(at.lane);
        const u32 own_1 = _e109 + _e111;
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
          y_11[(t_1 * 1u + group) * 4096u + own_1] = sum_1;
        }
      }
    }
  }
}

DEV void matvec_2(At at, const u32x4* qx_9_v4, const u32x4* w_10, f32* y_11, const Params& p) {
  const u32 group = at.x / 128u;
  const u32 first = at.x % 128u * 32u;
  const u32 end = m_min(first + 32u, 4096u);
  const u32 from_t = at.y * 16u;
  const u32 live = m_min(p.rows - from_t, 16u);
  matvec_2_rows(at, group, first, end, from_t, live, qx_9_v4, w_10, y_11);
}

DEV void ahead(u32x3 group, u32 lid, u32 lane, u32 sg, const f32* iq2_grid, const Params& p, arr<u32, 4097>& iq2_wide_codes, arr<u32, 4096>& iq2_wide_signs) {
  if (group.x < 192u) {
    if (group.y < p.rows) {
      experts_gate_up_0_ahead(At{group.x, 0u, lid, lane, sg}, iq2_grid, iq2_wide_codes, iq2_wide_signs);
      return;
    } else {
      return;
    }
  } else {
    return;
  }
}

extern "C" __global__ void __launch_bounds__(256) experts_gate_up_quantize_h_matvec_ahwmka(
    const u32x4* qx_1_v4,
    const u32x4* gate_2,
    const u32x4* up_3,
    const u32* ids_4,
    const f32* weights_5,
    f32* h_6,
    f32x4* h_6_v4,
    u32* qx_7,
    const u32x4* qx_9_v4,
    const u32x4* w_10,
    f32* y_11,
    const f32* iq2_grid,
    const __grid_constant__ Params p) {
  __shared__ __align__(16) arr<u32, 4097> iq2_wide_codes;
  __shared__ __align__(16) arr<u32, 4096> iq2_wide_signs;
  __shared__ __align__(16) arr<f32, 256> experts_gate_up_0_shares;
  static_assert(256u % WAVE == 0u, "experts_gate_up_quantize_h_matvec_ahwmka needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  ahead(group, lid, lane, sg, iq2_grid, p, iq2_wide_codes, iq2_wide_signs);
  if (group.x < 192u) {
    if (group.y < p.rows) {
      grid_wait();
      grid_launch();
      const At at = {group.x, group.y, lid, lane, sg};
      experts_gate_up_0(at, qx_1_v4, gate_2, up_3, ids_4, weights_5, h_6, iq2_wide_codes, iq2_wide_signs, experts_gate_up_0_shares);
      __syncthreads();
      quantize_h_1(at, h_6_v4, qx_7);
      return;
    } else {
      return;
    }
  } else {
    if (group.y < (p.rows + 15u) / 16u) {
      const At at_1 = {group.x - 192u, group.y, lid, lane, sg};
      matvec_2(at_1, qx_9_v4, w_10, y_11, p);
      return;
    } else {
      return;
    }
  }
}

}  // namespace experts_gate_up_quantize_h_matvec_ahwmka_ns
