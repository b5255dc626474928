//! A device that runs steps as another one does, and tells, times, spoils or refuses them as a test
//! wants.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use ds4::{
    device::{Device, Error, Needs, Observer, PageId, Result, Room, SlotId, StepRequest, Transfer},
    tokenizer::TokenId,
};
use ds4_plan::{Plan, StepKind};

/// A step that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) kind: StepKind,
    /// Slots and lengths.
    pub(super) rows: Vec<(SlotId, usize)>,
}

/// Changes the logits of a step.
pub(super) type Spoil = Box<dyn FnMut(&Step, &mut [f32]) + Send>;

/// What a test knows and decides.
pub(super) struct Script {
    pub(super) steps: Vec<Step>,
    /// The time, which passes only in steps and where a test says so.
    pub(super) now: Instant,
    /// How long a step takes.
    pub(super) cost: fn(&Step) -> Duration,
    /// Whether the next step fails.
    pub(super) fails: bool,
    pub(super) spoil: Option<Spoil>,
}

/// A script that the test shares with its device.
pub(super) type Shared = Arc<Mutex<Script>>;

pub(super) fn script() -> Shared {
    let cost = |_: &Step| Duration::from_millis(1);
    let now = Instant::now();
    Arc::new(Mutex::new(Script { steps: vec![], now, cost, fails: false, spoil: None }))
}

/// Keeps answers from ending before they have as many tokens as were asked for.
pub(super) fn endless(eos: TokenId, n_vocab: usize) -> Spoil {
    Box::new(move |_, logits| {
        logits.chunks_mut(n_vocab).for_each(|row| row[eos.0 as usize] = f32::NEG_INFINITY);
    })
}

/// The device.
#[derive(Debug)]
pub(super) struct Probe {
    inner: Box<dyn Device>,
    script: ScriptOf,
    /// Spoiled, where they are.
    logits: Option<Vec<f32>>,
    chosen: Vec<u32>,
}

struct ScriptOf(Shared);

impl std::fmt::Debug for ScriptOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a script")
    }
}

impl Probe {
    pub(super) fn put(script: &Shared) -> impl FnOnce(Box<dyn Device>) -> Box<dyn Device> {
        let script = ScriptOf(Arc::clone(script));
        |inner| Box::new(Self { inner, script, logits: None, chosen: vec![] })
    }
}

impl Device for Probe {
    fn submit(&mut self, request: &StepRequest<'_>) -> Result<()> {
        let rows = request.rows.iter().map(|rows| (rows.slot, rows.len)).collect();
        let step = Step { kind: request.kind, rows };
        let mut script = self.script.0.lock().unwrap();
        if std::mem::take(&mut script.fails) {
            return Err(Error::Driver {
                api: "script",
                doing: "run a step",
                reason: "told so".into(),
            });
        }
        self.inner.submit(request)?;
        self.chosen = self.inner.chosen().to_vec();
        self.logits = None;
        let has_logits = !request.logit_rows.is_empty();
        if let Some(spoil) = script.spoil.as_mut().filter(|_| has_logits) {
            let mut logits = self.inner.logits()?.to_vec();
            spoil(&step, &mut logits);
            let rows = logits.chunks(logits.len() / request.logit_rows.len());
            let choose = |(draw, logits): (&ds4::sample::Draw, &[f32])| {
                draw.choose(logits).map_or(u32::MAX, |token| token.0)
            };
            self.chosen = request.draws.iter().zip(rows).map(choose).collect();
            self.logits = Some(logits);
        }
        let time = (script.cost)(&step);
        script.now += time;
        script.steps.push(step);
        Ok(())
    }

    fn logits(&mut self) -> Result<&[f32]> {
        match &self.logits {
            Some(logits) => Ok(logits),
            None => self.inner.logits(),
        }
    }

    fn chosen(&self) -> &[u32] {
        &self.chosen
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn plan(&self) -> &'static Plan {
        self.inner.plan()
    }

    fn needs(&self, room: Room) -> Needs {
        self.inner.needs(room)
    }

    fn steps_agree(&self) -> bool {
        self.inner.steps_agree()
    }

    fn open_slot(&mut self) -> Result<SlotId> {
        self.inner.open_slot()
    }

    fn close_slot(&mut self, slot: SlotId) {
        self.inner.close_slot(slot);
    }

    fn open_page(&mut self) -> Result<PageId> {
        self.inner.open_page()
    }

    fn close_page(&mut self, page: PageId) {
        self.inner.close_page(page);
    }

    fn copy_slot(&mut self, from: SlotId, to: SlotId) -> Result<()> {
        self.inner.copy_slot(from, to)
    }

    fn copy_page(&mut self, from: PageId, to: PageId) -> Result<()> {
        self.inner.copy_page(from, to)
    }

    fn observe(&mut self, observer: Option<Observer>) {
        self.inner.observe(observer);
    }
}

impl Transfer for Probe {
    fn arithmetic(&self) -> String {
        self.inner.arithmetic()
    }

    fn slot_bytes(&self) -> usize {
        self.inner.slot_bytes()
    }

    fn page_bytes(&self) -> usize {
        self.inner.page_bytes()
    }

    fn read_slot(&mut self, slot: SlotId, into: &mut [u8]) -> Result<()> {
        self.inner.read_slot(slot, into)
    }

    fn write_slot(&mut self, slot: SlotId, from: &[u8]) -> Result<()> {
        self.inner.write_slot(slot, from)
    }

    fn read_page(&mut self, page: PageId, into: &mut [u8]) -> Result<()> {
        self.inner.read_page(page, into)
    }

    fn write_page(&mut self, page: PageId, from: &[u8]) -> Result<()> {
        self.inner.write_page(page, from)
    }
}
