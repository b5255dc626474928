// index_top_k_rqwyvv
//
// index_top_k of index_select (MODEL.md 2.8)
//   template ops/index_top_k, D = 128, DEPTH = 16, H = 64, HALF = 448, HEADS = 8, JT = 32, K = 512, KG = 4, OUT = 64, P = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64, ratio = 4
//   score[t, j] = Σ_h max(0, q[t, h] · row[j]) · g[t, h] · (D·H)^(-1/2),
//   j < floor((position(t) + 1) / ratio);
//   chosen[t] = the K best in ascending order, the earlier of equals, u32::MAX beyond
//
// binding  name  elements  what
// 0  scores_0  f32  1 values a row, temporary, read
// 1  chosen_1  u32  [T, 512], read and written
// 2  rows  vec4<u32>  rows of the step, read
namespace index_top_k_rqwyvv_ns {

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

DEV u32 order_total(f32 x) {
  const u32 bits = bitcast<u32>(x);
  return (bits >> 31u) == 1u ? ~bits : bits | 2147483648u;
}

DEV u32 order_value(f32 x) {
  const u32 bits = bitcast<u32>(x);
  const u32 _e7 = order_total(bitcast<f32>(bits == 2147483648u ? 0u : bits));
  return _e7;
}

DEV void reduce_gather(At at, u32 word, arr<u32, 32>& reduce_words) {
  __syncthreads();
  if (at.lane == 0u) {
    reduce_words[at.sg] = word;
  }
  __syncthreads();
}

DEV u32x2 reduce_before(At at, u32 word, arr<u32, 32>& reduce_words) {
  u32 total = 0u;
  const u32 within = wave_exclusive_add(word);
  const u32 _e3 = wave_add(word);
  reduce_gather(at, _e3, reduce_words);
  u32 before = within;
  for (u32 i = 0u; i < 4u; i += 1u) {
    const u32 sum = reduce_words[i];
    before += i < at.sg ? sum : 0u;
    total += sum;
  }
  return u32x2{before, total};
}

DEV void index_top_k_0_clear(At at, arr<u32, 2048>& index_top_k_0_bins) {
  for (u32 i = at.lid; i < 2048u; i += 128u) {
    atomic_store(&index_top_k_0_bins[i], 0u);
  }
  __syncthreads();
}

DEV u32x2 index_top_k_0_find(At at, u32 rank, arr<u32, 32>& reduce_words, arr<u32, 2048>& index_top_k_0_bins, u32x2& index_top_k_0_bin) {
  u32 count = 0u;
  __syncthreads();
  const u32 first = (at.sg * 32u + at.lane) * 16u;
  for (u32 i = first; i < m_min(first + 16u, 2048u); i += 1u) {
    count += atomic_load(&index_top_k_0_bins[2047u - i]);
  }
  const u32x2 _e30 = reduce_before(at, count, reduce_words);
  u32 left = rank - _e30.x;
  if (left - 1u < count) {
    for (u32 i_1 = first; i_1 < m_min(first + 16u, 2048u); i_1 += 1u) {
      const u32 n = atomic_load(&index_top_k_0_bins[2047u - i_1]);
      if (left <= n) {
        index_top_k_0_bin = u32x2{2047u - i_1, left};
        break;
      }
      left -= n;
    }
  }
  __syncthreads();
  return index_top_k_0_bin;
}

DEV u32 index_top_k_0_key(u32 i, const f32* __restrict__ scores_0) {
  const u32 _e4 = order_value(scores_0[i]);
  return _e4;
}

DEV u32x2 index_top_k_0_select(At at, u32 base, u32 n, u32 rank, const f32* __restrict__ scores_0, arr<u32, 32>& reduce_words, arr<u32, 2048>& index_top_k_0_bins, u32x2& index_top_k_0_bin) {
  index_top_k_0_clear(at, index_top_k_0_bins);
  for (u32 i = at.lid; i < n; i += 128u) {
    const u32 _e11 = index_top_k_0_key(base + i, scores_0);
    atomic_add(&index_top_k_0_bins[_e11 >> 21u], 1u);
  }
  const u32x2 high = index_top_k_0_find(at, rank, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
  index_top_k_0_clear(at, index_top_k_0_bins);
  for (u32 i_1 = at.lid; i_1 < n; i_1 += 128u) {
    const u32 key = index_top_k_0_key(base + i_1, scores_0);
    if ((key >> 21u) == high.x) {
      atomic_add(&index_top_k_0_bins[(key >> 10u) & 2047u], 1u);
    }
  }
  const u32x2 middle = index_top_k_0_find(at, high.y, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
  const u32 prefix = (high.x << 11u) | middle.x;
  index_top_k_0_clear(at, index_top_k_0_bins);
  for (u32 i_2 = at.lid; i_2 < n; i_2 += 128u) {
    const u32 key_1 = index_top_k_0_key(base + i_2, scores_0);
    if ((key_1 >> 10u) == prefix) {
      atomic_add(&index_top_k_0_bins[key_1 & 1023u], 1u);
    }
  }
  const u32x2 low = index_top_k_0_find(at, middle.y, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
  return u32x2{(prefix << 10u) | low.x, low.y};
}

DEV void index_top_k_0(At at, const f32* __restrict__ scores_0, u32* chosen_1, const u32x4* __restrict__ rows, const Params& p, arr<u32, 32>& reduce_words, arr<u32, 2048>& index_top_k_0_bins, u32x2& index_top_k_0_bin) {
  u32 better = 0u;
  u32 equal = 0u;
  bool local = false;
  bool local_1 = false;
  bool local_2 = false;
  bool local_3 = false;
  const u32 n = (rows[2u * at.y].y + 1u) / 4u;
  const u32 out = at.y * 512u;
  if (n <= 512u) {
    for (u32 i = at.lid; i < 512u; i += 128u) {
      chosen_1[out + i] = i < n ? i : 4294967295u;
    }
    return;
  } else {
    const u32 base = at.y * ((p.cached + 3u) / 4u);
    const u32x2 last = index_top_k_0_select(at, base, n, 512u, scores_0, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
    const u32 per = (n + 127u) / 128u * 32u;
    const u32 first = m_min(at.sg * per, n);
    const u32 end = m_min(first + per, n);
    for (u32 i_1 = first + at.lane; i_1 < end; i_1 += 32u) {
      const u32 key_1 = index_top_k_0_key(base + i_1, scores_0);
      better += key_1 > last.x ? 1u : 0u;
      equal += key_1 == last.x ? 1u : 0u;
    }
    const u32 _e87 = wave_add(better);
    const u32x2 _e92 = reduce_before(at, at.lane == 0u ? _e87 : 0u, reduce_words);
    const u32 better_before = _e92.x;
    const u32 _e96 = wave_add(equal);
    const u32x2 _e101 = reduce_before(at, at.lane == 0u ? _e96 : 0u, reduce_words);
    const u32 equal_before = _e101.x;
    const u32 _e103 = wave_broadcast(better_before, 0u);
    u32 n_better = _e103;
    const u32 _e105 = wave_broadcast(equal_before, 0u);
    u32 n_equal = _e105;
    for (u32 i_2 = first; i_2 < end; i_2 += 32u) {
      const u32 row = i_2 + at.lane;
      u32 key = 0u;
      if (row < end) {
        const u32 _e117 = index_top_k_0_key(base + row, scores_0);
        key = _e117;
      }
      if (row < end) {
        local = key > last.x;
      } else {
        local = false;
      }
      const u32 is_better = local ? 1u : 0u;
      if (row < end) {
        local_1 = key == last.x;
      } else {
        local_1 = false;
      }
      const u32 is_equal = local_1 ? 1u : 0u;
      const u32 _e140 = n_better;
      const u32 _e141 = wave_exclusive_add(is_better);
      const u32 better_here = _e140 + _e141;
      const u32 _e143 = n_equal;
      const u32 _e144 = wave_exclusive_add(is_equal);
      const u32 equal_here = _e143 + _e144;
      if (!(is_better == 1u)) {
        if (is_equal == 1u) {
          local_3 = equal_here < last.y;
        } else {
          local_3 = false;
        }
        local_2 = local_3;
      } else {
        local_2 = true;
      }
      if (local_2) {
        chosen_1[out + better_here + m_min(equal_here, last.y)] = row;
      }
      const u32 _e167 = n_better;
      const u32 _e168 = wave_add(is_better);
      n_better = _e167 + _e168;
      const u32 _e170 = n_equal;
      const u32 _e171 = wave_add(is_equal);
      n_equal = _e170 + _e171;
    }
    return;
  }
}

extern "C" __global__ void __launch_bounds__(128) index_top_k_rqwyvv(
    const f32* __restrict__ scores_0,
    u32* chosen_1,
    const u32x4* __restrict__ rows,
    const __grid_constant__ Params p) {
  __shared__ __align__(16) arr<u32, 32> reduce_words;
  __shared__ __align__(16) arr<u32, 2048> index_top_k_0_bins;
  __shared__ __align__(16) u32x2 index_top_k_0_bin;
  static_assert(128u % WAVE == 0u, "index_top_k_rqwyvv needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  index_top_k_0(at, scores_0, chosen_1, rows, p, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
}

}  // namespace index_top_k_rqwyvv_ns
