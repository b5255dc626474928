// attend_chosen_gbqcab
//
// attend_chosen of attend_chosen (MODEL.md 2.5, 2.8)
//   template ops/attend, D = 512, DEPTH = 16, H = 64, HALF = 0, HEADS = 8, JT = 32, K = 512, KG = 2, OUT = 64, P = 64, ROUNDED = 0, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64, W = 128
//   as attend_window, with the compressed rows chosen[t] added
//
// binding  name  elements  what
// 0  q_0_v4  vec4<f32>  [T, 64, 512], read
// 1  kv_1_v4  vec4<f32>  [T, 1, 512], read
// 2  state_v4  vec4<f32>  state of all sessions, read
// 3  pages_v4  vec4<f32>  pages of all sessions, read
// 4  chosen_4  u32  [T, 512], read
// 5  sinks_5  f32  [64], read
// 6  out_6_v4  vec4<f32>  [T, 64, 512], read and written
// 7  rows  vec4<u32>  rows of the step, read
// 8  page_table  u32  pages of the sessions, read
namespace attend_chosen_gbqcab_ns {

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
  u32 at0;
  u32 at1;
};

DEV f32x4 attend_chosen_0_cached(u32 row, u32 i, const f32x4* __restrict__ pages_v4) {
  return pages_v4[row + i];
}

DEV f32x4 attend_chosen_0_raw(u32x2 place, u32 i, const f32x4* __restrict__ kv_1_v4, const f32x4* __restrict__ state_v4) {
  f32x4 value = {};
  if (place.x == 1u) {
    value = kv_1_v4[place.y + i];
  } else {
    if (place.x == 2u) {
      value = state_v4[place.y + i];
    }
  }
  return value;
}

DEV f32x4 attend_chosen_0_value(u32x2 place, u32 i, const f32x4* __restrict__ kv_1_v4, const f32x4* __restrict__ state_v4, const f32x4* __restrict__ pages_v4) {
  if (place.x == 3u) {
    const f32x4 _e6 = attend_chosen_0_cached(place.y, i, pages_v4);
    return _e6;
  }
  const f32x4 _e7 = attend_chosen_0_raw(place, i, kv_1_v4, state_v4);
  return _e7;
}

DEV f32x4 attend_chosen_0_b(u32 row, u32 i, const f32x4* __restrict__ kv_1_v4, const f32x4* __restrict__ state_v4, const f32x4* __restrict__ pages_v4, arr<u32x2, 32>& attend_chosen_0_places) {
  const f32x4 _e5 = attend_chosen_0_value(attend_chosen_0_places[row], i, kv_1_v4, state_v4, pages_v4);
  return _e5;
}

