// MSL's functions on numbers, for scalars and for each element of vectors.
#pragma once
#include "vectors.h"

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")

namespace metal {

template <class T, class S> T as_type(S value) {
  static_assert(sizeof(T) == sizeof(S));
  T result;
  __builtin_memcpy(&result, &value, sizeof result);
  return result;
}

// A function of floats, also for halves.
#define CPU_FLOAT(name, builtin)                                                                   \
  inline float name(float x) { return builtin(x); }                                                \
  inline half name(half x) { return (half)builtin((float)x); }                                     \
  template <class T, int N> vec<T, N> name(vec<T, N> v) {                                          \
    return map<T, N>([](T x) { return name(x); }, v);                                              \
  }
#define CPU_MATH(name) CPU_FLOAT(name, __builtin_##name##f)
CPU_MATH(acos)
CPU_MATH(acosh)
CPU_MATH(asin)
CPU_MATH(asinh)
CPU_MATH(atan)
CPU_MATH(atanh)
CPU_MATH(ceil)
CPU_MATH(cos)
CPU_MATH(cosh)
CPU_MATH(exp)
CPU_MATH(exp2)
CPU_MATH(floor)
CPU_MATH(log)
CPU_MATH(log2)
CPU_MATH(rint)
CPU_MATH(sin)
CPU_MATH(sinh)
CPU_MATH(sqrt)
CPU_MATH(tan)
CPU_MATH(tanh)
CPU_MATH(trunc)
CPU_FLOAT(rsqrt, 1.0f / __builtin_sqrtf)
CPU_FLOAT(fract, [](float x) { return x - __builtin_floorf(x); })
CPU_FLOAT(sign, [](float x) { return (float)((x > 0.0f) - (x < 0.0f)); })
CPU_FLOAT(saturate, [](float x) { return __builtin_fminf(__builtin_fmaxf(x, 0.0f), 1.0f); })
#undef CPU_MATH
#undef CPU_FLOAT

#define CPU_FLOAT2(name, builtin)                                                                  \
  inline float name(float x, float y) { return builtin(x, y); }                                    \
  inline half name(half x, half y) { return (half)builtin((float)x, (float)y); }                   \
  template <class T, int N> vec<T, N> name(vec<T, N> v, vec<T, N> w) {                             \
    return map<T, N>([](T x, T y) { return name(x, y); }, v, w);                                   \
  }
CPU_FLOAT2(atan2, __builtin_atan2f)
CPU_FLOAT2(fmod, __builtin_fmodf)
CPU_FLOAT2(pow, __builtin_powf)
CPU_FLOAT2(step, [](float edge, float x) { return x < edge ? 0.0f : 1.0f; })
#undef CPU_FLOAT2

inline float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline half fma(half a, half b, half c) { return (half)__builtin_fmaf(a, b, c); }
inline float mix(float a, float b, float t) { return a + (b - a) * t; }
inline float ldexp(float x, int n) { return __builtin_ldexpf(x, n); }
inline float modf(float x, float &whole) { return __builtin_modff(x, &whole); }
inline float frexp(float x, int &exponent) { return __builtin_frexpf(x, &exponent); }
inline bool isnan(float x) { return __builtin_isnan(x); }
inline bool isinf(float x) { return __builtin_isinf(x); }

// Of a number and what is not a number, the number.
template <Scalar T> T min(T a, T b) { return b < a || a != a ? b : a; }
template <Scalar T> T max(T a, T b) { return a < b || a != a ? b : a; }
template <Scalar T> T clamp(T x, T low, T high) { return min(max(x, low), high); }
template <Scalar T> T abs(T x) { return x < T(0) ? T(-x) : x == T(0) ? T(0) : x; }
template <Scalar T> T select(T no, T yes, bool which) { return which ? yes : no; }
inline uint popcount(uint x) { return (uint)__builtin_popcount(x); }
inline int popcount(int x) { return __builtin_popcount((uint)x); }
inline uint clz(uint x) { return x == 0 ? 32 : (uint)__builtin_clz(x); }
inline int clz(int x) { return (int)clz((uint)x); }
inline uint ctz(uint x) { return x == 0 ? 32 : (uint)__builtin_ctz(x); }
inline int ctz(int x) { return (int)ctz((uint)x); }
inline uint reverse_bits(uint x) { return __builtin_bitreverse32(x); }
inline int reverse_bits(int x) { return (int)__builtin_bitreverse32((uint)x); }
inline uint extract_bits(uint x, uint offset, uint bits) {
  return bits == 0 ? 0 : x >> offset & ~0u >> (32 - bits);
}
inline int extract_bits(int x, uint offset, uint bits) {
  return bits == 0 ? 0 : (int)((uint)x << (32 - bits - offset)) >> (32 - bits);
}
template <Scalar T> T insert_bits(T x, T inserted, uint offset, uint bits) {
  const uint mask = bits == 0 ? 0 : ~0u >> (32 - bits) << offset;
  return (T)(((uint)x & ~mask) | ((uint)inserted << offset & mask));
}

#define CPU_EACH(name)                                                                             \
  template <class T, int N, class... V> auto name(vec<T, N> v, V... w)                             \
    requires((Element<V>::COUNT == N) && ...)                                                      \
  {                                                                                                \
    return map<decltype(name(v[0], w[0]...)), N>([](auto... x) { return name(x...); }, v, w...);   \
  }
CPU_EACH(fma)
CPU_EACH(mix)
CPU_EACH(isnan)
CPU_EACH(isinf)
CPU_EACH(min)
CPU_EACH(max)
CPU_EACH(clamp)
CPU_EACH(abs)
CPU_EACH(select)
CPU_EACH(popcount)
CPU_EACH(clz)
CPU_EACH(ctz)
CPU_EACH(reverse_bits)
#undef CPU_EACH
// MSL widens a number where a vector is wanted.
template <class T, int N> vec<T, N> clamp(vec<T, N> x, T low, T high) {
  return map<T, N>([=](T x) { return clamp(x, low, high); }, x);
}

template <class T, int N> T dot(vec<T, N> a, vec<T, N> b) {
  T sum = a[0] * b[0];
  for (int i = 1; i < N; i++) sum += a[i] * b[i];
  return sum;
}
template <class T, int N> T length(vec<T, N> v) { return sqrt(dot(v, v)); }
template <class T, int N> T distance(vec<T, N> a, vec<T, N> b) { return length(a - b); }
template <class T, int N> vec<T, N> normalize(vec<T, N> v) { return v / length(v); }

inline bool all(bool x) { return x; }
inline bool any(bool x) { return x; }
template <int N> bool all(vec<bool, N> v) {
  for (int i = 0; i < N; i++)
    if (!v[i]) return false;
  return true;
}
template <int N> bool any(vec<bool, N> v) { return !all(!v); }

enum memory_order { memory_order_relaxed };
template <class T> struct atomic {
  T value;
};
using atomic_int = atomic<int>;
using atomic_uint = atomic<uint>;

template <class T> T atomic_load_explicit(const atomic<T> *at, memory_order) {
  return __atomic_load_n(&at->value, __ATOMIC_RELAXED);
}
template <class T> void atomic_store_explicit(atomic<T> *at, T value, memory_order) {
  __atomic_store_n(&at->value, value, __ATOMIC_RELAXED);
}
template <class T> T atomic_exchange_explicit(atomic<T> *at, T value, memory_order) {
  return __atomic_exchange_n(&at->value, value, __ATOMIC_RELAXED);
}
template <class T>
bool atomic_compare_exchange_weak_explicit(atomic<T> *at, T *expected, T value, memory_order,
                                           memory_order) {
  return __atomic_compare_exchange_n(&at->value, expected, value, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED);
}
#define CPU_ATOMIC(op)                                                                             \
  template <class T> T atomic_fetch_##op##_explicit(atomic<T> *at, T value, memory_order) {        \
    return __atomic_fetch_##op(&at->value, value, __ATOMIC_RELAXED);                               \
  }
CPU_ATOMIC(add)
CPU_ATOMIC(sub)
CPU_ATOMIC(and)
CPU_ATOMIC(or)
CPU_ATOMIC(xor)
CPU_ATOMIC(min)
CPU_ATOMIC(max)
#undef CPU_ATOMIC

}  // namespace metal

// Halves as MSL writes them.
inline half operator""h(long double value) { return (half)value; }
