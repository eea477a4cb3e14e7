use std::ops::Range;

use dlc_model::{PoseTable, Timestamp, UtcOffset};

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
    /// Frames per second, where they were noted.
    pub fps: Option<f64>,
}

/// How to read a session: see [`SessionFolder::read_with`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadSession {
    assumed: Option<UtcOffset>,
    limits: Limits,
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
    /// and predictions disagree on the number of frames, or on when a video began; when a
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
            facts.check(video, &read)?;
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
    fps: Option<f64>,
    frame_count: Option<usize>,
}

impl Facts {
    fn read(video: &SessionVideo, options: &ReadSession) -> Result<Self, Kind> {
        let mut facts = Self {
            start: None,
            fps: None,
            frame_count: None,
        };
        for path in &video.metadata {
            let meta = MetadataFile::read(path, &options.limits).map_err(Kind::Metadata)?;
            let start = meta.start_timestamp(options.assumed);
            facts.add_start(start.map_err(Kind::Metadata)?, video)?;
            facts.fps = facts.fps.or(meta.fps());
            facts.frame_count = facts.frame_count.or(meta.frame_count());
        }
        if let Some(path) = &video.recording {
            let recording = Recording::read(path, &options.limits).map_err(Kind::Metadata)?;
            facts.add_start(Some(recording.start_timestamp), video)?;
            facts.fps = facts.fps.or(Some(recording.fps));
            facts.frame_count = facts.frame_count.or(Some(recording.frame_count));
        }
        match facts.fps.filter(|fps| !(fps.is_finite() && *fps > 0.0)) {
            Some(fps) => Err(Kind::Fps {
                stem: video.stem.clone(),
                fps,
            }),
            None => Ok(facts),
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

    fn check(&self, video: &SessionVideo, read: &Predictions) -> Result<(), Kind> {
        let found = read.poses.len();
        match self.frame_count.filter(|&expected| expected != found) {
            Some(expected) => Err(Kind::FrameCount {
                file: file_name(video),
                expected,
                found,
            }),
            None => Ok(()),
        }
    }
}

impl Session {
    fn append(
        &mut self,
        video: &SessionVideo,
        read: &Predictions,
        facts: &Facts,
    ) -> Result<(), Kind> {
        let file = || file_name(video);
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
            fps: facts.fps,
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
    /// video were not noted: the start of its video, and its frame by the frame rate. Pauses
    /// between videos stay pauses.
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
            let (start, fps) = (seconds(video.start?), video.fps?);
            times.extend((0..video.rows.len()).map(|frame| start + frame as f64 / fps));
        }
        Some(times)
    }
}

fn names(poses: &PoseTable) -> Vec<String> {
    poses.bodyparts().iter().map(ToString::to_string).collect()
}

fn file_name(video: &SessionVideo) -> String {
    let name = video.h5.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
