//! Shows what a pipeline has made, what is pending, and why something does not happen.
//!
//! ```sh
//! cargo run --release --example pipeline_status -- --store pipeline.sqlite
//! ```

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dlc::schema::jobs::{Observer, Source, Status};
use examples::{exit_code, say, store::read_store};

/// Shows what a pipeline has made, what is pending, and why something does not happen.
///
/// Exit codes: 0 shown; 1 the store cannot be read; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// A file of SQLite, or `mysql://user:password@host/schema`.
    #[arg(long, default_value = "pipeline.sqlite", value_name = "STORE")]
    store: String,
}

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let store = read_store(&arguments.store)?;
    let status = Status::read(&*store, &Source::ALL, &Observer::default())?;
    say!("{status}")?;
    Ok(())
}
