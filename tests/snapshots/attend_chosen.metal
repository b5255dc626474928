// attend_chosen_gbqcab
//
// attend_chosen of attend_chosen (MODEL.md 2.5, 2.8)
//   template ops/attend, D = 512, DEPTH = 16, H = 64, HALF = 0, HEADS = 8, JT = 32, K = 512, KG = 2, OUT = 64, P = 64, ROUNDED = 0, ROWS = 2, RUN = 4, TENSOR = 0, TOKENS = 64, W = 128
//   as attend_window, with the compressed rows chosen[t] added
//
// binding  name  elements  what
// 0  q_0_v4  vec4<f32>  [T, 64, 512], read
// 1  kv_1_v4  vec4<f32>  [T, 1, 512], read
// 2  state_v4  vec4<f32>  state of all sessions, read
// 3  pages_v4  vec4<f32>  pages of all sessions, read
// 4  chosen_4  u32  [T, 512], read
// 5  sinks_5  f32  [64], read
// 6  out_6_v4  vec4<f32>  [T, 64, 512], read and written
// 7  rows  vec4<u32>  rows of the step, read
// 8  page_table  u32  pages of the sessions, read

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
    uint at0_;
    uint at1_;
};
typedef metal::float4 type_3[1];
typedef uint type_4[1];
typedef float type_5[1];
typedef metal::uint4 type_7[1];
struct type_8 {
    metal::float4 inner[680];
};
struct type_10 {
    metal::uint2 inner[32];
};
struct type_11 {
    uint inner[32];
};
struct type_13 {
    metal::float4 inner[64];
};
struct type_14 {
    float inner[8];
};
struct type_16 {
    metal::float2 inner[8];
};
constant float attend_chosen_0_LOWEST = -300000000000000000000000000000000000000.0;

metal::float4 attend_chosen_0_cached(
    uint row,
    uint i,
    device type_3 const& pages_v4_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 _e5 = pages_v4_[row + i];
    return _e5;
}

metal::float4 attend_chosen_0_raw(
    metal::uint2 place,
    uint i_1,
    device type_3 const& kv_1_v4_,
    device type_3 const& state_v4_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 value = metal::float4 {};
    if (place.x == 1u) {
        metal::float4 _e11 = kv_1_v4_[place.y + i_1];
        value = _e11;
    } else {
        if (place.x == 2u) {
            metal::float4 _e19 = state_v4_[place.y + i_1];
            value = _e19;
        }
    }
    metal::float4 _e20 = value;
    return _e20;
}

metal::float4 attend_chosen_0_value(
    metal::uint2 place_1,
    uint i_2,
    device type_3 const& kv_1_v4_,
    device type_3 const& state_v4_,
    device type_3 const& pages_v4_,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (place_1.x == 3u) {
        metal::float4 _e6 = attend_chosen_0_cached(place_1.y, i_2, pages_v4_, _buffer_sizes);
        return _e6;
    }
    metal::float4 _e7 = attend_chosen_0_raw(place_1, i_2, kv_1_v4_, state_v4_, _buffer_sizes);
    return _e7;
}

metal::float4 attend_chosen_0_b(
    uint row_1,
    uint i_3,
    device type_3 const& kv_1_v4_,
    device type_3 const& state_v4_,
    device type_3 const& pages_v4_,
    threadgroup type_10& attend_chosen_0_places,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint2 _e4 = attend_chosen_0_places.inner[row_1];
    metal::float4 _e5 = attend_chosen_0_value(_e4, i_3, kv_1_v4_, state_v4_, pages_v4_, _buffer_sizes);
    return _e5;
}

