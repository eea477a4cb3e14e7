//! Draws the poses in videos into them.
//!
//! ```sh
//! # The bundled mouse, which is analysed first: no arguments, no downloads.
//! cargo run --release --example create_labeled_video
//!
//! # Your project, after analyze_video.
//! cargo run --release --example create_labeled_video -- PROJECT/config.yaml VIDEO.mp4 --trailpoints 10
//! ```
//!
//! The frames equal those of `deeplabcut.create_labeled_video(config, videos)` pixel by pixel, before
//! they are compressed (`conformance/pictures` compares them). Needs `ffmpeg`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Result, anyhow};
use clap::{Parser, ValueEnum};
use dlc::{
    Results, io::project::ModelRequest, io::video::VideoCodec, results::LabeledVideoOptions,
};
use examples::{complain, json::with_paths, say};
use serde_json::json;

/// Draws the poses in videos into copies of them, beside the results.
///
/// Without CONFIG and VIDEO it labels a bundled clip of an open-field mouse.
///
/// Exit codes: 0 all videos were labelled; 1 one failed; 2 wrong usage.
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
    /// Draws the filtered poses.
    #[arg(long)]
    filtered: bool,
    /// Keypoints of this likelihood or less are not drawn; the project says by default.
    #[arg(long, value_name = "LIKELIHOOD")]
    pcutoff: Option<f64>,
    /// Draws the project's skeleton.
    #[arg(long)]
    draw_skeleton: bool,
    /// Draws so many dots of each body part: those of the frames before too.
    #[arg(long, default_value_t = 0, value_name = "N")]
    trailpoints: usize,
    /// Shows only the part of the frames that was analysed.
    #[arg(long)]
    displaycropped: bool,
    /// Body parts to draw; all by default.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    bodyparts: Option<Vec<String>>,
    /// How the video is compressed; browsers show h264 alone.
    #[arg(long, value_enum, default_value_t = Codec::Mp4v)]
    codec: Codec,
    /// Frames per second; the video's by default.
    #[arg(long, value_name = "FPS")]
    outputframerate: Option<f64>,
    /// Also writes each frame into this folder, as file0.png, …
    #[arg(long, value_name = "DIR")]
    save_frames: Option<PathBuf>,
    /// Goes on where the video has more or fewer frames than there are rows of poses.
    #[arg(long)]
    allow_unequal_counts: bool,
    /// Folder of the results; beside each video by default.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Labels videos again that are labelled already.
    #[arg(long)]
    overwrite: bool,
    /// Prints one JSON object a video instead of sentences.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Codec {
    Mp4v,
    H264,
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

/// Returns whether all videos were labelled.
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
    let options = options(&arguments);
    let mut all_good = true;
    let videos = examples::collect(&arguments.videos, &arguments.videotype)?;
    results.check_videos(&videos)?;
    for video in &videos {
        match results.create_labeled_video(video, &options) {
            Ok(labeled) if arguments.json => say!(
                "{}",
                with_paths(
                    [("video", video.as_path()), ("labeled", &labeled.path)],
                    json!({
                        "already_created": labeled.already_created,
                        "frame_count": labeled.frame_count,
                        "missing_frames": labeled.missing_frames,
                        "of_another_file": labeled.of_another_file,
                    }),
                )
            )?,
            Ok(labeled) if labeled.already_created => {
                say!("{}: already labelled", labeled.path.display())?;
                say!("  --overwrite labels it again")?;
            }
            Ok(labeled) => {
                say!("{}: {} frames", labeled.path.display(), labeled.frame_count)?;
                if labeled.of_another_file {
                    say!("  the poses are of another file than {}", video.display())?;
                }
                let missing = labeled.missing_frames.len();
                if missing > 0 {
                    say!("  {missing} of them could not be decoded")?;
                }
            }
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

fn options(arguments: &Arguments) -> LabeledVideoOptions {
    let bodyparts = arguments.bodyparts.as_ref();
    LabeledVideoOptions {
        filtered: arguments.filtered,
        pcutoff: arguments.pcutoff,
        draw_skeleton: arguments.draw_skeleton,
        trailpoints: arguments.trailpoints,
        displayedbodyparts: bodyparts
            .map(|names| names.iter().map(|n| n.as_str().into()).collect()),
        displaycropped: arguments.displaycropped,
        codec: match arguments.codec {
            Codec::Mp4v => VideoCodec::Mp4v,
            Codec::H264 => VideoCodec::H264,
        },
        outputframerate: arguments.outputframerate,
        allow_unequal_counts: arguments.allow_unequal_counts,
        save_frames: arguments.save_frames.clone(),
    }
}
