use std::{borrow::Cow, fmt};

use dlc_model::{Bodypart, BodypartAliases, Bodyparts};

use crate::{
    ParameterError, Part, Point, ProcessingMethod, Sample, Space, State, Track, Tracks, YAxis,
    time::Clock,
};

/// A method that knows in which columns of a model its body parts are.
#[derive(Debug)]
pub struct Bound<M, const D: usize> {
    method: M,
    model: Bodyparts,
    columns: Vec<usize>,
    points: Vec<Point<D>>,
}

impl<M: ProcessingMethod<D>, const D: usize> Bound<M, D> {
    /// Binds a method to the body parts of a model, by their exact names.
    ///
    /// # Errors
    ///
    /// Returns an error that lists all body parts that the model does not have, with those that
    /// resemble them; or one that tells of a body part with two roles, or of a parameter.
    pub fn new(method: M, model: &Bodyparts) -> Result<Self, BindError> {
        Self::with_aliases(method, model, &BodypartAliases::default())
    }

    /// Binds a method to the body parts of a model, where some names may have other spellings.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn with_aliases(
        method: M,
        model: &Bodyparts,
        aliases: &BodypartAliases,
    ) -> Result<Self, BindError> {
        method.check().map_err(BindError::Parameter)?;
        let columns = columns(&method.parts(), model, aliases)?;
        let points = vec![Point::MISSING; columns.len()];
        let model = model.clone();
        Ok(Self {
            method,
            model,
            columns,
            points,
        })
    }

    /// Returns the column of each part, in the order of [`ProcessingMethod::parts`].
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Returns the body parts of the model, in the order of a row.
    pub fn model(&self) -> &Bodyparts {
        &self.model
    }

    /// Returns the method.
    pub fn method(&self) -> &M {
        &self.method
    }

    /// Forgets the samples before and what was learnt: another recording starts.
    pub fn restart(&mut self) {
        self.method.restart();
    }

    /// Learns from one sample and returns its state: for use while samples arrive.
    ///
    /// `row` has a point for each body part of the model, in its order.
    ///
    /// # Panics
    ///
    /// Panics if the row is too short.
    pub fn next(&mut self, row: &[Point<D>], time_s: f64, y_axis: YAxis) -> State<D> {
        for (point, column) in self.points.iter_mut().zip(&self.columns) {
            *point = row[*column];
        }
        let sample = Sample {
            points: &self.points,
            time_s,
            y_axis,
        };
        self.method.learn(&sample);
        self.method.state(&sample)
    }

    /// Returns the state in each sample of a recording, after a pass that learns from all of them.
    ///
    /// # Panics
    ///
    /// Panics if there is not one time for each sample, or if the tracks are not those of the
    /// model that the method was bound to.
    pub fn states<S: Space>(&mut self, tracks: &Tracks<D, S>, clock: Clock<'_>) -> Vec<State<D>> {
        assert_eq!(&self.model, tracks.bodyparts(), "the tracks of the model");
        let of_column = |column: &usize| PartTrack::from(&tracks.as_slice()[*column]);
        let parts: Vec<PartTrack<'_, D>> = self.columns.iter().map(of_column).collect();
        let mut states = Vec::with_capacity(clock.len());
        self.run(&parts, clock, tracks.y_axis(), |state| states.push(state));
        states
    }

    /// Visits the state in each sample of tracks, one for each part, in the order of the parts.
    pub(crate) fn run(
        &mut self,
        parts: &[PartTrack<'_, D>],
        clock: Clock<'_>,
        y_axis: YAxis,
        mut visit: impl FnMut(State<D>),
    ) {
        let long = parts.iter().all(|part| part.positions.len() == clock.len());
        assert!(long, "one time for each sample");
        let Self { method, points, .. } = self;
        method.restart();
        if method.learns() {
            samples(parts, points, clock, y_axis, |sample| method.learn(sample));
        }
        samples(parts, points, clock, y_axis, |sample| {
            visit(method.state(sample));
        });
    }
}

/// The track of a part, whoever owns it.
pub(crate) struct PartTrack<'a, const D: usize> {
    pub(crate) positions: Cow<'a, [[f64; D]]>,
    pub(crate) likelihood: &'a [f64],
}

impl<'a, const D: usize, S: Space> From<&'a Track<D, S>> for PartTrack<'a, D> {
    fn from(track: &'a Track<D, S>) -> Self {
        Self {
            positions: Cow::Borrowed(track.positions()),
            likelihood: track.likelihood(),
        }
    }
}

