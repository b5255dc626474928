// The hooks of templates, for AMD.

// --- Tiles ---

typedef u32 Words2 __attribute__((ext_vector_type(2)));
typedef u32 Words4 __attribute__((ext_vector_type(4)));

#if defined(__GFX11__)

// WMMA of 16 x 16 x 16 in waves of 32. Operands: lane l holds all of row l % 16, lanes 16 .. 32 the
// same as lanes 0 .. 16; B's columns are our rows. Accumulators: value e of lane l is in row
// 2 e + l / 16 and column l % 16.

#define FRAG 8
#define ACC 8

typedef i32 Ints4 __attribute__((ext_vector_type(4)));
typedef i32 Ints8 __attribute__((ext_vector_type(8)));
typedef f32 Floats8 __attribute__((ext_vector_type(8)));
typedef _Float16 Halves16 __attribute__((ext_vector_type(16)));

typedef arr<u32, FRAG> Frag;

/// 16 rows of 32 bytes: the first at `tile[at]`, each `stride` elements after the last, all on
/// multiples of 16 bytes.
template <class T>
DEV Frag load_rows(u32 at, u32 stride, u32 lane, const T* tile) {
  Frag frag;
  const Words4* row = (const Words4*)&tile[at + lane % 16u * stride];
  const Words4 parts[2] = {row[0], row[1]};
  MEMCPY(frag.values, parts, 32);
  return frag;
}

/// Bytes 16 `half` .. 16 `half` + 16 of each row.
DEV Ints4 half_of(const Frag& frag, u32 half) {
  Ints4 part;
  MEMCPY(&part, frag.values + 4u * half, 16);
  return part;
}

template <class... Tiles>
DEV void mma_i8(arr<i32, ACC>& acc, const Frag& a, const Frag& b, u32, Tiles...) {
  Ints8 sum;
  MEMCPY(&sum, acc.values, 32);
#pragma unroll
  for (u32 half = 0; half < 2; half++) {
    sum = __builtin_amdgcn_wmma_i32_16x16x16_iu8_w32(
        true, half_of(a, half), true, half_of(b, half), sum, false);
  }
  MEMCPY(acc.values, &sum, 32);
}

template <class... Tiles>
DEV void mma_f16(arr<f32, ACC>& acc, const Frag& a, const Frag& b, u32, Tiles...) {
  Floats8 sum;
  Halves16 left, right;
  MEMCPY(&sum, acc.values, 32);
  MEMCPY(&left, a.values, 32);
  MEMCPY(&right, b.values, 32);
  sum = __builtin_amdgcn_wmma_f32_16x16x16_f16_w32(left, right, sum);
  MEMCPY(acc.values, &sum, 32);
}

DEV u32 acc_row(u32 lane, u32 e) { return 2u * e + lane / 16u; }
DEV u32 acc_col(u32 lane, u32) { return lane % 16u; }

#elif defined(__GFX9__)

// MFMA of 16 x 16 in waves of 64. Operands: with q = l / 16, lane l holds a quarter of row l % 16,
// the q-th 8 bytes of 32; B's columns are our rows. Accumulators: value e of lane l is in row
// 4 q + e and column l % 16.

#define FRAG 2
#define ACC 4

typedef i32 Ints4 __attribute__((ext_vector_type(4)));
typedef f32 Floats4 __attribute__((ext_vector_type(4)));
typedef _Float16 Halves4 __attribute__((ext_vector_type(4)));

typedef arr<u32, FRAG> Frag;

/// 16 rows of 32 bytes: the first at `tile[at]`, each `stride` elements after the last, all on
/// multiples of 16 bytes.
template <class T>
DEV Frag load_rows(u32 at, u32 stride, u32 lane, const T* tile) {
  Frag frag;
  const Words2* row = (const Words2*)&tile[at + lane % 16u * stride];
  const Words2 part = row[lane / 16u];
  MEMCPY(frag.values, &part, 8);
  return frag;
}

template <class... Tiles>
DEV void mma_i8(arr<i32, ACC>& acc, const Frag& a, const Frag& b, u32, Tiles...) {
  Ints4 sum;
  MEMCPY(&sum, acc.values, 16);
#if defined(__gfx942__) || defined(__gfx940__) || defined(__gfx941__) || defined(__gfx950__)
  long left, right;
  MEMCPY(&left, a.values, 8);
  MEMCPY(&right, b.values, 8);
  sum = __builtin_amdgcn_mfma_i32_16x16x32_i8(left, right, sum, 0, 0, 0);
#else
  // 16 bytes of each row at a time. Which ones is all the same, as long as both operands agree.
  sum = __builtin_amdgcn_mfma_i32_16x16x16i8(i32(a[0]), i32(b[0]), sum, 0, 0, 0);
  sum = __builtin_amdgcn_mfma_i32_16x16x16i8(i32(a[1]), i32(b[1]), sum, 0, 0, 0);
#endif
  MEMCPY(acc.values, &sum, 16);
}

template <class... Tiles>
DEV void mma_f16(arr<f32, ACC>& acc, const Frag& a, const Frag& b, u32, Tiles...) {
  Floats4 sum;
  Halves4 left, right;
  MEMCPY(&sum, acc.values, 16);
  MEMCPY(&left, a.values, 8);
  MEMCPY(&right, b.values, 8);
  sum = __builtin_amdgcn_mfma_f32_16x16x16f16(left, right, sum, 0, 0, 0);
  MEMCPY(acc.values, &sum, 16);
}

DEV u32 acc_row(u32 lane, u32 e) { return 4u * (lane / 16u) + e; }
DEV u32 acc_col(u32 lane, u32) { return lane % 16u; }

#endif

#if defined(FRAG)

template <class... Tiles>
DEV void product_i8(arr<i32, ACC>& acc, const Frag& a, const Frag& b, u32 lane, Tiles...) {
  acc = {};
  mma_i8(acc, a, b, lane);
}

// Both operands are held alike.
template <class T>
DEV Frag load_i8(u32 at, u32 stride, u32 lane, const T* tile) {
  return load_rows(at, stride, lane, tile);
}

template <class T>
DEV Frag load_right_i8(u32 at, u32 stride, u32 lane, const T* tile) {
  return load_rows(at, stride, lane, tile);
}

template <class T>
DEV Frag load_f16(u32 at, u32 stride, u32 lane, const T* tile) {
  return load_rows(at, stride, lane, tile);
}

template <class T>
DEV Frag load_right_f16(u32 at, u32 stride, u32 lane, const T* tile) {
  return load_rows(at, stride, lane, tile);
}

#endif

// --- Memory ---

/// At once: there is no copy that passes registers by.
template <class To, class From>
DEV void async_copy16(u32 to, u32 from, To* shared, const From* storage) {
  *(Words4*)&shared[to] = *(const Words4*)&storage[from];
}

DEV void async_commit() {}

template <u32 n>
DEV void async_wait() {}

DEV u32x4 stream(u32 i, const u32x4* from) {
  const Words4 words = __builtin_nontemporal_load((const Words4*)&from[i]);
  return {words.x, words.y, words.z, words.w};
}

// --- Words ---

/// Four of the bytes of `a` (0 to 3) and `b` (4 to 7), one for each hexadecimal digit of `choice`.
/// The instruction wants a byte for each, and has its operands the other way round.
DEV u32 permute(u32 a, u32 b, u32 choice) {
  const u32 pairs = (choice & 0xffu) | (choice & 0xff00u) << 8;
  const u32 bytes = (pairs & 0x000f000fu) | (pairs & 0x00f000f0u) << 4;
  return __builtin_amdgcn_perm(b, a, bytes);
}

