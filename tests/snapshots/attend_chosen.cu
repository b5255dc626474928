// attend_chosen_dppggg
//
// attend_chosen of attend_chosen (MODEL.md 2.5, 2.8)
//   template ops/attend, D = 512, DEPTH = 16, H = 64, HALF = 0, HEADS = 16, JT = 16, K = 512, KG = 4, OUT = 64, P = 64, ROUNDED = 0, ROWS = 2, RUN = 4, TENSOR = 1, TOKENS = 64, W = 128
//   as attend_window, with the compressed rows chosen[t] added
//
// binding  name  elements  what
// 0  q_0_v4  vec4<f32>  [T, 64, 512], read
// 1  kv_1_v4  vec4<f32>  [T, 1, 512], read
// 2  state_v4  vec4<f32>  state of all sessions, read
// 3  pages_v4  vec4<f32>  pages of all sessions, read
// 4  chosen_4  u32  [T, 512], read
// 5  sinks_5  f32  [64], read
// 6  out_6  f32  [T, 64, 512], read and written
// 7  rows  vec4<u32>  rows of the step, read
// 8  page_table  u32  pages of the sessions, read
namespace attend_chosen_dppggg_ns {

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

DEV u32 attend_chosen_0_cached_row(u32 j, u32 first, const u32* __restrict__ page_table, const Params& p) {
  const u32 page = page_table[first + j / 64u];
  return page * 220160u + p.at1 / 4u + j % 64u * 128u;
}

DEV f32x4 attend_chosen_0_cached(u32 row, u32 i, const f32x4* __restrict__ pages_v4) {
  return pages_v4[row + i];
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

DEV u32 attend_chosen_0_compressed(At at, u32 t, const u32* __restrict__ chosen_4, arr<u32, 64>& reduce_words) {
  u32 n = 0u;
  for (u32 i = at.lid; i < 512u; i += 256u) {
    if (chosen_4[t * 512u + i] != 4294967295u) {
      n = i + 1u;
    }
  }
  const u32 _e25 = reduce_max_u32(at, n, reduce_words);
  return _e25;
}

DEV u32x4 attend_chosen_0_halves(f32x4 a, f32x4 b) {
  return u32x4{m_pack_2x16_float(f32x2{a.x, a.y}), m_pack_2x16_float(f32x2{a.z, a.w}), m_pack_2x16_float(f32x2{b.x, b.y}), m_pack_2x16_float(f32x2{b.z, b.w})};
}

DEV f32x4 attend_chosen_0_rest(f32x4 v, u32 low, u32 high) {
  return v - make<f32x4>(m_unpack_2x16_float(low), m_unpack_2x16_float(high));
}

DEV void attend_chosen_0_split(u32 at, u32 second, f32x4 a, f32x4 b, arr<u32x4, 4256>& attend_chosen_0_tile) {
  const u32x4 first = attend_chosen_0_halves(a, b);
  attend_chosen_0_tile[at] = first;
  const f32x4 _e11 = attend_chosen_0_rest(a, first.x, first.y);
  const f32x4 _e14 = attend_chosen_0_rest(b, first.z, first.w);
  const u32x4 _e15 = attend_chosen_0_halves(_e11, _e14);
  attend_chosen_0_tile[second] = _e15;
}

DEV void attend_chosen_0_queries(At at, u32 first, const f32x4* __restrict__ q_0_v4, arr<u32x4, 4256>& attend_chosen_0_tile) {
  for (u32 i = at.lid; i < 1024u; i += 256u) {
    const u32 head = i / 64u;
    const u32 quad = ((at.y * 64u + first + head) * 64u + i % 64u) * 2u;
    f32x4 a = {};
    f32x4 b = {};
    if (first + head < 64u) {
      a = q_0_v4[quad];
      b = q_0_v4[quad + 1u];
    }
    const u32 to = head * 65u + i % 64u;
    attend_chosen_0_split(to, to + 1040u, a, b, attend_chosen_0_tile);
  }
}

DEV void attend_chosen_0_softmax(At at, f32& top, f32& sum, arr<u32x4, 4256>& attend_chosen_0_tile, arr<f32, 2176>& attend_chosen_0_scores, arr<u32, 16>& attend_chosen_0_kinds, arr<f32, 16>& attend_chosen_0_factors) {
  f32 s_0 = 0.0f;
  f32 s_1 = 0.0f;
  f32 s_2 = 0.0f;
  f32 s_3 = 0.0f;
  f32 s_4 = 0.0f;
  f32 s_5 = 0.0f;
  f32 s_6 = 0.0f;
  f32 s_7 = 0.0f;
  f32 s_8 = 0.0f;
  f32 s_9 = 0.0f;
  f32 s_10 = 0.0f;
  f32 s_11 = 0.0f;
  f32 s_12 = 0.0f;
  f32 s_13 = 0.0f;
  f32 s_14 = 0.0f;
  f32 s_15 = 0.0f;
  const u32 head = at.lid / 2u;
  const bool second = at.lid % 2u == 1u;
  f32 largest = top;
  s_0 += attend_chosen_0_scores[(head + 0u) * 17u + 0u];
  s_0 += attend_chosen_0_scores[(head + 16u) * 17u + 0u];
  s_0 += attend_chosen_0_scores[(head + 32u) * 17u + 0u];
  s_0 += attend_chosen_0_scores[(head + 48u) * 17u + 0u];
  s_0 += attend_chosen_0_scores[(head + 64u) * 17u + 0u];
  s_0 += attend_chosen_0_scores[(head + 80u) * 17u + 0u];
  s_0 += attend_chosen_0_scores[(head + 96u) * 17u + 0u];
  s_0 += attend_chosen_0_scores[(head + 112u) * 17u + 0u];
  s_0 = attend_chosen_0_kinds[0u] != 0u ? s_0 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_0);
  s_1 += attend_chosen_0_scores[(head + 0u) * 17u + 1u];
  s_1 += attend_chosen_0_scores[(head + 16u) * 17u + 1u];
  s_1 += attend_chosen_0_scores[(head + 32u) * 17u + 1u];
  s_1 += attend_chosen_0_scores[(head + 48u) * 17u + 1u];
  s_1 += attend_chosen_0_scores[(head + 64u) * 17u + 1u];
  s_1 += attend_chosen_0_scores[(head + 80u) * 17u + 1u];
  s_1 += attend_chosen_0_scores[(head + 96u) * 17u + 1u];
  s_1 += attend_chosen_0_scores[(head + 112u) * 17u + 1u];
  s_1 = attend_chosen_0_kinds[1u] != 0u ? s_1 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_1);
  s_2 += attend_chosen_0_scores[(head + 0u) * 17u + 2u];
  s_2 += attend_chosen_0_scores[(head + 16u) * 17u + 2u];
  s_2 += attend_chosen_0_scores[(head + 32u) * 17u + 2u];
  s_2 += attend_chosen_0_scores[(head + 48u) * 17u + 2u];
  s_2 += attend_chosen_0_scores[(head + 64u) * 17u + 2u];
  s_2 += attend_chosen_0_scores[(head + 80u) * 17u + 2u];
  s_2 += attend_chosen_0_scores[(head + 96u) * 17u + 2u];
  s_2 += attend_chosen_0_scores[(head + 112u) * 17u + 2u];
  s_2 = attend_chosen_0_kinds[2u] != 0u ? s_2 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_2);
  s_3 += attend_chosen_0_scores[(head + 0u) * 17u + 3u];
  s_3 += attend_chosen_0_scores[(head + 16u) * 17u + 3u];
  s_3 += attend_chosen_0_scores[(head + 32u) * 17u + 3u];
  s_3 += attend_chosen_0_scores[(head + 48u) * 17u + 3u];
  s_3 += attend_chosen_0_scores[(head + 64u) * 17u + 3u];
  s_3 += attend_chosen_0_scores[(head + 80u) * 17u + 3u];
  s_3 += attend_chosen_0_scores[(head + 96u) * 17u + 3u];
  s_3 += attend_chosen_0_scores[(head + 112u) * 17u + 3u];
  s_3 = attend_chosen_0_kinds[3u] != 0u ? s_3 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_3);
  s_4 += attend_chosen_0_scores[(head + 0u) * 17u + 4u];
  s_4 += attend_chosen_0_scores[(head + 16u) * 17u + 4u];
  s_4 += attend_chosen_0_scores[(head + 32u) * 17u + 4u];
  s_4 += attend_chosen_0_scores[(head + 48u) * 17u + 4u];
  s_4 += attend_chosen_0_scores[(head + 64u) * 17u + 4u];
  s_4 += attend_chosen_0_scores[(head + 80u) * 17u + 4u];
  s_4 += attend_chosen_0_scores[(head + 96u) * 17u + 4u];
  s_4 += attend_chosen_0_scores[(head + 112u) * 17u + 4u];
  s_4 = attend_chosen_0_kinds[4u] != 0u ? s_4 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_4);
  s_5 += attend_chosen_0_scores[(head + 0u) * 17u + 5u];
  s_5 += attend_chosen_0_scores[(head + 16u) * 17u + 5u];
  s_5 += attend_chosen_0_scores[(head + 32u) * 17u + 5u];
  s_5 += attend_chosen_0_scores[(head + 48u) * 17u + 5u];
  s_5 += attend_chosen_0_scores[(head + 64u) * 17u + 5u];
  s_5 += attend_chosen_0_scores[(head + 80u) * 17u + 5u];
  s_5 += attend_chosen_0_scores[(head + 96u) * 17u + 5u];
  s_5 += attend_chosen_0_scores[(head + 112u) * 17u + 5u];
  s_5 = attend_chosen_0_kinds[5u] != 0u ? s_5 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_5);
  s_6 += attend_chosen_0_scores[(head + 0u) * 17u + 6u];
  s_6 += attend_chosen_0_scores[(head + 16u) * 17u + 6u];
  s_6 += attend_chosen_0_scores[(head + 32u) * 17u + 6u];
  s_6 += attend_chosen_0_scores[(head + 48u) * 17u + 6u];
  s_6 += attend_chosen_0_scores[(head + 64u) * 17u + 6u];
  s_6 += attend_chosen_0_scores[(head + 80u) * 17u + 6u];
  s_6 += attend_chosen_0_scores[(head + 96u) * 17u + 6u];
  s_6 += attend_chosen_0_scores[(head + 112u) * 17u + 6u];
  s_6 = attend_chosen_0_kinds[6u] != 0u ? s_6 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_6);
  s_7 += attend_chosen_0_scores[(head + 0u) * 17u + 7u];
  s_7 += attend_chosen_0_scores[(head + 16u) * 17u + 7u];
  s_7 += attend_chosen_0_scores[(head + 32u) * 17u + 7u];
  s_7 += attend_chosen_0_scores[(head + 48u) * 17u + 7u];
  s_7 += attend_chosen_0_scores[(head + 64u) * 17u + 7u];
  s_7 += attend_chosen_0_scores[(head + 80u) * 17u + 7u];
  s_7 += attend_chosen_0_scores[(head + 96u) * 17u + 7u];
  s_7 += attend_chosen_0_scores[(head + 112u) * 17u + 7u];
  s_7 = attend_chosen_0_kinds[7u] != 0u ? s_7 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_7);
  s_8 += attend_chosen_0_scores[(head + 0u) * 17u + 8u];
  s_8 += attend_chosen_0_scores[(head + 16u) * 17u + 8u];
  s_8 += attend_chosen_0_scores[(head + 32u) * 17u + 8u];
  s_8 += attend_chosen_0_scores[(head + 48u) * 17u + 8u];
  s_8 += attend_chosen_0_scores[(head + 64u) * 17u + 8u];
  s_8 += attend_chosen_0_scores[(head + 80u) * 17u + 8u];
  s_8 += attend_chosen_0_scores[(head + 96u) * 17u + 8u];
  s_8 += attend_chosen_0_scores[(head + 112u) * 17u + 8u];
  s_8 = attend_chosen_0_kinds[8u] != 0u ? s_8 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_8);
  s_9 += attend_chosen_0_scores[(head + 0u) * 17u + 9u];
  s_9 += attend_chosen_0_scores[(head + 16u) * 17u + 9u];
  s_9 += attend_chosen_0_scores[(head + 32u) * 17u + 9u];
  s_9 += attend_chosen_0_scores[(head + 48u) * 17u + 9u];
  s_9 += attend_chosen_0_scores[(head + 64u) * 17u + 9u];
  s_9 += attend_chosen_0_scores[(head + 80u) * 17u + 9u];
  s_9 += attend_chosen_0_scores[(head + 96u) * 17u + 9u];
  s_9 += attend_chosen_0_scores[(head + 112u) * 17u + 9u];
  s_9 = attend_chosen_0_kinds[9u] != 0u ? s_9 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_9);
  s_10 += attend_chosen_0_scores[(head + 0u) * 17u + 10u];
  s_10 += attend_chosen_0_scores[(head + 16u) * 17u + 10u];
  s_10 += attend_chosen_0_scores[(head + 32u) * 17u + 10u];
  s_10 += attend_chosen_0_scores[(head + 48u) * 17u + 10u];
  s_10 += attend_chosen_0_scores[(head + 64u) * 17u + 10u];
  s_10 += attend_chosen_0_scores[(head + 80u) * 17u + 10u];
  s_10 += attend_chosen_0_scores[(head + 96u) * 17u + 10u];
  s_10 += attend_chosen_0_scores[(head + 112u) * 17u + 10u];
  s_10 = attend_chosen_0_kinds[10u] != 0u ? s_10 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_10);
  s_11 += attend_chosen_0_scores[(head + 0u) * 17u + 11u];
  s_11 += attend_chosen_0_scores[(head + 16u) * 17u + 11u];
  s_11 += attend_chosen_0_scores[(head + 32u) * 17u + 11u];
  s_11 += attend_chosen_0_scores[(head + 48u) * 17u + 11u];
  s_11 += attend_chosen_0_scores[(head + 64u) * 17u + 11u];
  s_11 += attend_chosen_0_scores[(head + 80u) * 17u + 11u];
  s_11 += attend_chosen_0_scores[(head + 96u) * 17u + 11u];
  s_11 += attend_chosen_0_scores[(head + 112u) * 17u + 11u];
  s_11 = attend_chosen_0_kinds[11u] != 0u ? s_11 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_11);
  s_12 += attend_chosen_0_scores[(head + 0u) * 17u + 12u];
  s_12 += attend_chosen_0_scores[(head + 16u) * 17u + 12u];
  s_12 += attend_chosen_0_scores[(head + 32u) * 17u + 12u];
  s_12 += attend_chosen_0_scores[(head + 48u) * 17u + 12u];
  s_12 += attend_chosen_0_scores[(head + 64u) * 17u + 12u];
  s_12 += attend_chosen_0_scores[(head + 80u) * 17u + 12u];
  s_12 += attend_chosen_0_scores[(head + 96u) * 17u + 12u];
  s_12 += attend_chosen_0_scores[(head + 112u) * 17u + 12u];
  s_12 = attend_chosen_0_kinds[12u] != 0u ? s_12 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_12);
  s_13 += attend_chosen_0_scores[(head + 0u) * 17u + 13u];
  s_13 += attend_chosen_0_scores[(head + 16u) * 17u + 13u];
  s_13 += attend_chosen_0_scores[(head + 32u) * 17u + 13u];
  s_13 += attend_chosen_0_scores[(head + 48u) * 17u + 13u];
  s_13 += attend_chosen_0_scores[(head + 64u) * 17u + 13u];
  s_13 += attend_chosen_0_scores[(head + 80u) * 17u + 13u];
  s_13 += attend_chosen_0_scores[(head + 96u) * 17u + 13u];
  s_13 += attend_chosen_0_scores[(head + 112u) * 17u + 13u];
  s_13 = attend_chosen_0_kinds[13u] != 0u ? s_13 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_13);
  s_14 += attend_chosen_0_scores[(head + 0u) * 17u + 14u];
  s_14 += attend_chosen_0_scores[(head + 16u) * 17u + 14u];
  s_14 += attend_chosen_0_scores[(head + 32u) * 17u + 14u];
  s_14 += attend_chosen_0_scores[(head + 48u) * 17u + 14u];
  s_14 += attend_chosen_0_scores[(head + 64u) * 17u + 14u];
  s_14 += attend_chosen_0_scores[(head + 80u) * 17u + 14u];
  s_14 += attend_chosen_0_scores[(head + 96u) * 17u + 14u];
  s_14 += attend_chosen_0_scores[(head + 112u) * 17u + 14u];
  s_14 = attend_chosen_0_kinds[14u] != 0u ? s_14 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_14);
  s_15 += attend_chosen_0_scores[(head + 0u) * 17u + 15u];
  s_15 += attend_chosen_0_scores[(head + 16u) * 17u + 15u];
  s_15 += attend_chosen_0_scores[(head + 32u) * 17u + 15u];
  s_15 += attend_chosen_0_scores[(head + 48u) * 17u + 15u];
  s_15 += attend_chosen_0_scores[(head + 64u) * 17u + 15u];
  s_15 += attend_chosen_0_scores[(head + 80u) * 17u + 15u];
  s_15 += attend_chosen_0_scores[(head + 96u) * 17u + 15u];
  s_15 += attend_chosen_0_scores[(head + 112u) * 17u + 15u];
  s_15 = attend_chosen_0_kinds[15u] != 0u ? s_15 * 0.044194173f : -3e38f;
  largest = m_max(largest, s_15);
  const f32 factor = m_exp(top - largest);
  top = largest;
  f32x4 w_0 = m_select(second, f32x4{s_8, s_9, s_10, s_11}, f32x4{s_0, s_1, s_2, s_3});
  w_0 = m_exp(w_0 - splat<4>(largest));
  f32x4 w_1 = m_select(second, f32x4{s_12, s_13, s_14, s_15}, f32x4{s_4, s_5, s_6, s_7});
  w_1 = m_exp(w_1 - splat<4>(largest));
  const f32x4 all = w_0 + w_1;
  sum = m_fma(sum, factor, all.x + all.y + all.z + all.w);
  const u32 to = 4160u + head * 3u + at.lid % 2u;
  attend_chosen_0_split(to, to + 48u, w_0 * 1024.0f, w_1 * 1024.0f, attend_chosen_0_tile);
  if (!second) {
    attend_chosen_0_factors[head] = factor;
    return;
  } else {
    return;
  }
}

