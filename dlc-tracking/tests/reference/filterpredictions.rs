use dlc_tracking::{
    YAxis,
    steps::{self, Ends, GapFilling, Interpolation, Rolling, Span, Statistic, pairs},
    time::Timeline,
};

use super::cases::Cases;

const TOLERANCE: f64 = 1e-9;

#[test]
fn filterpredictions_is_reproduced_where_it_is_right() {
    let Some(mut cases) = Cases::open("dlc_filterpredictions.json") else {
        return;
    };
    cases.input("/engine");
    medians(&mut cases);
    splines(&mut cases);
    bones(&mut cases);
    let reason = "no ARIMA: a Kalman smoother takes its place";
    cases.left_out("/arima_example", reason);
    cases.finish();
}

fn medians(cases: &mut Cases) {
    cases.input("/median/note");
    let variants = [
        (
            "/median",
            vec![3, 5, 7],
            "edges reflect; zeros beyond them pull the median down",
        ),
        (
            "/median_with_nan",
            vec![3, 5],
            "missing samples do not count and stay missing; a sort without order puts them last",
        ),
    ];
    for (stage, kernels, reason) in variants {
        let x = cases.numbers(&format!("{stage}/x"));
        let timeline = Timeline::uniform(1.0, x.len()).unwrap();
        for kernel in kernels {
            let mut found = x.clone();
            let median = Rolling::new(Statistic::Median, Span::samples(f64::from(kernel)).unwrap());
            median.apply(steps::scalars(&mut found), timeline.clock());
            let pointer = format!("{stage}/kernel{kernel}");
            let expected = cases.numbers(&pointer);
            // Where a window reaches neither an edge nor a missing sample, nothing differs.
            let half = usize::try_from(kernel / 2).unwrap();
            let mut inside = 0;
            for sample in half..x.len() - half {
                if !x[sample - half..=sample + half].iter().any(|x| x.is_nan()) {
                    assert_eq!(found[sample], expected[sample], "{pointer} {sample}");
                    inside += 1;
                }
            }
            assert!(inside > 0 || stage == "/median_with_nan", "{pointer}");
            if found == expected {
                cases.near(&pointer, &found, TOLERANCE);
            } else {
                cases.differs(&pointer, &found, reason);
            }
        }
    }
}

fn splines(cases: &mut Cases) {
    cases.input("/spline/note");
    let columns = cases.rows::<12>("/spline/columns");
    let timeline = Timeline::uniform(1.0, 12).unwrap();
    for max_gap in [0.0, 1.0, 2.0, 3.0, 5.0] {
        let filling = GapFilling {
            method: Interpolation::Cubic,
            // 0 fills all of them there.
            max_gap: (max_gap > 0.0).then(|| Span::samples(max_gap).unwrap()),
            ends: Ends::Extrapolate,
        };
        let mut found = columns.clone();
        for column in &mut found {
            filling.apply(steps::scalars(column), timeline.clock());
        }
        let pointer = format!("/spline/results/max_gap={max_gap}");
        let reason = "a coordinate of 0 is a coordinate; DeepLabCut takes it for a missing one";
        cases.differs(&pointer, found.as_flattened(), reason);
        assert_eq!(found[1][11], 0.0);
        found[1][11] = f64::NAN;
        cases.near_rows(&pointer, &found, TOLERANCE);
    }
}

fn bones(cases: &mut Cases) {
    let pairs = cases.rows::<4>("/angle_deg_0_360/cases");
    let ends = |at: usize| -> Vec<[f64; 2]> {
        pairs.iter().map(|pair| [pair[at], pair[at + 1]]).collect()
    };
    let degrees = |from: &[[f64; 2]], to: &[[f64; 2]]| -> Vec<f64> {
        let directions = pairs::directions(from, to, YAxis::Up).into_iter();
        directions.map(f64::to_degrees).collect()
    };
    let mut found = degrees(&ends(0), &ends(2));
    let reason = "two points in one place have no direction; DeepLabCut says 0°";
    cases.differs("/angle_deg_0_360/out", &found, reason);
    assert!(found[0].is_nan());
    found[0] = 0.0;
    cases.near("/angle_deg_0_360/out", &found, TOLERANCE);

    let stage = "/skeleton_bone";
    let parts = ["a", "b"].map(|part| cases.rows::<3>(&format!("{stage}/{part}")));
    let [a, b] = parts
        .each_ref()
        .map(|rows| rows.iter().map(|row| [row[0], row[1]]).collect::<Vec<_>>());
    cases.near(
        &format!("{stage}/length"),
        &pairs::distances(&a, &b),
        TOLERANCE,
    );
    cases.near(
        &format!("{stage}/orientation_deg"),
        &degrees(&a, &b),
        TOLERANCE,
    );
    let [p, q] = parts.map(|rows| rows.iter().map(|row| row[2]).collect::<Vec<_>>());
    let lower = pairs::lower_likelihood(&p, &q);
    cases.near(&format!("{stage}/likelihood_min"), &lower, TOLERANCE);
}
