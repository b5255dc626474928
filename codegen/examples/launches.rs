use ds4_codegen::{
    gpu::{lower::passes, target::Target},
    graph::segments,
    model::MODELS,
};
fn main() {
    for kind in [ds4_plan::StepKind::Decode, ds4_plan::StepKind::Prefill] {
        let s = segments(MODELS[0], kind);
        for (shape, g) in &s.kinds {
            let (e, l) = passes(g, Target::Vulkan, kind).unwrap();
            println!("== {kind:?} {} {} launches", shape.name(), l.len());
            for chains in &l {
                let t: Vec<_> = chains
                    .iter()
                    .map(|c| {
                        format!(
                            "{}<{:?}>",
                            c.units
                                .iter()
                                .map(|&u| e.units[u].pass.name)
                                .collect::<Vec<_>>()
                                .join(","),
                            c.x
                        )
                    })
                    .collect();
                println!("   {}", t.join(" | "));
            }
        }
    }
}
