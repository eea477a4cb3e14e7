//! Poses as SLEAP's analysis files have them (`.analysis.h5`), for programs that read those.
//!
//! ```text
//! tracks            f64 [1, 2, nodes, frames]   x and y, in px; NaN is missing
//! point_scores      f64 [1, nodes, frames]      likelihoods
//! instance_scores   f64 [1, frames]             their mean
//! tracking_scores   f64 [1, frames]             1: there is one animal
//! track_occupancy   i64 [frames, 1]             whether there is a keypoint
//! track_names       [1]                         the name of the animal
//! node_names        [nodes]                     body parts
//! edge_names, edge_inds [edges, 2]              pairs of them
//! video_path, labels_path, provenance, video_ind
//! ```

use std::{error::Error, io::Write};

use dlc_model::{Bodypart, Keypoint, PoseTable};

use crate::hdf5::{self, Dataset, Group};

/// The poses of one animal in one video.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SleapPoses<'a> {
    /// The keypoints; row `i` is frame `i`. Of several of a body part, the likeliest is written.
    pub poses: &'a PoseTable,
    /// The video.
    pub video: &'a str,
    /// The name of the animal.
    pub track: &'a str,
    /// Pairs of body parts that belong together; those that are not tracked are left out.
    pub skeleton: &'a [(Bodypart, Bodypart)],
}

impl<'a> SleapPoses<'a> {
    /// Creates poses of an animal that is called `individual_1`, without a skeleton.
    pub const fn new(poses: &'a PoseTable, video: &'a str) -> Self {
        Self {
            poses,
            video,
            track: "individual_1",
            skeleton: &[],
        }
    }
}

/// Writes an analysis file.
///
/// # Errors
///
/// Returns an error when `out` does, or when HDF5 cannot hold the names.
///
/// # Examples
///
/// ```
/// use dlc_io::sleap::{self, SleapPoses};
/// use dlc_model::{Bodyparts, Keypoint, PoseTable};
///
/// let mut poses = PoseTable::new(Bodyparts::new(["snout"])?);
/// poses.set(0, &[Keypoint::new(12.5, 30.0, 0.98)]);
///
/// let mut file = Vec::new();
/// sleap::write(&mut file, &SleapPoses::new(&poses, "mouse.avi"))?;
/// assert!(file.starts_with(b"\x89HDF\r\n\x1a\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(out: impl Write, sleap: &SleapPoses<'_>) -> Result<(), WriteSleapError> {
    let poses = sleap.poses;
    let (frames, nodes) = (poses.len(), poses.bodyparts().len());
    let track = |part: usize| {
        let place = part * poses.num_outputs();
        poses.rows().map(move |row| row[place])
    };
    let column = |of: fn(Keypoint) -> f64| (0..nodes).flat_map(track).map(of);
    let xy = column(|point| point.x).chain(column(|point| point.y));
    let scores = || poses.rows().map(mean);
    let is_there = |row: &[Keypoint]| i64::from(row.iter().any(|point| !point.is_missing()));
    let edges = edges(sleap);
    let names = edges
        .iter()
        .flatten()
        .map(|end| poses.bodyparts()[*end].as_str());
    let ends = edges
        .iter()
        .flatten()
        .map(|end| i64::try_from(*end).unwrap_or(i64::MAX));
    let mut root = Group::default();
    for (name, dataset) in [
        ("tracks", Dataset::f64_array(&[1, 2, nodes, frames], xy)),
        (
            "point_scores",
            Dataset::f64_array(&[1, nodes, frames], column(|p| p.likelihood)),
        ),
        (
            "instance_scores",
            Dataset::f64_array(&[1, frames], scores()),
        ),
        (
            "tracking_scores",
            Dataset::f64_array(&[1, frames], scores().map(|_| 1.0)),
        ),
        (
            "track_occupancy",
            Dataset::i64_array(&[frames, 1], poses.rows().map(is_there)),
        ),
        ("track_names", Dataset::texts([sleap.track])),
        (
            "node_names",
            Dataset::texts(poses.bodyparts().iter().map(Bodypart::as_str)),
        ),
        ("edge_names", Dataset::text_pairs(names)),
        ("edge_inds", Dataset::i64_array(&[edges.len(), 2], ends)),
        ("video_path", Dataset::text(sleap.video)),
        ("video_ind", Dataset::i64_array(&[], std::iter::once(0))),
        ("labels_path", Dataset::text("")),
        ("provenance", Dataset::text("{}")),
    ] {
        root.set(name, dataset);
    }
    hdf5::write(out, root).map_err(|source| WriteSleapError { source })
}

fn edges(sleap: &SleapPoses<'_>) -> Vec<[usize; 2]> {
    let position = |part: &Bodypart| sleap.poses.bodyparts().position(part.as_str());
    let edges = sleap.skeleton.iter();
    edges
        .filter_map(|(from, to)| Some([position(from)?, position(to)?]))
        .collect()
}

/// Returns the mean likelihood of the keypoints that are there.
fn mean(row: &[Keypoint]) -> f64 {
    let known = row
        .iter()
        .map(|point| point.likelihood)
        .filter(|p| !p.is_nan());
    let (sum, count) = known.fold((0.0, 0_usize), |(sum, n), p| (sum + p, n + 1));
    sum / count as f64
}

/// An error returned when an analysis file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the analysis file cannot be written")]
pub struct WriteSleapError {
    source: Box<dyn Error + Send + Sync>,
}

#[cfg(test)]
mod tests {
    use dlc_model::Bodyparts;

    use super::*;

    #[test]
    fn numbers_are_where_sleap_has_them() {
        let mut poses = PoseTable::new(Bodyparts::new(["a", "b"]).unwrap());
        poses.set(
            0,
            &[Keypoint::new(1.0, 2.0, 0.5), Keypoint::new(3.0, 4.0, 0.7)],
        );
        poses.set(2, &[Keypoint::new(5.0, 6.0, 0.9), Keypoint::MISSING]);
        let skeleton = [("b".into(), "a".into()), ("a".into(), "c".into())];
        let sleap = SleapPoses {
            skeleton: &skeleton,
            ..SleapPoses::new(&poses, "v.mp4")
        };
        let mut bytes = Vec::new();
        write(&mut bytes, &sleap).unwrap();

        let file = hdf5_pure::File::from_bytes(bytes).unwrap();
        let tracks = file.dataset("tracks").unwrap();
        assert_eq!(tracks.shape().unwrap(), [1, 2, 2, 3]);
        let numbers = tracks.read_f64().unwrap();
        assert_eq!(
            [numbers[0], numbers[2], numbers[3], numbers[6]],
            [1.0, 5.0, 3.0, 2.0]
        );
        assert!(numbers[1].is_nan() && numbers[5].is_nan());
        let occupied = file.dataset("track_occupancy").unwrap().read_i64().unwrap();
        assert_eq!(occupied, [1, 0, 1]);
        assert_eq!(
            file.dataset("edge_inds").unwrap().read_i64().unwrap(),
            [1, 0]
        );
    }
}
