use std::{error::Error, fmt::Display, path::Path};

use dlc_io::{
    Limits, Predictions, h5,
    metadata::MetadataFile,
    provenance::{Difference, Input, Provenance},
    video::{self, VideoProbe},
};
use dlc_model::{Bodypart, Crop, Engine, PoseTable, VideoInfo};

use super::{
    AnalyzeVideoError, AnalyzeVideoErrorKind, Analyzer,
    provenance::{Choices, crop_text},
};
use crate::analysis::{OutputPaths, ResultDiffersError};

type Kind = AnalyzeVideoErrorKind;

/// How far rates may be apart: DeepLabCut's PyTorch engine rounds them to two digits.
const SAME_FPS: f64 = 0.01;

/// Results that are there, and are those that are asked for.
pub(super) struct Existing {
    pub(super) outputs: OutputPaths,
    pub(super) poses: PoseTable,
    pub(super) crop: Option<Crop>,
    /// Whether nothing but `_meta.pickle` tells how they were made.
    pub(super) without_record: bool,
}

impl Analyzer<'_> {
    /// Returns whether the results of a video are there already, made of this video, by this snapshot
    /// and with these options. Those of DeepLabCut count, also under its older name (`DeepCut_…`).
    ///
    /// # Errors
    ///
    /// Returns an error when there are results that were made otherwise, unless the options say to
    /// overwrite them, and when the video cannot be read.
    pub fn is_analyzed(&self, video: impl AsRef<Path>) -> Result<bool, AnalyzeVideoError> {
        let video = video.as_ref();
        let existing = self.existing(video).map_err(|kind| AnalyzeVideoError {
            video: video.to_owned(),
            kind,
        });
        Ok(existing?.is_some())
    }

    /// Returns the results that are there, unless they are to be overwritten.
    pub(super) fn existing(&self, video: &Path) -> Result<Option<Existing>, Kind> {
        let there = self.outputs_there(video);
        let Some(outputs) = there.filter(|_| !self.options.overwrite) else {
            return Ok(None);
        };
        let input = video_input(video)?;
        let wanted = self.provenance_of_video(input.clone());
        let recorded = wanted.differences_of(&outputs.h5);
        let without_record = recorded.is_none();
        if let Some(differences) = recorded {
            let mut differences = with_numbers(differences, video, input, &wanted, &outputs)?;
            differences.extend(missing_files(&outputs));
            ResultDiffersError::check(&outputs.h5, differences)?;
        }
        let unreadable =
            |field, error: &dyn Error| ResultDiffersError::unreadable(&outputs.h5, field, error);
        let found = h5::read(&outputs.h5);
        let found = found.map_err(|error| unreadable("poses", &error))?;
        let metadata = match outputs.meta.exists() {
            true => Some(MetadataFile::read(&outputs.meta, &Limits::default())),
            false => None,
        };
        let metadata = metadata.transpose();
        let metadata = match metadata {
            Err(error) if without_record => {
                return Err(unreadable("metadata", &error).into());
            }
            metadata => metadata.ok().flatten(),
        };
        if without_record {
            let differences = self.differences_without_record(video, &found, metadata.as_ref())?;
            ResultDiffersError::check(&outputs.h5, differences)?;
        }
        Ok(Some(Existing {
            crop: metadata.as_ref().and_then(MetadataFile::crop),
            poses: found.poses,
            outputs,
            without_record,
        }))
    }

    /// Returns the record of the analysis of a video.
    pub(super) fn provenance_of_video(&self, video: Input) -> Provenance {
        let choices = Choices {
            crop: self.crop,
            batch_size: self.batch_size,
            num_outputs: self.num_outputs.get(),
        };
        self.provenance(&choices).with_input("video", video)
    }

    /// Returns the files of a video where its `.h5` is there, by today's name or by that of DeepLabCut
    /// before 2.1.
    pub(crate) fn outputs_there(&self, video: &Path) -> Option<OutputPaths> {
        let names = [Some(self.model.scorer()), self.model.legacy_scorer()];
        let outputs = names
            .into_iter()
            .flatten()
            .map(|scorer| OutputPaths::new(video, &scorer, self.options.destination.as_deref()));
        let mut there = outputs.filter_map(OutputPaths::there);
        there.next()
    }

    /// Compares what results without a record tell with what is asked for.
    fn differences_without_record(
        &self,
        video: &Path,
        found: &Predictions,
        metadata: Option<&MetadataFile>,
    ) -> Result<Vec<Difference>, Kind> {
        let probe = video::probe(video)?;
        let mut compared = Compared::default();
        self.compare_poses(found, &probe, &mut compared);
        if let Some(metadata) = metadata {
            self.compare_metadata(metadata, &probe, &mut compared);
        }
        compared.differences.dedup();
        Ok(compared.differences)
    }

    fn compare_poses(&self, found: &Predictions, probe: &VideoProbe, compared: &mut Compared) {
        let poses = &found.poses;
        let names = |parts: &[Bodypart]| {
            let names: Vec<&str> = parts.iter().map(Bodypart::as_str).collect();
            names.join(", ")
        };
        let (there, here) = (poses.bodyparts(), self.estimator.bodyparts());
        compared.compare("bodyparts", names(there), names(here));
        compared.compare("num_outputs", poses.num_outputs(), self.num_outputs.get());
        if self.model.legacy_scorer().as_ref() != Some(&found.scorer) {
            compared.compare("scorer", found.scorer.clone(), self.model.scorer());
        }
        compared.compare_frames(poses.len(), probe);
    }

    /// Compares what DeepLabCut noted of an analysis with what is asked for.
    fn compare_metadata(&self, meta: &MetadataFile, probe: &VideoProbe, compared: &mut Compared) {
        let VideoInfo {
            width, height, fps, ..
        } = probe.info;
        if let Some(there) = meta.frame_count() {
            compared.compare_frames(there, probe);
        }
        // A crop that does not lie in the frames is an error of its own, where they are analysed.
        let full = Crop::full(width, height);
        let here = self.crop.and_then(|crop| crop.fit(width, height).ok());
        let here = here.unwrap_or(full);
        let cropped = meta.crop().unwrap_or(full);
        compared.compare("crop", crop_text(cropped), crop_text(here));
        // The PyTorch engine notes the size of what it analysed.
        if let Some(there) = dimensions(meta)
            && there != [cropped.width(), cropped.height()]
        {
            let text = |[width, height]: [usize; 2]| format!("{width} x {height} px");
            compared.compare("video size", text(there), text([width, height]));
        }
        if let Some(there) = meta.fps()
            && (there - fps).abs() > SAME_FPS
        {
            compared.compare("video frames per second", there, fps);
        }
        if let Some(there) = snapshot(meta) {
            let here = self.model.snapshot_path().file_name().unwrap_or_default();
            compared.compare("snapshot", there, &here.to_string_lossy());
        }
    }
}

