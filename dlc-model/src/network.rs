use crate::{Bodyparts, Engine, InputSize, NetType, SimccConfig, TopDownCrop};

/// What a crate that runs networks must know of a trained model beside its weights.
///
/// Read from `pose_cfg.yaml` (TensorFlow) or `pytorch_config.yaml` (PyTorch).
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkConfig {
    /// The framework that trained the model.
    pub engine: Engine,
    /// The architecture.
    pub net_type: NetType,
    /// The body parts, in the order of the network's heatmaps.
    pub bodyparts: Bodyparts,
    /// The scale of the location refinement in px (DeepLabCut's is 7.2801), or `None` when the
    /// network has none.
    pub locref_std: Option<f32>,
    /// Whether the heatmap must go through a sigmoid to become likelihoods.
    pub apply_sigmoid: bool,
    /// Whether likelihoods are cut off to [0, 1].
    pub clip_scores: bool,
    /// The head that classifies coordinates, or `None` for heatmaps.
    pub simcc: Option<SimccConfig>,
    /// The part of a frame that a top-down model sees, or `None` for a model that sees all of it.
    pub top_down: Option<TopDownCrop>,
    /// How a frame, or the part of it, gets the size that the network takes.
    pub input_size: InputSize,
    /// How pixels become the network's input.
    pub input_scaling: InputScaling,
}

/// How 8-bit pixels become the network's input: `(pixel - mean) · scale`, for each channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputScaling {
    /// What is subtracted from R, G and B.
    pub mean: [f32; 3],
    /// What the difference is multiplied by.
    pub scale: [f32; 3],
}

impl InputScaling {
    /// The pixels as they are, in [0, 255].
    pub const NONE: Self = Self {
        mean: [0.0; 3],
        scale: [1.0; 3],
    };

    /// What DeepLabCut's TensorFlow networks subtract inside the graph (`mean_pixel`).
    pub const TENSORFLOW: Self = Self {
        mean: [123.68, 116.779, 103.939],
        scale: [1.0; 3],
    };

    /// ImageNet's mean and standard deviation, as DeepLabCut's PyTorch engine applies them
    /// (`normalize_images`), with its rounding.
    pub fn imagenet() -> Self {
        Self {
            mean: [0.485_f32, 0.456, 0.406].map(|mean| mean * 255.0),
            scale: [0.229_f32, 0.224, 0.225].map(|std| 1.0 / (std * 255.0)),
        }
    }
}
