use std::{collections::BTreeMap, fmt};

use crate::{
    Cell, DateTime,
    table::{Attribute, AttributeType, DefaultValue, Table},
};

/// A row, or a part of one: names of attributes and what they hold.
///
/// # Examples
///
/// ```
/// use dlc_schema::{Row, tables::TRACKED_BODY_PART};
///
/// let row = Row::new().with("body_part", "left_ear");
///
/// assert!(row.check(&TRACKED_BODY_PART).is_ok());
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Row(BTreeMap<&'static str, Cell>);

impl Row {
    /// Creates an empty row.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds or replaces an attribute.
    #[must_use]
    pub fn with(mut self, attribute: &'static str, cell: impl Into<Cell>) -> Self {
        self.set(attribute, cell);
        self
    }

    /// Adds or replaces an attribute.
    pub fn set(&mut self, attribute: &'static str, cell: impl Into<Cell>) {
        self.0.insert(attribute, cell.into());
    }

    /// Returns what an attribute holds, or `None` when the row does not say.
    pub fn cell(&self, attribute: &str) -> Option<&Cell> {
        self.0.get(attribute)
    }

    /// Returns whether the row says nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over what the row says, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Cell)> {
        self.0.iter().map(|(name, cell)| (*name, cell))
    }

    /// Returns the part of the row with these attributes; those it does not have are left out.
    #[must_use]
    pub fn only(&self, attributes: &[&'static str]) -> Self {
        let cell = |name: &&'static str| Some((*name, self.cell(name)?.clone()));
        Self(attributes.iter().filter_map(cell).collect())
    }

    /// Returns the key of a row of a table.
    #[must_use]
    pub fn key(&self, table: &Table) -> Self {
        self.only(table.key)
    }

    /// Returns what these attributes hold, in their order; null for those the row does not have.
    pub fn cells(&self, attributes: &[&str]) -> Vec<Cell> {
        let cell = |name: &&str| self.cell(name).cloned().unwrap_or_default();
        attributes.iter().map(cell).collect()
    }

    /// Returns whether the row holds all that the other one does.
    pub fn holds(&self, other: &Self) -> bool {
        other
            .iter()
            .all(|(name, cell)| self.cell(name) == Some(cell))
    }

    /// Adds what the other one says.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Checks that a table can take the row as it is: lengths, ranges, enumerations, and that
    /// nothing is missing or too much.
    ///
    /// # Errors
    ///
    /// Returns an error that names the attribute, its limit and what was found.
    pub fn check(&self, table: &'static Table) -> Result<(), CheckRowError> {
        self.check_part(table)?;
        let missing = |attribute: &&Attribute| {
            attribute.default == DefaultValue::Required && self.cell(attribute.name).is_none()
        };
        match table.attributes.iter().find(missing) {
            Some(attribute) => Err(CheckRowErrorKind::Missing.of(table, attribute.name)),
            None => Ok(()),
        }
    }

    /// Checks that a table can have such attributes, though there may be more.
    ///
    /// # Errors
    ///
    /// As [`Self::check`].
    pub fn check_part(&self, table: &'static Table) -> Result<(), CheckRowError> {
        for (name, cell) in self.iter() {
            let attribute = table
                .attribute(name)
                .ok_or_else(|| CheckRowErrorKind::Unknown.of(table, name))?;
            check(attribute, cell).map_err(|kind| kind.of(table, name))?;
        }
        Ok(())
    }

    /// Checks that rows of a table can be changed so: [`Self::check_part`], and no attribute is part of
    /// the key.
    ///
    /// # Errors
    ///
    /// As [`Self::check`].
    pub fn check_changes(&self, table: &'static Table) -> Result<(), CheckRowError> {
        match self.iter().find(|(name, _)| table.is_key(name)) {
            Some((name, _)) => Err(CheckRowErrorKind::Key.of(table, name)),
            None => self.check_part(table),
        }
    }

    /// Writes the defaults of what the row does not say, and [rounds](Self::rounded) what it does.
    #[must_use]
    pub fn complete(mut self, table: &Table) -> Self {
        for attribute in table.attributes {
            let default = match attribute.default {
                DefaultValue::Required => continue,
                DefaultValue::Null => Cell::Null,
                DefaultValue::Text(text) => text.into(),
                DefaultValue::Int(number) => number.into(),
                DefaultValue::Now => Cell::DateTime(DateTime::now()),
            };
            self.0.entry(attribute.name).or_insert(default);
        }
        self.rounded(table)
    }

    /// Rounds numbers of attributes of 32 bits to such numbers.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the attribute has 32 bits")]
    pub fn rounded(mut self, table: &Table) -> Self {
        for (name, cell) in &mut self.0 {
            let attribute = table.attribute(name);
            let is_short = attribute.is_some_and(|to| to.kind == AttributeType::Float);
            if let (true, Cell::Float(number)) = (is_short, cell) {
                *number = f64::from(*number as f32);
            }
        }
        self
    }
}

impl FromIterator<(&'static str, Cell)> for Row {
    fn from_iter<I: IntoIterator<Item = (&'static str, Cell)>>(cells: I) -> Self {
        Self(cells.into_iter().collect())
    }
}

/// Writes `session_name = 0a59dac1dcba870a, recording_order = 0`.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, cell)) in self.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{name} = {cell}")?;
        }
        Ok(())
    }
}

