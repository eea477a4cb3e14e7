use std::collections::TryReserveError;

use crate::{Bodyparts, Keypoint};

/// The keypoints of one animal in the frames of a video.
///
/// A row is a frame: row `i` belongs to frame `i` of the video, always. A frame that was never
/// set is a row of [`Keypoint::MISSING`]. Rows are stored one after the other, because frames
/// arrive that way and all of DeepLabCut's files are written that way.
///
/// A row has one keypoint for each body part, or as many as [`Self::num_outputs`] says: then all
/// of the first body part, the likeliest first, then all of the second.
#[derive(Clone, Debug, PartialEq)]
pub struct PoseTable {
    bodyparts: Bodyparts,
    num_outputs: usize,
    keypoints: Vec<Keypoint>,
}

impl PoseTable {
    /// Creates a table without rows.
    pub fn new(bodyparts: Bodyparts) -> Self {
        Self::with_outputs(bodyparts, 1)
    }

    /// Creates a table without rows that holds several keypoints of each body part.
    ///
    /// # Panics
    ///
    /// Panics if `num_outputs` is 0.
    pub fn with_outputs(bodyparts: Bodyparts, num_outputs: usize) -> Self {
        assert!(num_outputs > 0, "a keypoint for each body part");
        Self {
            bodyparts,
            num_outputs,
            keypoints: Vec::new(),
        }
    }

    /// Returns the body parts, in the order of a row.
    pub fn bodyparts(&self) -> &Bodyparts {
        &self.bodyparts
    }

    /// Returns how many keypoints there are of each body part: mostly 1.
    pub fn num_outputs(&self) -> usize {
        self.num_outputs
    }

    /// Returns the number of frames.
    pub fn len(&self) -> usize {
        self.keypoints.len() / self.row_len()
    }

    /// Returns whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.keypoints.is_empty()
    }

    /// Makes room for so many more frames, so that memory is asked for once.
    pub fn reserve(&mut self, frames: usize) {
        self.keypoints
            .reserve_exact(frames.saturating_mul(self.row_len()));
    }

    /// Makes room for so many more frames, where there is memory for them.
    ///
    /// # Errors
    ///
    /// Returns an error when there is none.
    pub fn try_reserve(&mut self, frames: usize) -> Result<(), TryReserveError> {
        let keypoints = frames.saturating_mul(self.row_len());
        self.keypoints.try_reserve(keypoints)
    }

    /// Appends the keypoints of the next frame.
    ///
    /// # Panics
    ///
    /// Panics unless there are [`Self::num_outputs`] keypoints for each body part.
    pub fn push(&mut self, keypoints: impl IntoIterator<Item = Keypoint>) {
        let end = self.keypoints.len() + self.row_len();
        self.keypoints.extend(keypoints);
        assert_eq!(self.keypoints.len(), end, "the keypoints of each body part");
    }

    /// Makes the table at least `frames` long; new rows are missing.
    pub fn extend_to(&mut self, frames: usize) {
        let frames = frames.max(self.len());
        self.keypoints
            .resize(frames * self.row_len(), Keypoint::MISSING);
    }

    /// Sets the keypoints of a frame; rows before it that were never set are missing.
    ///
    /// # Panics
    ///
    /// Panics unless there are [`Self::num_outputs`] keypoints for each body part.
    pub fn set(&mut self, frame: usize, keypoints: &[Keypoint]) {
        assert_eq!(
            keypoints.len(),
            self.row_len(),
            "the keypoints of each body part"
        );
        self.extend_to(frame + 1);
        let start = frame * self.row_len();
        self.keypoints[start..start + keypoints.len()].copy_from_slice(keypoints);
    }

    /// Returns the keypoints of a frame, in the order of [`Self::bodyparts`].
    ///
    /// # Panics
    ///
    /// Panics if there is no such frame.
    pub fn row(&self, frame: usize) -> &[Keypoint] {
        let start = frame * self.row_len();
        &self.keypoints[start..start + self.row_len()]
    }

    /// Returns the keypoints of a frame to change them, in the order of [`Self::bodyparts`].
    ///
    /// # Panics
    ///
    /// Panics if there is no such frame.
    pub fn row_mut(&mut self, frame: usize) -> &mut [Keypoint] {
        let start = frame * self.row_len();
        let len = self.row_len();
        &mut self.keypoints[start..start + len]
    }

    /// Returns the rows, in the order of the frames.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[Keypoint]> {
        self.keypoints.chunks_exact(self.row_len())
    }

    /// Returns the table with the likeliest keypoint of each body part alone.
    #[must_use]
    pub fn into_likeliest(self) -> Self {
        if self.num_outputs == 1 {
            return self;
        }
        let likeliest = self.keypoints.into_iter().step_by(self.num_outputs);
        Self {
            bodyparts: self.bodyparts,
            num_outputs: 1,
            keypoints: likeliest.collect(),
        }
    }

    /// Returns the number of keypoints in a row.
    pub fn row_len(&self) -> usize {
        self.num_outputs * self.bodyparts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_were_not_set_are_missing_and_nothing_shifts() {
        let mut poses = PoseTable::new(Bodyparts::new(["snout"]).unwrap());
        poses.set(2, &[Keypoint::new(1.0, 2.0, 0.5)]);
        poses.extend_to(4);

        let seen: Vec<bool> = poses.rows().map(|row| !row[0].is_missing()).collect();
        assert_eq!(seen, [false, false, true, false]);
    }

    #[test]
    fn extending_never_shortens() {
        let mut poses = PoseTable::new(Bodyparts::new(["snout"]).unwrap());
        poses.extend_to(3);
        poses.extend_to(1);

        assert_eq!(poses.len(), 3);
    }

    #[test]
    fn rows_are_appended_in_the_order_of_frames() {
        let mut poses = PoseTable::new(Bodyparts::new(["snout"]).unwrap());
        poses.reserve(2);
        poses.push([Keypoint::new(1.0, 2.0, 0.5)]);
        poses.push([Keypoint::MISSING]);

        assert_eq!((poses.len(), poses.row(0)[0].y), (2, 2.0));
    }

    #[test]
    fn several_keypoints_of_a_body_part_stand_side_by_side() {
        let bodyparts = Bodyparts::new(["snout", "tail"]).unwrap();
        let mut poses = PoseTable::with_outputs(bodyparts, 2);
        let row = [0.9, 0.1, 0.8, 0.2].map(|likelihood| Keypoint::new(1.0, 2.0, likelihood));

        poses.set(1, &row);

        assert_eq!((poses.len(), poses.num_outputs()), (2, 2));
        assert_eq!(poses.row(1), row);
        assert!(poses.row(0).iter().all(|keypoint| keypoint.is_missing()));
        let likeliest = poses.into_likeliest();
        assert_eq!(likeliest.row(1), [row[0], row[2]]);
    }
}
