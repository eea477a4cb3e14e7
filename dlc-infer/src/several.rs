//! Several keypoints of each body part: `num_outputs` of DeepLabCut's TensorFlow engine.

use std::num::NonZeroUsize;

use dlc_model::{Frame, Keypoint};

use crate::{
    EstimatePoseError, Maps, PoseEstimator,
    estimator::Poses,
    executor::Peak,
    pending::Pending,
    preprocess::{self, FrameFromInput},
};

impl PoseEstimator {
    /// Estimates several keypoints of each body part in each frame of a batch, in px of the frame.
    ///
    /// They are the cells of the heatmap with the highest values, the highest first; cells beside
    /// each other count one by one, so that two keypoints are mostly near to each other. All of the
    /// first body part come first, then all of the second. Of equal cells the first in reading order
    /// wins; DeepLabCut leaves that to numpy. Cells that differ by less than rounding (some 10⁻⁵)
    /// come in either order: DeepLabCut's own changes when oneDNN is switched off.
    ///
    /// The heatmaps come back from the device for this: slower than [`Self::estimate`], which it is
    /// when one keypoint is asked for.
    ///
    /// # Errors
    ///
    /// As [`Self::estimate`], when there are fewer cells than keypoints asked for, and when several
    /// are asked of a top-down model.
    pub fn estimate_several(
        &mut self,
        frames: &[Frame<'_>],
        num_outputs: NonZeroUsize,
    ) -> Result<Vec<Vec<Keypoint>>, EstimatePoseError> {
        self.begin_several(frames, num_outputs)?.wait()
    }

    /// Begins what [`Self::estimate_several`] does.
    pub(crate) fn begin_several(
        &mut self,
        frames: &[Frame<'_>],
        num_outputs: NonZeroUsize,
    ) -> Result<Pending<Poses>, EstimatePoseError> {
        if num_outputs == NonZeroUsize::MIN {
            return self.begin(frames);
        }
        let decoder = self.decoder_of_frames();
        let decoder = decoder.ok_or(EstimatePoseError::TopDownOutputs {
            num_outputs: num_outputs.get(),
        })?;
        let size = *self.input_size();
        let way_back = |frame| preprocess::fitted(&size, frame).1;
        let ways_back: Vec<FrameFromInput> = frames.iter().map(way_back).collect();
        let pose = move |(way_back, maps): (FrameFromInput, &Maps)| {
            let peaks = top_cells(maps, num_outputs.get())?;
            let keypoints = peaks.into_iter().map(|peak| decoder.keypoint(peak));
            Ok(keypoints.map(|k| way_back.keypoint(k)).collect())
        };
        let maps = self.begin_maps(frames)?;
        Ok(maps.map(move |maps| ways_back.into_iter().zip(&maps?).map(pose).collect()))
    }
}

/// Returns the highest cells of each heatmap, downwards.
fn top_cells(maps: &Maps, count: usize) -> Result<Vec<Peak>, EstimatePoseError> {
    let cells = maps.height * maps.width;
    if count > cells {
        return Err(EstimatePoseError::Outputs {
            num_outputs: count,
            cells,
        });
    }
    let mut peaks = Vec::new();
    for (part, heatmap) in maps.heatmap.chunks_exact(cells).enumerate() {
        let mut order: Vec<usize> = (0..cells).collect();
        let downwards = |a: &usize, b: &usize| heatmap[*b].total_cmp(&heatmap[*a]).then(a.cmp(b));
        order.select_nth_unstable_by(count - 1, downwards);
        order.truncate(count);
        order.sort_unstable_by(downwards);
        let locref = |axis: usize, cell: usize| {
            let map = maps.locref.get((2 * part + axis) * cells + cell);
            map.copied().unwrap_or(0.0)
        };
        peaks.extend(order.into_iter().map(|cell| Peak {
            column: cell % maps.width,
            row: cell / maps.width,
            score: heatmap[cell],
            locref: [locref(0, cell), locref(1, cell)],
        }));
    }
    Ok(peaks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps() -> Maps {
        Maps {
            height: 2,
            width: 3,
            heatmap: vec![
                0.1, 0.9, 0.3, 0.9, 0.2, 0.0, // the first body part
                0.5, 0.1, 0.2, 0.3, 0.4, 0.6, // the second
            ],
            locref: (0..24_u8).map(f32::from).collect(),
        }
    }

    #[test]
    fn the_highest_cells_come_downwards_and_equal_ones_in_reading_order() {
        let peaks = top_cells(&maps(), 3).unwrap();
        let cells: Vec<_> = peaks.iter().map(|p| (p.row, p.column, p.score)).collect();

        assert_eq!(
            cells,
            [
                (0, 1, 0.9),
                (1, 0, 0.9),
                (0, 2, 0.3),
                (1, 2, 0.6),
                (0, 0, 0.5),
                (1, 1, 0.4),
            ]
        );
        assert_eq!(peaks[0].locref, [1.0, 7.0]);
        assert_eq!(peaks[3].locref, [17.0, 23.0]);
    }

    #[test]
    fn more_keypoints_than_cells_are_an_error() {
        assert_eq!(top_cells(&maps(), 6).unwrap().len(), 12);
        let error = top_cells(&maps(), 7).unwrap_err();
        assert_eq!(
            error.to_string(),
            "7 keypoints of each body part are asked for, a heatmap has 6 cells"
        );
    }
}