/// Visits the samples of tracks.
fn samples<const D: usize>(
    parts: &[PartTrack<'_, D>],
    points: &mut [Point<D>],
    clock: Clock<'_>,
    y_axis: YAxis,
    mut visit: impl FnMut(&Sample<'_, D>),
) {
    for (at, &time_s) in clock.times_s().iter().enumerate() {
        for (point, part) in points.iter_mut().zip(parts) {
            *point = Point {
                position: part.positions[at],
                likelihood: part.likelihood[at],
            };
        }
        let sample = Sample {
            points,
            time_s,
            y_axis,
        };
        visit(&sample);
    }
}

fn columns(
    parts: &[Part],
    model: &Bodyparts,
    aliases: &BodypartAliases,
) -> Result<Vec<usize>, BindError> {
    let mut columns = Vec::with_capacity(parts.len());
    let mut missing = Vec::new();
    for part in parts {
        match aliases.position(model, part.bodypart.as_str()) {
            Ok(column) => match columns.iter().position(|other| *other == column) {
                Some(other) if missing.is_empty() => {
                    let parts = Box::new([parts[other].clone(), part.clone()]);
                    return Err(BindError::TwoRoles { parts });
                }
                _ => columns.push(column),
            },
            Err(error) => missing.push(MissingPart {
                part: part.clone(),
                resembling: error.resembling().cloned().collect(),
            }),
        }
    }
    match missing.is_empty() {
        true => Ok(columns),
        false => Err(BindError::Missing {
            missing,
            model: model.to_vec(),
        }),
    }
}

/// An error returned when a method does not fit a model.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The model lacks body parts.
    #[error("missing body parts: {}; the model has {}", join(missing), join(model))]
    Missing {
        /// All that are missing.
        missing: Vec<MissingPart>,
        /// The body parts of the model.
        model: Vec<Bodypart>,
    },
    /// One body part of the model has two roles.
    #[error(
        "{} ({}) and {} ({}) are one body part",
        parts[0].bodypart, parts[0].role, parts[1].bodypart, parts[1].role
    )]
    TwoRoles {
        /// The two.
        parts: Box<[Part; 2]>,
    },
    /// A parameter of the method is out of its range.
    #[error("a method's parameter is out of its range")]
    Parameter(#[source] ParameterError),
}

/// A body part that a model does not have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MissingPart {
    /// The part.
    pub part: Part,
    /// The body parts of the model whose names differ from it in case or separators only.
    pub resembling: Vec<Bodypart>,
}

impl fmt::Display for MissingPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.part.bodypart, self.part.role)?;
        match self.resembling.is_empty() {
            true => f.write_str(")"),
            false => write!(f, "; it resembles {})", join(&self.resembling)),
        }
    }
}

fn join(items: &[impl fmt::Display]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    items.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::LeftRight;

    fn model() -> Bodyparts {
        Bodyparts::new(["nose", "leftear", "RIGHT_EAR"]).unwrap()
    }

    #[test]
    fn all_missing_names_are_listed_with_what_resembles_them() {
        let ears = LeftRight::<2>::new("left_ear", "right_ear");
        let error = Bound::new(ears, &model()).unwrap_err();

        assert_eq!(
            error.to_string(),
            "missing body parts: left_ear (left; it resembles leftear), \
             right_ear (right; it resembles RIGHT_EAR); the model has nose, leftear, RIGHT_EAR"
        );
    }

    #[test]
    fn declared_aliases_bind() {
        let aliases = [("left_ear", "leftear"), ("right_ear", "RIGHT_EAR")];
        let aliases = BodypartAliases::new(aliases).unwrap();
        let ears = LeftRight::<2>::new("left_ear", "right_ear");
        let bound = Bound::with_aliases(ears, &model(), &aliases).unwrap();

        assert_eq!(bound.columns(), [1, 2]);
    }

    #[test]
    fn one_body_part_cannot_be_left_and_right() {
        let error = Bound::new(LeftRight::<2>::new("nose", "nose"), &model()).unwrap_err();

        assert_eq!(
            error.to_string(),
            "nose (left) and nose (right) are one body part"
        );
    }

    #[test]
    fn a_parameter_out_of_its_range_is_named() {
        let mut ears = LeftRight::<2>::new("nose", "leftear");
        ears.rules.max_distance = Some(-1.0);
        let error = Bound::new(ears, &model()).unwrap_err();

        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(
            source,
            "parameter max_distance: expected a positive number, found -1"
        );
    }
}
