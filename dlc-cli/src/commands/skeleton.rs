use std::path::Path;

use anyhow::Result;
use clap::Args;
use dlc::Results;
use serde_json::json;

use super::each;
use crate::{
    arguments::{Again, ResultsOf},
    json::with_paths,
    voice::{Reply, Voice},
};

/// Measures the bones of the project's skeleton: {video}{scorer}_skeleton.h5 and .csv.
///
/// The files equal those of `deeplabcut.analyzeskeleton(config, videos)`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs skeleton PROJECT/config.yaml videos/")]
pub(crate) struct Arguments {
    #[command(flatten)]
    results: ResultsOf,
    #[command(flatten)]
    again: Again,
    /// Takes the filtered poses.
    #[arg(long)]
    filtered: bool,
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let (results, videos) = arguments.results.open(voice)?;
    let results = results.with_overwrite(arguments.again.overwrite);
    each(voice, &videos, |video| {
        measure(&results, video, arguments.filtered)
    })
}

fn measure(results: &Results, video: &Path, filtered: bool) -> Result<Reply> {
    let paths = results.analyze_skeleton(video, filtered)?;
    let lines = match paths.already_analyzed {
        true => vec![
            format!("{}: already measured", paths.h5.display()),
            "  --overwrite measures it again".into(),
        ],
        false => vec![
            paths.h5.display().to_string(),
            paths.csv.display().to_string(),
        ],
    };
    let object = with_paths(
        [("video", video), ("h5", &paths.h5), ("csv", &paths.csv)],
        json!({ "already_analyzed": paths.already_analyzed }),
    );
    Ok(Reply { lines, object })
}
