// hc_finish_hc_reduce_rms_norm_quantize_wooedh
//
// hc_finish of hc_mix (MODEL.md 2.3, steps 1 to 5)
//   template ops/hc_finish, CHUNK = 64, DEPTH = 16, JT = 32, M = 24, N = 4096, OUT = 64, ROWS = 2, S = 4, SPLITS = 1, TOKENS = 64, iters = 20
//   m = (fun · v) · (mean(v²) + eps.rms)^(-1/2), v = all streams;
//   pre = σ(m·scale₀ + base) + eps.hc; post = 2σ(m·scale₁ + base);
//   comb = sinkhorn(m·scale₂ + base); mix = pre, post, comb
//
// hc_reduce of hc_reduce (MODEL.md 2.3, step 6)
//   template ops/hc_reduce, CHUNK = 64, DEPTH = 16, JT = 32, M = 24, N = 4096, OUT = 64, ROWS = 2, S = 4, SPLITS = 1, TOKENS = 64
//   x[t, n] = Σ_s pre[t, s] · streams[t, s, n]
//
// rms_norm of rms_norm (MODEL.md 2.1)
//   template ops/rms_norm, CHUNK = 64, DEPTH = 16, JT = 32, N = 4096, OUT = 64, ROWS = 2, SPLITS = 1, TOKENS = 64
//   y[t, n] = x[t, n] · (mean_n x[t, n]² + eps)^(-1/2) · w[n]
//
// quantize of matmul (MODEL.md 2.5)
//   template ops/quantize, CHUNK = 64, DEPTH = 16, I = 4096, JT = 32, O = 1024, OUT = 64, ROWS = 2, SPLITS = 1, TOKENS = 64
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  partial_0  f32  1600 values a row, temporary, read
// 1  scale_1  f32  [3], read
// 2  base_2  f32  [24], read
// 3  mix_3  f32  [T, 24], read and written
// 4  streams_4_v4  vec4<f32>  [T, 4, 4096], read
// 5  x_5_v4  vec4<f32>  [T, 4096], read and written
// 6  w_6_v4  vec4<f32>  [4096], read
// 7  y_7_v4  vec4<f32>  [T, 4096], read and written
// 8  qx_8  u32  2560 values a row, temporary, read and written
namespace hc_finish_hc_reduce_rms_norm_quantize_wooedh_ns {

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

DEV void hc_finish_0_gather(At at, const f32* __restrict__ partial_0, arr<f32, 25>& hc_finish_0_sums) {
  for (u32 m = at.sg; m <= 24u; m += 4u) {
    f32 sum = 0.0f;
    for (u32 x = at.lane; x < 64u; x += 32u) {
      sum += partial_0[(at.y * 25u + m) * 64u + x];
    }
    const f32 _e31 = wave_add(sum);
    sum = _e31;
    if (at.lane == 0u) {
      hc_finish_0_sums[m] = sum;
    }
  }
  __syncthreads();
}

DEV f32 hc_finish_0_factor(arr<f32, 25>& hc_finish_0_sums) {
  return 1.0f / m_sqrt(hc_finish_0_sums[24u] / 16384.0f + 1e-6f);
}

DEV f32 precise_exp(f32 x) {
  const f32 bounded = m_clamp(x, -87.3f, 88.0f);
  const f32 n = m_round(bounded * 1.442695f);
  const f32 r = m_fma(n, 0.00021219444f, m_fma(n, -0.6933594f, bounded));
  f32 y = m_fma(0.00019875691f, r, 0.0013981999f);
  y = m_fma(y, r, 0.008333452f);
  y = m_fma(y, r, 0.041665796f);
  y = m_fma(y, r, 0.16666666f);
  y = m_fma(y, r, 0.5f);
  y = m_fma(y, r * r, r) + 1.0f;
  const f32 power = bitcast<f32>(u32(wrapping_add(saturate_cast<i32>(n), 127)) << 23u);
  return x < -87.3f ? 0.0f : y * power;
}

DEV f32 precise_sigmoid(f32 x) {
  const f32 _e2 = precise_exp(-x);
  return 1.0f / (1.0f + _e2);
}

DEV void reduce_gather(At at, u32 word, arr<u32, 32>& reduce_words) {
  __syncthreads();
  if (at.lane == 0u) {
    reduce_words[at.sg] = word;
  }
  __syncthreads();
}

DEV f32 reduce_sum(At at, f32 value, arr<u32, 32>& reduce_words) {
  f32 sum = 0.0f;
  const f32 _e2 = wave_add(value);
  reduce_gather(at, bitcast<u32>(_e2), reduce_words);
  for (u32 i = 0u; i < 4u; i += 1u) {
    sum += bitcast<f32>(reduce_words[i]);
  }
  return sum;
}

DEV void quantize_3_quantize(At at, f32x4* y_7_v4, u32* qx_8) {
  bool local = false;
  bool local_1 = false;
  bool local_2 = false;
  bool local_3 = false;
  const u32 first = at.y * 128u + at.x * 128u;
  {
    const u32 i = 0u + at.sg * 32u + at.lane;
    const bool inside = i < 512u;
    const u32 group = first + m_min(i / 4u, 127u);
    const u32 quarter = i % 4u;
    const f32x4 a = y_7_v4[group * 8u + 2u * quarter];
    const f32x4 b = y_7_v4[group * 8u + 2u * quarter + 1u];
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
      qx_8[words] = m_pack_4x_i8(ha);
      qx_8[words + 1u] = m_pack_4x_i8(hb);
      qx_8[words + 64u] = m_pack_4x_i8(wrapping_sub(va, wrapping_mul(ha, 256)));
      qx_8[words + 65u] = m_pack_4x_i8(wrapping_sub(vb, wrapping_mul(hb, 256)));
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
      qx_8[last] = bitcast<u32>(scale);
      qx_8[last + 1u] = bitcast<u32>(scale * f32(sum));
      qx_8[last + 2u] = bitcast<u32>(scale * f32(other));
      qx_8[last + 3u] = 0u;
    }
  }
  {
    const u32 i_1 = 128u + at.sg * 32u + at.lane;
    const bool inside_1 = i_1 < 512u;
    const u32 group_1 = first + m_min(i_1 / 4u, 127u);
    const u32 quarter_1 = i_1 % 4u;
    const f32x4 a_1 = y_7_v4[group_1 * 8u + 2u * quarter_1];
    const f32x4 b_1 = y_7_v4[group_1 * 8u + 2u * quarter_1 + 1u];
    const f32x4 largest_1 = m_max(m_abs(a_1), m_abs(b_1));
    f32 most_1 = m_max(m_max(largest_1.x, largest_1.y), m_max(largest_1.z, largest_1.w));
    const f32 _e240 = most_1;
    const f32 _e243 = wave_shuffle_xor(most_1, 1u);
    most_1 = m_max(_e240, _e243);
    const f32 _e245 = most_1;
    const f32 _e248 = wave_shuffle_xor(most_1, 2u);
    most_1 = m_max(_e245, _e248);
    const bool counts_1 = most_1 > 1e-30f;
    const f32 scale_2 = counts_1 ? most_1 / 32512.0f : 0.0f;
    const f32 inverse_1 = counts_1 ? 32512.0f / most_1 : 0.0f;
    const i32x4 va_1 = saturate_cast<i32x4>(m_round(m_clamp(a_1 * inverse_1, splat<4>(-32512.0f), splat<4>(32512.0f))));
    const i32x4 vb_1 = saturate_cast<i32x4>(m_round(m_clamp(b_1 * inverse_1, splat<4>(-32512.0f), splat<4>(32512.0f))));
    const i32x4 ha_1 = wrapping_add(va_1, splat<4>(128)) >> splat<4>(8u);
    const i32x4 hb_1 = wrapping_add(vb_1, splat<4>(128)) >> splat<4>(8u);
    const u32 record_1 = group_1 / 8u * 160u + group_1 % 8u * 4u;
    const u32 words_1 = record_1 + quarter_1 / 2u * 32u + quarter_1 % 2u * 2u;
    if (inside_1) {
      qx_8[words_1] = m_pack_4x_i8(ha_1);
      qx_8[words_1 + 1u] = m_pack_4x_i8(hb_1);
      qx_8[words_1 + 64u] = m_pack_4x_i8(wrapping_sub(va_1, wrapping_mul(ha_1, 256)));
      qx_8[words_1 + 65u] = m_pack_4x_i8(wrapping_sub(vb_1, wrapping_mul(hb_1, 256)));
    }
    const i32x4 v_1 = wrapping_add(va_1, vb_1);
    i32 sum_1 = wrapping_add(wrapping_add(wrapping_add(v_1.x, v_1.y), v_1.z), v_1.w);
    const i32 _e343 = sum_1;
    const i32 _e346 = wave_shuffle_xor(sum_1, 1u);
    sum_1 = wrapping_add(_e343, _e346);
    const i32 other_1 = wave_shuffle_xor(sum_1, 2u);
    if (inside_1) {
      local_1 = quarter_1 == 0u;
    } else {
      local_1 = false;
    }
    if (local_1) {
      const u32 last_1 = record_1 + 128u;
      qx_8[last_1] = bitcast<u32>(scale_2);
      qx_8[last_1 + 1u] = bitcast<u32>(scale_2 * f32(sum_1));
      qx_8[last_1 + 2u] = bitcast<u32>(scale_2 * f32(other_1));
      qx_8[last_1 + 3u] = 0u;
    }
  }
  {
    const u32 i_2 = 256u + at.sg * 32u + at.lane;
    const bool inside_2 = i_2 < 512u;
    const u32 group_2 = first + m_min(i_2 / 4u, 127u);
    const u32 quarter_2 = i_2 % 4u;
    const f32x4 a_2 = y_7_v4[group_2 * 8u + 2u * quarter_2];
    const f32x4 b_2 = y_7_v4[group_2 * 8u + 2u * quarter_2 + 1u];
    const f32x4 largest_2 = m_max(m_abs(a_2), m_abs(b_2));
    f32 most_2 = m_max(m_max(largest_2.x, largest_2.y), m_max(largest_2.z, largest_2.w));
    const f32 _e427 = most_2;
    const f32 _e430 = wave_shuffle_xor(most_2, 1u);
    most_2 = m_max(_e427, _e430);
    const f32 _e432 = most_2;
    const f32 _e435 = wave_shuffle_xor(most_2, 2u);
    most_2 = m_max(_e432, _e435);
    const bool counts_2 = most_2 > 1e-30f;
    const f32 scale_3 = counts_2 ? most_2 / 32512.0f : 0.0f;
    const f32 inverse_2 = counts_2 ? 32512.0f / most_2 : 0.0f;
    const i32x4 va_2 = saturate_cast<i32x4>(m_round(m_clamp(a_2 * inverse_2, splat<4>(-32512.0f), splat<4>(32512.0f))));
    const i32x4 vb_2 = saturate_cast<i32x4>(m_round(m_clamp(b_2 * inverse_2, splat<4>(-32512.0f), splat<4>(32512.0f))));
    const i32x4 ha_2 = wrapping_add(va_2, splat<4>(128)) >> splat<4>(8u);
    const i32x4 hb_2 = wrapping_add(vb_2, splat<4>(128)) >> splat<4>(8u);
    const u32 record_2 = group_2 / 8u * 160u + group_2 % 8u * 4u;
    const u32 words_2 = record_2 + quarter_2 / 2u * 32u + quarter_2 % 2u * 2u;
    if (inside_2) {
      qx_8[words_2] = m_pack_4x_i8(ha_2);
      qx_8[words_2 + 1u] = m_pack_4x_i8(hb_2);
      qx_8[words_2 + 64u] = m_pack_4x_i8(wrapping_sub(va_2, wrapping_mul(ha_2, 256)));
      qx_8[words_2 + 65u] = m_pack_4x_i8(wrapping_sub(vb_2, wrapping_mul(hb_2, 256)));
    }
    const i32x4 v_2 = wrapping_add(va_2, vb_2);
    i32 sum_2 = wrapping_add(wrapping_add(wrapping_add(v_2.x, v_2.y), v_2.z), v_2.w);
    const i32 _e530 = sum_2;
    const i32 _e533 = wave_shuffle_xor(sum_2, 1u);
    sum_2 = wrapping_add(_e530, _e533);
    const i32 other_2 = wave_shuffle_xor(sum_2, 2u);
    if (inside_2) {
      local_2 = quarter_2 == 0u;
    } else {
      local_2 = false;
    }
    if (local_2) {
      const u32 last_2 = record_2 + 128u;
      qx_8[last_2] = bitcast<u32>(scale_3);
      qx_8[last_2 + 1u] = bitcast<u32>(scale_3 * f32(sum_2));
      qx_8[last_2 + 2u] = bitcast<u32>(scale_3 * f32(other_2));
      qx_8[last_2 + 3u] = 0u;
    }
  }
  {
    const u32 i_3 = 384u + at.sg * 32u + at.lane;
    const bool inside_3 = i_3 < 512u;
    const u32 group_3 = first + m_min(i_3 / 4u, 127u);
    const u32 quarter_3 = i_3 % 4u;
    const f32x4 a_3 = y_7_v4[group_3 * 8u + 2u * quarter_3];
    const f32x4 b_3 = y_7_v4[group_3 * 8u + 2u * quarter_3 + 1u];
    const f32x4 largest_3 = m_max(m_abs(a_3), m_abs(b_3));
    f32 most_3 = m_max(m_max(largest_3.x, largest_3.y), m_max(largest_3.z, largest_3.w));
    const f32 _e614 = most_3;
    const f32 _e617 = wave_shuffle_xor(most_3, 1u);
    most_3 = m_max(_e614, _e617);
    const f32 _e619 = most_3;
    const f32 _e622 = wave_shuffle_xor(most_3, 2u);
    most_3 = m_max(_e619, _e622);
    const bool counts_3 = most_3 > 1e-30f;
    const f32 scale_4 = counts_3 ? most_3 / 32512.0f : 0.0f;
    const f32 inverse_3 = counts_3 ? 32512.0f / most_3 : 0.0f;
    const i32x4 va_3 = saturate_cast<i32x4>(m_round(m_clamp(a_3 * inverse_3, splat<4>(-32512.0f), splat<4>(32512.0f))));
    const i32x4 vb_3 = saturate_cast<i32x4>(m_round(m_clamp(b_3 * inverse_3, splat<4>(-32512.0f), splat<4>(32512.0f))));
    const i32x4 ha_3 = wrapping_add(va_3, splat<4>(128)) >> splat<4>(8u);
    const i32x4 hb_3 = wrapping_add(vb_3, splat<4>(128)) >> splat<4>(8u);
    const u32 record_3 = group_3 / 8u * 160u + group_3 % 8u * 4u;
    const u32 words_3 = record_3 + quarter_3 / 2u * 32u + quarter_3 % 2u * 2u;
    if (inside_3) {
      qx_8[words_3] = m_pack_4x_i8(ha_3);
      qx_8[words_3 + 1u] = m_pack_4x_i8(hb_3);
      qx_8[words_3 + 64u] = m_pack_4x_i8(wrapping_sub(va_3, wrapping_mul(ha_3, 256)));
      qx_8[words_3 + 65u] = m_pack_4x_i8(wrapping_sub(vb_3, wrapping_mul(hb_3, 256)));
    }
    const i32x4 v_3 = wrapping_add(va_3, vb_3);
    i32 sum_3 = wrapping_add(wrapping_add(wrapping_add(v_3.x, v_3.y), v_3.z), v_3.w);
    const i32 _e717 = sum_3;
    const i32 _e720 = wave_shuffle_xor(sum_3, 1u);
    sum_3 = wrapping_add(_e717, _e720);
    const i32 other_3 = wave_shuffle_xor(sum_3, 2u);
    if (inside_3) {
      local_3 = quarter_3 == 0u;
    } else {
      local_3 = false;
    }
    if (local_3) {
      const u32 last_3 = record_3 + 128u;
      qx_8[last_3] = bitcast<u32>(scale_4);
      qx_8[last_3 + 1u] = bitcast<u32>(scale_4 * f32(sum_3));
      qx_8[last_3 + 2u] = bitcast<u32>(scale_4 * f32(other_3));
      qx_8[last_3 + 3u] = 0u;
      return;
    } else {
      return;
    }
  }
}

