//! Kills workers, and the server, at random moments, and checks that every job is done once and nothing
//! is there by halves. `conformance/faults` runs it.
//!
//! ```text
//! faults kills sqlite|mysql [KILLS [RESTARTS [SEED]]]   kill -9 of workers, restarts of the server
//! faults full                                          a disk without room
//! ```
//!
//! With `DLC_FAKETIME` (the path of `libfaketime.so.1`) each worker has a clock of its own, years away
//! from the others', which jumps whenever a worker is killed.

#![expect(clippy::print_stdout, reason = "a program that prints what it found")]

#[path = "../../tests/support/pipeline.rs"]
mod pipeline;

mod check;
mod full;
mod kills;
mod place;
mod random;
mod report;
mod server;
mod worker;

use std::{env, error::Error, process::ExitCode};

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("faults: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  caused by: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<ExitCode, Failure> {
    match arguments {
        ["worker", place, seed, log] => worker::work(place, seed.parse()?, log)?,
        ["kills", kind, numbers @ ..] => return kills::run(kind, numbers),
        ["full"] => full::full()?,
        _ => {
            return Err("usage: faults kills sqlite|mysql [KILLS [RESTARTS [SEED]]] | full".into());
        }
    }
    Ok(ExitCode::SUCCESS)
}
