use std::{f64::consts::TAU, num::NonZeroU16};

use dlc_tracking::{
    angle,
    steps::{
        self, Edges, Gaussian, Positive, Rectangle, Rolling, Span, Statistic,
        activity::Walking,
        kinematics::{self, Difference},
        occupancy::{self, Occupancy},
    },
    time::{Clock, Timeline},
};

use super::cases::Cases;

const TOLERANCE: f64 = 1e-12;

#[test]
fn opexebo_and_scipy_are_reproduced() {
    let Some(mut cases) = Cases::open("opexebo_scipy.json") else {
        return;
    };
    cases.input("/engine");
    speeds(&mut cases);
    walking(&mut cases);
    smoothing(&mut cases);
    angles(&mut cases);
    directions(&mut cases);
    places(&mut cases);
    cases.finish();
}

/// A moving average as astropy's: the edge goes on, and missing samples are filled.
fn moving_average(speeds: &[f64], window: f64, clock: Clock<'_>) -> Vec<f64> {
    let mean = Rolling {
        edges: Edges::Nearest,
        fill_missing: true,
        ..Rolling::new(Statistic::Mean, Span::samples(window).unwrap())
    };
    let mut speeds = speeds.to_vec();
    mean.apply(steps::scalars(&mut speeds), clock);
    speeds
}

fn speeds(cases: &mut Cases) {
    let times_s = cases.numbers("/calc_speed/t");
    let clock = Clock::new(&times_s).unwrap();
    for stage in ["/calc_speed", "/calc_speed_nan"] {
        cases.input(&format!("{stage}/note"));
        let x = cases.numbers(&format!("{stage}/x"));
        let y = cases.numbers(&format!("{stage}/y"));
        let path: Vec<[f64; 2]> = x.iter().zip(&y).map(|(x, y)| [*x, *y]).collect();
        let speeds = kinematics::speed(&path, clock, Difference::Backward);
        cases.near(&format!("{stage}/speed"), &speeds, TOLERANCE);
        let found = moving_average(&speeds, 3.0, clock);
        cases.near(&format!("{stage}/moving_average_3"), &found, TOLERANCE);
        if stage == "/calc_speed" {
            let found = moving_average(&speeds, 5.0, clock);
            cases.near("/calc_speed/moving_average_5", &found, TOLERANCE);
            let mut x = x;
            let found = kinematics::speed(steps::scalars(&mut x), clock, Difference::Backward);
            cases.near("/calc_speed/x_only", &found, TOLERANCE);
        }
    }
    let reason = "a window of an even number of samples is no error; one more lies before";
    cases.left_out("/calc_speed/ma_even_4", reason);
}

fn walking(cases: &mut Cases) {
    let stage = "/walk_filter";
    cases.input(&format!("{stage}/note"));
    let speeds = cases.numbers(&format!("{stage}/speed"));
    let cutoff = cases.numbers(&format!("{stage}/cutoff"))[0];
    let walking = Walking {
        min_speed_per_s: Positive::new(cutoff).unwrap(),
    };
    let walks: Vec<usize> = (0..speeds.len())
        .filter(|at| walking.holds(speeds[*at]))
        .collect();
    let kept: Vec<f64> = walks.iter().map(|at| speeds[*at]).collect();
    cases.near(&format!("{stage}/remove"), &kept, TOLERANCE);
    let masked = speeds
        .iter()
        .map(|speed| f64::from(u8::from(!walking.holds(*speed))));
    cases.near(
        &format!("{stage}/mask"),
        &masked.collect::<Vec<_>>(),
        TOLERANCE,
    );
    let extra = walks.iter().map(|at| *at as f64);
    let with_extra: Vec<f64> = kept.iter().copied().chain(extra).collect();
    cases.near(&format!("{stage}/with_extra"), &with_extra, TOLERANCE);
    // An error there, a parameter that cannot be made here.
    cases.input(&format!("{stage}/cutoff_zero"));
    assert!(Positive::new(0.0).is_err());
}

