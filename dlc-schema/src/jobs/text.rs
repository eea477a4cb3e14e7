//! Errors as texts that the columns of `~jobs` can hold.

use std::error::Error;

use crate::{Blob, Cell};

/// The most characters of a message; DataJoint's own number.
const MESSAGE: usize = 2047;
const CUT: &str = "...truncated";
/// The most bytes of a chain of errors that are kept.
const STACK: usize = 1 << 16;

/// Returns what an error and all that caused it say, without what is said twice in a row.
pub(super) fn chain(error: &dyn Error) -> Vec<String> {
    let causes = std::iter::successors(Some(error), |error| Error::source(*error));
    let mut texts: Vec<String> = causes.take(100).map(ToString::to_string).collect();
    texts.dedup();
    texts
}

/// Returns a chain of errors as one line, cut as DataJoint cuts it.
pub(super) fn message(chain: &[String]) -> String {
    let text = column(&chain.join(": "), usize::MAX);
    if text.chars().count() <= MESSAGE {
        return text;
    }
    let kept = text.chars().take(MESSAGE - CUT.len());
    kept.chain(CUT.chars()).collect()
}

/// Returns a chain of errors as the blob that Python has its traceback in, one cause a line.
pub(super) fn stack(chain: &[String]) -> Cell {
    let mut text = chain.join("\n  caused by: ");
    text.truncate(text.floor_char_boundary(STACK));
    Cell::Blob(Blob::String(text).encode())
}

/// Makes a text one that a column of so many characters can hold: DataJoint's are Latin-1.
pub(super) fn column(text: &str, limit: usize) -> String {
    let seen = |letter: char| match letter {
        '\n' | '\t' => letter,
        letter if letter.is_control() || letter > 'ÿ' => '?',
        letter => letter,
    };
    let text: String = text.chars().take(limit).map(seen).collect();
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MakeError, Row, tables::JOBS};

    #[test]
    fn all_causes_are_told_once() {
        let cause = std::io::Error::other("no such snapshot");
        let error = MakeError::permanent(cause);
        let chain = chain(&error);
        assert_eq!(message(&chain), "the row cannot be made: no such snapshot");
    }

    #[test]
    fn long_and_foreign_messages_fit_their_column() {
        for text in ["→".repeat(3000), "\0 ".into(), "é".repeat(2048) + " "] {
            let message = message(&[text]);
            let row = Row::new().with("error_message", message);
            assert_eq!(row.check_part(&JOBS), Ok(()));
        }
        let cut = message(&["a".repeat(2048)]);
        assert!(cut.ends_with("a...truncated") && cut.len() == 2047);
    }
}
