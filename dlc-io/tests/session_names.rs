//! Whatever a project can be named, its session is found again.
//!
//! DeepLabCut takes the month of a project's date from the language of the computer, and a date or a task
//! may be written by hand. Tasks have characters that Windows does not allow in paths.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc_io::{
    Precision, file_names, h5,
    metadata::{self, Metadata, Recording},
    pickle,
    session::{LeftOutReason, SessionErrorKind as Kind, SessionFolder, Version},
};
use dlc_model::{Bodyparts, Crop, Engine, Keypoint, PoseTable, ScorerName, Snapshot, Value};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

/// Months as `strftime("%b")`, and the first three letters of `%B`, in ten languages and English.
const MONTHS: &str = "\
    Jan Feb Mär Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez \
    janv. févr. mars avril mai juin juil. août sept. oct. nov. déc. jan fév jui aoû \
    जन॰ फ़र॰ मार्च अप्रैल मई जून जुल॰ अग॰ सित॰ अक्तू॰ नव॰ दिस॰ जनव मार अप् \
    1月 2月 3月 10月 12月 一月 十二月 \
    янв фев мар апр мая май июн июл авг сен окт ноя дек Янв Мая \
    يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر ينا ينا. \
    ene feb mar abr may jun jul ago sep sept oct nov dic ene. \
    fev mai ago set out dez fev. \
    Oca Şub Nis Haz Tem Ağu Eyl Eki Kas Ara \
    Sept May Dec";

const PIECES: [&str; 44] = [
    "a",
    "Reach",
    "mouse",
    "open_field",
    "_",
    "-",
    " ",
    ".",
    "9",
    "2024",
    "shuffle",
    "shuffle1_",
    "DLC",
    "DLC_",
    "yDLC_",
    "DeepCut_",
    "May3",
    "Jun30",
    "é",
    "e\u{301}",
    "Größe",
    "мышь",
    "鼠",
    "🐭",
    "जून",
    "'",
    "\"",
    "#",
    "[x]",
    "{y}",
    "*",
    "?",
    "!",
    "~",
    "null",
    "%",
    "&",
    "\\",
    "resnet50_",
    "snapshot_",
    "_el",
    "_meta",
    "filtered",
    ".h5",
];

fn word(most: usize) -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES.as_slice()), 0..most);
    pieces.prop_map(|pieces| pieces.concat())
}

fn date() -> impl Strategy<Value = String> {
    let months: Vec<&str> = MONTHS.split_whitespace().collect();
    let day =
        (prop::sample::select(months), 1_u32..=31).prop_map(|(month, day)| format!("{month}{day}"));
    let odd = prop::sample::select(vec![
        "2022-11-22",
        "Sept3",
        "Jan01",
        "Nov",
        "22",
        "",
        " 1月5",
        "22.11.2022",
        "yes",
        "Mai 3",
    ]);
    prop_oneof![4 => day, 1 => odd.prop_map(String::from)]
}

fn scorer() -> impl Strategy<Value = String> {
    let steps = prop_oneof![Just(5_u64), Just(200), Just(1_030_000)];
    let snapshot = (steps, 0..4).prop_map(|(steps, kind)| match kind {
        0 | 1 => Snapshot::TensorFlow {
            training_iterations: steps,
        },
        kind => Snapshot::PyTorch {
            epochs: steps,
            best: kind == 2,
        },
    });
    let net = prop::sample::select(vec![
        "resnet50",
        "mobnet_35",
        "effnet_b0",
        "Resnet50",
        "HrnetW32",
    ]);
    let of_project = (net, word(5), date(), 0_u32..30, snapshot).prop_map(
        |(net, task, date, shuffle, snapshot)| {
            ScorerName::new(net, task, date, shuffle, snapshot).to_string()
        },
    );
    let others = prop::sample::select(vec![
        "DLC_snapshot-1000",
        "superanimal_quadruped_hrnet_w32_fasterrcnn_mobilenet_v3_large_fpn",
        "DLC_openfield_resnet_50_iteration-0_shuffle-1_snapshot-3252",
    ]);
    prop_oneof![9 => of_project, 1 => others.prop_map(String::from)]
}

struct Folder {
    _root: tempfile::TempDir,
    path: PathBuf,
    letters_apart: bool,
}