fn smoothing(cases: &mut Cases) {
    let stage = "/smooth_1d";
    cases.input(&format!("{stage}/note"));
    let x = cases.numbers(&format!("{stage}/x"));
    let mut with_gap = x.clone();
    with_gap[3] = f64::NAN;
    let smooth = |x: &[f64], sigma: f64, edges| {
        let gaussian = Gaussian {
            edges,
            fill_missing: true,
            ..Gaussian::new(Span::samples(sigma).unwrap())
        };
        let timeline = Timeline::uniform(1.0, x.len()).unwrap();
        let mut x = x.to_vec();
        gaussian.apply(steps::scalars(&mut x), timeline.clock());
        x
    };
    for (name, x, sigma, edges) in [
        ("opexebo_sigma1", &x, 1.0, Edges::Reflect),
        ("opexebo_sigma2", &x, 2.0, Edges::Reflect),
        ("opexebo_sigma1_circular", &x, 1.0, Edges::Wrap),
        (
            "opexebo_sigma1_with_nan_at_3",
            &with_gap,
            1.0,
            Edges::Reflect,
        ),
        ("scipy_sigma1_reflect", &x, 1.0, Edges::Reflect),
        ("scipy_sigma2_reflect", &x, 2.0, Edges::Reflect),
        ("scipy_sigma1_nearest", &x, 1.0, Edges::Nearest),
        ("scipy_sigma1_wrap", &x, 1.0, Edges::Wrap),
        ("scipy_sigma0.5", &x, 0.5, Edges::Reflect),
    ] {
        cases.near(
            &format!("{stage}/{name}"),
            &smooth(x, sigma, edges),
            TOLERANCE,
        );
    }
    let pointer = format!("{stage}/scipy_sigma1_with_nan_at_3");
    let found = smooth(&with_gap, 1.0, Edges::Reflect);
    let reason = "a missing sample does not spread over the whole kernel";
    cases.differs(&pointer, &found, reason);
    let expected = cases.numbers(&pointer);
    let beyond = found
        .iter()
        .zip(&expected)
        .filter(|(_, expected)| !expected.is_nan());
    assert!(
        beyond
            .map(|(found, expected)| (found - expected).abs())
            .all(|apart| apart < TOLERANCE)
    );
}

fn angles(cases: &mut Cases) {
    let stage = "/angle_smoothing";
    let angles = cases.numbers(&format!("{stage}/angle"));
    let timeline = Timeline::uniform(1.0, angles.len()).unwrap();
    let gaussian = Gaussian::new(Span::samples(1.0).unwrap());
    let mut found = angles.clone();
    gaussian.apply_to_angles(&mut found, timeline.clock());
    cases.near(&format!("{stage}/via_sin_cos_sigma1"), &found, TOLERANCE);
    let reason = "the mean of 6.2 and 0.1 is not 3.15: angles are smoothed by their vectors";
    cases.differs(&format!("{stage}/naive_sigma1"), &found, reason);

    let mut unwrapped = angles;
    angle::unwrap(&mut unwrapped);
    gaussian.apply(steps::scalars(&mut unwrapped), timeline.clock());
    let found: Vec<f64> = unwrapped.into_iter().map(angle::wrap).collect();
    cases.near(
        &format!("{stage}/via_unwrap_sigma1_mod_2pi"),
        &found,
        TOLERANCE,
    );
}

fn directions(cases: &mut Cases) {
    let stage = "/angular_occupancy";
    let times_s = cases.numbers(&format!("{stage}/t"));
    let angles = cases.numbers(&format!("{stage}/angle"));
    assert_eq!(cases.numbers(&format!("{stage}/bin_width_deg")), [30.0]);
    let bins = NonZeroU16::new(12).unwrap();
    let seconds = occupancy::angular(&angles, bins, Clock::new(&times_s).unwrap());
    let visited = seconds.iter().filter(|seconds| **seconds > 0.0).count();
    cases.near(
        &format!("{stage}/coverage"),
        &[visited as f64 / 12.0],
        TOLERANCE,
    );
    let edges: Vec<f64> = (0..=12).map(|edge| f64::from(edge) * TAU / 12.0).collect();
    cases.near(&format!("{stage}/edges"), &edges, TOLERANCE);
    // It masks the bins that were never visited.
    let masked = seconds.into_iter().map(|seconds| match seconds > 0.0 {
        true => seconds,
        false => f64::NAN,
    });
    cases.near(
        &format!("{stage}/seconds"),
        &masked.collect::<Vec<_>>(),
        TOLERANCE,
    );
}

fn places(cases: &mut Cases) {
    let stage = "/spatial_occupancy";
    let [t0, dt, square] =
        ["t0", "dt", "bin_width"].map(|name| cases.numbers(&format!("{stage}/{name}"))[0]);
    let arena = cases.rows::<2>(&format!("{stage}/arena"))[0];
    assert_eq!(
        cases.numbers(&format!("{stage}/limits")),
        [0.0, 80.0, 0.0, 80.0]
    );
    let x = cases.numbers(&format!("{stage}/x"));
    let y = cases.numbers(&format!("{stage}/y"));
    let positions: Vec<[f64; 2]> = x.iter().zip(&y).map(|(x, y)| [*x, *y]).collect();
    let times_s: Vec<f64> = (0..x.len()).map(|sample| t0 + sample as f64 * dt).collect();
    let area = Rectangle {
        from: [0.0, 0.0],
        to: arena,
    };
    let square = Positive::new(square).unwrap();
    let clock = Clock::new(&times_s).unwrap();
    let occupancy = Occupancy::count(&positions, area, square, clock).unwrap();
    let seconds: Vec<f64> = occupancy.rows().flatten().copied().collect();
    cases.near(&format!("{stage}/seconds_yx"), &seconds, TOLERANCE);
    cases.near(
        &format!("{stage}/coverage"),
        &[occupancy.coverage()],
        TOLERANCE,
    );
}
