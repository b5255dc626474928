//! The cards of the machine.

use cudarc::driver::CudaContext;

use super::{
    card::{self, OLDEST_GENERATION, failed},
    check_versions,
    nvrtc::Nvrtc,
};
use crate::device::{Found, Result, Unusable};

/// The cards that the driver knows of, by number.
pub(in crate::device) fn devices() -> Result<Vec<Found>> {
    let driver = card::start_driver()?;
    let names = card::names()?;
    if names.is_empty() {
        return Err(card::missing("the driver knows of no card".to_owned()));
    }
    let nvrtc = Nvrtc::load();
    let found = |(number, name)| found((number, name), driver, nvrtc.as_ref());
    names.into_iter().enumerate().map(found).collect()
}

fn found(
    (number, name): (usize, String),
    driver: (i32, i32),
    nvrtc: Result<&Nvrtc, &crate::device::Error>,
) -> Result<Found> {
    let generation = card::generation(number)?;
    let memory = CudaContext::new(number).and_then(|context| context.mem_get_info());
    let text = |(major, minor): (i32, i32)| format!("{major}.{minor}");
    let mut details =
        vec![("compute capability", text(generation)), ("driver for CUDA", text(driver))];
    if let Ok(nvrtc) = nvrtc {
        details.push(("NVRTC", text(nvrtc.version())));
    }
    let arch = format!("sm_{}{}", generation.0, generation.1);
    let compiler = nvrtc.map_err(Unusable::from).and_then(|nvrtc| {
        let checked = check_versions(nvrtc.version(), driver);
        checked.and_then(|()| nvrtc.check_arch(&arch)).map_err(|error| Unusable::from(&error))
    });
    let unusable = if generation < OLDEST_GENERATION {
        let (major, minor) = OLDEST_GENERATION;
        Some(Unusable {
            reason: format!("it lacks compute capability {major}.{minor}"),
            help: "use a card of NVIDIA's Ampere generation or later".to_owned(),
        })
    } else if let Err(error) = &memory {
        Some(Unusable::from(&failed("open the card")(*error)))
    } else {
        compiler.err()
    };
    Ok(Found {
        device: "cuda",
        number: Some(number),
        name,
        memory: memory.as_ref().ok().map(|(_, total)| *total as u64),
        free: memory.as_ref().ok().map(|(free, _)| *free as u64),
        details,
        unusable,
    })
}
