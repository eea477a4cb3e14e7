//! Runs the networks of DeepLabCut (DLC) on CPUs and on any GPU.
//!
//! A network is described once, as a small graph with its weights ([`PoseEstimator::load`] builds
//! it from a [`NetworkConfig`](dlc_model::NetworkConfig) and the tensors of a checkpoint). The
//! graph runs on the CPU with kernels of our own, for AVX-512, AVX2, NEON and processors without
//! any of them, or, with the feature `wgpu`, with [`burn`](https://burn.dev) tensors on Vulkan,
//! Metal and DX12. The highest cell of each heatmap is found on the device, so that a few numbers
//! a frame come back and not the maps.
//!
//! This crate opens no files: `dlc-io` reads configurations, checkpoints and videos.
//!
//! # Networks
//!
//! | engine | networks |
//! |---|---|
//! | TensorFlow | `resnet_50`, `…_101`, `…_152`; `mobilenet_v2_1.0`, `…_0.75`, `…_0.5`, `…_0.35`; `efficientnet-b0` to `…-b6` |
//! | PyTorch | `resnet_50`, `…_101`; `hrnet_w18`, `…_w32`, `…_w48`; `cspnext_s`, `…_m`, `…_x`; `rtmpose_s`, `…_m`, `…_x`, and the others as top-down models; the detector `ssdlite` |
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `wgpu` | GPUs through Vulkan, Metal and DX12, by burn |

mod architecture;
mod decode;
mod detector;
mod device;
mod dynamic;
#[cfg(feature = "wgpu")]
pub mod embed;
mod estimator;
mod executor;
mod graph;
pub mod live;
mod numbers;
mod pending;
mod precision;
mod preprocess;
mod probe;
mod resize;
mod several;
mod simcc;
mod submitted;
mod top_down;
mod weights;

pub use self::{
    detector::{Detection, Detector},
    device::{Adapter, AdapterKind, DeviceChoice, OpenDeviceError, adapters},
    dynamic::{AnimalFollower, DynamicCropping},
    estimator::{
        BatchStatistics, EstimatePoseError, EstimatorOptions, LoadNetworkError,
        LoadNetworkErrorKind, PoseEstimator, SetBoxesError,
    },
    executor::{InstructionSet, Maps},
    precision::{ParsePrecisionError, Precision},
    probe::{LayerMaps, NetworkProbe},
    submitted::SubmittedPoses,
    top_down::{Boxes, DynamicBoxes, DynamicBoxesOptions},
    weights::{LoadReport, ShapeMismatch},
};

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
