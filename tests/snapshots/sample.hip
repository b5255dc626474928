// sample_rxwrzg
//
// sample of sample (MODEL.md 8)
//   template ops/sample, CHUNK = 64, DEPTH = 16, HALF = 448, JT = 32, KG = 2, OUT = 16, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4, V = 129280
//   w = exp((logits − max) / temperature), of the top_k largest logits, w ≥ min_p and
//   then the largest that reach the share top_p of Σ w; ids[t] = the token that
//   philox(seed, number) · Σ w falls on, or argmax at temperature 0
//
// binding  name  elements  what
// 0  logits_0  f32  [T, 129280], read
// 1  logits_0_v4  vec4<f32>  [T, 129280], read
// 2  draws_1  u32  [T, 8], read
// 3  ids_2  u32  [T], read and written
namespace sample_rxwrzg_ns {

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

struct sample_0_Filter {
  u32 base;
  f32 top;
  f32 temperature;
  f32 share;
  u32x2 last_k;
  u32x2 last_p;
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

DEV f32 order_number(u32 word) {
  return bitcast<f32>((word >> 31u) == 1u ? word & 2147483647u : ~word);
}

DEV u32x2 wide_mul(u32 a, u32 b) {
  const u32 a0 = a & 65535u;
  const u32 a1 = a >> 16u;
  const u32 b0 = b & 65535u;
  const u32 b1 = b >> 16u;
  const u32 low = a0 * b0;
  const u32 left = a1 * b0 + (low >> 16u);
  const u32 right = a0 * b1 + (left & 65535u);
  const u32 high = a1 * b1 + (left >> 16u) + (right >> 16u);
  return u32x2{(right << 16u) | (low & 65535u), high};
}

DEV u32x2 wide_add(u32x2 a, u32x2 b) {
  const u32 low = a.x + b.x;
  return u32x2{low, a.y + b.y + (low < a.x ? 1u : 0u)};
}

DEV u32x2 wide_sub(u32x2 a, u32x2 b) {
  return u32x2{a.x - b.x, a.y - b.y - (a.x < b.x ? 1u : 0u)};
}

DEV bool wide_less(u32x2 a, u32x2 b) {
  bool local = false;
  bool local_1 = false;
  if (!(a.y < b.y)) {
    if (a.y == b.y) {
      local_1 = a.x < b.x;
    } else {
      local_1 = false;
    }
    local = local_1;
  } else {
    local = true;
  }
  return local;
}

DEV u32x3 wide_scale(u32x2 a, u32 b) {
  const u32x2 low = wide_mul(a.x, b);
  const u32x2 high = wide_mul(a.y, b);
  const u32 middle = low.y + high.x;
  return u32x3{low.x, middle, high.y + (middle < low.y ? 1u : 0u)};
}

DEV u32 philox_bits(u32x2 seed, u32x2 number) {
  u32x4 counter = make<u32x4>(number, 0u, 0u);
  u32x2 key = seed;
  for (u32 i = 0u; i < 10u; i += 1u) {
    const u32x2 a = wide_mul(3528531795u, counter.x);
    const u32x2 b = wide_mul(3449720151u, counter.z);
    counter = u32x4{b.y ^ counter.y ^ key.x, b.x, a.y ^ counter.w ^ key.y, a.x};
    key = key + u32x2{2654435769u, 3144134277u};
  }
  return counter.x >> 8u;
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

DEV void reduce_gather(At at, u32 word, arr<u32, 64>& reduce_words) {
  __syncthreads();
  if (at.lane == 0u) {
    reduce_words[at.sg] = word;
  }
  __syncthreads();
}

DEV u32 reduce_max_u32(At at, u32 word, arr<u32, 64>& reduce_words) {
  const u32 _e2 = wave_max(word);
  reduce_gather(at, _e2, reduce_words);
  u32 largest = reduce_words[0u];
  for (u32 i = 1u; i < 8u; i += 1u) {
    largest = m_max(largest, reduce_words[i]);
  }
  return largest;
}

DEV u32 reduce_best(At at, u32 key, u32 place, arr<u32, 64>& reduce_words, arr<u32, 64>& reduce_places) {
  bool local = false;
  bool local_1 = false;
  const u32 largest = wave_max(key);
  const u32 lowest = wave_min(key == largest ? place : 4294967295u);
  __syncthreads();
  if (at.lane == 0u) {
    reduce_words[at.sg] = largest;
    reduce_places[at.sg] = lowest;
  }
  __syncthreads();
  u32 best = reduce_words[0u];
  u32 found = reduce_places[0u];
  for (u32 i = 1u; i < 8u; i += 1u) {
    const u32 other = reduce_words[i];
    const u32 other_place = reduce_places[i];
    if (!(other > best)) {
      if (other == best) {
        local_1 = other_place < found;
      } else {
        local_1 = false;
      }
      local = local_1;
    } else {
      local = true;
    }
    if (local) {
      best = other;
      found = other_place;
    }
  }
  return found;
}

DEV u32x2 reduce_before(At at, u32 word, arr<u32, 64>& reduce_words) {
  u32 total = 0u;
  const u32 within = wave_exclusive_add(word);
  const u32 _e3 = wave_add(word);
  reduce_gather(at, _e3, reduce_words);
  u32 before = within;
  for (u32 i = 0u; i < 8u; i += 1u) {
    const u32 sum = reduce_words[i];
    before += i < at.sg ? sum : 0u;
    total += sum;
  }
  return u32x2{before, total};
}

DEV void sample_0_clear(At at, u32 bins, arr<u32, 2048>& sample_0_bins) {
  __syncthreads();
  for (u32 i = at.lid; i < bins; i += 256u) {
    atomic_store(&sample_0_bins[i], 0u);
  }
  __syncthreads();
}

DEV u32x3 sample_0_find(At at, u32 bins, u32 rank, arr<u32, 64>& reduce_words, arr<u32, 2048>& sample_0_bins, u32x3& sample_0_bin) {
  u32 count = 0u;
  __syncthreads();
  const u32 own = (bins + 255u) / 256u;
  const u32 first = (at.sg * 32u + at.lane) * own;
  const u32 end = m_min(first + own, bins);
  for (u32 i = first; i < end; i += 1u) {
    count += atomic_load(&sample_0_bins[bins - 1u - i]);
  }
  const u32x2 _e33 = reduce_before(at, count, reduce_words);
  u32 left = rank - _e33.x;
  if (left - 1u < count) {
    for (u32 i_1 = first; i_1 < end; i_1 += 1u) {
      const u32 n = atomic_load(&sample_0_bins[bins - 1u - i_1]);
      if (left <= n) {
        sample_0_bin = u32x3{bins - 1u - i_1, left, n};
        break;
      }
      left -= n;
    }
  }
  __syncthreads();
  return sample_0_bin;
}

DEV u32x4 sample_0_keys(u32 i, const f32x4* __restrict__ logits_0_v4) {
  const f32x4 four = logits_0_v4[i];
  const u32 _e5 = order_total(four.x);
  const u32 _e7 = order_total(four.y);
  const u32 _e9 = order_total(four.z);
  const u32 _e11 = order_total(four.w);
  return u32x4{_e5, _e7, _e9, _e11};
}

DEV void sample_0_tally(At at, u32 base, u32 n, u32 prefix, u32 above, u32 shift, u32 mask, const f32x4* __restrict__ logits_0_v4, arr<u32, 2048>& sample_0_bins) {
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
  sample_0_clear(at, 2048u, sample_0_bins);
  const u32 last = (n - 1u) / 4u;
  for (u32 first = at.lid; first <= last; first += 512u) {
    const u32x4 keys_0 = sample_0_keys(base + m_min(first + 0u, last), logits_0_v4);
    const u32x4 keys_1 = sample_0_keys(base + m_min(first + 256u, last), logits_0_v4);
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
      atomic_add(&sample_0_bins[(keys_0.x >> (shift & 31u)) & mask], 1u);
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
      atomic_add(&sample_0_bins[(keys_0.y >> (shift & 31u)) & mask], 1u);
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
      atomic_add(&sample_0_bins[(keys_0.z >> (shift & 31u)) & mask], 1u);
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
      atomic_add(&sample_0_bins[(keys_0.w >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1024u < n) {
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
      atomic_add(&sample_0_bins[(keys_1.x >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1025u < n) {
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
      atomic_add(&sample_0_bins[(keys_1.y >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1026u < n) {
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
      atomic_add(&sample_0_bins[(keys_1.z >> (shift & 31u)) & mask], 1u);
    }
    if (4u * first + 1027u < n) {
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
      atomic_add(&sample_0_bins[(keys_1.w >> (shift & 31u)) & mask], 1u);
    }
  }
}

DEV void sample_0_keep(At at, u32 base, u32 n, u32 prefix, const f32x4* __restrict__ logits_0_v4, arr<u32, 2048>& sample_0_bins, u32& sample_0_n_kept) {
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
    atomic_store(&sample_0_n_kept, 0u);
  }
  __syncthreads();
  const u32 last = (n - 1u) / 4u;
  for (u32 first = at.lid; first <= last; first += 512u) {
    const u32x4 keys_0 = sample_0_keys(base + m_min(first + 0u, last), logits_0_v4);
    const u32x4 keys_1 = sample_0_keys(base + m_min(first + 256u, last), logits_0_v4);
    if (4u * first + 0u < n) {
      local = (keys_0.x >> 21u) == prefix;
    } else {
      local = false;
    }
    if (local) {
      const u32 _e47 = atomic_add(&sample_0_n_kept, 1u);
      atomic_store(&sample_0_bins[1024u + _e47], keys_0.x);
    }
    if (4u * first + 1u < n) {
      local_1 = (keys_0.y >> 21u) == prefix;
    } else {
      local_1 = false;
    }
    if (local_1) {
      const u32 _e69 = atomic_add(&sample_0_n_kept, 1u);
      atomic_store(&sample_0_bins[1024u + _e69], keys_0.y);
    }
    if (4u * first + 2u < n) {
      local_2 = (keys_0.z >> 21u) == prefix;
    } else {
      local_2 = false;
    }
    if (local_2) {
      const u32 _e91 = atomic_add(&sample_0_n_kept, 1u);
      atomic_store(&sample_0_bins[1024u + _e91], keys_0.z);
    }
    if (4u * first + 3u < n) {
      local_3 = (keys_0.w >> 21u) == prefix;
    } else {
      local_3 = false;
    }
    if (local_3) {
      const u32 _e113 = atomic_add(&sample_0_n_kept, 1u);
      atomic_store(&sample_0_bins[1024u + _e113], keys_0.w);
    }
    if (4u * first + 1024u < n) {
      local_4 = (keys_1.x >> 21u) == prefix;
    } else {
      local_4 = false;
    }
    if (local_4) {
      const u32 _e135 = atomic_add(&sample_0_n_kept, 1u);
      atomic_store(&sample_0_bins[1024u + _e135], keys_1.x);
    }
    if (4u * first + 1025u < n) {
      local_5 = (keys_1.y >> 21u) == prefix;
    } else {
      local_5 = false;
    }
    if (local_5) {
      const u32 _e157 = atomic_add(&sample_0_n_kept, 1u);
      atomic_store(&sample_0_bins[1024u + _e157], keys_1.y);
    }
    if (4u * first + 1026u < n) {
      local_6 = (keys_1.z >> 21u) == prefix;
    } else {
      local_6 = false;
    }
    if (local_6) {
      const u32 _e179 = atomic_add(&sample_0_n_kept, 1u);
      atomic_store(&sample_0_bins[1024u + _e179], keys_1.z);
    }
    if (4u * first + 1027u < n) {
      local_7 = (keys_1.w >> 21u) == prefix;
    } else {
      local_7 = false;
    }
    if (local_7) {
      const u32 _e201 = atomic_add(&sample_0_n_kept, 1u);
      atomic_store(&sample_0_bins[1024u + _e201], keys_1.w);
    }
  }
}

DEV u32x2 sample_0_select(At at, u32 base, u32 n, u32 rank, const f32x4* __restrict__ logits_0_v4, arr<u32, 64>& reduce_words, arr<u32, 2048>& sample_0_bins, u32x3& sample_0_bin, u32& sample_0_n_kept) {
  bool local = false;
  sample_0_tally(at, base, n, 0u, 32u, 21u, 2047u, logits_0_v4, sample_0_bins);
  const u32x3 _e9 = sample_0_find(at, 2048u, rank, reduce_words, sample_0_bins, sample_0_bin);
  u32x3 found = _e9;
  u32 key = found.x;
  if (!(n < 4096u)) {
    local = found.z > 1024u;
  } else {
    local = true;
  }
  if (local) {
    sample_0_tally(at, base, n, key, 21u, 10u, 2047u, logits_0_v4, sample_0_bins);
    const u32x3 _e32 = sample_0_find(at, 2048u, found.y, reduce_words, sample_0_bins, sample_0_bin);
    found = _e32;
    key = (key << 11u) | found.x;
    sample_0_tally(at, base, n, key, 10u, 0u, 1023u, logits_0_v4, sample_0_bins);
    const u32x3 _e46 = sample_0_find(at, 1024u, found.y, reduce_words, sample_0_bins, sample_0_bin);
    found = _e46;
    key = (key << 10u) | found.x;
  } else {
    const u32 n_kept = found.z;
    sample_0_keep(at, base, n, key, logits_0_v4, sample_0_bins, sample_0_n_kept);
    for (u32 shift = 14u; shift < 32u; shift -= 7u) {
      sample_0_clear(at, 128u, sample_0_bins);
      for (u32 i = at.lid; i < n_kept; i += 256u) {
        const u32 kept = atomic_load(&sample_0_bins[1024u + i]);
        if ((kept >> ((shift + 7u) & 31u)) == key) {
          atomic_add(&sample_0_bins[(kept >> (shift & 31u)) & 127u], 1u);
        }
      }
      const u32x3 _e92 = sample_0_find(at, 128u, found.y, reduce_words, sample_0_bins, sample_0_bin);
      found = _e92;
      key = (key << 7u) | found.x;
    }
  }
  return u32x2{key, found.y};
}

DEV u32 sample_0_key(u32 i, const f32* __restrict__ logits_0) {
  const u32 _e4 = order_total(logits_0[i]);
  return _e4;
}

DEV bool sample_0_ranks(u32 key, u32 token, u32x2 last) {
  bool local = false;
  bool local_1 = false;
  if (!(key > last.x)) {
    if (key == last.x) {
      local_1 = token <= last.y;
    } else {
      local_1 = false;
    }
    local = local_1;
  } else {
    local = true;
  }
  return local;
}

DEV u32x2 sample_0_fixed(f32 x) {
  const f32 scaled_1 = x * 4096.0f;
  const f32 whole = m_floor(scaled_1);
  return u32x2{saturate_cast<u32>((scaled_1 - whole) * 4294967300.0f), saturate_cast<u32>(whole)};
}

DEV u32x2 sample_0_weight(sample_0_Filter f, u32 token, const f32* __restrict__ logits_0) {
  bool local = false;
  bool local_1 = false;
  const f32 value = logits_0[f.base + token];
  const u32 key = order_total(value);
  const f32 weight = precise_exp((value - f.top) / f.temperature);
  if (weight >= f.share) {
    const bool _e18 = sample_0_ranks(key, token, f.last_k);
    local = _e18;
  } else {
    local = false;
  }
  if (local) {
    const bool _e24 = sample_0_ranks(key, token, f.last_p);
    local_1 = _e24;
  } else {
    local_1 = false;
  }
  const bool kept = local_1;
  const u32x2 _e29 = sample_0_fixed(kept ? weight : 0.0f);
  return _e29;
}

DEV u32x2 sample_0_scan(At at, u32x2 mass, arr<u32x2, 256>& sample_0_masses) {
  u32x2 sum = mass;
  __syncthreads();
  sample_0_masses[at.lid] = sum;
  __syncthreads();
  for (u32 step = 1u; step < 256u; step *= 2u) {
    if (at.lid >= step) {
      const u32x2 _e22 = wide_add(sum, sample_0_masses[at.lid - step]);
      sum = _e22;
    }
    __syncthreads();
    sample_0_masses[at.lid] = sum;
    __syncthreads();
  }
  return sum;
}

DEV u32x2 sample_0_measure(sample_0_Filter f, u32 key, u32 token, const f32* __restrict__ logits_0) {
  if (key == 0u) {
    const u32x2 _e5 = sample_0_weight(f, token, logits_0);
    return _e5;
  }
  const u32 _e10 = sample_0_key(f.base + token, logits_0);
  return u32x2{_e10 == key ? 1u : 0u, 0u};
}

DEV u32 sample_0_search(At at, sample_0_Filter f, u32 key, u32 wanted, const f32* __restrict__ logits_0, arr<u32x2, 256>& sample_0_masses, u32x3& sample_0_hit) {
  u32x2 mass = {};
  u32x2 before = {};
  bool local = false;
  bool local_1 = false;
  const u32 group = at.lid / 32u * 16160u;
  const u32 group_end = m_min(group + 16160u, 129280u);
  for (u32 i = group + at.lid % 32u; i < group_end; i += 256u) {
    const u32x2 own_0 = sample_0_measure(f, key, m_min(i + 0u, group_end - 1u), logits_0);
    const u32x2 own_1 = sample_0_measure(f, key, m_min(i + 32u, group_end - 1u), logits_0);
    const u32x2 own_2 = sample_0_measure(f, key, m_min(i + 64u, group_end - 1u), logits_0);
    const u32x2 own_3 = sample_0_measure(f, key, m_min(i + 96u, group_end - 1u), logits_0);
    const u32x2 own_4 = sample_0_measure(f, key, m_min(i + 128u, group_end - 1u), logits_0);
    const u32x2 own_5 = sample_0_measure(f, key, m_min(i + 160u, group_end - 1u), logits_0);
    const u32x2 own_6 = sample_0_measure(f, key, m_min(i + 192u, group_end - 1u), logits_0);
    const u32x2 own_7 = sample_0_measure(f, key, m_min(i + 224u, group_end - 1u), logits_0);
    const u32x2 _e84 = wide_add(mass, m_select(i + 0u < group_end, own_0, u32x2{}));
    mass = _e84;
    const u32x2 _e92 = wide_add(mass, m_select(i + 32u < group_end, own_1, u32x2{}));
    mass = _e92;
    const u32x2 _e100 = wide_add(mass, m_select(i + 64u < group_end, own_2, u32x2{}));
    mass = _e100;
    const u32x2 _e108 = wide_add(mass, m_select(i + 96u < group_end, own_3, u32x2{}));
    mass = _e108;
    const u32x2 _e116 = wide_add(mass, m_select(i + 128u < group_end, own_4, u32x2{}));
    mass = _e116;
    const u32x2 _e124 = wide_add(mass, m_select(i + 160u < group_end, own_5, u32x2{}));
    mass = _e124;
    const u32x2 _e132 = wide_add(mass, m_select(i + 192u < group_end, own_6, u32x2{}));
    mass = _e132;
    const u32x2 _e140 = wide_add(mass, m_select(i + 224u < group_end, own_7, u32x2{}));
    mass = _e140;
  }
  sample_0_scan(at, mass, sample_0_masses);
  u32x2 target_mass = {wanted, 0u};
  if (key == 0u) {
    const u32x3 product = wide_scale(sample_0_masses[255u], wanted);
    target_mass = u32x2{(product.x >> 24u) | (product.y << 8u), (product.y >> 24u) | (product.z << 8u)};
  }
  if (at.lid % 32u == 31u) {
    if (at.lid > 31u) {
      before = sample_0_masses[at.lid - 32u];
    }
    const bool _e188 = wide_less(target_mass, before);
    if (!_e188) {
      const bool _e197 = wide_less(target_mass, sample_0_masses[at.lid]);
      local = _e197;
    } else {
      local = false;
    }
    if (local) {
      const u32x2 _e207 = wide_sub(target_mass, before);
      sample_0_hit = make<u32x3>(at.lid / 32u * 16160u, _e207);
    }
  }
  __syncthreads();
  const u32x3 hit = sample_0_hit;
  const u32 hit_end = m_min(hit.x + 16160u, 129280u);
  const u32 first = m_min(hit.x + at.lid * 64u, hit_end);
  const u32 end = m_min(first + 64u, hit_end);
  mass = u32x2{};
  for (u32 i_1 = first; i_1 < end; i_1 += 1u) {
    const u32x2 _e228 = mass;
    const u32x2 _e230 = sample_0_measure(f, key, i_1, logits_0);
    const u32x2 _e231 = wide_add(_e228, _e230);
    mass = _e231;
  }
  const u32x2 until = sample_0_scan(at, mass, sample_0_masses);
  const u32x2 left = {hit.y, hit.z};
  const u32x2 _e239 = wide_sub(until, mass);
  u32x2 before_1 = _e239;
  const bool _e242 = wide_less(left, before_1);
  if (!_e242) {
    const bool _e246 = wide_less(left, until);
    local_1 = _e246;
  } else {
    local_1 = false;
  }
  if (local_1) {
    for (u32 i_2 = first; i_2 < end; i_2 += 1u) {
      const u32x2 _e252 = before_1;
      const u32x2 _e254 = sample_0_measure(f, key, i_2, logits_0);
      const u32x2 _e255 = wide_add(_e252, _e254);
      before_1 = _e255;
      const bool _e257 = wide_less(left, before_1);
      if (_e257) {
        sample_0_hit = u32x3{i_2, 0u, 0u};
        break;
      }
    }
  }
  __syncthreads();
  return sample_0_hit.x;
}

DEV void sample_0_count(At at, sample_0_Filter f, u32 prefix, u32 shift, u32 mask, const f32* __restrict__ logits_0, arr<u32, 2048>& sample_0_bins, arr<u32, 2048>& sample_0_carries) {
  __syncthreads();
  for (u32 i = at.lid; i < 2048u; i += 256u) {
    atomic_store(&sample_0_bins[i], 0u);
    atomic_store(&sample_0_carries[i], 0u);
  }
  __syncthreads();
  for (u32 i_1 = at.lid; i_1 < 129280u; i_1 += 256u) {
    const u32 _e29 = sample_0_key(f.base + i_1, logits_0);
    const u32 bin = _e29 >> (shift & 31u);
    if ((bin & ~mask) == prefix) {
      const u32x2 mass = sample_0_weight(f, i_1, logits_0);
      const u32 former = atomic_add(&sample_0_bins[bin & mask], mass.x);
      const u32 high = mass.y + (former + mass.x < former ? 1u : 0u);
      if (high != 0u) {
        atomic_add(&sample_0_carries[bin & mask], high);
      }
    }
  }
  __syncthreads();
}

DEV u32x2 sample_0_bin_mass(u32 i, arr<u32, 2048>& sample_0_bins, arr<u32, 2048>& sample_0_carries) {
  const u32 bin = 2047u - i;
  return u32x2{atomic_load(&sample_0_bins[bin]), atomic_load(&sample_0_carries[bin])};
}

DEV u32x3 sample_0_border_bin(At at, u32x2 wanted, u32 share, arr<u32, 2048>& sample_0_bins, arr<u32x2, 256>& sample_0_masses, arr<u32, 2048>& sample_0_carries, u32x3& sample_0_hit) {
  u32x2 mass = {};
  bool local = false;
  const u32 first = at.lid * 8u;
  const u32 end = m_min(first + 8u, 2048u);
  for (u32 i = first; i < end; i += 1u) {
    const u32x2 _e15 = mass;
    const u32x2 _e17 = sample_0_bin_mass(i, sample_0_bins, sample_0_carries);
    const u32x2 _e18 = wide_add(_e15, _e17);
    mass = _e18;
  }
  const u32x2 until = sample_0_scan(at, mass, sample_0_masses);
  u32x2 left = wanted;
  if (share != 0u) {
    const u32x3 product = wide_scale(sample_0_masses[255u], share);
    const u32x2 _e40 = wide_add(u32x2{product.y, product.z}, u32x2{product.x != 0u ? 1u : 0u, 0u});
    left = _e40;
  }
  const u32x2 before = wide_sub(until, mass);
  const bool _e44 = wide_less(before, left);
  if (_e44) {
    const bool _e48 = wide_less(until, left);
    local = !_e48;
  } else {
    local = false;
  }
  if (local) {
    const u32x2 _e53 = wide_sub(left, before);
    left = _e53;
    for (u32 i_1 = first; i_1 < end; i_1 += 1u) {
      const u32x2 own = sample_0_bin_mass(i_1, sample_0_bins, sample_0_carries);
      const bool _e60 = wide_less(own, left);
      if (!_e60) {
        sample_0_hit = make<u32x3>(2047u - i_1, left);
        break;
      }
      const u32x2 _e69 = wide_sub(left, own);
      left = _e69;
    }
  }
  __syncthreads();
  return sample_0_hit;
}

DEV u32x2 sample_0_border(At at, sample_0_Filter f, f32 top_p, const f32* __restrict__ logits_0, arr<u32, 2048>& sample_0_bins, arr<u32x2, 256>& sample_0_masses, arr<u32, 2048>& sample_0_carries, u32x3& sample_0_hit) {
  u32 n = 0u;
  const u32 share = m_max(saturate_cast<u32>(top_p * 4294967300.0f), 1u);
  sample_0_count(at, f, 0u, 21u, 2047u, logits_0, sample_0_bins, sample_0_carries);
  const u32x3 high = sample_0_border_bin(at, u32x2{}, share, sample_0_bins, sample_0_masses, sample_0_carries, sample_0_hit);
  sample_0_count(at, f, high.x << 11u, 10u, 2047u, logits_0, sample_0_bins, sample_0_carries);
  const u32x3 middle = sample_0_border_bin(at, u32x2{high.y, high.z}, 0u, sample_0_bins, sample_0_masses, sample_0_carries, sample_0_hit);
  const u32 prefix = (high.x << 11u) | middle.x;
  sample_0_count(at, f, prefix << 10u, 0u, 1023u, logits_0, sample_0_bins, sample_0_carries);
  const u32x3 low = sample_0_border_bin(at, u32x2{middle.y, middle.z}, 0u, sample_0_bins, sample_0_masses, sample_0_carries, sample_0_hit);
  const u32 key = (prefix << 10u) | low.x;
  const f32 value = order_number(key);
  const f32 _e42 = precise_exp((value - f.top) / f.temperature);
  const u32x2 weight = sample_0_fixed(_e42);
  for (u32 step = 262144u; step > 0u; step = step / 2u) {
    const u32x3 _e54 = wide_scale(weight, n + step);
    const bool _e57 = wide_less(u32x2{_e54.x, _e54.y}, u32x2{low.y, low.z});
    if (_e57) {
      n += step;
    }
  }
  const u32 _e65 = sample_0_search(at, f, key, n, logits_0, sample_0_masses, sample_0_hit);
  return u32x2{key, _e65};
}

DEV u32 sample_0_choose(At at, u32 best, const f32* __restrict__ logits_0, const f32x4* __restrict__ logits_0_v4, const u32* __restrict__ draws_1, arr<u32, 64>& reduce_words, arr<u32, 2048>& sample_0_bins, u32x3& sample_0_bin, u32& sample_0_n_kept, arr<u32x2, 256>& sample_0_masses, arr<u32, 2048>& sample_0_carries, u32x3& sample_0_hit) {
  bool local = false;
  const u32 first = at.y * 8u;
  const u32x2 everything = {0u, 4294967295u};
  const u32 base = at.y * 129280u;
  sample_0_Filter f = {base, logits_0[base + best], bitcast<f32>(draws_1[first]), bitcast<f32>(draws_1[first + 3u]), everything, everything};
  const u32 top_k = draws_1[first + 1u];
  if (top_k > 0u) {
    local = top_k < 129280u;
  } else {
    local = false;
  }
  if (local) {
    const u32x2 last = sample_0_select(at, base / 4u, 129280u, top_k, logits_0_v4, reduce_words, sample_0_bins, sample_0_bin, sample_0_n_kept);
    const u32 _e51 = sample_0_search(at, f, last.x, last.y - 1u, logits_0, sample_0_masses, sample_0_hit);
    f.last_k = u32x2{last.x, _e51};
  }
  const f32 top_p = bitcast<f32>(draws_1[first + 2u]);
  if (top_p < 1.0f) {
    const u32x2 _e63 = sample_0_border(at, f, top_p, logits_0, sample_0_bins, sample_0_masses, sample_0_carries, sample_0_hit);
    f.last_p = _e63;
  }
  const u32x2 seed = {draws_1[first + 4u], draws_1[first + 5u]};
  const u32x2 number = {draws_1[first + 6u], draws_1[first + 7u]};
  const sample_0_Filter _e86 = f;
  const u32 _e88 = philox_bits(seed, number);
  const u32 _e89 = sample_0_search(at, _e86, 0u, _e88, logits_0, sample_0_masses, sample_0_hit);
  return _e89;
}

DEV void sample_0(At at, const f32* __restrict__ logits_0, const f32x4* __restrict__ logits_0_v4, const u32* __restrict__ draws_1, u32* ids_2, arr<u32, 64>& reduce_words, arr<u32, 64>& reduce_places, arr<u32, 2048>& sample_0_bins, u32x3& sample_0_bin, u32& sample_0_n_kept, arr<u32x2, 256>& sample_0_masses, arr<u32, 2048>& sample_0_carries, u32x3& sample_0_hit) {
  u32 key = 0u;
  u32 place = 4294967295u;
  u32 wrong = 0u;
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
  const u32 base = at.y * 129280u;
  for (u32 i = at.lid; i < 32320u; i += 1024u) {
    const u32 i_0 = m_min(i + 0u, 32319u);
    const f32x4 four_0 = logits_0_v4[base / 4u + i_0];
    const u32 i_1 = m_min(i + 256u, 32319u);
    const f32x4 four_1 = logits_0_v4[base / 4u + i_1];
    const u32 i_2 = m_min(i + 512u, 32319u);
    const f32x4 four_2 = logits_0_v4[base / 4u + i_2];
    const u32 i_3 = m_min(i + 768u, 32319u);
    const f32x4 four_3 = logits_0_v4[base / 4u + i_3];
    {
      const u32 bits = bitcast<u32>(four_0.x);
      if (!((bits & 2147483647u) > 2139095040u)) {
        local = bits == 2139095040u;
      } else {
        local = true;
      }
      if (local) {
        wrong = 1u;
      }
      const u32 _e74 = order_value(four_0.x);
      if (_e74 > key) {
        const u32 _e78 = order_value(four_0.x);
        key = _e78;
        place = 4u * i_0 + 0u;
      }
    }
    {
      const u32 bits_1 = bitcast<u32>(four_0.y);
      if (!((bits_1 & 2147483647u) > 2139095040u)) {
        local_1 = bits_1 == 2139095040u;
      } else {
        local_1 = true;
      }
      if (local_1) {
        wrong = 1u;
      }
      const u32 _e98 = order_value(four_0.y);
      if (_e98 > key) {
        const u32 _e102 = order_value(four_0.y);
        key = _e102;
        place = 4u * i_0 + 1u;
      }
    }
    {
      const u32 bits_2 = bitcast<u32>(four_0.z);
      if (!((bits_2 & 2147483647u) > 2139095040u)) {
        local_2 = bits_2 == 2139095040u;
      } else {
        local_2 = true;
      }
      if (local_2) {
        wrong = 1u;
      }
      const u32 _e122 = order_value(four_0.z);
      if (_e122 > key) {
        const u32 _e126 = order_value(four_0.z);
        key = _e126;
        place = 4u * i_0 + 2u;
      }
    }
    {
      const u32 bits_3 = bitcast<u32>(four_0.w);
      if (!((bits_3 & 2147483647u) > 2139095040u)) {
        local_3 = bits_3 == 2139095040u;
      } else {
        local_3 = true;
      }
      if (local_3) {
        wrong = 1u;
      }
      const u32 _e146 = order_value(four_0.w);
      if (_e146 > key) {
        const u32 _e150 = order_value(four_0.w);
        key = _e150;
        place = 4u * i_0 + 3u;
      }
    }
    {
      const u32 bits_4 = bitcast<u32>(four_1.x);
      if (!((bits_4 & 2147483647u) > 2139095040u)) {
        local_4 = bits_4 == 2139095040u;
      } else {
        local_4 = true;
      }
      if (local_4) {
        wrong = 1u;
      }
      const u32 _e170 = order_value(four_1.x);
      if (_e170 > key) {
        const u32 _e174 = order_value(four_1.x);
        key = _e174;
        place = 4u * i_1 + 0u;
      }
    }
    {
      const u32 bits_5 = bitcast<u32>(four_1.y);
      if (!((bits_5 & 2147483647u) > 2139095040u)) {
        local_5 = bits_5 == 2139095040u;
      } else {
        local_5 = true;
      }
      if (local_5) {
        wrong = 1u;
      }
      const u32 _e194 = order_value(four_1.y);
      if (_e194 > key) {
        const u32 _e198 = order_value(four_1.y);
        key = _e198;
        place = 4u * i_1 + 1u;
      }
    }
    {
      const u32 bits_6 = bitcast<u32>(four_1.z);
      if (!((bits_6 & 2147483647u) > 2139095040u)) {
        local_6 = bits_6 == 2139095040u;
      } else {
        local_6 = true;
      }
      if (local_6) {
        wrong = 1u;
      }
      const u32 _e218 = order_value(four_1.z);
      if (_e218 > key) {
        const u32 _e222 = order_value(four_1.z);
        key = _e222;
        place = 4u * i_1 + 2u;
      }
    }
    {
      const u32 bits_7 = bitcast<u32>(four_1.w);
      if (!((bits_7 & 2147483647u) > 2139095040u)) {
        local_7 = bits_7 == 2139095040u;
      } else {
        local_7 = true;
      }
      if (local_7) {
        wrong = 1u;
      }
      const u32 _e242 = order_value(four_1.w);
      if (_e242 > key) {
        const u32 _e246 = order_value(four_1.w);
        key = _e246;
        place = 4u * i_1 + 3u;
      }
    }
    {
      const u32 bits_8 = bitcast<u32>(four_2.x);
      if (!((bits_8 & 2147483647u) > 2139095040u)) {
        local_8 = bits_8 == 2139095040u;
      } else {
        local_8 = true;
      }
      if (local_8) {
        wrong = 1u;
      }
      const u32 _e266 = order_value(four_2.x);
      if (_e266 > key) {
        const u32 _e270 = order_value(four_2.x);
        key = _e270;
        place = 4u * i_2 + 0u;
      }
    }
    {
      const u32 bits_9 = bitcast<u32>(four_2.y);
      if (!((bits_9 & 2147483647u) > 2139095040u)) {
        local_9 = bits_9 == 2139095040u;
      } else {
        local_9 = true;
      }
      if (local_9) {
        wrong = 1u;
      }
      const u32 _e290 = order_value(four_2.y);
      if (_e290 > key) {
        const u32 _e294 = order_value(four_2.y);
        key = _e294;
        place = 4u * i_2 + 1u;
      }
    }
    {
      const u32 bits_10 = bitcast<u32>(four_2.z);
      if (!((bits_10 & 2147483647u) > 2139095040u)) {
        local_10 = bits_10 == 2139095040u;
      } else {
        local_10 = true;
      }
      if (local_10) {
        wrong = 1u;
      }
      const u32 _e314 = order_value(four_2.z);
      if (_e314 > key) {
        const u32 _e318 = order_value(four_2.z);
        key = _e318;
        place = 4u * i_2 + 2u;
      }
    }
    {
      const u32 bits_11 = bitcast<u32>(four_2.w);
      if (!((bits_11 & 2147483647u) > 2139095040u)) {
        local_11 = bits_11 == 2139095040u;
      } else {
        local_11 = true;
      }
      if (local_11) {
        wrong = 1u;
      }
      const u32 _e338 = order_value(four_2.w);
      if (_e338 > key) {
        const u32 _e342 = order_value(four_2.w);
        key = _e342;
        place = 4u * i_2 + 3u;
      }
    }
    {
      const u32 bits_12 = bitcast<u32>(four_3.x);
      if (!((bits_12 & 2147483647u) > 2139095040u)) {
        local_12 = bits_12 == 2139095040u;
      } else {
        local_12 = true;
      }
      if (local_12) {
        wrong = 1u;
      }
      const u32 _e362 = order_value(four_3.x);
      if (_e362 > key) {
        const u32 _e366 = order_value(four_3.x);
        key = _e366;
        place = 4u * i_3 + 0u;
      }
    }
    {
      const u32 bits_13 = bitcast<u32>(four_3.y);
      if (!((bits_13 & 2147483647u) > 2139095040u)) {
        local_13 = bits_13 == 2139095040u;
      } else {
        local_13 = true;
      }
      if (local_13) {
        wrong = 1u;
      }
      const u32 _e386 = order_value(four_3.y);
      if (_e386 > key) {
        const u32 _e390 = order_value(four_3.y);
        key = _e390;
        place = 4u * i_3 + 1u;
      }
    }
    {
      const u32 bits_14 = bitcast<u32>(four_3.z);
      if (!((bits_14 & 2147483647u) > 2139095040u)) {
        local_14 = bits_14 == 2139095040u;
      } else {
        local_14 = true;
      }
      if (local_14) {
        wrong = 1u;
      }
      const u32 _e410 = order_value(four_3.z);
      if (_e410 > key) {
        const u32 _e414 = order_value(four_3.z);
        key = _e414;
        place = 4u * i_3 + 2u;
      }
    }
    {
      const u32 bits_15 = bitcast<u32>(four_3.w);
      if (!((bits_15 & 2147483647u) > 2139095040u)) {
        local_15 = bits_15 == 2139095040u;
      } else {
        local_15 = true;
      }
      if (local_15) {
        wrong = 1u;
      }
      const u32 _e434 = order_value(four_3.w);
      if (_e434 > key) {
        const u32 _e438 = order_value(four_3.w);
        key = _e438;
        place = 4u * i_3 + 3u;
      }
    }
  }
  const u32 _e447 = reduce_max_u32(at, wrong, reduce_words);
  wrong = _e447;
  const u32 _e450 = reduce_best(at, key, place, reduce_words, reduce_places);
  u32 token = _e450;
  const f32 top = logits_0[base + m_min(token, 129279u)];
  if (!(wrong == 1u)) {
    local_16 = bitcast<u32>(top) == 4286578688u;
  } else {
    local_16 = true;
  }
  if (local_16) {
    token = 4294967295u;
  } else {
    if (bitcast<f32>(draws_1[at.y * 8u]) > 0.0f) {
      const u32 _e481 = sample_0_choose(at, token, logits_0, logits_0_v4, draws_1, reduce_words, sample_0_bins, sample_0_bin, sample_0_n_kept, sample_0_masses, sample_0_carries, sample_0_hit);
      token = _e481;
    }
  }
  if (at.lid == 0u) {
    ids_2[at.y] = token;
    return;
  } else {
    return;
  }
}

extern "C" __global__ void __launch_bounds__(256) sample_rxwrzg(
    const f32* __restrict__ logits_0,
    const f32x4* __restrict__ logits_0_v4,
    const u32* __restrict__ draws_1,
    u32* ids_2) {
  __shared__ __align__(16) arr<u32, 64> reduce_words;
  __shared__ __align__(16) arr<u32, 64> reduce_places;
  __shared__ __align__(16) arr<u32, 2048> sample_0_bins;
  __shared__ __align__(16) u32x3 sample_0_bin;
  __shared__ __align__(16) u32 sample_0_n_kept;
  __shared__ __align__(16) arr<u32x2, 256> sample_0_masses;
  __shared__ __align__(16) arr<u32, 2048> sample_0_carries;
  __shared__ __align__(16) u32x3 sample_0_hit;
  static_assert(256u % WAVE == 0u, "sample_rxwrzg needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  sample_0(at, logits_0, logits_0_v4, draws_1, ids_2, reduce_words, reduce_places, sample_0_bins, sample_0_bin, sample_0_n_kept, sample_0_masses, sample_0_carries, sample_0_hit);
}

}  // namespace sample_rxwrzg_ns
