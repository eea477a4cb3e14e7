//! Runs a pipeline in memory: a model is registered, a recording mapped to it, and a worker does the rest.
//!
//! ```sh
//! cargo run --release -p examples --example pipeline_in_memory -- PROJECT_FOLDER VIDEO METHOD.json
//! ```
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{env, error::Error, fs};

use dlc::{
    io::project::ModelRequest,
    model::{BodypartAliases, Timestamp},
    pipeline::*,
    schema::{jobs::*, make::*, *},
    tracking::{Pipeline, Registry},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, video, method] = &arguments[..] else {
        return Err("PROJECT_FOLDER VIDEO METHOD.json".into());
    };
    let (store, here) = (Memory::default(), Repositories::default());
    let (mouse, ears) = ("mouse".parse()?, "ears".parse()?);
    let registrar = Registrar::open_or_found(&store, "ada".parse()?)?;
    registrar.add(&local_repository("here".parse()?, folder)?)?;
    let (config, model) = (format!("{folder}/config.yaml"), ModelRequest::shuffle(1));
    let options = RegisterModelOptions::default();
    register_model(&registrar, config, &model, "mouse".parse()?, &options)?;
    let method: Pipeline = serde_json::from_str(&fs::read_to_string(method)?)?;
    let (registry, aliases) = (Registry::standard(), BodypartAliases::default());
    registrar.add_method(
        "ears".parse()?,
        "",
        &method,
        "openfield".parse()?,
        &registry,
    )?;
    registrar.allow_method(&mouse, &ears, "", &registry, &aliases)?;
    let mut videos = DatasetRegistration::videos(stored_videos(&store, &here, &[video.into()])?);
    videos.starts = Some(vec![Timestamp::parse("2024-01-02T03:04:05Z", None)?]);
    let registration = RecordingRegistration::new("camera".parse()?, vec![videos]);
    let recording = add_recording(&store, &registration)?.key;
    let (model, method) = (mouse, ears);
    map_recording(
        &store,
        &RecordingDlc {
            recording,
            model,
            method,
        },
    )?;
    let (predictor, _) = VideoPredictor::with_models_here(&store, here)?;
    let options = WorkerOptions::default().with_models(predictor.models().to_vec());
    let worker = Worker::new(&store, options)?;
    let (predictions, raw) = (PredictionMake(predictor), TrackingRawMake::default());
    let done = worker.run_once(&[&predictions, &raw, &TrackingMake], &Shutdown::new())?;
    println!("made {}, failed {}", done.made, done.failed);
    Ok(())
}
