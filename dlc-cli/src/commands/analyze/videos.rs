use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use dlc::{
    Analyzer,
    analysis::{VideoReport, check_videos},
    io::{h5, picture, video},
    model::Frame,
};
use serde_json::{Value, json};

use super::Arguments;
use crate::{
    commands::each,
    json::with_paths,
    progress::Bar,
    voice::{Reply, Voice},
};

pub(super) fn run(arguments: &Arguments, voice: Voice) -> Result<bool> {
    let videos = arguments.videos.collect(voice)?;
    check_videos(&videos, arguments.out.as_deref())?;
    let bar = Bar::new(voice);
    let options = arguments.options();
    let options = options.with_progress(|progress| bar.show(progress));
    let mut analyzer = arguments.model.open(&arguments.config, options)?;
    each(voice, &videos, |video| {
        let report = analyze(&mut analyzer, video, &bar, voice)?;
        let png = (arguments.picture && !report.already_analyzed)
            .then(|| draw(video, &report))
            .transpose()?;
        Ok(reply(video, &report, png.as_deref()))
    })
}

fn analyze(
    analyzer: &mut Analyzer<'_>,
    video: &Path,
    bar: &Bar,
    voice: Voice,
) -> Result<VideoReport> {
    let report = analyzer.analyze(video);
    bar.clear();
    let report = report?;
    report
        .warnings()
        .iter()
        .for_each(|warning| voice.warn(warning));
    Ok(report)
}

/// Says how the analysis of a video went.
pub(crate) fn reply(video: &Path, report: &VideoReport, png: Option<&Path>) -> Reply {
    let outputs = &report.outputs;
    let paths = [
        ("video", video),
        ("h5", &outputs.h5),
        ("csv", &outputs.csv),
        ("meta", &outputs.meta),
    ];
    let paths = paths.into_iter().chain(png.map(|png| ("png", png)));
    let mut lines = match report.already_analyzed {
        true => lines_of_earlier(video, report),
        false => lines(video, report),
    };
    lines.extend(png.map(|png| format!("  {}", png.display())));
    Reply {
        lines,
        object: with_paths(paths, facts(report)),
    }
}

fn facts(report: &VideoReport) -> Value {
    let warnings: Vec<String> = report.warnings().iter().map(ToString::to_string).collect();
    json!({
        "scorer": report.scorer,
        "already_analyzed": report.already_analyzed,
        "without_record": report.without_record,
        "crop": report.crop.map(|crop| [crop.x_min, crop.x_max, crop.y_min, crop.y_max]),
        "frame_count": report.frame_count,
        "missing_frames": report.missing_frames,
        "frames_without_animal": report.frames_without_animal,
        "mean_likelihood": report.mean_likelihood,
        "device": report.device,
        "duration_secs": report.duration.as_secs_f64(),
        "warnings": warnings,
    })
}

fn lines_of_earlier(video: &Path, report: &VideoReport) -> Vec<String> {
    let (video, h5) = (video.display(), report.outputs.h5.display());
    let mut lines = vec![format!("{video}: already analysed ({h5})")];
    if report.without_record {
        lines.push("  by DeepLabCut, or by a version that kept no record of how".into());
    }
    lines.push(format!(
        "  {} frames, mean likelihood {:.3}",
        report.frame_count, report.mean_likelihood
    ));
    lines.push("  --overwrite analyses it again".into());
    lines
}

fn lines(video: &Path, report: &VideoReport) -> Vec<String> {
    let seconds = report.duration.as_secs_f64();
    let mut lines = vec![
        format!(
            "{}: {} frames in {seconds:.1} s ({:.1} frames/s) on {}",
            video.display(),
            report.frame_count,
            report.frame_count as f64 / seconds,
            report.device
        ),
        format!("  scorer {}", report.scorer),
        format!("  mean likelihood {:.3}", report.mean_likelihood),
    ];
    if !report.frames_without_animal.is_empty() {
        lines.push(format!(
            "  {} frames show no animal: {}",
            report.frames_without_animal.len(),
            ranges(&report.frames_without_animal)
        ));
    }
    if !report.missing_frames.is_empty() {
        lines.push(format!(
            "  {} frames could not be decoded, their rows are NaN: {}",
            report.missing_frames.len(),
            ranges(&report.missing_frames)
        ));
    }
    let outputs = &report.outputs;
    let files = [&outputs.h5, &outputs.csv, &outputs.meta];
    lines.extend(files.map(|path| format!("  {}", path.display())));
    lines
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
pub(crate) fn draw(path: &Path, report: &VideoReport) -> Result<PathBuf> {
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
