use std::{borrow::Cow, str};

use crate::ReadPosesErrorKind as Kind;

/// A line of a table as text; a quoted field may hold ends of lines.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// The line on which it begins, from 1.
    pub(super) line: usize,
    /// At least one.
    pub(super) fields: Vec<Cow<'a, str>>,
}

/// The rows of a text, without the empty ones.
#[derive(Clone)]
pub(super) struct Rows<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Rows<'a> {
    /// Begins at the first line, behind a byte order mark if there is one.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, Kind> {
        let text = str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line_start = before
                .iter()
                .rposition(|&b| b == b'\n')
                .map_or(0, |i| i + 1);
            let count = |bytes: &[u8], byte| bytes.iter().filter(|&&b| b == byte).count() + 1;
            Kind::Field {
                line: count(before, b'\n'),
                column: count(&before[line_start..], b','),
                expected: "text in UTF-8",
                found: format!("byte {:#04x}", bytes[before.len()]),
            }
        })?;
        Ok(Self {
            rest: text.strip_prefix('\u{feff}').unwrap_or(text),
            line: 1,
        })
    }

    fn row(&mut self) -> Result<Row<'a>, Kind> {
        let line = self.line;
        let mut fields = Vec::new();
        loop {
            let field = match self.rest.strip_prefix('"') {
                Some(inner) => self.quoted(inner, fields.len() + 1)?,
                None => self.plain(),
            };
            fields.push(field);
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest,
                None => break,
            }
        }
        if let Some(rest) = end_of_line(self.rest) {
            self.rest = rest;
            self.line += 1;
        }
        Ok(Row { line, fields })
    }

    /// Takes what stands before a comma or the end of the line.
    fn plain(&mut self) -> Cow<'a, str> {
        let bytes = self.rest.as_bytes();
        let end = bytes.iter().position(|b| matches!(b, b',' | b'\n'));
        let end = end.unwrap_or(bytes.len());
        let end = match self.rest[..end].strip_suffix('\r') {
            Some(text) if bytes.get(end) == Some(&b'\n') => text.len(),
            _ => end,
        };
        let (field, rest) = self.rest.split_at(end);
        self.rest = rest;
        field.into()
    }

    /// Takes what stands between quotes; two quotes inside stand for one.
    fn quoted(&mut self, inner: &'a str, column: usize) -> Result<Cow<'a, str>, Kind> {
        let mut text = Cow::Borrowed("");
        let mut rest = inner;
        loop {
            let Some((part, behind)) = rest.split_once('"') else {
                return Err(self.broken(inner, column, "a quote at the end"));
            };
            text += part;
            self.line += part.bytes().filter(|&b| b == b'\n').count();
            match behind.strip_prefix('"') {
                Some(behind) => {
                    text += "\"";
                    rest = behind;
                }
                None if behind.is_empty()
                    || behind.starts_with(',')
                    || end_of_line(behind).is_some() =>
                {
                    self.rest = behind;
                    return Ok(text);
                }
                None => return Err(self.broken(behind, column, "a comma behind the quote")),
            }
        }
    }

    fn broken(&self, found: &str, column: usize, expected: &'static str) -> Kind {
        Kind::Field {
            line: self.line,
            column,
            expected,
            found: found.chars().take(40).collect(),
        }
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<Row<'a>, Kind>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(rest) = end_of_line(self.rest) {
            self.rest = rest;
            self.line += 1;
        }
        (!self.rest.is_empty()).then(|| self.row())
    }
}

/// Returns what follows the end of a line, where `text` begins with one.
fn end_of_line(text: &str) -> Option<&str> {
    text.strip_prefix('\n')
        .or_else(|| text.strip_prefix("\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(usize, Vec<String>)> {
        let row = |row: Result<Row<'_>, Kind>| {
            let row = row.unwrap();
            (
                row.line,
                row.fields.into_iter().map(Cow::into_owned).collect(),
            )
        };
        Rows::new(text.as_bytes()).unwrap().map(row).collect()
    }

    fn row(line: usize, fields: &[&str]) -> (usize, Vec<String>) {
        (line, fields.iter().map(|field| field.to_string()).collect())
    }

    #[test]
    fn fields_end_at_commas_and_lines() {
        let expected = [row(1, &["a", "", "b"]), row(3, &["c"]), row(4, &["", ""])];
        assert_eq!(fields("a,,b\n\nc\n,\n"), expected);
        assert_eq!(fields("\u{feff}a,,b\r\n\r\nc\r\n,"), expected);
    }

    #[test]
    fn quotes_protect_commas_quotes_and_lines() {
        assert_eq!(
            fields("\"a,\"\"b\"\"\",\"c\nd\"\r\n\"\",e\n"),
            [row(1, &["a,\"b\"", "c\nd"]), row(3, &["", "e"])]
        );
    }

    #[test]
    fn an_open_quote_is_an_error() {
        for text in ["a,\"b", "a,\"b\"c\n"] {
            let error = Rows::new(text.as_bytes()).unwrap().next().unwrap();
            assert!(
                error
                    .unwrap_err()
                    .to_string()
                    .starts_with("line 1, column 2")
            );
        }
    }

    #[test]
    fn bytes_that_are_not_text_are_found() {
        let error = Rows::new(b"a\nb,\xe9").map(drop).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2, column 2: expected text in UTF-8, found \"byte 0xe9\""
        );
    }
}
