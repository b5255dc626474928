//! Which target, plan and step a command shows.

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use ds4_plan::{
    CacheRounding, GpuKernel, GpuLaunch, GpuPlan, GpuStep, Lengths, Plan, StepKind, Variant,
    WeightSlot,
};

use crate::{
    cli::open,
    device::{
        PLANS, Weights,
        gpu::{Program, kernels},
        programs::PROGRAMS,
    },
};

/// Rows of a prefill step unless said otherwise: as many as `ds4 run` takes at a time.
const PREFILL_ROWS: usize = 512;

/// The targets that the generator knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Target {
    /// NVIDIA: CUDA C++.
    Cuda,
    /// AMD with 32 lanes (RDNA): HIP C++.
    #[value(alias = "hip32")]
    Hip,
    /// AMD with 64 lanes (CDNA): HIP C++.
    Hip64,
    /// Apple: the Metal Shading Language.
    Msl,
    /// Vulkan: SPIR-V.
    Spirv,
}

impl Target {
    /// The name in [`PROGRAMS`].
    pub(super) const fn program(self) -> &'static str {
        match self {
            Self::Cuda => "cuda",
            Self::Hip => "hip32",
            Self::Hip64 => "hip64",
            Self::Msl => "msl",
            Self::Spirv => "spirv",
        }
    }

    /// The feature of a build that has it.
    pub(super) const fn feature(self) -> &'static str {
        match self {
            Self::Cuda => "cuda",
            Self::Hip | Self::Hip64 => "rocm",
            Self::Msl => "metal",
            Self::Spirv => "vulkan",
        }
    }
}

/// The program of `target`, or of the first target of this build; with the target's name.
pub(super) fn program(target: Option<Target>) -> Result<(&'static str, &'static Program)> {
    ensure!(
        !PROGRAMS.is_empty(),
        "this build has no kernels for GPUs\n\
         help: the features cuda, rocm, metal and vulkan bring them, as in \
         `cargo build --release --features vulkan`"
    );
    let wanted = |(name, _): &&(&str, Program)| target.is_none_or(|t| t.program() == *name);
    let Some((name, program)) = PROGRAMS.iter().find(wanted) else {
        let names: Vec<_> = PROGRAMS.iter().map(|(name, _)| *name).collect();
        let (target, feature) = target.map_or(("", ""), |t| (t.program(), t.feature()));
        bail!(
            "this build has kernels for {}, none for {target}\n\
             help: `cargo build --release --features {feature}` builds them",
            names.join(", ")
        );
    };
    Ok((name, program))
}

/// Which plan is shown, and for which step.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is shown")]
pub(super) struct ViewArgs {
    /// Whose kernels; by default the first target of this build.
    #[arg(long, value_enum)]
    target: Option<Target>,
    /// The model whose plan it is.
    #[arg(long, value_name = "NAME", default_value = PLANS[0].model.name, value_parser = model_parser())]
    model: String,
    /// Rounding of cached rows; by default the model's own.
    #[arg(long, value_parser = open::cache_parser())]
    cache: Option<CacheRounding>,
    /// Formats of the weights, as `ds4 quantize` names them.
    #[arg(long, value_name = "NAME", default_value = "q2")]
    recipe: String,
    /// The kind of step.
    #[arg(long, value_enum, default_value_t = StepName::Decode)]
    step: StepName,
    /// Rows of the step: sessions of a decode step (by default 1), tokens of a prefill step (by
    /// default 512, or --context if that is less).
    #[arg(long, value_name = "N", value_parser = open::positive)]
    rows: Option<usize>,
    /// Tokens of each session once the step is done.
    #[arg(long, value_name = "TOKENS", default_value = "4096", value_parser = open::positive)]
    context: usize,
}

/// The kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StepName {
    /// One token of each session.
    Decode,
    /// Many tokens of one session; the logits of the last are wanted.
    Prefill,
}

/// A plan and a step of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    /// Name of the target.
    pub(super) target: &'static str,
    pub(super) program: &'static Program,
    pub(super) plan: &'static Plan,
    pub(super) kind: StepKind,
    pub(super) lengths: Lengths,
    /// The recipe whose formats decide between kernels.
    recipe: &'static str,
    gpu: &'static GpuPlan,
}

/// A part of a step: what comes before the layers, a kind of layer, or what comes after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub(super) name: &'static str,
    /// How often it runs in a step.
    pub(super) times: usize,
    pub(super) launches: &'static [GpuLaunch],
    /// Weights of one layer of the kind; none outside of layers.
    pub(super) weights: &'static [WeightSlot],
    /// Weights of some layer that comes after: layers begin alike.
    pub(super) next: &'static [WeightSlot],
}

impl ViewArgs {
    /// The plan and step, if this build has them.
    pub(super) fn view(&self) -> Result<View> {
        let (target, program) = program(self.target)?;
        let index = PLANS.iter().position(|plan| {
            let model = plan.model;
            model.name == self.model && self.cache.is_none_or(|cache| cache == model.cache)
        });
        let index = index.context("every model has a plan for each rounding")?;
        let (plan, gpu) = (PLANS[index], program.plans[index]);
        let kind = match self.step {
            StepName::Decode => StepKind::Decode,
            StepName::Prefill => StepKind::Prefill,
        };
        let view = View {
            target,
            program,
            plan,
            kind,
            lengths: self.lengths(kind, plan)?,
            recipe: recipe(gpu, &self.recipe, plan.model.name)?,
            gpu,
        };
        Ok(view)
    }