DEV f32x4 hc_finish_0_columns(f32x4 row) {
  const f32x4 _e2 = wave_shuffle_xor(row, 1u);
  const f32x4 pairs = row + _e2;
  const f32x4 _e5 = wave_shuffle_xor(pairs, 2u);
  return row * (splat<4>(1.0f) / (pairs + _e5 + splat<4>(1e-6f)));
}

DEV void hc_finish_0(At at, const f32* __restrict__ partial_0, const f32* __restrict__ scale_1, const f32* __restrict__ base_2, f32* mix_3, arr<f32, 25>& hc_finish_0_sums) {
  f32x4 row = {};
  bool local = false;
  hc_finish_0_gather(at, partial_0, hc_finish_0_sums);
  const f32 factor = hc_finish_0_factor(hc_finish_0_sums);
  const u32 out = at.y * 24u;
  const u32 j = at.lane % 4u;
  const u32 first = 8u + 4u * j;
  row.x = hc_finish_0_sums[first + 0u] * factor * scale_1[2u] + base_2[first + 0u];
  row.y = hc_finish_0_sums[first + 1u] * factor * scale_1[2u] + base_2[first + 1u];
  row.z = hc_finish_0_sums[first + 2u] * factor * scale_1[2u] + base_2[first + 2u];
  row.w = hc_finish_0_sums[first + 3u] * factor * scale_1[2u] + base_2[first + 3u];
  const f32 largest = m_max(m_max(row.x, row.y), m_max(row.z, row.w));
  const f32 _e97 = precise_exp(row.x - largest);
  row.x = _e97;
  const f32 _e102 = precise_exp(row.y - largest);
  row.y = _e102;
  const f32 _e107 = precise_exp(row.z - largest);
  row.z = _e107;
  const f32 _e112 = precise_exp(row.w - largest);
  row.w = _e112;
  const f32x4 _e130 = hc_finish_0_columns(row / splat<4>(row.x + row.y + row.z + row.w) + splat<4>(1e-6f));
  row = _e130;
  for (u32 i = 1u; i < 20u; i += 1u) {
    const f32x4 _e153 = hc_finish_0_columns(row * (1.0f / (row.x + row.y + (row.z + row.w) + 1e-6f)));
    row = _e153;
  }
  if (at.sg == 0u) {
    local = at.lane < 4u;
  } else {
    local = false;
  }
  if (local) {
    const f32 pre = hc_finish_0_sums[j] * factor * scale_1[0u] + base_2[j];
    const f32 post = hc_finish_0_sums[4u + j] * factor * scale_1[1u] + base_2[4u + j];
    const f32 _e198 = precise_sigmoid(pre);
    mix_3[out + j] = _e198 + 1e-6f;
    const f32 _e206 = precise_sigmoid(post);
    mix_3[out + 4u + j] = 2.0f * _e206;
    mix_3[out + first + 0u] = row.x;
    mix_3[out + first + 1u] = row.y;
    mix_3[out + first + 2u] = row.z;
    mix_3[out + first + 3u] = row.w;
    return;
  } else {
    return;
  }
}

