//! Frames with their poses drawn in, as the videos of DeepLabCut's `create_labeled_video` have them.
//!
//! The pixels are those of DeepLabCut 3.0.2 in its fast mode, before a codec changes them.

mod shapes;

use dlc_model::{Bodypart, Bodyparts, Frame, Keypoint, OptionError, PoseTable};

use self::shapes::Canvas;
use crate::{
    Precision,
    color::{Color, Colormap},
    predictions::narrow,
};

/// How poses are drawn.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LabelOptions {
    /// Keypoints with a likelihood of this or less are not drawn.
    pub pcutoff: f64,
    /// Radius of a dot, in px.
    pub dotsize: f64,
    /// The colours of the body parts, in their order.
    pub colormap: Colormap,
    /// The pairs of body parts between which a line is drawn.
    pub skeleton: Vec<(Bodypart, Bodypart)>,
    /// The colour of those lines.
    pub skeleton_color: Color,
    /// How many dots are drawn of a body part: those of the frames before, and its own.
    pub trailpoints: usize,
    /// The body parts that are drawn, or `None` for all. Colours stay what they are.
    pub displayed_bodyparts: Option<Vec<Bodypart>>,
    /// Where in the frame the origin of the poses is, in px: the corner of the crop in which they
    /// were measured.
    pub origin: [u32; 2],
}

impl LabelOptions {
    /// Creates options without skeleton, trail and crop.
    pub const fn new(pcutoff: f64, dotsize: f64, colormap: Colormap) -> Self {
        Self {
            pcutoff,
            dotsize,
            colormap,
            skeleton: Vec::new(),
            skeleton_color: Color([0; 3]),
            trailpoints: 0,
            displayed_bodyparts: None,
            origin: [0, 0],
        }
    }

    /// Checks that the options mean something for poses of these body parts.
    ///
    /// # Errors
    ///
    /// Returns an error when a number is out of its range, when dots have no size and nothing else is
    /// drawn, or when body parts are displayed that are not there.
    pub fn check(&self, bodyparts: &Bodyparts) -> Result<(), OptionError> {
        OptionError::likelihood("pcutoff", self.pcutoff)?;
        let smallest = if self.skeleton.is_empty() { 0.1 } else { 0.0 };
        OptionError::within("dotsize", self.dotsize, smallest..=LARGEST_DOT)?;
        let displayed = self.displayed_bodyparts.as_ref();
        displayed.map_or(Ok(()), |displayed| {
            OptionError::bodyparts("displayedbodyparts", displayed, bodyparts)
        })
    }
}

/// The largest radius of a dot, in px.
const LARGEST_DOT: f64 = 10_000.0;

/// Draws the poses of a video into its frames.
///
/// # Examples
///
/// ```
/// use dlc_io::{Precision, labeled_video::{LabelOptions, Labeler}};
/// use dlc_model::{Bodyparts, Frame, Keypoint, PoseTable};
///
/// let mut poses = PoseTable::new(Bodyparts::new(["snout"])?);
/// poses.set(0, &[Keypoint::new(2.0, 1.0, 0.9)]);
/// let options = LabelOptions::new(0.6, 1.0, "jet".parse()?);
/// let labeler = Labeler::new(poses, Precision::F64, options)?;
///
/// let frame = labeler.draw(&Frame::new(0, 4, 3, vec![0; 36])?);
///
/// assert_eq!(frame.pixels()[3 * (4 + 2)..][..3], [0, 0, 127]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Labeler {
    poses: PoseTable,
    options: LabelOptions,
    colors: Vec<Color>,
    /// The places in a row of the keypoints that are drawn.
    displayed: Vec<usize>,
    /// The places in a row of the keypoints that are joined.
    bones: Vec<[usize; 2]>,
}

