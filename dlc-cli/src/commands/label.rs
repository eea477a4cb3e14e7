use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use dlc::{
    io::video::VideoCodec,
    results::{LabeledVideo, LabeledVideoOptions},
};
use serde_json::json;

use super::each;
use crate::{
    arguments::{Again, ResultsOf},
    json::with_paths,
    progress::Bar,
    voice::{Reply, Voice},
};

/// Draws the poses of analysed videos into copies of them. Needs ffmpeg.
///
/// The frames equal those of `deeplabcut.create_labeled_video(config, videos)` pixel by pixel, before they
/// are compressed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  \
    dlc-rs label PROJECT/config.yaml videos/ --trailpoints 10 --draw-skeleton --codec h264")]
pub(crate) struct Arguments {
    #[command(flatten)]
    results: ResultsOf,
    #[command(flatten)]
    again: Again,
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
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Codec {
    Mp4v,
    H264,
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let (results, videos) = arguments.results.open(voice)?;
    let results = results.with_overwrite(arguments.again.overwrite);
    let options = arguments.options();
    options.check()?;
    let bar = Bar::new(voice);
    each(voice, &videos, |video| {
        let labeled =
            results.create_labeled_video_with(video, &options, |progress| bar.show(progress));
        bar.clear();
        Ok(reply(video, &labeled?))
    })
}

fn reply(video: &Path, labeled: &LabeledVideo) -> Reply {
    let path = labeled.path.display();
    let mut lines = Vec::new();
    if labeled.already_created {
        lines.push(format!("{path}: already labelled"));
        lines.push("  --overwrite labels it again".into());
    } else {
        lines.push(format!("{path}: {} frames", labeled.frame_count));
        if labeled.of_another_file {
            let video = video.display();
            lines.push(format!("  the poses are of another file than {video}"));
        }
        let missing = labeled.missing_frames.len();
        if missing > 0 {
            lines.push(format!("  {missing} of them could not be decoded"));
        }
    }
    let object = with_paths(
        [("video", video), ("labeled", &labeled.path)],
        json!({
            "already_created": labeled.already_created,
            "frame_count": labeled.frame_count,
            "missing_frames": labeled.missing_frames,
            "of_another_file": labeled.of_another_file,
        }),
    );
    Reply { lines, object }
}

impl Arguments {
    fn options(&self) -> LabeledVideoOptions {
        let bodyparts = self.bodyparts.as_ref();
        LabeledVideoOptions {
            filtered: self.filtered,
            pcutoff: self.pcutoff,
            draw_skeleton: self.draw_skeleton,
            trailpoints: self.trailpoints,
            displayedbodyparts: bodyparts
                .map(|names| names.iter().map(|n| n.as_str().into()).collect()),
            displaycropped: self.displaycropped,
            codec: match self.codec {
                Codec::Mp4v => VideoCodec::Mp4v,
                Codec::H264 => VideoCodec::H264,
            },
            outputframerate: self.outputframerate,
            allow_unequal_counts: self.allow_unequal_counts,
            save_frames: self.save_frames.clone(),
        }
    }
}
