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

struct Step {
    uint rows;
    uint blocks;
};
typedef metal::uint4 type_2[1];
typedef uint type_3[1];
typedef float type_5[1];
struct type_6 {
    float inner[33];
};

int dp4a(
    uint a,
    uint b
) {
    packed_char4 reinterpreted_packed_char4_e0 = as_type<packed_char4>(a);
    packed_char4 reinterpreted_packed_char4_e1 = as_type<packed_char4>(b);
    return ( + reinterpreted_packed_char4_e0[0] * reinterpreted_packed_char4_e1[0] + reinterpreted_packed_char4_e0[1] * reinterpreted_packed_char4_e1[1] + reinterpreted_packed_char4_e0[2] * reinterpreted_packed_char4_e1[2] + reinterpreted_packed_char4_e0[3] * reinterpreted_packed_char4_e1[3]);
}

int dot16_(
    metal::uint4 a_1,
    metal::uint4 b_1
) {
    int _e4 = dp4a(a_1.x, b_1.x);
    int _e7 = dp4a(a_1.y, b_1.y);
    int _e11 = dp4a(a_1.z, b_1.z);
    int _e15 = dp4a(a_1.w, b_1.w);
    return as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(as_type<int>(as_type<uint>(_e4) + as_type<uint>(_e7))) + as_type<uint>(_e11))) + as_type<uint>(_e15));
}

float total(
    float value,
    uint lane_1,
    uint sg_1,
    uint subgroups_1,
    threadgroup type_6& partial
) {
    float all = 0.0;
    uint i_1 = 0u;
    float unnamed = metal::simd_sum(value);
    if (lane_1 == 0u) {
        partial.inner[sg_1] = unnamed;
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    bool loop_init = true;
    while(true) {
        if (!loop_init) {
            uint _e22 = i_1;
            i_1 = _e22 + 1u;
        }
        loop_init = false;
        uint _e13 = i_1;
        if (_e13 < subgroups_1) {
        } else {
            break;
        }
        {
            float _e15 = all;
            uint _e17 = i_1;
            float _e19 = partial.inner[_e17];
            all = _e15 + _e19;
        }
    }
    float _e24 = all;
    return _e24;
}

struct gemv_q8_0_Input {
};
[[max_total_threads_per_threadgroup(64)]] kernel void gemv_q8_0_(
  metal::uint3 group [[threadgroup_position_in_grid]]
, uint lid [[thread_index_in_threadgroup]]
, uint lane [[thread_index_in_simdgroup]]
, uint sg [[simdgroup_index_in_threadgroup]]
, uint subgroups [[simdgroups_per_threadgroup]]
, constant Step& p [[buffer(30)]]
, device type_2 const& w [[buffer(0)]]
, device type_3 const& scales [[buffer(1)]]
, device type_2 const& x [[buffer(2)]]
, device type_5& y [[buffer(3)]]
, threadgroup type_6& partial
, threadgroup uint& flag
, constant _mslBufferSizes& _buffer_sizes [[buffer(29)]]
) {
    float sum = 0.0;
    uint i = {};
    if (lid == 0u) {
        uint _e10 = p.rows;
        flag = _e10;
    }
    i = lid;
    bool loop_init_1 = true;
    while(true) {
        if (!loop_init_1) {
            uint _e49 = i;
            i = _e49 + 64u;
        }
        loop_init_1 = false;
        uint _e14 = i;
        uint _e17 = p.blocks;
        if (_e14 < _e17) {
        } else {
            break;
        }
        {
            uint _e23 = p.blocks;
            uint _e25 = i;
            uint _e28 = scales[(group.x * _e23) + _e25];
            float scale = float2(as_type<half2>(_e28)).x;
            uint _e35 = p.blocks;
            uint _e37 = i;
            metal::uint4 _e40 = w[(group.x * _e35) + _e37];
            uint _e42 = i;
            metal::uint4 _e44 = x[_e42];
            int _e45 = dot16_(_e40, _e44);
            float _e47 = sum;
            sum = metal::fma(scale, static_cast<float>(_e45), _e47);
        }
    }
    float _e52 = sum;
    float _e53 = total(_e52, lane, sg, subgroups, partial);
    if (lid == 0u) {
        uint _e60 = flag;
        uint _e63 = p.rows;
        y[group.x] = _e53 + static_cast<float>(_e60 - _e63);
        return;
    } else {
        return;
    }
}
