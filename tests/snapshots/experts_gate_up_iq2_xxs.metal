// experts_gate_up_quantize_h_matvec_apjbrl
//
// experts_gate_up of experts_gate_up (MODEL.md 2.9)
//   template ops/experts_gate_up, CHUNK = 64, DEPTH = 16, E = 256, F = 2048, HALF = 448, JT = 32, K = 6, KG = 2, N = 4096, OUT = 64, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4
//   g = gate[e] · x[t], u = up[e] · x[t], e = ids[t, k];
//   h[t, k] = silu(min(g, limit)) · clamp(u, −limit, limit) · weights[t, k]
//
// quantize_h of experts_down (MODEL.md 2.9)
//   template ops/quantize_h, CHUNK = 64, DEPTH = 16, E = 256, F = 2048, HALF = 448, JT = 32, K = 6, KG = 2, N = 4096, OUT = 16, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4
//   y[t] = Σ_k down[ids[t, k]] · h[t, k]
//
// matvec of matmul (MODEL.md 2.5)
//   template ops/matvec, CHUNK = 64, DEPTH = 16, HALF = 448, I = 2048, JT = 32, KG = 2, O = 4096, OUT = 32, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 1  gate_2  vec4<u32>  [256, 2048, 4096], read
// 2  up_3  vec4<u32>  [256, 2048, 4096], read
// 3  ids_4  u32  [T, 6], read
// 4  weights_5  f32  [T, 6], read
// 5  h_6  f32  [T, 6, 2048], read and written
// 6  h_6_v4  vec4<f32>  [T, 6, 2048], read and written
// 7  qx_7  u32  7680 values a row, temporary, read and written
// 8  qx_9_v4  vec4<u32>  1280 values a row, temporary, read
// 9  w_10  vec4<u32>  [4096, 2048], read
// 10  y_11  f32  [T, 4096], read and written
// 11  iq2_grid  f32  table IQ2_GRID, read

// language: metal3.1
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size1;
    uint size2;
    uint size3;
    uint size4;
    uint size5;
    uint size6;
    uint size7;
    uint size8;
    uint size9;
    uint size10;
    uint size11;
    uint size12;
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
typedef uint type_3[1];
typedef float type_5[1];
typedef metal::float4 type_7[1];
struct Group {
    metal::uint4 a;
    metal::uint4 b;
    float scale;
    char _pad3[4];
    metal::float2 min;
};
struct type_10 {
    float inner[4];
};
struct type_13 {
    metal::uint2 inner[256];
};
struct type_14 {
    float inner[256];
};
struct experts_gate_up_0_Place {
    uint team;
    uint part;
    uint unit;
    bool live;
    char _pad4[3];
    uint subgroup;
};
struct experts_gate_up_0_Held {
    metal::uint4 h0_0_;
    metal::uint4 h1_0_;
    metal::uint4 l0_0_;
    metal::uint4 l1_0_;
    metal::float4 scale_0_;
    metal::uint4 h0_1_;
    metal::uint4 h1_1_;
    metal::uint4 l0_1_;
    metal::uint4 l1_1_;
    metal::float4 scale_1_;
};
struct gate_2_Unit {
    metal::uint4 groups;
    uint d;
    char _pad2[12];
};
struct type_15 {
    metal::uint4 inner[2];
};
struct up_3_Unit {
    metal::uint4 groups;
    uint d;
    char _pad2[12];
};
struct type_16 {
    float inner[2];
};
struct w_10_Unit {
    uint first;
    char _pad1[12];
    metal::uint4 a;
    metal::uint4 b;
    uint odd;
    char _pad4[12];
};
struct matvec_2_w_10_Next {
    w_10_Unit row_0_;
    w_10_Unit row_1_;
};
struct type_17 {
    float inner[8];
};
struct type_20 {
    uint inner[4];
};
constant uint experts_gate_up_0_teams = 4u;

float swiglu(
    float gate,
    float up,
    float limit
) {
    float g = metal::min(gate, limit);
    return (g / (1.0 + metal::exp(-(g)))) * metal::clamp(up, -(limit), limit);
}

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

float sums_4_(
    type_10 values,
    uint lane_1
) {
    float value_0_ = {};
    float value_1_ = {};
    float value_2_ = {};
    float value_3_ = {};
    uint mask = 4u;
    value_0_ = values.inner[0];
    value_1_ = values.inner[1];
    value_2_ = values.inner[2];
    value_3_ = values.inner[3];
    bool upper_0_ = ((lane_1 >> 0u) & 1u) == 1u;
    {
        float _e16 = value_0_;
        float _e17 = value_2_;
        float kept = upper_0_ ? _e17 : _e16;
        float _e19 = value_2_;
        float _e20 = value_0_;
        float given = upper_0_ ? _e20 : _e19;
        float unnamed = metal::simd_shuffle_xor(given, 1u);
        value_0_ = kept + unnamed;
    }
    {
        float _e25 = value_1_;
        float _e26 = value_3_;
        float kept_1 = upper_0_ ? _e26 : _e25;
        float _e28 = value_3_;
        float _e29 = value_1_;
        float given_1 = upper_0_ ? _e29 : _e28;
        float unnamed_1 = metal::simd_shuffle_xor(given_1, 1u);
        value_1_ = kept_1 + unnamed_1;
    }
    bool upper_1_ = ((lane_1 >> 1u) & 1u) == 1u;
    {
        float _e40 = value_0_;
        float _e41 = value_1_;
        float kept_2 = upper_1_ ? _e41 : _e40;
        float _e43 = value_1_;
        float _e44 = value_0_;
        float given_2 = upper_1_ ? _e44 : _e43;
        float unnamed_2 = metal::simd_shuffle_xor(given_2, 2u);
        value_0_ = kept_2 + unnamed_2;
    }
    bool loop_init_1 = true;
    while(true) {
        if (!loop_init_1) {
            uint _e59 = mask;
            mask = _e59 << 1u;
        }
        loop_init_1 = false;
        uint _e51 = mask;
        if (_e51 < 32u) {
        } else {
            break;
        }
        {
            hook_unroll();
            float _e54 = value_0_;
            float _e55 = value_0_;
            uint _e56 = mask;
            float unnamed_3 = metal::simd_shuffle_xor(_e55, _e56);
            value_0_ = _e54 + unnamed_3;
        }
    }
    float _e62 = value_0_;
    return _e62;
}

uint sums_4_which(
    uint lane_2
) {
    return ((lane_2 & 1u) * 2u) + ((lane_2 >> 1u) & 1u);
}