DEV void attend_chosen_0_attend(At at, const f32x4* __restrict__ q_0_v4, const f32x4* __restrict__ kv_1_v4, const f32x4* __restrict__ state_v4, const f32x4* __restrict__ pages_v4, const u32* __restrict__ chosen_4, const f32* __restrict__ sinks_5, f32* out_6, const u32x4* __restrict__ rows, const u32* __restrict__ page_table, const Params& p, arr<u32, 64>& reduce_words, arr<u32x4, 4256>& attend_chosen_0_tile, arr<f32, 2176>& attend_chosen_0_scores, arr<u32, 16>& attend_chosen_0_kinds, arr<f32, 16>& attend_chosen_0_factors, arr<f32, 32>& attend_chosen_0_totals) {
  f32 top = -3e38f;
  f32 sum = 0.0f;
  bool local = false;
  arr<f32, 8> acc_0 = {};
  arr<f32, 8> acc_1 = {};
  arr<f32, 8> acc_2 = {};
  arr<f32, 8> acc_3 = {};
  const u32 first_head = at.x * 16u;
  const u32 position = rows[2u * at.y].y;
  const u32 n_raw = m_min(position + 1u, 128u);
  const u32 _e16 = attend_chosen_0_compressed(at, at.y, chosen_4, reduce_words);
  const u32 n_tiles = (n_raw + _e16 + 15u) / 16u;
  attend_chosen_0_queries(at, first_head, q_0_v4, attend_chosen_0_tile);
  if (at.lid < 32u) {
    local = first_head + at.lid / 2u < 64u;
  } else {
    local = false;
  }
  if (local) {
    top = m_max(top, sinks_5[first_head + at.lid / 2u]);
  }
  if (at.lid % 2u == 0u) {
    sum = 1.0f;
  }
  const u32 lane = at.lid % 32u;
  const u32 group = at.lid / 32u % 1u * 16u;
  const u32 slice = at.lid / 32u;
  const u32 row = at.lid / 16u;
  const u32 _e71 = acc_row(lane, 0u);
  const u32 head_0 = group + _e71;
  const u32 _e74 = acc_row(lane, 1u);
  const u32 head_1 = group + _e74;
  const u32 _e77 = acc_row(lane, 2u);
  const u32 head_2 = group + _e77;
  const u32 _e80 = acc_row(lane, 3u);
  const u32 head_3 = group + _e80;
  const u32 _e83 = acc_row(lane, 4u);
  const u32 head_4 = group + _e83;
  const u32 _e86 = acc_row(lane, 5u);
  const u32 head_5 = group + _e86;
  const u32 _e89 = acc_row(lane, 6u);
  const u32 head_6 = group + _e89;
  const u32 _e92 = acc_row(lane, 7u);
  const u32 head_7 = group + _e92;
  for (u32 tile = 0u; tile < n_tiles; tile += 1u) {
    const u32x2 place = attend_chosen_0_place(at.y, tile * 16u + row, n_raw, chosen_4, rows, page_table, p);
    f32x4 v_0 = {};
    f32x4 v_1 = {};
    f32x4 v_2 = {};
    f32x4 v_3 = {};
    f32x4 v_4 = {};
    f32x4 v_5 = {};
    f32x4 v_6 = {};
    f32x4 v_7 = {};
    const u32 quad = at.lid % 16u * 2u;
    if (place.x == 1u) {
      v_0 = kv_1_v4[place.y + quad + 0u];
      v_1 = kv_1_v4[place.y + quad + 1u];
      v_2 = kv_1_v4[place.y + quad + 32u];
      v_3 = kv_1_v4[place.y + quad + 33u];
      v_4 = kv_1_v4[place.y + quad + 64u];
      v_5 = kv_1_v4[place.y + quad + 65u];
      v_6 = kv_1_v4[place.y + quad + 96u];
      v_7 = kv_1_v4[place.y + quad + 97u];
    } else {
      if (place.x == 2u) {
        v_0 = state_v4[place.y + quad + 0u];
        v_1 = state_v4[place.y + quad + 1u];
        v_2 = state_v4[place.y + quad + 32u];
        v_3 = state_v4[place.y + quad + 33u];
        v_4 = state_v4[place.y + quad + 64u];
        v_5 = state_v4[place.y + quad + 65u];
        v_6 = state_v4[place.y + quad + 96u];
        v_7 = state_v4[place.y + quad + 97u];
      } else {
        if (place.x == 3u) {
          const f32x4 _e257 = attend_chosen_0_cached(place.y, quad + 0u, pages_v4);
          v_0 = _e257;
          const f32x4 _e261 = attend_chosen_0_cached(place.y, quad + 1u, pages_v4);
          v_1 = _e261;
          const f32x4 _e265 = attend_chosen_0_cached(place.y, quad + 32u, pages_v4);
          v_2 = _e265;
          const f32x4 _e269 = attend_chosen_0_cached(place.y, quad + 33u, pages_v4);
          v_3 = _e269;
          const f32x4 _e273 = attend_chosen_0_cached(place.y, quad + 64u, pages_v4);
          v_4 = _e273;
          const f32x4 _e277 = attend_chosen_0_cached(place.y, quad + 65u, pages_v4);
          v_5 = _e277;
          const f32x4 _e281 = attend_chosen_0_cached(place.y, quad + 96u, pages_v4);
          v_6 = _e281;
          const f32x4 _e285 = attend_chosen_0_cached(place.y, quad + 97u, pages_v4);
          v_7 = _e285;
        }
      }
    }
    __syncthreads();
    const u32 to = 2080u + row * 65u + at.lid % 16u;
    {
      const u32 rest = 3120u + row * 65u + at.lid % 16u;
      attend_chosen_0_split(to + 0u, rest + 0u, v_0, v_1, attend_chosen_0_tile);
    }
    {
      const u32 rest_1 = 3120u + row * 65u + at.lid % 16u;
      attend_chosen_0_split(to + 16u, rest_1 + 16u, v_2, v_3, attend_chosen_0_tile);
    }
    {
      const u32 rest_2 = 3120u + row * 65u + at.lid % 16u;
      attend_chosen_0_split(to + 32u, rest_2 + 32u, v_4, v_5, attend_chosen_0_tile);
    }
    {
      const u32 rest_3 = 3120u + row * 65u + at.lid % 16u;
      attend_chosen_0_split(to + 48u, rest_3 + 48u, v_6, v_7, attend_chosen_0_tile);
    }
    if (at.lid % 16u == 0u) {
      attend_chosen_0_kinds[row] = place.x;
    }
    __syncthreads();
    if (slice < 8u) {
      arr<f32, 8> score_0 = {};
      arr<f32, 8> score_1 = {};
      {
        const u32 dims = slice * 8u + 0u;
        const u32 q = group * 65u + dims;
        const arr<u32, 4> q_0 = load_f16(q, 65u, lane, attend_chosen_0_tile.values);
        const arr<u32, 4> q_1 = load_f16(q + 1040u, 65u, lane, attend_chosen_0_tile.values);
        const arr<u32, 4> k_0 = load_right_f16(2080u + dims, 65u, lane, attend_chosen_0_tile.values);
        mma_f16(score_0, q_0, k_0, lane, attend_chosen_0_tile.values);
        mma_f16(score_1, q_1, k_0, lane, attend_chosen_0_tile.values);
        {
          const arr<u32, 4> k_1 = load_right_f16(3120u + dims, 65u, lane, attend_chosen_0_tile.values);
          mma_f16(score_1, q_0, k_1, lane, attend_chosen_0_tile.values);
        }
      }
      {
        const u32 dims_1 = slice * 8u + 2u;
        const u32 q_2 = group * 65u + dims_1;
        const arr<u32, 4> q_0_1 = load_f16(q_2, 65u, lane, attend_chosen_0_tile.values);
        const arr<u32, 4> q_1_1 = load_f16(q_2 + 1040u, 65u, lane, attend_chosen_0_tile.values);
        const arr<u32, 4> k_0_1 = load_right_f16(2080u + dims_1, 65u, lane, attend_chosen_0_tile.values);
        mma_f16(score_0, q_0_1, k_0_1, lane, attend_chosen_0_tile.values);
        mma_f16(score_1, q_1_1, k_0_1, lane, attend_chosen_0_tile.values);
        {
          const arr<u32, 4> k_1_1 = load_right_f16(3120u + dims_1, 65u, lane, attend_chosen_0_tile.values);
          mma_f16(score_1, q_0_1, k_1_1, lane, attend_chosen_0_tile.values);
        }
      }
      {
        const u32 dims_2 = slice * 8u + 4u;
        const u32 q_3 = group * 65u + dims_2;
        const arr<u32, 4> q_0_2 = load_f16(q_3, 65u, lane, attend_chosen_0_tile.values);
        const arr<u32, 4> q_1_2 = load_f16(q_3 + 1040u, 65u, lane, attend_chosen_0_tile.values);
        const arr<u32, 4> k_0_2 = load_right_f16(2080u + dims_2, 65u, lane, attend_chosen_0_tile.values);
        mma_f16(score_0, q_0_2, k_0_2, lane, attend_chosen_0_tile.values);
        mma_f16(score_1, q_1_2, k_0_2, lane, attend_chosen_0_tile.values);
        {
          const arr<u32, 4> k_1_2 = load_right_f16(3120u + dims_2, 65u, lane, attend_chosen_0_tile.values);
          mma_f16(score_1, q_0_2, k_1_2, lane, attend_chosen_0_tile.values);
        }
      }
      {
        const u32 dims_3 = slice * 8u + 6u;
        const u32 q_4 = group * 65u + dims_3;
        const arr<u32, 4> q_0_3 = load_f16(q_4, 65u, lane, attend_chosen_0_tile.values);
        const arr<u32, 4> q_1_3 = load_f16(q_4 + 1040u, 65u, lane, attend_chosen_0_tile.values);
        const arr<u32, 4> k_0_3 = load_right_f16(2080u + dims_3, 65u, lane, attend_chosen_0_tile.values);
        mma_f16(score_0, q_0_3, k_0_3, lane, attend_chosen_0_tile.values);
        mma_f16(score_1, q_1_3, k_0_3, lane, attend_chosen_0_tile.values);
        {
          const arr<u32, 4> k_1_3 = load_right_f16(3120u + dims_3, 65u, lane, attend_chosen_0_tile.values);
          mma_f16(score_1, q_0_3, k_1_3, lane, attend_chosen_0_tile.values);
        }
      }
      const u32 _e455 = acc_col(lane, 0u);
      attend_chosen_0_scores[(slice * 16u + head_0) * 17u + _e455] = score_0[0u] + score_1[0u];
      const u32 _e470 = acc_col(lane, 1u);
      attend_chosen_0_scores[(slice * 16u + head_1) * 17u + _e470] = score_0[1u] + score_1[1u];
      const u32 _e485 = acc_col(lane, 2u);
      attend_chosen_0_scores[(slice * 16u + head_2) * 17u + _e485] = score_0[2u] + score_1[2u];
      const u32 _e500 = acc_col(lane, 3u);
      attend_chosen_0_scores[(slice * 16u + head_3) * 17u + _e500] = score_0[3u] + score_1[3u];
      const u32 _e515 = acc_col(lane, 4u);
      attend_chosen_0_scores[(slice * 16u + head_4) * 17u + _e515] = score_0[4u] + score_1[4u];
      const u32 _e530 = acc_col(lane, 5u);
      attend_chosen_0_scores[(slice * 16u + head_5) * 17u + _e530] = score_0[5u] + score_1[5u];
      const u32 _e545 = acc_col(lane, 6u);
      attend_chosen_0_scores[(slice * 16u + head_6) * 17u + _e545] = score_0[6u] + score_1[6u];
      const u32 _e560 = acc_col(lane, 7u);
      attend_chosen_0_scores[(slice * 16u + head_7) * 17u + _e560] = score_0[7u] + score_1[7u];
    }
    __syncthreads();
    if (at.lid < 32u) {
      attend_chosen_0_softmax(at, top, sum, attend_chosen_0_tile, attend_chosen_0_scores, attend_chosen_0_kinds, attend_chosen_0_factors);
    }
    __syncthreads();
    if (slice < 8u) {
      const f32 factor_0 = attend_chosen_0_factors[head_0];
      const f32 factor_1 = attend_chosen_0_factors[head_1];
      const f32 factor_2 = attend_chosen_0_factors[head_2];
      const f32 factor_3 = attend_chosen_0_factors[head_3];
      const f32 factor_4 = attend_chosen_0_factors[head_4];
      const f32 factor_5 = attend_chosen_0_factors[head_5];
      const f32 factor_6 = attend_chosen_0_factors[head_6];
      const f32 factor_7 = attend_chosen_0_factors[head_7];
      f32 least = 1.0f;
      least = m_min(least, factor_0);
      least = m_min(least, factor_1);
      least = m_min(least, factor_2);
      least = m_min(least, factor_3);
      least = m_min(least, factor_4);
      least = m_min(least, factor_5);
      least = m_min(least, factor_6);
      least = m_min(least, factor_7);
      if (least < 1.0f) {
        acc_0[0u] *= factor_0;
        acc_0[1u] *= factor_1;
        acc_0[2u] *= factor_2;
        acc_0[3u] *= factor_3;
        acc_0[4u] *= factor_4;
        acc_0[5u] *= factor_5;
        acc_0[6u] *= factor_6;
        acc_0[7u] *= factor_7;
        acc_1[0u] *= factor_0;
        acc_1[1u] *= factor_1;
        acc_1[2u] *= factor_2;
        acc_1[3u] *= factor_3;
        acc_1[4u] *= factor_4;
        acc_1[5u] *= factor_5;
        acc_1[6u] *= factor_6;
        acc_1[7u] *= factor_7;
        acc_2[0u] *= factor_0;
        acc_2[1u] *= factor_1;
        acc_2[2u] *= factor_2;
        acc_2[3u] *= factor_3;
        acc_2[4u] *= factor_4;
        acc_2[5u] *= factor_5;
        acc_2[6u] *= factor_6;
        acc_2[7u] *= factor_7;
        acc_3[0u] *= factor_0;
        acc_3[1u] *= factor_1;
        acc_3[2u] *= factor_2;
        acc_3[3u] *= factor_3;
        acc_3[4u] *= factor_4;
        acc_3[5u] *= factor_5;
        acc_3[6u] *= factor_6;
        acc_3[7u] *= factor_7;
      }
      const u32 w = 4160u + group * 3u;
      const arr<u32, 4> w_0 = load_f16(w, 3u, lane, attend_chosen_0_tile.values);
      const arr<u32, 4> w_1 = load_f16(w + 48u, 3u, lane, attend_chosen_0_tile.values);
      {
        const u32 dims_4 = slice * 8u + 0u;
        const arr<u32, 4> k_0_4 = load_across_f16(2080u + dims_4, 65u, lane, attend_chosen_0_tile.values);
        mma_across_f16(acc_0, w_0, k_0_4, lane, attend_chosen_0_tile.values);
        mma_across_f16(acc_0, w_1, k_0_4, lane, attend_chosen_0_tile.values);
        {
          const arr<u32, 4> k_1_4 = load_across_f16(3120u + dims_4, 65u, lane, attend_chosen_0_tile.values);
          mma_across_f16(acc_0, w_0, k_1_4, lane, attend_chosen_0_tile.values);
        }
      }
      {
        const u32 dims_5 = slice * 8u + 2u;
        const arr<u32, 4> k_0_5 = load_across_f16(2080u + dims_5, 65u, lane, attend_chosen_0_tile.values);
        mma_across_f16(acc_1, w_0, k_0_5, lane, attend_chosen_0_tile.values);
        mma_across_f16(acc_1, w_1, k_0_5, lane, attend_chosen_0_tile.values);
        {
          const arr<u32, 4> k_1_5 = load_across_f16(3120u + dims_5, 65u, lane, attend_chosen_0_tile.values);
          mma_across_f16(acc_1, w_0, k_1_5, lane, attend_chosen_0_tile.values);
        }
      }
      {
        const u32 dims_6 = slice * 8u + 4u;
        const arr<u32, 4> k_0_6 = load_across_f16(2080u + dims_6, 65u, lane, attend_chosen_0_tile.values);
        mma_across_f16(acc_2, w_0, k_0_6, lane, attend_chosen_0_tile.values);
        mma_across_f16(acc_2, w_1, k_0_6, lane, attend_chosen_0_tile.values);
        {
          const arr<u32, 4> k_1_6 = load_across_f16(3120u + dims_6, 65u, lane, attend_chosen_0_tile.values);
          mma_across_f16(acc_2, w_0, k_1_6, lane, attend_chosen_0_tile.values);
        }
      }
      {
        const u32 dims_7 = slice * 8u + 6u;
        const arr<u32, 4> k_0_7 = load_across_f16(2080u + dims_7, 65u, lane, attend_chosen_0_tile.values);
        mma_across_f16(acc_3, w_0, k_0_7, lane, attend_chosen_0_tile.values);
        mma_across_f16(acc_3, w_1, k_0_7, lane, attend_chosen_0_tile.values);
        {
          const arr<u32, 4> k_1_7 = load_across_f16(3120u + dims_7, 65u, lane, attend_chosen_0_tile.values);
          mma_across_f16(acc_3, w_0, k_1_7, lane, attend_chosen_0_tile.values);
        }
      }
    }
  }
  if (at.lid < 32u) {
    attend_chosen_0_totals[at.lid] = sum * 1024.0f;
  }
  __syncthreads();
  if (slice < 8u) {
    if (first_head + head_0 < 64u) {
      const f32 total = attend_chosen_0_totals[2u * head_0] + attend_chosen_0_totals[2u * head_0 + 1u];
      const u32 _e813 = acc_col(lane, 0u);
      const u32 to_1 = (at.y * 64u + first_head + head_0) * 512u + slice * 64u + _e813;
      out_6[to_1 + 0u] = acc_0[0u] / total;
      out_6[to_1 + 16u] = acc_1[0u] / total;
      out_6[to_1 + 32u] = acc_2[0u] / total;
      out_6[to_1 + 48u] = acc_3[0u] / total;
    }
    if (first_head + head_1 < 64u) {
      const f32 total_1 = attend_chosen_0_totals[2u * head_1] + attend_chosen_0_totals[2u * head_1 + 1u];
      const u32 _e870 = acc_col(lane, 1u);
      const u32 to_2 = (at.y * 64u + first_head + head_1) * 512u + slice * 64u + _e870;
      out_6[to_2 + 0u] = acc_0[1u] / total_1;
      out_6[to_2 + 16u] = acc_1[1u] / total_1;
      out_6[to_2 + 32u] = acc_2[1u] / total_1;
      out_6[to_2 + 48u] = acc_3[1u] / total_1;
    }
    if (first_head + head_2 < 64u) {
      const f32 total_2 = attend_chosen_0_totals[2u * head_2] + attend_chosen_0_totals[2u * head_2 + 1u];
      const u32 _e927 = acc_col(lane, 2u);
      const u32 to_3 = (at.y * 64u + first_head + head_2) * 512u + slice * 64u + _e927;
      out_6[to_3 + 0u] = acc_0[2u] / total_2;
      out_6[to_3 + 16u] = acc_1[2u] / total_2;
      out_6[to_3 + 32u] = acc_2[2u] / total_2;
      out_6[to_3 + 48u] = acc_3[2u] / total_2;
    }
    if (first_head + head_3 < 64u) {
      const f32 total_3 = attend_chosen_0_totals[2u * head_3] + attend_chosen_0_totals[2u * head_3 + 1u];
      const u32 _e984 = acc_col(lane, 3u);
      const u32 to_4 = (at.y * 64u + first_head + head_3) * 512u + slice * 64u + _e984;
      out_6[to_4 + 0u] = acc_0[3u] / total_3;
      out_6[to_4 + 16u] = acc_1[3u] / total_3;
      out_6[to_4 + 32u] = acc_2[3u] / total_3;
      out_6[to_4 + 48u] = acc_3[3u] / total_3;
    }
    if (first_head + head_4 < 64u) {
      const f32 total_4 = attend_chosen_0_totals[2u * head_4] + attend_chosen_0_totals[2u * head_4 + 1u];
      const u32 _e1041 = acc_col(lane, 4u);
      const u32 to_5 = (at.y * 64u + first_head + head_4) * 512u + slice * 64u + _e1041;
      out_6[to_5 + 0u] = acc_0[4u] / total_4;
      out_6[to_5 + 16u] = acc_1[4u] / total_4;
      out_6[to_5 + 32u] = acc_2[4u] / total_4;
      out_6[to_5 + 48u] = acc_3[4u] / total_4;
    }
    if (first_head + head_5 < 64u) {
      const f32 total_5 = attend_chosen_0_totals[2u * head_5] + attend_chosen_0_totals[2u * head_5 + 1u];
      const u32 _e1098 = acc_col(lane, 5u);
      const u32 to_6 = (at.y * 64u + first_head + head_5) * 512u + slice * 64u + _e1098;
      out_6[to_6 + 0u] = acc_0[5u] / total_5;
      out_6[to_6 + 16u] = acc_1[5u] / total_5;
      out_6[to_6 + 32u] = acc_2[5u] / total_5;
      out_6[to_6 + 48u] = acc_3[5u] / total_5;
    }
    if (first_head + head_6 < 64u) {
      const f32 total_6 = attend_chosen_0_totals[2u * head_6] + attend_chosen_0_totals[2u * head_6 + 1u];
      const u32 _e1155 = acc_col(lane, 6u);
      const u32 to_7 = (at.y * 64u + first_head + head_6) * 512u + slice * 64u + _e1155;
      out_6[to_7 + 0u] = acc_0[6u] / total_6;
      out_6[to_7 + 16u] = acc_1[6u] / total_6;
      out_6[to_7 + 32u] = acc_2[6u] / total_6;
      out_6[to_7 + 48u] = acc_3[6u] / total_6;
    }
    if (first_head + head_7 < 64u) {
      const f32 total_7 = attend_chosen_0_totals[2u * head_7] + attend_chosen_0_totals[2u * head_7 + 1u];
      const u32 _e1212 = acc_col(lane, 7u);
      const u32 to_8 = (at.y * 64u + first_head + head_7) * 512u + slice * 64u + _e1212;
      out_6[to_8 + 0u] = acc_0[7u] / total_7;
      out_6[to_8 + 16u] = acc_1[7u] / total_7;
      out_6[to_8 + 32u] = acc_2[7u] / total_7;
      out_6[to_8 + 48u] = acc_3[7u] / total_7;
      return;
    } else {
      return;
    }
  } else {
    return;
  }
}

