// gemm_jaivmt
//
// gemm of matmul (MODEL.md 2.5)
//   template ops/gemm, DEPTH = 16, HALF = 448, I = 4096, JT = 32, KG = 2, O = 64, OUT = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 1  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 2  w_2  vec4<u32>  [64, 4096], read
// 3  y_3  f32  [T, 64], read and written
namespace gemm_jaivmt_ns {

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
  const u32 u = step * 2u + lid % 2u;
  const u32 row_0 = m_min(row + (lid + 0u) % 128u / 2u, last);
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

DEV void gemm_0_gemm(u32x4 place, u32 row, u32 last, u32 lid, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ w_2, f32* y_3, const Params& p, arr<u32x4, 1092>& gemm_0_tile, arr<f32, 128>& gemm_0_w_scale, arr<u32, 64>& gemm_0_record) {
  arr<f32, 8> acc_0_0_0 = {};
  arr<f32, 8> acc_0_0_1 = {};
  arr<f32, 8> acc_0_1_0 = {};
  arr<f32, 8> acc_0_1_1 = {};
  const u32 lane = lid % 32u;
  const u32 token = lid / 32u / 2u * 32u;
  const u32 out = lid / 32u % 2u * 32u;
  const u32 _e27 = acc_row(lane, 0u);
  const u32 row_0 = token + _e27;
  const u32 _e30 = acc_col(lane, 0u);
  const u32 col_0 = out + _e30;
  const u32 _e33 = acc_row(lane, 1u);
  const u32 row_1 = token + _e33;
  const u32 _e36 = acc_col(lane, 1u);
  const u32 col_1 = out + _e36;
  const u32 _e39 = acc_row(lane, 2u);
  const u32 row_2 = token + _e39;
  const u32 _e42 = acc_col(lane, 2u);
  const u32 col_2 = out + _e42;
  const u32 _e45 = acc_row(lane, 3u);
  const u32 row_3 = token + _e45;
  const u32 _e48 = acc_col(lane, 3u);
  const u32 col_3 = out + _e48;
  const u32 _e51 = acc_row(lane, 4u);
  const u32 row_4 = token + _e51;
  const u32 _e54 = acc_col(lane, 4u);
  const u32 col_4 = out + _e54;
  const u32 _e57 = acc_row(lane, 5u);
  const u32 row_5 = token + _e57;
  const u32 _e60 = acc_col(lane, 5u);
  const u32 col_5 = out + _e60;
  const u32 _e63 = acc_row(lane, 6u);
  const u32 row_6 = token + _e63;
  const u32 _e66 = acc_col(lane, 6u);
  const u32 col_6 = out + _e66;
  const u32 _e69 = acc_row(lane, 7u);
  const u32 row_7 = token + _e69;
  const u32 _e72 = acc_col(lane, 7u);
  const u32 col_7 = out + _e72;
  __syncthreads();
  const u32 record_0 = gemm_0_record[(lid + 0u) % 128u / 2u] + lid % 2u;
  for (u32 step = 0u; step < 64u; step += 1u) {
    const u32 _e97 = gemm_0_element(record_0 + step * 2u, 0u);
    const u32x4 x_0_0 = qx_1_v4[_e97];
    const u32 _e106 = gemm_0_element(record_0 + step * 2u, 1u);
    const u32x4 x_0_1 = qx_1_v4[_e106];
    const u32 _e115 = gemm_0_element(record_0 + step * 2u, 2u);
    const u32x4 x_0_2 = qx_1_v4[_e115];
    const u32 _e124 = gemm_0_element(record_0 + step * 2u, 3u);
    const u32x4 x_0_3 = qx_1_v4[_e124];
    const u32 _e133 = gemm_0_element(record_0 + step * 2u, 4u);
    const u32x4 x_0_4 = qx_1_v4[_e133];
    const gemm_0_Units units = gemm_0_units(row, last, step, lid, w_2);
    __syncthreads();
    {
      const u32 i = lid + 0u;
      const u32 to = i / 2u * 5u + i % 2u * 2u;
      gemm_0_tile[to] = x_0_0;
      gemm_0_tile[to + 1u] = x_0_1;
      gemm_0_tile[to + 324u] = x_0_2;
      gemm_0_tile[to + 325u] = x_0_3;
      gemm_0_tile[644u + i % 2u * 64u + i / 2u] = x_0_4;
    }
    {
      const u32 i_1 = (lid + 0u) % 128u;
      const u32 u = i_1 % 2u;
      const Group w_0 = w_2_group(units.u_0_0, step * 2u + u, 0u);
      const u32 to_0 = i_1 / 2u * 5u + (u * 1u + 0u) * 2u;
      gemm_0_tile[to_0 + 772u] = w_0.a;
      gemm_0_tile[to_0 + 773u] = w_0.b;
      const u32 scale_at_0 = (0u + u * 1u + 0u) * 64u + i_1 / 2u;
      gemm_0_w_scale[scale_at_0] = w_0.scale;
    }
    __syncthreads();
    if (token < place.w) {
      {
        const u32 x_0 = (token + 0u) * 5u + 0u;
        const arr<u32, 8> high_0 = load_i8(x_0, 5u, lane, gemm_0_tile.values);
        const arr<u32, 8> low_0 = load_i8(x_0 + 324u, 5u, lane, gemm_0_tile.values);
        const f32x4 xs_0_0 = bitcast<f32x4>(gemm_0_tile[row_0 + 644u]);
        const f32x4 xs_0_1 = bitcast<f32x4>(gemm_0_tile[row_1 + 644u]);
        const f32x4 xs_0_2 = bitcast<f32x4>(gemm_0_tile[row_2 + 644u]);
        const f32x4 xs_0_3 = bitcast<f32x4>(gemm_0_tile[row_3 + 644u]);
        const f32x4 xs_0_4 = bitcast<f32x4>(gemm_0_tile[row_4 + 644u]);
        const f32x4 xs_0_5 = bitcast<f32x4>(gemm_0_tile[row_5 + 644u]);
        const f32x4 xs_0_6 = bitcast<f32x4>(gemm_0_tile[row_6 + 644u]);
        const f32x4 xs_0_7 = bitcast<f32x4>(gemm_0_tile[row_7 + 644u]);
        const u32 x_1 = (token + 16u) * 5u + 0u;
        const arr<u32, 8> high_1 = load_i8(x_1, 5u, lane, gemm_0_tile.values);
        const arr<u32, 8> low_1 = load_i8(x_1 + 324u, 5u, lane, gemm_0_tile.values);
        const f32x4 xs_1_0 = bitcast<f32x4>(gemm_0_tile[row_0 + 660u]);
        const f32x4 xs_1_1 = bitcast<f32x4>(gemm_0_tile[row_1 + 660u]);
        const f32x4 xs_1_2 = bitcast<f32x4>(gemm_0_tile[row_2 + 660u]);
        const f32x4 xs_1_3 = bitcast<f32x4>(gemm_0_tile[row_3 + 660u]);
        const f32x4 xs_1_4 = bitcast<f32x4>(gemm_0_tile[row_4 + 660u]);
        const f32x4 xs_1_5 = bitcast<f32x4>(gemm_0_tile[row_5 + 660u]);
        const f32x4 xs_1_6 = bitcast<f32x4>(gemm_0_tile[row_6 + 660u]);
        const f32x4 xs_1_7 = bitcast<f32x4>(gemm_0_tile[row_7 + 660u]);
        const arr<u32, 8> w_0_0 = load_right_i8(out * 5u + 772u, 5u, lane, gemm_0_tile.values);
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
          dot[0u] = wrapping_mul(dot[0u], 256);
          dot[1u] = wrapping_mul(dot[1u], 256);
          dot[2u] = wrapping_mul(dot[2u], 256);
          dot[3u] = wrapping_mul(dot[3u], 256);
          dot[4u] = wrapping_mul(dot[4u], 256);
          dot[5u] = wrapping_mul(dot[5u], 256);
          dot[6u] = wrapping_mul(dot[6u], 256);
          dot[7u] = wrapping_mul(dot[7u], 256);
          mma_i8(dot, low_0, w_0_0, lane, gemm_0_tile.values);
          const f32 _e429 = gemm_0_plus(acc_0_0_0[0u], dot[0u], ws_0_0_0, xs_0_0);
          acc_0_0_0[0u] = _e429;
          const f32 _e435 = gemm_0_plus(acc_0_0_0[1u], dot[1u], ws_0_0_1, xs_0_1);
          acc_0_0_0[1u] = _e435;
          const f32 _e441 = gemm_0_plus(acc_0_0_0[2u], dot[2u], ws_0_0_2, xs_0_2);
          acc_0_0_0[2u] = _e441;
          const f32 _e447 = gemm_0_plus(acc_0_0_0[3u], dot[3u], ws_0_0_3, xs_0_3);
          acc_0_0_0[3u] = _e447;
          const f32 _e453 = gemm_0_plus(acc_0_0_0[4u], dot[4u], ws_0_0_4, xs_0_4);
          acc_0_0_0[4u] = _e453;
          const f32 _e459 = gemm_0_plus(acc_0_0_0[5u], dot[5u], ws_0_0_5, xs_0_5);
          acc_0_0_0[5u] = _e459;
          const f32 _e465 = gemm_0_plus(acc_0_0_0[6u], dot[6u], ws_0_0_6, xs_0_6);
          acc_0_0_0[6u] = _e465;
          const f32 _e471 = gemm_0_plus(acc_0_0_0[7u], dot[7u], ws_0_0_7, xs_0_7);
          acc_0_0_0[7u] = _e471;
        }
        {
          arr<i32, 8> dot_1 = {};
          product_i8(dot_1, high_1, w_0_0, lane, gemm_0_tile.values);
          dot_1[0u] = wrapping_mul(dot_1[0u], 256);
          dot_1[1u] = wrapping_mul(dot_1[1u], 256);
          dot_1[2u] = wrapping_mul(dot_1[2u], 256);
          dot_1[3u] = wrapping_mul(dot_1[3u], 256);
          dot_1[4u] = wrapping_mul(dot_1[4u], 256);
          dot_1[5u] = wrapping_mul(dot_1[5u], 256);
          dot_1[6u] = wrapping_mul(dot_1[6u], 256);
          dot_1[7u] = wrapping_mul(dot_1[7u], 256);
          mma_i8(dot_1, low_1, w_0_0, lane, gemm_0_tile.values);
          const f32 _e511 = gemm_0_plus(acc_0_1_0[0u], dot_1[0u], ws_0_0_0, xs_1_0);
          acc_0_1_0[0u] = _e511;
          const f32 _e517 = gemm_0_plus(acc_0_1_0[1u], dot_1[1u], ws_0_0_1, xs_1_1);
          acc_0_1_0[1u] = _e517;
          const f32 _e523 = gemm_0_plus(acc_0_1_0[2u], dot_1[2u], ws_0_0_2, xs_1_2);
          acc_0_1_0[2u] = _e523;
          const f32 _e529 = gemm_0_plus(acc_0_1_0[3u], dot_1[3u], ws_0_0_3, xs_1_3);
          acc_0_1_0[3u] = _e529;
          const f32 _e535 = gemm_0_plus(acc_0_1_0[4u], dot_1[4u], ws_0_0_4, xs_1_4);
          acc_0_1_0[4u] = _e535;
          const f32 _e541 = gemm_0_plus(acc_0_1_0[5u], dot_1[5u], ws_0_0_5, xs_1_5);
          acc_0_1_0[5u] = _e541;
          const f32 _e547 = gemm_0_plus(acc_0_1_0[6u], dot_1[6u], ws_0_0_6, xs_1_6);
          acc_0_1_0[6u] = _e547;
          const f32 _e553 = gemm_0_plus(acc_0_1_0[7u], dot_1[7u], ws_0_0_7, xs_1_7);
          acc_0_1_0[7u] = _e553;
        }
        const arr<u32, 8> w_0_1 = load_right_i8(out * 5u + 852u, 5u, lane, gemm_0_tile.values);
        const f32 ws_0_1_0 = gemm_0_w_scale[col_0 + 16u];
        const f32 ws_0_1_1 = gemm_0_w_scale[col_1 + 16u];
        const f32 ws_0_1_2 = gemm_0_w_scale[col_2 + 16u];
        const f32 ws_0_1_3 = gemm_0_w_scale[col_3 + 16u];
        const f32 ws_0_1_4 = gemm_0_w_scale[col_4 + 16u];
        const f32 ws_0_1_5 = gemm_0_w_scale[col_5 + 16u];
        const f32 ws_0_1_6 = gemm_0_w_scale[col_6 + 16u];
        const f32 ws_0_1_7 = gemm_0_w_scale[col_7 + 16u];
        {
          arr<i32, 8> dot_2 = {};
          product_i8(dot_2, high_0, w_0_1, lane, gemm_0_tile.values);
          dot_2[0u] = wrapping_mul(dot_2[0u], 256);
          dot_2[1u] = wrapping_mul(dot_2[1u], 256);
          dot_2[2u] = wrapping_mul(dot_2[2u], 256);
          dot_2[3u] = wrapping_mul(dot_2[3u], 256);
          dot_2[4u] = wrapping_mul(dot_2[4u], 256);
          dot_2[5u] = wrapping_mul(dot_2[5u], 256);
          dot_2[6u] = wrapping_mul(dot_2[6u], 256);
          dot_2[7u] = wrapping_mul(dot_2[7u], 256);
          mma_i8(dot_2, low_0, w_0_1, lane, gemm_0_tile.values);
          const f32 _e639 = gemm_0_plus(acc_0_0_1[0u], dot_2[0u], ws_0_1_0, xs_0_0);
          acc_0_0_1[0u] = _e639;
          const f32 _e645 = gemm_0_plus(acc_0_0_1[1u], dot_2[1u], ws_0_1_1, xs_0_1);
          acc_0_0_1[1u] = _e645;
          const f32 _e651 = gemm_0_plus(acc_0_0_1[2u], dot_2[2u], ws_0_1_2, xs_0_2);
          acc_0_0_1[2u] = _e651;
          const f32 _e657 = gemm_0_plus(acc_0_0_1[3u], dot_2[3u], ws_0_1_3, xs_0_3);
          acc_0_0_1[3u] = _e657;
          const f32 _e663 = gemm_0_plus(acc_0_0_1[4u], dot_2[4u], ws_0_1_4, xs_0_4);
          acc_0_0_1[4u] = _e663;
          const f32 _e669 = gemm_0_plus(acc_0_0_1[5u], dot_2[5u], ws_0_1_5, xs_0_5);
          acc_0_0_1[5u] = _e669;
          const f32 _e675 = gemm_0_plus(acc_0_0_1[6u], dot_2[6u], ws_0_1_6, xs_0_6);
          acc_0_0_1[6u] = _e675;
          const f32 _e681 = gemm_0_plus(acc_0_0_1[7u], dot_2[7u], ws_0_1_7, xs_0_7);
          acc_0_0_1[7u] = _e681;
        }
        {
          arr<i32, 8> dot_3 = {};
          product_i8(dot_3, high_1, w_0_1, lane, gemm_0_tile.values);
          dot_3[0u] = wrapping_mul(dot_3[0u], 256);
          dot_3[1u] = wrapping_mul(dot_3[1u], 256);
          dot_3[2u] = wrapping_mul(dot_3[2u], 256);
          dot_3[3u] = wrapping_mul(dot_3[3u], 256);
          dot_3[4u] = wrapping_mul(dot_3[4u], 256);
          dot_3[5u] = wrapping_mul(dot_3[5u], 256);
          dot_3[6u] = wrapping_mul(dot_3[6u], 256);
          dot_3[7u] = wrapping_mul(dot_3[7u], 256);
          mma_i8(dot_3, low_1, w_0_1, lane, gemm_0_tile.values);
          const f32 _e721 = gemm_0_plus(acc_0_1_1[0u], dot_3[0u], ws_0_1_0, xs_1_0);
          acc_0_1_1[0u] = _e721;
          const f32 _e727 = gemm_0_plus(acc_0_1_1[1u], dot_3[1u], ws_0_1_1, xs_1_1);
          acc_0_1_1[1u] = _e727;
          const f32 _e733 = gemm_0_plus(acc_0_1_1[2u], dot_3[2u], ws_0_1_2, xs_1_2);
          acc_0_1_1[2u] = _e733;
          const f32 _e739 = gemm_0_plus(acc_0_1_1[3u], dot_3[3u], ws_0_1_3, xs_1_3);
          acc_0_1_1[3u] = _e739;
          const f32 _e745 = gemm_0_plus(acc_0_1_1[4u], dot_3[4u], ws_0_1_4, xs_1_4);
          acc_0_1_1[4u] = _e745;
          const f32 _e751 = gemm_0_plus(acc_0_1_1[5u], dot_3[5u], ws_0_1_5, xs_1_5);
          acc_0_1_1[5u] = _e751;
          const f32 _e757 = gemm_0_plus(acc_0_1_1[6u], dot_3[6u], ws_0_1_6, xs_1_6);
          acc_0_1_1[6u] = _e757;
          const f32 _e763 = gemm_0_plus(acc_0_1_1[7u], dot_3[7u], ws_0_1_7, xs_1_7);
          acc_0_1_1[7u] = _e763;
        }
      }
      {
        const u32 x_0_5 = (token + 0u) * 5u + 2u;
        const arr<u32, 8> high_0_1 = load_i8(x_0_5, 5u, lane, gemm_0_tile.values);
        const arr<u32, 8> low_0_1 = load_i8(x_0_5 + 324u, 5u, lane, gemm_0_tile.values);
        const f32x4 xs_0_0_1 = bitcast<f32x4>(gemm_0_tile[row_0 + 708u]);
        const f32x4 xs_0_1_1 = bitcast<f32x4>(gemm_0_tile[row_1 + 708u]);
        const f32x4 xs_0_2_1 = bitcast<f32x4>(gemm_0_tile[row_2 + 708u]);
        const f32x4 xs_0_3_1 = bitcast<f32x4>(gemm_0_tile[row_3 + 708u]);
        const f32x4 xs_0_4_1 = bitcast<f32x4>(gemm_0_tile[row_4 + 708u]);
        const f32x4 xs_0_5_1 = bitcast<f32x4>(gemm_0_tile[row_5 + 708u]);
        const f32x4 xs_0_6_1 = bitcast<f32x4>(gemm_0_tile[row_6 + 708u]);
        const f32x4 xs_0_7_1 = bitcast<f32x4>(gemm_0_tile[row_7 + 708u]);
        const u32 x_1_1 = (token + 16u) * 5u + 2u;
        const arr<u32, 8> high_1_1 = load_i8(x_1_1, 5u, lane, gemm_0_tile.values);
        const arr<u32, 8> low_1_1 = load_i8(x_1_1 + 324u, 5u, lane, gemm_0_tile.values);
        const f32x4 xs_1_0_1 = bitcast<f32x4>(gemm_0_tile[row_0 + 724u]);
        const f32x4 xs_1_1_1 = bitcast<f32x4>(gemm_0_tile[row_1 + 724u]);
        const f32x4 xs_1_2_1 = bitcast<f32x4>(gemm_0_tile[row_2 + 724u]);
        const f32x4 xs_1_3_1 = bitcast<f32x4>(gemm_0_tile[row_3 + 724u]);
        const f32x4 xs_1_4_1 = bitcast<f32x4>(gemm_0_tile[row_4 + 724u]);
        const f32x4 xs_1_5_1 = bitcast<f32x4>(gemm_0_tile[row_5 + 724u]);
        const f32x4 xs_1_6_1 = bitcast<f32x4>(gemm_0_tile[row_6 + 724u]);
        const f32x4 xs_1_7_1 = bitcast<f32x4>(gemm_0_tile[row_7 + 724u]);
        const arr<u32, 8> w_0_0_1 = load_right_i8(out * 5u + 774u, 5u, lane, gemm_0_tile.values);
        const f32 ws_0_0_0_1 = gemm_0_w_scale[col_0 + 64u];
        const f32 ws_0_0_1_1 = gemm_0_w_scale[col_1 + 64u];
        const f32 ws_0_0_2_1 = gemm_0_w_scale[col_2 + 64u];
        const f32 ws_0_0_3_1 = gemm_0_w_scale[col_3 + 64u];
        const f32 ws_0_0_4_1 = gemm_0_w_scale[col_4 + 64u];
        const f32 ws_0_0_5_1 = gemm_0_w_scale[col_5 + 64u];
        const f32 ws_0_0_6_1 = gemm_0_w_scale[col_6 + 64u];
        const f32 ws_0_0_7_1 = gemm_0_w_scale[col_7 + 64u];
        {
          arr<i32, 8> dot_4 = {};
          product_i8(dot_4, high_0_1, w_0_0_1, lane, gemm_0_tile.values);
          dot_4[0u] = wrapping_mul(dot_4[0u], 256);
          dot_4[1u] = wrapping_mul(dot_4[1u], 256);
          dot_4[2u] = wrapping_mul(dot_4[2u], 256);
          dot_4[3u] = wrapping_mul(dot_4[3u], 256);
          dot_4[4u] = wrapping_mul(dot_4[4u], 256);
          dot_4[5u] = wrapping_mul(dot_4[5u], 256);
          dot_4[6u] = wrapping_mul(dot_4[6u], 256);
          dot_4[7u] = wrapping_mul(dot_4[7u], 256);
          mma_i8(dot_4, low_0_1, w_0_0_1, lane, gemm_0_tile.values);
          const f32 _e969 = gemm_0_plus(acc_0_0_0[0u], dot_4[0u], ws_0_0_0_1, xs_0_0_1);
          acc_0_0_0[0u] = _e969;
          const f32 _e975 = gemm_0_plus(acc_0_0_0[1u], dot_4[1u], ws_0_0_1_1, xs_0_1_1);
          acc_0_0_0[1u] = _e975;
          const f32 _e981 = gemm_0_plus(acc_0_0_0[2u], dot_4[2u], ws_0_0_2_1, xs_0_2_1);
          acc_0_0_0[2u] = _e981;
          const f32 _e987 = gemm_0_plus(acc_0_0_0[3u], dot_4[3u], ws_0_0_3_1, xs_0_3_1);
          acc_0_0_0[3u] = _e987;
          const f32 _e993 = gemm_0_plus(acc_0_0_0[4u], dot_4[4u], ws_0_0_4_1, xs_0_4_1);
          acc_0_0_0[4u] = _e993;
          const f32 _e999 = gemm_0_plus(acc_0_0_0[5u], dot_4[5u], ws_0_0_5_1, xs_0_5_1);
          acc_0_0_0[5u] = _e999;
          const f32 _e1005 = gemm_0_plus(acc_0_0_0[6u], dot_4[6u], ws_0_0_6_1, xs_0_6_1);
          acc_0_0_0[6u] = _e1005;
          const f32 _e1011 = gemm_0_plus(acc_0_0_0[7u], dot_4[7u], ws_0_0_7_1, xs_0_7_1);
          acc_0_0_0[7u] = _e1011;
        }
        {
          arr<i32, 8> dot_5 = {};
          product_i8(dot_5, high_1_1, w_0_0_1, lane, gemm_0_tile.values);
          dot_5[0u] = wrapping_mul(dot_5[0u], 256);
          dot_5[1u] = wrapping_mul(dot_5[1u], 256);
          dot_5[2u] = wrapping_mul(dot_5[2u], 256);
          dot_5[3u] = wrapping_mul(dot_5[3u], 256);
          dot_5[4u] = wrapping_mul(dot_5[4u], 256);
          dot_5[5u] = wrapping_mul(dot_5[5u], 256);
          dot_5[6u] = wrapping_mul(dot_5[6u], 256);
          dot_5[7u] = wrapping_mul(dot_5[7u], 256);
          mma_i8(dot_5, low_1_1, w_0_0_1, lane, gemm_0_tile.values);
          const f32 _e1051 = gemm_0_plus(acc_0_1_0[0u], dot_5[0u], ws_0_0_0_1, xs_1_0_1);
          acc_0_1_0[0u] = _e1051;
          const f32 _e1057 = gemm_0_plus(acc_0_1_0[1u], dot_5[1u], ws_0_0_1_1, xs_1_1_1);
          acc_0_1_0[1u] = _e1057;
          const f32 _e1063 = gemm_0_plus(acc_0_1_0[2u], dot_5[2u], ws_0_0_2_1, xs_1_2_1);
          acc_0_1_0[2u] = _e1063;
          const f32 _e1069 = gemm_0_plus(acc_0_1_0[3u], dot_5[3u], ws_0_0_3_1, xs_1_3_1);
          acc_0_1_0[3u] = _e1069;
          const f32 _e1075 = gemm_0_plus(acc_0_1_0[4u], dot_5[4u], ws_0_0_4_1, xs_1_4_1);
          acc_0_1_0[4u] = _e1075;
          const f32 _e1081 = gemm_0_plus(acc_0_1_0[5u], dot_5[5u], ws_0_0_5_1, xs_1_5_1);
          acc_0_1_0[5u] = _e1081;
          const f32 _e1087 = gemm_0_plus(acc_0_1_0[6u], dot_5[6u], ws_0_0_6_1, xs_1_6_1);
          acc_0_1_0[6u] = _e1087;
          const f32 _e1093 = gemm_0_plus(acc_0_1_0[7u], dot_5[7u], ws_0_0_7_1, xs_1_7_1);
          acc_0_1_0[7u] = _e1093;
        }
        const arr<u32, 8> w_0_1_1 = load_right_i8(out * 5u + 854u, 5u, lane, gemm_0_tile.values);
        const f32 ws_0_1_0_1 = gemm_0_w_scale[col_0 + 80u];
        const f32 ws_0_1_1_1 = gemm_0_w_scale[col_1 + 80u];
        const f32 ws_0_1_2_1 = gemm_0_w_scale[col_2 + 80u];
        const f32 ws_0_1_3_1 = gemm_0_w_scale[col_3 + 80u];
        const f32 ws_0_1_4_1 = gemm_0_w_scale[col_4 + 80u];
        const f32 ws_0_1_5_1 = gemm_0_w_scale[col_5 + 80u];
        const f32 ws_0_1_6_1 = gemm_0_w_scale[col_6 + 80u];
        const f32 ws_0_1_7_1 = gemm_0_w_scale[col_7 + 80u];
        {
          arr<i32, 8> dot_6 = {};
          product_i8(dot_6, high_0_1, w_0_1_1, lane, gemm_0_tile.values);
          dot_6[0u] = wrapping_mul(dot_6[0u], 256);
          dot_6[1u] = wrapping_mul(dot_6[1u], 256);
          dot_6[2u] = wrapping_mul(dot_6[2u], 256);
          dot_6[3u] = wrapping_mul(dot_6[3u], 256);
          dot_6[4u] = wrapping_mul(dot_6[4u], 256);
          dot_6[5u] = wrapping_mul(dot_6[5u], 256);
          dot_6[6u] = wrapping_mul(dot_6[6u], 256);
          dot_6[7u] = wrapping_mul(dot_6[7u], 256);
          mma_i8(dot_6, low_0_1, w_0_1_1, lane, gemm_0_tile.values);
          const f32 _e1179 = gemm_0_plus(acc_0_0_1[0u], dot_6[0u], ws_0_1_0_1, xs_0_0_1);
          acc_0_0_1[0u] = _e1179;
          const f32 _e1185 = gemm_0_plus(acc_0_0_1[1u], dot_6[1u], ws_0_1_1_1, xs_0_1_1);
          acc_0_0_1[1u] = _e1185;
          const f32 _e1191 = gemm_0_plus(acc_0_0_1[2u], dot_6[2u], ws_0_1_2_1, xs_0_2_1);
          acc_0_0_1[2u] = _e1191;
          const f32 _e1197 = gemm_0_plus(acc_0_0_1[3u], dot_6[3u], ws_0_1_3_1, xs_0_3_1);
          acc_0_0_1[3u] = _e1197;
          const f32 _e1203 = gemm_0_plus(acc_0_0_1[4u], dot_6[4u], ws_0_1_4_1, xs_0_4_1);
          acc_0_0_1[4u] = _e1203;
          const f32 _e1209 = gemm_0_plus(acc_0_0_1[5u], dot_6[5u], ws_0_1_5_1, xs_0_5_1);
          acc_0_0_1[5u] = _e1209;
          const f32 _e1215 = gemm_0_plus(acc_0_0_1[6u], dot_6[6u], ws_0_1_6_1, xs_0_6_1);
          acc_0_0_1[6u] = _e1215;
          const f32 _e1221 = gemm_0_plus(acc_0_0_1[7u], dot_6[7u], ws_0_1_7_1, xs_0_7_1);
          acc_0_0_1[7u] = _e1221;
        }
        {
          arr<i32, 8> dot_7 = {};
          product_i8(dot_7, high_1_1, w_0_1_1, lane, gemm_0_tile.values);
          dot_7[0u] = wrapping_mul(dot_7[0u], 256);
          dot_7[1u] = wrapping_mul(dot_7[1u], 256);
          dot_7[2u] = wrapping_mul(dot_7[2u], 256);
          dot_7[3u] = wrapping_mul(dot_7[3u], 256);
          dot_7[4u] = wrapping_mul(dot_7[4u], 256);
          dot_7[5u] = wrapping_mul(dot_7[5u], 256);
          dot_7[6u] = wrapping_mul(dot_7[6u], 256);
          dot_7[7u] = wrapping_mul(dot_7[7u], 256);
          mma_i8(dot_7, low_1_1, w_0_1_1, lane, gemm_0_tile.values);
          const f32 _e1261 = gemm_0_plus(acc_0_1_1[0u], dot_7[0u], ws_0_1_0_1, xs_1_0_1);
          acc_0_1_1[0u] = _e1261;
          const f32 _e1267 = gemm_0_plus(acc_0_1_1[1u], dot_7[1u], ws_0_1_1_1, xs_1_1_1);
          acc_0_1_1[1u] = _e1267;
          const f32 _e1273 = gemm_0_plus(acc_0_1_1[2u], dot_7[2u], ws_0_1_2_1, xs_1_2_1);
          acc_0_1_1[2u] = _e1273;
          const f32 _e1279 = gemm_0_plus(acc_0_1_1[3u], dot_7[3u], ws_0_1_3_1, xs_1_3_1);
          acc_0_1_1[3u] = _e1279;
          const f32 _e1285 = gemm_0_plus(acc_0_1_1[4u], dot_7[4u], ws_0_1_4_1, xs_1_4_1);
          acc_0_1_1[4u] = _e1285;
          const f32 _e1291 = gemm_0_plus(acc_0_1_1[5u], dot_7[5u], ws_0_1_5_1, xs_1_5_1);
          acc_0_1_1[5u] = _e1291;
          const f32 _e1297 = gemm_0_plus(acc_0_1_1[6u], dot_7[6u], ws_0_1_6_1, xs_1_6_1);
          acc_0_1_1[6u] = _e1297;
          const f32 _e1303 = gemm_0_plus(acc_0_1_1[7u], dot_7[7u], ws_0_1_7_1, xs_1_7_1);
          acc_0_1_1[7u] = _e1303;
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
  gemm_0_store(place, row_0 + 0u, col_0 + 16u, acc_0_0_1[0u], y_3, p);
  gemm_0_store(place, row_1 + 0u, col_1 + 16u, acc_0_0_1[1u], y_3, p);
  gemm_0_store(place, row_2 + 0u, col_2 + 16u, acc_0_0_1[2u], y_3, p);
  gemm_0_store(place, row_3 + 0u, col_3 + 16u, acc_0_0_1[3u], y_3, p);
  gemm_0_store(place, row_4 + 0u, col_4 + 16u, acc_0_0_1[4u], y_3, p);
  gemm_0_store(place, row_5 + 0u, col_5 + 16u, acc_0_0_1[5u], y_3, p);
  gemm_0_store(place, row_6 + 0u, col_6 + 16u, acc_0_0_1[6u], y_3, p);
  gemm_0_store(place, row_7 + 0u, col_7 + 16u, acc_0_0_1[7u], y_3, p);
  gemm_0_store(place, row_0 + 16u, col_0 + 0u, acc_0_1_0[0u], y_3, p);
  gemm_0_store(place, row_1 + 16u, col_1 + 0u, acc_0_1_0[1u], y_3, p);
  gemm_0_store(place, row_2 + 16u, col_2 + 0u, acc_0_1_0[2u], y_3, p);
  gemm_0_store(place, row_3 + 16u, col_3 + 0u, acc_0_1_0[3u], y_3, p);
  gemm_0_store(place, row_4 + 16u, col_4 + 0u, acc_0_1_0[4u], y_3, p);
  gemm_0_store(place, row_5 + 16u, col_5 + 0u, acc_0_1_0[5u], y_3, p);
  gemm_0_store(place, row_6 + 16u, col_6 + 0u, acc_0_1_0[6u], y_3, p);
  gemm_0_store(place, row_7 + 16u, col_7 + 0u, acc_0_1_0[7u], y_3, p);
  gemm_0_store(place, row_0 + 16u, col_0 + 16u, acc_0_1_1[0u], y_3, p);
  gemm_0_store(place, row_1 + 16u, col_1 + 16u, acc_0_1_1[1u], y_3, p);
  gemm_0_store(place, row_2 + 16u, col_2 + 16u, acc_0_1_1[2u], y_3, p);
  gemm_0_store(place, row_3 + 16u, col_3 + 16u, acc_0_1_1[3u], y_3, p);
  gemm_0_store(place, row_4 + 16u, col_4 + 16u, acc_0_1_1[4u], y_3, p);
  gemm_0_store(place, row_5 + 16u, col_5 + 16u, acc_0_1_1[5u], y_3, p);
  gemm_0_store(place, row_6 + 16u, col_6 + 16u, acc_0_1_1[6u], y_3, p);
  gemm_0_store(place, row_7 + 16u, col_7 + 16u, acc_0_1_1[7u], y_3, p);
}

DEV void gemm_0(At at, const u32x4* __restrict__ qx_1_v4, const u32x4* __restrict__ w_2, f32* y_3, const Params& p, arr<u32x4, 1092>& gemm_0_tile, arr<f32, 128>& gemm_0_w_scale, arr<u32, 64>& gemm_0_record) {
  const u32 group = at.x / 1u;
  const u32 first = at.x % 1u * 64u;
  const u32 token = at.y * 64u;
  for (u32 i = at.lid; i < 64u; i += 128u) {
    gemm_0_record[i] = (m_min(token + i, p.rows - 1u) * 1u + group) * 128u;
  }
  const u32 row = group * 64u;
  const u32x4 place = {group, first, token, p.rows - token};
  gemm_0_gemm(place, row + first, row + 63u, at.lid, qx_1_v4, w_2, y_3, p, gemm_0_tile, gemm_0_w_scale, gemm_0_record);
}

extern "C" __global__ void __launch_bounds__(128) gemm_jaivmt(
    const u32x4* __restrict__ qx_1_v4,
    const u32x4* __restrict__ w_2,
    f32* y_3,
    const __grid_constant__ Params p) {
  __shared__ __align__(16) arr<u32x4, 1092> gemm_0_tile;
  __shared__ __align__(16) arr<f32, 128> gemm_0_w_scale;
  __shared__ __align__(16) arr<u32, 64> gemm_0_record;
  const u32x3 group = u32x3{blockIdx.x, blockIdx.y, blockIdx.z};
  const u32 lid = threadIdx.x;
  const u32 lane = threadIdx.x % WAVE;
  const u32 sg = threadIdx.x / WAVE;
  const At at = {group.x, group.y, lid, lane, sg};
  gemm_0(at, qx_1_v4, w_2, y_3, p, gemm_0_tile, gemm_0_w_scale, gemm_0_record);
}

}  // namespace gemm_jaivmt_ns