DEV void attend_chosen_0_products(At at, u32 first, const f32x4* __restrict__ q_0_v4, const f32x4* __restrict__ kv_1_v4, const f32x4* __restrict__ state_v4, const f32x4* __restrict__ pages_v4, arr<f32x4, 680>& attend_chosen_0_sums, arr<u32x2, 32>& attend_chosen_0_places) {
  f32x4 sum_0 = {};
  f32x4 sum_1 = {};
  f32x4 sum_2 = {};
  f32x4 sum_3 = {};
  const u32 slice = at.lid % 8u;
  const u32 tile = at.lid / 8u;
  const u32 row_a = tile / 8u * 4u;
  const u32 row_b = tile % 8u * 4u;
  const u32 place_a = row_a * 17u + slice;
  const u32 place_b = (8u + row_b) * 17u + slice;
  for (u32 chunk = 0u; chunk < 128u; chunk += 16u) {
    __syncthreads();
    for (u32 i = at.lid; i < 128u; i += 128u) {
      const u32 row = i / 16u;
      const u32 quad = i % 16u;
      attend_chosen_0_sums[row * 17u + quad] = q_0_v4[first + row * 128u + chunk + quad];
    }
    for (u32 i_1 = at.lid; i_1 < 512u; i_1 += 128u) {
      const u32 row_1 = i_1 / 16u;
      const u32 quad_1 = i_1 % 16u;
      const f32x4 _e85 = attend_chosen_0_b(row_1, chunk + quad_1, kv_1_v4, state_v4, pages_v4, attend_chosen_0_places);
      attend_chosen_0_sums[(8u + row_1) * 17u + quad_1] = _e85;
    }
    __syncthreads();
    {
      const f32x4 b_0 = attend_chosen_0_sums[place_b + 0u];
      const f32x4 b_1 = attend_chosen_0_sums[place_b + 17u];
      const f32x4 b_2 = attend_chosen_0_sums[place_b + 34u];
      const f32x4 b_3 = attend_chosen_0_sums[place_b + 51u];
      const f32x4 x = {b_0.x, b_1.x, b_2.x, b_3.x};
      const f32x4 y = {b_0.y, b_1.y, b_2.y, b_3.y};
      const f32x4 z = {b_0.z, b_1.z, b_2.z, b_3.z};
      const f32x4 w = {b_0.w, b_1.w, b_2.w, b_3.w};
      const f32x4 a_0 = attend_chosen_0_sums[place_a + 0u];
      sum_0 = m_fma(splat<4>(a_0.x), x, sum_0);
      sum_0 = m_fma(splat<4>(a_0.y), y, sum_0);
      sum_0 = m_fma(splat<4>(a_0.z), z, sum_0);
      sum_0 = m_fma(splat<4>(a_0.w), w, sum_0);
      const f32x4 a_1 = attend_chosen_0_sums[place_a + 17u];
      sum_1 = m_fma(splat<4>(a_1.x), x, sum_1);
      sum_1 = m_fma(splat<4>(a_1.y), y, sum_1);
      sum_1 = m_fma(splat<4>(a_1.z), z, sum_1);
      sum_1 = m_fma(splat<4>(a_1.w), w, sum_1);
      const f32x4 a_2 = attend_chosen_0_sums[place_a + 34u];
      sum_2 = m_fma(splat<4>(a_2.x), x, sum_2);
      sum_2 = m_fma(splat<4>(a_2.y), y, sum_2);
      sum_2 = m_fma(splat<4>(a_2.z), z, sum_2);
      sum_2 = m_fma(splat<4>(a_2.w), w, sum_2);
      const f32x4 a_3 = attend_chosen_0_sums[place_a + 51u];
      sum_3 = m_fma(splat<4>(a_3.x), x, sum_3);
      sum_3 = m_fma(splat<4>(a_3.y), y, sum_3);
      sum_3 = m_fma(splat<4>(a_3.z), z, sum_3);
      sum_3 = m_fma(splat<4>(a_3.w), w, sum_3);
    }
    {
      const f32x4 b_0_1 = attend_chosen_0_sums[place_b + 8u];
      const f32x4 b_1_1 = attend_chosen_0_sums[place_b + 25u];
      const f32x4 b_2_1 = attend_chosen_0_sums[place_b + 42u];
      const f32x4 b_3_1 = attend_chosen_0_sums[place_b + 59u];
      const f32x4 x_1 = {b_0_1.x, b_1_1.x, b_2_1.x, b_3_1.x};
      const f32x4 y_1 = {b_0_1.y, b_1_1.y, b_2_1.y, b_3_1.y};
      const f32x4 z_1 = {b_0_1.z, b_1_1.z, b_2_1.z, b_3_1.z};
      const f32x4 w_1 = {b_0_1.w, b_1_1.w, b_2_1.w, b_3_1.w};
      const f32x4 a_0_1 = attend_chosen_0_sums[place_a + 8u];
      sum_0 = m_fma(splat<4>(a_0_1.x), x_1, sum_0);
      sum_0 = m_fma(splat<4>(a_0_1.y), y_1, sum_0);
      sum_0 = m_fma(splat<4>(a_0_1.z), z_1, sum_0);
      sum_0 = m_fma(splat<4>(a_0_1.w), w_1, sum_0);
      const f32x4 a_1_1 = attend_chosen_0_sums[place_a + 25u];
      sum_1 = m_fma(splat<4>(a_1_1.x), x_1, sum_1);
      sum_1 = m_fma(splat<4>(a_1_1.y), y_1, sum_1);
      sum_1 = m_fma(splat<4>(a_1_1.z), z_1, sum_1);
      sum_1 = m_fma(splat<4>(a_1_1.w), w_1, sum_1);
      const f32x4 a_2_1 = attend_chosen_0_sums[place_a + 42u];
      sum_2 = m_fma(splat<4>(a_2_1.x), x_1, sum_2);
      sum_2 = m_fma(splat<4>(a_2_1.y), y_1, sum_2);
      sum_2 = m_fma(splat<4>(a_2_1.z), z_1, sum_2);
      sum_2 = m_fma(splat<4>(a_2_1.w), w_1, sum_2);
      const f32x4 a_3_1 = attend_chosen_0_sums[place_a + 59u];
      sum_3 = m_fma(splat<4>(a_3_1.x), x_1, sum_3);
      sum_3 = m_fma(splat<4>(a_3_1.y), y_1, sum_3);
      sum_3 = m_fma(splat<4>(a_3_1.z), z_1, sum_3);
      sum_3 = m_fma(splat<4>(a_3_1.w), w_1, sum_3);
    }
  }
  __syncthreads();
  attend_chosen_0_sums[(slice * 8u + row_a + 0u) * 8u + row_b / 4u] = sum_0;
  attend_chosen_0_sums[(slice * 8u + row_a + 1u) * 8u + row_b / 4u] = sum_1;
  attend_chosen_0_sums[(slice * 8u + row_a + 2u) * 8u + row_b / 4u] = sum_2;
  attend_chosen_0_sums[(slice * 8u + row_a + 3u) * 8u + row_b / 4u] = sum_3;
  __syncthreads();
  for (u32 i_2 = at.lid; i_2 < 64u; i_2 += 128u) {
    f32x4 sum = attend_chosen_0_sums[i_2];
    for (u32 s = 1u; s < 8u; s += 1u) {
      sum = sum + attend_chosen_0_sums[s * 64u + i_2];
    }
    attend_chosen_0_sums[i_2] = sum;
  }
  __syncthreads();
}

