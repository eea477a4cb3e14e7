//! Every network beside DeepLabCut's own, with weights that both make from a seed.
//!
//! `tests/fixtures/networks` has the poses that DeepLabCut finds, and tells how. Nothing else is
//! needed, so that all networks are compared on any machine.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking and say what they measured"
)]

#[path = "seeded_networks/fixture.rs"]
mod fixture;
#[path = "seeded_networks/seeded.rs"]
mod seeded;

use dlc::{
    infer::{Boxes, Detector, EstimatorOptions, PoseEstimator},
    model::{Engine, Frame, Keypoint},
};

use self::fixture::Fixture;

const PYTORCH: [&str; 11] = [
    "resnet_50",
    "resnet_101",
    "hrnet_w18",
    "hrnet_w32",
    "hrnet_w48",
    "cspnext_s",
    "cspnext_m",
    "cspnext_x",
    "rtmpose_s",
    "rtmpose_m",
    "rtmpose_x",
];
const TENSORFLOW: [&str; 14] = [
    "resnet_50",
    "resnet_101",
    "resnet_152",
    "mobilenet_v2_1.0",
    "mobilenet_v2_0.75",
    "mobilenet_v2_0.5",
    "mobilenet_v2_0.35",
    "efficientnet-b0",
    "efficientnet-b1",
    "efficientnet-b2",
    "efficientnet-b3",
    "efficientnet-b4",
    "efficientnet-b5",
    "efficientnet-b6",
];

/// How far poses are from others.
#[derive(Clone, Copy, Debug)]
struct Apart {
    px: f64,
    likelihood: f64,
}

/// How far our poses may be from DeepLabCut's: the fixtures' README has what was measured.
const MOST: Apart = Apart {
    px: 0.0003,
    likelihood: 0.0001,
};
/// The same for MobileNetV2, which normalises by the frame itself: each layer makes what rounding has
/// moved larger again. DeepLabCut without oneDNN is about as far from itself.
const MOST_OF_MOBILENET: Apart = Apart {
    px: 0.006,
    likelihood: 0.0002,
};

impl Apart {
    /// Returns the largest differences.
    fn of(ours: &[Vec<Keypoint>], theirs: &[Vec<Keypoint>]) -> Self {
        assert_eq!(ours.len(), theirs.len());
        let pairs = || {
            ours.iter().zip(theirs).flat_map(|(a, b)| {
                assert_eq!(a.len(), b.len());
                a.iter().zip(b)
            })
        };
        Self {
            px: largest(pairs().flat_map(|(a, b)| [a.x - b.x, a.y - b.y])),
            likelihood: largest(pairs().map(|(a, b)| a.likelihood - b.likelihood)),
        }
    }

    fn is_at_most(self, most: Self) -> bool {
        self.px <= most.px && self.likelihood <= most.likelihood
    }
}

/// Returns the difference that is farthest from 0; infinity where one is no number.
fn largest(differences: impl Iterator<Item = f64>) -> f64 {
    let apart = differences.map(|difference| match difference.is_nan() {
        true => f64::INFINITY,
        false => difference.abs(),
    });
    apart.fold(0.0, f64::max)
}

fn frames() -> Vec<Frame<'static>> {
    (0..seeded::FRAMES).map(seeded::frame).collect()
}

/// Loads the network of a fixture with the weights of a seed.
fn loaded(fixture: &Fixture, seed: u64) -> PoseEstimator {
    let (weights, options) = (fixture.weights(seed), EstimatorOptions::default());
    let estimator = PoseEstimator::load(&fixture.network(), weights, &options).unwrap();
    assert!(estimator.report().is_complete());
    assert_eq!(estimator.report().unused, [""; 0]);
    estimator
}

/// Returns the pose in each frame. Frames come alone, as they came to DeepLabCut: MobileNetV2
/// normalises by what is in a batch.
fn poses(estimator: &mut PoseEstimator) -> Vec<Vec<Keypoint>> {
    let pose = |frame| estimator.estimate(&[frame]).unwrap().remove(0);
    frames().into_iter().map(pose).collect()
}

