// Vectors of two to four elements with MSL's conversions.
//
// Parts like `v.xy` are not here: the harness writes them as `v.part<0, 1>()`.
#pragma once
#include <stdint.h>

typedef _Float16 half;
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;

namespace metal {
using ::half;
using ::uchar;
using ::uint;
using ::ulong;
using ::ushort;

template <class T> struct Element {
  using Type = T;
  static constexpr int COUNT = 1;
};
template <class T> concept Scalar = Element<T>::COUNT == 1;
template <class T> using element = typename Element<T>::Type;

template <class T, int N> struct Storage;
template <class T> struct alignas(2 * sizeof(T)) Storage<T, 2> {
  T x, y;
};
template <class T> struct alignas(4 * sizeof(T)) Storage<T, 3> {
  T x, y, z;
};
template <class T> struct alignas(4 * sizeof(T)) Storage<T, 4> {
  T x, y, z, w;
};

template <class T, int N> struct vec : Storage<T, N> {
  vec() = default;
  // One value for all elements.
  template <Scalar S> vec(S value) {
    for (int i = 0; i < N; i++) (*this)[i] = (T)value;
  }
  // Each element converted.
  template <class V>
    requires(Element<V>::COUNT == N)
  explicit vec(V other) {
    for (int i = 0; i < N; i++) (*this)[i] = (T)other[i];
  }
  // Elements of scalars and shorter vectors, one after the other.
  template <class A, class B, class... C>
    requires(Element<A>::COUNT + Element<B>::COUNT + (0 + ... + Element<C>::COUNT) == N)
  vec(A a, B b, C... c) {
    T *to = &(*this)[0];
    put(to, a);
    put(to, b);
    (put(to, c), ...);
  }

  T &operator[](int i) { return ((T *)this)[i]; }
  const T &operator[](int i) const { return ((const T *)this)[i]; }

  template <int... I> vec<T, sizeof...(I)> part() const { return {(*this)[I]...}; }

 private:
  template <class V> static void put(T *&to, V value) {
    if constexpr (Scalar<V>) *to++ = (T)value;
    else
      for (int i = 0; i < Element<V>::COUNT; i++) *to++ = (T)value[i];
  }
};

// A vector without alignment.
template <class T, int N> struct packed_vec {
  T v[N];
  packed_vec() = default;
  template <class U> packed_vec(vec<U, N> other) {
    for (int i = 0; i < N; i++) v[i] = (T)other[i];
  }
  T operator[](int i) const { return v[i]; }
};

template <class T, int N> struct Element<vec<T, N>> {
  using Type = T;
  static constexpr int COUNT = N;
};
template <class T, int N> struct Element<packed_vec<T, N>> {
  using Type = T;
  static constexpr int COUNT = N;
};
template <class T> concept Vector = (Element<T>::COUNT > 1);

// `f` of each element of the vectors, as a vector of `R`.
template <class R, int N, class F, class... V> vec<R, N> map(F f, V... v) {
  vec<R, N> result;
  for (int i = 0; i < N; i++) result[i] = (R)f(v[i]...);
  return result;
}

#define CPU_BINARY(op, R)                                                                          \
  template <class T, int N> vec<R, N> operator op(vec<T, N> a, vec<T, N> b) {                      \
    return map<R, N>([](T x, T y) { return x op y; }, a, b);                                       \
  }                                                                                                \
  template <class T, int N, Scalar S> vec<R, N> operator op(vec<T, N> a, S b) {                    \
    return a op vec<T, N>(b);                                                                      \
  }                                                                                                \
  template <class T, int N, Scalar S> vec<R, N> operator op(S a, vec<T, N> b) {                    \
    return vec<T, N>(a) op b;                                                                      \
  }
CPU_BINARY(+, T)
CPU_BINARY(-, T)
CPU_BINARY(*, T)
CPU_BINARY(/, T)
CPU_BINARY(%, T)
CPU_BINARY(&, T)
CPU_BINARY(|, T)
CPU_BINARY(^, T)
CPU_BINARY(==, bool)
CPU_BINARY(!=, bool)
CPU_BINARY(<, bool)
CPU_BINARY(<=, bool)
CPU_BINARY(>, bool)
CPU_BINARY(>=, bool)
#undef CPU_BINARY

#define CPU_SHIFT(op)                                                                              \
  template <class T, class U, int N> vec<T, N> operator op(vec<T, N> a, vec<U, N> b) {             \
    return map<T, N>([](T x, U y) { return x op y; }, a, b);                                       \
  }                                                                                                \
  template <class T, int N, Scalar S> vec<T, N> operator op(vec<T, N> a, S b) {                    \
    return map<T, N>([b](T x) { return x op b; }, a);                                              \
  }
CPU_SHIFT(<<)
CPU_SHIFT(>>)
#undef CPU_SHIFT

#define CPU_UNARY(op)                                                                              \
  template <class T, int N> vec<T, N> operator op(vec<T, N> a) {                                   \
    return map<T, N>([](T x) { return op x; }, a);                                                 \
  }
CPU_UNARY(-)
CPU_UNARY(~)
CPU_UNARY(!)
#undef CPU_UNARY

#define CPU_NAMES(T)                                                                               \
  using T##2 = vec<T, 2>;                                                                          \
  using T##3 = vec<T, 3>;                                                                          \
  using T##4 = vec<T, 4>;
CPU_NAMES(bool)
CPU_NAMES(char)
CPU_NAMES(uchar)
CPU_NAMES(short)
CPU_NAMES(ushort)
CPU_NAMES(int)
CPU_NAMES(uint)
CPU_NAMES(long)
CPU_NAMES(ulong)
CPU_NAMES(half)
CPU_NAMES(float)
#undef CPU_NAMES

using packed_char4 = packed_vec<int8_t, 4>;
using packed_uchar4 = packed_vec<uint8_t, 4>;

}  // namespace metal
