//! Example programs of the dlc crates: `cargo run --release --example analyze_video`.
