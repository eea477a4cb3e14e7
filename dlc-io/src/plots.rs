//! Plots of the poses in a video, as DeepLabCut's `plot_trajectories` draws them.
//!
//! | function | file there | what |
//! |---|---|---|
//! | [`trajectory`] | `trajectory.png` | where each body part was |
//! | [`positions`] | `plot.png` | x (dashed) and y (solid) over the frames, or over time |
//! | [`likelihoods`] | `plot-likelihood.png` | likelihoods over the frames, or over time |
//! | [`histogram`] | `hist.png` | how far body parts moved from frame to frame |
//!
//! Each is a [`Figure`], which becomes a PNG or an SVG. What cannot be told apart is not drawn: a long
//! video makes no larger file than a short one.

mod figure;
mod layout;
mod raster;
mod svg;
mod ticks;

use dlc_model::{Bodypart, Bodyparts, FrameTimes, Keypoint, OptionError, PoseTable};

pub use self::figure::Figure;
use self::figure::Series;
pub(crate) use self::svg::escaped;
use crate::color::{Color, Colormap};

/// What is plotted, and how.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlotOptions {
    /// Keypoints with a likelihood below this are left out.
    pub pcutoff: f64,
    /// The colours of the body parts that are plotted, in their order.
    pub colormap: Colormap,
    /// The opacity of dots and lines, in [0, 1].
    pub alphavalue: f64,
    /// The width of lines, in points of 1/72 inch; a figure has 100 px an inch.
    pub linewidth: f64,
    /// The body parts that are plotted, or `None` for all.
    pub displayed_bodyparts: Option<Vec<Bodypart>>,
    /// When frames are shown: then the axis of [`positions`] and [`likelihoods`] is the time. `None` is
    /// DeepLabCut's axis, the index of the frame.
    pub frame_times: Option<FrameTimes>,
}

impl PlotOptions {
    /// Creates options for all body parts with DeepLabCut's line width of 1.
    pub const fn new(pcutoff: f64, colormap: Colormap, alphavalue: f64) -> Self {
        Self {
            pcutoff,
            colormap,
            alphavalue,
            linewidth: 1.0,
            displayed_bodyparts: None,
            frame_times: None,
        }
    }

    fn frame_label(&self) -> &'static str {
        match self.frame_times {
            Some(_) => "Time in s",
            None => "Frame Index",
        }
    }

    /// Returns where a frame lies on its axis.
    fn place_of(&self, frame: usize) -> f64 {
        let times = self.frame_times.as_ref();
        times.map_or(frame as f64, |times| times.time_s(frame))
    }

    fn over_frames(
        &self,
        values: impl Iterator<Item = f64>,
        color: Color,
        is_dashed: bool,
    ) -> Series {
        let values = values.enumerate();
        Series::Line {
            points: values
                .map(|(frame, value)| [self.place_of(frame), value])
                .collect(),
            color,
            is_dashed,
        }
    }

    /// Checks that the options mean something for poses of these body parts.
    ///
    /// # Errors
    ///
    /// Returns an error when a number is out of its range, or when body parts are displayed that are
    /// not there.
    pub fn check(&self, bodyparts: &Bodyparts) -> Result<(), OptionError> {
        OptionError::likelihood("pcutoff", self.pcutoff)?;
        OptionError::within("alphavalue", self.alphavalue, 0.0..=1.0)?;
        OptionError::within("linewidth", self.linewidth, 0.01..=100.0)?;
        let displayed = self.displayed_bodyparts.as_ref();
        displayed.map_or(Ok(()), |displayed| {
            OptionError::bodyparts("displayedbodyparts", displayed, bodyparts)
        })
    }
}

/// Plots where each body part was, in px of the frame, `y` down.
pub fn trajectory(poses: &PoseTable, options: &PlotOptions) -> Figure {
    let mut figure = Figure::new([800, 600], "X position in pixels", "Y position in pixels");
    figure.y_down = true;
    draw(figure, poses, options, |part, figure| {
        let points = part.likely(options.pcutoff);
        figure.series.push(Series::Dots {
            points: points.map(|point| [point.x, point.y]).collect(),
            color: part.color,
        });
    })
}

