//! The lines with the names of columns.

use std::borrow::Cow;

use super::{
    fields::{Row, Rows},
    short,
};
use crate::{
    ReadPosesErrorKind as Kind,
    predictions::{INDIVIDUALS, LEVELS, distinct, tidy},
};

/// The first lines of a text: the names of columns, one line for each level.
pub(super) struct Header<'a> {
    lines: Vec<Row<'a>>,
    /// How many fields of each row are its names.
    pub(super) row_names: usize,
    /// How many fields a row has; empty ones behind them are a spreadsheet's.
    pub(super) fields: usize,
}

/// More levels of columns than any file of DeepLabCut has.
const MOST_LEVELS: usize = 16;

impl<'a> Header<'a> {
    /// Reads the lines that begin with the name of a level, the last of which is `coords`; or,
    /// where the levels have no names, those that begin with nothing.
    pub(super) fn read(rows: &mut Rows<'a>) -> Result<Self, Kind> {
        let unnamed = |row: &Row<'_>| row.fields[0].is_empty() && !row.is_blank();
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
        let fields = lines.iter().map(Row::len).max().unwrap_or(1).max(1);
        let unnamed = |place: &usize| {
            lines
                .iter()
                .all(|line| line.field(*place).trim().is_empty())
        };
        let row_names = 1 + (1..fields).take_while(unnamed).count();
        Ok(Self {
            lines,
            row_names,
            fields,
        })
    }

    /// Returns the names of the levels; one without a name is empty.
    pub(super) fn levels(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.field(0)).collect()
    }

    /// Returns the names of the levels without blanks around them.
    pub(super) fn tidy_levels(&self) -> Vec<&str> {
        self.levels().into_iter().map(str::trim).collect()
    }

    /// Returns the scorers that the columns name.
    pub(super) fn scorers(&self) -> Vec<&str> {
        let levels = self.tidy_levels();
        let level = levels.iter().position(|&level| level == LEVELS[0]);
        let names = tidy(&levels, self.columns());
        distinct(
            level
                .into_iter()
                .flat_map(|level| names.iter().map(move |names| names[level])),
        )
    }

    /// Returns the names of each column.
    pub(super) fn columns(&self) -> Vec<Vec<&str>> {
        let name = |i: usize| self.lines.iter().map(|line| line.field(i)).collect();
        (self.row_names..self.fields).map(name).collect()
    }
}

fn named_lines<'a>(rows: &mut Rows<'a>) -> Result<Vec<Row<'a>>, Kind> {
    let mut lines: Vec<Row<'_>> = Vec::new();
    let last = |line: &Row<'_>| line.field(0).trim() == LEVELS[2];
    while lines.last().is_none_or(|line| !last(line)) {
        let line = rows.next().transpose()?;
        let place = lines.len() + 1;
        let known = |line: &Row<'_>| {
            let name = line.field(0).trim();
            LEVELS.contains(&name) || name == INDIVIDUALS
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