impl Folder {
    fn new(letters_apart: bool) -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("dlc_session");
        fs::create_dir(&path).unwrap();
        Self {
            _root: root,
            path,
            letters_apart,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        match self.letters_apart {
            true => self.path.join(name.nfd().collect::<String>()),
            false => self.path.join(name),
        }
    }

    fn h5(&self, name: &str, scorer: &str, frames: usize) {
        let mut poses = PoseTable::new(bodyparts());
        for frame in 0..frames {
            poses.push([Keypoint::new(frame as f64, 0.0, 1.0)]);
        }
        let file = fs::File::create(self.path(name)).unwrap();
        h5::write(file, &poses, scorer, Precision::F64).unwrap();
    }

    /// Writes what an analysis writes, and what `predict_session` adds.
    fn video(&self, stem: &str, scorer: &str, frames: usize) {
        let base = dlc_model::FileName::new(stem, scorer, "").to_string();
        self.h5(&format!("{base}.h5"), scorer, frames);
        let bodyparts = bodyparts();
        let metadata = Metadata {
            engine: Engine::TensorFlow,
            start_secs: 0.0,
            stop_secs: 1.0,
            scorer,
            config: &Value::dict([("stride", 8.0.into())]),
            fps: 4.0,
            batch_size: 1,
            width: 8,
            height: 8,
            frame_count: frames,
            iteration: Some(0),
            training_fraction: Some(0.95),
            crop: None,
            analyzed: Crop::full(8, 8),
            bodyparts: &bodyparts,
        };
        let meta = self.path(&format!("{base}_meta.pickle"));
        fs::write(&meta, pickle::write(&metadata.to_pickle()).unwrap()).unwrap();
        let start = "2020-10-13T11:02:00+02:00".parse().unwrap();
        metadata::set_start_timestamp(meta, start, &dlc_io::Limits::default()).unwrap();
        let recording = Recording {
            start_timestamp: start,
            fps: 4.0,
            frame_count: frames,
            frame_times_s: None,
            scorer: scorer.into(),
            video: Some(format!("{stem}.mp4")),
            video_sha256: None,
        };
        let path = Recording::path_beside(self.path(&format!("{base}.h5")));
        recording.write(path).unwrap();
    }

    fn open(&self) -> SessionFolder {
        SessionFolder::open(&self.path).unwrap()
    }
}