/// Plots x (dashed) and y (solid) of each body part over the frames, in px.
pub fn positions(poses: &PoseTable, options: &PlotOptions) -> Figure {
    let y_label = "x (dashed), y (solid) in px";
    let figure = Figure::new([1000, 300], options.frame_label(), y_label);
    draw(figure, poses, options, |part, figure| {
        for is_dashed in [true, false] {
            let points = part.likely(options.pcutoff);
            let coordinates = points.map(|point| if is_dashed { point.x } else { point.y });
            figure
                .series
                .push(options.over_frames(coordinates, part.color, is_dashed));
        }
    })
}

/// Plots the likelihood of each body part over the frames.
pub fn likelihoods(poses: &PoseTable, options: &PlotOptions) -> Figure {
    let y_label = "Likelihood (use to set pcutoff)";
    let figure = Figure::new([1000, 300], options.frame_label(), y_label);
    draw(figure, poses, options, |part, figure| {
        let likelihoods = part.keypoints().map(|point| point.likelihood);
        figure
            .series
            .push(options.over_frames(likelihoods, part.color, false));
    })
}

/// Plots how often each body part moved how far from one frame to the next, x and y apart.
///
/// The bins are DeepLabCut's: 99 from 0 to the largest coordinate, so that only movements to the right
/// and down count. DIFFERENCE: where a keypoint is unlikely nothing is counted; DeepLabCut counts the
/// way to it and back, because matplotlib's histogram forgets what was masked.
pub fn histogram(poses: &PoseTable, options: &PlotOptions) -> Figure {
    let figure = Figure::new([640, 480], "DeltaX and DeltaY", "Count");
    let coordinates = poses
        .rows()
        .flatten()
        .flat_map(|k| [k.x, k.y, k.likelihood]);
    let largest = coordinates.fold(0.0, f64::max);
    draw(figure, poses, options, |part, figure| {
        for coordinate in [|point: Keypoint| point.x, |point: Keypoint| point.y] {
            let values: Vec<f64> = part.likely(options.pcutoff).map(coordinate).collect();
            figure.series.push(Series::Steps {
                counts: count_steps(&values, largest),
                highest: largest,
                color: part.color,
            });
        }
    })
}

/// The number of bins of a histogram.
const BINS: usize = 99;

/// Counts how often a value grew by how much, up to `largest`.
fn count_steps(values: &[f64], largest: f64) -> Vec<u64> {
    let mut counts = vec![0; BINS];
    for pair in values.windows(2) {
        let step = pair[1] - pair[0];
        if (0.0..=largest).contains(&step) && largest > 0.0 {
            #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
            #[expect(clippy::cast_sign_loss, reason = "checked to be in range")]
            let bin = (step / largest * BINS as f64) as usize;
            counts[bin.min(BINS - 1)] += 1;
        }
    }
    counts
}

/// A body part that is plotted.
struct Part<'a> {
    poses: &'a PoseTable,
    place: usize,
    color: Color,
}

impl Part<'_> {
    fn keypoints(&self) -> impl Iterator<Item = Keypoint> {
        self.poses.rows().map(|row| row[self.place])
    }

    /// Returns a keypoint a frame; those that are not likely enough are missing.
    fn likely(&self, pcutoff: f64) -> impl Iterator<Item = Keypoint> {
        self.keypoints()
            .map(move |point| match point.likelihood < pcutoff {
                true => Keypoint::MISSING,
                false => point,
            })
    }
}

