// hc_finish_hc_reduce_rms_norm_quantize_wooedh
//
// hc_finish of hc_mix (MODEL.md 2.3, steps 1 to 5)
//   template ops/hc_finish, CHUNK = 64, DEPTH = 16, JT = 32, M = 24, N = 4096, OUT = 64, ROWS = 2, S = 4, SPLITS = 1, TOKENS = 64, iters = 20
//   m = (fun · v) · (mean(v²) + eps.rms)^(-1/2), v = all streams;
//   pre = σ(m·scale₀ + base) + eps.hc; post = 2σ(m·scale₁ + base);
//   comb = sinkhorn(m·scale₂ + base); mix = pre, post, comb
//
// hc_reduce of hc_reduce (MODEL.md 2.3, step 6)
//   template ops/hc_reduce, CHUNK = 64, DEPTH = 16, JT = 32, M = 24, N = 4096, OUT = 64, ROWS = 2, S = 4, SPLITS = 1, TOKENS = 64
//   x[t, n] = Σ_s pre[t, s] · streams[t, s, n]
//
// rms_norm of rms_norm (MODEL.md 2.1)
//   template ops/rms_norm, CHUNK = 64, DEPTH = 16, JT = 32, N = 4096, OUT = 64, ROWS = 2, SPLITS = 1, TOKENS = 64
//   y[t, n] = x[t, n] · (mean_n x[t, n]² + eps)^(-1/2) · w[n]
//
// quantize of matmul (MODEL.md 2.5)
//   template ops/quantize, CHUNK = 64, DEPTH = 16, I = 4096, JT = 32, O = 1024, OUT = 64, ROWS = 2, SPLITS = 1, TOKENS = 64
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  partial_0  f32  1600 values a row, temporary, read
// 1  scale_1  f32  [3], read
// 2  base_2  f32  [24], read
// 3  mix_3  f32  [T, 24], read and written
// 4  streams_4_v4  vec4<f32>  [T, 4, 4096], read
// 5  x_5_v4  vec4<f32>  [T, 4096], read and written
// 6  w_6_v4  vec4<f32>  [4096], read
// 7  y_7_v4  vec4<f32>  [T, 4096], read and written
// 8  qx_8  u32  2560 values a row, temporary, read and written

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
typedef metal::float4 type_4[1];
typedef uint type_5[1];
struct type_6 {
    float inner[25];
};
struct type_8 {
    uint inner[32];
};

