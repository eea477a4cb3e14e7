use std::path::{Path, PathBuf};

use dlc_io::{
    Predictions,
    atomic::{self, AtomicFile, WriteFileError},
    csv, h5,
    provenance::Provenance,
};
use dlc_model::{Keypoint, OptionError, PoseTable};
use dlc_tracking::{
    steps::{
        Edges, Ends, GapFilling, Interpolation, Kalman, Positive, Rolling, Span, Statistic, scalars,
    },
    time::Timeline,
};

use crate::{
    Results,
    analysis::ResultDiffersError,
    results::{ReadResultsError, State, beside, poses_input, same_numbers, unrecorded},
};

/// How poses are filtered (`filtertype`).
///
/// Each coordinate of each keypoint is filtered by itself, over the frames.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Filter {
    /// The median of the frames around each one, as DeepLabCut's `median`. Likelihoods stay.
    ///
    /// Missing samples do not count and stay missing. DIFFERENCE: DeepLabCut sorts them behind all
    /// numbers, so that a median beside them is too large.
    Median {
        /// How many frames: an odd number.
        window: usize,
        /// What is beyond the first and the last frame.
        edges: MedianEdges,
    },
    /// A cubic spline through all samples that are there fills gaps, as DeepLabCut's `spline`. Filled
    /// keypoints get the likelihood 0.01; with fewer than four samples nothing is filled.
    Spline {
        /// The longest gap that is filled, in frames; 0 fills all of them.
        max_gap: usize,
    },
    /// A Kalman filter forwards and a smoother backwards, in place of DeepLabCut's `arima`.
    ///
    /// Keypoints less likely than `p_bound` are missing to it and take the estimated position.
    /// Unlike a SARIMAX model it is not fitted, so that it cannot fail to converge, does not lag, and
    /// takes microseconds a frame. Likelihoods stay.
    Kalman {
        /// The likelihood below which a keypoint is missing.
        p_bound: f64,
        /// How sure observations and movement are, in px and frames: the time of a frame is 1 s.
        smoother: Kalman,
    },
}

/// What the median finds beyond the first and the last frame.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum MedianEdges {
    /// Zeros, as scipy's `medfilt` and so DeepLabCut. The first and the last frames move towards
    /// the top left corner of the picture.
    #[default]
    Zeros,
    /// The frames once more, backwards. The right choice where no equality with DeepLabCut counts.
    Reflect,
}

impl Default for Filter {
    /// DeepLabCut's: the median of 5 frames.
    fn default() -> Self {
        Self::median(5)
    }
}

impl Filter {
    /// Creates DeepLabCut's median filter.
    pub const fn median(window: usize) -> Self {
        Self::Median {
            window,
            edges: MedianEdges::Zeros,
        }
    }

    /// Creates the smoother that stands for DeepLabCut's `arima`, with its `p_bound` of 0.001, an
    /// error of 1 px, and accelerations of 1 px a frame and frame.
    pub const fn kalman() -> Self {
        Self::Kalman {
            p_bound: 0.001,
            smoother: Kalman {
                position_error: Positive::ONE,
                acceleration: Positive::ONE,
                fill_missing: true,
            },
        }
    }

    /// Checks that the filter means something.
    ///
    /// # Errors
    ///
    /// Returns an error when the window of a median is even, or when a likelihood is none.
    pub fn check(&self) -> Result<(), FilterError> {
        match *self {
            Self::Median { window, .. } if window.is_multiple_of(2) => {
                Err(FilterError::EvenWindow { window })
            }
            Self::Kalman { p_bound, .. } => Ok(OptionError::likelihood("p_bound", p_bound)?),
            Self::Median { .. } | Self::Spline { .. } => Ok(()),
        }
    }

    /// Filters the poses of a video.
    ///
    /// # Errors
    ///
    /// Returns an error when the filter [means nothing](Self::check), or when there are more frames than
    /// a hundred million.
    pub fn apply(&self, poses: &mut PoseTable) -> Result<(), FilterError> {
        self.check()?;
        let frames = poses.len();
        let this = self.within(frames);
        let too_long = |_| FilterError::TooLong { frames };
        let timeline = Timeline::uniform(1.0, frames + 2 * this.padding()).map_err(too_long)?;
        for place in 0..poses.row_len() {
            let mut track: Vec<Keypoint> = poses.rows().map(|row| row[place]).collect();
            this.apply_to(&mut track, &timeline);
            for (frame, keypoint) in track.into_iter().enumerate() {
                poses.row_mut(frame)[place] = keypoint;
            }
        }
        Ok(())
    }

