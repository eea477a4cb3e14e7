use dlc_model::{Bodypart, Bodyparts, BodypartsError};
use dlc_tracking::{
    CalibrateError, Calibration, CalibrationSource, FramePx, Offset, OffsetSign, Space, Track,
    TrackError, Tracking, TrackingParams, TrackingRaw, YAxis,
    steps::NumberError,
    time::{Clock, ClockError},
};

use super::{Make, MakeError, Running, needed};
use crate::{
    ApparatusGeometry, ArenaGeometry, Columns, Entity, Query, Row, StoreError, TrackingDlcPart,
    TrackingKey, TrackingOpenField, TrackingParamsRow, TrackingRawDlcPart, TrackingRawOpenField,
    TrackingRawRow, TrackingRow, Transaction, TransactionExt,
    jobs::Source,
    table::Table,
    tables::{
        APPARATUS_GEOMETRY, RECORDING_APPARATUS, TRACKING, TRACKING_PARAMS, TRACKING_RAW,
        TRACKING_RAW_DLC_PART,
    },
};

/// Makes the rows of `Tracking`: raw states in an open field become processed ones, once for each row
/// of `TrackingParams`, and body parts with them.
///
/// The size of the arena is that of the recording's apparatus. Where it has none, positions stay in px
/// and the calibration is 1. Raw tracking without a state in an open field is not processed.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrackingMake;

/// What [`TrackingMake`] makes a row of.
///
/// Two inputs are the same if their rows are, also where positions are missing (NaN).
#[derive(Clone, Debug)]
pub struct TrackingInput {
    raw: TrackingRawRow,
    open_field: TrackingRawOpenField,
    parts: Vec<TrackingRawDlcPart>,
    params: TrackingParamsRow,
    geometry: Option<ApparatusGeometry>,
}

impl TrackingInput {
    fn rows(&self) -> (Row, Row, Row, Option<Row>, Vec<Row>) {
        let geometry = self.geometry.as_ref().map(Entity::row);
        let parts = self.parts.iter().map(Entity::row).collect();
        let (raw, open_field) = (self.raw.row(), self.open_field.row());
        (raw, open_field, self.params.row(), geometry, parts)
    }
}

impl PartialEq for TrackingInput {
    fn eq(&self, other: &Self) -> bool {
        self.rows() == other.rows()
    }
}

/// What [`TrackingMake`] stores.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackingOutput {
    row: TrackingRow,
    open_field: TrackingOpenField,
    parts: Vec<TrackingDlcPart>,
}

impl Make for TrackingMake {
    type Input = TrackingInput;
    type Output = TrackingOutput;

    fn table(&self) -> &'static Table {
        &TRACKING
    }

    fn pending(&self, rows: &mut dyn Transaction) -> Result<Vec<Row>, StoreError> {
        Source::TRACKING.keys(rows)
    }

    fn fetch(&self, rows: &mut dyn Transaction, key: &Row) -> Result<TrackingInput, MakeError> {
        let data = key.key(&TRACKING_RAW);
        let parts = Query::of(&TRACKING_RAW_DLC_PART).with_all(data.clone());
        Ok(TrackingInput {
            raw: needed(rows, data.clone())?,
            open_field: needed(rows, data)?,
            parts: rows.fetch(&parts)?,
            params: needed(rows, key.key(&TRACKING_PARAMS))?,
            geometry: geometry(rows, key)?,
        })
    }

    fn make(
        &self,
        key: &Row,
        input: &TrackingInput,
        _running: &Running,
    ) -> Result<TrackingOutput, MakeError> {
        let key = TrackingKey::read_from(key, &TRACKING).map_err(MakeError::permanent)?;
        processed(key, input).map_err(MakeError::permanent)
    }

    fn store(
        &self,
        rows: &mut dyn Transaction,
        _key: &Row,
        _input: &TrackingInput,
        output: &TrackingOutput,
    ) -> Result<(), MakeError> {
        rows.put(&output.row)?;
        rows.put(&output.open_field)?;
        for part in &output.parts {
            rows.put(part)?;
        }
        Ok(())
    }
}

