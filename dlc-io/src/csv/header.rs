//! The lines with the names of columns.

use std::borrow::Cow;

use super::{
    fields::{Row, Rows},
    short,
};
use crate::{
    ReadPosesErrorKind as Kind,
    predictions::{INDIVIDUALS, LEVELS},
};

/// The first lines of a text: the names of columns, one line for each level.
pub(super) struct Header<'a> {
    lines: Vec<Row<'a>>,
    /// How many fields of each row are its names.
    pub(super) row_names: usize,
}

/// More levels of columns than any file of DeepLabCut has.
const MOST_LEVELS: usize = 16;

impl<'a> Header<'a> {
    /// Reads the lines that begin with the name of a level, the last of which is `coords`; or,
    /// where the levels have no names, those that begin with nothing.
    pub(super) fn read(rows: &mut Rows<'a>) -> Result<Self, Kind> {
        let unnamed = |row: &Row<'_>| row.fields[0].is_empty();
        let first = rows.clone().next().transpose()?;
        let lines = if first.as_ref().is_some_and(unnamed) {
            let mut lines: Vec<Row<'_>> = Vec::new();
            while let Some(Ok(line)) = rows.clone().next()
                && unnamed(&line)
                && lines.len() < MOST_LEVELS
            {
                rows.next();
                lines.push(line);
            }
            lines
        } else {
            named_lines(rows)?
        };
        let expected = lines[0].fields.len();
        if let Some(other) = lines.iter().find(|line| line.fields.len() != expected) {
            return Err(Kind::Fields {
                line: other.line,
                expected,
                found: other.fields.len(),
            });
        }
        let rest = lines[0].fields[1..].iter();
        let row_names = 1 + rest.take_while(|field| field.is_empty()).count();
        Ok(Self { lines, row_names })
    }

    /// Returns the number of fields of a row.
    pub(super) fn fields(&self) -> usize {
        self.lines[0].fields.len()
    }

    /// Returns the names of the levels; one without a name is empty.
    pub(super) fn levels(&self) -> Vec<&str> {
        self.lines.iter().map(|line| &*line.fields[0]).collect()
    }

    /// Returns the names of each column.
    pub(super) fn columns(&self) -> Vec<Vec<&str>> {
        let name = |i: usize| self.lines.iter().map(|line| &*line.fields[i]).collect();
        (self.row_names..self.fields()).map(name).collect()
    }
}

fn named_lines<'a>(rows: &mut Rows<'a>) -> Result<Vec<Row<'a>>, Kind> {
    let mut lines: Vec<Row<'_>> = Vec::new();
    let last = |line: &Row<'_>| line.fields[0] == LEVELS[2];
    while lines.last().is_none_or(|line| !last(line)) {
        let line = rows.next().transpose()?;
        let place = lines.len() + 1;
        let known = |line: &Row<'_>| {
            let name = &line.fields[0];
            LEVELS.contains(&&**name) || name == INDIVIDUALS
        };
        match line {
            Some(line) if known(&line) && place <= LEVELS.len() + 1 => lines.push(line),
            line => {
                let found = line.map_or(Cow::default(), |line| line.fields[0].clone());
                return Err(Kind::Field {
                    line: place,
                    column: 1,
                    expected: "`scorer`, then `bodyparts`, then `coords`",
                    found: short(&found),
                });
            }
        }
    }
    Ok(lines)
}
