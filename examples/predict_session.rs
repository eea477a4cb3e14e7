//! Runs a registered model on the videos of one session and lays the results out for the pipeline.
//!
//! ```sh
//! cargo run --release --example predict_session -- --model mouse --tif 94557_00001.tif \
//!     --utc-offset +02:00 94557_00001_camera.avi
//! ```
//!
//! `dlc_94557/` then lies beside the pictures of the microscope: predictions, `Start Timestamp`, the
//! project's configuration.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Result;
use clap::Parser;
use dlc::{
    model::UtcOffset,
    pipeline::{PredictSessionOptions, StartSource, predict_session},
    schema::{FoundBy, name::RepositoryName},
};
use examples::{
    exit_code, say,
    store::{parse_repository, parse_starts, read_store, repositories},
};

/// Runs a registered model on the videos of one session.
///
/// Exit codes: 0 all videos were analysed; 1 one failed, the model, or the store; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The videos in their order in time.
    #[arg(required = true, value_name = "VIDEO")]
    videos: Vec<PathBuf>,
    /// The model: its name in the store, or its scorer.
    #[arg(long, value_name = "NAME")]
    model: String,
    /// The files of the microscope in their order in time, which name the session.
    #[arg(long, value_name = "TIF")]
    tif: Vec<PathBuf>,
    /// How far clocks were from UTC: that of the microscope, and those of `--start` that do not say.
    #[arg(long, value_name = "+HH:MM", allow_hyphen_values = true)]
    utc_offset: Option<UtcOffset>,
    /// When each video began, if the files of the microscope do not tell.
    #[arg(long, value_name = "TIME")]
    start: Vec<String>,
    /// Replaces another moment in results that are there already.
    #[arg(long)]
    replace_start: bool,
    /// The name of the session, if the files of the microscope do not tell.
    #[arg(long, value_name = "NAME")]
    basename: Option<String>,
    /// Analyses videos again whose results are there already.
    #[arg(long)]
    overwrite: bool,
    /// A file of SQLite, or `mysql://user:password@host/schema`.
    #[arg(long, default_value = "pipeline.sqlite", value_name = "STORE")]
    store: String,
    /// Where a repository is on this machine, if not where the store says.
    #[arg(long, value_name = "NAME=PATH", value_parser = parse_repository)]
    repository: Vec<(RepositoryName, PathBuf)>,
}

fn main() -> ExitCode {
    exit_code(run(Arguments::parse()))
}

fn run(arguments: Arguments) -> Result<()> {
    let starts = parse_starts(&arguments.start, arguments.utc_offset);
    let store = read_store(&arguments.store)?;
    let here = repositories(arguments.repository);
    let mut options = PredictSessionOptions::default().with_repositories(here);
    options.analyze.overwrite = arguments.overwrite;
    options.utc_offset = arguments.utc_offset;
    options.basename = arguments.basename;
    options.starts = (!starts.is_empty()).then_some(starts);
    options.replace_starts = arguments.replace_start;
    let (videos, tifs) = (arguments.videos, arguments.tif);
    let session = predict_session(&*store, videos, &arguments.model, tifs, options)?;
    let found_by = match session.found_by {
        FoundBy::Name => "its name",
        FoundBy::Scorer => "its scorer",
    };
    say!("model {} (found by {found_by})", session.model)?;
    for video in &session.videos {
        let source = match video.start_source {
            StartSource::Argument => "as told",
            StartSource::Tif => "as the microscope tells",
            StartSource::Video => "as the video tells",
        };
        let already = match video.report.already_analyzed {
            true => ", already analysed",
            false => "",
        };
        say!(
            "{}: {} frames{already}",
            video.video.display(),
            video.report.frame_count
        )?;
        for warning in video.report.warnings() {
            let _ = writeln!(io::stderr(), "warning: {warning}");
        }
        say!("  began at {} ({source})", video.start)?;
        say!("  {}", video.report.outputs.h5.display())?;
    }
    say!("{}", session.folder.display())?;
    Ok(())
}
