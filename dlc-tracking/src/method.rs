use std::{fmt, ops::Index};

use dlc_model::Keypoint;

use crate::{Part, YAxis, angle};

/// A way to make the state of one animal of its body parts.
///
/// A method first declares the body parts it needs, with their roles. It is then bound once to the
/// body parts of a model ([`Bound`](crate::Bound)), which is where names can be wrong, and runs
/// sample by sample without names, allocation or failure.
///
/// The parameters of a method are its serialisable fields; what it remembers from sample to sample
/// are fields with `#[serde(skip)]`.
///
/// # Examples
///
/// ```
/// use dlc_model::Bodypart;
/// use dlc_tracking::{Part, ProcessingMethod, Role, Sample, State};
///
/// /// The nose, and the direction from the tail to it.
/// struct NoseFirst {
///     nose: Bodypart,
///     tail: Bodypart,
/// }
///
/// impl<const D: usize> ProcessingMethod<D> for NoseFirst {
///     fn parts(&self) -> Vec<Part> {
///         vec![
///             Part::new(Role::Front, self.nose.clone()),
///             Part::new(Role::Back, self.tail.clone()),
///         ]
///     }
///
///     fn state(&mut self, sample: &Sample<'_, D>) -> State<D> {
///         let (nose, tail) = (sample[0].position, sample[1].position);
///         State {
///             position: nose,
///             heading: std::array::from_fn(|axis| nose[axis] - tail[axis]),
///         }
///     }
/// }
/// ```
pub trait ProcessingMethod<const D: usize>: Send {
    /// Returns the body parts this method needs, in the order of the points of a [`Sample`].
    fn parts(&self) -> Vec<Part>;

    /// Returns the state in one sample, NaN where the points do not determine one.
    fn state(&mut self, sample: &Sample<'_, D>) -> State<D>;

    /// Checks the parameters; called once, when the method is bound.
    ///
    /// # Errors
    ///
    /// Returns an error that names the first parameter that is out of its range.
    fn check(&self) -> Result<(), ParameterError> {
        Ok(())
    }

    /// Learns from one sample what the recording alone can tell, e.g., how far two ears are apart.
    ///
    /// Offline all samples of a recording are shown before the first state is asked for; online
    /// each sample is shown before its own.
    fn learn(&mut self, _sample: &Sample<'_, D>) {}

    /// Returns whether [`Self::learn`] does anything with these parameters; a recording is read
    /// once and not twice where it does not.
    fn learns(&self) -> bool {
        true
    }

    /// Forgets the samples before and what was learnt: another recording starts.
    fn restart(&mut self) {}
}

impl<const D: usize, M: ProcessingMethod<D> + ?Sized> ProcessingMethod<D> for Box<M> {
    fn parts(&self) -> Vec<Part> {
        (**self).parts()
    }

    fn state(&mut self, sample: &Sample<'_, D>) -> State<D> {
        (**self).state(sample)
    }

    fn check(&self) -> Result<(), ParameterError> {
        (**self).check()
    }

    fn learn(&mut self, sample: &Sample<'_, D>) {
        (**self).learn(sample);
    }

    fn learns(&self) -> bool {
        (**self).learns()
    }

    fn restart(&mut self) {
        (**self).restart();
    }
}

/// Where one body part is in one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point<const D: usize> {
    /// The position; NaN in all coordinates when missing.
    pub position: [f64; D],
    /// The network's confidence in [0, 1], or NaN.
    pub likelihood: f64,
}

impl<const D: usize> Point<D> {
    /// A point that was not observed.
    pub const MISSING: Self = Self {
        position: [f64::NAN; D],
        likelihood: f64::NAN,
    };

    /// Returns whether there is no position.
    pub fn is_missing(&self) -> bool {
        self.position.iter().any(|coordinate| coordinate.is_nan())
    }
}

impl From<Keypoint> for Point<2> {
    fn from(keypoint: Keypoint) -> Self {
        let position = [keypoint.x, keypoint.y];
        let whole = position.iter().all(|coordinate| coordinate.is_finite());
        Self {
            position: if whole { position } else { [f64::NAN; 2] },
            likelihood: keypoint.likelihood,
        }
    }
}

/// What a method sees of one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a, const D: usize> {
    /// A point for each of [`ProcessingMethod::parts`], in their order.
    pub points: &'a [Point<D>],
    /// When it was taken, in s.
    pub time_s: f64,
    /// Which way the second coordinate points.
    pub y_axis: YAxis,
}

impl<const D: usize> Index<usize> for Sample<'_, D> {
    type Output = Point<D>;

    fn index(&self, part: usize) -> &Point<D> {
        &self.points[part]
    }
}

/// The state of one animal in one sample, in the space and the axes of its body parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State<const D: usize> {
    /// Where the animal is; NaN when the points do not tell.
    pub position: [f64; D],
    /// Where its head points: a vector of any length from its position. NaN when the points do
    /// not tell; zero is no direction either.
    pub heading: [f64; D],
}

impl<const D: usize> State<D> {
    /// A state without position and heading.
    pub const MISSING: Self = Self {
        position: [f64::NAN; D],
        heading: [f64::NAN; D],
    };

    /// Creates a state without heading.
    pub const fn at(position: [f64; D]) -> Self {
        Self {
            position,
            heading: [f64::NAN; D],
        }
    }

    /// Returns the angle of the heading in the plane of the first two axes, in rad in [0, 2π):
    /// 0 along `x`, counter-clockwise for who looks at the picture. NaN is no direction.
    pub fn head_angle_rad(&self, y_axis: YAxis) -> f64 {
        match self.heading[..] {
            [x, y, ..] => angle::of_vector([x, y], y_axis),
            _ => f64::NAN,
        }
    }
}

/// An error returned when a parameter is out of its range.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ParameterError {
    /// The name of the parameter.
    pub name: &'static str,
    /// What it may be.
    pub expected: &'static str,
    /// What it is.
    pub found: String,
}

impl ParameterError {
    /// Returns an error unless a parameter is in its range.
    ///
    /// # Errors
    ///
    /// Returns an error when `good` is false.
    pub fn unless(
        good: bool,
        name: &'static str,
        expected: &'static str,
        found: impl fmt::Display,
    ) -> Result<(), Self> {
        match good {
            true => Ok(()),
            false => Err(Self {
                name,
                expected,
                found: found.to_string(),
            }),
        }
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            expected,
            found,
        } = self;
        write!(f, "parameter {name}: expected {expected}, found {found}")
    }
}

impl std::error::Error for ParameterError {}
