// The builtins of AMD's compiler that the HIP prelude uses, on the CPU. Lane layouts are those of
// the "RDNA3 ISA" (WMMA) and "CDNA3 ISA" (MFMA, DPP, DS_SWIZZLE) documents and of AMD's matrix
// instruction calculator; nothing here is taken from the prelude.

// As under hiprtc, the words of the language are there.
#define __HIPCC_RTC__

namespace amdgcn {

using lanes::exchange;
using lanes::lane;

typedef int Int4 __attribute__((ext_vector_type(4)));
typedef int Int8 __attribute__((ext_vector_type(8)));
typedef float Float4 __attribute__((ext_vector_type(4)));
typedef float Float8 __attribute__((ext_vector_type(8)));
typedef _Float16 Half4 __attribute__((ext_vector_type(4)));
typedef _Float16 Half16 __attribute__((ext_vector_type(16)));

[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(3);
}

/// Both operands of a lane.
template <class T>
struct Operands {
  T a, b;
};

/// `c + A B` of 16 x 16 from each lane's fragments. `a_of(lane, j)` is the row and column of A of
/// which element `j` of a lane is the value; B is laid out as A transposed. `d_of(e)` is the row
/// and column of this lane's value `e`.
template <unsigned k_total, unsigned per_lane, class E, class T, class C, class AOf, class DOf>
C multiply(T a, T b, C c, AOf a_of, DOf d_of) {
  using Sum = decltype(c[0] + c[0]);
  Sum left[16][k_total], right[16][k_total];
  exchange(Operands<T>{a, b}, [&](auto of) {
    for (unsigned l = 0; l < lanes::wave; l++) {
      const Operands<T> both = of(l);
      E elements[2][per_lane];
      std::memcpy(elements[0], &both.a, sizeof elements[0]);
      std::memcpy(elements[1], &both.b, sizeof elements[1]);
      for (unsigned j = 0; j < per_lane; j++) {
        const auto at = a_of(l, j);
        left[at.row][at.k] = Sum(elements[0][j]);
        right[at.row][at.k] = Sum(elements[1][j]);
      }
    }
    return 0;
  });
  for (unsigned e = 0; e < sizeof(C) / sizeof(Sum); e++) {
    const auto at = d_of(e);
    Sum sum = c[e];
    for (unsigned k = 0; k < k_total; k++) sum += left[at.row][k] * right[at.k][k];
    c[e] = sum;
  }
  return c;
}

/// An element of a matrix: of A in row and depth, of D in row and column.
struct At {
  unsigned row, k;
};

/// WMMA in waves of 32: "lanes 0-15 and 16-31 must hold the same".
template <class T>
void check_replicated(T a, T b) {
  exchange(Operands<T>{a, b}, [&](auto of) {
    const Operands<T> low = of(lane() % 16), high = of(lane() % 16 + 16);
    if (std::memcmp(&low, &high, sizeof low) != 0) fail("wmma: the halves of a wave differ");
    return 0;
  });
}

/// Row l % 16; all 16 values.
inline At wmma_a(unsigned l, unsigned j) { return {l % 16, j}; }
/// Rows of even number in lanes 0 to 15, of odd number in the others.
inline At wmma_d(unsigned e) { return {2 * e + lane() / 16, lane() % 16}; }

inline Int8 wmma_i8(bool a_signed, Int4 a, bool b_signed, Int4 b, Int8 c, bool clamp) {
  if (!a_signed || !b_signed || clamp) fail("wmma: not of signed bytes, or it saturates");
  check_replicated(a, b);
  return multiply<16, 16, signed char>(a, b, c, wmma_a, wmma_d);
}

inline Float8 wmma_f16(Half16 a, Half16 b, Float8 c) {
  check_replicated(a, b);
  return multiply<16, 16, _Float16>(a, b, c, wmma_a, wmma_d);
}

/// Row l % 16; the (l / 16)-th of four groups along k.
template <unsigned per_lane>
At mfma_a(unsigned l, unsigned j) {
  return {l % 16, per_lane * (l / 16) + j};
}
/// Four rows in each quarter of the wave.
inline At mfma_d(unsigned e) { return {4 * (lane() / 16) + e, lane() % 16}; }

inline void check_plain(int cbsz, int abid, int blgp) {
  if (cbsz != 0 || abid != 0 || blgp != 0) fail("mfma: operands are permuted");
}

inline Int4 mfma_i8_k16(int a, int b, Int4 c, int cbsz, int abid, int blgp) {
  check_plain(cbsz, abid, blgp);
  return multiply<16, 4, signed char>(a, b, c, mfma_a<4>, mfma_d);
}
inline Int4 mfma_i8_k32(long a, long b, Int4 c, int cbsz, int abid, int blgp) {
  check_plain(cbsz, abid, blgp);
  return multiply<32, 8, signed char>(a, b, c, mfma_a<8>, mfma_d);
}
inline Float4 mfma_f16(Half4 a, Half4 b, Float4 c, int cbsz, int abid, int blgp) {
  check_plain(cbsz, abid, blgp);
  return multiply<16, 4, _Float16>(a, b, c, mfma_a<4>, mfma_d);
}

inline int bpermute(int address, int x) {
  return exchange(x, [=](auto of) { return of(unsigned(address) / 4 % lanes::wave); });
}

/// DPP controls: quad_perm 0 .. 0xff, row_mirror 0x140, row_half_mirror 0x141.
inline int dpp(int x, int control, int row_mask, int bank_mask, bool) {
  if (row_mask != 0xf || bank_mask != 0xf) fail("dpp: some rows or banks are masked");
  const unsigned l = lane();
  unsigned from = 0;
  if (control >= 0 && control <= 0xff) {
    from = l / 4 * 4 + (unsigned(control) >> (2 * (l % 4)) & 3);
  } else if (control == 0x140) {
    from = l / 16 * 16 + 15 - l % 16;
  } else if (control == 0x141) {
    from = l / 8 * 8 + 7 - l % 8;
  } else {
    fail("dpp: a control that is not known here");
  }
  return exchange(x, [=](auto of) { return of(from); });
}

/// Bit 15 clear: and, or and xor masks for the lane within 32.
inline int swizzle(int x, int pattern) {
  if ((pattern & 0x8000) != 0) fail("ds_swizzle: a pattern that is not known here");
  const unsigned l = lane(), p = unsigned(pattern);
  const unsigned from = (((l & 31) & (p & 31)) | (p >> 5 & 31)) ^ (p >> 10 & 31);
  return exchange(x, [=](auto of) { return of(l / 32 * 32 + from); });
}

inline unsigned long ballot(bool x) {
  return exchange(x, [](auto of) {
    unsigned long bits = 0;
    for (unsigned l = 0; l < lanes::wave; l++) bits |= (unsigned long)(of(l)) << l;
    return bits;
  });
}

inline unsigned mbcnt_lo(unsigned mask, unsigned base) {
  const unsigned below = lane() >= 32 ? ~0u : (1u << lane()) - 1;
  return base + unsigned(__builtin_popcount(mask & below));
}
inline unsigned mbcnt_hi(unsigned mask, unsigned base) {
  const unsigned below = lane() < 32 ? 0u : (1u << (lane() - 32)) - 1;
  return base + unsigned(__builtin_popcount(mask & below));
}

template <class E>
int dot4(int a, int b, int c) {
  E left[4], right[4];
  std::memcpy(left, &a, 4);
  std::memcpy(right, &b, 4);
  for (int i = 0; i < 4; i++) c = int(unsigned(c) + unsigned(int(left[i]) * int(right[i])));
  return c;
}
inline int sudot4(bool a_signed, int a, bool b_signed, int b, int c, bool clamp) {
  if (!a_signed || !b_signed || clamp) fail("dot4: not of signed bytes, or it saturates");
  return dot4<signed char>(a, b, c);
}

/// v_perm_b32: bytes 0 to 3 are those of the second operand, 4 to 7 those of the first.
inline unsigned perm(unsigned first, unsigned second, unsigned selector) {
  const unsigned long bytes = (unsigned long)(first) << 32 | second;
  unsigned result = 0;
  for (unsigned i = 0; i < 4; i++) {
    const unsigned which = selector >> (8 * i) & 255;
    if (which > 7) fail("v_perm_b32: a selector that is not known here");
    result |= unsigned(bytes >> (8 * which) & 255) << (8 * i);
  }
  return result;
}

}  // namespace amdgcn

