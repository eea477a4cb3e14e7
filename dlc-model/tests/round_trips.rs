//! Names made at random print and parse to themselves.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use dlc_model::{Engine, FileName, NetType, ScorerName, Snapshot, SnapshotIndex};

/// A small generator of numbers (xorshift64*): the same ones in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % end
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn word(&mut self, pieces: &[&str]) -> String {
        (0..self.below(6)).map(|_| self.pick(pieces)).collect()
    }
}

const PIECES: [&str; 30] = [
    "a",
    "Z",
    "0",
    "9",
    "_",
    "-",
    ".",
    " ",
    "é",
    "鼠",
    "shuffle",
    "shuffle1_",
    "DLC",
    "DLC_",
    "DeepCut_",
    "resnet50_",
    "May3",
    "Jun",
    "31",
    "snapshot_",
    "best-",
    "detector_",
    "filtered",
    "_meta",
    "mouse",
    "openfield",
    "trainset95",
    "mobnet_",
    "\u{301}",
    "iteration-0",
];

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

fn epochs(random: &mut Random) -> Snapshot {
    Snapshot::PyTorch {
        epochs: random.below(1000) as u64,
        best: random.below(2) == 0,
    }
}

fn scorer(random: &mut Random) -> ScorerName {
    let known: Vec<&NetType> = NetType::known().collect();
    let engine = [Engine::TensorFlow, Engine::PyTorch][random.below(2)];
    let net = loop {
        let net = random.pick(&known);
        if let Ok(label) = net.scorer_label(engine, random.below(4) == 0) {
            break label;
        }
    };
    let (detector, snapshot) = match engine {
        Engine::TensorFlow => {
            let training_iterations = random.below(2_000_000) as u64;
            (
                None,
                Snapshot::TensorFlow {
                    training_iterations,
                },
            )
        }
        Engine::PyTorch => {
            let detector = (random.below(3) == 0).then(|| epochs(random));
            (detector, epochs(random))
        }
    };
    let date = format!("{}{}", random.pick(&MONTHS), 1 + random.below(31));
    let shuffle = u32::try_from(random.below(1000)).unwrap();
    ScorerName::new(net, random.word(&PIECES), date, shuffle, snapshot).with_detector(detector)
}

#[test]
fn scorer_names_parse_to_the_parts_they_were_made_of() {
    let mut random = Random(7);
    for _ in 0..20_000 {
        let scorer = scorer(&mut random);
        assert_eq!(scorer.to_string().parse(), Ok(scorer.clone()), "{scorer}");
    }
}

#[test]
fn whatever_parses_prints_as_it_was() {
    let mut random = Random(8);
    let mut parsed = 0;
    for _ in 0..200_000 {
        let date = format!("{}{}", random.pick(&MONTHS), random.below(33));
        let snapshot = random.pick(&["5", "05", "snapshot_5", "snapshot_best-7", "x", ""]);
        let name = format!(
            "{}{}{}shuffle{}_{snapshot}",
            random.word(&PIECES),
            random.word(&PIECES),
            random.pick(&["", date.as_str()]),
            random.below(12),
        );
        if let Ok(scorer) = name.parse::<ScorerName>() {
            assert_eq!(scorer.to_string(), name);
            parsed += 1;
        }
        if let Ok(file) = name.parse::<FileName>() {
            assert_eq!(file.to_string(), name);
        }
    }
    assert!(parsed > 500, "{parsed}");
}

#[test]
fn file_names_parse_to_the_parts_they_were_made_of() {
    const SUFFIXES: [&str; 9] = [
        ".h5",
        ".csv",
        "_meta.pickle",
        "includingmetadata.pickle",
        "filtered.h5",
        "_filtered.csv",
        "_full.pickle",
        "_el_id_p60_labeled.mp4",
        "_skeleton.h5",
    ];
    // Without what begins like a scorer name: where that counts is tested in `file_name.rs`.
    let pieces: Vec<&str> = PIECES
        .into_iter()
        .filter(|piece| !piece.contains("D"))
        .collect();
    let mut random = Random(9);
    for _ in 0..20_000 {
        let scorer = loop {
            let scorer = scorer(&mut random);
            if !scorer.task().contains("DLC_") && !scorer.task().contains("DeepCut_") {
                break scorer;
            }
        };
        let file = FileName::new(random.word(&pieces), scorer, random.pick(&SUFFIXES));
        assert_eq!(file.to_string().parse(), Ok(file.clone()), "{file}");
    }
}

#[test]
fn networks_and_snapshot_indices_parse_to_themselves() {
    let mut random = Random(10);
    for _ in 0..1000 {
        let index = SnapshotIndex::Index(i64::try_from(random.below(100)).unwrap() - 50);
        assert_eq!(index.to_string().parse(), Ok(index));
        let net = NetType::from(random.word(&PIECES).as_str());
        assert_eq!(NetType::from(net.to_string().as_str()), net);
    }
}

#[cfg(feature = "serde")]
#[test]
fn keys_go_through_json_unchanged() {
    use dlc_model::{ModelIdentity, ModelKey, TrainingFraction};

    let mut random = Random(11);
    for _ in 0..1000 {
        let scorer = scorer(&mut random);
        // Dates that do not parse on their own, too.
        let date = random
            .pick(&[scorer.date(), "Mai3", "2022-11-22", ""])
            .to_owned();
        let net = scorer.net().to_owned();
        let task = scorer.task().to_owned();
        let scorer = ScorerName::new(net, task, &date, scorer.shuffle(), scorer.snapshot());
        let identity = ModelIdentity {
            key: ModelKey {
                task: scorer.task().into(),
                date: scorer.date().into(),
                iteration: u32::try_from(random.below(5)).unwrap(),
                shuffle: scorer.shuffle(),
                trainingset_index: 0,
                snapshot_index: -1,
            },
            engine: scorer.engine(),
            training_fraction: TrainingFraction::new(0.95).unwrap(),
            snapshot: scorer.snapshot(),
            scorer,
        };
        let json = serde_json::to_string(&identity).unwrap();
        assert_eq!(
            serde_json::from_str::<ModelIdentity>(&json).unwrap(),
            identity
        );
    }
}

#[cfg(feature = "serde")]
#[test]
fn plain_data_land_in_a_value_in_their_order() {
    use dlc_model::Value;

    let json = r#"{"b": [1, 2.5, null, true], "a": {"c": "x"}}"#;
    let value: Value = serde_json::from_str(json).unwrap();

    let keys: Vec<_> = value
        .as_dict()
        .unwrap()
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(keys, [Some("b"), Some("a")]);
    assert_eq!(
        serde_json::to_string(&value).unwrap(),
        json.replace(": ", ":").replace(", ", ",")
    );
}
