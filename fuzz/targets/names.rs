//! Names of scorers, files, networks and snapshots: what parses prints as it was.
#![no_main]

use dlc_model::{
    BodypartAliases, Bodyparts, FileName, NetType, ScorerName, SnapshotIndex, legacy_scorer,
    scorer_snapshot,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(scorer) = text.parse::<ScorerName>() {
        assert_eq!(scorer.to_string(), text);
        let _ = scorer.legacy();
    }
    if let Ok(file) = text.parse::<FileName>() {
        assert_eq!(file.to_string(), text);
        let _ = (
            file.artifact(),
            file.is_filtered(),
            file.tracker(),
            file.extension(),
        );
    }
    let middle = text.char_indices().nth(text.chars().count() / 2);
    let (_, scorer) = text.split_at(middle.map_or(0, |(at, _)| at));
    if let Some(file) = FileName::of_scorer(&format!("{text}.h5"), scorer) {
        assert_eq!(file.to_string(), format!("{text}.h5"));
    }
    let _ = (legacy_scorer(text), scorer_snapshot(text));
    if let Ok(index) = text.parse::<SnapshotIndex>() {
        assert_eq!(index.to_string().parse(), Ok(index));
    }
    let net = NetType::from(text);
    assert_eq!(NetType::from(net.to_string().as_str()), net);
    let _ = net.scorer_label(dlc_model::Engine::TensorFlow, false);
    let _ = net.scorer_label(dlc_model::Engine::PyTorch, false);
    let words: Vec<&str> = text.split('_').take(64).collect();
    if let Ok(bodyparts) = Bodyparts::new(words) {
        let _ = bodyparts.near_duplicates();
        let _ = BodypartAliases::default().position(&bodyparts, text);
    }
});
