//! Changes what a pipeline holds: recordings, arenas, parameters, methods, and when videos began.
//!
//! ```sh
//! cargo run --release --example pipeline_edit -- arena Square80 --square 800
//! cargo run --release --example pipeline_edit -- tracking-params A
//! cargo run --release --example pipeline_edit -- recording 94557_camera.avi --arena Square80
//! cargo run --release --example pipeline_edit -- map 5c80ab0f9d7e3f20 mouse 2points
//! cargo run --release --example pipeline_edit -- start 5c80ab0f9d7e3f20 2022-06-07T14:53:11+02:00
//! cargo run --release --example pipeline_edit -- retry
//! ```
//!
//! What is there already stays as it is, and what contradicts it is refused.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use dlc::{
    model::UtcOffset,
    pipeline::{Repositories, stored_files, stored_videos},
    schema::{
        ApparatusGeometry, ArenaGeometry, Columns as _, DatasetRegistration, Mapped, RecordingDlc,
        RecordingKey, RecordingRegistration, Registrar, Row, Store, StoreExt as _,
        TrackingParamsRow, add_recording, find_recording,
        jobs::retry_failed,
        map_recording,
        name::{
            ApparatusName, DatasetName, DlcModelName, ExperimentTypeName, MethodName,
            RecordingName, RepositoryName, SessionName, TrackingParamsId,
        },
        set_video_starts,
    },
};
use examples::{
    exit_code, say,
    store::{
        add_method, local_repository, open_store, parse_repository, parse_starts, repositories,
        user_of_this_machine,
    },
};

/// Changes what a pipeline holds.
///
/// Exit codes: 0 it is so now; 1 it is refused, or the store cannot be used; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// A file of SQLite, or `mysql://user:password@host/schema`.
    #[arg(
        long,
        global = true,
        default_value = "pipeline.sqlite",
        value_name = "STORE"
    )]
    store: String,
    /// Who asks: repositories, arenas, parameters and methods are for administrators.
    #[arg(long, global = true, default_value_t = user_of_this_machine(), value_name = "NAME")]
    user: String,
    #[command(subcommand)]
    edit: Edit,
}

#[derive(Debug, Subcommand)]
enum Edit {
    /// Adds a repository: a folder with projects and data.
    Repository {
        /// Its name, and where it is.
        #[arg(value_name = "NAME=PATH", value_parser = parse_repository)]
        place: (RepositoryName, PathBuf),
    },
    /// Adds an arena. Its size converts px to mm.
    Arena(Arena),
    /// Adds parameters by which raw tracking is processed.
    TrackingParams(TrackingParams),
    /// Lets a model be used with a processing method.
    Method {
        /// The name of the model.
        model: DlcModelName,
        /// The name of the method; with a file that says what it is, if it is new.
        #[arg(value_name = "NAME[=FILE.json]")]
        method: String,
    },
    /// Adds a recording with its videos and the files of its microscope.
    Recording(Box<Recording>),
    /// Says which model and which method a recording is for.
    Map {
        #[command(flatten)]
        recording: Named,
        /// The name of the model.
        model: DlcModelName,
        /// The name of the method.
        method: MethodName,
    },
    /// Says when the videos of a recording began.
    Start(Start),
    /// Frees jobs that failed, as if they had never been begun.
    Retry {
        /// Those of this recording alone.
        #[arg(long, value_name = "NAME")]
        recording: Option<RecordingName>,
    },
}

/// A recording that is there.
#[derive(Args, Debug)]
struct Named {
    /// The name of the recording.
    recording: RecordingName,
    /// Its session, if several have that name.
    #[arg(long, value_name = "NAME")]
    session: Option<SessionName>,
}

#[derive(Args, Debug)]
struct Arena {
    /// The name of the arena, e.g., `Square80`.
    name: ApparatusName,
    #[command(flatten)]
    shape: Shape,
    /// What a person should know.
    #[arg(long, default_value = "", value_name = "TEXT")]
    note: String,
}

/// Sizes in mm.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Shape {
    /// A box with equal sides.
    #[arg(long, value_name = "MM")]
    square: Option<f32>,
    /// A box: from left to right and from top to bottom.
    #[arg(long, num_args = 2, value_names = ["MM", "MM"])]
    rectangle: Option<Vec<f32>>,
    /// A round box: half its width.
    #[arg(long, value_name = "MM")]
    radius: Option<f32>,
}

