//! The thread that owns the device.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{Batch, Did, Ending, Limits, Refusal, Request, Ticket, limits::Gate, outbox::Outbox};

/// How often listeners that took nothing are looked at while no row can go on without them.
const LOOK: Duration = Duration::from_millis(5);

/// A batch on a thread of its own, which steps it while there is work.
///
/// Dropped, it ends as [`Ending::Stop`] says.
#[derive(Debug)]
pub struct Scheduler {
    client: Client,
    /// `None` once it was waited for.
    thread: Option<JoinHandle<Batch>>,
}

/// Submits requests to a scheduler, from any thread.
#[derive(Debug, Clone)]
pub struct Client {
    gate: Arc<Gate>,
    commands: Sender<Command>,
    /// Events that a listener can leave unheard.
    events: usize,
}

/// The thread of a scheduler ended because of a fault of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the scheduler died: this is a fault of the program; answers that it was making are lost")]
pub struct Died;

#[derive(Debug)]
enum Command {
    Submit(Box<Request>, Outbox),
    End(Ending),
}

impl Scheduler {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// What the system says when it has no thread.
    pub fn start(batch: Batch) -> std::io::Result<Self> {
        let (commands, heard) = channel();
        let client =
            Client { gate: Arc::clone(batch.gate()), commands, events: batch.options().events };
        let thread =
            thread::Builder::new().name("scheduler".into()).spawn(move || run(batch, &heard))?;
        Ok(Self { client, thread: Some(thread) })
    }

    /// What submits requests; there can be many.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Ends it as `ending` says, waits until that is done, and hands the batch back.
    ///
    /// # Errors
    ///
    /// [`Died`] when there is no batch any more.
    pub fn end(mut self, ending: Ending) -> Result<Batch, Died> {
        self.wait(ending)
    }

    fn wait(&mut self, ending: Ending) -> Result<Batch, Died> {
        // Whoever died hears nothing, which is found out next.
        let _ = self.client.commands.send(Command::End(ending));
        let thread = self.thread.take().ok_or(Died)?;
        thread.join().map_err(|_| Died)
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        if self.thread.is_some() {
            // Nobody is left to hear of a death.
            let _ = self.wait(Ending::Stop);
        }
    }
}

impl Client {
    /// Hands a request over; the ticket hears what becomes of it.
    ///
    /// # Errors
    ///
    /// Every [`Refusal`]; [`Refusal::Closed`] also when the scheduler died.
    pub fn submit(&self, request: Request) -> Result<Ticket, Refusal> {
        self.gate.enter(&request)?;
        let (outbox, ticket) = Outbox::new(self.events);
        let command = Command::Submit(Box::new(request), outbox);
        self.commands.send(command).map_err(|_| Refusal::Closed)?;
        Ok(ticket)
    }

    /// What there is room for.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.gate.limits
    }
}

fn run(mut batch: Batch, commands: &Receiver<Command>) -> Batch {
    let mut is_ending = false;
    loop {
        for command in commands.try_iter() {
            is_ending |= follow(&mut batch, command);
        }
        let next = match batch.step() {
            Did::Prefill { .. } | Did::Decode { .. } => continue,
            Did::Nothing if is_ending => return batch,
            Did::Nothing => commands.recv().map_err(RecvTimeoutError::from),
            Did::Waited => commands.recv_timeout(LOOK),
        };
        match next {
            Ok(command) => is_ending |= follow(&mut batch, command),
            Err(RecvTimeoutError::Timeout) => {}
            // The scheduler says how it ends before it goes.
            Err(RecvTimeoutError::Disconnected) => return batch,
        }
    }
}

/// Does what a command says; whether it ends the thread.
fn follow(batch: &mut Batch, command: Command) -> bool {
    match command {
        Command::Submit(request, outbox) => batch.accept(*request, outbox),
        Command::End(ending) => {
            batch.end(ending);
            return true;
        }
    }
    false
}
