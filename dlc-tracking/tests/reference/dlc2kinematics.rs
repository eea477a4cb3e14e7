use dlc_tracking::{
    steps::{Degree, SavitzkyGolay, Span, pairs},
    time::Timeline,
};

use super::cases::Cases;

const TOLERANCE: f64 = 1e-9;

#[test]
fn dlc2kinematics_is_reproduced() {
    let Some(mut cases) = Cases::open("dlc2kinematics.json") else {
        return;
    };
    cases.input("/engine");
    cases.input("/speed_units");
    smoothing(&mut cases);
    joints(&mut cases);
    cases.finish();
}

fn smoothing(cases: &mut Cases) {
    let path = cases.rows::<2>("/input/a");
    let likelihood = cases.numbers("/input/likelihood");
    // It counts time in frames.
    let timeline = Timeline::uniform(1.0, path.len()).unwrap();
    let filter = |degree: u8, derivative: u8| {
        let filter = SavitzkyGolay {
            derivative: Degree::new(derivative).unwrap(),
            ..SavitzkyGolay::new(Span::samples(3.0).unwrap(), Degree::new(degree).unwrap())
        };
        let mut path = path.clone();
        filter.apply(&mut path, timeline.clock());
        path
    };
    let with_likelihood = filter(1, 0).into_iter().zip(&likelihood);
    let smooth: Vec<[f64; 3]> = with_likelihood.map(|([x, y], p)| [x, y, *p]).collect();
    cases.near_rows("/smooth_w3_o1_a", &smooth, TOLERANCE);
    let velocity = filter(1, 1);
    cases.near_rows("/velocity_w3_o1_a", &velocity, TOLERANCE);
    cases.near_rows("/acceleration_w3_o2_a", &filter(2, 2), TOLERANCE);
    let speeds = velocity.iter().zip(&likelihood);
    let speeds: Vec<[f64; 2]> = speeds.map(|([x, y], p)| [x.hypot(*y), *p]).collect();
    cases.near_rows("/speed_w3_o1_a", &speeds, TOLERANCE);
}

fn joints(cases: &mut Cases) {
    let [a, b, c] = ["a", "b", "c"].map(|part| cases.rows::<2>(&format!("/input/{part}")));
    let angles = pairs::joint_angles(&a, &b, &c);
    let angles: Vec<f64> = angles.into_iter().map(f64::to_degrees).collect();
    cases.near("/joint_angle_deg_by_dot_product", &angles, TOLERANCE);
    let reason = "a joint is stretched at 180° and its likelihood is no third coordinate";
    cases.differs("/joint_angle_deg_abc_pcutoff0", &angles, reason);
    let reason = "it fails with pandas 2 and later";
    cases.left_out("/joint_angle_deg_abc_pcutoff0.4", reason);
}
