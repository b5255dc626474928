// Vectors, arrays, conversions and subgroups, alike in all dialects.

// --- Arrays and vectors ---

template <class T, u32 n>
struct arr {
  T values[n];
  DEV T& operator[](u32 i) { return values[i]; }
  DEV const T& operator[](u32 i) const { return values[i]; }
};

template <class T, u32 n>
struct V;

template <class T>
struct alignas(2 * sizeof(T)) V<T, 2> {
  typedef T Scalar;
  T x, y;
  WHOLE_COPIES_2
  DEV T& operator[](u32 i) { return (&x)[i]; }
  DEV const T& operator[](u32 i) const { return (&x)[i]; }
};

template <class T>
struct V<T, 3> {
  typedef T Scalar;
  T x, y, z;
  DEV T& operator[](u32 i) { return (&x)[i]; }
  DEV const T& operator[](u32 i) const { return (&x)[i]; }
};

template <class T>
struct alignas(4 * sizeof(T)) V<T, 4> {
  typedef T Scalar;
  T x, y, z, w;
  WHOLE_COPIES_4
  DEV T& operator[](u32 i) { return (&x)[i]; }
  DEV const T& operator[](u32 i) const { return (&x)[i]; }
};

#define VECTORS_OF(T)     \
  typedef V<T, 2> T##x2; \
  typedef V<T, 3> T##x3; \
  typedef V<T, 4> T##x4;
VECTORS_OF(bool)
VECTORS_OF(u16)
VECTORS_OF(i16)
VECTORS_OF(u32)
VECTORS_OF(i32)
VECTORS_OF(u64)
VECTORS_OF(i64)
VECTORS_OF(f16)
VECTORS_OF(f32)

/// Values of a vector; 1 for a scalar.
template <class T>
struct Size {
  static constexpr u32 n = 1;
};
template <class T, u32 size>
struct Size<V<T, size>> {
  static constexpr u32 n = size;
};

template <class A, class B>
struct Same {
  static constexpr bool value = false;
};
template <class A>
struct Same<A, A> {
  static constexpr bool value = true;
};

/// `f` of each value.
template <class R, class T, u32 n, class F>
DEV V<R, n> map(V<T, n> a, F f) {
  V<R, n> r;
#pragma unroll
  for (u32 i = 0; i < n; i++) r[i] = f(a[i]);
  return r;
}

/// `f` of each pair of values.
template <class R, class T, class U, u32 n, class F>
DEV V<R, n> map(V<T, n> a, V<U, n> b, F f) {
  V<R, n> r;
#pragma unroll
  for (u32 i = 0; i < n; i++) r[i] = f(a[i], b[i]);
  return r;
}

template <u32 n, class T>
DEV V<T, n> splat(T x) {
  V<T, n> r;
#pragma unroll
  for (u32 i = 0; i < n; i++) r[i] = x;
  return r;
}

template <class R, class T>
DEV void append(R& r, u32& i, T x) {
  r[i++] = x;
}
template <class R, class T, u32 n>
DEV void append(R& r, u32& i, V<T, n> x) {
#pragma unroll
  for (u32 j = 0; j < n; j++) r[i++] = x[j];
}

/// A vector from scalars and shorter vectors.
template <class R, class... Parts>
DEV R make(Parts... parts) {
  R r;
  u32 i = 0;
  (append(r, i, parts), ...);
  return r;
}

// --- Operators of vectors ---

// `T` of the scalar is named apart, so that a literal of another type is an error and not
// converted in silence.
#define ARITHMETIC(op)                                                        \
  template <class T, u32 n>                                                   \
  DEV V<T, n> operator op(V<T, n> a, V<T, n> b) {                             \
    return map<T>(a, b, [](T x, T y) { return T(x op y); });                  \
  }                                                                           \
  template <class T, u32 n>                                                   \
  DEV V<T, n> operator op(V<T, n> a, T b) {                                   \
    return a op splat<n>(b);                                                  \
  }                                                                           \
  template <class T, u32 n>                                                   \
  DEV V<T, n> operator op(T a, V<T, n> b) {                                   \
    return splat<n>(a) op b;                                                  \
  }
ARITHMETIC(+)
ARITHMETIC(-)
ARITHMETIC(*)
ARITHMETIC(/)
ARITHMETIC(%)
ARITHMETIC(&)
ARITHMETIC(|)
ARITHMETIC(^)

