// index_top_k_rqwyvv
//
// index_top_k of index_select (MODEL.md 2.8)
//   template ops/index_top_k, D = 128, DEPTH = 16, H = 64, HALF = 448, HEADS = 8, JT = 32, K = 512, KG = 2, OUT = 64, P = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64, ratio = 4
//   score[t, j] = Σ_h max(0, q[t, h] · row[j]) · g[t, h] · (D·H)^(-1/2),
//   j < floor((position(t) + 1) / ratio);
//   chosen[t] = the K best in ascending order, the earlier of equals, u32::MAX beyond
//
// binding  name  elements  what
// 0  scores_0  f32  1 values a row, temporary, read
// 1  chosen_1  u32  [T, 512], read and written
// 2  rows  vec4<u32>  rows of the step, read

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
typedef float type_2[1];
typedef uint type_3[1];
typedef metal::uint4 type_5[1];
struct type_7 {
    uint inner[32];
};
struct type_10 {
    metal::atomic_uint inner[2048];
};

uint order_total(
    float x
) {
    uint bits = as_type<uint>(x);
    return ((bits >> 31u) == 1u) ? ~(bits) : (bits | 2147483648u);
}

uint order_value(
    float x_1
) {
    uint bits_1 = as_type<uint>(x_1);
    uint _e7 = order_total(as_type<float>((bits_1 == 2147483648u) ? 0u : bits_1));
    return _e7;
}

bool order_is_nan(
    float x_2
) {
    return (as_type<uint>(x_2) & 2147483647u) > 2139095040u;
}

float order_number(
    uint word
) {
    return as_type<float>(((word >> 31u) == 1u) ? (word & 2147483647u) : ~(word));
}

void reduce_gather(
    At at,
    uint word_1,
    threadgroup type_7& reduce_words
) {
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (at.lane == 0u) {
        reduce_words.inner[at.sg] = word_1;
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    return;
}

float reduce_sum(
    At at_1,
    float value,
    threadgroup type_7& reduce_words
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
    threadgroup type_7& reduce_words
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
    uint word_2,
    threadgroup type_7& reduce_words
) {
    uint largest_1 = {};
    uint i_2 = 1u;
    uint unnamed_2 = metal::simd_max(word_2);
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
    threadgroup type_7& reduce_words,
    threadgroup type_7& reduce_places
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
    uint word_3,
    threadgroup type_7& reduce_words
) {
    uint before = {};
    uint total = 0u;
    uint i_4 = 0u;
    uint unnamed_5 = metal::simd_prefix_exclusive_sum(word_3);
    uint unnamed_6 = metal::simd_sum(word_3);
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
            uint sum_1 = reduce_words.inner[_e13];
            uint _e16 = before;
            uint _e18 = i_4;
            before = _e16 + ((_e18 < at_5.sg) ? sum_1 : 0u);
            uint _e23 = total;
            total = _e23 + sum_1;
        }
    }
    uint _e28 = before;
    uint _e29 = total;
    return metal::uint2(_e28, _e29);
}

