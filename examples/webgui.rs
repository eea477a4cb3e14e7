//! Serves a small local web page: which recording is for which model and method, and what became of
//! the jobs.
//!
//! ```sh
//! # A store in a file. Then open http://127.0.0.1:8040/ in a browser.
//! cargo run --release --example webgui -- --store pipeline.sqlite
//!
//! # A database that DataJoint shares.
//! cargo run --release --example webgui -- --store mysql://user:password@host/schema
//! ```
//!
//! It offers the combinations of a model and a method that were allowed, and no others
//! (`dlc_schema::choices`); what [`map_recording`](dlc::schema::map_recording) refuses is shown with its
//! reasons. The pages work without JavaScript, and there is none.
//!
//! There are no passwords: who reaches the address may map recordings. By default that is who uses this
//! machine. Pages of other sites in the same browser are kept out ([`webgui::guard`]), and slow clients
//! keep nobody out ([`webgui::connections`]).

use std::{
    io,
    net::{SocketAddr, TcpListener},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::Parser;
use examples::{
    complain, exit_code, say,
    store::{create_store, open_store},
};

use self::webgui::{
    app::App,
    connections::{self, Limits, most_connections},
    guard::Guard,
};

mod webgui {
    pub(crate) mod app;
    pub(crate) mod connections;
    pub(crate) mod guard;
    mod jobs;
    mod mapping;
    mod models;
    mod page;
    mod paging;
    mod recordings;
    mod refusal;
}

/// How many pages wait for the store at once.
const BLOCKING_THREADS: usize = 16;

/// Serves a local web page to map recordings to a model and a method, and to watch jobs.
///
/// It runs until it is interrupted.
///
/// Exit codes: 1 the store or the address cannot be used; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// A file of SQLite, or `mysql://user:password@host/schema`.
    #[arg(long, default_value = "pipeline.sqlite", value_name = "STORE")]
    store: String,
    /// Makes the store where there is none.
    #[arg(long)]
    create: bool,
    /// The address to listen at; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8040", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// A name by which browsers may call this machine, beside `localhost` and addresses. Can be
    /// repeated.
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// The most connections at once; by default what the descriptors of the process are enough for.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    connections: Option<u16>,
    /// How long a browser may take to send a request, and to read an answer.
    #[arg(long, default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    patience: u64,
}

fn main() -> ExitCode {
    exit_code(run(Arguments::parse()))
}

fn run(arguments: Arguments) -> Result<()> {
    let store = match arguments.create {
        true => create_store(&arguments.store)?,
        false => open_store(&arguments.store)?,
    };
    let guard = Guard::new(arguments.hosts).context("no random bytes for the token of forms")?;
    let app = App::new(store, &arguments.store, guard);
    let limits = Limits {
        connections: arguments
            .connections
            .map_or_else(most_connections, usize::from),
        patience: Duration::from_secs(arguments.patience),
    };
    let listener = listen(arguments.listen)
        .with_context(|| format!("cannot listen at {}", arguments.listen))?;
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        let warning = "whoever reaches this address may map recordings: there are no passwords";
        complain(&anyhow::anyhow!(warning));
    }
    say!("http://{address}/")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Each may have the store's file open.
        .max_blocking_threads(BLOCKING_THREADS)
        .build()?;
    runtime.block_on(serve(listener, app, limits))?;
    Ok(())
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve(listener: TcpListener, app: App, limits: Limits) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    connections::serve(listener, webgui::app::router(Arc::new(app)), limits).await;
    Ok(())
}
