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

    /// Returns whether another name is different but reads the same: it differs only in case, or
    /// in what stands between words.
    ///
    /// `left_ear`, `leftear`, `LEFTEAR` and `Left-Ear` all resemble each other. They are four
    /// body parts, and two of them in one project are most likely a mistake.
    pub fn resembles(&self, other: &Self) -> bool {
        self != other && self.letters().eq(other.letters())
    }

    fn letters(&self) -> impl Iterator<Item = char> {
        let letters = self.0.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase)
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

    /// Returns the pairs of names that [resemble](Bodypart::resembles) each other.
    pub fn near_duplicates(&self) -> Vec<(&Bodypart, &Bodypart)> {
        let pairs = |(at, part)| {
            let later = self.0[at + 1..].iter();
            later
                .filter(move |other| other.resembles(part))
                .map(move |other| (part, other))
        };
        self.0.iter().enumerate().flat_map(pairs).collect()
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
    fn names_that_read_the_same_are_found() {
        let parts = Bodyparts::new(["left_ear", "snout", "leftear", "LEFTEAR", "ear1", "ear2"]);

        let names = |(a, b): &(&Bodypart, &Bodypart)| format!("{a} {b}");
        let found: Vec<_> = parts.unwrap().near_duplicates().iter().map(names).collect();
        assert_eq!(
            found,
            ["left_ear leftear", "left_ear LEFTEAR", "leftear LEFTEAR"]
        );
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
