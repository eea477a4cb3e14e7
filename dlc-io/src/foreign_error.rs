//! Errors of other crates as one line.

use std::{error::Error, io, iter};

type Foreign = Box<dyn Error + Send + Sync>;

/// Returns an error that says in one line what this one and its sources say, each once.
///
/// Decoders print their source and return it too, some on a line of its own. Errors of the operating
/// system stay [`io::Error`]s, so that a caller knows that another try may help.
pub(crate) fn in_one_line(error: impl Into<Foreign>) -> Foreign {
    let error = error.into();
    let first = error.to_string();
    if error.source().is_none() && !first.contains('\n') {
        return error;
    }
    let sources: Vec<&dyn Error> =
        iter::successors(error.source(), |&source| source.source()).collect();
    let mut text = one_line(&first);
    for source in &sources {
        let source = one_line(&source.to_string());
        if !text.contains(&source) {
            text = format!("{text}: {source}");
        }
    }
    let own = error.downcast_ref::<io::Error>();
    let found = sources.iter().find_map(|source| source.downcast_ref());
    match own.or(found) {
        Some(io) => io::Error::new(io.kind(), text).into(),
        None => text.into(),
    }
}

/// As [`in_one_line`], for what must be an [`io::Error`].
pub(crate) fn io_in_one_line(error: io::Error) -> io::Error {
    match in_one_line(error).downcast() {
        Ok(error) => *error,
        Err(error) => io::Error::other(error),
    }
}

fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot decode:\n{source}")]
    struct Twice<E: Error + 'static> {
        source: E,
    }

    #[test]
    fn what_is_said_twice_is_said_once_in_one_line() {
        let source = io::Error::new(io::ErrorKind::UnexpectedEof, "the end");
        let error = in_one_line(Twice { source });

        assert_eq!(error.to_string(), "cannot decode: the end");
        assert!(error.source().is_none());
        let io: &io::Error = error.downcast_ref().unwrap();
        assert_eq!(io.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn what_is_said_once_stays() {
        let error = in_one_line(io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(
            error.downcast_ref::<io::Error>().map(io::Error::kind),
            Some(io::ErrorKind::NotFound)
        );
    }
}
