// The functions of WGSL, for scalars and for vectors.

// --- Sums and products of any type ---

template <class T> DEV T m_plus(T a, T b) { return a + b; }
DEV i32 m_plus(i32 a, i32 b) { return wrapping_add(a, b); }
DEV i64 m_plus(i64 a, i64 b) { return wrapping_add(a, b); }
template <u32 n> DEV V<i32, n> m_plus(V<i32, n> a, V<i32, n> b) { return wrapping_add(a, b); }

template <class T> DEV T m_times(T a, T b) { return a * b; }
DEV i32 m_times(i32 a, i32 b) { return wrapping_mul(a, b); }
DEV i64 m_times(i64 a, i64 b) { return wrapping_mul(a, b); }
template <u32 n> DEV V<i32, n> m_times(V<i32, n> a, V<i32, n> b) { return wrapping_mul(a, b); }

// --- Smaller and larger ---

template <class T> DEV T m_min(T a, T b) { return b < a ? b : a; }
template <class T> DEV T m_max(T a, T b) { return a < b ? b : a; }
DEV f32 m_min(f32 a, f32 b) { return native_min(a, b); }
DEV f32 m_max(f32 a, f32 b) { return native_max(a, b); }

template <class T, u32 n>
DEV V<T, n> m_min(V<T, n> a, V<T, n> b) {
  return map<T>(a, b, [](T x, T y) { return m_min(x, y); });
}
template <class T, u32 n>
DEV V<T, n> m_max(V<T, n> a, V<T, n> b) {
  return map<T>(a, b, [](T x, T y) { return m_max(x, y); });
}

template <class T> DEV T m_clamp(T x, T low, T high) { return m_min(m_max(x, low), high); }

// --- One argument, in 32 bits ---

DEV f32 m_abs(f32 x) { return native_abs(x); }
DEV i32 m_abs(i32 x) { return x < 0 ? wrapping_neg(x) : x; }
DEV i64 m_abs(i64 x) { return x < 0 ? wrapping_neg(x) : x; }
DEV u32 m_abs(u32 x) { return x; }

DEV i32 m_sign(i32 x) { return i32(x > 0) - i32(x < 0); }
DEV f32 m_sign(f32 x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f; }

DEV f32 m_saturate(f32 x) { return m_clamp(x, 0.0f, 1.0f); }
DEV f32 m_ceil(f32 x) { return native_ceil(x); }
DEV f32 m_floor(f32 x) { return native_floor(x); }
DEV f32 m_trunc(f32 x) { return native_trunc(x); }
DEV f32 m_fract(f32 x) { return x - native_floor(x); }

/// Halves go to the even neighbor.
DEV f32 m_round(f32 x) { return native_round_even(x); }

DEV f32 m_exp(f32 x) { return native_exp(x); }
DEV f32 m_exp2(f32 x) { return native_exp2(x); }
DEV f32 m_log(f32 x) { return native_log(x); }
DEV f32 m_log2(f32 x) { return native_log2(x); }
DEV f32 m_sqrt(f32 x) { return native_sqrt(x); }
DEV f32 m_rsqrt(f32 x) { return native_rsqrt(x); }
DEV f32 m_radians(f32 x) { return x * 0.017453292519943295f; }
DEV f32 m_degrees(f32 x) { return x * 57.29577951308232f; }

/// An angle as a multiple `quadrant` of a quarter turn and a rest of at most an eighth.
///
/// A quarter turn in three numbers of 24 bits: the rest of angles up to a few turns is exact to
/// the last bit.
DEV f32 quarter_turns(f32 x, i32& quadrant) {
  const f32 n = native_round_even(x * 0.63661977236758134f);
  quadrant = i32(n);
  f32 rest = native_fma(n, -1.57079637050628662109375f, x);
  rest = native_fma(n, 4.371138828673793e-8f, rest);
  return native_fma(n, 1.7151245100058819e-15f, rest);
}

/// Within an eighth of a turn.
DEV f32 sin_eighth(f32 x) {
  const f32 z = x * x;
  f32 p = native_fma(-1.9515295891e-4f, z, 8.3321608736e-3f);
  p = native_fma(p, z, -1.6666654611e-1f);
  return native_fma(p * z, x, x);
}

