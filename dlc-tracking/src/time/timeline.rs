use std::ops::Range;

use dlc_model::FrameTimes;

use super::{
    Clock, ClockError, Timestamp,
    clock::{check, check_rate, median_rate_hz},
};

/// When the samples of a recording were taken: the times, their rate, and the files they are from.
///
/// # Examples
///
/// ```
/// use dlc_tracking::time::{FileTime, Timeline};
///
/// let file = |start: &str| Ok::<_, Box<dyn std::error::Error>>(FileTime::even(start.parse()?, 40.0, 3));
/// let files = [file("2020-10-13T11:02:00+02:00")?, file("2020-10-13T11:02:10.5+02:00")?];
///
/// let timeline = Timeline::from_files(&files)?;
///
/// assert_eq!(timeline.times_s(), [0.0, 0.025, 0.05, 10.5, 10.525, 10.55]);
/// assert!((timeline.rate_hz() - 40.0).abs() < 1e-9);
/// assert_eq!(timeline.file_of(3), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    times_s: Vec<f64>,
    rate_hz: f64,
    start: Option<Timestamp>,
    /// Where each file begins.
    files: Vec<usize>,
}

/// When the frames of a file were taken.
#[derive(Clone, Debug, PartialEq)]
pub struct FileTime {
    /// The moment of the first frame.
    pub start: Timestamp,
    /// When frames were taken, from the first.
    pub times: FrameTimes,
    /// The number of frames.
    pub frames: usize,
}

impl FileTime {
    /// Creates the times of so many frames at an even rate, in Hz.
    pub const fn even(start: Timestamp, rate_hz: f64, frames: usize) -> Self {
        let times = FrameTimes::Even { fps: rate_hz };
        Self {
            start,
            times,
            frames,
        }
    }

    fn times_s(&self) -> Vec<f64> {
        let mut times_s: Vec<f64> = self.times.times_s(self.frames).collect();
        if !self.times.is_even() {
            spread_equal(&mut times_s);
        }
        times_s
    }
}

/// Spreads frames of one time up to the next: the clock of their container is too coarse for them.
fn spread_equal(times_s: &mut [f64]) {
    let mut first = 0;
    while let Some(&time_s) = times_s.get(first) {
        let later = times_s[first + 1..].iter();
        let equal = 1 + later.take_while(|later| **later == time_s).count();
        let next = first + equal;
        let step_s = match (times_s.get(next), first.checked_sub(1)) {
            (Some(next_s), _) => next_s - time_s,
            (None, Some(before)) => time_s - times_s[before],
            (None, None) => 0.0,
        };
        for place in 1..equal {
            times_s[first + place] += step_s * place as f64 / equal as f64;
        }
        first = next;
    }
}

/// The time between two files in which nothing was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pause {
    /// The sample before it.
    pub after: usize,
    /// How long it is, in s: from one sample to the next, less the usual distance of samples.
    pub seconds: f64,
}

impl Timeline {
    /// Creates the times of samples at an even rate: the first at 0 s, sample `i` at `i / rate_hz`.
    ///
    /// # Errors
    ///
    /// Returns an error when the rate is not a number greater than zero, or when there are more
    /// than a hundred million samples.
    pub fn uniform(rate_hz: f64, samples: usize) -> Result<Self, TimelineError> {
        check_rate(rate_hz)?;
        check_length(samples)?;
        let times_s = (0..samples).map(|sample| sample as f64 / rate_hz).collect();
        Ok(Self {
            times_s,
            rate_hz,
            start: None,
            files: vec![0],
        })
    }

    /// Takes the times of samples as they are, in s, e.g., synchronised ones. The rate is 1 / the
    /// median of their distances.
    ///
    /// # Errors
    ///
    /// Returns an error that names the first time that is not finite or not later than the one
    /// before.
    pub fn from_times(times_s: Vec<f64>) -> Result<Self, TimelineError> {
        check(&times_s)?;
        Ok(Self {
            rate_hz: median_rate_hz(&times_s),
            times_s,
            start: None,
            files: vec![0],
        })
    }

