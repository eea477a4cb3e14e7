//! What the columns of a data frame stand for.

use dlc_model::{Individual, Individuals, PoseTable, SINGLE};

use super::{
    COORDS, Columns, FrameName, INDIVIDUALS, ImagePredictions, IndividualPredictions, LEVELS,
    Predictions, ReadPosesErrorKind as Kind,
    columns::{distinct, several_scorers, tidy},
};
use crate::{CollectedData, DataFrame, Labels, Limits, RowNames};

impl DataFrame {
    /// Returns the scorers whose columns these are, in the order of the columns: mostly one.
    ///
    /// There is none where the columns have no level `scorer`.
    pub fn scorers(&self) -> Vec<&str> {
        scorers(self.levels(), self.columns())
    }

    /// Returns the columns of a scorer, or `None` when there are none.
    pub fn of_scorer(&self, scorer: &str) -> Option<Self> {
        let level = scorer_level(self.levels())?;
        let names = self.tidy_names();
        let is_of = |place: &usize| names[*place][level] == scorer;
        let places: Vec<usize> = (0..self.columns().len()).filter(is_of).collect();
        (!places.is_empty()).then(|| self.columns_at(&places))
    }

    /// Returns the columns of a scorer where there are those of several.
    pub(crate) fn chosen(self, scorer: Option<&str>) -> Result<Self, Kind> {
        let (Some(scorer), 2..) = (scorer, self.scorers().len()) else {
            return Ok(self);
        };
        self.of_scorer(scorer)
            .ok_or_else(|| several_scorers(&self.scorers()))
    }

    /// Returns the predictions of one animal in a video.
    ///
    /// A frame that no row belongs to is missing.
    ///
    /// # Errors
    ///
    /// Returns an error when the columns are not those of one animal, or when a row does not belong
    /// to a frame, to that of another row, or to one beyond the limits (those of
    /// [`Limits::default`]).
    pub fn predictions(&self) -> Result<Predictions, Kind> {
        self.predictions_within(&Limits::default())
    }

    pub(crate) fn predictions_within(&self, limits: &Limits) -> Result<Predictions, Kind> {
        let frames = self.frames("one animal in the frames of a video")?;
        let columns = Columns::find(
            &level_texts(self.levels()),
            &texts_of(self.columns()),
            &COORDS,
        )?;
        self.filled(columns, &frames, limits)
    }

    /// Returns the predictions of several animals, and of unique body parts, in a video.
    ///
    /// A frame that no row belongs to is missing.
    ///
    /// # Errors
    ///
    /// Returns an error when the columns name no individuals, or when a row does not belong to a
    /// frame, to that of another row, or to one beyond the limits (those of [`Limits::default`]).
    pub fn individuals(&self) -> Result<IndividualPredictions, Kind> {
        self.individuals_within(&Limits::default())
    }

    pub(crate) fn individuals_within(
        &self,
        limits: &Limits,
    ) -> Result<IndividualPredictions, Kind> {
        let frames = self.frames("animals in the frames of a video")?;
        let (scorer, individuals) = self.tables_of_individuals(&COORDS, &frames, limits)?;
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
        let predictions = self.filled(columns, &self.each(), &Limits::default())?;
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
        let names = self.tidy_names();
        let coord_level = levels.iter().position(|&level| level == LEVELS[2]);
        let rated = |name: &Vec<&str>| coord_level.is_some_and(|level| name[level] == COORDS[2]);
        let coords = if names.iter().any(rated) {
            &COORDS[..]
        } else {
            &COORDS[..2]
        };
        let (scorer, labels) = if levels.contains(&INDIVIDUALS) {
            let (scorer, individuals) =
                self.tables_of_individuals(coords, &self.each(), &Limits::default())?;
            (scorer, Labels::Animals(individuals))
        } else {
            let columns = Columns::find(&levels, &names, coords)?;
            let read = self.filled(columns, &self.each(), &Limits::default())?;
            (read.scorer, Labels::Animal(read.poses))
        };
        Ok(CollectedData {
            scorer,
            images,
            labels,
        })
    }

    /// Returns the names of the columns without blanks that are a text's.
    fn tidy_names(&self) -> Vec<Vec<&str>> {
        tidy(&level_texts(self.levels()), texts_of(self.columns()))
    }

    /// Returns the frame that each row belongs to.
    fn frames(&self, expected: &'static str) -> Result<Vec<usize>, Kind> {
        let frame = |row| match FrameName::of(self.row_names(), row) {
            Some(name) => name.frame(row),
            None => Err(Kind::Layout {
                layout: match self.row_names() {
                    RowNames::Times(_) => "moments (the rows have times)",
                    _ => "pictures (the rows have names)",
                },
                expected,
            }),
        };
        (0..self.len()).map(frame).collect()
    }

