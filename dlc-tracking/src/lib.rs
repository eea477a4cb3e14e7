//! From body parts to the state of one animal.
//!
//! DeepLabCut (DLC) gives body parts; a pipeline wants one state of the subject at any time. This
//! crate has the tracks of body parts, the steps that clean them, and the methods that make a
//! state of them. Nothing here opens a file, a device or a database.
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
    processed::Tracking,
    raw::{Offset, OffsetSign, RawParams, TrackingRaw, Turn},
    registry::{BuildMethodError, InsertMethodError, Registry},
    role::{Part, Role},
    space::{ArenaMm, FramePx, Space, YAxis},
    states::{ProcessedState, RawState, StateVector, States},
    track::{Track, TrackError, Tracks},
    tracking_params::{Origin, Pivot, ProcessingOrder, RotateBy, ScaleRule, TrackingParams},
    turn::turned,
};
