//! Feeds frames of a loop of one's own to a model and acts on the pose: here a picture that moves.
//!
//! ```sh
//! cargo run --release -p examples --example camera -- PROJECT/config.yaml
//! ```
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{env, error::Error, time::Instant};

use dlc::{
    AnalyzeOptions, Analyzer,
    infer::live::{CameraFrame, LiveEstimator, LiveOptions, PixelFormat},
};

const WIDTH: usize = 320;
const HEIGHT: usize = 240;

fn main() -> Result<(), Box<dyn Error>> {
    let config = env::args_os().nth(1).ok_or("which config.yaml?")?;
    let analyzer = Analyzer::open(config, 1, 0, AnalyzeOptions::default())?;
    let mut live = LiveEstimator::new(analyzer.into_estimator(), LiveOptions::default())?;

    for time in 0..5 {
        let arrived = Instant::now();
        let frame = CameraFrame::new(WIDTH, HEIGHT, PixelFormat::Rgb, grab(time))?;

        let pose = live.estimate(&frame, arrived)?;

        let ms = 1000.0 * pose.latency().as_secs_f64();
        if let Some(first) = pose.keypoints.first() {
            println!(
                "{time}: {:.1} {:.1} ({:.2}), {ms:.1} ms",
                first.x, first.y, first.likelihood
            );
        }
    }
    Ok(())
}

/// Stands in for a camera's driver: a dark box on a light floor.
fn grab(time: usize) -> Vec<u8> {
    let pixel = |at: usize| {
        let (x, y) = (at % WIDTH, at / WIDTH);
        let dark = (100 + 10 * time..160 + 10 * time).contains(&x) && (90..130).contains(&y);
        if dark { [40; 3] } else { [200; 3] }
    };
    (0..WIDTH * HEIGHT).flat_map(pixel).collect()
}