uint naga_f2u32(float value) {
    return static_cast<uint>(metal::clamp(value, 0.0, 4294967000.0));
}

void iq2_start(
    uint lid_1,
    device type_5 const& iq2_grid,
    threadgroup type_13& iq2_magnitudes,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_1 = {};
    metal::uint2 codes = {};
    i_1 = lid_1;
    bool loop_init_2 = true;
    while(true) {
        if (!loop_init_2) {
            uint _e56 = i_1;
            i_1 = _e56 + 256u;
        }
        loop_init_2 = false;
        uint _e2 = i_1;
        if (_e2 < 256u) {
        } else {
            break;
        }
        {
            uint _e6 = i_1;
            float _e8 = iq2_grid[_e6];
            uint entry_1 = naga_f2u32(_e8);
            codes = metal::uint2(entry_1 & 255u, entry_1 >> 8u);
            metal::uint2 _e16 = codes;
            metal::uint2 _e17 = codes;
            codes = (_e16 | (_e17 << metal::uint2(12u))) & metal::uint2(983055u);
            metal::uint2 _e25 = codes;
            metal::uint2 _e26 = codes;
            codes = (_e25 | (_e26 << metal::uint2(6u))) & metal::uint2(50529027u);
            metal::uint2 _e34 = codes;
            metal::uint2 ones = _e34 & metal::uint2(16843009u);
            metal::uint2 _e38 = codes;
            metal::uint2 twos = (_e38 >> metal::uint2(1u)) & metal::uint2(16843009u);
            uint _e46 = i_1;
            iq2_magnitudes.inner[_e46] = (metal::uint2(134744072u) + (ones * 17u)) + (twos * 35u);
        }
    }
    return;
}

metal::uint2 iq2_values(
    uint entry,
    uint sign,
    threadgroup type_13& iq2_magnitudes
) {
    uint bits = sign | ((metal::popcount(sign) & 1u) << 7u);
    metal::uint2 ones_1 = (metal::uint2(bits & 15u, bits >> 4u) * 2113665u) & metal::uint2(16843009u);
    metal::uint2 _e20 = iq2_magnitudes.inner[entry];
    return (_e20 ^ (ones_1 * 255u)) + ones_1;
}

experts_gate_up_0_Place experts_gate_up_0_place(
    At at
) {
    uint thread_ = (at.sg * 32u) + at.lane;
    uint member = thread_ % 64u;
    uint team = thread_ / 64u;
    return experts_gate_up_0_Place {team / 1u, team % 1u, metal::min(member, 63u), member < 64u, {}, member / 32u};
}

experts_gate_up_0_Held experts_gate_up_0_hold(
    At at_1,
    uint first,
    experts_gate_up_0_Place place,
    device type_2 const& qx_1_v4_,
    constant _mslBufferSizes& _buffer_sizes
) {
    experts_gate_up_0_Held held = {};
    {
        uint record = (first + (2u * place.unit)) + 0u;
        uint begin = ((record / 8u) * 40u) + (record % 8u);
        metal::uint4 _e20 = qx_1_v4_[begin];
        held.h0_0_ = _e20;
        metal::uint4 _e26 = qx_1_v4_[begin + 8u];
        held.h1_0_ = _e26;
        metal::uint4 _e32 = qx_1_v4_[begin + 16u];
        held.l0_0_ = _e32;
        metal::uint4 _e38 = qx_1_v4_[begin + 24u];
        held.l1_0_ = _e38;
        metal::uint4 _e43 = qx_1_v4_[begin + 32u];
        metal::float4 scale = as_type<metal::float4>(_e43);
        held.scale_0_ = place.live ? scale : metal::float4 {};
    }
    {
        uint record_1 = (first + (2u * place.unit)) + 1u;
        uint begin_1 = ((record_1 / 8u) * 40u) + (record_1 % 8u);
        metal::uint4 _e65 = qx_1_v4_[begin_1];
        held.h0_1_ = _e65;
        metal::uint4 _e71 = qx_1_v4_[begin_1 + 8u];
        held.h1_1_ = _e71;
        metal::uint4 _e77 = qx_1_v4_[begin_1 + 16u];
        held.l0_1_ = _e77;
        metal::uint4 _e83 = qx_1_v4_[begin_1 + 24u];
        held.l1_1_ = _e83;
        metal::uint4 _e88 = qx_1_v4_[begin_1 + 32u];
        metal::float4 scale_1 = as_type<metal::float4>(_e88);
        held.scale_1_ = place.live ? scale_1 : metal::float4 {};
    }
    experts_gate_up_0_Held _e94 = held;
    return _e94;
}

void experts_gate_up_0_start(
    uint lid_2,
    device type_5 const& iq2_grid,
    threadgroup type_13& iq2_magnitudes,
    constant _mslBufferSizes& _buffer_sizes
) {
    iq2_start(lid_2, iq2_grid, iq2_magnitudes, _buffer_sizes);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    return;
}

void experts_gate_up_0_keep(
    At at_2,
    experts_gate_up_0_Place place_1,
    uint slot,
    type_10 values_1,
    threadgroup type_14& experts_gate_up_0_shares
) {
    float _e5 = sums_4_(values_1, at_2.lane);
    if (at_2.lane < 4u) {
        uint _e10 = sums_4_which(at_2.lane);
        uint share = ((slot + _e10) * 1u) + place_1.part;
        experts_gate_up_0_shares.inner[(share * 2u) + place_1.subgroup] = _e5;
        return;
    } else {
        return;
    }
}

float experts_gate_up_0_kept(
    uint slot_1,
    threadgroup type_14& experts_gate_up_0_shares
) {
    float sum_2 = 0.0;
    uint i_2 = 0u;
    bool loop_init_3 = true;
    while(true) {
        if (!loop_init_3) {
            uint _e19 = i_2;
            i_2 = _e19 + 1u;
        }
        loop_init_3 = false;
        uint _e5 = i_2;
        if (_e5 < 2u) {
        } else {
            break;
        }
        {
            float _e8 = sum_2;
            uint _e14 = i_2;
            float _e17 = experts_gate_up_0_shares.inner[((slot_1 * 2u) + 0u) + _e14];
            sum_2 = _e8 + _e17;
        }
    }
    float _e22 = sum_2;
    return _e22;
}

uint gate_2_word(
    uint i_3,
    device type_2 const& gate_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e8 = gate_2_[i_3 / 4u][i_3 % 4u];
    return _e8;
}

