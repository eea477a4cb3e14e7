use std::{error::Error, fmt};

use crate::{MaybeTransient, StoreError};

/// An error returned when a row cannot be made.
#[derive(Debug)]
pub struct MakeError {
    source: Box<dyn Error + Send + Sync>,
    transient: bool,
}

impl MakeError {
    /// Says that another try may help.
    pub fn transient(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: source.into(),
            transient: true,
        }
    }

    /// Says that it will not be otherwise the next time.
    pub fn permanent(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: source.into(),
            transient: false,
        }
    }

    /// Returns whether another try may help.
    pub const fn is_transient(&self) -> bool {
        self.transient
    }

    /// Returns the reason.
    pub fn reason(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.source
    }

    /// Returns the error of the store, if that is the reason.
    pub fn store_error(&self) -> Option<&StoreError> {
        self.source.downcast_ref()
    }
}

impl fmt::Display for MakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the row cannot be made")
    }
}

impl Error for MakeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

impl From<StoreError> for MakeError {
    fn from(error: StoreError) -> Self {
        let transient = error.is_transient();
        Self {
            source: error.into(),
            transient,
        }
    }
}

impl MaybeTransient for MakeError {
    fn is_conflict(&self) -> bool {
        self.store_error().is_some_and(StoreError::is_conflict)
    }
}
