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

template <class T> T join_lanes(cpu::Slots slots, uint end, T (*join)(T, T)) {
  T joined = cpu::shown<T>(slots, 0);
  for (uint i = 1; i < end; i++) joined = join(joined, cpu::shown<T>(slots, i));
  return joined;
}

// The values of all lanes, joined in their order. Lane 0 is the first to run after an exchange:
// it leaves the result in its place, where the others take it.
template <class T> T simd_reduce(T value, T (*join)(T, T)) {
  auto slots = cpu::show(value);
  if (cpu::lane() == 0) cpu::put(slots, 0, join_lanes(slots, cpu::lanes(), join));
  return cpu::shown<T>(slots, 0);
}

// The values of the lanes before this one, and of this one where `self` says so.
template <class T> T simd_scan(T value, T none, bool self, T (*join)(T, T)) {
  auto slots = cpu::show(value);
  const uint end = cpu::lane() + self;
  return end == 0 ? none : join_lanes(slots, end, join);
}

#define CPU_REDUCE(name, expression)                                                               \
  template <class T> T name(T value) {                                                             \
    return simd_reduce<T>(value, [](T a, T b) -> T { return expression; });                        \
  }
CPU_REDUCE(simd_sum, a + b)
CPU_REDUCE(simd_product, a * b)
CPU_REDUCE(simd_min, min(a, b))
CPU_REDUCE(simd_max, max(a, b))
CPU_REDUCE(simd_and, a & b)
CPU_REDUCE(simd_or, a | b)
CPU_REDUCE(simd_xor, a ^ b)
CPU_REDUCE(simd_all, a && b)
CPU_REDUCE(simd_any, a || b)
#undef CPU_REDUCE

#define CPU_SCAN(name, none, self, expression)                                                     \
  template <class T> T name(T value) {                                                             \
    return simd_scan<T>(value, T(none), self, [](T a, T b) -> T { return expression; });           \
  }
CPU_SCAN(simd_prefix_exclusive_sum, 0, false, a + b)
CPU_SCAN(simd_prefix_exclusive_product, 1, false, a * b)
CPU_SCAN(simd_prefix_inclusive_sum, 0, true, a + b)
CPU_SCAN(simd_prefix_inclusive_product, 1, true, a * b)
#undef CPU_SCAN

// One bit for each lane.
inline uint64_t simd_ballot(bool value) {
  auto slots = cpu::show(value);
  uint64_t bits = 0;
  for (uint i = 0; i < cpu::lanes(); i++) bits |= (uint64_t)cpu::shown<bool>(slots, i) << i;
  return bits;
}

}  // namespace metal