metal::uint4 gate_2_words(
    uint i_4,
    device type_2 const& gate_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e1 = gate_2_word(i_4, gate_2_, _buffer_sizes);
    uint _e4 = gate_2_word(i_4 + 1u, gate_2_, _buffer_sizes);
    uint _e7 = gate_2_word(i_4 + 2u, gate_2_, _buffer_sizes);
    uint _e10 = gate_2_word(i_4 + 3u, gate_2_, _buffer_sizes);
    return metal::uint4(_e1, _e4, _e7, _e10);
}

gate_2_Unit gate_2_load(
    uint row,
    uint u,
    device type_2 const& gate_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint n = (row * 16u) + (u / 4u);
    bool odd = (n % 2u) == 1u;
    uint block = (n * 16u) + (n / 2u);
    uint at_8 = block + ((u % 4u) * 4u);
    uint _e21 = gate_2_word(at_8, gate_2_, _buffer_sizes);
    metal::uint4 _e24 = gate_2_words(at_8 + 1u, gate_2_, _buffer_sizes);
    metal::uint4 shifted = (metal::uint4(_e21, _e24.xyz) >> metal::uint4(16u)) | (_e24 << metal::uint4(16u));
    uint _e34 = gate_2_word(block, gate_2_, _buffer_sizes);
    return gate_2_Unit {odd ? _e24 : shifted, odd ? (_e34 >> 16u) : _e34};
}

float gate_2_d(
    gate_2_Unit unit,
    uint u_1
) {
    return float2(as_type<half2>(unit.d)).x;
}

Group gate_2_group(
    gate_2_Unit unit_1,
    uint u_2,
    uint j,
    threadgroup type_13& iq2_magnitudes
) {
    metal::uint2 words = (j == 1u) ? unit_1.groups.zw : unit_1.groups.xy;
    metal::uint2 _e16 = iq2_values(words.x & 255u, words.y & 127u, iq2_magnitudes);
    metal::uint2 _e27 = iq2_values((words.x >> 8u) & 255u, (words.y >> 7u) & 127u, iq2_magnitudes);
    metal::uint2 _e38 = iq2_values((words.x >> 16u) & 255u, (words.y >> 14u) & 127u, iq2_magnitudes);
    metal::uint2 _e47 = iq2_values(words.x >> 24u, (words.y >> 21u) & 127u, iq2_magnitudes);
    float _e48 = gate_2_d(unit_1, u_2);
    float scale_2 = (_e48 * 0.125) * static_cast<float>((2u * (words.y >> 28u)) + 1u);
    return Group {metal::uint4(_e16, _e27), metal::uint4(_e38, _e47), scale_2, {}, metal::float2 {}};
}

float experts_gate_up_0_gate_2_times(
    gate_2_Unit unit_2,
    uint u_3,
    experts_gate_up_0_Held x_1,
    threadgroup type_13& iq2_magnitudes
) {
    metal::uint2 words_0_ = unit_2.groups.xy;
    metal::uint2 _e11 = iq2_values(words_0_.x & 255u, words_0_.y & 127u, iq2_magnitudes);
    metal::uint2 _e22 = iq2_values((words_0_.x >> 8u) & 255u, (words_0_.y >> 7u) & 127u, iq2_magnitudes);
    metal::uint2 _e34 = iq2_values((words_0_.x >> 16u) & 255u, (words_0_.y >> 14u) & 127u, iq2_magnitudes);
    metal::uint2 _e43 = iq2_values(words_0_.x >> 24u, (words_0_.y >> 21u) & 127u, iq2_magnitudes);
    type_15 w_0_ = type_15 {{metal::uint4(_e11, _e22), metal::uint4(_e34, _e43)}};
    Group group_0_ = Group {w_0_.inner[0], w_0_.inner[1], 0.0, {}, metal::float2 {}};
    int _e55 = dot32_(group_0_, x_1.h0_0_, x_1.h1_0_, x_1.l0_0_, x_1.l1_0_);
    float sum_0_ = static_cast<float>(as_type<int>(as_type<uint>(_e55) * as_type<uint>(static_cast<int>((words_0_.y >> 27u) | 1u))));
    metal::uint2 words_1_ = unit_2.groups.zw;
    metal::uint2 _e72 = iq2_values(words_1_.x & 255u, words_1_.y & 127u, iq2_magnitudes);
    metal::uint2 _e83 = iq2_values((words_1_.x >> 8u) & 255u, (words_1_.y >> 7u) & 127u, iq2_magnitudes);
    metal::uint2 _e95 = iq2_values((words_1_.x >> 16u) & 255u, (words_1_.y >> 14u) & 127u, iq2_magnitudes);
    metal::uint2 _e104 = iq2_values(words_1_.x >> 24u, (words_1_.y >> 21u) & 127u, iq2_magnitudes);
    type_15 w_1_ = type_15 {{metal::uint4(_e72, _e83), metal::uint4(_e95, _e104)}};
    Group group_1_ = Group {w_1_.inner[0], w_1_.inner[1], 0.0, {}, metal::float2 {}};
    int _e116 = dot32_(group_1_, x_1.h0_1_, x_1.h1_1_, x_1.l0_1_, x_1.l1_1_);
    float sum_1_ = static_cast<float>(as_type<int>(as_type<uint>(_e116) * as_type<uint>(static_cast<int>((words_1_.y >> 27u) | 1u))));
    float _e125 = gate_2_d(unit_2, u_3);
    float d = _e125 * 0.125;
    return d * metal::fma(x_1.scale_1_.x, sum_1_, x_1.scale_0_.x * sum_0_);
}

uint up_3_word(
    uint i_5,
    device type_2 const& up_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e8 = up_3_[i_5 / 4u][i_5 % 4u];
    return _e8;
}

metal::uint4 up_3_words(
    uint i_6,
    device type_2 const& up_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e1 = up_3_word(i_6, up_3_, _buffer_sizes);
    uint _e4 = up_3_word(i_6 + 1u, up_3_, _buffer_sizes);
    uint _e7 = up_3_word(i_6 + 2u, up_3_, _buffer_sizes);
    uint _e10 = up_3_word(i_6 + 3u, up_3_, _buffer_sizes);
    return metal::uint4(_e1, _e4, _e7, _e10);
}

