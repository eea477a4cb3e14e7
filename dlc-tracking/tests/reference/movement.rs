use dlc_tracking::{
    CalibrationSource, Origin, RawParams, Tracking, TrackingParams, YAxis, angle,
    methods::LeftRight,
    steps::{
        self, Degree, Edges, Ends, FitEdges, GapFilling, Interpolation, LikelihoodMask,
        MissingInFit, NonNegative, Rolling, SavitzkyGolay, Span, Statistic,
        kinematics::{self, Difference, PathGaps},
    },
    time::{Clock, Timeline},
};

use super::{
    cases::Cases,
    moser::{positions_alone, two_points},
};

const TOLERANCE: f64 = 1e-9;

#[test]
fn movement_is_reproduced() {
    for file in [
        "movement_0_15_0.json",
        "movement_0_17_0.json",
        "movement_head_ae9a240.json",
    ] {
        let Some(mut cases) = Cases::open(file) else {
            return;
        };
        cases.input("/engine");
        head_directions(&mut cases);
        likelihoods(&mut cases, file.contains("head"));
        interpolation(&mut cases);
        rolling(&mut cases);
        savitzky_golay(&mut cases);
        rates(&mut cases);
        uneven_rates(&mut cases);
        scale(&mut cases);
        cases.finish();
    }
}

fn seconds(samples: usize) -> Timeline {
    Timeline::uniform(1.0, samples).unwrap()
}

fn head_directions(cases: &mut Cases) {
    let stage = "/head_direction";
    cases.input(&format!("{stage}/coords"));
    let pairs = cases.rows::<4>(&format!("{stage}/left_right_pairs"));
    let angles = |left: &str, right: &str| {
        let method = LeftRight::new(left, right);
        let raw = two_points(method, &pairs, YAxis::Down, &RawParams::default());
        raw.states.head_angles_rad().to_vec()
    };
    let each = |angles: &[f64], f: &dyn Fn(f64) -> f64| -> Vec<f64> {
        angles.iter().map(|angle| f(*angle)).collect()
    };
    let vectors = |angles: &[f64]| -> Vec<f64> {
        // `y` points down.
        let vectors = angle::to_unit_vectors(angles).into_iter();
        vectors.flat_map(|[x, y]| [x, -y]).collect()
    };
    // Seen from below, left and right change places.
    let views = [
        ("top_down", angles("a", "b")),
        ("bottom_up", angles("b", "a")),
    ];
    for (view, angles) in &views {
        let pointer = format!("{stage}/forward_vector_{view}");
        cases.near(&pointer, &vectors(angles), TOLERANCE);
        let pointer = format!("{stage}/angle_rad_ref_1_0_{view}");
        cases.near(
            &pointer,
            &each(angles, &|a| angle::wrap_signed(-a)),
            TOLERANCE,
        );
    }
    let top_down = &views[0].1;
    let from_down = |a: f64| angle::wrap_signed(-a - std::f64::consts::FRAC_PI_2).to_degrees();
    let pointer = format!("{stage}/angle_deg_ref_0_1_top_down");
    cases.near(&pointer, &each(top_down, &from_down), TOLERANCE);
    let pointer = format!("{stage}/moser_head_angle_rad_0_2pi = mod(-angle,2pi)");
    cases.near(&pointer, top_down, TOLERANCE);
}