DEV u32 attend_chosen_0_cached_row(u32 j, u32 first, const u32* __restrict__ page_table, const Params& p) {
  const u32 page = page_table[first + j / 64u];
  return page * 220160u + p.at1 / 4u + j % 64u * 128u;
}

DEV u32x2 attend_chosen_0_page(u32 j, u32 first, const u32* __restrict__ page_table, const Params& p) {
  const u32 _e3 = attend_chosen_0_cached_row(j, first, page_table, p);
  return u32x2{3u, _e3};
}

DEV u32x2 attend_chosen_0_place(u32 t, u32 i, u32 n_raw, const u32* __restrict__ chosen_4, const u32x4* __restrict__ rows, const u32* __restrict__ page_table, const Params& p) {
  u32x2 place = {};
  const u32x4 row = rows[2u * t];
  const u32x4 segment = rows[2u * t + 1u];
  if (i < n_raw) {
    const u32 position = row.y + 1u - n_raw + i;
    if (position >= segment.y) {
      place = u32x2{1u, (segment.x + position - segment.y) * 128u};
    } else {
      place = u32x2{2u, row.z * 1467392u + p.at0 / 4u + position % 128u * 128u};
    }
  } else {
    if (i < n_raw + 512u) {
      const u32 j = chosen_4[t * 512u + i - n_raw];
      if (j != 4294967295u) {
        const u32x2 _e62 = attend_chosen_0_page(j, row.w, page_table, p);
        place = _e62;
      }
    }
  }
  return place;
}

DEV void reduce_gather(At at, u32 word, arr<u32, 32>& reduce_words) {
  __syncthreads();
  if (at.lane == 0u) {
    reduce_words[at.sg] = word;
  }
  __syncthreads();
}

DEV u32 reduce_max_u32(At at, u32 word, arr<u32, 32>& reduce_words) {
  const u32 _e2 = wave_max(word);
  reduce_gather(at, _e2, reduce_words);
  u32 largest = reduce_words[0u];
  for (u32 i = 1u; i < 4u; i += 1u) {
    largest = m_max(largest, reduce_words[i]);
  }
  return largest;
}

DEV u32 attend_chosen_0_compressed(At at, u32 t, const u32* __restrict__ chosen_4, arr<u32, 32>& reduce_words) {
  u32 n = 0u;
  for (u32 i = at.lid; i < 512u; i += 128u) {
    if (chosen_4[t * 512u + i] != 4294967295u) {
      n = i + 1u;
    }
  }
  const u32 _e25 = reduce_max_u32(at, n, reduce_words);
  return _e25;
}