    fn lengths(&self, kind: StepKind, plan: &Plan) -> Result<Lengths> {
        let (tokens, most) = (self.context, plan.model.n_context);
        ensure!(
            tokens <= most,
            "--context {tokens}: {} has at most {most} tokens",
            plan.model.name
        );
        Ok(match kind {
            StepKind::Decode => {
                let rows = self.rows.unwrap_or(1);
                Lengths { rows, logit_rows: rows, tokens }
            }
            StepKind::Prefill => {
                let rows = self.rows.unwrap_or(PREFILL_ROWS.min(tokens));
                ensure!(
                    rows <= tokens,
                    "--rows {rows} of a prompt end at --context {tokens}, before they begin\n\
                     help: --context counts the tokens of the step too; give at least {rows}"
                );
                Lengths { rows, logit_rows: 1, tokens }
            }
        })
    }
}

/// The name of `wanted` as the plan has it.
fn recipe(gpu: &GpuPlan, wanted: &str, model: &str) -> Result<&'static str> {
    // Every launch has a kernel for every recipe.
    let variants = gpu.decode.head.first().map_or(&[][..], |launch| launch.variants).iter();
    let names: Vec<_> = variants.flat_map(|variant| variant.recipes).copied().collect();
    names.iter().copied().find(|name| *name == wanted).with_context(|| {
        format!(
            "no kernels for {model} in recipe {wanted}; there are those for {}",
            names.join(", ")
        )
    })
}

impl View {
    /// A step of `plan` over `weights` with the kernels of `target`.
    pub(super) fn of_file(
        target: &'static str,
        (plan, weights): (&'static Plan, &Weights),
        (kind, lengths): (StepKind, Lengths),
    ) -> Result<Self> {
        let known = |(name, _): &&(&str, Program)| *name == target;
        let (_, program) = PROGRAMS.iter().find(known).context("the build has the target")?;
        let index = PLANS.iter().position(|known| std::ptr::eq(*known, plan));
        let gpu = program.plans[index.context("the plan is one of those generated")?];
        let recipe = kernels::recipe_of(program, plan, weights);
        let recipe =
            recipe.context("the file mixes formats as no recipe of `ds4 quantize` does")?;
        Ok(Self { target, program, plan, kind, lengths, recipe, gpu })
    }

    /// The launches of the step.
    pub(super) const fn step(&self) -> &'static GpuStep {
        self.gpu.step(self.kind)
    }

    /// The parts of the step in their order.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let step = self.step();
        let next = self.plan.kinds[0].weights;
        let outside = |name, launches| Segment { name, times: 1, launches, weights: &[], next };
        let kinds = self.plan.kinds.iter().zip(step.kinds).enumerate();
        let kinds = kinds.map(|(index, (kind, &launches))| {
            let times = self.plan.layers.iter().filter(|layer| layer.kind == index).count();
            Segment { name: kind.name, times, launches, weights: kind.weights, next }
        });
        let mut segments = vec![outside("head", step.head)];
        segments.extend(kinds);
        segments.push(outside("tail", step.tail));
        segments
    }

    /// The segments that `--layer` names: one, or all.
    pub(super) fn chosen(&self, layer: Option<&str>) -> Result<Vec<Segment>> {
        let all = self.segments();
        let Some(name) = layer else { return Ok(all) };
        let names: Vec<_> = all.iter().map(|segment| segment.name).collect();
        let chosen: Vec<_> = all.iter().filter(|segment| segment.name == name).copied().collect();
        ensure!(
            !chosen.is_empty(),
            "{} has no layers of kind {name}; there are {}",
            self.plan.model.name,
            names.join(", ")
        );
        Ok(chosen)
    }

    /// The mix of formats that the recipe has for a launch.
    pub(super) fn variant(&self, launch: &GpuLaunch) -> Result<&'static Variant> {
        let mut variants = launch.variants.iter();
        let variant = variants.find(|variant| variant.recipes.contains(&self.recipe));
        variant.with_context(|| format!("no kernel of {} for {}", launch.name, self.recipe))
    }

    /// The kernel of the target for the step's rows.
    pub(super) fn kernel(&self, variant: &Variant) -> &'static GpuKernel {
        &self.program.kernels[variant.of_rows(self.lengths.rows)]
    }

    /// What is shown, in words.
    pub(super) fn title(&self) -> String {
        let Lengths { rows, logit_rows, tokens } = self.lengths;
        let model = self.plan.model;
        let count = |n: usize, what: &str| match n {
            1 => format!("1 {what}"),
            _ => format!("{n} {what}s"),
        };
        let step = match self.kind {
            StepKind::Decode => format!("decode step of {}", count(rows, "session")),
            StepKind::Prefill => {
                format!("prefill step of {}, logits of {logit_rows}", count(rows, "token"))
            }
        };
        format!(
            "{} with {} cache in {}, on {}: {step}, context of {}",
            model.name,
            model.cache.name(),
            self.recipe,
            self.target,
            count(tokens, "token")
        )
    }
}

fn model_parser() -> impl TypedValueParser<Value = String> {
    let mut names: Vec<&'static str> = vec![];
    for plan in PLANS {
        if !names.contains(&plan.model.name) {
            names.push(plan.model.name);
        }
    }
    PossibleValuesParser::new(names)
}