up_3_Unit up_3_load(
    uint row_1,
    uint u_4,
    device type_2 const& up_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint n_1 = (row_1 * 16u) + (u_4 / 4u);
    bool odd_1 = (n_1 % 2u) == 1u;
    uint block_1 = (n_1 * 16u) + (n_1 / 2u);
    uint at_9 = block_1 + ((u_4 % 4u) * 4u);
    uint _e21 = up_3_word(at_9, up_3_, _buffer_sizes);
    metal::uint4 _e24 = up_3_words(at_9 + 1u, up_3_, _buffer_sizes);
    metal::uint4 shifted_1 = (metal::uint4(_e21, _e24.xyz) >> metal::uint4(16u)) | (_e24 << metal::uint4(16u));
    uint _e34 = up_3_word(block_1, up_3_, _buffer_sizes);
    return up_3_Unit {odd_1 ? _e24 : shifted_1, odd_1 ? (_e34 >> 16u) : _e34};
}

float up_3_d(
    up_3_Unit unit_3,
    uint u_5
) {
    return float2(as_type<half2>(unit_3.d)).x;
}

Group up_3_group(
    up_3_Unit unit_4,
    uint u_6,
    uint j_1,
    threadgroup type_13& iq2_magnitudes
) {
    metal::uint2 words_1 = (j_1 == 1u) ? unit_4.groups.zw : unit_4.groups.xy;
    metal::uint2 _e16 = iq2_values(words_1.x & 255u, words_1.y & 127u, iq2_magnitudes);
    metal::uint2 _e27 = iq2_values((words_1.x >> 8u) & 255u, (words_1.y >> 7u) & 127u, iq2_magnitudes);
    metal::uint2 _e38 = iq2_values((words_1.x >> 16u) & 255u, (words_1.y >> 14u) & 127u, iq2_magnitudes);
    metal::uint2 _e47 = iq2_values(words_1.x >> 24u, (words_1.y >> 21u) & 127u, iq2_magnitudes);
    float _e48 = up_3_d(unit_4, u_6);
    float scale_3 = (_e48 * 0.125) * static_cast<float>((2u * (words_1.y >> 28u)) + 1u);
    return Group {metal::uint4(_e16, _e27), metal::uint4(_e38, _e47), scale_3, {}, metal::float2 {}};
}

float experts_gate_up_0_up_3_times(
    up_3_Unit unit_5,
    uint u_7,
    experts_gate_up_0_Held x_2,
    threadgroup type_13& iq2_magnitudes
) {
    metal::uint2 words_0_1 = unit_5.groups.xy;
    metal::uint2 _e11 = iq2_values(words_0_1.x & 255u, words_0_1.y & 127u, iq2_magnitudes);
    metal::uint2 _e22 = iq2_values((words_0_1.x >> 8u) & 255u, (words_0_1.y >> 7u) & 127u, iq2_magnitudes);
    metal::uint2 _e34 = iq2_values((words_0_1.x >> 16u) & 255u, (words_0_1.y >> 14u) & 127u, iq2_magnitudes);
    metal::uint2 _e43 = iq2_values(words_0_1.x >> 24u, (words_0_1.y >> 21u) & 127u, iq2_magnitudes);
    type_15 w_0_1 = type_15 {{metal::uint4(_e11, _e22), metal::uint4(_e34, _e43)}};
    Group group_0_1 = Group {w_0_1.inner[0], w_0_1.inner[1], 0.0, {}, metal::float2 {}};
    int _e55 = dot32_(group_0_1, x_2.h0_0_, x_2.h1_0_, x_2.l0_0_, x_2.l1_0_);
    float sum_0_1 = static_cast<float>(as_type<int>(as_type<uint>(_e55) * as_type<uint>(static_cast<int>((words_0_1.y >> 27u) | 1u))));
    metal::uint2 words_1_1 = unit_5.groups.zw;
    metal::uint2 _e72 = iq2_values(words_1_1.x & 255u, words_1_1.y & 127u, iq2_magnitudes);
    metal::uint2 _e83 = iq2_values((words_1_1.x >> 8u) & 255u, (words_1_1.y >> 7u) & 127u, iq2_magnitudes);
    metal::uint2 _e95 = iq2_values((words_1_1.x >> 16u) & 255u, (words_1_1.y >> 14u) & 127u, iq2_magnitudes);
    metal::uint2 _e104 = iq2_values(words_1_1.x >> 24u, (words_1_1.y >> 21u) & 127u, iq2_magnitudes);
    type_15 w_1_1 = type_15 {{metal::uint4(_e72, _e83), metal::uint4(_e95, _e104)}};
    Group group_1_1 = Group {w_1_1.inner[0], w_1_1.inner[1], 0.0, {}, metal::float2 {}};
    int _e116 = dot32_(group_1_1, x_2.h0_1_, x_2.h1_1_, x_2.l0_1_, x_2.l1_1_);
    float sum_1_1 = static_cast<float>(as_type<int>(as_type<uint>(_e116) * as_type<uint>(static_cast<int>((words_1_1.y >> 27u) | 1u))));
    float _e125 = up_3_d(unit_5, u_7);
    float d_1 = _e125 * 0.125;
    return d_1 * metal::fma(x_2.scale_1_.x, sum_1_1, x_2.scale_0_.x * sum_0_1);
}

metal::int4 naga_f2i32(metal::float4 value) {
    return static_cast<metal::int4>(metal::clamp(value, -2147483600.0, 2147483500.0));
}

