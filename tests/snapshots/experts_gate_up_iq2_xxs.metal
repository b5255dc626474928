// experts_gate_up_matvec_aurnyo
//
// experts_gate_up of experts_gate_up (MODEL.md 2.9)
//   template ops/experts_gate_up, CHUNK = 64, E = 256, F = 2048, JT = 32, K = 6, N = 4096, OUT = 16, ROWS = 2, SPLITS = 16, TOKENS = 4
//   g = gate[e] · x[t], u = up[e] · x[t], e = ids[t, k];
//   h[t, k] = silu(min(g, limit)) · clamp(u, −limit, limit) · weights[t, k]
//
// matvec of matmul (MODEL.md 2.5)
//   template ops/matvec, CHUNK = 64, I = 2048, JT = 32, O = 4096, OUT = 16, ROWS = 2, SPLITS = 16, TOKENS = 4
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  qx_1_v4  vec4<u32>  2560 values a row, temporary, read
// 1  gate_2  vec4<u32>  [256, 2048, 4096], read
// 2  up_3  vec4<u32>  [256, 2048, 4096], read
// 3  ids_4  u32  [T, 6], read
// 4  weights_5  f32  [T, 6], read
// 5  h_6  f32  [T, 6, 2048], read and written
// 6  qx_8_v4  vec4<u32>  1280 values a row, temporary, read
// 7  w_9  vec4<u32>  [4096, 2048], read
// 8  y_10  f32  [T, 4096], read and written
// 9  iq2_grid  f32  table IQ2_GRID, read

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
struct Group {
    metal::uint4 a;
    metal::uint4 b;
    float scale;
    char _pad3[4];
    metal::float2 min;
};
struct type_9 {
    metal::uint2 inner[256];
};
struct gate_2_Unit {
    metal::uint4 groups;
    uint d;
    char _pad2[12];
};
struct type_11 {
    float inner[2];
};
struct type_13 {
    uint inner[1];
};
struct up_3_Unit {
    metal::uint4 groups;
    uint d;
    char _pad2[12];
};
struct w_9_Unit {
    uint first;
    char _pad1[12];
    metal::uint4 a;
    metal::uint4 b;
    uint odd;
    char _pad4[12];
};
struct type_14 {
    float inner[8];
};
struct type_16 {
    uint inner[4];
};

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

uint naga_f2u32(float value) {
    return static_cast<uint>(metal::clamp(value, 0.0, 4294967000.0));
}

