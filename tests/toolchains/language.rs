//! What WGSL means, statement by statement: small kernels run as CUDA and as HIP text, against the
//! same in Rust.

#![expect(clippy::cast_possible_truncation, reason = "conversions are what is tested")]

use ds4_codegen::emit::cpp::{CppText, Dialect};

use crate::{
    Random,
    cpu::{Gpu, Program},
    write,
};

/// Threads of the kernels' only workgroup.
const THREADS: usize = 64;
/// Words that each thread reads and writes.
const WORDS: usize = 8;

/// A kernel in which thread `lid` sets `y[WORDS lid ..]` from `x[WORDS lid ..]`, named `a` to `h`
/// in the body; the body ends in values for `y`.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    items: &'static str,
    body: &'static str,
    /// The same for one thread. Floats are compared bit by bit.
    expected: fn([u32; WORDS]) -> Vec<u32>,
}

fn source(case: &Case) -> String {
    let Case { name, items, body, .. } = case;
    let inputs: String = ('a'..='h')
        .enumerate()
        .map(|(i, letter)| format!("let {letter} = x[lid * {WORDS}u + {i}u];\n"))
        .collect();
    format!(
        "@group(0) @binding(0) var<storage, read> x: array<u32>;
         @group(0) @binding(1) var<storage, read_write> y: array<u32>;
         {items}
         @compute @workgroup_size({THREADS})
         fn {name}(@builtin(local_invocation_index) lid: u32) {{
           {inputs}
           let o = lid * {WORDS}u;
           {body}
         }}"
    )
}

/// All of these kernels.
pub(crate) fn kernels(dialect: Dialect) -> Vec<CppText> {
    let groups = [CONTROL, INTEGERS, FLOATS, COMPOSITES, BITS];
    groups.concat().iter().map(|case| write(dialect, &source(case))).collect()
}

fn check(cases: &[Case]) {
    for gpu in [Gpu::Cuda, Gpu::Gfx1100, Gpu::Gfx90a] {
        let kernels = cases.iter().map(|case| write(gpu.dialect(), &source(case))).collect();
        let Some(program) = Program::build(gpu, kernels) else { return };
        for case in cases {
            let mut x = Random(11).words(THREADS * WORDS);
            // Small and special numbers for the first threads.
            x[..16].copy_from_slice(&[
                0,
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                !0,
                1 << 31,
                !0 >> 1,
                8,
                31,
                32,
                33,
                64,
            ]);
            let floats = [
                0.0,
                -0.0,
                0.5,
                1.5,
                2.5,
                -2.5,
                3e9,
                -3e9,
                1e20,
                -1e20,
                f32::INFINITY,
                0.49,
                7.0,
                -7.25,
                1e-40,
                65504.0,
            ];
            for (to, from) in x[16..].iter_mut().zip(floats) {
                *to = f32::to_bits(from);
            }
            let mut buffers = [x.clone(), vec![0; x.len()]];
            program.run(case.name, [1, 1, 1], &mut buffers);
            for (lid, words) in x.as_chunks::<WORDS>().0.iter().enumerate() {
                let expected = (case.expected)(*words);
                let found = &buffers[1][lid * WORDS..][..expected.len()];
                assert_eq!(found, expected, "{gpu:?}: {}: thread {lid}: {words:x?}", case.name);
            }
        }
    }
}

