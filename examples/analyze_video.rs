//! Runs a trained DeepLabCut model on videos and writes DeepLabCut's own files.
//!
//! ```sh
//! # The bundled mouse: no arguments, no downloads.
//! cargo run --release --example analyze_video
//!
//! # Your project.
//! cargo run --release --example analyze_video -- PROJECT/config.yaml VIDEO.mp4 --shuffle 1
//! ```
//!
//! The result matches `deeplabcut.analyze_videos(config, videos, shuffle, save_as_csv=True)`
//! within 0.02 px and a likelihood of 0.001 (`conformance/predictions` compares them).

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Parser;
use dlc::{
    AnalyzeOptions,
    analysis::{Progress, VideoReport},
    infer::{DeviceChoice, DynamicBoxesOptions, DynamicCropping, Precision},
    io::{h5, picture, video},
    model::{Crop, Frame, SnapshotIndex},
};
use examples::{StatisticsOf, complain, json::with_paths, say};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

/// Runs a trained DeepLabCut model on videos and writes {video}{scorer}.h5, .csv and _meta.pickle.
///
/// Without CONFIG and VIDEO it analyses a bundled clip of an open-field mouse.
///
/// Exit codes: 0 all videos were analysed; 1 the model or a video failed; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The project's config.yaml, or an exported model: its folder or its file (then without
    /// shuffle and snapshot).
    #[arg(requires = "videos")]
    config: Option<PathBuf>,
    /// Videos, folders of videos, or folders of images.
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
    /// Which snapshot: a number (-1 is the last or best one) or `best`; the project says by default.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    snapshot_index: Option<SnapshotIndex>,
    /// Keypoints of each body part (columns x2, y2, likelihood2, …); the model says by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    num_outputs: Option<u16>,
    /// Which snapshot of a top-down model's detector; the project says by default.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    detector_snapshot_index: Option<SnapshotIndex>,
    /// Frames a batch; the project says by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    batch_size: Option<u16>,
    /// `auto`, `cpu`, or the name or number of an adapter (see --list-devices).
    #[arg(long, default_value = "auto", value_name = "NAME")]
    device: DeviceChoice,
    /// `full` as DeepLabCut; `high` and `half` are less exact, and faster on devices that have them.
    #[arg(long, default_value = "full", value_name = "PRECISION")]
    precision: Precision,
    /// Lists the adapters and ends.
    #[arg(long)]
    list_devices: bool,
    /// Whose statistics MobileNetV2 normalises with: each frame's own, or as DeepLabCut those of
    /// all frames in a batch.
    #[arg(long, value_enum, default_value_t = StatisticsOf::Frame, value_name = "OF")]
    statistics: StatisticsOf,
    /// The part of the frames to analyse, instead of what the project says.
    #[arg(long, value_name = "X1,X2,Y1,Y2", value_parser = examples::parse_crop)]
    crop: Option<Crop>,
    /// Looks only where the animal was in the frame before, as long as a body part is more likely
    /// than this, and this many px around it (DeepLabCut's are 0.5,10).
    #[arg(long, value_name = "LIKELIHOOD,PX", value_parser = examples::parse_dynamic)]
    dynamic: Option<DynamicCropping>,
    /// Lets a box follow the animal of a top-down model instead of a detector, as long as this many
    /// body parts are that likely, with a margin of this many px (DeepLabCut's are 0.6,25,2).
    #[arg(long, value_name = "LIKELIHOOD,PX,COUNT", value_parser = parse_top_down_dynamic)]
    top_down_dynamic: Option<DynamicBoxesOptions>,
    /// Folder of the results; beside each video by default.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Analyses videos whose results are there already again.
    #[arg(long)]
    overwrite: bool,
    /// Also draws the poses and the trajectories into {video}{scorer}.png.
    #[arg(long)]
    picture: bool,
    /// Prints one JSON object a video instead of sentences.
    #[arg(long)]
    json: bool,
}

