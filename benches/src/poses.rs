use dlc::model::{Bodyparts, Keypoint, PoseTable};

/// Frames of [`an_hour`].
pub const FRAMES: u32 = 60 * 60 * 30;

/// Frames a second of [`an_hour`].
pub const FRAME_RATE_HZ: f64 = 30.0;

/// Returns an hour of poses of 12 body parts.
///
/// # Panics
///
/// Never: the names differ.
pub fn an_hour() -> PoseTable {
    let names = (0..12).map(|part| format!("part{part}"));
    let mut poses = PoseTable::new(Bodyparts::new(names).expect("names differ"));
    for frame in 0..FRAMES {
        let t = f64::from(frame) / FRAME_RATE_HZ;
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