#define __builtin_amdgcn_wmma_i32_16x16x16_iu8_w32 amdgcn::wmma_i8
#define __builtin_amdgcn_wmma_f32_16x16x16_f16_w32 amdgcn::wmma_f16
#define __builtin_amdgcn_mfma_i32_16x16x16i8 amdgcn::mfma_i8_k16
#define __builtin_amdgcn_mfma_i32_16x16x32_i8 amdgcn::mfma_i8_k32
#define __builtin_amdgcn_mfma_f32_16x16x16f16 amdgcn::mfma_f16
#define __builtin_amdgcn_ds_bpermute amdgcn::bpermute
#define __builtin_amdgcn_mov_dpp amdgcn::dpp
#define __builtin_amdgcn_ds_swizzle amdgcn::swizzle
#define __builtin_amdgcn_ballot_w32 amdgcn::ballot
#define __builtin_amdgcn_ballot_w64 amdgcn::ballot
#define __builtin_amdgcn_mbcnt_lo amdgcn::mbcnt_lo
#define __builtin_amdgcn_mbcnt_hi amdgcn::mbcnt_hi
#define __builtin_amdgcn_sudot4 amdgcn::sudot4
#define __builtin_amdgcn_sdot4(a, b, c, clamp) amdgcn::dot4<signed char>(a, b, c)
#define __builtin_amdgcn_udot4(a, b, c, clamp) \
  unsigned(amdgcn::dot4<unsigned char>(int(a), int(b), int(c)))
