//! Benchmarks of the dlc crates: `cargo bench -p benches`.
