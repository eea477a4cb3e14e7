use std::path::Path;

use anyhow::Result;
use clap::{Args, ValueEnum};
use dlc::{
    Results,
    results::{Filter, MedianEdges},
};
use serde_json::json;

use super::each;
use crate::{
    arguments::{Again, ResultsOf},
    json::with_paths,
    voice::{Reply, Voice, WrongUsage},
};

/// Filters the poses of analysed videos: {video}{scorer}_filtered.h5 and .csv.
///
/// `median` and `spline` equal `deeplabcut.filterpredictions(config, videos, filtertype=…)`; `kalman` takes
/// the place of `arima`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs filter PROJECT/config.yaml videos/ --windowlength 7")]
pub(crate) struct Arguments {
    #[command(flatten)]
    results: ResultsOf,
    #[command(flatten)]
    again: Again,
    /// Which filter.
    #[arg(long, value_enum, default_value_t = FilterType::Median)]
    filtertype: FilterType,
    /// Frames of a median (an odd number), or the longest gap that a spline fills (0: any).
    #[arg(long, default_value_t = 5, value_name = "N")]
    windowlength: usize,
    /// The likelihood below which the Kalman smoother takes a keypoint for missing.
    #[arg(long, default_value_t = 0.001, value_name = "LIKELIHOOD")]
    p_bound: f64,
    /// Lets a median reflect at the first and last frame, where DeepLabCut takes zeros.
    #[arg(long)]
    reflect: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FilterType {
    Median,
    Spline,
    Kalman,
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let (results, videos) = arguments.results.open(voice)?;
    let results = results.with_overwrite(arguments.again.overwrite);
    let filter = arguments.filter();
    filter
        .check()
        .map_err(|error| WrongUsage(error.to_string()))?;
    each(voice, &videos, |video| filter_one(&results, video, &filter))
}

fn filter_one(results: &Results, video: &Path, filter: &Filter) -> Result<Reply> {
    let paths = results.filter_predictions(video, filter)?;
    let lines = match paths.already_filtered {
        true => vec![
            format!("{}: already filtered", paths.h5.display()),
            "  --overwrite filters it again".into(),
        ],
        false => vec![
            paths.h5.display().to_string(),
            paths.csv.display().to_string(),
        ],
    };
    let object = with_paths(
        [("video", video), ("h5", &paths.h5), ("csv", &paths.csv)],
        json!({ "already_filtered": paths.already_filtered }),
    );
    Ok(Reply { lines, object })
}

impl Arguments {
    fn filter(&self) -> Filter {
        match (self.filtertype, Filter::kalman()) {
            (FilterType::Median, _) => Filter::Median {
                window: self.windowlength,
                edges: match self.reflect {
                    true => MedianEdges::Reflect,
                    false => MedianEdges::Zeros,
                },
            },
            (FilterType::Spline, _) => Filter::Spline {
                max_gap: self.windowlength,
            },
            (FilterType::Kalman, Filter::Kalman { smoother, .. }) => Filter::Kalman {
                p_bound: self.p_bound,
                smoother,
            },
            (FilterType::Kalman, other) => other,
        }
    }
}
