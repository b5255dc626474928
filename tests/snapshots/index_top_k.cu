// index_top_k_fvlcfe
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
namespace index_top_k_fvlcfe_ns {

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

DEV void index_top_k_0_clear(At at, u32 bins, arr<u32, 2048>& index_top_k_0_bins) {
  __syncthreads();
  for (u32 i = at.lid; i < bins; i += 128u) {
    atomic_store(&index_top_k_0_bins[i], 0u);
  }
  __syncthreads();
}

DEV u32x3 index_top_k_0_find(At at, u32 bins, u32 rank, arr<u32, 32>& reduce_words, arr<u32, 2048>& index_top_k_0_bins, u32x3& index_top_k_0_bin) {
  u32 count = 0u;
  __syncthreads();
  const u32 own = (bins + 127u) / 128u;
  const u32 first = (at.sg * 32u + at.lane) * own;
  const u32 end = m_min(first + own, bins);
  for (u32 i = first; i < end; i += 1u) {
    count += atomic_load(&index_top_k_0_bins[bins - 1u - i]);
  }
  const u32x2 _e33 = reduce_before(at, count, reduce_words);
  u32 left = rank - _e33.x;
  if (left - 1u < count) {
    for (u32 i_1 = first; i_1 < end; i_1 += 1u) {
      const u32 n = atomic_load(&index_top_k_0_bins[bins - 1u - i_1]);
      if (left <= n) {
        index_top_k_0_bin = u32x3{bins - 1u - i_1, left, n};
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

DEV void index_top_k_0_tally(At at, u32 base, u32 n, u32 prefix, u32 above, u32 shift, u32 mask, const f32* __restrict__ scores_0, arr<u32, 2048>& index_top_k_0_bins) {
  bool local = false;
  bool local_1 = false;
  bool local_2 = false;
  bool local_3 = false;
  bool local_4 = false;
  bool local_5 = false;
  bool local_6 = false;
  bool local_7 = false;
  index_top_k_0_clear(at, 2048u, index_top_k_0_bins);
  for (u32 first = at.lid; first < n; first += 512u) {
    const u32 key_0 = index_top_k_0_key(base + m_min(first + 0u, n - 1u), scores_0);
    const u32 key_1 = index_top_k_0_key(base + m_min(first + 128u, n - 1u), scores_0);
    const u32 key_2 = index_top_k_0_key(base + m_min(first + 256u, n - 1u), scores_0);
    const u32 key_3 = index_top_k_0_key(base + m_min(first + 384u, n - 1u), scores_0);
    if (first + 0u < n) {
      if (!(above == 32u)) {
        local_1 = (key_0 >> (above & 31u)) == prefix;
      } else {
        local_1 = true;
      }
      local = local_1;
    } else {
      local = false;
    }
    if (local) {
      atomic_add(&index_top_k_0_bins[(key_0 >> (shift & 31u)) & mask], 1u);
    }
    if (first + 128u < n) {
      if (!(above == 32u)) {
        local_3 = (key_1 >> (above & 31u)) == prefix;
      } else {
        local_3 = true;
      }
      local_2 = local_3;
    } else {
      local_2 = false;
    }
    if (local_2) {
      atomic_add(&index_top_k_0_bins[(key_1 >> (shift & 31u)) & mask], 1u);
    }
    if (first + 256u < n) {
      if (!(above == 32u)) {
        local_5 = (key_2 >> (above & 31u)) == prefix;
      } else {
        local_5 = true;
      }
      local_4 = local_5;
    } else {
      local_4 = false;
    }
    if (local_4) {
      atomic_add(&index_top_k_0_bins[(key_2 >> (shift & 31u)) & mask], 1u);
    }
    if (first + 384u < n) {
      if (!(above == 32u)) {
        local_7 = (key_3 >> (above & 31u)) == prefix;
      } else {
        local_7 = true;
      }
      local_6 = local_7;
    } else {
      local_6 = false;
    }
    if (local_6) {
      atomic_add(&index_top_k_0_bins[(key_3 >> (shift & 31u)) & mask], 1u);
    }
  }
}

DEV void index_top_k_0_keep(At at, u32 base, u32 n, u32 prefix, const f32* __restrict__ scores_0, arr<u32, 2048>& index_top_k_0_bins, u32& index_top_k_0_n_kept) {
  bool local = false;
  bool local_1 = false;
  bool local_2 = false;
  bool local_3 = false;
  __syncthreads();
  if (at.lid == 0u) {
    atomic_store(&index_top_k_0_n_kept, 0u);
  }
  __syncthreads();
  for (u32 first = at.lid; first < n; first += 512u) {
    const u32 key_0 = index_top_k_0_key(base + m_min(first + 0u, n - 1u), scores_0);
    const u32 key_1 = index_top_k_0_key(base + m_min(first + 128u, n - 1u), scores_0);
    const u32 key_2 = index_top_k_0_key(base + m_min(first + 256u, n - 1u), scores_0);
    const u32 key_3 = index_top_k_0_key(base + m_min(first + 384u, n - 1u), scores_0);
    if (first + 0u < n) {
      local = (key_0 >> 21u) == prefix;
    } else {
      local = false;
    }
    if (local) {
      const u32 _e60 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e60], key_0);
    }
    if (first + 128u < n) {
      local_1 = (key_1 >> 21u) == prefix;
    } else {
      local_1 = false;
    }
    if (local_1) {
      const u32 _e78 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e78], key_1);
    }
    if (first + 256u < n) {
      local_2 = (key_2 >> 21u) == prefix;
    } else {
      local_2 = false;
    }
    if (local_2) {
      const u32 _e96 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e96], key_2);
    }
    if (first + 384u < n) {
      local_3 = (key_3 >> 21u) == prefix;
    } else {
      local_3 = false;
    }
    if (local_3) {
      const u32 _e114 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e114], key_3);
    }
  }
}

