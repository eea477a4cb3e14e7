use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dlc_model::{Engine, Snapshot};

/// A snapshot on disk.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SnapshotFile {
    /// What the name says.
    pub snapshot: Snapshot,
    /// With TensorFlow, the path that the files of the snapshot begin with
    /// (`…/snapshot-50000`); with PyTorch, the file (`…/snapshot-200.pt`).
    pub path: PathBuf,
}

/// Lists the snapshots in a `train` folder, in the order in which DeepLabCut counts them: by
/// training, and the best one of PyTorch last.
///
/// Differs from DeepLabCut, which stops at a stray file with `index` in its name and which takes
/// any name in front of the iterations: only `snapshot-{iterations}.index` counts.
///
/// # Errors
///
/// Returns an error when the folder cannot be read.
pub fn snapshots(train_folder: &Path, engine: Engine) -> io::Result<Vec<SnapshotFile>> {
    list(train_folder, |name| match engine {
        Engine::TensorFlow => tensorflow(name),
        Engine::PyTorch => pytorch(name, "snapshot-"),
    })
}

/// Lists the snapshots of the detector of a top-down model (PyTorch), in the same order.
///
/// # Errors
///
/// Returns an error when the folder cannot be read.
pub fn detector_snapshots(train_folder: &Path) -> io::Result<Vec<SnapshotFile>> {
    list(train_folder, |name| pytorch(name, "snapshot-detector-"))
}

fn list(
    folder: &Path,
    parse: impl Fn(&str) -> Option<(Snapshot, &str)>,
) -> io::Result<Vec<SnapshotFile>> {
    let mut snapshots = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let parsed = name.to_str().and_then(&parse);
        snapshots.extend(parsed.map(|(snapshot, file)| SnapshotFile {
            snapshot,
            path: folder.join(file),
        }));
    }
    snapshots.sort();
    Ok(snapshots)
}

fn tensorflow(name: &str) -> Option<(Snapshot, &str)> {
    let stem = name.strip_suffix(".index")?;
    let digits = stem.strip_prefix("snapshot-")?;
    let training_iterations = number(digits)?;
    // DeepLabCut puts the digits into the scorer as they are.
    (training_iterations.to_string() == digits).then_some((
        Snapshot::TensorFlow {
            training_iterations,
        },
        stem,
    ))
}

fn pytorch<'a>(name: &'a str, prefix: &str) -> Option<(Snapshot, &'a str)> {
    let rest = name.strip_prefix(prefix)?.strip_suffix(".pt")?;
    let (best, digits) = match rest.strip_prefix("best-") {
        Some(digits) => (true, digits),
        None => (false, rest),
    };
    let epochs = number(digits)?;
    Some((Snapshot::PyTorch { epochs, best }, name))
}

fn number(digits: &str) -> Option<u64> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            fs::write(folder.path().join(name), []).unwrap();
        }
        folder
    }

    fn stems(snapshots: &[SnapshotFile]) -> Vec<&str> {
        let stem = |file: &SnapshotFile| file.path.file_name().unwrap().to_str().unwrap().len();
        assert!(snapshots.iter().all(|file| stem(file) > 0));
        let name = |file| Path::file_name(file).unwrap().to_str().unwrap();
        snapshots
            .iter()
            .map(|file| name(file.path.as_path()))
            .collect()
    }

    #[test]
    fn iterations_are_sorted_as_numbers() {
        let folder = folder(&[
            "snapshot-1000.index",
            "snapshot-200.index",
            "snapshot-200.meta",
            "snapshot-200.data-00000-of-00001",
            "checkpoint",
            "index.html",
            "snapshot-007.index",
            "snapshot-1-2.index",
        ]);
        let found = snapshots(folder.path(), Engine::TensorFlow).unwrap();

        assert_eq!(stems(&found), ["snapshot-200", "snapshot-1000"]);
    }

    #[test]
    fn the_best_epoch_comes_last_and_detectors_are_apart() {
        let folder = folder(&[
            "snapshot-200.pt",
            "snapshot-best-090.pt",
            "snapshot-050.pt",
            "snapshot-best.pt",
            "snapshot-detector-best-100.pt",
            "snapshot-detector-050.pt",
            "snapshot-50.pt.tmp",
        ]);
        let found = snapshots(folder.path(), Engine::PyTorch).unwrap();
        let detectors = detector_snapshots(folder.path()).unwrap();

        assert_eq!(
            stems(&found),
            ["snapshot-050.pt", "snapshot-200.pt", "snapshot-best-090.pt"]
        );
        assert_eq!(
            stems(&detectors),
            ["snapshot-detector-050.pt", "snapshot-detector-best-100.pt"]
        );
    }
}