    /// Joins the files of a recording, in their order. Times count from the start of the first
    /// file in seconds; pauses stay. Frames that a file gives one time are spread up to the next.
    ///
    /// # Errors
    ///
    /// Returns an error when there is no file, when an even file has another frame rate than the first
    /// even one, when a file begins before the last frame of the one before it, when times are not
    /// finite or decrease, or when there are more than a hundred million frames.
    pub fn from_files(files: &[FileTime]) -> Result<Self, TimelineError> {
        let first = files.first().ok_or(TimelineError::NoFile)?;
        let rate_hz = check_rates(files)?;
        let frames = files.iter().map(|file| file.frames);
        let frames = frames.fold(0, usize::saturating_add);
        check_length(frames)?;
        let mut timeline = Self {
            times_s: Vec::with_capacity(frames),
            rate_hz,
            start: Some(first.start),
            files: Vec::with_capacity(files.len()),
        };
        for (place, file) in files.iter().enumerate() {
            let begin_s = file.start.seconds_since(first.start);
            if let Some(&last_s) = timeline.times_s.last()
                && begin_s <= last_s
            {
                return Err(TimelineError::Overlap {
                    file: place,
                    seconds: last_s - begin_s,
                });
            }
            timeline.files.push(timeline.times_s.len());
            let times_s = file.times_s().into_iter();
            timeline
                .times_s
                .extend(times_s.map(|time_s| begin_s + time_s));
        }
        if files.iter().any(|file| !file.times.is_even()) {
            check(&timeline.times_s)?;
        }
        if timeline.times_s.len() > 1 {
            timeline.rate_hz = median_rate_hz(&timeline.times_s);
        }
        Ok(timeline)
    }

    /// Sets the moment at 0 s.
    #[must_use]
    pub const fn with_start(mut self, start: Timestamp) -> Self {
        self.start = Some(start);
        self
    }

    /// Lends the times and the rate.
    pub fn clock(&self) -> Clock<'_> {
        Clock::checked(&self.times_s, self.rate_hz)
    }

    /// Returns the times, in s.
    pub fn times_s(&self) -> &[f64] {
        &self.times_s
    }

    /// Returns the sample rate, in Hz; pauses do not change it.
    pub const fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Returns the moment at 0 s, if it is known.
    pub const fn start(&self) -> Option<Timestamp> {
        self.start
    }

    /// Returns the times in s since 1970-01-01T00:00:00Z, if the start is known.
    ///
    /// Such large numbers are rounded to about a quarter of a microsecond.
    pub fn unix_s(&self) -> Option<Vec<f64>> {
        let start_s = self.start?.unix_s();
        Some(self.times_s.iter().map(|time_s| start_s + time_s).collect())
    }

    /// Returns the number of samples.
    pub const fn len(&self) -> usize {
        self.times_s.len()
    }

    /// Returns whether there is no sample.
    pub const fn is_empty(&self) -> bool {
        self.times_s.is_empty()
    }

    /// Returns the samples of each file, in order.
    pub fn files(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = self.files[1..].iter().copied().chain([self.len()]);
        self.files.iter().zip(ends).map(|(start, end)| *start..end)
    }

    /// Returns the file that a sample is from, or `None` when there is no such sample.
    pub fn file_of(&self, sample: usize) -> Option<usize> {
        self.files().position(|file| file.contains(&sample))
    }

    /// Returns the pauses between files.
    pub fn pauses(&self) -> Vec<Pause> {
        let between = |start: &usize| {
            let after = start.checked_sub(1)?;
            let step_s = self.times_s.get(*start)? - self.times_s[after];
            let seconds = step_s - 1.0 / self.rate_hz;
            Some(Pause { after, seconds })
        };
        self.files[1..].iter().filter_map(between).collect()
    }
}

/// How many samples a recording may have: four weeks at 40 Hz.
const MOST_SAMPLES: usize = 100_000_000;

/// Returns the rate that even files share, in Hz, or the mean one of the first.
fn check_rates(files: &[FileTime]) -> Result<f64, TimelineError> {
    let mut expected: Option<f64> = None;
    for (place, file) in files.iter().enumerate() {
        let FrameTimes::Even { fps: found_hz } = file.times else {
            continue;
        };
        check_rate(found_hz)?;
        let expected_hz = *expected.get_or_insert(found_hz);
        if found_hz != expected_hz {
            return Err(TimelineError::OtherRate {
                file: place,
                found_hz,
                expected_hz,
            });
        }
    }
    let mean = files.first().map_or(0.0, |file| file.times.mean_fps());
    Ok(expected.unwrap_or(mean))
}

/// Refuses a number of frames that a broken header may name.
const fn check_length(samples: usize) -> Result<(), TimelineError> {
    match samples <= MOST_SAMPLES {
        true => Ok(()),
        false => Err(TimelineError::TooLong { samples }),
    }
}

