use std::{
    error::Error,
    fs,
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use dlc_io::{
    Limits, UnequalCountsError,
    atomic::{FileKind, OutputGuard},
    check_counts,
    color::{Color, Colormap, ParseColorError, ParseColormapError},
    labeled_video::{LabelOptions, Labeler},
    pickle::{self, Value},
    picture,
    provenance::{Input, Provenance},
    regular_file,
    video::{self, OpenVideoError, VideoCodec, VideoWriter, WriteVideoError},
};
use dlc_model::{
    Bodypart, ConfigFieldError, Crop, CropError, Frame, FrameSource, OptionError, ReadFrameError,
    VideoInfo,
};

use crate::{
    Results,
    analysis::{Progress, ResultDiffersError, analyzer::provenance::crop_text},
    results::{
        ReadResultsError, State, analyze_skeleton::skeleton_text, beside, is_of_another_file,
        poses_input, unrecorded,
    },
};

/// How a labelled video is made, under DeepLabCut's names.
///
/// # Examples
///
/// ```
/// use dlc::results::LabeledVideoOptions;
///
/// let options = LabeledVideoOptions {
///     draw_skeleton: true,
///     trailpoints: 10,
///     ..LabeledVideoOptions::default()
/// };
/// assert_eq!(options.pcutoff, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabeledVideoOptions {
    /// Whether the filtered poses are drawn.
    pub filtered: bool,
    /// Keypoints with a likelihood of this or less are not drawn; `None` is what `config.yaml` says.
    pub pcutoff: Option<f64>,
    /// Whether the skeleton of `config.yaml` is drawn, in its `skeleton_color`.
    pub draw_skeleton: bool,
    /// How many dots are drawn of a body part: those of the frames before, and its own.
    pub trailpoints: usize,
    /// The body parts that are drawn, or `None` for all.
    pub displayedbodyparts: Option<Vec<Bodypart>>,
    /// Whether the video shows only the part of the frames that was analysed.
    pub displaycropped: bool,
    /// How the video is compressed.
    pub codec: VideoCodec,
    /// Frames per second, or `None` for those of the video.
    pub outputframerate: Option<f64>,
    /// Whether to go on where the video has more or fewer frames than there are rows of poses.
    pub allow_unequal_counts: bool,
    /// A folder that also gets each frame as `file{index}.png`, as it is before it is compressed.
    pub save_frames: Option<PathBuf>,
}

/// What became of a labelled video.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LabeledVideo {
    /// The file: `{video}{scorer}_p{pcutoff in percent}_labeled.mp4`.
    pub path: PathBuf,
    /// Whether it was there already, as it is asked for, and nothing was done.
    pub already_created: bool,
    /// Frames in it.
    pub frame_count: usize,
    /// Indices of the frames that could not be decoded. The frame before them stands in their place,
    /// so that the video keeps its time.
    pub missing_frames: Vec<usize>,
    /// Whether another file was analysed than the video that is labelled, as the record of the poses
    /// tells. It may show the same, e.g., in another format.
    pub of_another_file: bool,
}

impl LabeledVideoOptions {
    /// Checks what can be known to mean nothing without a video.
    ///
    /// # Errors
    ///
    /// Returns an error when a number is out of its range.
    pub fn check(&self) -> Result<(), OptionError> {
        let likelihood = |pcutoff| OptionError::likelihood("pcutoff", pcutoff);
        self.pcutoff.map_or(Ok(()), likelihood)?;
        let frame_rate = |fps| OptionError::frame_rate("outputframerate", fps);
        self.outputframerate.map_or(Ok(()), frame_rate)
    }
}

impl Results {
    /// Draws the poses in a video into it, as `deeplabcut.create_labeled_video` in its fast mode.
    ///
    /// The file lies beside the `.h5` with the poses. What is there already, made of the same video and
    /// poses and with the same options, stays. Colours, the size of dots and the
    /// skeleton are those of `config.yaml`; where the frames were cropped tells `_meta.pickle`, and
    /// without it they were not.
    ///
    /// # Errors
    ///
    /// Returns an error when an option cannot mean anything, when the video was not analysed, when it was
    /// labelled otherwise (also when it is not known how, as with DeepLabCut's), when a file cannot be
    /// read, when the video has more or fewer frames than rows of poses, when `config.yaml` names an
    /// unknown colour, or when the video cannot be written. Then there is none.
    pub fn create_labeled_video(
        &self,
        video: impl AsRef<Path>,
        options: &LabeledVideoOptions,
    ) -> Result<LabeledVideo, CreateLabeledVideoError> {
        self.create_labeled_video_with(video, options, |_| {})
    }

