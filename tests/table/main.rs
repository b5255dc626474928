//! scratch
use ds4_codegen::{
    emit::kernel,
    gpu::{self, target::Target},
    lower, model,
};
use std::collections::*;
#[test]
fn count() {
    let program = lower::lower(&model::MODELS).unwrap();
    for target in Target::ALL {
        let t = std::time::Instant::now();
        let gpu = gpu::lower::lower(&program.plans, target).unwrap();
        let a = t.elapsed();
        let mut sets: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (plan, g) in program.plans.iter().zip(&gpu.plans) {
            for step in [&g.decode, &g.prefill] {
                for l in step
                    .head
                    .iter()
                    .chain(step.tail)
                    .chain(step.kinds.iter().flat_map(|k| k.iter()))
                {
                    for v in l.variants {
                        for r in v.recipes {
                            sets.entry(format!("{} {r}", plan.model.name))
                                .or_default()
                                .insert(v.kernel);
                        }
                    }
                }
            }
        }
        println!("{} {} lower {a:?}", target.name(), gpu.modules.len());
        let mut seen = BTreeSet::new();
        for order in [
            "flash q2",
            "flash mxfp4",
            "flash q4",
            "flash q8",
            "tiny q2",
            "tiny mxfp4",
            "tiny q4",
            "tiny q8",
            "tiny bf16",
            "tiny f32",
        ] {
            let s = &sets[order];
            let new = s.difference(&seen).count();
            println!("   {order}: {} new {new}", s.len());
            seen.extend(s.iter().copied());
        }
        let t = std::time::Instant::now();
        for m in &gpu.modules {
            kernel::compile(target, m).unwrap();
        }
        println!("   compile {:?}", t.elapsed());
    }
}
