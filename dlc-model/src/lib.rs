//! The vocabulary of DeepLabCut (DLC) as plain types.
//!
//! Names, keys, configurations, poses, frames and the description of a network that the other
//! crates of this family share. Nothing here opens a file, a device or a database; the only dependency is `thiserror`.
//!
//! # Spaces
//!
//! A coordinate is in one of four spaces. Unless a name says otherwise it is in *frame* space.
//!
//! | space | unit | what |
//! |---|---|---|
//! | cell | cells | a heatmap of the network |
//! | input | px | the picture that the network saw, after cropping and resizing |
//! | frame | px | the picture of the video; `x` to the right, `y` down |
//! | arena | mm | the world |
//!
//! # Examples
//!
//! ```
//! use dlc_model::{Bodyparts, Keypoint, PoseTable};
//!
//! let bodyparts = Bodyparts::new(["snout", "tailbase"])?;
//! let mut poses = PoseTable::new(bodyparts);
//! poses.set(1, &[Keypoint::new(12.5, 30.0, 0.98), Keypoint::new(80.0, 31.5, 0.91)]);
//!
//! assert_eq!(poses.len(), 2); // frame 0 was never seen: its row is NaN
//! assert!(poses.row(0)[0].is_missing());
//! # Ok::<(), dlc_model::BodypartsError>(())
//! ```
#![forbid(unsafe_code)]

mod bodypart;
mod bodypart_alias;
mod bounding_box;
mod crop;
mod engine;
mod field;
mod file_name;
mod frame;
mod frame_times;
mod individuals;
mod input_size;
mod keypoint;
mod model_key;
mod net_type;
mod network;
mod network_error;
mod option_error;
mod pose;
mod pose_config;
mod project_config;
mod pytorch_config;
mod scorer_name;
mod simcc;
mod snapshot;
mod tensor;
mod timestamp;
mod top_down;
mod training_fraction;
mod utc_offset;
mod value;

pub use self::{
    bodypart::{Bodypart, Bodyparts, BodypartsError},
    bodypart_alias::{BodypartAliasError, BodypartAliases, FindBodypartError},
    bounding_box::BoundingBox,
    crop::{Crop, CropError},
    engine::{Engine, ParseEngineError},
    field::{ConfigFieldError, UnusableField},
    file_name::{Artifact, FileName, Tracker},
    frame::{Frame, FrameError, FrameSource, ReadFrameError, VideoInfo},
    frame_times::FrameTimes,
    individuals::{Individual, Individuals, IndividualsError, SINGLE},
    input_size::{AutoPadding, Border, InputSize, PaddedSize, PaddingPosition, Resize},
    keypoint::Keypoint,
    model_key::{ModelIdentity, ModelKey, models_with_scorer},
    net_type::{
        CspNextSize, CtdNet, DlcrnetStride, EfficientnetSize, HrnetWidth, MobilenetWidth, NetType,
        ResnetDepth, ScorerLabelError,
    },
    network::{InputScaling, NetworkConfig},
    network_error::NetworkConfigError,
    option_error::OptionError,
    pose::PoseTable,
    pose_config::{PoseConfig, RuntimeConfig},
    project_config::{ProjectConfig, VideoSet},
    pytorch_config::{
        Method, PytorchConfig, PytorchHead, PytorchMetadata, PytorchModel, Transformations,
    },
    scorer_name::{
        ParseScorerNameError, ParseScorerNameErrorKind, ScorerName, ScorerPrefix, legacy_scorer,
        scorer_snapshot,
    },
    simcc::SimccConfig,
    snapshot::{ParseSnapshotIndexError, Snapshot, SnapshotIndex},
    tensor::{Tensor, TensorError, Weights},
    timestamp::{ParseTimestampError, ParseTimestampErrorKind, Timestamp},
    top_down::{DetectorConfig, TopDownCrop},
    training_fraction::{TrainingFraction, TrainingFractionError},
    utc_offset::{UtcOffset, UtcOffsetError},
    value::Value,
};

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
