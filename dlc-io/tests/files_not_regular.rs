//! FIFOs, devices and folders where files are expected: no reader opens them, and none hangs.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    error::Error,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
    thread,
    time::Duration,
};

use dlc_io::{
    Limits, WeightsFormat, csv, h5,
    images::{self, Convention},
    metadata::{self, MetadataFile, Recording},
    safetensors, scanimage, tensorflow, torch, video, yaml,
};
use dlc_model::{Timestamp, UtcOffset};

type Read = fn(&Path) -> Result<(), Box<dyn Error + Send + Sync>>;

const READERS: [(&str, Read); 15] = [
    ("video::open", |path| {
        video::open(path)?;
        Ok(())
    }),
    ("video::probe", |path| {
        video::probe(path)?;
        Ok(())
    }),
    ("h5", |path| {
        h5::read(path)?;
        Ok(())
    }),
    ("csv", |path| {
        csv::read(path)?;
        Ok(())
    }),
    ("yaml", |path| {
        yaml::read(path)?;
        Ok(())
    }),
    ("pickle", |path| {
        MetadataFile::read(path, &Limits::default())?;
        Ok(())
    }),
    ("pickle that is edited", |path| {
        let start = Timestamp::from_unix_ns(0, UtcOffset::UTC);
        metadata::set_start_timestamp(path, start, &Limits::default())?;
        Ok(())
    }),
    ("recording", |path| {
        Recording::read(path, &Limits::default())?;
        Ok(())
    }),
    ("torch", |path| {
        torch::read_snapshot(path, &Limits::default())?;
        Ok(())
    }),
    ("safetensors", |path| {
        safetensors::read_safetensors(path, &Limits::default())?;
        Ok(())
    }),
    ("frozen graph", |path| {
        tensorflow::read_frozen_graph(path, &Limits::default())?;
        Ok(())
    }),
    ("checkpoint", |path| {
        // Its files are the prefix and an ending.
        let prefix = path.with_extension("");
        tensorflow::read_checkpoint(prefix, &Limits::default())?;
        Ok(())
    }),
    ("weights", |path| {
        WeightsFormat::of_file(path)?;
        Ok(())
    }),
    ("picture", |path| {
        images::read(path, Convention::OpenCv)?;
        Ok(())
    }),
    ("scanimage", |path| {
        scanimage::first_picture(path, UtcOffset::UTC)?;
        Ok(())
    }),
];

fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

/// Returns what a reader says, which must come soon.
fn refusal(name: &str, read: Read, path: &Path) -> String {
    let (send, said) = mpsc::channel();
    let path = path.to_owned();
    thread::spawn(move || send.send(read(&path).map_err(|error| chain(&*error))));
    let said = said.recv_timeout(Duration::from_secs(30));
    said.unwrap_or_else(|_| panic!("{name} hangs")).unwrap_err()
}

#[test]
fn a_fifo_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("model.index");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    for (name, read) in READERS {
        let text = refusal(name, read, &fifo);
        assert!(
            text.contains("a FIFO (named pipe): expected a regular file"),
            "{name}: {text}"
        );
    }
}

#[test]
fn a_device_and_a_folder_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("model.index")).unwrap();
    for (name, read) in READERS {
        if name != "checkpoint" {
            let text = refusal(name, read, Path::new("/dev/zero"));
            assert!(text.contains("a character device"), "{name}: {text}");
        }
        // A folder may be one of pictures.
        if !name.starts_with("video") {
            let path: PathBuf = folder.path().join("model.index");
            let text = refusal(name, read, &path);
            assert!(
                text.contains("a folder: expected a regular file"),
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn a_process_substitution_is_named_with_its_remedy() {
    // A pipe whose end is open, under the name that a shell gives it.
    let mut child = Command::new("sleep")
        .arg("600")
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let path = PathBuf::from(format!("/proc/{}/fd/0", child.id()));
    if path.exists() {
        let text = refusal("h5", |path| Ok(h5::read(path).map(|_| ())?), &path);
        assert!(text.contains("process substitutions"), "{text}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
