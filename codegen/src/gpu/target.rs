//! The GPU targets, and what sets them apart.

use ds4_plan::StepKind;

/// A family of GPUs with one kernel language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// NVIDIA, through CUDA C++.
    Cuda,
    /// AMD with 32 lanes (RDNA), through HIP C++.
    Hip32,
    /// AMD with 64 lanes (CDNA), through HIP C++.
    Hip64,
    /// Apple, through the Metal Shading Language.
    Metal,
    /// Any Vulkan device, through SPIR-V.
    Vulkan,
}

/// What a target can do and how its launches are fused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// Lanes of a subgroup, where every device of the target has the same.
    pub subgroup: Option<u32>,
    /// Whether it multiplies tiles of 8-bit integers natively.
    pub mma_i8: bool,
    /// Whether it multiplies tiles of half floats natively.
    pub mma_f16: bool,
    /// Whether it has a dot product of four 8-bit integers.
    pub dot8: bool,
    /// How threads hold a tile.
    pub tile: TileShape,
    /// Whether weights are used as the file has them.
    pub in_place: bool,
    /// Most bytes of workgroup memory of one workgroup.
    pub workgroup_bytes: u32,
    /// Whether a workgroup can wait for what others of its launch wrote.
    pub device_fence: bool,
    /// Whether workgroups that have begun go on while others wait for them.
    pub progress: bool,
    /// Whether steps of few rows have kernels of their own.
    pub few: bool,
    /// Whether a launch can begin while the one before it runs, and wait for it where it needs to.
    pub grid_wait: bool,
}

/// How the threads that share a tensor-core tile hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileShape {
    /// Threads that share a tile: `WARP` of templates.
    pub warp: u32,
    /// Words of an operand in each thread: `FRAG`.
    pub frag: u32,
    /// Values of a 16 x 16 accumulator in each thread: `ACC`.
    pub acc: u32,
}

impl TileShape {
    /// The portable bodies of the hooks: an operand is the place of its tile.
    pub const PORTABLE: Self = Self { warp: 32, frag: 2, acc: 8 };
    /// NVIDIA from `sm_80`: `mma.sync`.
    pub const CUDA: Self = Self { warp: 32, frag: 4, acc: 8 };
    /// AMD gfx11: WMMA. Both halves of a wave hold the same operand.
    pub const HIP_GFX11: Self = Self { warp: 32, frag: 8, acc: 8 };
    /// AMD gfx90a and gfx942: MFMA.
    pub const HIP_GFX9: Self = Self { warp: 64, frag: 2, acc: 4 };
}

/// Which passes share a launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fusion {
    /// Local passes follow each other in one launch, with barriers between.
    pub chain: bool,
    /// Passes that do not depend on each other run side by side.
    pub merge: Merge,
    /// Light passes follow what they wait for in the same launch, in the workgroup that is the
    /// last to finish it.
    pub follow: bool,
    /// Launches begin while the ones before end: they ask for weights, then wait natively.
    pub overlap: bool,
    /// A segment runs the light passes that the next one begins with.
    pub ahead: bool,
}

/// Which independent passes may run side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// None.
    Never,
    /// All.
    Any,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 5] = [Self::Cuda, Self::Hip32, Self::Hip64, Self::Metal, Self::Vulkan];

    /// The name in file names and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cuda => "cuda",
            Self::Hip32 => "hip32",
            Self::Hip64 => "hip64",
            Self::Metal => "msl",
            Self::Vulkan => "spirv",
        }
    }

    /// The feature of a build that has it.
    #[must_use]
    pub const fn feature(self) -> &'static str {
        match self {
            Self::Cuda => "cuda",
            Self::Hip32 | Self::Hip64 => "rocm",
            Self::Metal => "metal",
            Self::Vulkan => "vulkan",
        }
    }

    /// The ending of its kernels' files.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Cuda => "cu",
            Self::Hip32 | Self::Hip64 => "hip",
            Self::Metal => "metal",
            Self::Vulkan => "spv",
        }
    }

    /// What it can do.
    #[must_use]
    pub const fn traits(self) -> Traits {
        let portable = Traits {
            subgroup: None,
            mma_i8: false,
            mma_f16: false,
            dot8: true,
            tile: TileShape::PORTABLE,
            in_place: false,
            workgroup_bytes: 32 << 10,
            device_fence: true,
            progress: false,
            few: false,
            grid_wait: false,
        };
        let tensor_cores = Traits { mma_i8: true, mma_f16: true, ..portable };
        match self {
            Self::Cuda => Traits {
                subgroup: Some(32),
                tile: TileShape::CUDA,
                // What every card from sm_80 on can give one workgroup.
                workgroup_bytes: 99 << 10,
                progress: true,
                few: true,
                grid_wait: true,
                ..tensor_cores
            },
            Self::Hip32 => {
                Traits { subgroup: Some(32), tile: TileShape::HIP_GFX11, ..tensor_cores }
            }
            Self::Hip64 => Traits { subgroup: Some(64), tile: TileShape::HIP_GFX9, ..tensor_cores },
            // naga writes no fence for the whole device in MSL.
            Self::Metal => Traits {
                subgroup: Some(32),
                dot8: false,
                in_place: true,
                device_fence: false,
                ..portable
            },
            Self::Vulkan => portable,
        }
    }

    /// How launches of a step are fused.
    ///
    /// Steps of few rows are bound by the number of launches; steps of many rows have launches
    /// large enough to stand alone, and tiles that would not fit workgroup memory side by side.
    #[must_use]
    pub const fn fusion(self, kind: StepKind) -> Fusion {
        match kind {
            StepKind::Decode => {
                let Traits { device_fence, grid_wait, .. } = self.traits();
                Fusion {
                    chain: true,
                    merge: Merge::Any,
                    follow: device_fence,
                    overlap: grid_wait,
                    ahead: true,
                }
            }
            StepKind::Prefill => Fusion {
                chain: true,
                merge: Merge::Never,
                follow: false,
                overlap: false,
                ahead: false,
            },
        }
    }
}
