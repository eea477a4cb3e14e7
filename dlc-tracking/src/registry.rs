use std::{collections::BTreeMap, fmt};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ParameterError, Params, ParamsError, ProcessingMethod,
    methods::{
        BodyAxis, FourFeet, FrontBack, LeftRight, SinglePoint, SkeletonMidline, WeightedCentroid,
    },
};

/// The methods that a program knows, by the name that a store has for them: its
/// `function_to_invoke`.
///
/// # Examples
///
/// ```
/// use dlc_tracking::{Bound, Registry};
///
/// let registry = Registry::<2>::standard();
/// let params = r#"{"left": "leftear", "right": "rightear"}"#.parse()?;
/// let method = registry.build("two_point_left_right", &params)?;
///
/// let model = dlc_model::Bodyparts::new(["leftear", "rightear", "tailbase"])?;
/// let bound = Bound::new(method, &model)?;
/// assert_eq!(bound.columns(), [0, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Registry<const D: usize> {
    functions: BTreeMap<String, Build<D>>,
}

type Method<const D: usize> = Box<dyn ProcessingMethod<D>>;
type Build<const D: usize> = Box<dyn Fn(&Params) -> Result<Built<D>, Reason> + Send + Sync>;

/// A method, and its parameters with all defaults written out.
struct Built<const D: usize> {
    method: Method<D>,
    params: Params,
}

/// The longest name that the column `function_to_invoke` holds.
const MAX_LEN: usize = 32;

impl<const D: usize> Registry<D> {
    /// Creates a registry without methods.
    pub fn empty() -> Self {
        Self {
            functions: BTreeMap::new(),
        }
    }

    /// Creates a registry with the methods of this crate, see [`methods`](crate::methods).
    pub fn standard() -> Self {
        let mut registry = Self::empty();
        registry.add::<LeftRight<D>>("two_point_left_right");
        registry.add::<FrontBack<D>>("two_point_front_back");
        registry.add::<SinglePoint>("single_point");
        registry.add::<WeightedCentroid>("weighted_centroid");
        registry.add::<FourFeet>("four_feet");
        registry.add::<BodyAxis>("body_axis");
        registry.add::<SkeletonMidline>("skeleton_midline");
        registry
    }

    /// Adds a method under a name; its parameters are its serialisable fields.
    ///
    /// # Errors
    ///
    /// Returns an error when the name is taken, empty or longer than a store holds.
    pub fn insert<M>(&mut self, function: &str) -> Result<(), InsertMethodError>
    where
        M: ProcessingMethod<D> + Serialize + DeserializeOwned + 'static,
    {
        if function.is_empty() || function.chars().count() > MAX_LEN {
            return Err(InsertMethodError::Length {
                function: function.into(),
            });
        }
        if self.functions.contains_key(function) {
            return Err(InsertMethodError::Taken {
                function: function.into(),
            });
        }
        self.add::<M>(function);
        Ok(())
    }

    fn add<M>(&mut self, function: &str)
    where
        M: ProcessingMethod<D> + Serialize + DeserializeOwned + 'static,
    {
        let build = |params: &Params| {
            let method: M = params.to().map_err(Reason::Params)?;
            method.check().map_err(Reason::Range)?;
            Ok(Built {
                params: Params::of(&method).map_err(Reason::Params)?,
                method: Box::new(method) as Method<D>,
            })
        };
        self.functions.insert(function.into(), Box::new(build));
    }

    /// Returns the names, in alphabetical order.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
    }

    /// Returns a method with its parameters.
    ///
    /// # Errors
    ///
    /// Returns an error when there is no such method, or when its parameters are not these.
    pub fn build(&self, function: &str, params: &Params) -> Result<Method<D>, BuildMethodError> {
        Ok(self.built(function, params)?.method)
    }

    /// Returns the parameters with all defaults written out, so that equal methods have equal
    /// parameters.
    ///
    /// # Errors
    ///
    /// As [`Self::build`].
    pub fn complete(&self, function: &str, params: &Params) -> Result<Params, BuildMethodError> {
        Ok(self.built(function, params)?.params)
    }

    fn built(&self, function: &str, params: &Params) -> Result<Built<D>, BuildMethodError> {
        let Some(build) = self.functions.get(function) else {
            return Err(BuildMethodError::Unknown {
                function: function.into(),
                known: self.functions.keys().cloned().collect(),
            });
        };
        build(params).map_err(|reason| match reason {
            Reason::Params(source) => BuildMethodError::Params {
                function: function.into(),
                source,
            },
            Reason::Range(source) => BuildMethodError::Range {
                function: function.into(),
                source,
            },
        })
    }
}

