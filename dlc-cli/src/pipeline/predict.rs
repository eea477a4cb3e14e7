use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use dlc::{
    model::UtcOffset,
    pipeline::{PredictSessionOptions, PredictedVideo, StartSource, predict_session},
    schema::{FoundBy, name::RepositoryName},
};
use serde_json::json;

use super::store::{Place, parse_repository, parse_starts, repositories};
use crate::{
    arguments::Again,
    json::with_paths,
    voice::{Reply, Voice},
};

/// Runs a registered model on the videos of one session, into its folder dlc_{basename}.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  \
    dlc-rs predict 94557_camera.avi --model mouse --tif 94557_00001.tif --utc-offset +02:00")]
pub(crate) struct Arguments {
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
    #[command(flatten)]
    again: Again,
    #[command(flatten)]
    store: Place,
    /// Where a repository is on this machine, if not where the store says.
    #[arg(long, value_name = "NAME=PATH", value_parser = parse_repository)]
    repository: Vec<(RepositoryName, PathBuf)>,
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let starts = parse_starts(&arguments.start, arguments.utc_offset)?;
    let store = arguments.store.read()?;
    let here = repositories(arguments.repository);
    let mut options = PredictSessionOptions::default().with_repositories(here);
    options.analyze.overwrite = arguments.again.overwrite;
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
    voice.say(format_args!(
        "model {} (found by {found_by})",
        session.model
    ))?;
    for video in &session.videos {
        video
            .report
            .warnings()
            .iter()
            .for_each(|warning| voice.warn(warning));
        voice.reply(&reply(video))?;
    }
    voice.reply(&Reply {
        lines: vec![session.folder.display().to_string()],
        object: with_paths(
            [("folder", session.folder.as_path())],
            json!({ "model": session.model.as_str(), "found_by": found_by }),
        ),
    })?;
    Ok(true)
}

fn reply(predicted: &PredictedVideo) -> Reply {
    let report = &predicted.report;
    let (word, source) = match predicted.start_source {
        StartSource::Argument => ("argument", "as told"),
        StartSource::Tif => ("tif", "as the microscope tells"),
        StartSource::Video => ("video", "as the video tells"),
    };
    let already = match report.already_analyzed {
        true => ", already analysed",
        false => "",
    };
    let (video, h5) = (&predicted.video, &report.outputs.h5);
    Reply {
        lines: vec![
            format!(
                "{}: {} frames{already}",
                video.display(),
                report.frame_count
            ),
            format!("  began at {} ({source})", predicted.start),
            format!("  {}", h5.display()),
        ],
        object: with_paths(
            [("video", video.as_path()), ("h5", h5)],
            json!({
                "frame_count": report.frame_count,
                "already_analyzed": report.already_analyzed,
                "start": predicted.start.to_string(),
                "start_source": word,
            }),
        ),
    }
}