void iq2_start(
    uint lid_1,
    device type_5 const& iq2_grid,
    threadgroup type_9& iq2_magnitudes,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_1 = {};
    metal::uint2 codes = {};
    i_1 = lid_1;
    bool loop_init_1 = true;
    while(true) {
        if (!loop_init_1) {
            uint _e56 = i_1;
            i_1 = _e56 + 256u;
        }
        loop_init_1 = false;
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
    threadgroup type_9& iq2_magnitudes
) {
    uint bits = sign | ((metal::popcount(sign) & 1u) << 7u);
    metal::uint2 ones_1 = (metal::uint2(bits & 15u, bits >> 4u) * 2113665u) & metal::uint2(16843009u);
    metal::uint2 _e20 = iq2_magnitudes.inner[entry];
    return (_e20 ^ (ones_1 * 255u)) + ones_1;
}

uint gate_2_word(
    uint i_2,
    device type_2 const& gate_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e8 = gate_2_[i_2 / 4u][i_2 % 4u];
    return _e8;
}

metal::uint4 gate_2_words(
    uint i_3,
    device type_2 const& gate_2_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e1 = gate_2_word(i_3, gate_2_, _buffer_sizes);
    uint _e4 = gate_2_word(i_3 + 1u, gate_2_, _buffer_sizes);
    uint _e7 = gate_2_word(i_3 + 2u, gate_2_, _buffer_sizes);
    uint _e10 = gate_2_word(i_3 + 3u, gate_2_, _buffer_sizes);
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
    uint at_2 = block + ((u % 4u) * 4u);
    uint _e21 = gate_2_word(at_2, gate_2_, _buffer_sizes);
    metal::uint4 _e24 = gate_2_words(at_2 + 1u, gate_2_, _buffer_sizes);
    metal::uint4 shifted = (metal::uint4(_e21, _e24.xyz) >> metal::uint4(16u)) | (_e24 << metal::uint4(16u));
    uint _e34 = gate_2_word(block, gate_2_, _buffer_sizes);
    return gate_2_Unit {odd ? _e24 : shifted, odd ? (_e34 >> 16u) : _e34};
}

Group gate_2_group(
    gate_2_Unit unit,
    uint u_1,
    uint j,
    threadgroup type_9& iq2_magnitudes
) {
    metal::uint2 words = (j == 1u) ? unit.groups.zw : unit.groups.xy;
    metal::uint2 _e16 = iq2_values(words.x & 255u, words.y & 127u, iq2_magnitudes);
    metal::uint2 _e27 = iq2_values((words.x >> 8u) & 255u, (words.y >> 7u) & 127u, iq2_magnitudes);
    metal::uint2 _e38 = iq2_values((words.x >> 16u) & 255u, (words.y >> 14u) & 127u, iq2_magnitudes);
    metal::uint2 _e47 = iq2_values(words.x >> 24u, (words.y >> 21u) & 127u, iq2_magnitudes);
    float scale = (float2(as_type<half2>(unit.d)).x * 0.125) * static_cast<float>((2u * (words.y >> 28u)) + 1u);
    return Group {metal::uint4(_e16, _e27), metal::uint4(_e38, _e47), scale, {}, metal::float2 {}};
}

void experts_gate_up_0_gate_2_add(
    thread type_11& sums,
    uint row_1,
    uint last,
    type_13 records,
    uint live,
    uint lane_1,
    device type_2 const& qx_1_v4_,
    device type_2 const& gate_2_,
    threadgroup type_9& iq2_magnitudes,
    constant _mslBufferSizes& _buffer_sizes
) {
    gate_2_Unit next_0_ = {};
    gate_2_Unit next_1_ = {};
    uint u_2 = {};
    uint row_0_ = metal::min(row_1 + 0u, last);
    uint row_1_ = metal::min(row_1 + 1u, last);
    gate_2_Unit _e14 = gate_2_load(row_0_, metal::min(lane_1, 63u), gate_2_, _buffer_sizes);
    next_0_ = _e14;
    gate_2_Unit _e18 = gate_2_load(row_1_, metal::min(lane_1, 63u), gate_2_, _buffer_sizes);
    next_1_ = _e18;
    u_2 = lane_1;
    bool loop_init_2 = true;
    while(true) {
        if (!loop_init_2) {
            uint _e162 = u_2;
            u_2 = _e162 + 32u;
        }
        loop_init_2 = false;
        uint _e21 = u_2;
        if (_e21 < 64u) {
        } else {
            break;
        }
        {
            gate_2_Unit unit_0_ = next_0_;
            uint _e25 = u_2;
            gate_2_Unit _e30 = gate_2_load(row_0_, metal::min(_e25 + 32u, 63u), gate_2_, _buffer_sizes);
            next_0_ = _e30;
            gate_2_Unit unit_1_ = next_1_;
            uint _e32 = u_2;
            gate_2_Unit _e37 = gate_2_load(row_1_, metal::min(_e32 + 32u, 63u), gate_2_, _buffer_sizes);
            next_1_ = _e37;
            uint _e38 = u_2;
            Group _e40 = gate_2_group(unit_0_, _e38, 0u, iq2_magnitudes);
            uint _e41 = u_2;
            Group _e43 = gate_2_group(unit_1_, _e41, 0u, iq2_magnitudes);
            {
                uint _e46 = u_2;
                uint record = (records.inner[0] + (2u * _e46)) + 0u;
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
                float _e98 = sums.inner[1];
                sums.inner[1] = metal::fma(_e43.scale * s.x, dot_1_, _e98);
            }
            uint _e100 = u_2;
            Group _e102 = gate_2_group(unit_0_, _e100, 1u, iq2_magnitudes);
            uint _e103 = u_2;
            Group _e105 = gate_2_group(unit_1_, _e103, 1u, iq2_magnitudes);
            {
                uint _e108 = u_2;
                uint record_1 = (records.inner[0] + (2u * _e108)) + 1u;
                uint at_4 = ((record_1 / 8u) * 40u) + (record_1 % 8u);
                metal::uint4 h0_2 = qx_1_v4_[at_4];
                metal::uint4 h1_2 = qx_1_v4_[at_4 + 8u];
                metal::uint4 l0_2 = qx_1_v4_[at_4 + 16u];
                metal::uint4 l1_2 = qx_1_v4_[at_4 + 24u];
                metal::uint4 _e142 = qx_1_v4_[at_4 + 32u];
                metal::float4 s_1 = as_type<metal::float4>(_e142);
                int _e144 = dot32_(_e102, h0_2, h1_2, l0_2, l1_2);
                float dot_0_1 = static_cast<float>(_e144);
                float _e151 = sums.inner[0];
                sums.inner[0] = metal::fma(_e102.scale * s_1.x, dot_0_1, _e151);
                int _e153 = dot32_(_e105, h0_2, h1_2, l0_2, l1_2);
                float dot_1_1 = static_cast<float>(_e153);
                float _e160 = sums.inner[1];
                sums.inner[1] = metal::fma(_e105.scale * s_1.x, dot_1_1, _e160);
            }
        }
    }
    return;
}

uint up_3_word(
    uint i_4,
    device type_2 const& up_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e8 = up_3_[i_4 / 4u][i_4 % 4u];
    return _e8;
}

metal::uint4 up_3_words(
    uint i_5,
    device type_2 const& up_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e1 = up_3_word(i_5, up_3_, _buffer_sizes);
    uint _e4 = up_3_word(i_5 + 1u, up_3_, _buffer_sizes);
    uint _e7 = up_3_word(i_5 + 2u, up_3_, _buffer_sizes);
    uint _e10 = up_3_word(i_5 + 3u, up_3_, _buffer_sizes);
    return metal::uint4(_e1, _e4, _e7, _e10);
}

up_3_Unit up_3_load(
    uint row_2,
    uint u_3,
    device type_2 const& up_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint n_1 = (row_2 * 16u) + (u_3 / 4u);
    bool odd_1 = (n_1 % 2u) == 1u;
    uint block_1 = (n_1 * 16u) + (n_1 / 2u);
    uint at_5 = block_1 + ((u_3 % 4u) * 4u);
    uint _e21 = up_3_word(at_5, up_3_, _buffer_sizes);
    metal::uint4 _e24 = up_3_words(at_5 + 1u, up_3_, _buffer_sizes);
    metal::uint4 shifted_1 = (metal::uint4(_e21, _e24.xyz) >> metal::uint4(16u)) | (_e24 << metal::uint4(16u));
    uint _e34 = up_3_word(block_1, up_3_, _buffer_sizes);
    return up_3_Unit {odd_1 ? _e24 : shifted_1, odd_1 ? (_e34 >> 16u) : _e34};
}

Group up_3_group(
    up_3_Unit unit_1,
    uint u_4,
    uint j_1,
    threadgroup type_9& iq2_magnitudes
) {
    metal::uint2 words_1 = (j_1 == 1u) ? unit_1.groups.zw : unit_1.groups.xy;
    metal::uint2 _e16 = iq2_values(words_1.x & 255u, words_1.y & 127u, iq2_magnitudes);
    metal::uint2 _e27 = iq2_values((words_1.x >> 8u) & 255u, (words_1.y >> 7u) & 127u, iq2_magnitudes);
    metal::uint2 _e38 = iq2_values((words_1.x >> 16u) & 255u, (words_1.y >> 14u) & 127u, iq2_magnitudes);
    metal::uint2 _e47 = iq2_values(words_1.x >> 24u, (words_1.y >> 21u) & 127u, iq2_magnitudes);
    float scale_1 = (float2(as_type<half2>(unit_1.d)).x * 0.125) * static_cast<float>((2u * (words_1.y >> 28u)) + 1u);
    return Group {metal::uint4(_e16, _e27), metal::uint4(_e38, _e47), scale_1, {}, metal::float2 {}};
}

void experts_gate_up_0_up_3_add(
    thread type_11& sums_1,
    uint row_3,
    uint last_1,
    type_13 records_1,
    uint live_1,
    uint lane_2,
    device type_2 const& qx_1_v4_,
    device type_2 const& up_3_,
    threadgroup type_9& iq2_magnitudes,
    constant _mslBufferSizes& _buffer_sizes
) {
    up_3_Unit next_0_1 = {};
    up_3_Unit next_1_1 = {};
    uint u_5 = {};
    uint row_0_1 = metal::min(row_3 + 0u, last_1);
    uint row_1_1 = metal::min(row_3 + 1u, last_1);
    up_3_Unit _e14 = up_3_load(row_0_1, metal::min(lane_2, 63u), up_3_, _buffer_sizes);
    next_0_1 = _e14;
    up_3_Unit _e18 = up_3_load(row_1_1, metal::min(lane_2, 63u), up_3_, _buffer_sizes);
    next_1_1 = _e18;
    u_5 = lane_2;
    bool loop_init_3 = true;
    while(true) {
        if (!loop_init_3) {
            uint _e162 = u_5;
            u_5 = _e162 + 32u;
        }
        loop_init_3 = false;
        uint _e21 = u_5;
        if (_e21 < 64u) {
        } else {
            break;
        }
        {
            up_3_Unit unit_0_1 = next_0_1;
            uint _e25 = u_5;
            up_3_Unit _e30 = up_3_load(row_0_1, metal::min(_e25 + 32u, 63u), up_3_, _buffer_sizes);
            next_0_1 = _e30;
            up_3_Unit unit_1_1 = next_1_1;
            uint _e32 = u_5;
            up_3_Unit _e37 = up_3_load(row_1_1, metal::min(_e32 + 32u, 63u), up_3_, _buffer_sizes);
            next_1_1 = _e37;
            uint _e38 = u_5;
            Group _e40 = up_3_group(unit_0_1, _e38, 0u, iq2_magnitudes);
            uint _e41 = u_5;
            Group _e43 = up_3_group(unit_1_1, _e41, 0u, iq2_magnitudes);
            {
                uint _e46 = u_5;
                uint record_2 = (records_1.inner[0] + (2u * _e46)) + 0u;
                uint at_6 = ((record_2 / 8u) * 40u) + (record_2 % 8u);
                metal::uint4 h0_3 = qx_1_v4_[at_6];
                metal::uint4 h1_3 = qx_1_v4_[at_6 + 8u];
                metal::uint4 l0_3 = qx_1_v4_[at_6 + 16u];
                metal::uint4 l1_3 = qx_1_v4_[at_6 + 24u];
                metal::uint4 _e80 = qx_1_v4_[at_6 + 32u];
                metal::float4 s_2 = as_type<metal::float4>(_e80);
                int _e82 = dot32_(_e40, h0_3, h1_3, l0_3, l1_3);
                float dot_0_2 = static_cast<float>(_e82);
                float _e89 = sums_1.inner[0];
                sums_1.inner[0] = metal::fma(_e40.scale * s_2.x, dot_0_2, _e89);
                int _e91 = dot32_(_e43, h0_3, h1_3, l0_3, l1_3);
                float dot_1_2 = static_cast<float>(_e91);
                float _e98 = sums_1.inner[1];
                sums_1.inner[1] = metal::fma(_e43.scale * s_2.x, dot_1_2, _e98);
            }
            uint _e100 = u_5;
            Group _e102 = up_3_group(unit_0_1, _e100, 1u, iq2_magnitudes);
            uint _e103 = u_5;
            Group _e105 = up_3_group(unit_1_1, _e103, 1u, iq2_magnitudes);
            {
                uint _e108 = u_5;
                uint record_3 = (records_1.inner[0] + (2u * _e108)) + 1u;
                uint at_7 = ((record_3 / 8u) * 40u) + (record_3 % 8u);
                metal::uint4 h0_4 = qx_1_v4_[at_7];
                metal::uint4 h1_4 = qx_1_v4_[at_7 + 8u];
                metal::uint4 l0_4 = qx_1_v4_[at_7 + 16u];
                metal::uint4 l1_4 = qx_1_v4_[at_7 + 24u];
                metal::uint4 _e142 = qx_1_v4_[at_7 + 32u];
                metal::float4 s_3 = as_type<metal::float4>(_e142);
                int _e144 = dot32_(_e102, h0_4, h1_4, l0_4, l1_4);
                float dot_0_3 = static_cast<float>(_e144);
                float _e151 = sums_1.inner[0];
                sums_1.inner[0] = metal::fma(_e102.scale * s_3.x, dot_0_3, _e151);
                int _e153 = dot32_(_e105, h0_4, h1_4, l0_4, l1_4);
                float dot_1_3 = static_cast<float>(_e153);
                float _e160 = sums_1.inner[1];
                sums_1.inner[1] = metal::fma(_e105.scale * s_3.x, dot_1_3, _e160);
            }
        }
    }
    return;
}

uint w_9_word(
    uint i_6,
    device type_2 const& w_9_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e8 = w_9_[i_6 / 4u][i_6 % 4u];
    return _e8;
}

metal::uint4 w_9_words(
    uint i_7,
    device type_2 const& w_9_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e1 = w_9_word(i_7, w_9_, _buffer_sizes);
    uint _e4 = w_9_word(i_7 + 1u, w_9_, _buffer_sizes);
    uint _e7 = w_9_word(i_7 + 2u, w_9_, _buffer_sizes);
    uint _e10 = w_9_word(i_7 + 3u, w_9_, _buffer_sizes);
    return metal::uint4(_e1, _e4, _e7, _e10);
}

w_9_Unit w_9_load(
    uint row_4,
    uint u_6,
    device type_2 const& w_9_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint n_2 = (row_4 * 64u) + u_6;
    uint at_8 = (n_2 * 8u) + (n_2 / 2u);
    uint _e10 = w_9_word(at_8, w_9_, _buffer_sizes);
    metal::uint4 _e13 = w_9_words(at_8 + 1u, w_9_, _buffer_sizes);
    metal::uint4 _e16 = w_9_words(at_8 + 5u, w_9_, _buffer_sizes);
    return w_9_Unit {_e10, {}, _e13, _e16, n_2 % 2u};
}

Group w_9_group(
    w_9_Unit unit_2,
    uint u_7,
    uint j_2
) {
    bool odd_2 = unit_2.odd == 1u;
    float scale_2 = float2(as_type<half2>((odd_2 ? (unit_2.first >> 16u) : unit_2.first))).x;
    metal::uint4 low = (metal::uint4(unit_2.first, unit_2.a.xyz) >> metal::uint4(16u)) | (unit_2.a << metal::uint4(16u));
    metal::uint4 high = (metal::uint4(unit_2.a.w, unit_2.b.xyz) >> metal::uint4(16u)) | (unit_2.b << metal::uint4(16u));
    return Group {odd_2 ? unit_2.a : low, odd_2 ? unit_2.b : high, scale_2, {}, metal::float2 {}};
}

void matvec_1_w_9_add(
    thread type_14& sums_2,
    uint row_5,
    uint last_2,
    type_16 records_2,
    uint live_2,
    uint lane_3,
    device type_2 const& qx_8_v4_,
    device type_2 const& w_9_,
    constant _mslBufferSizes& _buffer_sizes
) {
    w_9_Unit next_0_2 = {};
    w_9_Unit next_1_2 = {};
    uint u_8 = {};
    uint row_0_2 = metal::min(row_5 + 0u, last_2);
    uint row_1_2 = metal::min(row_5 + 1u, last_2);
    w_9_Unit _e14 = w_9_load(row_0_2, metal::min(lane_3, 63u), w_9_, _buffer_sizes);
    next_0_2 = _e14;
    w_9_Unit _e18 = w_9_load(row_1_2, metal::min(lane_3, 63u), w_9_, _buffer_sizes);
    next_1_2 = _e18;
    u_8 = lane_3;
    bool loop_init_4 = true;
    while(true) {
        if (!loop_init_4) {
            uint _e274 = u_8;
            u_8 = _e274 + 32u;
        }
        loop_init_4 = false;
        uint _e21 = u_8;
        if (_e21 < 64u) {
        } else {
            break;
        }
        {
            w_9_Unit unit_0_2 = next_0_2;
            uint _e25 = u_8;
            w_9_Unit _e30 = w_9_load(row_0_2, metal::min(_e25 + 32u, 63u), w_9_, _buffer_sizes);
            next_0_2 = _e30;
            w_9_Unit unit_1_2 = next_1_2;
            uint _e32 = u_8;
            w_9_Unit _e37 = w_9_load(row_1_2, metal::min(_e32 + 32u, 63u), w_9_, _buffer_sizes);
            next_1_2 = _e37;
            uint _e38 = u_8;
            Group _e40 = w_9_group(unit_0_2, _e38, 0u);
            uint _e41 = u_8;
            Group _e43 = w_9_group(unit_1_2, _e41, 0u);
            {
                uint _e46 = u_8;
                uint record_4 = (records_2.inner[0] + (1u * _e46)) + 0u;
                uint at_9 = ((record_4 / 8u) * 40u) + (record_4 % 8u);
                metal::uint4 h0_5 = qx_8_v4_[at_9];
                metal::uint4 h1_5 = qx_8_v4_[at_9 + 8u];
                metal::uint4 l0_5 = qx_8_v4_[at_9 + 16u];
                metal::uint4 l1_5 = qx_8_v4_[at_9 + 24u];
                metal::uint4 _e80 = qx_8_v4_[at_9 + 32u];
                metal::float4 s_4 = as_type<metal::float4>(_e80);
                int _e82 = dot32_(_e40, h0_5, h1_5, l0_5, l1_5);
                float dot_0_4 = static_cast<float>(_e82);
                float _e89 = sums_2.inner[0];
                sums_2.inner[0] = metal::fma(_e40.scale * s_4.x, dot_0_4, _e89);
                int _e91 = dot32_(_e43, h0_5, h1_5, l0_5, l1_5);
                float dot_1_4 = static_cast<float>(_e91);
                float _e98 = sums_2.inner[4];
                sums_2.inner[4] = metal::fma(_e43.scale * s_4.x, dot_1_4, _e98);
            }
            if (live_2 > 1u) {
                uint _e104 = u_8;
                uint record_5 = (records_2.inner[1] + (1u * _e104)) + 0u;
                uint at_10 = ((record_5 / 8u) * 40u) + (record_5 % 8u);
                metal::uint4 h0_6 = qx_8_v4_[at_10];
                metal::uint4 h1_6 = qx_8_v4_[at_10 + 8u];
                metal::uint4 l0_6 = qx_8_v4_[at_10 + 16u];
                metal::uint4 l1_6 = qx_8_v4_[at_10 + 24u];
                metal::uint4 _e138 = qx_8_v4_[at_10 + 32u];
                metal::float4 s_5 = as_type<metal::float4>(_e138);
                int _e140 = dot32_(_e40, h0_6, h1_6, l0_6, l1_6);
                float dot_0_5 = static_cast<float>(_e140);
                float _e147 = sums_2.inner[1];
                sums_2.inner[1] = metal::fma(_e40.scale * s_5.x, dot_0_5, _e147);
                int _e149 = dot32_(_e43, h0_6, h1_6, l0_6, l1_6);
                float dot_1_5 = static_cast<float>(_e149);
                float _e156 = sums_2.inner[5];
                sums_2.inner[5] = metal::fma(_e43.scale * s_5.x, dot_1_5, _e156);
            }
            if (live_2 > 2u) {
                uint _e162 = u_8;
                uint record_6 = (records_2.inner[2] + (1u * _e162)) + 0u;
                uint at_11 = ((record_6 / 8u) * 40u) + (record_6 % 8u);
                metal::uint4 h0_7 = qx_8_v4_[at_11];
                metal::uint4 h1_7 = qx_8_v4_[at_11 + 8u];
                metal::uint4 l0_7 = qx_8_v4_[at_11 + 16u];
                metal::uint4 l1_7 = qx_8_v4_[at_11 + 24u];
                metal::uint4 _e196 = qx_8_v4_[at_11 + 32u];
                metal::float4 s_6 = as_type<metal::float4>(_e196);
                int _e198 = dot32_(_e40, h0_7, h1_7, l0_7, l1_7);
                float dot_0_6 = static_cast<float>(_e198);
                float _e205 = sums_2.inner[2];
                sums_2.inner[2] = metal::fma(_e40.scale * s_6.x, dot_0_6, _e205);
                int _e207 = dot32_(_e43, h0_7, h1_7, l0_7, l1_7);
                float dot_1_6 = static_cast<float>(_e207);
                float _e214 = sums_2.inner[6];
                sums_2.inner[6] = metal::fma(_e43.scale * s_6.x, dot_1_6, _e214);
            }
            if (live_2 > 3u) {
                uint _e220 = u_8;
                uint record_7 = (records_2.inner[3] + (1u * _e220)) + 0u;
                uint at_12 = ((record_7 / 8u) * 40u) + (record_7 % 8u);
                metal::uint4 h0_8 = qx_8_v4_[at_12];
                metal::uint4 h1_8 = qx_8_v4_[at_12 + 8u];
                metal::uint4 l0_8 = qx_8_v4_[at_12 + 16u];
                metal::uint4 l1_8 = qx_8_v4_[at_12 + 24u];
                metal::uint4 _e254 = qx_8_v4_[at_12 + 32u];
                metal::float4 s_7 = as_type<metal::float4>(_e254);
                int _e256 = dot32_(_e40, h0_8, h1_8, l0_8, l1_8);
                float dot_0_7 = static_cast<float>(_e256);
                float _e263 = sums_2.inner[3];
                sums_2.inner[3] = metal::fma(_e40.scale * s_7.x, dot_0_7, _e263);
                int _e265 = dot32_(_e43, h0_8, h1_8, l0_8, l1_8);
                float dot_1_7 = static_cast<float>(_e265);
                float _e272 = sums_2.inner[7];
                sums_2.inner[7] = metal::fma(_e43.scale * s_7.x, dot_1_7, _e272);
            }
        }
    }
    return;
}

void experts_gate_up_0_(
    At at,
    device type_2 const& qx_1_v4_,
    device type_2 const& gate_2_,
    device type_2 const& up_3_,
    device type_3 const& ids_4_,
    device type_5 const& weights_5_,
    device type_5& h_6_,
    device type_5 const& iq2_grid,
    threadgroup type_9& iq2_magnitudes,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint f = {};
    type_11 gates = {};
    type_11 ups = {};
    bool local = {};
    bool local_1 = {};
    iq2_start(at.lid, iq2_grid, iq2_magnitudes, _buffer_sizes);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint pair = (at.y * 6u) + (at.x / 128u);
    uint _e11 = ids_4_[pair];
    uint row_6 = _e11 * 2048u;
    float weight = weights_5_[pair];
    uint first = (at.x % 128u) * 16u;
    uint end = metal::min(first + 16u, 2048u);
    type_13 records_4 = type_13 {{at.y * 128u}};
    f = first + (at.sg * 2u);
    bool loop_init_5 = true;
    while(true) {
        if (!loop_init_5) {
            uint _e109 = f;
            f = _e109 + 16u;
        }
        loop_init_5 = false;
        uint _e35 = f;
        if (_e35 < end) {
        } else {
            break;
        }
        {
            gates = type_11 {};
            ups = type_11 {};
            uint _e41 = f;
            experts_gate_up_0_gate_2_add(gates, row_6 + _e41, row_6 + 2047u, records_4, 1u, at.lane, qx_1_v4_, gate_2_, iq2_magnitudes, _buffer_sizes);
            uint _e47 = f;
            experts_gate_up_0_up_3_add(ups, row_6 + _e47, row_6 + 2047u, records_4, 1u, at.lane, qx_1_v4_, up_3_, iq2_magnitudes, _buffer_sizes);
            float _e54 = gates.inner[0];
            float unnamed = metal::simd_sum(_e54);
            float _e57 = ups.inner[0];
            float unnamed_1 = metal::simd_sum(_e57);
            if (at.lane == 0u) {
                uint _e64 = f;
                local = (_e64 + 0u) < end;
            } else {
                local = false;
            }
            bool _e69 = local;
            if (_e69) {
                uint _e73 = f;
                float _e79 = swiglu(unnamed, unnamed_1, 10.0);
                h_6_[((pair * 2048u) + _e73) + 0u] = _e79 * weight;
            }
            float _e82 = gates.inner[1];
            float unnamed_2 = metal::simd_sum(_e82);
            float _e85 = ups.inner[1];
            float unnamed_3 = metal::simd_sum(_e85);
            if (at.lane == 0u) {
                uint _e92 = f;
                local_1 = (_e92 + 1u) < end;
            } else {
                local_1 = false;
            }
            bool _e97 = local_1;
            if (_e97) {
                uint _e101 = f;
                float _e107 = swiglu(unnamed_2, unnamed_3, 10.0);
                h_6_[((pair * 2048u) + _e101) + 1u] = _e107 * weight;
            }
        }
    }
    return;
}

void matvec_1_(
    At at_1,
    constant Params& p,
    device type_2 const& qx_8_v4_,
    device type_2 const& w_9_,
    device type_5& y_10_,
    constant _mslBufferSizes& _buffer_sizes
) {
    type_16 records_3 = {};
    uint o = {};
    type_14 sums_3 = {};
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
    bool local_16 = {};
    bool local_17 = {};
    uint group_1 = at_1.x / 256u;
    uint first_1 = (at_1.x % 256u) * 16u;
    uint end_1 = metal::min(first_1 + 16u, 4096u);
    uint row_7 = group_1 * 4096u;
    uint t_0_ = (at_1.y * 4u) + 0u;
    records_3.inner[0] = ((t_0_ * 1u) + group_1) * 64u;
    uint t_1_ = (at_1.y * 4u) + 1u;
    records_3.inner[1] = ((t_1_ * 1u) + group_1) * 64u;
    uint t_2_ = (at_1.y * 4u) + 2u;
    records_3.inner[2] = ((t_2_ * 1u) + group_1) * 64u;
    uint t_3_ = (at_1.y * 4u) + 3u;
    records_3.inner[3] = ((t_3_ * 1u) + group_1) * 64u;
    uint _e62 = p.rows;
    uint live_3 = _e62 - t_0_;
    o = first_1 + (at_1.sg * 2u);
    bool loop_init_6 = true;
    while(true) {
        if (!loop_init_6) {
            uint _e327 = o;
            o = _e327 + 16u;
        }
        loop_init_6 = false;
        uint _e69 = o;
        if (_e69 < end_1) {
        } else {
            break;
        }
        {
            sums_3 = type_14 {};
            uint _e73 = o;
            type_16 _e77 = records_3;
            matvec_1_w_9_add(sums_3, row_7 + _e73, row_7 + 4095u, _e77, live_3, at_1.lane, qx_8_v4_, w_9_, _buffer_sizes);
            float _e80 = sums_3.inner[0];
            float unnamed_4 = metal::simd_sum(_e80);
            if (at_1.lane == 0u) {
                uint _e87 = o;
                local_2 = (_e87 + 0u) < end_1;
            } else {
                local_2 = false;
            }
            bool _e92 = local_2;
            if (_e92) {
                local_3 = live_3 > 0u;
            } else {
                local_3 = false;
            }
            bool _e98 = local_3;
            if (_e98) {
                uint _e105 = o;
                y_10_[((((t_0_ * 1u) + group_1) * 4096u) + _e105) + 0u] = unnamed_4;
            }
            float _e111 = sums_3.inner[1];
            float unnamed_5 = metal::simd_sum(_e111);
            if (at_1.lane == 0u) {
                uint _e118 = o;
                local_4 = (_e118 + 0u) < end_1;
            } else {
                local_4 = false;
            }
            bool _e123 = local_4;
            if (_e123) {
                local_5 = live_3 > 1u;
            } else {
                local_5 = false;
            }
            bool _e129 = local_5;
            if (_e129) {
                uint _e136 = o;
                y_10_[((((t_1_ * 1u) + group_1) * 4096u) + _e136) + 0u] = unnamed_5;
            }
            float _e142 = sums_3.inner[2];
            float unnamed_6 = metal::simd_sum(_e142);
            if (at_1.lane == 0u) {
                uint _e149 = o;
                local_6 = (_e149 + 0u) < end_1;
            } else {
                local_6 = false;
            }
            bool _e154 = local_6;
            if (_e154) {
                local_7 = live_3 > 2u;
            } else {
                local_7 = false;
            }
            bool _e160 = local_7;
            if (_e160) {
                uint _e167 = o;
                y_10_[((((t_2_ * 1u) + group_1) * 4096u) + _e167) + 0u] = unnamed_6;
            }
            float _e173 = sums_3.inner[3];
            float unnamed_7 = metal::simd_sum(_e173);
            if (at_1.lane == 0u) {
                uint _e180 = o;
                local_8 = (_e180 + 0u) < end_1;
            } else {
                local_8 = false;
            }
            bool _e185 = local_8;
            if (_e185) {
                local_9 = live_3 > 3u;
            } else {
                local_9 = false;
            }
            bool _e191 = local_9;
            if (_e191) {
                uint _e198 = o;
                y_10_[((((t_3_ * 1u) + group_1) * 4096u) + _e198) + 0u] = unnamed_7;
            }
            float _e204 = sums_3.inner[4];
            float unnamed_8 = metal::simd_sum(_e204);
            if (at_1.lane == 0u) {
                uint _e211 = o;
                local_10 = (_e211 + 1u) < end_1;
            } else {
                local_10 = false;
            }
            bool _e216 = local_10;
            if (_e216) {
                local_11 = live_3 > 0u;
            } else {
                local_11 = false;
            }
            bool _e222 = local_11;
            if (_e222) {
                uint _e229 = o;
                y_10_[((((t_0_ * 1u) + group_1) * 4096u) + _e229) + 1u] = unnamed_8;
            }
            float _e235 = sums_3.inner[5];
            float unnamed_9 = metal::simd_sum(_e235);
            if (at_1.lane == 0u) {
                uint _e242 = o;
                local_12 = (_e242 + 1u) < end_1;
            } else {
                local_12 = false;
            }
            bool _e247 = local_12;
            if (_e247) {
                local_13 = live_3 > 1u;
            } else {
                local_13 = false;
            }
            bool _e253 = local_13;
            if (_e253) {
                uint _e260 = o;
                y_10_[((((t_1_ * 1u) + group_1) * 4096u) + _e260) + 1u] = unnamed_9;
            }
            float _e266 = sums_3.inner[6];
            float unnamed_10 = metal::simd_sum(_e266);
            if (at_1.lane == 0u) {
                uint _e273 = o;
                local_14 = (_e273 + 1u) < end_1;
            } else {
                local_14 = false;
            }
            bool _e278 = local_14;
            if (_e278) {
                local_15 = live_3 > 2u;
            } else {
                local_15 = false;
            }
            bool _e284 = local_15;
            if (_e284) {
                uint _e291 = o;
                y_10_[((((t_2_ * 1u) + group_1) * 4096u) + _e291) + 1u] = unnamed_10;
            }
            float _e297 = sums_3.inner[7];
            float unnamed_11 = metal::simd_sum(_e297);
            if (at_1.lane == 0u) {
                uint _e304 = o;
                local_16 = (_e304 + 1u) < end_1;
            } else {
                local_16 = false;
            }
            bool _e309 = local_16;
            if (_e309) {
                local_17 = live_3 > 3u;
            } else {
                local_17 = false;
            }
            bool _e315 = local_17;
            if (_e315) {
                uint _e322 = o;
                y_10_[((((t_3_ * 1u) + group_1) * 4096u) + _e322) + 1u] = unnamed_11;
            }
        }
    }
    return;
}

struct experts_gate_up_matvec_aurnyoInput {
};
[[max_total_threads_per_threadgroup(256)]] kernel void experts_gate_up_matvec_aurnyo(
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
, device type_2 const& qx_8_v4_ [[buffer(6)]]
, device type_2 const& w_9_ [[buffer(7)]]
, device type_5& y_10_ [[buffer(8)]]
, device type_5 const& iq2_grid [[buffer(9)]]
, threadgroup type_9& iq2_magnitudes
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    if (group.x < 768u) {
        uint _e10 = p.rows;
        if (group.y < _e10) {
            At at_13 = At {group.x, group.y, lid, lane, sg};
            experts_gate_up_0_(at_13, qx_1_v4_, gate_2_, up_3_, ids_4_, weights_5_, h_6_, iq2_grid, iq2_magnitudes, _buffer_sizes);
            return;
        } else {
            return;
        }
    } else {
        uint _e18 = p.rows;
        if (group.y < ((_e18 + 3u) / 4u)) {
            At at_14 = At {group.x - 768u, group.y, lid, lane, sg};
            matvec_1_(at_14, p, qx_8_v4_, w_9_, y_10_, _buffer_sizes);
            return;
        } else {
            return;
        }
    }
}
