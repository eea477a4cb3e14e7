use crate::numbers::{len_f32, single};
use dlc_model::{BoundingBox, Frame};

/// Cells along a side of the six maps of an input of 320 px.
const MAPS: [usize; 6] = [20, 10, 5, 3, 2, 1];
/// The size of the boxes of the first map, and of the last, as a part of the input.
const SMALLEST: f64 = 0.2;
const LARGEST: f64 = 0.95;
/// Ratios of the sides, beside 1.
const RATIOS: [f64; 2] = [2.0, 3.0];
/// The logarithm of the factor by which a box grows at most.
const MOST_GROWTH: f32 = 4.135_166_5;

/// A box that the detector moves and scales, in px of its input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DefaultBox {
    /// Left, upper, right and lower edge.
    edges: [f32; 4],
    side: f32,
}

/// Returns the boxes of all maps, cell by cell and row by row, six in a cell.
pub(super) fn of_input(side: usize) -> Vec<DefaultBox> {
    let side = len_f32(side);
    let maps = MAPS.iter().enumerate();
    let boxes = maps.flat_map(|(index, &cells)| {
        let sizes = sizes(index);
        let centre = move |place: usize| (len_f32(place) + 0.5) / len_f32(cells);
        (0..cells * cells).flat_map(move |cell| {
            let centre = [centre(cell % cells), centre(cell / cells)];
            sizes.map(|size| DefaultBox::around(centre, size, side))
        })
    });
    boxes.collect()
}

/// Returns width and height of the boxes of a map, as parts of the input.
fn sizes(map: usize) -> [[f32; 2]; 6] {
    let scale = |map: usize| match map {
        6 => 1.0,
        _ => SMALLEST + (LARGEST - SMALLEST) * f64::from(len_f32(map)) / 5.0,
    };
    let (this, between) = (scale(map), (scale(map) * scale(map + 1)).sqrt());
    let [wide, wider] = RATIOS.map(|ratio| [this * ratio.sqrt(), this / ratio.sqrt()]);
    let turned = |[width, height]: [f64; 2]| [height, width];
    let sizes = [
        [this; 2],
        [between; 2],
        wide,
        turned(wide),
        wider,
        turned(wider),
    ];
    sizes.map(|size| size.map(|len| single(len).clamp(0.0, 1.0)))
}

impl DefaultBox {
    fn around(centre: [f32; 2], size: [f32; 2], side: f32) -> Self {
        let edge = |axis: usize, half: f32| (centre[axis] + half * size[axis]) * side;
        Self {
            edges: [edge(0, -0.5), edge(1, -0.5), edge(0, 0.5), edge(1, 0.5)],
            side,
        }
    }

    /// Returns the box with its centre moved and its sides scaled, inside of the input.
    ///
    /// `shift` says by which parts of its sides (in tenths) the centre moves, and the logarithms
    /// of the growths (in fifths).
    pub(super) fn moved(self, shift: [f32; 4]) -> Self {
        let axis = |axis: usize| {
            let (start, end) = (self.edges[axis], self.edges[axis + 2]);
            let len = end - start;
            let centre = shift[axis] / 10.0 * len + (start + 0.5 * len);
            let half = 0.5 * ((shift[axis + 2] / 5.0).min(MOST_GROWTH).exp() * len);
            [centre - half, centre + half].map(|edge| edge.clamp(0.0, self.side))
        };
        let ([left, right], [top, bottom]) = (axis(0), axis(1));
        Self {
            edges: [left, top, right, bottom],
            ..self
        }
    }

    /// Returns the box in px of the frame that the input shows.
    pub(super) fn on_frame(self, frame: &Frame<'_>) -> BoundingBox {
        let [left, top, right, bottom] = self.edges;
        let columns = len_f32(frame.width()) / self.side;
        let rows = len_f32(frame.height()) / self.side;
        let (x, y) = (left * columns, top * rows);
        BoundingBox {
            x: x.into(),
            y: y.into(),
            width: (right * columns - x).into(),
            height: (bottom * rows - y).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_those_of_torchvision() {
        let boxes = of_input(320);

        assert_eq!(boxes.len(), 6 * (400 + 100 + 25 + 9 + 4 + 1));
        // torchvision: DefaultBoxGenerator([[2, 3]] * 6, 0.2, 0.95), some boxes.
        let expected: [(usize, [f32; 4]); 4] = [
            (0, [-24.0, -24.0, 40.0, 40.0]),
            (5, [-10.475_208, -47.425_62, 26.475_208, 63.425_63]),
            (2401, [-50.932_804, -50.932_804, 82.932_81, 82.932_81]),
            (3233, [72.242_75, 0.0, 247.757_25, 320.0]),
        ];
        for (index, edges) in expected {
            for (found, expected) in boxes[index].edges.iter().zip(edges) {
                assert!((found - expected).abs() < 1e-4, "box {index}");
            }
        }
    }
}