fn likelihoods(cases: &mut Cases, keeps_unknown: bool) {
    let stage = "/filter_by_confidence";
    let rows = cases.rows::<4>(&format!("{stage}/pos"));
    let likelihood = cases.rows::<2>(&format!("{stage}/confidence"));
    let threshold = cases.numbers(&format!("{stage}/threshold"))[0];
    let mut compare = |out: &str, keep_unknown: bool| {
        let mask = LikelihoodMask {
            keep_unknown,
            ..LikelihoodMask::fixed(NonNegative::new(threshold).unwrap())
        };
        let parts = [0, 1].map(|part| {
            let positions = rows.iter().map(|row| [row[2 * part], row[2 * part + 1]]);
            let mut positions: Vec<[f64; 2]> = positions.collect();
            let likelihood: Vec<f64> = likelihood.iter().map(|row| row[part]).collect();
            mask.apply(&"part".into(), &mut positions, &likelihood);
            positions
        });
        let found = parts[0].iter().zip(&parts[1]).flat_map(|(a, b)| [*a, *b]);
        let found: Vec<[f64; 2]> = found.collect();
        cases.near_rows(&format!("{stage}/{out}"), &found, TOLERANCE);
    };
    compare("out", keeps_unknown);
    match keeps_unknown {
        true => compare("out_drop_nan_conf", false),
        false => drop(cases.input(&format!("{stage}/note"))),
    }
}

fn interpolation(cases: &mut Cases) {
    let stage = "/interpolate_over_time";
    let x = cases.numbers(&format!("{stage}/x"));
    let timeline = seconds(x.len());
    let fill = |method, max_gap: Option<f64>, ends| {
        let filling = GapFilling {
            method,
            max_gap: max_gap.map(|samples| Span::samples(samples).unwrap()),
            ends,
        };
        let mut x = x.clone();
        filling.apply(steps::scalars(&mut x), timeline.clock());
        x
    };
    let methods = [
        ("linear", Interpolation::Linear),
        ("slinear", Interpolation::Linear),
        ("nearest", Interpolation::Nearest),
        ("cubic", Interpolation::Cubic),
        ("pchip", Interpolation::Pchip),
    ];
    for max_gap in [None, Some(1.0), Some(2.0), Some(3.0)] {
        let limit = max_gap.map_or("None".into(), |samples: f64| samples.to_string());
        for (name, method) in methods {
            let pointer = format!("{stage}/results/{name}|max_gap={limit}");
            cases.near(&pointer, &fill(method, max_gap, Ends::Missing), TOLERANCE);
        }
        let pointer = format!("{stage}/results/spline|max_gap={limit}");
        let found = fill(Interpolation::Cubic, max_gap, Ends::Missing);
        let reason = "its `spline` is one polynomial that misses the samples and goes on beyond \
                      both ends; a cubic here goes through them and stops";
        cases.differs(&pointer, &found, reason);
    }
    let pointer = format!("{stage}/results/linear|extrapolate");
    let found = fill(Interpolation::Linear, None, Ends::Extrapolate);
    cases.near(&pointer, &found, TOLERANCE);
}

fn rolling(cases: &mut Cases) {
    let stage = "/rolling_filter";
    cases.input(&format!("{stage}/edges"));
    let x = cases.numbers(&format!("{stage}/x"));
    let timeline = seconds(x.len());
    let statistics = [
        ("median", Statistic::Median),
        ("mean", Statistic::Mean),
        ("max", Statistic::Max),
        ("min", Statistic::Min),
    ];
    for (name, statistic) in statistics {
        for window in [3.0, 4.0, 5.0] {
            for (least, min_present) in [("None", usize::MAX), ("1", 1), ("2", 2)] {
                let rolling = Rolling {
                    edges: Edges::Mirror,
                    min_present,
                    fill_missing: true,
                    ..Rolling::new(statistic, Span::samples(window).unwrap())
                };
                let mut found = x.clone();
                rolling.apply(steps::scalars(&mut found), timeline.clock());
                let key = format!("{name}|window={window}|min_periods={least}");
                cases.near(&format!("{stage}/results/{key}"), &found, TOLERANCE);
            }
        }
    }
}