fn check(attribute: &Attribute, cell: &Cell) -> Result<(), CheckRowErrorKind> {
    use AttributeType as T;
    let range = |least: i64, most: i64, found: i64| match (least..=most).contains(&found) {
        true => Ok(()),
        false => Err(CheckRowErrorKind::OutOfRange { least, most, found }),
    };
    match (attribute.kind, cell) {
        (_, Cell::Null) if attribute.default == DefaultValue::Null => Ok(()),
        (T::Char(limit) | T::Varchar(limit), Cell::Text(text)) => check_text(text, limit),
        (T::Enum(allowed), Cell::Text(text)) => match allowed.contains(&text.as_str()) {
            true => Ok(()),
            false => Err(CheckRowErrorKind::NotOneOf {
                allowed,
                found: text.chars().take(80).collect(),
            }),
        },
        (T::TinyInt, Cell::Int(found)) => range(i8::MIN.into(), i8::MAX.into(), *found),
        (T::SmallInt, Cell::Int(found)) => range(i16::MIN.into(), i16::MAX.into(), *found),
        (T::Int, Cell::Int(found)) => range(i32::MIN.into(), i32::MAX.into(), *found),
        (T::IntUnsigned, Cell::Int(found)) => range(0, u32::MAX.into(), *found),
        (T::BigIntUnsigned, Cell::Int(found)) => range(0, i64::MAX, *found),
        // MySQL has no word for a number that is not finite.
        (T::Float | T::Double, Cell::Float(found)) if !found.is_finite() => {
            Err(CheckRowErrorKind::NotFinite)
        }
        (T::Float, Cell::Float(found)) if found.abs() > f32::MAX.into() => {
            Err(CheckRowErrorKind::NotFinite)
        }
        (T::DateTime | T::Timestamp, Cell::DateTime(time)) => {
            match time.to_string().parse() == Ok(*time) {
                true => Ok(()),
                false => Err(CheckRowErrorKind::DateOutOfRange { found: *time }),
            }
        }
        (T::Float | T::Double, Cell::Float(_)) | (T::Uuid, Cell::Uuid(_)) => Ok(()),
        (T::Blob, Cell::Blob(bytes)) => check_size(bytes, u16::MAX.into()),
        (T::MediumBlob, Cell::Blob(bytes)) => check_size(bytes, 0xff_ffff),
        (T::LongBlob, Cell::Blob(bytes)) => check_size(bytes, u32::MAX.into()),
        (expected, found) => Err(CheckRowErrorKind::WrongKind {
            expected,
            found: found.kind(),
        }),
    }
}

