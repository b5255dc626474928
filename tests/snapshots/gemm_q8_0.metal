// gemm_jaogya
//
// gemm of matmul (MODEL.md 2.5)
//   template ops/gemm, CHUNK = 64, DEPTH = 16, I = 4096, JT = 32, O = 64, OUT = 64, ROWS = 2, TOKENS = 64
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
    metal::uint4 inner[960];
};
struct type_9 {
    int inner[8];
};
struct type_12 {
    metal::float4 inner[128];
};
struct type_13 {
    float inner[128];
};
struct type_14 {
    uint inner[64];
};
struct type_15 {
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
    uint at_2 = (n * 8u) + (n / 2u);
    uint _e10 = w_2_word(at_2, w_2_, _buffer_sizes);
    metal::uint4 _e13 = w_2_words(at_2 + 1u, w_2_, _buffer_sizes);
    metal::uint4 _e16 = w_2_words(at_2 + 5u, w_2_, _buffer_sizes);
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

void hook_mma_i8_gemm_0_(
    thread type_9& acc,
    Frag a_2,
    Frag b_2,
    uint lane_4,
    threadgroup type_8& gemm_0_tile
) {
    uint i_3 = 0u;
    uint _e6 = hook_acc_col(lane_4, 0u);
    uint right = b_2.inner[0] + (_e6 * b_2.inner[1]);
    bool loop_init_1 = true;
    while(true) {
        if (!loop_init_1) {
            uint _e194 = i_3;
            i_3 = _e194 + 1u;
        }
        loop_init_1 = false;
        uint _e12 = i_3;
        if (_e12 < 8u) {
        } else {
            break;
        }
        {
            uint _e16 = i_3;
            uint _e21 = i_3;
            uint word = gemm_0_tile.inner[right + (_e16 / 4u)][_e21 % 4u];
            uint _e28 = hook_acc_row(lane_4, 0u);
            uint _e32 = i_3;
            uint left_0_ = (a_2.inner[0] + (_e28 * a_2.inner[1])) + (_e32 / 4u);
            int _e37 = acc.inner[0];
            uint _e40 = i_3;
            uint _e44 = gemm_0_tile.inner[left_0_][_e40 % 4u];
            int _e45 = dp4a(_e44, word);
            acc.inner[0] = as_type<int>(as_type<uint>(_e37) + as_type<uint>(_e45));
            uint _e49 = hook_acc_row(lane_4, 1u);
            uint _e53 = i_3;
            uint left_1_ = (a_2.inner[0] + (_e49 * a_2.inner[1])) + (_e53 / 4u);
            int _e58 = acc.inner[1];
            uint _e61 = i_3;
            uint _e65 = gemm_0_tile.inner[left_1_][_e61 % 4u];
            int _e66 = dp4a(_e65, word);
            acc.inner[1] = as_type<int>(as_type<uint>(_e58) + as_type<uint>(_e66));
            uint _e70 = hook_acc_row(lane_4, 2u);
            uint _e74 = i_3;
            uint left_2_ = (a_2.inner[0] + (_e70 * a_2.inner[1])) + (_e74 / 4u);
            int _e79 = acc.inner[2];
            uint _e82 = i_3;
            uint _e86 = gemm_0_tile.inner[left_2_][_e82 % 4u];
            int _e87 = dp4a(_e86, word);
            acc.inner[2] = as_type<int>(as_type<uint>(_e79) + as_type<uint>(_e87));
            uint _e91 = hook_acc_row(lane_4, 3u);
            uint _e95 = i_3;
            uint left_3_ = (a_2.inner[0] + (_e91 * a_2.inner[1])) + (_e95 / 4u);
            int _e100 = acc.inner[3];
            uint _e103 = i_3;
            uint _e107 = gemm_0_tile.inner[left_3_][_e103 % 4u];
            int _e108 = dp4a(_e107, word);
            acc.inner[3] = as_type<int>(as_type<uint>(_e100) + as_type<uint>(_e108));
            uint _e112 = hook_acc_row(lane_4, 4u);
            uint _e116 = i_3;
            uint left_4_ = (a_2.inner[0] + (_e112 * a_2.inner[1])) + (_e116 / 4u);
            int _e121 = acc.inner[4];
            uint _e124 = i_3;
            uint _e128 = gemm_0_tile.inner[left_4_][_e124 % 4u];
            int _e129 = dp4a(_e128, word);
            acc.inner[4] = as_type<int>(as_type<uint>(_e121) + as_type<uint>(_e129));
            uint _e133 = hook_acc_row(lane_4, 5u);
            uint _e137 = i_3;
            uint left_5_ = (a_2.inner[0] + (_e133 * a_2.inner[1])) + (_e137 / 4u);
            int _e142 = acc.inner[5];
            uint _e145 = i_3;
            uint _e149 = gemm_0_tile.inner[left_5_][_e145 % 4u];
            int _e150 = dp4a(_e149, word);
            acc.inner[5] = as_type<int>(as_type<uint>(_e142) + as_type<uint>(_e150));
            uint _e154 = hook_acc_row(lane_4, 6u);
            uint _e158 = i_3;
            uint left_6_ = (a_2.inner[0] + (_e154 * a_2.inner[1])) + (_e158 / 4u);
            int _e163 = acc.inner[6];
            uint _e166 = i_3;
            uint _e170 = gemm_0_tile.inner[left_6_][_e166 % 4u];
            int _e171 = dp4a(_e170, word);
            acc.inner[6] = as_type<int>(as_type<uint>(_e163) + as_type<uint>(_e171));
            uint _e175 = hook_acc_row(lane_4, 7u);
            uint _e179 = i_3;
            uint left_7_ = (a_2.inner[0] + (_e175 * a_2.inner[1])) + (_e179 / 4u);
            int _e184 = acc.inner[7];
            uint _e187 = i_3;
            uint _e191 = gemm_0_tile.inner[left_7_][_e187 % 4u];
            int _e192 = dp4a(_e191, word);
            acc.inner[7] = as_type<int>(as_type<uint>(_e184) + as_type<uint>(_e192));
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

void gemm_0_store(
    metal::uint4 place_1,
    uint token,
    uint out,
    float value,
    constant Params& p,
    device type_4& y_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    bool local = {};
    uint o = place_1.y + out;
    uint t = place_1.z + token;
    if (o < 64u) {
        uint _e14 = p.rows;
        local = t < _e14;
    } else {
        local = false;
    }
    bool _e17 = local;
    if (_e17) {
        y_3_[(((t * 1u) + place_1.x) * 64u) + o] = value;
        return;
    } else {
        return;
    }
}

void gemm_0_gemm(
    metal::uint4 place_2,
    uint row_1,
    uint last,
    uint lid_1,
    constant Params& p,
    device type_2 const& qx_1_v4_,
    device type_2 const& w_2_,
    device type_4& y_3_,
    threadgroup type_8& gemm_0_tile,
    threadgroup type_12& gemm_0_x_scale,
    threadgroup type_13& gemm_0_w_scale,
    threadgroup type_14& gemm_0_record,
    constant _mslBufferSizes& _buffer_sizes
) {
    type_15 acc_0_0_0_ = type_15 {};
    type_15 acc_0_0_1_ = type_15 {};
    type_15 acc_0_1_0_ = type_15 {};
    type_15 acc_0_1_1_ = type_15 {};
    metal::uint4 x_0_0_ = {};
    metal::uint4 x_0_1_ = {};
    metal::uint4 x_0_2_ = {};
    metal::uint4 x_0_3_ = {};
    metal::uint4 x_0_4_ = {};
    w_2_Unit unit_0_0_ = {};
    uint step = 0u;
    type_9 dot_1 = {};
    type_9 dot_2 = {};
    type_9 dot_3 = {};
    type_9 dot_4 = {};
    type_9 dot_5 = {};
    type_9 dot_6 = {};
    type_9 dot_7 = {};
    type_9 dot_8 = {};
    uint lane_5 = lid_1 % 32u;
    uint token_1 = ((lid_1 / 32u) / 2u) * 32u;
    uint out_1 = ((lid_1 / 32u) % 2u) * 32u;
    uint _e27 = hook_acc_row(lane_5, 0u);
    uint row_0_ = token_1 + _e27;
    uint _e30 = hook_acc_col(lane_5, 0u);
    uint col_0_ = out_1 + _e30;
    uint _e33 = hook_acc_row(lane_5, 1u);
    uint row_1_ = token_1 + _e33;
    uint _e36 = hook_acc_col(lane_5, 1u);
    uint col_1_ = out_1 + _e36;
    uint _e39 = hook_acc_row(lane_5, 2u);
    uint row_2_ = token_1 + _e39;
    uint _e42 = hook_acc_col(lane_5, 2u);
    uint col_2_ = out_1 + _e42;
    uint _e45 = hook_acc_row(lane_5, 3u);
    uint row_3_ = token_1 + _e45;
    uint _e48 = hook_acc_col(lane_5, 3u);
    uint col_3_ = out_1 + _e48;
    uint _e51 = hook_acc_row(lane_5, 4u);
    uint row_4_ = token_1 + _e51;
    uint _e54 = hook_acc_col(lane_5, 4u);
    uint col_4_ = out_1 + _e54;
    uint _e57 = hook_acc_row(lane_5, 5u);
    uint row_5_ = token_1 + _e57;
    uint _e60 = hook_acc_col(lane_5, 5u);
    uint col_5_ = out_1 + _e60;
    uint _e63 = hook_acc_row(lane_5, 6u);
    uint row_6_ = token_1 + _e63;
    uint _e66 = hook_acc_col(lane_5, 6u);
    uint col_6_ = out_1 + _e66;
    uint _e69 = hook_acc_row(lane_5, 7u);
    uint row_7_ = token_1 + _e69;
    uint _e72 = hook_acc_col(lane_5, 7u);
    uint col_7_ = out_1 + _e72;
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint _e82 = gemm_0_record.inner[((lid_1 + 0u) % 128u) / 2u];
    uint record_0_ = _e82 + (lid_1 % 2u);
    metal::uint4 _e97 = qx_1_v4_[(((record_0_ / 8u) * 40u) + (record_0_ % 8u)) + 0u];
    x_0_0_ = _e97;
    metal::uint4 _e110 = qx_1_v4_[(((record_0_ / 8u) * 40u) + (record_0_ % 8u)) + 8u];
    x_0_1_ = _e110;
    metal::uint4 _e123 = qx_1_v4_[(((record_0_ / 8u) * 40u) + (record_0_ % 8u)) + 16u];
    x_0_2_ = _e123;
    metal::uint4 _e136 = qx_1_v4_[(((record_0_ / 8u) * 40u) + (record_0_ % 8u)) + 24u];
    x_0_3_ = _e136;
    metal::uint4 _e149 = qx_1_v4_[(((record_0_ / 8u) * 40u) + (record_0_ % 8u)) + 32u];
    x_0_4_ = _e149;
    uint weights_0_ = metal::min(row_1 + (((lid_1 + 0u) % 128u) / 2u), last);
    w_2_Unit _e161 = w_2_load(weights_0_, lid_1 % 2u, w_2_, _buffer_sizes);
    unit_0_0_ = _e161;
    bool loop_init_2 = true;
    while(true) {
        if (!loop_init_2) {
            uint _e1376 = step;
            step = _e1376 + 1u;
        }
        loop_init_2 = false;
        uint _e165 = step;
        if (_e165 < 64u) {
        } else {
            break;
        }
        {
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            {
                uint i_5 = lid_1 + 0u;
                uint to = ((i_5 / 2u) * 5u) + ((i_5 % 2u) * 2u);
                metal::uint4 _e181 = x_0_0_;
                gemm_0_tile.inner[to] = _e181;
                metal::uint4 _e186 = x_0_1_;
                gemm_0_tile.inner[to + 1u] = _e186;
                metal::uint4 _e191 = x_0_2_;
                gemm_0_tile.inner[to + 320u] = _e191;
                metal::uint4 _e196 = x_0_3_;
                gemm_0_tile.inner[to + 321u] = _e196;
                metal::uint4 _e206 = x_0_4_;
                gemm_0_x_scale.inner[((i_5 % 2u) * 64u) + (i_5 / 2u)] = as_type<metal::float4>(_e206);
            }
            {
                uint i_6 = lid_1 + 0u;
                uint u_2 = i_6 % 2u;
                w_2_Unit _e212 = unit_0_0_;
                uint _e213 = step;
                Group _e218 = w_2_group(_e212, (_e213 * 2u) + u_2, 0u);
                uint to_0_ = ((i_6 / 2u) * 5u) + (((u_2 * 1u) + 0u) * 2u);
                gemm_0_tile.inner[to_0_ + 640u] = _e218.a;
                gemm_0_tile.inner[to_0_ + 641u] = _e218.b;
                uint scale_at_0_ = (((0u + (u_2 * 1u)) + 0u) * 64u) + (i_6 / 2u);
                gemm_0_w_scale.inner[scale_at_0_] = _e218.scale;
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            uint _e254 = step;
            uint next = metal::min(_e254 + 1u, 63u);
            uint next_0_ = record_0_ + (next * 2u);
            metal::uint4 _e273 = qx_1_v4_[(((next_0_ / 8u) * 40u) + (next_0_ % 8u)) + 0u];
            x_0_0_ = _e273;
            metal::uint4 _e285 = qx_1_v4_[(((next_0_ / 8u) * 40u) + (next_0_ % 8u)) + 8u];
            x_0_1_ = _e285;
            metal::uint4 _e297 = qx_1_v4_[(((next_0_ / 8u) * 40u) + (next_0_ % 8u)) + 16u];
            x_0_2_ = _e297;
            metal::uint4 _e309 = qx_1_v4_[(((next_0_ / 8u) * 40u) + (next_0_ % 8u)) + 24u];
            x_0_3_ = _e309;
            metal::uint4 _e321 = qx_1_v4_[(((next_0_ / 8u) * 40u) + (next_0_ % 8u)) + 32u];
            x_0_4_ = _e321;
            w_2_Unit _e327 = w_2_load(weights_0_, (next * 2u) + (lid_1 % 2u), w_2_, _buffer_sizes);
            unit_0_0_ = _e327;
            {
                uint x_0_ = ((token_1 + 0u) * 5u) + 0u;
                Frag _e335 = hook_load_i8_gemm_0_(x_0_, 5u, lane_5, gemm_0_tile);
                Frag _e339 = hook_load_i8_gemm_0_(x_0_ + 320u, 5u, lane_5, gemm_0_tile);
                metal::float4 xs_0_0_ = gemm_0_x_scale.inner[row_0_ + 0u];
                metal::float4 xs_0_1_ = gemm_0_x_scale.inner[row_1_ + 0u];
                metal::float4 xs_0_2_ = gemm_0_x_scale.inner[row_2_ + 0u];
                metal::float4 xs_0_3_ = gemm_0_x_scale.inner[row_3_ + 0u];
                metal::float4 xs_0_4_ = gemm_0_x_scale.inner[row_4_ + 0u];
                metal::float4 xs_0_5_ = gemm_0_x_scale.inner[row_5_ + 0u];
                metal::float4 xs_0_6_ = gemm_0_x_scale.inner[row_6_ + 0u];
                metal::float4 xs_0_7_ = gemm_0_x_scale.inner[row_7_ + 0u];
                uint x_1_ = ((token_1 + 16u) * 5u) + 0u;
                Frag _e387 = hook_load_i8_gemm_0_(x_1_, 5u, lane_5, gemm_0_tile);
                Frag _e391 = hook_load_i8_gemm_0_(x_1_ + 320u, 5u, lane_5, gemm_0_tile);
                metal::float4 xs_1_0_ = gemm_0_x_scale.inner[row_0_ + 16u];
                metal::float4 xs_1_1_ = gemm_0_x_scale.inner[row_1_ + 16u];
                metal::float4 xs_1_2_ = gemm_0_x_scale.inner[row_2_ + 16u];
                metal::float4 xs_1_3_ = gemm_0_x_scale.inner[row_3_ + 16u];
                metal::float4 xs_1_4_ = gemm_0_x_scale.inner[row_4_ + 16u];
                metal::float4 xs_1_5_ = gemm_0_x_scale.inner[row_5_ + 16u];
                metal::float4 xs_1_6_ = gemm_0_x_scale.inner[row_6_ + 16u];
                metal::float4 xs_1_7_ = gemm_0_x_scale.inner[row_7_ + 16u];
                Frag _e437 = hook_load_i8_gemm_0_((out_1 * 5u) + 640u, 5u, lane_5, gemm_0_tile);
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
                    hook_mma_i8_gemm_0_(dot_1, _e335, _e437, lane_5, gemm_0_tile);
                    int _e481 = dot_1.inner[0];
                    dot_1.inner[0] = as_type<int>(as_type<uint>(_e481) * as_type<uint>(256));
                    int _e485 = dot_1.inner[1];
                    dot_1.inner[1] = as_type<int>(as_type<uint>(_e485) * as_type<uint>(256));
                    int _e489 = dot_1.inner[2];
                    dot_1.inner[2] = as_type<int>(as_type<uint>(_e489) * as_type<uint>(256));
                    int _e493 = dot_1.inner[3];
                    dot_1.inner[3] = as_type<int>(as_type<uint>(_e493) * as_type<uint>(256));
                    int _e497 = dot_1.inner[4];
                    dot_1.inner[4] = as_type<int>(as_type<uint>(_e497) * as_type<uint>(256));
                    int _e501 = dot_1.inner[5];
                    dot_1.inner[5] = as_type<int>(as_type<uint>(_e501) * as_type<uint>(256));
                    int _e505 = dot_1.inner[6];
                    dot_1.inner[6] = as_type<int>(as_type<uint>(_e505) * as_type<uint>(256));
                    int _e509 = dot_1.inner[7];
                    dot_1.inner[7] = as_type<int>(as_type<uint>(_e509) * as_type<uint>(256));
                    hook_mma_i8_gemm_0_(dot_1, _e339, _e437, lane_5, gemm_0_tile);
                    float _e514 = acc_0_0_0_.inner[0];
                    int _e516 = dot_1.inner[0];
                    float _e517 = gemm_0_plus(_e514, _e516, ws_0_0_0_, xs_0_0_);
                    acc_0_0_0_.inner[0] = _e517;
                    float _e520 = acc_0_0_0_.inner[1];
                    int _e522 = dot_1.inner[1];
                    float _e523 = gemm_0_plus(_e520, _e522, ws_0_0_1_, xs_0_1_);
                    acc_0_0_0_.inner[1] = _e523;
                    float _e526 = acc_0_0_0_.inner[2];
                    int _e528 = dot_1.inner[2];
                    float _e529 = gemm_0_plus(_e526, _e528, ws_0_0_2_, xs_0_2_);
                    acc_0_0_0_.inner[2] = _e529;
                    float _e532 = acc_0_0_0_.inner[3];
                    int _e534 = dot_1.inner[3];
                    float _e535 = gemm_0_plus(_e532, _e534, ws_0_0_3_, xs_0_3_);
                    acc_0_0_0_.inner[3] = _e535;
                    float _e538 = acc_0_0_0_.inner[4];
                    int _e540 = dot_1.inner[4];
                    float _e541 = gemm_0_plus(_e538, _e540, ws_0_0_4_, xs_0_4_);
                    acc_0_0_0_.inner[4] = _e541;
                    float _e544 = acc_0_0_0_.inner[5];
                    int _e546 = dot_1.inner[5];
                    float _e547 = gemm_0_plus(_e544, _e546, ws_0_0_5_, xs_0_5_);
                    acc_0_0_0_.inner[5] = _e547;
                    float _e550 = acc_0_0_0_.inner[6];
                    int _e552 = dot_1.inner[6];
                    float _e553 = gemm_0_plus(_e550, _e552, ws_0_0_6_, xs_0_6_);
                    acc_0_0_0_.inner[6] = _e553;
                    float _e556 = acc_0_0_0_.inner[7];
                    int _e558 = dot_1.inner[7];
                    float _e559 = gemm_0_plus(_e556, _e558, ws_0_0_7_, xs_0_7_);
                    acc_0_0_0_.inner[7] = _e559;
                }
                {
                    dot_2 = type_9 {};
                    hook_mma_i8_gemm_0_(dot_2, _e387, _e437, lane_5, gemm_0_tile);
                    int _e563 = dot_2.inner[0];
                    dot_2.inner[0] = as_type<int>(as_type<uint>(_e563) * as_type<uint>(256));
                    int _e567 = dot_2.inner[1];
                    dot_2.inner[1] = as_type<int>(as_type<uint>(_e567) * as_type<uint>(256));
                    int _e571 = dot_2.inner[2];
                    dot_2.inner[2] = as_type<int>(as_type<uint>(_e571) * as_type<uint>(256));
                    int _e575 = dot_2.inner[3];
                    dot_2.inner[3] = as_type<int>(as_type<uint>(_e575) * as_type<uint>(256));
                    int _e579 = dot_2.inner[4];
                    dot_2.inner[4] = as_type<int>(as_type<uint>(_e579) * as_type<uint>(256));
                    int _e583 = dot_2.inner[5];
                    dot_2.inner[5] = as_type<int>(as_type<uint>(_e583) * as_type<uint>(256));
                    int _e587 = dot_2.inner[6];
                    dot_2.inner[6] = as_type<int>(as_type<uint>(_e587) * as_type<uint>(256));
                    int _e591 = dot_2.inner[7];
                    dot_2.inner[7] = as_type<int>(as_type<uint>(_e591) * as_type<uint>(256));
                    hook_mma_i8_gemm_0_(dot_2, _e391, _e437, lane_5, gemm_0_tile);
                    float _e596 = acc_0_1_0_.inner[0];
                    int _e598 = dot_2.inner[0];
                    float _e599 = gemm_0_plus(_e596, _e598, ws_0_0_0_, xs_1_0_);
                    acc_0_1_0_.inner[0] = _e599;
                    float _e602 = acc_0_1_0_.inner[1];
                    int _e604 = dot_2.inner[1];
                    float _e605 = gemm_0_plus(_e602, _e604, ws_0_0_1_, xs_1_1_);
                    acc_0_1_0_.inner[1] = _e605;
                    float _e608 = acc_0_1_0_.inner[2];
                    int _e610 = dot_2.inner[2];
                    float _e611 = gemm_0_plus(_e608, _e610, ws_0_0_2_, xs_1_2_);
                    acc_0_1_0_.inner[2] = _e611;
                    float _e614 = acc_0_1_0_.inner[3];
                    int _e616 = dot_2.inner[3];
                    float _e617 = gemm_0_plus(_e614, _e616, ws_0_0_3_, xs_1_3_);
                    acc_0_1_0_.inner[3] = _e617;
                    float _e620 = acc_0_1_0_.inner[4];
                    int _e622 = dot_2.inner[4];
                    float _e623 = gemm_0_plus(_e620, _e622, ws_0_0_4_, xs_1_4_);
                    acc_0_1_0_.inner[4] = _e623;
                    float _e626 = acc_0_1_0_.inner[5];
                    int _e628 = dot_2.inner[5];
                    float _e629 = gemm_0_plus(_e626, _e628, ws_0_0_5_, xs_1_5_);
                    acc_0_1_0_.inner[5] = _e629;
                    float _e632 = acc_0_1_0_.inner[6];
                    int _e634 = dot_2.inner[6];
                    float _e635 = gemm_0_plus(_e632, _e634, ws_0_0_6_, xs_1_6_);
                    acc_0_1_0_.inner[6] = _e635;
                    float _e638 = acc_0_1_0_.inner[7];
                    int _e640 = dot_2.inner[7];
                    float _e641 = gemm_0_plus(_e638, _e640, ws_0_0_7_, xs_1_7_);
                    acc_0_1_0_.inner[7] = _e641;
                }
                Frag _e647 = hook_load_i8_gemm_0_((out_1 * 5u) + 720u, 5u, lane_5, gemm_0_tile);
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
                    hook_mma_i8_gemm_0_(dot_3, _e335, _e647, lane_5, gemm_0_tile);
                    int _e691 = dot_3.inner[0];
                    dot_3.inner[0] = as_type<int>(as_type<uint>(_e691) * as_type<uint>(256));
                    int _e695 = dot_3.inner[1];
                    dot_3.inner[1] = as_type<int>(as_type<uint>(_e695) * as_type<uint>(256));
                    int _e699 = dot_3.inner[2];
                    dot_3.inner[2] = as_type<int>(as_type<uint>(_e699) * as_type<uint>(256));
                    int _e703 = dot_3.inner[3];
                    dot_3.inner[3] = as_type<int>(as_type<uint>(_e703) * as_type<uint>(256));
                    int _e707 = dot_3.inner[4];
                    dot_3.inner[4] = as_type<int>(as_type<uint>(_e707) * as_type<uint>(256));
                    int _e711 = dot_3.inner[5];
                    dot_3.inner[5] = as_type<int>(as_type<uint>(_e711) * as_type<uint>(256));
                    int _e715 = dot_3.inner[6];
                    dot_3.inner[6] = as_type<int>(as_type<uint>(_e715) * as_type<uint>(256));
                    int _e719 = dot_3.inner[7];
                    dot_3.inner[7] = as_type<int>(as_type<uint>(_e719) * as_type<uint>(256));
                    hook_mma_i8_gemm_0_(dot_3, _e339, _e647, lane_5, gemm_0_tile);
                    float _e724 = acc_0_0_1_.inner[0];
                    int _e726 = dot_3.inner[0];
                    float _e727 = gemm_0_plus(_e724, _e726, ws_0_1_0_, xs_0_0_);
                    acc_0_0_1_.inner[0] = _e727;
                    float _e730 = acc_0_0_1_.inner[1];
                    int _e732 = dot_3.inner[1];
                    float _e733 = gemm_0_plus(_e730, _e732, ws_0_1_1_, xs_0_1_);
                    acc_0_0_1_.inner[1] = _e733;
                    float _e736 = acc_0_0_1_.inner[2];
                    int _e738 = dot_3.inner[2];
                    float _e739 = gemm_0_plus(_e736, _e738, ws_0_1_2_, xs_0_2_);
                    acc_0_0_1_.inner[2] = _e739;
                    float _e742 = acc_0_0_1_.inner[3];
                    int _e744 = dot_3.inner[3];
                    float _e745 = gemm_0_plus(_e742, _e744, ws_0_1_3_, xs_0_3_);
                    acc_0_0_1_.inner[3] = _e745;
                    float _e748 = acc_0_0_1_.inner[4];
                    int _e750 = dot_3.inner[4];
                    float _e751 = gemm_0_plus(_e748, _e750, ws_0_1_4_, xs_0_4_);
                    acc_0_0_1_.inner[4] = _e751;
                    float _e754 = acc_0_0_1_.inner[5];
                    int _e756 = dot_3.inner[5];
                    float _e757 = gemm_0_plus(_e754, _e756, ws_0_1_5_, xs_0_5_);
                    acc_0_0_1_.inner[5] = _e757;
                    float _e760 = acc_0_0_1_.inner[6];
                    int _e762 = dot_3.inner[6];
                    float _e763 = gemm_0_plus(_e760, _e762, ws_0_1_6_, xs_0_6_);
                    acc_0_0_1_.inner[6] = _e763;
                    float _e766 = acc_0_0_1_.inner[7];
                    int _e768 = dot_3.inner[7];
                    float _e769 = gemm_0_plus(_e766, _e768, ws_0_1_7_, xs_0_7_);
                    acc_0_0_1_.inner[7] = _e769;
                }
                {
                    dot_4 = type_9 {};
                    hook_mma_i8_gemm_0_(dot_4, _e387, _e647, lane_5, gemm_0_tile);
                    int _e773 = dot_4.inner[0];
                    dot_4.inner[0] = as_type<int>(as_type<uint>(_e773) * as_type<uint>(256));
                    int _e777 = dot_4.inner[1];
                    dot_4.inner[1] = as_type<int>(as_type<uint>(_e777) * as_type<uint>(256));
                    int _e781 = dot_4.inner[2];
                    dot_4.inner[2] = as_type<int>(as_type<uint>(_e781) * as_type<uint>(256));
                    int _e785 = dot_4.inner[3];
                    dot_4.inner[3] = as_type<int>(as_type<uint>(_e785) * as_type<uint>(256));
                    int _e789 = dot_4.inner[4];
                    dot_4.inner[4] = as_type<int>(as_type<uint>(_e789) * as_type<uint>(256));
                    int _e793 = dot_4.inner[5];
                    dot_4.inner[5] = as_type<int>(as_type<uint>(_e793) * as_type<uint>(256));
                    int _e797 = dot_4.inner[6];
                    dot_4.inner[6] = as_type<int>(as_type<uint>(_e797) * as_type<uint>(256));
                    int _e801 = dot_4.inner[7];
                    dot_4.inner[7] = as_type<int>(as_type<uint>(_e801) * as_type<uint>(256));
                    hook_mma_i8_gemm_0_(dot_4, _e391, _e647, lane_5, gemm_0_tile);
                    float _e806 = acc_0_1_1_.inner[0];
                    int _e808 = dot_4.inner[0];
                    float _e809 = gemm_0_plus(_e806, _e808, ws_0_1_0_, xs_1_0_);
                    acc_0_1_1_.inner[0] = _e809;
                    float _e812 = acc_0_1_1_.inner[1];
                    int _e814 = dot_4.inner[1];
                    float _e815 = gemm_0_plus(_e812, _e814, ws_0_1_1_, xs_1_1_);
                    acc_0_1_1_.inner[1] = _e815;
                    float _e818 = acc_0_1_1_.inner[2];
                    int _e820 = dot_4.inner[2];
                    float _e821 = gemm_0_plus(_e818, _e820, ws_0_1_2_, xs_1_2_);
                    acc_0_1_1_.inner[2] = _e821;
                    float _e824 = acc_0_1_1_.inner[3];
                    int _e826 = dot_4.inner[3];
                    float _e827 = gemm_0_plus(_e824, _e826, ws_0_1_3_, xs_1_3_);
                    acc_0_1_1_.inner[3] = _e827;
                    float _e830 = acc_0_1_1_.inner[4];
                    int _e832 = dot_4.inner[4];
                    float _e833 = gemm_0_plus(_e830, _e832, ws_0_1_4_, xs_1_4_);
                    acc_0_1_1_.inner[4] = _e833;
                    float _e836 = acc_0_1_1_.inner[5];
                    int _e838 = dot_4.inner[5];
                    float _e839 = gemm_0_plus(_e836, _e838, ws_0_1_5_, xs_1_5_);
                    acc_0_1_1_.inner[5] = _e839;
                    float _e842 = acc_0_1_1_.inner[6];
                    int _e844 = dot_4.inner[6];
                    float _e845 = gemm_0_plus(_e842, _e844, ws_0_1_6_, xs_1_6_);
                    acc_0_1_1_.inner[6] = _e845;
                    float _e848 = acc_0_1_1_.inner[7];
                    int _e850 = dot_4.inner[7];
                    float _e851 = gemm_0_plus(_e848, _e850, ws_0_1_7_, xs_1_7_);
                    acc_0_1_1_.inner[7] = _e851;
                }
            }
            {
                uint x_0_1 = ((token_1 + 0u) * 5u) + 2u;
                Frag _e859 = hook_load_i8_gemm_0_(x_0_1, 5u, lane_5, gemm_0_tile);
                Frag _e863 = hook_load_i8_gemm_0_(x_0_1 + 320u, 5u, lane_5, gemm_0_tile);
                metal::float4 xs_0_0_1 = gemm_0_x_scale.inner[row_0_ + 64u];
                metal::float4 xs_0_1_1 = gemm_0_x_scale.inner[row_1_ + 64u];
                metal::float4 xs_0_2_1 = gemm_0_x_scale.inner[row_2_ + 64u];
                metal::float4 xs_0_3_1 = gemm_0_x_scale.inner[row_3_ + 64u];
                metal::float4 xs_0_4_1 = gemm_0_x_scale.inner[row_4_ + 64u];
                metal::float4 xs_0_5_1 = gemm_0_x_scale.inner[row_5_ + 64u];
                metal::float4 xs_0_6_1 = gemm_0_x_scale.inner[row_6_ + 64u];
                metal::float4 xs_0_7_1 = gemm_0_x_scale.inner[row_7_ + 64u];
                uint x_1_1 = ((token_1 + 16u) * 5u) + 2u;
                Frag _e911 = hook_load_i8_gemm_0_(x_1_1, 5u, lane_5, gemm_0_tile);
                Frag _e915 = hook_load_i8_gemm_0_(x_1_1 + 320u, 5u, lane_5, gemm_0_tile);
                metal::float4 xs_1_0_1 = gemm_0_x_scale.inner[row_0_ + 80u];
                metal::float4 xs_1_1_1 = gemm_0_x_scale.inner[row_1_ + 80u];
                metal::float4 xs_1_2_1 = gemm_0_x_scale.inner[row_2_ + 80u];
                metal::float4 xs_1_3_1 = gemm_0_x_scale.inner[row_3_ + 80u];
                metal::float4 xs_1_4_1 = gemm_0_x_scale.inner[row_4_ + 80u];
                metal::float4 xs_1_5_1 = gemm_0_x_scale.inner[row_5_ + 80u];
                metal::float4 xs_1_6_1 = gemm_0_x_scale.inner[row_6_ + 80u];
                metal::float4 xs_1_7_1 = gemm_0_x_scale.inner[row_7_ + 80u];
                Frag _e961 = hook_load_i8_gemm_0_((out_1 * 5u) + 642u, 5u, lane_5, gemm_0_tile);
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
                    hook_mma_i8_gemm_0_(dot_5, _e859, _e961, lane_5, gemm_0_tile);
                    int _e1005 = dot_5.inner[0];
                    dot_5.inner[0] = as_type<int>(as_type<uint>(_e1005) * as_type<uint>(256));
                    int _e1009 = dot_5.inner[1];
                    dot_5.inner[1] = as_type<int>(as_type<uint>(_e1009) * as_type<uint>(256));
                    int _e1013 = dot_5.inner[2];
                    dot_5.inner[2] = as_type<int>(as_type<uint>(_e1013) * as_type<uint>(256));
                    int _e1017 = dot_5.inner[3];
                    dot_5.inner[3] = as_type<int>(as_type<uint>(_e1017) * as_type<uint>(256));
                    int _e1021 = dot_5.inner[4];
                    dot_5.inner[4] = as_type<int>(as_type<uint>(_e1021) * as_type<uint>(256));
                    int _e1025 = dot_5.inner[5];
                    dot_5.inner[5] = as_type<int>(as_type<uint>(_e1025) * as_type<uint>(256));
                    int _e1029 = dot_5.inner[6];
                    dot_5.inner[6] = as_type<int>(as_type<uint>(_e1029) * as_type<uint>(256));
                    int _e1033 = dot_5.inner[7];
                    dot_5.inner[7] = as_type<int>(as_type<uint>(_e1033) * as_type<uint>(256));
                    hook_mma_i8_gemm_0_(dot_5, _e863, _e961, lane_5, gemm_0_tile);
                    float _e1038 = acc_0_0_0_.inner[0];
                    int _e1040 = dot_5.inner[0];
                    float _e1041 = gemm_0_plus(_e1038, _e1040, ws_0_0_0_1, xs_0_0_1);
                    acc_0_0_0_.inner[0] = _e1041;
                    float _e1044 = acc_0_0_0_.inner[1];
                    int _e1046 = dot_5.inner[1];
                    float _e1047 = gemm_0_plus(_e1044, _e1046, ws_0_0_1_1, xs_0_1_1);
                    acc_0_0_0_.inner[1] = _e1047;
                    float _e1050 = acc_0_0_0_.inner[2];
                    int _e1052 = dot_5.inner[2];
                    float _e1053 = gemm_0_plus(_e1050, _e1052, ws_0_0_2_1, xs_0_2_1);
                    acc_0_0_0_.inner[2] = _e1053;
                    float _e1056 = acc_0_0_0_.inner[3];
                    int _e1058 = dot_5.inner[3];
                    float _e1059 = gemm_0_plus(_e1056, _e1058, ws_0_0_3_1, xs_0_3_1);
                    acc_0_0_0_.inner[3] = _e1059;
                    float _e1062 = acc_0_0_0_.inner[4];
                    int _e1064 = dot_5.inner[4];
                    float _e1065 = gemm_0_plus(_e1062, _e1064, ws_0_0_4_1, xs_0_4_1);
                    acc_0_0_0_.inner[4] = _e1065;
                    float _e1068 = acc_0_0_0_.inner[5];
                    int _e1070 = dot_5.inner[5];
                    float _e1071 = gemm_0_plus(_e1068, _e1070, ws_0_0_5_1, xs_0_5_1);
                    acc_0_0_0_.inner[5] = _e1071;
                    float _e1074 = acc_0_0_0_.inner[6];
                    int _e1076 = dot_5.inner[6];
                    float _e1077 = gemm_0_plus(_e1074, _e1076, ws_0_0_6_1, xs_0_6_1);
                    acc_0_0_0_.inner[6] = _e1077;
                    float _e1080 = acc_0_0_0_.inner[7];
                    int _e1082 = dot_5.inner[7];
                    float _e1083 = gemm_0_plus(_e1080, _e1082, ws_0_0_7_1, xs_0_7_1);
                    acc_0_0_0_.inner[7] = _e1083;
                }
                {
                    dot_6 = type_9 {};
                    hook_mma_i8_gemm_0_(dot_6, _e911, _e961, lane_5, gemm_0_tile);
                    int _e1087 = dot_6.inner[0];
                    dot_6.inner[0] = as_type<int>(as_type<uint>(_e1087) * as_type<uint>(256));
                    int _e1091 = dot_6.inner[1];
                    dot_6.inner[1] = as_type<int>(as_type<uint>(_e1091) * as_type<uint>(256));
                    int _e1095 = dot_6.inner[2];
                    dot_6.inner[2] = as_type<int>(as_type<uint>(_e1095) * as_type<uint>(256));
                    int _e1099 = dot_6.inner[3];
                    dot_6.inner[3] = as_type<int>(as_type<uint>(_e1099) * as_type<uint>(256));
                    int _e1103 = dot_6.inner[4];
                    dot_6.inner[4] = as_type<int>(as_type<uint>(_e1103) * as_type<uint>(256));
                    int _e1107 = dot_6.inner[5];
                    dot_6.inner[5] = as_type<int>(as_type<uint>(_e1107) * as_type<uint>(256));
                    int _e1111 = dot_6.inner[6];
                    dot_6.inner[6] = as_type<int>(as_type<uint>(_e1111) * as_type<uint>(256));
                    int _e1115 = dot_6.inner[7];
                    dot_6.inner[7] = as_type<int>(as_type<uint>(_e1115) * as_type<uint>(256));
                    hook_mma_i8_gemm_0_(dot_6, _e915, _e961, lane_5, gemm_0_tile);
                    float _e1120 = acc_0_1_0_.inner[0];
                    int _e1122 = dot_6.inner[0];
                    float _e1123 = gemm_0_plus(_e1120, _e1122, ws_0_0_0_1, xs_1_0_1);
                    acc_0_1_0_.inner[0] = _e1123;
                    float _e1126 = acc_0_1_0_.inner[1];
                    int _e1128 = dot_6.inner[1];
                    float _e1129 = gemm_0_plus(_e1126, _e1128, ws_0_0_1_1, xs_1_1_1);
                    acc_0_1_0_.inner[1] = _e1129;
                    float _e1132 = acc_0_1_0_.inner[2];
                    int _e1134 = dot_6.inner[2];
                    float _e1135 = gemm_0_plus(_e1132, _e1134, ws_0_0_2_1, xs_1_2_1);
                    acc_0_1_0_.inner[2] = _e1135;
                    float _e1138 = acc_0_1_0_.inner[3];
                    int _e1140 = dot_6.inner[3];
                    float _e1141 = gemm_0_plus(_e1138, _e1140, ws_0_0_3_1, xs_1_3_1);
                    acc_0_1_0_.inner[3] = _e1141;
                    float _e1144 = acc_0_1_0_.inner[4];
                    int _e1146 = dot_6.inner[4];
                    float _e1147 = gemm_0_plus(_e1144, _e1146, ws_0_0_4_1, xs_1_4_1);
                    acc_0_1_0_.inner[4] = _e1147;
                    float _e1150 = acc_0_1_0_.inner[5];
                    int _e1152 = dot_6.inner[5];
                    float _e1153 = gemm_0_plus(_e1150, _e1152, ws_0_0_5_1, xs_1_5_1);
                    acc_0_1_0_.inner[5] = _e1153;
                    float _e1156 = acc_0_1_0_.inner[6];
                    int _e1158 = dot_6.inner[6];
                    float _e1159 = gemm_0_plus(_e1156, _e1158, ws_0_0_6_1, xs_1_6_1);
                    acc_0_1_0_.inner[6] = _e1159;
                    float _e1162 = acc_0_1_0_.inner[7];
                    int _e1164 = dot_6.inner[7];
                    float _e1165 = gemm_0_plus(_e1162, _e1164, ws_0_0_7_1, xs_1_7_1);
                    acc_0_1_0_.inner[7] = _e1165;
                }
                Frag _e1171 = hook_load_i8_gemm_0_((out_1 * 5u) + 722u, 5u, lane_5, gemm_0_tile);
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
                    hook_mma_i8_gemm_0_(dot_7, _e859, _e1171, lane_5, gemm_0_tile);
                    int _e1215 = dot_7.inner[0];
                    dot_7.inner[0] = as_type<int>(as_type<uint>(_e1215) * as_type<uint>(256));
                    int _e1219 = dot_7.inner[1];
                    dot_7.inner[1] = as_type<int>(as_type<uint>(_e1219) * as_type<uint>(256));
                    int _e1223 = dot_7.inner[2];
                    dot_7.inner[2] = as_type<int>(as_type<uint>(_e1223) * as_type<uint>(256));
                    int _e1227 = dot_7.inner[3];
                    dot_7.inner[3] = as_type<int>(as_type<uint>(_e1227) * as_type<uint>(256));
                    int _e1231 = dot_7.inner[4];
                    dot_7.inner[4] = as_type<int>(as_type<uint>(_e1231) * as_type<uint>(256));
                    int _e1235 = dot_7.inner[5];
                    dot_7.inner[5] = as_type<int>(as_type<uint>(_e1235) * as_type<uint>(256));
                    int _e1239 = dot_7.inner[6];
                    dot_7.inner[6] = as_type<int>(as_type<uint>(_e1239) * as_type<uint>(256));
                    int _e1243 = dot_7.inner[7];
                    dot_7.inner[7] = as_type<int>(as_type<uint>(_e1243) * as_type<uint>(256));
                    hook_mma_i8_gemm_0_(dot_7, _e863, _e1171, lane_5, gemm_0_tile);
                    float _e1248 = acc_0_0_1_.inner[0];
                    int _e1250 = dot_7.inner[0];
                    float _e1251 = gemm_0_plus(_e1248, _e1250, ws_0_1_0_1, xs_0_0_1);
                    acc_0_0_1_.inner[0] = _e1251;
                    float _e1254 = acc_0_0_1_.inner[1];
                    int _e1256 = dot_7.inner[1];
                    float _e1257 = gemm_0_plus(_e1254, _e1256, ws_0_1_1_1, xs_0_1_1);
                    acc_0_0_1_.inner[1] = _e1257;
                    float _e1260 = acc_0_0_1_.inner[2];
                    int _e1262 = dot_7.inner[2];
                    float _e1263 = gemm_0_plus(_e1260, _e1262, ws_0_1_2_1, xs_0_2_1);
                    acc_0_0_1_.inner[2] = _e1263;
                    float _e1266 = acc_0_0_1_.inner[3];
                    int _e1268 = dot_7.inner[3];
                    float _e1269 = gemm_0_plus(_e1266, _e1268, ws_0_1_3_1, xs_0_3_1);
                    acc_0_0_1_.inner[3] = _e1269;
                    float _e1272 = acc_0_0_1_.inner[4];
                    int _e1274 = dot_7.inner[4];
                    float _e1275 = gemm_0_plus(_e1272, _e1274, ws_0_1_4_1, xs_0_4_1);
                    acc_0_0_1_.inner[4] = _e1275;
                    float _e1278 = acc_0_0_1_.inner[5];
                    int _e1280 = dot_7.inner[5];
                    float _e1281 = gemm_0_plus(_e1278, _e1280, ws_0_1_5_1, xs_0_5_1);
                    acc_0_0_1_.inner[5] = _e1281;
                    float _e1284 = acc_0_0_1_.inner[6];
                    int _e1286 = dot_7.inner[6];
                    float _e1287 = gemm_0_plus(_e1284, _e1286, ws_0_1_6_1, xs_0_6_1);
                    acc_0_0_1_.inner[6] = _e1287;
                    float _e1290 = acc_0_0_1_.inner[7];
                    int _e1292 = dot_7.inner[7];
                    float _e1293 = gemm_0_plus(_e1290, _e1292, ws_0_1_7_1, xs_0_7_1);
                    acc_0_0_1_.inner[7] = _e1293;
                }
                {
                    dot_8 = type_9 {};
                    hook_mma_i8_gemm_0_(dot_8, _e911, _e1171, lane_5, gemm_0_tile);
                    int _e1297 = dot_8.inner[0];
                    dot_8.inner[0] = as_type<int>(as_type<uint>(_e1297) * as_type<uint>(256));
                    int _e1301 = dot_8.inner[1];
                    dot_8.inner[1] = as_type<int>(as_type<uint>(_e1301) * as_type<uint>(256));
                    int _e1305 = dot_8.inner[2];
                    dot_8.inner[2] = as_type<int>(as_type<uint>(_e1305) * as_type<uint>(256));
                    int _e1309 = dot_8.inner[3];
                    dot_8.inner[3] = as_type<int>(as_type<uint>(_e1309) * as_type<uint>(256));
                    int _e1313 = dot_8.inner[4];
                    dot_8.inner[4] = as_type<int>(as_type<uint>(_e1313) * as_type<uint>(256));
                    int _e1317 = dot_8.inner[5];
                    dot_8.inner[5] = as_type<int>(as_type<uint>(_e1317) * as_type<uint>(256));
                    int _e1321 = dot_8.inner[6];
                    dot_8.inner[6] = as_type<int>(as_type<uint>(_e1321) * as_type<uint>(256));
                    int _e1325 = dot_8.inner[7];
                    dot_8.inner[7] = as_type<int>(as_type<uint>(_e1325) * as_type<uint>(256));
                    hook_mma_i8_gemm_0_(dot_8, _e915, _e1171, lane_5, gemm_0_tile);
                    float _e1330 = acc_0_1_1_.inner[0];
                    int _e1332 = dot_8.inner[0];
                    float _e1333 = gemm_0_plus(_e1330, _e1332, ws_0_1_0_1, xs_1_0_1);
                    acc_0_1_1_.inner[0] = _e1333;
                    float _e1336 = acc_0_1_1_.inner[1];
                    int _e1338 = dot_8.inner[1];
                    float _e1339 = gemm_0_plus(_e1336, _e1338, ws_0_1_1_1, xs_1_1_1);
                    acc_0_1_1_.inner[1] = _e1339;
                    float _e1342 = acc_0_1_1_.inner[2];
                    int _e1344 = dot_8.inner[2];
                    float _e1345 = gemm_0_plus(_e1342, _e1344, ws_0_1_2_1, xs_1_2_1);
                    acc_0_1_1_.inner[2] = _e1345;
                    float _e1348 = acc_0_1_1_.inner[3];
                    int _e1350 = dot_8.inner[3];
                    float _e1351 = gemm_0_plus(_e1348, _e1350, ws_0_1_3_1, xs_1_3_1);
                    acc_0_1_1_.inner[3] = _e1351;
                    float _e1354 = acc_0_1_1_.inner[4];
                    int _e1356 = dot_8.inner[4];
                    float _e1357 = gemm_0_plus(_e1354, _e1356, ws_0_1_4_1, xs_1_4_1);
                    acc_0_1_1_.inner[4] = _e1357;
                    float _e1360 = acc_0_1_1_.inner[5];
                    int _e1362 = dot_8.inner[5];
                    float _e1363 = gemm_0_plus(_e1360, _e1362, ws_0_1_5_1, xs_1_5_1);
                    acc_0_1_1_.inner[5] = _e1363;
                    float _e1366 = acc_0_1_1_.inner[6];
                    int _e1368 = dot_8.inner[6];
                    float _e1369 = gemm_0_plus(_e1366, _e1368, ws_0_1_6_1, xs_1_6_1);
                    acc_0_1_1_.inner[6] = _e1369;
                    float _e1372 = acc_0_1_1_.inner[7];
                    int _e1374 = dot_8.inner[7];
                    float _e1375 = gemm_0_plus(_e1372, _e1374, ws_0_1_7_1, xs_1_7_1);
                    acc_0_1_1_.inner[7] = _e1375;
                }
            }
        }
    }
    float _e1384 = acc_0_0_0_.inner[0];
    gemm_0_store(place_2, row_0_ + 0u, col_0_ + 0u, _e1384, p, y_3_, _buffer_sizes);
    float _e1390 = acc_0_0_0_.inner[1];
    gemm_0_store(place_2, row_1_ + 0u, col_1_ + 0u, _e1390, p, y_3_, _buffer_sizes);
    float _e1396 = acc_0_0_0_.inner[2];
    gemm_0_store(place_2, row_2_ + 0u, col_2_ + 0u, _e1396, p, y_3_, _buffer_sizes);
    float _e1402 = acc_0_0_0_.inner[3];
    gemm_0_store(place_2, row_3_ + 0u, col_3_ + 0u, _e1402, p, y_3_, _buffer_sizes);
    float _e1408 = acc_0_0_0_.inner[4];
    gemm_0_store(place_2, row_4_ + 0u, col_4_ + 0u, _e1408, p, y_3_, _buffer_sizes);
    float _e1414 = acc_0_0_0_.inner[5];
    gemm_0_store(place_2, row_5_ + 0u, col_5_ + 0u, _e1414, p, y_3_, _buffer_sizes);
    float _e1420 = acc_0_0_0_.inner[6];
    gemm_0_store(place_2, row_6_ + 0u, col_6_ + 0u, _e1420, p, y_3_, _buffer_sizes);
    float _e1426 = acc_0_0_0_.inner[7];
    gemm_0_store(place_2, row_7_ + 0u, col_7_ + 0u, _e1426, p, y_3_, _buffer_sizes);
    float _e1432 = acc_0_0_1_.inner[0];
    gemm_0_store(place_2, row_0_ + 0u, col_0_ + 16u, _e1432, p, y_3_, _buffer_sizes);
    float _e1438 = acc_0_0_1_.inner[1];
    gemm_0_store(place_2, row_1_ + 0u, col_1_ + 16u, _e1438, p, y_3_, _buffer_sizes);
    float _e1444 = acc_0_0_1_.inner[2];
    gemm_0_store(place_2, row_2_ + 0u, col_2_ + 16u, _e1444, p, y_3_, _buffer_sizes);
    float _e1450 = acc_0_0_1_.inner[3];
    gemm_0_store(place_2, row_3_ + 0u, col_3_ + 16u, _e1450, p, y_3_, _buffer_sizes);
    float _e1456 = acc_0_0_1_.inner[4];
    gemm_0_store(place_2, row_4_ + 0u, col_4_ + 16u, _e1456, p, y_3_, _buffer_sizes);
    float _e1462 = acc_0_0_1_.inner[5];
    gemm_0_store(place_2, row_5_ + 0u, col_5_ + 16u, _e1462, p, y_3_, _buffer_sizes);
    float _e1468 = acc_0_0_1_.inner[6];
    gemm_0_store(place_2, row_6_ + 0u, col_6_ + 16u, _e1468, p, y_3_, _buffer_sizes);
    float _e1474 = acc_0_0_1_.inner[7];
    gemm_0_store(place_2, row_7_ + 0u, col_7_ + 16u, _e1474, p, y_3_, _buffer_sizes);
    float _e1480 = acc_0_1_0_.inner[0];
    gemm_0_store(place_2, row_0_ + 16u, col_0_ + 0u, _e1480, p, y_3_, _buffer_sizes);
    float _e1486 = acc_0_1_0_.inner[1];
    gemm_0_store(place_2, row_1_ + 16u, col_1_ + 0u, _e1486, p, y_3_, _buffer_sizes);
    float _e1492 = acc_0_1_0_.inner[2];
    gemm_0_store(place_2, row_2_ + 16u, col_2_ + 0u, _e1492, p, y_3_, _buffer_sizes);
    float _e1498 = acc_0_1_0_.inner[3];
    gemm_0_store(place_2, row_3_ + 16u, col_3_ + 0u, _e1498, p, y_3_, _buffer_sizes);
    float _e1504 = acc_0_1_0_.inner[4];
    gemm_0_store(place_2, row_4_ + 16u, col_4_ + 0u, _e1504, p, y_3_, _buffer_sizes);
    float _e1510 = acc_0_1_0_.inner[5];
    gemm_0_store(place_2, row_5_ + 16u, col_5_ + 0u, _e1510, p, y_3_, _buffer_sizes);
    float _e1516 = acc_0_1_0_.inner[6];
    gemm_0_store(place_2, row_6_ + 16u, col_6_ + 0u, _e1516, p, y_3_, _buffer_sizes);
    float _e1522 = acc_0_1_0_.inner[7];
    gemm_0_store(place_2, row_7_ + 16u, col_7_ + 0u, _e1522, p, y_3_, _buffer_sizes);
    float _e1528 = acc_0_1_1_.inner[0];
    gemm_0_store(place_2, row_0_ + 16u, col_0_ + 16u, _e1528, p, y_3_, _buffer_sizes);
    float _e1534 = acc_0_1_1_.inner[1];
    gemm_0_store(place_2, row_1_ + 16u, col_1_ + 16u, _e1534, p, y_3_, _buffer_sizes);
    float _e1540 = acc_0_1_1_.inner[2];
    gemm_0_store(place_2, row_2_ + 16u, col_2_ + 16u, _e1540, p, y_3_, _buffer_sizes);
    float _e1546 = acc_0_1_1_.inner[3];
    gemm_0_store(place_2, row_3_ + 16u, col_3_ + 16u, _e1546, p, y_3_, _buffer_sizes);
    float _e1552 = acc_0_1_1_.inner[4];
    gemm_0_store(place_2, row_4_ + 16u, col_4_ + 16u, _e1552, p, y_3_, _buffer_sizes);
    float _e1558 = acc_0_1_1_.inner[5];
    gemm_0_store(place_2, row_5_ + 16u, col_5_ + 16u, _e1558, p, y_3_, _buffer_sizes);
    float _e1564 = acc_0_1_1_.inner[6];
    gemm_0_store(place_2, row_6_ + 16u, col_6_ + 16u, _e1564, p, y_3_, _buffer_sizes);
    float _e1570 = acc_0_1_1_.inner[7];
    gemm_0_store(place_2, row_7_ + 16u, col_7_ + 16u, _e1570, p, y_3_, _buffer_sizes);
    return;
}

void gemm_0_(
    At at_1,
    constant Params& p,
    device type_2 const& qx_1_v4_,
    device type_2 const& w_2_,
    device type_4& y_3_,
    threadgroup type_8& gemm_0_tile,
    threadgroup type_12& gemm_0_x_scale,
    threadgroup type_13& gemm_0_w_scale,
    threadgroup type_14& gemm_0_record,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_4 = {};
    uint group_1 = at_1.x / 1u;
    uint first = (at_1.x % 1u) * 64u;
    uint token_2 = at_1.y * 64u;
    i_4 = at_1.lid;
    bool loop_init_3 = true;
    while(true) {
        if (!loop_init_3) {
            uint _e33 = i_4;
            i_4 = _e33 + 128u;
        }
        loop_init_3 = false;
        uint _e14 = i_4;
        if (_e14 < 64u) {
        } else {
            break;
        }
        {
            uint _e18 = i_4;
            uint _e20 = i_4;
            uint _e24 = p.rows;
            gemm_0_record.inner[_e18] = ((metal::min(token_2 + _e20, _e24 - 1u) * 1u) + group_1) * 128u;
        }
    }
    uint row_2 = group_1 * 64u;
    gemm_0_gemm(metal::uint4(group_1, first, token_2, 0u), row_2 + first, row_2 + 63u, at_1.lid, p, qx_1_v4_, w_2_, y_3_, gemm_0_tile, gemm_0_x_scale, gemm_0_w_scale, gemm_0_record, _buffer_sizes);
    return;
}

struct gemm_jaogyaInput {
};
[[max_total_threads_per_threadgroup(128)]] kernel void gemm_jaogya(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, constant Params& p [[buffer(30)]]
, device type_2 const& qx_1_v4_ [[buffer(1)]]
, device type_2 const& w_2_ [[buffer(2)]]
, device type_4& y_3_ [[buffer(3)]]
, threadgroup type_8& gemm_0_tile
, threadgroup type_12& gemm_0_x_scale
, threadgroup type_13& gemm_0_w_scale
, threadgroup type_14& gemm_0_record
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_3 = At {group.x, group.y, lid, lane, sg};
    gemm_0_(at_3, p, qx_1_v4_, w_2_, y_3_, gemm_0_tile, gemm_0_x_scale, gemm_0_w_scale, gemm_0_record, _buffer_sizes);
    return;
}
