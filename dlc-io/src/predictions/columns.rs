use std::collections::HashSet;

use dlc_model::{Bodyparts, Keypoint, PoseTable};

use super::{
    COORDS, LEVELS, Precision, Predictions, ReadPosesErrorKind as Kind, coord_name, coord_place,
    frames::FrameTable, of_data_frame::without,
};
use crate::Limits;

/// Which column of a file is what, found by name.
#[derive(Debug)]
pub(crate) struct Columns {
    scorer: String,
    bodyparts: Bodyparts,
    num_outputs: usize,
    /// For each column of the file, its place in a row of [`PoseTable`], three to a keypoint.
    places: Vec<usize>,
}

impl Columns {
    /// Finds the columns of `names`, each of which has one name for each of `levels`.
    ///
    /// Body parts come in the order in which they are first named. Each must have the first of
    /// [`COORDS`] that are asked for; the others are NaN.
    pub(crate) fn find(
        levels: &[&str],
        names: &[Vec<&str>],
        coords: &[&str],
    ) -> Result<Self, Kind> {
        let [scorer_level, bodypart_level, coord_level] = level_places(levels)?;
        let names = tidy(levels, names.to_vec());
        let scorer = names.first().map_or("", |name| name[scorer_level]);
        let of_scorers = distinct(names.iter().map(|name| name[scorer_level]));
        if of_scorers.len() > 1 {
            return Err(several_scorers(&of_scorers));
        }
        if names.iter().any(|name| name[coord_level] == DEPTH) {
            let layout = "coordinates in space (`x`, `y`, `z`)";
            let expected = "coordinates in pictures; `data_frame` reads these";
            return Err(Kind::Layout { layout, expected });
        }
        let mut bodyparts: Vec<&str> = Vec::new();
        let mut places = Vec::with_capacity(names.len());
        let mut seen = HashSet::with_capacity(names.len());
        for name in &names {
            let problem = |problem| Err(column(name, problem));
            let coord = coord_place(name[coord_level]);
            let Some((output, coord)) = coord.filter(|&(_, place)| place < coords.len()) else {
                return problem("expected `x`, `y` or `likelihood`");
            };
            let bodypart = name[bodypart_level];
            // The columns of a body part lie side by side in all files that DeepLabCut writes.
            let position = bodyparts.iter().rposition(|&other| other == bodypart);
            let position = position.unwrap_or_else(|| {
                bodyparts.push(bodypart);
                bodyparts.len() - 1
            });
            if !seen.insert([position, output, coord]) {
                return problem("stands more than once");
            }
            places.push([position, output, coord]);
        }
        let num_outputs = 1 + places.iter().map(|place| place[1]).max().unwrap_or(0);
        none_missing(&seen, &bodyparts, num_outputs, scorer, coords)?;
        let place = |[part, output, coord]: [usize; 3]| {
            COORDS.len() * (part * num_outputs + output) + coord
        };
        Ok(Self {
            scorer: scorer.into(),
            bodyparts: Bodyparts::new(bodyparts).map_err(Kind::Bodyparts)?,
            num_outputs,
            places: places.into_iter().map(place).collect(),
        })
    }

    /// Finds the columns where one individual may be named, and returns its name.
    pub(crate) fn find_of_individual(
        levels: &[&str],
        names: &[Vec<&str>],
    ) -> Result<(Self, Option<String>), Kind> {
        let Some(level) = levels.iter().position(|&level| level == INDIVIDUALS) else {
            return Ok((Self::find(levels, names, &COORDS)?, None));
        };
        let individual = names.first().map_or("", |name| name[level]);
        if names.iter().any(|name| name[level] != individual) {
            return Err(multi_animal());
        }
        let names: Vec<Vec<&str>> = names.iter().map(|name| without(name, level)).collect();
        let columns = Self::find(&without(levels, level), &names, &COORDS)?;
        Ok((columns, Some(individual.into())))
    }

