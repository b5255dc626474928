// hc_comb_jlavnh
//
// hc_comb of hc_mix (MODEL.md 2.3, steps 1 to 5)
//   template ops/hc_comb, CHUNK = 512, DEPTH = 16, HALF = 448, JT = 32, KG = 4, M = 24, N = 4096, OUT = 64, R = 20, ROUNDED = 1, ROWS = 2, RUN = 4, S = 4, TENSOR = 0, TOKENS = 64, iters = 20
//   m = (fun · v) · (mean(v²) + eps.rms)^(-1/2), v = all streams;
//   pre = σ(m·scale₀ + base) + eps.hc; post = 2σ(m·scale₁ + base);
//   comb = sinkhorn(m·scale₂ + base); mix = post, comb
//
// binding  name  elements  what
// 0  partial_0  f32  200 values a row, temporary, read
// 1  scale_1  f32  [3], read
// 2  base_2  f32  [24], read
// 3  mix_3  f32  [T, 20], read and written
namespace hc_comb_jlavnh_ns {

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

DEV void hc_comb_0_gather(At at, const f32* __restrict__ partial_0, arr<f32, 25>& hc_comb_0_sums) {
  bool local = false;
  bool local_1 = false;
  bool local_2 = false;
  bool local_3 = false;
  for (u32 i = at.sg; i < 21u; i += 4u * 4u) {
    const u32 place_0 = m_min(i + 0u * 4u, 20u);
    const u32 row_0 = place_0 == 20u ? 24u : 4u + place_0;
    f32 sum_0 = 0.0f;
    const u32 place_1 = m_min(i + 1u * 4u, 20u);
    const u32 row_1 = place_1 == 20u ? 24u : 4u + place_1;
    f32 sum_1 = 0.0f;
    const u32 place_2 = m_min(i + 2u * 4u, 20u);
    const u32 row_2 = place_2 == 20u ? 24u : 4u + place_2;
    f32 sum_2 = 0.0f;
    const u32 place_3 = m_min(i + 3u * 4u, 20u);
    const u32 row_3 = place_3 == 20u ? 24u : 4u + place_3;
    f32 sum_3 = 0.0f;
    for (u32 x = at.lane; x < 8u; x += 32u) {
      sum_0 += partial_0[(at.y * 25u + row_0) * 8u + x];
      sum_1 += partial_0[(at.y * 25u + row_1) * 8u + x];
      sum_2 += partial_0[(at.y * 25u + row_2) * 8u + x];
      sum_3 += partial_0[(at.y * 25u + row_3) * 8u + x];
    }
    const f32 total_0 = wave_add(sum_0);
    if (at.lane == 0u) {
      local = i + 0u * 4u < 21u;
    } else {
      local = false;
    }
    if (local) {
      hc_comb_0_sums[row_0] = total_0;
    }
    const f32 total_1 = wave_add(sum_1);
    if (at.lane == 0u) {
      local_1 = i + 1u * 4u < 21u;
    } else {
      local_1 = false;
    }
    if (local_1) {
      hc_comb_0_sums[row_1] = total_1;
    }
    const f32 total_2 = wave_add(sum_2);
    if (at.lane == 0u) {
      local_2 = i + 2u * 4u < 21u;
    } else {
      local_2 = false;
    }
    if (local_2) {
      hc_comb_0_sums[row_2] = total_2;
    }
    const f32 total_3 = wave_add(sum_3);
    if (at.lane == 0u) {
      local_3 = i + 3u * 4u < 21u;
    } else {
      local_3 = false;
    }
    if (local_3) {
      hc_comb_0_sums[row_3] = total_3;
    }
  }
  __syncthreads();
}

DEV f32 hc_comb_0_factor(arr<f32, 25>& hc_comb_0_sums) {
  return 1.0f / m_sqrt(hc_comb_0_sums[24u] / 16384.0f + 1e-6f);
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

DEV f32x4 hc_comb_0_columns(f32x4 row) {
  const f32x4 _e2 = wave_shuffle_xor(row, 1u);
  const f32x4 pairs = row + _e2;
  const f32x4 _e5 = wave_shuffle_xor(pairs, 2u);
  const f32x4 sums = pairs + _e5 + splat<4>(1e-6f);
  const f32 _e11 = reciprocal(sums.x);
  const f32 _e13 = reciprocal(sums.y);
  const f32 _e15 = reciprocal(sums.z);
  const f32 _e17 = reciprocal(sums.w);
  return row * f32x4{_e11, _e13, _e15, _e17};
}

DEV void hc_comb_0(At at, const f32* __restrict__ partial_0, const f32* __restrict__ scale_1, const f32* __restrict__ base_2, f32* mix_3, arr<f32, 25>& hc_comb_0_sums) {
  f32x4 row = {};
  bool local = false;
  hc_comb_0_gather(at, partial_0, hc_comb_0_sums);
  const f32 factor = hc_comb_0_factor(hc_comb_0_sums);
  const u32 out = at.y * 20u;
  const u32 j = at.lane % 4u;
  const u32 first = 8u + 4u * j;
  row.x = hc_comb_0_sums[first + 0u] * factor * scale_1[2u] + base_2[first + 0u];
  row.y = hc_comb_0_sums[first + 1u] * factor * scale_1[2u] + base_2[first + 1u];
  row.z = hc_comb_0_sums[first + 2u] * factor * scale_1[2u] + base_2[first + 2u];
  row.w = hc_comb_0_sums[first + 3u] * factor * scale_1[2u] + base_2[first + 3u];
  const f32 largest = m_max(m_max(row.x, row.y), m_max(row.z, row.w));
  const f32 _e97 = precise_exp(row.x - largest);
  row.x = _e97;
  const f32 _e102 = precise_exp(row.y - largest);
  row.y = _e102;
  const f32 _e107 = precise_exp(row.z - largest);
  row.z = _e107;
  const f32 _e112 = precise_exp(row.w - largest);
  row.w = _e112;
  const f32x4 _e130 = hc_comb_0_columns(row / splat<4>(row.x + row.y + row.z + row.w) + splat<4>(1e-6f));
  row = _e130;
  for (u32 i = 1u; i < 20u; i += 1u) {
    const f32x4 _e136 = row;
    const f32 _e150 = reciprocal(row.x + row.y + (row.z + row.w) + 1e-6f);
    const f32x4 _e152 = hc_comb_0_columns(_e136 * _e150);
    row = _e152;
  }
  if (at.sg == 0u) {
    local = at.lane < 4u;
  } else {
    local = false;
  }
  if (local) {
    const f32 post = hc_comb_0_sums[4u + j] * factor * scale_1[1u] + base_2[4u + j];
    const f32 _e185 = precise_sigmoid(post);
    mix_3[out + j] = 2.0f * _e185;
    mix_3[out + 4u + 4u * j + 0u] = row.x;
    mix_3[out + 4u + 4u * j + 1u] = row.y;
    mix_3[out + 4u + 4u * j + 2u] = row.z;
    mix_3[out + 4u + 4u * j + 3u] = row.w;
    return;
  } else {
    return;
  }
}

extern "C" __global__ void __launch_bounds__(128) hc_comb_jlavnh(
    const f32* __restrict__ partial_0,
    const f32* __restrict__ scale_1,
    const f32* __restrict__ base_2,
    f32* mix_3) {
  __shared__ __align__(16) arr<f32, 25> hc_comb_0_sums;
  static_assert(128u % WAVE == 0u, "hc_comb_jlavnh needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  hc_comb_0(at, partial_0, scale_1, base_2, mix_3, hc_comb_0_sums);
}

}  // namespace hc_comb_jlavnh_ns
