use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use dlc_model::{FrameTimes, PoseTable, Timestamp, UtcOffset};

use super::{SessionError, SessionErrorKind as Kind, SessionFolder, SessionVideo, Version};
use crate::{
    Limits, Predictions,
    file_names::same,
    h5,
    metadata::{MetadataFile, Recording},
};

/// The keypoints of all videos of a session, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    scorer: String,
    version: Version,
    poses: PoseTable,
    videos: Vec<VideoRows>,
}

/// Which rows of a [`Session`] are of a video, and when its frames were taken.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoRows {
    /// The stem of the video.
    pub stem: String,
    /// The rows; the first one is frame 0 of the video.
    pub rows: Range<usize>,
    /// The moment of frame 0, where it was noted.
    pub start: Option<Timestamp>,
    /// When its frames were taken from its start on, where a frame rate or their times were noted.
    pub times: Option<FrameTimes>,
}

/// How to read a session: see [`SessionFolder::read_with`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadSession {
    assumed: Option<UtcOffset>,
    limits: Limits,
    allow_unequal_counts: bool,
}

impl ReadSession {
    /// Assumes an offset from UTC where a `Start Timestamp` names none.
    #[must_use]
    pub fn with_assumed_offset(mut self, offset: UtcOffset) -> Self {
        self.assumed = Some(offset);
        self
    }

    /// Sets how much of the files to believe.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Goes on where predictions have more or fewer rows than their metadata say frames.
    #[must_use]
    pub fn with_allow_unequal_counts(mut self, allow: bool) -> Self {
        self.allow_unequal_counts = allow;
        self
    }
}

impl SessionFolder {
    /// Reads the videos, one after the other.
    ///
    /// # Errors
    ///
    /// As [`Self::read_with`].
    pub fn read(&self) -> Result<Session, SessionError> {
        self.read_with(&ReadSession::default())
    }

    /// Reads the videos, one after the other.
    ///
    /// # Errors
    ///
    /// Returns an error as [`Self::videos`] does, and when a file cannot be read; when a video has
    /// other body parts than the first, or another scorer inside than in its name; when metadata
    /// and predictions disagree on the number of frames, unless that is allowed, or on when a video
    /// began; when a frame rate or times of frames are none; when a
    /// `Start Timestamp` names no offset from UTC and none is assumed; when a video began before
    /// the one that comes before it.
    pub fn read_with(&self, options: &ReadSession) -> Result<Session, SessionError> {
        let videos = self.videos_within(&options.limits)?;
        self.join(&videos, options)
            .map_err(|kind| SessionError::new(&self.path, kind))
    }

    fn join(&self, videos: &[SessionVideo], options: &ReadSession) -> Result<Session, Kind> {
        let mut session: Option<Session> = None;
        for video in videos {
            let file = h5::Reader::new(&video.h5).with_limits(options.limits);
            let read = file.predictions().map_err(Kind::Poses)?;
            let facts = Facts::read(video, options)?;
            if !options.allow_unequal_counts {
                facts.check_counts(video, &read)?;
            }
            let session = session.get_or_insert_with(|| Session {
                scorer: read.scorer.clone(),
                version: self.version,
                poses: PoseTable::with_outputs(
                    read.poses.bodyparts().clone(),
                    read.poses.num_outputs(),
                ),
                videos: Vec::new(),
            });
            session.append(video, &read, &facts)?;
        }
        session.ok_or(Kind::NoPredictions {
            version: self.version.name(),
            left_out: Vec::new(),
        })
    }
}

/// What is known of a video beside its keypoints.
struct Facts {
    start: Option<Timestamp>,
    times: Option<FrameTimes>,
    /// The number of frames that each file with metadata says.
    frame_counts: Vec<(PathBuf, usize)>,
}

impl Facts {
    fn read(video: &SessionVideo, options: &ReadSession) -> Result<Self, Kind> {
        let mut facts = Self {
            start: None,
            times: None,
            frame_counts: Vec::new(),
        };
        for path in &video.metadata {
            let meta = MetadataFile::read(path, &options.limits).map_err(Kind::Metadata)?;
            let start = meta.start_timestamp(options.assumed);
            facts.add_start(start.map_err(Kind::Metadata)?, video)?;
            // A folder of pictures has no rate.
            let fps = meta.fps().filter(|fps| !fps.is_nan());
            let times = fps.map(|fps| FrameTimes::Even { fps });
            facts.times = facts.times.or(times);
            let frames = meta.frame_count();
            facts
                .frame_counts
                .extend(frames.map(|frames| (path.clone(), frames)));
        }
        if let Some(path) = &video.recording {
            let recording = Recording::read(path, &options.limits).map_err(Kind::Metadata)?;
            facts.add_start(Some(recording.start_timestamp), video)?;
            // The frames' own times are more than the rate in the metadata of DeepLabCut.
            let times = recording.frame_times();
            let is_noted = !matches!(times, FrameTimes::Even { fps } if fps.is_nan());
            facts.times = is_noted.then_some(times).or(facts.times);
            facts
                .frame_counts
                .push((path.clone(), recording.frame_count));
        }
        facts.check_times(video)?;
        Ok(facts)
    }

