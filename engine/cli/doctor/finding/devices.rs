//! The build, its devices and compilers, and how fast they could be.

use super::{
    Finding,
    Severity::{Note, Ok, Problem, Warning},
    quoted,
};
use crate::cli::{
    doctor::facts::{Device, Facts, Folder, Speed, flag},
    kernels::bytes,
};

/// Bytes that caches may hold on large machines.
const CACHES: u64 = 256_000_000;

pub(super) fn findings(facts: &Facts, asked: Option<&str>) -> Vec<Finding> {
    let mut findings = build(facts);
    findings.extend(facts.devices.iter().filter_map(|it| device(facts, it, asked)));
    let unwritable = |folder: &&_| is_unwritable(folder);
    findings.extend(facts.compilers.kept.iter().filter(unwritable).map(|folder| {
        let found = format!("machine code cannot be kept in {}", folder.path);
        Finding::new(Warning, "compilers", found)
            .expected("a folder that can be written; else code is made at every start")
            .mend(format!("`sudo chown -R \"$USER\" {}`", quoted(&folder.path)))
    }));
    findings.extend(facts.speed.iter().filter_map(speed));
    findings
}

/// Whether a folder is known not to be the user's to write.
pub(super) fn is_unwritable(folder: &Folder) -> bool {
    folder.writable == Some(false)
}

fn build(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![];
    let has = |feature: &str| facts.build.features.contains(&feature);
    if facts.build.debug {
        findings.push(
            Finding::new(Warning, "build", "this is a debug build, many times slower")
                .expected("a release build")
                .mend("`cargo build --release`, with the same --features"),
        );
    }
    let gpus = &facts.machine.gpus;
    if gpus.contains(&"NVIDIA") && !has("cuda") {
        findings.push(
            Finding::new(Warning, "build", "the machine has an NVIDIA GPU, the build no CUDA")
                .expected("a build with CUDA")
                .mend("`cargo build --release --features cuda`"),
        );
    }
    let other = gpus.iter().find(|maker| **maker != "NVIDIA").filter(|_| !has("vulkan"));
    findings.extend(other.map(|maker| {
        Finding::new(
            Note,
            "build",
            format!("the machine has a GPU of {maker}, the build no Vulkan"),
        )
        .mend("`cargo build --release --features vulkan`")
    }));
    findings
}

/// A device of the build.
fn device(facts: &Facts, device: &Device, asked: Option<&str>) -> Option<Finding> {
    if !device.built {
        return None;
    }
    let flag = device.flag();
    let Some(reason) = &device.reason else {
        return Some(Finding::new(Ok, "devices", format!("{flag} can be used: {}", device.name)));
    };
    let on_bus = device.device == "cuda" && facts.machine.gpus.contains(&"NVIDIA");
    let usable = |other: &Device| other.device == device.device && other.reason.is_none();
    let severity = if asked == Some(device.device) && !facts.devices.iter().any(usable) {
        Problem
    } else if device.gpu.is_some() || on_bus {
        Warning
    } else {
        Note
    };
    let mut help = device.help.clone();
    if on_bus && facts.machine.container.is_some() {
        help.push_str(
            "; a container has the driver when it is started with `docker run --gpus all`",
        );
    }
    Some(Finding::new(severity, "devices", format!("{flag} cannot be used: {reason}")).mend(help))
}

