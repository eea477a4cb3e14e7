use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::Path,
};

use dlc_model::Value;

use super::scalar;
use crate::atomic::{self, WriteFileError};

/// Writes a file, whole or not at all.
///
/// # Errors
///
/// Returns an error when the file cannot be written.
pub fn write(path: impl AsRef<Path>, value: &Value) -> Result<(), WriteFileError> {
    atomic::write(path, |file| -> io::Result<()> {
        file.write_all(to_string(value).as_bytes())
    })
}

/// Returns a value as YAML, laid out as DeepLabCut lays its files out.
///
/// What is read from it again is the value.
///
/// # Examples
///
/// ```
/// use dlc_model::Value;
///
/// let value = Value::dict([
///     ("date", "Oct30".into()),
///     ("identity", Value::None),
///     ("bodyparts", Value::from_iter(["snout", "1e5"])),
/// ]);
///
/// assert_eq!(
///     dlc_io::yaml::to_string(&value),
///     "date: Oct30\nidentity:\nbodyparts:\n- snout\n- '1e5'\n"
/// );
/// ```
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Dict(entries) if !entries.is_empty() => dict(&mut out, entries, 0),
        Value::List(items) if !items.is_empty() => list(&mut out, items, 0),
        Value::None => out.push_str("null\n"),
        other => {
            flow(&mut out, other);
            out.push('\n');
        }
    }
    out
}

fn dict(out: &mut String, entries: &[(Value, Value)], indent: usize) {
    for (at, (key, value)) in entries.iter().enumerate() {
        if at > 0 {
            spaces(out, indent);
        }
        let begin = out.len();
        flow(out, key);
        // Longer keys must be marked: a parser looks only so far for their colon.
        let is_simple = !matches!(key, Value::List(_) | Value::Dict(_)) && out.len() - begin < 500;
        if !is_simple {
            out.insert_str(begin, "? ");
            out.push('\n');
            spaces(out, indent);
        }
        out.push(':');
        behind_key(out, value, indent);
    }
}

fn behind_key(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::None => out.push('\n'),
        Value::Dict(entries) if !entries.is_empty() => {
            out.push('\n');
            spaces(out, indent + 2);
            dict(out, entries, indent + 2);
        }
        Value::List(items) if !items.is_empty() => {
            out.push('\n');
            spaces(out, indent);
            list(out, items, indent);
        }
        other => {
            out.push(' ');
            flow(out, other);
            out.push('\n');
        }
    }
}

fn list(out: &mut String, items: &[Value], indent: usize) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            spaces(out, indent);
        }
        out.push('-');
        match item {
            Value::None => out.push('\n'),
            Value::Dict(entries) if !entries.is_empty() => {
                out.push(' ');
                dict(out, entries, indent + 2);
            }
            Value::List(items) if !items.is_empty() => {
                out.push(' ');
                list(out, items, indent + 2);
            }
            other => {
                out.push(' ');
                flow(out, other);
                out.push('\n');
            }
        }
    }
}

fn spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

/// Appends a value on one line.
fn flow(out: &mut String, value: &Value) {
    match value {
        Value::None => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => push(out, value),
        Value::Float(value) => float(out, *value),
        Value::String(text) => string(out, text),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                flow(out, item);
            }
            out.push(']');
        }
        Value::Dict(entries) => {
            out.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                out.push_str(if at > 0 { ", ? " } else { "? " });
                flow(out, key);
                out.push_str(" : ");
                flow(out, value);
            }
            out.push('}');
        }
    }
}

fn push(out: &mut String, value: impl std::fmt::Display) {
    write!(out, "{value}").expect("writing to a string does not fail");
}

fn float(out: &mut String, value: f64) {
    match value {
        _ if value.is_nan() => out.push_str(".nan"),
        f64::INFINITY => out.push_str(".inf"),
        f64::NEG_INFINITY => out.push_str("-.inf"),
        // `1e-5` for small and large numbers, `1.0` for whole ones.
        _ => push(out, format_args!("{value:?}")),
    }
}

fn string(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
    } else if text.chars().all(|c| !c.is_control() && !is_break(c)) {
        push(out, format_args!("'{}'", text.replace('\'', "''")));
    } else {
        quoted(out, text);
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Returns whether a text reads as itself without quotes, also to `PyYAML`.
fn is_plain(text: &str) -> bool {
    const INDICATORS: &[char] = &[
        '-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@',
        '`', '=', '<', '~', '.', '+', ' ',
    ];
    let old_booleans = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let inner_is_safe = !text.contains(": ")
        && !text.contains(" #")
        && !text.contains([',', '[', ']', '{', '}'])
        && !text.ends_with([':', ' '])
        && text.chars().all(|c| !c.is_control() && !is_break(c));
    !text.is_empty()
        && !text.starts_with(INDICATORS)
        && inner_is_safe
        && !old_booleans.contains(&text.to_ascii_lowercase().as_str())
        && scalar::resolve(text).as_str().is_some()
        && !text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"_:-.eEtTzZ+ ".contains(&byte))
}

fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if c.is_control() || is_break(c) => push(out, format_args!("\\u{:04x}", c as u32)),
            _ => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::{super::from_str, *};

    fn assert_round_trip(value: &Value) {
        let text = to_string(value);
        let again = from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(&again, value, "{text}");
    }

    #[test]
    fn texts_that_look_like_something_else_are_read_as_texts_again() {
        let texts = [
            "",
            " ",
            "a",
            "yes",
            "No",
            "null",
            "~",
            "1",
            "1.5",
            "1e5",
            "010",
            "0x1F",
            "12:30",
            "2020-01-01",
            "a: b",
            "a #b",
            "#a",
            "- a",
            "-",
            "?",
            "a:",
            "'",
            "\"",
            "a'b",
            "[a]",
            "{a}",
            "a, b",
            "*a",
            "&a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a",
            "=",
            "<<",
            "a\nb",
            "\t",
            "\u{0}",
            "\u{85}",
            "\u{feff}",
            "\u{2028}",
            "ä",
            "鼠",
            "C:\\a b\\c.avi",
            "/a b/c.mp4",
            "0, 640, 0, 480",
            "\r\n",
            "a ",
            " a",
            "---",
            "...",
            "\u{7f}",
            "\u{e000}",
        ];
        for text in texts {
            assert_round_trip(&text.into());
            assert_round_trip(&Value::dict([("key", Value::from(text))]));
            assert_round_trip(&Value::dict([(text, Value::from(1))]));
            assert_round_trip(&Value::from_iter([text, text]));
        }
    }

    #[test]
    fn nested_values_are_read_again() {
        let inner = Value::dict([("a", Value::None), ("b", Value::from_iter([1, 2]))]);
        let values = [
            Value::None,
            Value::List(vec![]),
            Value::Dict(vec![]),
            Value::List(vec![Value::List(vec![Value::List(vec![]), inner.clone()])]),
            Value::dict([
                ("a", Value::List(vec![inner.clone(), Value::None])),
                ("b", inner.clone()),
            ]),
            Value::Dict(vec![
                (inner.clone(), inner.clone()),
                (Value::None, 1.into()),
            ]),
            Value::Dict(vec![(Value::from("k".repeat(2000)), inner.clone())]),
            Value::dict([("a", Value::Dict(vec![(Value::from_iter([1]), inner)]))]),
            Value::from_iter([1.0, -0.0, 1e-5, 1e300, f64::INFINITY, 0.1 + 0.2]),
            Value::from_iter([i64::MIN, i64::MAX]),
        ];
        for value in &values {
            assert_round_trip(value);
        }
    }
}
