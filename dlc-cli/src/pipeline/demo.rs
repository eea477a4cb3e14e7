//! A whole pipeline from an empty folder: register, record, map, predict and ingest, plot.
//!
//! It leaves `94557/` as a lab has it, `94557/dlc_94557/` with DeepLabCut's files, `pipeline.sqlite`, and
//! `tracking.svg`, the path in mm. Run again, it finds all of that and draws the path anew.

use std::{f64::consts::TAU, fmt::Write as _, fs, io::Write as _, path::Path};

use anyhow::{Context, Result};
use dlc::{
    io::{atomic, project::ModelRequest},
    model::{BodypartAliases, UtcOffset},
    pipeline::{
        RegisterModelOptions, Repositories, TrackingRawMake, VideoPredictor, register_model,
        stored_files, stored_videos,
    },
    schema::{
        ApparatusGeometry, ArenaGeometry, DatasetRegistration, Query, RecordingDlc, RecordingKey,
        RecordingRegistration, Registrar, Shutdown, Store, StoreExt, TrackingOpenField,
        TrackingParamsRow, add_recording,
        jobs::{Event, Observer, Source, Status, Worker, WorkerOptions},
        make::{PredictionMake, Predictor, TrackingMake},
        map_recording,
        tables::TRACKING_OPEN_FIELD,
    },
    tracking::{Pipeline, Registry},
};
use tiff::{
    encoder::{TiffEncoder, colortype::Gray8},
    tags::Tag,
};

use super::store::{Place, local_repository, user_of_this_machine};
use crate::{demo_project, voice::Voice};

pub(crate) fn run(out: &Path, store: Option<String>, voice: Voice) -> Result<bool> {
    fs::create_dir_all(out)?;
    let out = fs::canonicalize(out)?;
    let file = out.join("pipeline.sqlite");
    let place = store.unwrap_or_else(|| file.to_string_lossy().into_owned());
    let store = Place::from(place).create()?;

    register(&*store, &out, voice)?;
    let recording = record(&*store, &out, voice)?;
    map(&*store, &recording, voice)?;
    work(&*store, voice)?;
    show(&*store, &out, voice)?;
    Ok(true)
}

/// What an administrator does once: repositories, a model, a method, parameters, an arena.
fn register(store: &dyn Store, out: &Path, voice: Voice) -> Result<()> {
    voice.say(format_args!("1. register"))?;
    let registrar = Registrar::open_or_found(store, user_of_this_machine().parse()?)?;
    registrar.add(&local_repository("here".parse()?, out.into())?)?;
    let project = demo_project::unpack(&out.join("project"))?;
    let options = RegisterModelOptions::default().with_description("a mouse in a box, from above");
    let model = ModelRequest::shuffle(1);
    let name = "mouse".parse()?;
    let registered = register_model(&registrar, &project.config, &model, name, &options)?;
    match registered.was_there {
        true => voice.say(format_args!("   model mouse is there already"))?,
        false => voice.say(format_args!(
            "   model mouse, {} body parts",
            registered.new_body_parts.len()
        ))?,
    }

    let (registry, aliases) = (Registry::standard(), BodypartAliases::default());
    let two_ears: Pipeline = serde_json::from_str(
        r#"{
            "function_to_invoke": "two_point_left_right",
            "params": {
                "steps": [
                    {"likelihood_mask": {"cutoff": {"fixed": 0.6}}},
                    {"gap_filling": {"max_gap": {"seconds": 0.25}}}
                ],
                "method": {"left": "leftear", "right": "rightear"}
            }
        }"#,
    )?;
    let (ears, about) = (
        "2points".parse()?,
        "position between the ears, head at right angles to them",
    );
    let openfield = "openfield".parse()?;
    registrar.add_method(ears, about, &two_ears, openfield, &registry)?;
    let (mouse, ears) = ("mouse".parse()?, "2points".parse()?);
    registrar.allow_method(&mouse, &ears, "", &registry, &aliases)?;
    registrar.add_tracking_params(&TrackingParamsRow {
        id: "A".parse()?,
        sigma_tracking: 1.0,
        sigma_speed: 1.5,
        sigma_angle: 2.0,
        rotate: false,
        hash: String::new(),
    })?;
    let square = ApparatusGeometry {
        apparatus: "Square80".parse()?,
        geometry: ArenaGeometry::Square,
        x_mm: Some(800.0),
        y_mm: Some(800.0),
        radius_mm: None,
        wall_height_mm: None,
    };
    registrar.add_arena("", &square)?;
    Ok(())
}

