// gemm_ojfnbr
//
// gemm of matmul (MODEL.md 2.5)
//   template ops/gemm, DEPTH = 16, HALF = 448, I = 4096, JT = 32, KG = 2, O = 64, OUT = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 1  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 2  w_2  vec4<u32>  [64, 4096], read
// 3  y_3  f32  [T, 64], read and written

// language: metal3.1
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size1;
    uint size2;
    uint size3;
};

struct At {
    uint x;
    uint y;
    uint lid;
    uint lane;
    uint sg;
};
struct Params {
    uint rows;
    uint logit_rows;
    uint cached;
};
typedef metal::uint4 type_2[1];
typedef float type_4[1];
struct Group {
    metal::uint4 a;
    metal::uint4 b;
    float scale;
    char _pad3[4];
    metal::float2 min;
};
struct w_2_Unit {
    uint first;
    char _pad1[12];
    metal::uint4 a;
    metal::uint4 b;
    uint odd;
    char _pad4[12];
};
struct Frag {
    uint inner[2];
};
struct type_8 {
    metal::uint4 inner[1092];
};
struct type_9 {
    int inner[8];
};
struct type_11 {
    float inner[128];
};
struct type_12 {
    uint inner[64];
};
struct gemm_0_Units {
    w_2_Unit u_0_0_;
};
struct type_14 {
    float inner[8];
};

void hook_unroll(
) {
    return;
}

float hook_reciprocal(
    float x
) {
    return 1.0 / x;
}

int dp4a(
    uint a,
    uint b
) {
    packed_char4 reinterpreted_packed_char4_e0 = as_type<packed_char4>(a);
    packed_char4 reinterpreted_packed_char4_e1 = as_type<packed_char4>(b);
    return ( + reinterpreted_packed_char4_e0[0] * reinterpreted_packed_char4_e1[0] + reinterpreted_packed_char4_e0[1] * reinterpreted_packed_char4_e1[1] + reinterpreted_packed_char4_e0[2] * reinterpreted_packed_char4_e1[2] + reinterpreted_packed_char4_e0[3] * reinterpreted_packed_char4_e1[3]);
}

uint hook_permute(
    uint a_1,
    uint b_1,
    uint choice
) {
    uint bytes = 0u;
    uint i = 0u;
    bool loop_init = true;
    while(true) {
        if (!loop_init) {
            uint _e32 = i;
            i = _e32 + 1u;
        }
        loop_init = false;
        uint _e7 = i;
        if (_e7 < 4u) {
        } else {
            break;
        }
        {
            uint _e11 = i;
            uint digit = (choice >> (4u * _e11)) & 7u;
            uint byte = (((digit >= 4u) ? b_1 : a_1) >> (8u * (digit & 3u))) & 255u;
            uint _e26 = bytes;
            uint _e28 = i;
            bytes = _e26 | (byte << (8u * _e28));
        }
    }
    uint _e35 = bytes;
    return _e35;
}

int dot32_(
    Group w,
    metal::uint4 h0_,
    metal::uint4 h1_,
    metal::uint4 l0_,
    metal::uint4 l1_
) {
    int sum = {};
    int _e8 = dp4a(w.a.x, h0_.x);
    sum = _e8;
    int _e10 = sum;
    int _e14 = dp4a(w.a.y, h0_.y);
    sum = as_type<int>(as_type<uint>(_e10) + as_type<uint>(_e14));
    int _e16 = sum;
    int _e20 = dp4a(w.a.z, h0_.z);
    sum = as_type<int>(as_type<uint>(_e16) + as_type<uint>(_e20));
    int _e22 = sum;
    int _e26 = dp4a(w.a.w, h0_.w);
    sum = as_type<int>(as_type<uint>(_e22) + as_type<uint>(_e26));
    int _e28 = sum;
    int _e32 = dp4a(w.b.x, h1_.x);
    sum = as_type<int>(as_type<uint>(_e28) + as_type<uint>(_e32));
    int _e34 = sum;
    int _e38 = dp4a(w.b.y, h1_.y);
    sum = as_type<int>(as_type<uint>(_e34) + as_type<uint>(_e38));
    int _e40 = sum;
    int _e44 = dp4a(w.b.z, h1_.z);
    sum = as_type<int>(as_type<uint>(_e40) + as_type<uint>(_e44));
    int _e46 = sum;
    int _e50 = dp4a(w.b.w, h1_.w);
    sum = as_type<int>(as_type<uint>(_e46) + as_type<uint>(_e50));
    int _e52 = sum;
    sum = as_type<int>(as_type<uint>(_e52) * as_type<uint>(256));
    int _e55 = sum;
    int _e59 = dp4a(w.a.x, l0_.x);
    sum = as_type<int>(as_type<uint>(_e55) + as_type<uint>(_e59));
    int _e61 = sum;
    int _e65 = dp4a(w.a.y, l0_.y);
    sum = as_type<int>(as_type<uint>(_e61) + as_type<uint>(_e65));
    int _e67 = sum;
    int _e71 = dp4a(w.a.z, l0_.z);
    sum = as_type<int>(as_type<uint>(_e67) + as_type<uint>(_e71));
    int _e73 = sum;
    int _e77 = dp4a(w.a.w, l0_.w);
    sum = as_type<int>(as_type<uint>(_e73) + as_type<uint>(_e77));
    int _e79 = sum;
    int _e83 = dp4a(w.b.x, l1_.x);
    sum = as_type<int>(as_type<uint>(_e79) + as_type<uint>(_e83));
    int _e85 = sum;
    int _e89 = dp4a(w.b.y, l1_.y);
    sum = as_type<int>(as_type<uint>(_e85) + as_type<uint>(_e89));
    int _e91 = sum;
    int _e95 = dp4a(w.b.z, l1_.z);
    sum = as_type<int>(as_type<uint>(_e91) + as_type<uint>(_e95));
    int _e97 = sum;
    int _e101 = dp4a(w.b.w, l1_.w);
    sum = as_type<int>(as_type<uint>(_e97) + as_type<uint>(_e101));
    int _e103 = sum;
    return _e103;
}

int dot16_(
    metal::uint4 w_1,
    metal::uint4 h,
    metal::uint4 l
) {
    int sum_1 = {};
    int _e5 = dp4a(w_1.x, h.x);
    sum_1 = _e5;
    int _e7 = sum_1;
    int _e10 = dp4a(w_1.y, h.y);
    sum_1 = as_type<int>(as_type<uint>(_e7) + as_type<uint>(_e10));
    int _e12 = sum_1;
    int _e15 = dp4a(w_1.z, h.z);
    sum_1 = as_type<int>(as_type<uint>(_e12) + as_type<uint>(_e15));
    int _e17 = sum_1;
    int _e20 = dp4a(w_1.w, h.w);
    sum_1 = as_type<int>(as_type<uint>(_e17) + as_type<uint>(_e20));
    int _e22 = sum_1;
    sum_1 = as_type<int>(as_type<uint>(_e22) * as_type<uint>(256));
    int _e25 = sum_1;
    int _e28 = dp4a(w_1.x, l.x);
    sum_1 = as_type<int>(as_type<uint>(_e25) + as_type<uint>(_e28));
    int _e30 = sum_1;
    int _e33 = dp4a(w_1.y, l.y);
    sum_1 = as_type<int>(as_type<uint>(_e30) + as_type<uint>(_e33));
    int _e35 = sum_1;
    int _e38 = dp4a(w_1.z, l.z);
    sum_1 = as_type<int>(as_type<uint>(_e35) + as_type<uint>(_e38));
    int _e40 = sum_1;
    int _e43 = dp4a(w_1.w, l.w);
    sum_1 = as_type<int>(as_type<uint>(_e40) + as_type<uint>(_e43));
    int _e45 = sum_1;
    return _e45;
}

uint w_2_word(
    uint i_1,
    device type_2 const& w_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e8 = w_2_[i_1 / 4u][i_1 % 4u];
    return _e8;
}

metal::uint4 w_2_words(
    uint i_2,
    device type_2 const& w_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e1 = w_2_word(i_2, w_2_, _buffer_sizes);
    uint _e4 = w_2_word(i_2 + 1u, w_2_, _buffer_sizes);
    uint _e7 = w_2_word(i_2 + 2u, w_2_, _buffer_sizes);
    uint _e10 = w_2_word(i_2 + 3u, w_2_, _buffer_sizes);
    return metal::uint4(_e1, _e4, _e7, _e10);
}

w_2_Unit w_2_load(
    uint row,
    uint u,
    device type_2 const& w_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint n = (row * 128u) + u;
    uint at_3 = (n * 8u) + (n / 2u);
    uint _e10 = w_2_word(at_3, w_2_, _buffer_sizes);
    metal::uint4 _e13 = w_2_words(at_3 + 1u, w_2_, _buffer_sizes);
    metal::uint4 _e16 = w_2_words(at_3 + 5u, w_2_, _buffer_sizes);
    return w_2_Unit {_e10, {}, _e13, _e16, n % 2u};
}

Group w_2_group(
    w_2_Unit unit,
    uint u_1,
    uint j
) {
    bool odd = unit.odd == 1u;
    float scale = float2(as_type<half2>((odd ? (unit.first >> 16u) : unit.first))).x;
    metal::uint4 low = (metal::uint4(unit.first, unit.a.xyz) >> metal::uint4(16u)) | (unit.a << metal::uint4(16u));
    metal::uint4 high = (metal::uint4(unit.a.w, unit.b.xyz) >> metal::uint4(16u)) | (unit.b << metal::uint4(16u));
    return Group {odd ? unit.a : low, odd ? unit.b : high, scale, {}, metal::float2 {}};
}

uint hook_acc_row(
    uint lane_1,
    uint e
) {
    return (e * 2u) + (lane_1 / 16u);
}