void hc_finish_0_gather(
    At at,
    device type_2 const& partial_0_,
    threadgroup type_6& hc_finish_0_sums,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint m = {};
    float sum = {};
    uint x = {};
    m = at.sg;
    bool loop_init = true;
    while(true) {
        if (!loop_init) {
            uint _e39 = m;
            m = _e39 + 4u;
        }
        loop_init = false;
        uint _e3 = m;
        if (_e3 <= 24u) {
        } else {
            break;
        }
        {
            sum = 0.0;
            x = at.lane;
            bool loop_init_1 = true;
            while(true) {
                if (!loop_init_1) {
                    uint _e27 = x;
                    x = _e27 + 32u;
                }
                loop_init_1 = false;
                uint _e10 = x;
                if (_e10 < 64u) {
                } else {
                    break;
                }
                {
                    float _e13 = sum;
                    uint _e18 = m;
                    uint _e22 = x;
                    float _e25 = partial_0_[(((at.y * 25u) + _e18) * 64u) + _e22];
                    sum = _e13 + _e25;
                }
            }
            float _e30 = sum;
            float unnamed = metal::simd_sum(_e30);
            sum = unnamed;
            if (at.lane == 0u) {
                uint _e36 = m;
                float _e38 = sum;
                hc_finish_0_sums.inner[_e36] = _e38;
            }
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    return;
}

float hc_finish_0_factor(
    threadgroup type_6& hc_finish_0_sums
) {
    float _e2 = hc_finish_0_sums.inner[24];
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

float precise_ln(
    float x_3
) {
    uint bits = as_type<uint>(x_3);
    int n_1 = as_type<int>(as_type<uint>(static_cast<int>((bits + 4194304u) >> 23u)) - as_type<uint>(127));
    float f = as_type<float>(bits - (as_type<uint>(n_1) << 23u));
    float _e20 = precise_atanh2_((f - 1.0) / (f + 1.0));
    return metal::fma(static_cast<float>(n_1), 0.6931472, _e20);
}

void reduce_gather(
    At at_1,
    uint word,
    threadgroup type_8& reduce_words
) {
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (at_1.lane == 0u) {
        reduce_words.inner[at_1.sg] = word;
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    return;
}

float reduce_sum(
    At at_2,
    float value,
    threadgroup type_8& reduce_words
) {
    float sum_1 = 0.0;
    uint i = 0u;
    float unnamed_1 = metal::simd_sum(value);
    reduce_gather(at_2, as_type<uint>(unnamed_1), reduce_words);
    bool loop_init_2 = true;
    while(true) {
        if (!loop_init_2) {
            uint _e18 = i;
            i = _e18 + 1u;
        }
        loop_init_2 = false;
        uint _e8 = i;
        if (_e8 < 4u) {
        } else {
            break;
        }
        {
            float _e11 = sum_1;
            uint _e13 = i;
            uint _e15 = reduce_words.inner[_e13];
            sum_1 = _e11 + as_type<float>(_e15);
        }
    }
    float _e21 = sum_1;
    return _e21;
}

float reduce_max(
    At at_3,
    float value_1,
    threadgroup type_8& reduce_words
) {
    float largest = {};
    uint i_1 = 1u;
    float unnamed_2 = metal::simd_max(value_1);
    reduce_gather(at_3, as_type<uint>(unnamed_2), reduce_words);
    uint _e6 = reduce_words.inner[0];
    largest = as_type<float>(_e6);
    bool loop_init_3 = true;
    while(true) {
        if (!loop_init_3) {
            uint _e21 = i_1;
            i_1 = _e21 + 1u;
        }
        loop_init_3 = false;
        uint _e11 = i_1;
        if (_e11 < 4u) {
        } else {
            break;
        }
        {
            float _e14 = largest;
            uint _e16 = i_1;
            uint _e18 = reduce_words.inner[_e16];
            largest = metal::max(_e14, as_type<float>(_e18));
        }
    }
    float _e24 = largest;
    return _e24;
}

uint reduce_max_u32_(
    At at_4,
    uint word_1,
    threadgroup type_8& reduce_words
) {
    uint largest_1 = {};
    uint i_2 = 1u;
    uint unnamed_3 = metal::simd_max(word_1);
    reduce_gather(at_4, unnamed_3, reduce_words);
    uint _e5 = reduce_words.inner[0];
    largest_1 = _e5;
    bool loop_init_4 = true;
    while(true) {
        if (!loop_init_4) {
            uint _e18 = i_2;
            i_2 = _e18 + 1u;
        }
        loop_init_4 = false;
        uint _e9 = i_2;
        if (_e9 < 4u) {
        } else {
            break;
        }
        {
            uint _e12 = largest_1;
            uint _e14 = i_2;
            uint _e16 = reduce_words.inner[_e14];
            largest_1 = metal::max(_e12, _e16);
        }
    }
    uint _e21 = largest_1;
    return _e21;
}

uint reduce_best(
    At at_5,
    uint key,
    uint place,
    threadgroup type_8& reduce_words,
    threadgroup type_8& reduce_places
) {
    uint best = {};
    uint found = {};
    uint i_3 = 1u;
    bool local = {};
    bool local_1 = {};
    uint unnamed_4 = metal::simd_max(key);
    uint unnamed_5 = metal::simd_min((key == unnamed_4) ? place : 4294967295u);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (at_5.lane == 0u) {
        reduce_words.inner[at_5.sg] = unnamed_4;
        reduce_places.inner[at_5.sg] = unnamed_5;
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint _e19 = reduce_words.inner[0];
    best = _e19;
    uint _e23 = reduce_places.inner[0];
    found = _e23;
    bool loop_init_5 = true;
    while(true) {
        if (!loop_init_5) {
            uint _e53 = i_3;
            i_3 = _e53 + 1u;
        }
        loop_init_5 = false;
        uint _e27 = i_3;
        if (_e27 < 4u) {
        } else {
            break;
        }
        {
            uint _e31 = i_3;
            uint other = reduce_words.inner[_e31];
            uint _e35 = i_3;
            uint other_place = reduce_places.inner[_e35];
            uint _e38 = best;
            if (!((other > _e38))) {
                uint _e43 = best;
                if (other == _e43) {
                    uint _e47 = found;
                    local_1 = other_place < _e47;
                } else {
                    local_1 = false;
                }
                bool _e50 = local_1;
                local = _e50;
            } else {
                local = true;
            }
            bool _e52 = local;
            if (_e52) {
                best = other;
                found = other_place;
            }
        }
    }
    uint _e56 = found;
    return _e56;
}

metal::uint2 reduce_before(
    At at_6,
    uint word_2,
    threadgroup type_8& reduce_words
) {
    uint before = {};
    uint total = 0u;
    uint i_4 = 0u;
    uint unnamed_6 = metal::simd_prefix_exclusive_sum(word_2);
    uint unnamed_7 = metal::simd_sum(word_2);
    reduce_gather(at_6, unnamed_7, reduce_words);
    before = unnamed_6;
    bool loop_init_6 = true;
    while(true) {
        if (!loop_init_6) {
            uint _e25 = i_4;
            i_4 = _e25 + 1u;
        }
        loop_init_6 = false;
        uint _e9 = i_4;
        if (_e9 < 4u) {
        } else {
            break;
        }
        {
            uint _e13 = i_4;
            uint sum_14 = reduce_words.inner[_e13];
            uint _e16 = before;
            uint _e18 = i_4;
            before = _e16 + ((_e18 < at_6.sg) ? sum_14 : 0u);
            uint _e23 = total;
            total = _e23 + sum_14;
        }
    }
    uint _e28 = before;
    uint _e29 = total;
    return metal::uint2(_e28, _e29);
}

metal::int4 naga_f2i32(metal::float4 value) {
    return static_cast<metal::int4>(metal::clamp(value, -2147483600.0, 2147483500.0));
}

void quantize_3_quantize(
    At at_7,
    device type_4 const& y_7_v4_,
    device type_5& qx_8_,
    constant _mslBufferSizes& _buffer_sizes
) {
    float most = {};
    int sum_2 = {};
    bool local_2 = {};
    float most_1 = {};
    int sum_3 = {};
    bool local_3 = {};
    float most_2 = {};
    int sum_4 = {};
    bool local_4 = {};
    float most_3 = {};
    int sum_5 = {};
    bool local_5 = {};
    uint first = (at_7.y * 128u) + (at_7.x * 128u);
    {
        uint i_6 = (0u + (at_7.sg * 32u)) + at_7.lane;
        bool inside = i_6 < 512u;
        uint group_1 = first + metal::min(i_6 / 4u, 127u);
        uint quarter = i_6 % 4u;
        metal::float4 a = y_7_v4_[(group_1 * 8u) + (2u * quarter)];
        metal::float4 b = y_7_v4_[((group_1 * 8u) + (2u * quarter)) + 1u];
        metal::float4 largest_2 = metal::max(metal::abs(a), metal::abs(b));
        most = metal::max(metal::max(largest_2.x, largest_2.y), metal::max(largest_2.z, largest_2.w));
        float _e53 = most;
        float _e54 = most;
        float unnamed_8 = metal::simd_shuffle_xor(_e54, 1u);
        most = metal::max(_e53, unnamed_8);
        float _e58 = most;
        float _e59 = most;
        float unnamed_9 = metal::simd_shuffle_xor(_e59, 2u);
        most = metal::max(_e58, unnamed_9);
        float _e63 = most;
        bool counts = _e63 > 0.000000000000000000000000000001;
        float _e66 = most;
        float scale = counts ? (_e66 / 32512.0) : 0.0;
        float _e71 = most;
        float inverse = counts ? (32512.0 / _e71) : 0.0;
        metal::int4 va = naga_f2i32(metal::rint(metal::clamp(a * inverse, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 vb = naga_f2i32(metal::rint(metal::clamp(b * inverse, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 ha = as_type<metal::int4>(as_type<metal::uint4>(va) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        metal::int4 hb = as_type<metal::int4>(as_type<metal::uint4>(vb) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        uint record = ((group_1 / 8u) * 160u) + ((group_1 % 8u) * 4u);
        uint words = (record + ((quarter / 2u) * 32u)) + ((quarter % 2u) * 2u);
        if (inside) {
            qx_8_[words] = as_type<uint>(packed_char4(ha));
            qx_8_[words + 1u] = as_type<uint>(packed_char4(hb));
            qx_8_[words + 64u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(va) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(ha) * as_type<uint>(256))))));
            qx_8_[words + 65u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(vb) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(hb) * as_type<uint>(256))))));
        }
        metal::int4 v = as_type<metal::int4>(as_type<metal::uint4>(va) + as_type<metal::uint4>(vb));
        sum_2 = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(v.x) + as_type<uint>(v.y))) + as_type<uint>(v.z))) + as_type<uint>(v.w));
        int _e156 = sum_2;
        int _e157 = sum_2;
        int unnamed_10 = metal::simd_shuffle_xor(_e157, 1u);
        sum_2 = as_type<int>(as_type<uint>(_e156) + as_type<uint>(unnamed_10));
        int _e161 = sum_2;
        int unnamed_11 = metal::simd_shuffle_xor(_e161, 2u);
        if (inside) {
            local_2 = quarter == 0u;
        } else {
            local_2 = false;
        }
        bool _e169 = local_2;
        if (_e169) {
            uint last = record + 128u;
            qx_8_[last] = as_type<uint>(scale);
            int _e179 = sum_2;
            qx_8_[last + 1u] = as_type<uint>(scale * static_cast<float>(_e179));
            qx_8_[last + 2u] = as_type<uint>(scale * static_cast<float>(unnamed_11));
            qx_8_[last + 3u] = 0u;
        }
    }
    {
        uint i_7 = (128u + (at_7.sg * 32u)) + at_7.lane;
        bool inside_1 = i_7 < 512u;
        uint group_2 = first + metal::min(i_7 / 4u, 127u);
        uint quarter_1 = i_7 % 4u;
        metal::float4 a_1 = y_7_v4_[(group_2 * 8u) + (2u * quarter_1)];
        metal::float4 b_1 = y_7_v4_[((group_2 * 8u) + (2u * quarter_1)) + 1u];
        metal::float4 largest_3 = metal::max(metal::abs(a_1), metal::abs(b_1));
        most_1 = metal::max(metal::max(largest_3.x, largest_3.y), metal::max(largest_3.z, largest_3.w));
        float _e240 = most_1;
        float _e241 = most_1;
        float unnamed_12 = metal::simd_shuffle_xor(_e241, 1u);
        most_1 = metal::max(_e240, unnamed_12);
        float _e245 = most_1;
        float _e246 = most_1;
        float unnamed_13 = metal::simd_shuffle_xor(_e246, 2u);
        most_1 = metal::max(_e245, unnamed_13);
        float _e250 = most_1;
        bool counts_1 = _e250 > 0.000000000000000000000000000001;
        float _e253 = most_1;
        float scale_1 = counts_1 ? (_e253 / 32512.0) : 0.0;
        float _e258 = most_1;
        float inverse_1 = counts_1 ? (32512.0 / _e258) : 0.0;
        metal::int4 va_1 = naga_f2i32(metal::rint(metal::clamp(a_1 * inverse_1, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 vb_1 = naga_f2i32(metal::rint(metal::clamp(b_1 * inverse_1, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 ha_1 = as_type<metal::int4>(as_type<metal::uint4>(va_1) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        metal::int4 hb_1 = as_type<metal::int4>(as_type<metal::uint4>(vb_1) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        uint record_1 = ((group_2 / 8u) * 160u) + ((group_2 % 8u) * 4u);
        uint words_1 = (record_1 + ((quarter_1 / 2u) * 32u)) + ((quarter_1 % 2u) * 2u);
        if (inside_1) {
            qx_8_[words_1] = as_type<uint>(packed_char4(ha_1));
            qx_8_[words_1 + 1u] = as_type<uint>(packed_char4(hb_1));
            qx_8_[words_1 + 64u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(va_1) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(ha_1) * as_type<uint>(256))))));
            qx_8_[words_1 + 65u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(vb_1) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(hb_1) * as_type<uint>(256))))));
        }
        metal::int4 v_1 = as_type<metal::int4>(as_type<metal::uint4>(va_1) + as_type<metal::uint4>(vb_1));
        sum_3 = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(v_1.x) + as_type<uint>(v_1.y))) + as_type<uint>(v_1.z))) + as_type<uint>(v_1.w));
        int _e343 = sum_3;
        int _e344 = sum_3;
        int unnamed_14 = metal::simd_shuffle_xor(_e344, 1u);
        sum_3 = as_type<int>(as_type<uint>(_e343) + as_type<uint>(unnamed_14));
        int _e348 = sum_3;
        int unnamed_15 = metal::simd_shuffle_xor(_e348, 2u);
        if (inside_1) {
            local_3 = quarter_1 == 0u;
        } else {
            local_3 = false;
        }
        bool _e356 = local_3;
        if (_e356) {
            uint last_1 = record_1 + 128u;
            qx_8_[last_1] = as_type<uint>(scale_1);
            int _e366 = sum_3;
            qx_8_[last_1 + 1u] = as_type<uint>(scale_1 * static_cast<float>(_e366));
            qx_8_[last_1 + 2u] = as_type<uint>(scale_1 * static_cast<float>(unnamed_15));
            qx_8_[last_1 + 3u] = 0u;
        }
    }
    {
        uint i_8 = (256u + (at_7.sg * 32u)) + at_7.lane;
        bool inside_2 = i_8 < 512u;
        uint group_3 = first + metal::min(i_8 / 4u, 127u);
        uint quarter_2 = i_8 % 4u;
        metal::float4 a_2 = y_7_v4_[(group_3 * 8u) + (2u * quarter_2)];
        metal::float4 b_2 = y_7_v4_[((group_3 * 8u) + (2u * quarter_2)) + 1u];
        metal::float4 largest_4 = metal::max(metal::abs(a_2), metal::abs(b_2));
        most_2 = metal::max(metal::max(largest_4.x, largest_4.y), metal::max(largest_4.z, largest_4.w));
        float _e427 = most_2;
        float _e428 = most_2;
        float unnamed_16 = metal::simd_shuffle_xor(_e428, 1u);
        most_2 = metal::max(_e427, unnamed_16);
        float _e432 = most_2;
        float _e433 = most_2;
        float unnamed_17 = metal::simd_shuffle_xor(_e433, 2u);
        most_2 = metal::max(_e432, unnamed_17);
        float _e437 = most_2;
        bool counts_2 = _e437 > 0.000000000000000000000000000001;
        float _e440 = most_2;
        float scale_2 = counts_2 ? (_e440 / 32512.0) : 0.0;
        float _e445 = most_2;
        float inverse_2 = counts_2 ? (32512.0 / _e445) : 0.0;
        metal::int4 va_2 = naga_f2i32(metal::rint(metal::clamp(a_2 * inverse_2, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 vb_2 = naga_f2i32(metal::rint(metal::clamp(b_2 * inverse_2, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 ha_2 = as_type<metal::int4>(as_type<metal::uint4>(va_2) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        metal::int4 hb_2 = as_type<metal::int4>(as_type<metal::uint4>(vb_2) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        uint record_2 = ((group_3 / 8u) * 160u) + ((group_3 % 8u) * 4u);
        uint words_2 = (record_2 + ((quarter_2 / 2u) * 32u)) + ((quarter_2 % 2u) * 2u);
        if (inside_2) {
            qx_8_[words_2] = as_type<uint>(packed_char4(ha_2));
            qx_8_[words_2 + 1u] = as_type<uint>(packed_char4(hb_2));
            qx_8_[words_2 + 64u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(va_2) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(ha_2) * as_type<uint>(256))))));
            qx_8_[words_2 + 65u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(vb_2) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(hb_2) * as_type<uint>(256))))));
        }
        metal::int4 v_2 = as_type<metal::int4>(as_type<metal::uint4>(va_2) + as_type<metal::uint4>(vb_2));
        sum_4 = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(v_2.x) + as_type<uint>(v_2.y))) + as_type<uint>(v_2.z))) + as_type<uint>(v_2.w));
        int _e530 = sum_4;
        int _e531 = sum_4;
        int unnamed_18 = metal::simd_shuffle_xor(_e531, 1u);
        sum_4 = as_type<int>(as_type<uint>(_e530) + as_type<uint>(unnamed_18));
        int _e535 = sum_4;
        int unnamed_19 = metal::simd_shuffle_xor(_e535, 2u);
        if (inside_2) {
            local_4 = quarter_2 == 0u;
        } else {
            local_4 = false;
        }
        bool _e543 = local_4;
        if (_e543) {
            uint last_2 = record_2 + 128u;
            qx_8_[last_2] = as_type<uint>(scale_2);
            int _e553 = sum_4;
            qx_8_[last_2 + 1u] = as_type<uint>(scale_2 * static_cast<float>(_e553));
            qx_8_[last_2 + 2u] = as_type<uint>(scale_2 * static_cast<float>(unnamed_19));
            qx_8_[last_2 + 3u] = 0u;
        }
    }
    {
        uint i_9 = (384u + (at_7.sg * 32u)) + at_7.lane;
        bool inside_3 = i_9 < 512u;
        uint group_4 = first + metal::min(i_9 / 4u, 127u);
        uint quarter_3 = i_9 % 4u;
        metal::float4 a_3 = y_7_v4_[(group_4 * 8u) + (2u * quarter_3)];
        metal::float4 b_3 = y_7_v4_[((group_4 * 8u) + (2u * quarter_3)) + 1u];
        metal::float4 largest_5 = metal::max(metal::abs(a_3), metal::abs(b_3));
        most_3 = metal::max(metal::max(largest_5.x, largest_5.y), metal::max(largest_5.z, largest_5.w));
        float _e614 = most_3;
        float _e615 = most_3;
        float unnamed_20 = metal::simd_shuffle_xor(_e615, 1u);
        most_3 = metal::max(_e614, unnamed_20);
        float _e619 = most_3;
        float _e620 = most_3;
        float unnamed_21 = metal::simd_shuffle_xor(_e620, 2u);
        most_3 = metal::max(_e619, unnamed_21);
        float _e624 = most_3;
        bool counts_3 = _e624 > 0.000000000000000000000000000001;
        float _e627 = most_3;
        float scale_3 = counts_3 ? (_e627 / 32512.0) : 0.0;
        float _e632 = most_3;
        float inverse_3 = counts_3 ? (32512.0 / _e632) : 0.0;
        metal::int4 va_3 = naga_f2i32(metal::rint(metal::clamp(a_3 * inverse_3, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 vb_3 = naga_f2i32(metal::rint(metal::clamp(b_3 * inverse_3, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 ha_3 = as_type<metal::int4>(as_type<metal::uint4>(va_3) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        metal::int4 hb_3 = as_type<metal::int4>(as_type<metal::uint4>(vb_3) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        uint record_3 = ((group_4 / 8u) * 160u) + ((group_4 % 8u) * 4u);
        uint words_3 = (record_3 + ((quarter_3 / 2u) * 32u)) + ((quarter_3 % 2u) * 2u);
        if (inside_3) {
            qx_8_[words_3] = as_type<uint>(packed_char4(ha_3));
            qx_8_[words_3 + 1u] = as_type<uint>(packed_char4(hb_3));
            qx_8_[words_3 + 64u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(va_3) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(ha_3) * as_type<uint>(256))))));
            qx_8_[words_3 + 65u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(vb_3) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(hb_3) * as_type<uint>(256))))));
        }
        metal::int4 v_3 = as_type<metal::int4>(as_type<metal::uint4>(va_3) + as_type<metal::uint4>(vb_3));
        sum_5 = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(v_3.x) + as_type<uint>(v_3.y))) + as_type<uint>(v_3.z))) + as_type<uint>(v_3.w));
        int _e717 = sum_5;
        int _e718 = sum_5;
        int unnamed_22 = metal::simd_shuffle_xor(_e718, 1u);
        sum_5 = as_type<int>(as_type<uint>(_e717) + as_type<uint>(unnamed_22));
        int _e722 = sum_5;
        int unnamed_23 = metal::simd_shuffle_xor(_e722, 2u);
        if (inside_3) {
            local_5 = quarter_3 == 0u;
        } else {
            local_5 = false;
        }
        bool _e730 = local_5;
        if (_e730) {
            uint last_3 = record_3 + 128u;
            qx_8_[last_3] = as_type<uint>(scale_3);
            int _e740 = sum_5;
            qx_8_[last_3 + 1u] = as_type<uint>(scale_3 * static_cast<float>(_e740));
            qx_8_[last_3 + 2u] = as_type<uint>(scale_3 * static_cast<float>(unnamed_23));
            qx_8_[last_3 + 3u] = 0u;
            return;
        } else {
            return;
        }
    }
}

