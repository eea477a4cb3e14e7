//! YAML and the configurations in it: what is read is written and read again.
#![no_main]

use dlc_io::yaml;
use dlc_model::{PoseConfig, ProjectConfig, PytorchConfig, RuntimeConfig, Value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(value) = yaml::from_str(text) else {
        return;
    };
    let written = yaml::to_string(&value);
    let again = yaml::from_str(&written);
    match &again {
        Ok(again) => assert!(same(again, &value), "{value:?}\n{written}\n{again:?}"),
        // A text near the limits grows when it is quoted.
        Err(_) if text.len() > 100_000 => {}
        Err(error) => panic!("{error}\n{value:?}\n{written}"),
    }
    if let Ok(config) = ProjectConfig::try_from(&value) {
        let again = ProjectConfig::try_from(&config.to_value()).expect("what was written is read");
        assert!(
            same(&again.to_value(), &config.to_value()),
            "{config:?}\n{again:?}"
        );
        let _ = (config.tracked_bodyparts(), config.crop());
        config.video_sets.iter().for_each(|set| drop(set.crop()));
    }
    if let Ok(config) = PoseConfig::try_from(&value) {
        let again = PoseConfig::try_from(&config.to_value()).expect("what was written is read");
        assert!(
            same(&again.to_value(), &config.to_value()),
            "{config:?}\n{again:?}"
        );
        let _ = config.network();
    }
    if let Ok(config) = PytorchConfig::try_from(&value) {
        let again = PytorchConfig::try_from(&config.to_value()).expect("what was written is read");
        assert!(
            same(&again.to_value(), &config.to_value()),
            "{config:?}\n{again:?}"
        );
        let _ = config.network();
    }
    let runtime = RuntimeConfig {
        snapshot_prefix: "test/snapshot",
        init_weights: "train/snapshot-1",
        batch_size: 1,
        num_outputs: 1,
    };
    let _ = PoseConfig::runtime_value(&value, &runtime);
});

/// Compares by text, in which NaN is itself.
fn same(a: &Value, b: &Value) -> bool {
    format!("{a:?}") == format!("{b:?}")
}