DEV u32x2 index_top_k_0_select(At at, u32 base, u32 n, u32 rank, const f32* __restrict__ scores_0, arr<u32, 32>& reduce_words, arr<u32, 2048>& index_top_k_0_bins, u32x3& index_top_k_0_bin, u32& index_top_k_0_n_kept) {
  bool local = false;
  index_top_k_0_tally(at, base, n, 0u, 32u, 21u, 2047u, scores_0, index_top_k_0_bins);
  const u32x3 _e9 = index_top_k_0_find(at, 2048u, rank, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
  u32x3 found = _e9;
  u32 key = found.x;
  if (!(n < 4096u)) {
    local = found.z > 1024u;
  } else {
    local = true;
  }
  if (local) {
    index_top_k_0_tally(at, base, n, key, 21u, 10u, 2047u, scores_0, index_top_k_0_bins);
    const u32x3 _e32 = index_top_k_0_find(at, 2048u, found.y, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
    found = _e32;
    key = (key << 11u) | found.x;
    index_top_k_0_tally(at, base, n, key, 10u, 0u, 1023u, scores_0, index_top_k_0_bins);
    const u32x3 _e46 = index_top_k_0_find(at, 1024u, found.y, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
    found = _e46;
    key = (key << 10u) | found.x;
  } else {
    const u32 n_kept = found.z;
    index_top_k_0_keep(at, base, n, key, scores_0, index_top_k_0_bins, index_top_k_0_n_kept);
    for (u32 shift = 14u; shift < 32u; shift -= 7u) {
      index_top_k_0_clear(at, 128u, index_top_k_0_bins);
      for (u32 i = at.lid; i < n_kept; i += 128u) {
        const u32 kept = atomic_load(&index_top_k_0_bins[1024u + i]);
        if ((kept >> ((shift + 7u) & 31u)) == key) {
          atomic_add(&index_top_k_0_bins[(kept >> (shift & 31u)) & 127u], 1u);
        }
      }
      const u32x3 _e92 = index_top_k_0_find(at, 128u, found.y, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
      found = _e92;
      key = (key << 7u) | found.x;
    }
  }
  return u32x2{key, found.y};
}

DEV u32x4 index_top_k_0_below(u32 lane) {
  return u32x4{(1u << (lane & 31u)) - 1u, 0u, 0u, 0u};
}

DEV u32 index_top_k_0_ones(u32x4 ballot) {
  return m_count_one_bits(ballot.x);
}

DEV void index_top_k_0(At at, const f32* __restrict__ scores_0, u32* chosen_1, const u32x4* __restrict__ rows, const Params& p, arr<u32, 32>& reduce_words, arr<u32, 2048>& index_top_k_0_bins, u32x3& index_top_k_0_bin, u32& index_top_k_0_n_kept) {
  u32 better = 0u;
  u32 equal = 0u;
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
  const u32 n = (rows[2u * at.y].y + 1u) / 4u;
  const u32 out = at.y * 512u;
  if (n <= 512u) {
    for (u32 i = at.lid; i < 512u; i += 128u) {
      chosen_1[out + i] = i < n ? i : 4294967295u;
    }
    return;
  } else {
    const u32 base = at.y * ((p.cached + 3u) / 4u);
    const u32x2 last = index_top_k_0_select(at, base, n, 512u, scores_0, reduce_words, index_top_k_0_bins, index_top_k_0_bin, index_top_k_0_n_kept);
    const u32 per = (n + 127u) / 128u * 32u;
    const u32 first = m_min(at.sg * per, n);
    const u32 end = m_min(first + per, n);
    for (u32 i_1 = first + at.lane; i_1 < end; i_1 += 128u) {
      const u32 key_0 = index_top_k_0_key(base + m_min(i_1 + 0u, n - 1u), scores_0);
      const u32 key_1 = index_top_k_0_key(base + m_min(i_1 + 32u, n - 1u), scores_0);
      const u32 key_2 = index_top_k_0_key(base + m_min(i_1 + 64u, n - 1u), scores_0);
      const u32 key_3 = index_top_k_0_key(base + m_min(i_1 + 96u, n - 1u), scores_0);
      if (i_1 + 0u < end) {
        better += key_0 > last.x ? 1u : 0u;
        equal += key_0 == last.x ? 1u : 0u;
      }
      if (i_1 + 32u < end) {
        better += key_1 > last.x ? 1u : 0u;
        equal += key_1 == last.x ? 1u : 0u;
      }
      if (i_1 + 64u < end) {
        better += key_2 > last.x ? 1u : 0u;
        equal += key_2 == last.x ? 1u : 0u;
      }
      if (i_1 + 96u < end) {
        better += key_3 > last.x ? 1u : 0u;
        equal += key_3 == last.x ? 1u : 0u;
      }
    }
    const u32 _e174 = wave_add(better);
    const u32x2 _e179 = reduce_before(at, at.lane == 0u ? _e174 : 0u, reduce_words);
    const u32 better_before = _e179.x;
    const u32 _e183 = wave_add(equal);
    const u32x2 _e188 = reduce_before(at, at.lane == 0u ? _e183 : 0u, reduce_words);
    const u32 equal_before = _e188.x;
    const u32x4 below = index_top_k_0_below(at.lane);
    const u32 _e192 = wave_broadcast(better_before, 0u);
    u32 n_better = _e192;
    const u32 _e194 = wave_broadcast(equal_before, 0u);
    u32 n_equal = _e194;
    for (u32 i_2 = first; i_2 < end; i_2 += 128u) {
      const u32 row_0 = i_2 + 0u + at.lane;
      const u32 key_0_1 = index_top_k_0_key(base + m_min(row_0, n - 1u), scores_0);
      const u32 row_1 = i_2 + 32u + at.lane;
      const u32 key_1_1 = index_top_k_0_key(base + m_min(row_1, n - 1u), scores_0);
      const u32 row_2 = i_2 + 64u + at.lane;
      const u32 key_2_1 = index_top_k_0_key(base + m_min(row_2, n - 1u), scores_0);
      const u32 row_3 = i_2 + 96u + at.lane;
      const u32 key_3_1 = index_top_k_0_key(base + m_min(row_3, n - 1u), scores_0);
      {
        if (row_0 < end) {
          local = key_0_1 > last.x;
        } else {
          local = false;
        }
        const bool is_better = local;
        if (row_0 < end) {
          local_1 = key_0_1 == last.x;
        } else {
          local_1 = false;
        }
        const bool is_equal = local_1;
        const u32x4 all_better = wave_ballot(is_better);
        const u32x4 all_equal = wave_ballot(is_equal);
        const u32 _e255 = n_better;
        const u32 _e257 = index_top_k_0_ones(all_better & below);
        const u32 better_here = _e255 + _e257;
        const u32 _e259 = n_equal;
        const u32 _e261 = index_top_k_0_ones(all_equal & below);
        const u32 equal_here = _e259 + _e261;
        if (!is_better) {
          if (is_equal) {
            local_3 = equal_here < last.y;
          } else {
            local_3 = false;
          }
          local_2 = local_3;
        } else {
          local_2 = true;
        }
        if (local_2) {
          chosen_1[out + better_here + m_min(equal_here, last.y)] = row_0;
        }
        const u32 _e280 = n_better;
        const u32 _e281 = index_top_k_0_ones(all_better);
        n_better = _e280 + _e281;
        const u32 _e283 = n_equal;
        const u32 _e284 = index_top_k_0_ones(all_equal);
        n_equal = _e283 + _e284;
      }
      {
        if (row_1 < end) {
          local_4 = key_1_1 > last.x;
        } else {
          local_4 = false;
        }
        const bool is_better_1 = local_4;
        if (row_1 < end) {
          local_5 = key_1_1 == last.x;
        } else {
          local_5 = false;
        }
        const bool is_equal_1 = local_5;
        const u32x4 all_better_1 = wave_ballot(is_better_1);
        const u32x4 all_equal_1 = wave_ballot(is_equal_1);
        const u32 _e302 = n_better;
        const u32 _e304 = index_top_k_0_ones(all_better_1 & below);
        const u32 better_here_1 = _e302 + _e304;
        const u32 _e306 = n_equal;
        const u32 _e308 = index_top_k_0_ones(all_equal_1 & below);
        const u32 equal_here_1 = _e306 + _e308;
        if (!is_better_1) {
          if (is_equal_1) {
            local_7 = equal_here_1 < last.y;
          } else {
            local_7 = false;
          }
          local_6 = local_7;
        } else {
          local_6 = true;
        }
        if (local_6) {
          chosen_1[out + better_here_1 + m_min(equal_here_1, last.y)] = row_1;
        }
        const u32 _e327 = n_better;
        const u32 _e328 = index_top_k_0_ones(all_better_1);
        n_better = _e327 + _e328;
        const u32 _e330 = n_equal;
        const u32 _e331 = index_top_k_0_ones(all_equal_1);
        n_equal = _e330 + _e331;
      }
      {
        if (row_2 < end) {
          local_8 = key_2_1 > last.x;
        } else {
          local_8 = false;
        }
        const bool is_better_2 = local_8;
        if (row_2 < end) {
          local_9 = key_2_1 == last.x;
        } else {
          local_9 = false;
        }
        const bool is_equal_2 = local_9;
        const u32x4 all_better_2 = wave_ballot(is_better_2);
        const u32x4 all_equal_2 = wave_ballot(is_equal_2);
        const u32 _e349 = n_better;
        const u32 _e351 = index_top_k_0_ones(all_better_2 & below);
        const u32 better_here_2 = _e349 + _e351;
        const u32 _e353 = n_equal;
        const u32 _e355 = index_top_k_0_ones(all_equal_2 & below);
        const u32 equal_here_2 = _e353 + _e355;
        if (!is_better_2) {
          if (is_equal_2) {
            local_11 = equal_here_2 < last.y;
          } else {
            local_11 = false;
          }
          local_10 = local_11;
        } else {
          local_10 = true;
        }
        if (local_10) {
          chosen_1[out + better_here_2 + m_min(equal_here_2, last.y)] = row_2;
        }
        const u32 _e374 = n_better;
        const u32 _e375 = index_top_k_0_ones(all_better_2);
        n_better = _e374 + _e375;
        const u32 _e377 = n_equal;
        const u32 _e378 = index_top_k_0_ones(all_equal_2);
        n_equal = _e377 + _e378;
      }
      {
        if (row_3 < end) {
          local_12 = key_3_1 > last.x;
        } else {
          local_12 = false;
        }
        const bool is_better_3 = local_12;
        if (row_3 < end) {
          local_13 = key_3_1 == last.x;
        } else {
          local_13 = false;
        }
        const bool is_equal_3 = local_13;
        const u32x4 all_better_3 = wave_ballot(is_better_3);
        const u32x4 all_equal_3 = wave_ballot(is_equal_3);
        const u32 _e396 = n_better;
        const u32 _e398 = index_top_k_0_ones(all_better_3 & below);
        const u32 better_here_3 = _e396 + _e398;
        const u32 _e400 = n_equal;
        const u32 _e402 = index_top_k_0_ones(all_equal_3 & below);
        const u32 equal_here_3 = _e400 + _e402;
        if (!is_better_3) {
          if (is_equal_3) {
            local_15 = equal_here_3 < last.y;
          } else {
            local_15 = false;
          }
          local_14 = local_15;
        } else {
          local_14 = true;
        }
        if (local_14) {
          chosen_1[out + better_here_3 + m_min(equal_here_3, last.y)] = row_3;
        }
        const u32 _e421 = n_better;
        const u32 _e422 = index_top_k_0_ones(all_better_3);
        n_better = _e421 + _e422;
        const u32 _e424 = n_equal;
        const u32 _e425 = index_top_k_0_ones(all_equal_3);
        n_equal = _e424 + _e425;
      }
    }
    return;
  }
}

extern "C" __global__ void __launch_bounds__(128) index_top_k_fvlcfe(
    const f32* __restrict__ scores_0,
    u32* chosen_1,
    const u32x4* __restrict__ rows,
    const __grid_constant__ Params p) {
  __shared__ __align__(16) arr<u32, 32> reduce_words;
  __shared__ __align__(16) arr<u32, 2048> index_top_k_0_bins;
  __shared__ __align__(16) u32x3 index_top_k_0_bin;
  __shared__ __align__(16) u32 index_top_k_0_n_kept;
  static_assert(128u % WAVE == 0u, "index_top_k_fvlcfe needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  index_top_k_0(at, scores_0, chosen_1, rows, p, reduce_words, index_top_k_0_bins, index_top_k_0_bin, index_top_k_0_n_kept);
}

}  // namespace index_top_k_fvlcfe_ns
