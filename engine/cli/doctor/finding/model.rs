//! Whether the model can be opened, and where it fits.

use super::{
    Finding,
    Severity::{Note, Ok, Problem, Warning},
};
use crate::{
    cli::doctor::facts::{Device, Facts, Fit, flag},
    device::Bytes,
};

const SECTION: &str = "model";

pub(super) fn findings(facts: &Facts, asked: Option<&str>) -> Vec<Finding> {
    let model = &facts.model;
    if let Some(reason) = &model.reason {
        let path = model.path.as_ref().map_or("no model", |path| path);
        let found = Finding::new(Problem, SECTION, format!("{path}: {reason}"));
        return vec![found.expected("a whole GGUF file of a model that this build runs").mend(
            if model.help.is_empty() {
                "`ds4 info FILE` says what a file is; `ds4 use FILE` chooses another"
            } else {
                &model.help
            },
        )];
    }
    let mut findings: Vec<_> = model.fits.iter().map(|fit| fits(facts, fit, asked)).collect();
    findings.extend(model.fits.iter().filter_map(|fit| mapped(facts, fit)));
    findings
}

/// Whether the device of `fit` would run the model.
fn runs(facts: &Facts, fit: &Fit) -> bool {
    let usable = |device: &Device| {
        device.reason.is_none() && (device.device, device.gpu) == (fit.device, fit.gpu)
    };
    !refused(fit) && facts.devices.iter().any(usable)
}

/// Whether there is no room for the model. The processor maps weights; the rest has to fit.
pub(super) fn refused(fit: &Fit) -> bool {
    let is_short = fit.free.is_some_and(|free| fit.beside() > free);
    fit.refused.is_some() || (fit.device == "cpu" && is_short)
}

fn fits(facts: &Facts, fit: &Fit, asked: Option<&str>) -> Finding {
    let name = facts.model.name.unwrap_or("the model");
    let place = flag(fit.device, fit.gpu);
    let free = fit.free.map_or("an unknown amount".to_owned(), |free| Bytes(free).to_string());
    let takes = format!(
        "{} for a context of {} (weights {}, state and cached rows {}, scratch {})",
        Bytes(fit.total()),
        fit.context,
        Bytes(fit.weights),
        Bytes(fit.state + fit.cached_rows),
        Bytes(fit.scratch)
    );
    if !refused(fit) {
        return Finding::new(Ok, SECTION, format!("{name} fits {place}: {takes}, {free} free"));
    }
    let same_kind = |other: &&Fit| asked.is_none_or(|kind| kind == other.device);
    let others = facts.model.fits.iter().filter(same_kind);
    let asked_for = asked.is_none_or(|kind| kind == fit.device);
    let alone = asked_for && !others.into_iter().any(|other| runs(facts, other));
    let severity = if alone { Problem } else { Warning };
    if fit.total() == 0 {
        let reason = fit.refused.as_deref().unwrap_or_default();
        return Finding::new(
            severity,
            SECTION,
            format!("{name} does not run on {place}: {reason}"),
        )
        .mend(&*fit.help);
    }
    let finding =
        Finding::new(severity, SECTION, format!("{name} does not fit {place}: {free} free"));
    finding.expected(takes).mend(match fit.fitting_context {
        Some(context) => format!("a context of {context} fits: `ds4 run --ctx {context}`"),
        None => "end what else holds memory, or use a model in a smaller recipe, as \
                 `ds4 quantize CHECKPOINT_DIR --recipe q2 -o FILE` writes"
            .to_owned(),
    })
}