/// Sigmas of Gaussian filters, in samples; 0 does not smooth.
#[derive(Args, Debug)]
struct TrackingParams {
    /// One letter; the first is A.
    id: TrackingParamsId,
    /// For positions.
    #[arg(long, default_value_t = 1.0, value_name = "SAMPLES")]
    sigma_tracking: f32,
    /// For speeds.
    #[arg(long, default_value_t = 1.0, value_name = "SAMPLES")]
    sigma_speed: f32,
    /// For head angles.
    #[arg(long, default_value_t = 1.0, value_name = "SAMPLES")]
    sigma_angle: f32,
    /// Turns positions so that the arena is upright.
    #[arg(long)]
    rotate: bool,
}

#[derive(Args, Debug)]
struct Recording {
    /// The videos in their order in time.
    #[arg(required = true, value_name = "VIDEO")]
    videos: Vec<PathBuf>,
    /// The files of the microscope in their order in time, which name the session's folder.
    #[arg(long, value_name = "TIF")]
    tif: Vec<PathBuf>,
    /// The session, at most 16 characters; one of its own by default.
    #[arg(long, value_name = "NAME")]
    session: Option<SessionName>,
    /// Its place in the session, from 0; the next one by default.
    #[arg(long, value_name = "N")]
    order: Option<i32>,
    /// The name of the recording, at most 16 characters; a hash of its files by default.
    #[arg(long, value_name = "NAME")]
    name: Option<RecordingName>,
    /// The kind of equipment.
    #[arg(long, default_value = "camera", value_name = "NAME")]
    experiment_type: ExperimentTypeName,
    /// The arena.
    #[arg(long, value_name = "NAME")]
    arena: Option<ApparatusName>,
    /// When each video began, if neither the microscope nor the videos tell.
    #[arg(long, value_name = "TIME")]
    start: Vec<String>,
    /// How far the clock was from UTC of each `--start` that does not say.
    #[arg(long, value_name = "+HH:MM", allow_hyphen_values = true)]
    utc_offset: Option<UtcOffset>,
    /// Where a repository is on this machine, if not where the store says.
    #[arg(long, value_name = "NAME=PATH", value_parser = parse_repository)]
    repository: Vec<(RepositoryName, PathBuf)>,
}

#[derive(Args, Debug)]
struct Start {
    #[command(flatten)]
    recording: Named,
    /// When each video began, in their order.
    #[arg(required = true, value_name = "TIME")]
    starts: Vec<String>,
    /// Which dataset, if the recording has several with videos.
    #[arg(long, value_name = "NAME")]
    dataset: Option<DatasetName>,
    /// How far the clock was from UTC of each time that does not say.
    #[arg(long, value_name = "+HH:MM", allow_hyphen_values = true)]
    utc_offset: Option<UtcOffset>,
    /// Replaces other times that are stored.
    #[arg(long)]
    replace: bool,
}

fn main() -> ExitCode {
    exit_code(run(Arguments::parse()))
}

fn run(arguments: Arguments) -> Result<()> {
    let store = open_store(&arguments.store)?;
    let registrar = || -> Result<Registrar<'_>> {
        Ok(Registrar::open_or_found(&*store, arguments.user.parse()?)?)
    };
    match arguments.edit {
        Edit::Repository {
            place: (name, path),
        } => {
            let repository = local_repository(name, path)?;
            let is_new = registrar()?.add(&repository)?;
            tell(is_new, &format!("repository {}", repository.name))
        }
        Edit::Arena(arena) => {
            let is_new = registrar()?.add_arena(&*arena.note, &geometry(&arena))?;
            tell(is_new, &format!("arena {}", arena.name))
        }
        Edit::TrackingParams(params) => {
            let is_new = registrar()?.add_tracking_params(&tracking_params(&params))?;
            tell(is_new, &format!("parameters {}", params.id))
        }
        Edit::Method { model, method } => add_method(&registrar()?, &model, &method),
        Edit::Recording(recording) => record(&*store, *recording),
        Edit::Map {
            recording,
            model,
            method,
        } => map(&*store, key(&*store, &recording)?, model, method),
        Edit::Start(start) => begin(&*store, &start),
        Edit::Retry { recording } => retry(&*store, recording.as_ref()),
    }
}

