//! What the columns of a data frame stand for.

use dlc_model::{Individual, Individuals, PoseTable, SINGLE};

use super::{
    COORDS, Columns, INDIVIDUALS, ImagePredictions, IndividualPredictions, LEVELS, Predictions,
    ReadPosesErrorKind as Kind,
};
use crate::{CollectedData, DataFrame, Labels, RowNames};

impl DataFrame {
    /// Returns the predictions of one animal in a video.
    ///
    /// # Errors
    ///
    /// Returns an error when the columns are not those of one animal, or when row `i` does not
    /// belong to frame `i`.
    pub fn predictions(&self) -> Result<Predictions, Kind> {
        self.check_frames("one animal in the frames of a video")?;
        let columns = Columns::find(
            &level_texts(self.levels()),
            &texts_of(self.columns()),
            &COORDS,
        )?;
        let mut filler = columns.filler(self.len());
        self.rows().for_each(|row| filler.push(row));
        Ok(filler.finish(self.precision()))
    }

    /// Returns the predictions of several animals, and of unique body parts, in a video.
    ///
    /// # Errors
    ///
    /// Returns an error when the columns name no individuals, or when row `i` does not belong to
    /// frame `i`.
    pub fn individuals(&self) -> Result<IndividualPredictions, Kind> {
        self.check_frames("animals in the frames of a video")?;
        let (scorer, individuals) = self.tables_of_individuals(&COORDS)?;
        Ok(IndividualPredictions {
            scorer,
            individuals,
            precision: self.precision(),
        })
    }

    /// Returns the predictions of one animal in pictures.
    ///
    /// # Errors
    ///
    /// Returns an error when the columns are not those of one animal, or when the rows are frames.
    pub fn image_predictions(&self) -> Result<ImagePredictions, Kind> {
        let images = self.images("one animal in pictures")?;
        let names = texts_of(self.columns());
        let (columns, individual) =
            Columns::find_of_individual(&level_texts(self.levels()), &names)?;
        let mut filler = columns.filler(self.len());
        self.rows().for_each(|row| filler.push(row));
        let predictions = filler.finish(self.precision());
        Ok(ImagePredictions {
            scorer: predictions.scorer,
            individual,
            images,
            poses: predictions.poses,
            precision: predictions.precision,
        })
    }

    /// Returns what people labelled in pictures.
    ///
    /// # Errors
    ///
    /// Returns an error when the columns are not those of labels, or when the rows are frames.
    pub fn collected_data(&self) -> Result<CollectedData, Kind> {
        let images = self.images("labels in pictures")?;
        let images = images
            .iter()
            .map(|image| image.replace('\\', "/"))
            .collect();
        let levels = level_texts(self.levels());
        let names = texts_of(self.columns());
        let coord_level = levels.iter().position(|&level| level == LEVELS[2]);
        let rated = |name: &Vec<&str>| coord_level.is_some_and(|level| name[level] == COORDS[2]);
        let coords = if names.iter().any(rated) {
            &COORDS[..]
        } else {
            &COORDS[..2]
        };
        let (scorer, labels) = if levels.contains(&INDIVIDUALS) {
            let (scorer, individuals) = self.tables_of_individuals(coords)?;
            (scorer, Labels::Animals(individuals))
        } else {
            let mut filler = Columns::find(&levels, &names, coords)?.filler(self.len());
            self.rows().for_each(|row| filler.push(row));
            let read = filler.finish(self.precision());
            (read.scorer, Labels::Animal(read.poses))
        };
        Ok(CollectedData {
            scorer,
            images,
            labels,
        })
    }

    /// Checks that row `i` belongs to frame `i`.
    fn check_frames(&self, expected: &'static str) -> Result<(), Kind> {
        let RowNames::Numbers(frames) = self.row_names() else {
            let layout = "pictures (the rows have names)";
            return Err(Kind::Layout { layout, expected });
        };
        let odd = |(row, &frame): (usize, &i64)| usize::try_from(frame) != Ok(row);
        match frames.iter().enumerate().find(|&frame| odd(frame)) {
            Some((row, found)) => Err(Kind::Index {
                row,
                found: found.to_string(),
            }),
            None => Ok(()),
        }
    }

    /// Returns the names of rows that are pictures.
    fn images(&self, expected: &'static str) -> Result<Vec<String>, Kind> {
        match self.row_names() {
            RowNames::Texts(images) => Ok(images.clone()),
            RowNames::Paths(paths) => Ok(paths.iter().map(|path| path.join("/")).collect()),
            RowNames::Numbers(_) => {
                let layout = "the frames of a video (the rows have numbers)";
                Err(Kind::Layout { layout, expected })
            }
        }
    }

    /// Returns the scorer, and the tables of the individuals in the order in which they are first
    /// named.
    fn tables_of_individuals(&self, coords: &[&str]) -> Result<(String, Individuals), Kind> {
        let levels = level_texts(self.levels());
        let Some(level) = levels.iter().position(|&level| level == INDIVIDUALS) else {
            return Err(Kind::Layout {
                layout: "one animal (no column level `individuals`)",
                expected: "several animals",
            });
        };
        let mut parts: Vec<(&str, Vec<usize>)> = Vec::new();
        for (place, column) in self.columns().iter().enumerate() {
            let name = column[level].as_str();
            match parts.iter_mut().rev().find(|part| part.0 == name) {
                Some((_, places)) => places.push(place),
                None => parts.push((name, vec![place])),
            }
        }
        let mut scorer = None;
        let mut animals = Vec::new();
        let mut unique = None;
        for (name, places) in parts {
            let (found, poses) = self.table_of(level, &places, coords)?;
            if scorer.get_or_insert_with(|| found.clone()) != &found {
                return Err(Kind::Column {
                    column: format!("{:?}", self.columns()[places[0]]),
                    problem: "expected the scorer of the first column",
                });
            }
            if name == SINGLE {
                unique = Some(poses);
            } else {
                let name = name.into();
                animals.push(Individual { name, poses });
            }
        }
        let individuals = Individuals::new(animals, unique).map_err(Kind::Individuals)?;
        Ok((scorer.unwrap_or_default(), individuals))
    }

    /// Returns the scorer and the table of some columns, without a level.
    fn table_of(
        &self,
        level: usize,
        places: &[usize],
        coords: &[&str],
    ) -> Result<(String, PoseTable), Kind> {
        let levels = without(&level_texts(self.levels()), level);
        let names: Vec<Vec<&str>> = places
            .iter()
            .map(|&place| without(&texts(&self.columns()[place]), level))
            .collect();
        let mut filler = Columns::find(&levels, &names, coords)?.filler(self.len());
        let mut numbers = vec![f64::NAN; places.len()];
        for row in self.rows() {
            for (number, &place) in numbers.iter_mut().zip(places) {
                *number = row[place];
            }
            filler.push(&numbers);
        }
        let read = filler.finish(self.precision());
        Ok((read.scorer, read.poses))
    }
}

/// Returns the names of levels; one without a name is empty.
pub(crate) fn level_texts(levels: &[Option<String>]) -> Vec<&str> {
    let levels = levels.iter();
    levels.map(|level| level.as_deref().unwrap_or("")).collect()
}

/// Returns the names of columns.
pub(crate) fn texts_of(columns: &[Vec<String>]) -> Vec<Vec<&str>> {
    columns.iter().map(|names| texts(names)).collect()
}

fn texts(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

pub(super) fn without<'a>(names: &[&'a str], level: usize) -> Vec<&'a str> {
    let (before, after) = names.split_at(level);
    [before, &after[1..]].concat()
}
