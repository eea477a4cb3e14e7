use std::path::{Path, PathBuf};

use dlc_io::{
    DataFrame, Precision, RowNames,
    atomic::{AtomicFile, WriteFileError},
    csv, h5,
    provenance::Provenance,
};
use dlc_model::{Bodypart, Bodyparts, ConfigFieldError, PoseTable};
use dlc_tracking::{YAxis, steps::pairs};

use crate::{
    Results,
    analysis::ResultDiffersError,
    results::{
        FindResultsError, ReadResultsError, State, beside, poses_input, same_numbers, unrecorded,
    },
};

/// The length and the direction of a bone in each frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Bone {
    /// The two body parts with `_` between them.
    pub name: String,
    /// The length in px; NaN where a body part is missing.
    pub length: Vec<f64>,
    /// The direction from the first body part to the second, in degrees, in [0, 360].
    ///
    /// 0 is to the right and 90 down: DeepLabCut takes `y` as if it pointed up. NaN where a body
    /// part is missing. DIFFERENCE: NaN too where both are in one place, where DeepLabCut says 0.
    pub orientation: Vec<f64>,
    /// The smaller likelihood of the two.
    pub likelihood: Vec<f64>,
}

/// Returns the bones of a skeleton, as DeepLabCut's `analyzeskeleton`.
///
/// # Errors
///
/// Returns an error when there is no bone, or when one has an end that is not tracked; all of
/// those ends are named.
pub fn bones(
    poses: &PoseTable,
    skeleton: &[(Bodypart, Bodypart)],
) -> Result<Vec<Bone>, SkeletonError> {
    if skeleton.is_empty() {
        return Err(SkeletonError::NoSkeleton);
    }
    let tracked = poses.bodyparts();
    let ends = skeleton.iter().flat_map(|(from, to)| [from, to]);
    let mut missing: Vec<Bodypart> = ends
        .filter(|end| tracked.position(end.as_str()).is_none())
        .cloned()
        .collect();
    missing.sort();
    missing.dedup();
    if !missing.is_empty() {
        let bodyparts = tracked.clone();
        return Err(SkeletonError::Untracked { missing, bodyparts });
    }
    Ok(skeleton
        .iter()
        .map(|(from, to)| bone(poses, from, to))
        .collect())
}

fn bone(poses: &PoseTable, from: &Bodypart, to: &Bodypart) -> Bone {
    let [(from_xy, from_likelihood), (to_xy, to_likelihood)] = [from, to].map(|end| {
        let part = poses.bodyparts().position(end.as_str());
        let place = part.expect("the ends of bones were looked for") * poses.num_outputs();
        let points = poses.rows().map(|row| row[place]);
        let (xy, likelihood): (Vec<[f64; 2]>, Vec<f64>) = points
            .map(|point| ([point.x, point.y], point.likelihood))
            .unzip();
        (xy, likelihood)
    });
    let radians = pairs::directions(&from_xy, &to_xy, YAxis::Up);
    Bone {
        name: format!("{from}_{to}"),
        length: pairs::distances(&from_xy, &to_xy),
        orientation: radians.into_iter().map(f64::to_degrees).collect(),
        likelihood: pairs::lower_likelihood(&from_likelihood, &to_likelihood),
    }
}

/// An error returned when poses do not have the bones of a skeleton.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SkeletonError {
    /// `config.yaml` has no skeleton.
    #[error("no `skeleton` in config.yaml: expected pairs of body parts")]
    NoSkeleton,
    /// The poses do not have an end of a bone.
    #[error(
        "the skeleton has body parts that are not tracked: {}, expected {}",
        names(missing),
        names(bodyparts)
    )]
    Untracked {
        /// The ends that are not there.
        missing: Vec<Bodypart>,
        /// The body parts that are.
        bodyparts: Bodyparts,
    },
}

fn names(bodyparts: &[Bodypart]) -> String {
    let names: Vec<&str> = bodyparts.iter().map(Bodypart::as_str).collect();
    names.join(", ")
}

/// The files with the bones in a video.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SkeletonPaths {
    /// `{video}{scorer}_skeleton.h5`, of filtered poses `{video}{scorer}_filtered_skeleton.h5`.
    pub h5: PathBuf,
    /// The same as text, which DeepLabCut writes when asked.
    pub csv: PathBuf,
    /// Whether the `.h5` was there already, as it is asked for, and nothing was done.
    pub already_analyzed: bool,
}

