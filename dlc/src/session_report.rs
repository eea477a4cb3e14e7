use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use dlc_io::{
    atomic::{self, WriteFileError},
    color::ParseColormapError,
    provenance::{Input, Provenance},
    session_report::{BodypartSummary, SessionReport, VideoSection},
    video::{self, FrameSelection},
};

use crate::{
    CreateLabeledVideoError, LabeledVideoOptions, PlotTrajectoriesOptions, ReadResultsError,
    Results, SameResultsError,
    labeled_video::percent,
    results::{beside, poses_input},
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

impl Results {
    /// Writes one HTML file with all that there is to see of a session: how sure the network was,
    /// labelled frames, plots, and labelled videos where they were made of these poses.
    ///
    /// # Errors
    ///
    /// Returns an error when two videos share their results, when a video was not analysed or cannot be decoded, when `config.yaml` names
    /// an unknown colour, or when the file cannot be written.
    pub fn write_session_report<V: AsRef<Path>>(
        &self,
        path: impl AsRef<Path>,
        videos: impl IntoIterator<Item = V>,
        options: &SessionReportOptions,
    ) -> Result<(), SessionReportError> {
        let videos: Vec<V> = videos.into_iter().collect();
        self.check_videos(&videos)?;
        let sections = videos
            .iter()
            .map(|video| self.section(video.as_ref(), options));
        let report = SessionReport {
            title: self.scorer().to_string(),
            videos: sections.collect::<Result<_, _>>()?,
        };
        atomic::write(path, |file| file.write_all(report.html().as_bytes()))?;
        Ok(())
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
        let info = video::open(path)
            .map_err(CreateLabeledVideoError::Open)?
            .info();
        let crop = self.crop_of(path, info)?;
        let labeler = self.labeler(path, crop, pcutoff, labeled)?;
        let mut shown = Vec::new();
        for index in spread(options.frames, info.frame_count) {
            // The frame itself, or the next one that can be decoded.
            let selection = FrameSelection::default().with_start(index);
            let mut frames =
                video::open_selection(path, selection).map_err(CreateLabeledVideoError::Open)?;
            let frame = frames.next_frame();
            if let Some(frame) = frame.map_err(CreateLabeledVideoError::Decode)? {
                let frame = match labeled.displaycropped {
                    true => frame.crop(crop),
                    false => frame,
                };
                shown.push(labeler.draw(&frame));
            }
        }
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
            ("frames per second", format!("{:.3}", info.fps)),
            ("pcutoff", pcutoff.to_string()),
        ];
        if is_old {
            let text = "left out: made of other poses, or of another video";
            facts.push(("labelled video", text.into()));
        }
        let figures = self.figures(poses, &plots)?;
        Ok(VideoSection {
            name: file_name(path),
            facts: facts
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
            bodyparts: BodypartSummary::of(poses, pcutoff),
            frames: shown,
            figures: figures.map(|(name, figure)| (name.into(), figure)).into(),
            labeled_video: match is_old {
                true => None,
                false => small_file(&made, options.max_video_bytes),
            },
        })
    }
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
    let len = fs::metadata(path).ok()?.len();
    (len <= max_bytes).then(|| fs::read(path).ok()).flatten()
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
    /// `config.yaml` names an unknown colour map.
    #[error("invalid `colormap` in config.yaml")]
    Colormap(#[from] ParseColormapError),
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteFileError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_spread_evenly() {
        assert_eq!(spread(4, 100), [12, 37, 62, 87]);
        assert_eq!(spread(4, 2), [0, 1]);
        assert!(spread(4, 0).is_empty() && spread(0, 9).is_empty());
    }
}
