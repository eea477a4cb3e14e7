use std::{marker::PhantomData, sync::Arc};

use dlc_model::{Bodyparts, PoseTable};

use crate::{FramePx, Space, YAxis};

/// Where one body part was: a position and a likelihood for each sample.
///
/// `D` is the number of dimensions, 2 for a video and 3 for triangulated body parts; `S` the
/// [`Space`]. A missing position is NaN in all of its coordinates: one that is not finite in any
/// coordinate is made so. A likelihood is in [0, 1] or NaN, and is not looked at here.
#[derive(Clone, Debug, PartialEq)]
pub struct Track<const D: usize, S: Space = FramePx> {
    positions: Vec<[f64; D]>,
    /// Shared by copies, because no step changes it.
    likelihood: Arc<[f64]>,
    space: PhantomData<S>,
}

impl<const D: usize, S: Space> Track<D, S> {
    /// Creates a track.
    ///
    /// # Errors
    ///
    /// Returns an error unless there is one likelihood for each position.
    pub fn new(mut positions: Vec<[f64; D]>, likelihood: Vec<f64>) -> Result<Self, TrackError> {
        if positions.len() != likelihood.len() {
            return Err(TrackError::Likelihood {
                positions: positions.len(),
                likelihood: likelihood.len(),
            });
        }
        for position in &mut positions {
            *position = whole(*position);
        }
        Ok(Self {
            positions,
            likelihood: likelihood.into(),
            space: PhantomData,
        })
    }

    /// Returns the number of samples.
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Returns whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// Returns the positions; NaN is missing.
    pub fn positions(&self) -> &[[f64; D]] {
        &self.positions
    }

    /// Returns the positions, to change them. Missing is NaN in all coordinates.
    pub fn positions_mut(&mut self) -> &mut [[f64; D]] {
        &mut self.positions
    }

    /// Returns the likelihoods, in [0, 1] or NaN.
    pub fn likelihood(&self) -> &[f64] {
        &self.likelihood
    }

    /// Returns both, the positions to change them.
    pub fn parts_mut(&mut self) -> (&mut [[f64; D]], &[f64]) {
        (&mut self.positions, &self.likelihood)
    }
}

/// The body parts of one animal: a [`Track`] each, all of the same length.
///
/// Their `y` points down unless [`Self::with_y_axis`] says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracks<const D: usize, S: Space = FramePx> {
    bodyparts: Bodyparts,
    tracks: Vec<Track<D, S>>,
    y_axis: YAxis,
}

impl<const D: usize, S: Space> Tracks<D, S> {
    /// Creates the tracks of body parts.
    ///
    /// # Errors
    ///
    /// Returns an error unless there is one track for each body part and all have one length.
    pub fn new(bodyparts: Bodyparts, tracks: Vec<Track<D, S>>) -> Result<Self, TrackError> {
        if bodyparts.len() != tracks.len() {
            return Err(TrackError::Bodyparts {
                bodyparts: bodyparts.len(),
                tracks: tracks.len(),
            });
        }
        let expected = tracks[0].len();
        if let Some(at) = tracks.iter().position(|track| track.len() != expected) {
            return Err(TrackError::Length {
                bodypart: bodyparts[at].to_string(),
                found: tracks[at].len(),
                expected,
            });
        }
        Ok(Self {
            bodyparts,
            tracks,
            y_axis: YAxis::Down,
        })
    }

    /// Returns the same tracks where `y` points another way; the numbers stay as they are.
    #[must_use]
    pub fn with_y_axis(self, y_axis: YAxis) -> Self {
        Self { y_axis, ..self }
    }

    /// Adds the samples of the next file of a recording.
    ///
    /// # Errors
    ///
    /// Returns an error, and adds nothing, unless it has the same body parts in the same order.
    pub fn append(&mut self, next: Self) -> Result<(), TrackError> {
        if next.bodyparts != self.bodyparts {
            return Err(TrackError::OtherBodyparts {
                found: next.bodyparts.iter().map(ToString::to_string).collect(),
                expected: self.bodyparts.iter().map(ToString::to_string).collect(),
            });
        }
        for (track, next) in self.tracks.iter_mut().zip(next.tracks) {
            track.positions.extend(next.positions);
            track.likelihood = track
                .likelihood
                .iter()
                .chain(&*next.likelihood)
                .copied()
                .collect();
        }
        Ok(())
    }

    /// Returns which way `y` points.
    pub fn y_axis(&self) -> YAxis {
        self.y_axis
    }

    /// Returns the body parts, in order.
    pub fn bodyparts(&self) -> &Bodyparts {
        &self.bodyparts
    }

    /// Returns the number of samples of each track.
    pub fn len(&self) -> usize {
        self.tracks[0].len()
    }

