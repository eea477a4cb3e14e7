use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use dlc::{
    Results,
    results::{ImageType, PlotTrajectoriesOptions},
};
use serde_json::{Map, Value};

use super::each;
use crate::{
    arguments::ResultsOf,
    json::{put_path, put_paths},
    voice::{Reply, Voice},
};

/// Plots the poses of analysed videos into plot-poses/{video}: trajectories, coordinates, likelihoods, jumps.
///
/// The files are called as those of `deeplabcut.plot_trajectories(config, videos)` and show the same numbers,
/// in a look of their own.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs plot PROJECT/config.yaml videos/ --imagetype svg")]
pub(crate) struct Arguments {
    #[command(flatten)]
    results: ResultsOf,
    #[command(flatten)]
    plots: Plots,
}

/// How plots look.
#[derive(Args, Clone, Debug)]
pub(crate) struct Plots {
    /// Plots the filtered poses.
    #[arg(long)]
    pub(crate) filtered: bool,
    /// Keypoints less likely than this are left out; the project says by default.
    #[arg(long, value_name = "LIKELIHOOD")]
    pub(crate) pcutoff: Option<f64>,
    /// The kind of file.
    #[arg(long, value_enum, default_value_t = Kind::Png)]
    imagetype: Kind,
    /// Px an inch of a PNG.
    #[arg(long, default_value_t = 100.0, value_name = "PX")]
    resolution: f32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Png,
    Svg,
}

impl Plots {
    pub(crate) fn options(&self) -> PlotTrajectoriesOptions {
        PlotTrajectoriesOptions {
            filtered: self.filtered,
            pcutoff: self.pcutoff,
            imagetype: match self.imagetype {
                Kind::Png => ImageType::Png,
                Kind::Svg => ImageType::Svg,
            },
            resolution: self.resolution,
            ..PlotTrajectoriesOptions::default()
        }
    }
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let (results, videos) = arguments.results.open(voice)?;
    let options = arguments.plots.options();
    options.check()?;
    each(voice, &videos, |video| plot(&results, video, &options))
}

fn plot(results: &Results, video: &Path, options: &PlotTrajectoriesOptions) -> Result<Reply> {
    let paths = results.plot_trajectories(video, options)?;
    let mut object = Map::new();
    put_path(&mut object, "video", video);
    put_paths(&mut object, "files", paths.iter().map(PathBuf::as_path));
    Ok(Reply {
        lines: paths
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
        object: Value::Object(object),
    })
}
