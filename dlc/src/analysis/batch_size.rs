//! How many frames are in memory together, whatever a configuration asks for.

use dlc_infer::BatchStatistics;

use crate::analysis::batches::Plan;

/// What the pixels of a batch may take where poses do not depend on its size.
const SHRUNK_BYTES: usize = 256 << 20;

/// What the pixels of a batch may take where poses depend on its size.
const LARGEST_BYTES: usize = 1 << 30;

impl Plan {
    /// Makes batches no larger than the video and the memory for them.
    ///
    /// A batch whose size makes no difference to the poses is made smaller; another one that is
    /// too large is refused.
    pub(crate) fn bounded(self) -> Result<Self, BatchSizeError> {
        let most = self.fitting(LARGEST_BYTES);
        if self.statistics == BatchStatistics::Frame {
            return Ok(Self {
                frames_at_once: self.shrunk(),
                ..self
            });
        }
        if self.frames_at_once > most {
            return Err(BatchSizeError {
                frames: self.frames_at_once,
                size: [self.crop.width(), self.crop.height()],
                most,
            });
        }
        Ok(self)
    }

    /// Returns how many frames may wait for the network: two batches, or what memory there is for.
    pub(crate) fn queued(self) -> usize {
        self.shrunk().saturating_mul(2)
    }

    /// Returns the frames of a batch that is no larger than the video and [`SHRUNK_BYTES`].
    fn shrunk(self) -> usize {
        let most = self.fitting(SHRUNK_BYTES).min(self.frame_count).max(1);
        self.frames_at_once.min(most)
    }

    /// Returns how many frames take so many bytes: at least one.
    fn fitting(self, bytes: usize) -> usize {
        let frame_bytes = 3 * self.crop.width() * self.crop.height();
        (bytes / frame_bytes.max(1)).max(1)
    }
}

/// An error returned when a batch of frames would take too much memory.
///
/// It is one of [`BatchStatistics::Batch`] alone, where poses depend on the size of a batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a batch of {frames} frames of {} x {} px is too large: expected a `batch_size` of at most {most}",
    size[0], size[1]
)]
pub struct BatchSizeError {
    frames: usize,
    size: [usize; 2],
    most: usize,
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use dlc_model::Crop;

    use super::*;

    fn plan(frames_at_once: usize, statistics: BatchStatistics) -> Plan {
        Plan {
            frames_at_once,
            num_outputs: NonZeroUsize::MIN,
            statistics,
            crop: Crop::full(640, 480),
            dynamic: None,
            frame_count: 100,
        }
    }

    #[test]
    fn a_batch_is_no_larger_than_the_video_and_the_memory_for_it() {
        let frames = |frames, frame_count| {
            let plan = Plan {
                frame_count,
                ..plan(frames, BatchStatistics::Frame)
            };
            let plan = plan.bounded().unwrap();
            (plan.frames_at_once, plan.queued())
        };

        assert_eq!(frames(8, 100), (8, 16));
        assert_eq!(frames(1_000_000_000, 100), (100, 200));
        assert_eq!(frames(1_000_000_000, 1 << 26), (291, 582));
        assert_eq!(frames(usize::MAX, 0), (1, 2));
    }

    #[test]
    fn a_batch_whose_size_counts_is_refused_and_not_shrunk() {
        let large = plan(200, BatchStatistics::Batch).bounded().unwrap();
        assert_eq!((large.frames_at_once, large.queued()), (200, 200));

        let error = plan(1_000_000_000, BatchStatistics::Batch).bounded();
        assert_eq!(
            error.unwrap_err().to_string(),
            "a batch of 1000000000 frames of 640 x 480 px is too large: expected a `batch_size` of at most 1165"
        );
    }
}
