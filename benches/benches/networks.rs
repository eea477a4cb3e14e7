//! Each network on one frame: from 8-bit pixels to a pose, heads and search for the peaks included.

use std::hint::black_box;

use benches::{network, random_weights};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dlc::{
    infer::{DeviceChoice, EstimatorOptions, PoseEstimator},
    model::{Crop, Engine, Frame, Resize},
};

const WIDTH: usize = 320;
const HEIGHT: usize = 240;
const BODYPARTS: usize = 4;

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
const PYTORCH: [&str; 8] = [
    "resnet_50",
    "resnet_101",
    "hrnet_w18",
    "hrnet_w32",
    "hrnet_w48",
    "cspnext_s",
    "cspnext_m",
    "cspnext_x",
];

fn frame(width: usize, height: usize) -> Frame<'static> {
    let pixels = (0..=u8::MAX).cycle().take(width * height * 3);
    Frame::new(0, width, height, pixels.collect::<Vec<u8>>()).expect("as many pixels as its size")
}

fn estimator(engine: Engine, net_type: &str, bodyparts: usize) -> PoseEstimator {
    let network = network(engine, net_type, bodyparts);
    let weights = random_weights(&network);
    let options = EstimatorOptions::default().with_device(DeviceChoice::Cpu);
    PoseEstimator::load(&network, weights, &options).expect("it has all that it asked for")
}

fn networks(c: &mut Criterion) {
    let frame = frame(WIDTH, HEIGHT);
    let mut group = c.benchmark_group("network");
    group.throughput(Throughput::Elements(1)).sample_size(10);
    let tensorflow = TENSORFLOW.map(|net_type| (Engine::TensorFlow, net_type));
    let pytorch = PYTORCH.map(|net_type| (Engine::PyTorch, net_type));
    for (engine, net_type) in tensorflow.into_iter().chain(pytorch) {
        let mut loaded = None;
        group.bench_function(format!("{engine}/{net_type}/{WIDTH}x{HEIGHT}"), |b| {
            let estimator = loaded.get_or_insert_with(|| estimator(engine, net_type, BODYPARTS));
            b.iter(|| {
                let poses = estimator.estimate(black_box(std::slice::from_ref(&frame)));
                assert_eq!(poses.expect("a pose")[0].len(), BODYPARTS);
            });
        });
    }
    group.finish();
}

/// The same backbone with few and with many body parts: the difference is the heads'.
fn heads(c: &mut Criterion) {
    let frame = frame(WIDTH, HEIGHT);
    let mut group = c.benchmark_group("heads");
    group.throughput(Throughput::Elements(1));
    for bodyparts in [1, 12, 40] {
        let mut estimator = estimator(Engine::TensorFlow, "mobilenet_v2_0.35", bodyparts);
        group.bench_function(format!("{bodyparts} body parts"), |b| {
            b.iter(|| {
                let poses = estimator.estimate(black_box(std::slice::from_ref(&frame)));
                assert_eq!(poses.expect("a pose")[0].len(), bodyparts);
            });
        });
    }
    group.finish();
}

/// What happens to pixels before the network: cropping, and scaling to the size that it takes.
fn preprocess(c: &mut Criterion) {
    let large = frame(2 * WIDTH, 2 * HEIGHT);
    let mut group = c.benchmark_group("preprocess");
    group.throughput(Throughput::Elements(1));
    let crop = Crop {
        x_min: 100,
        x_max: 100 + WIDTH,
        y_min: 50,
        y_max: 50 + HEIGHT,
    };
    group.bench_function("crop/320x240 of 640x480", |b| {
        b.iter(|| assert_eq!(black_box(&large).crop(crop).width(), WIDTH));
    });
    let mut network = network(Engine::PyTorch, "cspnext_s", BODYPARTS);
    let weights = random_weights(&network);
    let options = EstimatorOptions::default().with_device(DeviceChoice::Cpu);
    for (name, resize) in [
        ("network alone/320x240", None),
        (
            "resize 640x480 and network/320x240",
            Some(Resize {
                width: WIDTH,
                height: HEIGHT,
                keep_ratio: true,
            }),
        ),
    ] {
        network.input_size.resize = resize;
        let estimator = PoseEstimator::load(&network, weights.clone(), &options);
        let mut estimator = estimator.expect("it loads");
        let frame = if resize.is_some() {
            large.clone()
        } else {
            frame(WIDTH, HEIGHT)
        };
        group.bench_function(name, |b| {
            b.iter(|| {
                let poses = estimator.estimate(black_box(std::slice::from_ref(&frame)));
                assert_eq!(poses.expect("a pose")[0].len(), BODYPARTS);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, networks, heads, preprocess);
criterion_main!(benches);
