//! The steps beside `movement`, scipy, opexebo and filterpy on the same tracks.
//!
//! The tracks and the answers are written by `conformance/kinematics.py`; the fixture holds two,
//! `conformance/kinematics` runs this over a thousand (`DLC_KINEMATICS` names the file).
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    collections::BTreeMap,
    env,
    fs::File,
    io::{BufRead, BufReader},
    num::NonZeroU16,
};

use dlc_model::Bodyparts;
use dlc_tracking::{
    Bound, Track, Tracks, YAxis, angle,
    methods::LeftRight,
    steps::{
        self, GapFilling, LikelihoodMask, Positive, Rectangle, Region, Smoothing,
        activity::Walking,
        kinematics::{self, Difference},
        occupancy::{self, Occupancy},
        pairs,
    },
    time::{Clock, Timeline},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

const FIXTURE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/engines/answers.jsonl"
);

/// Relative to the largest number of an answer, and absolute where that is below 1.
const TOLERANCE: f64 = 1e-11;

/// A recursion and its inverse, once with matrices and once without.
const KALMAN_TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    engines: Value,
    #[serde(default)]
    inputs: BTreeMap<String, Vec<Vec<Option<f64>>>>,
    #[serde(default)]
    asks: Vec<Ask>,
}

#[derive(Deserialize)]
struct Ask {
    function: String,
    step: String,
    inputs: Vec<String>,
    params: Value,
    times: String,
    answer: Vec<Option<f64>>,
}

#[derive(Default)]
struct Tally {
    tracks: usize,
    numbers: usize,
    worst: f64,
}

#[test]
fn steps_are_those_of_the_engines() {
    let path = env::var_os("DLC_KINEMATICS").unwrap_or_else(|| FIXTURE.into());
    let lines = BufReader::new(File::open(path).unwrap()).lines();
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut tracks = 0;
    for line in lines {
        let line: Line = serde_json::from_str(&line.unwrap()).unwrap();
        if !line.engines.is_null() {
            println!("engines: {}", line.engines);
            continue;
        }
        tracks += 1;
        let mut asked: Vec<&str> = Vec::new();
        for ask in &line.asks {
            let apart = line.apart(ask);
            let tolerance = match ask.function.contains("Kalman") {
                true => KALMAN_TOLERANCE,
                false => TOLERANCE,
            };
            assert!(
                apart <= tolerance,
                "track {tracks}: {}: {apart:e} apart, {}",
                ask.function,
                ask.params
            );
            let tally = tallies.entry(ask.function.clone()).or_default();
            tally.tracks += usize::from(!asked.contains(&&*ask.function));
            tally.numbers += ask.answer.len();
            tally.worst = tally.worst.max(apart);
            asked.push(&ask.function);
        }
    }
    println!(
        "{:46} {:>7} {:>9}  largest difference",
        "function", "tracks", "numbers"
    );
    for (function, tally) in &tallies {
        let Tally {
            tracks,
            numbers,
            worst,
        } = tally;
        println!("{function:46} {tracks:7} {numbers:9}  {worst:.1e}");
    }
    assert!(
        tracks >= 2 && tallies.len() >= 41,
        "{tracks} tracks, {} functions",
        tallies.len()
    );
    let worst = tallies
        .values()
        .map(|tally| tally.worst)
        .fold(0.0, f64::max);
    println!(
        "{} functions on {tracks} tracks, at most {worst:.1e} apart (relative to the largest number of an answer)",
        tallies.len()
    );
}

impl Line {
    /// Returns how far our answer is from that of the engine, beside the largest number of it.
    fn apart(&self, ask: &Ask) -> f64 {
        let found = match self.inputs[&ask.inputs[0]][0].len() {
            1 => self.answer::<1>(ask),
            2 => self.answer::<2>(ask),
            3 => self.answer::<3>(ask),
            other => panic!("{other} dimensions"),
        };
        assert_eq!(found.len(), ask.answer.len(), "{}", ask.function);
        let known = ask.answer.iter().flatten();
        let scale = known.fold(1.0, |scale: f64, number| scale.max(number.abs()));
        let is_angle = ["smoothing_of_angles", "head_angle", "circular_mean"].contains(&&*ask.step);
        let apart = |(found, expected): (&f64, &Option<f64>)| match (found.is_nan(), expected) {
            (true, None) => 0.0,
            (false, Some(expected)) if is_angle => angle::difference(*found, *expected).abs(),
            (false, Some(expected)) => (found - expected).abs() / scale,
            _ => f64::INFINITY,
        };
        found.iter().zip(&ask.answer).map(apart).fold(0.0, f64::max)
    }

    fn rows<const D: usize>(&self, name: &str) -> Vec<[f64; D]> {
        let row = |row: &Vec<Option<f64>>| {
            assert_eq!(row.len(), D);
            std::array::from_fn(|axis| row[axis].unwrap_or(f64::NAN))
        };
        self.inputs[name].iter().map(row).collect()
    }

