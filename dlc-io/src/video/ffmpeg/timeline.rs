use crate::video::{DecodeVideoError, MAX_FRAMES};

/// The frames of a video in the order of presentation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Timeline {
    order: Order,
    next: usize,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Order {
    /// The time of each frame in units of the time base, sorted.
    Times(Vec<i64>),
    /// Not all packets have a time: only their number is known.
    Count(usize),
}

impl Timeline {
    /// Sorts the times of the packets that are presented.
    pub(super) fn from_packets(times: Vec<Option<i64>>) -> Self {
        let count = times.len();
        let times: Option<Vec<i64>> = times.into_iter().collect();
        let order = times.map_or(Order::Count(count), |mut times| {
            times.sort_unstable();
            Order::Times(times)
        });
        Self { order, next: 0 }
    }

    /// Fills in the frames that a camera dropped, where time is counted in frames (AVI).
    ///
    /// Does so only if there are then no more frames than the file's header says.
    pub(super) fn with_dropped(self, promised: usize) -> Self {
        let Order::Times(times) = &self.order else {
            return self;
        };
        let len = times
            .last()
            .and_then(|last| usize::try_from(last.checked_add(1)?).ok());
        match len {
            Some(len) if (times.len()..=promised.min(MAX_FRAMES)).contains(&len) => Self {
                order: Order::Times((0..=times[times.len() - 1]).collect()),
                next: 0,
            },
            _ => self,
        }
    }

    /// Returns the number of frames.
    pub(super) fn len(&self) -> usize {
        match &self.order {
            Order::Times(times) => times.len(),
            Order::Count(count) => *count,
        }
    }

    /// Returns the time of each frame in units of the time base, where all have one.
    pub(super) fn times(&self) -> Option<&[i64]> {
        match &self.order {
            Order::Times(times) => Some(times),
            Order::Count(_) => None,
        }
    }

    /// Returns the index that comes next if nothing is missing.
    pub(super) fn next(&self) -> usize {
        self.next
    }

    /// Returns the index of the next decoded frame, and passes those that did not decode.
    pub(super) fn index(&mut self, time: Option<i64>) -> Result<usize, DecodeVideoError> {
        let index = match &self.order {
            Order::Count(_) => self.next,
            Order::Times(times) => {
                let rest = times.get(self.next..).unwrap_or_default();
                let passed = time.map(|time| rest.partition_point(|t| *t < time));
                match passed {
                    Some(passed) if rest.get(passed).copied() == time => self.next + passed,
                    _ => return Err(DecodeVideoError::UnknownTime { time }),
                }
            }
        };
        self.next = index + 1;
        Ok(index)
    }

    /// Finds out at the end whether frames are missing in places that nobody can know.
    pub(super) fn finish(&self) -> Result<(), DecodeVideoError> {
        match self.order {
            Order::Count(expected) if self.next != expected => {
                Err(DecodeVideoError::UncertainGap {
                    decoded: self.next,
                    expected,
                })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(times: &[i64]) -> Timeline {
        Timeline::from_packets(times.iter().copied().map(Some).collect())
    }

    #[test]
    fn a_missing_frame_leaves_a_gap() {
        let mut timeline = times(&[0, 120, 40, 80, 160]);

        let indices = [0, 40, 160].map(|time| timeline.index(Some(time)).unwrap());

        assert_eq!(indices, [0, 1, 4]);
        assert_eq!(timeline.finish(), Ok(()));
    }

    #[test]
    fn equal_times_are_frames_of_their_own() {
        let mut timeline = times(&[0, 40, 40, 80]);

        let indices = [0, 40, 40, 80].map(|time| timeline.index(Some(time)).unwrap());

        assert_eq!(indices, [0, 1, 2, 3]);
    }

    #[test]
    fn a_time_of_no_packet_is_an_error() {
        let mut timeline = times(&[0, 40, 80]);

        assert_eq!(timeline.index(Some(40)), Ok(1));
        for time in [None, Some(0), Some(40), Some(79), Some(i64::MAX)] {
            assert_eq!(
                timeline.index(time),
                Err(DecodeVideoError::UnknownTime { time })
            );
        }
        assert_eq!(timeline.index(Some(80)), Ok(2));
    }

    #[test]
    fn without_times_all_frames_must_come() {
        let mut timeline = Timeline::from_packets(vec![Some(0), None, None]);

        assert_eq!(timeline.len(), 3);
        assert_eq!(timeline.index(None), Ok(0));
        assert_eq!(timeline.index(Some(7)), Ok(1));
        assert_eq!(
            timeline.finish(),
            Err(DecodeVideoError::UncertainGap {
                decoded: 2,
                expected: 3
            })
        );
        assert_eq!(timeline.index(None), Ok(2));
        assert_eq!(timeline.finish(), Ok(()));
    }

    #[test]
    fn dropped_frames_are_counted_as_far_as_the_header_goes() {
        assert_eq!(times(&[0, 1, 4]).with_dropped(5).len(), 5);
        assert_eq!(times(&[0, 1, 4]).with_dropped(4).len(), 3);
        assert_eq!(times(&[0, 1, i64::MAX - 1]).with_dropped(9).len(), 3);
        assert_eq!(times(&[]).with_dropped(9).len(), 0);
    }
}
