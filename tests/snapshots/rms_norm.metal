// rms_norm_quantize_uwfjlc
//
// rms_norm of rms_norm (MODEL.md 2.1)
//   template ops/rms_norm, CHUNK = 512, DEPTH = 16, HALF = 448, JT = 32, KG = 2, N = 1024, OUT = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64
//   y[t, n] = x[t, n] · (mean_n x[t, n]² + eps)^(-1/2) · w[n]
//
// quantize of matmul (MODEL.md 2.5)
//   template ops/quantize, DEPTH = 16, HALF = 448, I = 1024, JT = 32, KG = 2, O = 32768, OUT = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64
//   y[t, o] = Σ_i w[o, i] · x[t, i]
//
// binding  name  elements  what
// 0  x_0_v4  vec4<f32>  [T, 1024], read
// 1  w_1_v4  vec4<f32>  [1024], read
// 2  y_2_v4  vec4<f32>  [T, 1024], read and written
// 3  qx_3  u32  640 values a row, temporary, read and written

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
typedef metal::float4 type_3[1];
typedef uint type_4[1];
struct type_5 {
    uint inner[32];
};

void reduce_gather(
    At at,
    uint word,
    threadgroup type_5& reduce_words
) {
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (at.lane == 0u) {
        reduce_words.inner[at.sg] = word;
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    return;
}

float reduce_sum(
    At at_1,
    float value,
    threadgroup type_5& reduce_words
) {
    float sum = 0.0;
    uint i = 0u;
    float unnamed = metal::simd_sum(value);
    reduce_gather(at_1, as_type<uint>(unnamed), reduce_words);
    bool loop_init = true;
    while(true) {
        if (!loop_init) {
            uint _e18 = i;
            i = _e18 + 1u;
        }
        loop_init = false;
        uint _e8 = i;
        if (_e8 < 4u) {
        } else {
            break;
        }
        {
            float _e11 = sum;
            uint _e13 = i;
            uint _e15 = reduce_words.inner[_e13];
            sum = _e11 + as_type<float>(_e15);
        }
    }
    float _e21 = sum;
    return _e21;
}

float reduce_max(
    At at_2,
    float value_1,
    threadgroup type_5& reduce_words
) {
    float largest = {};
    uint i_1 = 1u;
    float unnamed_1 = metal::simd_max(value_1);
    reduce_gather(at_2, as_type<uint>(unnamed_1), reduce_words);
    uint _e6 = reduce_words.inner[0];
    largest = as_type<float>(_e6);
    bool loop_init_1 = true;
    while(true) {
        if (!loop_init_1) {
            uint _e21 = i_1;
            i_1 = _e21 + 1u;
        }
        loop_init_1 = false;
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
    At at_3,
    uint word_1,
    threadgroup type_5& reduce_words
) {
    uint largest_1 = {};
    uint i_2 = 1u;
    uint unnamed_2 = metal::simd_max(word_1);
    reduce_gather(at_3, unnamed_2, reduce_words);
    uint _e5 = reduce_words.inner[0];
    largest_1 = _e5;
    bool loop_init_2 = true;
    while(true) {
        if (!loop_init_2) {
            uint _e18 = i_2;
            i_2 = _e18 + 1u;
        }
        loop_init_2 = false;
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
    At at_4,
    uint key,
    uint place,
    threadgroup type_5& reduce_words,
    threadgroup type_5& reduce_places
) {
    uint best = {};
    uint found = {};
    uint i_3 = 1u;
    bool local = {};
    bool local_1 = {};
    uint unnamed_3 = metal::simd_max(key);
    uint unnamed_4 = metal::simd_min((key == unnamed_3) ? place : 4294967295u);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (at_4.lane == 0u) {
        reduce_words.inner[at_4.sg] = unnamed_3;
        reduce_places.inner[at_4.sg] = unnamed_4;
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint _e19 = reduce_words.inner[0];
    best = _e19;
    uint _e23 = reduce_places.inner[0];
    found = _e23;
    bool loop_init_3 = true;
    while(true) {
        if (!loop_init_3) {
            uint _e53 = i_3;
            i_3 = _e53 + 1u;
        }
        loop_init_3 = false;
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
    At at_5,
    uint word_2,
    threadgroup type_5& reduce_words
) {
    uint before = {};
    uint total = 0u;
    uint i_4 = 0u;
    uint unnamed_5 = metal::simd_prefix_exclusive_sum(word_2);
    uint unnamed_6 = metal::simd_sum(word_2);
    reduce_gather(at_5, unnamed_6, reduce_words);
    before = unnamed_5;
    bool loop_init_4 = true;
    while(true) {
        if (!loop_init_4) {
            uint _e25 = i_4;
            i_4 = _e25 + 1u;
        }
        loop_init_4 = false;
        uint _e9 = i_4;
        if (_e9 < 4u) {
        } else {
            break;
        }
        {
            uint _e13 = i_4;
            uint sum_2 = reduce_words.inner[_e13];
            uint _e16 = before;
            uint _e18 = i_4;
            before = _e16 + ((_e18 < at_5.sg) ? sum_2 : 0u);
            uint _e23 = total;
            total = _e23 + sum_2;
        }
    }
    uint _e28 = before;
    uint _e29 = total;
    return metal::uint2(_e28, _e29);
}

metal::int4 naga_f2i32(metal::float4 value) {
    return static_cast<metal::int4>(metal::clamp(value, -2147483600.0, 2147483500.0));
}

void quantize_1_quantize(
    At at_6,
    device type_3 const& y_2_v4_,
    device type_4& qx_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    float most = {};
    int sum_1 = {};
    bool local_2 = {};
    uint first = (at_6.y * 32u) + (at_6.x * 32u);
    uint i_5 = (0u + (at_6.sg * 32u)) + at_6.lane;
    uint quad_0_ = ((first + metal::min(i_5 / 4u, 31u)) * 8u) + (2u * (i_5 % 4u));
    metal::float4 a = y_2_v4_[quad_0_];
    metal::float4 b = y_2_v4_[quad_0_ + 1u];
    {
        bool inside = i_5 < 128u;
        uint group_1 = first + metal::min(i_5 / 4u, 31u);
        uint quarter = i_5 % 4u;
        metal::float4 largest_2 = metal::max(metal::abs(a), metal::abs(b));
        most = metal::max(metal::max(largest_2.x, largest_2.y), metal::max(largest_2.z, largest_2.w));
        float _e55 = most;
        float _e56 = most;
        float unnamed_7 = metal::simd_shuffle_xor(_e56, 1u);
        most = metal::max(_e55, unnamed_7);
        float _e60 = most;
        float _e61 = most;
        float unnamed_8 = metal::simd_shuffle_xor(_e61, 2u);
        most = metal::max(_e60, unnamed_8);
        float _e65 = most;
        bool counts = _e65 > 0.000000000000000000000000000001;
        float _e68 = most;
        float scale = counts ? (_e68 / 32512.0) : 0.0;
        float _e73 = most;
        float inverse = counts ? (32512.0 / _e73) : 0.0;
        metal::int4 va = naga_f2i32(metal::rint(metal::clamp(a * inverse, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 vb = naga_f2i32(metal::rint(metal::clamp(b * inverse, metal::float4(-32512.0), metal::float4(32512.0))));
        metal::int4 ha = as_type<metal::int4>(as_type<metal::uint4>(va) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        metal::int4 hb = as_type<metal::int4>(as_type<metal::uint4>(vb) + as_type<metal::uint4>(metal::int4(128))) >> metal::uint4(8u);
        uint record = ((group_1 / 4u) * 80u) + ((group_1 % 4u) * 4u);
        uint words = (record + ((quarter / 2u) * 16u)) + ((quarter % 2u) * 2u);
        if (inside) {
            qx_3_[words] = as_type<uint>(packed_char4(ha));
            qx_3_[words + 1u] = as_type<uint>(packed_char4(hb));
            qx_3_[words + 32u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(va) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(ha) * as_type<uint>(256))))));
            qx_3_[words + 33u] = as_type<uint>(packed_char4(as_type<metal::int4>(as_type<metal::uint4>(vb) - as_type<metal::uint4>(as_type<metal::int4>(as_type<metal::uint4>(hb) * as_type<uint>(256))))));
        }
        metal::int4 v = as_type<metal::int4>(as_type<metal::uint4>(va) + as_type<metal::uint4>(vb));
        sum_1 = as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(v.x) + as_type<uint>(v.y))) + as_type<uint>(v.z))) + as_type<uint>(v.w));
        int _e158 = sum_1;
        int _e159 = sum_1;
        int unnamed_9 = metal::simd_shuffle_xor(_e159, 1u);
        sum_1 = as_type<int>(as_type<uint>(_e158) + as_type<uint>(unnamed_9));
        int _e163 = sum_1;
        int unnamed_10 = metal::simd_shuffle_xor(_e163, 2u);
        if (inside) {
            local_2 = quarter == 0u;
        } else {
            local_2 = false;
        }
        bool _e171 = local_2;
        if (_e171) {
            uint last = record + 64u;
            qx_3_[last] = as_type<uint>(scale);
            int _e181 = sum_1;
            qx_3_[last + 1u] = as_type<uint>(scale * static_cast<float>(_e181));
            qx_3_[last + 2u] = as_type<uint>(scale * static_cast<float>(unnamed_10));
            qx_3_[last + 3u] = 0u;
            return;
        } else {
            return;
        }
    }
}