    /// Begins a table that has room for so many rows.
    pub(crate) fn filler(self, rows: usize, limits: &Limits) -> Filler {
        let mut poses = PoseTable::with_outputs(self.bodyparts, self.num_outputs);
        poses.reserve(rows);
        let len = COORDS.len() * poses.row_len();
        let in_order = self.places.iter().copied().eq(0..len);
        Filler {
            scorer: self.scorer,
            poses: FrameTable::new(poses, *limits),
            numbers: vec![f64::NAN; len],
            places: (!in_order).then_some(self.places),
        }
    }
}

/// A table that grows by rows with numbers in the order of a file's columns.
pub(crate) struct Filler {
    scorer: String,
    poses: FrameTable,
    /// Where each number belongs, when that is not where it stands.
    places: Option<Vec<usize>>,
    numbers: Vec<f64>,
}

impl Filler {
    /// Sets the frame of a row; there must be a number for each column.
    pub(crate) fn set(&mut self, row: usize, frame: usize, numbers: &[f64]) -> Result<(), Kind> {
        let numbers = match &self.places {
            None => numbers,
            Some(places) => {
                for (&place, &number) in places.iter().zip(numbers) {
                    self.numbers[place] = number;
                }
                &self.numbers
            }
        };
        let keypoints = numbers.as_chunks().0.iter();
        let keypoints = keypoints.map(|&[x, y, likelihood]| Keypoint::new(x, y, likelihood));
        self.poses.set(row, frame, keypoints)
    }

    pub(crate) fn finish(self, precision: Precision) -> Predictions {
        Predictions {
            scorer: self.scorer,
            poses: self.poses.finish(),
            precision,
        }
    }
}

/// The third coordinate of triangulated keypoints.
const DEPTH: &str = "z";

/// Returns names without blanks around them, where a text has blanks behind commas: those of
/// coordinates, which have none, show it.
pub(crate) fn tidy<'a>(levels: &[&str], mut names: Vec<Vec<&'a str>>) -> Vec<Vec<&'a str>> {
    let level = levels.iter().position(|&level| level == LEVELS[2]);
    let is_untidy = |name: &Vec<&str>| level.is_some_and(|i| name[i] != name[i].trim());
    if names.iter().any(is_untidy) {
        let all = names.iter_mut().flatten();
        all.for_each(|name| *name = name.trim());
    }
    names
}

/// Returns texts without those that stood before.
pub(crate) fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct: Vec<&str> = Vec::new();
    for text in texts {
        if distinct.last() != Some(&text) && !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    distinct
}

pub(super) fn several_scorers(scorers: &[&str]) -> Kind {
    Kind::Scorers {
        found: scorers.iter().copied().map(String::from).collect(),
    }
}

/// The level of columns that files of several animals have, and those of PyTorch's pictures.
pub(crate) const INDIVIDUALS: &str = "individuals";

pub(crate) fn multi_animal() -> Kind {
    let layout = "the multi-animal layout (column level `individuals`)";
    Kind::Layout {
        layout,
        expected: "one animal in the frames of a video or in pictures",
    }
}

/// Returns the places of [`LEVELS`] among the levels of a file.
fn level_places(levels: &[&str]) -> Result<[usize; 3], Kind> {
    if levels.contains(&INDIVIDUALS) {
        return Err(multi_animal());
    }
    let position = |name| levels.iter().position(|&level| level == name);
    match LEVELS.map(position) {
        [Some(scorer), Some(bodyparts), Some(coords)] if levels.len() == LEVELS.len() => {
            Ok([scorer, bodyparts, coords])
        }
        _ => Err(Kind::Unexpected {
            object: "column levels".into(),
            expected: "`scorer`, `bodyparts`, `coords`",
            found: format!("{levels:?}"),
        }),
    }
}

/// Checks that each body part has each coordinate of each keypoint.
fn none_missing(
    seen: &HashSet<[usize; 3]>,
    bodyparts: &[&str],
    num_outputs: usize,
    scorer: &str,
    coords: &[&str],
) -> Result<(), Kind> {
    // Ends at the first that is missing, however many outputs a name claims.
    for (part, bodypart) in bodyparts.iter().enumerate() {
        for output in 0..num_outputs {
            for (place, coord) in coords.iter().enumerate() {
                if !seen.contains(&[part, output, place]) {
                    let coord = coord_name(output, coord);
                    return Err(column(&[scorer, bodypart, &coord], "missing"));
                }
            }
        }
    }
    Ok(())
}