uint hook_acc_col(
    uint lane_2,
    uint e_1
) {
    return lane_2 % 16u;
}

Frag hook_load_i8_gemm_0_(
    uint at,
    uint stride,
    uint lane_3,
    threadgroup type_8& gemm_0_tile
) {
    Frag place = {};
    place.inner[0] = at;
    uint _e9 = gemm_0_tile.inner[at].x;
    place.inner[1] = stride + (_e9 & 0u);
    Frag _e13 = place;
    return _e13;
}

Frag hook_load_right_i8_gemm_0_(
    uint at_1,
    uint stride_1,
    uint lane_4,
    threadgroup type_8& gemm_0_tile
) {
    Frag place_1 = {};
    place_1.inner[0] = at_1;
    uint _e9 = gemm_0_tile.inner[at_1].x;
    place_1.inner[1] = stride_1 + (_e9 & 0u);
    Frag _e13 = place_1;
    return _e13;
}

void hook_product_i8_gemm_0_(
    thread type_9& acc,
    Frag a_2,
    Frag b_2,
    uint lane_5,
    threadgroup type_8& gemm_0_tile
) {
    uint i_3 = 0u;
    acc = type_9 {};
    uint _e7 = hook_acc_col(lane_5, 0u);
    uint right = b_2.inner[0] + (_e7 * b_2.inner[1]);
    bool loop_init_1 = true;
    while(true) {
        if (!loop_init_1) {
            uint _e195 = i_3;
            i_3 = _e195 + 1u;
        }
        loop_init_1 = false;
        uint _e13 = i_3;
        if (_e13 < 8u) {
        } else {
            break;
        }
        {
            uint _e17 = i_3;
            uint _e22 = i_3;
            uint word = gemm_0_tile.inner[right + (_e17 / 4u)][_e22 % 4u];
            uint _e29 = hook_acc_row(lane_5, 0u);
            uint _e33 = i_3;
            uint left_0_ = (a_2.inner[0] + (_e29 * a_2.inner[1])) + (_e33 / 4u);
            int _e38 = acc.inner[0];
            uint _e41 = i_3;
            uint _e45 = gemm_0_tile.inner[left_0_][_e41 % 4u];
            int _e46 = dp4a(_e45, word);
            acc.inner[0] = as_type<int>(as_type<uint>(_e38) + as_type<uint>(_e46));
            uint _e50 = hook_acc_row(lane_5, 1u);
            uint _e54 = i_3;
            uint left_1_ = (a_2.inner[0] + (_e50 * a_2.inner[1])) + (_e54 / 4u);
            int _e59 = acc.inner[1];
            uint _e62 = i_3;
            uint _e66 = gemm_0_tile.inner[left_1_][_e62 % 4u];
            int _e67 = dp4a(_e66, word);
            acc.inner[1] = as_type<int>(as_type<uint>(_e59) + as_type<uint>(_e67));
            uint _e71 = hook_acc_row(lane_5, 2u);
            uint _e75 = i_3;
            uint left_2_ = (a_2.inner[0] + (_e71 * a_2.inner[1])) + (_e75 / 4u);
            int _e80 = acc.inner[2];
            uint _e83 = i_3;
            uint _e87 = gemm_0_tile.inner[left_2_][_e83 % 4u];
            int _e88 = dp4a(_e87, word);
            acc.inner[2] = as_type<int>(as_type<uint>(_e80) + as_type<uint>(_e88));
            uint _e92 = hook_acc_row(lane_5, 3u);
            uint _e96 = i_3;
            uint left_3_ = (a_2.inner[0] + (_e92 * a_2.inner[1])) + (_e96 / 4u);
            int _e101 = acc.inner[3];
            uint _e104 = i_3;
            uint _e108 = gemm_0_tile.inner[left_3_][_e104 % 4u];
            int _e109 = dp4a(_e108, word);
            acc.inner[3] = as_type<int>(as_type<uint>(_e101) + as_type<uint>(_e109));
            uint _e113 = hook_acc_row(lane_5, 4u);
            uint _e117 = i_3;
            uint left_4_ = (a_2.inner[0] + (_e113 * a_2.inner[1])) + (_e117 / 4u);
            int _e122 = acc.inner[4];
            uint _e125 = i_3;
            uint _e129 = gemm_0_tile.inner[left_4_][_e125 % 4u];
            int _e130 = dp4a(_e129, word);
            acc.inner[4] = as_type<int>(as_type<uint>(_e122) + as_type<uint>(_e130));
            uint _e134 = hook_acc_row(lane_5, 5u);
            uint _e138 = i_3;
            uint left_5_ = (a_2.inner[0] + (_e134 * a_2.inner[1])) + (_e138 / 4u);
            int _e143 = acc.inner[5];
            uint _e146 = i_3;
            uint _e150 = gemm_0_tile.inner[left_5_][_e146 % 4u];
            int _e151 = dp4a(_e150, word);
            acc.inner[5] = as_type<int>(as_type<uint>(_e143) + as_type<uint>(_e151));
            uint _e155 = hook_acc_row(lane_5, 6u);
            uint _e159 = i_3;
            uint left_6_ = (a_2.inner[0] + (_e155 * a_2.inner[1])) + (_e159 / 4u);
            int _e164 = acc.inner[6];
            uint _e167 = i_3;
            uint _e171 = gemm_0_tile.inner[left_6_][_e167 % 4u];
            int _e172 = dp4a(_e171, word);
            acc.inner[6] = as_type<int>(as_type<uint>(_e164) + as_type<uint>(_e172));
            uint _e176 = hook_acc_row(lane_5, 7u);
            uint _e180 = i_3;
            uint left_7_ = (a_2.inner[0] + (_e176 * a_2.inner[1])) + (_e180 / 4u);
            int _e185 = acc.inner[7];
            uint _e188 = i_3;
            uint _e192 = gemm_0_tile.inner[left_7_][_e188 % 4u];
            int _e193 = dp4a(_e192, word);
            acc.inner[7] = as_type<int>(as_type<uint>(_e185) + as_type<uint>(_e193));
        }
    }
    return;
}

void hook_mma_i8_gemm_0_(
    thread type_9& acc_1,
    Frag a_3,
    Frag b_3,
    uint lane_6,
    threadgroup type_8& gemm_0_tile
) {
    uint i_4 = 0u;
    uint _e6 = hook_acc_col(lane_6, 0u);
    uint right_1 = b_3.inner[0] + (_e6 * b_3.inner[1]);
    bool loop_init_2 = true;
    while(true) {
        if (!loop_init_2) {
            uint _e194 = i_4;
            i_4 = _e194 + 1u;
        }
        loop_init_2 = false;
        uint _e12 = i_4;
        if (_e12 < 8u) {
        } else {
            break;
        }
        {
            uint _e16 = i_4;
            uint _e21 = i_4;
            uint word_1 = gemm_0_tile.inner[right_1 + (_e16 / 4u)][_e21 % 4u];
            uint _e28 = hook_acc_row(lane_6, 0u);
            uint _e32 = i_4;
            uint left_0_1 = (a_3.inner[0] + (_e28 * a_3.inner[1])) + (_e32 / 4u);
            int _e37 = acc_1.inner[0];
            uint _e40 = i_4;
            uint _e44 = gemm_0_tile.inner[left_0_1][_e40 % 4u];
            int _e45 = dp4a(_e44, word_1);
            acc_1.inner[0] = as_type<int>(as_type<uint>(_e37) + as_type<uint>(_e45));
            uint _e49 = hook_acc_row(lane_6, 1u);
            uint _e53 = i_4;
            uint left_1_1 = (a_3.inner[0] + (_e49 * a_3.inner[1])) + (_e53 / 4u);
            int _e58 = acc_1.inner[1];
            uint _e61 = i_4;
            uint _e65 = gemm_0_tile.inner[left_1_1][_e61 % 4u];
            int _e66 = dp4a(_e65, word_1);
            acc_1.inner[1] = as_type<int>(as_type<uint>(_e58) + as_type<uint>(_e66));
            uint _e70 = hook_acc_row(lane_6, 2u);
            uint _e74 = i_4;
            uint left_2_1 = (a_3.inner[0] + (_e70 * a_3.inner[1])) + (_e74 / 4u);
            int _e79 = acc_1.inner[2];
            uint _e82 = i_4;
            uint _e86 = gemm_0_tile.inner[left_2_1][_e82 % 4u];
            int _e87 = dp4a(_e86, word_1);
            acc_1.inner[2] = as_type<int>(as_type<uint>(_e79) + as_type<uint>(_e87));
            uint _e91 = hook_acc_row(lane_6, 3u);
            uint _e95 = i_4;
            uint left_3_1 = (a_3.inner[0] + (_e91 * a_3.inner[1])) + (_e95 / 4u);
            int _e100 = acc_1.inner[3];
            uint _e103 = i_4;
            uint _e107 = gemm_0_tile.inner[left_3_1][_e103 % 4u];
            int _e108 = dp4a(_e107, word_1);
            acc_1.inner[3] = as_type<int>(as_type<uint>(_e100) + as_type<uint>(_e108));
            uint _e112 = hook_acc_row(lane_6, 4u);
            uint _e116 = i_4;
            uint left_4_1 = (a_3.inner[0] + (_e112 * a_3.inner[1])) + (_e116 / 4u);
            int _e121 = acc_1.inner[4];
            uint _e124 = i_4;
            uint _e128 = gemm_0_tile.inner[left_4_1][_e124 % 4u];
            int _e129 = dp4a(_e128, word_1);
            acc_1.inner[4] = as_type<int>(as_type<uint>(_e121) + as_type<uint>(_e129));
            uint _e133 = hook_acc_row(lane_6, 5u);
            uint _e137 = i_4;
            uint left_5_1 = (a_3.inner[0] + (_e133 * a_3.inner[1])) + (_e137 / 4u);
            int _e142 = acc_1.inner[5];
            uint _e145 = i_4;
            uint _e149 = gemm_0_tile.inner[left_5_1][_e145 % 4u];
            int _e150 = dp4a(_e149, word_1);
            acc_1.inner[5] = as_type<int>(as_type<uint>(_e142) + as_type<uint>(_e150));
            uint _e154 = hook_acc_row(lane_6, 6u);
            uint _e158 = i_4;
            uint left_6_1 = (a_3.inner[0] + (_e154 * a_3.inner[1])) + (_e158 / 4u);
            int _e163 = acc_1.inner[6];
            uint _e166 = i_4;
            uint _e170 = gemm_0_tile.inner[left_6_1][_e166 % 4u];
            int _e171 = dp4a(_e170, word_1);
            acc_1.inner[6] = as_type<int>(as_type<uint>(_e163) + as_type<uint>(_e171));
            uint _e175 = hook_acc_row(lane_6, 7u);
            uint _e179 = i_4;
            uint left_7_1 = (a_3.inner[0] + (_e175 * a_3.inner[1])) + (_e179 / 4u);
            int _e184 = acc_1.inner[7];
            uint _e187 = i_4;
            uint _e191 = gemm_0_tile.inner[left_7_1][_e187 % 4u];
            int _e192 = dp4a(_e191, word_1);
            acc_1.inner[7] = as_type<int>(as_type<uint>(_e184) + as_type<uint>(_e192));
        }
    }
    return;
}

