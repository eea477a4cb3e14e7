use std::error::Error;

use crate::{CheckRowError, LayoutError, Row, table::Table};

/// An error returned when a store cannot do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct StoreError {
    what: String,
    /// Boxed: errors of programs have it inside.
    #[source]
    kind: Box<StoreErrorKind>,
}

/// The reason that a store has, whatever it was asked.
type Cause = Box<dyn Error + Send + Sync>;

/// Why a store cannot do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The table cannot take such a row.
    #[error(transparent)]
    Row(#[from] CheckRowError),
    /// There is a row with this key, or with these attributes that must be unique.
    #[error("there is already one with {key}")]
    Duplicate {
        /// The key.
        key: Row,
    },
    /// There is a row with this key that says something else.
    #[error("there is one with {key} already, and it has {known}: expected {given}")]
    Contradicts {
        /// The key.
        key: Row,
        /// What the row has, where the two differ.
        known: Row,
        /// What was to be added there.
        given: Row,
    },
    /// A row that is referred to is not there.
    #[error("{table} has no row with {key}")]
    MissingReference {
        /// The other table, as classes are named.
        table: &'static str,
        /// Its missing key.
        key: Row,
    },
    /// Rows of other tables refer to it.
    #[error("rows of other tables refer to it: {by}")]
    Referenced {
        /// The other table, or what the store says of it.
        by: String,
    },
    /// The transaction was for reading.
    #[error("the transaction is for reading")]
    ReadOnly,
    /// Another transaction was in the way: try the whole one again.
    #[error("another transaction was in the way")]
    Conflict(#[source] Cause),
    /// The store cannot be reached, or went away: try again later.
    #[error("the store cannot be reached")]
    Unavailable(#[source] Cause),
    /// There is no room left.
    #[error("no room is left")]
    Full(#[source] Cause),
    /// The user may not do it.
    #[error("not permitted")]
    Denied(#[source] Cause),
    /// The store holds something else than our tables.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// What is stored cannot be read.
    #[error("a stored row cannot be read")]
    Unreadable(#[source] Cause),
    /// Anything else that a store says.
    #[error("the store refuses")]
    Other(#[source] Cause),
}

impl StoreError {
    /// Says what was tried, e.g., `cannot insert into DLCModel`.
    pub fn new(what: impl Into<String>, kind: StoreErrorKind) -> Self {
        Self {
            what: what.into(),
            kind: Box::new(kind),
        }
    }

    /// Says that a row could not be added.
    pub fn insert(table: &Table, kind: impl Into<StoreErrorKind>) -> Self {
        Self::new(format!("cannot insert into {}", table.class), kind.into())
    }

    /// Says that rows could not be changed.
    pub fn update(table: &Table, kind: impl Into<StoreErrorKind>) -> Self {
        Self::new(format!("cannot update {}", table.class), kind.into())
    }

    /// Says that rows could not be removed.
    pub fn delete(table: &Table, kind: impl Into<StoreErrorKind>) -> Self {
        Self::new(format!("cannot delete from {}", table.class), kind.into())
    }

    /// Says that rows could not be read.
    pub fn select(table: &Table, kind: impl Into<StoreErrorKind>) -> Self {
        Self::new(format!("cannot read {}", table.class), kind.into())
    }

    /// Returns the reason.
    pub const fn kind(&self) -> &StoreErrorKind {
        &self.kind
    }

    /// Returns whether the same transaction may succeed when it is tried again.
    pub const fn is_transient(&self) -> bool {
        matches!(
            *self.kind,
            StoreErrorKind::Conflict(_) | StoreErrorKind::Unavailable(_)
        )
    }

    /// Returns whether a row could not be added because the one with its key says something else.
    pub const fn is_contradiction(&self) -> bool {
        matches!(*self.kind, StoreErrorKind::Contradicts { .. })
    }

    /// Returns whether a row could not be added because there is one with its key.
    pub const fn is_duplicate(&self) -> bool {
        matches!(*self.kind, StoreErrorKind::Duplicate { .. })
    }
}