DEV void attend_chosen_0_softmax(At at, f32& top, f32& sum, arr<f32x4, 680>& attend_chosen_0_sums, arr<u32x2, 32>& attend_chosen_0_places, arr<f32x4, 64>& attend_chosen_0_weights, arr<f32, 8>& attend_chosen_0_factors) {
  f32x4 scores = {};
  boolx4 seen = {};
  bool local = false;
  const bool owns = at.lid < 64u;
  const u32 head = at.lid / 8u;
  const u32 quad = at.lid % 8u;
  if (owns) {
    seen = boolx4{attend_chosen_0_places[4u * quad].x != 0u, attend_chosen_0_places[4u * quad + 1u].x != 0u, attend_chosen_0_places[4u * quad + 2u].x != 0u, attend_chosen_0_places[4u * quad + 3u].x != 0u};
    const f32x4 scaled_1 = attend_chosen_0_sums[at.lid] * 0.044194173f;
    scores = m_select(seen, scaled_1, splat<4>(-3e38f));
    attend_chosen_0_sums[at.lid] = scores;
  }
  __syncthreads();
  if (owns) {
    f32x4 largest = splat<4>(top);
    for (u32 j = 0u; j < 8u; j += 1u) {
      largest = m_max(largest, attend_chosen_0_sums[head * 8u + j]);
    }
    const f32 former = top;
    top = m_max(m_max(largest.x, largest.y), m_max(largest.z, largest.w));
    attend_chosen_0_weights[at.lid] = m_select(seen, m_exp(scores - splat<4>(top)), f32x4{});
    if (quad == 0u) {
      const f32 factor = m_exp(former - top);
      attend_chosen_0_factors[head] = factor;
      sum *= factor;
    }
  }
  __syncthreads();
  if (owns) {
    local = quad == 0u;
  } else {
    local = false;
  }
  if (local) {
    for (u32 j_1 = 0u; j_1 < 8u; j_1 += 1u) {
      const f32x4 w = attend_chosen_0_weights[at.lid + j_1];
      sum += w.x + w.y + w.z + w.w;
    }
    return;
  } else {
    return;
  }
}

