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

impl Row<'_> {
    /// Returns a field; beyond the last one there are empty ones.
    pub(super) fn field(&self, place: usize) -> &str {
        self.fields.get(place).map_or("", |field| field)
    }

    /// Returns whether every field is empty: a spreadsheet's way to leave a line out.
    pub(super) fn is_blank(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of fields without the blank ones at the end.
    pub(super) fn len(&self) -> usize {
        let is_blank = |field: &Cow<'_, str>| field.trim_ascii().is_empty();
        let last = self.fields.iter().rposition(|field| !is_blank(field));
        last.map_or(0, |last| last + 1)
    }
}

/// The rows of a text, without the empty ones.
#[derive(Clone)]
pub(super) struct Rows<'a> {
    rest: &'a str,
    line: usize,
    separator: char,
}

/// What fields may end at.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

impl<'a> Rows<'a> {
    /// Begins at the first line, behind a byte order mark if there is one. Fields end at what the
    /// first field of all ends at.
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
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Ok(Self {
            rest: text,
            line: 1,
            separator: separator(text),
        })
    }

    /// Returns what fields end at.
    pub(super) fn separator(&self) -> char {
        self.separator
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
            match self.rest.strip_prefix(self.separator) {
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

    /// Takes what stands before a separator or the end of the line.
    fn plain(&mut self) -> Cow<'a, str> {
        let ends = |byte: &u8| matches!(byte, b'\n' | b'\r') || char::from(*byte) == self.separator;
        let end = self.rest.as_bytes().iter().position(ends);
        let (field, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        field.into()
    }

    /// Takes what stands between quotes; two quotes inside stand for one. What follows the last one
    /// belongs to the field, too, as in pandas.
    fn quoted(&mut self, inner: &'a str, column: usize) -> Result<Cow<'a, str>, Kind> {
        let mut text = Cow::Borrowed("");
        let mut rest = inner;
        loop {
            let Some((part, behind)) = rest.split_once('"') else {
                return Err(Kind::Field {
                    line: self.line,
                    column,
                    expected: "a quote at the end",
                    found: inner.chars().take(40).collect(),
                });
            };
            text += part;
            self.line += lines(part);
            match behind.strip_prefix('"') {
                Some(behind) => {
                    text += "\"";
                    rest = behind;
                }
                None => {
                    self.rest = behind;
                    text += self.plain();
                    return Ok(text);
                }
            }
        }
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<Row<'a>, Kind>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(rest) = end_of_blank_line(self.rest) {
            self.rest = rest;
            self.line += 1;
        }
        (!self.rest.is_empty()).then(|| self.row())
    }
}

/// Returns the first separator of the first line that is not between quotes.
fn separator(text: &str) -> char {
    let mut is_quoted = false;
    let mut outside = text.chars().filter(|&letter| {
        is_quoted ^= letter == '"';
        !is_quoted
    });
    let first = outside.find(|letter| SEPARATORS.contains(letter) || is_end(*letter));
    first.filter(|letter| !is_end(*letter)).unwrap_or(',')
}

fn is_end(letter: char) -> bool {
    matches!(letter, '\n' | '\r')
}

/// Returns the number of ends of lines.
fn lines(text: &str) -> usize {
    let ends = text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r'));
    ends.count() - text.matches("\r\n").count()
}

/// Returns what follows the end of a line, where `text` begins with one.
fn end_of_line(text: &str) -> Option<&str> {
    text.strip_prefix('\n')
        .or_else(|| text.strip_prefix("\r\n"))
        .or_else(|| text.strip_prefix('\r'))
}

/// Returns what follows a line of nothing but blanks, where `text` begins with one.
fn end_of_blank_line(text: &str) -> Option<&str> {
    end_of_line(text.trim_start_matches([' ', '\t']))
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
    fn the_first_field_shows_the_separator() {
        for text in ["a;\"b;,\";c,d\n", "a\t\"b\t,\"\tc,d\n", "a|\"b|,\"|c,d\n"] {
            let separator = Rows::new(text.as_bytes()).unwrap().separator();
            let second = format!("b{separator},");
            assert_eq!(fields(text), [row(1, &["a", &second, "c,d"])]);
        }
        let quoted = Rows::new(b"\"a,b\";c").unwrap();
        assert_eq!(quoted.separator(), ';');
        assert_eq!(Rows::new(b"a\nb;c").unwrap().separator(), ',');
    }

    #[test]
    fn lines_end_as_on_any_machine_and_blank_ones_do_not_count() {
        let expected = [
            row(1, &["a", "b"]),
            row(3, &["c", "d\re"]),
            row(5, &["f", ""]),
        ];
        assert_eq!(fields("a,b\r \t\rc,\"d\re\"\rf,"), expected);
    }

    #[test]
    fn an_open_quote_is_an_error() {
        let error = Rows::new(b"a,\"b").unwrap().next().unwrap();
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("line 1, column 2: expected a quote at the end"));
        // As pandas: what follows a quote belongs to the field.
        assert_eq!(fields("a,\"b\"c\n"), [row(1, &["a", "bc"])]);
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
