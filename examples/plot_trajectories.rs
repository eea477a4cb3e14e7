//! Plots the poses in videos, measures the skeleton, and writes one report of the session.
//!
//! ```sh
//! # The bundled mouse, which is analysed first: no arguments, no downloads.
//! cargo run --release --example plot_trajectories
//!
//! # Your project, after analyze_video.
//! cargo run --release --example plot_trajectories -- PROJECT/config.yaml VIDEO.mp4 --report session.html
//! ```
//!
//! The files are called as those of `deeplabcut.plot_trajectories(config, videos)` and show the same
//! numbers (`conformance/pictures` compares the histograms), in a look of their own. Those of
//! `--skeleton` equal those of `deeplabcut.analyzeskeleton(config, videos)`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Result, anyhow};
use clap::{Parser, ValueEnum};
use dlc::{
    Results,
    io::project::ModelRequest,
    results::{ImageType, LabeledVideoOptions, PlotTrajectoriesOptions, SessionReportOptions},
};
use examples::{
    complain,
    json::{put_path, put_paths, with_paths},
    say,
};
use serde_json::{Map, Value, json};

/// Plots the poses in videos into plot-poses/{video}.
///
/// Without CONFIG and VIDEO it plots those of a bundled clip of an open-field mouse, and reports them.
///
/// Exit codes: 0 all were plotted; 1 one failed; 2 wrong usage.
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
    /// Plots the filtered poses.
    #[arg(long)]
    filtered: bool,
    /// Keypoints less likely than this are left out; the project says by default.
    #[arg(long, value_name = "LIKELIHOOD")]
    pcutoff: Option<f64>,
    /// What the files are.
    #[arg(long, value_enum, default_value_t = Kind::Png)]
    imagetype: Kind,
    /// Px an inch of a PNG.
    #[arg(long, default_value_t = 100.0, value_name = "PX")]
    resolution: f32,
    /// Also writes the lengths and directions of the project's skeleton.
    #[arg(long)]
    skeleton: bool,
    /// Measures a skeleton again that is measured already.
    #[arg(long)]
    overwrite: bool,
    /// Also writes one HTML file with everything about all videos.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Reports videos with more or fewer frames than there are rows of poses, too.
    #[arg(long)]
    allow_unequal_counts: bool,
    /// Lets the report replace this file though it is an input or no report. Can be repeated.
    #[arg(long, value_name = "FILE")]
    replace: Vec<PathBuf>,
    /// Folder of the results; beside each video by default.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Prints one JSON object a video instead of sentences.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Png,
    Svg,
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

/// Returns whether all videos were plotted.
fn run(mut arguments: Arguments) -> Result<bool> {
    let config = match arguments.config.take() {
        Some(config) => config,
        None => {
            let bundled = examples::unpack_analyzed("dlc-demo/project".as_ref());
            let bundled = bundled.map_err(|error| anyhow!(error))?;
            arguments.videos = vec![bundled.video];
            let report = || "dlc-demo/session.html".into();
            arguments.report.get_or_insert_with(report);
            bundled.config
        }
    };
    let model = ModelRequest {
        trainingset_index: arguments.trainingset_index,
        ..ModelRequest::shuffle(arguments.shuffle)
    };
    let mut results = Results::open(config, &model)?.with_overwrite(arguments.overwrite);
    for file in &arguments.replace {
        results = results.with_replaceable(file);
    }
    if let Some(folder) = &arguments.out {
        results = results.with_destination(folder);
    }
    let options = options(&arguments);
    let videos = examples::collect(&arguments.videos, &arguments.videotype)?;
    results.check_videos(&videos)?;
    if let Some(report) = &arguments.report {
        let options = report_options(&arguments, options.clone());
        results.check_session_report(report, &videos, &options)?;
    }
    let mut all_good = true;
    for video in &videos {
        match plot(&results, video, &options, arguments.skeleton) {
            Ok(paths) if arguments.json => {
                let mut object = Map::new();
                put_path(&mut object, "video", video);
                put_paths(&mut object, "files", paths.iter().map(PathBuf::as_path));
                say!("{}", Value::Object(object))?;
            }
            Ok(paths) => {
                for path in paths {
                    say!("{}", path.display())?;
                }
            }
            Err(error) => {
                all_good = false;
                if arguments.json {
                    let reasons = format!("{error:#}");
                    let others = json!({ "error": reasons });
                    say!("{}", with_paths([("video", video.as_path())], others))?;
                }
                complain(&error);
            }
        }
    }
    if let (Some(report), true) = (&arguments.report, all_good) {
        results.write_session_report(report, &videos, &report_options(&arguments, options))?;
        match arguments.json {
            true => say!("{}", with_paths([("report", report.as_path())], json!({})))?,
            false => say!("{}", report.display())?,
        }
    }
    Ok(all_good)
}

fn plot(
    results: &Results,
    video: &Path,
    options: &PlotTrajectoriesOptions,
    with_skeleton: bool,
) -> Result<Vec<PathBuf>> {
    let mut paths = results.plot_trajectories(video, options)?;
    if with_skeleton {
        let skeleton = results.analyze_skeleton(video, options.filtered)?;
        paths.extend([skeleton.h5, skeleton.csv]);
    }
    Ok(paths)
}

fn options(arguments: &Arguments) -> PlotTrajectoriesOptions {
    PlotTrajectoriesOptions {
        filtered: arguments.filtered,
        pcutoff: arguments.pcutoff,
        imagetype: match arguments.imagetype {
            Kind::Png => ImageType::Png,
            Kind::Svg => ImageType::Svg,
        },
        resolution: arguments.resolution,
        ..PlotTrajectoriesOptions::default()
    }
}

fn report_options(arguments: &Arguments, plots: PlotTrajectoriesOptions) -> SessionReportOptions {
    SessionReportOptions {
        labeled: LabeledVideoOptions {
            filtered: arguments.filtered,
            pcutoff: arguments.pcutoff,
            draw_skeleton: true,
            allow_unequal_counts: arguments.allow_unequal_counts,
            ..LabeledVideoOptions::default()
        },
        plots,
        ..SessionReportOptions::default()
    }
}