void index_top_k_0_clear(
    At at_6,
    threadgroup type_10& index_top_k_0_bins
) {
    uint i_5 = {};
    i_5 = at_6.lid;
    bool loop_init_5 = true;
    while(true) {
        if (!loop_init_5) {
            uint _e10 = i_5;
            i_5 = _e10 + 128u;
        }
        loop_init_5 = false;
        uint _e3 = i_5;
        if (_e3 < 2048u) {
        } else {
            break;
        }
        {
            uint _e7 = i_5;
            metal::atomic_store_explicit(&index_top_k_0_bins.inner[_e7], 0u, metal::memory_order_relaxed);
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    return;
}

metal::uint2 index_top_k_0_find(
    At at_7,
    uint rank,
    threadgroup type_7& reduce_words,
    threadgroup type_10& index_top_k_0_bins,
    threadgroup metal::uint2& index_top_k_0_bin
) {
    uint count = 0u;
    uint i_6 = {};
    uint left = {};
    uint i_7 = {};
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint first = ((at_7.sg * 32u) + at_7.lane) * 16u;
    i_6 = first;
    bool loop_init_6 = true;
    while(true) {
        if (!loop_init_6) {
            uint _e26 = i_6;
            i_6 = _e26 + 1u;
        }
        loop_init_6 = false;
        uint _e12 = i_6;
        if (_e12 < metal::min(first + 16u, 2048u)) {
        } else {
            break;
        }
        {
            uint _e18 = count;
            uint _e21 = i_6;
            uint _e24 = metal::atomic_load_explicit(&index_top_k_0_bins.inner[2047u - _e21], metal::memory_order_relaxed);
            count = _e18 + _e24;
        }
    }
    uint _e29 = count;
    metal::uint2 _e30 = reduce_before(at_7, _e29, reduce_words);
    left = rank - _e30.x;
    uint _e34 = left;
    uint _e37 = count;
    if ((_e34 - 1u) < _e37) {
        i_7 = first;
        bool loop_init_7 = true;
        while(true) {
            if (!loop_init_7) {
                uint _e62 = i_7;
                i_7 = _e62 + 1u;
            }
            loop_init_7 = false;
            uint _e40 = i_7;
            if (_e40 < metal::min(first + 16u, 2048u)) {
            } else {
                break;
            }
            {
                uint _e48 = i_7;
                uint n_1 = metal::atomic_load_explicit(&index_top_k_0_bins.inner[2047u - _e48], metal::memory_order_relaxed);
                uint _e52 = left;
                if (_e52 <= n_1) {
                    uint _e56 = i_7;
                    uint _e58 = left;
                    index_top_k_0_bin = metal::uint2(2047u - _e56, _e58);
                    break;
                }
                uint _e60 = left;
                left = _e60 - n_1;
            }
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    metal::uint2 _e66 = index_top_k_0_bin;
    return _e66;
}

uint index_top_k_0_key(
    uint i_8,
    device type_2 const& scores_0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    float _e3 = scores_0_[i_8];
    uint _e4 = order_value(_e3);
    return _e4;
}

metal::uint2 index_top_k_0_select(
    At at_8,
    uint base,
    uint n,
    uint rank_1,
    device type_2 const& scores_0_,
    threadgroup type_7& reduce_words,
    threadgroup type_10& index_top_k_0_bins,
    threadgroup metal::uint2& index_top_k_0_bin,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_9 = {};
    uint i_10 = {};
    uint i_11 = {};
    index_top_k_0_clear(at_8, index_top_k_0_bins);
    i_9 = at_8.lid;
    bool loop_init_8 = true;
    while(true) {
        if (!loop_init_8) {
            uint _e17 = i_9;
            i_9 = _e17 + 128u;
        }
        loop_init_8 = false;
        uint _e6 = i_9;
        if (_e6 < n) {
        } else {
            break;
        }
        {
            uint _e9 = i_9;
            uint _e11 = index_top_k_0_key(base + _e9, scores_0_, _buffer_sizes);
            uint _e16 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[_e11 >> 21u], 1u, metal::memory_order_relaxed);
        }
    }
    metal::uint2 _e20 = index_top_k_0_find(at_8, rank_1, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
    index_top_k_0_clear(at_8, index_top_k_0_bins);
    i_10 = at_8.lid;
    bool loop_init_9 = true;
    while(true) {
        if (!loop_init_9) {
            uint _e40 = i_10;
            i_10 = _e40 + 128u;
        }
        loop_init_9 = false;
        uint _e23 = i_10;
        if (_e23 < n) {
        } else {
            break;
        }
        {
            uint _e25 = i_10;
            uint _e27 = index_top_k_0_key(base + _e25, scores_0_, _buffer_sizes);
            if ((_e27 >> 21u) == _e20.x) {
                uint _e39 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e27 >> 10u) & 2047u], 1u, metal::memory_order_relaxed);
            }
        }
    }
    metal::uint2 _e44 = index_top_k_0_find(at_8, _e20.y, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
    uint prefix = (_e20.x << 11u) | _e44.x;
    index_top_k_0_clear(at_8, index_top_k_0_bins);
    i_11 = at_8.lid;
    bool loop_init_10 = true;
    while(true) {
        if (!loop_init_10) {
            uint _e66 = i_11;
            i_11 = _e66 + 128u;
        }
        loop_init_10 = false;
        uint _e52 = i_11;
        if (_e52 < n) {
        } else {
            break;
        }
        {
            uint _e54 = i_11;
            uint _e56 = index_top_k_0_key(base + _e54, scores_0_, _buffer_sizes);
            if ((_e56 >> 10u) == prefix) {
                uint _e65 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[_e56 & 1023u], 1u, metal::memory_order_relaxed);
            }
        }
    }
    metal::uint2 _e70 = index_top_k_0_find(at_8, _e44.y, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
    return metal::uint2((prefix << 10u) | _e70.x, _e70.y);
}

void index_top_k_0_(
    At at_9,
    constant Params& p,
    device type_2 const& scores_0_,
    device type_3& chosen_1_,
    device type_5 const& rows,
    threadgroup type_7& reduce_words,
    threadgroup type_10& index_top_k_0_bins,
    threadgroup metal::uint2& index_top_k_0_bin,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_12 = {};
    uint better = 0u;
    uint equal = 0u;
    uint i_13 = {};
    uint n_better = {};
    uint n_equal = {};
    uint i_14 = {};
    uint key_1 = {};
    bool local_2 = {};
    bool local_3 = {};
    bool local_4 = {};
    bool local_5 = {};
    uint _e7 = rows[2u * at_9.y].y;
    uint n_2 = (_e7 + 1u) / 4u;
    uint out = at_9.y * 512u;
    if (n_2 <= 512u) {
        i_12 = at_9.lid;
        bool loop_init_11 = true;
        while(true) {
            if (!loop_init_11) {
                uint _e31 = i_12;
                i_12 = _e31 + 128u;
            }
            loop_init_11 = false;
            uint _e19 = i_12;
            if (_e19 < 512u) {
            } else {
                break;
            }
            {
                uint _e23 = i_12;
                uint _e27 = i_12;
                uint _e28 = i_12;
                chosen_1_[out + _e23] = (_e28 < n_2) ? _e27 : 4294967295u;
            }
        }
        return;
    } else {
        uint _e37 = p.cached;
        uint base_1 = at_9.y * ((_e37 + 3u) / 4u);
        metal::uint2 _e44 = index_top_k_0_select(at_9, base_1, n_2, 512u, scores_0_, reduce_words, index_top_k_0_bins, index_top_k_0_bin, _buffer_sizes);
        uint per = ((n_2 + 127u) / 128u) * 32u;
        uint first_1 = metal::min(at_9.sg * per, n_2);
        uint end = metal::min(first_1 + per, n_2);
        i_13 = first_1 + at_9.lane;
        bool loop_init_12 = true;
        while(true) {
            if (!loop_init_12) {
                uint _e82 = i_13;
                i_13 = _e82 + 32u;
            }
            loop_init_12 = false;
            uint _e63 = i_13;
            if (_e63 < end) {
            } else {
                break;
            }
            {
                uint _e65 = i_13;
                uint _e67 = index_top_k_0_key(base_1 + _e65, scores_0_, _buffer_sizes);
                uint _e68 = better;
                better = _e68 + ((_e67 > _e44.x) ? 1u : 0u);
                uint _e75 = equal;
                equal = _e75 + ((_e67 == _e44.x) ? 1u : 0u);
            }
        }
        uint _e86 = better;
        uint unnamed_7 = metal::simd_sum(_e86);
        metal::uint2 _e92 = reduce_before(at_9, (at_9.lane == 0u) ? unnamed_7 : 0u, reduce_words);
        uint better_before = _e92.x;
        uint _e95 = equal;
        uint unnamed_8 = metal::simd_sum(_e95);
        metal::uint2 _e101 = reduce_before(at_9, (at_9.lane == 0u) ? unnamed_8 : 0u, reduce_words);
        uint equal_before = _e101.x;
        uint unnamed_9 = metal::simd_broadcast_first(better_before);
        n_better = unnamed_9;
        uint unnamed_10 = metal::simd_broadcast_first(equal_before);
        n_equal = unnamed_10;
        i_14 = first_1;
        bool loop_init_13 = true;
        while(true) {
            if (!loop_init_13) {
                uint _e173 = i_14;
                i_14 = _e173 + 32u;
            }
            loop_init_13 = false;
            uint _e108 = i_14;
            if (_e108 < end) {
            } else {
                break;
            }
            {
                uint _e110 = i_14;
                uint row = _e110 + at_9.lane;
                key_1 = 0u;
                if (row < end) {
                    uint _e117 = index_top_k_0_key(base_1 + row, scores_0_, _buffer_sizes);
                    key_1 = _e117;
                }
                if (row < end) {
                    uint _e123 = key_1;
                    local_2 = _e123 > _e44.x;
                } else {
                    local_2 = false;
                }
                bool _e127 = local_2;
                uint is_better = _e127 ? 1u : 0u;
                if (row < end) {
                    uint _e134 = key_1;
                    local_3 = _e134 == _e44.x;
                } else {
                    local_3 = false;
                }
                bool _e138 = local_3;
                uint is_equal = _e138 ? 1u : 0u;
                uint _e140 = n_better;
                uint unnamed_11 = metal::simd_prefix_exclusive_sum(is_better);
                uint better_here = _e140 + unnamed_11;
                uint _e143 = n_equal;
                uint unnamed_12 = metal::simd_prefix_exclusive_sum(is_equal);
                uint equal_here = _e143 + unnamed_12;
                if (!((is_better == 1u))) {
                    if (is_equal == 1u) {
                        local_5 = equal_here < _e44.y;
                    } else {
                        local_5 = false;
                    }
                    bool _e158 = local_5;
                    local_4 = _e158;
                } else {
                    local_4 = true;
                }
                bool _e160 = local_4;
                if (_e160) {
                    chosen_1_[(out + better_here) + metal::min(equal_here, _e44.y)] = row;
                }
                uint _e167 = n_better;
                uint unnamed_13 = metal::simd_sum(is_better);
                n_better = _e167 + unnamed_13;
                uint _e170 = n_equal;
                uint unnamed_14 = metal::simd_sum(is_equal);
                n_equal = _e170 + unnamed_14;
            }
        }
        return;
    }
}

struct index_top_k_rqwyvvInput {
};
[[max_total_threads_per_threadgroup(128)]] kernel void index_top_k_rqwyvv(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, constant Params& p [[buffer(30)]]
, device type_2 const& scores_0_ [[buffer(0)]]
, device type_3& chosen_1_ [[buffer(1)]]
, device type_5 const& rows [[buffer(2)]]
, threadgroup type_7& reduce_words
, threadgroup type_10& index_top_k_0_bins
, threadgroup metal::uint2& index_top_k_0_bin
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_10 = At {group.x, group.y, lid, lane, sg};
    index_top_k_0_(at_10, p, scores_0_, chosen_1_, rows, reduce_words, index_top_k_0_bins, index_top_k_0_bin, _buffer_sizes);
    return;
}
