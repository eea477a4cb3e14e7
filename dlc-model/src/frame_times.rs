use crate::VideoInfo;

/// When the frames of a video are shown, in s from the first.
///
/// # What "even" means
///
/// Frames are even when a constant rate puts each of them nearer to its own time than a tolerance: the
/// rate of the file's header, or else the rate from the first frame to the last. The tolerance is 1 ms
/// or a tick of the container's clock, whichever is more, and at most a quarter of the distance of two
/// frames. The rate of the header may always be off by a tick of 2 ms or less.
///
/// A millisecond, because MKV and FLV files round to it, and copies of their frames in MP4 files keep
/// what was rounded. So 29.97 frames/s in an MKV file are even, and one frame that a camera dropped makes a
/// video uneven.
///
/// # Examples
///
/// ```
/// use dlc_model::FrameTimes;
///
/// // 29.97 frames/s, rounded to milliseconds.
/// let rounded = vec![0.0, 0.033, 0.067, 0.1, 0.133];
/// assert_eq!(
///     FrameTimes::new(rounded, 30000.0 / 1001.0, 0.001),
///     FrameTimes::Even { fps: 30000.0 / 1001.0 }
/// );
///
/// let paused = FrameTimes::new(vec![0.0, 0.04, 0.08, 0.62, 0.66], 25.0, 0.001);
/// assert!(!paused.is_even());
/// assert_eq!(paused.time_s(3), 0.62);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum FrameTimes {
    /// Frame `i` is shown at `i / fps` s.
    Even {
        /// Frames per second.
        fps: f64,
    },
    /// Frame `i` is shown at `times_s[i]` s.
    Uneven {
        /// The times, which never decrease; the first is 0.
        times_s: Vec<f64>,
    },
}

/// What most containers round to, in s; see [`FrameTimes`].
const TOLERANCE_S: f64 = 0.001;

/// The longest tick that rounds frames, in s. Where ticks are longer, as in AVI, they are frames.
const LONGEST_TICK_S: f64 = 0.002;

impl FrameTimes {
    /// Classifies the times of frames as even or uneven.
    ///
    /// `times_s` are in s from anywhere, `fps` is the rate that the header gives, and `tick_s` is the
    /// step of the container's clock.
    pub fn new(mut times_s: Vec<f64>, fps: f64, tick_s: f64) -> Self {
        if let Some(&first_s) = times_s.first() {
            times_s.iter_mut().for_each(|time_s| *time_s -= first_s);
        }
        let mean_s = mean_step_s(&times_s);
        let tolerance_s = TOLERANCE_S.max(tick_s).min(mean_s / 4.0);
        let of_header_s = match tick_s <= LONGEST_TICK_S {
            true => tolerance_s.max(tick_s),
            false => tolerance_s,
        };
        if times_s.len() < 2 || are_within(&times_s, 1.0 / fps, of_header_s) {
            return Self::Even { fps };
        }
        match are_within(&times_s, mean_s, tolerance_s) {
            true => Self::Even { fps: 1.0 / mean_s },
            false => Self::Uneven { times_s },
        }
    }

    /// Returns whether frames are even.
    pub const fn is_even(&self) -> bool {
        matches!(self, Self::Even { .. })
    }

    /// Returns when a frame is shown, in s. Frames after the last one go on at the usual distance.
    pub fn time_s(&self, frame: usize) -> f64 {
        match self {
            Self::Even { fps } => frame as f64 / fps,
            Self::Uneven { times_s } => match times_s.get(frame) {
                Some(time_s) => *time_s,
                None => beyond_s(times_s, frame, usual_step_s(times_s)),
            },
        }
    }

    /// Returns the times of frames from the first on, in s, as [`Self::time_s`].
    pub fn times_s(&self, frames: usize) -> impl Iterator<Item = f64> {
        let usual_s = match self {
            Self::Uneven { times_s } if frames > times_s.len() => usual_step_s(times_s),
            _ => 0.0,
        };
        (0..frames).map(move |frame| match self {
            Self::Uneven { times_s } if frame >= times_s.len() => beyond_s(times_s, frame, usual_s),
            known => known.time_s(frame),
        })
    }

    /// Returns the times of so many frames, fewer or more than there are.
    #[must_use]
    pub fn with_frames(self, frames: usize) -> Self {
        match self {
            Self::Uneven { ref times_s } if times_s.len() != frames => Self::Uneven {
                times_s: self.times_s(frames).collect(),
            },
            same => same,
        }
    }

    /// Returns the times of uneven frames, in s.
    pub fn uneven_s(&self) -> Option<&[f64]> {
        match self {
            Self::Even { .. } => None,
            Self::Uneven { times_s } => Some(times_s),
        }
    }

    /// Returns the shortest and the longest distance between two frames, in s.
    pub fn steps_s(&self) -> [f64; 2] {
        match self {
            Self::Even { fps } => [1.0 / fps; 2],
            Self::Uneven { times_s } => steps(times_s)
                .fold([f64::INFINITY, 0.0], |[least, most], step| {
                    [step.min(least), step.max(most)]
                }),
        }
    }

    /// Returns frames per second: the constant rate, or the mean one.
    pub fn mean_fps(&self) -> f64 {
        match self {
            Self::Even { fps } => *fps,
            Self::Uneven { times_s } => 1.0 / mean_step_s(times_s),
        }
    }
}