/// Returns the size of the arena that a recording was made in.
fn geometry(rows: &mut dyn Transaction, key: &Row) -> Result<Option<ApparatusGeometry>, MakeError> {
    let recording = key.only(&["session_name", "recording_order", "recording_name"]);
    let arenas = Query::of(&APPARATUS_GEOMETRY)
        .present_in(Query::of(&RECORDING_APPARATUS).with_all(recording.clone()));
    let mut arenas: Vec<ApparatusGeometry> = rows.fetch(&arenas)?;
    match arenas.len() {
        0 | 1 => Ok(arenas.pop()),
        _ => {
            let names: Vec<&str> = arenas
                .iter()
                .map(|arena| arena.apparatus.as_str())
                .collect();
            let names = names.join(", ");
            Err(MakeError::permanent(format!(
                "the recording ({recording}) was made in several arenas: {names}"
            )))
        }
    }
}

/// Returns where the scale of a recording comes from, or `None` when it has none.
fn calibration(input: &TrackingInput) -> Result<Option<CalibrationSource>, ProcessTrackingError> {
    if input.raw.is_calibrated {
        return Ok(Some(CalibrationSource::IsCalibrated));
    }
    let Some(arena) = &input.geometry else {
        return Ok(None);
    };
    let missing = || ProcessTrackingError::ArenaSize(arena.apparatus.to_string());
    let size = |size: Option<f32>| size.map(f64::from).ok_or_else(missing);
    match arena.geometry {
        ArenaGeometry::Square | ArenaGeometry::Rectangle => Ok(Some(CalibrationSource::Arena {
            width_mm: size(arena.x_mm)?,
            height_mm: size(arena.y_mm)?,
        })),
        ArenaGeometry::Circle => {
            let diameter_mm = 2.0 * size(arena.radius_mm)?;
            Ok(Some(CalibrationSource::square(diameter_mm)))
        }
        // A path along a line has no extent across it.
        ArenaGeometry::Linear | ArenaGeometry::Treadmill => Ok(None),
    }
}

fn processed(
    key: TrackingKey,
    input: &TrackingInput,
) -> Result<TrackingOutput, ProcessTrackingError> {
    let times = input
        .raw
        .timestamps
        .as_ref()
        .or(input.raw.timestamps_sys.as_ref());
    let times = times.ok_or(ProcessTrackingError::NoTimes)?;
    let first = times.first().copied().unwrap_or(0.0);
    // Times since 1970 would lose digits.
    let relative: Vec<f64> = times.iter().map(|time| time - first).collect();
    let clock = Clock::with_rate(&relative, input.raw.sample_rate)?;
    let raw = raw(&input.open_field, clock)?;
    let params = params(&input.params)?;
    let parts = tracks(&input.parts, clock.len())?;
    let finished = match calibration(input)? {
        Some(source) => {
            let tracking = Tracking::new(&raw, &params, source)?;
            let scale = tracking.calibration.as_ref().and_then(Calibration::single);
            finished(&key, &tracking, &raw, &params, parts, scale.unwrap_or(1.0))
        }
        None => {
            let tracking = Tracking::uncalibrated(&raw, &params);
            finished(&key, &tracking, &raw, &params, parts, 1.0)
        }
    };
    let (open_field, parts) = finished;
    Ok(TrackingOutput {
        row: TrackingRow {
            key,
            sample_rate: input.raw.sample_rate,
        },
        open_field: TrackingOpenField {
            timestamps: times.clone(),
            ..open_field
        },
        parts,
    })
}

fn raw(
    open_field: &TrackingRawOpenField,
    clock: Clock<'_>,
) -> Result<TrackingRaw<2, FramePx>, ProcessTrackingError> {
    for (name, length) in [
        ("x_pos", open_field.x_px.len()),
        ("y_pos", open_field.y_px.len()),
        ("head_angle", open_field.head_angle_rad.len()),
    ] {
        check_length(name, length, clock.len())?;
    }
    let positions = open_field.x_px.iter().zip(&open_field.y_px);
    let positions: Vec<[f64; 2]> = positions.map(|(x, y)| [*x, *y]).collect();
    let offset = Offset {
        x: open_field.x_offset_px,
        y: open_field.y_offset_px,
        sign: OffsetSign::Subtracted,
    };
    let angles = open_field.head_angle_rad.clone();
    Ok(TrackingRaw::from_stored(
        &positions,
        angles,
        clock,
        YAxis::Down,
        offset,
    ))
}