fn savitzky_golay(cases: &mut Cases) {
    let stage = "/savgol_filter";
    let x = cases.numbers(&format!("{stage}/x"));
    let timeline = seconds(x.len());
    let modes = [
        ("interp", FitEdges::LastFit),
        ("nearest", FitEdges::Beyond(Edges::Nearest)),
        ("mirror", FitEdges::Beyond(Edges::Mirror)),
    ];
    for (window, degree) in [(3, 1), (3, 2), (5, 2), (7, 3)] {
        for (mode, edges) in modes {
            let filter = SavitzkyGolay {
                edges,
                missing: MissingInFit::Spread,
                ..SavitzkyGolay::new(
                    Span::samples(f64::from(window)).unwrap(),
                    Degree::new(degree).unwrap(),
                )
            };
            let mut found = x.clone();
            filter.apply(steps::scalars(&mut found), timeline.clock());
            let key = format!("window={window}|polyorder={degree}|mode={mode}");
            cases.near(&format!("{stage}/results/{key}"), &found, TOLERANCE);
        }
    }
}

fn rates(cases: &mut Cases) {
    let stage = "/kinematics";
    cases.input(&format!("{stage}/unit"));
    let path = cases.rows::<2>(&format!("{stage}/pos"));
    let fps = cases.numbers(&format!("{stage}/fps"))[0];
    let timeline = Timeline::uniform(fps, path.len()).unwrap();
    let clock = timeline.clock();
    let velocity = kinematics::velocity(&path, clock, Difference::Central);
    cases.near_rows(&format!("{stage}/velocity"), &velocity, TOLERANCE);
    let speed = kinematics::speed(&path, clock, Difference::Central);
    cases.near(&format!("{stage}/speed"), &speed, TOLERANCE);
    let acceleration = kinematics::acceleration(&path, clock, Difference::Central);
    cases.near_rows(&format!("{stage}/acceleration"), &acceleration, TOLERANCE);
    let forward = kinematics::displacement(&path);
    cases.near_rows(
        &format!("{stage}/forward_displacement"),
        &forward,
        TOLERANCE,
    );
    // From a sample to the one before.
    let backward = [[0.0; 2]]
        .into_iter()
        .chain(forward.iter().map(|way| way.map(|way| -way)));
    let backward: Vec<[f64; 2]> = backward.take(path.len()).collect();
    cases.near_rows(
        &format!("{stage}/backward_displacement"),
        &backward,
        TOLERANCE,
    );
    let length = kinematics::path_length(&path, PathGaps::Straight);
    cases.near(&format!("{stage}/path_length"), &[length], TOLERANCE);

    let stage = "/kinematics_with_nan";
    let path = cases.rows::<2>(&format!("{stage}/pos"));
    let fps = cases.numbers(&format!("{stage}/fps"))[0];
    let timeline = Timeline::uniform(fps, path.len()).unwrap();
    let speed = kinematics::speed(&path, timeline.clock(), Difference::Central);
    cases.near(&format!("{stage}/speed"), &speed, TOLERANCE);
}

fn uneven_rates(cases: &mut Cases) {
    let stage = "/kinematics_nonuniform_time";
    let times_s = cases.numbers(&format!("{stage}/t"));
    let path = cases.rows::<2>(&format!("{stage}/pos"));
    let clock = Clock::new(&times_s).unwrap();
    let velocity = kinematics::velocity(&path, clock, Difference::Central);
    cases.near_rows(&format!("{stage}/velocity"), &velocity, TOLERANCE);
    let speed = kinematics::speed(&path, clock, Difference::Central);
    cases.near(&format!("{stage}/speed"), &speed, TOLERANCE);
}

fn scale(cases: &mut Cases) {
    let raw = positions_alone(&cases.rows::<2>("/scale/pos"), YAxis::Down);
    let mm_per_px = cases.numbers("/scale/factor")[0];
    let params = TrackingParams {
        origin: Origin::Kept,
        ..TrackingParams::default()
    };
    let tracking = Tracking::new(&raw, &params, CalibrationSource::Known { mm_per_px }).unwrap();
    cases.near_rows("/scale/out", tracking.states.positions(), TOLERANCE);
}
