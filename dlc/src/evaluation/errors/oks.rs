//! Object keypoint similarity of one animal, as DeepLabCut's PyTorch engine computes it.

use dlc_model::Keypoint;

/// What stands for the size of the area in which a label may lie, for every body part.
const SIGMA: f64 = 0.1;
/// At how many recalls precision is looked up: 0, 0.01, …, 1.
const RECALLS: u32 = 101;

/// An animal that was predicted: how sure of it the network was, and how similar to the labels.
struct Found {
    score: f64,
    similarity: f64,
}

/// Returns mean average precision and recall over the thresholds 0.5, 0.55, …, 0.95, in percent.
pub(super) fn mean_average(pairs: &[(&[Keypoint], &[Keypoint])]) -> [f64; 2] {
    let labelled = pairs
        .iter()
        .filter(|(labels, _)| present(labels) > 1)
        .count();
    let mut found: Vec<Found> = pairs
        .iter()
        .filter(|(_, predicted)| present(predicted) > 1)
        .map(|(labels, predicted)| Found {
            score: super::mean(predicted.iter().map(|keypoint| keypoint.likelihood)),
            similarity: similarity(labels, predicted),
        })
        .collect();
    if found.is_empty() {
        return [0.0; 2];
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let (mut precisions, mut recalls) = (0.0, 0.0);
    for step in 0..10 {
        let threshold = 0.5 + 0.05 * f64::from(step);
        let [precision, recall] = at_threshold(&found, labelled, threshold);
        precisions += precision;
        recalls += recall;
    }
    [precisions * 10.0, recalls * 10.0]
}

fn at_threshold(found: &[Found], labelled: usize, threshold: f64) -> [f64; 2] {
    let (mut right, mut curve) = (0.0, Vec::with_capacity(found.len()));
    for (place, animal) in found.iter().enumerate() {
        if animal.similarity >= threshold {
            right += 1.0;
        }
        curve.push([right / labelled as f64, right / (place + 1) as f64]);
    }
    // Precision never rises with recall.
    for place in (1..curve.len()).rev() {
        curve[place - 1][1] = curve[place - 1][1].max(curve[place][1]);
    }
    let precision = |step: u32| {
        let recall = f64::from(step) * 0.01;
        let first = curve.iter().find(|[reached, _]| *reached >= recall);
        first.map_or(0.0, |[_, precision]| *precision)
    };
    let sum: f64 = (0..RECALLS).map(precision).sum();
    let recall = curve.last().map_or(0.0, |[recall, _]| *recall);
    [sum / f64::from(RECALLS), recall]
}

/// Returns how similar a prediction is to labels, in [0, 1]: 0 where they have no extent.
fn similarity(labels: &[Keypoint], predicted: &[Keypoint]) -> f64 {
    let visible: Vec<(&Keypoint, &Keypoint)> = labels
        .iter()
        .zip(predicted)
        .filter(|(label, _)| !label.is_missing())
        .collect();
    let extent = |coordinate: fn(&Keypoint) -> f64| {
        let values = visible.iter().map(|(label, _)| coordinate(label));
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        high - low
    };
    if visible.len() < 2 {
        return 0.0;
    }
    let area = extent(|label| label.x) * extent(|label| label.y);
    if area.abs() <= 1e-8 {
        return 0.0;
    }
    let scale = 2.0 * area * (2.0 * SIGMA).powi(2);
    let near = |(label, found): &(&Keypoint, &Keypoint)| match found.is_missing() {
        true => 0.0,
        false => (-((label.x - found.x).powi(2) + (label.y - found.y).powi(2)) / scale).exp(),
    };
    visible.iter().map(near).sum::<f64>() / visible.len() as f64
}

fn present(keypoints: &[Keypoint]) -> usize {
    keypoints
        .iter()
        .filter(|keypoint| !keypoint.is_missing())
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(points: [(f64, f64); 2]) -> [Keypoint; 2] {
        points.map(|(x, y)| Keypoint::new(x, y, 0.9))
    }

    #[test]
    fn similarity_falls_with_the_distance() {
        let labels = row([(0.0, 0.0), (10.0, 10.0)]);
        let moved = row([(0.0, 0.0), (10.0, 12.0)]);

        assert_eq!(similarity(&labels, &labels), 1.0);
        // Source: deeplabcut 3.0.2: calc_object_keypoint_similarity(moved, labels, 0.1)
        assert!((similarity(&labels, &moved) - 0.803_265_329_856_316_7).abs() < 1e-12);
        assert_eq!(similarity(&row([(1.0, 1.0), (1.0, 5.0)]), &labels), 0.0);
    }

    #[test]
    fn half_of_the_animals_found_is_half_of_the_recall() {
        let labels = row([(0.0, 0.0), (10.0, 10.0)]);
        let wrong = row([(90.0, 0.0), (90.0, 10.0)]);

        let [precision, recall] = mean_average(&[(&labels, &labels), (&labels, &wrong)]);

        assert!((recall - 50.0).abs() < 1e-9);
        assert!(
            (precision - 100.0 * 51.0 / 101.0).abs() < 1e-9,
            "{precision}"
        );
        assert_eq!(mean_average(&[]), [0.0, 0.0]);
    }
}
