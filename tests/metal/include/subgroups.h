// Barriers, and what the lanes of a subgroup do together.
#pragma once
#include "functions.h"
#include "threads.h"

namespace metal {

enum class mem_flags { mem_none, mem_device, mem_threadgroup };
// Barriers order all memory, whichever is named.
inline void threadgroup_barrier(mem_flags) { cpu::workgroup_barrier(); }
inline void simdgroup_barrier(mem_flags) { cpu::subgroup_barrier(); }

// What another lane holds; of a lane that does not exist, the own value.
template <class T> T simd_shuffle(T value, uint lane) {
  auto slots = cpu::show(value);
  return lane < cpu::lanes() ? cpu::shown<T>(slots, lane) : value;
}
template <class T> T simd_shuffle_xor(T value, uint mask) {
  return simd_shuffle(value, cpu::lane() ^ mask);
}
template <class T> T simd_shuffle_up(T value, uint by) {
  return simd_shuffle(value, cpu::lane() - by);
}
template <class T> T simd_shuffle_down(T value, uint by) {
  return simd_shuffle(value, cpu::lane() + by);
}
template <class T> T simd_broadcast(T value, uint lane) { return simd_shuffle(value, lane); }
template <class T> T simd_broadcast_first(T value) { return simd_shuffle(value, 0); }
template <class T> T quad_broadcast(T value, uint lane) {
  return simd_shuffle(value, (cpu::lane() & ~3u) + lane);
}
template <class T> T quad_shuffle_xor(T value, uint mask) { return simd_shuffle_xor(value, mask); }

// The values of lanes `0..end`, joined in their order.
template <class T, class F> T simd_join(T value, T none, bool before, bool self, F join) {
  auto slots = cpu::show(value);
  const uint end = before ? cpu::lane() + self : cpu::lanes();
  T joined = none;
  for (uint i = 0; i < end; i++) joined = i == 0 ? cpu::shown<T>(slots, 0) : join(joined, cpu::shown<T>(slots, i));
  return joined;
}
#define CPU_JOIN(name, none, expression)                                                           \
  template <class T> T name(T value) {                                                             \
    return simd_join(value, T(none), CPU_SCAN, [](T a, T b) -> T { return expression; });          \
  }
#define CPU_SCAN false, false
CPU_JOIN(simd_sum, 0, a + b)
CPU_JOIN(simd_product, 1, a * b)
CPU_JOIN(simd_min, 0, min(a, b))
CPU_JOIN(simd_max, 0, max(a, b))
CPU_JOIN(simd_and, 0, a & b)
CPU_JOIN(simd_or, 0, a | b)
CPU_JOIN(simd_xor, 0, a ^ b)
CPU_JOIN(simd_all, true, a && b)
CPU_JOIN(simd_any, false, a || b)
#undef CPU_SCAN
#define CPU_SCAN true, false
CPU_JOIN(simd_prefix_exclusive_sum, 0, a + b)
CPU_JOIN(simd_prefix_exclusive_product, 1, a * b)
#undef CPU_SCAN
#define CPU_SCAN true, true
CPU_JOIN(simd_prefix_inclusive_sum, 0, a + b)
CPU_JOIN(simd_prefix_inclusive_product, 1, a * b)
#undef CPU_SCAN
#undef CPU_JOIN

// One bit for each lane.
inline uint64_t simd_ballot(bool value) {
  auto slots = cpu::show(value);
  uint64_t bits = 0;
  for (uint i = 0; i < cpu::lanes(); i++) bits |= (uint64_t)cpu::shown<bool>(slots, i) << i;
  return bits;
}

}  // namespace metal
