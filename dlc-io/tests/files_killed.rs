//! A program that is killed while it writes leaves the old file or the new one, or none.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use dlc_io::{Precision, atomic, csv, h5};
use dlc_model::{Bodyparts, Keypoint, PoseTable};

/// Where the child is to write; the test is the child when it is set.
const FOLDER: &str = "DLC_TEST_KILLED_FOLDER";
const KILLS: usize = 120;

/// Two tables that differ in length and in each number.
fn tables() -> [PoseTable; 2] {
    [1500, 1700].map(|frames| {
        let mut poses = PoseTable::new(Bodyparts::new(["a", "b", "c", "d"]).unwrap());
        for frame in 0..frames {
            poses.push([Keypoint::new(frame as f64, f64::from(frames), 1.0); 4]);
        }
        poses
    })
}

fn h5_of(poses: &PoseTable) -> Vec<u8> {
    let mut bytes = Vec::new();
    h5::write(&mut bytes, poses, "DLC", Precision::F64).unwrap();
    bytes
}

fn csv_of(poses: &PoseTable) -> Vec<u8> {
    let mut bytes = Vec::new();
    csv::write(&mut bytes, poses, "DLC", Precision::F64).unwrap();
    bytes
}

/// Writes one table and the other until it is killed.
fn write_for_ever(folder: &Path) -> ! {
    let tables = tables();
    loop {
        for poses in &tables {
            let mut batch = atomic::Batch::new();
            let (csv, h5) = (folder.join("v.csv"), folder.join("v.h5"));
            batch
                .stage(csv, |file| csv::write(file, poses, "DLC", Precision::F64))
                .unwrap();
            batch
                .stage(h5, |file| h5::write(file, poses, "DLC", Precision::F64))
                .unwrap();
            batch.commit().unwrap();
        }
    }
}

#[test]
fn a_killed_program_leaves_the_old_file_or_none() {
    if let Some(folder) = env::var_os(FOLDER) {
        write_for_ever(Path::new(&folder));
    }
    let [h5, csv] = [h5_of, csv_of].map(|of: fn(&PoseTable) -> Vec<u8>| tables().map(|t| of(&t)));
    let folder = tempfile::tempdir().unwrap();
    let (mut none, mut whole, mut in_the_middle) = (0, 0, 0);
    let mut seed = 1_u64;
    for kill in 0..KILLS {
        if kill % 3 == 0 {
            // As before the first analysis.
            let _ = fs::remove_file(folder.path().join("v.h5"));
            let _ = fs::remove_file(folder.path().join("v.csv"));
        }
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "a_killed_program_leaves_the_old_file_or_none"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        thread::sleep(Duration::from_micros(5_000 + (seed >> 33) % 60_000));
        child.kill().unwrap(); // kill -9
        child.wait().unwrap();
        for (name, contents) in [("v.h5", &h5), ("v.csv", &csv)] {
            match fs::read(folder.path().join(name)) {
                Ok(bytes) => {
                    assert!(
                        contents.contains(&bytes),
                        "{name} is damaged after kill {kill}"
                    );
                    whole += 1;
                }
                Err(_) => none += 1,
            }
        }
        for entry in fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "tmp") {
                in_the_middle += 1;
                fs::remove_file(path).unwrap();
            }
        }
    }
    println!(
        "{KILLS} kills, {in_the_middle} files in the middle of writing: {whole} whole, {none} none"
    );
    assert_eq!(whole + none, 2 * KILLS);
    assert!(
        in_the_middle > KILLS / 4,
        "{in_the_middle}: kills must hit writes"
    );
    assert!(whole > KILLS / 4, "{whole}: some must be written");
}