impl Labeler {
    /// Creates a labeler. `precision` is that of the file with the poses, in which DeepLabCut adds the
    /// corner of the crop.
    ///
    /// Of a skeleton, bones count whose ends are both tracked and displayed.
    ///
    /// # Errors
    ///
    /// Returns an error when the [options](LabelOptions::check) cannot mean anything.
    pub fn new(
        mut poses: PoseTable,
        precision: Precision,
        options: LabelOptions,
    ) -> Result<Self, OptionError> {
        options.check(poses.bodyparts())?;
        for frame in 0..poses.len() {
            for keypoint in poses.row_mut(frame) {
                *keypoint = moved(*keypoint, options.origin, precision);
            }
        }
        let bodyparts = poses.bodyparts();
        let is_displayed = |part: &Bodypart| {
            let displayed = options.displayed_bodyparts.as_ref();
            displayed.is_none_or(|displayed| displayed.contains(part))
        };
        let outputs = poses.num_outputs();
        let places = |part: usize| part * outputs..(part + 1) * outputs;
        let displayed = bodyparts.iter().enumerate();
        let displayed = displayed.filter(|(_, part)| is_displayed(part));
        let displayed = displayed.flat_map(|(part, _)| places(part)).collect();
        let mut bones = Vec::new();
        for (from, to) in &options.skeleton {
            let ends = [from, to].map(|end| bodyparts.position(end.as_str()));
            if let ([Some(a), Some(b)], true) = (ends, is_displayed(from) && is_displayed(to)) {
                bones.extend(places(a).zip(places(b)).map(|(a, b)| [a, b]));
            }
        }
        Ok(Self {
            colors: options.colormap.colors(bodyparts.len()),
            displayed,
            bones,
            poses,
            options,
        })
    }

