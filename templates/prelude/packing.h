// Small numbers in words, and dot products of them.

DEV i32 m_dot4_i8(u32 a, u32 b) { return native_dp4a(a, b, 0); }
DEV u32 m_dot4_u8(u32 a, u32 b) { return native_udp4a(a, b, 0u); }

/// `c` plus the dot product of four signed bytes.
DEV i32 m_dp4a_i8(u32 a, u32 b, i32 c) { return native_dp4a(a, b, c); }

/// `c` plus the dot product of four unsigned bytes.
DEV u32 m_dp4a_u8(u32 a, u32 b, u32 c) { return native_udp4a(a, b, c); }

DEV u32 m_pack_4x_u8(u32x4 v) {
  return (v.x & 255u) | (v.y & 255u) << 8 | (v.z & 255u) << 16 | v.w << 24;
}
DEV u32 m_pack_4x_i8(i32x4 v) { return m_pack_4x_u8(cast<u32x4>(v)); }
DEV u32 m_pack_4x_u8_clamp(u32x4 v) { return m_pack_4x_u8(m_min(v, splat<4>(255u))); }
DEV u32 m_pack_4x_i8_clamp(i32x4 v) {
  return m_pack_4x_i8(m_clamp(v, splat<4>(-128), splat<4>(127)));
}

DEV u32x4 m_unpack_4x_u8(u32 x) {
  return {x & 255u, (x >> 8) & 255u, (x >> 16) & 255u, x >> 24};
}
DEV i32x4 m_unpack_4x_i8(u32 x) { return {i8(x), i8(x >> 8), i8(x >> 16), i8(x >> 24)}; }

DEV u32 m_pack_2x16_float(f32x2 v) { return native_pack_f16(v.x, v.y); }
DEV f32x2 m_unpack_2x16_float(u32 x) {
  return {f32(bitcast<f16>(u16(x))), f32(bitcast<f16>(u16(x >> 16)))};
}

// WGSL rounds the scaled number as floor(0.5 + x).

DEV i32 scaled(f32 x, f32 low, f32 scale) {
  return i32(native_floor(0.5f + scale * m_clamp(x, low, 1.0f)));
}

DEV u32 m_pack_4x8_snorm(f32x4 v) {
  return m_pack_4x_i8(map<i32>(v, [](f32 x) { return scaled(x, -1.0f, 127.0f); }));
}
DEV u32 m_pack_4x8_unorm(f32x4 v) {
  return m_pack_4x_i8(map<i32>(v, [](f32 x) { return scaled(x, 0.0f, 255.0f); }));
}
DEV u32 m_pack_2x16_snorm(f32x2 v) {
  const i32x2 n = map<i32>(v, [](f32 x) { return scaled(x, -1.0f, 32767.0f); });
  return (u32(n.x) & 65535u) | u32(n.y) << 16;
}
DEV u32 m_pack_2x16_unorm(f32x2 v) {
  const i32x2 n = map<i32>(v, [](f32 x) { return scaled(x, 0.0f, 65535.0f); });
  return (u32(n.x) & 65535u) | u32(n.y) << 16;
}

DEV f32x4 m_unpack_4x8_snorm(u32 x) {
  return map<f32>(m_unpack_4x_i8(x), [](i32 n) { return m_max(f32(n) / 127.0f, -1.0f); });
}
DEV f32x4 m_unpack_4x8_unorm(u32 x) {
  return map<f32>(m_unpack_4x_u8(x), [](u32 n) { return f32(n) / 255.0f; });
}
DEV f32x2 m_unpack_2x16_snorm(u32 x) {
  const i32x2 n = {i16(x), i16(x >> 16)};
  return map<f32>(n, [](i32 n) { return m_max(f32(n) / 32767.0f, -1.0f); });
}
DEV f32x2 m_unpack_2x16_unorm(u32 x) {
  const u32x2 n = {x & 65535u, x >> 16};
  return map<f32>(n, [](u32 n) { return f32(n) / 65535.0f; });
}

// --- Subgroups ---

#define COLLECTIVE(name, op)                                                   \
  template <class T>                                                           \
  DEV T wave_##name(T x) {                                                     \
    return wave_reduce(x, [](T a, T b) { return op; });                        \
  }                                                                            \
  template <class T>                                                           \
  DEV T wave_inclusive_##name(T x) {                                           \
    return wave_inclusive(x, [](T a, T b) { return op; });                     \
  }
COLLECTIVE(add, m_plus(a, b))
COLLECTIVE(mul, m_times(a, b))
COLLECTIVE(min, m_min(a, b))
COLLECTIVE(max, m_max(a, b))
COLLECTIVE(and, T(a & b))
COLLECTIVE(or, T(a | b))
COLLECTIVE(xor, T(a ^ b))

/// The same value in each component.
template <class T>
DEV T constant(u32 x) {
  if constexpr (Size<T>::n == 1) {
    return T(x);
  } else {
    return splat<Size<T>::n>(typename T::Scalar(x));
  }
}

template <class T>
DEV T wave_exclusive_add(T x) {
  return wave_exclusive(x, constant<T>(0u), [](T a, T b) { return m_plus(a, b); });
}
template <class T>
DEV T wave_exclusive_mul(T x) {
  return wave_exclusive(x, constant<T>(1u), [](T a, T b) { return m_times(a, b); });
}

