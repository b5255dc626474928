// What only NVIDIA's compiler knows: one instruction, or one function of its library, in each
// function here. NVRTC needs no headers for it.

#define DEV __device__ __forceinline__

/// Copies `n` bytes, a constant.
#define MEMCPY(to, from, n) memcpy(to, from, n)

/// Vectors are plain structs.
#define WHOLE_COPIES_2
#define WHOLE_COPIES_4

/// Threads of a subgroup.
#define WAVE 32u

// --- Halves ---

struct alignas(2) f16 {
  u16 bits;

  f16() = default;

  DEV explicit f16(f32 x) {
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  }

  DEV operator f32() const {
    f32 x;
    asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
    return x;
  }
};

// A product or sum of two halves is exact enough in 32 bits that rounding it once more to 16
// gives the nearest half.
DEV f16 operator+(f16 a, f16 b) { return f16(f32(a) + f32(b)); }
DEV f16 operator-(f16 a, f16 b) { return f16(f32(a) - f32(b)); }
DEV f16 operator*(f16 a, f16 b) { return f16(f32(a) * f32(b)); }
DEV f16 operator/(f16 a, f16 b) { return f16(f32(a) / f32(b)); }
DEV f16 operator-(f16 a) { return f16(-f32(a)); }

/// Two numbers as halves in one word, `low` in the lower half.
DEV u32 native_pack_f16(f32 low, f32 high) {
  u32 word;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
  return word;
}

// --- Numbers ---

DEV f32 native_exp(f32 x) { return expf(x); }
DEV f32 native_exp2(f32 x) { return exp2f(x); }
DEV f32 native_log(f32 x) { return logf(x); }
DEV f32 native_log2(f32 x) { return log2f(x); }
DEV f32 native_sqrt(f32 x) { return sqrtf(x); }
DEV f32 native_rsqrt(f32 x) { return rsqrtf(x); }
DEV f32 native_floor(f32 x) { return floorf(x); }
DEV f32 native_ceil(f32 x) { return ceilf(x); }
DEV f32 native_trunc(f32 x) { return truncf(x); }
DEV f32 native_round_even(f32 x) { return rintf(x); }
DEV f32 native_min(f32 a, f32 b) { return fminf(a, b); }
DEV f32 native_max(f32 a, f32 b) { return fmaxf(a, b); }
DEV f32 native_abs(f32 x) { return fabsf(x); }
DEV f32 native_fma(f32 a, f32 b, f32 c) { return __fmaf_rn(a, b, c); }