fn draw(
    mut figure: Figure,
    poses: &PoseTable,
    options: &PlotOptions,
    mut plot: impl FnMut(Part<'_>, &mut Figure),
) -> Figure {
    figure.opacity = options.alphavalue;
    figure.linewidth = options.linewidth;
    let is_displayed = |part: &Bodypart| {
        let displayed = options.displayed_bodyparts.as_ref();
        displayed.is_none_or(|displayed| displayed.contains(part))
    };
    let parts = poses.bodyparts().iter().enumerate();
    let parts: Vec<(usize, &Bodypart)> = parts.filter(|(_, part)| is_displayed(part)).collect();
    let colors = options.colormap.colors(parts.len());
    for ((index, name), color) in parts.into_iter().zip(colors) {
        let place = index * poses.num_outputs();
        plot(
            Part {
                poses,
                place,
                color,
            },
            &mut figure,
        );
        figure.legend.push((name.as_str().into(), color));
    }
    figure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poses(frames: usize) -> PoseTable {
        let mut poses = PoseTable::new(Bodyparts::new(["snout", "<tail> & \"co\""]).unwrap());
        for frame in 0..frames {
            let t = frame as f64;
            let likelihood = if frame % 7 == 3 { 0.1 } else { 0.9 };
            poses.set(
                frame,
                &[
                    Keypoint::new(100.0 + t, 50.0, likelihood),
                    Keypoint::new(10.0, 20.0 + 3.0 * (t / 9.0).sin(), 1.0),
                ],
            );
        }
        poses
    }

    fn options() -> PlotOptions {
        PlotOptions::new(0.6, "jet".parse().unwrap(), 0.7)
    }

    type Plot = fn(&PoseTable, &PlotOptions) -> Figure;
    const PLOTS: [Plot; 4] = [trajectory, positions, likelihoods, histogram];

    #[test]
    fn unlikely_keypoints_are_left_out_but_in_the_plot_of_likelihoods() {
        let figure = trajectory(&poses(10), &options());
        let Series::Dots { points, .. } = &figure.series[0] else {
            panic!("dots");
        };
        assert!(points[3][0].is_nan() && points[2] == [102.0, 50.0]);

        let figure = likelihoods(&poses(10), &options());
        let Series::Line { points, .. } = &figure.series[0] else {
            panic!("a line");
        };
        assert_eq!(points[3], [3.0, 0.1]);
    }

    #[test]
    fn steps_are_counted_in_numpys_bins() {
        // Source: numpy 1.26: np.histogram(np.diff(x), np.linspace(0, 9.9, 100))
        let counts = count_steps(&[0.0, 0.25, 9.9, 0.0, 9.9, f64::NAN, 0.0], 9.9);

        let filled: Vec<(usize, u64)> = counts
            .iter()
            .copied()
            .enumerate()
            .filter(|c| c.1 > 0)
            .collect();
        assert_eq!(filled, [(2, 1), (96, 1), (98, 1)]);
        assert_eq!(count_steps(&[1.0, 2.0], 0.0), [0; BINS]);
    }

    #[test]
    fn names_cannot_break_out_of_an_svg() {
        for plot in PLOTS {
            let svg = plot(&poses(50), &options()).svg();
            assert!(svg.contains("&lt;tail&gt; &amp; &quot;co&quot;"));
            assert!(!svg.contains("<tail>"));
            assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
        }
    }

    #[test]
    fn a_long_video_makes_no_larger_file() {
        for plot in PLOTS {
            let svg = plot(&poses(200_000), &options()).svg();
            assert!(svg.len() < 1_000_000, "{}", svg.len());
        }
    }

    #[test]
    fn every_plot_is_a_png_of_its_size_whatever_is_plotted() {
        let mut strange = poses(3);
        let wild = [1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -1e300];
        for (frame, &value) in wild.iter().enumerate() {
            strange.set(frame, &[Keypoint::new(value, -value, 1.0); 2]);
        }
        let empty = PoseTable::new(poses(1).bodyparts().clone());
        for poses in [poses(40), poses(1), strange, empty] {
            for plot in PLOTS {
                let figure = plot(&poses, &options());
                let png = image::load_from_memory(&figure.png(1.0)).unwrap();
                assert_eq!([png.width(), png.height()], figure.size);
                assert!(!figure.svg().contains("NaN") && !figure.svg().contains("inf"));
            }
        }
    }

    #[test]
    fn a_dot_is_drawn_in_its_colour() {
        let mut poses = PoseTable::new(Bodyparts::new(["snout"]).unwrap());
        poses.set(0, &[Keypoint::new(5.0, 5.0, 0.9)]);
        let options = PlotOptions::new(0.6, "jet".parse().unwrap(), 1.0);

        let png = image::load_from_memory(&trajectory(&poses, &options).png(1.0))
            .unwrap()
            .into_rgb8();

        let blue = png.pixels().filter(|pixel| pixel.0 == [0, 0, 127]).count();
        // The square in the legend, and the dot.
        assert!((100..300).contains(&blue), "{blue}");
    }
}
