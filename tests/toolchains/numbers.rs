//! How exact the prelude's own functions are, which both dialects share.

use ds4_codegen::emit::cpp::Dialect;

use crate::{
    Random,
    cpu::{Gpu, Program},
    write,
};

const KERNEL: &str = "
  @group(0) @binding(0) var<storage, read> x: array<f32>;
  @group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
  @compute @workgroup_size(64)
  fn numbers(@builtin(global_invocation_id) id: vec3<u32>) {
    let v = x[id.x];
    y[id.x] = vec4(sin(v), cos(v), tanh(v), inverseSqrt(abs(v)));
  }";

/// Numbers of which sines and cosines are taken: all over the circle, and near its quarters, where
/// they pass zero.
fn angles(random: &mut Random) -> Vec<f32> {
    let unit = |word: u32| f64::from(word) / f64::from(u32::MAX);
    let mut angles: Vec<f32> = Vec::new();
    #[expect(clippy::cast_possible_truncation, reason = "the nearest float is wanted")]
    for _ in 0..1 << 16 {
        let anywhere = (unit(random.word()) * 2.0 - 1.0) * std::f64::consts::PI;
        let quarter = f64::from(random.word() % 5) - 2.0;
        let near = quarter * std::f64::consts::FRAC_PI_2;
        let tiny = 10_f64.powf(-8.0 * unit(random.word()));
        let side = if random.word().is_multiple_of(2) { tiny } else { -tiny };
        angles.extend([
            anywhere as f32,
            (near + side).clamp(-std::f64::consts::PI, std::f64::consts::PI) as f32,
        ]);
    }
    angles
}

/// The true value of a function.
type Exact = fn(f64) -> f64;

/// Units in the last place between `found` and the true value.
fn ulps(found: f32, exact: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "the nearest float is wanted")]
    let nearest = exact as f32;
    let unit = f64::from(nearest.abs().next_up()) - f64::from(nearest.abs());
    (f64::from(found) - exact).abs() / unit
}

#[test]
fn sines_and_hyperbolic_tangents_are_exact_to_two_units() {
    let kernels = vec![write(Dialect::Cuda, KERNEL)];
    let Some(program) = Program::build(Gpu::Cuda, kernels) else { return };
    let angles = angles(&mut Random(5));
    let words: Vec<u32> = angles.iter().map(|angle| angle.to_bits()).collect();
    let n_groups = u32::try_from(angles.len() / 64).unwrap();
    let mut buffers = [words, vec![0; 4 * angles.len()]];
    program.run("numbers", [n_groups, 1, 1], &mut buffers);
    let functions: [(&str, Exact); 4] = [
        ("sin", f64::sin),
        ("cos", f64::cos),
        ("tanh", f64::tanh),
        ("inverseSqrt", |v| 1.0 / v.abs().sqrt()),
    ];
    for (i, (name, exact)) in functions.into_iter().enumerate() {
        let worst = angles.iter().zip(buffers[1].chunks(4)).map(|(&angle, found)| {
            (ulps(f32::from_bits(found[i]), exact(f64::from(angle))), angle)
        });
        let (most, angle) = worst.fold((0.0, 0.0), |a, b| if b.0 > a.0 { b } else { a });
        assert!(most <= 2.0, "{name}({angle}) is {most:.2} units off");
    }
}