/// Within an eighth of a turn.
DEV f32 cos_eighth(f32 x) {
  const f32 z = x * x;
  f32 p = native_fma(2.443315711809948e-5f, z, -1.388731625493765e-3f);
  p = native_fma(p, z, 4.166664568298827e-2f);
  return native_fma(p * z, z, native_fma(-0.5f, z, 1.0f));
}

/// Accurate for angles of at most some thousand turns. The vendors' functions are slow for small
/// angles (NVIDIA's keeps memory for large ones) or coarse (AMD's instruction).
DEV f32 m_sin(f32 x) {
  i32 quadrant;
  const f32 rest = quarter_turns(x, quadrant);
  const f32 y = (quadrant & 1) != 0 ? cos_eighth(rest) : sin_eighth(rest);
  return (quadrant & 2) != 0 ? -y : y;
}

/// As accurate as `m_sin`.
DEV f32 m_cos(f32 x) {
  i32 quadrant;
  const f32 rest = quarter_turns(x, quadrant);
  const f32 y = (quadrant & 1) != 0 ? sin_eighth(rest) : cos_eighth(rest);
  return ((quadrant + 1) & 2) != 0 ? -y : y;
}

DEV f32 m_tan(f32 x) { return m_sin(x) / m_cos(x); }

/// Through the exponential where that loses nothing, by a polynomial near zero.
DEV f32 m_tanh(f32 x) {
  const f32 size = native_abs(x);
  if (size >= 0.625f) {
    const f32 y = 1.0f - 2.0f / (native_exp(2.0f * size) + 1.0f);
    return x < 0.0f ? -y : y;
  }
  const f32 z = x * x;
  f32 p = native_fma(-5.70498872745e-3f, z, 2.06390887954e-2f);
  p = native_fma(p, z, -5.37397155531e-2f);
  p = native_fma(p, z, 1.33314422036e-1f);
  p = native_fma(p, z, -3.33332819422e-1f);
  return native_fma(p * z, x, x);
}

DEV f32 m_sinh(f32 x) { return 0.5f * (native_exp(x) - native_exp(-x)); }
DEV f32 m_cosh(f32 x) { return 0.5f * (native_exp(x) + native_exp(-x)); }

DEV f32 m_quantize_to_f16(f32 x) { return f32(f16(x)); }

// --- More arguments, in 32 bits ---

DEV f32 m_fma(f32 a, f32 b, f32 c) { return native_fma(a, b, c); }
DEV f32 m_pow(f32 x, f32 y) { return native_exp2(y * native_log2(x)); }
DEV f32 m_remainder(f32 x, f32 y) { return x - y * native_trunc(x / y); }
DEV f32 m_mix(f32 x, f32 y, f32 a) { return x * (1.0f - a) + y * a; }
DEV f32 m_step(f32 edge, f32 x) { return edge <= x ? 1.0f : 0.0f; }

DEV f32 m_smoothstep(f32 low, f32 high, f32 x) {
  const f32 t = m_saturate((x - low) / (high - low));
  return t * t * (3.0f - 2.0f * t);
}

/// A power of two, for exponents of normal numbers.
DEV f32 power_of_two(i32 exponent) { return bitcast<f32>(u32(exponent + 127) << 23); }

/// `x` times a power of two, in two steps since the power itself may be out of range.
DEV f32 m_ldexp(f32 x, i32 exponent) {
  const i32 n = m_clamp(exponent, -252, 254);
  const i32 half = n / 2;
  return x * power_of_two(half) * power_of_two(n - half);
}

// --- The same for halves and for vectors ---

#define IN_32_BITS_1(name) \
  DEV f16 name(f16 a) { return f16(name(f32(a))); }
#define IN_32_BITS_2(name) \
  DEV f16 name(f16 a, f16 b) { return f16(name(f32(a), f32(b))); }
#define IN_32_BITS_3(name) \
  DEV f16 name(f16 a, f16 b, f16 c) { return f16(name(f32(a), f32(b), f32(c))); }

#define EACH_1(name)                                      \
  template <class T, u32 n>                               \
  DEV V<T, n> name(V<T, n> a) {                           \
    return map<T>(a, [](T x) { return name(x); });        \
  }