/// An error returned when files or times do not make a recording.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TimelineError {
    /// There is no file.
    #[error("no files: expected at least one")]
    NoFile,
    /// A file has another frame rate than the first.
    #[error("file {file} has {found_hz} frames/s, expected {expected_hz} as the first file")]
    OtherRate {
        /// The place of the file, from 0.
        file: usize,
        /// Its frame rate, in Hz.
        found_hz: f64,
        /// The frame rate of the first file, in Hz.
        expected_hz: f64,
    },
    /// A file begins before the one before it ends.
    #[error("file {file} begins {seconds} s before the last frame of the file before it")]
    Overlap {
        /// The place of the file, from 0.
        file: usize,
        /// How much earlier, in s.
        seconds: f64,
    },
    /// There are too many samples.
    #[error("{samples} samples: expected at most {MOST_SAMPLES}")]
    TooLong {
        /// The number of samples.
        samples: usize,
    },
    /// The times or the rate are none.
    #[error(transparent)]
    Clock(#[from] ClockError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(start: &str, rate_hz: f64, frames: usize) -> FileTime {
        FileTime::even(start.parse().unwrap(), rate_hz, frames)
    }

    fn uneven(start: &str, times_s: &[f64]) -> FileTime {
        FileTime {
            start: start.parse().unwrap(),
            times: FrameTimes::Uneven {
                times_s: times_s.into(),
            },
            frames: times_s.len(),
        }
    }

    #[test]
    fn uneven_frames_keep_their_times() {
        let timeline = Timeline::from_files(&[
            uneven("2020-10-13T11:02:00Z", &[0.0, 0.025, 0.525, 0.55]),
            file("2020-10-13T11:02:10Z", 40.0, 2),
        ])
        .unwrap();

        let times = [0.0, 0.025, 0.525, 0.55, 10.0, 10.025];
        assert_eq!(timeline.times_s(), times);
        assert!((timeline.rate_hz() - 40.0).abs() < 1e-9);
        assert_eq!(
            timeline.unix_s().unwrap()[2],
            timeline.unix_s().unwrap()[0] + 0.525
        );
    }

    #[test]
    fn frames_of_one_time_are_spread() {
        let times = [0.0, 0.0, 0.25, 1.0, 1.0, 1.0];
        let timeline = Timeline::from_files(&[uneven("2020-10-13T11:02:00Z", &times)]).unwrap();

        let expected = [0.0, 0.125, 0.25, 1.0, 1.25, 1.5];
        assert_eq!(timeline.times_s(), expected);
        assert!(Timeline::from_files(&[uneven("2020-10-13T11:02:00Z", &[0.0, 0.0])]).is_err());
        assert!(Timeline::from_files(&[uneven("2020-10-13T11:02:00Z", &[0.0, f64::NAN])]).is_err());
    }

    #[test]
    fn pauses_stay_and_do_not_change_the_rate() {
        let timeline = Timeline::from_files(&[
            file("2020-10-13T11:02:00+02:00", 40.0, 12),
            file("2020-10-13T11:02:10.5+02:00", 40.0, 9),
            file("2020-10-13T11:02:21+02:00", 40.0, 10),
        ])
        .unwrap();

        assert_eq!(timeline.len(), 31);
        assert!((timeline.rate_hz() - 40.0).abs() < 1e-6);
        assert_eq!(timeline.unix_s().unwrap()[12], 1602579730.5);
        let pauses = timeline.pauses();
        assert_eq!([pauses[0].after, pauses[1].after], [11, 20]);
        assert!((pauses[0].seconds - 10.2).abs() < 1e-6);
        assert_eq!(timeline.file_of(20), Some(1));
        assert_eq!(timeline.file_of(31), None);
    }

    #[test]
    fn files_without_frames_have_no_samples() {
        let timeline = Timeline::from_files(&[
            file("2020-10-13T11:02:00Z", 40.0, 0),
            file("2020-10-13T11:02:01Z", 40.0, 1),
            file("2020-10-13T11:02:02Z", 40.0, 0),
        ])
        .unwrap();

        let files: Vec<_> = timeline.files().collect();
        assert_eq!(files, [0..0, 0..1, 1..1]);
        assert_eq!((timeline.rate_hz(), timeline.times_s()), (40.0, &[1.0][..]));
        assert!(timeline.pauses().is_empty());
    }

    #[test]
    fn files_that_do_not_fit_are_named() {
        let error = |files: &[FileTime]| Timeline::from_files(files).unwrap_err().to_string();

        let first = file("2020-10-13T11:02:00Z", 40.0, 41);
        let soon = file("2020-10-13T11:02:01Z", 40.0, 41);
        let fast = file("2020-10-13T11:03:00Z", 60.0, 41);
        assert_eq!(
            error(&[first.clone(), soon]),
            "file 1 begins 0 s before the last frame of the file before it"
        );
        assert_eq!(
            error(&[first.clone(), fast]),
            "file 1 has 60 frames/s, expected 40 as the first file"
        );
        assert_eq!(error(&[]), "no files: expected at least one");
        let endless = file("2020-10-13T11:02:00Z", 40.0, usize::MAX);
        assert!(error(&[first, endless]).ends_with("expected at most 100000000"));
        assert!(Timeline::uniform(f64::NAN, 3).is_err());
        assert!(Timeline::uniform(40.0, usize::MAX).is_err());
        assert!(Timeline::from_times(vec![0.0, 0.0]).is_err());
    }
}
