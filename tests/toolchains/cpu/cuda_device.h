// The functions of the CUDA prelude's `cuda_device.h`, on the CPU. Matrices are put together from
// the fragments of all lanes by the tables of the PTX ISA, chapter "Matrix Multiply-Accumulate
// Operation using mma Instruction", and `ldmatrix`; nothing here is taken from the prelude.

#define DEV inline
#define MEMCPY(to, from, n) std::memcpy(to, from, n)
#define WAVE 32u
#define WHOLE_COPIES_2
#define WHOLE_COPIES_4

typedef _Float16 f16;

DEV u32 native_pack_f16(f32 low, f32 high) {
  const f16 halves[2] = {f16(low), f16(high)};
  u32 word;
  std::memcpy(&word, halves, 4);
  return word;
}

DEV f32 native_exp(f32 x) { return expf(x); }
DEV f32 native_exp2(f32 x) { return exp2f(x); }
DEV f32 native_log(f32 x) { return logf(x); }
DEV f32 native_log2(f32 x) { return log2f(x); }
DEV f32 native_sqrt(f32 x) { return sqrtf(x); }
DEV f32 native_rsqrt(f32 x) { return f32(1.0 / sqrt(double(x))); }
DEV f32 native_floor(f32 x) { return floorf(x); }
DEV f32 native_ceil(f32 x) { return ceilf(x); }
DEV f32 native_trunc(f32 x) { return truncf(x); }
DEV f32 native_round_even(f32 x) { return rintf(x); }
DEV f32 native_min(f32 a, f32 b) { return fminf(a, b); }
DEV f32 native_max(f32 a, f32 b) { return fmaxf(a, b); }
DEV f32 native_abs(f32 x) { return fabsf(x); }
DEV f32 native_fma(f32 a, f32 b, f32 c) { return fmaf(a, b, c); }

DEV u32 native_count_ones(u32 x) { return u32(__builtin_popcount(x)); }
DEV u32 native_count_leading_zeros(u32 x) { return x == 0u ? 32u : u32(__builtin_clz(x)); }
DEV u32 native_reverse_bits(u32 x) { return __builtin_bitreverse32(x); }

/// PTX `prmt`, as far as digits below 8 go.
DEV f32 ptx_reciprocal(f32 x) { return 1.0f / x; }
DEV u32 native_permute(u32 a, u32 b, u32 choice) {
  const u64 bytes = u64(b) << 32 | a;
  u32 result = 0;
  for (u32 i = 0; i < 4; i++) result |= u32(u8(bytes >> (8 * (choice >> (4 * i) & 7u)))) << (8 * i);
  return result;
}

DEV i32 native_dp4a(u32 a, u32 b, i32 c) {
  i64 sum = c;
  for (u32 i = 0; i < 32; i += 8) sum += i32(i8(a >> i)) * i32(i8(b >> i));
  return i32(u32(u64(sum)));
}
DEV u32 native_udp4a(u32 a, u32 b, u32 c) {
  for (u32 i = 0; i < 32; i += 8) c += u32(u8(a >> i)) * u32(u8(b >> i));
  return c;
}

// --- Subgroups ---

DEV u32 native_lane() { return lanes::lane(); }
DEV u32 native_shuffle(u32 x, u32 lane) {
  return lanes::exchange(x, [=](auto of) { return of(lane % 32u); });
}
DEV u32 native_shuffle_xor(u32 x, u32 mask) { return native_shuffle(x, native_lane() ^ mask); }
template <u32 mask>
DEV u32 native_partner(u32 x) {
  return native_shuffle(x, native_lane() ^ mask);
}
DEV u64 native_ballot(bool x) {
  return lanes::exchange(x, [](auto of) {
    u64 bits = 0;
    for (u32 lane = 0; lane < 32; lane++) bits |= u64(of(lane)) << lane;
    return bits;
  });
}
DEV void native_device_fence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
DEV void native_wave_barrier() { lanes::wait(lanes::own_wave().barrier); }

// --- Atomics: fibers do not interrupt each other ---

template <class T> DEV T native_atomic_load(const T* p) { return *p; }
template <class T> DEV void native_atomic_store(T* p, T x) { *p = x; }
template <class T, class F>
DEV T native_update(T* p, F f) {
  const T old = *p;
  *p = f(old);
  return old;
}
template <class T> DEV T native_atomic_add(T* p, T x) { return native_update(p, [=](T old) { return T(u64(old) + u64(x)); }); }
template <class T> DEV T native_atomic_min(T* p, T x) { return native_update(p, [=](T old) { return x < old ? x : old; }); }
template <class T> DEV T native_atomic_max(T* p, T x) { return native_update(p, [=](T old) { return x > old ? x : old; }); }
template <class T> DEV T native_atomic_and(T* p, T x) { return native_update(p, [=](T old) { return T(old & x); }); }
template <class T> DEV T native_atomic_or(T* p, T x) { return native_update(p, [=](T old) { return T(old | x); }); }
template <class T> DEV T native_atomic_xor(T* p, T x) { return native_update(p, [=](T old) { return T(old ^ x); }); }
template <class T> DEV T native_atomic_exchange(T* p, T x) { return native_update(p, [=](T) { return x; }); }
template <class T> DEV T native_atomic_cas(T* p, T e, T x) { return native_update(p, [=](T old) { return old == e ? x : old; }); }

// --- Matrices ---

