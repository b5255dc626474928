// sample_rxwrzg
//
// sample of sample (MODEL.md 8)
//   template ops/sample, CHUNK = 64, DEPTH = 16, HALF = 448, JT = 32, KG = 2, OUT = 16, ROUNDED = 1, ROWS = 2, RUN = 8, SPLITS = 16, TENSOR = 0, TOKENS = 4, V = 129280
//   w = exp((logits − max) / temperature), of the top_k largest logits, w ≥ min_p and
//   then the largest that reach the share top_p of Σ w; ids[t] = the token that
//   philox(seed, number) · Σ w falls on, or argmax at temperature 0
//
// binding  name  elements  what
// 0  logits_0  f32  [T, 129280], read
// 1  logits_0_v4  vec4<f32>  [T, 129280], read
// 2  draws_1  u32  [T, 8], read
// 3  ids_2  u32  [T], read and written

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
typedef metal::float4 type_4[1];
typedef uint type_5[1];
struct type_10 {
    uint inner[64];
};
struct type_12 {
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
struct type_13 {
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
    threadgroup type_10& reduce_words
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
    threadgroup type_10& reduce_words
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
    threadgroup type_10& reduce_words
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
    threadgroup type_10& reduce_words
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
    threadgroup type_10& reduce_words,
    threadgroup type_10& reduce_places
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
    threadgroup type_10& reduce_words
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
    threadgroup type_12& sample_0_bins
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
    threadgroup type_10& reduce_words,
    threadgroup type_12& sample_0_bins,
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

metal::uint4 sample_0_keys(
    uint i_9,
    device type_4 const& logits_0_v4_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 four = logits_0_v4_[i_9];
    uint _e5 = order_total(four.x);
    uint _e7 = order_total(four.y);
    uint _e9 = order_total(four.z);
    uint _e11 = order_total(four.w);
    return metal::uint4(_e5, _e7, _e9, _e11);
}

void sample_0_tally(
    At at_8,
    uint base,
    uint n,
    uint prefix,
    uint above,
    uint shift,
    uint mask,
    device type_4 const& logits_0_v4_,
    threadgroup type_12& sample_0_bins,
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
    bool local_12 = {};
    bool local_13 = {};
    bool local_14 = {};
    bool local_15 = {};
    bool local_16 = {};
    bool local_17 = {};
    bool local_18 = {};
    bool local_19 = {};
    sample_0_clear(at_8, 2048u, sample_0_bins);
    uint last_1 = (n - 1u) / 4u;
    first = at_8.lid;
    bool loop_init_9 = true;
    while(true) {
        if (!loop_init_9) {
            uint _e244 = first;
            first = _e244 + 512u;
        }
        loop_init_9 = false;
        uint _e14 = first;
        if (_e14 <= last_1) {
        } else {
            break;
        }
        {
            uint _e16 = first;
            metal::uint4 _e21 = sample_0_keys(base + metal::min(_e16 + 0u, last_1), logits_0_v4_, _buffer_sizes);
            uint _e22 = first;
            metal::uint4 _e27 = sample_0_keys(base + metal::min(_e22 + 256u, last_1), logits_0_v4_, _buffer_sizes);
            uint _e29 = first;
            if (((4u * _e29) + 0u) < n) {
                if (!((above == 32u))) {
                    local_5 = (_e21.x >> above) == prefix;
                } else {
                    local_5 = true;
                }
                bool _e45 = local_5;
                local_4 = _e45;
            } else {
                local_4 = false;
            }
            bool _e47 = local_4;
            if (_e47) {
                uint _e54 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e21.x >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e56 = first;
            if (((4u * _e56) + 1u) < n) {
                if (!((above == 32u))) {
                    local_7 = (_e21.y >> above) == prefix;
                } else {
                    local_7 = true;
                }
                bool _e72 = local_7;
                local_6 = _e72;
            } else {
                local_6 = false;
            }
            bool _e74 = local_6;
            if (_e74) {
                uint _e81 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e21.y >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e83 = first;
            if (((4u * _e83) + 2u) < n) {
                if (!((above == 32u))) {
                    local_9 = (_e21.z >> above) == prefix;
                } else {
                    local_9 = true;
                }
                bool _e99 = local_9;
                local_8 = _e99;
            } else {
                local_8 = false;
            }
            bool _e101 = local_8;
            if (_e101) {
                uint _e108 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e21.z >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e110 = first;
            if (((4u * _e110) + 3u) < n) {
                if (!((above == 32u))) {
                    local_11 = (_e21.w >> above) == prefix;
                } else {
                    local_11 = true;
                }
                bool _e126 = local_11;
                local_10 = _e126;
            } else {
                local_10 = false;
            }
            bool _e128 = local_10;
            if (_e128) {
                uint _e135 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e21.w >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e137 = first;
            if (((4u * _e137) + 1024u) < n) {
                if (!((above == 32u))) {
                    local_13 = (_e27.x >> above) == prefix;
                } else {
                    local_13 = true;
                }
                bool _e153 = local_13;
                local_12 = _e153;
            } else {
                local_12 = false;
            }
            bool _e155 = local_12;
            if (_e155) {
                uint _e162 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e27.x >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e164 = first;
            if (((4u * _e164) + 1025u) < n) {
                if (!((above == 32u))) {
                    local_15 = (_e27.y >> above) == prefix;
                } else {
                    local_15 = true;
                }
                bool _e180 = local_15;
                local_14 = _e180;
            } else {
                local_14 = false;
            }
            bool _e182 = local_14;
            if (_e182) {
                uint _e189 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e27.y >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e191 = first;
            if (((4u * _e191) + 1026u) < n) {
                if (!((above == 32u))) {
                    local_17 = (_e27.z >> above) == prefix;
                } else {
                    local_17 = true;
                }
                bool _e207 = local_17;
                local_16 = _e207;
            } else {
                local_16 = false;
            }
            bool _e209 = local_16;
            if (_e209) {
                uint _e216 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e27.z >> shift) & mask], 1u, metal::memory_order_relaxed);
            }
            uint _e218 = first;
            if (((4u * _e218) + 1027u) < n) {
                if (!((above == 32u))) {
                    local_19 = (_e27.w >> above) == prefix;
                } else {
                    local_19 = true;
                }
                bool _e234 = local_19;
                local_18 = _e234;
            } else {
                local_18 = false;
            }
            bool _e236 = local_18;
            if (_e236) {
                uint _e243 = metal::atomic_fetch_add_explicit(&sample_0_bins.inner[(_e27.w >> shift) & mask], 1u, metal::memory_order_relaxed);
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
    device type_4 const& logits_0_v4_,
    threadgroup type_12& sample_0_bins,
    threadgroup metal::atomic_uint& sample_0_n_kept,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint first_1 = {};
    bool local_20 = {};
    bool local_21 = {};
    bool local_22 = {};
    bool local_23 = {};
    bool local_24 = {};
    bool local_25 = {};
    bool local_26 = {};
    bool local_27 = {};
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (at_9.lid == 0u) {
        metal::atomic_store_explicit(&sample_0_n_kept, 0u, metal::memory_order_relaxed);
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint last_2 = (n_1 - 1u) / 4u;
    first_1 = at_9.lid;
    bool loop_init_10 = true;
    while(true) {
        if (!loop_init_10) {
            uint _e205 = first_1;
            first_1 = _e205 + 512u;
        }
        loop_init_10 = false;
        uint _e15 = first_1;
        if (_e15 <= last_2) {
        } else {
            break;
        }
        {
            uint _e17 = first_1;
            metal::uint4 _e22 = sample_0_keys(base_1 + metal::min(_e17 + 0u, last_2), logits_0_v4_, _buffer_sizes);
            uint _e23 = first_1;
            metal::uint4 _e28 = sample_0_keys(base_1 + metal::min(_e23 + 256u, last_2), logits_0_v4_, _buffer_sizes);
            uint _e30 = first_1;
            if (((4u * _e30) + 0u) < n_1) {
                local_20 = (_e22.x >> 21u) == prefix_1;
            } else {
                local_20 = false;
            }
            bool _e42 = local_20;
            if (_e42) {
                uint _e47 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e47], _e22.x, metal::memory_order_relaxed);
            }
            uint _e52 = first_1;
            if (((4u * _e52) + 1u) < n_1) {
                local_21 = (_e22.y >> 21u) == prefix_1;
            } else {
                local_21 = false;
            }
            bool _e64 = local_21;
            if (_e64) {
                uint _e69 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e69], _e22.y, metal::memory_order_relaxed);
            }
            uint _e74 = first_1;
            if (((4u * _e74) + 2u) < n_1) {
                local_22 = (_e22.z >> 21u) == prefix_1;
            } else {
                local_22 = false;
            }
            bool _e86 = local_22;
            if (_e86) {
                uint _e91 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e91], _e22.z, metal::memory_order_relaxed);
            }
            uint _e96 = first_1;
            if (((4u * _e96) + 3u) < n_1) {
                local_23 = (_e22.w >> 21u) == prefix_1;
            } else {
                local_23 = false;
            }
            bool _e108 = local_23;
            if (_e108) {
                uint _e113 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e113], _e22.w, metal::memory_order_relaxed);
            }
            uint _e118 = first_1;
            if (((4u * _e118) + 1024u) < n_1) {
                local_24 = (_e28.x >> 21u) == prefix_1;
            } else {
                local_24 = false;
            }
            bool _e130 = local_24;
            if (_e130) {
                uint _e135 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e135], _e28.x, metal::memory_order_relaxed);
            }
            uint _e140 = first_1;
            if (((4u * _e140) + 1025u) < n_1) {
                local_25 = (_e28.y >> 21u) == prefix_1;
            } else {
                local_25 = false;
            }
            bool _e152 = local_25;
            if (_e152) {
                uint _e157 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e157], _e28.y, metal::memory_order_relaxed);
            }
            uint _e162 = first_1;
            if (((4u * _e162) + 1026u) < n_1) {
                local_26 = (_e28.z >> 21u) == prefix_1;
            } else {
                local_26 = false;
            }
            bool _e174 = local_26;
            if (_e174) {
                uint _e179 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e179], _e28.z, metal::memory_order_relaxed);
            }
            uint _e184 = first_1;
            if (((4u * _e184) + 1027u) < n_1) {
                local_27 = (_e28.w >> 21u) == prefix_1;
            } else {
                local_27 = false;
            }
            bool _e196 = local_27;
            if (_e196) {
                uint _e201 = metal::atomic_fetch_add_explicit(&sample_0_n_kept, 1u, metal::memory_order_relaxed);
                metal::atomic_store_explicit(&sample_0_bins.inner[1024u + _e201], _e28.w, metal::memory_order_relaxed);
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
    device type_4 const& logits_0_v4_,
    threadgroup type_10& reduce_words,
    threadgroup type_12& sample_0_bins,
    threadgroup metal::uint3& sample_0_bin,
    threadgroup metal::atomic_uint& sample_0_n_kept,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint3 found_1 = {};
    uint key_2 = {};
    bool local_28 = {};
    uint shift_1 = 14u;
    uint i_10 = {};
    sample_0_tally(at_10, base_2, n_2, 0u, 32u, 21u, 2047u, logits_0_v4_, sample_0_bins, _buffer_sizes);
    metal::uint3 _e9 = sample_0_find(at_10, 2048u, rank_1, reduce_words, sample_0_bins, sample_0_bin);
    found_1 = _e9;
    uint _e12 = found_1.x;
    key_2 = _e12;
    if (!((n_2 < 4096u))) {
        uint _e20 = found_1.z;
        local_28 = _e20 > 1024u;
    } else {
        local_28 = true;
    }
    bool _e24 = local_28;
    if (_e24) {
        uint _e25 = key_2;
        sample_0_tally(at_10, base_2, n_2, _e25, 21u, 10u, 2047u, logits_0_v4_, sample_0_bins, _buffer_sizes);
        uint _e31 = found_1.y;
        metal::uint3 _e32 = sample_0_find(at_10, 2048u, _e31, reduce_words, sample_0_bins, sample_0_bin);
        found_1 = _e32;
        uint _e33 = key_2;
        uint _e37 = found_1.x;
        key_2 = (_e33 << 11u) | _e37;
        uint _e39 = key_2;
        sample_0_tally(at_10, base_2, n_2, _e39, 10u, 0u, 1023u, logits_0_v4_, sample_0_bins, _buffer_sizes);
        uint _e45 = found_1.y;
        metal::uint3 _e46 = sample_0_find(at_10, 1024u, _e45, reduce_words, sample_0_bins, sample_0_bin);
        found_1 = _e46;
        uint _e47 = key_2;
        uint _e51 = found_1.x;
        key_2 = (_e47 << 10u) | _e51;
    } else {
        uint n_kept = found_1.z;
        uint _e55 = key_2;
        sample_0_keep(at_10, base_2, n_2, _e55, logits_0_v4_, sample_0_bins, sample_0_n_kept, _buffer_sizes);
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

uint sample_0_key(
    uint i_11,
    device type_2 const& logits_0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    float _e3 = logits_0_[i_11];
    uint _e4 = order_total(_e3);
    return _e4;
}

bool sample_0_ranks(
    uint key_3,
    uint token,
    metal::uint2 last
) {
    bool local_29 = {};
    bool local_30 = {};
    if (!((key_3 > last.x))) {
        if (key_3 == last.x) {
            local_30 = token <= last.y;
        } else {
            local_30 = false;
        }
        bool _e15 = local_30;
        local_29 = _e15;
    } else {
        local_29 = true;
    }
    bool _e17 = local_29;
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
    bool local_31 = {};
    bool local_32 = {};
    float value_2 = logits_0_[f.base + token_1];
    uint _e7 = order_total(value_2);
    float _e12 = precise_exp((value_2 - f.top) / f.temperature);
    if (_e12 >= f.share) {
        bool _e18 = sample_0_ranks(_e7, token_1, f.last_k);
        local_31 = _e18;
    } else {
        local_31 = false;
    }
    bool _e20 = local_31;
    if (_e20) {
        bool _e24 = sample_0_ranks(_e7, token_1, f.last_p);
        local_32 = _e24;
    } else {
        local_32 = false;
    }
    bool kept_1 = local_32;
    metal::uint2 _e29 = sample_0_fixed(kept_1 ? _e12 : 0.0);
    return _e29;
}

metal::uint2 sample_0_scan(
    At at_11,
    metal::uint2 mass,
    threadgroup type_13& sample_0_masses
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
    threadgroup type_13& sample_0_masses,
    threadgroup metal::uint3& sample_0_hit,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint2 mass_1 = metal::uint2 {};
    uint i_12 = {};
    metal::uint2 target_mass = {};
    metal::uint2 before_1 = metal::uint2 {};
    bool local_33 = {};
    uint i_13 = {};
    metal::uint2 before_2 = {};
    bool local_34 = {};
    uint i_14 = {};
    uint group_1 = (at_12.lid / 32u) * 16160u;
    uint group_end = metal::min(group_1 + 16160u, 129280u);
    i_12 = group_1 + (at_12.lid % 32u);
    bool loop_init_14 = true;
    while(true) {
        if (!loop_init_14) {
            uint _e141 = i_12;
            i_12 = _e141 + 256u;
        }
        loop_init_14 = false;
        uint _e19 = i_12;
        if (_e19 < group_end) {
        } else {
            break;
        }
        {
            uint _e21 = i_12;
            metal::uint2 _e27 = sample_0_measure(f_2, key_5, metal::min(_e21 + 0u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e28 = i_12;
            metal::uint2 _e34 = sample_0_measure(f_2, key_5, metal::min(_e28 + 32u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e35 = i_12;
            metal::uint2 _e41 = sample_0_measure(f_2, key_5, metal::min(_e35 + 64u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e42 = i_12;
            metal::uint2 _e48 = sample_0_measure(f_2, key_5, metal::min(_e42 + 96u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e49 = i_12;
            metal::uint2 _e55 = sample_0_measure(f_2, key_5, metal::min(_e49 + 128u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e56 = i_12;
            metal::uint2 _e62 = sample_0_measure(f_2, key_5, metal::min(_e56 + 160u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e63 = i_12;
            metal::uint2 _e69 = sample_0_measure(f_2, key_5, metal::min(_e63 + 192u, group_end - 1u), logits_0_, _buffer_sizes);
            uint _e70 = i_12;
            metal::uint2 _e76 = sample_0_measure(f_2, key_5, metal::min(_e70 + 224u, group_end - 1u), logits_0_, _buffer_sizes);
            metal::uint2 _e77 = mass_1;
            uint _e79 = i_12;
            metal::uint2 _e84 = wide_add(_e77, ((_e79 + 0u) < group_end) ? _e27 : metal::uint2 {});
            mass_1 = _e84;
            metal::uint2 _e85 = mass_1;
            uint _e87 = i_12;
            metal::uint2 _e92 = wide_add(_e85, ((_e87 + 32u) < group_end) ? _e34 : metal::uint2 {});
            mass_1 = _e92;
            metal::uint2 _e93 = mass_1;
            uint _e95 = i_12;
            metal::uint2 _e100 = wide_add(_e93, ((_e95 + 64u) < group_end) ? _e41 : metal::uint2 {});
            mass_1 = _e100;
            metal::uint2 _e101 = mass_1;
            uint _e103 = i_12;
            metal::uint2 _e108 = wide_add(_e101, ((_e103 + 96u) < group_end) ? _e48 : metal::uint2 {});
            mass_1 = _e108;
            metal::uint2 _e109 = mass_1;
            uint _e111 = i_12;
            metal::uint2 _e116 = wide_add(_e109, ((_e111 + 128u) < group_end) ? _e55 : metal::uint2 {});
            mass_1 = _e116;
            metal::uint2 _e117 = mass_1;
            uint _e119 = i_12;
            metal::uint2 _e124 = wide_add(_e117, ((_e119 + 160u) < group_end) ? _e62 : metal::uint2 {});
            mass_1 = _e124;
            metal::uint2 _e125 = mass_1;
            uint _e127 = i_12;
            metal::uint2 _e132 = wide_add(_e125, ((_e127 + 192u) < group_end) ? _e69 : metal::uint2 {});
            mass_1 = _e132;
            metal::uint2 _e133 = mass_1;
            uint _e135 = i_12;
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
            local_33 = _e197;
        } else {
            local_33 = false;
        }
        bool _e199 = local_33;
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
    i_13 = first_3;
    bool loop_init_15 = true;
    while(true) {
        if (!loop_init_15) {
            uint _e232 = i_13;
            i_13 = _e232 + 1u;
        }
        loop_init_15 = false;
        uint _e226 = i_13;
        if (_e226 < end_1) {
        } else {
            break;
        }
        {
            metal::uint2 _e228 = mass_1;
            uint _e229 = i_13;
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
        local_34 = _e246;
    } else {
        local_34 = false;
    }
    bool _e248 = local_34;
    if (_e248) {
        i_14 = first_3;
        bool loop_init_16 = true;
        while(true) {
            if (!loop_init_16) {
                uint _e263 = i_14;
                i_14 = _e263 + 1u;
            }
            loop_init_16 = false;
            uint _e250 = i_14;
            if (_e250 < end_1) {
            } else {
                break;
            }
            {
                metal::uint2 _e252 = before_2;
                uint _e253 = i_14;
                metal::uint2 _e254 = sample_0_measure(f_2, key_5, _e253, logits_0_, _buffer_sizes);
                metal::uint2 _e255 = wide_add(_e252, _e254);
                before_2 = _e255;
                metal::uint2 _e256 = before_2;
                bool _e257 = wide_less(left_3, _e256);
                if (_e257) {
                    uint _e259 = i_14;
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
    threadgroup type_12& sample_0_bins,
    threadgroup type_12& sample_0_carries,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_15 = {};
    uint i_16 = {};
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    i_15 = at_13.lid;
    bool loop_init_17 = true;
    while(true) {
        if (!loop_init_17) {
            uint _e18 = i_15;
            i_15 = _e18 + 256u;
        }
        loop_init_17 = false;
        uint _e7 = i_15;
        if (_e7 < 2048u) {
        } else {
            break;
        }
        {
            uint _e11 = i_15;
            metal::atomic_store_explicit(&sample_0_bins.inner[_e11], 0u, metal::memory_order_relaxed);
            uint _e15 = i_15;
            metal::atomic_store_explicit(&sample_0_carries.inner[_e15], 0u, metal::memory_order_relaxed);
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    i_16 = at_13.lid;
    bool loop_init_18 = true;
    while(true) {
        if (!loop_init_18) {
            uint _e55 = i_16;
            i_16 = _e55 + 256u;
        }
        loop_init_18 = false;
        uint _e23 = i_16;
        if (_e23 < 129280u) {
        } else {
            break;
        }
        {
            uint _e27 = i_16;
            uint _e29 = sample_0_key(f_3.base + _e27, logits_0_, _buffer_sizes);
            uint bin = _e29 >> shift_2;
            if ((bin & ~(mask_1)) == prefix_2) {
                uint _e34 = i_16;
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
    uint i_17,
    threadgroup type_12& sample_0_bins,
    threadgroup type_12& sample_0_carries
) {
    uint bin_1 = 2047u - i_17;
    uint _e5 = metal::atomic_load_explicit(&sample_0_bins.inner[bin_1], metal::memory_order_relaxed);
    uint _e8 = metal::atomic_load_explicit(&sample_0_carries.inner[bin_1], metal::memory_order_relaxed);
    return metal::uint2(_e5, _e8);
}

metal::uint3 sample_0_border_bin(
    At at_14,
    metal::uint2 wanted_1,
    uint share,
    threadgroup type_12& sample_0_bins,
    threadgroup type_13& sample_0_masses,
    threadgroup type_12& sample_0_carries,
    threadgroup metal::uint3& sample_0_hit
) {
    metal::uint2 mass_2 = metal::uint2 {};
    uint i_18 = {};
    metal::uint2 left_1 = {};
    bool local_35 = {};
    uint i_19 = {};
    uint first_4 = at_14.lid * 8u;
    uint end_2 = metal::min(first_4 + 8u, 2048u);
    i_18 = first_4;
    bool loop_init_19 = true;
    while(true) {
        if (!loop_init_19) {
            uint _e19 = i_18;
            i_18 = _e19 + 1u;
        }
        loop_init_19 = false;
        uint _e13 = i_18;
        if (_e13 < end_2) {
        } else {
            break;
        }
        {
            metal::uint2 _e15 = mass_2;
            uint _e16 = i_18;
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
        local_35 = !(_e48);
    } else {
        local_35 = false;
    }
    bool _e51 = local_35;
    if (_e51) {
        metal::uint2 _e52 = left_1;
        metal::uint2 _e53 = wide_sub(_e52, _e42);
        left_1 = _e53;
        i_19 = first_4;
        bool loop_init_20 = true;
        while(true) {
            if (!loop_init_20) {
                uint _e70 = i_19;
                i_19 = _e70 + 1u;
            }
            loop_init_20 = false;
            uint _e55 = i_19;
            if (_e55 < end_2) {
            } else {
                break;
            }
            {
                uint _e57 = i_19;
                metal::uint2 _e58 = sample_0_bin_mass(_e57, sample_0_bins, sample_0_carries);
                metal::uint2 _e59 = left_1;
                bool _e60 = wide_less(_e58, _e59);
                if (!(_e60)) {
                    uint _e64 = i_19;
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
    threadgroup type_12& sample_0_bins,
    threadgroup type_13& sample_0_masses,
    threadgroup type_12& sample_0_carries,
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
    device type_4 const& logits_0_v4_,
    device type_5 const& draws_1_,
    threadgroup type_10& reduce_words,
    threadgroup type_12& sample_0_bins,
    threadgroup metal::uint3& sample_0_bin,
    threadgroup metal::atomic_uint& sample_0_n_kept,
    threadgroup type_13& sample_0_masses,
    threadgroup type_12& sample_0_carries,
    threadgroup metal::uint3& sample_0_hit,
    constant _mslBufferSizes& _buffer_sizes
) {
    sample_0_Filter f_5 = {};
    bool local_36 = {};
    uint first_5 = at_16.y * 8u;
    metal::uint2 everything = metal::uint2(0u, 4294967295u);
    uint base_3 = at_16.y * 129280u;
    float _e14 = logits_0_[base_3 + best_1];
    uint _e17 = draws_1_[first_5];
    uint _e23 = draws_1_[first_5 + 3u];
    f_5 = sample_0_Filter {base_3, _e14, as_type<float>(_e17), as_type<float>(_e23), everything, everything};
    uint top_k = draws_1_[first_5 + 1u];
    if (top_k > 0u) {
        local_36 = top_k < 129280u;
    } else {
        local_36 = false;
    }
    bool _e39 = local_36;
    if (_e39) {
        metal::uint2 _e43 = sample_0_select(at_16, base_3 / 4u, 129280u, top_k, logits_0_v4_, reduce_words, sample_0_bins, sample_0_bin, sample_0_n_kept, _buffer_sizes);
        sample_0_Filter _e46 = f_5;
        uint _e51 = sample_0_search(at_16, _e46, _e43.x, _e43.y - 1u, logits_0_, sample_0_masses, sample_0_hit, _buffer_sizes);
        f_5.last_k = metal::uint2(_e43.x, _e51);
    }
    uint _e57 = draws_1_[first_5 + 2u];
    float top_p_1 = as_type<float>(_e57);
    if (top_p_1 < 1.0) {
        sample_0_Filter _e62 = f_5;
        metal::uint2 _e63 = sample_0_border(at_16, _e62, top_p_1, logits_0_, sample_0_bins, sample_0_masses, sample_0_carries, sample_0_hit, _buffer_sizes);
        f_5.last_p = _e63;
    }
    uint _e68 = draws_1_[first_5 + 4u];
    uint _e73 = draws_1_[first_5 + 5u];
    metal::uint2 seed_1 = metal::uint2(_e68, _e73);
    uint _e79 = draws_1_[first_5 + 6u];
    uint _e84 = draws_1_[first_5 + 7u];
    metal::uint2 number_1 = metal::uint2(_e79, _e84);
    sample_0_Filter _e86 = f_5;
    uint _e88 = philox_bits(seed_1, number_1);
    uint _e89 = sample_0_search(at_16, _e86, 0u, _e88, logits_0_, sample_0_masses, sample_0_hit, _buffer_sizes);
    return _e89;
}

void sample_0_(
    At at_17,
    device type_2 const& logits_0_,
    device type_4 const& logits_0_v4_,
    device type_5 const& draws_1_,
    device type_5& ids_2_,
    threadgroup type_10& reduce_words,
    threadgroup type_10& reduce_places,
    threadgroup type_12& sample_0_bins,
    threadgroup metal::uint3& sample_0_bin,
    threadgroup metal::atomic_uint& sample_0_n_kept,
    threadgroup type_13& sample_0_masses,
    threadgroup type_12& sample_0_carries,
    threadgroup metal::uint3& sample_0_hit,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint key_6 = 0u;
    uint place_1 = 4294967295u;
    uint wrong = 0u;
    uint i_20 = {};
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
    uint token_3 = {};
    bool local_53 = {};
    uint base_4 = at_17.y * 129280u;
    i_20 = at_17.lid;
    bool loop_init_22 = true;
    while(true) {
        if (!loop_init_22) {
            uint _e443 = i_20;
            i_20 = _e443 + 1024u;
        }
        loop_init_22 = false;
        uint _e12 = i_20;
        if (_e12 < 32320u) {
        } else {
            break;
        }
        {
            uint _e15 = i_20;
            uint i_0_ = metal::min(_e15 + 0u, 32319u);
            metal::float4 four_0_ = logits_0_v4_[(base_4 / 4u) + i_0_];
            uint _e26 = i_20;
            uint i_1_ = metal::min(_e26 + 256u, 32319u);
            metal::float4 four_1_ = logits_0_v4_[(base_4 / 4u) + i_1_];
            uint _e37 = i_20;
            uint i_2_ = metal::min(_e37 + 512u, 32319u);
            metal::float4 four_2_ = logits_0_v4_[(base_4 / 4u) + i_2_];
            uint _e48 = i_20;
            uint i_3_ = metal::min(_e48 + 768u, 32319u);
            metal::float4 four_3_ = logits_0_v4_[(base_4 / 4u) + i_3_];
            {
                uint bits_2 = as_type<uint>(four_0_.x);
                if (!(((bits_2 & 2147483647u) > 2139095040u))) {
                    local_37 = bits_2 == 2139095040u;
                } else {
                    local_37 = true;
                }
                bool _e71 = local_37;
                if (_e71) {
                    wrong = 1u;
                }
                uint _e74 = order_value(four_0_.x);
                uint _e75 = key_6;
                if (_e74 > _e75) {
                    uint _e78 = order_value(four_0_.x);
                    key_6 = _e78;
                    place_1 = (4u * i_0_) + 0u;
                }
            }
            {
                uint bits_3 = as_type<uint>(four_0_.y);
                if (!(((bits_3 & 2147483647u) > 2139095040u))) {
                    local_38 = bits_3 == 2139095040u;
                } else {
                    local_38 = true;
                }
                bool _e95 = local_38;
                if (_e95) {
                    wrong = 1u;
                }
                uint _e98 = order_value(four_0_.y);
                uint _e99 = key_6;
                if (_e98 > _e99) {
                    uint _e102 = order_value(four_0_.y);
                    key_6 = _e102;
                    place_1 = (4u * i_0_) + 1u;
                }
            }
            {
                uint bits_4 = as_type<uint>(four_0_.z);
                if (!(((bits_4 & 2147483647u) > 2139095040u))) {
                    local_39 = bits_4 == 2139095040u;
                } else {
                    local_39 = true;
                }
                bool _e119 = local_39;
                if (_e119) {
                    wrong = 1u;
                }
                uint _e122 = order_value(four_0_.z);
                uint _e123 = key_6;
                if (_e122 > _e123) {
                    uint _e126 = order_value(four_0_.z);
                    key_6 = _e126;
                    place_1 = (4u * i_0_) + 2u;
                }
            }
            {
                uint bits_5 = as_type<uint>(four_0_.w);
                if (!(((bits_5 & 2147483647u) > 2139095040u))) {
                    local_40 = bits_5 == 2139095040u;
                } else {
                    local_40 = true;
                }
                bool _e143 = local_40;
                if (_e143) {
                    wrong = 1u;
                }
                uint _e146 = order_value(four_0_.w);
                uint _e147 = key_6;
                if (_e146 > _e147) {
                    uint _e150 = order_value(four_0_.w);
                    key_6 = _e150;
                    place_1 = (4u * i_0_) + 3u;
                }
            }
            {
                uint bits_6 = as_type<uint>(four_1_.x);
                if (!(((bits_6 & 2147483647u) > 2139095040u))) {
                    local_41 = bits_6 == 2139095040u;
                } else {
                    local_41 = true;
                }
                bool _e167 = local_41;
                if (_e167) {
                    wrong = 1u;
                }
                uint _e170 = order_value(four_1_.x);
                uint _e171 = key_6;
                if (_e170 > _e171) {
                    uint _e174 = order_value(four_1_.x);
                    key_6 = _e174;
                    place_1 = (4u * i_1_) + 0u;
                }
            }
            {
                uint bits_7 = as_type<uint>(four_1_.y);
                if (!(((bits_7 & 2147483647u) > 2139095040u))) {
                    local_42 = bits_7 == 2139095040u;
                } else {
                    local_42 = true;
                }
                bool _e191 = local_42;
                if (_e191) {
                    wrong = 1u;
                }
                uint _e194 = order_value(four_1_.y);
                uint _e195 = key_6;
                if (_e194 > _e195) {
                    uint _e198 = order_value(four_1_.y);
                    key_6 = _e198;
                    place_1 = (4u * i_1_) + 1u;
                }
            }
            {
                uint bits_8 = as_type<uint>(four_1_.z);
                if (!(((bits_8 & 2147483647u) > 2139095040u))) {
                    local_43 = bits_8 == 2139095040u;
                } else {
                    local_43 = true;
                }
                bool _e215 = local_43;
                if (_e215) {
                    wrong = 1u;
                }
                uint _e218 = order_value(four_1_.z);
                uint _e219 = key_6;
                if (_e218 > _e219) {
                    uint _e222 = order_value(four_1_.z);
                    key_6 = _e222;
                    place_1 = (4u * i_1_) + 2u;
                }
            }
            {
                uint bits_9 = as_type<uint>(four_1_.w);
                if (!(((bits_9 & 2147483647u) > 2139095040u))) {
                    local_44 = bits_9 == 2139095040u;
                } else {
                    local_44 = true;
                }
                bool _e239 = local_44;
                if (_e239) {
                    wrong = 1u;
                }
                uint _e242 = order_value(four_1_.w);
                uint _e243 = key_6;
                if (_e242 > _e243) {
                    uint _e246 = order_value(four_1_.w);
                    key_6 = _e246;
                    place_1 = (4u * i_1_) + 3u;
                }
            }
            {
                uint bits_10 = as_type<uint>(four_2_.x);
                if (!(((bits_10 & 2147483647u) > 2139095040u))) {
                    local_45 = bits_10 == 2139095040u;
                } else {
                    local_45 = true;
                }
                bool _e263 = local_45;
                if (_e263) {
                    wrong = 1u;
                }
                uint _e266 = order_value(four_2_.x);
                uint _e267 = key_6;
                if (_e266 > _e267) {
                    uint _e270 = order_value(four_2_.x);
                    key_6 = _e270;
                    place_1 = (4u * i_2_) + 0u;
                }
            }
            {
                uint bits_11 = as_type<uint>(four_2_.y);
                if (!(((bits_11 & 2147483647u) > 2139095040u))) {
                    local_46 = bits_11 == 2139095040u;
                } else {
                    local_46 = true;
                }
                bool _e287 = local_46;
                if (_e287) {
                    wrong = 1u;
                }
                uint _e290 = order_value(four_2_.y);
                uint _e291 = key_6;
                if (_e290 > _e291) {
                    uint _e294 = order_value(four_2_.y);
                    key_6 = _e294;
                    place_1 = (4u * i_2_) + 1u;
                }
            }
            {
                uint bits_12 = as_type<uint>(four_2_.z);
                if (!(((bits_12 & 2147483647u) > 2139095040u))) {
                    local_47 = bits_12 == 2139095040u;
                } else {
                    local_47 = true;
                }
                bool _e311 = local_47;
                if (_e311) {
                    wrong = 1u;
                }
                uint _e314 = order_value(four_2_.z);
                uint _e315 = key_6;
                if (_e314 > _e315) {
                    uint _e318 = order_value(four_2_.z);
                    key_6 = _e318;
                    place_1 = (4u * i_2_) + 2u;
                }
            }
            {
                uint bits_13 = as_type<uint>(four_2_.w);
                if (!(((bits_13 & 2147483647u) > 2139095040u))) {
                    local_48 = bits_13 == 2139095040u;
                } else {
                    local_48 = true;
                }
                bool _e335 = local_48;
                if (_e335) {
                    wrong = 1u;
                }
                uint _e338 = order_value(four_2_.w);
                uint _e339 = key_6;
                if (_e338 > _e339) {
                    uint _e342 = order_value(four_2_.w);
                    key_6 = _e342;
                    place_1 = (4u * i_2_) + 3u;
                }
            }
            {
                uint bits_14 = as_type<uint>(four_3_.x);
                if (!(((bits_14 & 2147483647u) > 2139095040u))) {
                    local_49 = bits_14 == 2139095040u;
                } else {
                    local_49 = true;
                }
                bool _e359 = local_49;
                if (_e359) {
                    wrong = 1u;
                }
                uint _e362 = order_value(four_3_.x);
                uint _e363 = key_6;
                if (_e362 > _e363) {
                    uint _e366 = order_value(four_3_.x);
                    key_6 = _e366;
                    place_1 = (4u * i_3_) + 0u;
                }
            }
            {
                uint bits_15 = as_type<uint>(four_3_.y);
                if (!(((bits_15 & 2147483647u) > 2139095040u))) {
                    local_50 = bits_15 == 2139095040u;
                } else {
                    local_50 = true;
                }
                bool _e383 = local_50;
                if (_e383) {
                    wrong = 1u;
                }
                uint _e386 = order_value(four_3_.y);
                uint _e387 = key_6;
                if (_e386 > _e387) {
                    uint _e390 = order_value(four_3_.y);
                    key_6 = _e390;
                    place_1 = (4u * i_3_) + 1u;
                }
            }
            {
                uint bits_16 = as_type<uint>(four_3_.z);
                if (!(((bits_16 & 2147483647u) > 2139095040u))) {
                    local_51 = bits_16 == 2139095040u;
                } else {
                    local_51 = true;
                }
                bool _e407 = local_51;
                if (_e407) {
                    wrong = 1u;
                }
                uint _e410 = order_value(four_3_.z);
                uint _e411 = key_6;
                if (_e410 > _e411) {
                    uint _e414 = order_value(four_3_.z);
                    key_6 = _e414;
                    place_1 = (4u * i_3_) + 2u;
                }
            }
            {
                uint bits_17 = as_type<uint>(four_3_.w);
                if (!(((bits_17 & 2147483647u) > 2139095040u))) {
                    local_52 = bits_17 == 2139095040u;
                } else {
                    local_52 = true;
                }
                bool _e431 = local_52;
                if (_e431) {
                    wrong = 1u;
                }
                uint _e434 = order_value(four_3_.w);
                uint _e435 = key_6;
                if (_e434 > _e435) {
                    uint _e438 = order_value(four_3_.w);
                    key_6 = _e438;
                    place_1 = (4u * i_3_) + 3u;
                }
            }
        }
    }
    uint _e446 = wrong;
    uint _e447 = reduce_max_u32_(at_17, _e446, reduce_words);
    wrong = _e447;
    uint _e448 = key_6;
    uint _e449 = place_1;
    uint _e450 = reduce_best(at_17, _e448, _e449, reduce_words, reduce_places);
    token_3 = _e450;
    uint _e453 = token_3;
    float top = logits_0_[base_4 + metal::min(_e453, 129279u)];
    uint _e459 = wrong;
    if (!((_e459 == 1u))) {
        local_53 = as_type<uint>(top) == 4286578688u;
    } else {
        local_53 = true;
    }
    bool _e469 = local_53;
    if (_e469) {
        token_3 = 4294967295u;
    } else {
        uint _e476 = draws_1_[at_17.y * 8u];
        if (as_type<float>(_e476) > 0.0) {
            uint _e480 = token_3;
            uint _e481 = sample_0_choose(at_17, _e480, logits_0_, logits_0_v4_, draws_1_, reduce_words, sample_0_bins, sample_0_bin, sample_0_n_kept, sample_0_masses, sample_0_carries, sample_0_hit, _buffer_sizes);
            token_3 = _e481;
        }
    }
    if (at_17.lid == 0u) {
        uint _e488 = token_3;
        ids_2_[at_17.y] = _e488;
        return;
    } else {
        return;
    }
}

struct sample_rxwrzgInput {
};
[[max_total_threads_per_threadgroup(256)]] kernel void sample_rxwrzg(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, device type_2 const& logits_0_ [[buffer(0)]]
, device type_4 const& logits_0_v4_ [[buffer(1)]]
, device type_5 const& draws_1_ [[buffer(2)]]
, device type_5& ids_2_ [[buffer(3)]]
, threadgroup type_10& reduce_words
, threadgroup type_10& reduce_places
, threadgroup type_12& sample_0_bins
, threadgroup metal::uint3& sample_0_bin
, threadgroup metal::atomic_uint& sample_0_n_kept
, threadgroup type_13& sample_0_masses
, threadgroup type_12& sample_0_carries
, threadgroup metal::uint3& sample_0_hit
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_18 = At {group.x, group.y, lid, lane, sg};
    sample_0_(at_18, logits_0_, logits_0_v4_, draws_1_, ids_2_, reduce_words, reduce_places, sample_0_bins, sample_0_bin, sample_0_n_kept, sample_0_masses, sample_0_carries, sample_0_hit, _buffer_sizes);
    return;
}
