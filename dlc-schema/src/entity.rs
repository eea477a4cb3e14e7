//! Rows as values with types.

use dlc_model::Value;

use crate::{
    Blob, Cell, CheckRowError, CheckRowErrorKind, DateTime, Row, blob::BlobLimits, table::Table,
};

/// A value that is a row of one table.
pub trait Entity: Columns {
    /// Returns the table.
    fn table() -> &'static Table;

    /// Returns the value as a row.
    fn row(&self) -> Row {
        let mut row = Row::new();
        self.write_to(&mut row);
        row
    }

    /// Reads the value from a row.
    ///
    /// # Errors
    ///
    /// Returns an error that names the attribute which is missing or cannot be.
    fn from_row(row: &Row) -> Result<Self, CheckRowError> {
        Self::read_from(row, Self::table())
    }
}

/// A value that is some attributes of a row, such as a key.
pub trait Columns: Sized {
    /// Adds the attributes to a row.
    fn write_to(&self, row: &mut Row);

    /// Reads the attributes of a row of a table.
    ///
    /// # Errors
    ///
    /// Returns an error that names the attribute which is missing or cannot be.
    fn read_from(row: &Row, table: &'static Table) -> Result<Self, CheckRowError>;

    /// Returns the attributes alone, to look for rows that have them.
    fn columns(&self) -> Row {
        let mut row = Row::new();
        self.write_to(&mut row);
        row
    }
}

/// A value that is one attribute.
pub trait AttributeValue: Sized {
    /// Returns the value as it is stored.
    fn cell(&self) -> Cell;

    /// Reads a stored value, or says why it cannot be.
    ///
    /// # Errors
    ///
    /// Returns what was found instead, in words.
    fn from_cell(cell: &Cell) -> Result<Self, String>;
}

/// Reads one attribute of a row.
pub(crate) fn read_attribute<T: AttributeValue>(
    row: &Row,
    name: &str,
    table: &'static Table,
) -> Result<T, CheckRowError> {
    let cell = row.cell(name);
    let cell = cell.ok_or_else(|| CheckRowErrorKind::Missing.of(table, name))?;
    let unreadable = |reason| CheckRowErrorKind::Unreadable { reason }.of(table, name);
    T::from_cell(cell).map_err(unreadable)
}

fn found(expected: &str, cell: &Cell) -> String {
    format!("expected {expected}, found {}", cell.kind())
}

impl AttributeValue for String {
    fn cell(&self) -> Cell {
        Cell::Text(self.clone())
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match cell {
            Cell::Text(text) => Ok(text.clone()),
            other => Err(found("a text", other)),
        }
    }
}

macro_rules! integers {
    ($($kind:ty)*) => {$(
        impl AttributeValue for $kind {
            fn cell(&self) -> Cell {
                Cell::Int(i64::from(*self))
            }

            fn from_cell(cell: &Cell) -> Result<Self, String> {
                match cell {
                    Cell::Int(number) => Self::try_from(*number)
                        .map_err(|_| format!("{number} is out of range")),
                    other => Err(found("an integer", other)),
                }
            }
        }
    )*};
}

integers!(i32 i64 u32);

impl AttributeValue for bool {
    fn cell(&self) -> Cell {
        Cell::Int((*self).into())
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match cell {
            Cell::Int(number) => Ok(*number != 0),
            other => Err(found("0 or 1", other)),
        }
    }
}

impl AttributeValue for f64 {
    fn cell(&self) -> Cell {
        Cell::Float(*self)
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match cell {
            Cell::Float(number) => Ok(*number),
            other => Err(found("a number", other)),
        }
    }
}

impl AttributeValue for f32 {
    fn cell(&self) -> Cell {
        Cell::Float((*self).into())
    }

    #[expect(clippy::cast_possible_truncation, reason = "the attribute has 32 bits")]
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        f64::from_cell(cell).map(|number| number as Self)
    }
}

impl AttributeValue for DateTime {
    fn cell(&self) -> Cell {
        Cell::DateTime(*self)
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match cell {
            Cell::DateTime(time) => Ok(*time),
            other => Err(found("a date and time", other)),
        }
    }
}

impl AttributeValue for [u8; 16] {
    fn cell(&self) -> Cell {
        Cell::Uuid(*self)
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match cell {
            Cell::Uuid(bytes) => Ok(*bytes),
            other => Err(found("16 bytes", other)),
        }
    }
}

impl<T: AttributeValue> AttributeValue for Option<T> {
    fn cell(&self) -> Cell {
        self.as_ref().map_or(Cell::Null, T::cell)
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        match cell {
            Cell::Null => Ok(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

impl AttributeValue for Vec<f64> {
    fn cell(&self) -> Cell {
        Cell::Blob(Blob::from(self.as_slice()).encode())
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        let blob = decode(cell)?;
        Self::try_from(blob).map_err(|error| error.to_string())
    }
}

impl AttributeValue for Value {
    fn cell(&self) -> Cell {
        Cell::Blob(Blob::from(self).encode())
    }

    fn from_cell(cell: &Cell) -> Result<Self, String> {
        let blob = decode(cell)?;
        Self::try_from(blob).map_err(|error| error.to_string())
    }
}

fn decode(cell: &Cell) -> Result<Blob, String> {
    match cell {
        Cell::Blob(bytes) => Blob::decode(bytes, BlobLimits::default())
            .map_err(|error| format!("{error}: {}", error.kind)),
        other => Err(found("a blob", other)),
    }
}

/// Declares a value that is some attributes, and, with `in TABLE`, a row of a table.
///
/// `field: Type = "attribute"` is one attribute, `..field: Type` are those of a key.
macro_rules! columns {
    (
        $(#[$about:meta])*
        pub struct $name:ident $(in $table:ident)? {
            $(
                $(#[$field_about:meta])*
                $field:ident : $kind:ty = $attribute:tt
            ),* $(,)?
        }
    ) => {
        $(#[$about])*
        pub struct $name {
            $( $(#[$field_about])* pub $field: $kind, )*
        }

        impl $crate::Columns for $name {
            fn write_to(&self, row: &mut $crate::Row) {
                $( $crate::entity::columns!(@write self.$field, row, $attribute); )*
            }

            fn read_from(
                row: &$crate::Row,
                table: &'static $crate::table::Table,
            ) -> Result<Self, $crate::CheckRowError> {
                Ok(Self {
                    $( $field: $crate::entity::columns!(@read row, table, $attribute), )*
                })
            }
        }

        $(
            impl $crate::Entity for $name {
                fn table() -> &'static $crate::table::Table {
                    &$table
                }
            }
        )?
    };
    (@write $value:expr, $row:ident, (all)) => {
        $crate::Columns::write_to(&$value, $row)
    };
    (@write $value:expr, $row:ident, $attribute:literal) => {
        $row.set($attribute, $crate::entity::AttributeValue::cell(&$value))
    };
    (@read $row:ident, $table:ident, (all)) => {
        $crate::Columns::read_from($row, $table)?
    };
    (@read $row:ident, $table:ident, $attribute:literal) => {
        $crate::entity::read_attribute($row, $attribute, $table)?
    };
}
pub(crate) use columns;