void attend_chosen_0_products(
    At at,
    uint first,
    device type_3 const& q_0_v4_,
    device type_3 const& kv_1_v4_,
    device type_3 const& state_v4_,
    device type_3 const& pages_v4_,
    threadgroup type_8& attend_chosen_0_sums,
    threadgroup type_10& attend_chosen_0_places,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 sum_0_ = metal::float4 {};
    metal::float4 sum_1_ = metal::float4 {};
    metal::float4 sum_2_ = metal::float4 {};
    metal::float4 sum_3_ = metal::float4 {};
    uint chunk = 0u;
    uint i_4 = {};
    uint i_5 = {};
    uint i_6 = {};
    metal::float4 sum = {};
    uint s = {};
    uint slice = at.lid % 8u;
    uint tile_1 = at.lid / 8u;
    uint row_a = (tile_1 / 8u) * 4u;
    uint row_b = (tile_1 % 8u) * 4u;
    uint place_a = (row_a * 17u) + slice;
    uint place_b = ((8u + row_b) * 17u) + slice;
    bool loop_init = true;
    while(true) {
        if (!loop_init) {
            uint _e337 = chunk;
            chunk = _e337 + 16u;
        }
        loop_init = false;
        uint _e34 = chunk;
        if (_e34 < 128u) {
        } else {
            break;
        }
        {
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            i_4 = at.lid;
            bool loop_init_1 = true;
            while(true) {
                if (!loop_init_1) {
                    uint _e62 = i_4;
                    i_4 = _e62 + 128u;
                }
                loop_init_1 = false;
                uint _e39 = i_4;
                if (_e39 < 128u) {
                } else {
                    break;
                }
                {
                    uint _e42 = i_4;
                    uint row_2 = _e42 / 16u;
                    uint _e45 = i_4;
                    uint quad_ = _e45 % 16u;
                    uint _e57 = chunk;
                    metal::float4 _e61 = q_0_v4_[((first + (row_2 * 128u)) + _e57) + quad_];
                    attend_chosen_0_sums.inner[(row_2 * 17u) + quad_] = _e61;
                }
            }
            i_5 = at.lid;
            bool loop_init_2 = true;
            while(true) {
                if (!loop_init_2) {
                    uint _e86 = i_5;
                    i_5 = _e86 + 128u;
                }
                loop_init_2 = false;
                uint _e67 = i_5;
                if (_e67 < 512u) {
                } else {
                    break;
                }
                {
                    uint _e70 = i_5;
                    uint row_3 = _e70 / 16u;
                    uint _e73 = i_5;
                    uint quad_1 = _e73 % 16u;
                    uint _e83 = chunk;
                    metal::float4 _e85 = attend_chosen_0_b(row_3, _e83 + quad_1, kv_1_v4_, state_v4_, pages_v4_, attend_chosen_0_places, _buffer_sizes);
                    attend_chosen_0_sums.inner[((8u + row_3) * 17u) + quad_1] = _e85;
                }
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            {
                metal::float4 b_0_ = attend_chosen_0_sums.inner[place_b + 0u];
                metal::float4 b_1_ = attend_chosen_0_sums.inner[place_b + 17u];
                metal::float4 b_2_ = attend_chosen_0_sums.inner[place_b + 34u];
                metal::float4 b_3_ = attend_chosen_0_sums.inner[place_b + 51u];
                metal::float4 x = metal::float4(b_0_.x, b_1_.x, b_2_.x, b_3_.x);
                metal::float4 y = metal::float4(b_0_.y, b_1_.y, b_2_.y, b_3_.y);
                metal::float4 z = metal::float4(b_0_.z, b_1_.z, b_2_.z, b_3_.z);
                metal::float4 w = metal::float4(b_0_.w, b_1_.w, b_2_.w, b_3_.w);
                metal::float4 a_0_ = attend_chosen_0_sums.inner[place_a + 0u];
                metal::float4 _e136 = sum_0_;
                sum_0_ = metal::fma(metal::float4(a_0_.x), x, _e136);
                metal::float4 _e140 = sum_0_;
                sum_0_ = metal::fma(metal::float4(a_0_.y), y, _e140);
                metal::float4 _e144 = sum_0_;
                sum_0_ = metal::fma(metal::float4(a_0_.z), z, _e144);
                metal::float4 _e148 = sum_0_;
                sum_0_ = metal::fma(metal::float4(a_0_.w), w, _e148);
                metal::float4 a_1_ = attend_chosen_0_sums.inner[place_a + 17u];
                metal::float4 _e157 = sum_1_;
                sum_1_ = metal::fma(metal::float4(a_1_.x), x, _e157);
                metal::float4 _e161 = sum_1_;
                sum_1_ = metal::fma(metal::float4(a_1_.y), y, _e161);
                metal::float4 _e165 = sum_1_;
                sum_1_ = metal::fma(metal::float4(a_1_.z), z, _e165);
                metal::float4 _e169 = sum_1_;
                sum_1_ = metal::fma(metal::float4(a_1_.w), w, _e169);
                metal::float4 a_2_ = attend_chosen_0_sums.inner[place_a + 34u];
                metal::float4 _e178 = sum_2_;
                sum_2_ = metal::fma(metal::float4(a_2_.x), x, _e178);
                metal::float4 _e182 = sum_2_;
                sum_2_ = metal::fma(metal::float4(a_2_.y), y, _e182);
                metal::float4 _e186 = sum_2_;
                sum_2_ = metal::fma(metal::float4(a_2_.z), z, _e186);
                metal::float4 _e190 = sum_2_;
                sum_2_ = metal::fma(metal::float4(a_2_.w), w, _e190);
                metal::float4 a_3_ = attend_chosen_0_sums.inner[place_a + 51u];
                metal::float4 _e199 = sum_3_;
                sum_3_ = metal::fma(metal::float4(a_3_.x), x, _e199);
                metal::float4 _e203 = sum_3_;
                sum_3_ = metal::fma(metal::float4(a_3_.y), y, _e203);
                metal::float4 _e207 = sum_3_;
                sum_3_ = metal::fma(metal::float4(a_3_.z), z, _e207);
                metal::float4 _e211 = sum_3_;
                sum_3_ = metal::fma(metal::float4(a_3_.w), w, _e211);
            }
            {
                metal::float4 b_0_1 = attend_chosen_0_sums.inner[place_b + 8u];
                metal::float4 b_1_1 = attend_chosen_0_sums.inner[place_b + 25u];
                metal::float4 b_2_1 = attend_chosen_0_sums.inner[place_b + 42u];
                metal::float4 b_3_1 = attend_chosen_0_sums.inner[place_b + 59u];
                metal::float4 x_1 = metal::float4(b_0_1.x, b_1_1.x, b_2_1.x, b_3_1.x);
                metal::float4 y_1 = metal::float4(b_0_1.y, b_1_1.y, b_2_1.y, b_3_1.y);
                metal::float4 z_1 = metal::float4(b_0_1.z, b_1_1.z, b_2_1.z, b_3_1.z);
                metal::float4 w_1 = metal::float4(b_0_1.w, b_1_1.w, b_2_1.w, b_3_1.w);
                metal::float4 a_0_1 = attend_chosen_0_sums.inner[place_a + 8u];
                metal::float4 _e260 = sum_0_;
                sum_0_ = metal::fma(metal::float4(a_0_1.x), x_1, _e260);
                metal::float4 _e264 = sum_0_;
                sum_0_ = metal::fma(metal::float4(a_0_1.y), y_1, _e264);
                metal::float4 _e268 = sum_0_;
                sum_0_ = metal::fma(metal::float4(a_0_1.z), z_1, _e268);
                metal::float4 _e272 = sum_0_;
                sum_0_ = metal::fma(metal::float4(a_0_1.w), w_1, _e272);
                metal::float4 a_1_1 = attend_chosen_0_sums.inner[place_a + 25u];
                metal::float4 _e281 = sum_1_;
                sum_1_ = metal::fma(metal::float4(a_1_1.x), x_1, _e281);
                metal::float4 _e285 = sum_1_;
                sum_1_ = metal::fma(metal::float4(a_1_1.y), y_1, _e285);
                metal::float4 _e289 = sum_1_;
                sum_1_ = metal::fma(metal::float4(a_1_1.z), z_1, _e289);
                metal::float4 _e293 = sum_1_;
                sum_1_ = metal::fma(metal::float4(a_1_1.w), w_1, _e293);
                metal::float4 a_2_1 = attend_chosen_0_sums.inner[place_a + 42u];
                metal::float4 _e302 = sum_2_;
                sum_2_ = metal::fma(metal::float4(a_2_1.x), x_1, _e302);
                metal::float4 _e306 = sum_2_;
                sum_2_ = metal::fma(metal::float4(a_2_1.y), y_1, _e306);
                metal::float4 _e310 = sum_2_;
                sum_2_ = metal::fma(metal::float4(a_2_1.z), z_1, _e310);
                metal::float4 _e314 = sum_2_;
                sum_2_ = metal::fma(metal::float4(a_2_1.w), w_1, _e314);
                metal::float4 a_3_1 = attend_chosen_0_sums.inner[place_a + 59u];
                metal::float4 _e323 = sum_3_;
                sum_3_ = metal::fma(metal::float4(a_3_1.x), x_1, _e323);
                metal::float4 _e327 = sum_3_;
                sum_3_ = metal::fma(metal::float4(a_3_1.y), y_1, _e327);
                metal::float4 _e331 = sum_3_;
                sum_3_ = metal::fma(metal::float4(a_3_1.z), z_1, _e331);
                metal::float4 _e335 = sum_3_;
                sum_3_ = metal::fma(metal::float4(a_3_1.w), w_1, _e335);
            }
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    metal::float4 _e352 = sum_0_;
    attend_chosen_0_sums.inner[((((slice * 8u) + row_a) + 0u) * 8u) + (row_b / 4u)] = _e352;
    metal::float4 _e365 = sum_1_;
    attend_chosen_0_sums.inner[((((slice * 8u) + row_a) + 1u) * 8u) + (row_b / 4u)] = _e365;
    metal::float4 _e378 = sum_2_;
    attend_chosen_0_sums.inner[((((slice * 8u) + row_a) + 2u) * 8u) + (row_b / 4u)] = _e378;
    metal::float4 _e391 = sum_3_;
    attend_chosen_0_sums.inner[((((slice * 8u) + row_a) + 3u) * 8u) + (row_b / 4u)] = _e391;
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    i_6 = at.lid;
    bool loop_init_3 = true;
    while(true) {
        if (!loop_init_3) {
            uint _e424 = i_6;
            i_6 = _e424 + 128u;
        }
        loop_init_3 = false;
        uint _e394 = i_6;
        if (_e394 < 64u) {
        } else {
            break;
        }
        {
            uint _e398 = i_6;
            metal::float4 _e400 = attend_chosen_0_sums.inner[_e398];
            sum = _e400;
            s = 1u;
            bool loop_init_4 = true;
            while(true) {
                if (!loop_init_4) {
                    uint _e417 = s;
                    s = _e417 + 1u;
                }
                loop_init_4 = false;
                uint _e404 = s;
                if (_e404 < 8u) {
                } else {
                    break;
                }
                {
                    metal::float4 _e407 = sum;
                    uint _e409 = s;
                    uint _e412 = i_6;
                    metal::float4 _e415 = attend_chosen_0_sums.inner[(_e409 * 64u) + _e412];
                    sum = _e407 + _e415;
                }
            }
            uint _e421 = i_6;
            metal::float4 _e423 = sum;
            attend_chosen_0_sums.inner[_e421] = _e423;
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    return;
}

uint attend_chosen_0_cached_row(
    uint j,
    uint first_1,
    constant Params& p,
    device type_4 const& page_table,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint page = page_table[first_1 + (j / 64u)];
    uint _e12 = p.at1_;
    return ((page * 220160u) + (_e12 / 4u)) + ((j % 64u) * 128u);
}

metal::uint2 attend_chosen_0_page(
    uint j_1,
    uint first_2,
    constant Params& p,
    device type_4 const& page_table,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e3 = attend_chosen_0_cached_row(j_1, first_2, p, page_table, _buffer_sizes);
    return metal::uint2(3u, _e3);
}

metal::uint2 attend_chosen_0_place(
    uint t,
    uint i_7,
    uint n_raw,
    constant Params& p,
    device type_4 const& chosen_4_,
    device type_7 const& rows,
    device type_4 const& page_table,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint2 place_2 = metal::uint2 {};
    metal::uint4 row_4 = rows[2u * t];
    metal::uint4 segment = rows[(2u * t) + 1u];
    if (i_7 < n_raw) {
        uint position = ((row_4.y + 1u) - n_raw) + i_7;
        if (position >= segment.y) {
            place_2 = metal::uint2(1u, ((segment.x + position) - segment.y) * 128u);
        } else {
            uint _e39 = p.at0_;
            place_2 = metal::uint2(2u, ((row_4.z * 1467392u) + (_e39 / 4u)) + ((position % 128u) * 128u));
        }
    } else {
        if (i_7 < (n_raw + 512u)) {
            uint j_5 = chosen_4_[((t * 512u) + i_7) - n_raw];
            if (j_5 != 4294967295u) {
                metal::uint2 _e62 = attend_chosen_0_page(j_5, row_4.w, p, page_table, _buffer_sizes);
                place_2 = _e62;
            }
        }
    }
    metal::uint2 _e63 = place_2;
    return _e63;
}

void reduce_gather(
    At at_1,
    uint word,
    threadgroup type_11& reduce_words
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
    float value_1,
    threadgroup type_11& reduce_words
) {
    float sum_1 = 0.0;
    uint i_8 = 0u;
    float unnamed = metal::simd_sum(value_1);
    reduce_gather(at_2, as_type<uint>(unnamed), reduce_words);
    bool loop_init_5 = true;
    while(true) {
        if (!loop_init_5) {
            uint _e18 = i_8;
            i_8 = _e18 + 1u;
        }
        loop_init_5 = false;
        uint _e8 = i_8;
        if (_e8 < 4u) {
        } else {
            break;
        }
        {
            float _e11 = sum_1;
            uint _e13 = i_8;
            uint _e15 = reduce_words.inner[_e13];
            sum_1 = _e11 + as_type<float>(_e15);
        }
    }
    float _e21 = sum_1;
    return _e21;
}

float reduce_max(
    At at_3,
    float value_2,
    threadgroup type_11& reduce_words
) {
    float largest = {};
    uint i_9 = 1u;
    float unnamed_1 = metal::simd_max(value_2);
    reduce_gather(at_3, as_type<uint>(unnamed_1), reduce_words);
    uint _e6 = reduce_words.inner[0];
    largest = as_type<float>(_e6);
    bool loop_init_6 = true;
    while(true) {
        if (!loop_init_6) {
            uint _e21 = i_9;
            i_9 = _e21 + 1u;
        }
        loop_init_6 = false;
        uint _e11 = i_9;
        if (_e11 < 4u) {
        } else {
            break;
        }
        {
            float _e14 = largest;
            uint _e16 = i_9;
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
    threadgroup type_11& reduce_words
) {
    uint largest_1 = {};
    uint i_10 = 1u;
    uint unnamed_2 = metal::simd_max(word_1);
    reduce_gather(at_4, unnamed_2, reduce_words);
    uint _e5 = reduce_words.inner[0];
    largest_1 = _e5;
    bool loop_init_7 = true;
    while(true) {
        if (!loop_init_7) {
            uint _e18 = i_10;
            i_10 = _e18 + 1u;
        }
        loop_init_7 = false;
        uint _e9 = i_10;
        if (_e9 < 4u) {
        } else {
            break;
        }
        {
            uint _e12 = largest_1;
            uint _e14 = i_10;
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
    uint place_3,
    threadgroup type_11& reduce_words,
    threadgroup type_11& reduce_places
) {
    uint best = {};
    uint found = {};
    uint i_11 = 1u;
    bool local = {};
    bool local_1 = {};
    uint unnamed_3 = metal::simd_max(key);
    uint unnamed_4 = metal::simd_min((key == unnamed_3) ? place_3 : 4294967295u);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (at_5.lane == 0u) {
        reduce_words.inner[at_5.sg] = unnamed_3;
        reduce_places.inner[at_5.sg] = unnamed_4;
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint _e19 = reduce_words.inner[0];
    best = _e19;
    uint _e23 = reduce_places.inner[0];
    found = _e23;
    bool loop_init_8 = true;
    while(true) {
        if (!loop_init_8) {
            uint _e53 = i_11;
            i_11 = _e53 + 1u;
        }
        loop_init_8 = false;
        uint _e27 = i_11;
        if (_e27 < 4u) {
        } else {
            break;
        }
        {
            uint _e31 = i_11;
            uint other = reduce_words.inner[_e31];
            uint _e35 = i_11;
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
    threadgroup type_11& reduce_words
) {
    uint before = {};
    uint total = 0u;
    uint i_12 = 0u;
    uint unnamed_5 = metal::simd_prefix_exclusive_sum(word_2);
    uint unnamed_6 = metal::simd_sum(word_2);
    reduce_gather(at_6, unnamed_6, reduce_words);
    before = unnamed_5;
    bool loop_init_9 = true;
    while(true) {
        if (!loop_init_9) {
            uint _e25 = i_12;
            i_12 = _e25 + 1u;
        }
        loop_init_9 = false;
        uint _e9 = i_12;
        if (_e9 < 4u) {
        } else {
            break;
        }
        {
            uint _e13 = i_12;
            uint sum_4 = reduce_words.inner[_e13];
            uint _e16 = before;
            uint _e18 = i_12;
            before = _e16 + ((_e18 < at_6.sg) ? sum_4 : 0u);
            uint _e23 = total;
            total = _e23 + sum_4;
        }
    }
    uint _e28 = before;
    uint _e29 = total;
    return metal::uint2(_e28, _e29);
}

uint attend_chosen_0_compressed(
    At at_7,
    uint t_1,
    device type_4 const& chosen_4_,
    threadgroup type_11& reduce_words,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint n = 0u;
    uint i_13 = {};
    i_13 = at_7.lid;
    bool loop_init_10 = true;
    while(true) {
        if (!loop_init_10) {
            uint _e21 = i_13;
            i_13 = _e21 + 128u;
        }
        loop_init_10 = false;
        uint _e6 = i_13;
        if (_e6 < 512u) {
        } else {
            break;
        }
        {
            uint _e12 = i_13;
            uint _e15 = chosen_4_[(t_1 * 512u) + _e12];
            if (_e15 != 4294967295u) {
                uint _e18 = i_13;
                n = _e18 + 1u;
            }
        }
    }
    uint _e24 = n;
    uint _e25 = reduce_max_u32_(at_7, _e24, reduce_words);
    return _e25;
}

void attend_chosen_0_softmax(
    At at_8,
    thread float& top,
    thread float& sum_2,
    threadgroup type_8& attend_chosen_0_sums,
    threadgroup type_10& attend_chosen_0_places,
    threadgroup type_13& attend_chosen_0_weights,
    threadgroup type_14& attend_chosen_0_factors
) {
    metal::float4 scores = metal::float4 {};
    metal::bool4 seen = metal::bool4 {};
    metal::float4 largest_2 = {};
    uint j_2 = 0u;
    bool local_2 = {};
    uint j_3 = 0u;
    bool owns = at_8.lid < 64u;
    uint head = at_8.lid / 8u;
    uint quad_2 = at_8.lid % 8u;
    if (owns) {
        uint _e21 = attend_chosen_0_places.inner[4u * quad_2].x;
        uint _e31 = attend_chosen_0_places.inner[(4u * quad_2) + 1u].x;
        uint _e41 = attend_chosen_0_places.inner[(4u * quad_2) + 2u].x;
        uint _e51 = attend_chosen_0_places.inner[(4u * quad_2) + 3u].x;
        seen = metal::bool4(_e21 != 0u, _e31 != 0u, _e41 != 0u, _e51 != 0u);
        metal::float4 _e58 = attend_chosen_0_sums.inner[at_8.lid];
        metal::float4 scaled = _e58 * 0.044194173;
        metal::bool4 _e63 = seen;
        scores = metal::select(metal::float4(-300000000000000000000000000000000000000.0), scaled, _e63);
        metal::float4 _e68 = scores;
        attend_chosen_0_sums.inner[at_8.lid] = _e68;
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (owns) {
        float _e69 = top;
        largest_2 = metal::float4(_e69);
        bool loop_init_11 = true;
        while(true) {
            if (!loop_init_11) {
                uint _e86 = j_2;
                j_2 = _e86 + 1u;
            }
            loop_init_11 = false;
            uint _e74 = j_2;
            if (_e74 < 8u) {
            } else {
                break;
            }
            {
                metal::float4 _e77 = largest_2;
                uint _e81 = j_2;
                metal::float4 _e84 = attend_chosen_0_sums.inner[(head * 8u) + _e81];
                largest_2 = metal::max(_e77, _e84);
            }
        }
        float former = top;
        float _e91 = largest_2.x;
        float _e93 = largest_2.y;
        float _e96 = largest_2.z;
        float _e98 = largest_2.w;
        top = metal::max(metal::max(_e91, _e93), metal::max(_e96, _e98));
        metal::float4 _e105 = scores;
        float _e106 = top;
        metal::bool4 _e110 = seen;
        attend_chosen_0_weights.inner[at_8.lid] = metal::select(metal::float4 {}, metal::exp(_e105 - metal::float4(_e106)), _e110);
        if (quad_2 == 0u) {
            float _e114 = top;
            float factor = metal::exp(former - _e114);
            attend_chosen_0_factors.inner[head] = factor;
            float _e119 = sum_2;
            sum_2 = _e119 * factor;
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (owns) {
        local_2 = quad_2 == 0u;
    } else {
        local_2 = false;
    }
    bool _e126 = local_2;
    if (_e126) {
        bool loop_init_12 = true;
        while(true) {
            if (!loop_init_12) {
                uint _e147 = j_3;
                j_3 = _e147 + 1u;
            }
            loop_init_12 = false;
            uint _e129 = j_3;
            if (_e129 < 8u) {
            } else {
                break;
            }
            {
                uint _e134 = j_3;
                metal::float4 w_2 = attend_chosen_0_weights.inner[at_8.lid + _e134];
                float _e138 = sum_2;
                sum_2 = _e138 + (((w_2.x + w_2.y) + w_2.z) + w_2.w);
            }
        }
        return;
    } else {
        return;
    }
}

void attend_chosen_0_attend(
    At at_9,
    constant Params& p,
    device type_3 const& q_0_v4_,
    device type_3 const& kv_1_v4_,
    device type_3 const& state_v4_,
    device type_3 const& pages_v4_,
    device type_4 const& chosen_4_,
    device type_5 const& sinks_5_,
    device type_3& out_6_v4_,
    device type_7 const& rows,
    device type_4 const& page_table,
    threadgroup type_8& attend_chosen_0_sums,
    threadgroup type_10& attend_chosen_0_places,
    threadgroup type_11& reduce_words,
    threadgroup type_13& attend_chosen_0_weights,
    threadgroup type_14& attend_chosen_0_factors,
    threadgroup type_16& attend_chosen_0_results,
    constant _mslBufferSizes& _buffer_sizes
) {
    float top_1 = attend_chosen_0_LOWEST;
    float sum_3 = 1.0;
    metal::float4 out_0_ = metal::float4 {};
    metal::float4 out_1_ = metal::float4 {};
    metal::float4 out_2_ = metal::float4 {};
    metal::float4 out_3_ = metal::float4 {};
    metal::float4 out_4_ = metal::float4 {};
    metal::float4 out_5_ = metal::float4 {};
    metal::float4 out_6_ = metal::float4 {};
    metal::float4 out_7_ = metal::float4 {};
    uint tile = 0u;
    uint j_4 = {};
    bool local_3 = {};
    uint first_head = at_9.x * 8u;
    uint position_1 = rows[2u * at_9.y].y;
    uint n_raw_1 = metal::min(position_1 + 1u, 128u);
    uint _e16 = attend_chosen_0_compressed(at_9, at_9.y, chosen_4_, reduce_words, _buffer_sizes);
    uint n_tiles = ((n_raw_1 + _e16) + 31u) / 32u;
    uint own_head = first_head + (at_9.lid / 8u);
    if (at_9.lid < 64u) {
        float _e33 = top_1;
        float _e36 = sinks_5_[own_head];
        top_1 = metal::max(_e33, _e36);
    }
    uint group_1 = (at_9.lid / 128u) * 8u;
    uint quad_3 = at_9.lid % 128u;
    bool loop_init_13 = true;
    while(true) {
        if (!loop_init_13) {
            uint _e385 = tile;
            tile = _e385 + 1u;
        }
        loop_init_13 = false;
        uint _e64 = tile;
        if (_e64 < n_tiles) {
        } else {
            break;
        }
        {
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            if (at_9.lid < 32u) {
                uint _e73 = tile;
                metal::uint2 _e78 = attend_chosen_0_place(at_9.y, (_e73 * 32u) + at_9.lid, n_raw_1, p, chosen_4_, rows, page_table, _buffer_sizes);
                attend_chosen_0_places.inner[at_9.lid] = _e78;
            }
            attend_chosen_0_products(at_9, ((at_9.y * 64u) + first_head) * 128u, q_0_v4_, kv_1_v4_, state_v4_, pages_v4_, attend_chosen_0_sums, attend_chosen_0_places, _buffer_sizes);
            attend_chosen_0_softmax(at_9, top_1, sum_3, attend_chosen_0_sums, attend_chosen_0_places, attend_chosen_0_weights, attend_chosen_0_factors);
            metal::float4 _e85 = out_0_;
            float _e90 = attend_chosen_0_factors.inner[group_1 + 0u];
            out_0_ = _e85 * _e90;
            metal::float4 _e92 = out_1_;
            float _e97 = attend_chosen_0_factors.inner[group_1 + 1u];
            out_1_ = _e92 * _e97;
            metal::float4 _e99 = out_2_;
            float _e104 = attend_chosen_0_factors.inner[group_1 + 2u];
            out_2_ = _e99 * _e104;
            metal::float4 _e106 = out_3_;
            float _e111 = attend_chosen_0_factors.inner[group_1 + 3u];
            out_3_ = _e106 * _e111;
            metal::float4 _e113 = out_4_;
            float _e118 = attend_chosen_0_factors.inner[group_1 + 4u];
            out_4_ = _e113 * _e118;
            metal::float4 _e120 = out_5_;
            float _e125 = attend_chosen_0_factors.inner[group_1 + 5u];
            out_5_ = _e120 * _e125;
            metal::float4 _e127 = out_6_;
            float _e132 = attend_chosen_0_factors.inner[group_1 + 6u];
            out_6_ = _e127 * _e132;
            metal::float4 _e134 = out_7_;
            float _e139 = attend_chosen_0_factors.inner[group_1 + 7u];
            out_7_ = _e134 * _e139;
            j_4 = 0u;
            bool loop_init_14 = true;
            while(true) {
                if (!loop_init_14) {
                    uint _e382 = j_4;
                    j_4 = _e382 + 1u;
                }
                loop_init_14 = false;
                uint _e143 = j_4;
                if (_e143 < 8u) {
                } else {
                    break;
                }
                {
                    uint _e148 = j_4;
                    metal::uint2 _e153 = attend_chosen_0_places.inner[(4u * _e148) + 0u];
                    metal::float4 _e154 = attend_chosen_0_value(_e153, quad_3, kv_1_v4_, state_v4_, pages_v4_, _buffer_sizes);
                    uint _e157 = j_4;
                    metal::uint2 _e162 = attend_chosen_0_places.inner[(4u * _e157) + 1u];
                    metal::float4 _e163 = attend_chosen_0_value(_e162, quad_3, kv_1_v4_, state_v4_, pages_v4_, _buffer_sizes);
                    uint _e166 = j_4;
                    metal::uint2 _e171 = attend_chosen_0_places.inner[(4u * _e166) + 2u];
                    metal::float4 _e172 = attend_chosen_0_value(_e171, quad_3, kv_1_v4_, state_v4_, pages_v4_, _buffer_sizes);
                    uint _e175 = j_4;
                    metal::uint2 _e180 = attend_chosen_0_places.inner[(4u * _e175) + 3u];
                    metal::float4 _e181 = attend_chosen_0_value(_e180, quad_3, kv_1_v4_, state_v4_, pages_v4_, _buffer_sizes);
                    {
                        uint _e187 = j_4;
                        metal::float4 w_3 = attend_chosen_0_weights.inner[((group_1 + 0u) * 8u) + _e187];
                        metal::float4 _e193 = out_0_;
                        out_0_ = metal::fma(metal::float4(w_3.x), _e154, _e193);
                        metal::float4 _e197 = out_0_;
                        out_0_ = metal::fma(metal::float4(w_3.y), _e163, _e197);
                        metal::float4 _e201 = out_0_;
                        out_0_ = metal::fma(metal::float4(w_3.z), _e172, _e201);
                        metal::float4 _e205 = out_0_;
                        out_0_ = metal::fma(metal::float4(w_3.w), _e181, _e205);
                    }
                    {
                        uint _e212 = j_4;
                        metal::float4 w_4 = attend_chosen_0_weights.inner[((group_1 + 1u) * 8u) + _e212];
                        metal::float4 _e218 = out_1_;
                        out_1_ = metal::fma(metal::float4(w_4.x), _e154, _e218);
                        metal::float4 _e222 = out_1_;
                        out_1_ = metal::fma(metal::float4(w_4.y), _e163, _e222);
                        metal::float4 _e226 = out_1_;
                        out_1_ = metal::fma(metal::float4(w_4.z), _e172, _e226);
                        metal::float4 _e230 = out_1_;
                        out_1_ = metal::fma(metal::float4(w_4.w), _e181, _e230);
                    }
                    {
                        uint _e237 = j_4;
                        metal::float4 w_5 = attend_chosen_0_weights.inner[((group_1 + 2u) * 8u) + _e237];
                        metal::float4 _e243 = out_2_;
                        out_2_ = metal::fma(metal::float4(w_5.x), _e154, _e243);
                        metal::float4 _e247 = out_2_;
                        out_2_ = metal::fma(metal::float4(w_5.y), _e163, _e247);
                        metal::float4 _e251 = out_2_;
                        out_2_ = metal::fma(metal::float4(w_5.z), _e172, _e251);
                        metal::float4 _e255 = out_2_;
                        out_2_ = metal::fma(metal::float4(w_5.w), _e181, _e255);
                    }
                    {
                        uint _e262 = j_4;
                        metal::float4 w_6 = attend_chosen_0_weights.inner[((group_1 + 3u) * 8u) + _e262];
                        metal::float4 _e268 = out_3_;
                        out_3_ = metal::fma(metal::float4(w_6.x), _e154, _e268);
                        metal::float4 _e272 = out_3_;
                        out_3_ = metal::fma(metal::float4(w_6.y), _e163, _e272);
                        metal::float4 _e276 = out_3_;
                        out_3_ = metal::fma(metal::float4(w_6.z), _e172, _e276);
                        metal::float4 _e280 = out_3_;
                        out_3_ = metal::fma(metal::float4(w_6.w), _e181, _e280);
                    }
                    {
                        uint _e287 = j_4;
                        metal::float4 w_7 = attend_chosen_0_weights.inner[((group_1 + 4u) * 8u) + _e287];
                        metal::float4 _e293 = out_4_;
                        out_4_ = metal::fma(metal::float4(w_7.x), _e154, _e293);
                        metal::float4 _e297 = out_4_;
                        out_4_ = metal::fma(metal::float4(w_7.y), _e163, _e297);
                        metal::float4 _e301 = out_4_;
                        out_4_ = metal::fma(metal::float4(w_7.z), _e172, _e301);
                        metal::float4 _e305 = out_4_;
                        out_4_ = metal::fma(metal::float4(w_7.w), _e181, _e305);
                    }
                    {
                        uint _e312 = j_4;
                        metal::float4 w_8 = attend_chosen_0_weights.inner[((group_1 + 5u) * 8u) + _e312];
                        metal::float4 _e318 = out_5_;
                        out_5_ = metal::fma(metal::float4(w_8.x), _e154, _e318);
                        metal::float4 _e322 = out_5_;
                        out_5_ = metal::fma(metal::float4(w_8.y), _e163, _e322);
                        metal::float4 _e326 = out_5_;
                        out_5_ = metal::fma(metal::float4(w_8.z), _e172, _e326);
                        metal::float4 _e330 = out_5_;
                        out_5_ = metal::fma(metal::float4(w_8.w), _e181, _e330);
                    }
                    {
                        uint _e337 = j_4;
                        metal::float4 w_9 = attend_chosen_0_weights.inner[((group_1 + 6u) * 8u) + _e337];
                        metal::float4 _e343 = out_6_;
                        out_6_ = metal::fma(metal::float4(w_9.x), _e154, _e343);
                        metal::float4 _e347 = out_6_;
                        out_6_ = metal::fma(metal::float4(w_9.y), _e163, _e347);
                        metal::float4 _e351 = out_6_;
                        out_6_ = metal::fma(metal::float4(w_9.z), _e172, _e351);
                        metal::float4 _e355 = out_6_;
                        out_6_ = metal::fma(metal::float4(w_9.w), _e181, _e355);
                    }
                    {
                        uint _e362 = j_4;
                        metal::float4 w_10 = attend_chosen_0_weights.inner[((group_1 + 7u) * 8u) + _e362];
                        metal::float4 _e368 = out_7_;
                        out_7_ = metal::fma(metal::float4(w_10.x), _e154, _e368);
                        metal::float4 _e372 = out_7_;
                        out_7_ = metal::fma(metal::float4(w_10.y), _e163, _e372);
                        metal::float4 _e376 = out_7_;
                        out_7_ = metal::fma(metal::float4(w_10.z), _e172, _e376);
                        metal::float4 _e380 = out_7_;
                        out_7_ = metal::fma(metal::float4(w_10.w), _e181, _e380);
                    }
                }
            }
        }
    }
    if (at_9.lid < 64u) {
        local_3 = (at_9.lid % 8u) == 0u;
    } else {
        local_3 = false;
    }
    bool _e399 = local_3;
    if (_e399) {
        float _e405 = top_1;
        float _e406 = sum_3;
        attend_chosen_0_results.inner[at_9.lid / 8u] = metal::float2(_e405, _e406);
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    if (group_1 < 8u) {
        {
            uint row_5 = ((((at_9.y * 64u) + first_head) + group_1) + 0u) * 128u;
            metal::float4 _e422 = out_0_;
            float _e428 = attend_chosen_0_results.inner[group_1 + 0u].y;
            out_6_v4_[row_5 + quad_3] = _e422 / metal::float4(_e428);
        }
        {
            uint row_6 = ((((at_9.y * 64u) + first_head) + group_1) + 1u) * 128u;
            metal::float4 _e443 = out_1_;
            float _e449 = attend_chosen_0_results.inner[group_1 + 1u].y;
            out_6_v4_[row_6 + quad_3] = _e443 / metal::float4(_e449);
        }
        {
            uint row_7 = ((((at_9.y * 64u) + first_head) + group_1) + 2u) * 128u;
            metal::float4 _e464 = out_2_;
            float _e470 = attend_chosen_0_results.inner[group_1 + 2u].y;
            out_6_v4_[row_7 + quad_3] = _e464 / metal::float4(_e470);
        }
        {
            uint row_8 = ((((at_9.y * 64u) + first_head) + group_1) + 3u) * 128u;
            metal::float4 _e485 = out_3_;
            float _e491 = attend_chosen_0_results.inner[group_1 + 3u].y;
            out_6_v4_[row_8 + quad_3] = _e485 / metal::float4(_e491);
        }
        {
            uint row_9 = ((((at_9.y * 64u) + first_head) + group_1) + 4u) * 128u;
            metal::float4 _e506 = out_4_;
            float _e512 = attend_chosen_0_results.inner[group_1 + 4u].y;
            out_6_v4_[row_9 + quad_3] = _e506 / metal::float4(_e512);
        }
        {
            uint row_10 = ((((at_9.y * 64u) + first_head) + group_1) + 5u) * 128u;
            metal::float4 _e527 = out_5_;
            float _e533 = attend_chosen_0_results.inner[group_1 + 5u].y;
            out_6_v4_[row_10 + quad_3] = _e527 / metal::float4(_e533);
        }
        {
            uint row_11 = ((((at_9.y * 64u) + first_head) + group_1) + 6u) * 128u;
            metal::float4 _e548 = out_6_;
            float _e554 = attend_chosen_0_results.inner[group_1 + 6u].y;
            out_6_v4_[row_11 + quad_3] = _e548 / metal::float4(_e554);
        }
        {
            uint row_12 = ((((at_9.y * 64u) + first_head) + group_1) + 7u) * 128u;
            metal::float4 _e569 = out_7_;
            float _e575 = attend_chosen_0_results.inner[group_1 + 7u].y;
            out_6_v4_[row_12 + quad_3] = _e569 / metal::float4(_e575);
            return;
        }
    } else {
        return;
    }
}

void attend_chosen_0_(
    At at_10,
    constant Params& p,
    device type_3 const& q_0_v4_,
    device type_3 const& kv_1_v4_,
    device type_3 const& state_v4_,
    device type_3 const& pages_v4_,
    device type_4 const& chosen_4_,
    device type_5 const& sinks_5_,
    device type_3& out_6_v4_,
    device type_7 const& rows,
    device type_4 const& page_table,
    threadgroup type_8& attend_chosen_0_sums,
    threadgroup type_10& attend_chosen_0_places,
    threadgroup type_11& reduce_words,
    threadgroup type_13& attend_chosen_0_weights,
    threadgroup type_14& attend_chosen_0_factors,
    threadgroup type_16& attend_chosen_0_results,
    constant _mslBufferSizes& _buffer_sizes
) {
    attend_chosen_0_attend(at_10, p, q_0_v4_, kv_1_v4_, state_v4_, pages_v4_, chosen_4_, sinks_5_, out_6_v4_, rows, page_table, attend_chosen_0_sums, attend_chosen_0_places, reduce_words, attend_chosen_0_weights, attend_chosen_0_factors, attend_chosen_0_results, _buffer_sizes);
    return;
}

struct attend_chosen_gbqcabInput {
};
[[max_total_threads_per_threadgroup(128)]] kernel void attend_chosen_gbqcab(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, constant Params& p [[buffer(30)]]
, device type_3 const& q_0_v4_ [[buffer(0)]]
, device type_3 const& kv_1_v4_ [[buffer(1)]]
, device type_3 const& state_v4_ [[buffer(2)]]
, device type_3 const& pages_v4_ [[buffer(3)]]
, device type_4 const& chosen_4_ [[buffer(4)]]
, device type_5 const& sinks_5_ [[buffer(5)]]
, device type_3& out_6_v4_ [[buffer(6)]]
, device type_7 const& rows [[buffer(7)]]
, device type_4 const& page_table [[buffer(8)]]
, threadgroup type_8& attend_chosen_0_sums
, threadgroup type_10& attend_chosen_0_places
, threadgroup type_11& reduce_words
, threadgroup type_13& attend_chosen_0_weights
, threadgroup type_14& attend_chosen_0_factors
, threadgroup type_16& attend_chosen_0_results
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    At at_11 = At {group.x, group.y, lid, lane, sg};
    attend_chosen_0_(at_11, p, q_0_v4_, kv_1_v4_, state_v4_, pages_v4_, chosen_4_, sinks_5_, out_6_v4_, rows, page_table, attend_chosen_0_sums, attend_chosen_0_places, reduce_words, attend_chosen_0_weights, attend_chosen_0_factors, attend_chosen_0_results, _buffer_sizes);
    return;
}