    fn check_times(&self, video: &SessionVideo) -> Result<(), Kind> {
        let stem = || video.stem.clone();
        match &self.times {
            Some(FrameTimes::Even { fps }) if !(fps.is_finite() && *fps > 0.0) => Err(Kind::Fps {
                stem: stem(),
                fps: *fps,
            }),
            Some(FrameTimes::Uneven { times_s }) => match wrong_time(times_s) {
                Some(frame) => Err(Kind::FrameTime {
                    stem: stem(),
                    frame,
                    found: times_s[frame],
                }),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn add_start(&mut self, start: Option<Timestamp>, video: &SessionVideo) -> Result<(), Kind> {
        match (self.start, start) {
            (Some(first), Some(second)) if first.unix_ns() != second.unix_ns() => {
                Err(Kind::Starts {
                    stem: video.stem.clone(),
                    first,
                    second,
                })
            }
            _ => {
                self.start = self.start.or(start);
                Ok(())
            }
        }
    }

    fn check_counts(&self, video: &SessionVideo, read: &Predictions) -> Result<(), Kind> {
        let found = read.poses.len();
        let times = match (&self.times, &video.recording) {
            (Some(FrameTimes::Uneven { times_s }), Some(path)) => Some((path, times_s.len())),
            _ => None,
        };
        let counts = self
            .frame_counts
            .iter()
            .map(|(path, frames)| (path, *frames));
        match counts.chain(times).find(|(_, frames)| *frames != found) {
            Some((path, expected)) => Err(Kind::FrameCount {
                file: file_name(&video.h5),
                metadata: file_name(path),
                expected,
                found,
            }),
            None => Ok(()),
        }
    }
}

/// Returns the first frame whose time is not finite, or earlier than that of the one before. The first
/// frame is taken at 0.
fn wrong_time(times_s: &[f64]) -> Option<usize> {
    let mut before = 0.0;
    times_s.iter().enumerate().position(|(frame, &time_s)| {
        let wrong = !time_s.is_finite() || time_s < before || (frame == 0 && time_s != 0.0);
        before = time_s;
        wrong
    })
}

impl Session {
    fn append(
        &mut self,
        video: &SessionVideo,
        read: &Predictions,
        facts: &Facts,
    ) -> Result<(), Kind> {
        let file = || file_name(&video.h5);
        if !same(&read.scorer, &video.scorer) {
            return Err(Kind::Scorer {
                file: file(),
                expected: video.scorer.clone(),
                found: read.scorer.clone(),
            });
        }
        let same_parts = read.poses.bodyparts() == self.poses.bodyparts();
        if !same_parts || read.poses.num_outputs() != self.poses.num_outputs() {
            return Err(Kind::Bodyparts {
                file: file(),
                expected: names(&self.poses),
                found: names(&read.poses),
            });
        }
        let previous = self.videos.iter().rev().find_map(|video| video.start);
        if let (Some(previous), Some(start)) = (previous, facts.start)
            && start.unix_ns() < previous.unix_ns()
        {
            return Err(Kind::Order {
                stem: video.stem.clone(),
                start,
                previous,
            });
        }
        let first = self.poses.len();
        self.poses.reserve(read.poses.len());
        for row in read.poses.rows() {
            self.poses.push(row.iter().copied());
        }
        self.videos.push(VideoRows {
            stem: video.stem.clone(),
            rows: first..self.poses.len(),
            start: facts.start,
            times: facts.times.clone(),
        });
        Ok(())
    }

    /// Returns the scorer name.
    pub fn scorer(&self) -> &str {
        &self.scorer
    }

    /// Returns whether the keypoints are as the network gave them.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns the keypoints of all videos, one after the other.
    pub fn poses(&self) -> &PoseTable {
        &self.poses
    }

    /// Returns which rows are of which video, in order.
    pub fn videos(&self) -> &[VideoRows] {
        &self.videos
    }

    /// Returns the place of the video, and the frame in it, that a row belongs to.
    pub fn frame_of(&self, row: usize) -> Option<(usize, usize)> {
        let video = self.videos.partition_point(|video| video.rows.end <= row);
        let first = self.videos.get(video)?.rows.start;
        Some((video, row - first))
    }

    /// Returns the moment of each row in s since 1970, or `None` when start or frame rate of a
    /// video were not noted: the start of its video, and its frame's time. Pauses between videos
    /// stay pauses.
    pub fn times_unix_s(&self) -> Option<Vec<f64>> {
        self.times_since(|start| start.unix_s())
    }

    /// Returns the time of each row in s since the first, or `None` as [`Self::times_unix_s`].
    /// Nothing is lost to the rounding of large numbers.
    pub fn times_s(&self) -> Option<Vec<f64>> {
        let zero = self.videos.first()?.start?;
        self.times_since(|start| start.seconds_since(zero))
    }

    fn times_since(&self, seconds: impl Fn(Timestamp) -> f64) -> Option<Vec<f64>> {
        let mut times = Vec::with_capacity(self.poses.len());
        for video in &self.videos {
            let start = seconds(video.start?);
            let frames = video.times.as_ref()?.times_s(video.rows.len());
            times.extend(frames.map(|time_s| start + time_s));
        }
        Some(times)
    }
}

fn names(poses: &PoseTable) -> Vec<String> {
    poses.bodyparts().iter().map(ToString::to_string).collect()
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
