use dlc_model::Keypoint;

use crate::executor::Peak;
use crate::numbers::len_f32;

/// How cells become pixels of the network's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Decoder {
    /// Pixels a cell.
    pub(crate) stride: f32,
    /// Pixels a unit of location refinement; 0 without one.
    pub(crate) locref_std: f32,
    /// Whether the score is cut off to [0, 1].
    pub(crate) clip_scores: bool,
}

impl Decoder {
    /// Returns the keypoint of a peak, in px of the network's input.
    ///
    /// ```text
    /// x = (column + ½) · stride + locref_x · locref_std
    /// y = (row    + ½) · stride + locref_y · locref_std
    /// ```
    ///
    /// In f32, in this order, as both engines of DeepLabCut compute it.
    pub(crate) fn keypoint(self, peak: Peak) -> Keypoint {
        let coordinate = |cell: usize, locref: f32| {
            let centre = len_f32(cell) * self.stride + 0.5 * self.stride;
            f64::from(centre + locref * self.locref_std)
        };
        let score = if self.clip_scores {
            peak.score.clamp(0.0, 1.0)
        } else {
            peak.score
        };
        Keypoint {
            x: coordinate(peak.column, peak.locref[0]),
            y: coordinate(peak.row, peak.locref[1]),
            likelihood: f64::from(score),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEAK: Peak = Peak {
        column: 1,
        row: 0,
        score: 1.25,
        locref: [0.5, -0.5],
    };

    #[test]
    fn location_refinement_moves_the_keypoint_from_the_centre_of_its_cell() {
        let decoder = Decoder {
            stride: 8.0,
            locref_std: 7.2801,
            clip_scores: true,
        };

        let keypoint = decoder.keypoint(PEAK);

        assert!((keypoint.x - 15.640_05).abs() < 1e-5);
        assert!((keypoint.y - 0.359_95).abs() < 1e-5);
        assert!((keypoint.likelihood - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn scores_are_left_alone_where_the_engine_leaves_them() {
        let decoder = Decoder {
            stride: 8.0,
            locref_std: 0.0,
            clip_scores: false,
        };

        assert!((decoder.keypoint(PEAK).likelihood - 1.25).abs() < f64::EPSILON);
    }
}
