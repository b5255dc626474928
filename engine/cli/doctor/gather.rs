//! Facts that the program itself knows: its build, devices, compilers, and the model on each.

use std::{cmp::Reverse, collections::BTreeMap, path::PathBuf};

use clap::ValueEnum as _;
use ds4_plan::{Lengths, StepKind};

use super::{
    facts::{Build, Compilers, Device, Fit, Folder, Machine, Model, Speed},
    root::Root,
    storage,
};
use crate::{
    cli::{info, kernels::step_costs, open, select::model_path},
    device::{self, Error, Found, Needs, Unusable, programs::PROGRAMS},
    gguf::Gguf,
    model,
    session::{self, Options},
};

/// Formats that are named.
const FORMATS_SHOWN: usize = 4;

/// The program.
pub(super) fn build() -> Build {
    let features = [
        ("cuda", cfg!(feature = "cuda")),
        ("rocm", cfg!(feature = "rocm")),
        ("metal", cfg!(feature = "metal")),
        ("vulkan", cfg!(feature = "vulkan")),
    ];
    Build {
        version: env!("CARGO_PKG_VERSION"),
        debug: cfg!(debug_assertions),
        target: format!("{} {}", std::env::consts::ARCH, std::env::consts::OS),
        features: features.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect(),
        kernels: PROGRAMS.iter().map(|(name, _)| *name).collect(),
    }
}

/// The devices, and kinds without one.
pub(super) fn devices() -> Vec<Device> {
    let device = |found: Found| {
        let (reason, help) = match found.unusable {
            Some(Unusable { reason, help }) => (Some(reason), help),
            None => (None, String::new()),
        };
        Device {
            device: found.device,
            gpu: found.number,
            name: found.name,
            built: choice(found.device).is_some(),
            memory: found.memory,
            free: found.free,
            details: found.details,
            reason,
            help,
        }
    };
    device::found().into_iter().map(device).collect()
}

/// The device that `--device` means, if this build has it.
fn choice(device: &str) -> Option<open::DeviceChoice> {
    open::DeviceChoice::from_str(device, false).ok()
}

/// Compilers, once devices were looked for.
pub(super) fn compilers(root: &Root, devices: &[Device]) -> Compilers {
    let of = |kind: &str, what: &str| {
        let details = devices.iter().filter(|device| device.device == kind);
        let mut details = details.flat_map(|device| &device.details);
        details.find(|(name, _)| *name == what).map(|(_, text)| text.clone())
    };
    let maps = root.text("proc/self/maps").unwrap_or_default();
    let paths = maps.lines().filter_map(|line| Some(&line[line.find('/')?..]));
    let mut nvrtc_paths: Vec<_> =
        paths.filter(|path| path.contains("libnvrtc")).map(str::to_owned).collect();
    nvrtc_paths.dedup();
    Compilers {
        nvrtc: of("cuda", "NVRTC"),
        nvrtc_paths,
        vulkan: of("vulkan", "driver"),
        kept: kept_code(),
    }
}

/// Where machine code is kept.
fn kept_code() -> Vec<Folder> {
    let folders: [Option<PathBuf>; 2] = [
        #[cfg(feature = "cuda")]
        device::cuda::store_folder(),
        #[cfg(not(feature = "cuda"))]
        None,
        #[cfg(feature = "vulkan")]
        device::vulkan::store_folder(),
        #[cfg(not(feature = "vulkan"))]
        None,
    ];
    folders.into_iter().flatten().map(|folder| storage::folder(&folder)).collect()
}

/// The model that commands would run, and what is known of it.
pub(super) fn model(named: Option<PathBuf>) -> (Model, Option<model::Model>) {
    let path = match model_path(named) {
        Ok(path) => path,
        Err(error) => return (refused(Model::default(), &error), None),
    };
    let mut facts = Model { path: Some(path.display().to_string()), ..Model::default() };
    facts.bytes =
        std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file).map(|it| it.len());
    let opened = match model::Model::open(&path, None) {
        Ok(opened) => opened,
        Err(error) => return (refused(facts, &error.into()), None),
    };
    let Some(file) = opened.file() else { return (facts, None) };
    facts.name = Some(opened.plan.model.name);
    facts.formats = formats(file);
    facts.context = Some(opened.plan.model.n_context);
    match open::model_tokenizer(file) {
        Ok(_) => (facts, Some(opened)),
        Err(error) => (refused(facts, &error), None),
    }
}

/// The facts of a model that cannot be opened.
fn refused(mut facts: Model, error: &anyhow::Error) -> Model {
    let text = format!("{error:#}");
    let (reason, help) = text.split_once("\nhelp: ").unwrap_or((&text, ""));
    (facts.reason, facts.help) = (Some(reason.to_owned()), help.to_owned());
    facts
}

