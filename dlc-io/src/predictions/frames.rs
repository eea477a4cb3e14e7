use dlc_model::{Keypoint, PoseTable};

use crate::{Limits, ReadPosesErrorKind as Kind, RowNames};

/// The name of a row that may be a frame of a video.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FrameName {
    Integer(i64),
    Real(f64),
}

impl FrameName {
    /// Returns the name of a row, or `None` when rows are named otherwise.
    pub(crate) fn of(names: &RowNames, row: usize) -> Option<Self> {
        match names {
            RowNames::Numbers(numbers) => Some(Self::Integer(numbers[row])),
            RowNames::Reals(reals) => Some(Self::Real(reals[row])),
            _ => None,
        }
    }

    /// Returns the frame that a row belongs to.
    pub(crate) fn frame(self, row: usize) -> Result<usize, Kind> {
        const MOST: f64 = (1_u64 << 53) as f64;
        let error = |found, problem| {
            Err(Kind::Index {
                row,
                found,
                problem,
            })
        };
        let number = match self {
            Self::Integer(number) => number,
            Self::Real(number) if number.fract() == 0.0 && number.abs() <= MOST => {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole, and in range")]
                let whole = number as i64;
                whole
            }
            Self::Real(number) => return error(number.to_string(), "expected a whole number"),
        };
        match usize::try_from(number) {
            Ok(frame) => Ok(frame),
            Err(_) => error(number.to_string(), "a frame is not negative"),
        }
    }
}

/// A table whose rows come in any order.
pub(crate) struct FrameTable {
    poses: PoseTable,
    limits: Limits,
    /// Which frames were set, where that is not all of them.
    seen: Option<Vec<bool>>,
}

impl FrameTable {
    pub(crate) fn new(poses: PoseTable, limits: Limits) -> Self {
        Self {
            poses,
            limits,
            seen: None,
        }
    }

    /// Sets the keypoints of a frame, which must not have been set.
    pub(crate) fn set(
        &mut self,
        row: usize,
        frame: usize,
        keypoints: impl Iterator<Item = Keypoint>,
    ) -> Result<(), Kind> {
        if self.seen.is_none() && frame == self.poses.len() {
            self.poses.push(keypoints);
            return Ok(());
        }
        if frame >= self.poses.len() {
            self.extend_to(row, frame)?;
        }
        let seen = self
            .seen
            .get_or_insert_with(|| vec![true; self.poses.len()]);
        seen.resize(self.poses.len(), false);
        if std::mem::replace(&mut seen[frame], true) {
            return Err(Kind::Index {
                row,
                found: frame.to_string(),
                problem: "the frame stands more than once",
            });
        }
        let places = self.poses.row_mut(frame).iter_mut();
        places
            .zip(keypoints)
            .for_each(|(place, keypoint)| *place = keypoint);
        Ok(())
    }

    /// Makes room for a frame; those before it that no row names are missing.
    fn extend_to(&mut self, row: usize, frame: usize) -> Result<(), Kind> {
        self.seen
            .get_or_insert_with(|| vec![true; self.poses.len()]);
        let limit = self.limits.max_frames;
        if frame >= limit {
            return Err(Kind::Frame { row, frame, limit });
        }
        let row_len = self.poses.bodyparts().len() * self.poses.num_outputs();
        let size = (row_len * size_of::<Keypoint>()) as u64;
        let bytes = (frame as u64 + 1).saturating_mul(size);
        let limit = self.limits.max_tensor_bytes;
        if bytes > limit
            || self
                .poses
                .try_reserve(frame + 1 - self.poses.len())
                .is_err()
        {
            let what = format!("frames 0 to {frame}, the frame of row {row} (from 0)");
            return Err(Kind::TooLarge { what, bytes, limit });
        }
        self.poses.extend_to(frame + 1);
        Ok(())
    }

    pub(crate) fn finish(self) -> PoseTable {
        self.poses
    }
}

#[cfg(test)]
mod tests {
    use dlc_model::Bodyparts;

    use super::*;

    fn set(frames: &[usize], limits: Limits) -> Result<Vec<f64>, String> {
        let poses = PoseTable::new(Bodyparts::new(["a"]).unwrap());
        let mut table = FrameTable::new(poses, limits);
        for (row, &frame) in frames.iter().enumerate() {
            let keypoint = Keypoint::new(row as f64, 0.0, 1.0);
            let set = table.set(row, frame, [keypoint].into_iter());
            set.map_err(|error| error.to_string())?;
        }
        Ok(table.finish().rows().map(|row| row[0].x).collect())
    }

    #[test]
    fn rows_in_any_order_belong_to_their_frames() {
        let read = set(&[2, 0, 4, 5], Limits::default()).unwrap();

        assert!(read[1].is_nan() && read[3].is_nan());
        assert_eq!([read[0], read[2], read[4], read[5]], [1.0, 0.0, 2.0, 3.0]);
    }

    #[test]
    fn doubled_and_distant_frames_are_refused() {
        let limits = Limits::default().with_max_frames(10);
        for frames in [[0, 1, 0], [3, 1, 3], [0, 2, 2]] {
            let error = set(&frames, limits).unwrap_err();
            assert!(
                error.ends_with("the frame stands more than once"),
                "{error}"
            );
        }
        let error = set(&[0, 10], limits).unwrap_err();
        assert_eq!(
            error,
            "row 1 (from 0) belongs to frame 10: expected fewer than 10 frames"
        );
        let error = set(&[7], limits.with_max_tensor_bytes(100)).unwrap_err();
        assert!(
            error.ends_with("192 bytes, above the limit of 100"),
            "{error}"
        );
        assert!(set(&[1_000_000_000_000], Limits::default()).is_err());
    }

    #[test]
    fn only_whole_numbers_from_0_on_are_frames() {
        assert_eq!(FrameName::Real(3.0).frame(0).unwrap(), 3);
        assert_eq!(FrameName::Integer(3).frame(0).unwrap(), 3);
        for (name, problem) in [
            (FrameName::Real(0.5), "0.5: expected a whole number"),
            (FrameName::Real(f64::NAN), "NaN: expected a whole number"),
            (FrameName::Real(1e300), "expected a whole number"),
            (FrameName::Real(-1.0), "-1: a frame is not negative"),
            (FrameName::Integer(-5), "-5: a frame is not negative"),
        ] {
            let error = name.frame(2).unwrap_err().to_string();
            assert!(error.starts_with("row 2 (from 0)"), "{error}");
            assert!(error.ends_with(problem), "{error}");
        }
    }
}
