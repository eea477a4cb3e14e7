//! DeepLabCut (DLC) without Python: runs a trained model on videos and writes DLC's own files.
//!
//! | | |
//! |---|---|
//! | [`analyze_videos`], [`analyze_images`], [`Analyzer`] | a project and videos in; `.h5`, `.csv`, `_meta.pickle` out: [`analysis`] |
//! | [`Results`] | filtered poses, bones, labelled videos, plots, reports: [`results`] |
//! | [`evaluate_network`] | a model beside what people labelled: [`evaluation`] |
//! | [`Error`] | all errors of the above in one |
//! | `pipeline` | a tracking pipeline's tables and jobs (feature `pipeline`) |
//!
//! The other crates of the family are here under their short names: [`model`] (names, keys, poses),
//! [`io`] (projects, weights, videos, results), [`infer`] (networks and devices), [`tracking`] (the
//! state of an animal), and `schema` (tables and stores).
//!
//! # Videos
//!
//! ```no_run
//! use dlc::AnalyzeOptions;
//!
//! let outcomes = dlc::analyze_videos(
//!     "openfield/config.yaml",
//!     ["videos/mouse.avi"],
//!     1, // shuffle
//!     0, // index into TrainingFraction
//!     AnalyzeOptions::default(),
//! )?;
//! for outcome in outcomes {
//!     println!("{}", outcome.result?.outputs.h5.display());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Frames of your own
//!
//! ```no_run
//! use dlc::{AnalyzeOptions, Analyzer, model::Frame};
//!
//! let mut analyzer = Analyzer::open("openfield/config.yaml", 1, 0, AnalyzeOptions::default())?;
//! # let (width, height, rgb) = (640, 480, vec![0; 640 * 480 * 3]);
//! let frame = Frame::new(0, width, height, rgb)?;
//! for keypoint in &analyzer.estimator().estimate(&[frame])?[0] {
//!     println!("{:.1} {:.1} {:.2}", keypoint.x, keypoint.y, keypoint.likelihood);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `wgpu` | GPUs through Vulkan, Metal and DX12 |
//! | `pipeline` | the modules `pipeline` and `schema` |
//! | `sqlite` | pipelines in one file |
//! | `mysql` | pipelines in MySQL and MariaDB, which DataJoint shares |
//!
//! None is on by default: an analysis compiles no database.
//!
//! # Not supported
//!
//! Several animals, conditional top-down models, and detectors other than `ssdlite` are refused by name.
#![forbid(unsafe_code)]

pub mod analysis;
mod error;
pub mod evaluation;
#[cfg(feature = "pipeline")]
pub mod pipeline;
pub mod results;

pub use dlc_infer as infer;
pub use dlc_io as io;
pub use dlc_model as model;
#[cfg(feature = "pipeline")]
pub use dlc_schema as schema;
pub use dlc_tracking as tracking;

pub use self::{
    analysis::{AnalyzeOptions, Analyzer, analyze_images, analyze_videos},
    error::Error,
    evaluation::evaluate_network,
    results::Results,
};

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// So does the code in the crate's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct CrateReadme;
