use std::{fmt, ops::Deref};

/// The exact name of a tracked body part, e.g., `leftear`.
///
/// Spelling matters: `leftear` and `left_ear` are two body parts.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Bodypart(String);

impl Bodypart {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Bodypart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Bodypart {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for Bodypart {
    fn from(name: String) -> Self {
        Self(name)
    }
}

/// The body parts of a model: ordered, unique, at least one.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Bodyparts(Vec<Bodypart>);

impl Bodyparts {
    /// Creates a list of body parts.
    ///
    /// # Errors
    ///
    /// Returns an error when a name is empty or stands twice, or when there is none.
    pub fn new<I>(names: I) -> Result<Self, BodypartsError>
    where
        I: IntoIterator,
        I::Item: Into<Bodypart>,
    {
        let names: Vec<Bodypart> = names.into_iter().map(Into::into).collect();
        if names.is_empty() {
            return Err(BodypartsError::Empty);
        }
        for (index, name) in names.iter().enumerate() {
            if name.as_str().is_empty() {
                return Err(BodypartsError::Unnamed { index });
            }
            if names[..index].contains(name) {
                return Err(BodypartsError::Duplicate { name: name.clone() });
            }
        }
        Ok(Self(names))
    }

    /// Returns the place of a body part in the order of the model.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|part| part.as_str() == name)
    }
}

impl Deref for Bodyparts {
    type Target = [Bodypart];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Bodyparts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = <Vec<Bodypart> as serde::Deserialize>::deserialize(deserializer)?;
        Self::new(names).map_err(serde::de::Error::custom)
    }
}

/// An error returned when names do not make a list of body parts.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BodypartsError {
    /// There is no name.
    #[error("no body parts: expected at least one")]
    Empty,
    /// A name is empty.
    #[error("body part {index} has an empty name")]
    Unnamed {
        /// The place of the name, from 0.
        index: usize,
    },
    /// A name stands twice.
    #[error("body part {:?} stands twice", name.as_str())]
    Duplicate {
        /// The name.
        name: Bodypart,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_names_are_exact() {
        let parts = Bodyparts::new(["snout", "left_ear", "leftear"]).unwrap();

        assert_eq!(parts.position("leftear"), Some(2));
        assert_eq!(parts.position("Leftear"), None);
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        let error = Bodyparts::new(["snout", "snout"]).unwrap_err();

        assert_eq!(error.to_string(), "body part \"snout\" stands twice");
    }

    #[test]
    fn empty_lists_and_names_are_refused() {
        assert_eq!(Bodyparts::new([""; 0]).unwrap_err(), BodypartsError::Empty);
        assert_eq!(
            Bodyparts::new(["snout", ""]).unwrap_err(),
            BodypartsError::Unnamed { index: 1 }
        );
    }
}
