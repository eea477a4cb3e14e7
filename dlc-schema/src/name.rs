//! Names that are keys, with the length that their attributes have.

use std::fmt;

/// An error returned when a text cannot be a name in a table.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid {attribute} {text:?}: {problem}")]
pub struct NameError {
    attribute: &'static str,
    text: String,
    problem: NameProblem,
}

/// What is wrong with a name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum NameProblem {
    #[error("it is empty")]
    Empty,
    #[error("{length} characters, at most {limit} are possible")]
    TooLong { length: usize, limit: usize },
    #[error("it begins or ends with a blank, or has characters that cannot be seen")]
    Blank,
}

fn check(attribute: &'static str, limit: usize, text: &str) -> Result<(), NameError> {
    let length = text.chars().count();
    let problem = if text.is_empty() {
        NameProblem::Empty
    } else if length > limit {
        NameProblem::TooLong { length, limit }
    } else if text.trim() != text || text.contains(char::is_control) {
        NameProblem::Blank
    } else {
        return Ok(());
    };
    Err(NameError {
        attribute,
        text: text.chars().take(80).collect(),
        problem,
    })
}

/// Declares a name: its attribute and the most characters.
macro_rules! names {
    ($($(#[$about:meta])* $name:ident = $attribute:literal, $limit:literal;)*) => {$(
        $(#[$about])*
        ///
        #[doc = concat!("At most ", $limit, " characters.")]
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(String);

        impl $name {
            /// The most characters.
            pub const MOST: usize = $limit;

            /// Takes a text.
            ///
            /// # Errors
            ///
            /// Returns an error when it is empty, too long, or has blanks at its ends.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                check($attribute, $limit, &text)?;
                Ok(Self(text))
            }

            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl crate::entity::AttributeValue for $name {
            fn cell(&self) -> crate::Cell {
                self.as_str().into()
            }

            fn from_cell(cell: &crate::Cell) -> Result<Self, String> {
                let text = String::from_cell(cell)?;
                Self::new(text).map_err(|error| error.to_string())
            }
        }
    )*};
}

names! {
    /// The name of a repository: a place with files.
    RepositoryName = "repository_name", 100;
    /// The name of a session: a hash.
    SessionName = "session_name", 16;
    /// The name of a recording: a hash.
    RecordingName = "recording_name", 16;
    /// The name of a dataset: a hash of the names of its files.
    DatasetName = "dataset_name", 16;
    /// The name of a kind of equipment, which says what is done with its data.
    ExperimentTypeName = "experiment_type", 100;
    /// The name of a kind of datasets.
    DatasetTypeName = "datasettype", 50;
    /// The name of a kind of files.
    FileTypeName = "filetype", 50;
    /// The name of an apparatus: an arena.
    ApparatusName = "apparatus", 32;
    /// The name under which users find a model. It is no scorer name.
    DlcModelName = "dlc_model", 32;
    /// The name of a processing method with its parameters.
    MethodName = "dlc_tracking_processing_method", 16;
    /// The name of a kind of tracking: what is processed beyond the raw states.
    TrackingTypeName = "dlc_tracking_type", 32;
    /// The name of a body part that the pipeline knows.
    BodyPartName = "body_part", 32;
    /// The name of a person or an account.
    UserName = "user_name", 255;
    /// The name of a row of parameters: one letter.
    TrackingParamsId = "trackingparams_id", 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_in_the_comment_of_the_column_is_too_long_for_it() {
        let error = MethodName::new("2points_leftrightear").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid dlc_tracking_processing_method \"2points_leftrightear\": 20 characters, at \
             most 16 are possible"
        );
    }

    #[test]
    fn a_scorer_name_is_no_model_name() {
        assert!(DlcModelName::new("DLC_resnet50_mouse_openfieldJun30shuffle1_1030000").is_err());
    }

    #[test]
    fn blanks_at_the_ends_are_refused() {
        for text in ["", " a", "a ", "a\n"] {
            assert!(BodyPartName::new(text).is_err(), "{text:?}");
        }
    }
}