#define COMPARISON(op)                                           \
  template <class T, u32 n>                                      \
  DEV V<bool, n> operator op(V<T, n> a, V<T, n> b) {             \
    return map<bool>(a, b, [](T x, T y) { return x op y; });     \
  }
COMPARISON(==)
COMPARISON(!=)
COMPARISON(<)
COMPARISON(<=)
COMPARISON(>)
COMPARISON(>=)

#define SHIFT(op)                                                  \
  template <class T, u32 n>                                        \
  DEV V<T, n> operator op(V<T, n> a, V<u32, n> b) {                \
    return map<T>(a, b, [](T x, u32 y) { return T(x op y); });     \
  }
SHIFT(<<)
SHIFT(>>)

template <class T, u32 n>
DEV V<T, n> operator-(V<T, n> a) {
  return map<T>(a, [](T x) { return T(-x); });
}
template <class T, u32 n>
DEV V<T, n> operator~(V<T, n> a) {
  return map<T>(a, [](T x) { return T(~x); });
}
template <u32 n>
DEV V<bool, n> operator!(V<bool, n> a) {
  return map<bool>(a, [](bool x) { return !x; });
}

// --- Signed arithmetic that wraps ---

// C++ leaves the overflow of signed integers undefined, that of unsigned ones wraps.
template <class T>
struct Unsigned;
template <>
struct Unsigned<i16> {
  typedef u32 Type;
};
template <>
struct Unsigned<i32> {
  typedef u32 Type;
};
template <>
struct Unsigned<i64> {
  typedef u64 Type;
};

#define WRAPPING(name, op)                                                     \
  template <class T>                                                           \
  DEV T name(T a, T b) {                                                       \
    typedef typename Unsigned<T>::Type U;                                      \
    return T(U(a) op U(b));                                                    \
  }                                                                            \
  template <class T, u32 n>                                                    \
  DEV V<T, n> name(V<T, n> a, V<T, n> b) {                                     \
    return map<T>(a, b, [](T x, T y) { return name(x, y); });                  \
  }                                                                            \
  template <class T, u32 n>                                                    \
  DEV V<T, n> name(V<T, n> a, T b) {                                           \
    return name(a, splat<n>(b));                                               \
  }                                                                            \
  template <class T, u32 n>                                                    \
  DEV V<T, n> name(T a, V<T, n> b) {                                           \
    return name(splat<n>(a), b);                                               \
  }
WRAPPING(wrapping_add, +)
WRAPPING(wrapping_sub, -)
WRAPPING(wrapping_mul, *)

template <class T>
DEV T wrapping_neg(T a) {
  return wrapping_sub(T{}, a);
}

// --- Conversions ---

/// Each value as another type, as C++ converts it.
template <class R, class T>
DEV R cast(T a) {
  if constexpr (Size<T>::n == 1) {
    return R(a);
  } else {
    typedef typename R::Scalar To;
    return map<To>(a, [](typename T::Scalar x) { return To(x); });
  }
}

/// A float as an integer, toward zero and to the nearest in range that is a float.
template <class R>
DEV R saturate_one(f32 x) {
  constexpr bool is_signed = R(-1) < R(0);
  constexpr u32 bits = 8 * sizeof(R) - (is_signed ? 1 : 0);
  // 2 to the power of bits: the smallest float out of range, less one step of 24 digits.
  const f32 limit = f32(1ull << (bits - 1)) * 2.0f;
  const f32 most = limit - limit / 16777216.0f;
  return R(native_min(native_max(x, is_signed ? -limit : 0.0f), most));
}

template <class R, class T>
DEV R saturate_cast(T a) {
  if constexpr (Size<T>::n == 1) {
    return saturate_one<R>(f32(a));
  } else {
    typedef typename R::Scalar To;
    return map<To>(a, [](typename T::Scalar x) { return saturate_one<To>(f32(x)); });
  }
}

/// The same bits as another type.
template <class R, class T>
DEV R bitcast(T a) {
  static_assert(sizeof(R) == sizeof(T), "bitcast between sizes");
  R r;
  MEMCPY(&r, &a, sizeof(R));
  return r;
}

// --- Subgroups ---