float gemm_0_plus(
    float sum_2,
    int dot,
    float w_2,
    metal::float4 x_1
) {
    return metal::fma(w_2 * x_1.x, static_cast<float>(dot), sum_2);
}

uint gemm_0_element(
    uint record,
    uint v
) {
    return (((record / 4u) * 20u) + (record % 4u)) + (v * 4u);
}

gemm_0_Units gemm_0_units(
    uint row_1,
    uint last,
    uint step,
    uint lid_1,
    device type_2 const& w_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    gemm_0_Units units = {};
    uint u_2 = (step * 2u) + (lid_1 % 2u);
    uint row_0_ = metal::min(row_1 + (((lid_1 + 0u) % 128u) / 2u), last);
    w_2_Unit _e19 = w_2_load(row_0_, u_2, w_2_, _buffer_sizes);
    units.u_0_0_ = _e19;
    gemm_0_Units _e20 = units;
    return _e20;
}

void gemm_0_store(
    metal::uint4 place_2,
    uint token,
    uint out,
    float value,
    constant Params& p,
    device type_4& y_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    bool local = {};
    uint o = place_2.y + out;
    uint t = place_2.z + token;
    if (o < 64u) {
        uint _e14 = p.rows;
        local = t < _e14;
    } else {
        local = false;
    }
    bool _e17 = local;
    if (_e17) {
        y_3_[(((t * 1u) + place_2.x) * 64u) + o] = value;
        return;
    } else {
        return;
    }
}