metal::float4 hc_finish_0_columns(
    metal::float4 row
) {
    metal::float4 unnamed_24 = metal::simd_shuffle_xor(row, 1u);
    metal::float4 pairs = row + unnamed_24;
    metal::float4 unnamed_25 = metal::simd_shuffle_xor(pairs, 2u);
    return row * (metal::float4(1.0) / ((pairs + unnamed_25) + metal::float4(0.000001)));
}

void hc_finish_0_(
    At at_8,
    device type_2 const& partial_0_,
    device type_2 const& scale_1_,
    device type_2 const& base_2_,
    device type_2& mix_3_,
    threadgroup type_6& hc_finish_0_sums,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 row_1 = metal::float4 {};
    uint i_5 = 1u;
    bool local_6 = {};
    hc_finish_0_gather(at_8, partial_0_, hc_finish_0_sums, _buffer_sizes);
    float _e1 = hc_finish_0_factor(hc_finish_0_sums);
    uint out = at_8.y * 24u;
    uint j = at_8.lane % 4u;
    uint first_1 = 8u + (4u * j);
    float _e19 = hc_finish_0_sums.inner[first_1 + 0u];
    float _e23 = scale_1_[2];
    float _e29 = base_2_[first_1 + 0u];
    row_1.x = ((_e19 * _e1) * _e23) + _e29;
    float _e36 = hc_finish_0_sums.inner[first_1 + 1u];
    float _e40 = scale_1_[2];
    float _e46 = base_2_[first_1 + 1u];
    row_1.y = ((_e36 * _e1) * _e40) + _e46;
    float _e53 = hc_finish_0_sums.inner[first_1 + 2u];
    float _e57 = scale_1_[2];
    float _e63 = base_2_[first_1 + 2u];
    row_1.z = ((_e53 * _e1) * _e57) + _e63;
    float _e70 = hc_finish_0_sums.inner[first_1 + 3u];
    float _e74 = scale_1_[2];
    float _e80 = base_2_[first_1 + 3u];
    row_1.w = ((_e70 * _e1) * _e74) + _e80;
    float _e83 = row_1.x;
    float _e85 = row_1.y;
    float _e88 = row_1.z;
    float _e90 = row_1.w;
    float largest_6 = metal::max(metal::max(_e83, _e85), metal::max(_e88, _e90));
    float _e95 = row_1.x;
    float _e97 = precise_exp(_e95 - largest_6);
    row_1.x = _e97;
    float _e100 = row_1.y;
    float _e102 = precise_exp(_e100 - largest_6);
    row_1.y = _e102;
    float _e105 = row_1.z;
    float _e107 = precise_exp(_e105 - largest_6);
    row_1.z = _e107;
    float _e110 = row_1.w;
    float _e112 = precise_exp(_e110 - largest_6);
    row_1.w = _e112;
    metal::float4 _e113 = row_1;
    float _e115 = row_1.x;
    float _e117 = row_1.y;
    float _e120 = row_1.z;
    float _e123 = row_1.w;
    metal::float4 _e130 = hc_finish_0_columns((_e113 / metal::float4(((_e115 + _e117) + _e120) + _e123)) + metal::float4(0.000001));
    row_1 = _e130;
    bool loop_init_7 = true;
    while(true) {
        if (!loop_init_7) {
            uint _e154 = i_5;
            i_5 = _e154 + 1u;
        }
        loop_init_7 = false;
        uint _e133 = i_5;
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
            metal::float4 _e153 = hc_finish_0_columns(_e136 * (1.0 / (((_e138 + _e140) + (_e143 + _e145)) + 0.000001)));
            row_1 = _e153;
        }
    }
    if (at_8.sg == 0u) {
        local_6 = at_8.lane < 4u;
    } else {
        local_6 = false;
    }
    bool _e166 = local_6;
    if (_e166) {
        float _e169 = hc_finish_0_sums.inner[j];
        float _e173 = scale_1_[0];
        float _e177 = base_2_[j];
        float pre = ((_e169 * _e1) * _e173) + _e177;
        float _e183 = hc_finish_0_sums.inner[4u + j];
        float _e187 = scale_1_[1];
        float _e193 = base_2_[4u + j];
        float post = ((_e183 * _e1) * _e187) + _e193;
        float _e198 = precise_sigmoid(pre);
        mix_3_[out + j] = _e198 + 0.000001;
        float _e206 = precise_sigmoid(post);
        mix_3_[(out + 4u) + j] = 2.0 * _e206;
        float _e215 = row_1.x;
        mix_3_[(out + first_1) + 0u] = _e215;
        float _e222 = row_1.y;
        mix_3_[(out + first_1) + 1u] = _e222;
        float _e229 = row_1.z;
        mix_3_[(out + first_1) + 2u] = _e229;
        float _e236 = row_1.w;
        mix_3_[(out + first_1) + 3u] = _e236;
        return;
    } else {
        return;
    }
}

