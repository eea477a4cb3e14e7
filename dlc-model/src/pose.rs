use crate::{Bodyparts, Keypoint};

/// The keypoints of one animal in the frames of a video.
///
/// A row is a frame: row `i` belongs to frame `i` of the video, always. A frame that was never
/// set is a row of [`Keypoint::MISSING`]. Rows are stored one after the other, because frames
/// arrive that way and all of DeepLabCut's files are written that way.
#[derive(Clone, Debug, PartialEq)]
pub struct PoseTable {
    bodyparts: Bodyparts,
    keypoints: Vec<Keypoint>,
}

impl PoseTable {
    /// Creates a table without rows.
    pub fn new(bodyparts: Bodyparts) -> Self {
        Self {
            bodyparts,
            keypoints: Vec::new(),
        }
    }

    /// Returns the body parts, in the order of a row.
    pub fn bodyparts(&self) -> &Bodyparts {
        &self.bodyparts
    }

    /// Returns the number of frames.
    pub fn len(&self) -> usize {
        self.keypoints.len() / self.bodyparts.len()
    }

    /// Returns whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.keypoints.is_empty()
    }

    /// Makes the table at least `frames` long; new rows are missing.
    pub fn extend_to(&mut self, frames: usize) {
        let frames = frames.max(self.len());
        self.keypoints
            .resize(frames * self.bodyparts.len(), Keypoint::MISSING);
    }

    /// Sets the keypoints of a frame; rows before it that were never set are missing.
    ///
    /// # Panics
    ///
    /// Panics unless there is one keypoint for each body part.
    pub fn set(&mut self, frame: usize, keypoints: &[Keypoint]) {
        assert_eq!(
            keypoints.len(),
            self.bodyparts.len(),
            "one keypoint for each body part"
        );
        self.extend_to(frame + 1);
        let start = frame * self.bodyparts.len();
        self.keypoints[start..start + keypoints.len()].copy_from_slice(keypoints);
    }

    /// Returns the keypoints of a frame, in the order of [`Self::bodyparts`].
    ///
    /// # Panics
    ///
    /// Panics if there is no such frame.
    pub fn row(&self, frame: usize) -> &[Keypoint] {
        let start = frame * self.bodyparts.len();
        &self.keypoints[start..start + self.bodyparts.len()]
    }

    /// Returns the rows, in the order of the frames.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[Keypoint]> {
        self.keypoints.chunks_exact(self.bodyparts.len())
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
}