DEV void hc_reduce_1(At at, f32* mix_3, const f32x4* __restrict__ streams_4_v4, f32x4* x_5_v4) {
  const f32 pre_0 = mix_3[at.y * 24u + 0u];
  const f32 pre_1 = mix_3[at.y * 24u + 1u];
  const f32 pre_2 = mix_3[at.y * 24u + 2u];
  const f32 pre_3 = mix_3[at.y * 24u + 3u];
  {
    const u32 n = at.x * 1024u + at.lid + 0u;
    const u32 first = at.y * 4096u + n;
    f32x4 sum = pre_0 * streams_4_v4[first];
    sum = sum + pre_1 * streams_4_v4[first + 1024u];
    sum = sum + pre_2 * streams_4_v4[first + 2048u];
    sum = sum + pre_3 * streams_4_v4[first + 3072u];
    x_5_v4[at.y * 1024u + n] = sum;
  }
  {
    const u32 n_1 = at.x * 1024u + at.lid + 128u;
    const u32 first_1 = at.y * 4096u + n_1;
    f32x4 sum_1 = pre_0 * streams_4_v4[first_1];
    sum_1 = sum_1 + pre_1 * streams_4_v4[first_1 + 1024u];
    sum_1 = sum_1 + pre_2 * streams_4_v4[first_1 + 2048u];
    sum_1 = sum_1 + pre_3 * streams_4_v4[first_1 + 3072u];
    x_5_v4[at.y * 1024u + n_1] = sum_1;
  }
  {
    const u32 n_2 = at.x * 1024u + at.lid + 256u;
    const u32 first_2 = at.y * 4096u + n_2;
    f32x4 sum_2 = pre_0 * streams_4_v4[first_2];
    sum_2 = sum_2 + pre_1 * streams_4_v4[first_2 + 1024u];
    sum_2 = sum_2 + pre_2 * streams_4_v4[first_2 + 2048u];
    sum_2 = sum_2 + pre_3 * streams_4_v4[first_2 + 3072u];
    x_5_v4[at.y * 1024u + n_2] = sum_2;
  }
  {
    const u32 n_3 = at.x * 1024u + at.lid + 384u;
    const u32 first_3 = at.y * 4096u + n_3;
    f32x4 sum_3 = pre_0 * streams_4_v4[first_3];
    sum_3 = sum_3 + pre_1 * streams_4_v4[first_3 + 1024u];
    sum_3 = sum_3 + pre_2 * streams_4_v4[first_3 + 2048u];
    sum_3 = sum_3 + pre_3 * streams_4_v4[first_3 + 3072u];
    x_5_v4[at.y * 1024u + n_3] = sum_3;
  }
  {
    const u32 n_4 = at.x * 1024u + at.lid + 512u;
    const u32 first_4 = at.y * 4096u + n_4;
    f32x4 sum_4 = pre_0 * streams_4_v4[first_4];
    sum_4 = sum_4 + pre_1 * streams_4_v4[first_4 + 1024u];
    sum_4 = sum_4 + pre_2 * streams_4_v4[first_4 + 2048u];
    sum_4 = sum_4 + pre_3 * streams_4_v4[first_4 + 3072u];
    x_5_v4[at.y * 1024u + n_4] = sum_4;
  }
  {
    const u32 n_5 = at.x * 1024u + at.lid + 640u;
    const u32 first_5 = at.y * 4096u + n_5;
    f32x4 sum_5 = pre_0 * streams_4_v4[first_5];
    sum_5 = sum_5 + pre_1 * streams_4_v4[first_5 + 1024u];
    sum_5 = sum_5 + pre_2 * streams_4_v4[first_5 + 2048u];
    sum_5 = sum_5 + pre_3 * streams_4_v4[first_5 + 3072u];
    x_5_v4[at.y * 1024u + n_5] = sum_5;
  }
  {
    const u32 n_6 = at.x * 1024u + at.lid + 768u;
    const u32 first_6 = at.y * 4096u + n_6;
    f32x4 sum_6 = pre_0 * streams_4_v4[first_6];
    sum_6 = sum_6 + pre_1 * streams_4_v4[first_6 + 1024u];
    sum_6 = sum_6 + pre_2 * streams_4_v4[first_6 + 2048u];
    sum_6 = sum_6 + pre_3 * streams_4_v4[first_6 + 3072u];
    x_5_v4[at.y * 1024u + n_6] = sum_6;
  }
  {
    const u32 n_7 = at.x * 1024u + at.lid + 896u;
    const u32 first_7 = at.y * 4096u + n_7;
    f32x4 sum_7 = pre_0 * streams_4_v4[first_7];
    sum_7 = sum_7 + pre_1 * streams_4_v4[first_7 + 1024u];
    sum_7 = sum_7 + pre_2 * streams_4_v4[first_7 + 2048u];
    sum_7 = sum_7 + pre_3 * streams_4_v4[first_7 + 3072u];
    x_5_v4[at.y * 1024u + n_7] = sum_7;
    return;
  }
}