/// In what results differ, so far.
#[derive(Default)]
struct Compared {
    differences: Vec<Difference>,
}

impl Compared {
    fn compare<T: PartialEq + Display>(&mut self, field: &str, there: T, here: T) {
        if there != here {
            self.differences.push(Difference::new(field, there, here));
        }
    }

    /// Compares numbers of frames. DeepLabCut takes the one that the header of the video promises.
    fn compare_frames(&mut self, there: usize, probe: &VideoProbe) {
        if probe.reported_frame_count != Some(there) {
            self.compare("video frames", there, probe.info.frame_count);
        }
    }
}

/// Returns the files that we write beside an `.h5` and that are gone.
fn missing_files(outputs: &OutputPaths) -> impl Iterator<Item = Difference> {
    let files = [(".csv", &outputs.csv), ("_meta.pickle", &outputs.meta)];
    let missing = files.into_iter().filter(|(_, path)| !path.exists());
    missing.map(|(field, _)| Difference::new(field, "missing", "asked for"))
}

/// Takes the fingerprint of a video; of what is none, the reason.
pub(super) fn video_input(video: &Path) -> Result<Input, Kind> {
    Input::of_video(video).map_err(|source| match video::probe(video) {
        Err(error) => error.into(),
        Ok(_) => Kind::Fingerprint(source),
    })
}

/// Adds the number and the size of frames to what differs, where the video does.
fn with_numbers(
    differences: Vec<Difference>,
    video: &Path,
    input: Input,
    wanted: &Provenance,
    outputs: &OutputPaths,
) -> Result<Vec<Difference>, Kind> {
    let of_video = |difference: &Difference| difference.field.starts_with("video");
    if !differences.iter().any(of_video) {
        return Ok(differences);
    }
    let input = input.with_info(video::probe(video)?.info);
    let wanted = wanted.clone().with_input("video", input);
    Ok(wanted.differences_of(&outputs.h5).unwrap_or(differences))
}

/// Returns width and height of the frames; the engines note them in another order.
fn dimensions(meta: &MetadataFile) -> Option<[usize; 2]> {
    let sides = meta.get("frame_dimensions")?.as_slice()?;
    let side = |place: usize| usize::try_from(sides.get(place)?.as_i64()?).ok();
    let (first, second) = (side(0)?, side(1)?);
    match meta.engine() {
        Some(Engine::PyTorch) => Some([first, second]),
        _ => Some([second, first]),
    }
}

/// Returns the name of the snapshot that the TensorFlow engine noted.
fn snapshot(meta: &MetadataFile) -> Option<&str> {
    let config = meta
        .get("DLC-model-config file")
        .or(meta.get("config file"))?;
    let path = config.get("init_weights")?.as_str()?;
    path.rsplit(['/', '\\']).next()
}