/// Compares each network of an engine; returns how many keypoints it compared.
fn compare(engine: Engine, networks: &[&str]) -> usize {
    let mut keypoints = 0;
    for name in networks {
        let fixture = Fixture::read(engine, name);
        let ours = poses(&mut loaded(&fixture, fixture.seed()));
        let apart = Apart::of(&ours, &fixture.poses());
        println!(
            "{engine:?} {name}: at most {:.1e} px and {:.1e} apart",
            apart.px, apart.likelihood
        );
        let most = match name.starts_with("mobilenet") {
            true => MOST_OF_MOBILENET,
            false => MOST,
        };
        assert!(apart.is_at_most(most), "{engine:?} {name}: {apart:?}");
        keypoints += ours.iter().map(Vec::len).sum::<usize>();
    }
    keypoints
}

#[test]
fn networks_of_the_pytorch_engine_give_deeplabcuts_poses() {
    assert_eq!(compare(Engine::PyTorch, &PYTORCH), 11 * 2 * 4);
}

#[test]
fn networks_of_the_tensorflow_engine_give_deeplabcuts_poses() {
    assert_eq!(compare(Engine::TensorFlow, &TENSORFLOW), 14 * 2 * 4);
}

#[test]
fn the_detector_gives_deeplabcuts_boxes_and_the_poses_in_them() {
    let fixture = Fixture::read(Engine::PyTorch, "ssdlite");
    let options = EstimatorOptions::default();
    let weights = fixture.weights(fixture.seed());
    let mut detector = Detector::load(&fixture.detector(), weights, &options).unwrap();
    assert_eq!(detector.report().unused, [""; 0]);
    let found = detector.detect(&frames()).unwrap();
    let numbers = |detection: dlc::infer::Detection| {
        let found = detection.bounding_box;
        [found.x, found.y, found.width, found.height, detection.score]
    };
    let ours: Vec<[f64; 5]> = found.into_iter().map(|one| numbers(one.unwrap())).collect();
    let inside = Fixture::read(Engine::PyTorch, "rtmpose_s");
    let mut estimator = loaded(&inside, inside.seed());
    estimator
        .set_boxes(Boxes::Detector(Box::new(detector)))
        .unwrap();

    let boxes = fixture.boxes();
    let pairs = || ours.iter().zip(&boxes);
    let apart = Apart {
        px: largest(pairs().flat_map(|(a, b)| (0..4).map(|at| a[at] - b[at]))),
        likelihood: largest(pairs().map(|(a, b)| a[4] - b[4])),
    };
    let inside = Apart::of(&poses(&mut estimator), &fixture.poses());

    println!("boxes: {apart:?}; poses in them: {inside:?}");
    assert_eq!([ours.len(), boxes.len()], [2, 2]);
    assert!(apart.is_at_most(MOST), "{apart:?}");
    assert!(inside.is_at_most(MOST), "{inside:?}");
}

#[test]
fn other_weights_and_other_frames_give_other_poses() {
    for (engine, name) in [
        (Engine::PyTorch, "cspnext_s"),
        (Engine::TensorFlow, "mobilenet_v2_0.35"),
    ] {
        let fixture = Fixture::read(engine, name);
        let mut swapped = fixture.poses();
        swapped.swap(0, 1);
        let of_another_seed = poses(&mut loaded(&fixture, fixture.seed() + 1));

        for others in [swapped, of_another_seed] {
            let apart = Apart::of(&others, &fixture.poses());
            assert!(
                apart.px > 100.0 * MOST.px && apart.likelihood > 10.0 * MOST.likelihood,
                "{apart:?}"
            );
        }
    }
}

#[test]
fn numbers_are_those_of_python() {
    let numbers: Vec<f32> = seeded::uniform("1 a").take(3).collect();
    let [scale, _, mean, variance] = seeded::normalisation(Engine::PyTorch, 1, "bn", 2, -3);
    let frame = seeded::frame(1);

    assert_eq!(numbers, [0.847_699_46, 0.403_601_1, -0.397_773_8]);
    assert_eq!(
        scale,
        ("bn.weight".to_owned(), vec![0.815_413_95, 1.286_669_3])
    );
    assert_eq!(
        mean,
        (
            "bn.running_mean".to_owned(),
            vec![-0.028_131_865, 0.024_288_662]
        )
    );
    assert_eq!(
        variance,
        (
            "bn.running_var".to_owned(),
            vec![0.171_668_51, 0.124_568_745]
        )
    );
    let sum: u64 = frame.pixels().iter().copied().map(u64::from).sum();
    assert_eq!(sum, 4_495_020);
}
