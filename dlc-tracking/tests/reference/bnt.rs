use dlc_tracking::{
    Origin, RawParams, Tracking, TrackingParams, YAxis, angle,
    methods::{FrontBack, LeftRight},
    steps::{
        self, Cutoff, Ends, GapFilling, Gaussian, LikelihoodMask, Span,
        kinematics::{self, Difference},
    },
    time::Clock,
    turned,
};

use super::{
    cases::Cases,
    moser::{positions_alone, two_points},
};

const TOLERANCE: f64 = 1e-9;

const COINCIDENT: &str = "two points in one place have no direction; BNT says 180°, NATEX 90°";

#[test]
fn bnt_and_natex_are_reproduced() {
    let Some(mut cases) = Cases::open("octave/bnt_out.json") else {
        return;
    };
    cases.input("/engine");
    head_directions(&mut cases);
    turning(&mut cases);
    smoothing(&mut cases);
    speeds(&mut cases);
    likelihoods(&mut cases);
    boxes(&mut cases);
    ends(&mut cases);
    wrapping(&mut cases);
    cases.finish();
}

/// Returns degrees in [0, 360).
fn degrees(angles_rad: &[f64]) -> Vec<f64> {
    angles_rad.iter().map(|angle| angle.to_degrees()).collect()
}

/// Compares angles but for one where BNT calls a missing direction a number.
fn all_but_coincident(cases: &mut Cases, pointer: &str, mut found: Vec<f64>, at: usize) {
    cases.differs(pointer, &found, COINCIDENT);
    assert!(found[at].is_nan());
    found[at] = cases.numbers(pointer)[at];
    cases.near(pointer, &found, TOLERANCE);
}

fn head_directions(cases: &mut Cases) {
    cases.input("/calcHeadDirection/columns");
    cases.input("/calcHeadDirection/nrows");
    let rows = cases.rows::<5>("/calcHeadDirection/flat_rows");
    let pairs: Vec<[f64; 4]> = rows
        .iter()
        .map(|row| [row[1], row[2], row[3], row[4]])
        .collect();
    let method = FrontBack::new("a", "b");
    let raw = two_points(method, &pairs, YAxis::Up, &RawParams::default());
    let found = degrees(raw.states.head_angles_rad());
    all_but_coincident(cases, "/calcHeadDirection/hd_deg", found, 5);

    let left = cases.rows::<2>("/natex_M1/left_xy_flat");
    let right = cases.rows::<2>("/natex_M1/right_xy_flat");
    let pairs = left
        .iter()
        .zip(&right)
        .map(|(l, r)| [l[0], l[1], r[0], r[1]]);
    let pairs: Vec<[f64; 4]> = pairs.collect();
    let method = LeftRight::new("a", "b");
    let raw = two_points(method, &pairs, YAxis::Up, &RawParams::default());
    let found = degrees(raw.states.head_angles_rad());
    all_but_coincident(cases, "/natex_M1/head_dir_deg", found, 5);
    // From left to right is from the back to the front, taken the other way.
    let raw = two_points(
        FrontBack::new("b", "a"),
        &pairs,
        YAxis::Up,
        &RawParams::default(),
    );
    let found = degrees(raw.states.head_angles_rad());
    all_but_coincident(cases, "/natex_M1/dir_left_to_right_deg", found, 5);

    // Half a midpoint is none.
    let pointer = "/natex_M1/midpoint_flat";
    let found = raw.states.positions();
    let reason = "a position with a missing coordinate is missing";
    cases.differs(pointer, found.as_flattened(), reason);
    let mut expected = cases.rows::<2>(pointer);
    assert!(expected[6][0].is_nan() && found[6][1].is_nan());
    expected[6] = [f64::NAN; 2];
    for (found, expected) in found.iter().zip(&expected) {
        assert!(found == expected || found[0].is_nan() && expected[0].is_nan());
    }
}

fn turning(cases: &mut Cases) {
    let times_s = cases.numbers("/angularHeadVelocity/t");
    let angles = cases.numbers("/angularHeadVelocity/hd_deg");
    let angles: Vec<f64> = angles.iter().map(|angle| angle.to_radians()).collect();
    let clock = Clock::new(&times_s).unwrap();
    let found = kinematics::angular_velocity(&angles, clock, Difference::Forward);
    let reason = "turning takes the short way and is positive counter-clockwise; BNT subtracts \
                  without wrapping (-16950°/s for 21°), turns the sign, and has no last value";
    let pointer = "/angularHeadVelocity/v_deg_per_s";
    cases.differs(pointer, &degrees(&found), reason);
    // Where BNT does not step over 0°, only the sign differs.
    let expected = cases.numbers(pointer);
    for (found, expected) in degrees(&found).iter().zip(&expected[..4]) {
        assert!((found + expected).abs() < TOLERANCE);
    }
}