DEV void attend_chosen_0(At at, const f32x4* __restrict__ q_0_v4, const f32x4* __restrict__ kv_1_v4, const f32x4* __restrict__ state_v4, const f32x4* __restrict__ pages_v4, const u32* __restrict__ chosen_4, const f32* __restrict__ sinks_5, f32* out_6, const u32x4* __restrict__ rows, const u32* __restrict__ page_table, const Params& p, arr<u32, 64>& reduce_words, arr<u32x4, 4256>& attend_chosen_0_tile, arr<f32, 2176>& attend_chosen_0_scores, arr<u32, 16>& attend_chosen_0_kinds, arr<f32, 16>& attend_chosen_0_factors, arr<f32, 32>& attend_chosen_0_totals) {
  attend_chosen_0_attend(at, q_0_v4, kv_1_v4, state_v4, pages_v4, chosen_4, sinks_5, out_6, rows, page_table, p, reduce_words, attend_chosen_0_tile, attend_chosen_0_scores, attend_chosen_0_kinds, attend_chosen_0_factors, attend_chosen_0_totals);
}

extern "C" __global__ void __launch_bounds__(256, 2) attend_chosen_dppggg(
    const f32x4* __restrict__ q_0_v4,
    const f32x4* __restrict__ kv_1_v4,
    const f32x4* __restrict__ state_v4,
    const f32x4* __restrict__ pages_v4,
    const u32* __restrict__ chosen_4,
    const f32* __restrict__ sinks_5,
    f32* out_6,
    const u32x4* __restrict__ rows,
    const u32* __restrict__ page_table,
    const __grid_constant__ Params p) {
  extern __shared__ __align__(16) u8 workgroup_memory[];
  arr<u32, 64>& reduce_words = *(arr<u32, 64>*)&workgroup_memory[0];
  arr<u32x4, 4256>& attend_chosen_0_tile = *(arr<u32x4, 4256>*)&workgroup_memory[256];
  arr<f32, 2176>& attend_chosen_0_scores = *(arr<f32, 2176>*)&workgroup_memory[68352];
  arr<u32, 16>& attend_chosen_0_kinds = *(arr<u32, 16>*)&workgroup_memory[77056];
  arr<f32, 16>& attend_chosen_0_factors = *(arr<f32, 16>*)&workgroup_memory[77120];
  arr<f32, 32>& attend_chosen_0_totals = *(arr<f32, 32>*)&workgroup_memory[77184];
  static_assert(256u % WAVE == 0u, "attend_chosen_dppggg needs whole subgroups");
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  attend_chosen_0(at, q_0_v4, kv_1_v4, state_v4, pages_v4, chosen_4, sinks_5, out_6, rows, page_table, p, reduce_words, attend_chosen_0_tile, attend_chosen_0_scores, attend_chosen_0_kinds, attend_chosen_0_factors, attend_chosen_0_totals);
}

}  // namespace attend_chosen_dppggg_ns