const CONTROL: &[Case] = &[
    Case {
        name: "loops",
        items: "",
        body: "
          var sum = 0u;
          for (var i = 0u; i < 10u; i++) {
            if ((a >> i) % 2u == 0u) { continue; }
            for (var j = i; j < 20u; j += 3u) {
              if (j == b % 20u) { break; }
              if (j % 2u == 0u) { continue; }
              sum += i * j + 1u;
            }
          }
          y[o] = sum;
          var n = c % 50u;
          var steps = 0u;
          while (n > 1u) { n = select(n / 2u, 3u * n + 1u, n % 2u == 1u); steps++; }
          y[o + 1u] = steps;
          var k = 0u;
          var odd = 0u;
          loop {
            let bit = d >> k;
            if (bit % 2u == 0u) { continue; }
            odd += k;
            continuing { k++; break if k == 12u; }
          }
          y[o + 2u] = odd;
          var down = 5i;
          var product = 1u;
          for (; down > 0i; down--) { product = product * 3u + u32(down); }
          y[o + 3u] = product;",
        expected: |[a, b, c, d, ..]| {
            let mut sum = 0_u32;
            for i in (0..10).filter(|i| (a >> i) % 2 != 0) {
                for j in (i..20).step_by(3) {
                    if j == b % 20 {
                        break;
                    }
                    if j % 2 == 1 {
                        sum += i * j + 1;
                    }
                }
            }
            let (mut n, mut steps) = (c % 50, 0);
            while n > 1 {
                n = if n % 2 == 1 { 3 * n + 1 } else { n / 2 };
                steps += 1;
            }
            let odd = (0..12).filter(|k| (d >> k) % 2 == 1).sum();
            let product = (1..=5).rev().fold(1, |product, down| product * 3 + down);
            vec![sum, steps, odd, product]
        },
    },
    Case {
        name: "switches",
        items: "",
        body: "
          for (var i = 0u; i < 4u; i++) {
            var r = 7u;
            switch (x[o + i] % 6u) {
              case 0u: { r = 1u; }
              case 1u, 2u: { if (a > 100u) { break; } r = 2u; }
              case 3u: { continue; }
              default: { r = 3u; }
            }
            y[o + i] = r;
          }
          switch (bitcast<i32>(b) % 3) {
            case -1: { y[o + 4u] = 1u; }
            case 0, default: { y[o + 4u] = 2u; }
          }",
        expected: |x| {
            let one = |v: u32| match v % 6 {
                0 => 1,
                1 | 2 => {
                    if x[0] > 100 {
                        7
                    } else {
                        2
                    }
                }
                3 => 0,
                _ => 3,
            };
            let sign = if x[1].cast_signed() % 3 == -1 { 1 } else { 2 };
            x[..4].iter().map(|&v| one(v)).chain([sign]).collect()
        },
    },
    Case {
        name: "short_circuit",
        items: "fn count(p: ptr<function, u32>) -> bool { *p += 1u; return *p % 3u != 0u; }",
        body: "
          var calls = a % 5u;
          var n = 0u;
          while (n < 9u && count(&calls)) { n++; }
          y[o] = calls;
          y[o + 1u] = n;
          y[o + 2u] = u32(b > 5u || count(&calls));
          y[o + 3u] = calls;",
        expected: |[a, b, ..]| {
            let (mut calls, mut n) = (a % 5, 0);
            loop {
                calls += 1;
                if calls % 3 == 0 {
                    break;
                }
                n += 1;
            }
            let before = calls;
            let either = b > 5 || {
                calls += 1;
                calls % 3 != 0
            };
            vec![before, n, u32::from(either), calls]
        },
    },
    Case {
        name: "order",
        items: "
          var<private> seen: array<u32, 4>;
          var<private> total = 5u;
          fn note(v: u32) -> u32 { seen[v % 4u] += v; total += 1u; return total; }
          fn swap(p: ptr<function, array<u32, 4>>, i: u32, j: u32) {
            let t = (*p)[i];
            (*p)[i] = (*p)[j];
            (*p)[j] = t;
          }
          fn first(p: ptr<function, u32>) -> u32 { let old = *p; *p = old + 10u; return old; }",
        body: "
          var v = array<u32, 4>(a, b, c, d);
          swap(&v, a % 4u, b % 4u);
          y[o] = v[0]; y[o + 1u] = v[1]; y[o + 2u] = v[2]; y[o + 3u] = v[3];
          var w = e % 100u;
          let before = w;
          w = w + first(&w) * 1000u;
          y[o + 4u] = w;
          y[o + 5u] = before + note(a) + note(a);
          y[o + 6u] = seen[a % 4u] + total;
          var u = v[0];
          v[0] = v[1] + u;
          u = v[0] + v[1];
          y[o + 7u] = u;",
        expected: |[a, b, c, d, e, ..]| {
            let mut v = [a, b, c, d];
            v.swap((a % 4) as usize, (b % 4) as usize);
            let w = e % 100;
            let seen = a.wrapping_mul(2);
            let sum = v[1].wrapping_add(v[0]);
            [
                v.to_vec(),
                vec![w + w * 1000, w + 6 + 7, seen.wrapping_add(7), sum.wrapping_add(v[1])],
            ]
            .concat()
        },
    },
];

#[test]
fn loops_branches_and_calls_keep_their_order() {
    check(CONTROL);
}