    /// Returns the places of the rows, which are no frames.
    fn each(&self) -> Vec<usize> {
        (0..self.len()).collect()
    }

    /// Fills a table with the columns of one animal; row `i` belongs to `frames[i]`.
    fn filled(
        &self,
        columns: Columns,
        frames: &[usize],
        limits: &Limits,
    ) -> Result<Predictions, Kind> {
        let mut filler = columns.filler(self.len(), limits);
        for (row, (&frame, numbers)) in frames.iter().zip(self.rows()).enumerate() {
            filler.set(row, frame, numbers)?;
        }
        Ok(filler.finish(self.precision()))
    }

    /// Returns the names of rows that are pictures.
    fn images(&self, expected: &'static str) -> Result<Vec<String>, Kind> {
        match self.row_names() {
            RowNames::Texts(images) => Ok(images.clone()),
            RowNames::Paths(paths) => Ok(paths.iter().map(|path| joined(path)).collect()),
            RowNames::Numbers(_) | RowNames::Reals(_) => {
                let layout = "the frames of a video (the rows have numbers)";
                Err(Kind::Layout { layout, expected })
            }
            RowNames::Times(_) => {
                let layout = "moments (the rows have times)";
                Err(Kind::Layout { layout, expected })
            }
        }
    }

    /// Returns the scorer, and the tables of the individuals in the order in which they are first
    /// named.
    fn tables_of_individuals(
        &self,
        coords: &[&str],
        frames: &[usize],
        limits: &Limits,
    ) -> Result<(String, Individuals), Kind> {
        let scorers = self.scorers();
        if scorers.len() > 1 {
            return Err(several_scorers(&scorers));
        }
        let levels = level_texts(self.levels());
        let Some(level) = levels.iter().position(|&level| level == INDIVIDUALS) else {
            return Err(Kind::Layout {
                layout: "one animal (no column level `individuals`)",
                expected: "several animals",
            });
        };
        let mut parts: Vec<(&str, Vec<usize>)> = Vec::new();
        for (place, column) in self.tidy_names().iter().enumerate() {
            let name = column[level];
            match parts.iter_mut().rev().find(|part| part.0 == name) {
                Some((_, places)) => places.push(place),
                None => parts.push((name, vec![place])),
            }
        }
        let mut scorer = None;
        let mut animals = Vec::new();
        let mut unique = None;
        for (name, places) in parts {
            let (found, poses) = self.table_of(level, &places, coords, frames, limits)?;
            scorer.get_or_insert(found);
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
        frames: &[usize],
        limits: &Limits,
    ) -> Result<(String, PoseTable), Kind> {
        let levels = without(&level_texts(self.levels()), level);
        let part = self.columns_at(places);
        let names = part.tidy_names();
        let names: Vec<Vec<&str>> = names.iter().map(|names| without(names, level)).collect();
        let read = part.filled(Columns::find(&levels, &names, coords)?, frames, limits)?;
        Ok((read.scorer, read.poses))
    }
}

/// Returns the path of a picture, without the blanks that a text has behind commas: then all parts but
/// the first begin with one.
fn joined(path: &[String]) -> String {
    let is_untidy = path.len() > 1 && path[1..].iter().all(|part| part.starts_with(' '));
    let tidy = |part: &String| match is_untidy {
        true => String::from(part.trim()),
        false => part.clone(),
    };
    let parts: Vec<String> = path.iter().map(tidy).collect();
    parts.join("/")
}

/// Returns the place of the level with the names of scorers.
fn scorer_level(levels: &[Option<String>]) -> Option<usize> {
    let mut levels = level_texts(levels).into_iter();
    levels.position(|level| level == LEVELS[0])
}

/// Returns the scorers that columns name.
pub(crate) fn scorers<'a>(levels: &[Option<String>], columns: &'a [Vec<String>]) -> Vec<&'a str> {
    match scorer_level(levels) {
        Some(level) => {
            let names = tidy(&level_texts(levels), texts_of(columns));
            distinct(names.iter().map(|names| names[level]))
        }
        None => Vec::new(),
    }
}

/// Returns the names of levels; one without a name is empty.
pub(crate) fn level_texts(levels: &[Option<String>]) -> Vec<&str> {
    let levels = levels.iter();
    levels
        .map(|level| level.as_deref().unwrap_or("").trim())
        .collect()
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
