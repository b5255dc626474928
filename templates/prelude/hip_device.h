// What only AMD's compiler knows. hiprtc brings the words of the language; a clang without ROCm
// lacks them.

#ifndef __HIPCC_RTC__
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __launch_bounds__(n) __attribute__((amdgpu_flat_work_group_size(n, n)))
#define __align__(n) __attribute__((aligned(n)))
#define __forceinline__ inline __attribute__((always_inline))

struct WorkItem {
  __declspec(property(get = get_x)) u32 x;
  __declspec(property(get = get_y)) u32 y;
  __declspec(property(get = get_z)) u32 z;
  __device__ __forceinline__ u32 get_x() const { return __builtin_amdgcn_workitem_id_x(); }
  __device__ __forceinline__ u32 get_y() const { return __builtin_amdgcn_workitem_id_y(); }
  __device__ __forceinline__ u32 get_z() const { return __builtin_amdgcn_workitem_id_z(); }
};

struct WorkGroup {
  __declspec(property(get = get_x)) u32 x;
  __declspec(property(get = get_y)) u32 y;
  __declspec(property(get = get_z)) u32 z;
  __device__ __forceinline__ u32 get_x() const { return __builtin_amdgcn_workgroup_id_x(); }
  __device__ __forceinline__ u32 get_y() const { return __builtin_amdgcn_workgroup_id_y(); }
  __device__ __forceinline__ u32 get_z() const { return __builtin_amdgcn_workgroup_id_z(); }
};

// Work-items of the grid, over those of a workgroup.
struct WorkGroups {
  __declspec(property(get = get_x)) u32 x;
  __declspec(property(get = get_y)) u32 y;
  __declspec(property(get = get_z)) u32 z;
  __device__ __forceinline__ u32 get_x() const {
    return __builtin_amdgcn_grid_size_x() / __builtin_amdgcn_workgroup_size_x();
  }
  __device__ __forceinline__ u32 get_y() const {
    return __builtin_amdgcn_grid_size_y() / __builtin_amdgcn_workgroup_size_y();
  }
  __device__ __forceinline__ u32 get_z() const {
    return __builtin_amdgcn_grid_size_z() / __builtin_amdgcn_workgroup_size_z();
  }
};

static __device__ const WorkItem threadIdx = {};
static __device__ const WorkGroup blockIdx = {};
static __device__ const WorkGroups gridDim = {};

__device__ __forceinline__ void __syncthreads() {
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
  __builtin_amdgcn_s_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
}

__device__ __forceinline__ void __threadfence() {
  __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "agent");
}
#endif

#define __grid_constant__
#define DEV __device__ __forceinline__

/// Copies `n` bytes, a constant.
#define MEMCPY(to, from, n) __builtin_memcpy(to, from, n)

/// Unsigned integers by their bytes.
template <u32 bytes>
struct Bits;
template <>
struct Bits<1> {
  typedef u8 Type;
};
template <>
struct Bits<2> {
  typedef u16 Type;
};
template <>
struct Bits<4> {
  typedef u32 Type;
};
template <>
struct Bits<8> {
  typedef u64 Type;
};

// Clang copies a struct as bytes, and one that is only copied, from a buffer to workgroup memory
// say, it keeps in memory. Copied as one of clang's own vectors it stays in registers.
#define WHOLE_COPIES(n)                                                               \
  typedef typename Bits<sizeof(T)>::Type Whole __attribute__((ext_vector_type(n)));  \
  V() = default;                                                                      \
  DEV V(const V& other) { *(Whole*)this = *(const Whole*)&other; }                    \
  DEV V& operator=(const V& other) {                                                  \
    *(Whole*)this = *(const Whole*)&other;                                            \
    return *this;                                                                     \
  }

/// For vectors of two.
#define WHOLE_COPIES_2 \
  WHOLE_COPIES(2)      \
  constexpr DEV V(T x, T y) : x(x), y(y) {}

/// For vectors of four.
#define WHOLE_COPIES_4 \
  WHOLE_COPIES(4)      \
  constexpr DEV V(T x, T y, T z, T w) : x(x), y(y), z(z), w(w) {}

/// Threads of a subgroup.
#if defined(__GFX9__)
#define WAVE 64u
#else
#define WAVE 32u
#endif

// --- Halves ---

typedef _Float16 f16;

/// Two numbers as halves in one word, `low` in the lower half.
DEV u32 native_pack_f16(f32 low, f32 high) {
  const f16 halves[2] = {f16(low), f16(high)};
  u32 word;
  MEMCPY(&word, halves, 4);
  return word;
}

// --- Numbers ---

DEV f32 native_exp(f32 x) { return __builtin_expf(x); }
DEV f32 native_exp2(f32 x) { return __builtin_exp2f(x); }
DEV f32 native_log(f32 x) { return __builtin_logf(x); }
DEV f32 native_log2(f32 x) { return __builtin_log2f(x); }
DEV f32 native_sqrt(f32 x) { return __builtin_sqrtf(x); }
DEV f32 native_rsqrt(f32 x) { return __builtin_amdgcn_rsqf(x); }
DEV f32 native_floor(f32 x) { return __builtin_floorf(x); }
DEV f32 native_ceil(f32 x) { return __builtin_ceilf(x); }
DEV f32 native_trunc(f32 x) { return __builtin_truncf(x); }
DEV f32 native_round_even(f32 x) { return __builtin_rintf(x); }
DEV f32 native_min(f32 a, f32 b) { return __builtin_fminf(a, b); }
DEV f32 native_max(f32 a, f32 b) { return __builtin_fmaxf(a, b); }
DEV f32 native_abs(f32 x) { return __builtin_fabsf(x); }
DEV f32 native_fma(f32 a, f32 b, f32 c) { return __builtin_fmaf(a, b, c); }

