// Matrices of 8 x 8 values that a subgroup holds together, two in a row of each lane.
#pragma once
#include "subgroups.h"

namespace metal {

template <class T, int ROWS, int COLS> struct simdgroup_matrix {
  static_assert(ROWS == 8 && COLS == 8, "MSL has matrices of 8 x 8 only");
  T held[2];
};
using simdgroup_float8x8 = simdgroup_matrix<float, 8, 8>;
using simdgroup_half8x8 = simdgroup_matrix<half, 8, 8>;

// Where the value `i` of a lane is in memory.
inline ulong matrix_at(int i, ulong stride, bool is_transposed) {
  const ulong element = cpu::lane() * 2 + i, row = element / 8, col = element % 8;
  return is_transposed ? col * stride + row : row * stride + col;
}

template <class T>
void simdgroup_load(simdgroup_matrix<T, 8, 8> &m, const T *from, ulong stride, ulong2 = ulong2(0),
                    bool is_transposed = false) {
  for (int i = 0; i < 2; i++) m.held[i] = from[matrix_at(i, stride, is_transposed)];
}

template <class T>
void simdgroup_store(simdgroup_matrix<T, 8, 8> m, T *to, ulong stride, ulong2 = ulong2(0),
                     bool is_transposed = false) {
  for (int i = 0; i < 2; i++) to[matrix_at(i, stride, is_transposed)] = m.held[i];
}

template <class D, class A, class B, class C>
void simdgroup_multiply_accumulate(simdgroup_matrix<D, 8, 8> &d, simdgroup_matrix<A, 8, 8> a,
                                   simdgroup_matrix<B, 8, 8> b, simdgroup_matrix<C, 8, 8> c) {
  auto a_slots = cpu::show(a);
  auto b_slots = cpu::show(b);
  const uint row = cpu::lane() / 4;
  for (int i = 0; i < 2; i++) {
    const uint col = cpu::lane() * 2 % 8 + i;
    float sum = (float)c.held[i];
    for (uint k = 0; k < 8; k++) {
      const auto left = cpu::shown<simdgroup_matrix<A, 8, 8>>(a_slots, (row * 8 + k) / 2);
      const auto right = cpu::shown<simdgroup_matrix<B, 8, 8>>(b_slots, (k * 8 + col) / 2);
      sum += (float)left.held[k % 2] * (float)right.held[col % 2];
    }
    d.held[i] = (D)sum;
  }
}

}  // namespace metal