fn parse_top_down_dynamic(text: &str) -> Result<DynamicBoxesOptions, String> {
    let numbers: Vec<&str> = text.split(',').map(str::trim).collect();
    let options = |numbers: &[&str]| {
        let [threshold, margin, count] = numbers else {
            return None;
        };
        Some(DynamicBoxesOptions {
            threshold: threshold.parse().ok()?,
            margin: margin.parse().ok()?,
            min_hq_keypoints: count.parse().ok()?,
            ..DynamicBoxesOptions::default()
        })
    };
    let error = "expected a likelihood, a margin and a count: 0.6,25,2";
    options(&numbers).ok_or_else(|| error.into())
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

fn list_devices() -> io::Result<()> {
    say!("cpu")?;
    for (index, adapter) in dlc::infer::adapters().iter().enumerate() {
        say!("{index} = {} ({})", adapter.name, adapter.kind)?;
    }
    Ok(())
}

/// Returns whether all videos were analysed.
fn run(mut arguments: Arguments) -> Result<bool> {
    if arguments.list_devices {
        list_devices()?;
        return Ok(true);
    }
    let config = match arguments.config.take() {
        Some(config) => config,
        None => use_bundled_project(&mut arguments)?,
    };
    let videos = examples::collect(&arguments.videos, &arguments.videotype)?;
    dlc::analysis::check_videos(&videos, arguments.out.as_deref())?;
    let bar = progress_bar();
    let mut analyzer = examples::open(
        &config,
        arguments.shuffle,
        arguments.trainingset_index,
        options(&arguments, &bar),
    )?;
    let mut all_good = true;
    for video in &videos {
        let result = analyzer.analyze(video);
        bar.finish_and_clear();
        match result {
            Ok(report) => {
                let png = (arguments.picture && !report.already_analyzed)
                    .then(|| draw(video, &report))
                    .transpose()?;
                announce(video, &report, png.as_deref(), arguments.json)?;
            }
            Err(error) => {
                all_good = false;
                let error = anyhow::Error::new(error);
                if arguments.json {
                    let others = json!({ "error": format!("{error:#}") });
                    say!("{}", with_paths([("video", video.as_path())], others))?;
                }
                complain(&error);
            }
        }
    }
    Ok(all_good)
}

fn options<'a>(arguments: &Arguments, bar: &'a ProgressBar) -> AnalyzeOptions<'a> {
    let mut options = AnalyzeOptions::default()
        .with_device(arguments.device.clone())
        .with_precision(arguments.precision)
        .with_statistics(arguments.statistics.into())
        .with_overwrite(arguments.overwrite)
        .with_progress(|progress| show(progress, bar));
    options.snapshot_index = arguments.snapshot_index;
    options.batch_size = arguments.batch_size.map(usize::from);
    options.num_outputs = arguments.num_outputs.map(usize::from);
    options.crop = arguments.crop;
    options.dynamic = arguments.dynamic;
    options.top_down_dynamic = arguments.top_down_dynamic;
    options.detector_snapshot_index = arguments.detector_snapshot_index;
    options.destination.clone_from(&arguments.out);
    options
}

fn progress_bar() -> ProgressBar {
    let style = "{msg} [{wide_bar}] {pos}/{len} frames, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(style).expect("the template is correct");
    let per_second = |state: &indicatif::ProgressState, text: &mut dyn std::fmt::Write| {
        let _ = write!(text, "{:.1} frames/s", state.per_sec());
    };
    let style = style.with_key("per_sec", per_second).progress_chars("=> ");
    ProgressBar::no_length().with_style(style)
}

fn show(progress: Progress<'_>, bar: &ProgressBar) {
    let name = progress.video.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    if bar.message() != name {
        bar.reset();
        bar.set_message(name);
    }
    bar.set_length(progress.frame_count as u64);
    bar.set_position(progress.frames_done as u64);
}

