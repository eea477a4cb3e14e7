//! How a pickle spells text.

use std::sync::Arc;

use super::ReadPickleErrorKind as Kind;

const UNQUOTED: Kind = Kind::InvalidText("a quoted literal");

/// Decodes UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Result<Arc<str>, Kind> {
    let text = str::from_utf8(bytes).map_err(|_| Kind::InvalidText("UTF-8"))?;
    Ok(text.into())
}

/// Decodes Latin-1: each byte is the character of that number.
///
/// Python 2 did not tell text from bytes; so read, either can be had back.
pub(super) fn latin_1(bytes: &[u8]) -> Arc<str> {
    bytes
        .iter()
        .copied()
        .map(char::from)
        .collect::<String>()
        .into()
}

/// Decodes the quoted literal of Python 2's `repr`.
pub(super) fn quoted(literal: &[u8]) -> Result<Arc<str>, Kind> {
    let inner = match literal.trim_ascii_end() {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => inner,
        _ => return Err(UNQUOTED),
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte == b'\\' {
            unescape(&mut rest, &mut bytes)?;
        } else {
            bytes.push(*byte);
        }
    }
    Ok(latin_1(&bytes))
}

/// Reads what follows a backslash; an unknown letter leaves the backslash there.
fn unescape(rest: &mut &[u8], bytes: &mut Vec<u8>) -> Result<(), Kind> {
    let (&letter, tail) = rest.split_first().ok_or(UNQUOTED)?;
    *rest = tail;
    let byte = match letter {
        b'\\' | b'\'' | b'"' => letter,
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'r' => b'\r',
        b'x' => {
            let byte = hexadecimal(rest, 2).and_then(|value| u8::try_from(value).ok());
            let byte = byte.ok_or(Kind::InvalidText("two hexadecimal digits after `\\x`"))?;
            *rest = &rest[2..];
            byte
        }
        b'0'..=b'7' => octal(letter, rest),
        _ => {
            bytes.push(b'\\');
            letter
        }
    };
    bytes.push(byte);
    Ok(())
}

/// Reads up to two more octal digits; what exceeds a byte is lost, as in Python.
fn octal(first: u8, rest: &mut &[u8]) -> u8 {
    let mut value = first - b'0';
    for _ in 0..2 {
        let [digit @ b'0'..=b'7', tail @ ..] = *rest else {
            break;
        };
        value = value.wrapping_mul(8).wrapping_add(digit - b'0');
        *rest = tail;
    }
    value
}

/// Decodes Latin-1 with `\uXXXX` and `\UXXXXXXXX`, Python's `raw-unicode-escape`.
pub(super) fn raw_unicode_escape(bytes: &[u8]) -> Result<Arc<str>, Kind> {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut backslashes = 0_usize;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let len = match byte {
            b'u' if backslashes % 2 == 1 => 4,
            b'U' if backslashes % 2 == 1 => 8,
            _ => {
                backslashes = if *byte == b'\\' { backslashes + 1 } else { 0 };
                text.push(char::from(*byte));
                continue;
            }
        };
        backslashes = 0;
        text.pop();
        text.push(escaped(&mut rest, len)?);
    }
    Ok(text.into())
}

/// Reads the character of an escape; two that are the halves of one become that one.
fn escaped(rest: &mut &[u8], len: usize) -> Result<char, Kind> {
    const INVALID: Kind = Kind::InvalidText("a character after `\\u`");
    let mut value = hexadecimal(rest, len).ok_or(INVALID)?;
    *rest = &rest[len..];
    if let (0xd800..=0xdbff, [b'\\', b'u', low @ ..]) = (value, *rest)
        && let Some(half @ 0xdc00..=0xdfff) = hexadecimal(low, 4)
    {
        value = 0x1_0000 + ((value - 0xd800) << 10) + (half - 0xdc00);
        *rest = &low[4..];
    }
    char::from_u32(value).ok_or(INVALID)
}

fn hexadecimal(digits: &[u8], len: usize) -> Option<u32> {
    let digits = digits.get(..len)?;
    digits.iter().try_fold(0, |value, &digit| {
        Some(value * 16 + char::from(digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_python_2_are_unescaped() {
        assert_eq!(&*quoted(br"'it\'s'").unwrap(), "it's");
        assert_eq!(&*quoted(br#""a\n\x41\101\0""#).unwrap(), "a\nAA\0");
        assert_eq!(&*quoted(br"'\q\377'").unwrap(), "\\q\u{ff}");
        for wrong in ["", "'", "'a", "a'", r"'\'", r"'\x4'", r"'\xzz'"] {
            assert!(quoted(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn unicode_escapes_are_undone() {
        // Source: 'aé☃😀\\u0041\n'.encode('raw_unicode_escape') as pickle.dumps(…, 0) has it.
        let bytes = b"a\xe9\\u2603\\U0001f600\\u005cu0041\\u000a";
        assert_eq!(&*raw_unicode_escape(bytes).unwrap(), "aé☃😀\\u0041\n");
        assert_eq!(&*raw_unicode_escape(br"\ud83d\ude00").unwrap(), "😀");
        assert_eq!(&*raw_unicode_escape(br"\\u0041\").unwrap(), r"\\u0041\");
        for wrong in [
            r"\u004",
            r"\ud83d",
            r"\U00110000",
            r"\uzzzz",
            "\\u\u{e9}\u{e9}",
        ] {
            assert!(raw_unicode_escape(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }
}
