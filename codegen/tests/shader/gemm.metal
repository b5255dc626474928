// language: metal3.1
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size0;
    uint size1;
};

typedef float type_1[1];
struct type_2 {
    float inner[256];
};
metal::simdgroup_float8x8 NagaCooperativeLoad(const threadgroup float* ptr, int stride, bool is_row_major) {
    metal::simdgroup_float8x8 m;
    simdgroup_load(m, ptr, stride, 0, is_row_major);
    return m;
}

metal::simdgroup_float8x8 NagaCooperativeMultiplyAdd(const thread metal::simdgroup_float8x8& a, const thread metal::simdgroup_float8x8& b, const thread metal::simdgroup_float8x8& c) {
    metal::simdgroup_float8x8 d;
    simdgroup_multiply_accumulate(d,a,b,c);
    return d;
}


struct gemmInput {
};
[[max_total_threads_per_threadgroup(32)]] kernel void gemm(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, device type_1 const& x [[buffer(0)]]
, device type_1& y [[buffer(1)]]
, threadgroup type_2& tile
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    uint i = {};
    metal::simdgroup_float8x8 sum = metal::simdgroup_float8x8 {};
    uint k = 0u;
    i = lid;
    bool loop_init = true;
    while(true) {
        if (!loop_init) {
            uint _e17 = i;
            i = _e17 + 32u;
        }
        loop_init = false;
        uint _e3 = i;
        if (_e3 < 256u) {
        } else {
            break;
        }
        {
            uint _e7 = i;
            uint _e13 = i;
            float _e16 = x[(group.x * 256u) + _e13];
            tile.inner[_e7] = _e16;
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    bool loop_init_1 = true;
    while(true) {
        if (!loop_init_1) {
            uint _e46 = k;
            k = _e46 + 1u;
        }
        loop_init_1 = false;
        uint _e24 = k;
        if (_e24 < 2u) {
        } else {
            break;
        }
        {
            uint _e28 = k;
            metal::simdgroup_float8x8 a = NagaCooperativeLoad(&tile.inner[_e28 * 8u], 16u, false);
            uint _e36 = k;
            metal::simdgroup_float8x8 b = NagaCooperativeLoad(&tile.inner[128u + (_e36 * 8u)], 16u, true);
            metal::simdgroup_float8x8 _e43 = sum;
            sum = NagaCooperativeMultiplyAdd(a, b, _e43);
        }
    }
    metal::simdgroup_float8x8 value = sum;
    uint at = group.x * 64u;
    simdgroup_store(value, &y[at], 8u);
    return;
}