const INTEGERS: &[Case] = &[
    Case {
        name: "signed_numbers",
        items: "",
        body: "
          let p = bitcast<i32>(a);
          let q = bitcast<i32>(b);
          y[o] = bitcast<u32>(p + q);
          y[o + 1u] = bitcast<u32>(p * q - q);
          y[o + 2u] = bitcast<u32>(-p);
          y[o + 3u] = bitcast<u32>(abs(p));
          y[o + 4u] = bitcast<u32>(p / 7 + q % 5);
          y[o + 5u] = bitcast<u32>(p >> (b & 31u));
          y[o + 6u] = bitcast<u32>(max(p, -2147483648) ^ min(q, 17));
          y[o + 7u] = bitcast<u32>(clamp(p, -100, 100) + sign(q) * 1000);",
        expected: |[a, b, ..]| {
            let (p, q) = (a.cast_signed(), b.cast_signed());
            let values = [
                p.wrapping_add(q),
                p.wrapping_mul(q).wrapping_sub(q),
                p.wrapping_neg(),
                p.wrapping_abs(),
                p / 7 + q % 5,
                p >> (b & 31),
                p ^ q.min(17),
                p.clamp(-100, 100) + q.signum() * 1000,
            ];
            values.map(i32::cast_unsigned).to_vec()
        },
    },
    Case {
        name: "shifts",
        items: "",
        body: "
          y[o] = a << b;
          y[o + 1u] = a >> (b + 3u);
          y[o + 2u] = bitcast<u32>(bitcast<i32>(a) << (c % 40u));
          let v = vec2<u32>(a, b) >> vec2<u32>(c, 5u);
          y[o + 3u] = v.x ^ v.y;
          y[o + 4u] = (a & b) | (c ^ ~d);
          y[o + 5u] = a / (b | 1u) + c % (d | 1u);",
        expected: |[a, b, c, d, ..]| {
            vec![
                a.wrapping_shl(b),
                a.wrapping_shr(b.wrapping_add(3)),
                a.wrapping_shl(c % 40),
                a.wrapping_shr(c) ^ (b >> 5),
                (a & b) | (c ^ !d),
                (a / (b | 1)).wrapping_add(c % (d | 1)),
            ]
        },
    },
    Case {
        name: "wide",
        items: "fn hash(seed: u64) -> u64 { return (seed ^ (seed >> 29u)) * 0xbf58476d1ce4e5b9lu; }",
        body: "
          let seed = u64(a) << 32u | u64(b);
          let hashed = hash(seed);
          y[o] = u32(hashed);
          y[o + 1u] = u32(hashed >> 32u);
          let s = i64(bitcast<i32>(c)) * -3li - i64(d);
          y[o + 2u] = u32(bitcast<u64>(s));
          y[o + 3u] = u32(bitcast<u64>(s) >> 32u);
          y[o + 4u] = u32(s < 0li) + u32(hashed > 1000lu) * 2u;",
        expected: |[a, b, c, d, ..]| {
            let seed = u64::from(a) << 32 | u64::from(b);
            let h = (seed ^ seed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let s = i64::from(c.cast_signed()) * -3 - i64::from(d);
            let halves = |x: u64| bytemuck::cast::<u64, [u32; 2]>(x);
            let flags = u32::from(s < 0) + u32::from(h > 1000) * 2;
            [&halves(h)[..], &halves(s.cast_unsigned()), &[flags]].concat()
        },
    },
];

#[test]
fn integers_wrap() {
    check(INTEGERS);
}

const FLOATS: &[Case] = &[
    Case {
        name: "conversions",
        items: "",
        body: "
          let p = bitcast<f32>(a);
          if (p != p) { return; }
          y[o] = u32(p);
          y[o + 1u] = bitcast<u32>(i32(p));
          y[o + 2u] = bitcast<u32>(f32(a));
          y[o + 3u] = bitcast<u32>(f32(bitcast<i32>(a)));
          y[o + 4u] = u32(bool(a)) + u32(bool(p)) * 2u;
          y[o + 5u] = bitcast<u32>(f32(a > 7u) + select(0.0, 10.0, b > 7u));
          let v = vec2<i32>(vec2<f32>(p, 2.75));
          y[o + 6u] = bitcast<u32>(v.x ^ v.y);",
        expected: |[a, b, ..]| {
            let p = f32::from_bits(a);
            if p.is_nan() {
                return vec![];
            }
            // The largest float below the limit, not the limit.
            let unsigned = (p as u32).min(4_294_967_040);
            let signed = (p as i32).min(2_147_483_520);
            let truth = f32::from(u8::from(a > 7)) + if b > 7 { 10.0 } else { 0.0 };
            vec![
                unsigned,
                signed.cast_unsigned(),
                (a as f32).to_bits(),
                (a.cast_signed() as f32).to_bits(),
                u32::from(a != 0) + u32::from(p != 0.0) * 2,
                truth.to_bits(),
                (signed ^ 2).cast_unsigned(),
            ]
        },
    },
    Case {
        name: "arithmetic",
        items: "",
        body: "
          let p = f32(bitcast<i32>(a) >> 8u) / 64.0;
          let q = f32(b >> 8u) / 1024.0 + 0.5;
          y[o] = bitcast<u32>(fma(p, q, -p) + p * q);
          y[o + 1u] = bitcast<u32>(p % q);
          y[o + 2u] = bitcast<u32>(round(p) + floor(p) * 2.0 + ceil(q) * 4.0 + trunc(p));
          y[o + 3u] = bitcast<u32>(fract(p) + sign(p) + abs(p));
          y[o + 4u] = bitcast<u32>(min(p, q) - max(p, 1.0) + clamp(p, -2.0, q));
          y[o + 5u] = bitcast<u32>(sqrt(q) / (1.0 + saturate(p)));
          y[o + 6u] = bitcast<u32>(mix(p, q, 0.25) + step(q, p));
          y[o + 7u] = bitcast<u32>(ldexp(q, bitcast<i32>(c) % 140));",
        expected: |[a, b, c, ..]| {
            let p = (a.cast_signed() >> 8) as f32 / 64.0;
            let q = (b >> 8) as f32 / 1024.0 + 0.5;
            let sign = if p == 0.0 { 0.0 } else { p.signum() };
            let values = [
                p.mul_add(q, -p) + p * q,
                p - q * (p / q).trunc(),
                p.round_ties_even() + p.floor() * 2.0 + q.ceil() * 4.0 + p.trunc(),
                (p - p.floor()) + sign + p.abs(),
                p.min(q) - p.max(1.0) + p.max(-2.0).min(q),
                q.sqrt() / (1.0 + p.clamp(0.0, 1.0)),
                (p * 0.75 + q * 0.25) + f32::from(u8::from(q <= p)),
                (f64::from(q) * 2_f64.powi(c.cast_signed() % 140)) as f32,
            ];
            values.map(f32::to_bits).to_vec()
        },
    },
    Case {
        name: "special",
        items: "const BIG = 3.0e38;",
        body: "
          let p = bitcast<f32>(a);
          let q = BIG * f32(b | 1u);
          y[o] = u32(p != p) + u32(abs(p) > BIG * 1.1) * 2u + u32(q * 10.0 > 3.3e38) * 4u;
          y[o + 1u] = u32(p < q) + u32(p == p) * 2u + u32(!(p >= 1.0)) * 4u;
          y[o + 2u] = bitcast<u32>(select(-p, p, p > 0.0));
          let v = vec3<f32>(p, 1.0, q);
          y[o + 3u] = u32(any(v > vec3(1e10))) + u32(all(v == v)) * 2u;",
        expected: |[a, b, ..]| {
            let p = f32::from_bits(a);
            let q = 3.0e38 * (b | 1) as f32;
            let flags = |bits: &[bool]| bits.iter().rev().fold(0, |n, &bit| n * 2 + u32::from(bit));
            vec![
                flags(&[p.is_nan(), p.abs() > 3.0e38 * 1.1, true]),
                flags(&[p < q, !p.is_nan(), p.is_nan() || p < 1.0]),
                (if p > 0.0 { p } else { -p }).to_bits(),
                flags(&[p > 1e10 || q > 1e10, !p.is_nan()]),
            ]
        },
    },
];

#[test]
fn floats_convert_and_compare() {
    check(FLOATS);
}

const COMPOSITES: &[Case] = &[
    Case {
        name: "vectors",
        items: "",
        body: "
          var v = vec4<u32>(vec2<u32>(a, b), c, d);
          v.y = v.wzyx.x + 1u;
          v[a % 4u] = 9u;
          let w = v.zw;
          y[o] = v.x; y[o + 1u] = v.y; y[o + 2u] = v.z; y[o + 3u] = v.w;
          y[o + 4u] = (vec4(e) * v + vec4(1u, 2u, 3u, 4u))[b % 4u];
          let s = select(vec2(f), w, w > vec2(100u, 1u << 31u));
          y[o + 5u] = s.x ^ s.y;
          y[o + 6u] = dot(vec3(a, b, c), vec3(1u, 2u, 3u)) + u32(any(w == w.yx));
          y[o + 7u] = bitcast<u32>((-vec2<i32>(bitcast<vec2<i32>>(w)) * 3).y);",
        expected: |[a, b, c, d, e, f, ..]| {
            let mut v = [a, b, c, d];
            v[1] = d.wrapping_add(1);
            v[(a % 4) as usize] = 9;
            let i = b % 4;
            let product = e.wrapping_mul(v[i as usize]).wrapping_add(i + 1);
            let s = [if v[2] > 100 { v[2] } else { f }, if v[3] > 1 << 31 { v[3] } else { f }];
            let dot = a.wrapping_add(b.wrapping_mul(2)).wrapping_add(c.wrapping_mul(3));
            let last = v[3].wrapping_neg().wrapping_mul(3);
            [&v[..], &[product, s[0] ^ s[1], dot.wrapping_add(u32::from(v[2] == v[3])), last]].concat()
        },
    },
    Case {
        name: "structs",
        items: "
          struct Inner { n: u32, v: vec3<u32>, w: u32 }
          struct Outer { inner: array<Inner, 2>, flag: bool }
          const TABLE = array<i32, 4>(3, -1, 4, -15);
          const NESTED = array<vec2<f32>, 2>(vec2(0.5, -1.5), vec2(2.0));
          fn make_outer(a: u32, b: u32) -> Outer {
            return Outer(array<Inner, 2>(Inner(a, vec3(b), 3u), Inner(b, vec3(a, b, 1u), 4u)), a > b);
          }
          fn bump(p: ptr<function, Outer>) { (*p).inner[1].v.y += 5u; (*p).flag = !(*p).flag; }",
        body: "
          var s = make_outer(a, b);
          bump(&s);
          let t = s;
          s.inner[0] = t.inner[1];
          y[o] = s.inner[0].v.y;
          y[o + 1u] = s.inner[a % 2u].n + t.inner[0].w;
          y[o + 2u] = u32(s.flag);
          y[o + 3u] = bitcast<u32>(TABLE[b % 4u] * 2);
          y[o + 4u] = bitcast<u32>(NESTED[c % 2u].x + NESTED[c % 2u].y);
          let local = array<u32, 3>(d, e, f);
          y[o + 5u] = local[c % 3u];
          var zero: Outer;
          y[o + 6u] = zero.inner[1].v.z + u32(zero.flag);",
        expected: |[a, b, c, d, e, f, ..]| {
            let nested: f32 = if c % 2 == 0 { -1.0 } else { 4.0 };
            vec![
                b.wrapping_add(5),
                b.wrapping_add(3),
                u32::from(a <= b),
                ([3, -1, 4, -15_i32][(b % 4) as usize] * 2).cast_unsigned(),
                nested.to_bits(),
                [d, e, f][(c % 3) as usize],
                0,
            ]
        },
    },
];

#[test]
fn vectors_structs_and_arrays_are_values() {
    check(COMPOSITES);
}

const BITS: &[Case] = &[
    Case {
        name: "packing",
        items: "fn dp4(a: u32, b: u32) -> i32 { return dot4I8Packed(a, b); }",
        body: "
          y[o] = pack4xI8(unpack4xI8(a) + vec4(1)) ^ pack4xU8(unpack4xU8(b) * 3u);
          y[o + 1u] = bitcast<u32>(dot4I8Packed(a, b) + 7 + dp4(c, d) + dp4(a, d));
          y[o + 2u] = dot4U8Packed(a, b) + c;
          let halves = vec2<f32>(f32(a >> 16u) / 8.0, -f32(b & 255u) / 7.0);
          y[o + 3u] = pack2x16float(halves);
          let back = unpack2x16float(a & 0x7bff7bffu);
          y[o + 4u] = bitcast<u32>(back.x) ^ bitcast<u32>(back.y);
          y[o + 5u] = pack4xI8Clamp(unpack4xI8(a) * 2);
          let v = unpack4x8snorm(a);
          y[o + 6u] = pack4x8snorm(v) ^ pack4x8unorm(unpack4x8unorm(b));
          y[o + 7u] = pack2x16snorm(unpack2x16snorm(c)) ^ pack2x16unorm(unpack2x16unorm(d));",
        expected: |[a, b, c, d, ..]| {
            let signed = |x: u32| x.to_le_bytes().map(|byte| i32::from(byte.cast_signed()));
            let dot = |x: u32, y: u32| -> i32 {
                signed(x).iter().zip(signed(y)).map(|(x, y)| x * y).sum()
            };
            let unsigned: u32 = a
                .to_le_bytes()
                .iter()
                .zip(b.to_le_bytes())
                .map(|(&x, y)| u32::from(x) * u32::from(y))
                .sum();
            let half = |x: f32| half::f16::from_f32(x).to_bits();
            let float = |bits: u32| half::f16::from_bits(bits as u16).to_f32().to_bits();
            let first = a.to_le_bytes().map(|byte| byte.wrapping_add(1));
            let second = b.to_le_bytes().map(|byte| byte.wrapping_mul(3));
            // -128 and -127 are the same number, as are their neighbors among 16 bits.
            let snorm8 = a.to_le_bytes().map(|byte| byte.cast_signed().max(-127).cast_unsigned());
            let halves = bytemuck::cast::<u32, [u16; 2]>(c);
            let snorm16 = halves.map(|n| n.cast_signed().max(-32767).cast_unsigned());
            vec![
                u32::from_le_bytes(first) ^ u32::from_le_bytes(second),
                (dot(a, b) + 7 + dot(c, d) + dot(a, d)).cast_unsigned(),
                unsigned.wrapping_add(c),
                bytemuck::cast([half((a >> 16) as f32 / 8.0), half(-((b & 255) as f32) / 7.0)]),
                float(a & 0x7bff) ^ float(a >> 16 & 0x7bff),
                u32::from_le_bytes(
                    signed(a).map(|n| ((n * 2).clamp(-128, 127) as i8).cast_unsigned()),
                ),
                u32::from_le_bytes(snorm8) ^ b,
                bytemuck::cast::<[u16; 2], u32>(snorm16) ^ d,
            ]
        },
    },
    Case {
        name: "bits",
        items: "",
        body: "
          y[o] = countOneBits(a) + countLeadingZeros(b) * 64u + countTrailingZeros(c) * 4096u;
          y[o + 1u] = reverseBits(a);
          y[o + 2u] = firstLeadingBit(a) ^ firstTrailingBit(b);
          y[o + 3u] = bitcast<u32>(firstLeadingBit(bitcast<i32>(a)));
          y[o + 4u] = extractBits(a, b % 40u, c % 40u);
          y[o + 5u] = bitcast<u32>(extractBits(bitcast<i32>(a), b % 40u, c % 40u));
          y[o + 6u] = insertBits(a, b, c % 40u, d % 40u);",
        expected: |[a, b, c, d, ..]| {
            let (offset, count) = ((b % 40).min(32), c % 40);
            let count = count.min(32 - offset);
            let ones = |n: u32| ((1_u64 << n) - 1) as u32;
            let extracted = (u64::from(a) >> offset) as u32 & ones(count);
            let sign = if count == 0 { 0 } else { extracted >> (count - 1) & 1 };
            let extended = if sign == 1 { extracted | !ones(count) } else { extracted };
            let (at, n) = ((c % 40).min(32), d % 40);
            let n = n.min(32 - at);
            let mask = ((u64::from(ones(n))) << at) as u32;
            let inserted = (a & !mask) | ((u64::from(b) << at) as u32 & mask);
            let leading = |x: u32| x.checked_ilog2().unwrap_or(!0);
            let trailing = if b == 0 { !0 } else { b.trailing_zeros() };
            let signed = a.cast_signed();
            vec![
                a.count_ones() + b.leading_zeros() * 64 + c.trailing_zeros() * 4096,
                a.reverse_bits(),
                leading(a) ^ trailing,
                leading(if signed < 0 { !a } else { a }),
                extracted,
                extended,
                inserted,
            ]
        },
    },
];

#[test]
fn words_are_taken_apart_and_put_together() {
    check(BITS);
}
