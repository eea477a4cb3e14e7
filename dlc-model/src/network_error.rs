use crate::ConfigFieldError;

/// An error returned when a model's configuration does not describe a network that runs here.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkConfigError {
    /// A field asks for something that is not done here.
    #[error("`{field}` asks for {what}, which is not supported")]
    Unsupported {
        /// The field, with those it lies in.
        field: String,
        /// What it asks for.
        what: String,
    },
    /// A field is missing or wrong.
    #[error(transparent)]
    Field(#[from] ConfigFieldError),
}

impl NetworkConfigError {
    pub(crate) fn unsupported(field: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Unsupported {
            field: field.into(),
            what: what.into(),
        }
    }

    /// Returns the field with those it lies in.
    pub fn field(&self) -> &str {
        match self {
            Self::Unsupported { field, .. } => field,
            Self::Field(error) => error.field(),
        }
    }
}
