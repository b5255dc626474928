// matvec_bzatnc
//
// matvec of matmul (MODEL.md 2.5)
//   template ops/matvec, CHUNK = 64, DEPTH = 16, HALF = 448, I = 8192, JT = 32, KG = 2, O = 4096, OUT = 16, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  qx_1_v4  vec4<u32>  5120 values a row, temporary, read
// 1  w_2  vec4<u32>  [4096, 8192], read
// 2  y_3  f32  [T, 4096], read and written

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
struct type_6 {
    float inner[2];
};
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
struct matvec_0_w_2_Next {
    w_2_Unit row_0_;
    w_2_Unit row_1_;
};
struct type_9 {
    float inner[8];
};
struct type_12 {
    uint inner[4];
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

float sums_2_(
    type_6 values,
    uint lane_1
) {
    float value_0_ = {};
    float value_1_ = {};
    uint mask = 2u;
    value_0_ = values.inner[0];
    value_1_ = values.inner[1];
    bool upper_0_ = ((lane_1 >> 0u) & 1u) == 1u;
    {
        float _e12 = value_0_;
        float _e13 = value_1_;
        float kept = upper_0_ ? _e13 : _e12;
        float _e15 = value_1_;
        float _e16 = value_0_;
        float given = upper_0_ ? _e16 : _e15;
        float unnamed = metal::simd_shuffle_xor(given, 1u);
        value_0_ = kept + unnamed;
    }
    bool loop_init_1 = true;
    while(true) {
        if (!loop_init_1) {
            uint _e31 = mask;
            mask = _e31 << 1u;
        }
        loop_init_1 = false;
        uint _e23 = mask;
        if (_e23 < 32u) {
        } else {
            break;
        }
        {
            hook_unroll();
            float _e26 = value_0_;
            float _e27 = value_0_;
            uint _e28 = mask;
            float unnamed_1 = metal::simd_shuffle_xor(_e27, _e28);
            value_0_ = _e26 + unnamed_1;
        }
    }
    float _e34 = value_0_;
    return _e34;
}

uint sums_2_which(
    uint lane_2
) {
    return lane_2 % 2u;
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
    uint n = (row * 256u) + u;
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

matvec_0_w_2_Next matvec_0_w_2_first(
    uint row_1,
    uint last,
    uint lane_3,
    device type_2 const& w_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    matvec_0_w_2_Next next = {};
    w_2_Unit _e10 = w_2_load(metal::min(row_1 + 0u, last), metal::min(lane_3, 255u), w_2_, _buffer_sizes);
    next.row_0_ = _e10;
    w_2_Unit _e17 = w_2_load(metal::min(row_1 + 1u, last), metal::min(lane_3, 255u), w_2_, _buffer_sizes);
    next.row_1_ = _e17;
    matvec_0_w_2_Next _e18 = next;
    return _e18;
}

void matvec_0_w_2_add(
    thread type_9& sums,
    thread matvec_0_w_2_Next& next_1,
    uint row_2,
    uint following,
    uint last_1,
    type_12 records,
    uint live,
    uint lane_4,
    device type_2 const& qx_1_v4_,
    device type_2 const& w_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint u_2 = {};
    u_2 = lane_4;
    bool loop_init_2 = true;
    while(true) {
        if (!loop_init_2) {
            uint _e274 = u_2;
            u_2 = _e274 + 32u;
        }
        loop_init_2 = false;
        uint _e9 = u_2;
        if (_e9 < 256u) {
        } else {
            break;
        }
        {
            uint _e12 = u_2;
            bool is_last = (_e12 + 32u) >= 256u;
            uint from_row = is_last ? following : row_2;
            uint _e18 = u_2;
            uint from_unit = is_last ? metal::min(lane_4, 255u) : (_e18 + 32u);
            w_2_Unit unit_0_ = next_1.row_0_;
            w_2_Unit _e30 = w_2_load(metal::min(from_row + 0u, last_1), from_unit, w_2_, _buffer_sizes);
            next_1.row_0_ = _e30;
            w_2_Unit unit_1_ = next_1.row_1_;
            w_2_Unit _e37 = w_2_load(metal::min(from_row + 1u, last_1), from_unit, w_2_, _buffer_sizes);
            next_1.row_1_ = _e37;
            uint _e38 = u_2;
            Group _e40 = w_2_group(unit_0_, _e38, 0u);
            uint _e41 = u_2;
            Group _e43 = w_2_group(unit_1_, _e41, 0u);
            {
                uint _e46 = u_2;
                uint record = (records.inner[0] + (1u * _e46)) + 0u;
                uint at_3 = ((record / 8u) * 40u) + (record % 8u);
                metal::uint4 h0_1 = qx_1_v4_[at_3];
                metal::uint4 h1_1 = qx_1_v4_[at_3 + 8u];
                metal::uint4 l0_1 = qx_1_v4_[at_3 + 16u];
                metal::uint4 l1_1 = qx_1_v4_[at_3 + 24u];
                metal::uint4 _e80 = qx_1_v4_[at_3 + 32u];
                metal::float4 s = as_type<metal::float4>(_e80);
                int _e82 = dot32_(_e40, h0_1, h1_1, l0_1, l1_1);
                float dot_0_ = static_cast<float>(_e82);
                float _e89 = sums.inner[0];
                sums.inner[0] = metal::fma(_e40.scale * s.x, dot_0_, _e89);
                int _e91 = dot32_(_e43, h0_1, h1_1, l0_1, l1_1);
                float dot_1_ = static_cast<float>(_e91);
                float _e98 = sums.inner[4];
                sums.inner[4] = metal::fma(_e43.scale * s.x, dot_1_, _e98);
            }
            if (live > 1u) {
                {
                    uint _e104 = u_2;
                    uint record_1 = (records.inner[1] + (1u * _e104)) + 0u;
                    uint at_4 = ((record_1 / 8u) * 40u) + (record_1 % 8u);
                    metal::uint4 h0_2 = qx_1_v4_[at_4];
                    metal::uint4 h1_2 = qx_1_v4_[at_4 + 8u];
                    metal::uint4 l0_2 = qx_1_v4_[at_4 + 16u];
                    metal::uint4 l1_2 = qx_1_v4_[at_4 + 24u];
                    metal::uint4 _e138 = qx_1_v4_[at_4 + 32u];
                    metal::float4 s_1 = as_type<metal::float4>(_e138);
                    int _e140 = dot32_(_e40, h0_2, h1_2, l0_2, l1_2);
                    float dot_0_1 = static_cast<float>(_e140);
                    float _e147 = sums.inner[1];
                    sums.inner[1] = metal::fma(_e40.scale * s_1.x, dot_0_1, _e147);
                    int _e149 = dot32_(_e43, h0_2, h1_2, l0_2, l1_2);
                    float dot_1_1 = static_cast<float>(_e149);
                    float _e156 = sums.inner[5];
                    sums.inner[5] = metal::fma(_e43.scale * s_1.x, dot_1_1, _e156);
                }
                if (live > 2u) {
                    uint _e162 = u_2;
                    uint record_2 = (records.inner[2] + (1u * _e162)) + 0u;
                    uint at_5 = ((record_2 / 8u) * 40u) + (record_2 % 8u);
                    metal::uint4 h0_3 = qx_1_v4_[at_5];
                    metal::uint4 h1_3 = qx_1_v4_[at_5 + 8u];
                    metal::uint4 l0_3 = qx_1_v4_[at_5 + 16u];
                    metal::uint4 l1_3 = qx_1_v4_[at_5 + 24u];
                    metal::uint4 _e196 = qx_1_v4_[at_5 + 32u];
                    metal::float4 s_2 = as_type<metal::float4>(_e196);
                    int _e198 = dot32_(_e40, h0_3, h1_3, l0_3, l1_3);
                    float dot_0_2 = static_cast<float>(_e198);
                    float _e205 = sums.inner[2];
                    sums.inner[2] = metal::fma(_e40.scale * s_2.x, dot_0_2, _e205);
                    int _e207 = dot32_(_e43, h0_3, h1_3, l0_3, l1_3);
                    float dot_1_2 = static_cast<float>(_e207);
                    float _e214 = sums.inner[6];
                    sums.inner[6] = metal::fma(_e43.scale * s_2.x, dot_1_2, _e214);
                }
                if (live > 3u) {
                    uint _e220 = u_2;
                    uint record_3 = (records.inner[3] + (1u * _e220)) + 0u;
                    uint at_6 = ((record_3 / 8u) * 40u) + (record_3 % 8u);
                    metal::uint4 h0_4 = qx_1_v4_[at_6];
                    metal::uint4 h1_4 = qx_1_v4_[at_6 + 8u];
                    metal::uint4 l0_4 = qx_1_v4_[at_6 + 16u];
                    metal::uint4 l1_4 = qx_1_v4_[at_6 + 24u];
                    metal::uint4 _e254 = qx_1_v4_[at_6 + 32u];
                    metal::float4 s_3 = as_type<metal::float4>(_e254);
                    int _e256 = dot32_(_e40, h0_4, h1_4, l0_4, l1_4);
                    float dot_0_3 = static_cast<float>(_e256);
                    float _e263 = sums.inner[3];
                    sums.inner[3] = metal::fma(_e40.scale * s_3.x, dot_0_3, _e263);
                    int _e265 = dot32_(_e43, h0_4, h1_4, l0_4, l1_4);
                    float dot_1_3 = static_cast<float>(_e265);
                    float _e272 = sums.inner[7];
                    sums.inner[7] = metal::fma(_e43.scale * s_3.x, dot_1_3, _e272);
                }
            }
        }
    }
    return;
}

void matvec_0_rows(
    At at,
    uint group_1,
    uint first,
    uint end,
    uint from_t,
    uint live_1,
    device type_2 const& qx_1_v4_,
    device type_2 const& w_2_,
    device type_4& y_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    type_12 records_1 = {};
    matvec_0_w_2_Next next_2 = {};
    uint o = {};
    type_9 sums_1 = {};
    type_6 values_1 = {};
    bool local = {};
    bool local_1 = {};
    type_6 values_2 = {};
    bool local_2 = {};
    bool local_3 = {};
    type_6 values_3 = {};
    bool local_4 = {};
    bool local_5 = {};
    type_6 values_4 = {};
    bool local_6 = {};
    bool local_7 = {};
    uint row_3 = group_1 * 4096u;
    uint t_0_ = from_t + 0u;
    records_1.inner[0] = ((t_0_ * 1u) + group_1) * 256u;
    uint t_1_ = from_t + 1u;
    records_1.inner[1] = ((t_1_ * 1u) + group_1) * 256u;
    uint t_2_ = from_t + 2u;
    records_1.inner[2] = ((t_2_ * 1u) + group_1) * 256u;
    uint t_3_ = from_t + 3u;
    records_1.inner[3] = ((t_3_ * 1u) + group_1) * 256u;
    matvec_0_w_2_Next _e50 = matvec_0_w_2_first((row_3 + first) + (at.sg * 2u), row_3 + 4095u, at.lane, w_2_, _buffer_sizes);
    next_2 = _e50;
    o = first + (at.sg * 2u);
    bool loop_init_3 = true;
    while(true) {
        if (!loop_init_3) {
            uint _e225 = o;
            o = _e225 + 16u;
        }
        loop_init_3 = false;
        uint _e57 = o;
        if (_e57 < end) {
        } else {
            break;
        }
        {
            sums_1 = type_9 {};
            uint _e61 = o;
            uint _e62 = o;
            uint _e64 = o;
            uint following_1 = ((_e64 + 16u) < end) ? (_e62 + 16u) : _e61;
            uint _e68 = o;
            type_12 _e73 = records_1;
            matvec_0_w_2_add(sums_1, next_2, row_3 + _e68, row_3 + following_1, row_3 + 4095u, _e73, live_1, at.lane, qx_1_v4_, w_2_, _buffer_sizes);
            {
                values_1 = type_6 {};
                float _e79 = sums_1.inner[0];
                values_1.inner[0] = _e79;
                float _e82 = sums_1.inner[4];
                values_1.inner[1] = _e82;
                type_6 _e83 = values_1;
                float _e85 = sums_2_(_e83, at.lane);
                uint _e86 = o;
                uint _e88 = sums_2_which(at.lane);
                uint own = _e86 + _e88;
                if (at.lane < 2u) {
                    local = own < end;
                } else {
                    local = false;
                }
                bool _e97 = local;
                if (_e97) {
                    local_1 = live_1 > 0u;
                } else {
                    local_1 = false;
                }
                bool _e103 = local_1;
                if (_e103) {
                    y_3_[(((t_0_ * 1u) + group_1) * 4096u) + own] = _e85;
                }
            }
            if (live_1 > 1u) {
                {
                    values_2 = type_6 {};
                    float _e118 = sums_1.inner[1];
                    values_2.inner[0] = _e118;
                    float _e121 = sums_1.inner[5];
                    values_2.inner[1] = _e121;
                    type_6 _e122 = values_2;
                    float _e124 = sums_2_(_e122, at.lane);
                    uint _e125 = o;
                    uint _e127 = sums_2_which(at.lane);
                    uint own_1 = _e125 + _e127;
                    if (at.lane < 2u) {
                        local_2 = own_1 < end;
                    } else {
                        local_2 = false;
                    }
                    bool _e136 = local_2;
                    if (_e136) {
                        local_3 = live_1 > 1u;
                    } else {
                        local_3 = false;
                    }
                    bool _e142 = local_3;
                    if (_e142) {
                        y_3_[(((t_1_ * 1u) + group_1) * 4096u) + own_1] = _e124;
                    }
                }
                {
                    values_3 = type_6 {};
                    float _e155 = sums_1.inner[2];
                    values_3.inner[0] = _e155;
                    float _e158 = sums_1.inner[6];
                    values_3.inner[1] = _e158;
                    type_6 _e159 = values_3;
                    float _e161 = sums_2_(_e159, at.lane);
                    uint _e162 = o;
                    uint _e164 = sums_2_which(at.lane);
                    uint own_2 = _e162 + _e164;
                    if (at.lane < 2u) {
                        local_4 = own_2 < end;
                    } else {
                        local_4 = false;
                    }
                    bool _e173 = local_4;
                    if (_e173) {
                        local_5 = live_1 > 2u;
                    } else {
                        local_5 = false;
                    }
                    bool _e179 = local_5;
                    if (_e179) {
                        y_3_[(((t_2_ * 1u) + group_1) * 4096u) + own_2] = _e161;
                    }
                }
                {
                    values_4 = type_6 {};
                    float _e192 = sums_1.inner[3];
                    values_4.inner[0] = _e192;
                    float _e195 = sums_1.inner[7];
                    values_4.inner[1] = _e195;
                    type_6 _e196 = values_4;
                    float _e198 = sums_2_(_e196, at.lane);
                    uint _e199 = o;
                    uint _e201 = sums_2_which(at.lane);
                    uint own_3 = _e199 + _e201;
                    if (at.lane < 2u) {
                        local_6 = own_3 < end;
                    } else {
                        local_6 = false;
                    }
                    bool _e210 = local_6;
                    if (_e210) {
                        local_7 = live_1 > 3u;
                    } else {
                        local_7 = false;
                    }
                    bool _e216 = local_7;
                    if (_e216) {
                        y_3_[(((t_3_ * 1u) + group_1) * 4096u) + own_3] = _e198;
                    }
                }
            }
        }
    }
    return;
}

void matvec_0_(
    At at_1,
    constant Params& p,
    device type_2 const& qx_1_v4_,
    device type_2 const& w_2_,
    device type_4& y_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint group_2 = at_1.x / 256u;
    uint first_1 = (at_1.x % 256u) * 16u;
    uint end_1 = metal::min(first_1 + 16u, 4096u);
    uint from_t_1 = at_1.y * 4u;
    uint _e18 = p.rows;
    uint live_2 = metal::min(_e18 - from_t_1, 4u);
    matvec_0_rows(at_1, group_2, first_1, end_1, from_t_1, live_2, qx_1_v4_, w_2_, y_3_, _buffer_sizes);
    return;
}

struct matvec_bzatncInput {
};
[[max_total_threads_per_threadgroup(256)]] kernel void matvec_bzatnc(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, constant Params& p [[buffer(30)]]
, device type_2 const& qx_1_v4_ [[buffer(0)]]
, device type_2 const& w_2_ [[buffer(1)]]
, device type_4& y_3_ [[buffer(2)]]
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_7 = At {group.x, group.y, lid, lane, sg};
    matvec_0_(at_7, p, qx_1_v4_, w_2_, y_3_, _buffer_sizes);
    return;
}
