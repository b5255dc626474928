// gemm_cyyiir
//
// gemm of matmul (MODEL.md 2.5)
//   template ops/gemm, DEPTH = 16, HALF = 448, I = 4096, JT = 32, KG = 4, O = 64, OUT = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 1  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 2  w_2  vec4<u32>  [64, 4096], read
// 3  y_3  f32  [T, 64], read and written
namespace gemm_cyyiir_ns {

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

struct Group {
  u32x4 a;
  u32x4 b;
  f32 scale;
  f32x2 min;
};

struct w_2_Unit {
  u32x4 a;
  u32x4 b;
  u32 scales;
};

struct gemm_0_Units {
  w_2_Unit u_0_0;
};

DEV w_2_Unit w_2_load(u32 row, u32 u, const u32x4* __restrict__ w_2) {
  const u32 first = row * 272u;
  const u32 scales = w_2[first + 256u + u / 8u][u / 2u % 4u];
  return w_2_Unit{w_2[first + u], w_2[first + 128u + u], scales};
}

DEV Group w_2_group(w_2_Unit unit, u32 u, u32 j) {
  const f32 scale = m_unpack_2x16_float(unit.scales >> ((16u * (u % 2u)) & 31u)).x;
  return Group{unit.a, unit.b, scale, f32x2{}};
}

DEV f32 gemm_0_plus(f32 sum, i32 dot, f32 w, f32x4 x) {
  return m_fma(w * x.x, f32(dot), sum);
}

DEV u32 gemm_0_element(u32 record, u32 v) {
  return record / 4u * 20u + record % 4u + v * 4u;
}

DEV gemm_0_Units gemm_0_units(u32 row, u32 last, u32 step, u32 lid, const u32x4* __restrict__ w_2) {
  gemm_0_Units units = {};
  const u32 u = step * 4u + lid % 4u;
  const u32 row_0 = m_min(row + (lid + 0u) % 256u / 4u, last);
  const w_2_Unit _e19 = w_2_load(row_0, u, w_2);
  units.u_0_0 = _e19;
  return units;
}

DEV void gemm_0_store(u32x4 place, u32 token, u32 out, f32 value, f32* y_3, const Params& p) {
  bool local = false;
  const u32 o = place.y + out;
  const u32 t = place.z + token;
  if (o < 64u) {
    local = t < p.rows;
  } else {
    local = false;
  }
  if (local) {
    y_3[(t * 1u + place.x) * 64u + o] = value;
    return;
  } else {
    return;
  }
}

DEV void gemm_0_gemm(u32x4 place, u32 row, u32 last, u32 lid, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ w_2, f32* y_3, const Params& p, arr<u32x4, 1988>& gemm_0_tile, arr<f32, 256>& gemm_0_w_scale, arr<u32, 64>& gemm_0_record) {
  arr<f32, 8> acc_0_0_0 = {};
  arr<f32, 8> acc_0_1_0 = {};
  const u32 lane = lid % 32u;
  const u32 token = lid / 32u / 4u * 32u;
  const u32 out = lid / 32u % 4u * 16u;
  const u32 _e23 = acc_row(lane, 0u);
  const u32 row_0 = token + _e23;
  const u32 _e26 = acc_col(lane, 0u);
  const u32 col_0 = out + _e26;
  const u32 _e29 = acc_row(lane, 1u);
  const u32 row_1 = token + _e29;
  const u32 _e32 = acc_col(lane, 1u);
  const u32 col_1 = out + _e32;
  const u32 _e35 = acc_row(lane, 2u);
  const u32 row_2 = token + _e35;
  const u32 _e38 = acc_col(lane, 2u);
  const u32 col_2 = out + _e38;
  const u32 _e41 = acc_row(lane, 3u);
  const u32 row_3 = token + _e41;
  const u32 _e44 = acc_col(lane, 3u);
  const u32 col_3 = out + _e44;
  const u32 _e47 = acc_row(lane, 4u);
  const u32 row_4 = token + _e47;
  const u32 _e50 = acc_col(lane, 4u);
  const u32 col_4 = out + _e50;
  const u32 _e53 = acc_row(lane, 5u);
  const u32 row_5 = token + _e53;
  const u32 _e56 = acc_col(lane, 5u);
  const u32 col_5 = out + _e56;
  const u32 _e59 = acc_row(lane, 6u);
  const u32 row_6 = token + _e59;
  const u32 _e62 = acc_col(lane, 6u);
  const u32 col_6 = out + _e62;
  const u32 _e65 = acc_row(lane, 7u);
  const u32 row_7 = token + _e65;
  const u32 _e68 = acc_col(lane, 7u);
  const u32 col_7 = out + _e68;
  __syncthreads();
  const u32 record_0 = gemm_0_record[(lid + 0u) % 256u / 4u] + lid % 4u;
  for (u32 step = 0u; step < 32u; step += 1u) {
    const u32 _e93 = gemm_0_element(record_0 + step * 4u, 0u);
    const u32x4 x_0_0 = qx_1_v4[_e93];
    const u32 _e102 = gemm_0_element(record_0 + step * 4u, 1u);
    const u32x4 x_0_1 = qx_1_v4[_e102];
    const u32 _e111 = gemm_0_element(record_0 + step * 4u, 2u);
    const u32x4 x_0_2 = qx_1_v4[_e111];
    const u32 _e120 = gemm_0_element(record_0 + step * 4u, 3u);
    const u32x4 x_0_3 = qx_1_v4[_e120];
    const u32 _e129 = gemm_0_element(record_0 + step * 4u, 4u);
    const u32x4 x_0_4 = qx_1_v4[_e129];
    const gemm_0_Units units = gemm_0_units(row, last, step, lid, w_2);
    __syncthreads();
    {
      const u32 i = lid + 0u;
      const u32 to = i / 4u * 9u + i % 4u * 2u;
      gemm_0_tile[to] = x_0_0;
      gemm_0_tile[to + 1u] = x_0_1;
      gemm_0_tile[to + 580u] = x_0_2;
      gemm_0_tile[to + 581u] = x_0_3;
      gemm_0_tile[1156u + i % 4u * 64u + i / 4u] = x_0_4;
    }
    {
      const u32 i_1 = (lid + 0u) % 256u;
      const u32 u = i_1 % 4u;
      const Group w_0 = w_2_group(units.u_0_0, step * 4u + u, 0u);
      const u32 to_0 = i_1 / 4u * 9u + (u * 1u + 0u) * 2u;
      gemm_0_tile[to_0 + 1412u] = w_0.a;
      gemm_0_tile[to_0 + 1413u] = w_0.b;
      const u32 scale_at_0 = (0u + u * 1u + 0u) * 64u + i_1 / 4u;
      gemm_0_w_scale[scale_at_0] = w_0.scale;
    }
    __syncthreads();
    if (token < place.w) {
      {
        const u32 x_0 = (token + 0u) * 9u + 0u;
        const arr<u32, 4> high_0 = load_i8(x_0, 9u, lane, gemm_0_tile.values);
        const arr<u32, 4> low_0 = load_i8(x_0 + 580u, 9u, lane, gemm_0_tile.values);
        const f32x4 xs_0_0 = bitcast<f32x4>(gemm_0_tile[row_0 + 1156u]);
        const f32x4 xs_0_1 = bitcast<f32x4>(gemm_0_tile[row_1 + 1156u]);
        const f32x4 xs_0_2 = bitcast<f32x4>(gemm_0_tile[row_2 + 1156u]);
        const f32x4 xs_0_3 = bitcast<f32x4>(gemm_0_tile[row_3 + 1156u]);
        const f32x4 xs_0_4 = bitcast<f32x4>(gemm_0_tile[row_4 + 1156u]);
        const f32x4 xs_0_5 = bitcast<f32x4>(gemm_0_tile[row_5 + 1156u]);
        const f32x4 xs_0_6 = bitcast<f32x4>(gemm_0_tile[row_6 + 1156u]);
        const f32x4 xs_0_7 = bitcast<f32x4>(gemm_0_tile[row_7 + 1156u]);
        const u32 x_1 = (token + 16u) * 9u + 0u;
        const arr<u32, 4> high_1 = load_i8(x_1, 9u, lane, gemm_0_tile.values);
        const arr<u32, 4> low_1_1 = load_i8(x_1 + 580u, 9u, lane, gemm_0_tile.values);
        const f32x4 xs_1_0 = bitcast<f32x4>(gemm_0_tile[row_0 + 1172u]);
        const f32x4 xs_1_1 = bitcast<f32x4>(gemm_0_tile[row_1 + 1172u]);
        const f32x4 xs_1_2 = bitcast<f32x4>(gemm_0_tile[row_2 + 1172u]);
        const f32x4 xs_1_3 = bitcast<f32x4>(gemm_0_tile[row_3 + 1172u]);
        const f32x4 xs_1_4 = bitcast<f32x4>(gemm_0_tile[row_4 + 1172u]);
        const f32x4 xs_1_5 = bitcast<f32x4>(gemm_0_tile[row_5 + 1172u]);
        const f32x4 xs_1_6 = bitcast<f32x4>(gemm_0_tile[row_6 + 1172u]);
        const f32x4 xs_1_7 = bitcast<f32x4>(gemm_0_tile[row_7 + 1172u]);
        const arr<u32, 4> w_0_0 = load_right_i8(out * 9u + 1412u, 9u, lane, gemm_0_tile.values);
        const f32 ws_0_0_0 = gemm_0_w_scale[col_0 + 0u];
        const f32 ws_0_0_1 = gemm_0_w_scale[col_1 + 0u];
        const f32 ws_0_0_2 = gemm_0_w_scale[col_2 + 0u];
        const f32 ws_0_0_3 = gemm_0_w_scale[col_3 + 0u];
        const f32 ws_0_0_4 = gemm_0_w_scale[col_4 + 0u];
        const f32 ws_0_0_5 = gemm_0_w_scale[col_5 + 0u];
        const f32 ws_0_0_6 = gemm_0_w_scale[col_6 + 0u];
        const f32 ws_0_0_7 = gemm_0_w_scale[col_7 + 0u];
        {
          arr<i32, 8> dot = {};
          product_i8(dot, high_0, w_0_0, lane, gemm_0_tile.values);
          arr<i32, 8> low = {};
          product_i8(low, low_0, w_0_0, lane, gemm_0_tile.values);
          dot[0u] = wrapping_add(wrapping_mul(dot[0u], 256), low[0u]);
          dot[1u] = wrapping_add(wrapping_mul(dot[1u], 256), low[1u]);
          dot[2u] = wrapping_add(wrapping_mul(dot[2u], 256), low[2u]);
          dot[3u] = wrapping_add(wrapping_mul(dot[3u], 256), low[3u]);
          dot[4u] = wrapping_add(wrapping_mul(dot[4u], 256), low[4u]);
          dot[5u] = wrapping_add(wrapping_mul(dot[5u], 256), low[5u]);
          dot[6u] = wrapping_add(wrapping_mul(dot[6u], 256), low[6u]);
          dot[7u] = wrapping_add(wrapping_mul(dot[7u], 256), low[7u]);
          const f32 _e459 = gemm_0_plus(acc_0_0_0[0u], dot[0u], ws_0_0_0, xs_0_0);
          acc_0_0_0[0u] = _e459;
          const f32 _e465 = gemm_0_plus(acc_0_0_0[1u], dot[1u], ws_0_0_1, xs_0_1);
          acc_0_0_0[1u] = _e465;
          const f32 _e471 = gemm_0_plus(acc_0_0_0[2u], dot[2u], ws_0_0_2, xs_0_2);
          acc_0_0_0[2u] = _e471;
          const f32 _e477 = gemm_0_plus(acc_0_0_0[3u], dot[3u], ws_0_0_3, xs_0_3);
          acc_0_0_0[3u] = _e477;
          const f32 _e483 = gemm_0_plus(acc_0_0_0[4u], dot[4u], ws_0_0_4, xs_0_4);
          acc_0_0_0[4u] = _e483;
          const f32 _e489 = gemm_0_plus(acc_0_0_0[5u], dot[5u], ws_0_0_5, xs_0_5);
          acc_0_0_0[5u] = _e489;
          const f32 _e495 = gemm_0_plus(acc_0_0_0[6u], dot[6u], ws_0_0_6, xs_0_6);
          acc_0_0_0[6u] = _e495;
          const f32 _e501 = gemm_0_plus(acc_0_0_0[7u], dot[7u], ws_0_0_7, xs_0_7);
          acc_0_0_0[7u] = _e501;
        }
        {
          arr<i32, 8> dot_1 = {};
          product_i8(dot_1, high_1, w_0_0, lane, gemm_0_tile.values);
          arr<i32, 8> low_1 = {};
          product_i8(low_1, low_1_1, w_0_0, lane, gemm_0_tile.values);
          dot_1[0u] = wrapping_add(wrapping_mul(dot_1[0u], 256), low_1[0u]);
          dot_1[1u] = wrapping_add(wrapping_mul(dot_1[1u], 256), low_1[1u]);
          dot_1[2u] = wrapping_add(wrapping_mul(dot_1[2u], 256), low_1[2u]);
          dot_1[3u] = wrapping_add(wrapping_mul(dot_1[3u], 256), low_1[3u]);
          dot_1[4u] = wrapping_add(wrapping_mul(dot_1[4u], 256), low_1[4u]);
          dot_1[5u] = wrapping_add(wrapping_mul(dot_1[5u], 256), low_1[5u]);
          dot_1[6u] = wrapping_add(wrapping_mul(dot_1[6u], 256), low_1[6u]);
          dot_1[7u] = wrapping_add(wrapping_mul(dot_1[7u], 256), low_1[7u]);
          const f32 _e575 = gemm_0_plus(acc_0_1_0[0u], dot_1[0u], ws_0_0_0, xs_1_0);
          acc_0_1_0[0u] = _e575;
          const f32 _e581 = gemm_0_plus(acc_0_1_0[1u], dot_1[1u], ws_0_0_1, xs_1_1);
          acc_0_1_0[1u] = _e581;
          const f32 _e587 = gemm_0_plus(acc_0_1_0[2u], dot_1[2u], ws_0_0_2, xs_1_2);
          acc_0_1_0[2u] = _e587;
          const f32 _e593 = gemm_0_plus(acc_0_1_0[3u], dot_1[3u], ws_0_0_3, xs_1_3);
          acc_0_1_0[3u] = _e593;
          const f32 _e599 = gemm_0_plus(acc_0_1_0[4u], dot_1[4u], ws_0_0_4, xs_1_4);
          acc_0_1_0[4u] = _e599;
          const f32 _e605 = gemm_0_plus(acc_0_1_0[5u], dot_1[5u], ws_0_0_5, xs_1_5);
          acc_0_1_0[5u] = _e605;
          const f32 _e611 = gemm_0_plus(acc_0_1_0[6u], dot_1[6u], ws_0_0_6, xs_1_6);
          acc_0_1_0[6u] = _e611;
          const f32 _e617 = gemm_0_plus(acc_0_1_0[7u], dot_1[7u], ws_0_0_7, xs_1_7);
          acc_0_1_0[7u] = _e617;
        }
      }
      {
        const u32 x_0_5 = (token + 0u) * 9u + 2u;
        const arr<u32, 4> high_0_1 = load_i8(x_0_5, 9u, lane, gemm_0_tile.values);
        const arr<u32, 4> low_0_1 = load_i8(x_0_5 + 580u, 9u, lane, gemm_0_tile.values);
        const f32x4 xs_0_0_1 = bitcast<f32x4>(gemm_0_tile[row_0 + 1220u]);
        const f32x4 xs_0_1_1 = bitcast<f32x4>(gemm_0_tile[row_1 + 1220u]);
        const f32x4 xs_0_2_1 = bitcast<f32x4>(gemm_0_tile[row_2 + 1220u]);
        const f32x4 xs_0_3_1 = bitcast<f32x4>(gemm_0_tile[row_3 + 1220u]);
        const f32x4 xs_0_4_1 = bitcast<f32x4>(gemm_0_tile[row_4 + 1220u]);
        const f32x4 xs_0_5_1 = bitcast<f32x4>(gemm_0_tile[row_5 + 1220u]);
        const f32x4 xs_0_6_1 = bitcast<f32x4>(gemm_0_tile[row_6 + 1220u]);
        const f32x4 xs_0_7_1 = bitcast<f32x4>(gemm_0_tile[row_7 + 1220u]);
        const u32 x_1_1 = (token + 16u) * 9u + 2u;
        const arr<u32, 4> high_1_1 = load_i8(x_1_1, 9u, lane, gemm_0_tile.values);
        const arr<u32, 4> low_1_2 = load_i8(x_1_1 + 580u, 9u, lane, gemm_0_tile.values);
        const f32x4 xs_1_0_1 = bitcast<f32x4>(gemm_0_tile[row_0 + 1236u]);
        const f32x4 xs_1_1_1 = bitcast<f32x4>(gemm_0_tile[row_1 + 1236u]);
        const f32x4 xs_1_2_1 = bitcast<f32x4>(gemm_0_tile[row_2 + 1236u]);
        const f32x4 xs_1_3_1 = bitcast<f32x4>(gemm_0_tile[row_3 + 1236u]);
        const f32x4 xs_1_4_1 = bitcast<f32x4>(gemm_0_tile[row_4 + 1236u]);
        const f32x4 xs_1_5_1 = bitcast<f32x4>(gemm_0_tile[row_5 + 1236u]);
        const f32x4 xs_1_6_1 = bitcast<f32x4>(gemm_0_tile[row_6 + 1236u]);
        const f32x4 xs_1_7_1 = bitcast<f32x4>(gemm_0_tile[row_7 + 1236u]);
        const arr<u32, 4> w_0_0_1 = load_right_i8(out * 9u + 1414u, 9u, lane, gemm_0_tile.values);
        const f32 ws_0_0_0_1 = gemm_0_w_scale[col_0 + 64u];
        const f32 ws_0_0_1_1 = gemm_0_w_scale[col_1 + 64u];
        const f32 ws_0_0_2_1 = gemm_0_w_scale[col_2 + 64u];
        const f32 ws_0_0_3_1 = gemm_0_w_scale[col_3 + 64u];
        const f32 ws_0_0_4_1 = gemm_0_w_scale[col_4 + 64u];
        const f32 ws_0_0_5_1 = gemm_0_w_scale[col_5 + 64u];
        const f32 ws_0_0_6_1 = gemm_0_w_scale[col_6 + 64u];
        const f32 ws_0_0_7_1 = gemm_0_w_scale[col_7 + 64u];
        {
          arr<i32, 8> dot_2 = {};
          product_i8(dot_2, high_0_1, w_0_0_1, lane, gemm_0_tile.values);
          arr<i32, 8> low_2 = {};
          product_i8(low_2, low_0_1, w_0_0_1, lane, gemm_0_tile.values);
          dot_2[0u] = wrapping_add(wrapping_mul(dot_2[0u], 256), low_2[0u]);
          dot_2[1u] = wrapping_add(wrapping_mul(dot_2[1u], 256), low_2[1u]);
          dot_2[2u] = wrapping_add(wrapping_mul(dot_2[2u], 256), low_2[2u]);
          dot_2[3u] = wrapping_add(wrapping_mul(dot_2[3u], 256), low_2[3u]);
          dot_2[4u] = wrapping_add(wrapping_mul(dot_2[4u], 256), low_2[4u]);
          dot_2[5u] = wrapping_add(wrapping_mul(dot_2[5u], 256), low_2[5u]);
          dot_2[6u] = wrapping_add(wrapping_mul(dot_2[6u], 256), low_2[6u]);
          dot_2[7u] = wrapping_add(wrapping_mul(dot_2[7u], 256), low_2[7u]);
          const f32 _e857 = gemm_0_plus(acc_0_0_0[0u], dot_2[0u], ws_0_0_0_1, xs_0_0_1);
          acc_0_0_0[0u] = _e857;
          const f32 _e863 = gemm_0_plus(acc_0_0_0[1u], dot_2[1u], ws_0_0_1_1, xs_0_1_1);
          acc_0_0_0[1u] = _e863;
          const f32 _e869 = gemm_0_plus(acc_0_0_0[2u], dot_2[2u], ws_0_0_2_1, xs_0_2_1);
          acc_0_0_0[2u] = _e869;
          const f32 _e875 = gemm_0_plus(acc_0_0_0[3u], dot_2[3u], ws_0_0_3_1, xs_0_3_1);
          acc_0_0_0[3u] = _e875;
          const f32 _e881 = gemm_0_plus(acc_0_0_0[4u], dot_2[4u], ws_0_0_4_1, xs_0_4_1);
          acc_0_0_0[4u] = _e881;
          const f32 _e887 = gemm_0_plus(acc_0_0_0[5u], dot_2[5u], ws_0_0_5_1, xs_0_5_1);
          acc_0_0_0[5u] = _e887;
          const f32 _e893 = gemm_0_plus(acc_0_0_0[6u], dot_2[6u], ws_0_0_6_1, xs_0_6_1);
          acc_0_0_0[6u] = _e893;
          const f32 _e899 = gemm_0_plus(acc_0_0_0[7u], dot_2[7u], ws_0_0_7_1, xs_0_7_1);
          acc_0_0_0[7u] = _e899;
        }
        {
          arr<i32, 8> dot_3 = {};
          product_i8(dot_3, high_1_1, w_0_0_1, lane, gemm_0_tile.values);
          arr<i32, 8> low_3 = {};
          product_i8(low_3, low_1_2, w_0_0_1, lane, gemm_0_tile.values);
          dot_3[0u] = wrapping_add(wrapping_mul(dot_3[0u], 256), low_3[0u]);
          dot_3[1u] = wrapping_add(wrapping_mul(dot_3[1u], 256), low_3[1u]);
          dot_3[2u] = wrapping_add(wrapping_mul(dot_3[2u], 256), low_3[2u]);
          dot_3[3u] = wrapping_add(wrapping_mul(dot_3[3u], 256), low_3[3u]);
          dot_3[4u] = wrapping_add(wrapping_mul(dot_3[4u], 256), low_3[4u]);
          dot_3[5u] = wrapping_add(wrapping_mul(dot_3[5u], 256), low_3[5u]);
          dot_3[6u] = wrapping_add(wrapping_mul(dot_3[6u], 256), low_3[6u]);
          dot_3[7u] = wrapping_add(wrapping_mul(dot_3[7u], 256), low_3[7u]);
          const f32 _e973 = gemm_0_plus(acc_0_1_0[0u], dot_3[0u], ws_0_0_0_1, xs_1_0_1);
          acc_0_1_0[0u] = _e973;
          const f32 _e979 = gemm_0_plus(acc_0_1_0[1u], dot_3[1u], ws_0_0_1_1, xs_1_1_1);
          acc_0_1_0[1u] = _e979;
          const f32 _e985 = gemm_0_plus(acc_0_1_0[2u], dot_3[2u], ws_0_0_2_1, xs_1_2_1);
          acc_0_1_0[2u] = _e985;
          const f32 _e991 = gemm_0_plus(acc_0_1_0[3u], dot_3[3u], ws_0_0_3_1, xs_1_3_1);
          acc_0_1_0[3u] = _e991;
          const f32 _e997 = gemm_0_plus(acc_0_1_0[4u], dot_3[4u], ws_0_0_4_1, xs_1_4_1);
          acc_0_1_0[4u] = _e997;
          const f32 _e1003 = gemm_0_plus(acc_0_1_0[5u], dot_3[5u], ws_0_0_5_1, xs_1_5_1);
          acc_0_1_0[5u] = _e1003;
          const f32 _e1009 = gemm_0_plus(acc_0_1_0[6u], dot_3[6u], ws_0_0_6_1, xs_1_6_1);
          acc_0_1_0[6u] = _e1009;
          const f32 _e1015 = gemm_0_plus(acc_0_1_0[7u], dot_3[7u], ws_0_0_7_1, xs_1_7_1);
          acc_0_1_0[7u] = _e1015;
        }
      }
      {
        const u32 x_0_6 = (token + 0u) * 9u + 4u;
        const arr<u32, 4> high_0_2 = load_i8(x_0_6, 9u, lane, gemm_0_tile.values);
        const arr<u32, 4> low_0_2 = load_i8(x_0_6 + 580u, 9u, lane, gemm_0_tile.values);
        const f32x4 xs_0_0_2 = bitcast<f32x4>(gemm_0_tile[row_0 + 1284u]);
        const f32x4 xs_0_1_2 = bitcast<f32x4>(gemm_0_tile[row_1 + 1284u]);
        const f32x4 xs_0_2_2 = bitcast<f32x4>(gemm_0_tile[row_2 + 1284u]);
        const f32x4 xs_0_3_2 = bitcast<f32x4>(gemm_0_tile[row_3 + 1284u]);
        const f32x4 xs_0_4_2 = bitcast<f32x4>(gemm_0_tile[row_4 + 1284u]);
        const f32x4 xs_0_5_2 = bitcast<f32x4>(gemm_0_tile[row_5 + 1284u]);
        const f32x4 xs_0_6_2 = bitcast<f32x4>(gemm_0_tile[row_6 + 1284u]);
        const f32x4 xs_0_7_2 = bitcast<f32x4>(gemm_0_tile[row_7 + 1284u]);
        const u32 x_1_2 = (token + 16u) * 9u + 4u;
        const arr<u32, 4> high_1_2 = load_i8(x_1_2, 9u, lane, gemm_0_tile.values);
        const arr<u32, 4> low_1_3 = load_i8(x_1_2 + 580u, 9u, lane, gemm_0_tile.values);
        const f32x4 xs_1_0_2 = bitcast<f32x4>(gemm_0_tile[row_0 + 1300u]);
        const f32x4 xs_1_1_2 = bitcast<f32x4>(gemm_0_tile[row_1 + 1300u]);
        const f32x4 xs_1_2_2 = bitcast<f32x4>(gemm_0_tile[row_2 + 1300u]);
        const f32x4 xs_1_3_2 = bitcast<f32x4>(gemm_0_tile[row_3 + 1300u]);
        const f32x4 xs_1_4_2 = bitcast<f32x4>(gemm_0_tile[row_4 + 1300u]);
        const f32x4 xs_1_5_2 = bitcast<f32x4>(gemm_0_tile[row_5 + 1300u]);
        const f32x4 xs_1_6_2 = bitcast<f32x4>(gemm_0_tile[row_6 + 1300u]);
        const f32x4 xs_1_7_2 = bitcast<f32x4>(gemm_0_tile[row_7 + 1300u]);
        const arr<u32, 4> w_0_0_2 = load_right_i8(out * 9u + 1416u, 9u, lane, gemm_0_tile.values);
        const f32 ws_0_0_0_2 = gemm_0_w_scale[col_0 + 128u];
        const f32 ws_0_0_1_2 = gemm_0_w_scale[col_1 + 128u];
        const f32 ws_0_0_2_2 = gemm_0_w_scale[col_2 + 128u];
        const f32 ws_0_0_3_2 = gemm_0_w_scale[col_3 + 128u];
        const f32 ws_0_0_4_2 = gemm_0_w_scale[col_4 + 128u];
        const f32 ws_0_0_5_2 = gemm_0_w_scale[col_5 + 128u];
        const f32 ws_0_0_6_2 = gemm_0_w_scale[col_6 + 128u];
        const f32 ws_0_0_7_2 = gemm_0_w_scale[col_7 + 128u];
        {
          arr<i32, 8> dot_4 = {};
          product_i8(dot_4, high_0_2, w_0_0_2, lane, gemm_0_tile.values);
          arr<i32, 8> low_4 = {};
          product_i8(low_4, low_0_2, w_0_0_2, lane, gemm_0_tile.values);
          dot_4[0u] = wrapping_add(wrapping_mul(dot_4[0u], 256), low_4[0u]);
          dot_4[1u] = wrapping_add(wrapping_mul(dot_4[1u], 256), low_4[1u]);
          dot_4[2u] = wrapping_add(wrapping_mul(dot_4[2u], 256), low_4[2u]);
          dot_4[3u] = wrapping_add(wrapping_mul(dot_4[3u], 256), low_4[3u]);
          dot_4[4u] = wrapping_add(wrapping_mul(dot_4[4u], 256), low_4[4u]);
          dot_4[5u] = wrapping_add(wrapping_mul(dot_4[5u], 256), low_4[5u]);
          dot_4[6u] = wrapping_add(wrapping_mul(dot_4[6u], 256), low_4[6u]);
          dot_4[7u] = wrapping_add(wrapping_mul(dot_4[7u], 256), low_4[7u]);
          const f32 _e1255 = gemm_0_plus(acc_0_0_0[0u], dot_4[0u], ws_0_0_0_2, xs_0_0_2);
          acc_0_0_0[0u] = _e1255;
          const f32 _e1261 = gemm_0_plus(acc_0_0_0[1u], dot_4[1u], ws_0_0_1_2, xs_0_1_2);
          acc_0_0_0[1u] = _e1261;
          const f32 _e1267 = gemm_0_plus(acc_0_0_0[2u], dot_4[2u], ws_0_0_2_2, xs_0_2_2);
          acc_0_0_0[2u] = _e1267;
          const f32 _e1273 = gemm_0_plus(acc_0_0_0[3u], dot_4[3u], ws_0_0_3_2, xs_0_3_2);
          acc_0_0_0[3u] = _e1273;
          const f32 _e1279 = gemm_0_plus(acc_0_0_0[4u], dot_4[4u], ws_0_0_4_2, xs_0_4_2);
          acc_0_0_0[4u] = _e1279;
          const f32 _e1285 = gemm_0_plus(acc_0_0_0[5u], dot_4[5u], ws_0_0_5_2, xs_0_5_2);
          acc_0_0_0[5u] = _e1285;
          const f32 _e1291 = gemm_0_plus(acc_0_0_0[6u], dot_4[6u], ws_0_0_6_2, xs_0_6_2);
          acc_0_0_0[6u] = _e1291;
          const f32 _e1297 = gemm_0_plus(acc_0_0_0[7u], dot_4[7u], ws_0_0_7_2, xs_0_7_2);
          acc_0_0_0[7u] = _e1297;
        }
        {
          arr<i32, 8> dot_5 = {};
          product_i8(dot_5, high_1_2, w_0_0_2, lane, gemm_0_tile.values);
          arr<i32, 8> low_5 = {};
          product_i8(low_5, low_1_3, w_0_0_2, lane, gemm_0_tile.values);
          dot_5[0u] = wrapping_add(wrapping_mul(dot_5[0u], 256), low_5[0u]);
          dot_5[1u] = wrapping_add(wrapping_mul(dot_5[1u], 256), low_5[1u]);
          dot_5[2u] = wrapping_add(wrapping_mul(dot_5[2u], 256), low_5[2u]);
          dot_5[3u] = wrapping_add(wrapping_mul(dot_5[3u], 256), low_5[3u]);
          dot_5[4u] = wrapping_add(wrapping_mul(dot_5[4u], 256), low_5[4u]);
          dot_5[5u] = wrapping_add(wrapping_mul(dot_5[5u], 256), low_5[5u]);
          dot_5[6u] = wrapping_add(wrapping_mul(dot_5[6u], 256), low_5[6u]);
          dot_5[7u] = wrapping_add(wrapping_mul(dot_5[7u], 256), low_5[7u]);
          const f32 _e1371 = gemm_0_plus(acc_0_1_0[0u], dot_5[0u], ws_0_0_0_2, xs_1_0_2);
          acc_0_1_0[0u] = _e1371;
          const f32 _e1377 = gemm_0_plus(acc_0_1_0[1u], dot_5[1u], ws_0_0_1_2, xs_1_1_2);
          acc_0_1_0[1u] = _e1377;
          const f32 _e1383 = gemm_0_plus(acc_0_1_0[2u], dot_5[2u], ws_0_0_2_2, xs_1_2_2);
          acc_0_1_0[2u] = _e1383;
          const f32 _e1389 = gemm_0_plus(acc_0_1_0[3u], dot_5[3u], ws_0_0_3_2, xs_1_3_2);
          acc_0_1_0[3u] = _e1389;
          const f32 _e1395 = gemm_0_plus(acc_0_1_0[4u], dot_5[4u], ws_0_0_4_2, xs_1_4_2);
          acc_0_1_0[4u] = _e1395;
          const f32 _e1401 = gemm_0_plus(acc_0_1_0[5u], dot_5[5u], ws_0_0_5_2, xs_1_5_2);
          acc_0_1_0[5u] = _e1401;
          const f32 _e1407 = gemm_0_plus(acc_0_1_0[6u], dot_5[6u], ws_0_0_6_2, xs_1_6_2);
          acc_0_1_0[6u] = _e1407;
          const f32 _e1413 = gemm_0_plus(acc_0_1_0[7u], dot_5[7u], ws_0_0_7_2, xs_1_7_2);
          acc_0_1_0[7u] = _e1413;
        }
      }
      {
        const u32 x_0_7 = (token + 0u) * 9u + 6u;
        const arr<u32, 4> high_0_3 = load_i8(x_0_7, 9u, lane, gemm_0_tile.values);
        const arr<u32, 4> low_0_3 = load_i8(x_0_7 + 580u, 9u, lane, gemm_0_tile.values);
        const f32x4 xs_0_0_3 = bitcast<f32x4>(gemm_0_tile[row_0 + 1348u]);
        const f32x4 xs_0_1_3 = bitcast<f32x4>(gemm_0_tile[row_1 + 1348u]);
        const f32x4 xs_0_2_3 = bitcast<f32x4>(gemm_0_tile[row_2 + 1348u]);
        const f32x4 xs_0_3_3 = bitcast<f32x4>(gemm_0_tile[row_3 + 1348u]);
        const f32x4 xs_0_4_3 = bitcast<f32x4>(gemm_0_tile[row_4 + 1348u]);
        const f32x4 xs_0_5_3 = bitcast<f32x4>(gemm_0_tile[row_5 + 1348u]);
        const f32x4 xs_0_6_3 = bitcast<f32x4>(gemm_0_tile[row_6 + 1348u]);
        const f32x4 xs_0_7_3 = bitcast<f32x4>(gemm_0_tile[row_7 + 1348u]);
        const u32 x_1_3 = (token + 16u) * 9u + 6u;
        const arr<u32, 4> high_1_3 = load_i8(x_1_3, 9u, lane, gemm_0_tile.values);
        const arr<u32, 4> low_1_4 = load_i8(x_1_3 + 580u, 9u, lane, gemm_0_tile.values);
        const f32x4 xs_1_0_3 = bitcast<f32x4>(gemm_0_tile[row_0 + 1364u]);
        const f32x4 xs_1_1_3 = bitcast<f32x4>(gemm_0_tile[row_1 + 1364u]);
        const f32x4 xs_1_2_3 = bitcast<f32x4>(gemm_0_tile[row_2 + 1364u]);
        const f32x4 xs_1_3_3 = bitcast<f32x4>(gemm_0_tile[row_3 + 1364u]);
        const f32x4 xs_1_4_3 = bitcast<f32x4>(gemm_0_tile[row_4 + 1364u]);
        const f32x4 xs_1_5_3 = bitcast<f32x4>(gemm_0_tile[row_5 + 1364u]);
        const f32x4 xs_1_6_3 = bitcast<f32x4>(gemm_0_tile[row_6 + 1364u]);
        const f32x4 xs_1_7_3 = bitcast<f32x4>(gemm_0_tile[row_7 + 1364u]);
        const arr<u32, 4> w_0_0_3 = load_right_i8(out * 9u + 1418u, 9u, lane, gemm_0_tile.values);
        const f32 ws_0_0_0_3 = gemm_0_w_scale[col_0 + 192u];
        const f32 ws_0_0_1_3 = gemm_0_w_scale[col_1 + 192u];
        const f32 ws_0_0_2_3 = gemm_0_w_scale[col_2 + 192u];
        const f32 ws_0_0_3_3 = gemm_0_w_scale[col_3 + 192u];
        const f32 ws_0_0_4_3 = gemm_0_w_scale[col_4 + 192u];
        const f32 ws_0_0_5_3 = gemm_0_w_scale[col_5 + 192u];
        const f32 ws_0_0_6_3 = gemm_0_w_scale[col_6 + 192u];
        const f32 ws_0_0_7_3 = gemm_0_w_scale[col_7 + 192u];
        {
          arr<i32, 8> dot_6 = {};
          product_i8(dot_6, high_0_3, w_0_0_3, lane, gemm_0_tile.values);
          arr<i32, 8> low_6 = {};
          product_i8(low_6, low_0_3, w_0_0_3, lane, gemm_0_tile.values);
          dot_6[0u] = wrapping_add(wrapping_mul(dot_6[0u], 256), low_6[0u]);
          dot_6[1u] = wrapping_add(wrapping_mul(dot_6[1u], 256), low_6[1u]);
          dot_6[2u] = wrapping_add(wrapping_mul(dot_6[2u], 256), low_6[2u]);
          dot_6[3u] = wrapping_add(wrapping_mul(dot_6[3u], 256), low_6[3u]);
          dot_6[4u] = wrapping_add(wrapping_mul(dot_6[4u], 256), low_6[4u]);
          dot_6[5u] = wrapping_add(wrapping_mul(dot_6[5u], 256), low_6[5u]);
          dot_6[6u] = wrapping_add(wrapping_mul(dot_6[6u], 256), low_6[6u]);
          dot_6[7u] = wrapping_add(wrapping_mul(dot_6[7u], 256), low_6[7u]);
          const f32 _e1653 = gemm_0_plus(acc_0_0_0[0u], dot_6[0u], ws_0_0_0_3, xs_0_0_3);
          acc_0_0_0[0u] = _e1653;
          const f32 _e1659 = gemm_0_plus(acc_0_0_0[1u], dot_6[1u], ws_0_0_1_3, xs_0_1_3);
          acc_0_0_0[1u] = _e1659;
          const f32 _e1665 = gemm_0_plus(acc_0_0_0[2u], dot_6[2u], ws_0_0_2_3, xs_0_2_3);
          acc_0_0_0[2u] = _e1665;
          const f32 _e1671 = gemm_0_plus(acc_0_0_0[3u], dot_6[3u], ws_0_0_3_3, xs_0_3_3);
          acc_0_0_0[3u] = _e1671;
          const f32 _e1677 = gemm_0_plus(acc_0_0_0[4u], dot_6[4u], ws_0_0_4_3, xs_0_4_3);
          acc_0_0_0[4u] = _e1677;
          const f32 _e1683 = gemm_0_plus(acc_0_0_0[5u], dot_6[5u], ws_0_0_5_3, xs_0_5_3);
          acc_0_0_0[5u] = _e1683;
          const f32 _e1689 = gemm_0_plus(acc_0_0_0[6u], dot_6[6u], ws_0_0_6_3, xs_0_6_3);
          acc_0_0_0[6u] = _e1689;
          const f32 _e1695 = gemm_0_plus(acc_0_0_0[7u], dot_6[7u], ws_0_0_7_3, xs_0_7_3);
          acc_0_0_0[7u] = _e1695;
        }
        {
          arr<i32, 8> dot_7 = {};
          product_i8(dot_7, high_1_3, w_0_0_3, lane, gemm_0_tile.values);
          arr<i32, 8> low_7 = {};
          product_i8(low_7, low_1_4, w_0_0_3, lane, gemm_0_tile.values);
          dot_7[0u] = wrapping_add(wrapping_mul(dot_7[0u], 256), low_7[0u]);
          dot_7[1u] = wrapping_add(wrapping_mul(dot_7[1u], 256), low_7[1u]);
          dot_7[2u] = wrapping_add(wrapping_mul(dot_7[2u], 256), low_7[2u]);
          dot_7[3u] = wrapping_add(wrapping_mul(dot_7[3u], 256), low_7[3u]);
          dot_7[4u] = wrapping_add(wrapping_mul(dot_7[4u], 256), low_7[4u]);
          dot_7[5u] = wrapping_add(wrapping_mul(dot_7[5u], 256), low_7[5u]);
          dot_7[6u] = wrapping_add(wrapping_mul(dot_7[6u], 256), low_7[6u]);
          dot_7[7u] = wrapping_add(wrapping_mul(dot_7[7u], 256), low_7[7u]);
          const f32 _e1769 = gemm_0_plus(acc_0_1_0[0u], dot_7[0u], ws_0_0_0_3, xs_1_0_3);
          acc_0_1_0[0u] = _e1769;
          const f32 _e1775 = gemm_0_plus(acc_0_1_0[1u], dot_7[1u], ws_0_0_1_3, xs_1_1_3);
          acc_0_1_0[1u] = _e1775;
          const f32 _e1781 = gemm_0_plus(acc_0_1_0[2u], dot_7[2u], ws_0_0_2_3, xs_1_2_3);
          acc_0_1_0[2u] = _e1781;
          const f32 _e1787 = gemm_0_plus(acc_0_1_0[3u], dot_7[3u], ws_0_0_3_3, xs_1_3_3);
          acc_0_1_0[3u] = _e1787;
          const f32 _e1793 = gemm_0_plus(acc_0_1_0[4u], dot_7[4u], ws_0_0_4_3, xs_1_4_3);
          acc_0_1_0[4u] = _e1793;
          const f32 _e1799 = gemm_0_plus(acc_0_1_0[5u], dot_7[5u], ws_0_0_5_3, xs_1_5_3);
          acc_0_1_0[5u] = _e1799;
          const f32 _e1805 = gemm_0_plus(acc_0_1_0[6u], dot_7[6u], ws_0_0_6_3, xs_1_6_3);
          acc_0_1_0[6u] = _e1805;
          const f32 _e1811 = gemm_0_plus(acc_0_1_0[7u], dot_7[7u], ws_0_0_7_3, xs_1_7_3);
          acc_0_1_0[7u] = _e1811;
        }
      }
    }
  }
  gemm_0_store(place, row_0 + 0u, col_0 + 0u, acc_0_0_0[0u], y_3, p);
  gemm_0_store(place, row_1 + 0u, col_1 + 0u, acc_0_0_0[1u], y_3, p);
  gemm_0_store(place, row_2 + 0u, col_2 + 0u, acc_0_0_0[2u], y_3, p);
  gemm_0_store(place, row_3 + 0u, col_3 + 0u, acc_0_0_0[3u], y_3, p);
  gemm_0_store(place, row_4 + 0u, col_4 + 0u, acc_0_0_0[4u], y_3, p);
  gemm_0_store(place, row_5 + 0u, col_5 + 0u, acc_0_0_0[5u], y_3, p);
  gemm_0_store(place, row_6 + 0u, col_6 + 0u, acc_0_0_0[6u], y_3, p);
  gemm_0_store(place, row_7 + 0u, col_7 + 0u, acc_0_0_0[7u], y_3, p);
  gemm_0_store(place, row_0 + 16u, col_0 + 0u, acc_0_1_0[0u], y_3, p);
  gemm_0_store(place, row_1 + 16u, col_1 + 0u, acc_0_1_0[1u], y_3, p);
  gemm_0_store(place, row_2 + 16u, col_2 + 0u, acc_0_1_0[2u], y_3, p);
  gemm_0_store(place, row_3 + 16u, col_3 + 0u, acc_0_1_0[3u], y_3, p);
  gemm_0_store(place, row_4 + 16u, col_4 + 0u, acc_0_1_0[4u], y_3, p);
  gemm_0_store(place, row_5 + 16u, col_5 + 0u, acc_0_1_0[5u], y_3, p);
  gemm_0_store(place, row_6 + 16u, col_6 + 0u, acc_0_1_0[6u], y_3, p);
  gemm_0_store(place, row_7 + 16u, col_7 + 0u, acc_0_1_0[7u], y_3, p);
}

DEV void gemm_0(At at, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ w_2, f32* y_3, const Params& p, arr<u32x4, 1988>& gemm_0_tile, arr<f32, 256>& gemm_0_w_scale, arr<u32, 64>& gemm_0_record) {
  const u32 group = at.x / 1u;
  const u32 first = at.x % 1u * 64u;
  const u32 token = at.y * 64u;
  for (u32 i = at.lid; i < 64u; i += 256u) {
    gemm_0_record[i] = (m_min(token + i, p.rows - 1u) * 1u + group) * 128u;
  }
  const u32 row = group * 64u;
  const u32x4 place = {group, first, token, p.rows - token};
  gemm_0_gemm(place, row + first, row + 63u, at.lid, qx_1_v4, w_2, y_3, p, gemm_0_tile, gemm_0_w_scale, gemm_0_record);
}

extern "C" __global__ void __launch_bounds__(256, 2) gemm_cyyiir(
    const u32x4* __restrict__ qx_1_v4,
    const u32x4* __restrict__ w_2,
    f32* y_3,
    const __grid_constant__ Params p) {
  __shared__ __align__(16) arr<u32x4, 1988> gemm_0_tile;
  __shared__ __align__(16) arr<f32, 256> gemm_0_w_scale;
  __shared__ __align__(16) arr<u32, 64> gemm_0_record;
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  gemm_0(at, qx_1_v4, w_2, y_3, p, gemm_0_tile, gemm_0_w_scale, gemm_0_record);
}

}  // namespace gemm_cyyiir_ns
