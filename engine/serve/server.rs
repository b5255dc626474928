//! Connections, and how a server ends.

use std::{io, net::SocketAddr, sync::Arc, thread, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};

use super::{core::Core, routes, served::Served, settings::Settings, socket::Socket};

/// Most bytes of the head of a request.
const MOST_HEAD: usize = 64 << 10;

/// Most fields of a head.
const MOST_HEADERS: usize = 128;

/// How long connections may take to close after everything was stopped.
const LAST: Duration = Duration::from_secs(5);

/// Threads that read requests and write responses; the model has its own.
const THREADS: usize = 2;

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// It takes no more requests, and those that it has are answered.
    Finish,
    /// Answers end with what they have.
    Stop,
}

/// A server that runs.
///
/// Dropped, it ends as [`Ending::Stop`] says.
#[derive(Debug)]
pub struct Server {
    core: Arc<Core>,
    address: SocketAddr,
    ending: watch::Sender<Option<Ending>>,
    /// Turns true when the last connection is closed.
    over: watch::Receiver<bool>,
    /// `None` once it ended.
    runtime: Option<Runtime>,
}

impl Server {
    /// Serves `served` until it is told to end.
    ///
    /// # Errors
    ///
    /// Where it cannot listen at the address, or a folder of `settings` cannot be used.
    pub fn start(served: Served, settings: Settings) -> io::Result<Self> {
        let core = Core::new(served, settings)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("serve")
            .enable_io()
            .enable_time()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(core.settings.address))?;
        let address = listener.local_addr()?;
        let (ending, heard) = watch::channel(None);
        let (is_over, over) = watch::channel(false);
        let accept = accept(Arc::clone(&core), listener, heard);
        runtime.spawn(async move {
            accept.await;
            is_over.send_replace(true);
        });
        Ok(Self { core, address, ending, over, runtime: Some(runtime) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins to end it, or ends it sooner.
    pub fn end(&self, ending: Ending) {
        self.core.close();
        self.ending.send_if_modified(|known| {
            let is_news = Some(ending) > *known;
            if is_news {
                *known = Some(ending);
            }
            is_news
        });
    }

    /// Serves until the process is told to end, once to finish, twice to stop; which of them it was.
    ///
    /// # Errors
    ///
    /// Where the system's signals cannot be heard.
    pub fn run(mut self) -> io::Result<Ending> {
        let Some(runtime) = self.runtime.take() else { return Ok(Ending::Stop) };
        let mut over = self.over.clone();
        let outcome = runtime.block_on(async {
            let mut signals = Signals::new()?;
            for ending in [Ending::Finish, Ending::Stop] {
                tokio::select! {
                    () = signals.next() => {}
                    () = wait(&mut over) => return Ok(Ending::Finish),
                }
                let (waiting, running) = self.core.load.counts();
                tracing::info!(?ending, waiting, running, "told to end");
                self.end(ending);
            }
            wait(&mut over).await;
            Ok(Ending::Stop)
        });
        runtime.shutdown_timeout(LAST);
        outcome
    }

    /// Waits until it has ended.
    pub fn wait(mut self) {
        self.finish();
    }

    fn finish(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        let mut over = self.over.clone();
        runtime.block_on(wait(&mut over));
        runtime.shutdown_timeout(LAST);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end(Ending::Stop);
        // A runtime cannot be waited for by its own kind.
        if self.runtime.is_some() && !thread::panicking() {
            self.finish();
        }
    }
}

/// What tells a process to end.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Accepts connections until the end, and waits for those that are open.
async fn accept(
    core: Arc<Core>,
    listener: TcpListener,
    mut ending: watch::Receiver<Option<Ending>>,
) {
    let router = routes::router(Arc::clone(&core));
    let places = Arc::new(Semaphore::new(core.settings.connections));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        tokio::select! {
            (place, accepted) = accepted => match (place, accepted) {
                (Ok(place), Ok((stream, _))) => {
                    let service = (router.clone(), place);
                    connect(&core, stream, service, &graceful);
                }
                // As where there are too many open files.
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            () = told(&mut ending, Ending::Finish) => break,
        }
    }
    drop(listener);
    let closed = graceful.shutdown();
    tokio::pin!(closed);
    tokio::select! {
        () = &mut closed => return,
        () = told(&mut ending, Ending::Stop) => {}
    }
    core.stop();
    // Who takes nothing by now is left.
    let _ = tokio::time::timeout(LAST, closed).await;
}

/// Waits until the last connection is closed.
async fn wait(over: &mut watch::Receiver<bool>) {
    drop(over.wait_for(|over| *over).await);
}

/// Waits until a server is told to end as `least` says, or sooner; also where nobody is left to say.
async fn told(ending: &mut watch::Receiver<Option<Ending>>, least: Ending) {
    // What is lent must not be held while others wait.
    drop(ending.wait_for(|ending| *ending >= Some(least)).await);
}

/// Serves one connection.
fn connect(
    core: &Arc<Core>,
    stream: TcpStream,
    (router, place): (Router, OwnedSemaphorePermit),
    graceful: &GracefulShutdown,
) {
    // Events are small, and each is awaited.
    let _ = stream.set_nodelay(true);
    let socket = TokioIo::new(Socket::new(stream, core.settings.write_time));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(core.settings.head_time)
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_HEADERS);
    let service = TowerToHyperService::new(router);
    let connection = builder.serve_connection(socket, service).into_owned();
    let connection = graceful.watch(connection);
    let core = Arc::clone(core);
    core.metrics.connections.increment(1.0);
    tokio::spawn(async move {
        // How a connection ends is the client's affair.
        let ended = connection.await;
        core.metrics.connections.decrement(1.0);
        tracing::debug!(failed = ended.is_err(), "connection closed");
        drop(place);
    });
}
