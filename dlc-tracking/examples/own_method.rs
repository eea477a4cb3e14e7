//! Adds a method of its own to the registry, and runs it as a pipeline that a store would hold.
//!
//! ```sh
//! cargo run -p dlc-tracking --example own_method
//! ```
//!
//! The oracle is the picture of a right angle: a nose at the end of a neck that points up.
#![expect(clippy::print_stdout, reason = "a program tells what it did")]

use std::error::Error;

use dlc_model::{Bodypart, BodypartAliases, Bodyparts, Keypoint, PoseTable};
use dlc_tracking::{
    Part, Pipeline, ProcessingMethod, Registry, Role, Sample, State, Tracks, time::Timeline,
};
use serde::{Deserialize, Serialize};

/// Where the nose is, and the direction of the neck. Its fields are its parameters.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct NoseAndNeck {
    nose: Bodypart,
    neck: Bodypart,
}

impl<const D: usize> ProcessingMethod<D> for NoseAndNeck {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new(Role::Front, self.nose.clone()),
            Part::new(Role::Back, self.neck.clone()),
        ]
    }

    fn state(&mut self, sample: &Sample<'_, D>) -> State<D> {
        let [nose, neck] = [sample[0].position, sample[1].position];
        State {
            position: nose,
            heading: std::array::from_fn(|axis| nose[axis] - neck[axis]),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut registry = Registry::<2>::standard();
    registry.insert::<NoseAndNeck>("nose_and_neck")?;

    let pipeline: Pipeline = serde_json::from_str(
        r#"{
            "function_to_invoke": "nose_and_neck",
            "params": {
                "steps": [{"likelihood_mask": {"cutoff": {"fixed": 0.6}}}, {"gap_filling": {}}],
                "method": {"nose": "snout", "neck": "neck"}
            }
        }"#,
    )?;

    let mut poses = PoseTable::new(Bodyparts::new(["neck", "snout"])?);
    for frame in 0..5_u8 {
        let (x, doubtful) = (100.0 + 2.0 * f64::from(frame), frame == 2);
        let likelihood = if doubtful { 0.1 } else { 0.9 };
        let snout = Keypoint::new(x, 40.0, likelihood);
        poses.set(frame.into(), &[Keypoint::new(x, 60.0, 0.9), snout]);
    }

    let mut bound = pipeline.bind(&registry, poses.bodyparts(), &BodypartAliases::default())?;
    let timeline = Timeline::uniform(40.0, poses.len())?;
    let raw = bound.raw(&Tracks::from(&poses), timeline.clock());

    println!("param_hash {}", pipeline.param_hash(&registry)?);
    for state in raw.states.iter() {
        let [x, y] = state.position;
        let degrees = state.head_angle.map_or(f64::NAN, |angle| angle.degrees());
        println!(
            "{:.3} s: x {x:.1} px, y {y:.1} px, head {degrees:.1}°, {:.1} px/s",
            state.time_s, state.speed_per_s
        );
    }
    Ok(())
}