impl From<VideoInfo> for FrameTimes {
    /// Takes the rate of the header, where a file holds no times.
    fn from(info: VideoInfo) -> Self {
        Self::Even { fps: info.fps }
    }
}

fn steps(times_s: &[f64]) -> impl Iterator<Item = f64> {
    times_s.windows(2).map(|pair| pair[1] - pair[0])
}

/// Returns the median distance of two frames, or 0 for fewer than two.
fn usual_step_s(times_s: &[f64]) -> f64 {
    let mut steps: Vec<f64> = steps(times_s).collect();
    let Some(middle) = steps.len().checked_sub(1).map(|last| last / 2) else {
        return 0.0;
    };
    *steps.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// Returns the time of a frame after the last one.
fn beyond_s(times_s: &[f64], frame: usize, step_s: f64) -> f64 {
    let last_s = times_s.last().copied().unwrap_or(0.0);
    last_s + (frame + 1 - times_s.len()) as f64 * step_s
}

/// Returns the mean distance of two frames, or 0 for fewer than two.
fn mean_step_s(times_s: &[f64]) -> f64 {
    match times_s {
        [first, .., last] => (last - first) / (times_s.len() - 1) as f64,
        _ => 0.0,
    }
}

/// Returns whether each time is nearer than the tolerance to its multiple of a step.
fn are_within(times_s: &[f64], step_s: f64, tolerance_s: f64) -> bool {
    // Less by a millionth: a tick too late is a whole frame where ticks are as long as frames.
    let tolerance_s = tolerance_s * (1.0 - 1e-6);
    let mut times = times_s.iter().enumerate();
    times.all(|(frame, time_s)| (time_s - frame as f64 * step_s).abs() < tolerance_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(fps: f64, frames: usize) -> Vec<f64> {
        FrameTimes::Even { fps }.times_s(frames).collect()
    }

    fn rounded(fps: f64, frames: usize, ticks_per_s: f64) -> Vec<f64> {
        let times = even(fps, frames).into_iter();
        times
            .map(|t| (t * ticks_per_s).round() / ticks_per_s)
            .collect()
    }

    #[test]
    fn what_a_container_rounds_is_even() {
        for fps in [
            24.0,
            25.0,
            29.97,
            30000.0 / 1001.0,
            59.94,
            120.0,
            240.0,
            999.0,
        ] {
            let times = rounded(fps, 5000, 1000.0);
            assert_eq!(FrameTimes::new(times, fps, 0.001), FrameTimes::Even { fps });
        }
        // A copy of what was rounded: the clock is finer than the times.
        let copy = rounded(29.97, 5000, 1000.0);
        assert!(FrameTimes::new(copy, 29.97, 1.0 / 16_000.0).is_even());
    }

    #[test]
    fn a_rate_that_the_header_has_wrong_is_measured() {
        let times = FrameTimes::new(even(30.0, 600), 20.2, 1.0 / 15_360.0);

        assert!(times.is_even());
        assert!((times.mean_fps() - 30.0).abs() < 1e-9);
        // Drifts by 4 ms in 2 minutes.
        let drifting = FrameTimes::new(rounded(30.001, 3600, 1000.0), 30.0, 0.001);
        assert!(drifting.is_even() && (drifting.mean_fps() - 30.001).abs() < 1e-3);
    }

    #[test]
    fn one_dropped_frame_is_uneven_wherever_it_is() {
        for (fps, ticks_per_s) in [(30.0, 30.0), (30.0, 1000.0), (25.0, 12_800.0), (240.0, 1e5)] {
            for dropped in [1, 2, 50, 98] {
                let mut times = rounded(fps, 101, ticks_per_s);
                times.remove(dropped);
                for named in [fps, fps * 100.0 / 101.0, fps * 99.0 / 100.0] {
                    let times = FrameTimes::new(times.clone(), named, 1.0 / ticks_per_s);
                    assert!(!times.is_even(), "{fps} {ticks_per_s} {dropped} {named}");
                }
            }
        }
    }

    #[test]
    fn jitter_of_milliseconds_is_uneven() {
        let mut times = even(30.0, 100);
        times[50] += 0.002;

        let times = FrameTimes::new(times, 30.0, 1.0 / 90_000.0);

        assert!(!times.is_even());
        let [least, most] = times.steps_s();
        assert!((least - (1.0 / 30.0 - 0.002)).abs() < 1e-9);
        assert!((most - (1.0 / 30.0 + 0.002)).abs() < 1e-9);
    }

    #[test]
    fn few_frames_are_even() {
        for times in [vec![], vec![0.0]] {
            let times = FrameTimes::new(times, 25.0, 0.001);
            assert_eq!(times, FrameTimes::Even { fps: 25.0 });
        }
        assert_eq!(
            FrameTimes::new(vec![0.0, 8.0], 25.0, 0.04).mean_fps(),
            0.125
        );
        assert!(!FrameTimes::new(vec![0.0, 0.0], 25.0, 0.001).is_even());
    }

    #[test]
    fn frames_beyond_the_last_go_on() {
        let times = FrameTimes::Uneven {
            times_s: vec![0.0, 1.0, 2.0, 5.0],
        };

        assert_eq!(
            times.times_s(6).collect::<Vec<_>>(),
            [0.0, 1.0, 2.0, 5.0, 6.0, 7.0]
        );
        assert_eq!((times.time_s(6), times.mean_fps()), (8.0, 0.6));
        let fewer = times.with_frames(2);
        assert_eq!(fewer.uneven_s(), Some(&[0.0, 1.0][..]));
    }
}
