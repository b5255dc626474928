//! Answers as events of a stream that is never silent.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_core::Stream;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde_json::Value;
use tokio::{sync::mpsc, time::Instant};

use super::{call::place, generation::Listener, job::Delta, trace::Transcript};

/// Frames that a slow client can leave unread before its stream waits for it.
const AHEAD: usize = 16;

/// News of a prompt come no more often.
const NEWS: Duration = Duration::from_millis(500);

/// Says what becomes of answers in the words of a protocol.
pub(crate) trait Voice: Send + 'static {
    /// What is said before anything is known.
    fn open(&mut self, out: &mut Frames);
    /// What became of an answer.
    fn hear(&mut self, row: usize, delta: &Delta, out: &mut Frames);
    /// Says that there is nothing new, so that the client keeps waiting.
    fn beat(&mut self, out: &mut Frames);
    /// All answers ended.
    fn close(&mut self, out: &mut Frames);
}

/// Events on their way to a client.
#[derive(Debug, Default)]
pub(crate) struct Frames(String);

impl Frames {
    /// An event without a name.
    pub(crate) fn data(&mut self, data: &Value) {
        self.text(&data.to_string());
    }

    /// An event whose data is not JSON.
    pub(crate) fn text(&mut self, data: &str) {
        self.0.push_str("data: ");
        self.0.push_str(data);
        self.0.push_str("\n\n");
    }

    /// An event that has the name of its type.
    pub(crate) fn event(&mut self, data: &Value) {
        let name = data["type"].as_str().unwrap_or_default();
        self.0.push_str("event: ");
        self.0.push_str(name);
        self.0.push('\n');
        self.data(data);
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

/// The rest of a channel as a stream.
struct Rest(mpsc::Receiver<Bytes>);

impl Stream for Rest {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(Ok))
    }
}

/// A response that streams what `listener` hears, in the words of `voice`, with a beat after each
/// silence of `heartbeat`.
pub(crate) fn respond(
    listener: Listener,
    voice: impl Voice,
    (heartbeat, transcript): (Duration, Transcript),
) -> Response {
    let (sender, rest) = mpsc::channel(AHEAD);
    let mut response = Response::new(Body::from_stream(Rest(rest)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Proxies are not to collect events.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    place(headers, listener.generation().place);
    tokio::spawn(drive(listener, voice, (heartbeat, transcript), sender));
    response
}

async fn drive(
    mut listener: Listener,
    mut voice: impl Voice,
    (heartbeat, transcript): (Duration, Transcript),
    sender: mpsc::Sender<Bytes>,
) {
    let mut out = Frames::default();
    voice.open(&mut out);
    let mut said = Instant::now();
    let mut is_over = false;
    loop {
        if !out.is_empty() {
            let text = out.take();
            transcript.sent(&text);
            // Whoever left is heard of at the next send, and the listener with it.
            if sender.send(text.into()).await.is_err() {
                return;
            }
            said = Instant::now();
        }
        if is_over {
            return;
        }
        tokio::select! {
            next = listener.next() => match next {
                Some((row, delta)) => {
                    voice.hear(row, &delta, &mut out);
                    let is_news = matches!(*delta, Delta::Prefilled { .. } | Delta::Queued { .. });
                    if is_news && out.is_empty() && said.elapsed() >= NEWS {
                        voice.beat(&mut out);
                    }
                }
                None => {
                    voice.close(&mut out);
                    is_over = true;
                }
            },
            () = tokio::time::sleep_until(said + heartbeat) => voice.beat(&mut out),
            () = sender.closed() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::serve::generation::Generation;

    struct Plain;

    impl Voice for Plain {
        fn open(&mut self, out: &mut Frames) {
            out.text("open");
        }
        fn hear(&mut self, _: usize, delta: &Delta, out: &mut Frames) {
            if let Delta::Content(text) = delta {
                out.text(text);
            }
        }
        fn beat(&mut self, out: &mut Frames) {
            out.text("beat");
        }
        fn close(&mut self, out: &mut Frames) {
            out.text("close");
        }
    }

    fn begin() -> (Arc<Generation>, mpsc::Receiver<Bytes>) {
        let generation = Generation::new(1, 0, (0, 0.0));
        let (sender, frames) = mpsc::channel(4);
        let listener = generation.listen().unwrap();
        let settings = (Duration::from_secs(5), Transcript::default());
        tokio::spawn(drive(listener, Plain, settings, sender));
        (generation, frames)
    }

    #[tokio::test(start_paused = true)]
    async fn a_silence_is_never_longer_than_the_beat() {
        let (generation, mut frames) = begin();
        assert_eq!(frames.recv().await.unwrap(), "data: open\n\n");
        let begun = Instant::now();
        for _ in 0..3 {
            assert_eq!(frames.recv().await.unwrap(), "data: beat\n\n");
        }
        assert_eq!(begun.elapsed().as_secs(), 15);
        tokio::time::sleep(Duration::from_secs(3)).await;
        generation.say(0, Delta::Content("x".into()));
        assert_eq!(frames.recv().await.unwrap(), "data: x\n\n");
        assert_eq!(frames.recv().await.unwrap(), "data: beat\n\n");
        assert_eq!(begun.elapsed().as_secs(), 23, "a beat follows a silence, not a clock");
        generation.say(0, Delta::Failed(crate::serve::problem::Problem::invalid("end")));
        assert_eq!(frames.recv().await.unwrap(), "data: close\n\n");
        assert!(frames.recv().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_cancels_even_while_nothing_is_sent() {
        let (generation, frames) = begin();
        drop(frames);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(*generation.cancellation().borrow());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_slow_hears_all_of_it_and_holds_up_nobody() {
        let (generation, mut frames) = begin();
        for i in 0..100 {
            generation.say(0, Delta::Content(i.to_string()));
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        generation.say(0, Delta::Failed(crate::serve::problem::Problem::invalid("end")));
        let mut n = 0;
        while let Some(frame) = frames.recv().await {
            n += usize::from(frame != "data: beat\n\n");
        }
        assert_eq!(n, 102);
    }
}