fn tell(is_new: bool, what: &str) -> Result<()> {
    let ending = if is_new { "added" } else { "is there already" };
    say!("{what}: {ending}")?;
    Ok(())
}

fn geometry(arena: &Arena) -> ApparatusGeometry {
    let Shape {
        square,
        rectangle,
        radius,
    } = &arena.shape;
    let (geometry, sides) = match (square, rectangle.as_deref()) {
        (Some(side), _) => (ArenaGeometry::Square, Some([*side, *side])),
        (None, Some(&[x, y])) => (ArenaGeometry::Rectangle, Some([x, y])),
        _ => (ArenaGeometry::Circle, None),
    };
    ApparatusGeometry {
        apparatus: arena.name.clone(),
        geometry,
        x_mm: sides.map(|sides| sides[0]),
        y_mm: sides.map(|sides| sides[1]),
        radius_mm: *radius,
        wall_height_mm: None,
    }
}

fn tracking_params(params: &TrackingParams) -> TrackingParamsRow {
    TrackingParamsRow {
        id: params.id.clone(),
        sigma_tracking: params.sigma_tracking,
        sigma_speed: params.sigma_speed,
        sigma_angle: params.sigma_angle,
        rotate: params.rotate,
        hash: String::new(),
    }
}

fn record(store: &dyn Store, recording: Recording) -> Result<()> {
    let starts = parse_starts(&recording.start, recording.utc_offset);
    let here: Repositories = repositories(recording.repository);
    let mut datasets = vec![DatasetRegistration {
        name: None,
        dataset_type: "Video".parse()?,
        file_type: "Video".parse()?,
        files: stored_videos(store, &here, &recording.videos)?,
        starts: (!starts.is_empty()).then_some(starts),
    }];
    if !recording.tif.is_empty() {
        datasets.push(DatasetRegistration {
            name: None,
            dataset_type: "TIFRaw".parse()?,
            file_type: "TIFRaw".parse()?,
            files: stored_files(store, &here, &recording.tif)?,
            starts: None,
        });
    }
    let added = add_recording(
        store,
        &RecordingRegistration {
            session: recording.session,
            order: recording.order,
            name: recording.name,
            experiment_type: recording.experiment_type,
            arena: recording.arena,
            datasets,
        },
    )?;
    let key = added.key;
    let place = format!(
        "recording {} at place {} of session {}",
        key.recording, key.recording_order, key.session
    );
    tell(added.is_new, &place)
}

fn key(store: &dyn Store, named: &Named) -> Result<RecordingKey> {
    Ok(store.read(|rows| find_recording(rows, &named.recording, named.session.as_ref()))?)
}

fn map(
    store: &dyn Store,
    recording: RecordingKey,
    model: DlcModelName,
    method: MethodName,
) -> Result<()> {
    let choice = RecordingDlc {
        recording,
        model,
        method,
    };
    let name = &choice.recording.recording;
    match map_recording(store, &choice)? {
        Mapped::ToTracking => say!("recording {name}: {} and {}", choice.model, choice.method)?,
        Mapped::ToTrackingRaw(kind) => say!(
            "recording {name}: {} and {}, to body parts alone, because tracking of the kind {kind} \
             is not processed",
            choice.model,
            choice.method
        )?,
    }
    Ok(())
}

fn begin(store: &dyn Store, start: &Start) -> Result<()> {
    let starts = parse_starts(&start.starts, start.utc_offset);
    let recording = key(store, &start.recording)?;
    let dataset = start.dataset.as_ref();
    for start in set_video_starts(store, &recording, dataset, &starts, start.replace)? {
        say!("video {} began at {}", start.file_order, start.start)?;
    }
    Ok(())
}

fn retry(store: &dyn Store, recording: Option<&RecordingName>) -> Result<()> {
    let within = match recording {
        Some(recording) => store
            .read(|rows| find_recording(rows, recording, None))?
            .columns(),
        None => Row::new(),
    };
    let freed = retry_failed(store, &within)?;
    for job in &freed {
        say!("freed {job}")?;
    }
    if freed.is_empty() {
        say!("no job has failed")?;
    }
    Ok(())
}