void quantize_h_1_quantize(
    At at_3,
    device type_7 const& h_6_v4_,
    device type_3& qx_7_,
    constant _mslBufferSizes& _buffer_sizes
) {
    float most = {};
    int sum_3 = {};
    bool local = {};
    uint first_2 = (at_3.y * 384u) + (at_3.x * 2u);
    uint i_10 = (0u + (at_3.sg * 32u)) + at_3.lane;
    uint quad_0_ = ((first_2 + metal::min(i_10 / 4u, 1u)) * 8u) + (2u * (i_10 % 4u));
    metal::float4 a_2 = h_6_v4_[quad_0_];
    metal::float4 b_2 = h_6_v4_[quad_0_ + 1u];
    {
        bool inside = i_10 < 8u;
        uint group_2 = first_2 + metal::min(i_10 / 4u, 1u);
        uint quarter = i_10 % 4u;
        metal::float4 largest = metal::max(metal::abs(a_2), metal::abs(b_2));
        most = metal::max(metal::max(largest.x, largest.y), metal::max(largest.z, largest.w));
        float _e55 = most;
        float _e56 = most;
        float unnamed_4 = metal::simd_shuffle_xor(_e56, 1u);
        most = metal::max(_e55, unnamed_4);
        float _e60 = most;
        float _e61 = most;
        float unnamed_5 = metal::simd_shuffle_xor(_e61, 2u);
        most = metal::max(_e60, unnamed_5);
        float _e65 = most;
        bool counts = _e65 > 0.000000000000000000000000000001;
        float _e68 = most;
        float scale_4 = counts ? (_e68 / 32512.0) : 0.0;
        float _e73 = most;
        float inverse = counts ? (32512.0 / _e73) : 0.0;
        metal::int4 va = naga_f2i32(metal::rint(metal::clamp(a_2 * inverse, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 vb = naga_f2i32(metal::rint(metal::clamp(b_2 * inverse, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 ha = as_type<metal::int4>(as_type<metal::uint4>(va) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        metal::int4 hb = as_type<metal::int4>(as_type<metal::uint4>(vb) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        uint record_2 = ((group_2 / 8u) * 160u) + ((group_2 % 8u) * 4u);
        uint words_2 = (record_2 + ((quarter / 2u) * 32u)) + ((quarter % 2u) * 2u);
        if (inside) {
            qx_7_[words_2] = as_type<uint>(packed_char4(ha));
            qx_7_[words_2 + 1u] = as_type<uint>(packed_char4(hb));
            qx_7_[words_2 + 64u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(va) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(ha) * as_type<uint>(256))))));
            qx_7_[words_2 + 65u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(vb) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(hb) * as_type<uint>(256))))));
        }
        metal::int4 v = as_type<metal::int4>(as_type<metal::uint4>(va) + as_type<metal::uint4>(vb));
        sum_3 = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(v.x) + as_type<uint>(v.y))) + as_type<uint>(v.z))) + as_type<uint>(v.w));
        int _e158 = sum_3;
        int _e159 = sum_3;
        int unnamed_6 = metal::simd_shuffle_xor(_e159, 1u);
        sum_3 = as_type<int>(as_type<uint>(_e158) + as_type<uint>(unnamed_6));
        int _e163 = sum_3;
        int unnamed_7 = metal::simd_shuffle_xor(_e163, 2u);
        if (inside) {
            local = quarter == 0u;
        } else {
            local = false;
        }
        bool _e171 = local;
        if (_e171) {
            uint last_2 = record_2 + 128u;
            qx_7_[last_2] = as_type<uint>(scale_4);
            int _e181 = sum_3;
            qx_7_[last_2 + 1u] = as_type<uint>(scale_4 * static_cast<float>(_e181));
            qx_7_[last_2 + 2u] = as_type<uint>(scale_4 * static_cast<float>(unnamed_7));
            qx_7_[last_2 + 3u] = 0u;
            return;
        } else {
            return;
        }
    }
}

float sums_2_(
    type_16 values_2,
    uint lane_3
) {
    float value_0_1 = {};
    float value_1_1 = {};
    uint mask_1 = 2u;
    value_0_1 = values_2.inner[0];
    value_1_1 = values_2.inner[1];
    bool upper_0_1 = ((lane_3 >> 0u) & 1u) == 1u;
    {
        float _e12 = value_0_1;
        float _e13 = value_1_1;
        float kept_3 = upper_0_1 ? _e13 : _e12;
        float _e15 = value_1_1;
        float _e16 = value_0_1;
        float given_3 = upper_0_1 ? _e16 : _e15;
        float unnamed_8 = metal::simd_shuffle_xor(given_3, 1u);
        value_0_1 = kept_3 + unnamed_8;
    }
    bool loop_init_4 = true;
    while(true) {
        if (!loop_init_4) {
            uint _e31 = mask_1;
            mask_1 = _e31 << 1u;
        }
        loop_init_4 = false;
        uint _e23 = mask_1;
        if (_e23 < 32u) {
        } else {
            break;
        }
        {
            hook_unroll();
            float _e26 = value_0_1;
            float _e27 = value_0_1;
            uint _e28 = mask_1;
            float unnamed_9 = metal::simd_shuffle_xor(_e27, _e28);
            value_0_1 = _e26 + unnamed_9;
        }
    }
    float _e34 = value_0_1;
    return _e34;
}

uint sums_2_which(
    uint lane_4
) {
    return lane_4 % 2u;
}

uint w_10_word(
    uint i_7,
    device type_2 const& w_10_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e8 = w_10_[i_7 / 4u][i_7 % 4u];
    return _e8;
}

metal::uint4 w_10_words(
    uint i_8,
    device type_2 const& w_10_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e1 = w_10_word(i_8, w_10_, _buffer_sizes);
    uint _e4 = w_10_word(i_8 + 1u, w_10_, _buffer_sizes);
    uint _e7 = w_10_word(i_8 + 2u, w_10_, _buffer_sizes);
    uint _e10 = w_10_word(i_8 + 3u, w_10_, _buffer_sizes);
    return metal::uint4(_e1, _e4, _e7, _e10);
}

w_10_Unit w_10_load(
    uint row_2,
    uint u_8,
    device type_2 const& w_10_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint n_2 = (row_2 * 64u) + u_8;
    uint at_10 = (n_2 * 8u) + (n_2 / 2u);
    uint _e10 = w_10_word(at_10, w_10_, _buffer_sizes);
    metal::uint4 _e13 = w_10_words(at_10 + 1u, w_10_, _buffer_sizes);
    metal::uint4 _e16 = w_10_words(at_10 + 5u, w_10_, _buffer_sizes);
    return w_10_Unit {_e10, {}, _e13, _e16, n_2 % 2u};
}

Group w_10_group(
    w_10_Unit unit_6,
    uint u_9,
    uint j_2
) {
    bool odd_2 = unit_6.odd == 1u;
    float scale_5 = float2(as_type<half2>((odd_2 ? (unit_6.first >> 16u) : unit_6.first))).x;
    metal::uint4 low = (metal::uint4(unit_6.first, unit_6.a.xyz) >> metal::uint4(16u)) | (unit_6.a << metal::uint4(16u));
    metal::uint4 high = (metal::uint4(unit_6.a.w, unit_6.b.xyz) >> metal::uint4(16u)) | (unit_6.b << metal::uint4(16u));
    return Group {odd_2 ? unit_6.a : low, odd_2 ? unit_6.b : high, scale_5, {}, metal::float2 {}};
}

