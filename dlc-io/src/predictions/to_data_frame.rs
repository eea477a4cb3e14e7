//! Columns and rows as DeepLabCut lays them out.

use dlc_model::{Keypoint, PoseTable};

use super::{
    COORDS, INDIVIDUALS, ImagePredictions, IndividualPredictions, LEVELS, Precision, Predictions,
    column_names,
};
use crate::{CollectedData, DataFrame, RowNames};

impl Predictions {
    /// Returns the columns and rows of the file.
    pub fn to_data_frame(&self) -> DataFrame {
        let tables = [(None, &self.poses)];
        let frames = frame_numbers(self.poses.len());
        data_frame(&self.scorer, &tables, frames, self.precision, COORDS.len())
    }
}

impl IndividualPredictions {
    /// Returns the columns and rows of the file: those of the first animal, of the next ones, then
    /// those of unique body parts, as `single`.
    pub fn to_data_frame(&self) -> DataFrame {
        let tables = self.individuals.tables();
        let tables: Vec<_> = tables.map(|(name, poses)| (Some(name), poses)).collect();
        let frames = frame_numbers(self.individuals.len());
        data_frame(&self.scorer, &tables, frames, self.precision, COORDS.len())
    }
}

impl ImagePredictions {
    /// Returns the columns and rows of the file.
    ///
    /// # Panics
    ///
    /// Panics unless there is one picture for each row.
    pub fn to_data_frame(&self) -> DataFrame {
        let tables = [(self.individual.as_deref(), &self.poses)];
        let images = RowNames::Texts(self.images.clone());
        data_frame(&self.scorer, &tables, images, self.precision, COORDS.len())
    }
}

impl CollectedData {
    /// Returns the columns and rows of the file; the name of a picture is taken apart at `/`, as
    /// DeepLabCut 2.3 and later do, when all have equally many folders.
    ///
    /// # Panics
    ///
    /// Panics unless there is one picture for each row.
    pub fn to_data_frame(&self) -> DataFrame {
        let paths = self.images.iter();
        let paths: Vec<Vec<String>> = paths
            .map(|image| image.split('/').map(String::from).collect())
            .collect();
        let depth = paths.first().map_or(1, Vec::len);
        let rows = if depth > 1 && paths.iter().all(|path| path.len() == depth) {
            RowNames::Paths(paths)
        } else {
            RowNames::Texts(self.images.clone())
        };
        let tables = self.labels.tables();
        data_frame(&self.scorer, &tables, rows, Precision::F64, 2)
    }
}

fn frame_numbers(len: usize) -> RowNames {
    let len = i64::try_from(len).expect("no memory holds as many frames");
    RowNames::Numbers((0..len).collect())
}

/// Puts tables side by side, with so many of the coordinates of each keypoint.
fn data_frame(
    scorer: &str,
    tables: &[(Option<&str>, &PoseTable)],
    rows: RowNames,
    precision: Precision,
    coords: usize,
) -> DataFrame {
    let individuals = tables.iter().any(|table| table.0.is_some());
    let mut levels: Vec<Option<String>> = LEVELS.map(|level| Some(level.into())).into();
    if individuals {
        levels.insert(1, Some(INDIVIDUALS.into()));
    }
    let mut columns = Vec::new();
    for (name, poses) in tables {
        for (place, (bodypart, coord)) in column_names(poses).enumerate() {
            if place % COORDS.len() < coords {
                let above = [Some(scorer), *name].into_iter().flatten();
                let names = above.chain([bodypart, &coord]);
                columns.push(names.map(String::from).collect());
            }
        }
    }
    let mut values = Vec::with_capacity(rows.len() * columns.len());
    for row in 0..rows.len() {
        let keypoints = tables.iter().flat_map(|table| table.1.row(row));
        let numbers = |k: &Keypoint| [k.x, k.y, k.likelihood].into_iter().take(coords);
        values.extend(keypoints.flat_map(numbers));
    }
    DataFrame::new(levels, columns, rows, precision, values)
        .expect("there is a number for each row of each table")
}
