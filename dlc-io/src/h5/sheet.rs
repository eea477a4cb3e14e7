use dlc_model::{Keypoint, PoseTable};

use super::writer::push_numbers;
use crate::{
    DataFrame, Precision, RowNames,
    predictions::{LEVELS, column_names},
};

/// What a table is to hold.
pub(super) struct Sheet<'a> {
    pub(super) levels: Vec<Option<&'a str>>,
    pub(super) columns: Vec<Vec<String>>,
    pub(super) index: Index<'a>,
    pub(super) precision: Precision,
    pub(super) len: usize,
    /// Appends the numbers of a row.
    push_row: Box<PushRow<'a>>,
}

type PushRow<'a> = dyn Fn(usize, &mut Vec<u8>) + 'a;

/// What stands before the numbers of a row.
#[derive(Clone, Copy)]
pub(super) enum Index<'a> {
    /// Its place.
    Frames,
    /// A number.
    Numbers(&'a [i64]),
    /// A number that need not be whole.
    Reals(&'a [f64]),
    /// A moment, in nanoseconds since 1970.
    Times(&'a [i64]),
    /// The name of a picture.
    Images(&'a [String]),
}

impl<'a> Sheet<'a> {
    /// Returns the sheet of one animal in a video.
    pub(super) fn of_poses(poses: &'a PoseTable, scorer: &str, precision: Precision) -> Self {
        let columns = column_names(poses)
            .map(|(bodypart, coord)| vec![scorer.into(), bodypart.into(), coord.into()]);
        Self {
            levels: LEVELS.map(Some).into(),
            columns: columns.collect(),
            index: Index::Frames,
            precision,
            len: poses.len(),
            push_row: Box::new(move |row, bytes| {
                for &Keypoint { x, y, likelihood } in poses.row(row) {
                    push_numbers(bytes, [x, y, likelihood], precision);
                }
            }),
        }
    }

    /// Returns the sheet of a data frame, or `None` when its rows have several names each.
    pub(super) fn of_data_frame(frame: &'a DataFrame) -> Option<Self> {
        let index = match frame.row_names() {
            RowNames::Numbers(numbers) => Index::Numbers(numbers),
            RowNames::Reals(reals) => Index::Reals(reals),
            RowNames::Times(times) => Index::Times(times),
            RowNames::Texts(texts) => Index::Images(texts),
            RowNames::Paths(_) => return None,
        };
        Some(Self {
            levels: frame.levels().iter().map(Option::as_deref).collect(),
            columns: frame.columns().to_vec(),
            index,
            precision: frame.precision(),
            len: frame.len(),
            push_row: Box::new(|row, bytes| {
                for &number in frame.row(row) {
                    push_numbers(bytes, [number], frame.precision());
                }
            }),
        })
    }

    /// Sets the names of pictures.
    pub(super) fn with_images(mut self, images: &'a [String]) -> Self {
        self.index = Index::Images(images);
        self
    }

    /// Appends the numbers of a row, in little endian.
    pub(super) fn push_row(&self, row: usize, bytes: &mut Vec<u8>) {
        (self.push_row)(row, bytes);
    }
}
