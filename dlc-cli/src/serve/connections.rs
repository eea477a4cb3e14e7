//! Connections of browsers, so that slow ones keep nobody else out.
//!
//! There are only so many at once. A new one takes the place of the one that has been at the same thing
//! for the longest time: sending a request, waiting for an answer, or reading it. Whatever a connection is
//! at, it has a deadline for it, so that one that sends a byte now and then does not live on.

use std::{
    collections::HashMap,
    io::{self, ErrorKind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::Request};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    net::{TcpListener, TcpStream},
    task::AbortHandle,
    time::{Instant, sleep},
};

/// How many connections there are at once, and how long one may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most connections.
    pub(crate) connections: usize,
    /// How long a browser may take to send the head of a request, or to read an answer and ask again.
    pub(crate) patience: Duration,
}

/// An answer may take longer, the rest of the request included: the store may be busy.
const ANSWER: u32 = 3;
/// A browser sends far less before the body.
const MOST_HEAD: usize = 32 * 1024;
/// Descriptors for the store and for what the program has open anyway.
const OWN_DESCRIPTORS: u64 = 64;
/// More browsers than this will never be there.
const MOST_CONNECTIONS: u64 = 256;
/// The pauses after an error that is not one of a connection, such as no descriptors.
const PAUSE: Duration = Duration::from_millis(100);
const SHORT_PAUSE: Duration = Duration::from_millis(1);

/// Returns how many connections the descriptors of this process are enough for.
pub(crate) fn most_connections() -> usize {
    let free = descriptors().map_or(MOST_CONNECTIONS, |all| {
        all.saturating_sub(OWN_DESCRIPTORS) / 2
    });
    usize::try_from(free.clamp(8, MOST_CONNECTIONS)).unwrap_or(8)
}

#[cfg(unix)]
fn descriptors() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
fn descriptors() -> Option<u64> {
    None
}

/// Answers browsers for ever.
pub(crate) async fn serve(listener: TcpListener, router: Router, limits: Limits) {
    let open = Arc::new(Open::new(limits));
    tokio::spawn(drop_late(open.clone()));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => open.clone().begin(stream, router.clone()),
            Err(error) if is_of_one_connection(&error) => {}
            // The one whose place is taken closes before long; without any, only waiting helps.
            Err(_) => {
                sleep(if open.drop_oldest() {
                    SHORT_PAUSE
                } else {
                    PAUSE
                })
                .await
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
    )
}

/// Drops connections that are too slow.
async fn drop_late(open: Arc<Open>) {
    let tick = open.limits.patience / 10;
    loop {
        sleep(tick.max(Duration::from_millis(10))).await;
        open.drop_late();
    }
}

/// The connections that are open.
struct Open {
    limits: Limits,
    next: AtomicU64,
    connections: Mutex<HashMap<u64, Connection>>,
}

/// What a connection is at.
struct Connection {
    since: Instant,
    deadline: Instant,
    task: Option<AbortHandle>,
}

impl Open {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            next: AtomicU64::new(0),
            connections: Mutex::default(),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<u64, Connection>) -> T) -> T {
        let connections = self.connections.lock();
        work(&mut connections.unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers a connection, in a task of its own.
    fn begin(self: Arc<Self>, stream: TcpStream, router: Router) {
        while self.with(|connections| connections.len()) >= self.limits.connections {
            self.drop_oldest();
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.is_at(id, self.limits.patience);
        let task = tokio::spawn(attend(
            Place {
                open: self.clone(),
                id,
            },
            stream,
            router,
        ));
        let task = task.abort_handle();
        self.with(|connections| {
            // It may have ended already.
            if let Some(connection) = connections.get_mut(&id) {
                connection.task = Some(task);
            }
        });
    }

    /// Notes that a connection is at something else now, for which it has so much time.
    fn is_at(&self, id: u64, time: Duration) {
        let since = Instant::now();
        let deadline = since + time;
        self.with(|connections| {
            let connection = connections.entry(id).or_insert(Connection {
                since,
                deadline,
                task: None,
            });
            (connection.since, connection.deadline) = (since, deadline);
        });
    }

    /// Closes the connection that has been at the same thing for the longest time, if there is one.
    fn drop_oldest(&self) -> bool {
        let oldest = self.with(|connections| {
            let oldest = connections
                .iter()
                .min_by_key(|(_, connection)| connection.since);
            let id = oldest.map(|(id, _)| *id);
            id.and_then(|id| connections.remove(&id))
        });
        let is_any = oldest.is_some();
        end(oldest);
        is_any
    }

    fn drop_late(&self) {
        let now = Instant::now();
        let late: Vec<Connection> = self.with(|connections| {
            let late = connections.extract_if(|_, connection| connection.deadline <= now);
            late.map(|(_, connection)| connection).collect()
        });
        end(late);
    }
}

/// Closes connections.
fn end(connections: impl IntoIterator<Item = Connection>) {
    for task in connections
        .into_iter()
        .filter_map(|connection| connection.task)
    {
        task.abort();
    }
}

/// The place of a connection among the open ones, which goes with it.
struct Place {
    open: Arc<Open>,
    id: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.with(|connections| connections.remove(&self.id));
    }
}

async fn attend(place: Place, stream: TcpStream, router: Router) {
    let (open, id) = (&place.open, place.id);
    let patience = open.limits.patience;
    let pages = TowerToHyperService::new(router);
    let answer = service_fn(|request: hyper::Request<Incoming>| {
        open.is_at(id, patience * ANSWER);
        let answer = pages.call(Request::from(request).map(axum::body::Body::new));
        async move {
            let answer = answer.await;
            open.is_at(id, patience);
            answer
        }
    });
    let connection = http1::Builder::new()
        .max_buf_size(MOST_HEAD)
        // Deadlines are ours, for the whole connection.
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), answer);
    // A browser that went away is no error.
    drop(connection.await);
}
