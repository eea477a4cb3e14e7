use std::path::Path;

use dlc_io::{
    Limits, Predictions, h5,
    metadata::MetadataFile,
    provenance::{Difference, Input, Provenance},
    video,
};
use dlc_model::{Crop, Engine, PoseTable, VideoInfo};

use super::{AnalyzeVideoError, AnalyzeVideoErrorKind, Analyzer, crop_text, provenance::Choices};
use crate::{OutputPaths, ResultDiffersError};

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
        let Some(outputs) = self.outputs_there(video) else {
            return Ok(None);
        };
        let check = |differences| ResultDiffersError::check(&outputs.h5, differences);
        let input = video_input(video)?;
        let wanted = self.provenance_of_video(input.clone());
        let recorded = wanted.differences_of(&outputs.h5);
        let without_record = recorded.is_none();
        if let Some(differences) = recorded {
            check(with_numbers(differences, video, input, &wanted, &outputs)?)?;
        }
        let found = match h5::read(&outputs.h5) {
            Ok(found) => found,
            Err(error) => {
                let reason = format!("not readable ({error})");
                return Err(ResultDiffersError::new(
                    &outputs.h5,
                    vec![Difference::new("poses", reason, "asked for")],
                )
                .into());
            }
        };
        let metadata = MetadataFile::read(&outputs.meta, &Limits::default());
        let crop = metadata.as_ref().ok().and_then(MetadataFile::crop);
        if without_record {
            let info = video::probe(video)?;
            let counts = [Some(info.info.frame_count), info.reported_frame_count];
            let mut differences = self.differences_of_poses(&found, &counts);
            match &metadata {
                Ok(meta) => {
                    differences.extend(self.differences_of_metadata(meta, info.info, &counts))
                }
                Err(error) if outputs.meta.exists() => {
                    let reason = format!("not readable ({error})");
                    differences.push(Difference::new("metadata", reason, "asked for"));
                }
                Err(_) => {}
            }
            check(differences)?;
        }
        Ok(Some(Existing {
            poses: found.poses,
            outputs,
            crop,
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
    fn outputs_there(&self, video: &Path) -> Option<OutputPaths> {
        if self.options.overwrite {
            return None;
        }
        let names = [Some(self.model.scorer()), self.model.legacy_scorer()];
        let outputs = names
            .into_iter()
            .flatten()
            .map(|scorer| OutputPaths::new(video, &scorer, self.options.destination.as_deref()));
        let mut there = outputs.filter(|outputs| outputs.h5.exists());
        there.next().map(OutputPaths::with_metadata_there)
    }

    /// Compares what an `.h5` without a record tells with what is asked for.
    fn differences_of_poses(
        &self,
        found: &Predictions,
        counts: &[Option<usize>; 2],
    ) -> Vec<Difference> {
        let mut differences = Vec::new();
        let names = |parts: &dlc_model::Bodyparts| {
            let names: Vec<&str> = parts.iter().map(dlc_model::Bodypart::as_str).collect();
            names.join(", ")
        };
        let (there, here) = (found.poses.bodyparts(), self.estimator.bodyparts());
        if there != here {
            differences.push(Difference::new("bodyparts", names(there), names(here)));
        }
        let (there, here) = (found.poses.num_outputs(), self.num_outputs.get());
        if there != here {
            differences.push(Difference::new("num_outputs", there, here));
        }
        differences.extend(differing_count(found.poses.len(), counts));
        if !self.is_own_scorer(&found.scorer) {
            let here = self.model.scorer();
            differences.push(Difference::new("scorer", &found.scorer, here));
        }
        differences
    }

    fn is_own_scorer(&self, scorer: &str) -> bool {
        scorer == self.model.scorer() || self.model.legacy_scorer().is_some_and(|old| scorer == old)
    }

    /// Compares what DeepLabCut noted of an analysis with what is asked for.
    fn differences_of_metadata(
        &self,
        meta: &MetadataFile,
        info: VideoInfo,
        counts: &[Option<usize>; 2],
    ) -> Vec<Difference> {
        let mut differences = Vec::new();
        if let Some(count) = meta.frame_count() {
            differences.extend(differing_count(count, counts));
        }
        let full = Crop::full(info.width, info.height);
        let here = self
            .crop
            .map_or(Ok(full), |crop| crop.fit(info.width, info.height));
        // A crop that does not lie in the frames is an error of its own, where they are analysed.
        let here = here.unwrap_or(full);
        let there = meta.crop().unwrap_or(full);
        if there != here {
            let (there, here) = (crop_text(there), crop_text(here));
            differences.push(Difference::new("crop", there, here));
        }
        if let Some(there) = dimensions(meta)
            && there != [info.width, info.height]
            && there != [here.width(), here.height()]
        {
            let text = |[width, height]: [usize; 2]| format!("{width} x {height} px");
            let here = text([info.width, info.height]);
            differences.push(Difference::new("video size", text(there), here));
        }
        if let Some(there) = meta.fps()
            && (there - info.fps).abs() > SAME_FPS
        {
            differences.push(Difference::new("video frames per second", there, info.fps));
        }
        let here = self.model.snapshot_path().file_name().unwrap_or_default();
        if let Some(there) = snapshot(meta)
            && *there != *here.to_string_lossy()
        {
            let here = here.to_string_lossy();
            differences.push(Difference::new("snapshot", there, here));
        }
        differences
    }
}

/// Takes the fingerprint of a video; of what is none, the reason.
pub(super) fn video_input(video: &Path) -> Result<Input, Kind> {
    Input::of_video(video).or_else(|source| match video::probe(video) {
        Err(error) => Err(error.into()),
        Ok(_) => Err(Kind::Fingerprint(source)),
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

fn differing_count(there: usize, counts: &[Option<usize>; 2]) -> Option<Difference> {
    let here = counts[0].unwrap_or_default();
    (!counts.contains(&Some(there))).then(|| Difference::new("video frames", there, here))
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
