//! Frozen graphs: no panic; what is read is bounded by the length of the file.
#![no_main]

use dlc_io::{Limits, tensorflow::parse_frozen_graph};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(graph) = parse_frozen_graph(bytes, &Limits::default()) else {
        return;
    };
    let values: usize = graph.weights.values().map(|w| w.values().len()).sum();
    assert!(values * 4 <= bytes.len() * 16 + (1 << 20));
    assert!(!graph.weights.is_empty());
    let nodes: usize = graph.operations.values().sum();
    assert!(nodes >= graph.weights.len());
});