DEV void rms_norm_2(At at, f32x4* x_5_v4, const f32x4* __restrict__ w_6_v4, f32x4* y_7_v4, arr<u32, 32>& reduce_words) {
  f32 square = 0.0f;
  f32x4 x_0 = {};
  f32x4 x_1 = {};
  f32x4 x_2 = {};
  f32x4 x_3 = {};
  f32x4 x_4 = {};
  f32x4 x_5 = {};
  f32x4 x_6 = {};
  f32x4 x_7 = {};
  const u32 row = at.y * 1024u;
  if (at.lid + 0u < 1024u) {
    x_0 = x_5_v4[row + at.lid + 0u];
    square += m_dot(x_0, x_0);
  }
  if (at.lid + 128u < 1024u) {
    x_1 = x_5_v4[row + at.lid + 128u];
    square += m_dot(x_1, x_1);
  }
  if (at.lid + 256u < 1024u) {
    x_2 = x_5_v4[row + at.lid + 256u];
    square += m_dot(x_2, x_2);
  }
  if (at.lid + 384u < 1024u) {
    x_3 = x_5_v4[row + at.lid + 384u];
    square += m_dot(x_3, x_3);
  }
  if (at.lid + 512u < 1024u) {
    x_4 = x_5_v4[row + at.lid + 512u];
    square += m_dot(x_4, x_4);
  }
  if (at.lid + 640u < 1024u) {
    x_5 = x_5_v4[row + at.lid + 640u];
    square += m_dot(x_5, x_5);
  }
  if (at.lid + 768u < 1024u) {
    x_6 = x_5_v4[row + at.lid + 768u];
    square += m_dot(x_6, x_6);
  }
  if (at.lid + 896u < 1024u) {
    x_7 = x_5_v4[row + at.lid + 896u];
    square += m_dot(x_7, x_7);
  }
  const f32 _e159 = reduce_sum(at, square, reduce_words);
  const f32 factor = 1.0f / m_sqrt(_e159 / 4096.0f + 1e-6f);
  if (at.lid + 0u < 1024u) {
    y_7_v4[row + at.lid + 0u] = x_0 * factor * w_6_v4[at.lid + 0u];
  }
  if (at.lid + 128u < 1024u) {
    y_7_v4[row + at.lid + 128u] = x_1 * factor * w_6_v4[at.lid + 128u];
  }
  if (at.lid + 256u < 1024u) {
    y_7_v4[row + at.lid + 256u] = x_2 * factor * w_6_v4[at.lid + 256u];
  }
  if (at.lid + 384u < 1024u) {
    y_7_v4[row + at.lid + 384u] = x_3 * factor * w_6_v4[at.lid + 384u];
  }
  if (at.lid + 512u < 1024u) {
    y_7_v4[row + at.lid + 512u] = x_4 * factor * w_6_v4[at.lid + 512u];
  }
  if (at.lid + 640u < 1024u) {
    y_7_v4[row + at.lid + 640u] = x_5 * factor * w_6_v4[at.lid + 640u];
  }
  if (at.lid + 768u < 1024u) {
    y_7_v4[row + at.lid + 768u] = x_6 * factor * w_6_v4[at.lid + 768u];
  }
  if (at.lid + 896u < 1024u) {
    y_7_v4[row + at.lid + 896u] = x_7 * factor * w_6_v4[at.lid + 896u];
    return;
  } else {
    return;
  }
}