    /// Returns the same filter for so many frames, with a window no longer than it needs.
    ///
    /// Of a window that is longer than all frames and as many zeros, more than half is zeros.
    fn within(self, frames: usize) -> Self {
        match self {
            Self::Median { window, edges } => Self::Median {
                window: window.min(frames.saturating_mul(2).saturating_add(1)),
                edges,
            },
            other => other,
        }
    }

    /// Returns the record of what it is.
    fn record(&self) -> Provenance {
        let record = Provenance::now();
        match *self {
            Self::Median { window, edges } => {
                let edges = match edges {
                    MedianEdges::Zeros => "zeros",
                    MedianEdges::Reflect => "reflect",
                };
                let record = record.with_setting("filtertype", "median");
                let record = record.with_setting("windowlength", window);
                record.with_setting("edges", edges)
            }
            Self::Spline { max_gap } => {
                let record = record.with_setting("filtertype", "spline");
                record.with_setting("windowlength", max_gap)
            }
            Self::Kalman { p_bound, smoother } => {
                let record = record.with_setting("filtertype", "kalman");
                let record = record.with_setting("p_bound", p_bound);
                let Kalman {
                    position_error,
                    acceleration,
                    fill_missing,
                } = smoother;
                let record = record.with_setting("position_error", position_error.get());
                let record = record.with_setting("acceleration", acceleration.get());
                record.with_setting("fill_missing", fill_missing)
            }
        }
    }

    /// Returns how many zeros stand before the first frame, and behind the last.
    fn padding(&self) -> usize {
        match self {
            Self::Median {
                window,
                edges: MedianEdges::Zeros,
            } => window / 2,
            _ => 0,
        }
    }

    fn apply_to(&self, track: &mut [Keypoint], timeline: &Timeline) {
        let missing_below = match self {
            Self::Kalman { p_bound, .. } => *p_bound,
            _ => f64::NEG_INFINITY,
        };
        let present = |keypoint: &Keypoint, value: f64| match keypoint.likelihood < missing_below {
            true => f64::NAN,
            false => value,
        };
        let mut x: Vec<f64> = track.iter().map(|point| present(point, point.x)).collect();
        let mut y: Vec<f64> = track.iter().map(|point| present(point, point.y)).collect();
        self.apply_to_column(&mut x, timeline);
        self.apply_to_column(&mut y, timeline);
        for (keypoint, (x, y)) in track.iter_mut().zip(x.into_iter().zip(y)) {
            let filled = keypoint.x.is_nan() && !x.is_nan() || keypoint.y.is_nan() && !y.is_nan();
            (keypoint.x, keypoint.y) = (x, y);
            if filled && matches!(self, Self::Spline { .. }) {
                keypoint.likelihood = FILLED_LIKELIHOOD;
            }
        }
    }

    fn apply_to_column(&self, column: &mut Vec<f64>, timeline: &Timeline) {
        let clock = timeline.clock();
        match *self {
            Self::Median { window, edges } => {
                let padding = self.padding();
                column.splice(0..0, std::iter::repeat_n(0.0, padding));
                column.extend(std::iter::repeat_n(0.0, padding));
                let span = Span::samples(window as f64).expect("a number of frames is positive");
                let median = Rolling {
                    edges: match edges {
                        MedianEdges::Zeros => Edges::Missing,
                        MedianEdges::Reflect => Edges::Reflect,
                    },
                    ..Rolling::new(Statistic::Median, span)
                };
                median.apply(scalars(column), clock);
                column.truncate(column.len() - padding);
                column.drain(..padding);
            }
            Self::Spline { max_gap } => {
                let filling = GapFilling {
                    method: Interpolation::Cubic,
                    max_gap: (max_gap > 0).then(|| {
                        Span::samples(max_gap as f64).expect("a number of frames is positive")
                    }),
                    ends: Ends::Extrapolate,
                };
                filling.apply(scalars(column), clock);
            }
            Self::Kalman { smoother, .. } => smoother.apply(scalars(column), clock),
        }
    }
}

