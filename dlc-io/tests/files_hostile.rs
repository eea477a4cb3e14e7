//! Damaged `.h5`, `.csv` and metadata: an error or a value, never a panic, and never more memory
//! than the limits and the file are worth.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]
#![expect(clippy::print_stdout, reason = "a test says what it counted")]

#[path = "weights_hostile/support.rs"]
mod support;

use std::{fs, path::Path};

use dlc_io::{Limits, csv, h5, metadata::MetadataFile, session::SessionFolder};

use self::support::{MIB, Random, fixture, peak, reference};

/// What the readers are told to believe of every file.
fn limits() -> Limits {
    Limits::default()
        .with_max_file_bytes(MIB as u64)
        .with_max_tensor_bytes(MIB as u64)
        .with_max_nodes(1 << 16)
}

/// What a reader may hold beside what the limits allow it.
const MOST: usize = 8 * MIB;

/// The files of our own, and those of DeepLabCut where they are.
fn files(ending: &str) -> Vec<(String, Vec<u8>)> {
    let mut folders = vec![fixture("predictions"), fixture("tables")];
    for name in [
        "deeplabcut/demo_clip/b1",
        "deeplabcut/cspnext_s_b1",
        "deeplabcut/legacy/v2.0.9",
        "deeplabcut/multi",
        "deeplabcut/images_pt",
        "openfield/labeled-data/m4s1",
        "openfield/training-datasets/iteration-0/UnaugmentedDataSet_openfieldOct30",
    ] {
        folders.extend(reference(name));
    }
    let mut files = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == ending) {
                files.push((path.display().to_string(), fs::read(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Reads a file in all ways, and tells whether one succeeded.
fn read(path: &Path, bytes: &[u8]) -> bool {
    fs::write(path, bytes).unwrap();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("h5") => {
            let file = h5::Reader::new(path).with_limits(limits());
            file.keys().is_ok_and(|keys| keys.len() > 100_000)
                | file.predictions().is_ok()
                | file.data_frame().is_ok_and(|frame| {
                    frame.individuals().is_ok()
                        | frame.collected_data().is_ok()
                        | frame.image_predictions().is_ok()
                        | !frame.columns().is_empty()
                })
        }
        Some("csv") => {
            let file = csv::Reader::new(path).with_limits(limits());
            file.predictions().is_ok() | file.data_frame().is_ok() | file.collected_data().is_ok()
        }
        _ => MetadataFile::read(path, &limits())
            .is_ok_and(|meta| meta.start_timestamp(None).is_ok() | meta.crop().is_some()),
    }
}

fn cut_at_every_64th_byte(ending: &str) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut").with_extension(ending);
    let (mut count, mut accepted) = (0, 0);
    for (name, bytes) in files(ending) {
        for len in (0..bytes.len()).step_by(64) {
            let held = peak(|| {
                let read = read(&path, &bytes[..len]);
                assert!(!read || ending == "csv", "{name} cut at {len} was accepted");
                accepted += usize::from(read);
            });
            assert!(held < MOST, "{name} cut at {len} took {held} bytes");
            count += 1;
        }
    }
    println!("{count} cut .{ending}, {accepted} accepted with fewer rows");
    (count, accepted)
}

#[test]
fn cut_h5_are_errors() {
    let (count, accepted) = cut_at_every_64th_byte("h5");
    assert!(count > 15_000, "{count}");
    assert_eq!(accepted, 0);
}

#[test]
fn cut_pickles_are_errors() {
    let (count, accepted) = cut_at_every_64th_byte("pickle");
    let least = if reference("deeplabcut").is_some() {
        500
    } else {
        0
    };
    assert!(count >= least, "{count}");
    assert_eq!(accepted, 0);
}

#[test]
fn cut_csv_are_errors_or_have_fewer_rows() {
    let (count, _) = cut_at_every_64th_byte("csv");
    assert!(count > 50, "{count}");
}

#[test]
fn flipped_bytes_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(5);
    for (ending, least) in [("h5", 1_000), ("csv", 1_000), ("pickle", 0)] {
        let path = folder.path().join("flipped").with_extension(ending);
        let (mut count, mut refused) = (0, 0);
        for (name, bytes) in files(ending) {
            for _ in 0..150 {
                let mut bytes = bytes.clone();
                random.damage(&mut bytes);
                let held = peak(|| refused += usize::from(!read(&path, &bytes)));
                assert!(held < MOST, "{name} took {held} bytes");
                count += 1;
            }
        }
        println!("{count} flipped .{ending}, {refused} refused");
        assert!(count >= least, "{count}");
    }
}

#[test]
fn a_distant_frame_takes_no_memory() {
    let file = h5::Reader::new(fixture("tables").join("distant.h5"));
    let held = peak(|| assert!(file.predictions().is_err()));
    assert!(held < MIB, "{held}");
    // Where someone set the limits too wide, there is no such memory: an error, no abort.
    let wide = Limits::default()
        .with_max_frames(usize::MAX)
        .with_max_tensor_bytes(u64::MAX);
    assert!(file.with_limits(wide).predictions().is_err());
}

#[test]
fn a_folder_of_nonsense_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dlc_x");
    fs::create_dir(&path).unwrap();
    let scorer = "DLC_resnet50_mouseJan1shuffle1_1000";
    fs::write(path.join(format!("{scorer}.h5")), "no file").unwrap();
    fs::write(path.join(format!("{scorer}_meta.pickle")), "cos\nsystem\n.").unwrap();

    assert!(SessionFolder::open(&path).unwrap().read().is_err());
}