/// Blanks at the end count to some databases and not to others.
fn check_text(text: &str, limit: usize) -> Result<(), CheckRowErrorKind> {
    let length = text.chars().count();
    if length > limit {
        return Err(CheckRowErrorKind::TooLong {
            limit,
            length,
            text: text.chars().take(80).collect(),
        });
    }
    match text.ends_with(' ') || text.contains('\0') {
        true => Err(CheckRowErrorKind::BlankAtEnd),
        false => Ok(()),
    }
}

fn check_size(bytes: &[u8], limit: u64) -> Result<(), CheckRowErrorKind> {
    match bytes.len() as u64 <= limit {
        true => Ok(()),
        false => Err(CheckRowErrorKind::TooLarge {
            limit,
            length: bytes.len(),
        }),
    }
}

/// An error returned when a table cannot take a row.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a row of {table} cannot have this {attribute}")]
pub struct CheckRowError {
    table: &'static str,
    attribute: String,
    #[source]
    kind: CheckRowErrorKind,
}

impl CheckRowError {
    /// Returns the table, as classes are named.
    pub const fn table(&self) -> &'static str {
        self.table
    }

    /// Returns the name of the attribute.
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// Returns what is wrong with it.
    pub const fn kind(&self) -> &CheckRowErrorKind {
        &self.kind
    }
}

/// What is wrong with an attribute of a row.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckRowErrorKind {
    /// The table has no such attribute.
    #[error("the table has no such attribute")]
    Unknown,
    /// The row does not say, and there is no default.
    #[error("missing, and there is no default")]
    Missing,
    /// It is part of the key, which does not change.
    #[error("part of the key, which does not change")]
    Key,
    /// The text is too long.
    #[error("{text:?} has {length} characters, at most {limit} are possible")]
    TooLong {
        /// The most characters.
        limit: usize,
        /// The characters found.
        length: usize,
        /// The text, cut.
        text: String,
    },
    /// The text ends with a blank or has a NUL, which databases treat differently.
    #[error("a text must not end with a blank or have a NUL character")]
    BlankAtEnd,
    /// The bytes are too many.
    #[error("{length} bytes, at most {limit} are possible")]
    TooLarge {
        /// The most bytes.
        limit: u64,
        /// The bytes found.
        length: usize,
    },
    /// The text is not one of those allowed.
    #[error("expected one of {allowed:?}, found {found:?}")]
    NotOneOf {
        /// The texts allowed.
        allowed: &'static [&'static str],
        /// The text found.
        found: String,
    },
    /// The integer does not fit.
    #[error("expected an integer from {least} to {most}, found {found}")]
    OutOfRange {
        /// The least possible.
        least: i64,
        /// The greatest possible.
        most: i64,
        /// The integer found.
        found: i64,
    },
    /// The number is not finite, or not once it has 32 bits.
    #[error("the number is not finite")]
    NotFinite,
    /// The date has no text.
    #[error("{} s since 1970 is not between the years 1678 and 2261", found.seconds())]
    DateOutOfRange {
        /// The date found.
        found: DateTime,
    },
    /// It is of another kind.
    #[error("expected {expected:?}, found {found}")]
    WrongKind {
        /// The kind of the attribute.
        expected: AttributeType,
        /// The kind found.
        found: &'static str,
    },
    /// It cannot be what the row's type says.
    #[error("{reason}")]
    Unreadable {
        /// Why not.
        reason: String,
    },
}

impl CheckRowErrorKind {
    /// Says where it is wrong.
    pub(crate) fn of(self, table: &'static Table, attribute: &str) -> CheckRowError {
        CheckRowError {
            table: table.class,
            attribute: attribute.into(),
            kind: self,
        }
    }
}