#define __builtin_amdgcn_perm amdgcn::perm
#define __builtin_amdgcn_rsqf(x) float(1.0 / std::sqrt(double(x)))
#define __builtin_amdgcn_wave_barrier() lanes::wait(lanes::own_wave().barrier)
#define __builtin_amdgcn_fence(order, scope)

#define __HIP_MEMORY_SCOPE_AGENT 0
#define __hip_atomic_load(p, ...) __atomic_load_n(p, __ATOMIC_RELAXED)
#define __hip_atomic_store(p, x, ...) __atomic_store_n(p, x, __ATOMIC_RELAXED)
#define __hip_atomic_fetch_add(p, x, ...) __atomic_fetch_add(p, x, __ATOMIC_RELAXED)
#define __hip_atomic_fetch_min(p, x, ...) __atomic_fetch_min(p, x, __ATOMIC_RELAXED)
#define __hip_atomic_fetch_max(p, x, ...) __atomic_fetch_max(p, x, __ATOMIC_RELAXED)
#define __hip_atomic_fetch_and(p, x, ...) __atomic_fetch_and(p, x, __ATOMIC_RELAXED)
#define __hip_atomic_fetch_or(p, x, ...) __atomic_fetch_or(p, x, __ATOMIC_RELAXED)
#define __hip_atomic_fetch_xor(p, x, ...) __atomic_fetch_xor(p, x, __ATOMIC_RELAXED)
#define __hip_atomic_exchange(p, x, ...) __atomic_exchange_n(p, x, __ATOMIC_RELAXED)
#define __hip_atomic_compare_exchange_strong(p, old, x, ...) \
  __atomic_compare_exchange_n(p, old, x, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)