#define EACH_2(name)                                              \
  template <class T, class U, u32 n>                              \
  DEV V<T, n> name(V<T, n> a, V<U, n> b) {                        \
    return map<T>(a, b, [](T x, U y) { return name(x, y); });     \
  }
#define EACH_3(name)                                          \
  template <class T, u32 n>                                   \
  DEV V<T, n> name(V<T, n> a, V<T, n> b, V<T, n> c) {         \
    V<T, n> r;                                                \
    _Pragma("unroll")                                         \
    for (u32 i = 0; i < n; i++) r[i] = name(a[i], b[i], c[i]); \
    return r;                                                 \
  }

#define FLOATS_1(name) IN_32_BITS_1(name) EACH_1(name)
FLOATS_1(m_abs)
FLOATS_1(m_sign)
FLOATS_1(m_saturate)
FLOATS_1(m_ceil)
FLOATS_1(m_floor)
FLOATS_1(m_trunc)
FLOATS_1(m_fract)
FLOATS_1(m_round)
FLOATS_1(m_exp)
FLOATS_1(m_exp2)
FLOATS_1(m_log)
FLOATS_1(m_log2)
FLOATS_1(m_sqrt)
FLOATS_1(m_rsqrt)
FLOATS_1(m_radians)
FLOATS_1(m_degrees)
FLOATS_1(m_sin)
FLOATS_1(m_cos)
FLOATS_1(m_tan)
FLOATS_1(m_tanh)
FLOATS_1(m_sinh)
FLOATS_1(m_cosh)
EACH_1(m_quantize_to_f16)

#define FLOATS_2(name) IN_32_BITS_2(name) EACH_2(name)
FLOATS_2(m_pow)
FLOATS_2(m_remainder)
FLOATS_2(m_step)
EACH_2(m_ldexp)

#define FLOATS_3(name) IN_32_BITS_3(name) EACH_3(name)
FLOATS_3(m_fma)
FLOATS_3(m_mix)
FLOATS_3(m_smoothstep)

template <class T, u32 n>
DEV V<T, n> m_mix(V<T, n> x, V<T, n> y, T a) {
  return m_mix(x, y, splat<n>(a));
}

// --- Truth ---

// Scalars choose with `? :`.

template <class T, u32 n>
DEV V<T, n> m_select(bool condition, V<T, n> accept, V<T, n> reject) {
  V<T, n> r;
#pragma unroll
  for (u32 i = 0; i < n; i++) r[i] = condition ? accept[i] : reject[i];
  return r;
}
template <class T, u32 n>
DEV V<T, n> m_select(V<bool, n> condition, V<T, n> accept, V<T, n> reject) {
  V<T, n> r;
#pragma unroll
  for (u32 i = 0; i < n; i++) r[i] = condition[i] ? accept[i] : reject[i];
  return r;
}

DEV bool m_all(bool x) { return x; }
DEV bool m_any(bool x) { return x; }

template <u32 n>
DEV bool m_all(V<bool, n> x) {
  bool r = true;
#pragma unroll
  for (u32 i = 0; i < n; i++) r = r && x[i];
  return r;
}
template <u32 n>
DEV bool m_any(V<bool, n> x) {
  bool r = false;
#pragma unroll
  for (u32 i = 0; i < n; i++) r = r || x[i];
  return r;
}

