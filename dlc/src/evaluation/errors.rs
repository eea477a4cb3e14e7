//! How far predictions are from labels.

mod oks;

use dlc_model::{Keypoint, PoseTable};

/// How far the poses of a model are from what people labelled, in pictures that it was trained on or
/// in others.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EvaluationErrors {
    /// The number of pictures.
    pub images: usize,
    /// The mean distance of labels and keypoints, in px; NaN where there is none. DeepLabCut calls
    /// it RMSE, and so do its files.
    pub rmse: f64,
    /// The same over keypoints that are at least as likely as the cut-off.
    pub rmse_pcutoff: f64,
    /// The mean distance for each body part, in the order of the table.
    pub per_bodypart: Vec<f64>,
    /// Mean average precision and recall of object keypoint similarity (OKS), in percent, as the
    /// PyTorch engine tells.
    pub mean_average_precision: f64,
    /// See [`mean_average_precision`](Self::mean_average_precision).
    pub mean_average_recall: f64,
}

impl EvaluationErrors {
    /// Compares predictions with labels in the pictures of these rows.
    ///
    /// A keypoint counts where it was labelled and predicted. Both tables have the same body parts
    /// in the same order, and one keypoint for each.
    ///
    /// # Panics
    ///
    /// Panics if a table does not have a row, or if the tables have different numbers of keypoints.
    pub fn of(labels: &PoseTable, predictions: &PoseTable, rows: &[usize], pcutoff: f64) -> Self {
        assert_eq!(
            labels.row_len(),
            predictions.row_len(),
            "the same body parts"
        );
        let pairs: Vec<(&[Keypoint], &[Keypoint])> = rows
            .iter()
            .map(|&row| (labels.row(row), predictions.row(row)))
            .collect();
        let distances = |part: Option<usize>, pcutoff: f64| {
            let pairs = pairs.iter();
            let keypoints = pairs.flat_map(|(labels, found)| labels.iter().zip(*found).enumerate());
            let wanted = keypoints.filter(move |(at, _)| part.is_none_or(|part| part == *at));
            wanted
                .filter(move |(_, (_, found))| found.likelihood >= pcutoff)
                .map(|(_, (label, found))| (label.x - found.x).hypot(label.y - found.y))
        };
        let any = f64::NEG_INFINITY;
        let parts = 0..labels.row_len();
        let [precision, recall] = oks::mean_average(&pairs);
        Self {
            images: rows.len(),
            rmse: mean(distances(None, any)),
            rmse_pcutoff: mean(distances(None, pcutoff)),
            per_bodypart: parts.map(|part| mean(distances(Some(part), any))).collect(),
            mean_average_precision: precision,
            mean_average_recall: recall,
        }
    }
}

/// Returns the mean of the numbers that are there.
fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let present = numbers.filter(|number| !number.is_nan());
    let (sum, count) = present.fold((0.0, 0_usize), |(sum, n), number| (sum + number, n + 1));
    sum / count as f64
}

/// Rounds to two digits, as numpy does.
pub(super) fn round(number: f64) -> f64 {
    (number * 100.0).round_ties_even() / 100.0
}

#[cfg(test)]
mod tests {
    use dlc_model::Bodyparts;

    use super::*;

    fn table(rows: &[[(f64, f64, f64); 2]]) -> PoseTable {
        let mut poses = PoseTable::new(Bodyparts::new(["snout", "tail"]).unwrap());
        for (image, row) in rows.iter().enumerate() {
            poses.set(image, &row.map(|(x, y, p)| Keypoint::new(x, y, p)));
        }
        poses
    }

    #[test]
    fn what_is_not_labelled_or_unlikely_does_not_count() {
        let nan = f64::NAN;
        let labels = table(&[
            [(0.0, 0.0, nan), (10.0, 0.0, nan)],
            [(nan, nan, nan), (1.0, 1.0, nan)],
            [(9.0, 9.0, nan), (9.0, 9.0, nan)],
        ]);
        let found = table(&[
            [(3.0, 4.0, 0.9), (10.0, 1.0, 0.6)],
            [(5.0, 5.0, 0.9), (1.0, 1.0, 0.1)],
            [(9.0, 0.0, 0.0), (9.0, 0.0, 0.0)],
        ]);

        let errors = EvaluationErrors::of(&labels, &found, &[0, 1], 0.6);

        assert_eq!(
            (errors.images, errors.rmse, errors.rmse_pcutoff),
            (2, 2.0, 3.0)
        );
        assert_eq!(errors.per_bodypart, [5.0, 0.5]);
        assert!(
            EvaluationErrors::of(&labels, &found, &[], 0.6)
                .rmse
                .is_nan()
        );
    }

    #[test]
    fn numbers_are_rounded_as_numpy_rounds_them() {
        assert_eq!([2.765, 0.125, 2.774_9].map(round), [2.76, 0.12, 2.77]);
    }
}
