// sample_fmzcca
//
// sample of sample (MODEL.md 8)
//   template ops/sample, CHUNK = 64, DEPTH = 16, HALF = 448, JT = 32, KG = 2, OUT = 16, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4, V = 129280
//   w = exp((logits − max) / temperature), of the top_k largest logits, w ≥ min_p and
//   then the largest that reach the share top_p of Σ w; ids[t] = the token that
//   philox(seed, number) · Σ w falls on, or argmax at temperature 0
//
// binding  name  elements  what
// 0  logits_0  f32  [T, 129280], read
// 1  draws_1  u32  [T, 8], read
// 2  ids_2  u32  [T], read and written

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
struct type_8 {
    uint inner[64];
};
struct type_10 {
    metal::atomic_uint inner[2048];
};
struct sample_0_Filter {
    uint base;
    float top;
    float temperature;
    float share;
    metal::uint2 last_k;
    metal::uint2 last_p;
};
struct type_11 {
    metal::uint2 inner[256];
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

metal::uint2 wide_mul(
    uint a,
    uint b
) {
    uint a0_ = a & 65535u;
    uint a1_ = a >> 16u;
    uint b0_ = b & 65535u;
    uint b1_ = b >> 16u;
    uint low = a0_ * b0_;
    uint left_2 = (a1_ * b0_) + (low >> 16u);
    uint right = (a0_ * b1_) + (left_2 & 65535u);
    uint high = ((a1_ * b1_) + (left_2 >> 16u)) + (right >> 16u);
    return metal::uint2((right << 16u) | (low & 65535u), high);
}

metal::uint2 wide_add(
    metal::uint2 a_1,
    metal::uint2 b_1
) {
    uint low_1 = a_1.x + b_1.x;
    return metal::uint2(low_1, (a_1.y + b_1.y) + ((low_1 < a_1.x) ? 1u : 0u));
}

metal::uint2 wide_sub(
    metal::uint2 a_2,
    metal::uint2 b_2
) {
    return metal::uint2(a_2.x - b_2.x, (a_2.y - b_2.y) - ((a_2.x < b_2.x) ? 1u : 0u));
}

bool wide_less(
    metal::uint2 a_3,
    metal::uint2 b_3
) {
    bool local = {};
    bool local_1 = {};
    if (!((a_3.y < b_3.y))) {
        if (a_3.y == b_3.y) {
            local_1 = a_3.x < b_3.x;
        } else {
            local_1 = false;
        }
        bool _e17 = local_1;
        local = _e17;
    } else {
        local = true;
    }
    bool _e19 = local;
    return _e19;
}

metal::uint3 wide_scale(
    metal::uint2 a_4,
    uint b_4
) {
    metal::uint2 _e3 = wide_mul(a_4.x, b_4);
    metal::uint2 _e5 = wide_mul(a_4.y, b_4);
    uint middle = _e3.y + _e5.x;
    return metal::uint3(_e3.x, middle, _e5.y + ((middle < _e3.y) ? 1u : 0u));
}

uint philox_bits(
    metal::uint2 seed,
    metal::uint2 number
) {
    metal::uint4 counter = {};
    metal::uint2 key = {};
    uint i = 0u;
    counter = metal::uint4(number, 0u, 0u);
    key = seed;
    bool loop_init = true;
    while(true) {
        if (!loop_init) {
            uint _e42 = i;
            i = _e42 + 1u;
        }
        loop_init = false;
        uint _e9 = i;
        if (_e9 < 10u) {
        } else {
            break;
        }
        {
            uint _e14 = counter.x;
            metal::uint2 _e15 = wide_mul(3528531795u, _e14);
            uint _e18 = counter.z;
            metal::uint2 _e19 = wide_mul(3449720151u, _e18);
            uint _e22 = counter.y;
            uint _e25 = key.x;
            uint _e30 = counter.w;
            uint _e33 = key.y;
            counter = metal::uint4((_e19.y ^ _e22) ^ _e25, _e19.x, (_e15.y ^ _e30) ^ _e33, _e15.x);
            metal::uint2 _e37 = key;
            key = _e37 + metal::uint2(2654435769u, 3144134277u);
        }
    }
    uint _e46 = counter.x;
    return _e46 >> 8u;
}

int naga_f2i32(float value) {
    return static_cast<int>(metal::clamp(value, -2147483600.0, 2147483500.0));
}

float precise_exp(
    float x_3
) {
    float y = {};
    float bounded = metal::clamp(x_3, -87.3, 88.0);
    float n_4 = metal::rint(bounded * 1.442695);
    float r = metal::fma(n_4, 0.00021219444, metal::fma(n_4, -0.6933594, bounded));
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
    float power = as_type<float>(static_cast<uint>(as_type<int>(as_type<uint>(naga_f2i32(n_4)) + as_type<uint>(127))) << 23u);
    float _e39 = y;
    return (x_3 < -87.3) ? 0.0 : (_e39 * power);
}

float precise_sigmoid(
    float x_4
) {
    float _e2 = precise_exp(-(x_4));
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
    uint i_1 = 0u;
    float unnamed = metal::simd_sum(value);
    reduce_gather(at_1, as_type<uint>(unnamed), reduce_words);
    bool loop_init_1 = true;
    while(true) {
        if (!loop_init_1) {
            uint _e18 = i_1;
            i_1 = _e18 + 1u;
        }
        loop_init_1 = false;
        uint _e8 = i_1;
        if (_e8 < 8u) {
        } else {
            break;
        }
        {
            float _e11 = sum;
            uint _e13 = i_1;
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
    uint i_2 = 1u;
    float unnamed_1 = metal::simd_max(value_1);
    reduce_gather(at_2, as_type<uint>(unnamed_1), reduce_words);
    uint _e6 = reduce_words.inner[0];
    largest = as_type<float>(_e6);
    bool loop_init_2 = true;
    while(true) {
        if (!loop_init_2) {
            uint _e21 = i_2;
            i_2 = _e21 + 1u;
        }
        loop_init_2 = false;
        uint _e11 = i_2;
        if (_e11 < 8u) {
        } else {
            break;
        }
        {
            float _e14 = largest;
            uint _e16 = i_2;
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
    uint i_3 = 1u;
    uint unnamed_2 = metal::simd_max(word_2);
    reduce_gather(at_3, unnamed_2, reduce_words);
    uint _e5 = reduce_words.inner[0];
    largest_1 = _e5;
    bool loop_init_3 = true;
    while(true) {
        if (!loop_init_3) {
            uint _e18 = i_3;
            i_3 = _e18 + 1u;
        }
        loop_init_3 = false;
        uint _e9 = i_3;
        if (_e9 < 8u) {
        } else {
            break;
        }
        {
            uint _e12 = largest_1;
            uint _e14 = i_3;
            uint _e16 = reduce_words.inner[_e14];
            largest_1 = metal::max(_e12, _e16);
        }
    }
    uint _e21 = largest_1;
    return _e21;
}

uint reduce_best(
    At at_4,
    uint key_1,
    uint place,
    threadgroup type_8& reduce_words,
    threadgroup type_8& reduce_places
) {
    uint best = {};
    uint found = {};
    uint i_4 = 1u;
    bool local_2 = {};
    bool local_3 = {};
    uint unnamed_3 = metal::simd_max(key_1);
    uint unnamed_4 = metal::simd_min((key_1 == unnamed_3) ? place : 4294967295u);
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
    bool loop_init_4 = true;
    while(true) {
        if (!loop_init_4) {
            uint _e53 = i_4;
            i_4 = _e53 + 1u;
        }
        loop_init_4 = false;
        uint _e27 = i_4;
        if (_e27 < 8u) {
        } else {
            break;
        }
        {
            uint _e31 = i_4;
            uint other = reduce_words.inner[_e31];
            uint _e35 = i_4;
            uint other_place = reduce_places.inner[_e35];
            uint _e38 = best;
            if (!((other > _e38))) {
                uint _e43 = best;
                if (other == _e43) {
                    uint _e47 = found;
                    local_3 = other_place < _e47;
                } else {
                    local_3 = false;
                }
                bool _e50 = local_3;
                local_2 = _e50;
            } else {
                local_2 = true;
            }
            bool _e52 = local_2;
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
    uint i_5 = 0u;
    uint unnamed_5 = metal::simd_prefix_exclusive_sum(word_3);
    uint unnamed_6 = metal::simd_sum(word_3);
    reduce_gather(at_5, unnamed_6, reduce_words);
    before = unnamed_5;
    bool loop_init_5 = true;
    while(true) {
        if (!loop_init_5) {
            uint _e25 = i_5;
            i_5 = _e25 + 1u;
        }
        loop_init_5 = false;
        uint _e9 = i_5;
        if (_e9 < 8u) {
        } else {
            break;
        }
        {
            uint _e13 = i_5;
            uint sum_2 = reduce_words.inner[_e13];
            uint _e16 = before;
            uint _e18 = i_5;
            before = _e16 + ((_e18 < at_5.sg) ? sum_2 : 0u);
            uint _e23 = total;
            total = _e23 + sum_2;
        }
    }
    uint _e28 = before;
    uint _e29 = total;
    return metal::uint2(_e28, _e29);
}

void sample_0_clear(
    At at_6,
    uint bins,
    threadgroup type_10& sample_0_bins
) {
    uint i_6 = {};
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    i_6 = at_6.lid;
    bool loop_init_6 = true;
    while(true) {
        if (!loop_init_6) {
            uint _e10 = i_6;
            i_6 = _e10 + 256u;
        }
        loop_init_6 = false;
        uint _e4 = i_6;
        if (_e4 < bins) {
        } else {
            break;
        }
        {
            uint _e7 = i_6;
            metal::atomic_store_explicit(&sample_0_bins.inner[_e7], 0u, metal::memory_order_relaxed);
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    return;
}

metal::uint3 sample_0_find(
    At at_7,
    uint bins_1,
    uint rank,
    threadgroup type_8& reduce_words,
    threadgroup type_10& sample_0_bins,
    threadgroup metal::uint3& sample_0_bin
) {
    uint count = 0u;
    uint i_7 = {};
    uint left = {};
    uint i_8 = {};
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint own = (bins_1 + 255u) / 256u;
    uint first_2 = ((at_7.sg * 32u) + at_7.lane) * own;
    uint end = metal::min(first_2 + own, bins_1);
    i_7 = first_2;
    bool loop_init_7 = true;
    while(true) {
        if (!loop_init_7) {
            uint _e29 = i_7;
            i_7 = _e29 + 1u;
        }
        loop_init_7 = false;
        uint _e18 = i_7;
        if (_e18 < end) {
        } else {
            break;
        }
        {
            uint _e20 = count;
            uint _e24 = i_7;
            uint _e27 = metal::atomic_load_explicit(&sample_0_bins.inner[(bins_1 - 1u) - _e24], metal::memory_order_relaxed);
            count = _e20 + _e27;
        }
    }
    uint _e32 = count;
    metal::uint2 _e33 = reduce_before(at_7, _e32, reduce_words);
    left = rank - _e33.x;
    uint _e37 = left;
    uint _e40 = count;
    if ((_e37 - 1u) < _e40) {
        i_8 = first_2;
        bool loop_init_8 = true;
        while(true) {
            if (!loop_init_8) {
                uint _e63 = i_8;
                i_8 = _e63 + 1u;
            }
            loop_init_8 = false;
            uint _e43 = i_8;
            if (_e43 < end) {
            } else {
                break;
            }
            {
                uint _e48 = i_8;
                uint n_5 = metal::atomic_load_explicit(&sample_0_bins.inner[(bins_1 - 1u) - _e48], metal::memory_order_relaxed);
                uint _e52 = left;
                if (_e52 <= n_5) {
                    uint _e57 = i_8;
                    uint _e59 = left;
                    sample_0_bin = metal::uint3((bins_1 - 1u) - _e57, _e59, n_5);
                    break;
                }
                uint _e61 = left;
                left = _e61 - n_5;
            }
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    metal::uint3 _e67 = sample_0_bin;
    return _e67;
}

uint sample_0_key(
    uint i_9,
    device type_2 const& logits_0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    float _e3 = logits_0_[i_9];
    uint _e4 = order_total(_e3);
    return _e4;
}

void sample_0_tally(
    At at_8,
    uint base,
    uint n,
    uint prefix,
    uint above,
    uint shift,
    uint mask,
    device type_2 const& logits_0_,
    threadgroup type_10& sample_0_bins,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint first = {};
    bool local_4 = {};
    bool local_5 = {};
    bool local_6 = {};
    bool local_7 = {};
    bool local_8 = {};
    bool local_9 = {};
    bool local_10 = {};
    bool local_11 = {};
    sample_0_clear(at_8, 2048u, sample_0_bins);
    first = at_8.lid;
    bool loop_init_9 = true;
    while(true) {
        if (!loop_init_9) {
            uint _e136 = first;
            first = _e136 + 1024u;
        }
        loop_init_9 = false;
        uint _e10 = first;
        if (_e10 < n) {
        } else {
            break;
        }
        {
            uint _e12 = first;
            uint _e19 = sample_0_key(base + metal::min(_e12 + 0u, n - 1u), logits_0_, _buffer_sizes);
            uint _e20 = first;
            uint _e27 = sample_0_key(base + metal::min(_e20 + 256u, n - 1u), logits_0_, _buffer_sizes);
            uint _e28 = first;
            uint _e35 = sample_0_key(base + metal::min(_e28 + 512u, n - 1u), logits_0_, _buffer_sizes);
            uint _e36 = first;
            uint _e43 = sample_0_key(base + metal::min(_e36 + 768u, n - 1u), logits_0_, _buffer_sizes);
            uint _e44 = first;
            if ((_e44 + 0u) < n) {
                if (!((above == 32u))) {
                    local_5 = (_e19 >> above) == prefix;
                } else {
                    local_5 = true;
                }
                bool _e58 = local_5;
                local_4 = _e58;
            } else {
                local_4 = false;
            }
            bool _e60 = local_4;
            if (_e60) {
                uint _e66 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e19 >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e67 = first;
            if ((_e67 + 256u) < n) {
                if (!((above == 32u))) {
                    local_7 = (_e27 >> above) == prefix;
                } else {
                    local_7 = true;
                }
                bool _e81 = local_7;
                local_6 = _e81;
            } else {
                local_6 = false;
            }
            bool _e83 = local_6;
            if (_e83) {
                uint _e89 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e27 >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e90 = first;
            if ((_e90 + 512u) < n) {
                if (!((above == 32u))) {
                    local_9 = (_e35 >> above) == prefix;
                } else {
                    local_9 = true;
                }
                bool _e104 = local_9;
                local_8 = _e104;
            } else {
                local_8 = false;
            }
            bool _e106 = local_8;
            if (_e106) {
                uint _e112 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e35 >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e113 = first;
            if ((_e113 + 768u) < n) {
                if (!((above == 32u))) {
                    local_11 = (_e43 >> above) == prefix;
                } else {
                    local_11 = true;
                }
                bool _e127 = local_11;
                local_10 = _e127;
            } else {
                local_10 = false;
            }
            bool _e129 = local_10;
            if (_e129) {
                uint _e135 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e43 >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
        }
    }
    return;
}

void sample_0_keep(
    At at_9,
    uint base_1,
    uint n_1,
    uint prefix_1,
    device type_2 const& logits_0_,
    threadgroup type_10& sample_0_bins,
    threadgroup metal::atomic_uint& sample_0_n_kept,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint first_1 = {};
    bool local_12 = {};
    bool local_13 = {};
    bool local_14 = {};
    bool local_15 = {};
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (at_9.lid == 0u) {
        metal::atomic_store_explicit(&sample_0_n_kept, 0u, metal::memory_order_relaxed);
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    first_1 = at_9.lid;
    bool loop_init_10 = true;
    while(true) {
        if (!loop_init_10) {
            uint _e117 = first_1;
            first_1 = _e117 + 1024u;
        }
        loop_init_10 = false;
        uint _e11 = first_1;
        if (_e11 < n_1) {
        } else {
            break;
        }
        {
            uint _e13 = first_1;
            uint _e20 = sample_0_key(base_1 + metal::min(_e13 + 0u, n_1 - 1u), logits_0_, _buffer_sizes);
            uint _e21 = first_1;
            uint _e28 = sample_0_key(base_1 + metal::min(_e21 + 256u, n_1 - 1u), logits_0_, _buffer_sizes);
            uint _e29 = first_1;
            uint _e36 = sample_0_key(base_1 + metal::min(_e29 + 512u, n_1 - 1u), logits_0_, _buffer_sizes);
            uint _e37 = first_1;
            uint _e44 = sample_0_key(base_1 + metal::min(_e37 + 768u, n_1 - 1u), logits_0_, _buffer_sizes);
            uint _e45 = first_1;
            if ((_e45 + 0u) < n_1) {
                local_12 = (_e20 >> 21u) == prefix_1;
            } else {
                local_12 = false;
            }
            bool _e55 = local_12;
            if (_e55) {
                uint _e60 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e60], _e20, metal::memory_order_relaxed);
            }
            uint _e63 = first_1;
            if ((_e63 + 256u) < n_1) {
                local_13 = (_e28 >> 21u) == prefix_1;
            } else {
                local_13 = false;
            }
            bool _e73 = local_13;
            if (_e73) {
                uint _e78 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e78], _e28, metal::memory_order_relaxed);
            }
            uint _e81 = first_1;
            if ((_e81 + 512u) < n_1) {
                local_14 = (_e36 >> 21u) == prefix_1;
            } else {
                local_14 = false;
            }
            bool _e91 = local_14;
            if (_e91) {
                uint _e96 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e96], _e36, metal::memory_order_relaxed);
            }
            uint _e99 = first_1;
            if ((_e99 + 768u) < n_1) {
                local_15 = (_e44 >> 21u) == prefix_1;
            } else {
                local_15 = false;
            }
            bool _e109 = local_15;
            if (_e109) {
                uint _e114 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e114], _e44, metal::memory_order_relaxed);
            }
        }
    }
    return;
}

metal::uint2 sample_0_select(
    At at_10,
    uint base_2,
    uint n_2,
    uint rank_1,
    device type_2 const& logits_0_,
    threadgroup type_8& reduce_words,
    threadgroup type_10& sample_0_bins,
    threadgroup metal::uint3& sample_0_bin,
    threadgroup metal::atomic_uint& sample_0_n_kept,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint3 found_1 = {};
    uint key_2 = {};
    bool local_16 = {};
    uint shift_1 = 14u;
    uint i_10 = {};
    sample_0_tally(at_10, base_2, n_2, 0u, 32u, 21u, 2047u, logits_0_, sample_0_bins, _buffer_sizes);
    metal::uint3 _e9 = sample_0_find(at_10, 2048u, rank_1, reduce_words, sample_0_bins, sample_0_bin);
    found_1 = _e9;
    uint _e12 = found_1.x;
    key_2 = _e12;
    if (!((n_2 < 4096u))) {
        uint _e20 = found_1.z;
        local_16 = _e20 > 1024u;
    } else {
        local_16 = true;
    }
    bool _e24 = local_16;
    if (_e24) {
        uint _e25 = key_2;
        sample_0_tally(at_10, base_2, n_2, _e25, 21u, 10u, 2047u, logits_0_, sample_0_bins, _buffer_sizes);
        uint _e31 = found_1.y;
        metal::uint3 _e32 = sample_0_find(at_10, 2048u, _e31, reduce_words, sample_0_bins, sample_0_bin);
        found_1 = _e32;
        uint _e33 = key_2;
        uint _e37 = found_1.x;
        key_2 = (_e33 << 11u) | _e37;
        uint _e39 = key_2;
        sample_0_tally(at_10, base_2, n_2, _e39, 10u, 0u, 1023u, logits_0_, sample_0_bins, _buffer_sizes);
        uint _e45 = found_1.y;
        metal::uint3 _e46 = sample_0_find(at_10, 1024u, _e45, reduce_words, sample_0_bins, sample_0_bin);
        found_1 = _e46;
        uint _e47 = key_2;
        uint _e51 = found_1.x;
        key_2 = (_e47 << 10u) | _e51;
    } else {
        uint n_kept = found_1.z;
        uint _e55 = key_2;
        sample_0_keep(at_10, base_2, n_2, _e55, logits_0_, sample_0_bins, sample_0_n_kept, _buffer_sizes);
        bool loop_init_11 = true;
        while(true) {
            if (!loop_init_11) {
                uint _e99 = shift_1;
                shift_1 = _e99 - 7u;
            }
            loop_init_11 = false;
            uint _e58 = shift_1;
            if (_e58 < 32u) {
            } else {
                break;
            }
            {
                sample_0_clear(at_10, 128u, sample_0_bins);
                i_10 = at_10.lid;
                bool loop_init_12 = true;
                while(true) {
                    if (!loop_init_12) {
                        uint _e86 = i_10;
                        i_10 = _e86 + 256u;
                    }
                    loop_init_12 = false;
                    uint _e64 = i_10;
                    if (_e64 < n_kept) {
                    } else {
                        break;
                    }
                    {
                        uint _e68 = i_10;
                        uint kept = metal::atomic_load_explicit(&sample_0_bins.inner[1024u + _e68], metal::memory_order_relaxed);
                        uint _e72 = shift_1;
                        uint _e76 = key_2;
                        if ((kept >> (_e72 + 7u)) == _e76) {
                            uint _e79 = shift_1;
                            uint _e85 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(kept >> _e79) & 127u], 1u, metal::memory_order_relaxed);
                        }
                    }
                }
                uint _e91 = found_1.y;
                metal::uint3 _e92 = sample_0_find(at_10, 128u, _e91, reduce_words, sample_0_bins, sample_0_bin);
                found_1 = _e92;
                uint _e93 = key_2;
                uint _e97 = found_1.x;
                key_2 = (_e93 << 7u) | _e97;
            }
        }
    }
    uint _e102 = key_2;
    uint _e104 = found_1.y;
    return metal::uint2(_e102, _e104);
}

bool sample_0_ranks(
    uint key_3,
    uint token,
    metal::uint2 last
) {
    bool local_17 = {};
    bool local_18 = {};
    if (!((key_3 > last.x))) {
        if (key_3 == last.x) {
            local_18 = token <= last.y;
        } else {
            local_18 = false;
        }
        bool _e15 = local_18;
        local_17 = _e15;
    } else {
        local_17 = true;
    }
    bool _e17 = local_17;
    return _e17;
}

uint naga_f2u32(float value) {
    return static_cast<uint>(metal::clamp(value, 0.0, 4294967000.0));
}

metal::uint2 sample_0_fixed(
    float x_5
) {
    float scaled = x_5 * 4096.0;
    float whole = metal::floor(scaled);
    return metal::uint2(naga_f2u32((scaled - whole) * 4294967300.0), naga_f2u32(whole));
}

metal::uint2 sample_0_weight(
    sample_0_Filter f,
    uint token_1,
    device type_2 const& logits_0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    bool local_19 = {};
    bool local_20 = {};
    float value_2 = logits_0_[f.base + token_1];
    uint _e7 = order_total(value_2);
    float _e12 = precise_exp((value_2 - f.top) / f.temperature);
    if (_e12 >= f.share) {
        bool _e18 = sample_0_ranks(_e7, token_1, f.last_k);
        local_19 = _e18;
    } else {
        local_19 = false;
    }
    bool _e20 = local_19;
    if (_e20) {
        bool _e24 = sample_0_ranks(_e7, token_1, f.last_p);
        local_20 = _e24;
    } else {
        local_20 = false;
    }
    bool kept_1 = local_20;
    metal::uint2 _e29 = sample_0_fixed(kept_1 ? _e12 : 0.0);
    return _e29;
}

metal::uint2 sample_0_scan(
    At at_11,
    metal::uint2 mass,
    threadgroup type_11& sample_0_masses
) {
    metal::uint2 sum_1 = {};
    uint step = 1u;
    sum_1 = mass;
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    metal::uint2 _e6 = sum_1;
    sample_0_masses.inner[at_11.lid] = _e6;
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    bool loop_init_13 = true;
    while(true) {
        if (!loop_init_13) {
            uint _e27 = step;
            step = _e27 * 2u;
        }
        loop_init_13 = false;
        uint _e9 = step;
        if (_e9 < 256u) {
        } else {
            break;
        }
        {
            uint _e13 = step;
            if (at_11.lid >= _e13) {
                metal::uint2 _e15 = sum_1;
                uint _e18 = step;
                metal::uint2 _e21 = sample_0_masses.inner[at_11.lid - _e18];
                metal::uint2 _e22 = wide_add(_e15, _e21);
                sum_1 = _e22;
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            metal::uint2 _e26 = sum_1;
            sample_0_masses.inner[at_11.lid] = _e26;
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
        }
    }
    metal::uint2 _e30 = sum_1;
    return _e30;
}

metal::uint2 sample_0_measure(
    sample_0_Filter f_1,
    uint key_4,
    uint token_2,
    device type_2 const& logits_0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (key_4 == 0u) {
        metal::uint2 _e5 = sample_0_weight(f_1, token_2, logits_0_, _buffer_sizes);
        return _e5;
    }
    uint _e10 = sample_0_key(f_1.base + token_2, logits_0_, _buffer_sizes);
    return metal::uint2((_e10 == key_4) ? 1u : 0u, 0u);
}

uint sample_0_search(
    At at_12,
    sample_0_Filter f_2,
    uint key_5,
    uint wanted,
    device type_2 const& logits_0_,
    threadgroup type_11& sample_0_masses,
    threadgroup metal::uint3& sample_0_hit,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint2 mass_1 = metal::uint2 {};
    uint i_11 = {};
    metal::uint2 target_mass = {};
    metal::uint2 before_1 = metal::uint2 {};
    bool local_21 = {};
    uint i_12 = {};
    metal::uint2 before_2 = {};
    bool local_22 = {};
    uint i_13 = {};
    uint group_1 = (at_12.lid / 32u) * 16160u;
    uint group_end = metal::min(group_1 + 16160u, 129280u);
    i_11 = group_1 + (at_12.lid % 32u);
    bool loop_init_14 = true;
    while(true) {
        if (!loop_init_14) {
            uint _e141 = i_11;
            i_11 = _e141 + 256u;
        }
        loop_init_14 = false;
        uint _e19 = i_11;
        if (_e19 < group_end) {
        } else {
            break;
        }
        {
            uint _e21 = i_11;
            metal::uint2 _e27 = sample_0_measure(f_2, key_5, metal::min(_e21 + 0u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e28 = i_11;
            metal::uint2 _e34 = sample_0_measure(f_2, key_5, metal::min(_e28 + 32u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e35 = i_11;
            metal::uint2 _e41 = sample_0_measure(f_2, key_5, metal::min(_e35 + 64u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e42 = i_11;
            metal::uint2 _e48 = sample_0_measure(f_2, key_5, metal::min(_e42 + 96u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e49 = i_11;
            metal::uint2 _e55 = sample_0_measure(f_2, key_5, metal::min(_e49 + 128u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e56 = i_11;
            metal::uint2 _e62 = sample_0_measure(f_2, key_5, metal::min(_e56 + 160u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e63 = i_11;
            metal::uint2 _e69 = sample_0_measure(f_2, key_5, metal::min(_e63 + 192u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e70 = i_11;
            metal::uint2 _e76 = sample_0_measure(f_2, key_5, metal::min(_e70 + 224u, group_end - 1u), logits_0_, _buffer_sizes);
            metal::uint2 _e77 = mass_1;
            uint _e79 = i_11;
            metal::uint2 _e84 = wide_add(_e77, ((_e79 + 0u) < group_end) ? _e27 : metal::uint2 {});
            mass_1 = _e84;
            metal::uint2 _e85 = mass_1;
            uint _e87 = i_11;
            metal::uint2 _e92 = wide_add(_e85, ((_e87 + 32u) < group_end) ? _e34 : metal::uint2 {});
            mass_1 = _e92;
            metal::uint2 _e93 = mass_1;
            uint _e95 = i_11;
            metal::uint2 _e100 = wide_add(_e93, ((_e95 + 64u) < group_end) ? _e41 : metal::uint2 {});
            mass_1 = _e100;
            metal::uint2 _e101 = mass_1;
            uint _e103 = i_11;
            metal::uint2 _e108 = wide_add(_e101, ((_e103 + 96u) < group_end) ? _e48 : metal::uint2 {});
            mass_1 = _e108;
            metal::uint2 _e109 = mass_1;
            uint _e111 = i_11;
            metal::uint2 _e116 = wide_add(_e109, ((_e111 + 128u) < group_end) ? _e55 : metal::uint2 {});
            mass_1 = _e116;
            metal::uint2 _e117 = mass_1;
            uint _e119 = i_11;
            metal::uint2 _e124 = wide_add(_e117, ((_e119 + 160u) < group_end) ? _e62 : metal::uint2 {});
            mass_1 = _e124;
            metal::uint2 _e125 = mass_1;
            uint _e127 = i_11;
            metal::uint2 _e132 = wide_add(_e125, ((_e127 + 192u) < group_end) ? _e69 : metal::uint2 {});
            mass_1 = _e132;
            metal::uint2 _e133 = mass_1;
            uint _e135 = i_11;
            metal::uint2 _e140 = wide_add(_e133, ((_e135 + 224u) < group_end) ? _e76 : metal::uint2 {});
            mass_1 = _e140;
        }
    }
    metal::uint2 _e144 = mass_1;
    metal::uint2 _e145 = sample_0_scan(at_12, _e144, sample_0_masses);
    target_mass = metal::uint2(wanted, 0u);
    if (key_5 == 0u) {
        metal::uint2 _e153 = sample_0_masses.inner[255];
        metal::uint3 _e154 = wide_scale(_e153, wanted);
        target_mass = metal::uint2((_e154.x >> 24u) | (_e154.y << 8u), (_e154.y >> 24u) | (_e154.z << 8u));
    }
    if ((at_12.lid % 32u) == 31u) {
        if (at_12.lid > 31u) {
            metal::uint2 _e185 = sample_0_masses.inner[at_12.lid - 32u];
            before_1 = _e185;
        }
        metal::uint2 _e186 = target_mass;
        metal::uint2 _e187 = before_1;
        bool _e188 = wide_less(_e186, _e187);
        if (!(_e188)) {
            metal::uint2 _e192 = target_mass;
            metal::uint2 _e196 = sample_0_masses.inner[at_12.lid];
            bool _e197 = wide_less(_e192, _e196);
            local_21 = _e197;
        } else {
            local_21 = false;
        }
        bool _e199 = local_21;
        if (_e199) {
            metal::uint2 _e205 = target_mass;
            metal::uint2 _e206 = before_1;
            metal::uint2 _e207 = wide_sub(_e205, _e206);
            sample_0_hit = metal::uint3((at_12.lid / 32u) * 16160u, _e207);
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    metal::uint3 hit = sample_0_hit;
    uint hit_end = metal::min(hit.x + 16160u, 129280u);
    uint first_3 = metal::min(hit.x + (at_12.lid * 64u), hit_end);
    uint end_1 = metal::min(first_3 + 64u, hit_end);
    mass_1 = metal::uint2 {};
    i_12 = first_3;
    bool loop_init_15 = true;
    while(true) {
        if (!loop_init_15) {
            uint _e232 = i_12;
            i_12 = _e232 + 1u;
        }
        loop_init_15 = false;
        uint _e226 = i_12;
        if (_e226 < end_1) {
        } else {
            break;
        }
        {
            metal::uint2 _e228 = mass_1;
            uint _e229 = i_12;
            metal::uint2 _e230 = sample_0_measure(f_2, key_5, _e229, logits_0_, _buffer_sizes);
            metal::uint2 _e231 = wide_add(_e228, _e230);
            mass_1 = _e231;
        }
    }
    metal::uint2 _e235 = mass_1;
    metal::uint2 _e236 = sample_0_scan(at_12, _e235, sample_0_masses);
    metal::uint2 left_3 = hit.yz;
    metal::uint2 _e238 = mass_1;
    metal::uint2 _e239 = wide_sub(_e236, _e238);
    before_2 = _e239;
    metal::uint2 _e241 = before_2;
    bool _e242 = wide_less(left_3, _e241);
    if (!(_e242)) {
        bool _e246 = wide_less(left_3, _e236);
        local_22 = _e246;
    } else {
        local_22 = false;
    }
    bool _e248 = local_22;
    if (_e248) {
        i_13 = first_3;
        bool loop_init_16 = true;
        while(true) {
            if (!loop_init_16) {
                uint _e263 = i_13;
                i_13 = _e263 + 1u;
            }
            loop_init_16 = false;
            uint _e250 = i_13;
            if (_e250 < end_1) {
            } else {
                break;
            }
            {
                metal::uint2 _e252 = before_2;
                uint _e253 = i_13;
                metal::uint2 _e254 = sample_0_measure(f_2, key_5, _e253, logits_0_, _buffer_sizes);
                metal::uint2 _e255 = wide_add(_e252, _e254);
                before_2 = _e255;
                metal::uint2 _e256 = before_2;
                bool _e257 = wide_less(left_3, _e256);
                if (_e257) {
                    uint _e259 = i_13;
                    sample_0_hit = metal::uint3(_e259, 0u, 0u);
                    break;
                }
            }
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint _e268 = sample_0_hit.x;
    return _e268;
}

void sample_0_count(
    At at_13,
    sample_0_Filter f_3,
    uint prefix_2,
    uint shift_2,
    uint mask_1,
    device type_2 const& logits_0_,
    threadgroup type_10& sample_0_bins,
    threadgroup type_10& sample_0_carries,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_14 = {};
    uint i_15 = {};
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    i_14 = at_13.lid;
    bool loop_init_17 = true;
    while(true) {
        if (!loop_init_17) {
            uint _e18 = i_14;
            i_14 = _e18 + 256u;
        }
        loop_init_17 = false;
        uint _e7 = i_14;
        if (_e7 < 2048u) {
        } else {
            break;
        }
        {
            uint _e11 = i_14;
            metal::atomic_store_explicit(&sample_0_bins.inner[_e11], 0u, metal::memory_order_relaxed);
            uint _e15 = i_14;
            metal::atomic_store_explicit(&sample_0_carries.inner[_e15], 0u, metal::memory_order_relaxed);
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    i_15 = at_13.lid;
    bool loop_init_18 = true;
    while(true) {
        if (!loop_init_18) {
            uint _e55 = i_15;
            i_15 = _e55 + 256u;
        }
        loop_init_18 = false;
        uint _e23 = i_15;
        if (_e23 < 129280u) {
        } else {
            break;
        }
        {
            uint _e27 = i_15;
            uint _e29 = sample_0_key(f_3.base + _e27, logits_0_, _buffer_sizes);
            uint bin = _e29 >> shift_2;
            if ((bin & ~(mask_1)) == prefix_2) {
                uint _e34 = i_15;
                metal::uint2 _e35 = sample_0_weight(f_3, _e34, logits_0_, _buffer_sizes);
                uint _e40 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[bin & mask_1], _e35.x, metal::memory_order_relaxed);
                uint high_1 = _e35.y + (((_e40 + _e35.x) < _e40) ? 1u : 0u);
                if (high_1 != 0u) {
                    uint _e54 = metal::atomic_fetch_add_explicit(&sample_0_carries.inner[bin & mask_1], high_1, metal::memory_order_relaxed);
                }
            }
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    return;
}

metal::uint2 sample_0_bin_mass(
    uint i_16,
    threadgroup type_10& sample_0_bins,
    threadgroup type_10& sample_0_carries
) {
    uint bin_1 = 2047u - i_16;
    uint _e5 = metal::atomic_load_explicit(&sample_0_bins.inner[bin_1], metal::memory_order_relaxed);
    uint _e8 = metal::atomic_load_explicit(&sample_0_carries.inner[bin_1], metal::memory_order_relaxed);
    return metal::uint2(_e5, _e8);
}

metal::uint3 sample_0_border_bin(
    At at_14,
    metal::uint2 wanted_1,
    uint share,
    threadgroup type_10& sample_0_bins,
    threadgroup type_11& sample_0_masses,
    threadgroup type_10& sample_0_carries,
    threadgroup metal::uint3& sample_0_hit
) {
    metal::uint2 mass_2 = metal::uint2 {};
    uint i_17 = {};
    metal::uint2 left_1 = {};
    bool local_23 = {};
    uint i_18 = {};
    uint first_4 = at_14.lid * 8u;
    uint end_2 = metal::min(first_4 + 8u, 2048u);
    i_17 = first_4;
    bool loop_init_19 = true;
    while(true) {
        if (!loop_init_19) {
            uint _e19 = i_17;
            i_17 = _e19 + 1u;
        }
        loop_init_19 = false;
        uint _e13 = i_17;
        if (_e13 < end_2) {
        } else {
            break;
        }
        {
            metal::uint2 _e15 = mass_2;
            uint _e16 = i_17;
            metal::uint2 _e17 = sample_0_bin_mass(_e16, sample_0_bins, sample_0_carries);
            metal::uint2 _e18 = wide_add(_e15, _e17);
            mass_2 = _e18;
        }
    }
    metal::uint2 _e22 = mass_2;
    metal::uint2 _e23 = sample_0_scan(at_14, _e22, sample_0_masses);
    left_1 = wanted_1;
    if (share != 0u) {
        metal::uint2 _e29 = sample_0_masses.inner[255];
        metal::uint3 _e30 = wide_scale(_e29, share);
        metal::uint2 _e40 = wide_add(_e30.yz, metal::uint2((_e30.x != 0u) ? 1u : 0u, 0u));
        left_1 = _e40;
    }
    metal::uint2 _e41 = mass_2;
    metal::uint2 _e42 = wide_sub(_e23, _e41);
    metal::uint2 _e43 = left_1;
    bool _e44 = wide_less(_e42, _e43);
    if (_e44) {
        metal::uint2 _e47 = left_1;
        bool _e48 = wide_less(_e23, _e47);
        local_23 = !(_e48);
    } else {
        local_23 = false;
    }
    bool _e51 = local_23;
    if (_e51) {
        metal::uint2 _e52 = left_1;
        metal::uint2 _e53 = wide_sub(_e52, _e42);
        left_1 = _e53;
        i_18 = first_4;
        bool loop_init_20 = true;
        while(true) {
            if (!loop_init_20) {
                uint _e70 = i_18;
                i_18 = _e70 + 1u;
            }
            loop_init_20 = false;
            uint _e55 = i_18;
            if (_e55 < end_2) {
            } else {
                break;
            }
            {
                uint _e57 = i_18;
                metal::uint2 _e58 = sample_0_bin_mass(_e57, sample_0_bins, sample_0_carries);
                metal::uint2 _e59 = left_1;
                bool _e60 = wide_less(_e58, _e59);
                if (!(_e60)) {
                    uint _e64 = i_18;
                    metal::uint2 _e66 = left_1;
                    sample_0_hit = metal::uint3(2047u - _e64, _e66);
                    break;
                }
                metal::uint2 _e68 = left_1;
                metal::uint2 _e69 = wide_sub(_e68, _e58);
                left_1 = _e69;
            }
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    metal::uint3 _e74 = sample_0_hit;
    return _e74;
}

metal::uint2 sample_0_border(
    At at_15,
    sample_0_Filter f_4,
    float top_p,
    device type_2 const& logits_0_,
    threadgroup type_10& sample_0_bins,
    threadgroup type_11& sample_0_masses,
    threadgroup type_10& sample_0_carries,
    threadgroup metal::uint3& sample_0_hit,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint n_3 = 0u;
    uint step_1 = 262144u;
    uint share_1 = metal::max(naga_f2u32(top_p * 4294967300.0), 1u);
    sample_0_count(at_15, f_4, 0u, 21u, 2047u, logits_0_, sample_0_bins, sample_0_carries, _buffer_sizes);
    metal::uint3 _e12 = sample_0_border_bin(at_15, metal::uint2 {}, share_1, sample_0_bins, sample_0_masses, sample_0_carries, sample_0_hit);
    sample_0_count(at_15, f_4, _e12.x << 11u, 10u, 2047u, logits_0_, sample_0_bins, sample_0_carries, _buffer_sizes);
    metal::uint3 _e20 = sample_0_border_bin(at_15, _e12.yz, 0u, sample_0_bins, sample_0_masses, sample_0_carries, sample_0_hit);
    uint prefix_3 = (_e12.x << 11u) | _e20.x;
    sample_0_count(at_15, f_4, prefix_3 << 10u, 0u, 1023u, logits_0_, sample_0_bins, sample_0_carries, _buffer_sizes);
    metal::uint3 _e32 = sample_0_border_bin(at_15, _e20.yz, 0u, sample_0_bins, sample_0_masses, sample_0_carries, sample_0_hit);
    uint key_7 = (prefix_3 << 10u) | _e32.x;
    float _e37 = order_number(key_7);
    float _e42 = precise_exp((_e37 - f_4.top) / f_4.temperature);
    metal::uint2 _e43 = sample_0_fixed(_e42);
    bool loop_init_21 = true;
    while(true) {
        if (!loop_init_21) {
            uint _e61 = step_1;
            step_1 = _e61 / 2u;
        }
        loop_init_21 = false;
        uint _e48 = step_1;
        if (_e48 > 0u) {
        } else {
            break;
        }
        {
            uint _e51 = n_3;
            uint _e52 = step_1;
            metal::uint3 _e54 = wide_scale(_e43, _e51 + _e52);
            bool _e57 = wide_less(_e54.xy, _e32.yz);
            if (_e57) {
                uint _e58 = n_3;
                uint _e59 = step_1;
                n_3 = _e58 + _e59;
            }
        }
    }
    uint _e64 = n_3;
    uint _e65 = sample_0_search(at_15, f_4, key_7, _e64, logits_0_, sample_0_masses, sample_0_hit, _buffer_sizes);
    return metal::uint2(key_7, _e65);
}

uint sample_0_choose(
    At at_16,
    uint best_1,
    device type_2 const& logits_0_,
    device type_3 const& draws_1_,
    threadgroup type_8& reduce_words,
    threadgroup type_10& sample_0_bins,
    threadgroup metal::uint3& sample_0_bin,
    threadgroup metal::atomic_uint& sample_0_n_kept,
    threadgroup type_11& sample_0_masses,
    threadgroup type_10& sample_0_carries,
    threadgroup metal::uint3& sample_0_hit,
    constant _mslBufferSizes& _buffer_sizes
) {
    sample_0_Filter f_5 = {};
    bool local_24 = {};
    uint first_5 = at_16.y * 8u;
    metal::uint2 everything = metal::uint2(0u, 4294967295u);
    uint base_3 = at_16.y * 129280u;
    float _e14 = logits_0_[base_3 + best_1];
    uint _e17 = draws_1_[first_5];
    uint _e23 = draws_1_[first_5 + 3u];
    f_5 = sample_0_Filter {base_3, _e14, as_type<float>(_e17), as_type<float>(_e23), everything, everything};
    uint top_k = draws_1_[first_5 + 1u];
    if (top_k > 0u) {
        local_24 = top_k < 129280u;
    } else {
        local_24 = false;
    }
    bool _e39 = local_24;
    if (_e39) {
        metal::uint2 _e41 = sample_0_select(at_16, base_3, 129280u, top_k, logits_0_, reduce_words, sample_0_bins, sample_0_bin, sample_0_n_kept, _buffer_sizes);
        sample_0_Filter _e44 = f_5;
        uint _e49 = sample_0_search(at_16, _e44, _e41.x, _e41.y - 1u, logits_0_, sample_0_masses, sample_0_hit, _buffer_sizes);
        f_5.last_k = metal::uint2(_e41.x, _e49);
    }
    uint _e55 = draws_1_[first_5 + 2u];
    float top_p_1 = as_type<float>(_e55);
    if (top_p_1 < 1.0) {
        sample_0_Filter _e60 = f_5;
        metal::uint2 _e61 = sample_0_border(at_16, _e60, top_p_1, logits_0_, sample_0_bins, sample_0_masses, sample_0_carries, sample_0_hit, _buffer_sizes);
        f_5.last_p = _e61;
    }
    uint _e66 = draws_1_[first_5 + 4u];
    uint _e71 = draws_1_[first_5 + 5u];
    metal::uint2 seed_1 = metal::uint2(_e66, _e71);
    uint _e77 = draws_1_[first_5 + 6u];
    uint _e82 = draws_1_[first_5 + 7u];
    metal::uint2 number_1 = metal::uint2(_e77, _e82);
    sample_0_Filter _e84 = f_5;
    uint _e86 = philox_bits(seed_1, number_1);
    uint _e87 = sample_0_search(at_16, _e84, 0u, _e86, logits_0_, sample_0_masses, sample_0_hit, _buffer_sizes);
    return _e87;
}

void sample_0_(
    At at_17,
    device type_2 const& logits_0_,
    device type_3 const& draws_1_,
    device type_3& ids_2_,
    threadgroup type_8& reduce_words,
    threadgroup type_8& reduce_places,
    threadgroup type_10& sample_0_bins,
    threadgroup metal::uint3& sample_0_bin,
    threadgroup metal::atomic_uint& sample_0_n_kept,
    threadgroup type_11& sample_0_masses,
    threadgroup type_10& sample_0_carries,
    threadgroup metal::uint3& sample_0_hit,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint key_6 = 0u;
    uint place_1 = 4294967295u;
    uint wrong = 0u;
    uint i_19 = {};
    bool local_25 = {};
    bool local_26 = {};
    bool local_27 = {};
    bool local_28 = {};
    bool local_29 = {};
    bool local_30 = {};
    bool local_31 = {};
    bool local_32 = {};
    uint token_3 = {};
    bool local_33 = {};
    uint base_4 = at_17.y * 129280u;
    i_19 = at_17.lid;
    bool loop_init_22 = true;
    while(true) {
        if (!loop_init_22) {
            uint _e223 = i_19;
            i_19 = _e223 + 2048u;
        }
        loop_init_22 = false;
        uint _e12 = i_19;
        if (_e12 < 129280u) {
        } else {
            break;
        }
        {
            uint _e15 = i_19;
            uint i_0_ = metal::min(_e15 + 0u, 129279u);
            float value_0_ = logits_0_[base_4 + i_0_];
            uint _e24 = i_19;
            uint i_1_ = metal::min(_e24 + 256u, 129279u);
            float value_1_ = logits_0_[base_4 + i_1_];
            uint _e33 = i_19;
            uint i_2_ = metal::min(_e33 + 512u, 129279u);
            float value_2_ = logits_0_[base_4 + i_2_];
            uint _e42 = i_19;
            uint i_3_ = metal::min(_e42 + 768u, 129279u);
            float value_3_ = logits_0_[base_4 + i_3_];
            uint _e51 = i_19;
            uint i_4_ = metal::min(_e51 + 1024u, 129279u);
            float value_4_ = logits_0_[base_4 + i_4_];
            uint _e60 = i_19;
            uint i_5_ = metal::min(_e60 + 1280u, 129279u);
            float value_5_ = logits_0_[base_4 + i_5_];
            uint _e69 = i_19;
            uint i_6_ = metal::min(_e69 + 1536u, 129279u);
            float value_6_ = logits_0_[base_4 + i_6_];
            uint _e78 = i_19;
            uint i_7_ = metal::min(_e78 + 1792u, 129279u);
            float value_7_ = logits_0_[base_4 + i_7_];
            {
                uint bits_2 = as_type<uint>(value_0_);
                if (!(((bits_2 & 2147483647u) > 2139095040u))) {
                    local_25 = bits_2 == 2139095040u;
                } else {
                    local_25 = true;
                }
                bool _e98 = local_25;
                if (_e98) {
                    wrong = 1u;
                }
                uint _e100 = order_value(value_0_);
                uint _e101 = key_6;
                if (_e100 > _e101) {
                    uint _e103 = order_value(value_0_);
                    key_6 = _e103;
                    place_1 = i_0_;
                }
            }
            {
                uint bits_3 = as_type<uint>(value_1_);
                if (!(((bits_3 & 2147483647u) > 2139095040u))) {
                    local_26 = bits_3 == 2139095040u;
                } else {
                    local_26 = true;
                }
                bool _e115 = local_26;
                if (_e115) {
                    wrong = 1u;
                }
                uint _e117 = order_value(value_1_);
                uint _e118 = key_6;
                if (_e117 > _e118) {
                    uint _e120 = order_value(value_1_);
                    key_6 = _e120;
                    place_1 = i_1_;
                }
            }
            {
                uint bits_4 = as_type<uint>(value_2_);
                if (!(((bits_4 & 2147483647u) > 2139095040u))) {
                    local_27 = bits_4 == 2139095040u;
                } else {
                    local_27 = true;
                }
                bool _e132 = local_27;
                if (_e132) {
                    wrong = 1u;
                }
                uint _e134 = order_value(value_2_);
                uint _e135 = key_6;
                if (_e134 > _e135) {
                    uint _e137 = order_value(value_2_);
                    key_6 = _e137;
                    place_1 = i_2_;
                }
            }
            {
                uint bits_5 = as_type<uint>(value_3_);
                if (!(((bits_5 & 2147483647u) > 2139095040u))) {
                    local_28 = bits_5 == 2139095040u;
                } else {
                    local_28 = true;
                }
                bool _e149 = local_28;
                if (_e149) {
                    wrong = 1u;
                }
                uint _e151 = order_value(value_3_);
                uint _e152 = key_6;
                if (_e151 > _e152) {
                    uint _e154 = order_value(value_3_);
                    key_6 = _e154;
                    place_1 = i_3_;
                }
            }
            {
                uint bits_6 = as_type<uint>(value_4_);
                if (!(((bits_6 & 2147483647u) > 2139095040u))) {
                    local_29 = bits_6 == 2139095040u;
                } else {
                    local_29 = true;
                }
                bool _e166 = local_29;
                if (_e166) {
                    wrong = 1u;
                }
                uint _e168 = order_value(value_4_);
                uint _e169 = key_6;
                if (_e168 > _e169) {
                    uint _e171 = order_value(value_4_);
                    key_6 = _e171;
                    place_1 = i_4_;
                }
            }
            {
                uint bits_7 = as_type<uint>(value_5_);
                if (!(((bits_7 & 2147483647u) > 2139095040u))) {
                    local_30 = bits_7 == 2139095040u;
                } else {
                    local_30 = true;
                }
                bool _e183 = local_30;
                if (_e183) {
                    wrong = 1u;
                }
                uint _e185 = order_value(value_5_);
                uint _e186 = key_6;
                if (_e185 > _e186) {
                    uint _e188 = order_value(value_5_);
                    key_6 = _e188;
                    place_1 = i_5_;
                }
            }
            {
                uint bits_8 = as_type<uint>(value_6_);
                if (!(((bits_8 & 2147483647u) > 2139095040u))) {
                    local_31 = bits_8 == 2139095040u;
                } else {
                    local_31 = true;
                }
                bool _e200 = local_31;
                if (_e200) {
                    wrong = 1u;
                }
                uint _e202 = order_value(value_6_);
                uint _e203 = key_6;
                if (_e202 > _e203) {
                    uint _e205 = order_value(value_6_);
                    key_6 = _e205;
                    place_1 = i_6_;
                }
            }
            {
                uint bits_9 = as_type<uint>(value_7_);
                if (!(((bits_9 & 2147483647u) > 2139095040u))) {
                    local_32 = bits_9 == 2139095040u;
                } else {
                    local_32 = true;
                }
                bool _e217 = local_32;
                if (_e217) {
                    wrong = 1u;
                }
                uint _e219 = order_value(value_7_);
                uint _e220 = key_6;
                if (_e219 > _e220) {
                    uint _e222 = order_value(value_7_);
                    key_6 = _e222;
                    place_1 = i_7_;
                }
            }
        }
    }
    uint _e226 = wrong;
    uint _e227 = reduce_max_u32_(at_17, _e226, reduce_words);
    wrong = _e227;
    uint _e228 = key_6;
    uint _e229 = place_1;
    uint _e230 = reduce_best(at_17, _e228, _e229, reduce_words, reduce_places);
    token_3 = _e230;
    uint _e233 = token_3;
    float top = logits_0_[base_4 + metal::min(_e233, 129279u)];
    uint _e239 = wrong;
    if (!((_e239 == 1u))) {
        local_33 = as_type<uint>(top) == 4286578688u;
    } else {
        local_33 = true;
    }
    bool _e249 = local_33;
    if (_e249) {
        token_3 = 4294967295u;
    } else {
        uint _e256 = draws_1_[at_17.y * 8u];
        if (as_type<float>(_e256) > 0.0) {
            uint _e260 = token_3;
            uint _e261 = sample_0_choose(at_17, _e260, logits_0_, draws_1_, reduce_words, sample_0_bins, sample_0_bin, sample_0_n_kept, sample_0_masses, sample_0_carries, sample_0_hit, _buffer_sizes);
            token_3 = _e261;
        }
    }
    if (at_17.lid == 0u) {
        uint _e268 = token_3;
        ids_2_[at_17.y] = _e268;
        return;
    } else {
        return;
    }
}

struct sample_fmzccaInput {
};
[[max_total_threads_per_threadgroup(256)]] kernel void sample_fmzcca(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, device type_2 const& logits_0_ [[buffer(0)]]
, device type_3 const& draws_1_ [[buffer(1)]]
, device type_3& ids_2_ [[buffer(2)]]
, threadgroup type_8& reduce_words
, threadgroup type_8& reduce_places
, threadgroup type_10& sample_0_bins
, threadgroup metal::uint3& sample_0_bin
, threadgroup metal::atomic_uint& sample_0_n_kept
, threadgroup type_11& sample_0_masses
, threadgroup type_10& sample_0_carries
, threadgroup metal::uint3& sample_0_hit
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_18 = At {group.x, group.y, lid, lane, sg};
    sample_0_(at_18, logits_0_, draws_1_, ids_2_, reduce_words, reduce_places, sample_0_bins, sample_0_bin, sample_0_n_kept, sample_0_masses, sample_0_carries, sample_0_hit, _buffer_sizes);
    return;
}
