use std::{
    io::{Read as _, Write},
    path::{Path, PathBuf},
};

use dlc_io::{
    atomic::{FileKind, OutputGuard, WriteFileError},
    labeled_video::Labeler,
    provenance::{Input, Provenance},
    regular_file,
    session_report::{BodypartSummary, SessionReport, VideoSection},
    video::{self, FrameSelection},
};
use dlc_model::{ConfigFieldError, Crop, Frame, FrameTimes, OptionError};

use super::{labeled_video::percent, plot_trajectories::PLOT_FIELDS};
use crate::{
    Results,
    analysis::SameResultsError,
    results::{
        CreateLabeledVideoError, LabeledVideoOptions, PlotTrajectoriesError,
        PlotTrajectoriesOptions, ReadResultsError, beside, poses_input,
    },
};

/// What a report of a session shows.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionReportOptions {
    /// How frames are labelled. A labelled video that was made with the same `pcutoff` and
    /// `filtered` becomes part of the report; browsers show those of H.264 alone.
    pub labeled: LabeledVideoOptions,
    /// Which plots are drawn. `filtered` and `pcutoff` are those of [`labeled`](Self::labeled).
    pub plots: PlotTrajectoriesOptions,
    /// How many labelled frames of each video are shown, evenly spread.
    pub frames: usize,
    /// The largest labelled video that becomes part of the report, in bytes.
    pub max_video_bytes: u64,
}

impl Default for SessionReportOptions {
    fn default() -> Self {
        Self {
            labeled: LabeledVideoOptions::default(),
            plots: PlotTrajectoriesOptions::default(),
            frames: 4,
            max_video_bytes: 32 << 20,
        }
    }
}

/// The most frames of a video in a report.
const MOST_FRAMES: usize = 1000;

/// The most bytes of frames of a video that are in memory at once.
const MOST_FRAME_BYTES: usize = 1 << 30;

impl SessionReportOptions {
    /// Checks what can be known to mean nothing without a video.
    ///
    /// # Errors
    ///
    /// Returns an error when a number is out of its range.
    pub fn check(&self) -> Result<(), OptionError> {
        self.labeled.check()?;
        self.plots.check()?;
        OptionError::count("frames", self.frames, 0..=MOST_FRAMES)
    }
}

impl Results {
    /// Writes one HTML file with all that there is to see of a session: how sure the network was,
    /// labelled frames, plots, and labelled videos where they were made of these poses.
    ///
    /// # Errors
    ///
    /// Returns an error when two videos share their results, when a video was not analysed or cannot be
    /// decoded, when it has more or fewer frames than rows of poses, when `config.yaml` names
    /// an unknown colour, or when the file cannot be written.
    pub fn write_session_report<V: AsRef<Path>>(
        &self,
        path: impl AsRef<Path>,
        videos: impl IntoIterator<Item = V>,
        options: &SessionReportOptions,
    ) -> Result<(), SessionReportError> {
        let videos: Vec<V> = videos.into_iter().collect();
        let guard = self.check_report(path.as_ref(), &videos, options)?;
        let sections = videos.iter();
        let sections = sections.map(|video| self.section(video.as_ref(), options));
        let report = SessionReport {
            title: self.scorer().to_string(),
            videos: sections.collect::<Result<_, _>>()?,
        };
        guard.write(path, |file| file.write_all(report.html().as_bytes()))?;
        Ok(())
    }

    /// Checks what can be known before any work on a report.
    ///
    /// # Errors
    ///
    /// Returns an error when an option cannot mean anything, or when the report may not replace
    /// what is at its path.
    pub fn check_session_report<V: AsRef<Path>>(
        &self,
        path: impl AsRef<Path>,
        videos: &[V],
        options: &SessionReportOptions,
    ) -> Result<(), SessionReportError> {
        self.check_report(path.as_ref(), videos, options).map(drop)
    }

    fn check_report<V: AsRef<Path>>(
        &self,
        path: &Path,
        videos: &[V],
        options: &SessionReportOptions,
    ) -> Result<OutputGuard, SessionReportError> {
        options.check()?;
        self.check_label_config(&options.labeled)?;
        self.check(options.labeled.pcutoff, &PLOT_FIELDS)?;
        self.check_videos(videos)?;
        let mut guard = self.replaceable().with_input(self.project().config_path());
        for video in videos.iter().map(AsRef::as_ref) {
            guard = guard.with_video(video);
            // `section` reports a video without results.
            if let Ok(h5) = self.find(video, options.labeled.filtered) {
                guard = guard.with_input(h5);
            }
        }
        guard.check(path, FileKind::Html)?;
        Ok(guard)
    }