/// About 1 / x.
DEV f32 ptx_reciprocal(f32 x) {
  f32 y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

DEV u32 native_count_ones(u32 x) { return u32(__popc(i32(x))); }
DEV u32 native_count_leading_zeros(u32 x) { return u32(__clz(i32(x))); }
DEV u32 native_reverse_bits(u32 x) { return __brev(x); }

/// Bytes of `a` (0 to 3) and `b` (4 to 7) by the lower four hexadecimal digits of `choice`, which are
/// below 8: the library's function would take them modulo 8 first.
DEV u32 native_permute(u32 a, u32 b, u32 choice) {
  u32 bytes;
  asm("prmt.b32 %0, %1, %2, %3;" : "=r"(bytes) : "r"(a), "r"(b), "r"(choice));
  return bytes;
}

/// `c` plus the products of four signed bytes.
DEV i32 native_dp4a(u32 a, u32 b, i32 c) { return __dp4a(i32(a), i32(b), c); }

/// `c` plus the products of four unsigned bytes.
DEV u32 native_udp4a(u32 a, u32 b, u32 c) { return __dp4a(a, b, c); }

// --- Subgroups ---

DEV u32 native_lane() {
  u32 lane;
  asm("mov.u32 %0, %%laneid;" : "=r"(lane));
  return lane;
}

DEV u32 native_shuffle(u32 x, u32 lane) { return __shfl_sync(~0u, x, i32(lane)); }

DEV u32 native_shuffle_xor(u32 x, u32 mask) { return __shfl_xor_sync(~0u, x, i32(mask)); }

/// The value of a lane that, before step `mask` of a butterfly, agrees with lane `^ mask`.
template <u32 mask>
DEV u32 native_partner(u32 x) {
  return __shfl_xor_sync(~0u, x, i32(mask));
}

DEV u64 native_ballot(bool x) { return __ballot_sync(~0u, x); }

DEV void native_wave_barrier() { __syncwarp(); }
/// Cheaper than `__threadfence()`, which also orders what nobody waits for.
DEV void native_device_fence() { asm volatile("fence.acq_rel.gpu;" ::: "memory"); }

// --- Atomics ---

template <class T> DEV T native_atomic_load(const T* p) { return *(const volatile T*)p; }
template <class T> DEV void native_atomic_store(T* p, T x) { *(volatile T*)p = x; }
template <class T> DEV T native_atomic_add(T* p, T x) { return atomicAdd(p, x); }
template <class T> DEV T native_atomic_min(T* p, T x) { return atomicMin(p, x); }
template <class T> DEV T native_atomic_max(T* p, T x) { return atomicMax(p, x); }
template <class T> DEV T native_atomic_and(T* p, T x) { return atomicAnd(p, x); }
template <class T> DEV T native_atomic_or(T* p, T x) { return atomicOr(p, x); }
template <class T> DEV T native_atomic_xor(T* p, T x) { return atomicXor(p, x); }
template <class T> DEV T native_atomic_exchange(T* p, T x) { return atomicExch(p, x); }
template <class T> DEV T native_atomic_cas(T* p, T old, T x) { return atomicCAS(p, old, x); }

// Only unsigned 64-bit sums have an instruction; two's complement adds signed ones as well.
DEV i64 native_atomic_add(i64* p, i64 x) { return i64(atomicAdd((u64*)p, u64(x))); }

// --- Matrices ---

/// Four 8 x 8 matrices of 16-bit values from shared memory. Lane `l` passes the address of row
/// `l % 8` of matrix `l / 8`, 16 bytes on a multiple of 16, and gets of each matrix the word
/// `l % 4` of row `l / 4`.
DEV void ptx_ldmatrix_x4(u32* out, const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(u32(__cvta_generic_to_shared(row)))
               : "memory");
}

/// The same with rows and columns of each matrix exchanged.
DEV void ptx_ldmatrix_x4_across(u32* out, const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(u32(__cvta_generic_to_shared(row)))
               : "memory");
}

/// `d = A B` for A of 16 x 32 and B of 32 x 8 signed bytes. What is added is the register that is
/// zero, not four that have to become it.
DEV void ptx_mma_m16n8k32_s8(i32* d, const u32* a, u32 b0, u32 b1) {
  asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %10, %10, %10};"
      : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1), "r"(0));
}

/// `d += A B` for A of 16 x 16 and B of 16 x 8 halves, summed in 32 bits.
DEV void ptx_mma_m16n8k16_f16(f32* d, const u32* a, u32 b0, u32 b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// --- Memory ---

/// Begins a copy of 16 bytes, around L1.
DEV void ptx_async_copy16(void* to_shared, const void* from_global) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;"
               :
               : "r"(u32(__cvta_generic_to_shared(to_shared))),
                 "l"(__cvta_generic_to_global(from_global))
               : "memory");
}

DEV void ptx_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <i32 n>
DEV void ptx_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(n) : "memory");
}

/// 16 bytes that nothing writes while the kernel runs, not kept in L1.
DEV void ptx_load_constant_once(u32* out, const void* from) {
  asm("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
      : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
      : "l"(__cvta_generic_to_global(from)));
}

/// 16 bytes, not kept in L1.
DEV void ptx_load_once(u32* out, const void* from) {
  asm volatile("ld.global.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "l"(__cvta_generic_to_global(from))
               : "memory");
}

/// Begins to bring `bytes` into L2, a multiple of 16, from an address that is one.
DEV void ptx_prefetch(const void* from, u32 bytes) {
#if __CUDA_ARCH__ >= 900
  asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;"
               :
               : "l"(__cvta_generic_to_global(from)), "r"(bytes)
               : "memory");
#endif
}

// --- Launches ---

/// Waits until the kernels before this one have finished and what they wrote can be read.
DEV void ptx_grid_wait() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/// Lets the kernel after this one start.
DEV void ptx_grid_launch() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