impl<const D: usize> Default for Registry<D> {
    fn default() -> Self {
        Self::standard()
    }
}

impl<const D: usize> fmt::Debug for Registry<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.functions.keys()).finish()
    }
}

enum Reason {
    Params(ParamsError),
    Range(ParameterError),
}

/// An error returned when a method cannot have a name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InsertMethodError {
    /// Another method has it.
    #[error("there is a method {function} already")]
    Taken {
        /// The name.
        function: String,
    },
    /// It is empty, or longer than a store holds.
    #[error(
        "invalid name of a method {function:?}: expected 1 to {MAX_LEN} characters, found {}",
        function.chars().count()
    )]
    Length {
        /// The name.
        function: String,
    },
}

/// An error returned when there is no method for a name and parameters.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildMethodError {
    /// No method has the name.
    #[error("no method {function:?} among {}", known.join(", "))]
    Unknown {
        /// The name.
        function: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The parameters are not those of the method.
    #[error("the parameters do not fit method {function}")]
    Params {
        /// The name.
        function: String,
        /// What is wrong.
        source: ParamsError,
    },
    /// A parameter is out of its range.
    #[error("a parameter of method {function} is out of its range")]
    Range {
        /// The name.
        function: String,
        /// Which one.
        source: ParameterError,
    },
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn all_methods_are_there_in_any_dimension() {
        let functions: Vec<String> = Registry::<3>::standard().functions.into_keys().collect();

        assert_eq!(
            functions,
            [
                "body_axis",
                "four_feet",
                "single_point",
                "skeleton_midline",
                "two_point_front_back",
                "two_point_left_right",
                "weighted_centroid"
            ]
        );
    }

    #[test]
    fn defaults_are_written_out() {
        let registry = Registry::<2>::standard();
        let brief = r#"{"right":"r","left":"l"}"#.parse().unwrap();
        let complete = registry.complete("two_point_left_right", &brief).unwrap();

        assert_eq!(
            complete.to_string(),
            r#"{"left":"l","right":"r","rules":{"max_distance":null,"when_one_is_missing":"missing"},"swap":"ignore"}"#
        );
        let again = registry
            .complete("two_point_left_right", &complete)
            .unwrap();
        assert_eq!(again.hash(), complete.hash());
        assert_ne!(brief.hash(), complete.hash());
    }

    #[test]
    fn wrong_names_fields_and_numbers_are_named() {
        let registry = Registry::<2>::standard();
        let message = |function: &str, json: &str| {
            let params = json.parse().unwrap();
            let Err(error) = registry.build(function, &params) else {
                panic!("{function} {json}");
            };
            let source = error.source().map(|source| match source.source() {
                Some(root) => root.to_string(),
                None => source.to_string(),
            });
            format!("{error}: {}", source.unwrap_or_default())
        };

        let unknown = message("2points", "{}");
        assert!(unknown.starts_with(r#"no method "2points" among body_axis, four_feet"#));
        assert_eq!(
            message("single_point", r#"{"bodypart":"a","pcutoff":1}"#),
            "the parameters do not fit method single_point: \
             unknown field `pcutoff`, expected `bodypart`"
        );
        assert_eq!(
            message("weighted_centroid", r#"{"parts":[],"min_present":1}"#),
            "a parameter of method weighted_centroid is out of its range: parameter min_present: \
             expected at least 1 and at most the number of parts, found 1"
        );
    }

    #[test]
    fn a_name_is_taken_once_and_fits_its_column() {
        let mut registry = Registry::<2>::standard();

        assert!(registry.insert::<SinglePoint>("single_point").is_err());
        assert!(registry.insert::<SinglePoint>(&"x".repeat(33)).is_err());
        assert!(registry.insert::<SinglePoint>("nose_only").is_ok());
    }
}