    fn section(
        &self,
        path: &Path,
        options: &SessionReportOptions,
    ) -> Result<VideoSection, SessionReportError> {
        let labeled = &options.labeled;
        let config = self.project().config();
        let pcutoff = labeled.pcutoff.unwrap_or(config.pcutoff);
        let analyzed = self.analyzed(path, labeled.filtered)?;
        let poses = &analyzed.predictions.poses;
        let plots = PlotTrajectoriesOptions {
            filtered: labeled.filtered,
            pcutoff: Some(pcutoff),
            ..options.plots.clone()
        };
        let probe = video::probe(path).map_err(CreateLabeledVideoError::Open)?;
        let (info, times) = (probe.info, probe.frame_times());
        let crop = self.crop_of(path, info)?;
        let labeler = self.labeler(path, info.frame_count, crop, pcutoff, labeled)?;
        let most = MOST_FRAME_BYTES / (3 * info.width * info.height).max(1);
        let indices = spread(options.frames.min(most.max(1)), info.frame_count);
        let shown = shown(
            path,
            &indices,
            &labeler,
            labeled.displaycropped.then_some(crop),
        )?;
        let made = beside(
            &analyzed.path,
            &format!("_p{}_labeled.mp4", percent(pcutoff)),
        );
        let is_old = is_of_others(&made, path, &analyzed.path)?;
        let mut facts = vec![
            ("scorer", analyzed.predictions.scorer.clone()),
            ("poses", file_name(&analyzed.path)),
            ("rows", poses.len().to_string()),
            ("frames", info.frame_count.to_string()),
            ("size", format!("{} x {} px", info.width, info.height)),
            ("frames per second", rate(times.as_ref())),
            ("duration", duration(times.as_ref(), info.frame_count)),
            ("pcutoff", pcutoff.to_string()),
        ];
        if is_old {
            let text = "left out: made of other poses, or of another video";
            facts.push(("labelled video", text.into()));
        }
        let uneven = times.clone().filter(|times| !times.is_even());
        let figures = self.figures(poses, &plots, uneven)?;
        Ok(VideoSection {
            name: file_name(path),
            facts: facts
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
            bodyparts: BodypartSummary::of(poses, pcutoff),
            frames: shown,
            frame_times: times,
            figures: figures.map(|(name, figure)| (name.into(), figure)).into(),
            labeled_video: match is_old {
                true => None,
                false => small_file(&made, options.max_video_bytes),
            },
        })
    }
}

/// Returns the frames of a video with their dots: each of those asked for, or the next one that can be
/// decoded.
fn shown(
    path: &Path,
    indices: &[usize],
    labeler: &Labeler,
    crop: Option<Crop>,
) -> Result<Vec<Frame<'static>>, CreateLabeledVideoError> {
    let mut shown = Vec::new();
    for &index in indices {
        let selection = FrameSelection::default().with_start(index);
        let mut frames = video::open_selection(path, selection)?;
        if let Some(frame) = frames.next_frame()? {
            let part = crop.map(|crop| frame.crop(crop));
            shown.push(labeler.draw(&part.unwrap_or(frame)));
        }
    }
    Ok(shown)
}

/// Returns how many frames are shown a second, and whether they are uneven.
fn rate(times: Option<&FrameTimes>) -> String {
    let Some(times) = times else {
        return "unknown".into();
    };
    let fps = format!("{:.3}", times.mean_fps());
    if times.is_even() {
        return fps;
    }
    let [least, most] = times.steps_s().map(|step_s| 1000.0 * step_s);
    format!("{fps} on average: the frames are uneven, {least:.1} to {most:.1} ms apart")
}

/// Returns how long a video is: until the end of its last frame.
fn duration(times: Option<&FrameTimes>, frame_count: usize) -> String {
    let duration_s = times.map(|times| times.time_s(frame_count));
    duration_s.map_or("unknown".into(), |duration_s| format!("{duration_s:.3} s"))
}

/// Returns whether a labelled video shows other poses than these, or another video. One without a record
/// is taken for theirs.
fn is_of_others(labeled: &Path, video: &Path, h5: &Path) -> Result<bool, ReadResultsError> {
    let frames = Input::of_video(video).map_err(|source| ReadResultsError::Fingerprint {
        path: video.into(),
        source,
    })?;
    let wanted = Provenance::now()
        .with_input("video", frames)
        .with_input("poses", poses_input(h5)?);
    let record = Provenance::path_beside(labeled);
    Ok(match Provenance::read(&record) {
        Ok(there) => !there.differences_of_inputs(&wanted).is_empty(),
        Err(_) => record.exists(),
    })
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Returns the bytes of a file that is there and not too large.
fn small_file(path: &PathBuf, max_bytes: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = regular_file::open(path).ok()?;
    let most = max_bytes.saturating_add(1);
    file.take(most).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= max_bytes).then_some(bytes)
}

/// Returns `count` of `frames` indices: the middle of as many equal parts.
fn spread(count: usize, frames: usize) -> Vec<usize> {
    let count = count.min(frames);
    (0..count)
        .map(|place| (2 * place + 1) * frames / (2 * count))
        .collect()
}

/// An error returned when [`Results::write_session_report`] fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionReportError {
    /// The poses in a video cannot be had.
    #[error(transparent)]
    Results(#[from] ReadResultsError),
    /// Two videos would have the same results.
    #[error(transparent)]
    SameResults(#[from] SameResultsError),
    /// Frames cannot be read or labelled.
    #[error(transparent)]
    Frames(#[from] CreateLabeledVideoError),
    /// A field of `config.yaml` is wrong.
    #[error("cannot use config.yaml")]
    Config(#[from] ConfigFieldError),
    /// The plots cannot be drawn.
    #[error(transparent)]
    Plots(#[from] PlotTrajectoriesError),
    /// An option cannot mean anything.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteFileError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uneven_frames_are_said_to_be_so() {
        let even = FrameTimes::Even { fps: 25.0 };
        assert_eq!(rate(Some(&even)), "25.000");
        assert_eq!(duration(Some(&even), 50), "2.000 s");

        let uneven = FrameTimes::Uneven {
            times_s: vec![0.0, 0.04, 0.58, 0.66],
        };
        let text = rate(Some(&uneven));
        assert!(text.contains("uneven, 40.0 to 540.0 ms"), "{text}");
        assert_eq!(duration(Some(&uneven), 4), "0.740 s");
        assert_eq!(rate(None), "unknown");
    }

    #[test]
    fn frames_are_spread_evenly() {
        assert_eq!(spread(4, 100), [12, 37, 62, 87]);
        assert_eq!(spread(4, 2), [0, 1]);
        assert!(spread(4, 0).is_empty() && spread(0, 9).is_empty());
    }
}