fn check_length(
    name: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), ProcessTrackingError> {
    match found == expected {
        true => Ok(()),
        false => Err(ProcessTrackingError::Length {
            name,
            found,
            expected,
        }),
    }
}

/// Reads the parameters of a row.
pub(crate) fn params(row: &TrackingParamsRow) -> Result<TrackingParams, NumberError> {
    TrackingParams::from_samples(
        row.sigma_tracking.into(),
        row.sigma_speed.into(),
        row.sigma_angle.into(),
        row.rotate,
    )
}

type PartTrack<'a> = (&'a TrackingRawDlcPart, Track<2, FramePx>);

fn tracks(
    parts: &[TrackingRawDlcPart],
    samples: usize,
) -> Result<Vec<PartTrack<'_>>, ProcessTrackingError> {
    let names = parts
        .iter()
        .map(|part| Bodypart::from(part.body_part.as_str()));
    Bodyparts::new(names)?;
    parts
        .iter()
        .map(|part| Ok((part, track(part, samples)?)))
        .collect()
}

fn track(
    part: &TrackingRawDlcPart,
    samples: usize,
) -> Result<Track<2, FramePx>, ProcessTrackingError> {
    check_length("bodypart_x_pos", part.x_px.len(), samples)?;
    check_length("bodypart_y_pos", part.y_px.len(), samples)?;
    let positions = part.x_px.iter().zip(&part.y_px).map(|(x, y)| [*x, *y]);
    Ok(Track::new(positions.collect(), part.likelihood.clone())?)
}

fn finished<S: Space>(
    key: &TrackingKey,
    tracking: &Tracking<2, S>,
    raw: &TrackingRaw<2, FramePx>,
    params: &TrackingParams,
    parts: Vec<PartTrack<'_>>,
    calibration_mm_per_px: f64,
) -> (TrackingOpenField, Vec<TrackingDlcPart>) {
    let boundaries = tracking.boundaries;
    let open_field = TrackingOpenField {
        key: key.clone(),
        calibration_mm_per_px,
        x_mm: tracking.states.coordinate(0),
        y_mm: tracking.states.coordinate(1),
        left_mm: boundaries.left,
        right_mm: boundaries.right,
        bottom_mm: boundaries.bottom,
        top_mm: boundaries.top,
        speed_mm_per_s: tracking.states.speeds_per_s().to_vec(),
        head_angle_rad: tracking.states.head_angles_rad().to_vec(),
        timestamps: Vec::new(),
    };
    let place = |(part, track): PartTrack<'_>| {
        let positions = tracking.place(raw, &track, params);
        TrackingDlcPart {
            key: key.clone(),
            body_part: part.body_part.clone(),
            x_mm: positions.iter().map(|position| position[0]).collect(),
            y_mm: positions.iter().map(|position| position[1]).collect(),
            likelihood: part.likelihood.clone(),
        }
    };
    (open_field, parts.into_iter().map(place).collect())
}

/// An error returned when raw tracking cannot be processed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessTrackingError {
    /// Samples have no times.
    #[error("TrackingRaw has neither timestamps nor timestamps_sys")]
    NoTimes,
    /// Columns differ in length.
    #[error("{name} has {found} samples and there are {expected} times")]
    Length {
        /// The column.
        name: &'static str,
        /// Its length.
        found: usize,
        /// The number of times.
        expected: usize,
    },
    /// The size of the arena is not stored.
    #[error("Apparatus.Geometry of {0} lacks its size in mm")]
    ArenaSize(String),
    /// Times are not those of samples.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// A sigma is out of its range.
    #[error(transparent)]
    Params(#[from] NumberError),
    /// Body parts are stored twice.
    #[error(transparent)]
    Bodyparts(#[from] BodypartsError),
    /// A body part has not one likelihood for each position.
    #[error(transparent)]
    Track(#[from] TrackError),
    /// The scale cannot be computed.
    #[error(transparent)]
    Calibrate(#[from] CalibrateError),
}
