//! A small local web page: which recording is for which model and method, and what became of the jobs.
//!
//! It offers the combinations of a model and a method that were allowed, and no others
//! (`dlc_schema::choices`); what [`map_recording`](dlc::schema::map_recording) refuses is shown with its
//! reasons. The pages work without JavaScript, and there is none.
//!
//! There are no passwords: who reaches the address may map recordings. By default that is who uses this
//! machine. Pages of other sites in the same browser are kept out ([`guard`]), and slow clients keep
//! nobody out ([`connections`]).

mod app;
mod connections;
mod guard;
mod jobs;
mod mapping;
mod models;
mod page;
mod paging;
mod recordings;
mod refusal;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;

use self::{
    app::App,
    connections::{Limits, most_connections},
    guard::Guard,
};
use crate::{
    pipeline::store::Place,
    voice::{Reply, Voice},
};

/// How many pages wait for the store at once.
const BLOCKING_THREADS: usize = 16;

/// Serves a local web page to map recordings to a model and a method, and to watch jobs.
///
/// It runs until it is interrupted. There are no passwords: who reaches the address may map recordings.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs serve --store pipeline.sqlite --create")]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Place,
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

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let store = match arguments.create {
        true => arguments.store.create()?,
        false => arguments.store.open()?,
    };
    let guard = Guard::new(arguments.hosts).context("no random bytes for the token of forms")?;
    let app = App::new(store, arguments.store.to_string(), guard);
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
        voice.warn(warning);
    }
    voice.reply(&Reply {
        lines: vec![format!("http://{address}/")],
        object: json!({ "address": format!("http://{address}/") }),
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Each may have the store's file open.
        .max_blocking_threads(BLOCKING_THREADS)
        .build()?;
    runtime.block_on(serve(listener, app, limits))?;
    Ok(true)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve(listener: TcpListener, app: App, limits: Limits) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    connections::serve(listener, app::router(Arc::new(app)), limits).await;
    Ok(())
}