fn announce(
    video: &Path,
    report: &VideoReport,
    png: Option<&Path>,
    as_json: bool,
) -> io::Result<()> {
    let seconds = report.duration.as_secs_f64();
    let outputs = &report.outputs;
    let warnings: Vec<String> = report.warnings().iter().map(ToString::to_string).collect();
    if as_json {
        let others = json!({
            "scorer": report.scorer,
            "already_analyzed": report.already_analyzed,
            "without_record": report.without_record,
            "crop": report.crop.map(|crop| [crop.x_min, crop.x_max, crop.y_min, crop.y_max]),
            "frame_count": report.frame_count,
            "missing_frames": report.missing_frames,
            "frames_without_animal": report.frames_without_animal,
            "mean_likelihood": report.mean_likelihood,
            "device": report.device,
            "duration_secs": seconds,
            "warnings": warnings,
        });
        let paths = [
            ("video", video),
            ("h5", &outputs.h5),
            ("csv", &outputs.csv),
            ("meta", &outputs.meta),
        ];
        let paths = paths.into_iter().chain(png.map(|png| ("png", png)));
        return say!("{}", with_paths(paths, others));
    }
    if report.already_analyzed {
        say!(
            "{}: already analysed ({})",
            video.display(),
            outputs.h5.display()
        )?;
        if report.without_record {
            say!("  by DeepLabCut, or by a version that kept no record of how")?;
        }
        say!(
            "  {} frames, mean likelihood {:.3}",
            report.frame_count,
            report.mean_likelihood
        )?;
        warn(&warnings);
        return say!("  --overwrite analyses it again");
    }
    say!(
        "{}: {} frames in {seconds:.1} s ({:.1} frames/s) on {}",
        video.display(),
        report.frame_count,
        report.frame_count as f64 / seconds,
        report.device
    )?;
    say!("  scorer {}", report.scorer)?;
    say!("  mean likelihood {:.3}", report.mean_likelihood)?;
    if !report.frames_without_animal.is_empty() {
        say!(
            "  {} frames show no animal: {}",
            report.frames_without_animal.len(),
            ranges(&report.frames_without_animal)
        )?;
    }
    if !report.missing_frames.is_empty() {
        say!(
            "  {} frames could not be decoded, their rows are NaN: {}",
            report.missing_frames.len(),
            ranges(&report.missing_frames)
        )?;
    }
    warn(&warnings);
    for path in [&outputs.h5, &outputs.csv, &outputs.meta] {
        say!("  {}", path.display())?;
    }
    if let Some(png) = png {
        say!("  {}", png.display())?;
    }
    Ok(())
}

fn warn(warnings: &[String]) {
    for warning in warnings {
        let _ = writeln!(io::stderr(), "warning: {warning}");
    }
}

/// Prints `3, 7-9` for `[3, 7, 8, 9]`, and not more than ten ranges.
fn ranges(indices: &[usize]) -> String {
    let runs = indices.chunk_by(|a, b| a + 1 == *b);
    let mut texts: Vec<String> = runs
        .map(|run| match run {
            [one] => one.to_string(),
            run => format!("{}-{}", run[0], run[run.len() - 1]),
        })
        .collect();
    if texts.len() > 10 {
        texts.truncate(10);
        texts.push("…".into());
    }
    texts.join(", ")
}

/// Draws the middle frame of the video, or the nearest after or before it that can be decoded.
fn draw(path: &Path, report: &VideoReport) -> Result<PathBuf> {
    let png = report.outputs.h5.with_extension("png");
    let mut frames = video::open(path)?;
    let middle = frames.info().frame_count / 2;
    let mut chosen = None;
    while chosen
        .as_ref()
        .is_none_or(|frame: &Frame<'_>| frame.index() < middle)
        && let Some(frame) = frames.next_frame()?
    {
        chosen = Some(frame);
    }
    let frame = chosen.with_context(|| format!("no frame of {} to draw on", path.display()))?;
    let frame = report.crop.map_or(frame.clone(), |crop| frame.crop(crop));
    let poses = h5::read(&report.outputs.h5)?.poses;
    picture::write_png(&png, &frame, &poses, picture::PictureOptions::default())?;
    Ok(png)
}

/// Unpacks the bundled project into the folder of the results and aims the arguments at it.
fn use_bundled_project(arguments: &mut Arguments) -> Result<PathBuf> {
    let out = arguments
        .out
        .get_or_insert_with(|| PathBuf::from("dlc-demo"));
    let bundled = examples::unpack(&out.join("project"))
        .with_context(|| format!("could not write into {}", out.display()))?;
    if !arguments.json {
        say!(
            "No project named: analysing the bundled mouse into {}",
            out.display()
        )?;
    }
    arguments.videos = vec![bundled.video];
    arguments.picture = true;
    arguments.overwrite = true;
    Ok(bundled.config)
}
