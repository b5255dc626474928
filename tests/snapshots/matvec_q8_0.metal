// matvec_wtfbht
//
// matvec of matmul (MODEL.md 2.5)
//   template ops/matvec, CHUNK = 64, I = 1024, JT = 32, O = 32768, OUT = 16, ROWS = 2, SPLITS = 16, TOKENS = 4
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  qx_1_v4  vec4<u32>  640 values a row, temporary, read
// 1  w_2  vec4<u32>  [32768, 1024], read
// 2  y_3  f32  [T, 32768], read and written

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
struct type_8 {
    float inner[8];
};
struct type_10 {
    uint inner[4];
};

void hook_unroll(
) {
    return;
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
    uint n = (row * 32u) + u;
    uint at_1 = (n * 8u) + (n / 2u);
    uint _e10 = w_2_word(at_1, w_2_, _buffer_sizes);
    metal::uint4 _e13 = w_2_words(at_1 + 1u, w_2_, _buffer_sizes);
    metal::uint4 _e16 = w_2_words(at_1 + 5u, w_2_, _buffer_sizes);
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

void matvec_0_w_2_add(
    thread type_8& sums,
    uint row_1,
    uint last,
    type_10 records,
    uint live,
    uint lane_1,
    device type_2 const& qx_1_v4_,
    device type_2 const& w_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint u_2 = {};
    uint row_0_ = metal::min(row_1 + 0u, last);
    uint row_1_ = metal::min(row_1 + 1u, last);
    u_2 = lane_1;
    bool loop_init_1 = true;
    while(true) {
        if (!loop_init_1) {
            uint _e256 = u_2;
            u_2 = _e256 + 32u;
        }
        loop_init_1 = false;
        uint _e13 = u_2;
        if (_e13 < 32u) {
        } else {
            break;
        }
        {
            uint _e16 = u_2;
            w_2_Unit _e17 = w_2_load(row_0_, _e16, w_2_, _buffer_sizes);
            uint _e18 = u_2;
            w_2_Unit _e19 = w_2_load(row_1_, _e18, w_2_, _buffer_sizes);
            uint _e20 = u_2;
            Group _e22 = w_2_group(_e17, _e20, 0u);
            uint _e23 = u_2;
            Group _e25 = w_2_group(_e19, _e23, 0u);
            {
                uint _e28 = u_2;
                uint record = (records.inner[0] + (1u * _e28)) + 0u;
                uint at_2 = ((record / 8u) * 40u) + (record % 8u);
                metal::uint4 h0_1 = qx_1_v4_[at_2];
                metal::uint4 h1_1 = qx_1_v4_[at_2 + 8u];
                metal::uint4 l0_1 = qx_1_v4_[at_2 + 16u];
                metal::uint4 l1_1 = qx_1_v4_[at_2 + 24u];
                metal::uint4 _e62 = qx_1_v4_[at_2 + 32u];
                metal::float4 s = as_type<metal::float4>(_e62);
                int _e64 = dot32_(_e22, h0_1, h1_1, l0_1, l1_1);
                float dot_0_ = static_cast<float>(_e64);
                float _e71 = sums.inner[0];
                sums.inner[0] = metal::fma(_e22.scale * s.x, dot_0_, _e71);
                int _e73 = dot32_(_e25, h0_1, h1_1, l0_1, l1_1);
                float dot_1_ = static_cast<float>(_e73);
                float _e80 = sums.inner[4];
                sums.inner[4] = metal::fma(_e25.scale * s.x, dot_1_, _e80);
            }
            if (live > 1u) {
                uint _e86 = u_2;
                uint record_1 = (records.inner[1] + (1u * _e86)) + 0u;
                uint at_3 = ((record_1 / 8u) * 40u) + (record_1 % 8u);
                metal::uint4 h0_2 = qx_1_v4_[at_3];
                metal::uint4 h1_2 = qx_1_v4_[at_3 + 8u];
                metal::uint4 l0_2 = qx_1_v4_[at_3 + 16u];
                metal::uint4 l1_2 = qx_1_v4_[at_3 + 24u];
                metal::uint4 _e120 = qx_1_v4_[at_3 + 32u];
                metal::float4 s_1 = as_type<metal::float4>(_e120);
                int _e122 = dot32_(_e22, h0_2, h1_2, l0_2, l1_2);
                float dot_0_1 = static_cast<float>(_e122);
                float _e129 = sums.inner[1];
                sums.inner[1] = metal::fma(_e22.scale * s_1.x, dot_0_1, _e129);
                int _e131 = dot32_(_e25, h0_2, h1_2, l0_2, l1_2);
                float dot_1_1 = static_cast<float>(_e131);
                float _e138 = sums.inner[5];
                sums.inner[5] = metal::fma(_e25.scale * s_1.x, dot_1_1, _e138);
            }
            if (live > 2u) {
                uint _e144 = u_2;
                uint record_2 = (records.inner[2] + (1u * _e144)) + 0u;
                uint at_4 = ((record_2 / 8u) * 40u) + (record_2 % 8u);
                metal::uint4 h0_3 = qx_1_v4_[at_4];
                metal::uint4 h1_3 = qx_1_v4_[at_4 + 8u];
                metal::uint4 l0_3 = qx_1_v4_[at_4 + 16u];
                metal::uint4 l1_3 = qx_1_v4_[at_4 + 24u];
                metal::uint4 _e178 = qx_1_v4_[at_4 + 32u];
                metal::float4 s_2 = as_type<metal::float4>(_e178);
                int _e180 = dot32_(_e22, h0_3, h1_3, l0_3, l1_3);
                float dot_0_2 = static_cast<float>(_e180);
                float _e187 = sums.inner[2];
                sums.inner[2] = metal::fma(_e22.scale * s_2.x, dot_0_2, _e187);
                int _e189 = dot32_(_e25, h0_3, h1_3, l0_3, l1_3);
                float dot_1_2 = static_cast<float>(_e189);
                float _e196 = sums.inner[6];
                sums.inner[6] = metal::fma(_e25.scale * s_2.x, dot_1_2, _e196);
            }
            if (live > 3u) {
                uint _e202 = u_2;
                uint record_3 = (records.inner[3] + (1u * _e202)) + 0u;
                uint at_5 = ((record_3 / 8u) * 40u) + (record_3 % 8u);
                metal::uint4 h0_4 = qx_1_v4_[at_5];
                metal::uint4 h1_4 = qx_1_v4_[at_5 + 8u];
                metal::uint4 l0_4 = qx_1_v4_[at_5 + 16u];
                metal::uint4 l1_4 = qx_1_v4_[at_5 + 24u];
                metal::uint4 _e236 = qx_1_v4_[at_5 + 32u];
                metal::float4 s_3 = as_type<metal::float4>(_e236);
                int _e238 = dot32_(_e22, h0_4, h1_4, l0_4, l1_4);
                float dot_0_3 = static_cast<float>(_e238);
                float _e245 = sums.inner[3];
                sums.inner[3] = metal::fma(_e22.scale * s_3.x, dot_0_3, _e245);
                int _e247 = dot32_(_e25, h0_4, h1_4, l0_4, l1_4);
                float dot_1_3 = static_cast<float>(_e247);
                float _e254 = sums.inner[7];
                sums.inner[7] = metal::fma(_e25.scale * s_3.x, dot_1_3, _e254);
            }
        }
    }
    return;
}

void matvec_0_(
    At at,
    constant Params& p,
    device type_2 const& qx_1_v4_,
    device type_2 const& w_2_,
    device type_4& y_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    type_10 records_1 = {};
    uint o = {};
    type_8 sums_1 = {};
    bool local = {};
    bool local_1 = {};
    bool local_2 = {};
    bool local_3 = {};
    bool local_4 = {};
    bool local_5 = {};
    bool local_6 = {};
    bool local_7 = {};
    bool local_8 = {};
    bool local_9 = {};
    bool local_10 = {};
    bool local_11 = {};
    bool local_12 = {};
    bool local_13 = {};
    bool local_14 = {};
    bool local_15 = {};
    uint group_1 = at.x / 2048u;
    uint first = (at.x % 2048u) * 16u;
    uint end = metal::min(first + 16u, 32768u);
    uint row_2 = group_1 * 32768u;
    uint t_0_ = (at.y * 4u) + 0u;
    records_1.inner[0] = ((t_0_ * 1u) + group_1) * 32u;
    uint t_1_ = (at.y * 4u) + 1u;
    records_1.inner[1] = ((t_1_ * 1u) + group_1) * 32u;
    uint t_2_ = (at.y * 4u) + 2u;
    records_1.inner[2] = ((t_2_ * 1u) + group_1) * 32u;
    uint t_3_ = (at.y * 4u) + 3u;
    records_1.inner[3] = ((t_3_ * 1u) + group_1) * 32u;
    uint _e62 = p.rows;
    uint live_1 = _e62 - t_0_;
    o = first + (at.sg * 2u);
    bool loop_init_2 = true;
    while(true) {
        if (!loop_init_2) {
            uint _e327 = o;
            o = _e327 + 16u;
        }
        loop_init_2 = false;
        uint _e69 = o;
        if (_e69 < end) {
        } else {
            break;
        }
        {
            sums_1 = type_8 {};
            uint _e73 = o;
            type_10 _e77 = records_1;
            matvec_0_w_2_add(sums_1, row_2 + _e73, row_2 + 32767u, _e77, live_1, at.lane, qx_1_v4_, w_2_, _buffer_sizes);
            float _e80 = sums_1.inner[0];
            float unnamed = metal::simd_sum(_e80);
            if (at.lane == 0u) {
                uint _e87 = o;
                local = (_e87 + 0u) < end;
            } else {
                local = false;
            }
            bool _e92 = local;
            if (_e92) {
                local_1 = live_1 > 0u;
            } else {
                local_1 = false;
            }
            bool _e98 = local_1;
            if (_e98) {
                uint _e105 = o;
                y_3_[((((t_0_ * 1u) + group_1) * 32768u) + _e105) + 0u] = unnamed;
            }
            float _e111 = sums_1.inner[1];
            float unnamed_1 = metal::simd_sum(_e111);
            if (at.lane == 0u) {
                uint _e118 = o;
                local_2 = (_e118 + 0u) < end;
            } else {
                local_2 = false;
            }
            bool _e123 = local_2;
            if (_e123) {
                local_3 = live_1 > 1u;
            } else {
                local_3 = false;
            }
            bool _e129 = local_3;
            if (_e129) {
                uint _e136 = o;
                y_3_[((((t_1_ * 1u) + group_1) * 32768u) + _e136) + 0u] = unnamed_1;
            }
            float _e142 = sums_1.inner[2];
            float unnamed_2 = metal::simd_sum(_e142);
            if (at.lane == 0u) {
                uint _e149 = o;
                local_4 = (_e149 + 0u) < end;
            } else {
                local_4 = false;
            }
            bool _e154 = local_4;
            if (_e154) {
                local_5 = live_1 > 2u;
            } else {
                local_5 = false;
            }
            bool _e160 = local_5;
            if (_e160) {
                uint _e167 = o;
                y_3_[((((t_2_ * 1u) + group_1) * 32768u) + _e167) + 0u] = unnamed_2;
            }
            float _e173 = sums_1.inner[3];
            float unnamed_3 = metal::simd_sum(_e173);
            if (at.lane == 0u) {
                uint _e180 = o;
                local_6 = (_e180 + 0u) < end;
            } else {
                local_6 = false;
            }
            bool _e185 = local_6;
            if (_e185) {
                local_7 = live_1 > 3u;
            } else {
                local_7 = false;
            }
            bool _e191 = local_7;
            if (_e191) {
                uint _e198 = o;
                y_3_[((((t_3_ * 1u) + group_1) * 32768u) + _e198) + 0u] = unnamed_3;
            }
            float _e204 = sums_1.inner[4];
            float unnamed_4 = metal::simd_sum(_e204);
            if (at.lane == 0u) {
                uint _e211 = o;
                local_8 = (_e211 + 1u) < end;
            } else {
                local_8 = false;
            }
            bool _e216 = local_8;
            if (_e216) {
                local_9 = live_1 > 0u;
            } else {
                local_9 = false;
            }
            bool _e222 = local_9;
            if (_e222) {
                uint _e229 = o;
                y_3_[((((t_0_ * 1u) + group_1) * 32768u) + _e229) + 1u] = unnamed_4;
            }
            float _e235 = sums_1.inner[5];
            float unnamed_5 = metal::simd_sum(_e235);
            if (at.lane == 0u) {
                uint _e242 = o;
                local_10 = (_e242 + 1u) < end;
            } else {
                local_10 = false;
            }
            bool _e247 = local_10;
            if (_e247) {
                local_11 = live_1 > 1u;
            } else {
                local_11 = false;
            }
            bool _e253 = local_11;
            if (_e253) {
                uint _e260 = o;
                y_3_[((((t_1_ * 1u) + group_1) * 32768u) + _e260) + 1u] = unnamed_5;
            }
            float _e266 = sums_1.inner[6];
            float unnamed_6 = metal::simd_sum(_e266);
            if (at.lane == 0u) {
                uint _e273 = o;
                local_12 = (_e273 + 1u) < end;
            } else {
                local_12 = false;
            }
            bool _e278 = local_12;
            if (_e278) {
                local_13 = live_1 > 2u;
            } else {
                local_13 = false;
            }
            bool _e284 = local_13;
            if (_e284) {
                uint _e291 = o;
                y_3_[((((t_2_ * 1u) + group_1) * 32768u) + _e291) + 1u] = unnamed_6;
            }
            float _e297 = sums_1.inner[7];
            float unnamed_7 = metal::simd_sum(_e297);
            if (at.lane == 0u) {
                uint _e304 = o;
                local_14 = (_e304 + 1u) < end;
            } else {
                local_14 = false;
            }
            bool _e309 = local_14;
            if (_e309) {
                local_15 = live_1 > 3u;
            } else {
                local_15 = false;
            }
            bool _e315 = local_15;
            if (_e315) {
                uint _e322 = o;
                y_3_[((((t_3_ * 1u) + group_1) * 32768u) + _e322) + 1u] = unnamed_7;
            }
        }
    }
    return;
}

struct matvec_wtfbhtInput {
};
[[max_total_threads_per_threadgroup(256)]] kernel void matvec_wtfbht(
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
    At at_6 = At {group.x, group.y, lid, lane, sg};
    matvec_0_(at_6, p, qx_1_v4_, w_2_, y_3_, _buffer_sizes);
    return;
}