void gemm_0_gemm(
    metal::uint4 place_3,
    uint row_2,
    uint last_1,
    uint lid_2,
    constant Params& p,
    device type_2 const& qx_1_v4_,
    device type_2 const& w_2_,
    device type_4& y_3_,
    threadgroup type_8& gemm_0_tile,
    threadgroup type_11& gemm_0_w_scale,
    threadgroup type_12& gemm_0_record,
    constant _mslBufferSizes& _buffer_sizes
) {
    type_14 acc_0_0_0_ = type_14 {};
    type_14 acc_0_0_1_ = type_14 {};
    type_14 acc_0_1_0_ = type_14 {};
    type_14 acc_0_1_1_ = type_14 {};
    uint step_1 = 0u;
    type_9 dot_1 = {};
    type_9 dot_2 = {};
    type_9 dot_3 = {};
    type_9 dot_4 = {};
    type_9 dot_5 = {};
    type_9 dot_6 = {};
    type_9 dot_7 = {};
    type_9 dot_8 = {};
    uint lane_7 = lid_2 % 32u;
    uint token_1 = ((lid_2 / 32u) / 2u) * 32u;
    uint out_1 = ((lid_2 / 32u) % 2u) * 32u;
    uint _e27 = hook_acc_row(lane_7, 0u);
    uint row_0_1 = token_1 + _e27;
    uint _e30 = hook_acc_col(lane_7, 0u);
    uint col_0_ = out_1 + _e30;
    uint _e33 = hook_acc_row(lane_7, 1u);
    uint row_1_ = token_1 + _e33;
    uint _e36 = hook_acc_col(lane_7, 1u);
    uint col_1_ = out_1 + _e36;
    uint _e39 = hook_acc_row(lane_7, 2u);
    uint row_2_ = token_1 + _e39;
    uint _e42 = hook_acc_col(lane_7, 2u);
    uint col_2_ = out_1 + _e42;
    uint _e45 = hook_acc_row(lane_7, 3u);
    uint row_3_ = token_1 + _e45;
    uint _e48 = hook_acc_col(lane_7, 3u);
    uint col_3_ = out_1 + _e48;
    uint _e51 = hook_acc_row(lane_7, 4u);
    uint row_4_ = token_1 + _e51;
    uint _e54 = hook_acc_col(lane_7, 4u);
    uint col_4_ = out_1 + _e54;
    uint _e57 = hook_acc_row(lane_7, 5u);
    uint row_5_ = token_1 + _e57;
    uint _e60 = hook_acc_col(lane_7, 5u);
    uint col_5_ = out_1 + _e60;
    uint _e63 = hook_acc_row(lane_7, 6u);
    uint row_6_ = token_1 + _e63;
    uint _e66 = hook_acc_col(lane_7, 6u);
    uint col_6_ = out_1 + _e66;
    uint _e69 = hook_acc_row(lane_7, 7u);
    uint row_7_ = token_1 + _e69;
    uint _e72 = hook_acc_col(lane_7, 7u);
    uint col_7_ = out_1 + _e72;
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint _e82 = gemm_0_record.inner[((lid_2 + 0u) % 128u) / 2u];
    uint record_0_ = _e82 + (lid_2 % 2u);
    bool loop_init_3 = true;
    while(true) {
        if (!loop_init_3) {
            uint _e1304 = step_1;
            step_1 = _e1304 + 1u;
        }
        loop_init_3 = false;
        uint _e88 = step_1;
        if (_e88 < 64u) {
        } else {
            break;
        }
        {
            uint _e92 = step_1;
            uint _e97 = gemm_0_element(record_0_ + (_e92 * 2u), 0u);
            metal::uint4 x_0_0_ = qx_1_v4_[_e97];
            uint _e101 = step_1;
            uint _e106 = gemm_0_element(record_0_ + (_e101 * 2u), 1u);
            metal::uint4 x_0_1_ = qx_1_v4_[_e106];
            uint _e110 = step_1;
            uint _e115 = gemm_0_element(record_0_ + (_e110 * 2u), 2u);
            metal::uint4 x_0_2_ = qx_1_v4_[_e115];
            uint _e119 = step_1;
            uint _e124 = gemm_0_element(record_0_ + (_e119 * 2u), 3u);
            metal::uint4 x_0_3_ = qx_1_v4_[_e124];
            uint _e128 = step_1;
            uint _e133 = gemm_0_element(record_0_ + (_e128 * 2u), 4u);
            metal::uint4 x_0_4_ = qx_1_v4_[_e133];
            uint _e136 = step_1;
            gemm_0_Units _e137 = gemm_0_units(row_2, last_1, _e136, lid_2, w_2_, _buffer_sizes);
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            {
                uint i_6 = lid_2 + 0u;
                uint to = ((i_6 / 2u) * 5u) + ((i_6 % 2u) * 2u);
                gemm_0_tile.inner[to] = x_0_0_;
                gemm_0_tile.inner[to + 1u] = x_0_1_;
                gemm_0_tile.inner[to + 324u] = x_0_2_;
                gemm_0_tile.inner[to + 325u] = x_0_3_;
                gemm_0_tile.inner[(644u + ((i_6 % 2u) * 64u)) + (i_6 / 2u)] = x_0_4_;
            }
            {
                uint i_7 = (lid_2 + 0u) % 128u;
                uint u_3 = i_7 % 2u;
                uint _e181 = step_1;
                Group _e186 = w_2_group(_e137.u_0_0_, (_e181 * 2u) + u_3, 0u);
                uint to_0_ = ((i_7 / 2u) * 5u) + (((u_3 * 1u) + 0u) * 2u);
                gemm_0_tile.inner[to_0_ + 772u] = _e186.a;
                gemm_0_tile.inner[to_0_ + 773u] = _e186.b;
                uint scale_at_0_ = (((0u + (u_3 * 1u)) + 0u) * 64u) + (i_7 / 2u);
                gemm_0_w_scale.inner[scale_at_0_] = _e186.scale;
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            if (token_1 < place_3.w) {
                {
                    uint x_0_ = ((token_1 + 0u) * 5u) + 0u;
                    Frag _e231 = hook_load_i8_gemm_0_(x_0_, 5u, lane_7, gemm_0_tile);
                    Frag _e235 = hook_load_i8_gemm_0_(x_0_ + 324u, 5u, lane_7, gemm_0_tile);
                    metal::uint4 _e240 = gemm_0_tile.inner[row_0_1 + 644u];
                    metal::float4 xs_0_0_ = as_type<metal::float4>(_e240);
                    metal::uint4 _e246 = gemm_0_tile.inner[row_1_ + 644u];
                    metal::float4 xs_0_1_ = as_type<metal::float4>(_e246);
                    metal::uint4 _e252 = gemm_0_tile.inner[row_2_ + 644u];
                    metal::float4 xs_0_2_ = as_type<metal::float4>(_e252);
                    metal::uint4 _e258 = gemm_0_tile.inner[row_3_ + 644u];
                    metal::float4 xs_0_3_ = as_type<metal::float4>(_e258);
                    metal::uint4 _e264 = gemm_0_tile.inner[row_4_ + 644u];
                    metal::float4 xs_0_4_ = as_type<metal::float4>(_e264);
                    metal::uint4 _e270 = gemm_0_tile.inner[row_5_ + 644u];
                    metal::float4 xs_0_5_ = as_type<metal::float4>(_e270);
                    metal::uint4 _e276 = gemm_0_tile.inner[row_6_ + 644u];
                    metal::float4 xs_0_6_ = as_type<metal::float4>(_e276);
                    metal::uint4 _e282 = gemm_0_tile.inner[row_7_ + 644u];
                    metal::float4 xs_0_7_ = as_type<metal::float4>(_e282);
                    uint x_1_ = ((token_1 + 16u) * 5u) + 0u;
                    Frag _e291 = hook_load_i8_gemm_0_(x_1_, 5u, lane_7, gemm_0_tile);
                    Frag _e295 = hook_load_i8_gemm_0_(x_1_ + 324u, 5u, lane_7, gemm_0_tile);
                    metal::uint4 _e300 = gemm_0_tile.inner[row_0_1 + 660u];
                    metal::float4 xs_1_0_ = as_type<metal::float4>(_e300);
                    metal::uint4 _e306 = gemm_0_tile.inner[row_1_ + 660u];
                    metal::float4 xs_1_1_ = as_type<metal::float4>(_e306);
                    metal::uint4 _e312 = gemm_0_tile.inner[row_2_ + 660u];
                    metal::float4 xs_1_2_ = as_type<metal::float4>(_e312);
                    metal::uint4 _e318 = gemm_0_tile.inner[row_3_ + 660u];
                    metal::float4 xs_1_3_ = as_type<metal::float4>(_e318);
                    metal::uint4 _e324 = gemm_0_tile.inner[row_4_ + 660u];
                    metal::float4 xs_1_4_ = as_type<metal::float4>(_e324);
                    metal::uint4 _e330 = gemm_0_tile.inner[row_5_ + 660u];
                    metal::float4 xs_1_5_ = as_type<metal::float4>(_e330);
                    metal::uint4 _e336 = gemm_0_tile.inner[row_6_ + 660u];
                    metal::float4 xs_1_6_ = as_type<metal::float4>(_e336);
                    metal::uint4 _e342 = gemm_0_tile.inner[row_7_ + 660u];
                    metal::float4 xs_1_7_ = as_type<metal::float4>(_e342);
                    Frag _e349 = hook_load_right_i8_gemm_0_((out_1 * 5u) + 772u, 5u, lane_7, gemm_0_tile);
                    float ws_0_0_0_ = gemm_0_w_scale.inner[col_0_ + 0u];
                    float ws_0_0_1_ = gemm_0_w_scale.inner[col_1_ + 0u];
                    float ws_0_0_2_ = gemm_0_w_scale.inner[col_2_ + 0u];
                    float ws_0_0_3_ = gemm_0_w_scale.inner[col_3_ + 0u];
                    float ws_0_0_4_ = gemm_0_w_scale.inner[col_4_ + 0u];
                    float ws_0_0_5_ = gemm_0_w_scale.inner[col_5_ + 0u];
                    float ws_0_0_6_ = gemm_0_w_scale.inner[col_6_ + 0u];
                    float ws_0_0_7_ = gemm_0_w_scale.inner[col_7_ + 0u];
                    {
                        dot_1 = type_9 {};
                        hook_product_i8_gemm_0_(dot_1, _e231, _e349, lane_7, gemm_0_tile);
                        int _e393 = dot_1.inner[0];
                        dot_1.inner[0] = as_type<int>(as_type<uint>(_e393) * as_type<uint>(256));
                        int _e397 = dot_1.inner[1];
                        dot_1.inner[1] = as_type<int>(as_type<uint>(_e397) * as_type<uint>(256));
                        int _e401 = dot_1.inner[2];
                        dot_1.inner[2] = as_type<int>(as_type<uint>(_e401) * as_type<uint>(256));
                        int _e405 = dot_1.inner[3];
                        dot_1.inner[3] = as_type<int>(as_type<uint>(_e405) * as_type<uint>(256));
                        int _e409 = dot_1.inner[4];
                        dot_1.inner[4] = as_type<int>(as_type<uint>(_e409) * as_type<uint>(256));
                        int _e413 = dot_1.inner[5];
                        dot_1.inner[5] = as_type<int>(as_type<uint>(_e413) * as_type<uint>(256));
                        int _e417 = dot_1.inner[6];
                        dot_1.inner[6] = as_type<int>(as_type<uint>(_e417) * as_type<uint>(256));
                        int _e421 = dot_1.inner[7];
                        dot_1.inner[7] = as_type<int>(as_type<uint>(_e421) * as_type<uint>(256));
                        hook_mma_i8_gemm_0_(dot_1, _e235, _e349, lane_7, gemm_0_tile);
                        float _e426 = acc_0_0_0_.inner[0];
                        int _e428 = dot_1.inner[0];
                        float _e429 = gemm_0_plus(_e426, _e428, ws_0_0_0_, xs_0_0_);
                        acc_0_0_0_.inner[0] = _e429;
                        float _e432 = acc_0_0_0_.inner[1];
                        int _e434 = dot_1.inner[1];
                        float _e435 = gemm_0_plus(_e432, _e434, ws_0_0_1_, xs_0_1_);
                        acc_0_0_0_.inner[1] = _e435;
                        float _e438 = acc_0_0_0_.inner[2];
                        int _e440 = dot_1.inner[2];
                        float _e441 = gemm_0_plus(_e438, _e440, ws_0_0_2_, xs_0_2_);
                        acc_0_0_0_.inner[2] = _e441;
                        float _e444 = acc_0_0_0_.inner[3];
                        int _e446 = dot_1.inner[3];
                        float _e447 = gemm_0_plus(_e444, _e446, ws_0_0_3_, xs_0_3_);
                        acc_0_0_0_.inner[3] = _e447;
                        float _e450 = acc_0_0_0_.inner[4];
                        int _e452 = dot_1.inner[4];
                        float _e453 = gemm_0_plus(_e450, _e452, ws_0_0_4_, xs_0_4_);
                        acc_0_0_0_.inner[4] = _e453;
                        float _e456 = acc_0_0_0_.inner[5];
                        int _e458 = dot_1.inner[5];
                        float _e459 = gemm_0_plus(_e456, _e458, ws_0_0_5_, xs_0_5_);
                        acc_0_0_0_.inner[5] = _e459;
                        float _e462 = acc_0_0_0_.inner[6];
                        int _e464 = dot_1.inner[6];
                        float _e465 = gemm_0_plus(_e462, _e464, ws_0_0_6_, xs_0_6_);
                        acc_0_0_0_.inner[6] = _e465;
                        float _e468 = acc_0_0_0_.inner[7];
                        int _e470 = dot_1.inner[7];
                        float _e471 = gemm_0_plus(_e468, _e470, ws_0_0_7_, xs_0_7_);
                        acc_0_0_0_.inner[7] = _e471;
                    }
                    {
                        dot_2 = type_9 {};
                        hook_product_i8_gemm_0_(dot_2, _e291, _e349, lane_7, gemm_0_tile);
                        int _e475 = dot_2.inner[0];
                        dot_2.inner[0] = as_type<int>(as_type<uint>(_e475) * as_type<uint>(256));
                        int _e479 = dot_2.inner[1];
                        dot_2.inner[1] = as_type<int>(as_type<uint>(_e479) * as_type<uint>(256));
                        int _e483 = dot_2.inner[2];
                        dot_2.inner[2] = as_type<int>(as_type<uint>(_e483) * as_type<uint>(256));
                        int _e487 = dot_2.inner[3];
                        dot_2.inner[3] = as_type<int>(as_type<uint>(_e487) * as_type<uint>(256));
                        int _e491 = dot_2.inner[4];
                        dot_2.inner[4] = as_type<int>(as_type<uint>(_e491) * as_type<uint>(256));
                        int _e495 = dot_2.inner[5];
                        dot_2.inner[5] = as_type<int>(as_type<uint>(_e495) * as_type<uint>(256));
                        int _e499 = dot_2.inner[6];
                        dot_2.inner[6] = as_type<int>(as_type<uint>(_e499) * as_type<uint>(256));
                        int _e503 = dot_2.inner[7];
                        dot_2.inner[7] = as_type<int>(as_type<uint>(_e503) * as_type<uint>(256));
                        hook_mma_i8_gemm_0_(dot_2, _e295, _e349, lane_7, gemm_0_tile);
                        float _e508 = acc_0_1_0_.inner[0];
                        int _e510 = dot_2.inner[0];
                        float _e511 = gemm_0_plus(_e508, _e510, ws_0_0_0_, xs_1_0_);
                        acc_0_1_0_.inner[0] = _e511;
                        float _e514 = acc_0_1_0_.inner[1];
                        int _e516 = dot_2.inner[1];
                        float _e517 = gemm_0_plus(_e514, _e516, ws_0_0_1_, xs_1_1_);
                        acc_0_1_0_.inner[1] = _e517;
                        float _e520 = acc_0_1_0_.inner[2];
                        int _e522 = dot_2.inner[2];
                        float _e523 = gemm_0_plus(_e520, _e522, ws_0_0_2_, xs_1_2_);
                        acc_0_1_0_.inner[2] = _e523;
                        float _e526 = acc_0_1_0_.inner[3];
                        int _e528 = dot_2.inner[3];
                        float _e529 = gemm_0_plus(_e526, _e528, ws_0_0_3_, xs_1_3_);
                        acc_0_1_0_.inner[3] = _e529;
                        float _e532 = acc_0_1_0_.inner[4];
                        int _e534 = dot_2.inner[4];
                        float _e535 = gemm_0_plus(_e532, _e534, ws_0_0_4_, xs_1_4_);
                        acc_0_1_0_.inner[4] = _e535;
                        float _e538 = acc_0_1_0_.inner[5];
                        int _e540 = dot_2.inner[5];
                        float _e541 = gemm_0_plus(_e538, _e540, ws_0_0_5_, xs_1_5_);
                        acc_0_1_0_.inner[5] = _e541;
                        float _e544 = acc_0_1_0_.inner[6];
                        int _e546 = dot_2.inner[6];
                        float _e547 = gemm_0_plus(_e544, _e546, ws_0_0_6_, xs_1_6_);
                        acc_0_1_0_.inner[6] = _e547;
                        float _e550 = acc_0_1_0_.inner[7];
                        int _e552 = dot_2.inner[7];
                        float _e553 = gemm_0_plus(_e550, _e552, ws_0_0_7_, xs_1_7_);
                        acc_0_1_0_.inner[7] = _e553;
                    }
                    Frag _e559 = hook_load_right_i8_gemm_0_((out_1 * 5u) + 852u, 5u, lane_7, gemm_0_tile);
                    float ws_0_1_0_ = gemm_0_w_scale.inner[col_0_ + 16u];
                    float ws_0_1_1_ = gemm_0_w_scale.inner[col_1_ + 16u];
                    float ws_0_1_2_ = gemm_0_w_scale.inner[col_2_ + 16u];
                    float ws_0_1_3_ = gemm_0_w_scale.inner[col_3_ + 16u];
                    float ws_0_1_4_ = gemm_0_w_scale.inner[col_4_ + 16u];
                    float ws_0_1_5_ = gemm_0_w_scale.inner[col_5_ + 16u];
                    float ws_0_1_6_ = gemm_0_w_scale.inner[col_6_ + 16u];
                    float ws_0_1_7_ = gemm_0_w_scale.inner[col_7_ + 16u];
                    {
                        dot_3 = type_9 {};
                        hook_product_i8_gemm_0_(dot_3, _e231, _e559, lane_7, gemm_0_tile);
                        int _e603 = dot_3.inner[0];
                        dot_3.inner[0] = as_type<int>(as_type<uint>(_e603) * as_type<uint>(256));
                        int _e607 = dot_3.inner[1];
                        dot_3.inner[1] = as_type<int>(as_type<uint>(_e607) * as_type<uint>(256));
                        int _e611 = dot_3.inner[2];
                        dot_3.inner[2] = as_type<int>(as_type<uint>(_e611) * as_type<uint>(256));
                        int _e615 = dot_3.inner[3];
                        dot_3.inner[3] = as_type<int>(as_type<uint>(_e615) * as_type<uint>(256));
                        int _e619 = dot_3.inner[4];
                        dot_3.inner[4] = as_type<int>(as_type<uint>(_e619) * as_type<uint>(256));
                        int _e623 = dot_3.inner[5];
                        dot_3.inner[5] = as_type<int>(as_type<uint>(_e623) * as_type<uint>(256));
                        int _e627 = dot_3.inner[6];
                        dot_3.inner[6] = as_type<int>(as_type<uint>(_e627) * as_type<uint>(256));
                        int _e631 = dot_3.inner[7];
                        dot_3.inner[7] = as_type<int>(as_type<uint>(_e631) * as_type<uint>(256));
                        hook_mma_i8_gemm_0_(dot_3, _e235, _e559, lane_7, gemm_0_tile);
                        float _e636 = acc_0_0_1_.inner[0];
                        int _e638 = dot_3.inner[0];
                        float _e639 = gemm_0_plus(_e636, _e638, ws_0_1_0_, xs_0_0_);
                        acc_0_0_1_.inner[0] = _e639;
                        float _e642 = acc_0_0_1_.inner[1];
                        int _e644 = dot_3.inner[1];
                        float _e645 = gemm_0_plus(_e642, _e644, ws_0_1_1_, xs_0_1_);
                        acc_0_0_1_.inner[1] = _e645;
                        float _e648 = acc_0_0_1_.inner[2];
                        int _e650 = dot_3.inner[2];
                        float _e651 = gemm_0_plus(_e648, _e650, ws_0_1_2_, xs_0_2_);
                        acc_0_0_1_.inner[2] = _e651;
                        float _e654 = acc_0_0_1_.inner[3];
                        int _e656 = dot_3.inner[3];
                        float _e657 = gemm_0_plus(_e654, _e656, ws_0_1_3_, xs_0_3_);
                        acc_0_0_1_.inner[3] = _e657;
                        float _e660 = acc_0_0_1_.inner[4];
                        int _e662 = dot_3.inner[4];
                        float _e663 = gemm_0_plus(_e660, _e662, ws_0_1_4_, xs_0_4_);
                        acc_0_0_1_.inner[4] = _e663;
                        float _e666 = acc_0_0_1_.inner[5];
                        int _e668 = dot_3.inner[5];
                        float _e669 = gemm_0_plus(_e666, _e668, ws_0_1_5_, xs_0_5_);
                        acc_0_0_1_.inner[5] = _e669;
                        float _e672 = acc_0_0_1_.inner[6];
                        int _e674 = dot_3.inner[6];
                        float _e675 = gemm_0_plus(_e672, _e674, ws_0_1_6_, xs_0_6_);
                        acc_0_0_1_.inner[6] = _e675;
                        float _e678 = acc_0_0_1_.inner[7];
                        int _e680 = dot_3.inner[7];
                        float _e681 = gemm_0_plus(_e678, _e680, ws_0_1_7_, xs_0_7_);
                        acc_0_0_1_.inner[7] = _e681;
                    }
                    {
                        dot_4 = type_9 {};
                        hook_product_i8_gemm_0_(dot_4, _e291, _e559, lane_7, gemm_0_tile);
                        int _e685 = dot_4.inner[0];
                        dot_4.inner[0] = as_type<int>(as_type<uint>(_e685) * as_type<uint>(256));
                        int _e689 = dot_4.inner[1];
                        dot_4.inner[1] = as_type<int>(as_type<uint>(_e689) * as_type<uint>(256));
                        int _e693 = dot_4.inner[2];
                        dot_4.inner[2] = as_type<int>(as_type<uint>(_e693) * as_type<uint>(256));
                        int _e697 = dot_4.inner[3];
                        dot_4.inner[3] = as_type<int>(as_type<uint>(_e697) * as_type<uint>(256));
                        int _e701 = dot_4.inner[4];
                        dot_4.inner[4] = as_type<int>(as_type<uint>(_e701) * as_type<uint>(256));
                        int _e705 = dot_4.inner[5];
                        dot_4.inner[5] = as_type<int>(as_type<uint>(_e705) * as_type<uint>(256));
                        int _e709 = dot_4.inner[6];
                        dot_4.inner[6] = as_type<int>(as_type<uint>(_e709) * as_type<uint>(256));
                        int _e713 = dot_4.inner[7];
                        dot_4.inner[7] = as_type<int>(as_type<uint>(_e713) * as_type<uint>(256));
                        hook_mma_i8_gemm_0_(dot_4, _e295, _e559, lane_7, gemm_0_tile);
                        float _e718 = acc_0_1_1_.inner[0];
                        int _e720 = dot_4.inner[0];
                        float _e721 = gemm_0_plus(_e718, _e720, ws_0_1_0_, xs_1_0_);
                        acc_0_1_1_.inner[0] = _e721;
                        float _e724 = acc_0_1_1_.inner[1];
                        int _e726 = dot_4.inner[1];
                        float _e727 = gemm_0_plus(_e724, _e726, ws_0_1_1_, xs_1_1_);
                        acc_0_1_1_.inner[1] = _e727;
                        float _e730 = acc_0_1_1_.inner[2];
                        int _e732 = dot_4.inner[2];
                        float _e733 = gemm_0_plus(_e730, _e732, ws_0_1_2_, xs_1_2_);
                        acc_0_1_1_.inner[2] = _e733;
                        float _e736 = acc_0_1_1_.inner[3];
                        int _e738 = dot_4.inner[3];
                        float _e739 = gemm_0_plus(_e736, _e738, ws_0_1_3_, xs_1_3_);
                        acc_0_1_1_.inner[3] = _e739;
                        float _e742 = acc_0_1_1_.inner[4];
                        int _e744 = dot_4.inner[4];
                        float _e745 = gemm_0_plus(_e742, _e744, ws_0_1_4_, xs_1_4_);
                        acc_0_1_1_.inner[4] = _e745;
                        float _e748 = acc_0_1_1_.inner[5];
                        int _e750 = dot_4.inner[5];
                        float _e751 = gemm_0_plus(_e748, _e750, ws_0_1_5_, xs_1_5_);
                        acc_0_1_1_.inner[5] = _e751;
                        float _e754 = acc_0_1_1_.inner[6];
                        int _e756 = dot_4.inner[6];
                        float _e757 = gemm_0_plus(_e754, _e756, ws_0_1_6_, xs_1_6_);
                        acc_0_1_1_.inner[6] = _e757;
                        float _e760 = acc_0_1_1_.inner[7];
                        int _e762 = dot_4.inner[7];
                        float _e763 = gemm_0_plus(_e760, _e762, ws_0_1_7_, xs_1_7_);
                        acc_0_1_1_.inner[7] = _e763;
                    }
                }
                {
                    uint x_0_1 = ((token_1 + 0u) * 5u) + 2u;
                    Frag _e771 = hook_load_i8_gemm_0_(x_0_1, 5u, lane_7, gemm_0_tile);
                    Frag _e775 = hook_load_i8_gemm_0_(x_0_1 + 324u, 5u, lane_7, gemm_0_tile);
                    metal::uint4 _e780 = gemm_0_tile.inner[row_0_1 + 708u];
                    metal::float4 xs_0_0_1 = as_type<metal::float4>(_e780);
                    metal::uint4 _e786 = gemm_0_tile.inner[row_1_ + 708u];
                    metal::float4 xs_0_1_1 = as_type<metal::float4>(_e786);
                    metal::uint4 _e792 = gemm_0_tile.inner[row_2_ + 708u];
                    metal::float4 xs_0_2_1 = as_type<metal::float4>(_e792);
                    metal::uint4 _e798 = gemm_0_tile.inner[row_3_ + 708u];
                    metal::float4 xs_0_3_1 = as_type<metal::float4>(_e798);
                    metal::uint4 _e804 = gemm_0_tile.inner[row_4_ + 708u];
                    metal::float4 xs_0_4_1 = as_type<metal::float4>(_e804);
                    metal::uint4 _e810 = gemm_0_tile.inner[row_5_ + 708u];
                    metal::float4 xs_0_5_1 = as_type<metal::float4>(_e810);
                    metal::uint4 _e816 = gemm_0_tile.inner[row_6_ + 708u];
                    metal::float4 xs_0_6_1 = as_type<metal::float4>(_e816);
                    metal::uint4 _e822 = gemm_0_tile.inner[row_7_ + 708u];
                    metal::float4 xs_0_7_1 = as_type<metal::float4>(_e822);
                    uint x_1_1 = ((token_1 + 16u) * 5u) + 2u;
                    Frag _e831 = hook_load_i8_gemm_0_(x_1_1, 5u, lane_7, gemm_0_tile);
                    Frag _e835 = hook_load_i8_gemm_0_(x_1_1 + 324u, 5u, lane_7, gemm_0_tile);
                    metal::uint4 _e840 = gemm_0_tile.inner[row_0_1 + 724u];
                    metal::float4 xs_1_0_1 = as_type<metal::float4>(_e840);
                    metal::uint4 _e846 = gemm_0_tile.inner[row_1_ + 724u];
                    metal::float4 xs_1_1_1 = as_type<metal::float4>(_e846);
                    metal::uint4 _e852 = gemm_0_tile.inner[row_2_ + 724u];
                    metal::float4 xs_1_2_1 = as_type<metal::float4>(_e852);
                    metal::uint4 _e858 = gemm_0_tile.inner[row_3_ + 724u];
                    metal::float4 xs_1_3_1 = as_type<metal::float4>(_e858);
                    metal::uint4 _e864 = gemm_0_tile.inner[row_4_ + 724u];
                    metal::float4 xs_1_4_1 = as_type<metal::float4>(_e864);
                    metal::uint4 _e870 = gemm_0_tile.inner[row_5_ + 724u];
                    metal::float4 xs_1_5_1 = as_type<metal::float4>(_e870);
                    metal::uint4 _e876 = gemm_0_tile.inner[row_6_ + 724u];
                    metal::float4 xs_1_6_1 = as_type<metal::float4>(_e876);
                    metal::uint4 _e882 = gemm_0_tile.inner[row_7_ + 724u];
                    metal::float4 xs_1_7_1 = as_type<metal::float4>(_e882);
                    Frag _e889 = hook_load_right_i8_gemm_0_((out_1 * 5u) + 774u, 5u, lane_7, gemm_0_tile);
                    float ws_0_0_0_1 = gemm_0_w_scale.inner[col_0_ + 64u];
                    float ws_0_0_1_1 = gemm_0_w_scale.inner[col_1_ + 64u];
                    float ws_0_0_2_1 = gemm_0_w_scale.inner[col_2_ + 64u];
                    float ws_0_0_3_1 = gemm_0_w_scale.inner[col_3_ + 64u];
                    float ws_0_0_4_1 = gemm_0_w_scale.inner[col_4_ + 64u];
                    float ws_0_0_5_1 = gemm_0_w_scale.inner[col_5_ + 64u];
                    float ws_0_0_6_1 = gemm_0_w_scale.inner[col_6_ + 64u];
                    float ws_0_0_7_1 = gemm_0_w_scale.inner[col_7_ + 64u];
                    {
                        dot_5 = type_9 {};
                        hook_product_i8_gemm_0_(dot_5, _e771, _e889, lane_7, gemm_0_tile);
                        int _e933 = dot_5.inner[0];
                        dot_5.inner[0] = as_type<int>(as_type<uint>(_e933) * as_type<uint>(256));
                        int _e937 = dot_5.inner[1];
                        dot_5.inner[1] = as_type<int>(as_type<uint>(_e937) * as_type<uint>(256));
                        int _e941 = dot_5.inner[2];
                        dot_5.inner[2] = as_type<int>(as_type<uint>(_e941) * as_type<uint>(256));
                        int _e945 = dot_5.inner[3];
                        dot_5.inner[3] = as_type<int>(as_type<uint>(_e945) * as_type<uint>(256));
                        int _e949 = dot_5.inner[4];
                        dot_5.inner[4] = as_type<int>(as_type<uint>(_e949) * as_type<uint>(256));
                        int _e953 = dot_5.inner[5];
                        dot_5.inner[5] = as_type<int>(as_type<uint>(_e953) * as_type<uint>(256));
                        int _e957 = dot_5.inner[6];
                        dot_5.inner[6] = as_type<int>(as_type<uint>(_e957) * as_type<uint>(256));
                        int _e961 = dot_5.inner[7];
                        dot_5.inner[7] = as_type<int>(as_type<uint>(_e961) * as_type<uint>(256));
                        hook_mma_i8_gemm_0_(dot_5, _e775, _e889, lane_7, gemm_0_tile);
                        float _e966 = acc_0_0_0_.inner[0];
                        int _e968 = dot_5.inner[0];
                        float _e969 = gemm_0_plus(_e966, _e968, ws_0_0_0_1, xs_0_0_1);
                        acc_0_0_0_.inner[0] = _e969;
                        float _e972 = acc_0_0_0_.inner[1];
                        int _e974 = dot_5.inner[1];
                        float _e975 = gemm_0_plus(_e972, _e974, ws_0_0_1_1, xs_0_1_1);
                        acc_0_0_0_.inner[1] = _e975;
                        float _e978 = acc_0_0_0_.inner[2];
                        int _e980 = dot_5.inner[2];
                        float _e981 = gemm_0_plus(_e978, _e980, ws_0_0_2_1, xs_0_2_1);
                        acc_0_0_0_.inner[2] = _e981;
                        float _e984 = acc_0_0_0_.inner[3];
                        int _e986 = dot_5.inner[3];
                        float _e987 = gemm_0_plus(_e984, _e986, ws_0_0_3_1, xs_0_3_1);
                        acc_0_0_0_.inner[3] = _e987;
                        float _e990 = acc_0_0_0_.inner[4];
                        int _e992 = dot_5.inner[4];
                        float _e993 = gemm_0_plus(_e990, _e992, ws_0_0_4_1, xs_0_4_1);
                        acc_0_0_0_.inner[4] = _e993;
                        float _e996 = acc_0_0_0_.inner[5];
                        int _e998 = dot_5.inner[5];
                        float _e999 = gemm_0_plus(_e996, _e998, ws_0_0_5_1, xs_0_5_1);
                        acc_0_0_0_.inner[5] = _e999;
                        float _e1002 = acc_0_0_0_.inner[6];
                        int _e1004 = dot_5.inner[6];
                        float _e1005 = gemm_0_plus(_e1002, _e1004, ws_0_0_6_1, xs_0_6_1);
                        acc_0_0_0_.inner[6] = _e1005;
                        float _e1008 = acc_0_0_0_.inner[7];
                        int _e1010 = dot_5.inner[7];
                        float _e1011 = gemm_0_plus(_e1008, _e1010, ws_0_0_7_1, xs_0_7_1);
                        acc_0_0_0_.inner[7] = _e1011;
                    }
                    {
                        dot_6 = type_9 {};
                        hook_product_i8_gemm_0_(dot_6, _e831, _e889, lane_7, gemm_0_tile);
                        int _e1015 = dot_6.inner[0];
                        dot_6.inner[0] = as_type<int>(as_type<uint>(_e1015) * as_type<uint>(256));
                        int _e1019 = dot_6.inner[1];
                        dot_6.inner[1] = as_type<int>(as_type<uint>(_e1019) * as_type<uint>(256));
                        int _e1023 = dot_6.inner[2];
                        dot_6.inner[2] = as_type<int>(as_type<uint>(_e1023) * as_type<uint>(256));
                        int _e1027 = dot_6.inner[3];
                        dot_6.inner[3] = as_type<int>(as_type<uint>(_e1027) * as_type<uint>(256));
                        int _e1031 = dot_6.inner[4];
                        dot_6.inner[4] = as_type<int>(as_type<uint>(_e1031) * as_type<uint>(256));
                        int _e1035 = dot_6.inner[5];
                        dot_6.inner[5] = as_type<int>(as_type<uint>(_e1035) * as_type<uint>(256));
                        int _e1039 = dot_6.inner[6];
                        dot_6.inner[6] = as_type<int>(as_type<uint>(_e1039) * as_type<uint>(256));
                        int _e1043 = dot_6.inner[7];
                        dot_6.inner[7] = as_type<int>(as_type<uint>(_e1043) * as_type<uint>(256));
                        hook_mma_i8_gemm_0_(dot_6, _e835, _e889, lane_7, gemm_0_tile);
                        float _e1048 = acc_0_1_0_.inner[0];
                        int _e1050 = dot_6.inner[0];
                        float _e1051 = gemm_0_plus(_e1048, _e1050, ws_0_0_0_1, xs_1_0_1);
                        acc_0_1_0_.inner[0] = _e1051;
                        float _e1054 = acc_0_1_0_.inner[1];
                        int _e1056 = dot_6.inner[1];
                        float _e1057 = gemm_0_plus(_e1054, _e1056, ws_0_0_1_1, xs_1_1_1);
                        acc_0_1_0_.inner[1] = _e1057;
                        float _e1060 = acc_0_1_0_.inner[2];
                        int _e1062 = dot_6.inner[2];
                        float _e1063 = gemm_0_plus(_e1060, _e1062, ws_0_0_2_1, xs_1_2_1);
                        acc_0_1_0_.inner[2] = _e1063;
                        float _e1066 = acc_0_1_0_.inner[3];
                        int _e1068 = dot_6.inner[3];
                        float _e1069 = gemm_0_plus(_e1066, _e1068, ws_0_0_3_1, xs_1_3_1);
                        acc_0_1_0_.inner[3] = _e1069;
                        float _e1072 = acc_0_1_0_.inner[4];
                        int _e1074 = dot_6.inner[4];
                        float _e1075 = gemm_0_plus(_e1072, _e1074, ws_0_0_4_1, xs_1_4_1);
                        acc_0_1_0_.inner[4] = _e1075;
                        float _e1078 = acc_0_1_0_.inner[5];
                        int _e1080 = dot_6.inner[5];
                        float _e1081 = gemm_0_plus(_e1078, _e1080, ws_0_0_5_1, xs_1_5_1);
                        acc_0_1_0_.inner[5] = _e1081;
                        float _e1084 = acc_0_1_0_.inner[6];
                        int _e1086 = dot_6.inner[6];
                        float _e1087 = gemm_0_plus(_e1084, _e1086, ws_0_0_6_1, xs_1_6_1);
                        acc_0_1_0_.inner[6] = _e1087;
                        float _e1090 = acc_0_1_0_.inner[7];
                        int _e1092 = dot_6.inner[7];
                        float _e1093 = gemm_0_plus(_e1090, _e1092, ws_0_0_7_1, xs_1_7_1);
                        acc_0_1_0_.inner[7] = _e1093;
                    }
                    Frag _e1099 = hook_load_right_i8_gemm_0_((out_1 * 5u) + 854u, 5u, lane_7, gemm_0_tile);
                    float ws_0_1_0_1 = gemm_0_w_scale.inner[col_0_ + 80u];
                    float ws_0_1_1_1 = gemm_0_w_scale.inner[col_1_ + 80u];
                    float ws_0_1_2_1 = gemm_0_w_scale.inner[col_2_ + 80u];
                    float ws_0_1_3_1 = gemm_0_w_scale.inner[col_3_ + 80u];
                    float ws_0_1_4_1 = gemm_0_w_scale.inner[col_4_ + 80u];
                    float ws_0_1_5_1 = gemm_0_w_scale.inner[col_5_ + 80u];
                    float ws_0_1_6_1 = gemm_0_w_scale.inner[col_6_ + 80u];
                    float ws_0_1_7_1 = gemm_0_w_scale.inner[col_7_ + 80u];
                    {
                        dot_7 = type_9 {};
                        hook_product_i8_gemm_0_(dot_7, _e771, _e1099, lane_7, gemm_0_tile);
                        int _e1143 = dot_7.inner[0];
                        dot_7.inner[0] = as_type<int>(as_type<uint>(_e1143) * as_type<uint>(256));
                        int _e1147 = dot_7.inner[1];
                        dot_7.inner[1] = as_type<int>(as_type<uint>(_e1147) * as_type<uint>(256));
                        int _e1151 = dot_7.inner[2];
                        dot_7.inner[2] = as_type<int>(as_type<uint>(_e1151) * as_type<uint>(256));
                        int _e1155 = dot_7.inner[3];
                        dot_7.inner[3] = as_type<int>(as_type<uint>(_e1155) * as_type<uint>(256));
                        int _e1159 = dot_7.inner[4];
                        dot_7.inner[4] = as_type<int>(as_type<uint>(_e1159) * as_type<uint>(256));
                        int _e1163 = dot_7.inner[5];
                        dot_7.inner[5] = as_type<int>(as_type<uint>(_e1163) * as_type<uint>(256));
                        int _e1167 = dot_7.inner[6];
                        dot_7.inner[6] = as_type<int>(as_type<uint>(_e1167) * as_type<uint>(256));
                        int _e1171 = dot_7.inner[7];
                        dot_7.inner[7] = as_type<int>(as_type<uint>(_e1171) * as_type<uint>(256));
                        hook_mma_i8_gemm_0_(dot_7, _e775, _e1099, lane_7, gemm_0_tile);
                        float _e1176 = acc_0_0_1_.inner[0];
                        int _e1178 = dot_7.inner[0];
                        float _e1179 = gemm_0_plus(_e1176, _e1178, ws_0_1_0_1, xs_0_0_1);
                        acc_0_0_1_.inner[0] = _e1179;
                        float _e1182 = acc_0_0_1_.inner[1];
                        int _e1184 = dot_7.inner[1];
                        float _e1185 = gemm_0_plus(_e1182, _e1184, ws_0_1_1_1, xs_0_1_1);
                        acc_0_0_1_.inner[1] = _e1185;
                        float _e1188 = acc_0_0_1_.inner[2];
                        int _e1190 = dot_7.inner[2];
                        float _e1191 = gemm_0_plus(_e1188, _e1190, ws_0_1_2_1, xs_0_2_1);
                        acc_0_0_1_.inner[2] = _e1191;
                        float _e1194 = acc_0_0_1_.inner[3];
                        int _e1196 = dot_7.inner[3];
                        float _e1197 = gemm_0_plus(_e1194, _e1196, ws_0_1_3_1, xs_0_3_1);
                        acc_0_0_1_.inner[3] = _e1197;
                        float _e1200 = acc_0_0_1_.inner[4];
                        int _e1202 = dot_7.inner[4];
                        float _e1203 = gemm_0_plus(_e1200, _e1202, ws_0_1_4_1, xs_0_4_1);
                        acc_0_0_1_.inner[4] = _e1203;
                        float _e1206 = acc_0_0_1_.inner[5];
                        int _e1208 = dot_7.inner[5];
                        float _e1209 = gemm_0_plus(_e1206, _e1208, ws_0_1_5_1, xs_0_5_1);
                        acc_0_0_1_.inner[5] = _e1209;
                        float _e1212 = acc_0_0_1_.inner[6];
                        int _e1214 = dot_7.inner[6];
                        float _e1215 = gemm_0_plus(_e1212, _e1214, ws_0_1_6_1, xs_0_6_1);
                        acc_0_0_1_.inner[6] = _e1215;
                        float _e1218 = acc_0_0_1_.inner[7];
                        int _e1220 = dot_7.inner[7];
                        float _e1221 = gemm_0_plus(_e1218, _e1220, ws_0_1_7_1, xs_0_7_1);
                        acc_0_0_1_.inner[7] = _e1221;
                    }
                    {
                        dot_8 = type_9 {};
                        hook_product_i8_gemm_0_(dot_8, _e831, _e1099, lane_7, gemm_0_tile);
                        int _e1225 = dot_8.inner[0];
                        dot_8.inner[0] = as_type<int>(as_type<uint>(_e1225) * as_type<uint>(256));
                        int _e1229 = dot_8.inner[1];
                        dot_8.inner[1] = as_type<int>(as_type<uint>(_e1229) * as_type<uint>(256));
                        int _e1233 = dot_8.inner[2];
                        dot_8.inner[2] = as_type<int>(as_type<uint>(_e1233) * as_type<uint>(256));
                        int _e1237 = dot_8.inner[3];
                        dot_8.inner[3] = as_type<int>(as_type<uint>(_e1237) * as_type<uint>(256));
                        int _e1241 = dot_8.inner[4];
                        dot_8.inner[4] = as_type<int>(as_type<uint>(_e1241) * as_type<uint>(256));
                        int _e1245 = dot_8.inner[5];
                        dot_8.inner[5] = as_type<int>(as_type<uint>(_e1245) * as_type<uint>(256));
                        int _e1249 = dot_8.inner[6];
                        dot_8.inner[6] = as_type<int>(as_type<uint>(_e1249) * as_type<uint>(256));
                        int _e1253 = dot_8.inner[7];
                        dot_8.inner[7] = as_type<int>(as_type<uint>(_e1253) * as_type<uint>(256));
                        hook_mma_i8_gemm_0_(dot_8, _e835, _e1099, lane_7, gemm_0_tile);
                        float _e1258 = acc_0_1_1_.inner[0];
                        int _e1260 = dot_8.inner[0];
                        float _e1261 = gemm_0_plus(_e1258, _e1260, ws_0_1_0_1, xs_1_0_1);
                        acc_0_1_1_.inner[0] = _e1261;
                        float _e1264 = acc_0_1_1_.inner[1];
                        int _e1266 = dot_8.inner[1];
                        float _e1267 = gemm_0_plus(_e1264, _e1266, ws_0_1_1_1, xs_1_1_1);
                        acc_0_1_1_.inner[1] = _e1267;
                        float _e1270 = acc_0_1_1_.inner[2];
                        int _e1272 = dot_8.inner[2];
                        float _e1273 = gemm_0_plus(_e1270, _e1272, ws_0_1_2_1, xs_1_2_1);
                        acc_0_1_1_.inner[2] = _e1273;
                        float _e1276 = acc_0_1_1_.inner[3];
                        int _e1278 = dot_8.inner[3];
                        float _e1279 = gemm_0_plus(_e1276, _e1278, ws_0_1_3_1, xs_1_3_1);
                        acc_0_1_1_.inner[3] = _e1279;
                        float _e1282 = acc_0_1_1_.inner[4];
                        int _e1284 = dot_8.inner[4];
                        float _e1285 = gemm_0_plus(_e1282, _e1284, ws_0_1_4_1, xs_1_4_1);
                        acc_0_1_1_.inner[4] = _e1285;
                        float _e1288 = acc_0_1_1_.inner[5];
                        int _e1290 = dot_8.inner[5];
                        float _e1291 = gemm_0_plus(_e1288, _e1290, ws_0_1_5_1, xs_1_5_1);
                        acc_0_1_1_.inner[5] = _e1291;
                        float _e1294 = acc_0_1_1_.inner[6];
                        int _e1296 = dot_8.inner[6];
                        float _e1297 = gemm_0_plus(_e1294, _e1296, ws_0_1_6_1, xs_1_6_1);
                        acc_0_1_1_.inner[6] = _e1297;
                        float _e1300 = acc_0_1_1_.inner[7];
                        int _e1302 = dot_8.inner[7];
                        float _e1303 = gemm_0_plus(_e1300, _e1302, ws_0_1_7_1, xs_1_7_1);
                        acc_0_1_1_.inner[7] = _e1303;
                    }
                }
            }
        }
    }
    float _e1312 = acc_0_0_0_.inner[0];
    gemm_0_store(place_3, row_0_1 + 0u, col_0_ + 0u, _e1312, p, y_3_, _buffer_sizes);
    float _e1318 = acc_0_0_0_.inner[1];
    gemm_0_store(place_3, row_1_ + 0u, col_1_ + 0u, _e1318, p, y_3_, _buffer_sizes);
    float _e1324 = acc_0_0_0_.inner[2];
    gemm_0_store(place_3, row_2_ + 0u, col_2_ + 0u, _e1324, p, y_3_, _buffer_sizes);
    float _e1330 = acc_0_0_0_.inner[3];
    gemm_0_store(place_3, row_3_ + 0u, col_3_ + 0u, _e1330, p, y_3_, _buffer_sizes);
    float _e1336 = acc_0_0_0_.inner[4];
    gemm_0_store(place_3, row_4_ + 0u, col_4_ + 0u, _e1336, p, y_3_, _buffer_sizes);
    float _e1342 = acc_0_0_0_.inner[5];
    gemm_0_store(place_3, row_5_ + 0u, col_5_ + 0u, _e1342, p, y_3_, _buffer_sizes);
    float _e1348 = acc_0_0_0_.inner[6];
    gemm_0_store(place_3, row_6_ + 0u, col_6_ + 0u, _e1348, p, y_3_, _buffer_sizes);
    float _e1354 = acc_0_0_0_.inner[7];
    gemm_0_store(place_3, row_7_ + 0u, col_7_ + 0u, _e1354, p, y_3_, _buffer_sizes);
    float _e1360 = acc_0_0_1_.inner[0];
    gemm_0_store(place_3, row_0_1 + 0u, col_0_ + 16u, _e1360, p, y_3_, _buffer_sizes);
    float _e1366 = acc_0_0_1_.inner[1];
    gemm_0_store(place_3, row_1_ + 0u, col_1_ + 16u, _e1366, p, y_3_, _buffer_sizes);
    float _e1372 = acc_0_0_1_.inner[2];
    gemm_0_store(place_3, row_2_ + 0u, col_2_ + 16u, _e1372, p, y_3_, _buffer_sizes);
    float _e1378 = acc_0_0_1_.inner[3];
    gemm_0_store(place_3, row_3_ + 0u, col_3_ + 16u, _e1378, p, y_3_, _buffer_sizes);
    float _e1384 = acc_0_0_1_.inner[4];
    gemm_0_store(place_3, row_4_ + 0u, col_4_ + 16u, _e1384, p, y_3_, _buffer_sizes);
    float _e1390 = acc_0_0_1_.inner[5];
    gemm_0_store(place_3, row_5_ + 0u, col_5_ + 16u, _e1390, p, y_3_, _buffer_sizes);
    float _e1396 = acc_0_0_1_.inner[6];
    gemm_0_store(place_3, row_6_ + 0u, col_6_ + 16u, _e1396, p, y_3_, _buffer_sizes);
    float _e1402 = acc_0_0_1_.inner[7];
    gemm_0_store(place_3, row_7_ + 0u, col_7_ + 16u, _e1402, p, y_3_, _buffer_sizes);
    float _e1408 = acc_0_1_0_.inner[0];
    gemm_0_store(place_3, row_0_1 + 16u, col_0_ + 0u, _e1408, p, y_3_, _buffer_sizes);
    float _e1414 = acc_0_1_0_.inner[1];
    gemm_0_store(place_3, row_1_ + 16u, col_1_ + 0u, _e1414, p, y_3_, _buffer_sizes);
    float _e1420 = acc_0_1_0_.inner[2];
    gemm_0_store(place_3, row_2_ + 16u, col_2_ + 0u, _e1420, p, y_3_, _buffer_sizes);
    float _e1426 = acc_0_1_0_.inner[3];
    gemm_0_store(place_3, row_3_ + 16u, col_3_ + 0u, _e1426, p, y_3_, _buffer_sizes);
    float _e1432 = acc_0_1_0_.inner[4];
    gemm_0_store(place_3, row_4_ + 16u, col_4_ + 0u, _e1432, p, y_3_, _buffer_sizes);
    float _e1438 = acc_0_1_0_.inner[5];
    gemm_0_store(place_3, row_5_ + 16u, col_5_ + 0u, _e1438, p, y_3_, _buffer_sizes);
    float _e1444 = acc_0_1_0_.inner[6];
    gemm_0_store(place_3, row_6_ + 16u, col_6_ + 0u, _e1444, p, y_3_, _buffer_sizes);
    float _e1450 = acc_0_1_0_.inner[7];
    gemm_0_store(place_3, row_7_ + 16u, col_7_ + 0u, _e1450, p, y_3_, _buffer_sizes);
    float _e1456 = acc_0_1_1_.inner[0];
    gemm_0_store(place_3, row_0_1 + 16u, col_0_ + 16u, _e1456, p, y_3_, _buffer_sizes);
    float _e1462 = acc_0_1_1_.inner[1];
    gemm_0_store(place_3, row_1_ + 16u, col_1_ + 16u, _e1462, p, y_3_, _buffer_sizes);
    float _e1468 = acc_0_1_1_.inner[2];
    gemm_0_store(place_3, row_2_ + 16u, col_2_ + 16u, _e1468, p, y_3_, _buffer_sizes);
    float _e1474 = acc_0_1_1_.inner[3];
    gemm_0_store(place_3, row_3_ + 16u, col_3_ + 16u, _e1474, p, y_3_, _buffer_sizes);
    float _e1480 = acc_0_1_1_.inner[4];
    gemm_0_store(place_3, row_4_ + 16u, col_4_ + 16u, _e1480, p, y_3_, _buffer_sizes);
    float _e1486 = acc_0_1_1_.inner[5];
    gemm_0_store(place_3, row_5_ + 16u, col_5_ + 16u, _e1486, p, y_3_, _buffer_sizes);
    float _e1492 = acc_0_1_1_.inner[6];
    gemm_0_store(place_3, row_6_ + 16u, col_6_ + 16u, _e1492, p, y_3_, _buffer_sizes);
    float _e1498 = acc_0_1_1_.inner[7];
    gemm_0_store(place_3, row_7_ + 16u, col_7_ + 16u, _e1498, p, y_3_, _buffer_sizes);
    return;
}

void gemm_0_(
    At at_2,
    constant Params& p,
    device type_2 const& qx_1_v4_,
    device type_2 const& w_2_,
    device type_4& y_3_,
    threadgroup type_8& gemm_0_tile,
    threadgroup type_11& gemm_0_w_scale,
    threadgroup type_12& gemm_0_record,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_5 = {};
    uint group_1 = at_2.x / 1u;
    uint first = (at_2.x % 1u) * 64u;
    uint token_2 = at_2.y * 64u;
    i_5 = at_2.lid;
    bool loop_init_4 = true;
    while(true) {
        if (!loop_init_4) {
            uint _e33 = i_5;
            i_5 = _e33 + 128u;
        }
        loop_init_4 = false;
        uint _e14 = i_5;
        if (_e14 < 64u) {
        } else {
            break;
        }
        {
            uint _e18 = i_5;
            uint _e20 = i_5;
            uint _e24 = p.rows;
            gemm_0_record.inner[_e18] = ((metal::min(token_2 + _e20, _e24 - 1u) * 1u) + group_1) * 128u;
        }
    }
    uint row_3 = group_1 * 64u;
    uint _e40 = p.rows;
    metal::uint4 place_4 = metal::uint4(group_1, first, token_2, _e40 - token_2);
    gemm_0_gemm(place_4, row_3 + first, row_3 + 63u, at_2.lid, p, qx_1_v4_, w_2_, y_3_, gemm_0_tile, gemm_0_w_scale, gemm_0_record, _buffer_sizes);
    return;
}

struct gemm_ojfnbrInput {
};
[[max_total_threads_per_threadgroup(128)]] kernel void gemm_ojfnbr(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, constant Params& p [[buffer(30)]]
, device type_2 const& qx_1_v4_ [[buffer(1)]]
, device type_2 const& w_2_ [[buffer(2)]]
, device type_4& y_3_ [[buffer(3)]]
, threadgroup type_8& gemm_0_tile
, threadgroup type_11& gemm_0_w_scale
, threadgroup type_12& gemm_0_record
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_4 = At {group.x, group.y, lid, lane, sg};
    gemm_0_(at_4, p, qx_1_v4_, w_2_, y_3_, gemm_0_tile, gemm_0_w_scale, gemm_0_record, _buffer_sizes);
    return;
}
