//! What holds for every track: the geometry of steps, and what missing samples may do.

use dlc_tracking::{
    steps::{
        self, Cutoff, GapFilling, JumpRemoval, LikelihoodMask, NonNegative, Smoothing, Span,
        kinematics::{self, Difference, PathGaps},
        pairs,
    },
    time::{Clock, dropouts, nearest_sample},
};
use proptest::{collection::vec, prelude::*};

const NAN: f64 = f64::NAN;

/// A track: uneven times, and positions of which some are missing.
#[derive(Clone, Debug)]
struct Path {
    times_s: Vec<f64>,
    positions: Vec<[f64; 2]>,
}

impl Path {
    fn clock(&self) -> Clock<'_> {
        Clock::new(&self.times_s).expect("times increase")
    }

    fn map(&self, f: impl Fn([f64; 2]) -> [f64; 2]) -> Self {
        Self {
            times_s: self.times_s.clone(),
            positions: self.positions.iter().copied().map(f).collect(),
        }
    }

    fn missing(&self) -> Vec<bool> {
        self.positions
            .iter()
            .map(|position| position[0].is_nan())
            .collect()
    }
}

fn paths() -> impl Strategy<Value = Path> {
    let sample = (
        0.02..0.05_f64,
        prop::option::weighted(0.7, [-200.0..200.0_f64, -200.0..200.0]),
    );
    vec(sample, 0..60).prop_map(|samples| {
        let mut time_s = 0.0;
        let mut path = Path {
            times_s: Vec::new(),
            positions: Vec::new(),
        };
        for (step_s, position) in samples {
            time_s += step_s;
            path.times_s.push(time_s);
            path.positions.push(position.unwrap_or([NAN; 2]));
        }
        path
    })
}

/// Smoothings that know no axis: they turn with the track.
const LINEAR: [&str; 6] = [
    r#"{"gaussian":{"sigma":{"samples":1.7}}}"#,
    r#"{"gaussian":{"sigma":{"seconds":0.1},"edges":"missing","fill_missing":true}}"#,
    r#"{"rolling":{"statistic":"mean","window":{"samples":5},"min_present":2}}"#,
    r#"{"savitzky_golay":{"window":{"samples":7},"degree":2}}"#,
    r#"{"savitzky_golay":{"window":{"samples":5},"degree":1,"edges":{"beyond":"reflect"}}}"#,
    r#"{"kalman":{"position_error":2.0,"acceleration":500.0}}"#,
];

const MEDIAN: &str = r#"{"rolling":{"statistic":"median","window":{"samples":5}}}"#;

fn smoothed(path: &Path, stored: &str) -> Path {
    let smoothing: Smoothing = serde_json::from_str(stored).expect("stored as we store it");
    let mut smooth = path.clone();
    smoothing.apply(&mut smooth.positions, path.clock());
    smooth
}

fn filled(path: &Path, stored: &str) -> Path {
    let filling: GapFilling = serde_json::from_str(stored).expect("stored as we store it");
    let mut filled = path.clone();
    filling.apply(&mut filled.positions, path.clock());
    filled
}

fn assert_near(found: &Path, expected: &Path, tolerance: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.missing(), expected.missing());
    let numbers = found.positions.as_flattened().iter();
    for (found, expected) in numbers.zip(expected.positions.as_flattened()) {
        let apart = (found - expected).abs();
        prop_assert!(
            found.is_nan() || apart <= tolerance * (1.0 + expected.abs()),
            "{found} {expected}"
        );
    }
    Ok(())
}

