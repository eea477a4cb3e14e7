use std::path::Path;

use dlc_model::{Engine, NetType, Snapshot};

/// The name that `export_model` gives a folder: `DLC_{task}_{net_type}_iteration-{i}_shuffle-{n}`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ExportedName {
    /// The task of the project.
    pub task: String,
    /// The network.
    pub net_type: NetType,
    /// The round of active learning.
    pub iteration: u32,
    /// The shuffle.
    pub shuffle: u32,
}

impl ExportedName {
    /// Parses the name of a folder whose network is known; where the task ends cannot be told
    /// otherwise.
    pub fn parse(name: &str, net_type: &NetType) -> Option<Self> {
        let (rest, iteration, shuffle) = parts(name)?;
        let spellings = [plain(net_type), enumerated(net_type)];
        let task = spellings
            .iter()
            .find_map(|net| rest.strip_suffix(net.as_str()))?;
        Some(Self {
            task: task.strip_suffix('_')?.into(),
            net_type: net_type.clone(),
            iteration,
            shuffle,
        })
    }

    /// Parses the name of a folder whose task is known.
    pub(super) fn of_task(name: &str, task: &str) -> Option<Self> {
        let (rest, iteration, shuffle) = parts(name)?;
        let net_type = rest.strip_prefix(task)?.strip_prefix('_')?;
        let net_type = match net_type.strip_prefix("NetType.") {
            Some(member) => member.to_lowercase(),
            None => net_type.into(),
        };
        Some(Self {
            task: task.into(),
            net_type: net_type.as_str().into(),
            iteration,
            shuffle,
        })
    }
}

/// Splits a name into `{task}_{net_type}`, iteration and shuffle.
fn parts(name: &str) -> Option<(&str, u32, u32)> {
    let (rest, shuffle) = name.strip_prefix("DLC_")?.rsplit_once("_shuffle-")?;
    let (rest, iteration) = rest.rsplit_once("_iteration-")?;
    Some((rest, iteration.parse().ok()?, shuffle.parse().ok()?))
}

fn plain(net_type: &NetType) -> String {
    net_type.to_string()
}

/// How DeepLabCut 3.0.1 and 3.0.2 print a network: `NetType.RESNET_50`.
fn enumerated(net_type: &NetType) -> String {
    format!("NetType.{}", net_type.to_string().to_uppercase())
}

/// Returns the snapshot in a file's name: `snapshot-3252.pb`, `…_snapshot-best-200.pt`.
pub(super) fn snapshot(engine: Engine, path: &Path) -> Option<Snapshot> {
    let name = path.file_name()?.to_str()?;
    let stem = match engine {
        // The prefix of a checkpoint has no extension.
        Engine::TensorFlow => name.strip_suffix(".pb").unwrap_or(name),
        Engine::PyTorch => name.rsplit_once('.')?.0,
    };
    let (before, number) = stem.rsplit_once("snapshot-")?;
    if !before.is_empty() && !before.ends_with('_') {
        return None;
    }
    let (best, digits) = match number.strip_prefix("best-") {
        Some(digits) => (true, digits),
        None => (false, number),
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let steps = digits.parse().ok().filter(|_| plain)?;
    match engine {
        Engine::PyTorch => Some(Snapshot::PyTorch {
            epochs: steps,
            best,
        }),
        Engine::TensorFlow => (!best).then_some(Snapshot::TensorFlow {
            training_iterations: steps,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_network_are_accepted() {
        let cases = [
            ("resnet_50", "DLC_my_task_resnet_50_iteration-2_shuffle-3"),
            (
                "resnet_50",
                "DLC_my_task_NetType.RESNET_50_iteration-2_shuffle-3",
            ),
            (
                "efficientnet-b0",
                "DLC_my_task_efficientnet-b0_iteration-2_shuffle-3",
            ),
        ];
        for (net_type, name) in cases {
            let expected = ExportedName {
                task: "my_task".into(),
                net_type: net_type.into(),
                iteration: 2,
                shuffle: 3,
            };
            assert_eq!(
                ExportedName::parse(name, &net_type.into()),
                Some(expected.clone())
            );
            assert_eq!(ExportedName::of_task(name, "my_task"), Some(expected));
        }
    }

    #[test]
    fn other_names_are_not_of_an_export() {
        let net_type = "resnet_50".into();
        for name in [
            "train",
            "DLC_x_resnet_101_iteration-0_shuffle-1",
            "DLC_resnet_50_iteration-0_shuffle-1",
            "DLC_x_resnet_50_iteration-0_shuffle-one",
            "DLC_x_resnet_50_shuffle-1_iteration-0",
        ] {
            assert_eq!(ExportedName::parse(name, &net_type), None, "{name}");
        }
    }

    #[test]
    fn the_name_of_a_file_ends_in_its_snapshot() {
        let of = |engine, name: &str| snapshot(engine, Path::new(name));
        let (tensorflow, pytorch) = (Engine::TensorFlow, Engine::PyTorch);

        assert_eq!(
            of(tensorflow, "a/snapshot-3252.pb"),
            Some(Snapshot::TensorFlow {
                training_iterations: 3252
            })
        );
        assert_eq!(
            of(tensorflow, "snapshot-3252"),
            of(tensorflow, "snapshot-3252.pb")
        );
        assert_eq!(
            of(pytorch, "DLC_x_snapshot-detector100_snapshot-best-20.pt"),
            Some(Snapshot::PyTorch {
                epochs: 20,
                best: true
            })
        );
        assert_eq!(
            of(pytorch, "snapshot-020.pt"),
            Some(Snapshot::PyTorch {
                epochs: 20,
                best: false
            })
        );
        for name in [
            "model.pt",
            "mysnapshot-1.pt",
            "snapshot-.pt",
            "snapshot-+1.pt",
        ] {
            assert_eq!(of(pytorch, name), None, "{name}");
        }
    }
}