DEV void quantize_3(At at, f32x4* y_7_v4, u32* qx_8) {
  quantize_3_quantize(at, y_7_v4, qx_8);
}

extern "C" __global__ void __launch_bounds__(128) hc_finish_hc_reduce_rms_norm_quantize_wooedh(
    const f32* __restrict__ partial_0,
    const f32* __restrict__ scale_1,
    const f32* __restrict__ base_2,
    f32* mix_3,
    const f32x4* __restrict__ streams_4_v4,
    f32x4* x_5_v4,
    const f32x4* __restrict__ w_6_v4,
    f32x4* y_7_v4,
    u32* qx_8) {
  __shared__ __align__(16) arr<f32, 25> hc_finish_0_sums;
  __shared__ __align__(16) arr<u32, 32> reduce_words;
  static_assert(128u % WAVE == 0u, "hc_finish_hc_reduce_rms_norm_quantize_wooedh needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  hc_finish_0(at, partial_0, scale_1, base_2, mix_3, hc_finish_0_sums);
  __syncthreads();
  __syncthreads();
  hc_reduce_1(at, mix_3, streams_4_v4, x_5_v4);
  __syncthreads();
  __syncthreads();
  rms_norm_2(at, x_5_v4, w_6_v4, y_7_v4, reduce_words);
  __syncthreads();
  __syncthreads();
  quantize_3(at, y_7_v4, qx_8);
}

}  // namespace hc_finish_hc_reduce_rms_norm_quantize_wooedh_ns
