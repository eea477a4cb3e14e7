/// An error returned when a database does not hold the tables that are described here.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LayoutError {
    /// A table is missing.
    #[error("table `{table}` is missing: the tables are to be declared first")]
    MissingTable {
        /// Its name in the database.
        table: String,
    },
    /// A table has no such column.
    #[error("table `{table}` has no column `{column}`: expected {expected}")]
    MissingColumn {
        /// The table's name in the database.
        table: String,
        /// The column.
        column: String,
        /// What it should be.
        expected: String,
    },
    /// A column is something else.
    #[error("column `{column}` of table `{table}`: expected {expected}, found {found}")]
    Column {
        /// The table's name in the database.
        table: String,
        /// The column.
        column: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A table has another key.
    #[error("primary key of table `{table}`: expected {expected:?}, found {found:?}")]
    Key {
        /// The table's name in the database.
        table: String,
        /// The columns that it should have.
        expected: Vec<String>,
        /// The columns that it has.
        found: Vec<String>,
    },
    /// The tables are those of another version of a program.
    #[error("`{found}` belongs to {version}: not supported")]
    Version {
        /// What is there, a table or a column.
        found: String,
        /// What it belongs to.
        version: String,
    },
}
