//! Filters the poses in videos.
//!
//! ```sh
//! # The bundled mouse, which is analysed first: no arguments, no downloads.
//! cargo run --release --example filter_predictions
//!
//! # Your project, after analyze_video.
//! cargo run --release --example filter_predictions -- PROJECT/config.yaml VIDEO.mp4 --filtertype spline
//! ```
//!
//! The result of `median` and `spline` equals that of
//! `deeplabcut.filterpredictions(config, videos, filtertype=…)` (`conformance/pictures` compares
//! them). `kalman` takes the place of `arima`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Result, anyhow};
use clap::{Parser, ValueEnum};
use dlc::{
    Results,
    io::project::ModelRequest,
    results::{Filter, MedianEdges},
};
use examples::{complain, json::with_paths, say};
use serde_json::json;

/// Filters the poses in videos: {video}{scorer}_filtered.h5 and .csv.
///
/// Without CONFIG and VIDEO it filters those of a bundled clip of an open-field mouse.
///
/// Exit codes: 0 all were filtered; 1 one failed; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The project's config.yaml.
    #[arg(requires = "videos")]
    config: Option<PathBuf>,
    /// Videos that were analysed, or folders of them.
    #[arg(value_name = "VIDEO")]
    videos: Vec<PathBuf>,
    /// How the names of videos in a folder end, e.g., `mp4`; those that DeepLabCut looks for by default.
    #[arg(long, value_name = "ENDING", value_delimiter = ',')]
    videotype: Vec<String>,
    /// Which shuffle of the training set.
    #[arg(long, default_value_t = 1, value_name = "N")]
    shuffle: u32,
    /// Which of the project's `TrainingFraction`, from 0.
    #[arg(long, default_value_t = 0, value_name = "N")]
    trainingset_index: u32,
    /// What is done.
    #[arg(long, value_enum, default_value_t = FilterType::Median)]
    filtertype: FilterType,
    /// The frames of a median (an odd number), or the longest gap that a spline fills (0: any).
    #[arg(long, default_value_t = 5, value_name = "N")]
    windowlength: usize,
    /// The likelihood below which the Kalman smoother takes a keypoint for missing.
    #[arg(long, default_value_t = 0.001, value_name = "LIKELIHOOD")]
    p_bound: f64,
    /// Lets a median reflect at the first and last frame, where DeepLabCut takes zeros.
    #[arg(long)]
    reflect: bool,
    /// Folder of the results; beside each video by default.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Filters again what is filtered already.
    #[arg(long)]
    overwrite: bool,
    /// Prints one JSON object a video instead of sentences.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FilterType {
    Median,
    Spline,
    Kalman,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Returns whether all videos were filtered.
fn run(mut arguments: Arguments) -> Result<bool> {
    let config = match arguments.config.take() {
        Some(config) => config,
        None => {
            let bundled = examples::unpack_analyzed("dlc-demo/project".as_ref());
            let bundled = bundled.map_err(|error| anyhow!(error))?;
            arguments.videos = vec![bundled.video];
            bundled.config
        }
    };
    let model = ModelRequest {
        trainingset_index: arguments.trainingset_index,
        ..ModelRequest::shuffle(arguments.shuffle)
    };
    let mut results = Results::open(config, &model)?.with_overwrite(arguments.overwrite);
    if let Some(folder) = &arguments.out {
        results = results.with_destination(folder);
    }
    let filter = filter(&arguments);
    let mut all_good = true;
    let videos = examples::collect(&arguments.videos, &arguments.videotype)?;
    results.check_videos(&videos)?;
    for video in &videos {
        match results.filter_predictions(video, &filter) {
            Ok(paths) if arguments.json => say!(
                "{}",
                with_paths(
                    [
                        ("video", video.as_path()),
                        ("h5", &paths.h5),
                        ("csv", &paths.csv),
                    ],
                    json!({ "already_filtered": paths.already_filtered }),
                )
            )?,
            Ok(paths) if paths.already_filtered => {
                say!("{}: already filtered", paths.h5.display())?;
                say!("  --overwrite filters it again")?;
            }
            Ok(paths) => say!("{}\n{}", paths.h5.display(), paths.csv.display())?,
            Err(error) => {
                all_good = false;
                let error = anyhow::Error::new(error);
                if arguments.json {
                    let reasons = format!("{error:#}");
                    let others = json!({ "error": reasons });
                    say!("{}", with_paths([("video", video.as_path())], others))?;
                }
                complain(&error);
            }
        }
    }
    Ok(all_good)
}

fn filter(arguments: &Arguments) -> Filter {
    match (arguments.filtertype, Filter::kalman()) {
        (FilterType::Median, _) => Filter::Median {
            window: arguments.windowlength,
            edges: match arguments.reflect {
                true => MedianEdges::Reflect,
                false => MedianEdges::Zeros,
            },
        },
        (FilterType::Spline, _) => Filter::Spline {
            max_gap: arguments.windowlength,
        },
        (FilterType::Kalman, Filter::Kalman { smoother, .. }) => Filter::Kalman {
            p_bound: arguments.p_bound,
            smoother,
        },
        (FilterType::Kalman, other) => other,
    }
}
