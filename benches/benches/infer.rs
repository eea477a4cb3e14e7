//! Networks on the bundled frame: one frame in, one pose out.

use std::{hint::black_box, path::Path};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use dlc::{
    infer::{DeviceChoice, EstimatorOptions, PoseEstimator},
    io::{
        Limits,
        project::{ModelRequest, Project},
        tensorflow, video,
    },
};

fn mobilenet(c: &mut Criterion) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield");
    let mut frames = video::open(project.join("videos/mouse.avi")).expect("the bundled clip");
    let frame = frames
        .next_frame()
        .expect("it decodes")
        .expect("it has a frame");
    let project = Project::open(project.join("config.yaml")).expect("the bundled project");
    let model = project
        .resolve(&ModelRequest::shuffle(1))
        .expect("its model");
    let weights = tensorflow::read_checkpoint(&model.snapshot_path, &Limits::default());
    let weights = weights.expect("its checkpoint");
    let options = EstimatorOptions::default().with_device(DeviceChoice::Cpu);

    let mut group = c.benchmark_group("infer");
    group.throughput(Throughput::Elements(1));
    group.bench_function("load/mobilenet_v2_0.35", |b| {
        let load = |weights| PoseEstimator::load(&model.network, weights, &options);
        let load = |weights| load(weights).expect("it loads");
        b.iter_batched(|| weights.clone(), load, BatchSize::LargeInput);
    });
    let mut estimator = PoseEstimator::load(&model.network, weights, &options).expect("it loads");
    group.bench_function("cpu/mobilenet_v2_0.35/320x240", |b| {
        b.iter(|| {
            let poses = estimator
                .estimate(black_box(std::slice::from_ref(&frame)))
                .expect("a pose");
            assert!(poses[0][0].likelihood > 0.5);
        });
    });
    group.finish();
}

criterion_group!(benches, mobilenet);
criterion_main!(benches);
