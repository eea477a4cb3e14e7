use std::fmt::Write;

use md5::{Digest, Md5};

/// Returns the hash by which DataJoint 0.14 knows a job: MD5 of the values of its key, each as
/// Python's `str` prints it, in the order of their names and with nothing between them.
///
/// Different keys may have the same hash: (a: 2, b: 1) has that of (a: 21, b: ''). Who reserves by
/// it must compare keys.
///
/// # Examples
///
/// ```
/// use dlc_schema::key_hash;
///
/// let hash = key_hash([("b", "1".to_owned()), ("a", "2".to_owned())]);
///
/// assert_eq!(hash, "3c59dc048e8850243be8079a5c74d079");
/// ```
pub fn key_hash<'a>(key: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut values: Vec<_> = key.into_iter().collect();
    values.sort_by_key(|(name, _)| *name);
    let mut md5 = Md5::new();
    for (_, value) in values {
        md5.update(value);
    }
    hex(&md5.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all text");
        text
    })
}

/// Returns what Python's `str` prints of a float: the fewest digits that tell it from others.
pub fn python_float(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() || number == 0.0 {
        return format!("{number:?}");
    }
    let digits = shortest(number);
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((&digits, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        return positional(mantissa, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// Returns the fewest digits, of two that are as near the even one, as Python does: Rust takes the
/// upper one.
fn shortest(number: f64) -> String {
    let fewest = format!("{number:e}");
    let mantissa = fewest.split('e').next().unwrap_or_default();
    let fraction = mantissa
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len());
    let nearest = format!("{number:.fraction$e}");
    if nearest.parse() == Ok(number) {
        nearest
    } else {
        fewest
    }
}

/// Moves the point, so that there is no exponent, and leaves a digit after it.
fn positional(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let mut digits = mantissa.replace('.', "");
    let places = exponent.unsigned_abs() as usize;
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(places - 1));
    }
    while digits.len() < places + 2 {
        digits.push('0');
    }
    digits.insert(places + 1, '.');
    format!("{sign}{digits}")
}

/// Returns what Python's `str` prints of a UUID.
pub fn python_uuid(bytes: &[u8; 16]) -> String {
    let mut text = hex(bytes);
    for place in [20, 16, 12, 8] {
        text.insert(place, '-');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_look_as_in_python() {
        // Source: repr() of Python 3.11
        let cases = [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (-120.25, "-120.25"),
            (39.71895501158254, "39.71895501158254"),
            (0.0001, "0.0001"),
            (9.9999e-5, "9.9999e-05"),
            (1e-5, "1e-05"),
            (1e15, "1000000000000000.0"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (-1.2345678901234568e17, "-1.2345678901234568e+17"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (2.0_f64.powi(-25), "2.9802322387695312e-08"),
            (2.0_f64.powi(-44), "5.684341886080802e-14"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ];
        for (number, text) in cases {
            assert_eq!(python_float(number), text);
        }
    }

    #[test]
    fn names_tell_the_order_and_do_not_count() {
        let key = |pairs: &[(&'static str, &str)]| {
            key_hash(
                pairs
                    .iter()
                    .map(|(name, value)| (*name, (*value).to_owned())),
            )
        };
        let hash = "3c59dc048e8850243be8079a5c74d079";

        assert_eq!(key(&[("b", "1"), ("a", "2")]), hash);
        assert_eq!(key(&[("a", "21"), ("b", "")]), hash);
    }
}