/// "Each thread's 8 rows of an 8 x 8 matrix of b16": lanes 8 i .. 8 i + 8 address the rows of
/// matrix i; `take(word, row, l)` picks of the rows that `row(r)` addresses what lane l receives.
template <class F>
DEV void each_matrix(u32* out, const void* row, F take) {
  if (u64(row) % 16 != 0) {
    std::fprintf(stderr, "ldmatrix: a row at %p is not on 16 bytes\n", row);
    std::exit(3);
  }
  const u32 lane = lanes::lane();
  struct Four {
    u32 words[4];
  };
  const Four got = lanes::exchange(row, [=](auto of) {
    Four four;
    for (u32 matrix = 0; matrix < 4; matrix++) {
      take(&four.words[matrix], [=](u32 r) { return (const u16*)of(8 * matrix + r); }, lane);
    }
    return four;
  });
  std::memcpy(out, got.words, 16);
}

/// Lane l receives elements 2 (l % 4) and 2 (l % 4) + 1 of row l / 4.
DEV void ptx_ldmatrix_x4(u32* out, const void* row) {
  each_matrix(out, row, [](u32* word, auto row, u32 l) {
    std::memcpy(word, row(l / 4) + 2 * (l % 4), 4);
  });
}

/// With `.trans`: element l / 4 of rows 2 (l % 4) and 2 (l % 4) + 1.
DEV void ptx_ldmatrix_x4_across(u32* out, const void* row) {
  each_matrix(out, row, [](u32* word, auto row, u32 l) {
    *word = u32(row(2 * (l % 4))[l / 4]) | u32(row(2 * (l % 4) + 1)[l / 4]) << 16;
  });
}

/// The registers of one lane: operand A in four, operand B in two.
struct Operands {
  u32 a[4], b[2];
};

/// m16n8k32, .s8. A: `row = g for a_i with 0 <= i < 4 or 8 <= i < 12, else g + 8`;
/// `col = 4 t + i % 4 for i < 8, else 4 t + i % 4 + 16`. B: `row = 4 t + i % 4 for i < 4, else
/// 4 t + i % 4 + 16`; `col = g`. C: `row = g for i < 2, else g + 8`; `col = 2 t + i % 2`.
DEV void ptx_mma_m16n8k32_s8(i32* d, const u32* a, u32 b0, u32 b1) {
  i32 left[16][32], right[32][8];
  const Operands own = {{a[0], a[1], a[2], a[3]}, {b0, b1}};
  lanes::exchange(own, [&](auto of) {
    for (u32 lane = 0; lane < 32; lane++) {
      const Operands all = of(lane);
      const u32 g = lane >> 2, t = lane % 4;
      for (u32 i = 0; i < 16; i++) {
        const bool upper = i < 4 || (i >= 8 && i < 12);
        const u32 col = 4 * t + (i & 3) + (i < 8 ? 0 : 16);
        left[upper ? g : g + 8][col] = ((const i8*)all.a)[i];
      }
      for (u32 i = 0; i < 8; i++) {
        right[4 * t + (i & 3) + (i < 4 ? 0 : 16)][g] = ((const i8*)all.b)[i];
      }
    }
    return 0;
  });
  const u32 g = lanes::lane() >> 2, t = lanes::lane() % 4;
  for (u32 i = 0; i < 4; i++) {
    const u32 row = i < 2 ? g : g + 8, col = 2 * t + (i & 1);
    d[i] = 0;
    for (u32 k = 0; k < 32; k++) d[i] += left[row][k] * right[k][col];
  }
}

/// m16n8k16, .f16. A: `row = g for a_i with 0 <= i < 2 or 4 <= i < 6, else g + 8`;
/// `col = 2 t + i % 2 for i < 4, else 2 t + i % 2 + 8`. B: `row = 2 t + i % 2 for i < 2, else
/// 2 t + i % 2 + 8`; `col = g`. C as above.
DEV void ptx_mma_m16n8k16_f16(f32* d, const u32* a, u32 b0, u32 b1) {
  f32 left[16][16], right[16][8];
  const Operands own = {{a[0], a[1], a[2], a[3]}, {b0, b1}};
  lanes::exchange(own, [&](auto of) {
    for (u32 lane = 0; lane < 32; lane++) {
      const Operands all = of(lane);
      const u32 g = lane >> 2, t = lane % 4;
      f16 elements[12];
      std::memcpy(elements, &all, 24);
      for (u32 i = 0; i < 8; i++) {
        const bool upper = i < 2 || (i >= 4 && i < 6);
        left[upper ? g : g + 8][2 * t + (i & 1) + (i < 4 ? 0 : 8)] = f32(elements[i]);
      }
      for (u32 i = 0; i < 4; i++) {
        right[2 * t + (i & 1) + (i < 2 ? 0 : 8)][g] = f32(elements[8 + i]);
      }
    }
    return 0;
  });
  const u32 g = lanes::lane() >> 2, t = lanes::lane() % 4;
  for (u32 i = 0; i < 4; i++) {
    const u32 row = i < 2 ? g : g + 8, col = 2 * t + (i & 1);
    for (u32 k = 0; k < 16; k++) d[i] += left[row][k] * right[k][col];
  }
}

// --- Memory and launches: copies are done at once ---

DEV void ptx_async_copy16(void* to, const void* from) {
  if ((u64(to) | u64(from)) % 16 != 0) {
    std::fprintf(stderr, "cp.async: %p or %p is not on 16 bytes\n", to, from);
    std::exit(3);
  }
  std::memcpy(to, from, 16);
}
DEV void ptx_async_commit() {}
template <i32 n> DEV void ptx_async_wait() {}
DEV void ptx_load_constant_once(u32* out, const void* from) { std::memcpy(out, from, 16); }
DEV void ptx_load_once(u32* out, const void* from) { std::memcpy(out, from, 16); }
DEV void ptx_prefetch(const void*, u32) {}
DEV void ptx_grid_wait() {}
DEV void ptx_grid_launch() {}