/// `f` of the words that `x` consists of.
template <class T, class F>
DEV T per_word(T x, F f) {
  constexpr u32 n = (sizeof(T) + 3) / 4;
  u32 words[n] = {};
  MEMCPY(words, &x, sizeof(T));
#pragma unroll
  for (u32 i = 0; i < n; i++) words[i] = f(words[i]);
  MEMCPY(&x, words, sizeof(T));
  return x;
}

template <class T, class I>
DEV T wave_shuffle(T x, I lane) {
  return per_word(x, [=](u32 word) { return native_shuffle(word, u32(lane)); });
}
template <class T, class I>
DEV T wave_broadcast(T x, I lane) {
  return wave_shuffle(x, lane);
}
template <class T>
DEV T wave_shuffle_xor(T x, u32 mask) {
  return per_word(x, [=](u32 word) { return native_shuffle_xor(word, mask); });
}
template <class T>
DEV T wave_shuffle_up(T x, u32 delta) {
  return wave_shuffle(x, native_lane() - delta);
}
template <class T>
DEV T wave_shuffle_down(T x, u32 delta) {
  return wave_shuffle(x, native_lane() + delta);
}
template <class T, class I>
DEV T wave_quad_broadcast(T x, I lane) {
  return wave_shuffle(x, (native_lane() & ~3u) + u32(lane));
}

DEV u32x4 wave_ballot(bool x) {
  const u64 lanes = native_ballot(x);
  return {u32(lanes), u32(lanes >> 32), 0u, 0u};
}
DEV bool wave_any(bool x) { return native_ballot(x) != 0; }
DEV bool wave_all(bool x) { return native_ballot(!x) == 0; }
DEV void wave_barrier() { native_wave_barrier(); }

/// Orders what this thread, and those it met at a barrier before, did before and does after, for
/// the whole device.
DEV void device_fence() { native_device_fence(); }

/// One step of a butterfly.
template <u32 mask, class T, class F>
DEV T wave_step(T x, F f) {
  const T other = per_word(x, [](u32 word) { return native_partner<mask>(word); });
  return f(x, other);
}

/// All lanes combined in one order, whatever the lane.
template <class T, class F>
DEV T wave_reduce(T x, F f) {
  x = wave_step<1>(x, f);
  x = wave_step<2>(x, f);
  x = wave_step<4>(x, f);
  x = wave_step<8>(x, f);
  x = wave_step<16>(x, f);
  if constexpr (WAVE == 64u) x = wave_step<32>(x, f);
  return x;
}

/// Lanes `0 ..= lane` combined.
template <class T, class F>
DEV T wave_inclusive(T x, F f) {
#pragma unroll
  for (u32 delta = 1; delta < WAVE; delta *= 2) {
    const T before = wave_shuffle_up(x, delta);
    if (native_lane() >= delta) x = f(before, x);
  }
  return x;
}

/// Lanes `0 .. lane` combined; `none` for the first.
template <class T, class F>
DEV T wave_exclusive(T x, T none, F f) {
  const T before = wave_shuffle_up(wave_inclusive(x, f), 1u);
  return native_lane() == 0u ? none : before;
}

// --- Atomics ---

template <class T> DEV T atomic_load(const T* p) { return native_atomic_load(p); }
template <class T> DEV void atomic_store(T* p, T x) { native_atomic_store(p, x); }
template <class T> DEV T atomic_add(T* p, T x) { return native_atomic_add(p, x); }
template <class T> DEV T atomic_sub(T* p, T x) { return native_atomic_add(p, T(T(0) - x)); }
template <class T> DEV T atomic_min(T* p, T x) { return native_atomic_min(p, x); }
template <class T> DEV T atomic_max(T* p, T x) { return native_atomic_max(p, x); }
template <class T> DEV T atomic_and(T* p, T x) { return native_atomic_and(p, x); }
template <class T> DEV T atomic_or(T* p, T x) { return native_atomic_or(p, x); }
template <class T> DEV T atomic_xor(T* p, T x) { return native_atomic_xor(p, x); }
template <class T> DEV T atomic_exchange(T* p, T x) { return native_atomic_exchange(p, x); }

/// The old value, and whether `x` replaced it.
template <class R, class T>
DEV R atomic_compare_exchange(T* p, T expected, T x) {
  const T old = native_atomic_cas(p, expected, x);
  return R{old, old == expected};
}

