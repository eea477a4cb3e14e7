//! From body parts to the state of one animal.
//!
//! DeepLabCut (DLC) gives body parts; a pipeline wants one state of the subject at any time:
//! position, head angle, speed. This crate has the tracks of body parts, the steps that clean
//! them, the methods that make a state of them, and the states. Nothing here opens a file, a
//! device or a database.
//!
//! | | |
//! |---|---|
//! | [`Tracks`] | body parts over time, from a [`PoseTable`](dlc_model::PoseTable) or triangulated |
//! | [`steps`] | likelihood cut-off, jumps, gaps, smoothing, kinematics, regions |
//! | [`methods`], [`ProcessingMethod`] | body parts to a [`State`] |
//! | [`Pipeline`], [`Registry`] | steps and a method, saved, with a hash |
//! | [`TrackingRaw`], [`Tracking`] | states in px as the video shows them, and in mm |
//! | [`Online`] | states while samples arrive |
//! | [`time`], [`angle`] | times of recordings, circular statistics |
//!
//! # Conventions
//!
//! Missing is NaN, in all coordinates of a position at once. px and mm are types ([`FramePx`],
//! [`ArenaMm`]); which way `y` points travels with the tracks ([`YAxis`]). A head angle is in rad
//! in [0, 2π), 0 to the right and counter-clockwise for who looks at the picture. Angles of
//! `movement` turn the other way: `angle::wrap(-angle)` converts them.
//!
//! # Examples
//!
//! Two ears to a state in mm:
//!
//! ```
//! use dlc_model::{BodypartAliases, Bodyparts, Keypoint, PoseTable};
//! use dlc_tracking::{
//!     CalibrationSource, Pipeline, Registry, Tracking, TrackingParams, Tracks, time::Timeline,
//! };
//!
//! # let mut poses = PoseTable::new(Bodyparts::new(["leftear", "rightear"])?);
//! # for frame in 0..40_u8 {
//! #     let (y, x) = (f64::from(frame) * 0.16).sin_cos();
//! #     let ear = |r: f64| Keypoint::new(320.0 + r * x, 240.0 + r * y, 0.9);
//! #     poses.set(frame.into(), &[ear(95.0), ear(105.0)]);
//! # }
//! let pipeline: Pipeline = serde_json::from_str(
//!     r#"{
//!         "function_to_invoke": "two_point_left_right",
//!         "params": {
//!             "steps": [
//!                 {"likelihood_mask": {"cutoff": {"fixed": 0.6}}},
//!                 {"gap_filling": {"max_gap": {"seconds": 0.25}}}
//!             ],
//!             "method": {"left": "leftear", "right": "rightear"}
//!         }
//!     }"#,
//! )?;
//! let (registry, aliases) = (Registry::standard(), BodypartAliases::default());
//! let mut bound = pipeline.bind(&registry, poses.bodyparts(), &aliases)?;
//!
//! let timeline = Timeline::uniform(40.0, poses.len())?;
//! let raw = bound.raw(&Tracks::from(&poses), timeline.clock());
//! let params = TrackingParams::from_samples(1.0, 1.5, 2.0, false)?;
//! let tracking = Tracking::new(&raw, &params, CalibrationSource::square(800.0))?;
//!
//! let state = tracking.states.state(20);
//! assert!((state.position[0] - 0.0).abs() < 1.0); // mm, at the left wall
//! assert!(state.speed_per_s > 2000.0); // mm/s
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Checked against
//!
//! `movement` 0.15 and 0.17, `opexebo` 0.7.2, scipy 1.17, BNT and NATEX of `MINI2P_toolbox` under
//! Octave 7.3, `dlc2kinematics` 0.0.7, DeepLabCut 3.0.2: `conformance/tracking` counts the cases
//! and lists what differs on purpose.
#![forbid(unsafe_code)]

mod bind;
mod boundaries;
mod calibration;
mod causal;
mod method;
mod online;
mod params;
mod pipeline;
mod processed;
mod raw;
mod rectangle;
mod registry;
mod role;
mod space;
mod states;
mod track;
mod tracking_params;
mod turn;

pub mod angle;
pub mod methods;
pub mod steps;
pub mod time;

pub use self::{
    bind::{BindError, Bound, MissingPart},
    boundaries::{Boundaries, BoundaryQuantile},
    calibration::{CalibrateError, Calibration, CalibrationSource},
    causal::CausalFilter,
    method::{ParameterError, Point, ProcessingMethod, Sample, State},
    online::{Online, OnlineParams},
    params::{ParamHash, Params, ParamsError},
    pipeline::{BindPipelineError, BoundPipeline, Pipeline, PipelineParams, Step},
    processed::{Placement, Tracking},
    raw::{Offset, OffsetSign, RawParams, TrackingRaw, Turn},
    registry::{BuildMethodError, InsertMethodError, Registry},
    role::{Part, Role},
    space::{ArenaMm, FramePx, Space, YAxis},
    states::{ProcessedState, RawState, StateVector, States},
    track::{Track, TrackError, Tracks},
    tracking_params::{Origin, Pivot, ProcessingOrder, RotateBy, ScaleRule, TrackingParams},
    turn::turned,
};

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
