//! An hour of poses (30 frames/s, 12 body parts) to `.h5` and `.csv`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dlc::{
    io::{Precision, csv, h5},
    model::{Bodyparts, Keypoint, PoseTable},
};

const FRAMES: u32 = 60 * 60 * 30;
const SCORER: &str = "DLC_resnet50_openfieldOct30shuffle1_200000";

fn an_hour() -> PoseTable {
    let names = (0..12).map(|part| format!("part{part}"));
    let mut poses = PoseTable::new(Bodyparts::new(names).expect("names differ"));
    for frame in 0..FRAMES {
        let t = f64::from(frame) / 30.0;
        let keypoint = |part: u32| {
            let phase = f64::from(part) / 12.0;
            Keypoint::new(
                320.0 + 200.0 * (t + phase).sin(),
                240.0 + 150.0 * (1.3 * t + phase).cos(),
                0.5 + 0.5 * (7.0 * t + phase).sin().abs(),
            )
        };
        let row: Vec<Keypoint> = (0..12).map(keypoint).collect();
        poses.set(frame as usize, &row);
    }
    poses
}

fn write(c: &mut Criterion) {
    let poses = an_hour();
    let mut group = c.benchmark_group("write");
    group.throughput(Throughput::Elements(FRAMES.into()));
    group.sample_size(10);
    group.bench_function("h5", |b| {
        b.iter(|| {
            let mut file = Vec::new();
            h5::write(&mut file, black_box(&poses), SCORER, Precision::F64).expect("it fits");
            assert!(file.len() > FRAMES as usize * 8 * 36);
        });
    });
    group.bench_function("csv", |b| {
        b.iter(|| {
            let mut file = Vec::new();
            csv::write(&mut file, black_box(&poses), SCORER, Precision::F64).expect("it fits");
            assert!(file.ends_with(b"\n"));
        });
    });
    group.finish();
}

criterion_group!(benches, write);
criterion_main!(benches);