fn column(name: &[&str], problem: &'static str) -> Kind {
    Kind::Column {
        column: format!("{name:?}"),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &[[&str; 3]]) -> Result<Columns, String> {
        let names: Vec<Vec<&str>> = names.iter().map(|name| name.to_vec()).collect();
        Columns::find(&LEVELS, &names, &COORDS).map_err(|error| error.to_string())
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let columns = find(&[
            ["S", "b", "likelihood"],
            ["S", "a", "y"],
            ["S", "b", "x"],
            ["S", "a", "x"],
            ["S", "b", "y"],
            ["S", "a", "likelihood"],
        ])
        .unwrap();

        let mut filler = columns.filler(1, &Limits::default());
        filler.set(0, 0, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        let read = filler.finish(Precision::F64);
        assert_eq!(read.poses.bodyparts()[0].as_str(), "b");
        assert_eq!(
            read.poses.row(0),
            [Keypoint::new(3.0, 5.0, 1.0), Keypoint::new(4.0, 2.0, 6.0)]
        );
    }

    #[test]
    fn missing_doubled_and_foreign_columns_are_named() {
        let labelled = find(&[["S", "a", "x"], ["S", "a", "y"]]).unwrap_err();
        assert_eq!(labelled, r#"column ["S", "a", "likelihood"]: missing"#);

        let (x, y) = (["S", "a", "x"], ["S", "a", "y"]);
        let doubled = find(&[x, y, x, ["S", "a", "likelihood"]]).unwrap_err();
        assert_eq!(doubled, r#"column ["S", "a", "x"]: stands more than once"#);

        let second = find(&[x, y, ["T", "a", "likelihood"]]).unwrap_err();
        assert_eq!(second, "columns of the scorers S, T: choose one of them");
        let space = find(&[x, y, ["S", "a", "z"]]).unwrap_err();
        assert!(space.starts_with("found coordinates in space"), "{space}");

        for foreign in ["x1", "x02", "x0", "w", "x 2", "x-1"] {
            let error = find(&[x, y, ["S", "a", foreign]]).unwrap_err();
            assert!(
                error.ends_with("expected `x`, `y` or `likelihood`"),
                "{error}"
            );
        }
        let absurd = find(&[x, y, ["S", "a", "likelihood18446744073709551615"]]).unwrap_err();
        assert_eq!(absurd, r#"column ["S", "a", "likelihood"]: missing"#);

        assert!(find(&[]).unwrap_err().contains("do not name body parts"));
    }

    #[test]
    fn several_keypoints_of_a_body_part_are_numbered() {
        let coords = ["x", "y", "likelihood", "x2", "y2", "likelihood2"];
        let columns = find(&coords.map(|coord| ["S", "a", coord])).unwrap();

        let mut filler = columns.filler(1, &Limits::default());
        filler.set(0, 0, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        let read = filler.finish(Precision::F64);
        assert_eq!(read.poses.num_outputs(), 2);
        assert_eq!(
            read.poses.row(0),
            [Keypoint::new(1.0, 2.0, 3.0), Keypoint::new(4.0, 5.0, 6.0)]
        );
    }

    #[test]
    fn blanks_around_names_do_not_count() {
        let columns = find(&[
            ["S", " a", " x"],
            [" S", " a", "y"],
            [" S", " a", " likelihood"],
        ]);

        let columns = columns.unwrap();
        assert_eq!(columns.scorer, "S");
        assert_eq!(columns.bodyparts[0].as_str(), "a");
        // Without blanks around coordinates they belong to the name.
        let columns = find(&COORDS.map(|coord| ["S", " a", coord])).unwrap();
        assert_eq!(columns.bodyparts[0].as_str(), " a");
    }

    #[test]
    fn several_animals_are_refused_by_name() {
        let error = Columns::find(
            &["scorer", "individuals", "bodyparts", "coords"],
            &[],
            &COORDS,
        );
        assert!(error.unwrap_err().to_string().contains("multi-animal"));
    }
}
