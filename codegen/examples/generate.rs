use ds4_codegen::{emit::kernel, gpu::target::Target, lower, model::MODELS};
fn main() {
    let name = std::env::args().nth(1).unwrap_or("spirv".into());
    let dump = std::env::args().nth(2);
    let target = Target::ALL.into_iter().find(|t| t.name() == name).unwrap();
    let t0 = std::time::Instant::now();
    let program = lower::lower(&MODELS).unwrap();
    let gpu = match ds4_codegen::gpu::lower::lower(&program.plans, target) {
        Ok(g) => g,
        Err(e) => {
            println!("{e}");
            std::process::exit(1)
        }
    };
    println!("{} modules, {:?}", gpu.modules.len(), t0.elapsed());
    let mut bad = 0;
    let mut bytes = 0;
    for m in &gpu.modules {
        match kernel::compile(target, m) {
            Ok(c) => {
                bytes += c.code.len();
                if let Some(d) = &dump {
                    std::fs::create_dir_all(d).unwrap();
                    std::fs::write(format!("{d}/{}.{}", m.name, target.ending()), &c.code).unwrap();
                    std::fs::write(format!("{d}/{}.wgsl", m.name), &m.wgsl).unwrap();
                }
            }
            Err(e) => {
                bad += 1;
                if bad < 6 {
                    println!("{e}\n");
                }
                std::fs::write(format!("/tmp/bad_{}.wgsl", m.name), &m.wgsl).unwrap();
            }
        }
    }
    println!("{bad} bad, {bytes} bytes, {:?}", t0.elapsed());
}
