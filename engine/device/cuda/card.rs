//! Which of the machine's cards to use, and whether it can run the kernels.

use std::sync::Arc;

use cudarc::driver::{
    CudaContext, DriverError,
    result::{self, device},
    sys::{self, CUdevice_attribute as Attribute},
};

use super::API;
use crate::device::{Error, Result};

/// What to do where there is no driver or card.
const HELP: &str = "install NVIDIA's driver for CUDA 12.0 or later (version 525); `nvidia-smi` \
                    lists the cards that it knows";

/// The oldest driver that loads the machine code of every supported compiler, as the driver
/// writes it.
const OLDEST_DRIVER: i32 = 12_000;

/// The oldest generation with asynchronous copies and the tiles of the kernels.
pub(super) const OLDEST_GENERATION: (i32, i32) = (8, 0);

/// The first generation that has `griddepcontrol`.
const OVERLAPPING_GENERATION: (i32, i32) = (9, 0);

/// An opened card.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) context: Arc<CudaContext>,
    pub(super) name: String,
    /// The generation, as in `sm_90`.
    pub(super) arch: String,
    /// Whether its kernels can wait for each other, and so overlap.
    pub(super) overlaps: bool,
    /// Most workgroups along x, y and z.
    pub(super) max_grid: [u32; 3],
    /// Major and minor version of CUDA that the driver is of.
    pub(super) driver: (i32, i32),
}

impl Card {
    /// Opens the card of number `wanted`, or the first one, which is the fastest by the driver's
    /// own order.
    pub(super) fn open(wanted: Option<usize>) -> Result<Self> {
        let driver = start_driver()?;
        let names = names()?;
        let number = wanted.unwrap_or(0);
        let Some(name) = names.get(number) else {
            return Err(match names[..] {
                [] => missing("the driver knows of no card".to_owned()),
                _ => no_such_card(number, &names),
            });
        };
        let generation = generation(number)?;
        if generation < OLDEST_GENERATION {
            return Err(too_old(name, generation));
        }
        let context = CudaContext::new(number).map_err(failed("open the card"))?;
        let limits = [
            Attribute::CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X,
            Attribute::CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y,
            Attribute::CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z,
        ];
        let mut max_grid = [0; 3];
        for (limit, attribute) in max_grid.iter_mut().zip(limits) {
            let value = context.attribute(attribute).map_err(failed("ask for a card's limits"))?;
            *limit = u32::try_from(value).unwrap_or(0);
        }
        let arch = format!("sm_{}{}", generation.0, generation.1);
        let overlaps = generation >= OVERLAPPING_GENERATION;
        Ok(Self { context, name: name.clone(), arch, overlaps, max_grid, driver })
    }
}

/// Starts the driver; the CUDA release that it is of.
pub(super) fn start_driver() -> Result<(i32, i32)> {
    // SAFETY: the library's initialisers run; it is the system's own driver.
    if !unsafe { sys::is_culib_present() } {
        return Err(missing("libcuda.so.1 is not where the system's loader looks".to_owned()));
    }
    result::init().map_err(|e| missing(format!("the driver does not start: {}", words(e))))?;
    let version = driver_version()?;
    let driver = (version / 1000, version % 1000 / 10);
    if version < OLDEST_DRIVER {
        return Err(missing(format!("the driver is of CUDA {}.{}", driver.0, driver.1)));
    }
    Ok(driver)
}

/// The error where there is no driver or card.
pub(super) fn missing(reason: String) -> Error {
    Error::NoGpu { api: API, reason, help: HELP }
}

/// The CUDA release of the driver: 1000 times the major version and 10 times the minor one.
fn driver_version() -> Result<i32> {
    let mut version = 0;
    // SAFETY: `version` is written.
    let status = unsafe { sys::cuDriverGetVersion(&raw mut version) };
    status.result().map_err(failed("ask for the driver's version"))?;
    Ok(version)
}

/// The names of the cards, by number.
pub(super) fn names() -> Result<Vec<String>> {
    let count = device::get_count().map_err(failed("count the cards"))?;
    let name = |number| device::get(number).and_then(device::get_name);
    (0..count).map(name).collect::<Result<_, _>>().map_err(failed("list the cards"))
}

/// The compute capability of card `number`.
pub(super) fn generation(number: usize) -> Result<(i32, i32)> {
    let failed = failed("ask for a card's generation");
    let device = device::get(i32::try_from(number).unwrap_or(i32::MAX)).map_err(&failed)?;
    let attribute = |attribute| {
        // SAFETY: the handle is the driver's.
        unsafe { device::get_attribute(device, attribute) }.map_err(&failed)
    };
    Ok((
        attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?,
        attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?,
    ))
}

fn no_such_card(number: usize, names: &[String]) -> Error {
    let names: Vec<_> = names.iter().enumerate().map(|(i, name)| format!("{i} ({name})")).collect();
    let reason = format!("none is number {number}; there are {}", names.join(", "));
    Error::NoGpu { api: API, reason, help: "give the number of a card" }
}

fn too_old(name: &str, (major, minor): (i32, i32)) -> Error {
    let (a, b) = OLDEST_GENERATION;
    Error::Unsuitable {
        device: name.to_owned(),
        missing: vec![format!("compute capability {a}.{b} (found {major}.{minor})")],
        help: "use a card of NVIDIA's Ampere generation or later",
    }
}

/// The error of a call that failed.
pub(super) fn failed(doing: &'static str) -> impl Fn(DriverError) -> Error {
    move |error| Error::Driver { api: API, doing, reason: words(error) }
}

/// What the driver calls an error.
pub(super) fn words(error: DriverError) -> String {
    let text = error.error_string().map(|text| text.to_string_lossy().into_owned());
    text.map_or_else(|_| format!("{:?}", error.0), |text| format!("{text} ({:?})", error.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said() {
        let names = ["NVIDIA H200", "Old Card"].map(str::to_owned);
        assert_eq!(
            no_such_card(7, &names).to_string(),
            "no CUDA device: none is number 7; there are 0 (NVIDIA H200), 1 (Old Card)\n\
             help: give the number of a card"
        );
        assert_eq!(
            too_old("Old Card", (7, 5)).to_string(),
            "Old Card cannot run the kernels; it lacks compute capability 8.0 (found 7.5)\n\
             help: use a card of NVIDIA's Ampere generation or later"
        );
    }
}
