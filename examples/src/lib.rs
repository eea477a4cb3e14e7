//! Examples of the dlc crates, one call chain each: `cargo run --release -p examples --example NAME`.
//!
//! | | |
//! |---|---|
//! | `analyze_video` | videos to poses |
//! | `analyze_images` | pictures to poses |
//! | `after_analysis` | poses to filtered poses, a labelled video, plots and a report |
//! | `evaluate` | a model beside what people labelled |
//! | `camera` | frames of your own loop to poses |
//! | `read_h5` | a file of DeepLabCut's, with two crates |
//! | `pipeline_in_memory` | register, map, predict and ingest |
//! | `own_store` | a store of your own |
//! | `own_method` (`-p dlc-tracking`) | a processing method of your own |
