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
//! machine. Pages of other sites in the same browser are kept out ([`webgui::guard`]).

use std::{
    io,
    net::{SocketAddr, TcpListener},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context as _, Result};
use clap::Parser;
use examples::{complain, exit_code, say, store::open_store};

use self::webgui::{app::App, guard::Guard};

mod webgui {
    pub(crate) mod app;
    pub(crate) mod guard;
    mod jobs;
    mod mapping;
    mod models;
    mod page;
    mod paging;
    mod recordings;
    mod refusal;
}

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
    /// The address to listen at; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8040", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// A name by which browsers may call this machine, beside `localhost` and addresses. Can be
    /// repeated.
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
}

fn main() -> ExitCode {
    exit_code(run(Arguments::parse()))
}

fn run(arguments: Arguments) -> Result<()> {
    let store = open_store(&arguments.store)?;
    let guard = Guard::new(arguments.hosts).context("no random bytes for the token of forms")?;
    let app = App::new(store, &arguments.store, guard);
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
        .build()?;
    runtime.block_on(serve(listener, app))?;
    Ok(())
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve(listener: TcpListener, app: App) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    axum::serve(listener, webgui::app::router(Arc::new(app))).await
}