void hc_reduce_1_(
    At at_9,
    device type_2 const& mix_3_,
    device type_4 const& streams_4_v4_,
    device type_4& x_5_v4_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 sum_6 = {};
    metal::float4 sum_7 = {};
    metal::float4 sum_8 = {};
    metal::float4 sum_9 = {};
    metal::float4 sum_10 = {};
    metal::float4 sum_11 = {};
    metal::float4 sum_12 = {};
    metal::float4 sum_13 = {};
    float pre_0_ = mix_3_[(at_9.y * 24u) + 0u];
    float pre_1_ = mix_3_[(at_9.y * 24u) + 1u];
    float pre_2_ = mix_3_[(at_9.y * 24u) + 2u];
    float pre_3_ = mix_3_[(at_9.y * 24u) + 3u];
    {
        uint n_2 = ((at_9.x * 1024u) + at_9.lid) + 0u;
        uint first_2 = (at_9.y * 4096u) + n_2;
        metal::float4 _e46 = streams_4_v4_[first_2];
        sum_6 = pre_0_ * _e46;
        metal::float4 _e49 = sum_6;
        metal::float4 _e54 = streams_4_v4_[first_2 + 1024u];
        sum_6 = _e49 + (pre_1_ * _e54);
        metal::float4 _e57 = sum_6;
        metal::float4 _e62 = streams_4_v4_[first_2 + 2048u];
        sum_6 = _e57 + (pre_2_ * _e62);
        metal::float4 _e65 = sum_6;
        metal::float4 _e70 = streams_4_v4_[first_2 + 3072u];
        sum_6 = _e65 + (pre_3_ * _e70);
        metal::float4 _e79 = sum_6;
        x_5_v4_[(at_9.y * 1024u) + n_2] = _e79;
    }
    {
        uint n_3 = ((at_9.x * 1024u) + at_9.lid) + 128u;
        uint first_3 = (at_9.y * 4096u) + n_3;
        metal::float4 _e93 = streams_4_v4_[first_3];
        sum_7 = pre_0_ * _e93;
        metal::float4 _e96 = sum_7;
        metal::float4 _e101 = streams_4_v4_[first_3 + 1024u];
        sum_7 = _e96 + (pre_1_ * _e101);
        metal::float4 _e104 = sum_7;
        metal::float4 _e109 = streams_4_v4_[first_3 + 2048u];
        sum_7 = _e104 + (pre_2_ * _e109);
        metal::float4 _e112 = sum_7;
        metal::float4 _e117 = streams_4_v4_[first_3 + 3072u];
        sum_7 = _e112 + (pre_3_ * _e117);
        metal::float4 _e126 = sum_7;
        x_5_v4_[(at_9.y * 1024u) + n_3] = _e126;
    }
    {
        uint n_4 = ((at_9.x * 1024u) + at_9.lid) + 256u;
        uint first_4 = (at_9.y * 4096u) + n_4;
        metal::float4 _e140 = streams_4_v4_[first_4];
        sum_8 = pre_0_ * _e140;
        metal::float4 _e143 = sum_8;
        metal::float4 _e148 = streams_4_v4_[first_4 + 1024u];
        sum_8 = _e143 + (pre_1_ * _e148);
        metal::float4 _e151 = sum_8;
        metal::float4 _e156 = streams_4_v4_[first_4 + 2048u];
        sum_8 = _e151 + (pre_2_ * _e156);
        metal::float4 _e159 = sum_8;
        metal::float4 _e164 = streams_4_v4_[first_4 + 3072u];
        sum_8 = _e159 + (pre_3_ * _e164);
        metal::float4 _e173 = sum_8;
        x_5_v4_[(at_9.y * 1024u) + n_4] = _e173;
    }
    {
        uint n_5 = ((at_9.x * 1024u) + at_9.lid) + 384u;
        uint first_5 = (at_9.y * 4096u) + n_5;
        metal::float4 _e187 = streams_4_v4_[first_5];
        sum_9 = pre_0_ * _e187;
        metal::float4 _e190 = sum_9;
        metal::float4 _e195 = streams_4_v4_[first_5 + 1024u];
        sum_9 = _e190 + (pre_1_ * _e195);
        metal::float4 _e198 = sum_9;
        metal::float4 _e203 = streams_4_v4_[first_5 + 2048u];
        sum_9 = _e198 + (pre_2_ * _e203);
        metal::float4 _e206 = sum_9;
        metal::float4 _e211 = streams_4_v4_[first_5 + 3072u];
        sum_9 = _e206 + (pre_3_ * _e211);
        metal::float4 _e220 = sum_9;
        x_5_v4_[(at_9.y * 1024u) + n_5] = _e220;
    }
    {
        uint n_6 = ((at_9.x * 1024u) + at_9.lid) + 512u;
        uint first_6 = (at_9.y * 4096u) + n_6;
        metal::float4 _e234 = streams_4_v4_[first_6];
        sum_10 = pre_0_ * _e234;
        metal::float4 _e237 = sum_10;
        metal::float4 _e242 = streams_4_v4_[first_6 + 1024u];
        sum_10 = _e237 + (pre_1_ * _e242);
        metal::float4 _e245 = sum_10;
        metal::float4 _e250 = streams_4_v4_[first_6 + 2048u];
        sum_10 = _e245 + (pre_2_ * _e250);
        metal::float4 _e253 = sum_10;
        metal::float4 _e258 = streams_4_v4_[first_6 + 3072u];
        sum_10 = _e253 + (pre_3_ * _e258);
        metal::float4 _e267 = sum_10;
        x_5_v4_[(at_9.y * 1024u) + n_6] = _e267;
    }
    {
        uint n_7 = ((at_9.x * 1024u) + at_9.lid) + 640u;
        uint first_7 = (at_9.y * 4096u) + n_7;
        metal::float4 _e281 = streams_4_v4_[first_7];
        sum_11 = pre_0_ * _e281;
        metal::float4 _e284 = sum_11;
        metal::float4 _e289 = streams_4_v4_[first_7 + 1024u];
        sum_11 = _e284 + (pre_1_ * _e289);
        metal::float4 _e292 = sum_11;
        metal::float4 _e297 = streams_4_v4_[first_7 + 2048u];
        sum_11 = _e292 + (pre_2_ * _e297);
        metal::float4 _e300 = sum_11;
        metal::float4 _e305 = streams_4_v4_[first_7 + 3072u];
        sum_11 = _e300 + (pre_3_ * _e305);
        metal::float4 _e314 = sum_11;
        x_5_v4_[(at_9.y * 1024u) + n_7] = _e314;
    }
    {
        uint n_8 = ((at_9.x * 1024u) + at_9.lid) + 768u;
        uint first_8 = (at_9.y * 4096u) + n_8;
        metal::float4 _e328 = streams_4_v4_[first_8];
        sum_12 = pre_0_ * _e328;
        metal::float4 _e331 = sum_12;
        metal::float4 _e336 = streams_4_v4_[first_8 + 1024u];
        sum_12 = _e331 + (pre_1_ * _e336);
        metal::float4 _e339 = sum_12;
        metal::float4 _e344 = streams_4_v4_[first_8 + 2048u];
        sum_12 = _e339 + (pre_2_ * _e344);
        metal::float4 _e347 = sum_12;
        metal::float4 _e352 = streams_4_v4_[first_8 + 3072u];
        sum_12 = _e347 + (pre_3_ * _e352);
        metal::float4 _e361 = sum_12;
        x_5_v4_[(at_9.y * 1024u) + n_8] = _e361;
    }
    {
        uint n_9 = ((at_9.x * 1024u) + at_9.lid) + 896u;
        uint first_9 = (at_9.y * 4096u) + n_9;
        metal::float4 _e375 = streams_4_v4_[first_9];
        sum_13 = pre_0_ * _e375;
        metal::float4 _e378 = sum_13;
        metal::float4 _e383 = streams_4_v4_[first_9 + 1024u];
        sum_13 = _e378 + (pre_1_ * _e383);
        metal::float4 _e386 = sum_13;
        metal::float4 _e391 = streams_4_v4_[first_9 + 2048u];
        sum_13 = _e386 + (pre_2_ * _e391);
        metal::float4 _e394 = sum_13;
        metal::float4 _e399 = streams_4_v4_[first_9 + 3072u];
        sum_13 = _e394 + (pre_3_ * _e399);
        metal::float4 _e408 = sum_13;
        x_5_v4_[(at_9.y * 1024u) + n_9] = _e408;
        return;
    }
}