    /// Draws the poses in a video into it, and calls a function after each frame.
    ///
    /// # Errors
    ///
    /// As [`Self::create_labeled_video`].
    pub fn create_labeled_video_with(
        &self,
        video: impl AsRef<Path>,
        options: &LabeledVideoOptions,
        mut on_progress: impl FnMut(Progress<'_>),
    ) -> Result<LabeledVideo, CreateLabeledVideoError> {
        options.check()?;
        let (video, start) = (video.as_ref(), Instant::now());
        self.check_label_config(options)?;
        let pcutoff = options.pcutoff.unwrap_or(self.project().config().pcutoff);
        let found = self.find(video, options.filtered)?;
        if let Some(displayed) = &options.displayedbodyparts {
            let poses = self.analyzed(video, options.filtered)?.predictions.poses;
            OptionError::bodyparts("displayedbodyparts", displayed, poses.bodyparts())?;
        }
        let path = beside(&found, &format!("_p{}_labeled.mp4", percent(pcutoff)));
        let guard = self.guard(video, &found);
        guard.check(&path, FileKind::Video)?;
        let mut frames = video::open(video)?;
        let info = frames.info();
        let crop = self.crop_of(video, info)?;
        let input = Input::of_video(video).map_err(|source| ReadResultsError::Fingerprint {
            path: video.into(),
            source,
        })?;
        // Filtered poses have a record of the poses that were filtered, not of the video.
        let analyzed = self.find(video, false).unwrap_or_else(|_| found.clone());
        let of_another_file = is_of_another_file(&analyzed, &input);
        let record = self.label_record(input, &found, crop, pcutoff, options)?;
        match self.state(&path, &record)? {
            // Single frames are made again, with the same dots.
            State::Same if options.save_frames.is_none() => {
                let there = self.there(video, path, options.filtered)?;
                return Ok(LabeledVideo {
                    of_another_file,
                    ..there
                });
            }
            State::Unrecorded => return Err(unrecorded(&path, "other dots, perhaps").into()),
            State::Same | State::Missing => {}
        }
        let labeler = self.labeler(video, info.frame_count, crop, pcutoff, options)?;
        make_folder(options.save_frames.as_deref())?;
        let fps = options.outputframerate.unwrap_or(info.fps);
        let mut output = Output {
            video: VideoWriter::create_guarded(&path, fps, options.codec, guard.clone())?,
            guard,
            shown: options.displaycropped.then_some(crop),
            labeler,
            save_frames: options.save_frames.as_deref(),
            digits: digits(info.frame_count),
            last: None,
        };
        let mut on_frame = |frames_done| {
            on_progress(Progress {
                video,
                frames_done,
                frame_count: info.frame_count,
                elapsed: start.elapsed(),
            });
        };
        let (frame_count, missing_frames) = draw(&mut *frames, &mut output, &mut on_frame)?;
        let mut files = output.guard.batch();
        output.video.stage(&mut files)?;
        record.stage(&mut files, &path)?;
        files.commit()?;
        Ok(LabeledVideo {
            path,
            already_created: false,
            frame_count,
            missing_frames,
            of_another_file,
        })
    }

    /// Reports a video that is there. The frames that are missing in it have no poses.
    fn there(
        &self,
        video: &Path,
        path: PathBuf,
        filtered: bool,
    ) -> Result<LabeledVideo, CreateLabeledVideoError> {
        let poses = self.analyzed(video, filtered)?.predictions.poses;
        let is_missing = |frame: &usize| poses.row(*frame).iter().all(|k| k.is_missing());
        Ok(LabeledVideo {
            frame_count: video::probe(&path)?.info.frame_count,
            path,
            already_created: true,
            missing_frames: (0..poses.len()).filter(is_missing).collect(),
            of_another_file: false,
        })
    }

    /// Returns the record of a labelled video.
    fn label_record(
        &self,
        video: Input,
        h5: &Path,
        crop: Crop,
        pcutoff: f64,
        options: &LabeledVideoOptions,
    ) -> Result<Provenance, CreateLabeledVideoError> {
        let config = self.project().config();
        let skeleton = options.draw_skeleton.then_some(config);
        let names = |parts: &Vec<Bodypart>| {
            let names: Vec<&str> = parts.iter().map(Bodypart::as_str).collect();
            names.join(", ")
        };
        let parts = options.displayedbodyparts.as_ref().map(names);
        Ok(Provenance::now()
            .with_input("video", video)
            .with_input("poses", poses_input(h5)?)
            .with_setting("pcutoff", pcutoff)
            .with_setting("colormap", &config.colormap)
            .with_setting("dotsize", config.dotsize)
            .with_choice("skeleton", skeleton.map(|c| skeleton_text(&c.skeleton)))
            .with_choice("skeleton_color", skeleton.map(|c| &c.skeleton_color))
            .with_setting("trailpoints", options.trailpoints)
            .with_setting("displayedbodyparts", parts.as_deref().unwrap_or("all"))
            .with_setting("displaycropped", options.displaycropped)
            .with_setting("crop", crop_text(crop))
            .with_setting("codec", format!("{:?}", options.codec).to_lowercase())
            .with_choice("outputframerate", options.outputframerate))
    }

    /// Checks the fields of `config.yaml` that a labelled video needs.
    pub(crate) fn check_label_config(
        &self,
        options: &LabeledVideoOptions,
    ) -> Result<(), ConfigFieldError> {
        let fields: &[&str] = match options.draw_skeleton {
            true => &["colormap", "dotsize", "skeleton", "skeleton_color"],
            false => &["colormap", "dotsize"],
        };
        self.check(options.pcutoff, fields)
    }

    /// Creates what draws the poses in a video of so many frames.
    pub(crate) fn labeler(
        &self,
        video: &Path,
        frame_count: usize,
        crop: Crop,
        pcutoff: f64,
        options: &LabeledVideoOptions,
    ) -> Result<Labeler, CreateLabeledVideoError> {
        let analyzed = self.analyzed(video, options.filtered)?;
        let (found, predictions) = (analyzed.path, analyzed.predictions);
        if !options.allow_unequal_counts {
            check_counts(&found, predictions.poses.len(), video, frame_count)?;
        }
        let config = self.project().config();
        let colormap: Colormap = config.colormap.parse()?;
        let mut label = LabelOptions::new(pcutoff, config.dotsize, colormap);
        if options.draw_skeleton {
            label.skeleton.clone_from(&config.skeleton);
            label.skeleton_color = config.skeleton_color.parse::<Color>()?;
        }
        label.trailpoints = options.trailpoints;
        label
            .displayed_bodyparts
            .clone_from(&options.displayedbodyparts);
        if !options.displaycropped {
            let corner = |edge: usize| u32::try_from(edge).expect("an edge of a frame");
            label.origin = [corner(crop.x_min), corner(crop.y_min)];
        }
        Ok(Labeler::new(
            predictions.poses,
            predictions.precision,
            label,
        )?)
    }

    /// Returns the part of the frames that was analysed.
    pub(crate) fn crop_of(
        &self,
        video: &Path,
        info: VideoInfo,
    ) -> Result<Crop, CreateLabeledVideoError> {
        let full = Crop::full(info.width, info.height);
        let endings = ["_meta.pickle", "includingmetadata.pickle"];
        let Ok(path) = self.find_ending(video, &endings) else {
            return Ok(full);
        };
        let metadata = read_pickle(&path).map_err(|source| CreateLabeledVideoError::Metadata {
            path: path.clone(),
            source,
        })?;
        match cropping_parameters(&metadata) {
            Some(crop) => Ok(crop.fit(info.width, info.height)?),
            None => Ok(full),
        }
    }
}

fn read_pickle(path: &Path) -> Result<Value, Box<dyn Error + Send + Sync>> {
    let file = BufReader::new(regular_file::open(path)?);
    Ok(pickle::read(file, &Limits::default())?)
}

fn cropping_parameters(metadata: &Value) -> Option<Crop> {
    let parameters = metadata
        .get("data")?
        .get("cropping_parameters")?
        .as_slice()?;
    let edge = |value: &Value| usize::try_from(value.as_i64()?).ok();
    let edges: Vec<usize> = parameters.iter().map(edge).collect::<Option<_>>()?;
    let [x_min, x_max, y_min, y_max] = edges.try_into().ok()?;
    Some(Crop {
        x_min,
        x_max,
        y_min,
        y_max,
    })
}

struct Output<'a> {
    video: VideoWriter,
    guard: OutputGuard,
    shown: Option<Crop>,
    labeler: Labeler,
    save_frames: Option<&'a Path>,
    digits: usize,
    last: Option<Frame<'static>>,
}