/// The likelihood that DeepLabCut gives to keypoints between others.
const FILLED_LIKELIHOOD: f64 = 0.01;

/// The files with the filtered poses in a video.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FilteredPaths {
    /// `{video}{scorer}_filtered.h5`.
    pub h5: PathBuf,
    /// `{video}{scorer}_filtered.csv`.
    pub csv: PathBuf,
    /// Whether the `.h5` was there already, as it is asked for, and nothing was done.
    pub already_filtered: bool,
}

impl Results {
    /// Filters the poses in a video and writes `{video}{scorer}_filtered.h5` and `.csv`, as
    /// `deeplabcut.filterpredictions`.
    ///
    /// What was filtered already, of these poses and by this filter, stays.
    ///
    /// # Errors
    ///
    /// Returns an error when the video was not analysed, when it was filtered otherwise, when its poses
    /// cannot be read or filtered, or when the results cannot be written. Then none of them is there, or
    /// those that were.
    pub fn filter_predictions(
        &self,
        video: impl AsRef<Path>,
        filter: &Filter,
    ) -> Result<FilteredPaths, FilterPredictionsError> {
        filter.check()?;
        let video = video.as_ref();
        let source = self.find(video, false).map_err(ReadResultsError::from)?;
        let record = filter.record().with_input("poses", poses_input(&source)?);
        let there = self.find(video, true);
        let h5 = there.unwrap_or_else(|_| beside(&source, "_filtered.h5"));
        let state = self.state(&h5, &record)?;
        let mut paths = FilteredPaths {
            csv: beside(&h5, ".csv"),
            h5,
            already_filtered: state == State::Same,
        };
        if paths.already_filtered {
            return Ok(paths);
        }
        let mut predictions = self.analyzed(video, false)?.predictions;
        filter.apply(&mut predictions.poses)?;
        if state == State::Unrecorded {
            check_same(&paths.h5, &predictions)?;
            paths.already_filtered = true;
            return Ok(paths);
        }
        if self.overwrites() {
            paths.h5 = beside(&source, "_filtered.h5");
            paths.csv = beside(&source, "_filtered.csv");
        }
        let files = self.guard(video, &source).batch();
        write(&paths, &predictions, record, files)?;
        Ok(paths)
    }
}

/// Makes sure that filtered poses without a record are those that are asked for.
fn check_same(h5: &Path, wanted: &Predictions) -> Result<(), FilterPredictionsError> {
    let there = h5::read(h5).map_err(ReadResultsError::from)?;
    let (there, here) = (&there.poses, &wanted.poses);
    let numbers = |poses: &PoseTable| -> Vec<f64> {
        let keypoints = poses.rows().flatten();
        keypoints.flat_map(|k| [k.x, k.y, k.likelihood]).collect()
    };
    let is_same =
        there.bodyparts() == here.bodyparts() && same_numbers(&numbers(there), &numbers(here));
    match is_same {
        true => Ok(()),
        false => Err(unrecorded(h5, "other numbers").into()),
    }
}

fn write(
    paths: &FilteredPaths,
    predictions: &Predictions,
    record: Provenance,
    mut files: atomic::Batch,
) -> Result<(), WriteFileError> {
    let Predictions {
        scorer,
        poses,
        precision,
    } = predictions;
    files.stage(&paths.csv, |file: &mut AtomicFile| {
        csv::write(file, poses, scorer, *precision)
    })?;
    files.stage(&paths.h5, |file: &mut AtomicFile| {
        h5::write(file, poses, scorer, *precision)
    })?;
    record.stage(&mut files, &paths.h5)?;
    files.commit()
}

/// An error returned when poses cannot be filtered.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// A median of an even number of frames has no middle.
    #[error("the window of a median must be odd, found {window} frames")]
    EvenWindow {
        /// The window, in frames.
        window: usize,
    },
    /// A likelihood is none.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// There are more frames than can be.
    #[error("{frames} frames are too many")]
    TooLong {
        /// Their number.
        frames: usize,
    },
}

