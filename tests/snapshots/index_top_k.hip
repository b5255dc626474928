// index_top_k_htdmpw
//
// index_top_k of index_select (MODEL.md 2.8)
//   template ops/index_top_k, D = 128, DEPTH = 16, H = 64, HALF = 448, HEADS = 8, JT = 32, K = 512, KG = 2, OUT = 64, P = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64, ratio = 4
//   score[t, j] = Σ_h max(0, q[t, h] · row[j]) · g[t, h] · (D·H)^(-1/2),
//   j < floor((position(t) + 1) / ratio);
//   chosen[t] = the K best in ascending order, the earlier of equals, u32::MAX beyond
//
// binding  name  elements  what
// 0  scores_0_v4  vec4<f32>  1 values a row, temporary, read
// 1  chosen_1  u32  [T, 512], read and written
// 2  rows  vec4<u32>  rows of the step, read
namespace index_top_k_htdmpw_ns {

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
  index_top_k_0_clear(at, 2048u, index_top_k_0_bins);
  const u32 last = (n - 1u) / 4u;
  for (u32 first = at.lid; first <= last; first += 256u) {
    const u32x4 keys_0 = index_top_k_0_keys(base + m_min(first + 0u, last), scores_0_v4);
    const u32x4 keys_1 = index_top_k_0_keys(base + m_min(first + 128u, last), scores_0_v4);
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
  __syncthreads();
  if (at.lid == 0u) {
    atomic_store(&index_top_k_0_n_kept, 0u);
  }
  __syncthreads();
  const u32 last = (n - 1u) / 4u;
  for (u32 first = at.lid; first <= last; first += 256u) {
    const u32x4 keys_0 = index_top_k_0_keys(base + m_min(first + 0u, last), scores_0_v4);
    const u32x4 keys_1 = index_top_k_0_keys(base + m_min(first + 128u, last), scores_0_v4);
    if (4u * first + 0u < n) {
      local = (keys_0.x >> 21u) == prefix;
    } else {
      local = false;
    }
    if (local) {
      const u32 _e47 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e47], keys_0.x);
    }
    if (4u * first + 1u < n) {
      local_1 = (keys_0.y >> 21u) == prefix;
    } else {
      local_1 = false;
    }
    if (local_1) {
      const u32 _e69 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e69], keys_0.y);
    }
    if (4u * first + 2u < n) {
      local_2 = (keys_0.z >> 21u) == prefix;
    } else {
      local_2 = false;
    }
    if (local_2) {
      const u32 _e91 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e91], keys_0.z);
    }
    if (4u * first + 3u < n) {
      local_3 = (keys_0.w >> 21u) == prefix;
    } else {
      local_3 = false;
    }
    if (local_3) {
      const u32 _e113 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e113], keys_0.w);
    }
    if (4u * first + 512u < n) {
      local_4 = (keys_1.x >> 21u) == prefix;
    } else {
      local_4 = false;
    }
    if (local_4) {
      const u32 _e135 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e135], keys_1.x);
    }
    if (4u * first + 513u < n) {
      local_5 = (keys_1.y >> 21u) == prefix;
    } else {
      local_5 = false;
    }
    if (local_5) {
      const u32 _e157 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e157], keys_1.y);
    }
    if (4u * first + 514u < n) {
      local_6 = (keys_1.z >> 21u) == prefix;
    } else {
      local_6 = false;
    }
    if (local_6) {
      const u32 _e179 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e179], keys_1.z);
    }
    if (4u * first + 515u < n) {
      local_7 = (keys_1.w >> 21u) == prefix;
    } else {
      local_7 = false;
    }
    if (local_7) {
      const u32 _e201 = atomic_add(&index_top_k_0_n_kept, 1u);
      atomic_store(&index_top_k_0_bins[1024u + _e201], keys_1.w);
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
    for (u32 i_1 = first + at.lane; i_1 < end; i_1 += 64u) {
      const u32x4 keys_0 = index_top_k_0_keys(base + m_min(i_1 + 0u, n_fours - 1u), scores_0_v4);
      const u32x4 keys_1 = index_top_k_0_keys(base + m_min(i_1 + 32u, n_fours - 1u), scores_0_v4);
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
    }
    const u32 _e350 = wave_add(better);
    const u32x2 _e355 = reduce_before(at, at.lane == 0u ? _e350 : 0u, reduce_words);
    const u32 better_before = _e355.x;
    const u32 _e359 = wave_add(equal);
    const u32x2 _e364 = reduce_before(at, at.lane == 0u ? _e359 : 0u, reduce_words);
    const u32 equal_before = _e364.x;
    const u32x4 below = index_top_k_0_below(at.lane);
    const u32 _e368 = wave_broadcast(better_before, 0u);
    u32 n_better = _e368;
    const u32 _e370 = wave_broadcast(equal_before, 0u);
    u32 n_equal = _e370;
    for (u32 i_2 = first; i_2 < end; i_2 += 64u) {
      const u32 four_0 = i_2 + 0u + at.lane;
      const u32x4 keys_0_1 = index_top_k_0_keys(base + m_min(four_0, n_fours - 1u), scores_0_v4);
      const u32 four_1 = i_2 + 32u + at.lane;
      const u32x4 keys_1_1 = index_top_k_0_keys(base + m_min(four_1, n_fours - 1u), scores_0_v4);
      {
        u32 better_here = n_better;
        u32 equal_here = n_equal;
        if (four_0 < end) {
          local_8 = 4u * four_0 + 0u < n;
        } else {
          local_8 = false;
        }
        const bool is_there_0 = local_8;
        if (is_there_0) {
          local_9 = keys_0_1.x > last.x;
        } else {
          local_9 = false;
        }
        const bool is_better_0 = local_9;
        if (is_there_0) {
          local_10 = keys_0_1.x == last.x;
        } else {
          local_10 = false;
        }
        const bool is_equal_0 = local_10;
        const u32x4 all_better_0 = wave_ballot(is_better_0);
        const u32x4 all_equal_0 = wave_ballot(is_equal_0);
        const u32 _e425 = better_here;
        const u32 _e427 = index_top_k_0_ones(all_better_0 & below);
        better_here = _e425 + _e427;
        const u32 _e429 = equal_here;
        const u32 _e431 = index_top_k_0_ones(all_equal_0 & below);
        equal_here = _e429 + _e431;
        const u32 _e433 = n_better;
        const u32 _e434 = index_top_k_0_ones(all_better_0);
        n_better = _e433 + _e434;
        const u32 _e436 = n_equal;
        const u32 _e437 = index_top_k_0_ones(all_equal_0);
        n_equal = _e436 + _e437;
        if (four_0 < end) {
          local_11 = 4u * four_0 + 1u < n;
        } else {
          local_11 = false;
        }
        const bool is_there_1 = local_11;
        if (is_there_1) {
          local_12 = keys_0_1.y > last.x;
        } else {
          local_12 = false;
        }
        const bool is_better_1 = local_12;
        if (is_there_1) {
          local_13 = keys_0_1.y == last.x;
        } else {
          local_13 = false;
        }
        const bool is_equal_1 = local_13;
        const u32x4 all_better_1 = wave_ballot(is_better_1);
        const u32x4 all_equal_1 = wave_ballot(is_equal_1);
        const u32 _e465 = better_here;
        const u32 _e467 = index_top_k_0_ones(all_better_1 & below);
        better_here = _e465 + _e467;
        const u32 _e469 = equal_here;
        const u32 _e471 = index_top_k_0_ones(all_equal_1 & below);
        equal_here = _e469 + _e471;
        const u32 _e473 = n_better;
        const u32 _e474 = index_top_k_0_ones(all_better_1);
        n_better = _e473 + _e474;
        const u32 _e476 = n_equal;
        const u32 _e477 = index_top_k_0_ones(all_equal_1);
        n_equal = _e476 + _e477;
        if (four_0 < end) {
          local_14 = 4u * four_0 + 2u < n;
        } else {
          local_14 = false;
        }
        const bool is_there_2 = local_14;
        if (is_there_2) {
          local_15 = keys_0_1.z > last.x;
        } else {
          local_15 = false;
        }
        const bool is_better_2 = local_15;
        if (is_there_2) {
          local_16 = keys_0_1.z == last.x;
        } else {
          local_16 = false;
        }
        const bool is_equal_2 = local_16;
        const u32x4 all_better_2 = wave_ballot(is_better_2);
        const u32x4 all_equal_2 = wave_ballot(is_equal_2);
        const u32 _e505 = better_here;
        const u32 _e507 = index_top_k_0_ones(all_better_2 & below);
        better_here = _e505 + _e507;
        const u32 _e509 = equal_here;
        const u32 _e511 = index_top_k_0_ones(all_equal_2 & below);
        equal_here = _e509 + _e511;
        const u32 _e513 = n_better;
        const u32 _e514 = index_top_k_0_ones(all_better_2);
        n_better = _e513 + _e514;
        const u32 _e516 = n_equal;
        const u32 _e517 = index_top_k_0_ones(all_equal_2);
        n_equal = _e516 + _e517;
        if (four_0 < end) {
          local_17 = 4u * four_0 + 3u < n;
        } else {
          local_17 = false;
        }
        const bool is_there_3 = local_17;
        if (is_there_3) {
          local_18 = keys_0_1.w > last.x;
        } else {
          local_18 = false;
        }
        const bool is_better_3 = local_18;
        if (is_there_3) {
          local_19 = keys_0_1.w == last.x;
        } else {
          local_19 = false;
        }
        const bool is_equal_3 = local_19;
        const u32x4 all_better_3 = wave_ballot(is_better_3);
        const u32x4 all_equal_3 = wave_ballot(is_equal_3);
        const u32 _e545 = better_here;
        const u32 _e547 = index_top_k_0_ones(all_better_3 & below);
        better_here = _e545 + _e547;
        const u32 _e549 = equal_here;
        const u32 _e551 = index_top_k_0_ones(all_equal_3 & below);
        equal_here = _e549 + _e551;
        const u32 _e553 = n_better;
        const u32 _e554 = index_top_k_0_ones(all_better_3);
        n_better = _e553 + _e554;
        const u32 _e556 = n_equal;
        const u32 _e557 = index_top_k_0_ones(all_equal_3);
        n_equal = _e556 + _e557;
        if (!is_better_0) {
          if (is_equal_0) {
            local_21 = equal_here < last.y;
          } else {
            local_21 = false;
          }
          local_20 = local_21;
        } else {
          local_20 = true;
        }
        if (local_20) {
          chosen_1[out + better_here + m_min(equal_here, last.y)] = 4u * four_0 + 0u;
        }
        better_here += is_better_0 ? 1u : 0u;
        equal_here += is_equal_0 ? 1u : 0u;
        if (!is_better_1) {
          if (is_equal_1) {
            local_23 = equal_here < last.y;
          } else {
            local_23 = false;
          }
          local_22 = local_23;
        } else {
          local_22 = true;
        }
        if (local_22) {
          chosen_1[out + better_here + m_min(equal_here, last.y)] = 4u * four_0 + 1u;
        }
        better_here += is_better_1 ? 1u : 0u;
        equal_here += is_equal_1 ? 1u : 0u;
        if (!is_better_2) {
          if (is_equal_2) {
            local_25 = equal_here < last.y;
          } else {
            local_25 = false;
          }
          local_24 = local_25;
        } else {
          local_24 = true;
        }
        if (local_24) {
          chosen_1[out + better_here + m_min(equal_here, last.y)] = 4u * four_0 + 2u;
        }
        better_here += is_better_2 ? 1u : 0u;
        equal_here += is_equal_2 ? 1u : 0u;
        if (!is_better_3) {
          if (is_equal_3) {
            local_27 = equal_here < last.y;
          } else {
            local_27 = false;
          }
          local_26 = local_27;
        } else {
          local_26 = true;
        }
        if (local_26) {
          chosen_1[out + better_here + m_min(equal_here, last.y)] = 4u * four_0 + 3u;
        }
        better_here += is_better_3 ? 1u : 0u;
        equal_here += is_equal_3 ? 1u : 0u;
      }
      {
        u32 better_here_1 = n_better;
        u32 equal_here_1 = n_equal;
        if (four_1 < end) {
          local_28 = 4u * four_1 + 0u < n;
        } else {
          local_28 = false;
        }
        const bool is_there_0_1 = local_28;
        if (is_there_0_1) {
          local_29 = keys_1_1.x > last.x;
        } else {
          local_29 = false;
        }
        const bool is_better_0_1 = local_29;
        if (is_there_0_1) {
          local_30 = keys_1_1.x == last.x;
        } else {
          local_30 = false;
        }
        const bool is_equal_0_1 = local_30;
        const u32x4 all_better_0_1 = wave_ballot(is_better_0_1);
        const u32x4 all_equal_0_1 = wave_ballot(is_equal_0_1);
        const u32 _e725 = better_here_1;
        const u32 _e727 = index_top_k_0_ones(all_better_0_1 & below);
        better_here_1 = _e725 + _e727;
        const u32 _e729 = equal_here_1;
        const u32 _e731 = index_top_k_0_ones(all_equal_0_1 & below);
        equal_here_1 = _e729 + _e731;
        const u32 _e733 = n_better;
        const u32 _e734 = index_top_k_0_ones(all_better_0_1);
        n_better = _e733 + _e734;
        const u32 _e736 = n_equal;
        const u32 _e737 = index_top_k_0_ones(all_equal_0_1);
        n_equal = _e736 + _e737;
        if (four_1 < end) {
          local_31 = 4u * four_1 + 1u < n;
        } else {
          local_31 = false;
        }
        const bool is_there_1_1 = local_31;
        if (is_there_1_1) {
          local_32 = keys_1_1.y > last.x;
        } else {
          local_32 = false;
        }
        const bool is_better_1_1 = local_32;
        if (is_there_1_1) {
          local_33 = keys_1_1.y == last.x;
        } else {
          local_33 = false;
        }
        const bool is_equal_1_1 = local_33;
        const u32x4 all_better_1_1 = wave_ballot(is_better_1_1);
        const u32x4 all_equal_1_1 = wave_ballot(is_equal_1_1);
        const u32 _e765 = better_here_1;
        const u32 _e767 = index_top_k_0_ones(all_better_1_1 & below);
        better_here_1 = _e765 + _e767;
        const u32 _e769 = equal_here_1;
        const u32 _e771 = index_top_k_0_ones(all_equal_1_1 & below);
        equal_here_1 = _e769 + _e771;
        const u32 _e773 = n_better;
        const u32 _e774 = index_top_k_0_ones(all_better_1_1);
        n_better = _e773 + _e774;
        const u32 _e776 = n_equal;
        const u32 _e777 = index_top_k_0_ones(all_equal_1_1);
        n_equal = _e776 + _e777;
        if (four_1 < end) {
          local_34 = 4u * four_1 + 2u < n;
        } else {
          local_34 = false;
        }
        const bool is_there_2_1 = local_34;
        if (is_there_2_1) {
          local_35 = keys_1_1.z > last.x;
        } else {
          local_35 = false;
        }
        const bool is_better_2_1 = local_35;
        if (is_there_2_1) {
          local_36 = keys_1_1.z == last.x;
        } else {
          local_36 = false;
        }
        const bool is_equal_2_1 = local_36;
        const u32x4 all_better_2_1 = wave_ballot(is_better_2_1);
        const u32x4 all_equal_2_1 = wave_ballot(is_equal_2_1);
        const u32 _e805 = better_here_1;
        const u32 _e807 = index_top_k_0_ones(all_better_2_1 & below);
        better_here_1 = _e805 + _e807;
        const u32 _e809 = equal_here_1;
        const u32 _e811 = index_top_k_0_ones(all_equal_2_1 & below);
        equal_here_1 = _e809 + _e811;
        const u32 _e813 = n_better;
        const u32 _e814 = index_top_k_0_ones(all_better_2_1);
        n_better = _e813 + _e814;
        const u32 _e816 = n_equal;
        const u32 _e817 = index_top_k_0_ones(all_equal_2_1);
        n_equal = _e816 + _e817;
        if (four_1 < end) {
          local_37 = 4u * four_1 + 3u < n;
        } else {
          local_37 = false;
        }
        const bool is_there_3_1 = local_37;
        if (is_there_3_1) {
          local_38 = keys_1_1.w > last.x;
        } else {
          local_38 = false;
        }
        const bool is_better_3_1 = local_38;
        if (is_there_3_1) {
          local_39 = keys_1_1.w == last.x;
        } else {
          local_39 = false;
        }
        const bool is_equal_3_1 = local_39;
        const u32x4 all_better_3_1 = wave_ballot(is_better_3_1);
        const u32x4 all_equal_3_1 = wave_ballot(is_equal_3_1);
        const u32 _e845 = better_here_1;
        const u32 _e847 = index_top_k_0_ones(all_better_3_1 & below);
        better_here_1 = _e845 + _e847;
        const u32 _e849 = equal_here_1;
        const u32 _e851 = index_top_k_0_ones(all_equal_3_1 & below);
        equal_here_1 = _e849 + _e851;
        const u32 _e853 = n_better;
        const u32 _e854 = index_top_k_0_ones(all_better_3_1);
        n_better = _e853 + _e854;
        const u32 _e856 = n_equal;
        const u32 _e857 = index_top_k_0_ones(all_equal_3_1);
        n_equal = _e856 + _e857;
        if (!is_better_0_1) {
          if (is_equal_0_1) {
            local_41 = equal_here_1 < last.y;
          } else {
            local_41 = false;
          }
          local_40 = local_41;
        } else {
          local_40 = true;
        }
        if (local_40) {
          chosen_1[out + better_here_1 + m_min(equal_here_1, last.y)] = 4u * four_1 + 0u;
        }
        better_here_1 += is_better_0_1 ? 1u : 0u;
        equal_here_1 += is_equal_0_1 ? 1u : 0u;
        if (!is_better_1_1) {
          if (is_equal_1_1) {
            local_43 = equal_here_1 < last.y;
          } else {
            local_43 = false;
          }
          local_42 = local_43;
        } else {
          local_42 = true;
        }
        if (local_42) {
          chosen_1[out + better_here_1 + m_min(equal_here_1, last.y)] = 4u * four_1 + 1u;
        }
        better_here_1 += is_better_1_1 ? 1u : 0u;
        equal_here_1 += is_equal_1_1 ? 1u : 0u;
        if (!is_better_2_1) {
          if (is_equal_2_1) {
            local_45 = equal_here_1 < last.y;
          } else {
            local_45 = false;
          }
          local_44 = local_45;
        } else {
          local_44 = true;
        }
        if (local_44) {
          chosen_1[out + better_here_1 + m_min(equal_here_1, last.y)] = 4u * four_1 + 2u;
        }
        better_here_1 += is_better_2_1 ? 1u : 0u;
        equal_here_1 += is_equal_2_1 ? 1u : 0u;
        if (!is_better_3_1) {
          if (is_equal_3_1) {
            local_47 = equal_here_1 < last.y;
          } else {
            local_47 = false;
          }
          local_46 = local_47;
        } else {
          local_46 = true;
        }
        if (local_46) {
          chosen_1[out + better_here_1 + m_min(equal_here_1, last.y)] = 4u * four_1 + 3u;
        }
        better_here_1 += is_better_3_1 ? 1u : 0u;
        equal_here_1 += is_equal_3_1 ? 1u : 0u;
      }
    }
    return;
  }
}

extern "C" __global__ void __launch_bounds__(128) index_top_k_htdmpw(
    const f32x4* __restrict__ scores_0_v4,
    u32* chosen_1,
    const u32x4* __restrict__ rows,
    const __grid_constant__ Params p) {
  __shared__ __align__(16) arr<u32, 32> reduce_words;
  __shared__ __align__(16) arr<u32, 2048> index_top_k_0_bins;
  __shared__ __align__(16) u32x3 index_top_k_0_bin;
  __shared__ __align__(16) u32 index_top_k_0_n_kept;
  static_assert(128u % WAVE == 0u, "index_top_k_htdmpw needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  index_top_k_0(at, scores_0_v4, chosen_1, rows, p, reduce_words, index_top_k_0_bins, index_top_k_0_bin, index_top_k_0_n_kept);
}

}  // namespace index_top_k_htdmpw_ns