void rms_norm_0_(
    At at_7,
    device type_3 const& x_0_v4_,
    device type_3 const& w_1_v4_,
    device type_3& y_2_v4_,
    threadgroup type_5& reduce_words,
    constant _mslBufferSizes& _buffer_sizes
) {
    float square = 0.0;
    metal::float4 x_0_ = metal::float4 {};
    metal::float4 w_0_ = metal::float4 {};
    metal::float4 x_1_ = metal::float4 {};
    metal::float4 w_1_ = metal::float4 {};
    uint row = at_7.y * 256u;
    if ((at_7.lid + 0u) < 256u) {
        metal::float4 _e21 = x_0_v4_[(row + at_7.lid) + 0u];
        x_0_ = _e21;
        metal::float4 _e27 = w_1_v4_[at_7.lid + 0u];
        w_0_ = _e27;
        float _e28 = square;
        metal::float4 _e29 = x_0_;
        metal::float4 _e30 = x_0_;
        square = _e28 + metal::dot(_e29, _e30);
    }
    if ((at_7.lid + 128u) < 256u) {
        metal::float4 _e48 = x_0_v4_[(row + at_7.lid) + 128u];
        x_1_ = _e48;
        metal::float4 _e54 = w_1_v4_[at_7.lid + 128u];
        w_1_ = _e54;
        float _e55 = square;
        metal::float4 _e56 = x_1_;
        metal::float4 _e57 = x_1_;
        square = _e55 + metal::dot(_e56, _e57);
    }
    float _e60 = square;
    float _e61 = reduce_sum(at_7, _e60, reduce_words);
    float factor = 1.0 / metal::sqrt((_e61 / 1024.0) + 0.000001);
    if ((at_7.lid + 0u) < 256u) {
        metal::float4 _e80 = x_0_;
        metal::float4 _e82 = w_0_;
        y_2_v4_[(row + at_7.lid) + 0u] = (_e80 * factor) * _e82;
    }
    if ((at_7.lid + 128u) < 256u) {
        metal::float4 _e95 = x_1_;
        metal::float4 _e97 = w_1_;
        y_2_v4_[(row + at_7.lid) + 128u] = (_e95 * factor) * _e97;
        return;
    } else {
        return;
    }
}

void quantize_1_(
    At at_8,
    device type_3 const& y_2_v4_,
    device type_4& qx_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    quantize_1_quantize(at_8, y_2_v4_, qx_3_, _buffer_sizes);
    return;
}

struct rms_norm_quantize_uwfjlcInput {
};
[[max_total_threads_per_threadgroup(128)]] kernel void rms_norm_quantize_uwfjlc(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, device type_3 const& x_0_v4_ [[buffer(0)]]
, device type_3 const& w_1_v4_ [[buffer(1)]]
, device type_3& y_2_v4_ [[buffer(2)]]
, device type_4& qx_3_ [[buffer(3)]]
, threadgroup type_5& reduce_words
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_9 = At {group.x, group.y, lid, lane, sg};
    rms_norm_0_(at_9, x_0_v4_, w_1_v4_, y_2_v4_, reduce_words, _buffer_sizes);
    metal::threadgroup_barrier(metal::mem_flags::mem_device);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    quantize_1_(at_9, y_2_v4_, qx_3_, _buffer_sizes);
    return;
}
