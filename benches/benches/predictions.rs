//! An hour of poses (30 frames/s, 12 body parts) to `.h5` and `.csv` and back.

use std::{fs, hint::black_box};

use benches::{FRAMES, an_hour};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dlc::io::{Precision, csv, h5};

const SCORER: &str = "DLC_resnet50_openfieldOct30shuffle1_200000";

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

fn read(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [h5_path, csv_path] = ["poses.h5", "poses.csv"].map(|name| folder.path().join(name));
    let poses = an_hour();
    let (mut h5_file, mut csv_file) = (Vec::new(), Vec::new());
    h5::write(&mut h5_file, &poses, SCORER, Precision::F64).expect("it fits");
    csv::write(&mut csv_file, &poses, SCORER, Precision::F64).expect("it fits");
    fs::write(&h5_path, h5_file).expect("there is room");
    fs::write(&csv_path, csv_file).expect("there is room");

    let mut group = c.benchmark_group("read");
    group.throughput(Throughput::Elements(FRAMES.into()));
    group.sample_size(10);
    group.bench_function("h5", |b| {
        b.iter(|| {
            let read = h5::read(black_box(&h5_path)).expect("our own file");
            assert_eq!(read.poses.len(), FRAMES as usize);
        });
    });
    group.bench_function("csv", |b| {
        b.iter(|| {
            let read = csv::read(black_box(&csv_path)).expect("our own file");
            assert_eq!(read.poses.len(), FRAMES as usize);
        });
    });
    group.finish();
}

criterion_group!(benches, write, read);
criterion_main!(benches);