void rms_norm_2_(
    At at_10,
    device type_4 const& x_5_v4_,
    device type_4 const& w_6_v4_,
    device type_4& y_7_v4_,
    threadgroup type_8& reduce_words,
    constant _mslBufferSizes& _buffer_sizes
) {
    float square = 0.0;
    metal::float4 x_0_ = metal::float4 {};
    metal::float4 x_1_ = metal::float4 {};
    metal::float4 x_2_ = metal::float4 {};
    metal::float4 x_3_ = metal::float4 {};
    metal::float4 x_4_ = metal::float4 {};
    metal::float4 x_5_ = metal::float4 {};
    metal::float4 x_6_ = metal::float4 {};
    metal::float4 x_7_ = metal::float4 {};
    uint row_2 = at_10.y * 1024u;
    if ((at_10.lid + 0u) < 1024u) {
        metal::float4 _e19 = x_5_v4_[(row_2 + at_10.lid) + 0u];
        x_0_ = _e19;
        float _e20 = square;
        metal::float4 _e21 = x_0_;
        metal::float4 _e22 = x_0_;
        square = _e20 + metal::dot(_e21, _e22);
    }
    if ((at_10.lid + 128u) < 1024u) {
        metal::float4 _e38 = x_5_v4_[(row_2 + at_10.lid) + 128u];
        x_1_ = _e38;
        float _e39 = square;
        metal::float4 _e40 = x_1_;
        metal::float4 _e41 = x_1_;
        square = _e39 + metal::dot(_e40, _e41);
    }
    if ((at_10.lid + 256u) < 1024u) {
        metal::float4 _e57 = x_5_v4_[(row_2 + at_10.lid) + 256u];
        x_2_ = _e57;
        float _e58 = square;
        metal::float4 _e59 = x_2_;
        metal::float4 _e60 = x_2_;
        square = _e58 + metal::dot(_e59, _e60);
    }
    if ((at_10.lid + 384u) < 1024u) {
        metal::float4 _e76 = x_5_v4_[(row_2 + at_10.lid) + 384u];
        x_3_ = _e76;
        float _e77 = square;
        metal::float4 _e78 = x_3_;
        metal::float4 _e79 = x_3_;
        square = _e77 + metal::dot(_e78, _e79);
    }
    if ((at_10.lid + 512u) < 1024u) {
        metal::float4 _e95 = x_5_v4_[(row_2 + at_10.lid) + 512u];
        x_4_ = _e95;
        float _e96 = square;
        metal::float4 _e97 = x_4_;
        metal::float4 _e98 = x_4_;
        square = _e96 + metal::dot(_e97, _e98);
    }
    if ((at_10.lid + 640u) < 1024u) {
        metal::float4 _e114 = x_5_v4_[(row_2 + at_10.lid) + 640u];
        x_5_ = _e114;
        float _e115 = square;
        metal::float4 _e116 = x_5_;
        metal::float4 _e117 = x_5_;
        square = _e115 + metal::dot(_e116, _e117);
    }
    if ((at_10.lid + 768u) < 1024u) {
        metal::float4 _e133 = x_5_v4_[(row_2 + at_10.lid) + 768u];
        x_6_ = _e133;
        float _e134 = square;
        metal::float4 _e135 = x_6_;
        metal::float4 _e136 = x_6_;
        square = _e134 + metal::dot(_e135, _e136);
    }
    if ((at_10.lid + 896u) < 1024u) {
        metal::float4 _e152 = x_5_v4_[(row_2 + at_10.lid) + 896u];
        x_7_ = _e152;
        float _e153 = square;
        metal::float4 _e154 = x_7_;
        metal::float4 _e155 = x_7_;
        square = _e153 + metal::dot(_e154, _e155);
    }
    float _e158 = square;
    float _e159 = reduce_sum(at_10, _e158, reduce_words);
    float factor = 1.0 / metal::sqrt((_e159 / 4096.0) + 0.000001);
    if ((at_10.lid + 0u) < 1024u) {
        metal::float4 _e178 = x_0_;
        metal::float4 _e185 = w_6_v4_[at_10.lid + 0u];
        y_7_v4_[(row_2 + at_10.lid) + 0u] = (_e178 * factor) * _e185;
    }
    if ((at_10.lid + 128u) < 1024u) {
        metal::float4 _e198 = x_1_;
        metal::float4 _e205 = w_6_v4_[at_10.lid + 128u];
        y_7_v4_[(row_2 + at_10.lid) + 128u] = (_e198 * factor) * _e205;
    }
    if ((at_10.lid + 256u) < 1024u) {
        metal::float4 _e218 = x_2_;
        metal::float4 _e225 = w_6_v4_[at_10.lid + 256u];
        y_7_v4_[(row_2 + at_10.lid) + 256u] = (_e218 * factor) * _e225;
    }
    if ((at_10.lid + 384u) < 1024u) {
        metal::float4 _e238 = x_3_;
        metal::float4 _e245 = w_6_v4_[at_10.lid + 384u];
        y_7_v4_[(row_2 + at_10.lid) + 384u] = (_e238 * factor) * _e245;
    }
    if ((at_10.lid + 512u) < 1024u) {
        metal::float4 _e258 = x_4_;
        metal::float4 _e265 = w_6_v4_[at_10.lid + 512u];
        y_7_v4_[(row_2 + at_10.lid) + 512u] = (_e258 * factor) * _e265;
    }
    if ((at_10.lid + 640u) < 1024u) {
        metal::float4 _e278 = x_5_;
        metal::float4 _e285 = w_6_v4_[at_10.lid + 640u];
        y_7_v4_[(row_2 + at_10.lid) + 640u] = (_e278 * factor) * _e285;
    }
    if ((at_10.lid + 768u) < 1024u) {
        metal::float4 _e298 = x_6_;
        metal::float4 _e305 = w_6_v4_[at_10.lid + 768u];
        y_7_v4_[(row_2 + at_10.lid) + 768u] = (_e298 * factor) * _e305;
    }
    if ((at_10.lid + 896u) < 1024u) {
        metal::float4 _e318 = x_7_;
        metal::float4 _e325 = w_6_v4_[at_10.lid + 896u];
        y_7_v4_[(row_2 + at_10.lid) + 896u] = (_e318 * factor) * _e325;
        return;
    } else {
        return;
    }
}

