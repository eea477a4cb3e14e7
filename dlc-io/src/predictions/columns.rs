use dlc_model::{Bodyparts, Keypoint, PoseTable};

use super::{COORDS, LEVELS, Precision, Predictions, ReadPosesErrorKind as Kind};

/// Which column of a file is what, found by name.
#[derive(Debug)]
pub(crate) struct Columns {
    scorer: String,
    bodyparts: Bodyparts,
    /// For each column of the file, its place in a row of [`PoseTable`], three to a keypoint.
    places: Vec<usize>,
}

impl Columns {
    /// Finds the columns of `names`, each of which has one name for each of `levels`.
    ///
    /// Body parts come in the order in which they are first named.
    pub(crate) fn find(levels: &[&str], names: &[Vec<&str>]) -> Result<Self, Kind> {
        let [scorer_level, bodypart_level, coord_level] = level_places(levels)?;
        let scorer = names.first().map_or("", |name| name[scorer_level]);
        let mut bodyparts: Vec<&str> = Vec::new();
        let mut places = Vec::with_capacity(names.len());
        for name in names {
            let problem = |problem| Err(column(name, problem));
            if name[scorer_level] != scorer {
                return problem("expected the scorer of the first column");
            }
            let Some(coord) = COORDS.iter().position(|&coord| coord == name[coord_level]) else {
                return problem("expected `x`, `y` or `likelihood`");
            };
            let bodypart = name[bodypart_level];
            // The columns of a body part lie side by side in all files that DeepLabCut writes.
            let position = bodyparts.iter().rposition(|&other| other == bodypart);
            let position = position.unwrap_or_else(|| {
                bodyparts.push(bodypart);
                bodyparts.len() - 1
            });
            places.push(COORDS.len() * position + coord);
        }
        all_once(&places, &bodyparts, scorer)?;
        Ok(Self {
            scorer: scorer.into(),
            bodyparts: Bodyparts::new(bodyparts).map_err(Kind::Bodyparts)?,
            places,
        })
    }

    /// Returns the number of columns.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Makes a table of rows, each of which gives the numbers in the order of the columns.
    pub(crate) fn predictions<I>(
        self,
        precision: Precision,
        rows: impl Iterator<Item = Result<I, Kind>>,
    ) -> Result<Predictions, Kind>
    where
        I: Iterator<Item = Result<f64, Kind>>,
    {
        let mut poses = PoseTable::new(self.bodyparts);
        let mut numbers = vec![f64::NAN; self.places.len()];
        let mut keypoints = vec![Keypoint::MISSING; self.places.len() / COORDS.len()];
        for (frame, row) in rows.enumerate() {
            for (&place, number) in self.places.iter().zip(row?) {
                numbers[place] = number?;
            }
            for (keypoint, xyl) in keypoints.iter_mut().zip(numbers.chunks_exact(3)) {
                *keypoint = Keypoint::new(xyl[0], xyl[1], xyl[2]);
            }
            poses.set(frame, &keypoints);
        }
        Ok(Predictions {
            scorer: self.scorer,
            poses,
            precision,
        })
    }
}

/// Returns the places of [`LEVELS`] among the levels of a file.
fn level_places(levels: &[&str]) -> Result<[usize; 3], Kind> {
    if levels.contains(&"individuals") {
        let layout = "the multi-animal layout (column level `individuals`)";
        return Err(Kind::Layout { layout });
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

/// Checks that each body part has each coordinate, once.
fn all_once(places: &[usize], bodyparts: &[&str], scorer: &str) -> Result<(), Kind> {
    let mut seen = vec![0_usize; COORDS.len() * bodyparts.len()];
    places.iter().for_each(|&place| seen[place] += 1);
    for (place, count) in seen.into_iter().enumerate() {
        let problem = match count {
            1 => continue,
            0 => "missing",
            _ => "stands more than once",
        };
        let bodypart = bodyparts[place / COORDS.len()];
        return Err(column(
            &[scorer, bodypart, COORDS[place % COORDS.len()]],
            problem,
        ));
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
        Columns::find(&LEVELS, &names).map_err(|error| error.to_string())
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

        let row = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0].into_iter().map(Ok);
        let read = columns
            .predictions(Precision::F64, [Ok(row)].into_iter())
            .unwrap();
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
        assert!(second.starts_with(r#"column ["T", "a", "likelihood"]: expected the scorer"#));

        let peak = find(&[x, y, ["S", "a", "x2"]]).unwrap_err();
        assert!(peak.starts_with(r#"column ["S", "a", "x2"]: expected `x`"#));

        assert!(find(&[]).unwrap_err().contains("do not name body parts"));
    }

    #[test]
    fn several_animals_are_refused_by_name() {
        let error = Columns::find(&["scorer", "individuals", "bodyparts", "coords"], &[]);
        assert!(error.unwrap_err().to_string().contains("multi-animal"));
    }
}