/// Draws all frames, and returns how many there are and which of them are missing.
fn draw(
    frames: &mut dyn FrameSource,
    output: &mut Output<'_>,
    on_frame: &mut dyn FnMut(usize),
) -> Result<(usize, Vec<usize>), CreateLabeledVideoError> {
    let (mut next, mut missing_frames) = (0, Vec::new());
    while let Some(frame) = frames.next_frame()? {
        missing_frames.extend(next..frame.index());
        output.repeat(frame.index() - next)?;
        next = frame.index() + 1;
        output.write(frame)?;
        on_frame(next);
    }
    let frame_count = frames.info().frame_count;
    missing_frames.extend(next..frame_count);
    output.repeat(frame_count.saturating_sub(next))?;
    Ok((next.max(frame_count), missing_frames))
}

/// Makes the folder of single frames.
fn make_folder(folder: Option<&Path>) -> Result<(), CreateLabeledVideoError> {
    let Some(folder) = folder else {
        return Ok(());
    };
    fs::create_dir_all(folder).map_err(|source| CreateLabeledVideoError::Folder {
        folder: folder.into(),
        source,
    })
}

impl Output<'_> {
    fn write(&mut self, frame: Frame<'static>) -> Result<(), CreateLabeledVideoError> {
        let frame = self.shown.map_or(frame.clone(), |crop| frame.crop(crop));
        let drawn = self.labeler.draw(&frame);
        if let Some(folder) = self.save_frames {
            let name = format!("file{:0digits$}.png", frame.index(), digits = self.digits);
            let png = picture::png(&drawn);
            let path = folder.join(name);
            self.guard.write(path, |file| file.write_all(&png))?;
        }
        self.video.write(&drawn)?;
        self.last = Some(frame);
        Ok(())
    }

    /// Writes the last frame once more, without poses.
    fn repeat(&mut self, times: usize) -> Result<(), WriteVideoError> {
        let last = self.last.iter();
        last.cycle()
            .take(times)
            .try_for_each(|frame| self.video.write(frame))
    }
}

