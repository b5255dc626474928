// index_top_k_htdmpw
//
// index_top_k of index_select (MODEL.md 2.8)
//   template ops/index_top_k, D = 128, DEPTH = 16, H = 64, HALF = 448, HEADS = 8, JT = 32, K = 512, KG = 2, OUT = 64, P = 64, ROUNDED = 1, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64, ratio = 4
//   score[t, j] = Σ_h max(0, q[t, h] · row[j]) · g[t, h] · (D·H)^(-1/2),
//   j < floor((position(t) + 1) / ratio);
//   chosen[t] = the K best in ascending order, the earlier of equals, u32::MAX beyond
//
// binding  name  elements  what
// 0  scores_0_v4  vec4<f32>  1 values a row, temporary, read
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
typedef metal::float4 type_3[1];
typedef uint type_4[1];
typedef metal::uint4 type_6[1];
struct type_8 {
    uint inner[32];
};
struct type_11 {
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
    threadgroup type_8& reduce_words
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
    threadgroup type_8& reduce_words
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
    threadgroup type_8& reduce_words
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
    threadgroup type_8& reduce_words
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
    threadgroup type_8& reduce_words,
    threadgroup type_8& reduce_places
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
    threadgroup type_8& reduce_words
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
    threadgroup type_11& index_top_k_0_bins
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
    threadgroup type_8& reduce_words,
    threadgroup type_11& index_top_k_0_bins,
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

metal::uint4 index_top_k_0_keys(
    uint i_8,
    device type_3 const& scores_0_v4_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 four = scores_0_v4_[i_8];
    uint _e5 = order_value(four.x);
    uint _e7 = order_value(four.y);
    uint _e9 = order_value(four.z);
    uint _e11 = order_value(four.w);
    return metal::uint4(_e5, _e7, _e9, _e11);
}

void index_top_k_0_tally(
    At at_8,
    uint base,
    uint n,
    uint prefix,
    uint above,
    uint shift,
    uint mask,
    device type_3 const& scores_0_v4_,
    threadgroup type_11& index_top_k_0_bins,
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
    bool local_10 = {};
    bool local_11 = {};
    bool local_12 = {};
    bool local_13 = {};
    bool local_14 = {};
    bool local_15 = {};
    bool local_16 = {};
    bool local_17 = {};
    index_top_k_0_clear(at_8, 2048u, index_top_k_0_bins);
    uint last = (n - 1u) / 4u;
    first = at_8.lid;
    bool loop_init_8 = true;
    while(true) {
        if (!loop_init_8) {
            uint _e244 = first;
            first = _e244 + 256u;
        }
        loop_init_8 = false;
        uint _e14 = first;
        if (_e14 <= last) {
        } else {
            break;
        }
        {
            uint _e16 = first;
            metal::uint4 _e21 = index_top_k_0_keys(base + metal::min(_e16 + 0u, last), scores_0_v4_, _buffer_sizes);
            uint _e22 = first;
            metal::uint4 _e27 = index_top_k_0_keys(base + metal::min(_e22 + 128u, last), scores_0_v4_, _buffer_sizes);
            uint _e29 = first;
            if (((4u * _e29) + 0u) < n) {
                if (!((above == 32u))) {
                    local_3 = (_e21.x >> above) == prefix;
                } else {
                    local_3 = true;
                }
                bool _e45 = local_3;
                local_2 = _e45;
            } else {
                local_2 = false;
            }
            bool _e47 = local_2;
            if (_e47) {
                uint _e54 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e21.x >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e56 = first;
            if (((4u * _e56) + 1u) < n) {
                if (!((above == 32u))) {
                    local_5 = (_e21.y >> above) == prefix;
                } else {
                    local_5 = true;
                }
                bool _e72 = local_5;
                local_4 = _e72;
            } else {
                local_4 = false;
            }
            bool _e74 = local_4;
            if (_e74) {
                uint _e81 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e21.y >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e83 = first;
            if (((4u * _e83) + 2u) < n) {
                if (!((above == 32u))) {
                    local_7 = (_e21.z >> above) == prefix;
                } else {
                    local_7 = true;
                }
                bool _e99 = local_7;
                local_6 = _e99;
            } else {
                local_6 = false;
            }
            bool _e101 = local_6;
            if (_e101) {
                uint _e108 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e21.z >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e110 = first;
            if (((4u * _e110) + 3u) < n) {
                if (!((above == 32u))) {
                    local_9 = (_e21.w >> above) == prefix;
                } else {
                    local_9 = true;
                }
                bool _e126 = local_9;
                local_8 = _e126;
            } else {
                local_8 = false;
            }
            bool _e128 = local_8;
            if (_e128) {
                uint _e135 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e21.w >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e137 = first;
            if (((4u * _e137) + 512u) < n) {
                if (!((above == 32u))) {
                    local_11 = (_e27.x >> above) == prefix;
                } else {
                    local_11 = true;
                }
                bool _e153 = local_11;
                local_10 = _e153;
            } else {
                local_10 = false;
            }
            bool _e155 = local_10;
            if (_e155) {
                uint _e162 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e27.x >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e164 = first;
            if (((4u * _e164) + 513u) < n) {
                if (!((above == 32u))) {
                    local_13 = (_e27.y >> above) == prefix;
                } else {
                    local_13 = true;
                }
                bool _e180 = local_13;
                local_12 = _e180;
            } else {
                local_12 = false;
            }
            bool _e182 = local_12;
            if (_e182) {
                uint _e189 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e27.y >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e191 = first;
            if (((4u * _e191) + 514u) < n) {
                if (!((above == 32u))) {
                    local_15 = (_e27.z >> above) == prefix;
                } else {
                    local_15 = true;
                }
                bool _e207 = local_15;
                local_14 = _e207;
            } else {
                local_14 = false;
            }
            bool _e209 = local_14;
            if (_e209) {
                uint _e216 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e27.z >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e218 = first;
            if (((4u * _e218) + 515u) < n) {
                if (!((above == 32u))) {
                    local_17 = (_e27.w >> above) == prefix;
                } else {
                    local_17 = true;
                }
                bool _e234 = local_17;
                local_16 = _e234;
            } else {
                local_16 = false;
            }
            bool _e236 = local_16;
            if (_e236) {
                uint _e243 = metal::atomic_fetch_add_explicit(&index_top_k_0_bins.inner[(_e27.w >> shift) & mask], 1u, metal::memory_order_relaxed);
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
    device type_3 const& scores_0_v4_,
    threadgroup type_11& index_top_k_0_bins,
    threadgroup metal::atomic_uint& index_top_k_0_n_kept,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint first_1 = {};
    bool local_18 = {};
    bool local_19 = {};
    bool local_20 = {};
    bool local_21 = {};
    bool local_22 = {};
    bool local_23 = {};
    bool local_24 = {};
    bool local_25 = {};
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (at_9.lid == 0u) {
        metal::atomic_store_explicit(&index_top_k_0_n_kept, 0u, metal::memory_order_relaxed);
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint last_1 = (n_1 - 1u) / 4u;
    first_1 = at_9.lid;
    bool loop_init_9 = true;
    while(true) {
        if (!loop_init_9) {
            uint _e205 = first_1;
            first_1 = _e205 + 256u;
        }
        loop_init_9 = false;
        uint _e15 = first_1;
        if (_e15 <= last_1) {
        } else {
            break;
        }
        {
            uint _e17 = first_1;
            metal::uint4 _e22 = index_top_k_0_keys(base_1 + metal::min(_e17 + 0u, last_1), scores_0_v4_, _buffer_sizes);
            uint _e23 = first_1;
            metal::uint4 _e28 = index_top_k_0_keys(base_1 + metal::min(_e23 + 128u, last_1), scores_0_v4_, _buffer_sizes);
            uint _e30 = first_1;
            if (((4u * _e30) + 0u) < n_1) {
                local_18 = (_e22.x >> 21u) == prefix_1;
            } else {
                local_18 = false;
            }
            bool _e42 = local_18;
            if (_e42) {
                uint _e47 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e47], _e22.x, metal::memory_order_relaxed);
            }
            uint _e52 = first_1;
            if (((4u * _e52) + 1u) < n_1) {
                local_19 = (_e22.y >> 21u) == prefix_1;
            } else {
                local_19 = false;
            }
            bool _e64 = local_19;
            if (_e64) {
                uint _e69 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e69], _e22.y, metal::memory_order_relaxed);
            }
            uint _e74 = first_1;
            if (((4u * _e74) + 2u) < n_1) {
                local_20 = (_e22.z >> 21u) == prefix_1;
            } else {
                local_20 = false;
            }
            bool _e86 = local_20;
            if (_e86) {
                uint _e91 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e91], _e22.z, metal::memory_order_relaxed);
            }
            uint _e96 = first_1;
            if (((4u * _e96) + 3u) < n_1) {
                local_21 = (_e22.w >> 21u) == prefix_1;
            } else {
                local_21 = false;
            }
            bool _e108 = local_21;
            if (_e108) {
                uint _e113 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e113], _e22.w, metal::memory_order_relaxed);
            }
            uint _e118 = first_1;
            if (((4u * _e118) + 512u) < n_1) {
                local_22 = (_e28.x >> 21u) == prefix_1;
            } else {
                local_22 = false;
            }
            bool _e130 = local_22;
            if (_e130) {
                uint _e135 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e135], _e28.x, metal::memory_order_relaxed);
            }
            uint _e140 = first_1;
            if (((4u * _e140) + 513u) < n_1) {
                local_23 = (_e28.y >> 21u) == prefix_1;
            } else {
                local_23 = false;
            }
            bool _e152 = local_23;
            if (_e152) {
                uint _e157 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e157], _e28.y, metal::memory_order_relaxed);
            }
            uint _e162 = first_1;
            if (((4u * _e162) + 514u) < n_1) {
                local_24 = (_e28.z >> 21u) == prefix_1;
            } else {
                local_24 = false;
            }
            bool _e174 = local_24;
            if (_e174) {
                uint _e179 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e179], _e28.z, metal::memory_order_relaxed);
            }
            uint _e184 = first_1;
            if (((4u * _e184) + 515u) < n_1) {
                local_25 = (_e28.w >> 21u) == prefix_1;
            } else {
                local_25 = false;
            }
            bool _e196 = local_25;
            if (_e196) {
                uint _e201 = metal::atomic_fetch_add_explicit(&index_top_k_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&index_top_k_0_bins.inner[1024u + _e201], _e28.w, metal::memory_order_relaxed);
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
    device type_3 const& scores_0_v4_,
    threadgroup type_8& reduce_words,
    threadgroup type_11& index_top_k_0_bins,
    threadgroup metal::uint3& index_top_k_0_bin,
    threadgroup metal::atomic_uint& index_top_k_0_n_kept,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint3 found_1 = {};
    uint key_1 = {};
    bool local_26 = {};
    uint shift_1 = 14u;
    uint i_9 = {};
    index_top_k_0_tally(at_10, base_2, n_2, 0u, 32u, 21u, 2047u, scores_0_v4_, index_top_k_0_bins, _buffer_sizes);
    metal::uint3 _e9 = index_top_k_0_find(at_10, 2048u, rank_1, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
    found_1 = _e9;
    uint _e12 = found_1.x;
    key_1 = _e12;
    if (!((n_2 < 4096u))) {
        uint _e20 = found_1.z;
        local_26 = _e20 > 1024u;
    } else {
        local_26 = true;
    }
    bool _e24 = local_26;
    if (_e24) {
        uint _e25 = key_1;
        index_top_k_0_tally(at_10, base_2, n_2, _e25, 21u, 10u, 2047u, scores_0_v4_, index_top_k_0_bins, _buffer_sizes);
        uint _e31 = found_1.y;
        metal::uint3 _e32 = index_top_k_0_find(at_10, 2048u, _e31, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
        found_1 = _e32;
        uint _e33 = key_1;
        uint _e37 = found_1.x;
        key_1 = (_e33 << 11u) | _e37;
        uint _e39 = key_1;
        index_top_k_0_tally(at_10, base_2, n_2, _e39, 10u, 0u, 1023u, scores_0_v4_, index_top_k_0_bins, _buffer_sizes);
        uint _e45 = found_1.y;
        metal::uint3 _e46 = index_top_k_0_find(at_10, 1024u, _e45, reduce_words, index_top_k_0_bins, index_top_k_0_bin);
        found_1 = _e46;
        uint _e47 = key_1;
        uint _e51 = found_1.x;
        key_1 = (_e47 << 10u) | _e51;
    } else {
        uint n_kept = found_1.z;
        uint _e55 = key_1;
        index_top_k_0_keep(at_10, base_2, n_2, _e55, scores_0_v4_, index_top_k_0_bins, index_top_k_0_n_kept, _buffer_sizes);
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
    device type_3 const& scores_0_v4_,
    device type_4& chosen_1_,
    device type_6 const& rows,
    threadgroup type_8& reduce_words,
    threadgroup type_11& index_top_k_0_bins,
    threadgroup metal::uint3& index_top_k_0_bin,
    threadgroup metal::atomic_uint& index_top_k_0_n_kept,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_10 = {};
    uint better = 0u;
    uint equal = 0u;
    uint i_11 = {};
    bool local_27 = {};
    bool local_28 = {};
    bool local_29 = {};
    bool local_30 = {};
    bool local_31 = {};
    bool local_32 = {};
    bool local_33 = {};
    bool local_34 = {};
    uint n_better = {};
    uint n_equal = {};
    uint i_12 = {};
    uint better_here = {};
    uint equal_here = {};
    bool local_35 = {};
    bool local_36 = {};
    bool local_37 = {};
    bool local_38 = {};
    bool local_39 = {};
    bool local_40 = {};
    bool local_41 = {};
    bool local_42 = {};
    bool local_43 = {};
    bool local_44 = {};
    bool local_45 = {};
    bool local_46 = {};
    bool local_47 = {};
    bool local_48 = {};
    bool local_49 = {};
    bool local_50 = {};
    bool local_51 = {};
    bool local_52 = {};
    bool local_53 = {};
    bool local_54 = {};
    uint better_here_1 = {};
    uint equal_here_1 = {};
    bool local_55 = {};
    bool local_56 = {};
    bool local_57 = {};
    bool local_58 = {};
    bool local_59 = {};
    bool local_60 = {};
    bool local_61 = {};
    bool local_62 = {};
    bool local_63 = {};
    bool local_64 = {};
    bool local_65 = {};
    bool local_66 = {};
    bool local_67 = {};
    bool local_68 = {};
    bool local_69 = {};
    bool local_70 = {};
    bool local_71 = {};
    bool local_72 = {};
    bool local_73 = {};
    bool local_74 = {};
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
        uint base_3 = at_11.y * ((((_e37 + 15u) / 16u) * 4u) / 4u);
        metal::uint2 _e48 = index_top_k_0_select(at_11, base_3, n_4, 512u, scores_0_v4_, reduce_words, index_top_k_0_bins, index_top_k_0_bin, index_top_k_0_n_kept, _buffer_sizes);
        uint n_fours = (n_4 + 3u) / 4u;
        uint per = ((n_fours + 127u) / 128u) * 32u;
        uint first_3 = metal::min(at_11.sg * per, n_fours);
        uint end_1 = metal::min(first_3 + per, n_fours);
        i_11 = first_3 + at_11.lane;
        bool loop_init_13 = true;
        while(true) {
            if (!loop_init_13) {
                uint _e345 = i_11;
                i_11 = _e345 + 64u;
            }
            loop_init_13 = false;
            uint _e71 = i_11;
            if (_e71 < end_1) {
            } else {
                break;
            }
            {
                uint _e73 = i_11;
                metal::uint4 _e80 = index_top_k_0_keys(base_3 + metal::min(_e73 + 0u, n_fours - 1u), scores_0_v4_, _buffer_sizes);
                uint _e81 = i_11;
                metal::uint4 _e88 = index_top_k_0_keys(base_3 + metal::min(_e81 + 32u, n_fours - 1u), scores_0_v4_, _buffer_sizes);
                uint _e89 = i_11;
                if ((_e89 + 0u) < end_1) {
                    uint _e96 = i_11;
                    local_27 = ((4u * (_e96 + 0u)) + 0u) < n_4;
                } else {
                    local_27 = false;
                }
                bool _e104 = local_27;
                if (_e104) {
                    uint _e105 = better;
                    better = _e105 + ((_e80.x > _e48.x) ? 1u : 0u);
                    uint _e113 = equal;
                    equal = _e113 + ((_e80.x == _e48.x) ? 1u : 0u);
                }
                uint _e121 = i_11;
                if ((_e121 + 0u) < end_1) {
                    uint _e128 = i_11;
                    local_28 = ((4u * (_e128 + 0u)) + 1u) < n_4;
                } else {
                    local_28 = false;
                }
                bool _e136 = local_28;
                if (_e136) {
                    uint _e137 = better;
                    better = _e137 + ((_e80.y > _e48.x) ? 1u : 0u);
                    uint _e145 = equal;
                    equal = _e145 + ((_e80.y == _e48.x) ? 1u : 0u);
                }
                uint _e153 = i_11;
                if ((_e153 + 0u) < end_1) {
                    uint _e160 = i_11;
                    local_29 = ((4u * (_e160 + 0u)) + 2u) < n_4;
                } else {
                    local_29 = false;
                }
                bool _e168 = local_29;
                if (_e168) {
                    uint _e169 = better;
                    better = _e169 + ((_e80.z > _e48.x) ? 1u : 0u);
                    uint _e177 = equal;
                    equal = _e177 + ((_e80.z == _e48.x) ? 1u : 0u);
                }
                uint _e185 = i_11;
                if ((_e185 + 0u) < end_1) {
                    uint _e192 = i_11;
                    local_30 = ((4u * (_e192 + 0u)) + 3u) < n_4;
                } else {
                    local_30 = false;
                }
                bool _e200 = local_30;
                if (_e200) {
                    uint _e201 = better;
                    better = _e201 + ((_e80.w > _e48.x) ? 1u : 0u);
                    uint _e209 = equal;
                    equal = _e209 + ((_e80.w == _e48.x) ? 1u : 0u);
                }
                uint _e217 = i_11;
                if ((_e217 + 32u) < end_1) {
                    uint _e224 = i_11;
                    local_31 = ((4u * (_e224 + 32u)) + 0u) < n_4;
                } else {
                    local_31 = false;
                }
                bool _e232 = local_31;
                if (_e232) {
                    uint _e233 = better;
                    better = _e233 + ((_e88.x > _e48.x) ? 1u : 0u);
                    uint _e241 = equal;
                    equal = _e241 + ((_e88.x == _e48.x) ? 1u : 0u);
                }
                uint _e249 = i_11;
                if ((_e249 + 32u) < end_1) {
                    uint _e256 = i_11;
                    local_32 = ((4u * (_e256 + 32u)) + 1u) < n_4;
                } else {
                    local_32 = false;
                }
                bool _e264 = local_32;
                if (_e264) {
                    uint _e265 = better;
                    better = _e265 + ((_e88.y > _e48.x) ? 1u : 0u);
                    uint _e273 = equal;
                    equal = _e273 + ((_e88.y == _e48.x) ? 1u : 0u);
                }
                uint _e281 = i_11;
                if ((_e281 + 32u) < end_1) {
                    uint _e288 = i_11;
                    local_33 = ((4u * (_e288 + 32u)) + 2u) < n_4;
                } else {
                    local_33 = false;
                }
                bool _e296 = local_33;
                if (_e296) {
                    uint _e297 = better;
                    better = _e297 + ((_e88.z > _e48.x) ? 1u : 0u);
                    uint _e305 = equal;
                    equal = _e305 + ((_e88.z == _e48.x) ? 1u : 0u);
                }
                uint _e313 = i_11;
                if ((_e313 + 32u) < end_1) {
                    uint _e320 = i_11;
                    local_34 = ((4u * (_e320 + 32u)) + 3u) < n_4;
                } else {
                    local_34 = false;
                }
                bool _e328 = local_34;
                if (_e328) {
                    uint _e329 = better;
                    better = _e329 + ((_e88.w > _e48.x) ? 1u : 0u);
                    uint _e337 = equal;
                    equal = _e337 + ((_e88.w == _e48.x) ? 1u : 0u);
                }
            }
        }
        uint _e349 = better;
        uint unnamed_7 = metal::simd_sum(_e349);
        metal::uint2 _e355 = reduce_before(at_11, (at_11.lane == 0u) ? unnamed_7 : 0u, reduce_words);
        uint better_before = _e355.x;
        uint _e358 = equal;
        uint unnamed_8 = metal::simd_sum(_e358);
        metal::uint2 _e364 = reduce_before(at_11, (at_11.lane == 0u) ? unnamed_8 : 0u, reduce_words);
        uint equal_before = _e364.x;
        metal::uint4 _e367 = index_top_k_0_below(at_11.lane);
        uint unnamed_9 = metal::simd_broadcast_first(better_before);
        n_better = unnamed_9;
        uint unnamed_10 = metal::simd_broadcast_first(equal_before);
        n_equal = unnamed_10;
        i_12 = first_3;
        bool loop_init_14 = true;
        while(true) {
            if (!loop_init_14) {
                uint _e995 = i_12;
                i_12 = _e995 + 64u;
            }
            loop_init_14 = false;
            uint _e373 = i_12;
            if (_e373 < end_1) {
            } else {
                break;
            }
            {
                uint _e375 = i_12;
                uint four_0_ = (_e375 + 0u) + at_11.lane;
                metal::uint4 _e384 = index_top_k_0_keys(base_3 + metal::min(four_0_, n_fours - 1u), scores_0_v4_, _buffer_sizes);
                uint _e385 = i_12;
                uint four_1_ = (_e385 + 32u) + at_11.lane;
                metal::uint4 _e394 = index_top_k_0_keys(base_3 + metal::min(four_1_, n_fours - 1u), scores_0_v4_, _buffer_sizes);
                {
                    uint _e395 = n_better;
                    better_here = _e395;
                    uint _e397 = n_equal;
                    equal_here = _e397;
                    if (four_0_ < end_1) {
                        local_35 = ((4u * four_0_) + 0u) < n_4;
                    } else {
                        local_35 = false;
                    }
                    bool is_there_0_ = local_35;
                    if (is_there_0_) {
                        local_36 = _e384.x > _e48.x;
                    } else {
                        local_36 = false;
                    }
                    bool is_better_0_ = local_36;
                    if (is_there_0_) {
                        local_37 = _e384.x == _e48.x;
                    } else {
                        local_37 = false;
                    }
                    bool is_equal_0_ = local_37;
                    metal::uint4 unnamed_11 = metal::uint4((uint64_t)metal::simd_ballot(is_better_0_), 0, 0, 0);
                    metal::uint4 unnamed_12 = metal::uint4((uint64_t)metal::simd_ballot(is_equal_0_), 0, 0, 0);
                    uint _e425 = better_here;
                    uint _e427 = index_top_k_0_ones(unnamed_11 & _e367);
                    better_here = _e425 + _e427;
                    uint _e429 = equal_here;
                    uint _e431 = index_top_k_0_ones(unnamed_12 & _e367);
                    equal_here = _e429 + _e431;
                    uint _e433 = n_better;
                    uint _e434 = index_top_k_0_ones(unnamed_11);
                    n_better = _e433 + _e434;
                    uint _e436 = n_equal;
                    uint _e437 = index_top_k_0_ones(unnamed_12);
                    n_equal = _e436 + _e437;
                    if (four_0_ < end_1) {
                        local_38 = ((4u * four_0_) + 1u) < n_4;
                    } else {
                        local_38 = false;
                    }
                    bool is_there_1_ = local_38;
                    if (is_there_1_) {
                        local_39 = _e384.y > _e48.x;
                    } else {
                        local_39 = false;
                    }
                    bool is_better_1_ = local_39;
                    if (is_there_1_) {
                        local_40 = _e384.y == _e48.x;
                    } else {
                        local_40 = false;
                    }
                    bool is_equal_1_ = local_40;
                    metal::uint4 unnamed_13 = metal::uint4((uint64_t)metal::simd_ballot(is_better_1_), 0, 0, 0);
                    metal::uint4 unnamed_14 = metal::uint4((uint64_t)metal::simd_ballot(is_equal_1_), 0, 0, 0);
                    uint _e465 = better_here;
                    uint _e467 = index_top_k_0_ones(unnamed_13 & _e367);
                    better_here = _e465 + _e467;
                    uint _e469 = equal_here;
                    uint _e471 = index_top_k_0_ones(unnamed_14 & _e367);
                    equal_here = _e469 + _e471;
                    uint _e473 = n_better;
                    uint _e474 = index_top_k_0_ones(unnamed_13);
                    n_better = _e473 + _e474;
                    uint _e476 = n_equal;
                    uint _e477 = index_top_k_0_ones(unnamed_14);
                    n_equal = _e476 + _e477;
                    if (four_0_ < end_1) {
                        local_41 = ((4u * four_0_) + 2u) < n_4;
                    } else {
                        local_41 = false;
                    }
                    bool is_there_2_ = local_41;
                    if (is_there_2_) {
                        local_42 = _e384.z > _e48.x;
                    } else {
                        local_42 = false;
                    }
                    bool is_better_2_ = local_42;
                    if (is_there_2_) {
                        local_43 = _e384.z == _e48.x;
                    } else {
                        local_43 = false;
                    }
                    bool is_equal_2_ = local_43;
                    metal::uint4 unnamed_15 = metal::uint4((uint64_t)metal::simd_ballot(is_better_2_), 0, 0, 0);
                    metal::uint4 unnamed_16 = metal::uint4((uint64_t)metal::simd_ballot(is_equal_2_), 0, 0, 0);
                    uint _e505 = better_here;
                    uint _e507 = index_top_k_0_ones(unnamed_15 & _e367);
                    better_here = _e505 + _e507;
                    uint _e509 = equal_here;
                    uint _e511 = index_top_k_0_ones(unnamed_16 & _e367);
                    equal_here = _e509 + _e511;
                    uint _e513 = n_better;
                    uint _e514 = index_top_k_0_ones(unnamed_15);
                    n_better = _e513 + _e514;
                    uint _e516 = n_equal;
                    uint _e517 = index_top_k_0_ones(unnamed_16);
                    n_equal = _e516 + _e517;
                    if (four_0_ < end_1) {
                        local_44 = ((4u * four_0_) + 3u) < n_4;
                    } else {
                        local_44 = false;
                    }
                    bool is_there_3_ = local_44;
                    if (is_there_3_) {
                        local_45 = _e384.w > _e48.x;
                    } else {
                        local_45 = false;
                    }
                    bool is_better_3_ = local_45;
                    if (is_there_3_) {
                        local_46 = _e384.w == _e48.x;
                    } else {
                        local_46 = false;
                    }
                    bool is_equal_3_ = local_46;
                    metal::uint4 unnamed_17 = metal::uint4((uint64_t)metal::simd_ballot(is_better_3_), 0, 0, 0);
                    metal::uint4 unnamed_18 = metal::uint4((uint64_t)metal::simd_ballot(is_equal_3_), 0, 0, 0);
                    uint _e545 = better_here;
                    uint _e547 = index_top_k_0_ones(unnamed_17 & _e367);
                    better_here = _e545 + _e547;
                    uint _e549 = equal_here;
                    uint _e551 = index_top_k_0_ones(unnamed_18 & _e367);
                    equal_here = _e549 + _e551;
                    uint _e553 = n_better;
                    uint _e554 = index_top_k_0_ones(unnamed_17);
                    n_better = _e553 + _e554;
                    uint _e556 = n_equal;
                    uint _e557 = index_top_k_0_ones(unnamed_18);
                    n_equal = _e556 + _e557;
                    if (!(is_better_0_)) {
                        if (is_equal_0_) {
                            uint _e564 = equal_here;
                            local_48 = _e564 < _e48.y;
                        } else {
                            local_48 = false;
                        }
                        bool _e568 = local_48;
                        local_47 = _e568;
                    } else {
                        local_47 = true;
                    }
                    bool _e570 = local_47;
                    if (_e570) {
                        uint _e572 = better_here;
                        uint _e574 = equal_here;
                        chosen_1_[(out + _e572) + metal::min(_e574, _e48.y)] = (4u * four_0_) + 0u;
                    }
                    uint _e583 = better_here;
                    better_here = _e583 + (is_better_0_ ? 1u : 0u);
                    uint _e588 = equal_here;
                    equal_here = _e588 + (is_equal_0_ ? 1u : 0u);
                    if (!(is_better_1_)) {
                        if (is_equal_1_) {
                            uint _e598 = equal_here;
                            local_50 = _e598 < _e48.y;
                        } else {
                            local_50 = false;
                        }
                        bool _e602 = local_50;
                        local_49 = _e602;
                    } else {
                        local_49 = true;
                    }
                    bool _e604 = local_49;
                    if (_e604) {
                        uint _e606 = better_here;
                        uint _e608 = equal_here;
                        chosen_1_[(out + _e606) + metal::min(_e608, _e48.y)] = (4u * four_0_) + 1u;
                    }
                    uint _e617 = better_here;
                    better_here = _e617 + (is_better_1_ ? 1u : 0u);
                    uint _e622 = equal_here;
                    equal_here = _e622 + (is_equal_1_ ? 1u : 0u);
                    if (!(is_better_2_)) {
                        if (is_equal_2_) {
                            uint _e632 = equal_here;
                            local_52 = _e632 < _e48.y;
                        } else {
                            local_52 = false;
                        }
                        bool _e636 = local_52;
                        local_51 = _e636;
                    } else {
                        local_51 = true;
                    }
                    bool _e638 = local_51;
                    if (_e638) {
                        uint _e640 = better_here;
                        uint _e642 = equal_here;
                        chosen_1_[(out + _e640) + metal::min(_e642, _e48.y)] = (4u * four_0_) + 2u;
                    }
                    uint _e651 = better_here;
                    better_here = _e651 + (is_better_2_ ? 1u : 0u);
                    uint _e656 = equal_here;
                    equal_here = _e656 + (is_equal_2_ ? 1u : 0u);
                    if (!(is_better_3_)) {
                        if (is_equal_3_) {
                            uint _e666 = equal_here;
                            local_54 = _e666 < _e48.y;
                        } else {
                            local_54 = false;
                        }
                        bool _e670 = local_54;
                        local_53 = _e670;
                    } else {
                        local_53 = true;
                    }
                    bool _e672 = local_53;
                    if (_e672) {
                        uint _e674 = better_here;
                        uint _e676 = equal_here;
                        chosen_1_[(out + _e674) + metal::min(_e676, _e48.y)] = (4u * four_0_) + 3u;
                    }
                    uint _e685 = better_here;
                    better_here = _e685 + (is_better_3_ ? 1u : 0u);
                    uint _e690 = equal_here;
                    equal_here = _e690 + (is_equal_3_ ? 1u : 0u);
                }
                {
                    uint _e695 = n_better;
                    better_here_1 = _e695;
                    uint _e697 = n_equal;
                    equal_here_1 = _e697;
                    if (four_1_ < end_1) {
                        local_55 = ((4u * four_1_) + 0u) < n_4;
                    } else {
                        local_55 = false;
                    }
                    bool is_there_0_1 = local_55;
                    if (is_there_0_1) {
                        local_56 = _e394.x > _e48.x;
                    } else {
                        local_56 = false;
                    }
                    bool is_better_0_1 = local_56;
                    if (is_there_0_1) {
                        local_57 = _e394.x == _e48.x;
                    } else {
                        local_57 = false;
                    }
                    bool is_equal_0_1 = local_57;
                    metal::uint4 unnamed_19 = metal::uint4((uint64_t)metal::simd_ballot(is_better_0_1), 0, 0, 0);
                    metal::uint4 unnamed_20 = metal::uint4((uint64_t)metal::simd_ballot(is_equal_0_1), 0, 0, 0);
                    uint _e725 = better_here_1;
                    uint _e727 = index_top_k_0_ones(unnamed_19 & _e367);
                    better_here_1 = _e725 + _e727;
                    uint _e729 = equal_here_1;
                    uint _e731 = index_top_k_0_ones(unnamed_20 & _e367);
                    equal_here_1 = _e729 + _e731;
                    uint _e733 = n_better;
                    uint _e734 = index_top_k_0_ones(unnamed_19);
                    n_better = _e733 + _e734;
                    uint _e736 = n_equal;
                    uint _e737 = index_top_k_0_ones(unnamed_20);
                    n_equal = _e736 + _e737;
                    if (four_1_ < end_1) {
                        local_58 = ((4u * four_1_) + 1u) < n_4;
                    } else {
                        local_58 = false;
                    }
                    bool is_there_1_1 = local_58;
                    if (is_there_1_1) {
                        local_59 = _e394.y > _e48.x;
                    } else {
                        local_59 = false;
                    }
                    bool is_better_1_1 = local_59;
                    if (is_there_1_1) {
                        local_60 = _e394.y == _e48.x;
                    } else {
                        local_60 = false;
                    }
                    bool is_equal_1_1 = local_60;
                    metal::uint4 unnamed_21 = metal::uint4((uint64_t)metal::simd_ballot(is_better_1_1), 0, 0, 0);
                    metal::uint4 unnamed_22 = metal::uint4((uint64_t)metal::simd_ballot(is_equal_1_1), 0, 0, 0);
                    uint _e765 = better_here_1;
                    uint _e767 = index_top_k_0_ones(unnamed_21 & _e367);
                    better_here_1 = _e765 + _e767;
                    uint _e769 = equal_here_1;
                    uint _e771 = index_top_k_0_ones(unnamed_22 & _e367);
                    equal_here_1 = _e769 + _e771;
                    uint _e773 = n_better;
                    uint _e774 = index_top_k_0_ones(unnamed_21);
                    n_better = _e773 + _e774;
                    uint _e776 = n_equal;
                    uint _e777 = index_top_k_0_ones(unnamed_22);
                    n_equal = _e776 + _e777;
                    if (four_1_ < end_1) {
                        local_61 = ((4u * four_1_) + 2u) < n_4;
                    } else {
                        local_61 = false;
                    }
                    bool is_there_2_1 = local_61;
                    if (is_there_2_1) {
                        local_62 = _e394.z > _e48.x;
                    } else {
                        local_62 = false;
                    }
                    bool is_better_2_1 = local_62;
                    if (is_there_2_1) {
                        local_63 = _e394.z == _e48.x;
                    } else {
                        local_63 = false;
                    }
                    bool is_equal_2_1 = local_63;
                    metal::uint4 unnamed_23 = metal::uint4((uint64_t)metal::simd_ballot(is_better_2_1), 0, 0, 0);
                    metal::uint4 unnamed_24 = metal::uint4((uint64_t)metal::simd_ballot(is_equal_2_1), 0, 0, 0);
                    uint _e805 = better_here_1;
                    uint _e807 = index_top_k_0_ones(unnamed_23 & _e367);
                    better_here_1 = _e805 + _e807;
                    uint _e809 = equal_here_1;
                    uint _e811 = index_top_k_0_ones(unnamed_24 & _e367);
                    equal_here_1 = _e809 + _e811;
                    uint _e813 = n_better;
                    uint _e814 = index_top_k_0_ones(unnamed_23);
                    n_better = _e813 + _e814;
                    uint _e816 = n_equal;
                    uint _e817 = index_top_k_0_ones(unnamed_24);
                    n_equal = _e816 + _e817;
                    if (four_1_ < end_1) {
                        local_64 = ((4u * four_1_) + 3u) < n_4;
                    } else {
                        local_64 = false;
                    }
                    bool is_there_3_1 = local_64;
                    if (is_there_3_1) {
                        local_65 = _e394.w > _e48.x;
                    } else {
                        local_65 = false;
                    }
                    bool is_better_3_1 = local_65;
                    if (is_there_3_1) {
                        local_66 = _e394.w == _e48.x;
                    } else {
                        local_66 = false;
                    }
                    bool is_equal_3_1 = local_66;
                    metal::uint4 unnamed_25 = metal::uint4((uint64_t)metal::simd_ballot(is_better_3_1), 0, 0, 0);
                    metal::uint4 unnamed_26 = metal::uint4((uint64_t)metal::simd_ballot(is_equal_3_1), 0, 0, 0);
                    uint _e845 = better_here_1;
                    uint _e847 = index_top_k_0_ones(unnamed_25 & _e367);
                    better_here_1 = _e845 + _e847;
                    uint _e849 = equal_here_1;
                    uint _e851 = index_top_k_0_ones(unnamed_26 & _e367);
                    equal_here_1 = _e849 + _e851;
                    uint _e853 = n_better;
                    uint _e854 = index_top_k_0_ones(unnamed_25);
                    n_better = _e853 + _e854;
                    uint _e856 = n_equal;
                    uint _e857 = index_top_k_0_ones(unnamed_26);
                    n_equal = _e856 + _e857;
                    if (!(is_better_0_1)) {
                        if (is_equal_0_1) {
                            uint _e864 = equal_here_1;
                            local_68 = _e864 < _e48.y;
                        } else {
                            local_68 = false;
                        }
                        bool _e868 = local_68;
                        local_67 = _e868;
                    } else {
                        local_67 = true;
                    }
                    bool _e870 = local_67;
                    if (_e870) {
                        uint _e872 = better_here_1;
                        uint _e874 = equal_here_1;
                        chosen_1_[(out + _e872) + metal::min(_e874, _e48.y)] = (4u * four_1_) + 0u;
                    }
                    uint _e883 = better_here_1;
                    better_here_1 = _e883 + (is_better_0_1 ? 1u : 0u);
                    uint _e888 = equal_here_1;
                    equal_here_1 = _e888 + (is_equal_0_1 ? 1u : 0u);
                    if (!(is_better_1_1)) {
                        if (is_equal_1_1) {
                            uint _e898 = equal_here_1;
                            local_70 = _e898 < _e48.y;
                        } else {
                            local_70 = false;
                        }
                        bool _e902 = local_70;
                        local_69 = _e902;
                    } else {
                        local_69 = true;
                    }
                    bool _e904 = local_69;
                    if (_e904) {
                        uint _e906 = better_here_1;
                        uint _e908 = equal_here_1;
                        chosen_1_[(out + _e906) + metal::min(_e908, _e48.y)] = (4u * four_1_) + 1u;
                    }
                    uint _e917 = better_here_1;
                    better_here_1 = _e917 + (is_better_1_1 ? 1u : 0u);
                    uint _e922 = equal_here_1;
                    equal_here_1 = _e922 + (is_equal_1_1 ? 1u : 0u);
                    if (!(is_better_2_1)) {
                        if (is_equal_2_1) {
                            uint _e932 = equal_here_1;
                            local_72 = _e932 < _e48.y;
                        } else {
                            local_72 = false;
                        }
                        bool _e936 = local_72;
                        local_71 = _e936;
                    } else {
                        local_71 = true;
                    }
                    bool _e938 = local_71;
                    if (_e938) {
                        uint _e940 = better_here_1;
                        uint _e942 = equal_here_1;
                        chosen_1_[(out + _e940) + metal::min(_e942, _e48.y)] = (4u * four_1_) + 2u;
                    }
                    uint _e951 = better_here_1;
                    better_here_1 = _e951 + (is_better_2_1 ? 1u : 0u);
                    uint _e956 = equal_here_1;
                    equal_here_1 = _e956 + (is_equal_2_1 ? 1u : 0u);
                    if (!(is_better_3_1)) {
                        if (is_equal_3_1) {
                            uint _e966 = equal_here_1;
                            local_74 = _e966 < _e48.y;
                        } else {
                            local_74 = false;
                        }
                        bool _e970 = local_74;
                        local_73 = _e970;
                    } else {
                        local_73 = true;
                    }
                    bool _e972 = local_73;
                    if (_e972) {
                        uint _e974 = better_here_1;
                        uint _e976 = equal_here_1;
                        chosen_1_[(out + _e974) + metal::min(_e976, _e48.y)] = (4u * four_1_) + 3u;
                    }
                    uint _e985 = better_here_1;
                    better_here_1 = _e985 + (is_better_3_1 ? 1u : 0u);
                    uint _e990 = equal_here_1;
                    equal_here_1 = _e990 + (is_equal_3_1 ? 1u : 0u);
                }
            }
        }
        return;
    }
}

struct index_top_k_htdmpwInput {
};
[[max_total_threads_per_threadgroup(128)]] kernel void index_top_k_htdmpw(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, constant Params& p [[buffer(30)]]
, device type_3 const& scores_0_v4_ [[buffer(0)]]
, device type_4& chosen_1_ [[buffer(1)]]
, device type_6 const& rows [[buffer(2)]]
, threadgroup type_8& reduce_words
, threadgroup type_11& index_top_k_0_bins
, threadgroup metal::uint3& index_top_k_0_bin
, threadgroup metal::atomic_uint& index_top_k_0_n_kept
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_12 = At {group.x, group.y, lid, lane, sg};
    index_top_k_0_(at_12, p, scores_0_v4_, chosen_1_, rows, reduce_words, index_top_k_0_bins, index_top_k_0_bin, index_top_k_0_n_kept, _buffer_sizes);
    return;
}