DEV bool m_is_nan(f32 x) { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
DEV bool m_is_inf(f32 x) { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }

template <u32 n>
DEV V<bool, n> m_is_nan(V<f32, n> a) {
  return map<bool>(a, [](f32 x) { return m_is_nan(x); });
}
template <u32 n>
DEV V<bool, n> m_is_inf(V<f32, n> a) {
  return map<bool>(a, [](f32 x) { return m_is_inf(x); });
}

// --- Geometry ---

template <class T, u32 n>
DEV T m_dot(V<T, n> a, V<T, n> b) {
  T sum = m_times(a.x, b.x);
#pragma unroll
  for (u32 i = 1; i < n; i++) sum = m_plus(sum, m_times(a[i], b[i]));
  return sum;
}
template <class T>
DEV V<T, 3> m_cross(V<T, 3> a, V<T, 3> b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

DEV f32 m_length(f32 x) { return native_abs(x); }
template <class T, u32 n> DEV T m_length(V<T, n> a) { return m_sqrt(m_dot(a, a)); }
template <class T> DEV auto m_distance(T a, T b) { return m_length(a - b); }
template <class T, u32 n> DEV V<T, n> m_normalize(V<T, n> a) { return a / m_length(a); }

template <class T, u32 n>
DEV V<T, n> m_face_forward(V<T, n> a, V<T, n> incident, V<T, n> normal) {
  return m_dot(incident, normal) < T(0.0f) ? a : -a;
}
template <class T, u32 n>
DEV V<T, n> m_reflect(V<T, n> a, V<T, n> normal) {
  return a - T(2.0f) * m_dot(normal, a) * normal;
}

// --- Bits ---

DEV u32 m_count_one_bits(u32 x) { return native_count_ones(x); }
DEV u32 m_count_leading_zeros(u32 x) { return native_count_leading_zeros(x); }
DEV u32 m_count_trailing_zeros(u32 x) { return native_count_ones(~x & (x - 1u)); }
DEV u32 m_reverse_bits(u32 x) { return native_reverse_bits(x); }

/// Number of the highest one; all ones for zero.
DEV u32 m_first_leading_bit(u32 x) { return 31u - native_count_leading_zeros(x); }

/// Number of the highest bit that is not the sign; -1 for 0 and -1.
DEV i32 m_first_leading_bit(i32 x) { return i32(m_first_leading_bit(u32(x < 0 ? ~x : x))); }

/// Number of the lowest one; all ones for zero.
DEV u32 m_first_trailing_bit(u32 x) { return x == 0u ? ~0u : m_count_trailing_zeros(x); }

/// `count` ones, from the lowest bit.
DEV u32 low_ones(u32 count) { return count == 0u ? 0u : ~0u >> (32u - count); }

DEV u32 m_extract_bits(u32 x, u32 offset, u32 count) {
  const u32 o = m_min(offset, 32u);
  const u32 c = m_min(count, 32u - o);
  return c == 0u ? 0u : (x >> o) & low_ones(c);
}
DEV i32 m_extract_bits(i32 x, u32 offset, u32 count) {
  const u32 o = m_min(offset, 32u);
  const u32 c = m_min(count, 32u - o);
  return c == 0u ? 0 : i32(u32(x) << (32u - c - o)) >> (32u - c);
}

DEV u32 m_insert_bits(u32 x, u32 bits, u32 offset, u32 count) {
  const u32 o = m_min(offset, 32u);
  const u32 c = m_min(count, 32u - o);
  const u32 mask = c == 0u ? 0u : low_ones(c) << o;
  return c == 0u ? x : (x & ~mask) | ((bits << o) & mask);
}
DEV i32 m_insert_bits(i32 x, i32 bits, u32 offset, u32 count) {
  return i32(m_insert_bits(u32(x), u32(bits), offset, count));
}

#define SIGNED_TOO(name) \
  DEV i32 name(i32 x) { return i32(name(u32(x))); }
SIGNED_TOO(m_count_one_bits)
SIGNED_TOO(m_count_leading_zeros)
SIGNED_TOO(m_count_trailing_zeros)
SIGNED_TOO(m_reverse_bits)
SIGNED_TOO(m_first_trailing_bit)

EACH_1(m_count_one_bits)
EACH_1(m_count_leading_zeros)
EACH_1(m_count_trailing_zeros)
EACH_1(m_reverse_bits)
EACH_1(m_first_leading_bit)
EACH_1(m_first_trailing_bit)

template <class T, u32 n>
DEV V<T, n> m_extract_bits(V<T, n> a, u32 offset, u32 count) {
  return map<T>(a, [=](T x) { return m_extract_bits(x, offset, count); });
}
template <class T, u32 n>
DEV V<T, n> m_insert_bits(V<T, n> a, V<T, n> bits, u32 offset, u32 count) {
  return map<T>(a, bits, [=](T x, T y) { return m_insert_bits(x, y, offset, count); });
}

