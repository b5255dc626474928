// rms_norm_quantize_uwfjlc
//
// rms_norm of rms_norm (MODEL.md 2.1)
//   template ops/rms_norm, CHUNK = 512, DEPTH = 16, HALF = 448, JT = 32, KG = 2, N = 1024, OUT = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64
//   y[t, n] = x[t, n] · (mean_n x[t, n]² + eps)^(-1/2) · w[n]
//
// quantize of matmul (MODEL.md 2.5)
//   template ops/quantize, DEPTH = 16, HALF = 448, I = 1024, JT = 32, KG = 2, O = 32768, OUT = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  x_0_v4  vec4<f32>  [T, 1024], read
// 1  w_1_v4  vec4<f32>  [1024], read
// 2  y_2_v4  vec4<f32>  [T, 1024], read and written
// 3  qx_3  u32  640 values a row, temporary, read and written
namespace rms_norm_quantize_uwfjlc_ns {

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

DEV void quantize_1_quantize(At at, f32x4* y_2_v4, u32* qx_3) {
  bool local = false;
  const u32 first = at.y * 32u + at.x * 32u;
  const u32 i = 0u + at.sg * 32u + at.lane;
  const u32 quad_0 = (first + m_min(i / 4u, 31u)) * 8u + 2u * (i % 4u);
  const f32x4 a = y_2_v4[quad_0];
  const f32x4 b = y_2_v4[quad_0 + 1u];
  {
    const bool inside = i < 128u;
    const u32 group = first + m_min(i / 4u, 31u);
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
    const u32 record = group / 4u * 80u + group % 4u * 4u;
    const u32 words = record + quarter / 2u * 16u + quarter % 2u * 2u;
    if (inside) {
      qx_3[words] = m_pack_4x_i8(ha);
      qx_3[words + 1u] = m_pack_4x_i8(hb);
      qx_3[words + 32u] = m_pack_4x_i8(wrapping_sub(va, wrapping_mul(ha, 256)));
      qx_3[words + 33u] = m_pack_4x_i8(wrapping_sub(vb, wrapping_mul(hb, 256)));
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
      const u32 last = record + 64u;
      qx_3[last] = bitcast<u32>(scale);
      qx_3[last + 1u] = bitcast<u32>(scale * f32(sum));
      qx_3[last + 2u] = bitcast<u32>(scale * f32(other));
      qx_3[last + 3u] = 0u;
      return;
    } else {
      return;
    }
  }
}

DEV void rms_norm_0(At at, const f32x4* __restrict__ x_0_v4, const f32x4* __restrict__ w_1_v4, f32x4* y_2_v4, arr<u32, 32>& reduce_words) {
  f32 square = 0.0f;
  f32x4 x_0 = {};
  f32x4 w_0 = {};
  f32x4 x_1 = {};
  f32x4 w_1 = {};
  const u32 row = at.y * 256u;
  if (at.lid + 0u < 256u) {
    x_0 = x_0_v4[row + at.lid + 0u];
    w_0 = w_1_v4[at.lid + 0u];
    square += m_dot(x_0, x_0);
  }
  if (at.lid + 128u < 256u) {
    x_1 = x_0_v4[row + at.lid + 128u];
    w_1 = w_1_v4[at.lid + 128u];
    square += m_dot(x_1, x_1);
  }
  const f32 _e61 = reduce_sum(at, square, reduce_words);
  const f32 factor = 1.0f / m_sqrt(_e61 / 1024.0f + 1e-6f);
  if (at.lid + 0u < 256u) {
    y_2_v4[row + at.lid + 0u] = x_0 * factor * w_0;
  }
  if (at.lid + 128u < 256u) {
    y_2_v4[row + at.lid + 128u] = x_1 * factor * w_1;
    return;
  } else {
    return;
  }
}

DEV void quantize_1(At at, f32x4* y_2_v4, u32* qx_3) {
  quantize_1_quantize(at, y_2_v4, qx_3);
}

extern "C" __global__ void __launch_bounds__(128) rms_norm_quantize_uwfjlc(
    const f32x4* __restrict__ x_0_v4,
    const f32x4* __restrict__ w_1_v4,
    f32x4* y_2_v4,
    u32* qx_3) {
  __shared__ __align__(16) arr<u32, 32> reduce_words;
  static_assert(128u % WAVE == 0u, "rms_norm_quantize_uwfjlc needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  rms_norm_0(at, x_0_v4, w_1_v4, y_2_v4, reduce_words);
  __syncthreads();
  quantize_1(at, y_2_v4, qx_3);
}

}  // namespace rms_norm_quantize_uwfjlc_ns