void quantize_3_(
    At at_11,
    device type_4 const& y_7_v4_,
    device type_5& qx_8_,
    constant _mslBufferSizes& _buffer_sizes
) {
    quantize_3_quantize(at_11, y_7_v4_, qx_8_, _buffer_sizes);
    return;
}

struct hc_finish_hc_reduce_rms_norm_quantize_wooedhInput {
};
[[max_total_threads_per_threadgroup(128)]] kernel void hc_finish_hc_reduce_rms_norm_quantize_wooedh(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, device type_2 const& partial_0_ [[buffer(0)]]
, device type_2 const& scale_1_ [[buffer(1)]]
, device type_2 const& base_2_ [[buffer(2)]]
, device type_2& mix_3_ [[buffer(3)]]
, device type_4 const& streams_4_v4_ [[buffer(4)]]
, device type_4& x_5_v4_ [[buffer(5)]]
, device type_4 const& w_6_v4_ [[buffer(6)]]
, device type_4& y_7_v4_ [[buffer(7)]]
, device type_5& qx_8_ [[buffer(8)]]
, threadgroup type_6& hc_finish_0_sums
, threadgroup type_8& reduce_words
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_12 = At {group.x, group.y, lid, lane, sg};
    hc_finish_0_(at_12, partial_0_, scale_1_, base_2_, mix_3_, hc_finish_0_sums, _buffer_sizes);
    metal::threadgroup_barrier(metal::mem_flags::mem_device);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    hc_reduce_1_(at_12, mix_3_, streams_4_v4_, x_5_v4_, _buffer_sizes);
    metal::threadgroup_barrier(metal::mem_flags::mem_device);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    rms_norm_2_(at_12, x_5_v4_, w_6_v4_, y_7_v4_, reduce_words, _buffer_sizes);
    metal::threadgroup_barrier(metal::mem_flags::mem_device);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    quantize_3_(at_12, y_7_v4_, qx_8_, _buffer_sizes);
    return;
}
