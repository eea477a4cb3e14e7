use std::{fs::File, path::Path};

use dlc_io::{Limits, csv, h5, pickle};
use dlc_tracking::{
    Tracks,
    time::{Clock, FileTime, Timeline},
};
use serde_json::Value;

use super::cases::{self, Cases};

/// The session keeps its times as seconds since 1970 in 64 bits: to half a microsecond.
const SECONDS: f64 = 1e-6;

#[test]
fn a_session_of_three_files_is_joined() {
    let Some(mut cases) = Cases::open("dlc_session_expected.json") else {
        return;
    };
    let folder = cases::folder()
        .unwrap()
        .join("dlc_session/dlc_94557-imaging");
    cases.input("/engine");
    let scorer = cases.input("/scorer");
    let names = cases.input("/bodyparts");
    let rate_hz = cases.numbers("/fps")[0];
    let files = cases.input("/files").as_array().unwrap().clone();
    assert_eq!(files.len(), 3);

    let mut recording: Option<Tracks<2>> = None;
    let mut times = Vec::new();
    for (place, file) in files.iter().enumerate() {
        let name = |key: &str| folder.join(file[key].as_str().unwrap());
        let predictions = h5::read(name("h5")).unwrap();
        assert_eq!(predictions.scorer, scorer.as_str().unwrap());
        let text = csv::read(name("h5").with_extension("csv")).unwrap();
        assert_eq!(text.poses, predictions.poses);

        let frames = [predictions.poses.len() as f64];
        cases.near(&format!("/files/{place}/nframes"), &frames, 0.0);
        assert_eq!(metadata(&name("pickle_new"), "Start Timestamp"), None);
        let start = metadata(&name("pickle_old"), "Start Timestamp").unwrap();
        let start = start.as_str().unwrap();
        assert_eq!(start, file["start_timestamp"].as_str().unwrap());
        for pickle in ["pickle_new", "pickle_old"] {
            let fps = metadata(&name(pickle), "fps").unwrap().as_f64().unwrap();
            cases.near(&format!("/files/{place}/meta_json/data/fps"), &[fps], 0.0);
        }
        let frames = predictions.poses.len();
        times.push(FileTime::even(start.parse().unwrap(), rate_hz, frames));
        let tracks = Tracks::from(&predictions.poses);
        match &mut recording {
            None => recording = Some(tracks),
            Some(recording) => recording.append(tracks).unwrap(),
        }
    }
    let recording = recording.unwrap();
    let found = recording
        .bodyparts()
        .iter()
        .map(|part| Value::from(part.as_str()));
    assert_eq!(Value::from_iter(found), names);
    positions(&mut cases, &recording);
    clocks(&mut cases, &Timeline::from_files(&times).unwrap(), rate_hz);
    cases.finish();
}

/// Returns an entry of the metadata of a video. The start is one that the laboratory adds.
fn metadata(path: &Path, key: &str) -> Option<pickle::Value> {
    let meta = pickle::read(File::open(path).unwrap(), &Limits::default()).unwrap();
    meta.get("data").unwrap().get(key).cloned()
}

fn positions(cases: &mut Cases, recording: &Tracks<2>) {
    let shape = [
        recording.len() as f64,
        3.0 * recording.bodyparts().len() as f64,
    ];
    cases.near("/concatenated_shape", &shape, 0.0);
    for (bodypart, track) in recording.bodyparts().iter().zip(recording.as_slice()) {
        let column = |axis: usize| {
            track
                .positions()
                .iter()
                .map(|p| p[axis])
                .collect::<Vec<_>>()
        };
        cases.near(&format!("/concatenated/{bodypart}/x"), &column(0), 0.0);
        cases.near(&format!("/concatenated/{bodypart}/y"), &column(1), 0.0);
        let likelihood = track.likelihood();
        cases.near(
            &format!("/concatenated/{bodypart}/likelihood"),
            likelihood,
            0.0,
        );
    }
}

fn clocks(cases: &mut Cases, timeline: &Timeline, rate_hz: f64) {
    let unix_s = timeline.unix_s().unwrap();
    cases.near("/timestamps_sys_unix_s", &unix_s, SECONDS / unix_s[0]);
    cases.near("/timestamps_zeroed_s", timeline.times_s(), SECONDS);
    let gapless = Timeline::uniform(rate_hz, timeline.len()).unwrap();
    let pointer = "/timestamps_gapless_s (frame~1fps, ignoring gaps)";
    cases.near(pointer, gapless.times_s(), 1e-12);
    let median = [Clock::new(&unix_s).unwrap().rate_hz()];
    cases.near("/median_sample_rate_from_sys", &median, 1e-9);
    assert!(
        (timeline.rate_hz() - rate_hz).abs() < 1e-9,
        "nothing is lost from the start on"
    );
    let mean = [timeline.rate_hz()];
    let reason = "pauses between files do not count: the rate is that of the median interval";
    cases.differs("/mean_sample_rate_from_sys", &mean, reason);
    let last_s = timeline.times_s()[timeline.len() - 1];
    cases.near(
        "/mean_sample_rate_from_sys",
        &[(timeline.len() - 1) as f64 / last_s],
        1e-6,
    );
}