/// Formats by their part of the file, largest first.
fn formats(file: &Gguf) -> Vec<String> {
    let mut bytes: BTreeMap<&str, u64> = BTreeMap::new();
    for tensor in file.tensors() {
        *bytes.entry(tensor.ty.name()).or_default() += tensor.bytes;
    }
    let all: u64 = bytes.values().sum();
    let mut formats: Vec<_> = bytes.into_iter().collect();
    formats.sort_by_key(|(_, bytes)| Reverse(*bytes));
    let part = |(name, bytes)| format!("{name} {:.0} %", 100.0 * bytes as f64 / all.max(1) as f64);
    formats.into_iter().take(FORMATS_SHOWN).map(part).collect()
}

/// How the model fits each device that this build has, usable or not.
pub(super) fn fits(model: &model::Model, devices: &[Device], machine: &Machine) -> Vec<Fit> {
    let built = devices.iter().filter_map(|device| Some((device, choice(device.device)?)));
    let known = built.filter(|(device, _)| device.device == "cpu" || device.memory.is_some());
    known.map(|(device, choice)| fit(model, device, choice, machine)).collect()
}

fn fit(
    model: &model::Model,
    device: &Device,
    choice: open::DeviceChoice,
    machine: &Machine,
) -> Fit {
    let free = match device.device {
        "cpu" => machine.usable(),
        // More than all of the memory never is free.
        _ => device.free.or(device.memory),
    };
    let fit = Fit { device: device.device, gpu: device.gpu, free, ..Fit::default() };
    let options = Options { device: choice.kind(), gpu: device.gpu, ..Options::default() };
    let with = |needs: Needs, context| Fit {
        context,
        weights: needs.weights,
        state: needs.state,
        cached_rows: needs.pages,
        scratch: needs.scratch,
        ..fit.clone()
    };
    match session::fit(model, &options, (&device.name, free)) {
        Ok((room, needs)) => with(needs, room.context),
        Err(Error::NoRoom(refusal)) => {
            let reason = format!("no room on {}", refusal.device);
            let fitting_context = refusal.fits;
            let fit = with(refusal.needs, refusal.room.context);
            Fit { fitting_context, refused: Some(reason), ..fit }
        }
        Err(error) => {
            let Unusable { reason, help } = Unusable::from(&error);
            Fit { refused: Some(reason), help, ..fit }
        }
    }
}

/// How fast the usable devices could decode: measured, for a model counted.
pub(super) fn speeds(
    model: Option<&model::Model>,
    devices: &[Device],
    machine: &Machine,
) -> Vec<Speed> {
    let usable = devices.iter().filter(|device| device.reason.is_none());
    let usable = usable.filter_map(|device| Some((device, choice(device.device)?)));
    usable.map(|(device, choice)| speed(model, device, choice, machine)).collect()
}

fn speed(
    model: Option<&model::Model>,
    device: &Device,
    choice: open::DeviceChoice,
    machine: &Machine,
) -> Speed {
    let mut speed = Speed { device: device.device, gpu: device.gpu, ..Speed::default() };
    if device.details.iter().any(|(what, text)| *what == "kind" && text == "software") {
        speed.reason = Some("it is software that runs on the processor".to_owned());
        return speed;
    }
    let options = Options { device: choice.kind(), gpu: device.gpu, ..Options::default() };
    match session::memory_speed(&options, machine.usable()) {
        Ok(bytes) => speed.bytes_per_second = Some(bytes),
        Err(error) => speed.reason = Some(Unusable::from(&error).reason),
    }
    match model.map(|model| bytes_per_token(model, choice.target())) {
        Some(Ok((context, bytes))) => (speed.context, speed.bytes_per_token) = (context, bytes),
        Some(Err(error)) => speed.reason = Some(format!("{error:#}")),
        None => {}
    }
    let counted = speed.bytes_per_second.zip(speed.bytes_per_token);
    speed.tokens_per_second = counted.map(|(speed, bytes)| speed / bytes as f64);
    speed
}

/// What a token moves: as the plan of a GPU has it at some context, else the weights alone.
fn bytes_per_token(
    model: &model::Model,
    target: Option<&'static str>,
) -> anyhow::Result<(Option<usize>, Option<u64>)> {
    let Some(target) = target else {
        return Ok((None, model.file().and_then(info::bytes_per_token)));
    };
    let tokens = session::LEAST_CONTEXT.min(model.plan.model.n_context);
    let lengths = Lengths { rows: 1, logit_rows: 1, tokens };
    let costs = step_costs(target, (model.plan, &model.weights), (StepKind::Decode, lengths))?;
    Ok((Some(tokens), Some(costs.iter().map(|(_, cost)| cost.bytes()).sum())))
}
