use std::collections::HashMap;

use crate::Limits;

use super::{Value, WritePickleError as Error};

/// Writes a plain value as a pickle of protocol 0, which is text: the form in which PyTables keeps
/// lists, tuples and dicts as attributes.
///
/// The bytes are those of Python's `pickle.dumps(value, 0)` when equal texts are one object there
/// and equal containers are not.
///
/// # Errors
///
/// Returns an error for values other than `None`, bools, integers, floats, texts, lists, tuples
/// and dicts, and for containers more than [`Limits::DEEPEST`] deep.
///
/// # Examples
///
/// ```
/// use dlc_io::pickle::{Value, write_protocol_0};
///
/// let names = Value::List(vec!["x".into(), "y".into(), "x".into()]);
///
/// assert_eq!(write_protocol_0(&names)?, b"(lp0\nVx\np1\naVy\np2\nag1\na.");
/// # Ok::<(), dlc_io::pickle::WritePickleError>(())
/// ```
pub fn write_protocol_0(value: &Value) -> Result<Vec<u8>, Error> {
    let mut writer = Writer {
        out: Vec::new(),
        texts: HashMap::new(),
        memo_len: 0,
    };
    writer.value(value, 0)?;
    writer.out.push(b'.');
    Ok(writer.out)
}

struct Writer<'a> {
    out: Vec<u8>,
    texts: HashMap<&'a str, usize>,
    memo_len: usize,
}

impl<'a> Writer<'a> {
    fn value(&mut self, value: &'a Value, depth: usize) -> Result<(), Error> {
        if depth > Limits::DEEPEST {
            let limit = Limits::DEEPEST;
            return Err(Error::TooDeep { limit });
        }
        match value {
            Value::None => self.out.push(b'N'),
            Value::Bool(value) => self.line(if *value { "I01" } else { "I00" }),
            Value::Int(value) => match i32::try_from(*value) {
                Ok(value) => self.line(&format!("I{value}")),
                Err(_) => self.line(&format!("L{value}L")),
            },
            Value::Float(value) => self.line(&format!("F{}", float_repr(*value))),
            Value::String(text) => self.text(text),
            Value::List(elements) => self.list(elements, depth)?,
            Value::Tuple(elements) => self.tuple(elements, depth)?,
            Value::Dict(items) => self.dict(items, depth)?,
            other => return Err(Error::UnsupportedValue(other.kind())),
        }
        Ok(())
    }

    fn text(&mut self, text: &'a str) {
        if let Some(&place) = self.texts.get(text) {
            return self.line(&format!("g{place}"));
        }
        self.out.push(b'V');
        text.chars().for_each(|c| self.escaped(c));
        self.out.push(b'\n');
        self.texts.insert(text, self.memo_len);
        self.memoize();
    }

    /// Writes a character as Python's `raw-unicode-escape`.
    fn escaped(&mut self, c: char) {
        let code = u32::from(c);
        match u8::try_from(code) {
            Ok(byte) if !matches!(byte, b'\\' | b'\0' | b'\n' | b'\r' | 0x1a) => {
                self.out.push(byte);
            }
            _ if code < 0x1_0000 => self.out.extend(format!("\\u{code:04x}").bytes()),
            _ => self.out.extend(format!("\\U{code:08x}").bytes()),
        }
    }

    fn list(&mut self, elements: &'a [Value], depth: usize) -> Result<(), Error> {
        self.out.extend(b"(l");
        self.memoize();
        for element in elements {
            self.value(element, depth + 1)?;
            self.out.push(b'a');
        }
        Ok(())
    }

    fn tuple(&mut self, elements: &'a [Value], depth: usize) -> Result<(), Error> {
        self.out.push(b'(');
        for element in elements {
            self.value(element, depth + 1)?;
        }
        self.out.push(b't');
        if !elements.is_empty() {
            self.memoize();
        }
        Ok(())
    }

    fn dict(&mut self, items: &'a [(Value, Value)], depth: usize) -> Result<(), Error> {
        self.out.extend(b"(d");
        self.memoize();
        for (key, value) in items {
            self.value(key, depth + 1)?;
            self.value(value, depth + 1)?;
            self.out.push(b's');
        }
        Ok(())
    }

    fn memoize(&mut self) {
        let place = self.memo_len;
        self.line(&format!("p{place}"));
        self.memo_len += 1;
    }

    fn line(&mut self, text: &str) {
        self.out.extend(text.bytes());
        self.out.push(b'\n');
    }
}

/// Returns a float as Python's `repr` spells it.
fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    let exponent = format!("{value:e}");
    let exponent: Option<i32> = exponent.split_once('e').and_then(|(_, e)| e.parse().ok());
    match exponent {
        Some(-4..16) => format!("{value:?}"),
        Some(exponent) => {
            let text = format!("{value:e}");
            let mantissa = text.split('e').next().unwrap_or_default();
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.abs())
        }
        None => format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_spelled_as_in_python() {
        for (value, expected) in [
            (0.1, "0.1"),
            (-0.0, "-0.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1.25e300, "1.25e+300"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(float_repr(value), expected);
        }
    }
}
