//! Listening, connections, and their orderly end.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bongsu_model::Clock;
use bongsu_query::Engine;
use bongsu_store::Store;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::app::App;
use crate::config::{ServerConfig, check_reach};
use crate::write_pause::WritePause;
use crate::{ServerError, router, upkeep};

/// How long to wait before the next connection is taken when the system refuses to give one (too many open files).
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Bytes that a connection reads ahead, and a request's head may have.
const READ_AT_ONCE: usize = 64 << 10;

/// Addresses that are listened on. Clients can connect; they are answered by [`Listeners::serve`].
#[derive(Debug)]
pub struct Listeners {
    listeners: Vec<TcpListener>,
    config: ServerConfig,
}

impl Listeners {
    /// Listens on every address of `config`.
    ///
    /// Fails when an address cannot be listened on, or when other machines could reach it and no token is set.
    pub async fn bind(config: ServerConfig) -> Result<Self, ServerError> {
        let mut listeners = Vec::with_capacity(config.http.len());
        for address in &config.http {
            let wrong = |cause| ServerError::Address { address: address.clone(), cause };
            let Some(first) = tokio::net::lookup_host(address).await.map_err(wrong)?.next() else {
                return Err(wrong(std::io::ErrorKind::NotFound.into()));
            };
            check_reach(first, config.token.as_ref())?;
            let bound = TcpListener::bind(first).await;
            listeners.push(bound.map_err(|cause| ServerError::Bind { address: first, cause })?);
        }
        Ok(Self { listeners, config })
    }

    /// Where is listened; port 0 has become a real one.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// The line that tells people and programs that the server answers: `bongsu ready: http://127.0.0.1:5105`.
    pub fn ready_line(&self) -> String {
        let urls: Vec<String> = self.addresses().iter().map(|address| format!("http://{address}")).collect();
        format!("bongsu ready: {}", urls.join(" "))
    }

    /// Writes the ready line to standard error, answers requests until `stop` is done, lets those in flight end, and
    /// flushes the store. Whoever owns the store may close it then.
    pub async fn serve(
        self,
        store: Arc<Store>,
        engine: Arc<Engine>,
        clock: Arc<dyn Clock>,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServerError> {
        // Nobody may read standard error any more; the server is ready all the same.
        let _ = writeln!(std::io::stderr(), "{}", self.ready_line());
        let app = Arc::new(App::new(self.config, Arc::clone(&store), engine, clock));
        let (stopping, stopped) = watch::channel(false);
        let router = router::router(&app);
        let room = Arc::new(Semaphore::new(app.limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
        let mut tasks = JoinSet::new();
        for listener in self.listeners {
            let (router, app) = (router.clone(), Arc::clone(&app));
            let house = House { router, app, room: Arc::clone(&room), stopped: stopped.clone() };
            tasks.spawn(house.receive(listener));
        }
        tasks.spawn(upkeep::rounds(Arc::clone(&app), stopped));
        stop.await;
        app.drain();
        stopping.send_replace(true);
        while tasks.join_next().await.is_some() {}
        drop((app, router));
        let flushed = tokio::task::spawn_blocking(move || store.flush()).await;
        flushed.map_err(|cause| ServerError::Flush(cause.to_string()))?.map_err(ServerError::Store)
    }
}

/// Listens and answers until `stop` is done: [`Listeners::bind`] and [`Listeners::serve`] in one.
pub async fn serve(
    config: ServerConfig,
    store: Arc<Store>,
    engine: Arc<Engine>,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    Listeners::bind(config).await?.serve(store, engine, clock, stop).await
}

/// What every connection needs.
#[derive(Clone)]
struct House {
    router: Router,
    app: Arc<App>,
    room: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
}

impl House {
    /// Takes connections until the stop, then waits for those that are open, and closes what is left of them.
    async fn receive(mut self, listener: TcpListener) {
        let mut open = JoinSet::new();
        loop {
            let Ok(turn) = Arc::clone(&self.room).acquire_owned().await else { break };
            let taken = tokio::select! {
                taken = listener.accept() => taken,
                _ = self.stopped.changed() => break,
            };
            while open.try_join_next().is_some() {}
            match taken {
                Ok((stream, _)) => {
                    let house = self.clone();
                    open.spawn(async move {
                        house.attend(stream).await;
                        drop(turn);
                    });
                }
                Err(cause) => {
                    tracing::warn!(%cause, "a connection could not be taken");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
        drop(listener);
        let drained = async { while open.join_next().await.is_some() {} };
        if tokio::time::timeout(self.app.limits.drain, drained).await.is_err() {
            tracing::warn!("some requests did not end in time and were cut off");
            open.shutdown().await;
        }
    }

    /// Answers the requests of one connection.
    async fn attend(mut self, stream: TcpStream) {
        // Answers leave at once; the system may refuse this for a connection that is gone already.
        let _ = stream.set_nodelay(true);
        let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.app.limits.head_time)
            .max_buf_size(READ_AT_ONCE);
        let stream = TokioIo::new(WritePause::new(stream, self.app.limits.answer_pause));
        let service = TowerToHyperService::new(self.router);
        let mut connection = std::pin::pin!(builder.serve_connection(stream, service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            _ = self.stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(cause) = ended {
            tracing::debug!(cause, "a connection ended early");
        }
    }
}
