// index_top_k_fvlcfe
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
    uint bins,
    threadgroup type_10& index_top_k_0_bins
) {
    uint i_5 = {};
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    i_5 = at_6.lid;
    bool loop_init_5 = true;
    while(true) {
        if (!loop_init_5) {
            uint _e10 = i_5;
            i_5 = _e10 + 128u;
        }
        loop_init_5 = false;
        uint _e4 = i_5;
        if (_e4 < bins) {
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

metal::uint3 index_top_k_0_find(
    At at_7,
    uint bins_1,
    uint rank,
    threadgroup type_7& reduce_words,
    threadgroup type_10& index_top_k_0_bins,
    threadgroup metal::uint3& index_top_k_0_bin
) {
    uint count = 0u;
    uint i_6 = {};
    uint left = {};
    uint i_7 = {};
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint own = (bins_1 + 127u) / 128u;
    uint first_2 = ((at_7.sg * 32u) + at_7.lane) * own;
    uint end = metal::min(first_2 + own, bins_1);
    i_6 = first_2;
    bool loop_init_6 = true;
    while(true) {
        if (!loop_init_6) {
            uint _e29 = i_6;
            i_6 = _e29 + 1u;
        }
        loop_init_6 = false;
        uint _e18 = i_6;
        if (_e18 < end) {
        } else {
            break;
        }
        {
            uint _e20 = count;
            uint _e24 = i_6;
            uint _e27 = metal::atomic_load_explicit(&index_top_k_0_bins.inner[(bins_1 - 1u) - _e24], metal::memory_order_relaxed);
            count = _e20 + _e27;
        }
    }
    uint _e32 = count;
    metal::uint2 _e33 = reduce_before(at_7, _e32, reduce_words);
    left = rank - _e33.x;
    uint _e37 = left;
    uint _e40 = count;
    if ((_e37 - 1u) < _e40) {
        i_7 = first_2;
        bool loop_init_7 = true;
        while(true) {
            if (!loop_init_7) {
                uint _e63 = i_7;
                i_7 = _e63 + 1u;
            }
            loop_init_7 = false;
            uint _e43 = i_7;
            if (_e43 < end) {
            } else {
                break;
            }
            {
                uint _e48 = i_7;
                uint n_3 = metal::atomic_load_explicit(&index_top_k_0_bins.inner[(bins_1 - 1u) - _e48], metal::memory_order_relaxed);
                uint _e52 = left;
                if (_e52 <= n_3) {
                    uint _e57 = i_7;
                    uint _e59 = left;
                    index_top_k_0_bin = metal::uint3((bins_1 - 1u) - _e57, _e59, n_3);
                    break;
                }
                uint _e61 = left;
                left = _e61 - n_3;
            }
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    metal::uint3 _e67 = index_top_k_0_bin;
    return _e67;
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

void index_top_k_0_tally(
    At at_8,
    uint base,
    uint n,
    uint prefix,
    uint above,
    uint shift,
    uint mask,
    device type_2 const& scores_0_,
    threadgroup type_10& index_top_k_0_bins,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint first = {};
    bool local_2 = {};
    bool local_3 = {};
    bool local_4 = {};
    bool local_5 = {};
    bool local_6 = {};
    bool local_7 = {};
    bool local_8 = {};
    bool local_9 = {};
    index_top_k_0_clear(at_8, 2048u, index_top_k_0_bins);
    first = at_8.lid;
    bool loop_init_8 = true;
    while(true) {
        if (!loop_init_8) {
            uint _e136 = first;
            first = _e136 + 512u;
        }
        loop_init_8 = false;
        uint _e10 = first;
        if (_e10 < n) {
        } else {
            break;
        }
        {
            uint _e12 = first;
            uint _e19 = index_top_k_0_key(base + metal::min(_e12 + 0u, n - 1u), scores_0_, _buffer_sizes);
            uint _e20 = first;
            uint _e27 = index_top_k_0_key(base + metal::min(_e20 + 128u, n - 1u), scores_0_, _buffer_sizes);
            uint _e28 = first;
            uint _e35 = index_top_k_0_key(base + metal::min(_e28 + 256u, n - 1u), scores_0_, _buffer_sizes);
            uint _e36 = first;
            uint _e43 = index_top_k_0_key(base + metal::min(_e36 + 384u, n - 1u), scores_0_, _buffer_sizes);
            uint _e44 = first;
            if ((_e44 + 0u) < n) {
                if (!((above == 32u))) {
                    local_3 = (_e19 >> above) == prefix;
                } else {
                    local_3 = true;
                }
                bool _e58 = local_3;
                local_2 = _e58;
            } else {
                local_2 = false;
            }
            bool _e60 = local_2;
            if (_e60) {
                uint _e66 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e19 >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e67 = first;
            if ((_e67 + 128u) < n) {
                if (!((above == 32u))) {
                    local_5 = (_e27 >> above) == prefix;
                } else {
                    local_5 = true;
                }
                bool _e81 = local_5;
                local_4 = _e81;
            } else {
                local_4 = false;
            }
            bool _e83 = local_4;
            if (_e83) {
                uint _e89 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e27 >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e90 = first;
            if ((_e90 + 256u) < n) {
                if (!((above == 32u))) {
                    local_7 = (_e35 >> above) == prefix;
                } else {
                    local_7 = true;
                }
                bool _e104 = local_7;
                local_6 = _e104;
            } else {
                local_6 = false;
            }
            bool _e106 = local_6;
            if (_e106) {
                uint _e112 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e35 >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e113 = first;
            if ((_e113 + 384u) < n) {
                if (!((above == 32u))) {
                    local_9 = (_e43 >> above) == prefix;
                } else {
                    local_9 = true;
                }
                bool _e127 = local_9;
                local_8 = _e127;
            } else {
                local_8 = false;
            }
            bool _e129 = local_8;
            if (_e129) {
                uint _e135 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e43 >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
        }
    }
    return;
}

void index_top_k_0_keep(
    At at_9,
    uint base_1,
    uint n_1,
    uint prefix_1,
    device type_2 const& scores_0_,
    threadgroup type_10& index_top_k_0_bins,
    threadgroup metal::atomic_uint& index_top_k_0_n_kept,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint first_1 = {};
    bool local_10 = {};
    bool local_11 = {};
    bool local_12 = {};
    bool local_13 = {};
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (at_9.lid == 0u) {
        metal::atomic_store_explicit(&index_top_k_0_n_kept, 0u, metal::memory_order_relaxed);
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    first_1 = at_9.lid;
    bool loop_init_9 = true;
    while(true) {
        if (!loop_init_9) {
            uint _e117 = first_1;
            first_1 = _e117 + 512u;
        }
        loop_init_9 = false;
        uint _e11 = first_1;
        if (_e11 < n_1) {
        } else {
            break;
        }
        {
            uint _e13 = first_1;
            uint _e20 = index_top_k_0_key(base_1 + metal::min(_e13 + 0u, n_1 - 1u), scores_0_, _buffer_sizes);
            uint _e21 = first_1;
            uint _e28 = index_top_k_0_key(base_1 + metal::min(_e21 + 128u, n_1 - 1u), scores_0_, _buffer_sizes);
            uint _e29 = first_1;
            uint _e36 = index_top_k_0_key(base_1 + metal::min(_e29 + 256u, n_1 - 1u), scores_0_, _buffer_sizes);
            uint _e37 = first_1;
            uint _e44 = index_top_k_0_key(base_1 + metal::min(_e37 + 384u, n_1 - 1u), scores_0_, _buffer_sizes);
            uint _e45 = first_1;
            if ((_e45 + 0u) < n_1) {
                local_10 = (_e20 >> 21u) == prefix_1;
            } else {
                local_10 = false;
            }
            bool _e55 = local_10;
            if (_e55) {
                uint _e60 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e60], _e20, metal::memory_order_relaxed);
            }
            uint _e63 = first_1;
            if ((_e63 + 128u) < n_1) {
                local_11 = (_e28 >> 21u) == prefix_1;
            } else {
                local_11 = false;
            }
            bool _e73 = local_11;
            if (_e73) {
                uint _e78 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e78], _e28, metal::memory_order_relaxed);
            }
            uint _e81 = first_1;
            if ((_e81 + 256u) < n_1) {
                local_12 = (_e36 >> 21u) == prefix_1;
            } else {
                local_12 = false;
            }
            bool _e91 = local_12;
            if (_e91) {
                uint _e96 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e96], _e36, metal::memory_order_relaxed);
            }
            uint _e99 = first_1;
            if ((_e99 + 384u) < n_1) {
                local_13 = (_e44 >> 21u) == prefix_1;
            } else {
                local_13 = false;
            }
            bool _e109 = local_13;
            if (_e109) {
                uint _e114 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e114], _e44, metal::memory_order_relaxed);
            }
        }
    }
    return;
}

metal::uint2 index_top_k_0_select(
    At at_10,
    uint base_2,
    uint n_2,
    uint rank_1,
    device type_2 const& scores_0_,
    threadgroup type_7& reduce_words,
    threadgroup type_10& index_top_k_0_bins,
    threadgroup metal::uint3& index_top_k_0_bin,
    threadgroup metal::atomic_uint& index_top_k_0_n_kept,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint3 found_1 = {};
    uint key_1 = {};
    bool local_14 = {};
    uint shift_1 = 14u;
    uint i_9 = {};
    index_top_k_0_tally(at_10, base_2, n_2, 0u, 32u, 21u, 2047u, scores_0_, index_top_k_0_bins, _buffer_sizes);
    metal::uint3 _e9 = index_top_k_0_find(at_10, 2048u, rank_1, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
    found_1 = _e9;
    uint _e12 = found_1.x;
    key_1 = _e12;
    if (!((n_2 < 4096u))) {
        uint _e20 = found_1.z;
        local_14 = _e20 > 1024u;
    } else {
        local_14 = true;
    }
    bool _e24 = local_14;
    if (_e24) {
        uint _e25 = key_1;
        index_top_k_0_tally(at_10, base_2, n_2, _e25, 21u, 10u, 2047u, scores_0_, index_top_k_0_bins, _buffer_sizes);
        uint _e31 = found_1.y;
        metal::uint3 _e32 = index_top_k_0_find(at_10, 2048u, _e31, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
        found_1 = _e32;
        uint _e33 = key_1;
        uint _e37 = found_1.x;
        key_1 = (_e33 << 11u) | _e37;
        uint _e39 = key_1;
        index_top_k_0_tally(at_10, base_2, n_2, _e39, 10u, 0u, 1023u, scores_0_, index_top_k_0_bins, _buffer_sizes);
        uint _e45 = found_1.y;
        metal::uint3 _e46 = index_top_k_0_find(at_10, 1024u, _e45, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
        found_1 = _e46;
        uint _e47 = key_1;
        uint _e51 = found_1.x;
        key_1 = (_e47 << 10u) | _e51;
    } else {
        uint n_kept = found_1.z;
        uint _e55 = key_1;
        index_top_k_0_keep(at_10, base_2, n_2, _e55, scores_0_, index_top_k_0_bins, index_top_k_0_n_kept, _buffer_sizes);
        bool loop_init_10 = true;
        while(true) {
            if (!loop_init_10) {
                uint _e99 = shift_1;
                shift_1 = _e99 - 7u;
            }
            loop_init_10 = false;
            uint _e58 = shift_1;
            if (_e58 < 32u) {
            } else {
                break;
            }
            {
                index_top_k_0_clear(at_10, 128u, index_top_k_0_bins);
                i_9 = at_10.lid;
                bool loop_init_11 = true;
                while(true) {
                    if (!loop_init_11) {
                        uint _e86 = i_9;
                        i_9 = _e86 + 128u;
                    }
                    loop_init_11 = false;
                    uint _e64 = i_9;
                    if (_e64 < n_kept) {
                    } else {
                        break;
                    }
                    {
                        uint _e68 = i_9;
                        uint kept = metal::atomic_load_explicit(&index_top_k_0_bins.inner[1024u + _e68], metal::memory_order_relaxed);
                        uint _e72 = shift_1;
                        uint _e76 = key_1;
                        if ((kept >> (_e72 + 7u)) == _e76) {
                            uint _e79 = shift_1;
                            uint _e85 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(kept >> _e79) & 127u], 1u, metal::memory_order_relaxed);
                        }
                    }
                }
                uint _e91 = found_1.y;
                metal::uint3 _e92 = index_top_k_0_find(at_10, 128u, _e91, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
                found_1 = _e92;
                uint _e93 = key_1;
                uint _e97 = found_1.x;
                key_1 = (_e93 << 7u) | _e97;
            }
        }
    }
    uint _e102 = key_1;
    uint _e104 = found_1.y;
    return metal::uint2(_e102, _e104);
}

metal::uint4 index_top_k_0_below(
    uint lane_1
) {
    return metal::uint4((1u << lane_1) - 1u, 0u, 0u, 0u);
}

uint index_top_k_0_ones(
    metal::uint4 ballot
) {
    return metal::popcount(ballot.x);
}

void index_top_k_0_(
    At at_11,
    constant Params& p,
    device type_2 const& scores_0_,
    device type_3& chosen_1_,
    device type_5 const& rows,
    threadgroup type_7& reduce_words,
    threadgroup type_10& index_top_k_0_bins,
    threadgroup metal::uint3& index_top_k_0_bin,
    threadgroup metal::atomic_uint& index_top_k_0_n_kept,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_10 = {};
    uint better = 0u;
    uint equal = 0u;
    uint i_11 = {};
    uint n_better = {};
    uint n_equal = {};
    uint i_12 = {};
    bool local_15 = {};
    bool local_16 = {};
    bool local_17 = {};
    bool local_18 = {};
    bool local_19 = {};
    bool local_20 = {};
    bool local_21 = {};
    bool local_22 = {};
    bool local_23 = {};
    bool local_24 = {};
    bool local_25 = {};
    bool local_26 = {};
    bool local_27 = {};
    bool local_28 = {};
    bool local_29 = {};
    bool local_30 = {};
    uint _e7 = rows[2u * at_11.y].y;
    uint n_4 = (_e7 + 1u) / 4u;
    uint out = at_11.y * 512u;
    if (n_4 <= 512u) {
        i_10 = at_11.lid;
        bool loop_init_12 = true;
        while(true) {
            if (!loop_init_12) {
                uint _e31 = i_10;
                i_10 = _e31 + 128u;
            }
            loop_init_12 = false;
            uint _e19 = i_10;
            if (_e19 < 512u) {
            } else {
                break;
            }
            {
                uint _e23 = i_10;
                uint _e27 = i_10;
                uint _e28 = i_10;
                chosen_1_[out + _e23] = (_e28 < n_4) ? _e27 : 4294967295u;
            }
        }
        return;
    } else {
        uint _e37 = p.cached;
        uint base_3 = at_11.y * ((_e37 + 3u) / 4u);
        metal::uint2 _e44 = index_top_k_0_select(at_11, base_3, n_4, 512u, scores_0_, reduce_words, index_top_k_0_bins, index_top_k_0_bin, index_top_k_0_n_kept, _buffer_sizes);
        uint per = ((n_4 + 127u) / 128u) * 32u;
        uint first_3 = metal::min(at_11.sg * per, n_4);
        uint end_1 = metal::min(first_3 + per, n_4);
        i_11 = first_3 + at_11.lane;
        bool loop_init_13 = true;
        while(true) {
            if (!loop_init_13) {
                uint _e169 = i_11;
                i_11 = _e169 + 128u;
            }
            loop_init_13 = false;
            uint _e63 = i_11;
            if (_e63 < end_1) {
            } else {
                break;
            }
            {
                uint _e65 = i_11;
                uint _e72 = index_top_k_0_key(base_3 + metal::min(_e65 + 0u, n_4 - 1u), scores_0_, _buffer_sizes);
                uint _e73 = i_11;
                uint _e80 = index_top_k_0_key(base_3 + metal::min(_e73 + 32u, n_4 - 1u), scores_0_, _buffer_sizes);
                uint _e81 = i_11;
                uint _e88 = index_top_k_0_key(base_3 + metal::min(_e81 + 64u, n_4 - 1u), scores_0_, _buffer_sizes);
                uint _e89 = i_11;
                uint _e96 = index_top_k_0_key(base_3 + metal::min(_e89 + 96u, n_4 - 1u), scores_0_, _buffer_sizes);
                uint _e97 = i_11;
                if ((_e97 + 0u) < end_1) {
                    uint _e101 = better;
                    better = _e101 + ((_e72 > _e44.x) ? 1u : 0u);
                    uint _e108 = equal;
                    equal = _e108 + ((_e72 == _e44.x) ? 1u : 0u);
                }
                uint _e115 = i_11;
                if ((_e115 + 32u) < end_1) {
                    uint _e119 = better;
                    better = _e119 + ((_e80 > _e44.x) ? 1u : 0u);
                    uint _e126 = equal;
                    equal = _e126 + ((_e80 == _e44.x) ? 1u : 0u);
                }
                uint _e133 = i_11;
                if ((_e133 + 64u) < end_1) {
                    uint _e137 = better;
                    better = _e137 + ((_e88 > _e44.x) ? 1u : 0u);
                    uint _e144 = equal;
                    equal = _e144 + ((_e88 == _e44.x) ? 1u : 0u);
                }
                uint _e151 = i_11;
                if ((_e151 + 96u) < end_1) {
                    uint _e155 = better;
                    better = _e155 + ((_e96 > _e44.x) ? 1u : 0u);
                    uint _e162 = equal;
                    equal = _e162 + ((_e96 == _e44.x) ? 1u : 0u);
                }
            }
        }
        uint _e173 = better;
        uint unnamed_7 = metal::simd_sum(_e173);
        metal::uint2 _e179 = reduce_before(at_11, (at_11.lane == 0u) ? unnamed_7 : 0u, reduce_words);
        uint better_before = _e179.x;
        uint _e182 = equal;
        uint unnamed_8 = metal::simd_sum(_e182);
        metal::uint2 _e188 = reduce_before(at_11, (at_11.lane == 0u) ? unnamed_8 : 0u, reduce_words);
        uint equal_before = _e188.x;
        metal::uint4 _e191 = index_top_k_0_below(at_11.lane);
        uint unnamed_9 = metal::simd_broadcast_first(better_before);
        n_better = unnamed_9;
        uint unnamed_10 = metal::simd_broadcast_first(equal_before);
        n_equal = unnamed_10;
        i_12 = first_3;
        bool loop_init_14 = true;
        while(true) {
            if (!loop_init_14) {
                uint _e427 = i_12;
                i_12 = _e427 + 128u;
            }
            loop_init_14 = false;
            uint _e197 = i_12;
            if (_e197 < end_1) {
            } else {
                break;
            }
            {
                uint _e199 = i_12;
                uint row_0_ = (_e199 + 0u) + at_11.lane;
                uint _e208 = index_top_k_0_key(base_3 + metal::min(row_0_, n_4 - 1u), scores_0_, _buffer_sizes);
                uint _e209 = i_12;
                uint row_1_ = (_e209 + 32u) + at_11.lane;
                uint _e218 = index_top_k_0_key(base_3 + metal::min(row_1_, n_4 - 1u), scores_0_, _buffer_sizes);
                uint _e219 = i_12;
                uint row_2_ = (_e219 + 64u) + at_11.lane;
                uint _e228 = index_top_k_0_key(base_3 + metal::min(row_2_, n_4 - 1u), scores_0_, _buffer_sizes);
                uint _e229 = i_12;
                uint row_3_ = (_e229 + 96u) + at_11.lane;
                uint _e238 = index_top_k_0_key(base_3 + metal::min(row_3_, n_4 - 1u), scores_0_, _buffer_sizes);
                {
                    if (row_0_ < end_1) {
                        local_15 = _e208 > _e44.x;
                    } else {
                        local_15 = false;
                    }
                    bool is_better = local_15;
                    if (row_0_ < end_1) {
                        local_16 = _e208 == _e44.x;
                    } else {
                        local_16 = false;
                    }
                    bool is_equal = local_16;
                    metal::uint4 unnamed_11 = metal::uint4((uint64_t)metal::simd_ballot(is_better), 0, 0, 0);
                    metal::uint4 unnamed_12 = metal::uint4((uint64_t)metal::simd_ballot(is_equal), 0, 0, 0);
                    uint _e255 = n_better;
                    uint _e257 = index_top_k_0_ones(unnamed_11 & _e191);
                    uint better_here = _e255 + _e257;
                    uint _e259 = n_equal;
                    uint _e261 = index_top_k_0_ones(unnamed_12 & _e191);
                    uint equal_here = _e259 + _e261;
                    if (!(is_better)) {
                        if (is_equal) {
                            local_18 = equal_here < _e44.y;
                        } else {
                            local_18 = false;
                        }
                        bool _e271 = local_18;
                        local_17 = _e271;
                    } else {
                        local_17 = true;
                    }
                    bool _e273 = local_17;
                    if (_e273) {
                        chosen_1_[(out + better_here) + metal::min(equal_here, _e44.y)] = row_0_;
                    }
                    uint _e280 = n_better;
                    uint _e281 = index_top_k_0_ones(unnamed_11);
                    n_better = _e280 + _e281;
                    uint _e283 = n_equal;
                    uint _e284 = index_top_k_0_ones(unnamed_12);
                    n_equal = _e283 + _e284;
                }
                {
                    if (row_1_ < end_1) {
                        local_19 = _e218 > _e44.x;
                    } else {
                        local_19 = false;
                    }
                    bool is_better_1 = local_19;
                    if (row_1_ < end_1) {
                        local_20 = _e218 == _e44.x;
                    } else {
                        local_20 = false;
                    }
                    bool is_equal_1 = local_20;
                    metal::uint4 unnamed_13 = metal::uint4((uint64_t)metal::simd_ballot(is_better_1), 0, 0, 0);
                    metal::uint4 unnamed_14 = metal::uint4((uint64_t)metal::simd_ballot(is_equal_1), 0, 0, 0);
                    uint _e302 = n_better;
                    uint _e304 = index_top_k_0_ones(unnamed_13 & _e191);
                    uint better_here_1 = _e302 + _e304;
                    uint _e306 = n_equal;
                    uint _e308 = index_top_k_0_ones(unnamed_14 & _e191);
                    uint equal_here_1 = _e306 + _e308;
                    if (!(is_better_1)) {
                        if (is_equal_1) {
                            local_22 = equal_here_1 < _e44.y;
                        } else {
                            local_22 = false;
                        }
                        bool _e318 = local_22;
                        local_21 = _e318;
                    } else {
                        local_21 = true;
                    }
                    bool _e320 = local_21;
                    if (_e320) {
                        chosen_1_[(out + better_here_1) + metal::min(equal_here_1, _e44.y)] = row_1_;
                    }
                    uint _e327 = n_better;
                    uint _e328 = index_top_k_0_ones(unnamed_13);
                    n_better = _e327 + _e328;
                    uint _e330 = n_equal;
                    uint _e331 = index_top_k_0_ones(unnamed_14);
                    n_equal = _e330 + _e331;
                }
                {
                    if (row_2_ < end_1) {
                        local_23 = _e228 > _e44.x;
                    } else {
                        local_23 = false;
                    }
                    bool is_better_2 = local_23;
                    if (row_2_ < end_1) {
                        local_24 = _e228 == _e44.x;
                    } else {
                        local_24 = false;
                    }
                    bool is_equal_2 = local_24;
                    metal::uint4 unnamed_15 = metal::uint4((uint64_t)metal::simd_ballot(is_better_2), 0, 0, 0);
                    metal::uint4 unnamed_16 = metal::uint4((uint64_t)metal::simd_ballot(is_equal_2), 0, 0, 0);
                    uint _e349 = n_better;
                    uint _e351 = index_top_k_0_ones(unnamed_15 & _e191);
                    uint better_here_2 = _e349 + _e351;
                    uint _e353 = n_equal;
                    uint _e355 = index_top_k_0_ones(unnamed_16 & _e191);
                    uint equal_here_2 = _e353 + _e355;
                    if (!(is_better_2)) {
                        if (is_equal_2) {
                            local_26 = equal_here_2 < _e44.y;
                        } else {
                            local_26 = false;
                        }
                        bool _e365 = local_26;
                        local_25 = _e365;
                    } else {
                        local_25 = true;
                    }
                    bool _e367 = local_25;
                    if (_e367) {
                        chosen_1_[(out + better_here_2) + metal::min(equal_here_2, _e44.y)] = row_2_;
                    }
                    uint _e374 = n_better;
                    uint _e375 = index_top_k_0_ones(unnamed_15);
                    n_better = _e374 + _e375;
                    uint _e377 = n_equal;
                    uint _e378 = index_top_k_0_ones(unnamed_16);
                    n_equal = _e377 + _e378;
                }
                {
                    if (row_3_ < end_1) {
                        local_27 = _e238 > _e44.x;
                    } else {
                        local_27 = false;
                    }
                    bool is_better_3 = local_27;
                    if (row_3_ < end_1) {
                        local_28 = _e238 == _e44.x;
                    } else {
                        local_28 = false;
                    }
                    bool is_equal_3 = local_28;
                    metal::uint4 unnamed_17 = metal::uint4((uint64_t)metal::simd_ballot(is_better_3), 0, 0, 0);
                    metal::uint4 unnamed_18 = metal::uint4((uint64_t)metal::simd_ballot(is_equal_3), 0, 0, 0);
                    uint _e396 = n_better;
                    uint _e398 = index_top_k_0_ones(unnamed_17 & _e191);
                    uint better_here_3 = _e396 + _e398;
                    uint _e400 = n_equal;
                    uint _e402 = index_top_k_0_ones(unnamed_18 & _e191);
                    uint equal_here_3 = _e400 + _e402;
                    if (!(is_better_3)) {
                        if (is_equal_3) {
                            local_30 = equal_here_3 < _e44.y;
                        } else {
                            local_30 = false;
                        }
                        bool _e412 = local_30;
                        local_29 = _e412;
                    } else {
                        local_29 = true;
                    }
                    bool _e414 = local_29;
                    if (_e414) {
                        chosen_1_[(out + better_here_3) + metal::min(equal_here_3, _e44.y)] = row_3_;
                    }
                    uint _e421 = n_better;
                    uint _e422 = index_top_k_0_ones(unnamed_17);
                    n_better = _e421 + _e422;
                    uint _e424 = n_equal;
                    uint _e425 = index_top_k_0_ones(unnamed_18);
                    n_equal = _e424 + _e425;
                }
            }
        }
        return;
    }
}

struct index_top_k_fvlcfeInput {
};
[[max_total_threads_per_threadgroup(128)]] kernel void index_top_k_fvlcfe(
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
, threadgroup metal::uint3& index_top_k_0_bin
, threadgroup metal::atomic_uint& index_top_k_0_n_kept
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_12 = At {group.x, group.y, lid, lane, sg};
    index_top_k_0_(at_12, p, scores_0_, chosen_1_, rows, reduce_words, index_top_k_0_bins, index_top_k_0_bin, index_top_k_0_n_kept, _buffer_sizes);
    return;
}
