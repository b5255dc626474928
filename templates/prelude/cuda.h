// The hooks of templates, for NVIDIA.

// --- Tiles ---

// Threads 0 .. 32 of a warp hold 16 rows of 32 bytes in four words each. With g = lane / 4 and
// t = lane % 4, by PTX's table of operand A of mma.m16n8k32 (and, in halves, of m16n8k16):
//
//   word 0: row g, bytes 4 t ..      word 2: row g, bytes 16 + 4 t ..
//   word 1: row g + 8, same bytes    word 3: row g + 8, same bytes
//
// Operand B of 8 columns has column g where A has row g, in two words that lie beside each other:
//
//   word 0: column g, bytes 4 t ..        word 2: column g + 8, same bytes
//   word 1: column g, bytes 16 + 4 t ..   word 3: column g + 8, same bytes

#define FRAG 4
#define ACC 8

typedef arr<u32, FRAG> Frag;

/// 16 rows of 32 bytes, on multiples of 16: lane l begins `row` rows and `half` halves of a row
/// after `tile[at]`.
template <class T>
DEV const u8* half_row(u32 at, u32 stride, u32 row, u32 half, const T* tile) {
  return (const u8*)&tile[at + row * stride] + 16u * half;
}

template <class T>
DEV Frag load_rows(u32 at, u32 stride, u32 lane, const T* tile) {
  Frag frag;
  ptx_ldmatrix_x4(frag.values, half_row(at, stride, lane % 16u, lane / 16u, tile));
  return frag;
}

template <class T>
DEV Frag load_columns(u32 at, u32 stride, u32 lane, const T* tile) {
  Frag frag;
  const u32 row = lane % 8u + lane / 16u * 8u;
  ptx_ldmatrix_x4(frag.values, half_row(at, stride, row, lane / 8u % 2u, tile));
  return frag;
}

template <class T>
DEV Frag load_i8(u32 at, u32 stride, u32 lane, const T* tile) {
  return load_rows(at, stride, lane, tile);
}

template <class T>
DEV Frag load_right_i8(u32 at, u32 stride, u32 lane, const T* tile) {
  return load_columns(at, stride, lane, tile);
}

template <class T>
DEV Frag load_f16(u32 at, u32 stride, u32 lane, const T* tile) {
  return load_rows(at, stride, lane, tile);
}

template <class T>
DEV Frag load_right_f16(u32 at, u32 stride, u32 lane, const T* tile) {
  return load_columns(at, stride, lane, tile);
}

template <class... Tiles>
DEV void product_i8(arr<i32, ACC>& acc, Frag a, Frag b, u32, Tiles...) {
  ptx_mma_m16n8k32_s8(acc.values, a.values, b[0], b[1]);
  ptx_mma_m16n8k32_s8(acc.values + 4, a.values, b[2], b[3]);
}

template <class... Tiles>
DEV void mma_f16(arr<f32, ACC>& acc, Frag a, Frag b, u32, Tiles...) {
  ptx_mma_m16n8k16_f16(acc.values, a.values, b[0], b[1]);
  ptx_mma_m16n8k16_f16(acc.values + 4, a.values, b[2], b[3]);
}

/// 16 rows of 16 halves, as an operand B whose columns are theirs: of each square of 8 x 8, the
/// words hold two rows of a column.
template <class T>
DEV Frag load_across_f16(u32 at, u32 stride, u32 lane, const T* tile) {
  Frag frag;
  ptx_ldmatrix_x4_across(frag.values, half_row(at, stride, lane % 16u, lane / 16u, tile));
  return frag;
}

template <class... Tiles>
DEV void mma_across_f16(arr<f32, ACC>& acc, Frag a, Frag b, u32 lane, Tiles...) {
  mma_f16(acc, a, b, lane);
}

// An accumulator of 16 x 8 has values (g, 2 t), (g, 2 t + 1), (g + 8, 2 t), (g + 8, 2 t + 1).

DEV u32 acc_row(u32 lane, u32 e) { return lane / 4u + 8u * (e / 2u % 2u); }
DEV u32 acc_col(u32 lane, u32 e) { return 8u * (e / 4u) + 2u * (lane % 4u) + e % 2u; }

/// What belongs to the row of each value: thread 4 g + i has it of rows g and g + 8.
DEV void row_values(arr<f32, ACC>& values, f32 low, f32 high, u32 i, u32 lane) {
  low = wave_shuffle(low, lane / 4u * 4u + i);
  high = wave_shuffle(high, lane / 4u * 4u + i);
  for (u32 e = 0; e < ACC; e++) values[e] = e / 2u % 2u == 0u ? low : high;
}

/// The same for its column.
DEV void col_values(arr<f32, ACC>& values, f32 low, f32 high, u32 i, u32 lane) {
  const u32 even = lane % 4u * 8u + i;
  const f32 own[4] = {
      wave_shuffle(low, even), wave_shuffle(low, even + 4u), wave_shuffle(high, even), wave_shuffle(high, even + 4u)};
  for (u32 e = 0; e < ACC; e++) values[e] = own[e / 4u * 2u + e % 2u];
}

// --- Memory ---

template <class To, class From>
DEV void async_copy16(u32 to, u32 from, To* shared, const From* storage) {
  ptx_async_copy16(&shared[to], &storage[from]);
}

DEV void async_commit() { ptx_async_commit(); }

template <u32 n>
DEV void async_wait() {
  ptx_async_wait<n>();
}

/// What the kernel only reads can pass through the path for constants.
DEV u32x4 stream(u32 i, const u32x4* from) {
  u32x4 words;
  ptx_load_constant_once(&words.x, &from[i]);
  return words;
}
DEV u32x4 stream(u32 i, u32x4* from) {
  u32x4 words;
  ptx_load_once(&words.x, &from[i]);
  return words;
}

/// Begins to bring elements `i` to `i + n` closer.
template <class T>
DEV void prefetch(u32 i, u32 n, const T* from) { ptx_prefetch(&from[i], n * u32(sizeof(T))); }

// --- Words ---

/// Four of the bytes of `a` (0 to 3) and `b` (4 to 7), one for each hexadecimal digit of `choice`.
DEV u32 permute(u32 a, u32 b, u32 choice) { return native_permute(a, b, choice); }

/// The word `byte` bytes, a multiple of 4, from where `words` begins: compilers keep multiplying an
/// index by 4 that a sum of products gives.
template <class T>
DEV u32 at_byte(u32 byte, const T* words) {
  return *(const u32*)((const u8*)words + byte);
}

// --- Numbers ---

/// 1 / x, without the branches for what is not normal.
DEV f32 reciprocal(f32 x) {
  const f32 y = ptx_reciprocal(x);
  return native_fma(native_fma(-x, y, 1.0f), y, y);
}

// --- Launches ---

DEV void grid_wait() { ptx_grid_wait(); }
DEV void grid_launch() { ptx_grid_launch(); }