DEV u32 native_count_ones(u32 x) { return u32(__builtin_popcount(x)); }
DEV u32 native_count_leading_zeros(u32 x) { return x == 0u ? 32u : u32(__builtin_clz(x)); }
DEV u32 native_reverse_bits(u32 x) { return __builtin_bitreverse32(x); }

/// `c` plus the products of four signed bytes.
DEV i32 native_dp4a(u32 a, u32 b, i32 c) {
#if defined(__GFX11__) || defined(__GFX12__)
  return __builtin_amdgcn_sudot4(true, i32(a), true, i32(b), c, false);
#else
  return __builtin_amdgcn_sdot4(i32(a), i32(b), c, false);
#endif
}

/// `c` plus the products of four unsigned bytes.
DEV u32 native_udp4a(u32 a, u32 b, u32 c) { return __builtin_amdgcn_udot4(a, b, c, false); }

// --- Subgroups ---

DEV u32 native_lane() {
  const u32 low = __builtin_amdgcn_mbcnt_lo(~0u, 0u);
  return WAVE == 64u ? __builtin_amdgcn_mbcnt_hi(~0u, low) : low;
}

DEV u32 native_shuffle(u32 x, u32 lane) {
  return u32(__builtin_amdgcn_ds_bpermute(i32((lane & (WAVE - 1u)) * 4u), i32(x)));
}
DEV u32 native_shuffle_xor(u32 x, u32 mask) { return native_shuffle(x, native_lane() ^ mask); }

/// The value of a lane that, before step `mask` of a butterfly, agrees with lane `^ mask`: the
/// steps below have made all lanes equal whose numbers differ in lower bits only.
template <u32 mask>
DEV u32 native_partner(u32 x) {
  constexpr i32 quad_1032 = 0xb1;
  constexpr i32 quad_2301 = 0x4e;
  constexpr i32 mirror_in_8 = 0x141;
  constexpr i32 mirror_in_16 = 0x140;
  constexpr i32 swap_16 = 0x401f;
  if constexpr (mask == 1u) {
    return u32(__builtin_amdgcn_mov_dpp(i32(x), quad_1032, 0xf, 0xf, true));
  } else if constexpr (mask == 2u) {
    return u32(__builtin_amdgcn_mov_dpp(i32(x), quad_2301, 0xf, 0xf, true));
  } else if constexpr (mask == 4u) {
    return u32(__builtin_amdgcn_mov_dpp(i32(x), mirror_in_8, 0xf, 0xf, true));
  } else if constexpr (mask == 8u) {
    return u32(__builtin_amdgcn_mov_dpp(i32(x), mirror_in_16, 0xf, 0xf, true));
  } else if constexpr (mask == 16u) {
    return u32(__builtin_amdgcn_ds_swizzle(i32(x), swap_16));
  } else {
    return native_shuffle(x, native_lane() ^ mask);
  }
}

DEV u64 native_ballot(bool x) {
#if defined(__GFX9__)
  return __builtin_amdgcn_ballot_w64(x);
#else
  return __builtin_amdgcn_ballot_w32(x);
#endif
}

DEV void native_device_fence() { __threadfence(); }

DEV void native_wave_barrier() {
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "wavefront");
  __builtin_amdgcn_wave_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "wavefront");
}

// --- Atomics ---

#define ATOMIC_SCOPE __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT

template <class T> DEV T native_atomic_load(const T* p) { return __hip_atomic_load(p, ATOMIC_SCOPE); }
template <class T> DEV void native_atomic_store(T* p, T x) { __hip_atomic_store(p, x, ATOMIC_SCOPE); }
template <class T> DEV T native_atomic_add(T* p, T x) { return __hip_atomic_fetch_add(p, x, ATOMIC_SCOPE); }
template <class T> DEV T native_atomic_min(T* p, T x) { return __hip_atomic_fetch_min(p, x, ATOMIC_SCOPE); }
template <class T> DEV T native_atomic_max(T* p, T x) { return __hip_atomic_fetch_max(p, x, ATOMIC_SCOPE); }
template <class T> DEV T native_atomic_and(T* p, T x) { return __hip_atomic_fetch_and(p, x, ATOMIC_SCOPE); }
template <class T> DEV T native_atomic_or(T* p, T x) { return __hip_atomic_fetch_or(p, x, ATOMIC_SCOPE); }
template <class T> DEV T native_atomic_xor(T* p, T x) { return __hip_atomic_fetch_xor(p, x, ATOMIC_SCOPE); }
template <class T> DEV T native_atomic_exchange(T* p, T x) { return __hip_atomic_exchange(p, x, ATOMIC_SCOPE); }

template <class T>
DEV T native_atomic_cas(T* p, T old, T x) {
  __hip_atomic_compare_exchange_strong(p, &old, x, __ATOMIC_RELAXED, ATOMIC_SCOPE);
  return old;
}

