// index_top_k_ngnhcm
//
// index_top_k of index_select (MODEL.md 2.8)
//   template ops/index_top_k, D = 128, DEPTH = 16, H = 64, HALF = 448, HEADS = 8, JT = 32, K = 512, KG = 4, OUT = 64, P = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64, ratio = 4
//   score[t, j] = Σ_h max(0, q[t, h] · row[j]) · g[t, h] · (D·H)^(-1/2),
//   j < floor((position(t) + 1) / ratio);
//   chosen[t] = the K best in ascending order, the earlier of equals, u32::MAX beyond
//
// binding  name  elements  what
// 0  scores_0_v4  vec4<f32>  1 values a row, temporary, read
// 1  chosen_1  u32  [T, 512], read and written
// 2  rows  vec4<u32>  rows of the step, read
namespace index_top_k_ngnhcm_ns {

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

DEV u32x4 index_top_k_0_keys(u32 i, const f32x4* __restrict__ scores_0_v4) {
  const f32x4 four = scores_0_v4[i];
  const u32 _e5 = order_value(four.x);
  const u32 _e7 = order_value(four.y);
  const u32 _e9 = order_value(four.z);
  const u32 _e11 = order_value(four.w);
  return u32x4{_e5, _e7, _e9, _e11};
}

DEV void index_top_k_0_tally(At at, u32 base, u32 n, u32 prefix, u32 above, u32 shift, u32 mask, const f32x4* __restrict__ scores_0_v4, arr<u32, 2048>& index_top_k_0_bins) {
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
  bool local_16 = false;
  bool local_17 = false;
  bool local_18 = false;
  bool local_19 = false;
  bool local_20 = false;
  bool local_21 = false;
  bool local_22 = false;
  bool local_23 = false;
  bool local_24 = false;
  bool local_25 = false;
  bool local_26 = false;
  bool local_27 = false;
  bool local_28 = false;
  bool local_29 = false;
  bool local_30 = false;
  bool local_31 = false;
  index_top_k_0_clear(at, 2048u, index_top_k_0_bins);
  const u32 last = (n - 1u) / 4u;
  for (u32 first = at.lid; first <= last; first += 512u) {
    const u32x4 keys_0 = index_top_k_0_keys(base + m_min(first + 0u, last), scores_0_v4);
    const u32x4 keys_1 = index_top_k_0_keys(base + m_min(first + 128u, last), scores_0_v4);
    const u32x4 keys_2 = index_top_k_0_keys(base + m_min(first + 256u, last), scores_0_v4);
    const u32x4 keys_3 = index_top_k_0_keys(base + m_min(first + 384u, last), scores_0_v4);
    if (4u * first + 0u < n) {
      if (!(above == 32u)) {
        local_1 = (keys_0.x >> (above & 31u)) == prefix;
      } else {
        local_1 = true;
      }
      local = local_1;
    } else {
      local = false;
    }
    if (local) {
      atomic_add(&index_top_k_0_bins[(keys_0.x >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1u < n) {
      if (!(above == 32u)) {
        local_3 = (keys_0.y >> (above & 31u)) == prefix;
      } else {
        local_3 = true;
      }
      local_2 = local_3;
    } else {
      local_2 = false;
    }
    if (local_2) {
      atomic_add(&index_top_k_0_bins[(keys_0.y >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 2u < n) {
      if (!(above == 32u)) {
        local_5 = (keys_0.z >> (above & 31u)) == prefix;
      } else {
        local_5 = true;
      }
      local_4 = local_5;
    } else {
      local_4 = false;
    }
    if (local_4) {
      atomic_add(&index_top_k_0_bins[(keys_0.z >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 3u < n) {
      if (!(above == 32u)) {
        local_7 = (keys_0.w >> (above & 31u)) == prefix;
      } else {
        local_7 = true;
      }
      local_6 = local_7;
    } else {
      local_6 = false;
    }
    if (local_6) {
      atomic_add(&index_top_k_0_bins[(keys_0.w >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 512u < n) {
      if (!(above == 32u)) {
        local_9 = (keys_1.x >> (above & 31u)) == prefix;
      } else {
        local_9 = true;
      }
      local_8 = local_9;
    } else {
      local_8 = false;
    }
    if (local_8) {
      atomic_add(&index_top_k_0_bins[(keys_1.x >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 513u < n) {
      if (!(above == 32u)) {
        local_11 = (keys_1.y >> (above & 31u)) == prefix;
      } else {
        local_11 = true;
      }
      local_10 = local_11;
    } else {
      local_10 = false;
    }
    if (local_10) {
      atomic_add(&index_top_k_0_bins[(keys_1.y >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 514u < n) {
      if (!(above == 32u)) {
        local_13 = (keys_1.z >> (above & 31u)) == prefix;
      } else {
        local_13 = true;
      }
      local_12 = local_13;
    } else {
      local_12 = false;
    }
    if (local_12) {
      atomic_add(&index_top_k_0_bins[(keys_1.z >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 515u < n) {
      if (!(above == 32u)) {
        local_15 = (keys_1.w >> (above & 31u)) == prefix;
      } else {
        local_15 = true;
      }
      local_14 = local_15;
    } else {
      local_14 = false;
    }
    if (local_14) {
      atomic_add(&index_top_k_0_bins[(keys_1.w >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1024u < n) {
      if (!(above == 32u)) {
        local_17 = (keys_2.x >> (above & 31u)) == prefix;
      } else {
        local_17 = true;
      }
      local_16 = local_17;
    } else {
      local_16 = false;
    }
    if (local_16) {
      atomic_add(&index_top_k_0_bins[(keys_2.x >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1025u < n) {
      if (!(above == 32u)) {
        local_19 = (keys_2.y >> (above & 31u)) == prefix;
      } else {
        local_19 = true;
      }
      local_18 = local_19;
    } else {
      local_18 = false;
    }
    if (local_18) {
      atomic_add(&index_top_k_0_bins[(keys_2.y >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1026u < n) {
      if (!(above == 32u)) {
        local_21 = (keys_2.z >> (above & 31u)) == prefix;
      } else {
        local_21 = true;
      }
      local_20 = local_21;
    } else {
      local_20 = false;
    }
    if (local_20) {
      atomic_add(&index_top_k_0_bins[(keys_2.z >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1027u < n) {
      if (!(above == 32u)) {
        local_23 = (keys_2.w >> (above & 31u)) == prefix;
      } else {
        local_23 = true;
      }
      local_22 = local_23;
    } else {
      local_22 = false;
    }
    if (local_22) {
      atomic_add(&index_top_k_0_bins[(keys_2.w >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1536u < n) {
      if (!(above == 32u)) {
        local_25 = (keys_3.x >> (above & 31u)) == prefix;
      } else {
        local_25 = true;
      }
      local_24 = local_25;
    } else {
      local_24 = false;
    }
    if (local_24) {
      atomic_add(&index_top_k_0_bins[(keys_3.x >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1537u < n) {
      if (!(above == 32u)) {
        local_27 = (keys_3.y >> (above & 31u)) == prefix;
      } else {
        local_27 = true;
      }
      local_26 = local_27;
    } else {
      local_26 = false;
    }
    if (local_26) {
      atomic_add(&index_top_k_0_bins[(keys_3.y >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1538u < n) {
      if (!(above == 32u)) {
        local_29 = (keys_3.z >> (above & 31u)) == prefix;
      } else {
        local_29 = true;
      }
      local_28 = local_29;
    } else {
      local_28 = false;
    }
    if (local_28) {
      atomic_add(&index_top_k_0_bins[(keys_3.z >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1539u < n) {
      if (!(above == 32u)) {
        local_31 = (keys_3.w >> (above & 31u)) == prefix;
      } else {
        local_31 = true;
      }
      local_30 = local_31;
    } else {
      local_30 = false;
    }
    if (local_30) {
      atomic_add(&index_top_k_0_bins[(keys_3.w >> (shift & 31u)) & mask], 1u);
    }
  }
}

DEV void index_top_k_0_keep(At at, u32 base, u32 n, u32 prefix, const f32x4* __restrict__ scores_0_v4, arr<u32, 2048>& index_top_k_0_bins, u32& index_top_k_0_n_kept) {
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
  __syncthreads();
  if (at.lid == 0u) {
    atomic_store(&index_top_k_0_n_kept, 0u);
  }
  __syncthreads();
  const u32 last = (n - 1u) / 4u;
  for (u32 first = at.lid; first <= last; first += 512u) {
    const u32x4 keys_0 = index_top_k_0_keys(base + m_min(first + 0u, last), scores_0_v4);
    const u32x4 keys_1 = index_top_k_0_keys(base + m_min(first + 128u, last), scores_0_v4);
    const u32x4 keys_2 = index_top_k_0_keys(base + m_min(first + 256u, last), scores_0_v4);
    const u32x4 keys_3 = index_top_k_0_keys(base + m_min(first + 384u, last), scores_0_v4);
    if (4u * first + 0u < n) {
      local = (keys_0.x >> 21u) == prefix;
    } else {
      local = false;
    }
    if (local) {
      const u32 _e59 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e59], keys_0.x);
    }
    if (4u * first + 1u < n) {
      local_1 = (keys_0.y >> 21u) == prefix;
    } else {
      local_1 = false;
    }
    if (local_1) {
      const u32 _e81 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e81], keys_0.y);
    }
    if (4u * first + 2u < n) {
      local_2 = (keys_0.z >> 21u) == prefix;
    } else {
      local_2 = false;
    }
    if (local_2) {
      const u32 _e103 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e103], keys_0.z);
    }
    if (4u * first + 3u < n) {
      local_3 = (keys_0.w >> 21u) == prefix;
    } else {
      local_3 = false;
    }
    if (local_3) {
      const u32 _e125 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e125], keys_0.w);
    }
    if (4u * first + 512u < n) {
      local_4 = (keys_1.x >> 21u) == prefix;
    } else {
      local_4 = false;
    }
    if (local_4) {
      const u32 _e147 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e147], keys_1.x);
    }
    if (4u * first + 513u < n) {
      local_5 = (keys_1.y >> 21u) == prefix;
    } else {
      local_5 = false;
    }
    if (local_5) {
      const u32 _e169 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e169], keys_1.y);
    }
    if (4u * first + 514u < n) {
      local_6 = (keys_1.z >> 21u) == prefix;
    } else {
      local_6 = false;
    }
    if (local_6) {
      const u32 _e191 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e191], keys_1.z);
    }
    if (4u * first + 515u < n) {
      local_7 = (keys_1.w >> 21u) == prefix;
    } else {
      local_7 = false;
    }
    if (local_7) {
      const u32 _e213 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e213], keys_1.w);
    }
    if (4u * first + 1024u < n) {
      local_8 = (keys_2.x >> 21u) == prefix;
    } else {
      local_8 = false;
    }
    if (local_8) {
      const u32 _e235 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e235], keys_2.x);
    }
    if (4u * first + 1025u < n) {
      local_9 = (keys_2.y >> 21u) == prefix;
    } else {
      local_9 = false;
    }
    if (local_9) {
      const u32 _e257 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e257], keys_2.y);
    }
    if (4u * first + 1026u < n) {
      local_10 = (keys_2.z >> 21u) == prefix;
    } else {
      local_10 = false;
    }
    if (local_10) {
      const u32 _e279 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e279], keys_2.z);
    }
    if (4u * first + 1027u < n) {
      local_11 = (keys_2.w >> 21u) == prefix;
    } else {
      local_11 = false;
    }
    if (local_11) {
      const u32 _e301 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e301], keys_2.w);
    }
    if (4u * first + 1536u < n) {
      local_12 = (keys_3.x >> 21u) == prefix;
    } else {
      local_12 = false;
    }
    if (local_12) {
      const u32 _e323 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e323], keys_3.x);
    }
    if (4u * first + 1537u < n) {
      local_13 = (keys_3.y >> 21u) == prefix;
    } else {
      local_13 = false;
    }
    if (local_13) {
      const u32 _e345 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e345], keys_3.y);
    }
    if (4u * first + 1538u < n) {
      local_14 = (keys_3.z >> 21u) == prefix;
    } else {
      local_14 = false;
    }
    if (local_14) {
      const u32 _e367 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e367], keys_3.z);
    }
    if (4u * first + 1539u < n) {
      local_15 = (keys_3.w >> 21u) == prefix;
    } else {
      local_15 = false;
    }
    if (local_15) {
      const u32 _e389 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e389], keys_3.w);
    }
  }
}

DEV u32x2 index_top_k_0_select(At at, u32 base, u32 n, u32 rank, const f32x4* __restrict__ scores_0_v4, arr<u32, 32>& reduce_words, arr<u32, 2048>& index_top_k_0_bins, u32x3& index_top_k_0_bin, u32& index_top_k_0_n_kept) {
  bool local = false;
  index_top_k_0_tally(at, base, n, 0u, 32u, 21u, 2047u, scores_0_v4, index_top_k_0_bins);
  const u32x3 _e9 = index_top_k_0_find(at, 2048u, rank, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
  u32x3 found = _e9;
  u32 key = found.x;
  if (!(n < 4096u)) {
    local = found.z > 1024u;
  } else {
    local = true;
  }
  if (local) {
    index_top_k_0_tally(at, base, n, key, 21u, 10u, 2047u, scores_0_v4, index_top_k_0_bins);
    const u32x3 _e32 = index_top_k_0_find(at, 2048u, found.y, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
    found = _e32;
    key = (key << 11u) | found.x;
    index_top_k_0_tally(at, base, n, key, 10u, 0u, 1023u, scores_0_v4, index_top_k_0_bins);
    const u32x3 _e46 = index_top_k_0_find(at, 1024u, found.y, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
    found = _e46;
    key = (key << 10u) | found.x;
  } else {
    const u32 n_kept = found.z;
    index_top_k_0_keep(at, base, n, key, scores_0_v4, index_top_k_0_bins, index_top_k_0_n_kept);
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

DEV void index_top_k_0(At at, const f32x4* __restrict__ scores_0_v4, u32* chosen_1, const u32x4* __restrict__ rows, const Params& p, arr<u32, 32>& reduce_words, arr<u32, 2048>& index_top_k_0_bins, u32x3& index_top_k_0_bin, u32& index_top_k_0_n_kept) {
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
  bool local_16 = false;
  bool local_17 = false;
  bool local_18 = false;
  bool local_19 = false;
  bool local_20 = false;
  bool local_21 = false;
  bool local_22 = false;
  bool local_23 = false;
  bool local_24 = false;
  bool local_25 = false;
  bool local_26 = false;
  bool local_27 = false;
  bool local_28 = false;
  bool local_29 = false;
  bool local_30 = false;
  bool local_31 = false;
  bool local_32 = false;
  bool local_33 = false;
  bool local_34 = false;
  bool local_35 = false;
  bool local_36 = false;
  bool local_37 = false;
  bool local_38 = false;
  bool local_39 = false;
  bool local_40 = false;
  bool local_41 = false;
  bool local_42 = false;
  bool local_43 = false;
  bool local_44 = false;
  bool local_45 = false;
  bool local_46 = false;
  bool local_47 = false;
  bool local_48 = false;
  bool local_49 = false;
  bool local_50 = false;
  bool local_51 = false;
  bool local_52 = false;
  bool local_53 = false;
  bool local_54 = false;
  bool local_55 = false;
  bool local_56 = false;
  bool local_57 = false;
  bool local_58 = false;
  bool local_59 = false;
  bool local_60 = false;
  bool local_61 = false;
  bool local_62 = false;
  bool local_63 = false;
  bool local_64 = false;
  bool local_65 = false;
  bool local_66 = false;
  bool local_67 = false;
  bool local_68 = false;
  bool local_69 = false;
  bool local_70 = false;
  bool local_71 = false;
  bool local_72 = false;
  bool local_73 = false;
  bool local_74 = false;
  bool local_75 = false;
  bool local_76 = false;
  bool local_77 = false;
  bool local_78 = false;
  bool local_79 = false;
  bool local_80 = false;
  bool local_81 = false;
  bool local_82 = false;
  bool local_83 = false;
  bool local_84 = false;
  bool local_85 = false;
  bool local_86 = false;
  bool local_87 = false;
  bool local_88 = false;
  bool local_89 = false;
  bool local_90 = false;
  bool local_91 = false;
  bool local_92 = false;
  bool local_93 = false;
  bool local_94 = false;
  bool local_95 = false;
  const u32 n = (rows[2u * at.y].y + 1u) / 4u;
  const u32 out = at.y * 512u;
  if (n <= 512u) {
    for (u32 i = at.lid; i < 512u; i += 128u) {
      chosen_1[out + i] = i < n ? i : 4294967295u;
    }
    return;
  } else {
    const u32 base = at.y * ((p.cached + 15u) / 16u * 4u / 4u);
    const u32x2 last = index_top_k_0_select(at, base, n, 512u, scores_0_v4, reduce_words, index_top_k_0_bins, index_top_k_0_bin, index_top_k_0_n_kept);
    const u32 n_fours = (n + 3u) / 4u;
    const u32 per = (n_fours + 127u) / 128u * 32u;
    const u32 first = m_min(at.sg * per, n_fours);
    const u32 end = m_min(first + per, n_fours);
    for (u32 i_1 = first + at.lane; i_1 < end; i_1 += 128u) {
      const u32x4 keys_0 = index_top_k_0_keys(base + m_min(i_1 + 0u, n_fours - 1u), scores_0_v4);
      const u32x4 keys_1 = index_top_k_0_keys(base + m_min(i_1 + 32u, n_fours - 1u), scores_0_v4);
      const u32x4 keys_2 = index_top_k_0_keys(base + m_min(i_1 + 64u, n_fours - 1u), scores_0_v4);
      const u32x4 keys_3 = index_top_k_0_keys(base + m_min(i_1 + 96u, n_fours - 1u), scores_0_v4);
      if (i_1 + 0u < end) {
        local = 4u * (i_1 + 0u) + 0u < n;
      } else {
        local = false;
      }
      if (local) {
        better += keys_0.x > last.x ? 1u : 0u;
        equal += keys_0.x == last.x ? 1u : 0u;
      }
      if (i_1 + 0u < end) {
        local_1 = 4u * (i_1 + 0u) + 1u < n;
      } else {
        local_1 = false;
      }
      if (local_1) {
        better += keys_0.y > last.x ? 1u : 0u;
        equal += keys_0.y == last.x ? 1u : 0u;
      }
      if (i_1 + 0u < end) {
        local_2 = 4u * (i_1 + 0u) + 2u < n;
      } else {
        local_2 = false;
      }
      if (local_2) {
        better += keys_0.z > last.x ? 1u : 0u;
        equal += keys_0.z == last.x ? 1u : 0u;
      }
      if (i_1 + 0u < end) {
        local_3 = 4u * (i_1 + 0u) + 3u < n;
      } else {
        local_3 = false;
      }
      if (local_3) {
        better += keys_0.w > last.x ? 1u : 0u;
        equal += keys_0.w == last.x ? 1u : 0u;
      }
      if (i_1 + 32u < end) {
        local_4 = 4u * (i_1 + 32u) + 0u < n;
      } else {
        local_4 = false;
      }
      if (local_4) {
        better += keys_1.x > last.x ? 1u : 0u;
        equal += keys_1.x == last.x ? 1u : 0u;
      }
      if (i_1 + 32u < end) {
        local_5 = 4u * (i_1 + 32u) + 1u < n;
      } else {
        local_5 = false;
      }
      if (local_5) {
        better += keys_1.y > last.x ? 1u : 0u;
        equal += keys_1.y == last.x ? 1u : 0u;
      }
      if (i_1 + 32u < end) {
        local_6 = 4u * (i_1 + 32u) + 2u < n;
      } else {
        local_6 = false;
      }
      if (local_6) {
        better += keys_1.z > last.x ? 1u : 0u;
        equal += keys_1.z == last.x ? 1u : 0u;
      }
      if (i_1 + 32u < end) {
        local_7 = 4u * (i_1 + 32u) + 3u < n;
      } else {
        local_7 = false;
      }
      if (local_7) {
        better += keys_1.w > last.x ? 1u : 0u;
        equal += keys_1.w == last.x ? 1u : 0u;
      }
      if (i_1 + 64u < end) {
        local_8 = 4u * (i_1 + 64u) + 0u < n;
      } else {
        local_8 = false;
      }
      if (local_8) {
        better += keys_2.x > last.x ? 1u : 0u;
        equal += keys_2.x == last.x ? 1u : 0u;
      }
      if (i_1 + 64u < end) {
        local_9 = 4u * (i_1 + 64u) + 1u < n;
      } else {
        local_9 = false;
      }
      if (local_9) {
        better += keys_2.y > last.x ? 1u : 0u;
        equal += keys_2.y == last.x ? 1u : 0u;
      }
      if (i_1 + 64u < end) {
        local_10 = 4u * (i_1 + 64u) + 2u < n;
      } else {
        local_10 = false;
      }
      if (local_10) {
        better += keys_2.z > last.x ? 1u : 0u;
        equal += keys_2.z == last.x ? 1u : 0u;
      }
      if (i_1 + 64u < end) {
        local_11 = 4u * (i_1 + 64u) + 3u < n;
      } else {
        local_11 = false;
      }
      if (local_11) {
        better += keys_2.w > last.x ? 1u : 0u;
        equal += keys_2.w == last.x ? 1u : 0u;
      }
      if (i_1 + 96u < end) {
        local_12 = 4u * (i_1 + 96u) + 0u < n;
      } else {
        local_12 = false;
      }
      if (local_12) {
        better += keys_3.x > last.x ? 1u : 0u;
        equal += keys_3.x == last.x ? 1u : 0u;
      }
      if (i_1 + 96u < end) {
        local_13 = 4u * (i_1 + 96u) + 1u < n;
      } else {
        local_13 = false;
      }
      if (local_13) {
        better += keys_3.y > last.x ? 1u : 0u;
        equal += keys_3.y == last.x ? 1u : 0u;
      }
      if (i_1 + 96u < end) {
        local_14 = 4u * (i_1 + 96u) + 2u < n;
      } else {
        local_14 = false;
      }
      if (local_14) {
        better += keys_3.z > last.x ? 1u : 0u;
        equal += keys_3.z == last.x ? 1u : 0u;
      }
      if (i_1 + 96u < end) {
        local_15 = 4u * (i_1 + 96u) + 3u < n;
      } else {
        local_15 = false;
      }
      if (local_15) {
        better += keys_3.w > last.x ? 1u : 0u;
        equal += keys_3.w == last.x ? 1u : 0u;
      }
    }
    const u32 _e622 = wave_add(better);
    const u32x2 _e627 = reduce_before(at, at.lane == 0u ? _e622 : 0u, reduce_words);
    const u32 better_before = _e627.x;
    const u32 _e631 = wave_add(equal);
    const u32x2 _e636 = reduce_before(at, at.lane == 0u ? _e631 : 0u, reduce_words);
    const u32 equal_before = _e636.x;
    const u32x4 below = index_top_k_0_below(at.lane);
    const u32 _e640 = wave_broadcast(better_before, 0u);
    u32 n_better = _e640;
    const u32 _e642 = wave_broadcast(equal_before, 0u);
    u32 n_equal = _e642;
    for (u32 i_2 = first; i_2 < end; i_2 += 128u) {
      const u32 four_0 = i_2 + 0u + at.lane;
      const u32x4 keys_0_1 = index_top_k_0_keys(base + m_min(four_0, n_fours - 1u), scores_0_v4);
      const u32 four_1 = i_2 + 32u + at.lane;
      const u32x4 keys_1_1 = index_top_k_0_keys(base + m_min(four_1, n_fours - 1u), scores_0_v4);
      const u32 four_2 = i_2 + 64u + at.lane;
      const u32x4 keys_2_1 = index_top_k_0_keys(base + m_min(four_2, n_fours - 1u), scores_0_v4);
      const u32 four_3 = i_2 + 96u + at.lane;
      const u32x4 keys_3_1 = index_top_k_0_keys(base + m_min(four_3, n_fours - 1u), scores_0_v4);
      {
        u32 better_here = n_better;
        u32 equal_here = n_equal;
        if (four_0 < end) {
          local_16 = 4u * four_0 + 0u < n;
        } else {
          local_16 = false;
        }
        const bool is_there_0 = local_16;
        if (is_there_0) {
          local_17 = keys_0_1.x > last.x;
        } else {
          local_17 = false;
        }
        const bool is_better_0 = local_17;
        if (is_there_0) {
          local_18 = keys_0_1.x == last.x;
        } else {
          local_18 = false;
        }
        const bool is_equal_0 = local_18;
        const u32x4 all_better_0 = wave_ballot(is_better_0);
        const u32x4 all_equal_0 = wave_ballot(is_equal_0);
        const u32 _e717 = better_here;
        const u32 _e719 = index_top_k_0_ones(all_better_0 & below);
        better_here = _e717 + _e719;
        const u32 _e721 = equal_here;
        const u32 _e723 = index_top_k_0_ones(all_equal_0 & below);
        equal_here = _e721 + _e723;
        const u32 _e725 = n_better;
        const u32 _e726 = index_top_k_0_ones(all_better_0);
        n_better = _e725 + _e726;
        const u32 _e728 = n_equal;
        const u32 _e729 = index_top_k_0_ones(all_equal_0);
        n_equal = _e728 + _e729;
        if (four_0 < end) {
          local_19 = 4u * four_0 + 1u < n;
        } else {
          local_19 = false;
        }
        const bool is_there_1 = local_19;
        if (is_there_1) {
          local_20 = keys_0_1.y > last.x;
        } else {
          local_20 = false;
        }
        const bool is_better_1 = local_20;
        if (is_there_1) {
          local_21 = keys_0_1.y == last.x;
        } else {
          local_21 = false;
        }
        const bool is_equal_1 = local_21;
        const u32x4 all_better_1 = wave_ballot(is_better_1);
        const u32x4 all_equal_1 = wave_ballot(is_equal_1);
        const u32 _e757 = better_here;
        const u32 _e759 = index_top_k_0_ones(all_better_1 & below);
        better_here = _e757 + _e759;
        const u32 _e761 = equal_here;
        const u32 _e763 = index_top_k_0_ones(all_equal_1 & below);
        equal_here = _e761 + _e763;
        const u32 _e765 = n_better;
        const u32 _e766 = index_top_k_0_ones(all_better_1);
        n_better = _e765 + _e766;
        const u32 _e768 = n_equal;
        const u32 _e769 = index_top_k_0_ones(all_equal_1);
        n_equal = _e768 + _e769;
        if (four_0 < end) {
          local_22 = 4u * four_0 + 2u < n;
        } else {
          local_22 = false;
        }
        const bool is_there_2 = local_22;
        if (is_there_2) {
          local_23 = keys_0_1.z > last.x;
        } else {
          local_23 = false;
        }
        const bool is_better_2 = local_23;
        if (is_there_2) {
          local_24 = keys_0_1.z == last.x;
        } else {
          local_24 = false;
        }
        const bool is_equal_2 = local_24;
        const u32x4 all_better_2 = wave_ballot(is_better_2);
        const u32x4 all_equal_2 = wave_ballot(is_equal_2);
        const u32 _e797 = better_here;
        const u32 _e799 = index_top_k_0_ones(all_better_2 & below);
        better_here = _e797 + _e799;
        const u32 _e801 = equal_here;
        const u32 _e803 = index_top_k_0_ones(all_equal_2 & below);
        equal_here = _e801 + _e803;
        const u32 _e805 = n_better;
        const u32 _e806 = index_top_k_0_ones(all_better_2);
        n_better = _e805 + _e806;
        const u32 _e808 = n_equal;
        const u32 _e809 = index_top_k_0_ones(all_equal_2);
        n_equal = _e808 + _e809;
        if (four_0 < end) {
          local_25 = 4u * four_0 + 3u < n;
        } else {
          local_25 = false;
        }
        const bool is_there_3 = local_25;
        if (is_there_3) {
          local_26 = keys_0_1.w > last.x;
        } else {
          local_26 = false;
        }
        const bool is_better_3 = local_26;
        if (is_there_3) {
          local_27 = keys_0_1.w == last.x;
        } else {
          local_27 = false;
        }
        const bool is_equal_3 = local_27;
        const u32x4 all_better_3 = wave_ballot(is_better_3);
        const u32x4 all_equal_3 = wave_ballot(is_equal_3);
        const u32 _e837 = better_here;
        const u32 _e839 = index_top_k_0_ones(all_better_3 & below);
        better_here = _e837 + _e839;
        const u32 _e841 = equal_here;
        const u32 _e843 = index_top_k_0_ones(all_equal_3 & below);
        equal_here = _e841 + _e843;
        const u32 _e845 = n_better;
        const u32 _e846 = index_top_k_0_ones(all_better_3);
        n_better = _e845 + _e846;
        const u32 _e848 = n_equal;
        const u32 _e849 = index_top_k_0_ones(all_equal_3);
        n_equal = _e848 + _e849;
        if (!is_better_0) {
          if (is_equal_0) {
            local_29 = equal_here < last.y;
          } else {
            local_29 = false;
          }
          local_28 = local_29;
        } else {
          local_28 = true;
        }
        if (local_28) {
          chosen_1[out + better_here + m_min(equal_here, last.y)] = 4u * four_0 + 0u;
        }
        better_here += is_better_0 ? 1u : 0u;
        equal_here += is_equal_0 ? 1u : 0u;
        if (!is_better_1) {
          if (is_equal_1) {
            local_31 = equal_here < last.y;
          } else {
            local_31 = false;
          }
          local_30 = local_31;
        } else {
          local_30 = true;
        }
        if (local_30) {
          chosen_1[out + better_here + m_min(equal_here, last.y)] = 4u * four_0 + 1u;
        }
        better_here += is_better_1 ? 1u : 0u;
        equal_here += is_equal_1 ? 1u : 0u;
        if (!is_better_2) {
          if (is_equal_2) {
            local_33 = equal_here < last.y;
          } else {
            local_33 = false;
          }
          local_32 = local_33;
        } else {
          local_32 = true;
        }
        if (local_32) {
          chosen_1[out + better_here + m_min(equal_here, last.y)] = 4u * four_0 + 2u;
        }
        better_here += is_better_2 ? 1u : 0u;
        equal_here += is_equal_2 ? 1u : 0u;
        if (!is_better_3) {
          if (is_equal_3) {
            local_35 = equal_here < last.y;
          } else {
            local_35 = false;
          }
          local_34 = local_35;
        } else {
          local_34 = true;
        }
        if (local_34) {
          chosen_1[out + better_here + m_min(equal_here, last.y)] = 4u * four_0 + 3u;
        }
        better_here += is_better_3 ? 1u : 0u;
        equal_here += is_equal_3 ? 1u : 0u;
      }
      {
        u32 better_here_1 = n_better;
        u32 equal_here_1 = n_equal;
        if (four_1 < end) {
          local_36 = 4u * four_1 + 0u < n;
        } else {
          local_36 = false;
        }
        const bool is_there_0_1 = local_36;
        if (is_there_0_1) {
          local_37 = keys_1_1.x > last.x;
        } else {
          local_37 = false;
        }
        const bool is_better_0_1 = local_37;
        if (is_there_0_1) {
          local_38 = keys_1_1.x == last.x;
        } else {
          local_38 = false;
        }
        const bool is_equal_0_1 = local_38;
        const u32x4 all_better_0_1 = wave_ballot(is_better_0_1);
        const u32x4 all_equal_0_1 = wave_ballot(is_equal_0_1);
        const u32 _e1017 = better_here_1;
        const u32 _e1019 = index_top_k_0_ones(all_better_0_1 & below);
        better_here_1 = _e1017 + _e1019;
        const u32 _e1021 = equal_here_1;
        const u32 _e1023 = index_top_k_0_ones(all_equal_0_1 & below);
        equal_here_1 = _e1021 + _e1023;
        const u32 _e1025 = n_better;
        const u32 _e1026 = index_top_k_0_ones(all_better_0_1);
        n_better = _e1025 + _e1026;
        const u32 _e1028 = n_equal;
        const u32 _e1029 = index_top_k_0_ones(all_equal_0_1);
        n_equal = _e1028 + _e1029;
        if (four_1 < end) {
          local_39 = 4u * four_1 + 1u < n;
        } else {
          local_39 = false;
        }
        const bool is_there_1_1 = local_39;
        if (is_there_1_1) {
          local_40 = keys_1_1.y > last.x;
        } else {
          local_40 = false;
        }
        const bool is_better_1_1 = local_40;
        if (is_there_1_1) {
          local_41 = keys_1_1.y == last.x;
        } else {
          local_41 = false;
        }
        const bool is_equal_1_1 = local_41;
        const u32x4 all_better_1_1 = wave_ballot(is_better_1_1);
        const u32x4 all_equal_1_1 = wave_ballot(is_equal_1_1);
        const u32 _e1057 = better_here_1;
        const u32 _e1059 = index_top_k_0_ones(all_better_1_1 & below);
        better_here_1 = _e1057 + _e1059;
        const u32 _e1061 = equal_here_1;
        const u32 _e1063 = index_top_k_0_ones(all_equal_1_1 & below);
        equal_here_1 = _e1061 + _e1063;
        const u32 _e1065 = n_better;
        const u32 _e1066 = index_top_k_0_ones(all_better_1_1);
        n_better = _e1065 + _e1066;
        const u32 _e1068 = n_equal;
        const u32 _e1069 = index_top_k_0_ones(all_equal_1_1);
        n_equal = _e1068 + _e1069;
        if (four_1 < end) {
          local_42 = 4u * four_1 + 2u < n;
        } else {
          local_42 = false;
        }
        const bool is_there_2_1 = local_42;
        if (is_there_2_1) {
          local_43 = keys_1_1.z > last.x;
        } else {
          local_43 = false;
        }
        const bool is_better_2_1 = local_43;
        if (is_there_2_1) {
          local_44 = keys_1_1.z == last.x;
        } else {
          local_44 = false;
        }
        const bool is_equal_2_1 = local_44;
        const u32x4 all_better_2_1 = wave_ballot(is_better_2_1);
        const u32x4 all_equal_2_1 = wave_ballot(is_equal_2_1);
        const u32 _e1097 = better_here_1;
        const u32 _e1099 = index_top_k_0_ones(all_better_2_1 & below);
        better_here_1 = _e1097 + _e1099;
        const u32 _e1101 = equal_here_1;
        const u32 _e1103 = index_top_k_0_ones(all_equal_2_1 & below);
        equal_here_1 = _e1101 + _e1103;
        const u32 _e1105 = n_better;
        const u32 _e1106 = index_top_k_0_ones(all_better_2_1);
        n_better = _e1105 + _e1106;
        const u32 _e1108 = n_equal;
        const u32 _e1109 = index_top_k_0_ones(all_equal_2_1);
        n_equal = _e1108 + _e1109;
        if (four_1 < end) {
          local_45 = 4u * four_1 + 3u < n;
        } else {
          local_45 = false;
        }
        const bool is_there_3_1 = local_45;
        if (is_there_3_1) {
          local_46 = keys_1_1.w > last.x;
        } else {
          local_46 = false;
        }
        const bool is_better_3_1 = local_46;
        if (is_there_3_1) {
          local_47 = keys_1_1.w == last.x;
        } else {
          local_47 = false;
        }
        const bool is_equal_3_1 = local_47;
        const u32x4 all_better_3_1 = wave_ballot(is_better_3_1);
        const u32x4 all_equal_3_1 = wave_ballot(is_equal_3_1);
        const u32 _e1137 = better_here_1;
        const u32 _e1139 = index_top_k_0_ones(all_better_3_1 & below);
        better_here_1 = _e1137 + _e1139;
        const u32 _e1141 = equal_here_1;
        const u32 _e1143 = index_top_k_0_ones(all_equal_3_1 & below);
        equal_here_1 = _e1141 + _e1143;
        const u32 _e1145 = n_better;
        const u32 _e1146 = index_top_k_0_ones(all_better_3_1);
        n_better = _e1145 + _e1146;
        const u32 _e1148 = n_equal;
        const u32 _e1149 = index_top_k_0_ones(all_equal_3_1);
        n_equal = _e1148 + _e1149;
        if (!is_better_0_1) {
          if (is_equal_0_1) {
            local_49 = equal_here_1 < last.y;
          } else {
            local_49 = false;
          }
          local_48 = local_49;
        } else {
          local_48 = true;
        }
        if (local_48) {
          chosen_1[out + better_here_1 + m_min(equal_here_1, last.y)] = 4u * four_1 + 0u;
        }
        better_here_1 += is_better_0_1 ? 1u : 0u;
        equal_here_1 += is_equal_0_1 ? 1u : 0u;
        if (!is_better_1_1) {
          if (is_equal_1_1) {
            local_51 = equal_here_1 < last.y;
          } else {
            local_51 = false;
          }
          local_50 = local_51;
        } else {
          local_50 = true;
        }
        if (local_50) {
          chosen_1[out + better_here_1 + m_min(equal_here_1, last.y)] = 4u * four_1 + 1u;
        }
        better_here_1 += is_better_1_1 ? 1u : 0u;
        equal_here_1 += is_equal_1_1 ? 1u : 0u;
        if (!is_better_2_1) {
          if (is_equal_2_1) {
            local_53 = equal_here_1 < last.y;
          } else {
            local_53 = false;
          }
          local_52 = local_53;
        } else {
          local_52 = true;
        }
        if (local_52) {
          chosen_1[out + better_here_1 + m_min(equal_here_1, last.y)] = 4u * four_1 + 2u;
        }
        better_here_1 += is_better_2_1 ? 1u : 0u;
        equal_here_1 += is_equal_2_1 ? 1u : 0u;
        if (!is_better_3_1) {
          if (is_equal_3_1) {
            local_55 = equal_here_1 < last.y;
          } else {
            local_55 = false;
          }
          local_54 = local_55;
        } else {
          local_54 = true;
        }
        if (local_54) {
          chosen_1[out + better_here_1 + m_min(equal_here_1, last.y)] = 4u * four_1 + 3u;
        }
        better_here_1 += is_better_3_1 ? 1u : 0u;
        equal_here_1 += is_equal_3_1 ? 1u : 0u;
      }
      {
        u32 better_here_2 = n_better;
        u32 equal_here_2 = n_equal;
        if (four_2 < end) {
          local_56 = 4u * four_2 + 0u < n;
        } else {
          local_56 = false;
        }
        const bool is_there_0_2 = local_56;
        if (is_there_0_2) {
          local_57 = keys_2_1.x > last.x;
        } else {
          local_57 = false;
        }
        const bool is_better_0_2 = local_57;
        if (is_there_0_2) {
          local_58 = keys_2_1.x == last.x;
        } else {
          local_58 = false;
        }
        const bool is_equal_0_2 = local_58;
        const u32x4 all_better_0_2 = wave_ballot(is_better_0_2);
        const u32x4 all_equal_0_2 = wave_ballot(is_equal_0_2);
        const u32 _e1317 = better_here_2;
        const u32 _e1319 = index_top_k_0_ones(all_better_0_2 & below);
        better_here_2 = _e1317 + _e1319;
        const u32 _e1321 = equal_here_2;
        const u32 _e1323 = index_top_k_0_ones(all_equal_0_2 & below);
        equal_here_2 = _e1321 + _e1323;
        const u32 _e1325 = n_better;
        const u32 _e1326 = index_top_k_0_ones(all_better_0_2);
        n_better = _e1325 + _e1326;
        const u32 _e1328 = n_equal;
        const u32 _e1329 = index_top_k_0_ones(all_equal_0_2);
        n_equal = _e1328 + _e1329;
        if (four_2 < end) {
          local_59 = 4u * four_2 + 1u < n;
        } else {
          local_59 = false;
        }
        const bool is_there_1_2 = local_59;
        if (is_there_1_2) {
          local_60 = keys_2_1.y > last.x;
        } else {
          local_60 = false;
        }
        const bool is_better_1_2 = local_60;
        if (is_there_1_2) {
          local_61 = keys_2_1.y == last.x;
        } else {
          local_61 = false;
        }
        const bool is_equal_1_2 = local_61;
        const u32x4 all_better_1_2 = wave_ballot(is_better_1_2);
        const u32x4 all_equal_1_2 = wave_ballot(is_equal_1_2);
        const u32 _e1357 = better_here_2;
        const u32 _e1359 = index_top_k_0_ones(all_better_1_2 & below);
        better_here_2 = _e1357 + _e1359;
        const u32 _e1361 = equal_here_2;
        const u32 _e1363 = index_top_k_0_ones(all_equal_1_2 & below);
        equal_here_2 = _e1361 + _e1363;
        const u32 _e1365 = n_better;
        const u32 _e1366 = index_top_k_0_ones(all_better_1_2);
        n_better = _e1365 + _e1366;
        const u32 _e1368 = n_equal;
        const u32 _e1369 = index_top_k_0_ones(all_equal_1_2);
        n_equal = _e1368 + _e1369;
        if (four_2 < end) {
          local_62 = 4u * four_2 + 2u < n;
        } else {
          local_62 = false;
        }
        const bool is_there_2_2 = local_62;
        if (is_there_2_2) {
          local_63 = keys_2_1.z > last.x;
        } else {
          local_63 = false;
        }
        const bool is_better_2_2 = local_63;
        if (is_there_2_2) {
          local_64 = keys_2_1.z == last.x;
        } else {
          local_64 = false;
        }
        const bool is_equal_2_2 = local_64;
        const u32x4 all_better_2_2 = wave_ballot(is_better_2_2);
        const u32x4 all_equal_2_2 = wave_ballot(is_equal_2_2);
        const u32 _e1397 = better_here_2;
        const u32 _e1399 = index_top_k_0_ones(all_better_2_2 & below);
        better_here_2 = _e1397 + _e1399;
        const u32 _e1401 = equal_here_2;
        const u32 _e1403 = index_top_k_0_ones(all_equal_2_2 & below);
        equal_here_2 = _e1401 + _e1403;
        const u32 _e1405 = n_better;
        const u32 _e1406 = index_top_k_0_ones(all_better_2_2);
        n_better = _e1405 + _e1406;
        const u32 _e1408 = n_equal;
        const u32 _e1409 = index_top_k_0_ones(all_equal_2_2);
        n_equal = _e1408 + _e1409;
        if (four_2 < end) {
          local_65 = 4u * four_2 + 3u < n;
        } else {
          local_65 = false;
        }
        const bool is_there_3_2 = local_65;
        if (is_there_3_2) {
          local_66 = keys_2_1.w > last.x;
        } else {
          local_66 = false;
        }
        const bool is_better_3_2 = local_66;
        if (is_there_3_2) {
          local_67 = keys_2_1.w == last.x;
        } else {
          local_67 = false;
        }
        const bool is_equal_3_2 = local_67;
        const u32x4 all_better_3_2 = wave_ballot(is_better_3_2);
        const u32x4 all_equal_3_2 = wave_ballot(is_equal_3_2);
        const u32 _e1437 = better_here_2;
        const u32 _e1439 = index_top_k_0_ones(all_better_3_2 & below);
        better_here_2 = _e1437 + _e1439;
        const u32 _e1441 = equal_here_2;
        const u32 _e1443 = index_top_k_0_ones(all_equal_3_2 & below);
        equal_here_2 = _e1441 + _e1443;
        const u32 _e1445 = n_better;
        const u32 _e1446 = index_top_k_0_ones(all_better_3_2);
        n_better = _e1445 + _e1446;
        const u32 _e1448 = n_equal;
        const u32 _e1449 = index_top_k_0_ones(all_equal_3_2);
        n_equal = _e1448 + _e1449;
        if (!is_better_0_2) {
          if (is_equal_0_2) {
            local_69 = equal_here_2 < last.y;
          } else {
            local_69 = false;
          }
          local_68 = local_69;
        } else {
          local_68 = true;
        }
        if (local_68) {
          chosen_1[out + better_here_2 + m_min(equal_here_2, last.y)] = 4u * four_2 + 0u;
        }
        better_here_2 += is_better_0_2 ? 1u : 0u;
        equal_here_2 += is_equal_0_2 ? 1u : 0u;
        if (!is_better_1_2) {
          if (is_equal_1_2) {
            local_71 = equal_here_2 < last.y;
          } else {
            local_71 = false;
          }
          local_70 = local_71;
        } else {
          local_70 = true;
        }
        if (local_70) {
          chosen_1[out + better_here_2 + m_min(equal_here_2, last.y)] = 4u * four_2 + 1u;
        }
        better_here_2 += is_better_1_2 ? 1u : 0u;
        equal_here_2 += is_equal_1_2 ? 1u : 0u;
        if (!is_better_2_2) {
          if (is_equal_2_2) {
            local_73 = equal_here_2 < last.y;
          } else {
            local_73 = false;
          }
          local_72 = local_73;
        } else {
          local_72 = true;
        }
        if (local_72) {
          chosen_1[out + better_here_2 + m_min(equal_here_2, last.y)] = 4u * four_2 + 2u;
        }
        better_here_2 += is_better_2_2 ? 1u : 0u;
        equal_here_2 += is_equal_2_2 ? 1u : 0u;
        if (!is_better_3_2) {
          if (is_equal_3_2) {
            local_75 = equal_here_2 < last.y;
          } else {
            local_75 = false;
          }
          local_74 = local_75;
        } else {
          local_74 = true;
        }
        if (local_74) {
          chosen_1[out + better_here_2 + m_min(equal_here_2, last.y)] = 4u * four_2 + 3u;
        }
        better_here_2 += is_better_3_2 ? 1u : 0u;
        equal_here_2 += is_equal_3_2 ? 1u : 0u;
      }
      {
        u32 better_here_3 = n_better;
        u32 equal_here_3 = n_equal;
        if (four_3 < end) {
          local_76 = 4u * four_3 + 0u < n;
        } else {
          local_76 = false;
        }
        const bool is_there_0_3 = local_76;
        if (is_there_0_3) {
          local_77 = keys_3_1.x > last.x;
        } else {
          local_77 = false;
        }
        const bool is_better_0_3 = local_77;
        if (is_there_0_3) {
          local_78 = keys_3_1.x == last.x;
        } else {
          local_78 = false;
        }
        const bool is_equal_0_3 = local_78;
        const u32x4 all_better_0_3 = wave_ballot(is_better_0_3);
        const u32x4 all_equal_0_3 = wave_ballot(is_equal_0_3);
        const u32 _e1617 = better_here_3;
        const u32 _e1619 = index_top_k_0_ones(all_better_0_3 & below);
        better_here_3 = _e1617 + _e1619;
        const u32 _e1621 = equal_here_3;
        const u32 _e1623 = index_top_k_0_ones(all_equal_0_3 & below);
        equal_here_3 = _e1621 + _e1623;
        const u32 _e1625 = n_better;
        const u32 _e1626 = index_top_k_0_ones(all_better_0_3);
        n_better = _e1625 + _e1626;
        const u32 _e1628 = n_equal;
        const u32 _e1629 = index_top_k_0_ones(all_equal_0_3);
        n_equal = _e1628 + _e1629;
        if (four_3 < end) {
          local_79 = 4u * four_3 + 1u < n;
        } else {
          local_79 = false;
        }
        const bool is_there_1_3 = local_79;
        if (is_there_1_3) {
          local_80 = keys_3_1.y > last.x;
        } else {
          local_80 = false;
        }
        const bool is_better_1_3 = local_80;
        if (is_there_1_3) {
          local_81 = keys_3_1.y == last.x;
        } else {
          local_81 = false;
        }
        const bool is_equal_1_3 = local_81;
        const u32x4 all_better_1_3 = wave_ballot(is_better_1_3);
        const u32x4 all_equal_1_3 = wave_ballot(is_equal_1_3);
        const u32 _e1657 = better_here_3;
        const u32 _e1659 = index_top_k_0_ones(all_better_1_3 & below);
        better_here_3 = _e1657 + _e1659;
        const u32 _e1661 = equal_here_3;
        const u32 _e1663 = index_top_k_0_ones(all_equal_1_3 & below);
        equal_here_3 = _e1661 + _e1663;
        const u32 _e1665 = n_better;
        const u32 _e1666 = index_top_k_0_ones(all_better_1_3);
        n_better = _e1665 + _e1666;
        const u32 _e1668 = n_equal;
        const u32 _e1669 = index_top_k_0_ones(all_equal_1_3);
        n_equal = _e1668 + _e1669;
        if (four_3 < end) {
          local_82 = 4u * four_3 + 2u < n;
        } else {
          local_82 = false;
        }
        const bool is_there_2_3 = local_82;
        if (is_there_2_3) {
          local_83 = keys_3_1.z > last.x;
        } else {
          local_83 = false;
        }
        const bool is_better_2_3 = local_83;
        if (is_there_2_3) {
          local_84 = keys_3_1.z == last.x;
        } else {
          local_84 = false;
        }
        const bool is_equal_2_3 = local_84;
        const u32x4 all_better_2_3 = wave_ballot(is_better_2_3);
        const u32x4 all_equal_2_3 = wave_ballot(is_equal_2_3);
        const u32 _e1697 = better_here_3;
        const u32 _e1699 = index_top_k_0_ones(all_better_2_3 & below);
        better_here_3 = _e1697 + _e1699;
        const u32 _e1701 = equal_here_3;
        const u32 _e1703 = index_top_k_0_ones(all_equal_2_3 & below);
        equal_here_3 = _e1701 + _e1703;
        const u32 _e1705 = n_better;
        const u32 _e1706 = index_top_k_0_ones(all_better_2_3);
        n_better = _e1705 + _e1706;
        const u32 _e1708 = n_equal;
        const u32 _e1709 = index_top_k_0_ones(all_equal_2_3);
        n_equal = _e1708 + _e1709;
        if (four_3 < end) {
          local_85 = 4u * four_3 + 3u < n;
        } else {
          local_85 = false;
        }
        const bool is_there_3_3 = local_85;
        if (is_there_3_3) {
          local_86 = keys_3_1.w > last.x;
        } else {
          local_86 = false;
        }
        const bool is_better_3_3 = local_86;
        if (is_there_3_3) {
          local_87 = keys_3_1.w == last.x;
        } else {
          local_87 = false;
        }
        const bool is_equal_3_3 = local_87;
        const u32x4 all_better_3_3 = wave_ballot(is_better_3_3);
        const u32x4 all_equal_3_3 = wave_ballot(is_equal_3_3);
        const u32 _e1737 = better_here_3;
        const u32 _e1739 = index_top_k_0_ones(all_better_3_3 & below);
        better_here_3 = _e1737 + _e1739;
        const u32 _e1741 = equal_here_3;
        const u32 _e1743 = index_top_k_0_ones(all_equal_3_3 & below);
        equal_here_3 = _e1741 + _e1743;
        const u32 _e1745 = n_better;
        const u32 _e1746 = index_top_k_0_ones(all_better_3_3);
        n_better = _e1745 + _e1746;
        const u32 _e1748 = n_equal;
        const u32 _e1749 = index_top_k_0_ones(all_equal_3_3);
        n_equal = _e1748 + _e1749;
        if (!is_better_0_3) {
          if (is_equal_0_3) {
            local_89 = equal_here_3 < last.y;
          } else {
            local_89 = false;
          }
          local_88 = local_89;
        } else {
          local_88 = true;
        }
        if (local_88) {
          chosen_1[out + better_here_3 + m_min(equal_here_3, last.y)] = 4u * four_3 + 0u;
        }
        better_here_3 += is_better_0_3 ? 1u : 0u;
        equal_here_3 += is_equal_0_3 ? 1u : 0u;
        if (!is_better_1_3) {
          if (is_equal_1_3) {
            local_91 = equal_here_3 < last.y;
          } else {
            local_91 = false;
          }
          local_90 = local_91;
        } else {
          local_90 = true;
        }
        if (local_90) {
          chosen_1[out + better_here_3 + m_min(equal_here_3, last.y)] = 4u * four_3 + 1u;
        }
        better_here_3 += is_better_1_3 ? 1u : 0u;
        equal_here_3 += is_equal_1_3 ? 1u : 0u;
        if (!is_better_2_3) {
          if (is_equal_2_3) {
            local_93 = equal_here_3 < last.y;
          } else {
            local_93 = false;
          }
          local_92 = local_93;
        } else {
          local_92 = true;
        }
        if (local_92) {
          chosen_1[out + better_here_3 + m_min(equal_here_3, last.y)] = 4u * four_3 + 2u;
        }
        better_here_3 += is_better_2_3 ? 1u : 0u;
        equal_here_3 += is_equal_2_3 ? 1u : 0u;
        if (!is_better_3_3) {
          if (is_equal_3_3) {
            local_95 = equal_here_3 < last.y;
          } else {
            local_95 = false;
          }
          local_94 = local_95;
        } else {
          local_94 = true;
        }
        if (local_94) {
          chosen_1[out + better_here_3 + m_min(equal_here_3, last.y)] = 4u * four_3 + 3u;
        }
        better_here_3 += is_better_3_3 ? 1u : 0u;
        equal_here_3 += is_equal_3_3 ? 1u : 0u;
      }
    }
    return;
  }
}

extern "C" __global__ void __launch_bounds__(128) index_top_k_ngnhcm(
    const f32x4* __restrict__ scores_0_v4,
    u32* chosen_1,
    const u32x4* __restrict__ rows,
    const __grid_constant__ Params p) {
  __shared__ __align__(16) arr<u32, 32> reduce_words;
  __shared__ __align__(16) arr<u32, 2048> index_top_k_0_bins;
  __shared__ __align__(16) u32x3 index_top_k_0_bin;
  __shared__ __align__(16) u32 index_top_k_0_n_kept;
  static_assert(128u % WAVE == 0u, "index_top_k_ngnhcm needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  index_top_k_0(at, scores_0_v4, chosen_1, rows, p, reduce_words, index_top_k_0_bins, index_top_k_0_bin, index_top_k_0_n_kept);
}

}  // namespace index_top_k_ngnhcm_ns