/// Turns by an angle and moves.
fn moved(angle: f64, by: [f64; 2]) -> impl Fn([f64; 2]) -> [f64; 2] {
    let (sin, cos) = angle.sin_cos();
    move |[x, y]| [cos * x - sin * y + by[0], sin * x + cos * y + by[1]]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn smoothing_turns_and_moves_with_the_track(
        path in paths(),
        angle in 0.0..6.0_f64,
        by in [-500.0..500.0_f64, -500.0..500.0],
    ) {
        for stored in LINEAR {
            let after = smoothed(&path, stored).map(moved(angle, by));
            assert_near(&smoothed(&path.map(moved(angle, by)), stored), &after, 1e-9)?;
        }
        let after = smoothed(&path, MEDIAN).map(moved(0.0, by));
        assert_near(&smoothed(&path.map(moved(0.0, by)), MEDIAN), &after, 1e-9)?;
    }

    #[test]
    fn filling_linear_and_cubic_gaps_turns_and_moves_with_the_track(
        path in paths(),
        angle in 0.0..6.0_f64,
        by in [-500.0..500.0_f64, -500.0..500.0],
    ) {
        for stored in [r#"{"max_gap":{"seconds":0.2}}"#, r#"{"method":"cubic"}"#, r#"{"method":"nearest","ends":"hold"}"#] {
            let after = filled(&path, stored).map(moved(angle, by));
            assert_near(&filled(&path.map(moved(angle, by)), stored), &after, 1e-6)?;
        }
    }

    #[test]
    fn steps_scale_with_the_track(path in paths(), factor in 0.01..100.0_f64) {
        let scaled = |path: &Path| path.map(|position| position.map(|x| factor * x));
        for stored in LINEAR.into_iter().take(5).chain([MEDIAN]) {
            assert_near(&smoothed(&scaled(&path), stored), &scaled(&smoothed(&path, stored)), 1e-9)?;
        }
        for stored in [r#"{"method":"pchip","ends":"extrapolate"}"#, r#"{"method":"cubic"}"#] {
            assert_near(&filled(&scaled(&path), stored), &scaled(&filled(&path, stored)), 1e-6)?;
        }
    }

    #[test]
    fn a_later_start_changes_nothing(path in paths(), later_s in 0.0..10_000.0_f64) {
        let later = Path {
            times_s: path.times_s.iter().map(|time_s| time_s + later_s).collect(),
            positions: path.positions.clone(),
        };
        for stored in LINEAR.into_iter().take(5).chain([MEDIAN]) {
            prop_assert_eq!(smoothed(&later, stored).missing(), smoothed(&path, stored).missing());
        }
        let found = kinematics::speed(&later.positions, later.clock(), Difference::Central);
        let expected = kinematics::speed(&path.positions, path.clock(), Difference::Central);
        for (found, expected) in found.iter().zip(&expected) {
            let near = (found - expected).abs() <= 1e-6 * (1.0 + expected);
            prop_assert!(near || found.is_nan() && expected.is_nan());
        }
    }

    #[test]
    fn smoothing_backwards_is_smoothing(path in paths()) {
        let reversed = |path: &Path| Path {
            times_s: path.times_s.iter().rev().map(|time_s| -time_s).collect(),
            positions: path.positions.iter().rev().copied().collect(),
        };
        for stored in LINEAR.into_iter().take(5).chain([MEDIAN]) {
            assert_near(&smoothed(&reversed(&path), stored), &reversed(&smoothed(&path, stored)), 1e-9)?;
        }
        for stored in [r#"{"method":"linear","ends":"extrapolate"}"#, r#"{"method":"pchip"}"#, r#"{"method":"cubic"}"#] {
            assert_near(&filled(&reversed(&path), stored), &reversed(&filled(&path, stored)), 1e-6)?;
        }
    }

    #[test]
    fn the_missing_stay_missing_and_the_others_do_not_become_it(path in paths()) {
        let all = LINEAR.into_iter().filter(|stored| !stored.contains("fill_missing"));
        for stored in all.chain([MEDIAN]) {
            let expected = match stored.contains("min_present") {
                // A window with too few samples is missing, and that is what it says.
                true => continue,
                false => path.missing(),
            };
            prop_assert_eq!(smoothed(&path, stored).missing(), expected, "{}", stored);
        }
    }

    #[test]
    fn filling_changes_only_what_is_missing_and_only_inside(path in paths()) {
        let present: Vec<usize> = (0..path.positions.len()).filter(|at| !path.missing()[*at]).collect();
        for method in ["linear", "nearest", "cubic", "pchip"] {
            let filled = filled(&path, &format!(r#"{{"method":"{method}"}}"#));
            for at in 0..path.positions.len() {
                let inside = present.first().is_some_and(|first| at > *first)
                    && present.last().is_some_and(|last| at < *last)
                    && (method != "cubic" || present.len() >= 4);
                let before = path.positions[at];
                match before[0].is_nan() {
                    true => prop_assert_eq!(filled.positions[at][0].is_nan(), !inside),
                    false => prop_assert_eq!(filled.positions[at], before),
                }
            }
        }
    }

    #[test]
    fn speed_and_length_do_not_know_where_north_is(
        path in paths(),
        angle in 0.0..6.0_f64,
        by in [-500.0..500.0_f64, -500.0..500.0],
    ) {
        let turned = path.map(moved(angle, by));
        for difference in [Difference::Backward, Difference::Forward, Difference::Central] {
            let found = kinematics::speed(&turned.positions, turned.clock(), difference);
            let expected = kinematics::speed(&path.positions, path.clock(), difference);
            for (found, expected) in found.iter().zip(&expected) {
                let near = (found - expected).abs() <= 1e-7 * (1.0 + expected);
                prop_assert!(near || found.is_nan() && expected.is_nan(), "{found} {expected}");
            }
        }
        let [found, expected] = [&turned, &path].map(|path| kinematics::path_length(&path.positions, PathGaps::Straight));
        prop_assert!((found - expected).abs() <= 1e-9 * (1.0 + expected) || found.is_nan() && expected.is_nan());
        let back = pairs::distances(&turned.positions, &turned.positions);
        prop_assert!(back.iter().zip(path.missing()).all(|(d, missing)| *d == 0.0 || missing));
    }

    #[test]
    fn what_stayed_after_jumps_were_removed_stays(path in paths(), speed in 10.0..20_000.0_f64, plateau in 0.0..10.0_f64) {
        let removal: JumpRemoval = serde_json::from_value(serde_json::json!({
            "max_speed_per_s": speed,
            "max_plateau": {"samples": plateau},
        })).expect("stored as we store it");
        let mut once = path.clone();
        let removed = removal.apply(&mut once.positions, path.clock());
        let count = |path: &Path| path.missing().iter().filter(|missing| **missing).count();
        prop_assert_eq!(count(&once) - count(&path), removed);
        prop_assert!(count(&path) == path.positions.len() || count(&once) < path.positions.len());

        let mut twice = once.clone();
        prop_assert_eq!(removal.apply(&mut twice.positions, path.clock()), 0);
    }

    #[test]
    fn a_higher_cutoff_believes_no_more(path in paths(), low in 0.0..1.0_f64, higher in 0.0..1.0_f64) {
        let likelihood: Vec<f64> = path.times_s.iter().map(|time_s| (1e4 * time_s).fract()).collect();
        let dropped = |cutoff: f64| {
            let mut path = path.clone();
            let mask = LikelihoodMask {
                cutoff: Cutoff::Fixed(NonNegative::new(cutoff).expect("a sum of such")),
                keep_unknown: false,
                carry_last: false,
            };
            mask.apply(&"snout".into(), &mut path.positions, &likelihood)
        };
        prop_assert!(dropped(low) <= dropped(low + higher));
    }

    #[test]
    fn no_length_of_time_is_too_long_or_too_short(path in paths(), exponent in -320..300_i32) {
        let span = 10_f64.powi(exponent);
        for stored in [
            r#"{"gaussian":{"sigma":SPAN}}"#,
            r#"{"rolling":{"statistic":"median","window":SPAN,"edges":"wrap"}}"#,
            r#"{"rolling":{"statistic":"max","window":SPAN,"edges":"missing"}}"#,
            r#"{"savitzky_golay":{"window":SPAN,"degree":9,"derivative":2}}"#,
        ] {
            for unit in ["seconds", "samples"] {
                let span = format!(r#"{{"{unit}":{span:e}}}"#);
                smoothed(&path, &stored.replace("SPAN", &span));
                filled(&path, &format!(r#"{{"max_gap":{span},"ends":"extrapolate"}}"#));
            }
        }
        prop_assert!(Span::seconds(span).is_ok());
    }

    #[test]
    fn the_nearest_sample_is_the_nearest(path in paths(), time_s in -1.0..4.0_f64) {
        let clock = path.clock();
        match nearest_sample(clock, time_s) {
            None => prop_assert!(clock.is_empty()),
            Some(nearest) => {
                let away = |at: usize| (clock.times_s()[at] - time_s).abs();
                prop_assert!((0..clock.len()).all(|at| away(nearest) <= away(at)));
            }
        }
        let missing: usize = dropouts(clock).iter().map(|dropout| dropout.missing).sum();
        prop_assert!(missing <= 3 * clock.len());
    }

    #[test]
    fn scalars_are_tracks_of_one_dimension(path in paths()) {
        let both = smoothed(&path, LINEAR[0]);
        for axis in 0..2 {
            let mut numbers: Vec<f64> = path.positions.iter().map(|position| position[axis]).collect();
            let smoothing: Smoothing = serde_json::from_str(LINEAR[0]).expect("stored as we store it");
            smoothing.apply(steps::scalars(&mut numbers), path.clock());
            for (found, expected) in numbers.iter().zip(&both.positions) {
                prop_assert!(*found == expected[axis] || found.is_nan() && expected[axis].is_nan());
            }
        }
    }
}