    /// Returns whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.tracks[0].is_empty()
    }

    /// Returns the track of a body part, by its exact name.
    pub fn get(&self, bodypart: &str) -> Option<&Track<D, S>> {
        Some(&self.tracks[self.bodyparts.position(bodypart)?])
    }

    /// Returns the tracks, in the order of [`Self::bodyparts`].
    pub fn as_slice(&self) -> &[Track<D, S>] {
        &self.tracks
    }

    /// Returns the tracks, to change them.
    pub fn as_mut_slice(&mut self) -> &mut [Track<D, S>] {
        &mut self.tracks
    }
}

impl From<&PoseTable> for Tracks<2, FramePx> {
    fn from(poses: &PoseTable) -> Self {
        let track = |part: usize| {
            let keypoints = || poses.rows().map(|row| row[part * poses.num_outputs()]);
            Track {
                positions: keypoints().map(|k| whole([k.x, k.y])).collect(),
                likelihood: keypoints().map(|k| k.likelihood).collect(),
                space: PhantomData,
            }
        };
        let bodyparts = poses.bodyparts().clone();
        let tracks = (0..bodyparts.len()).map(track).collect();
        Self {
            bodyparts,
            tracks,
            y_axis: YAxis::Down,
        }
    }
}

/// An error returned when numbers do not make tracks.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrackError {
    /// There is not one likelihood for each position.
    #[error("{likelihood} likelihoods for {positions} positions")]
    Likelihood {
        /// The number of positions.
        positions: usize,
        /// The number of likelihoods.
        likelihood: usize,
    },
    /// There is not one track for each body part.
    #[error("{tracks} tracks for {bodyparts} body parts")]
    Bodyparts {
        /// The number of body parts.
        bodyparts: usize,
        /// The number of tracks.
        tracks: usize,
    },
    /// A file has other body parts than the one before, or in another order.
    #[error("body parts {}, expected {} as in the file before", found.join(", "), expected.join(", "))]
    OtherBodyparts {
        /// The body parts of the file.
        found: Vec<String>,
        /// Those of the file before.
        expected: Vec<String>,
    },
    /// A track is longer or shorter than the first.
    #[error("{bodypart} has {found} samples, expected {expected} as the first body part")]
    Length {
        /// The body part.
        bodypart: String,
        /// Its number of samples.
        found: usize,
        /// The number of samples of the first body part.
        expected: usize,
    },
}

/// Returns a position, or a missing one when a coordinate is not finite.
fn whole<const D: usize>(position: [f64; D]) -> [f64; D] {
    match position.iter().all(|coordinate| coordinate.is_finite()) {
        true => position,
        false => [f64::NAN; D],
    }
}

#[cfg(test)]
mod tests {
    use dlc_model::Keypoint;

    use super::*;

    #[test]
    fn half_a_position_is_none() {
        let positions = vec![[1.0, f64::NAN], [f64::INFINITY, 2.0], [3.0, 4.0]];
        let track: Track<2> = Track::new(positions, vec![0.9; 3]).unwrap();

        assert!(track.positions()[..2].iter().flatten().all(|v| v.is_nan()));
        assert_eq!(track.positions()[2], [3.0, 4.0]);
    }

    #[test]
    fn frames_that_were_never_seen_are_missing() {
        let mut poses = PoseTable::new(Bodyparts::new(["snout", "tail"]).unwrap());
        poses.set(1, &[Keypoint::new(1.0, 2.0, 0.5), Keypoint::MISSING]);

        let tracks = Tracks::from(&poses);

        let snout = tracks.get("snout").unwrap();
        assert_eq!(tracks.len(), 2);
        assert!(snout.positions()[0][0].is_nan() && snout.likelihood()[0].is_nan());
        assert_eq!(
            (snout.positions()[1], snout.likelihood()[1]),
            ([1.0, 2.0], 0.5)
        );
    }

    #[test]
    fn files_of_one_recording_have_the_same_body_parts() {
        let file = |names: [&str; 2]| {
            let track = Track::<2>::new(vec![[1.0, 2.0]; 3], vec![1.0; 3]).unwrap();
            Tracks::<2>::new(Bodyparts::new(names).unwrap(), vec![track.clone(), track]).unwrap()
        };
        let mut recording = file(["a", "b"]);

        recording.append(file(["a", "b"])).unwrap();
        assert_eq!(recording.len(), 6);
        assert_eq!(
            recording.append(file(["b", "a"])).unwrap_err().to_string(),
            "body parts b, a, expected a, b as in the file before"
        );
        assert_eq!(recording.len(), 6);
    }

    #[test]
    fn lengths_are_checked_once() {
        let track = |len| Track::<3>::new(vec![[0.0; 3]; len], vec![1.0; len]).unwrap();
        let parts = || Bodyparts::new(["a", "b"]).unwrap();

        assert!(Track::<2>::new(vec![[0.0; 2]], vec![]).is_err());
        assert!(Tracks::new(parts(), vec![track(2)]).is_err());
        assert_eq!(
            Tracks::new(parts(), vec![track(2), track(3)])
                .unwrap_err()
                .to_string(),
            "b has 3 samples, expected 2 as the first body part"
        );
    }
}