/// Returns the percentage in names of files: cut off, as Python's `int(100 * pcutoff)`.
#[expect(clippy::cast_possible_truncation, reason = "a likelihood is at most 1")]
pub(crate) fn percent(pcutoff: f64) -> i64 {
    (100.0 * pcutoff) as i64
}

/// Returns how many digits the last of so many indices has.
fn digits(count: usize) -> usize {
    count.saturating_sub(1).to_string().len()
}

/// An error returned when [`Results::create_labeled_video`] fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateLabeledVideoError {
    /// The poses in the video cannot be had.
    #[error(transparent)]
    Results(#[from] ReadResultsError),
    /// There is not one row of poses for each frame.
    #[error(transparent)]
    Counts(#[from] UnequalCountsError),
    /// The video was labelled otherwise.
    #[error(transparent)]
    Differs(#[from] ResultDiffersError),
    /// `_meta.pickle` cannot be read.
    #[error("could not read {}", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<dyn Error + Send + Sync>,
    },
    /// An option cannot mean anything.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The crop of `_meta.pickle` does not lie in the frames.
    #[error(transparent)]
    Crop(#[from] CropError),
    /// A field of `config.yaml` is wrong.
    #[error("cannot use config.yaml")]
    Config(#[from] ConfigFieldError),
    /// `config.yaml` names an unknown colour map.
    #[error("invalid `colormap` in config.yaml")]
    Colormap(#[from] ParseColormapError),
    /// `config.yaml` names an unknown colour.
    #[error("invalid `skeleton_color` in config.yaml")]
    SkeletonColor(#[from] ParseColorError),
    /// The video cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenVideoError),
    /// The video cannot be decoded to its end.
    #[error(transparent)]
    Decode(#[from] ReadFrameError),
    /// The folder for single frames cannot be made.
    #[error("could not make the folder {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A single frame or the record of the video cannot be written, or the video may not replace what
    /// is there.
    #[error(transparent)]
    Frame(#[from] dlc_io::atomic::WriteFileError),
    /// The video cannot be written.
    #[error(transparent)]
    Write(#[from] WriteVideoError),
}

impl From<crate::results::FindResultsError> for CreateLabeledVideoError {
    fn from(error: crate::results::FindResultsError) -> Self {
        Self::Results(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_in_names_are_cut_off() {
        assert_eq!(
            [0.6, 0.29, 0.4, 1.0, 0.0].map(percent),
            [60, 28, 40, 100, 0]
        );
    }

    #[test]
    fn the_crop_of_a_pickle_is_four_numbers() {
        let metadata = |numbers: &[i64]| {
            let numbers = numbers.iter().map(|number| Value::Int(*number)).collect();
            let data = Value::dict([("cropping_parameters", Value::List(numbers))]);
            Value::dict([("data", data)])
        };

        let crop = cropping_parameters(&metadata(&[1, 20, 3, 40])).unwrap();
        assert_eq!(
            (crop.x_min, crop.x_max, crop.y_min, crop.y_max),
            (1, 20, 3, 40)
        );
        for wrong in [&[1, 2, 3][..], &[1, 2, 3, -4], &[]] {
            assert_eq!(cropping_parameters(&metadata(wrong)), None);
        }
        assert_eq!(cropping_parameters(&Value::None), None);
    }
}