/// An error returned when [`Results::filter_predictions`] fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilterPredictionsError {
    /// The poses in the video cannot be had.
    #[error(transparent)]
    Results(#[from] ReadResultsError),
    /// The poses were filtered otherwise.
    #[error(transparent)]
    Differs(#[from] ResultDiffersError),
    /// The filter cannot be applied.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteFileError),
}

#[cfg(test)]
mod tests {
    use dlc_model::Bodyparts;

    use super::*;

    const NAN: f64 = f64::NAN;

    fn filtered(x: &[f64], filter: Filter) -> (Vec<f64>, Vec<f64>) {
        let mut poses = PoseTable::new(Bodyparts::new(["snout"]).unwrap());
        for (frame, &x) in x.iter().enumerate() {
            poses.set(frame, &[Keypoint::new(x, 2.0 * x, 0.9)]);
        }
        filter.apply(&mut poses).unwrap();
        let column = |of: fn(&Keypoint) -> f64| poses.rows().map(|row| of(&row[0])).collect();
        (column(|point| point.x), column(|point| point.likelihood))
    }

    #[test]
    fn the_median_is_scipys() {
        // Source: scipy 1.11: signal.medfilt(x, 5)
        let (x, likelihood) = filtered(&[5.0, 6.0, 7.0, 100.0, 9.0, 10.0], Filter::median(5));

        assert_eq!(x, [5.0, 6.0, 7.0, 9.0, 9.0, 9.0]);
        assert_eq!(likelihood, [0.9; 6]);
    }

    #[test]
    fn reflected_edges_stay_where_they_are() {
        let filter = Filter::Median {
            window: 3,
            edges: MedianEdges::Reflect,
        };

        assert_eq!(filtered(&[5.0, 6.0, 7.0], filter).0, [5.0, 6.0, 7.0]);
        assert_eq!(
            filtered(&[5.0, 6.0, 7.0], Filter::median(3)).0,
            [5.0, 6.0, 6.0]
        );
    }

    #[test]
    fn windows_longer_than_the_video_and_empty_videos_are_no_trouble() {
        assert_eq!(filtered(&[5.0], Filter::median(7)).0, [0.0]);
        for window in [7, 9, 1_000_000_000_001] {
            let median = filtered(&[5.0, 6.0, -7.0], Filter::median(window)).0;
            assert_eq!(median, [0.0; 3]);
        }
        for filter in [
            Filter::default(),
            Filter::Spline { max_gap: 0 },
            Filter::kalman(),
        ] {
            assert!(filtered(&[], filter).0.is_empty());
        }
        let filter = Filter::median(4);
        let mut poses = PoseTable::new(Bodyparts::new(["snout"]).unwrap());
        assert_eq!(
            filter.apply(&mut poses),
            Err(FilterError::EvenWindow { window: 4 })
        );
    }

    #[test]
    fn a_spline_fills_short_gaps_and_says_so() {
        let x = [0.0, 1.0, 2.0, NAN, 4.0, NAN, NAN, 7.0];
        let (filled, likelihood) = filtered(&x, Filter::Spline { max_gap: 1 });

        assert!((filled[3] - 3.0).abs() < 1e-12 && filled[5].is_nan());
        assert_eq!(likelihood, [0.9, 0.9, 0.9, 0.01, 0.9, 0.9, 0.9, 0.9]);
    }

    #[test]
    fn the_smoother_fills_what_is_unlikely() {
        let mut poses = PoseTable::new(Bodyparts::new(["snout"]).unwrap());
        for frame in 0..9_u32 {
            let likelihood = if frame == 4 { 0.0001 } else { 1.0 };
            let x = if frame == 4 { 500.0 } else { f64::from(frame) };
            poses.set(frame as usize, &[Keypoint::new(x, 3.0, likelihood)]);
        }
        Filter::kalman().apply(&mut poses).unwrap();

        let point = poses.row(4)[0];
        assert!((point.x - 4.0).abs() < 1e-3, "{point:?}");
        assert_eq!(point.likelihood, 0.0001);
    }
}