matvec_2_w_10_Next matvec_2_w_10_first(
    uint row_3,
    uint last,
    uint lane_5,
    device type_2 const& w_10_,
    constant _mslBufferSizes& _buffer_sizes
) {
    matvec_2_w_10_Next next = {};
    w_10_Unit _e10 = w_10_load(metal::min(row_3 + 0u, last), metal::min(lane_5, 63u), w_10_, _buffer_sizes);
    next.row_0_ = _e10;
    w_10_Unit _e17 = w_10_load(metal::min(row_3 + 1u, last), metal::min(lane_5, 63u), w_10_, _buffer_sizes);
    next.row_1_ = _e17;
    matvec_2_w_10_Next _e18 = next;
    return _e18;
}

void matvec_2_w_10_add(
    thread type_17& sums,
    thread matvec_2_w_10_Next& next_1,
    uint row_4,
    uint following,
    uint last_1,
    type_20 records,
    uint live,
    uint lane_6,
    device type_2 const& qx_9_v4_,
    device type_2 const& w_10_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint u_10 = {};
    u_10 = lane_6;
    bool loop_init_5 = true;
    while(true) {
        if (!loop_init_5) {
            uint _e274 = u_10;
            u_10 = _e274 + 32u;
        }
        loop_init_5 = false;
        uint _e9 = u_10;
        if (_e9 < 64u) {
        } else {
            break;
        }
        {
            uint _e12 = u_10;
            bool is_last = (_e12 + 32u) >= 64u;
            uint from_row = is_last ? following : row_4;
            uint _e18 = u_10;
            uint from_unit = is_last ? metal::min(lane_6, 63u) : (_e18 + 32u);
            w_10_Unit unit_0_ = next_1.row_0_;
            w_10_Unit _e30 = w_10_load(metal::min(from_row + 0u, last_1), from_unit, w_10_, _buffer_sizes);
            next_1.row_0_ = _e30;
            w_10_Unit unit_1_ = next_1.row_1_;
            w_10_Unit _e37 = w_10_load(metal::min(from_row + 1u, last_1), from_unit, w_10_, _buffer_sizes);
            next_1.row_1_ = _e37;
            uint _e38 = u_10;
            Group _e40 = w_10_group(unit_0_, _e38, 0u);
            uint _e41 = u_10;
            Group _e43 = w_10_group(unit_1_, _e41, 0u);
            {
                uint _e46 = u_10;
                uint record_3 = (records.inner[0] + (1u * _e46)) + 0u;
                uint at_11 = ((record_3 / 8u) * 40u) + (record_3 % 8u);
                metal::uint4 h0_1 = qx_9_v4_[at_11];
                metal::uint4 h1_1 = qx_9_v4_[at_11 + 8u];
                metal::uint4 l0_1 = qx_9_v4_[at_11 + 16u];
                metal::uint4 l1_1 = qx_9_v4_[at_11 + 24u];
                metal::uint4 _e80 = qx_9_v4_[at_11 + 32u];
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
                    uint _e104 = u_10;
                    uint record_4 = (records.inner[1] + (1u * _e104)) + 0u;
                    uint at_12 = ((record_4 / 8u) * 40u) + (record_4 % 8u);
                    metal::uint4 h0_2 = qx_9_v4_[at_12];
                    metal::uint4 h1_2 = qx_9_v4_[at_12 + 8u];
                    metal::uint4 l0_2 = qx_9_v4_[at_12 + 16u];
                    metal::uint4 l1_2 = qx_9_v4_[at_12 + 24u];
                    metal::uint4 _e138 = qx_9_v4_[at_12 + 32u];
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
                    uint _e162 = u_10;
                    uint record_5 = (records.inner[2] + (1u * _e162)) + 0u;
                    uint at_13 = ((record_5 / 8u) * 40u) + (record_5 % 8u);
                    metal::uint4 h0_3 = qx_9_v4_[at_13];
                    metal::uint4 h1_3 = qx_9_v4_[at_13 + 8u];
                    metal::uint4 l0_3 = qx_9_v4_[at_13 + 16u];
                    metal::uint4 l1_3 = qx_9_v4_[at_13 + 24u];
                    metal::uint4 _e196 = qx_9_v4_[at_13 + 32u];
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
                    uint _e220 = u_10;
                    uint record_6 = (records.inner[3] + (1u * _e220)) + 0u;
                    uint at_14 = ((record_6 / 8u) * 40u) + (record_6 % 8u);
                    metal::uint4 h0_4 = qx_9_v4_[at_14];
                    metal::uint4 h1_4 = qx_9_v4_[at_14 + 8u];
                    metal::uint4 l0_4 = qx_9_v4_[at_14 + 16u];
                    metal::uint4 l1_4 = qx_9_v4_[at_14 + 24u];
                    metal::uint4 _e254 = qx_9_v4_[at_14 + 32u];
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

void experts_gate_up_0_(
    At at_4,
    device type_2 const& qx_1_v4_,
    device type_2 const& gate_2_,
    device type_2 const& up_3_,
    device type_3 const& ids_4_,
    device type_5 const& weights_5_,
    device type_5& h_6_,
    device type_5 const& iq2_grid,
    threadgroup type_13& iq2_magnitudes,
    threadgroup type_14& experts_gate_up_0_shares,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint f = {};
    gate_2_Unit gate_0_ = {};
    up_3_Unit up_0_ = {};
    gate_2_Unit gate_1_ = {};
    up_3_Unit up_1_ = {};
    type_10 values_3 = {};
    uint i_9 = {};
    uint pair = (at_4.y * 6u) + (at_4.x / 32u);
    uint _e10 = ids_4_[pair];
    uint row_5 = _e10 * 2048u;
    float weight = weights_5_[pair];
    uint first_3 = (at_4.x % 32u) * 64u;
    uint end_1 = metal::min(first_3 + 64u, 2048u);
    experts_gate_up_0_Place _e25 = experts_gate_up_0_place(at_4);
    f = first_3 + (_e25.team * 2u);
    uint _e31 = f;
    gate_2_Unit _e39 = gate_2_load(row_5 + metal::min(_e31 + 0u, end_1 - 1u), _e25.unit, gate_2_, _buffer_sizes);
    gate_0_ = _e39;
    uint _e41 = f;
    up_3_Unit _e49 = up_3_load(row_5 + metal::min(_e41 + 0u, end_1 - 1u), _e25.unit, up_3_, _buffer_sizes);
    up_0_ = _e49;
    uint _e51 = f;
    gate_2_Unit _e59 = gate_2_load(row_5 + metal::min(_e51 + 1u, end_1 - 1u), _e25.unit, gate_2_, _buffer_sizes);
    gate_1_ = _e59;
    uint _e61 = f;
    up_3_Unit _e69 = up_3_load(row_5 + metal::min(_e61 + 1u, end_1 - 1u), _e25.unit, up_3_, _buffer_sizes);
    up_1_ = _e69;
    experts_gate_up_0_start(at_4.lid, iq2_grid, iq2_magnitudes, _buffer_sizes);
    experts_gate_up_0_Held _e75 = experts_gate_up_0_hold(at_4, at_4.y * 128u, _e25, qx_1_v4_, _buffer_sizes);
    bool loop_init_6 = true;
    while(true) {
        if (!loop_init_6) {
            uint _e137 = f;
            f = _e137 + 8u;
        }
        loop_init_6 = false;
        uint _e76 = f;
        if (_e76 < end_1) {
        } else {
            break;
        }
        {
            values_3 = type_10 {};
            uint _e80 = f;
            uint next_3 = _e80 + 8u;
            gate_2_Unit now_0_ = gate_0_;
            up_3_Unit too_0_ = up_0_;
            gate_2_Unit now_1_ = gate_1_;
            up_3_Unit too_1_ = up_1_;
            if (next_3 < end_1) {
                gate_2_Unit _e95 = gate_2_load(row_5 + metal::min(next_3 + 0u, end_1 - 1u), _e25.unit, gate_2_, _buffer_sizes);
                gate_0_ = _e95;
                up_3_Unit _e103 = up_3_load(row_5 + metal::min(next_3 + 0u, end_1 - 1u), _e25.unit, up_3_, _buffer_sizes);
                up_0_ = _e103;
                gate_2_Unit _e111 = gate_2_load(row_5 + metal::min(next_3 + 1u, end_1 - 1u), _e25.unit, gate_2_, _buffer_sizes);
                gate_1_ = _e111;
                up_3_Unit _e119 = up_3_load(row_5 + metal::min(next_3 + 1u, end_1 - 1u), _e25.unit, up_3_, _buffer_sizes);
                up_1_ = _e119;
            }
            float _e122 = experts_gate_up_0_gate_2_times(now_0_, _e25.unit, _e75, iq2_magnitudes);
            values_3.inner[0] = _e122;
            float _e125 = experts_gate_up_0_up_3_times(too_0_, _e25.unit, _e75, iq2_magnitudes);
            values_3.inner[1] = _e125;
            float _e128 = experts_gate_up_0_gate_2_times(now_1_, _e25.unit, _e75, iq2_magnitudes);
            values_3.inner[2] = _e128;
            float _e131 = experts_gate_up_0_up_3_times(too_1_, _e25.unit, _e75, iq2_magnitudes);
            values_3.inner[3] = _e131;
            uint _e133 = f;
            type_10 _e136 = values_3;
            experts_gate_up_0_keep(at_4, _e25, 2u * (_e133 - first_3), _e136, experts_gate_up_0_shares);
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    i_9 = at_4.lid;
    bool loop_init_7 = true;
    while(true) {
        if (!loop_init_7) {
            uint _e165 = i_9;
            i_9 = _e165 + 256u;
        }
        loop_init_7 = false;
        uint _e142 = i_9;
        if (_e142 < (end_1 - first_3)) {
        } else {
            break;
        }
        {
            uint _e146 = i_9;
            float _e148 = experts_gate_up_0_kept(2u * _e146, experts_gate_up_0_shares);
            uint _e150 = i_9;
            float _e154 = experts_gate_up_0_kept((2u * _e150) + 1u, experts_gate_up_0_shares);
            float _e156 = swiglu(_e148, _e154, 10.0);
            uint _e161 = i_9;
            h_6_[((pair * 2048u) + first_3) + _e161] = _e156 * weight;
        }
    }
    return;
}

void quantize_h_1_(
    At at_5,
    device type_7 const& h_6_v4_,
    device type_3& qx_7_,
    constant _mslBufferSizes& _buffer_sizes
) {
    quantize_h_1_quantize(at_5, h_6_v4_, qx_7_, _buffer_sizes);
    return;
}

void matvec_2_rows(
    At at_6,
    uint group_1,
    uint first_1,
    uint end,
    uint from_t,
    uint live_1,
    device type_2 const& qx_9_v4_,
    device type_2 const& w_10_,
    device type_5& y_11_,
    constant _mslBufferSizes& _buffer_sizes
) {
    type_20 records_1 = {};
    matvec_2_w_10_Next next_2 = {};
    uint o = {};
    type_17 sums_1 = {};
    type_16 values_4 = {};
    bool local_1 = {};
    bool local_2 = {};
    type_16 values_5 = {};
    bool local_3 = {};
    bool local_4 = {};
    type_16 values_6 = {};
    bool local_5 = {};
    bool local_6 = {};
    type_16 values_7 = {};
    bool local_7 = {};
    bool local_8 = {};
    uint row_6 = group_1 * 4096u;
    uint t_0_ = from_t + 0u;
    records_1.inner[0] = ((t_0_ * 1u) + group_1) * 64u;
    uint t_1_ = from_t + 1u;
    records_1.inner[1] = ((t_1_ * 1u) + group_1) * 64u;
    uint t_2_ = from_t + 2u;
    records_1.inner[2] = ((t_2_ * 1u) + group_1) * 64u;
    uint t_3_ = from_t + 3u;
    records_1.inner[3] = ((t_3_ * 1u) + group_1) * 64u;
    matvec_2_w_10_Next _e50 = matvec_2_w_10_first((row_6 + first_1) + (at_6.sg * 2u), row_6 + 4095u, at_6.lane, w_10_, _buffer_sizes);
    next_2 = _e50;
    o = first_1 + (at_6.sg * 2u);
    bool loop_init_8 = true;
    while(true) {
        if (!loop_init_8) {
            uint _e225 = o;
            o = _e225 + 16u;
        }
        loop_init_8 = false;
        uint _e57 = o;
        if (_e57 < end) {
        } else {
            break;
        }
        {
            sums_1 = type_17 {};
            uint _e61 = o;
            uint _e62 = o;
            uint _e64 = o;
            uint following_1 = ((_e64 + 16u) < end) ? (_e62 + 16u) : _e61;
            uint _e68 = o;
            type_20 _e73 = records_1;
            matvec_2_w_10_add(sums_1, next_2, row_6 + _e68, row_6 + following_1, row_6 + 4095u, _e73, live_1, at_6.lane, qx_9_v4_, w_10_, _buffer_sizes);
            {
                values_4 = type_16 {};
                float _e79 = sums_1.inner[0];
                values_4.inner[0] = _e79;
                float _e82 = sums_1.inner[4];
                values_4.inner[1] = _e82;
                type_16 _e83 = values_4;
                float _e85 = sums_2_(_e83, at_6.lane);
                uint _e86 = o;
                uint _e88 = sums_2_which(at_6.lane);
                uint own = _e86 + _e88;
                if (at_6.lane < 2u) {
                    local_1 = own < end;
                } else {
                    local_1 = false;
                }
                bool _e97 = local_1;
                if (_e97) {
                    local_2 = live_1 > 0u;
                } else {
                    local_2 = false;
                }
                bool _e103 = local_2;
                if (_e103) {
                    y_11_[(((t_0_ * 1u) + group_1) * 4096u) + own] = _e85;
                }
            }
            if (live_1 > 1u) {
                {
                    values_5 = type_16 {};
                    float _e118 = sums_1.inner[1];
                    values_5.inner[0] = _e118;
                    float _e121 = sums_1.inner[5];
                    values_5.inner[1] = _e121;
                    type_16 _e122 = values_5;
                    float _e124 = sums_2_(_e122, at_6.lane);
                    uint _e125 = o;
                    uint _e127 = sums_2_which(at_6.lane);
                    uint own_1 = _e125 + _e127;
                    if (at_6.lane < 2u) {
                        local_3 = own_1 < end;
                    } else {
                        local_3 = false;
                    }
                    bool _e136 = local_3;
                    if (_e136) {
                        local_4 = live_1 > 1u;
                    } else {
                        local_4 = false;
                    }
                    bool _e142 = local_4;
                    if (_e142) {
                        y_11_[(((t_1_ * 1u) + group_1) * 4096u) + own_1] = _e124;
                    }
                }
                {
                    values_6 = type_16 {};
                    float _e155 = sums_1.inner[2];
                    values_6.inner[0] = _e155;
                    float _e158 = sums_1.inner[6];
                    values_6.inner[1] = _e158;
                    type_16 _e159 = values_6;
                    float _e161 = sums_2_(_e159, at_6.lane);
                    uint _e162 = o;
                    uint _e164 = sums_2_which(at_6.lane);
                    uint own_2 = _e162 + _e164;
                    if (at_6.lane < 2u) {
                        local_5 = own_2 < end;
                    } else {
                        local_5 = false;
                    }
                    bool _e173 = local_5;
                    if (_e173) {
                        local_6 = live_1 > 2u;
                    } else {
                        local_6 = false;
                    }
                    bool _e179 = local_6;
                    if (_e179) {
                        y_11_[(((t_2_ * 1u) + group_1) * 4096u) + own_2] = _e161;
                    }
                }
                {
                    values_7 = type_16 {};
                    float _e192 = sums_1.inner[3];
                    values_7.inner[0] = _e192;
                    float _e195 = sums_1.inner[7];
                    values_7.inner[1] = _e195;
                    type_16 _e196 = values_7;
                    float _e198 = sums_2_(_e196, at_6.lane);
                    uint _e199 = o;
                    uint _e201 = sums_2_which(at_6.lane);
                    uint own_3 = _e199 + _e201;
                    if (at_6.lane < 2u) {
                        local_7 = own_3 < end;
                    } else {
                        local_7 = false;
                    }
                    bool _e210 = local_7;
                    if (_e210) {
                        local_8 = live_1 > 3u;
                    } else {
                        local_8 = false;
                    }
                    bool _e216 = local_8;
                    if (_e216) {
                        y_11_[(((t_3_ * 1u) + group_1) * 4096u) + own_3] = _e198;
                    }
                }
            }
        }
    }
    return;
}

void matvec_2_(
    At at_7,
    constant Params& p,
    device type_2 const& qx_9_v4_,
    device type_2 const& w_10_,
    device type_5& y_11_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint group_3 = at_7.x / 128u;
    uint first_4 = (at_7.x % 128u) * 32u;
    uint end_2 = metal::min(first_4 + 32u, 4096u);
    uint from_t_1 = at_7.y * 4u;
    uint _e18 = p.rows;
    uint live_2 = metal::min(_e18 - from_t_1, 4u);
    matvec_2_rows(at_7, group_3, first_4, end_2, from_t_1, live_2, qx_9_v4_, w_10_, y_11_, _buffer_sizes);
    return;
}

struct experts_gate_up_quantize_h_matvec_apjbrlInput {
};
[[max_total_threads_per_threadgroup(256)]] kernel void experts_gate_up_quantize_h_matvec_apjbrl(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, constant Params& p [[buffer(30)]]
, device type_2 const& qx_1_v4_ [[buffer(0)]]
, device type_2 const& gate_2_ [[buffer(1)]]
, device type_2 const& up_3_ [[buffer(2)]]
, device type_3 const& ids_4_ [[buffer(3)]]
, device type_5 const& weights_5_ [[buffer(4)]]
, device type_5& h_6_ [[buffer(5)]]
, device type_7 const& h_6_v4_ [[buffer(6)]]
, device type_3& qx_7_ [[buffer(7)]]
, device type_2 const& qx_9_v4_ [[buffer(8)]]
, device type_2 const& w_10_ [[buffer(9)]]
, device type_5& y_11_ [[buffer(10)]]
, device type_5 const& iq2_grid [[buffer(11)]]
, threadgroup type_13& iq2_magnitudes
, threadgroup type_14& experts_gate_up_0_shares
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    if (group.x < 192u) {
        uint _e10 = p.rows;
        if (group.y < _e10) {
            At at_15 = At {group.x, group.y, lid, lane, sg};
            experts_gate_up_0_(at_15, qx_1_v4_, gate_2_, up_3_, ids_4_, weights_5_, h_6_, iq2_grid, iq2_magnitudes, experts_gate_up_0_shares, _buffer_sizes);
            metal::threadgroup_barrier(metal::mem_flags::mem_device);
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            quantize_h_1_(at_15, h_6_v4_, qx_7_, _buffer_sizes);
            return;
        } else {
            return;
        }
    } else {
        uint _e18 = p.rows;
        if (group.y < ((_e18 + 3u) / 4u)) {
            At at_16 = At {group.x - 192u, group.y, lid, lane, sg};
            matvec_2_(at_16, p, qx_9_v4_, w_10_, y_11_, _buffer_sizes);
            return;
        } else {
            return;
        }
    }
}
