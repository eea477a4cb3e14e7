use crate::{Cell, Row, table::Table};

/// Which rows of a table are wanted: DataJoint's restrictions as data.
///
/// Rows come in the order of their keys.
///
/// # Examples
///
/// The data of a recording that no job has predicted yet:
///
/// ```
/// use dlc_schema::{Query, tables::{DLC_PREDICTION, RECORDING_DATA, RECORDING_DLC}};
///
/// let pending = Query::of(&RECORDING_DATA)
///     .with("session_name", "0a59dac1dcba870a")
///     .present_in(Query::of(&RECORDING_DLC))
///     .absent_from(Query::of(&DLC_PREDICTION));
/// ```
#[derive(Clone, Debug)]
pub struct Query {
    /// The table.
    pub table: &'static Table,
    /// What the rows must hold.
    pub equal: Row,
    /// Queries of which one row at least must belong to the row: that has the same
    /// [shared attributes](Table::shared_attributes).
    pub present_in: Vec<Self>,
    /// Queries of which no row may belong to the row.
    pub absent_from: Vec<Self>,
    /// The attributes wanted; all when empty.
    pub attributes: Vec<&'static str>,
    /// The most rows wanted.
    pub limit: Option<usize>,
}

impl Query {
    /// Wants all rows of a table.
    pub const fn of(table: &'static Table) -> Self {
        Self {
            table,
            equal: Row::new(),
            present_in: Vec::new(),
            absent_from: Vec::new(),
            attributes: Vec::new(),
            limit: None,
        }
    }

    /// Wants rows with this attribute.
    #[must_use]
    pub fn with(mut self, attribute: &'static str, cell: impl Into<Cell>) -> Self {
        self.equal.set(attribute, cell);
        self
    }

    /// Wants rows that hold all of these attributes.
    #[must_use]
    pub fn with_all(mut self, row: Row) -> Self {
        self.equal = self.equal.and(row);
        self
    }

    /// Wants rows to which a row of another query belongs (`self & other`).
    #[must_use]
    pub fn present_in(mut self, other: Self) -> Self {
        self.present_in.push(other);
        self
    }

    /// Wants rows to which no row of another query belongs (`self - other`).
    #[must_use]
    pub fn absent_from(mut self, other: Self) -> Self {
        self.absent_from.push(other);
        self
    }

    /// Wants the key alone.
    #[must_use]
    pub fn keys(self) -> Self {
        let key = self.table.key;
        self.only(key)
    }

    /// Wants these attributes alone.
    #[must_use]
    pub fn only(mut self, attributes: &[&'static str]) -> Self {
        self.attributes = attributes.to_vec();
        self
    }

    /// Wants so many rows at most.
    #[must_use]
    pub const fn limit(mut self, rows: usize) -> Self {
        self.limit = Some(rows);
        self
    }

    /// [Rounds](Row::rounded) what rows must hold, also in the queries inside.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        let all = |queries: Vec<Self>| queries.into_iter().map(Self::rounded).collect();
        self.equal = self.equal.rounded(self.table);
        self.present_in = all(self.present_in);
        self.absent_from = all(self.absent_from);
        self
    }

    /// Checks that the tables have the attributes that are asked for.
    ///
    /// # Errors
    ///
    /// Returns an error that names the attribute and the table.
    pub fn check(&self) -> Result<(), crate::CheckRowError> {
        self.equal.check_part(self.table)?;
        let unknown = |name: &&&'static str| self.table.attribute(name).is_none();
        if let Some(name) = self.attributes.iter().find(unknown) {
            return Err(crate::CheckRowErrorKind::Unknown.of(self.table, name));
        }
        let mut others = self.present_in.iter().chain(&self.absent_from);
        others.try_for_each(Self::check)
    }
}
