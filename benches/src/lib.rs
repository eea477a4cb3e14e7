//! Benchmarks of the dlc crates: `cargo bench -p benches`.
//!
//! The library holds what several of them measure with.

mod network;
mod poses;

pub use self::{
    network::{network, random_weights},
    poses::{FRAME_RATE_HZ, FRAMES, an_hour},
};