    /// Returns a frame with its poses drawn in; it stays as it is where there are none.
    ///
    /// First come the lines, then body part by body part the trail and the dot. Dots are hard
    /// discs without their rim; a line is as wide as an anti-aliased one, in one colour.
    ///
    /// DIFFERENCE: what lies outside of the frame, and keypoints of the trail that are missing,
    /// draw nothing; DeepLabCut may stop there or wrap around the edge of the picture.
    #[must_use]
    pub fn draw(&self, frame: &Frame<'_>) -> Frame<'static> {
        let index = frame.index();
        let mut canvas = Canvas::new(frame);
        if index < self.poses.len() {
            let row = self.poses.row(index);
            for &[from, to] in &self.bones {
                if self.is_drawn(row[from]) && self.is_drawn(row[to]) {
                    canvas.line(row[from], row[to], self.options.skeleton_color);
                }
            }
            for &place in &self.displayed {
                self.dots(&mut canvas, index, place);
            }
        }
        canvas.into_frame(index)
    }

    fn dots(&self, canvas: &mut Canvas, index: usize, place: usize) {
        if !self.is_drawn(self.poses.row(index)[place]) {
            return;
        }
        let color = self.colors[place / self.poses.num_outputs()];
        let before = self.options.trailpoints.min(index + 1);
        for back in (1..before).chain([0]) {
            let keypoint = self.poses.row(index - back)[place];
            canvas.disk(keypoint, self.options.dotsize, color);
        }
    }

    fn is_drawn(&self, keypoint: Keypoint) -> bool {
        keypoint.likelihood > self.options.pcutoff && !keypoint.is_missing()
    }
}

fn moved(keypoint: Keypoint, [x, y]: [u32; 2], precision: Precision) -> Keypoint {
    let add = |coordinate: f64, corner: u32| {
        let sum = coordinate + f64::from(corner);
        match precision {
            Precision::F32 => narrow(sum).into(),
            Precision::F64 => sum,
        }
    };
    Keypoint::new(add(keypoint.x, x), add(keypoint.y, y), keypoint.likelihood)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Color = Color([255; 3]);

    fn poses(rows: &[[Keypoint; 2]]) -> PoseTable {
        let mut poses = PoseTable::new(Bodyparts::new(["snout", "tail"]).unwrap());
        for (frame, row) in rows.iter().enumerate() {
            poses.set(frame, row);
        }
        poses
    }

    /// Draws the frame into letters: `.` nothing, `s` and `t` the dots, `-` a line.
    fn picture(poses: PoseTable, options: LabelOptions, index: usize) -> Vec<String> {
        let colors = options.colormap.colors(2);
        let frame = Frame::new(index, 9, 5, vec![9; 9 * 5 * 3]).unwrap();
        let labeler = Labeler::new(poses, Precision::F64, options).unwrap();
        let drawn = labeler.draw(&frame);
        let letter = |pixel: &[u8]| match pixel {
            [9, 9, 9] => '.',
            pixel if *pixel == colors[0].0 => 's',
            pixel if *pixel == colors[1].0 => 't',
            pixel if *pixel == WHITE.0 => '-',
            pixel => panic!("{pixel:?}"),
        };
        let rows = drawn.pixels().chunks(27);
        rows.map(|row| row.chunks(3).map(letter).collect())
            .collect()
    }

    fn options(dotsize: u32) -> LabelOptions {
        LabelOptions::new(0.5, dotsize.into(), "jet".parse().unwrap())
    }

    #[test]
    fn dots_have_no_rim_and_lie_on_the_line() {
        let row = [Keypoint::new(2.0, 2.0, 0.9), Keypoint::new(7.0, 2.0, 0.9)];
        let options = LabelOptions {
            skeleton: vec![("snout".into(), "tail".into())],
            skeleton_color: WHITE,
            ..options(2)
        };

        let found = picture(poses(&[row]), options, 0);

        assert_eq!(
            found,
            [
                ".........",
                ".sss..ttt",
                ".sss--ttt",
                ".sss..ttt",
                "........."
            ]
        );
    }

    #[test]
    fn a_trail_is_as_long_as_asked() {
        let at = |x: f64| [Keypoint::new(x, 1.0, 0.9), Keypoint::new(x, 3.0, 0.2)];
        let options = LabelOptions {
            trailpoints: 3,
            ..options(1)
        };

        let found = picture(poses(&[at(1.0), at(2.0), at(4.0), at(6.0)]), options, 3);

        assert_eq!(found[1], "..s.s.s..");
        assert_eq!(found[3], ".........");
    }

    #[test]
    fn unlikely_missing_and_far_keypoints_draw_nothing_and_do_no_harm() {
        let far = |x: f64, y: f64| [Keypoint::new(x, y, 1.0), Keypoint::new(-x, -y, 1.0)];
        let rows = [
            [Keypoint::new(2.0, 2.0, 0.5), Keypoint::MISSING],
            far(1e300, 1.0),
            far(f64::INFINITY, f64::NEG_INFINITY),
            [
                Keypoint::new(f64::NAN, 2.0, 1.0),
                Keypoint::new(2.0, f64::NAN, 1.0),
            ],
        ];
        for index in 0..4 {
            assert_eq!(
                picture(poses(&rows), options(3), index).concat(),
                ".".repeat(45)
            );
        }
        assert_eq!(
            picture(poses(&rows), options(3), 9).concat(),
            ".".repeat(45)
        );
    }

    #[test]
    fn options_that_draw_nothing_are_refused() {
        let refused = |options: LabelOptions| {
            let poses = poses(&[[Keypoint::MISSING; 2]]);
            let labeler = Labeler::new(poses, Precision::F64, options);
            labeler.unwrap_err().option().to_owned()
        };
        let displayed = Some(vec!["nose".into()]);

        assert_eq!(refused(options(0)), "dotsize");
        assert_eq!(refused(options(u32::MAX)), "dotsize");
        for pcutoff in [7.0, f64::NAN, -0.1] {
            let options = LabelOptions {
                pcutoff,
                ..options(1)
            };
            assert_eq!(refused(options), "pcutoff");
        }
        let options = LabelOptions {
            displayed_bodyparts: displayed,
            ..options(1)
        };
        assert_eq!(refused(options), "displayedbodyparts");
    }

    #[test]
    fn poses_in_a_crop_are_moved_and_parts_left_out() {
        let row = [Keypoint::new(1.0, 1.0, 0.9), Keypoint::new(2.0, 1.0, 0.9)];
        let options = LabelOptions {
            origin: [4, 2],
            displayed_bodyparts: Some(vec!["tail".into()]),
            ..options(1)
        };

        let found = picture(poses(&[row]), options, 0);

        assert_eq!(found[3], "......t..");
        assert_eq!(found.concat().matches(['s', 't']).count(), 1);
    }
}