fn bodyparts() -> Bodyparts {
    Bodyparts::new(["snout"]).unwrap()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Checks that each video is found with all its files, and read.
fn check(folder: &SessionFolder, scorer: &str, stems: &[&str]) -> Result<(), TestCaseError> {
    let videos = folder
        .videos()
        .map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
    prop_assert_eq!(videos.len(), stems.len());
    for stem in stems {
        let video = videos
            .iter()
            .find(|video| file_names::same(&video.stem, stem));
        let video = video.ok_or_else(|| TestCaseError::fail(format!("no {stem:?}: {videos:?}")))?;
        prop_assert!(file_names::same(&video.scorer, scorer));
        prop_assert_eq!(video.metadata.len(), 1, "{:?}", video);
        prop_assert!(video.recording.is_some(), "{:?}", video);
    }
    let session = folder
        .read()
        .map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
    prop_assert_eq!(session.scorer(), scorer);
    prop_assert!(session.times_s().is_some());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_project_can_be_named_its_session_is_found_again(
        scorer in scorer(),
        (first, second) in (word(4), word(4)),
        letters_apart in any::<bool>(),
    ) {
        let folder = Folder::new(letters_apart);
        let (first, second) = (format!("{first}1"), format!("2{second}"));
        folder.video(&first, &scorer, 2);
        folder.video(&second, &scorer, 1);
        let stems = [&*first, &*second];

        check(&folder.open(), &scorer, &stems)?;
        check(&folder.open().with_scorer(&scorer), &scorer, &stems)?;
        let left_out = folder.open().left_out();
        prop_assert!(left_out.is_empty(), "{left_out:?}");

        for stem in stems {
            let base = dlc_model::FileName::new(stem, &scorer, "").to_string();
            folder.h5(&format!("{base}_filtered.h5"), &scorer, 2);
            folder.h5(&format!("{base}_skeleton.h5"), &scorer, 2);
        }
        check(&folder.open().with_scorer(&scorer), &scorer, &stems)?;
        let filtered = folder.open().with_version(Version::Filtered);
        prop_assert_eq!(filtered.videos().unwrap().len(), 2);
    }
}

#[test]
fn a_file_of_a_longer_scorer_is_not_of_the_shorter_one() {
    let folder = Folder::new(false);
    folder.video("v", "yDLC_x", 1);
    folder.video("w", "DLC_x", 2);

    let of = |scorer: &str| {
        let videos = folder.open().with_scorer(scorer).videos().unwrap();
        let stems: Vec<String> = videos.into_iter().map(|video| video.stem).collect();
        stems
    };
    assert_eq!(
        (of("yDLC_x"), of("DLC_x")),
        (vec!["v".into()], vec!["w".into()])
    );
    let Kind::Scorers { scorers } = folder.open().read().unwrap_err().into_kind() else {
        panic!("two scorers")
    };
    assert_eq!(scorers, ["DLC_x", "yDLC_x"]);
}

#[test]
fn files_that_are_left_out_are_named_with_their_reasons() {
    let folder = Folder::new(false);
    folder.h5("aDLC_x_skeleton.h5", "DLC_x", 1);
    folder.h5("bDLC_x.h5", "DLC_y", 1);
    fs::write(folder.path("c.h5"), "no HDF5").unwrap();
    folder.h5("dDLC_z.h5", "DLC_z", 1);
    folder.h5("eDLC_x_filtered.h5", "DLC_x", 1);

    let session = folder.open().with_scorer("DLC_x");
    let names: Vec<String> = session.left_out().into_iter().map(|out| out.file).collect();
    // `b` says `DLC_y` of itself, and its name says `DLC_x`: an error when it is read.
    assert_eq!(
        names,
        [
            "aDLC_x_skeleton.h5",
            "c.h5",
            "dDLC_z.h5",
            "eDLC_x_filtered.h5"
        ]
    );
    fs::remove_file(folder.path("bDLC_x.h5")).unwrap();

    let error = folder.open().with_scorer("DLC_x").videos().unwrap_err();
    let Kind::NoPredictions { left_out, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert!(matches!(left_out[0].reason, LeftOutReason::NoPoses));
    let text = error.kind().to_string();
    for part in [
        "aDLC_x_skeleton.h5 (it has no poses)",
        "c.h5 (",
        "dDLC_z.h5 (of the scorer DLC_z)",
        "eDLC_x_filtered.h5 (filtered)",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains('\n'), "{text}");
}

#[test]
fn results_of_deeplabcut_2_0_are_those_of_the_model() {
    let folder = Folder::new(false);
    let (old, new) = (
        "DeepCut_resnet50_mouseMai3shuffle1_5",
        "DLC_resnet50_mouseMai3shuffle1_5",
    );
    folder.video("v", old, 1);

    let videos = folder.open().with_scorer(new).videos().unwrap();
    assert_eq!(file_name(&videos[0].h5), format!("v{old}.h5"));
    assert_eq!(folder.open().with_scorer(new).read().unwrap().scorer(), old);

    folder.video("v", new, 1);
    let videos = folder.open().with_scorer(new).videos().unwrap();
    assert_eq!(file_name(&videos[0].h5), format!("v{new}.h5"));
}

#[test]
fn two_files_with_the_same_poses_are_refused_by_name() {
    let folder = Folder::new(false);
    for ending in ["filtered.h5", "_filtered.h5"] {
        folder.h5(&format!("vDLC_x{ending}"), "DLC_x", 1);
    }

    let filtered = folder.open().with_version(Version::Filtered);
    let error = filtered.videos().unwrap_err();

    let Kind::SeveralFiles { files, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(*files, ["vDLC_x_filtered.h5", "vDLC_xfiltered.h5"]);
}

#[test]
fn the_poses_of_one_animal_come_before_those_of_a_tracker() {
    let folder = Folder::new(false);
    folder.h5("vDLC_x.h5", "DLC_x", 1);
    folder.h5("vDLC_x_el.h5", "DLC_x", 1);

    let videos = folder.open().videos().unwrap();

    assert_eq!(file_name(&videos[0].h5), "vDLC_x.h5");
}