DEV void attend_chosen_0_attend(At at, const f32x4* __restrict__ q_0_v4, const f32x4* __restrict__ kv_1_v4, const f32x4* __restrict__ state_v4, const f32x4* __restrict__ pages_v4, const u32* __restrict__ chosen_4, const f32* __restrict__ sinks_5, f32x4* out_6_v4, const u32x4* __restrict__ rows, const u32* __restrict__ page_table, const Params& p, arr<f32x4, 680>& attend_chosen_0_sums, arr<u32x2, 32>& attend_chosen_0_places, arr<u32, 32>& reduce_words, arr<f32x4, 64>& attend_chosen_0_weights, arr<f32, 8>& attend_chosen_0_factors, arr<f32x2, 8>& attend_chosen_0_results) {
  f32 top = -3e38f;
  f32 sum = 1.0f;
  f32x4 out_0 = {};
  f32x4 out_1 = {};
  f32x4 out_2 = {};
  f32x4 out_3 = {};
  f32x4 out_4 = {};
  f32x4 out_5 = {};
  f32x4 out_6 = {};
  f32x4 out_7 = {};
  bool local = false;
  const u32 first_head = at.x * 8u;
  const u32 position = rows[2u * at.y].y;
  const u32 n_raw = m_min(position + 1u, 128u);
  const u32 _e16 = attend_chosen_0_compressed(at, at.y, chosen_4, reduce_words);
  const u32 n_tiles = (n_raw + _e16 + 31u) / 32u;
  const u32 own_head = first_head + at.lid / 8u;
  if (at.lid < 64u) {
    top = m_max(top, sinks_5[own_head]);
  }
  const u32 group = at.lid / 128u * 8u;
  const u32 quad = at.lid % 128u;
  for (u32 tile = 0u; tile < n_tiles; tile += 1u) {
    __syncthreads();
    if (at.lid < 32u) {
      const u32x2 _e78 = attend_chosen_0_place(at.y, tile * 32u + at.lid, n_raw, chosen_4, rows, page_table, p);
      attend_chosen_0_places[at.lid] = _e78;
    }
    attend_chosen_0_products(at, (at.y * 64u + first_head) * 128u, q_0_v4, kv_1_v4, state_v4, pages_v4, attend_chosen_0_sums, attend_chosen_0_places);
    attend_chosen_0_softmax(at, top, sum, attend_chosen_0_sums, attend_chosen_0_places, attend_chosen_0_weights, attend_chosen_0_factors);
    out_0 = out_0 * attend_chosen_0_factors[group + 0u];
    out_1 = out_1 * attend_chosen_0_factors[group + 1u];
    out_2 = out_2 * attend_chosen_0_factors[group + 2u];
    out_3 = out_3 * attend_chosen_0_factors[group + 3u];
    out_4 = out_4 * attend_chosen_0_factors[group + 4u];
    out_5 = out_5 * attend_chosen_0_factors[group + 5u];
    out_6 = out_6 * attend_chosen_0_factors[group + 6u];
    out_7 = out_7 * attend_chosen_0_factors[group + 7u];
    for (u32 j = 0u; j < 8u; j += 1u) {
      const f32x4 row_0 = attend_chosen_0_value(attend_chosen_0_places[4u * j + 0u], quad, kv_1_v4, state_v4, pages_v4);
      const f32x4 row_1 = attend_chosen_0_value(attend_chosen_0_places[4u * j + 1u], quad, kv_1_v4, state_v4, pages_v4);
      const f32x4 row_2 = attend_chosen_0_value(attend_chosen_0_places[4u * j + 2u], quad, kv_1_v4, state_v4, pages_v4);
      const f32x4 row_3 = attend_chosen_0_value(attend_chosen_0_places[4u * j + 3u], quad, kv_1_v4, state_v4, pages_v4);
      {
        const f32x4 w = attend_chosen_0_weights[(group + 0u) * 8u + j];
        out_0 = m_fma(splat<4>(w.x), row_0, out_0);
        out_0 = m_fma(splat<4>(w.y), row_1, out_0);
        out_0 = m_fma(splat<4>(w.z), row_2, out_0);
        out_0 = m_fma(splat<4>(w.w), row_3, out_0);
      }
      {
        const f32x4 w_1 = attend_chosen_0_weights[(group + 1u) * 8u + j];
        out_1 = m_fma(splat<4>(w_1.x), row_0, out_1);
        out_1 = m_fma(splat<4>(w_1.y), row_1, out_1);
        out_1 = m_fma(splat<4>(w_1.z), row_2, out_1);
        out_1 = m_fma(splat<4>(w_1.w), row_3, out_1);
      }
      {
        const f32x4 w_2 = attend_chosen_0_weights[(group + 2u) * 8u + j];
        out_2 = m_fma(splat<4>(w_2.x), row_0, out_2);
        out_2 = m_fma(splat<4>(w_2.y), row_1, out_2);
        out_2 = m_fma(splat<4>(w_2.z), row_2, out_2);
        out_2 = m_fma(splat<4>(w_2.w), row_3, out_2);
      }
      {
        const f32x4 w_3 = attend_chosen_0_weights[(group + 3u) * 8u + j];
        out_3 = m_fma(splat<4>(w_3.x), row_0, out_3);
        out_3 = m_fma(splat<4>(w_3.y), row_1, out_3);
        out_3 = m_fma(splat<4>(w_3.z), row_2, out_3);
        out_3 = m_fma(splat<4>(w_3.w), row_3, out_3);
      }
      {
        const f32x4 w_4 = attend_chosen_0_weights[(group + 4u) * 8u + j];
        out_4 = m_fma(splat<4>(w_4.x), row_0, out_4);
        out_4 = m_fma(splat<4>(w_4.y), row_1, out_4);
        out_4 = m_fma(splat<4>(w_4.z), row_2, out_4);
        out_4 = m_fma(splat<4>(w_4.w), row_3, out_4);
      }
      {
        const f32x4 w_5 = attend_chosen_0_weights[(group + 5u) * 8u + j];
        out_5 = m_fma(splat<4>(w_5.x), row_0, out_5);
        out_5 = m_fma(splat<4>(w_5.y), row_1, out_5);
        out_5 = m_fma(splat<4>(w_5.z), row_2, out_5);
        out_5 = m_fma(splat<4>(w_5.w), row_3, out_5);
      }
      {
        const f32x4 w_6 = attend_chosen_0_weights[(group + 6u) * 8u + j];
        out_6 = m_fma(splat<4>(w_6.x), row_0, out_6);
        out_6 = m_fma(splat<4>(w_6.y), row_1, out_6);
        out_6 = m_fma(splat<4>(w_6.z), row_2, out_6);
        out_6 = m_fma(splat<4>(w_6.w), row_3, out_6);
      }
      {
        const f32x4 w_7 = attend_chosen_0_weights[(group + 7u) * 8u + j];
        out_7 = m_fma(splat<4>(w_7.x), row_0, out_7);
        out_7 = m_fma(splat<4>(w_7.y), row_1, out_7);
        out_7 = m_fma(splat<4>(w_7.z), row_2, out_7);
        out_7 = m_fma(splat<4>(w_7.w), row_3, out_7);
      }
    }
  }
  if (at.lid < 64u) {
    local = at.lid % 8u == 0u;
  } else {
    local = false;
  }
  if (local) {
    attend_chosen_0_results[at.lid / 8u] = f32x2{top, sum};
  }
  __syncthreads();
  if (group < 8u) {
    {
      const u32 row = (at.y * 64u + first_head + group + 0u) * 128u;
      out_6_v4[row + quad] = out_0 / splat<4>(attend_chosen_0_results[group + 0u].y);
    }
    {
      const u32 row_4 = (at.y * 64u + first_head + group + 1u) * 128u;
      out_6_v4[row_4 + quad] = out_1 / splat<4>(attend_chosen_0_results[group + 1u].y);
    }
    {
      const u32 row_5 = (at.y * 64u + first_head + group + 2u) * 128u;
      out_6_v4[row_5 + quad] = out_2 / splat<4>(attend_chosen_0_results[group + 2u].y);
    }
    {
      const u32 row_6 = (at.y * 64u + first_head + group + 3u) * 128u;
      out_6_v4[row_6 + quad] = out_3 / splat<4>(attend_chosen_0_results[group + 3u].y);
    }
    {
      const u32 row_7 = (at.y * 64u + first_head + group + 4u) * 128u;
      out_6_v4[row_7 + quad] = out_4 / splat<4>(attend_chosen_0_results[group + 4u].y);
    }
    {
      const u32 row_8 = (at.y * 64u + first_head + group + 5u) * 128u;
      out_6_v4[row_8 + quad] = out_5 / splat<4>(attend_chosen_0_results[group + 5u].y);
    }
    {
      const u32 row_9 = (at.y * 64u + first_head + group + 6u) * 128u;
      out_6_v4[row_9 + quad] = out_6 / splat<4>(attend_chosen_0_results[group + 6u].y);
    }
    {
      const u32 row_10 = (at.y * 64u + first_head + group + 7u) * 128u;
      out_6_v4[row_10 + quad] = out_7 / splat<4>(attend_chosen_0_results[group + 7u].y);
      return;
    }
  } else {
    return;
  }
}

