// hc_comb_jlavnh
//
// hc_comb of hc_mix (MODEL.md 2.3, steps 1 to 5)
//   template ops/hc_comb, CHUNK = 512, DEPTH = 16, HALF = 448, JT = 32, KG = 2, M = 24, N = 4096, OUT = 64, R = 20, ROUNDED = 1, ROWS = 2, RUN = 4, S = 4, TENSOR = 0, TOKENS = 64, iters = 20
//   m = (fun · v) · (mean(v²) + eps.rms)^(-1/2), v = all streams;
//   pre = σ(m·scale₀ + base) + eps.hc; post = 2σ(m·scale₁ + base);
//   comb = sinkhorn(m·scale₂ + base); mix = post, comb
//
// binding  name  elements  what
// 0  partial_0  f32  200 values a row, temporary, read
// 1  scale_1  f32  [3], read
// 2  base_2  f32  [24], read
// 3  mix_3  f32  [T, 20], read and written

// language: metal3.1
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size1;
    uint size2;
    uint size3;
    uint size4;
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
typedef float type_2[1];
struct type_3 {
    float inner[25];
};

void hc_comb_0_gather(
    At at,
    device type_2 const& partial_0_,
    threadgroup type_3& hc_comb_0_sums,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i = {};
    float sum_0_ = {};
    float sum_1_ = {};
    float sum_2_ = {};
    float sum_3_ = {};
    uint x = {};
    bool local = {};
    bool local_1 = {};
    bool local_2 = {};
    bool local_3 = {};
    i = at.sg;
    bool loop_init = true;
    while(true) {
        if (!loop_init) {
            uint _e191 = i;
            i = _e191 + (4u * 4u);
        }
        loop_init = false;
        uint _e4 = i;
        if (_e4 < 21u) {
        } else {
            break;
        }
        {
            uint _e7 = i;
            uint place_0_ = metal::min(_e7 + (0u * 4u), 20u);
            uint row_0_ = (place_0_ == 20u) ? 24u : (4u + place_0_);
            sum_0_ = 0.0;
            uint _e21 = i;
            uint place_1_ = metal::min(_e21 + (1u * 4u), 20u);
            uint row_1_ = (place_1_ == 20u) ? 24u : (4u + place_1_);
            sum_1_ = 0.0;
            uint _e35 = i;
            uint place_2_ = metal::min(_e35 + (2u * 4u), 20u);
            uint row_2_ = (place_2_ == 20u) ? 24u : (4u + place_2_);
            sum_2_ = 0.0;
            uint _e49 = i;
            uint place_3_ = metal::min(_e49 + (3u * 4u), 20u);
            uint row_3_ = (place_3_ == 20u) ? 24u : (4u + place_3_);
            sum_3_ = 0.0;
            x = at.lane;
            bool loop_init_1 = true;
            while(true) {
                if (!loop_init_1) {
                    uint _e120 = x;
                    x = _e120 + 32u;
                }
                loop_init_1 = false;
                uint _e65 = x;
                if (_e65 < 8u) {
                } else {
                    break;
                }
                {
                    float _e68 = sum_0_;
                    uint _e76 = x;
                    float _e79 = partial_0_[(((at.y * 25u) + row_0_) * 8u) + _e76];
                    sum_0_ = _e68 + _e79;
                    float _e81 = sum_1_;
                    uint _e89 = x;
                    float _e92 = partial_0_[(((at.y * 25u) + row_1_) * 8u) + _e89];
                    sum_1_ = _e81 + _e92;
                    float _e94 = sum_2_;
                    uint _e102 = x;
                    float _e105 = partial_0_[(((at.y * 25u) + row_2_) * 8u) + _e102];
                    sum_2_ = _e94 + _e105;
                    float _e107 = sum_3_;
                    uint _e115 = x;
                    float _e118 = partial_0_[(((at.y * 25u) + row_3_) * 8u) + _e115];
                    sum_3_ = _e107 + _e118;
                }
            }
            float _e123 = sum_0_;
            float unnamed = metal::simd_sum(_e123);
            if (at.lane == 0u) {
                uint _e130 = i;
                local = (_e130 + (0u * 4u)) < 21u;
            } else {
                local = false;
            }
            bool _e137 = local;
            if (_e137) {
                hc_comb_0_sums.inner[row_0_] = unnamed;
            }
            float _e140 = sum_1_;
            float unnamed_1 = metal::simd_sum(_e140);
            if (at.lane == 0u) {
                uint _e147 = i;
                local_1 = (_e147 + (1u * 4u)) < 21u;
            } else {
                local_1 = false;
            }
            bool _e154 = local_1;
            if (_e154) {
                hc_comb_0_sums.inner[row_1_] = unnamed_1;
            }
            float _e157 = sum_2_;
            float unnamed_2 = metal::simd_sum(_e157);
            if (at.lane == 0u) {
                uint _e164 = i;
                local_2 = (_e164 + (2u * 4u)) < 21u;
            } else {
                local_2 = false;
            }
            bool _e171 = local_2;
            if (_e171) {
                hc_comb_0_sums.inner[row_2_] = unnamed_2;
            }
            float _e174 = sum_3_;
            float unnamed_3 = metal::simd_sum(_e174);
            if (at.lane == 0u) {
                uint _e181 = i;
                local_3 = (_e181 + (3u * 4u)) < 21u;
            } else {
                local_3 = false;
            }
            bool _e188 = local_3;
            if (_e188) {
                hc_comb_0_sums.inner[row_3_] = unnamed_3;
            }
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    return;
}

float hc_comb_0_factor(
    threadgroup type_3& hc_comb_0_sums
) {
    float _e2 = hc_comb_0_sums.inner[24];
    return 1.0 / metal::sqrt((_e2 / 16384.0) + 0.000001);
}

int naga_f2i32(float value) {
    return static_cast<int>(metal::clamp(value, -2147483600.0, 2147483500.0));
}

float precise_exp(
    float x_1
) {
    float y = {};
    float bounded = metal::clamp(x_1, -87.3, 88.0);
    float n = metal::rint(bounded * 1.442695);
    float r = metal::fma(n, 0.00021219444, metal::fma(n, -0.6933594, bounded));
    y = metal::fma(0.00019875691, r, 0.0013981999);
    float _e15 = y;
    y = metal::fma(_e15, r, 0.008333452);
    float _e18 = y;
    y = metal::fma(_e18, r, 0.041665796);
    float _e21 = y;
    y = metal::fma(_e21, r, 0.16666666);
    float _e24 = y;
    y = metal::fma(_e24, r, 0.5);
    float _e27 = y;
    y = metal::fma(_e27, r * r, r) + 1.0;
    float power = as_type<float>(static_cast<uint>(as_type<int>(as_type<uint>(naga_f2i32(n)) + as_type<uint>(127))) << 23u);
    float _e39 = y;
    return (x_1 < -87.3) ? 0.0 : (_e39 * power);
}

float precise_sigmoid(
    float x_2
) {
    float _e2 = precise_exp(-(x_2));
    return 1.0 / (1.0 + _e2);
}

float precise_atanh2_(
    float s
) {
    float y_1 = {};
    float z = s * s;
    y_1 = metal::fma(z, 0.06666667, 0.07692308);
    float _e6 = y_1;
    y_1 = metal::fma(_e6, z, 0.09090909);
    float _e9 = y_1;
    y_1 = metal::fma(_e9, z, 0.11111111);
    float _e12 = y_1;
    y_1 = metal::fma(_e12, z, 0.14285715);
    float _e15 = y_1;
    y_1 = metal::fma(_e15, z, 0.2);
    float _e18 = y_1;
    y_1 = metal::fma(_e18, z, 0.33333334);
    float twice = 2.0 * s;
    float _e24 = y_1;
    return metal::fma(twice * z, _e24, twice);
}

float precise_ln_1p(
    float u
) {
    float _e4 = precise_atanh2_(u / (2.0 + u));
    return _e4;
}

void hook_unroll(
) {
    return;
}

float hook_reciprocal(
    float x_3
) {
    return 1.0 / x_3;
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
    uint i_1 = 0u;
    bool loop_init_2 = true;
    while(true) {
        if (!loop_init_2) {
            uint _e32 = i_1;
            i_1 = _e32 + 1u;
        }
        loop_init_2 = false;
        uint _e7 = i_1;
        if (_e7 < 4u) {
        } else {
            break;
        }
        {
            uint _e11 = i_1;
            uint digit = (choice >> (4u * _e11)) & 7u;
            uint byte = (((digit >= 4u) ? b_1 : a_1) >> (8u * (digit & 3u))) & 255u;
            uint _e26 = bytes;
            uint _e28 = i_1;
            bytes = _e26 | (byte << (8u * _e28));
        }
    }
    uint _e35 = bytes;
    return _e35;
}

metal::float4 hc_comb_0_columns(
    metal::float4 row
) {
    metal::float4 unnamed_4 = metal::simd_shuffle_xor(row, 1u);
    metal::float4 pairs = row + unnamed_4;
    metal::float4 unnamed_5 = metal::simd_shuffle_xor(pairs, 2u);
    metal::float4 sums = (pairs + unnamed_5) + metal::float4(0.000001);
    float _e11 = hook_reciprocal(sums.x);
    float _e13 = hook_reciprocal(sums.y);
    float _e15 = hook_reciprocal(sums.z);
    float _e17 = hook_reciprocal(sums.w);
    return row * metal::float4(_e11, _e13, _e15, _e17);
}

void hc_comb_0_(
    At at_1,
    device type_2 const& partial_0_,
    device type_2 const& scale_1_,
    device type_2 const& base_2_,
    device type_2& mix_3_,
    threadgroup type_3& hc_comb_0_sums,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 row_1 = metal::float4 {};
    uint i_2 = 1u;
    bool local_4 = {};
    hc_comb_0_gather(at_1, partial_0_, hc_comb_0_sums, _buffer_sizes);
    float _e1 = hc_comb_0_factor(hc_comb_0_sums);
    uint out = at_1.y * 20u;
    uint j = at_1.lane % 4u;
    uint first = 8u + (4u * j);
    float _e19 = hc_comb_0_sums.inner[first + 0u];
    float _e23 = scale_1_[2];
    float _e29 = base_2_[first + 0u];
    row_1.x = ((_e19 * _e1) * _e23) + _e29;
    float _e36 = hc_comb_0_sums.inner[first + 1u];
    float _e40 = scale_1_[2];
    float _e46 = base_2_[first + 1u];
    row_1.y = ((_e36 * _e1) * _e40) + _e46;
    float _e53 = hc_comb_0_sums.inner[first + 2u];
    float _e57 = scale_1_[2];
    float _e63 = base_2_[first + 2u];
    row_1.z = ((_e53 * _e1) * _e57) + _e63;
    float _e70 = hc_comb_0_sums.inner[first + 3u];
    float _e74 = scale_1_[2];
    float _e80 = base_2_[first + 3u];
    row_1.w = ((_e70 * _e1) * _e74) + _e80;
    float _e83 = row_1.x;
    float _e85 = row_1.y;
    float _e88 = row_1.z;
    float _e90 = row_1.w;
    float largest = metal::max(metal::max(_e83, _e85), metal::max(_e88, _e90));
    float _e95 = row_1.x;
    float _e97 = precise_exp(_e95 - largest);
    row_1.x = _e97;
    float _e100 = row_1.y;
    float _e102 = precise_exp(_e100 - largest);
    row_1.y = _e102;
    float _e105 = row_1.z;
    float _e107 = precise_exp(_e105 - largest);
    row_1.z = _e107;
    float _e110 = row_1.w;
    float _e112 = precise_exp(_e110 - largest);
    row_1.w = _e112;
    metal::float4 _e113 = row_1;
    float _e115 = row_1.x;
    float _e117 = row_1.y;
    float _e120 = row_1.z;
    float _e123 = row_1.w;
    metal::float4 _e130 = hc_comb_0_columns((_e113 / metal::float4(((_e115 + _e117) + _e120) + _e123)) + metal::float4(0.000001));
    row_1 = _e130;
    bool loop_init_3 = true;
    while(true) {
        if (!loop_init_3) {
            uint _e153 = i_2;
            i_2 = _e153 + 1u;
        }
        loop_init_3 = false;
        uint _e133 = i_2;
        if (_e133 < 20u) {
        } else {
            break;
        }
        {
            metal::float4 _e136 = row_1;
            float _e138 = row_1.x;
            float _e140 = row_1.y;
            float _e143 = row_1.z;
            float _e145 = row_1.w;
            float _e150 = hook_reciprocal(((_e138 + _e140) + (_e143 + _e145)) + 0.000001);
            metal::float4 _e152 = hc_comb_0_columns(_e136 * _e150);
            row_1 = _e152;
        }
    }
    if (at_1.sg == 0u) {
        local_4 = at_1.lane < 4u;
    } else {
        local_4 = false;
    }
    bool _e165 = local_4;
    if (_e165) {
        float _e170 = hc_comb_0_sums.inner[4u + j];
        float _e174 = scale_1_[1];
        float _e180 = base_2_[4u + j];
        float post = ((_e170 * _e1) * _e174) + _e180;
        float _e185 = precise_sigmoid(post);
        mix_3_[out + j] = 2.0 * _e185;
        float _e198 = row_1.x;
        mix_3_[((out + 4u) + (4u * j)) + 0u] = _e198;
        float _e209 = row_1.y;
        mix_3_[((out + 4u) + (4u * j)) + 1u] = _e209;
        float _e220 = row_1.z;
        mix_3_[((out + 4u) + (4u * j)) + 2u] = _e220;
        float _e231 = row_1.w;
        mix_3_[((out + 4u) + (4u * j)) + 3u] = _e231;
        return;
    } else {
        return;
    }
}

struct hc_comb_jlavnhInput {
};
[[max_total_threads_per_threadgroup(128)]] kernel void hc_comb_jlavnh(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, device type_2 const& partial_0_ [[buffer(0)]]
, device type_2 const& scale_1_ [[buffer(1)]]
, device type_2 const& base_2_ [[buffer(2)]]
, device type_2& mix_3_ [[buffer(3)]]
, threadgroup type_3& hc_comb_0_sums
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_2 = At {group.x, group.y, lid, lane, sg};
    hc_comb_0_(at_2, partial_0_, scale_1_, base_2_, mix_3_, hc_comb_0_sums, _buffer_sizes);
    return;
}