/// What an acquisition leaves behind: pictures of a microscope, a video of a camera, and their rows.
fn record(store: &dyn Store, out: &Path, voice: Voice) -> Result<RecordingKey> {
    voice.say(format_args!("2. record"))?;
    let (video, tif) = (
        out.join("94557/94557_00001_camera.avi"),
        out.join("94557/94557_00001.tif"),
    );
    fs::create_dir_all(out.join("94557"))?;
    fs::copy(out.join("project/videos/mouse.avi"), &video)?;
    write_tif(&tif)?;

    let here = Repositories::default();
    let dataset = |name: &str, kind: &str, files| -> Result<DatasetRegistration> {
        Ok(DatasetRegistration {
            name: Some(name.parse()?),
            dataset_type: kind.parse()?,
            file_type: kind.parse()?,
            files,
            starts: None,
        })
    };
    let (videos, tifs) = (
        stored_videos(store, &here, &[video])?,
        stored_files(store, &here, &[tif])?,
    );
    let added = add_recording(
        store,
        &RecordingRegistration {
            session: Some("0a59dac1dcba870a".parse()?),
            order: Some(0),
            name: Some("d25b179a25df97d0".parse()?),
            experiment_type: "camera and microscope".parse()?,
            arena: Some("Square80".parse()?),
            datasets: vec![
                dataset("a120eeca5e7d1507", "Video", videos)?,
                dataset("5a0d80ef944f99ee", "TIFRaw", tifs)?,
            ],
        },
    )?;
    if !added.is_new {
        voice.say(format_args!(
            "   recording {} is there already",
            added.key.recording
        ))?;
    }
    Ok(added.key)
}

/// Writes a picture as `ScanImage` describes it: what matters here is when it was taken.
fn write_tif(path: &Path) -> Result<()> {
    let mut file = fs::File::create(path)?;
    let mut encoder = TiffEncoder::new(&mut file)?;
    let mut picture = encoder.new_image::<Gray8>(2, 2)?;
    let description = "frameTimestamps_sec = 0.000000000\nepoch = [2022 6 7 14 53 11.25]\n";
    picture
        .encoder()
        .write_tag(Tag::ImageDescription, description)?;
    picture.write_data(&[0; 4])?;
    Ok(())
}

/// What a user does, also in the web page: say which model and which method a recording is for.
fn map(store: &dyn Store, recording: &RecordingKey, voice: Voice) -> Result<()> {
    voice.say(format_args!("3. map"))?;
    map_recording(
        store,
        &RecordingDlc {
            recording: recording.clone(),
            model: "mouse".parse()?,
            method: "2points".parse()?,
        },
    )?;
    voice.say(format_args!(
        "   recording {} to mouse and 2points",
        recording.recording
    ))?;
    Ok(())
}

/// What a worker does, on any machine that sees the files.
fn work(store: &dyn Store, voice: Voice) -> Result<()> {
    voice.say(format_args!("4. predict and ingest"))?;
    let oslo: UtcOffset = "+02:00".parse()?;
    let (predictor, _) = VideoPredictor::with_models_here(store, Repositories::default())?;
    let predictor = predictor.with_utc_offset(oslo);
    let options = WorkerOptions::default().with_models(predictor.models().to_vec());
    let tell = |event: &Event<'_>| {
        let _ = voice.say(format_args!("   {event}"));
    };
    let worker = Worker::new(store, options)?.with_events(&tell);
    let predictions = PredictionMake(predictor);
    let raw = TrackingRawMake::default();
    worker.run_once(&[&predictions, &raw, &TrackingMake], &Shutdown::new())?;
    let status = Status::read(store, &Source::ALL, &Observer::default())?;
    voice.say(format_args!("{status}"))?;
    Ok(())
}

/// Reads the tracking and draws it.
fn show(store: &dyn Store, out: &Path, voice: Voice) -> Result<()> {
    voice.say(format_args!("5. plot"))?;
    let tracking: Vec<TrackingOpenField> = store.fetch(&Query::of(&TRACKING_OPEN_FIELD))?;
    let tracking = tracking.first().context("no tracking was stored")?;
    let path = out.join("tracking.svg");
    let picture = svg(tracking);
    atomic::write(&path, |file| file.write_all(picture.as_bytes()))?;
    let speeds = tracking
        .speed_mm_per_s
        .iter()
        .filter(|speed| !speed.is_nan());
    let fastest = speeds.copied().fold(0.0, f64::max);
    voice.say(format_args!(
        "   {} samples, {:.4} mm/px, at most {fastest:.0} mm/s: {}",
        tracking.x_mm.len(),
        tracking.calibration_mm_per_px,
        path.display()
    ))?;
    Ok(())
}

/// Draws the path as the camera saw it, 1 mm a unit; colours are directions of the head.
fn svg(tracking: &TrackingOpenField) -> String {
    let (left, top) = (tracking.left_mm - 20.0, tracking.bottom_mm - 20.0);
    let width = tracking.right_mm - left + 20.0;
    let height = tracking.top_mm - top + 20.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{left:.1} {top:.1} {width:.1} \
         {height:.1}\" width=\"640\"><rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
         height=\"{height:.1}\" fill=\"white\"/>\n"
    );
    let positions = tracking.x_mm.iter().zip(&tracking.y_mm);
    let known: Vec<_> = positions.clone().filter(|(x, _)| !x.is_nan()).collect();
    let points: Vec<String> = known
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#bbb\" stroke-width=\"2\"/>",
        points.join(" ")
    );
    for ((x, y), angle) in positions.zip(&tracking.head_angle_rad) {
        if x.is_nan() || angle.is_nan() {
            continue;
        }
        // Angles are counter-clockwise, and y points down in an SVG as in the video.
        let (dx, dy) = (20.0 * angle.cos(), -20.0 * angle.sin());
        let hue = angle / TAU * 360.0;
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" \
             stroke=\"hsl({hue:.0} 80% 45%)\" stroke-width=\"3\"/>",
            x + dx,
            y + dy
        );
    }
    svg + "</svg>\n"
}