fn smoothing(cases: &mut Cases) {
    let x = cases.numbers("/smoothGauss/x");
    let times_s: Vec<f64> = (0..x.len()).map(|second| second as f64).collect();
    let clock = Clock::new(&times_s).unwrap();
    let smooth = |sigma: f64| {
        let mut x = x.clone();
        let sigma = Span::samples(sigma).unwrap();
        Gaussian::new(sigma).apply(steps::scalars(&mut x), clock);
        x
    };
    cases.near("/smoothGauss/sigma0", &smooth(0.0), TOLERANCE);
    let reason = "edges reflect and the kernel reaches 4 sigma, as scipy's; BNT pads with zeros, \
                  which pulls both ends to 0, and cuts at 3 sigma";
    cases.differs("/smoothGauss/sigma1", &smooth(1.0), reason);
    cases.differs("/smoothGauss/sigma2", &smooth(2.0), reason);
    cases.left_out("/smoothGauss/kernel_sigma1", reason);
}

fn speeds(cases: &mut Cases) {
    let path = cases.rows::<2>("/SpeedCalculate/pos_flat");
    let dt = cases.numbers("/SpeedCalculate/dt")[0];
    let times_s: Vec<f64> = (0..path.len()).map(|at| at as f64 * dt).collect();
    let clock = Clock::new(&times_s).unwrap();
    let mut speeds = kinematics::speed(&path, clock, Difference::Forward);
    cases.near("/SpeedCalculate/smooth0", &speeds, TOLERANCE);
    let mut smooth = path;
    let gaussian = Gaussian::new(Span::samples(1.0).unwrap());
    gaussian.apply(&mut smooth, clock);
    speeds = kinematics::speed(&smooth, clock, Difference::Forward);
    gaussian.apply(steps::scalars(&mut speeds), clock);
    let reason = "smoothing reflects at the edges; BNT pads with zeros, which makes false speed";
    cases.differs("/SpeedCalculate/smooth1", &speeds, reason);
}

fn likelihoods(cases: &mut Cases) {
    for input in ["hist_counts", "hist_centers", "first_rise_idx1"] {
        cases.input(&format!("/adp_filt/{input}"));
    }
    let x = cases.numbers("/adp_filt/x");
    let y = cases.numbers("/adp_filt/y");
    let likelihood = cases.numbers("/adp_filt/likelihood");
    let mut positions: Vec<[f64; 2]> = x.iter().zip(&y).map(|(x, y)| [*x, *y]).collect();
    let mask = LikelihoodMask {
        cutoff: Cutoff::Adaptive,
        keep_unknown: false,
        carry_last: true,
    };
    let dropped = mask.apply(&"a".into(), &mut positions, &likelihood);
    let column = |axis: usize| positions.iter().map(|p| p[axis]).collect::<Vec<f64>>();
    cases.near("/adp_filt/x_out", &column(0), TOLERANCE);
    cases.near("/adp_filt/y_out", &column(1), TOLERANCE);
    let fraction = [dropped as f64 / x.len() as f64];
    cases.near("/adp_filt/fraction_rectified", &fraction, TOLERANCE);
}

fn boxes(cases: &mut Cases) {
    let x = cases.numbers("/centreBox/x");
    let y = cases.numbers("/centreBox/y");
    let positions: Vec<[f64; 2]> = x.iter().zip(&y).map(|(x, y)| [*x, *y]).collect();
    let raw = positions_alone(&positions, YAxis::Up);
    let params = TrackingParams {
        origin: Origin::Center,
        ..TrackingParams::default()
    };
    let centred = Tracking::uncalibrated(&raw, &params);
    let centre = centred.states.positions()[0];
    let centre = [positions[0][0] - centre[0], positions[0][1] - centre[1]];
    cases.near("/centreBox/centre", &centre, TOLERANCE);

    cases.input("/rotatePositions/deg");
    let xy = cases.rows::<2>("/rotatePositions/xy_flat");
    let out: Vec<[f64; 2]> = xy
        .iter()
        .map(|position| turned(*position, [0.0, 0.0], 30_f64.to_radians()))
        .collect();
    cases.near_rows("/rotatePositions/out_flat", &out, TOLERANCE);
}

fn ends(cases: &mut Cases) {
    let mut x = cases.numbers("/fixIsolatedData/x");
    let times_s: Vec<f64> = (0..x.len()).map(|second| second as f64).collect();
    let filling = GapFilling {
        ends: Ends::Hold,
        ..GapFilling::default()
    };
    filling.apply(steps::scalars(&mut x), Clock::new(&times_s).unwrap());
    let reason = "an end is missing, held or extrapolated; BNT invents steps of 0.02 there";
    cases.differs("/fixIsolatedData/out", &x, reason);
}

fn wrapping(cases: &mut Cases) {
    let x = cases.numbers("/wrap/x");
    let wrapped: Vec<f64> = x.iter().copied().map(angle::wrap).collect();
    cases.near("/wrap/0_2pi", &wrapped, TOLERANCE);
    let wrapped: Vec<f64> = x.iter().copied().map(angle::wrap_signed).collect();
    cases.near("/wrap/minuspi_pi", &wrapped, TOLERANCE);
}
