//! Decoding the bundled Motion JPEG clip, in pure Rust.

use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dlc::io::video;

fn decode(c: &mut Criterion) {
    let clip =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield/videos/mouse.avi");
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Elements(100));
    group.sample_size(10);
    group.bench_function("mjpeg/320x240", |b| {
        b.iter(|| {
            let mut frames = video::open(&clip).expect("the bundled clip");
            let mut count = 0;
            while frames.next_frame().expect("it decodes").is_some() {
                count += 1;
            }
            assert_eq!(count, 100);
        });
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