impl Results {
    /// Writes the lengths and directions of the bones of `config.yaml`, as
    /// `deeplabcut.analyzeskeleton`.
    ///
    /// Numbers are 64 bits wide. DIFFERENCE: with the PyTorch engine's files DeepLabCut computes and
    /// keeps lengths in 32 bits.
    ///
    /// # Errors
    ///
    /// Returns an error when the video was not analysed, when there are results of other poses or of
    /// another skeleton, when the skeleton does not fit the poses, or when the results cannot be
    /// written. Then none of them is there, or those that were.
    pub fn analyze_skeleton(
        &self,
        video: impl AsRef<Path>,
        filtered: bool,
    ) -> Result<SkeletonPaths, AnalyzeSkeletonError> {
        let found = self.find(&video, filtered)?;
        let mut paths = SkeletonPaths {
            h5: beside(&found, "_skeleton.h5"),
            csv: beside(&found, "_skeleton.csv"),
            already_analyzed: true,
        };
        self.project().config().check(&["skeleton"])?;
        let skeleton = &self.project().config().skeleton;
        let record = Provenance::now()
            .with_input("poses", poses_input(&found)?)
            .with_setting("skeleton", skeleton_text(skeleton));
        let state = self.state(&paths.h5, &record)?;
        if state == State::Same {
            return Ok(paths);
        }
        let poses = self.analyzed(video.as_ref(), filtered)?.predictions.poses;
        let table = data_frame(&bones(&poses, skeleton)?);
        if state == State::Unrecorded {
            check_same(&paths.h5, &table)?;
            return Ok(paths);
        }
        paths.already_analyzed = false;
        let mut files = self.guard(video.as_ref(), &found).batch();
        files.stage(&paths.csv, |file: &mut AtomicFile| {
            csv::write_data_frame(file, &table)
        })?;
        files.stage(&paths.h5, |file: &mut AtomicFile| {
            h5::write_data_frame(file, &table)
        })?;
        record.stage(&mut files, &paths.h5)?;
        files.commit()?;
        Ok(paths)
    }
}

/// Returns the bones, as the names of their columns.
pub(crate) fn skeleton_text(skeleton: &[(Bodypart, Bodypart)]) -> String {
    let bones: Vec<String> = skeleton.iter().map(|(a, b)| format!("{a}_{b}")).collect();
    bones.join(", ")
}

/// Makes sure that bones without a record are those that are asked for.
fn check_same(path: &Path, wanted: &DataFrame) -> Result<(), AnalyzeSkeletonError> {
    let there = h5::Reader::new(path).data_frame();
    let there = there.map_err(ReadResultsError::from)?;
    let is_same = there.columns() == wanted.columns()
        && same_numbers(there.rows().flatten(), wanted.rows().flatten());
    match is_same {
        true => Ok(()),
        false => Err(unrecorded(path, "other numbers").into()),
    }
}

fn data_frame(bones: &[Bone]) -> DataFrame {
    let frames = bones.first().map_or(0, |bone| bone.length.len());
    let names = |bone: &Bone| {
        ["length", "orientation", "likelihood"].map(|what| vec![bone.name.clone(), what.into()])
    };
    let row = |frame: usize| {
        let numbers = move |bone: &Bone| {
            [
                bone.length[frame],
                bone.orientation[frame],
                bone.likelihood[frame],
            ]
        };
        bones.iter().flat_map(numbers)
    };
    let table = DataFrame::new(
        vec![None, None],
        bones.iter().flat_map(names).collect(),
        RowNames::Numbers((0..).take(frames).collect()),
        Precision::F64,
        (0..frames).flat_map(row).collect(),
    );
    table.expect("each bone has three numbers a frame")
}

/// An error returned when [`Results::analyze_skeleton`] fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyzeSkeletonError {
    /// The poses in the video cannot be had.
    #[error(transparent)]
    Results(#[from] ReadResultsError),
    /// A field of `config.yaml` is wrong.
    #[error("cannot use config.yaml")]
    Config(#[from] ConfigFieldError),
    /// The results that are there were made otherwise.
    #[error(transparent)]
    Differs(#[from] ResultDiffersError),
    /// The skeleton does not fit them.
    #[error(transparent)]
    Skeleton(#[from] SkeletonError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteFileError),
}

impl From<FindResultsError> for AnalyzeSkeletonError {
    fn from(error: FindResultsError) -> Self {
        Self::Results(error.into())
    }
}

#[cfg(test)]
mod tests {
    use dlc_model::Keypoint;

    use super::*;

    fn poses() -> PoseTable {
        let mut poses = PoseTable::new(Bodyparts::new(["hip", "knee"]).unwrap());
        let hip = Keypoint::new(1.0, 1.0, 0.9);
        poses.set(0, &[hip, Keypoint::new(4.0, 5.0, 0.7)]);
        poses.set(1, &[hip, Keypoint::new(1.0, 0.0, 1.0)]);
        poses.set(2, &[hip, Keypoint::MISSING]);
        poses
    }

    #[test]
    fn bones_are_measured_as_deeplabcut_does() {
        let skeleton = [("hip".into(), "knee".into())];

        let bone = &bones(&poses(), &skeleton).unwrap()[0];

        assert_eq!(bone.name, "hip_knee");
        assert_eq!(bone.length[..2], [5.0, 1.0]);
        assert!((bone.orientation[0] - 53.130_102_354).abs() < 1e-9);
        assert_eq!(bone.orientation[1], 270.0);
        assert_eq!(bone.likelihood[..2], [0.7, 0.9]);
        assert!(bone.length[2].is_nan() && bone.likelihood[2].is_nan());
        let table = data_frame(std::slice::from_ref(bone));
        assert_eq!(table.column(&["hip_knee", "orientation"]), Some(1));
        assert_eq!(table.row(1), [1.0, 270.0, 0.9]);
    }

    #[test]
    fn all_untracked_ends_are_named() {
        let skeleton = [("hip".into(), "Knee".into()), ("toe".into(), "knee".into())];

        let error = bones(&poses(), &skeleton).unwrap_err().to_string();

        assert_eq!(
            error,
            "the skeleton has body parts that are not tracked: Knee, toe, expected hip, knee"
        );
        assert_eq!(bones(&poses(), &[]), Err(SkeletonError::NoSkeleton));
    }
}