/// Weights that the processor reads from the disk again and again.
fn mapped(facts: &Facts, fit: &Fit) -> Option<Finding> {
    if fit.device != "cpu" || refused(fit) {
        return None;
    }
    let most = facts.machine.most()?;
    let (weights, beside) = (Bytes(fit.weights), Bytes(fit.beside()));
    if fit.total() > most {
        let found = format!("weights of {weights} do not stay in {} of memory", Bytes(most));
        let finding = Finding::new(Warning, SECTION, found);
        return Some(finding.expected(format!("memory for {weights} and {beside} beside")).mend(
            "what does not stay is read from the disk for every token; a GPU, more memory or a \
             smaller recipe helps",
        ));
    }
    let free = fit.free.filter(|free| fit.total() > *free)?;
    let found = format!("{} of memory are available for weights of {weights}", Bytes(free));
    let finding =
        Finding::new(Note, SECTION, found).expected(format!("{weights} and {beside} beside"));
    Some(finding.mend("end what else holds memory; `ps aux --sort=-rss` lists it"))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::one, *};

    const GB: u64 = 1_000_000_000;

    /// A machine whose processor and card have so much memory free, with a model of 87 GB.
    fn facts(cpu: u64, card: u64) -> Facts {
        let mut facts = Facts::default();
        let device = |device, gpu| Device { device, gpu, built: true, ..Device::default() };
        facts.devices = vec![device("cpu", None), device("cuda", Some(0))];
        facts.machine.memory = Some(cpu);
        facts.model.name = Some("flash");
        let fit = |device, gpu, free| Fit {
            device,
            gpu,
            context: 4096,
            weights: 87 * GB,
            state: GB / 2,
            cached_rows: GB / 2,
            scratch: GB,
            free: Some(free),
            ..Fit::default()
        };
        let mut on_card = fit("cuda", Some(0), card);
        on_card.refused = (on_card.total() > card).then(|| "no room on it".to_owned());
        facts.model.fits = vec![fit("cpu", None, cpu), on_card];
        facts
    }

    #[test]
    fn a_model_that_cannot_be_opened_is_a_problem() {
        let mut facts = Facts::default();
        facts.model.path = Some("flash.gguf".to_owned());
        facts.model.reason = Some("expected a file".to_owned());
        let found = one(&findings(&facts, None), "flash.gguf: expected a file");
        assert_eq!(found.severity, Problem);
        assert_eq!(found.commands[0], "ds4 info FILE");
        facts.model.help = "do `this`".to_owned();
        assert_eq!(one(&findings(&facts, None), "flash").commands, ["this"]);
    }

    #[test]
    fn a_model_that_fits_is_right() {
        let found = findings(&facts(200 * GB, 140 * GB), None);
        assert!(
            found.iter().all(|finding| finding.severity == Ok) && found.len() == 2,
            "{found:?}"
        );
        assert!(found[1].found.starts_with("flash fits cuda 0: 89.00 GB for a context of 4096"));
    }

    #[test]
    fn a_card_without_room_is_a_problem_where_it_is_asked_for() {
        let mut facts = facts(200 * GB, 80 * GB);
        let words = "flash does not fit cuda 0: 80.00 GB free";
        assert_eq!(one(&findings(&facts, None), words).severity, Warning);
        assert_eq!(one(&findings(&facts, Some("cpu")), words).severity, Warning);
        facts.model.fits[1].fitting_context = Some(1024);
        let found = one(&findings(&facts, Some("cuda")), words);
        assert_eq!(
            (found.severity, &found.commands[..]),
            (Problem, &["ds4 run --ctx 1024".to_owned()][..])
        );
    }

    #[test]
    fn little_memory_makes_the_processor_slow_and_less_stops_it() {
        let severities = |cpu, words| one(&findings(&facts(cpu, 80 * GB), None), words).severity;
        assert_eq!(severities(24 * GB, "weights of 87.00 GB do not stay in 24.00 GB"), Warning);
        assert_eq!(severities(24 * GB, "flash fits cpu"), Ok);
        assert_eq!(severities(GB, "flash does not fit cpu"), Problem);
        assert_eq!(severities(GB, "flash does not fit cuda"), Problem);
        let mut busy = facts(200 * GB, 140 * GB);
        busy.model.fits[0].free = Some(50 * GB);
        assert_eq!(one(&findings(&busy, None), "50.00 GB of memory are available").severity, Note);
    }

    #[test]
    fn formats_without_kernels_are_told() {
        let mut facts = facts(200 * GB, 140 * GB);
        facts.model.fits[1] = Fit {
            device: "cuda",
            gpu: Some(0),
            refused: Some("no kernel".to_owned()),
            help: "`ds4 quantize` writes others".to_owned(),
            ..Fit::default()
        };
        let found = one(&findings(&facts, Some("cuda")), "flash does not run on cuda 0: no kernel");
        assert_eq!((found.severity, found.commands.len()), (Problem, 1));
    }
}