DEV void attend_chosen_0(At at, const f32x4* __restrict__ q_0_v4, const f32x4* __restrict__ kv_1_v4, const f32x4* __restrict__ state_v4, const f32x4* __restrict__ pages_v4, const u32* __restrict__ chosen_4, const f32* __restrict__ sinks_5, f32x4* out_6_v4, const u32x4* __restrict__ rows, const u32* __restrict__ page_table, const Params& p, arr<f32x4, 680>& attend_chosen_0_sums, arr<u32x2, 32>& attend_chosen_0_places, arr<u32, 32>& reduce_words, arr<f32x4, 64>& attend_chosen_0_weights, arr<f32, 8>& attend_chosen_0_factors, arr<f32x2, 8>& attend_chosen_0_results) {
  attend_chosen_0_attend(at, q_0_v4, kv_1_v4, state_v4, pages_v4, chosen_4, sinks_5, out_6_v4, rows, page_table, p, attend_chosen_0_sums, attend_chosen_0_places, reduce_words, attend_chosen_0_weights, attend_chosen_0_factors, attend_chosen_0_results);
}

extern "C" __global__ void __launch_bounds__(128) attend_chosen_gbqcab(
    const f32x4* __restrict__ q_0_v4,
    const f32x4* __restrict__ kv_1_v4,
    const f32x4* __restrict__ state_v4,
    const f32x4* __restrict__ pages_v4,
    const u32* __restrict__ chosen_4,
    const f32* __restrict__ sinks_5,
    f32x4* out_6_v4,
    const u32x4* __restrict__ rows,
    const u32* __restrict__ page_table,
    const __grid_constant__ Params p) {
  __shared__ __align__(16) arr<f32x4, 680> attend_chosen_0_sums;
  __shared__ __align__(16) arr<u32x2, 32> attend_chosen_0_places;
  __shared__ __align__(16) arr<u32, 32> reduce_words;
  __shared__ __align__(16) arr<f32x4, 64> attend_chosen_0_weights;
  __shared__ __align__(16) arr<f32, 8> attend_chosen_0_factors;
  __shared__ __align__(16) arr<f32x2, 8> attend_chosen_0_results;
  static_assert(128u % WAVE == 0u, "attend_chosen_gbqcab needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  attend_chosen_0(at, q_0_v4, kv_1_v4, state_v4, pages_v4, chosen_4, sinks_5, out_6_v4, rows, page_table, p, attend_chosen_0_sums, attend_chosen_0_places, reduce_words, attend_chosen_0_weights, attend_chosen_0_factors, attend_chosen_0_results);
}

}  // namespace attend_chosen_gbqcab_ns