/// What a device reaches at most.
fn speed(speed: &Speed) -> Option<Finding> {
    let flag = flag(speed.device, speed.gpu);
    if let Some(reason) = &speed.reason {
        return Some(Finding::new(Note, "speed", format!("{flag} has no bound: {reason}")));
    }
    let (rate, per_token) = (speed.bytes_per_second?, speed.bytes_per_token?);
    let what = match speed.context {
        Some(context) => format!("a token at a context of {context} moves {}", bytes(per_token)),
        None => format!("the weights of a token are {}", bytes(per_token)),
    };
    let tokens = speed.tokens_per_second?;
    // The processor keeps what is small near itself.
    let cached = if per_token < CACHES { "; caches make a small model faster" } else { "" };
    let found = format!(
        "{flag} decodes at most {tokens:.1} tokens/s: {what}, the memory {:.2} GB a second{cached}",
        rate / 1e9
    );
    Some(Finding::new(Ok, "speed", found))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::one, *};
    use crate::cli::doctor::facts::Container;

    fn with(device: Device) -> Facts {
        let cpu = Device { device: "cpu", built: true, name: "A".to_owned(), ..Device::default() };
        Facts { devices: vec![cpu, device], ..Facts::default() }
    }

    fn cuda(gpu: Option<usize>, reason: &str, help: &str) -> Device {
        let (reason, help) = (Some(reason.to_owned()), help.to_owned());
        Device { device: "cuda", gpu, built: true, reason, help, ..Device::default() }
    }

    #[test]
    fn a_missing_nvrtc_is_mended_by_installing_it() {
        let help = "install NVRTC 12.0 or later: `pip install nvidia-cuda-nvrtc`";
        let facts = with(cuda(Some(0), "NVRTC cannot be used: it is not there", help));
        let words = "cuda 0 cannot be used: NVRTC";
        let found = one(&findings(&facts, None), words);
        assert_eq!(
            (found.severity, &*found.commands[0]),
            (Warning, "pip install nvidia-cuda-nvrtc")
        );
        assert_eq!(one(&findings(&facts, Some("cuda")), words).severity, Problem);
        assert_eq!(one(&findings(&facts, Some("cpu")), "cpu can be used: A").severity, Ok);
    }

    #[test]
    fn an_old_driver_matters_where_there_is_a_card() {
        let mut facts = with(cuda(None, "the driver is of CUDA 11.4", "install a driver"));
        let words = "cuda cannot be used: the driver is of CUDA 11.4";
        assert_eq!(one(&findings(&facts, None), words).severity, Note);
        facts.machine.gpus = vec!["NVIDIA"];
        facts.build.features = vec!["cuda"];
        assert_eq!(one(&findings(&facts, None), words).severity, Warning);
        facts.machine.container = Some(Container { limit: 1, used: None });
        assert_eq!(one(&findings(&facts, None), words).commands, ["docker run --gpus all"]);
    }

    #[test]
    fn one_card_of_two_is_enough() {
        let mut facts = with(cuda(Some(1), "it is old", ""));
        facts.devices.push(Device { reason: None, gpu: Some(0), ..cuda(None, "", "") });
        assert_eq!(one(&findings(&facts, Some("cuda")), "cuda 1 cannot").severity, Warning);
    }

    #[test]
    fn a_build_that_leaves_a_gpu_unused_is_told() {
        let mut facts = Facts::default();
        facts.build.debug = true;
        facts.machine.gpus = vec!["AMD", "NVIDIA"];
        let found = findings(&facts, None);
        assert_eq!(one(&found, "this is a debug build").commands, ["cargo build --release"]);
        assert_eq!(one(&found, "the machine has an NVIDIA GPU").severity, Warning);
        assert_eq!(one(&found, "the machine has a GPU of AMD").severity, Note);
        facts.build.features = vec!["cuda", "vulkan"];
        assert_eq!(findings(&facts, None).len(), 1);
    }

    #[test]
    fn folders_of_machine_code_have_to_be_writable() {
        let mut facts = Facts::default();
        let folder = Folder { path: "/a b".to_owned(), writable: Some(false), ..Folder::default() };
        facts.compilers.kept = vec![folder, Folder { writable: None, ..Folder::default() }];
        let found = findings(&facts, None);
        assert_eq!((found.len(), &*found[0].commands[0]), (1, "sudo chown -R \"$USER\" '/a b'"));
    }

    #[test]
    fn speed_is_a_bound_or_has_a_reason() {
        let speed = vec![
            Speed {
                device: "cpu",
                bytes_per_token: Some(9_560_000_000),
                bytes_per_second: Some(50e9),
                tokens_per_second: Some(50.0 / 9.56),
                ..Speed::default()
            },
            Speed {
                device: "vulkan",
                gpu: Some(0),
                reason: Some("no".to_owned()),
                ..Speed::default()
            },
            Speed { device: "cuda", bytes_per_second: Some(1.0), ..Speed::default() },
        ];
        let facts = Facts { speed, ..Facts::default() };
        let found = findings(&facts, None);
        let words = "cpu decodes at most 5.2 tokens/s: the weights of a token are 9.56 GB, the \
                     memory 50.00 GB a second";
        assert_eq!((found.len(), one(&found, words).severity), (2, Ok));
        assert_eq!(one(&found, "vulkan 0 has no bound: no").severity, Note);
    }
}