    fn numbers(&self, name: &str) -> Vec<f64> {
        self.rows::<1>(name).into_flattened()
    }

    /// Takes the steps that work in any number of dimensions.
    fn answer<const D: usize>(&self, ask: &Ask) -> Vec<f64> {
        let times_s = self.numbers(&ask.times);
        let clock = Clock::new(&times_s).unwrap();
        let mut rows = self.rows::<D>(&ask.inputs[0]);
        match &*ask.step {
            "gap_filling" => {
                params::<GapFilling>(ask).apply(&mut rows, clock);
            }
            "smoothing" => params::<Smoothing>(ask).apply(&mut rows, clock),
            "likelihood_mask" => {
                let likelihood = self.numbers(&ask.inputs[1]);
                params::<LikelihoodMask>(ask).apply(&"a".into(), &mut rows, &likelihood);
            }
            "velocity" => rows = kinematics::velocity(&rows, clock, params(ask)),
            "acceleration" => rows = kinematics::acceleration(&rows, clock, params(ask)),
            "displacement" => rows = kinematics::displacement(&rows),
            "speed" => return kinematics::speed(&rows, clock, params(ask)),
            "smooth_speed" => {
                let mut speeds = kinematics::speed(&rows, clock, Difference::Backward);
                params::<Smoothing>(ask).apply(steps::scalars(&mut speeds), clock);
                return speeds;
            }
            "walking" => {
                let walking: Walking = params(ask);
                let speeds = kinematics::speed(&rows, clock, Difference::Backward);
                let holds = speeds.iter().map(|speed| walking.holds(*speed));
                return holds.map(|holds| f64::from(u8::from(holds))).collect();
            }
            "path_length" => return vec![kinematics::path_length(&rows, params(ask))],
            "distance" => return pairs::distances(&rows, &self.rows(&ask.inputs[1])),
            _ if D == 1 => return self.answer_about_angles(ask, clock),
            _ => return self.answer_in_the_plane(ask, clock),
        }
        rows.into_flattened()
    }

    fn answer_about_angles(&self, ask: &Ask, clock: Clock<'_>) -> Vec<f64> {
        let mut angles = self.numbers(&ask.inputs[0]);
        match &*ask.step {
            "smoothing_of_angles" => params::<Smoothing>(ask).apply_to_angles(&mut angles, clock),
            "unwrap" => angle::unwrap(&mut angles),
            "angular_velocity" => {
                return kinematics::angular_velocity(&angles, clock, params(ask));
            }
            "circular_mean" => return vec![angle::mean(&angles).unwrap().angle.rad()],
            "resultant_length" => return vec![angle::mean(&angles).unwrap().resultant_length],
            "angular_occupancy" => {
                return occupancy::angular(&angles, params::<NonZeroU16>(ask), clock);
            }
            other => panic!("no step {other}"),
        }
        angles
    }

    fn answer_in_the_plane(&self, ask: &Ask, clock: Clock<'_>) -> Vec<f64> {
        let positions = self.rows::<2>(&ask.inputs[0]);
        match &*ask.step {
            "head_angle" => head_angles(positions, self.rows(&ask.inputs[1])),
            "region" => {
                let region: Region = params(ask);
                let inside = positions.iter().map(|position| region.contains(*position));
                inside.map(|inside| f64::from(u8::from(inside))).collect()
            }
            "occupancy" => {
                #[derive(Deserialize)]
                struct Grid {
                    area: Rectangle,
                    square: Positive,
                }
                let Grid { area, square } = params(ask);
                let occupancy = Occupancy::count(&positions, area, square, clock).unwrap();
                let seconds = occupancy.rows().flatten().copied();
                seconds.chain([occupancy.coverage()]).collect()
            }
            other => panic!("no step {other}"),
        }
    }
}

fn params<T: DeserializeOwned>(ask: &Ask) -> T {
    T::deserialize(&ask.params).unwrap_or_else(|error| panic!("{}: {error}", ask.function))
}

fn head_angles(left: Vec<[f64; 2]>, right: Vec<[f64; 2]>) -> Vec<f64> {
    let samples = left.len();
    let track = |positions| Track::<2>::new(positions, vec![1.0; samples]).unwrap();
    let model = Bodyparts::new(["left", "right"]).unwrap();
    let tracks = Tracks::new(model.clone(), vec![track(left), track(right)]).unwrap();
    let mut method = Bound::new(LeftRight::new("left", "right"), &model).unwrap();
    let timeline = Timeline::uniform(1.0, samples).unwrap();
    let states = method.states(&tracks, timeline.clock());
    states
        .iter()
        .map(|state| state.head_angle_rad(YAxis::Down))
        .collect()
}
