use std::{fmt::LowerExp, io::Write, str::FromStr};

use super::digits::Digits;

/// Appends a 64-bit number as Python's `repr` prints it.
pub(super) fn push_f64(line: &mut Vec<u8>, number: f64) {
    push(line, number.abs(), number);
}

/// Appends a 32-bit number as numpy's `str` prints it.
pub(super) fn push_f32(line: &mut Vec<u8>, number: f32) {
    push(line, number.abs(), number.into());
}

/// Appends a number; `magnitude` is the same one without its sign, as wide as it is printed.
///
/// Numbers below 1e-4 and from 1e16 on have an exponent of two digits or more: `1e-05`. All
/// others have a point and a digit after it. NaN is nothing.
fn push<T>(line: &mut Vec<u8>, magnitude: T, value: f64)
where
    T: Copy + FromStr + LowerExp + PartialEq,
{
    if value.is_nan() {
        return;
    }
    if value.is_infinite() {
        line.extend_from_slice(if value > 0.0 { b"inf" } else { b"-inf" });
        return;
    }
    if value.is_sign_negative() {
        line.push(b'-');
    }
    let digits = Digits::shortest(magnitude, value.abs());
    if value != 0.0 && !(1e-4..1e16).contains(&value.abs()) {
        push_scientific(line, digits.as_bytes(), digits.exponent);
    } else {
        push_positional(line, digits.as_bytes(), digits.exponent);
    }
}

/// Appends `d.ddde-xx`.
fn push_scientific(line: &mut Vec<u8>, digits: &[u8], exponent: i32) {
    let (first, rest) = digits.split_at(1);
    line.extend_from_slice(first);
    if !rest.is_empty() {
        line.push(b'.');
        line.extend_from_slice(rest);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(line, "e{sign}{:02}", exponent.unsigned_abs()).expect("a vector takes all bytes");
}

/// Appends the digits with a point in them.
fn push_positional(line: &mut Vec<u8>, digits: &[u8], exponent: i32) {
    let places = exponent.unsigned_abs() as usize;
    if exponent < 0 {
        line.extend_from_slice(b"0.");
        line.resize(line.len() + places - 1, b'0');
        line.extend_from_slice(digits);
        return;
    }
    let (whole, fraction) = digits.split_at(digits.len().min(places + 1));
    line.extend_from_slice(whole);
    line.resize(line.len() + places + 1 - whole.len(), b'0');
    line.push(b'.');
    line.extend_from_slice(if fraction.is_empty() { b"0" } else { fraction });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f64(number: f64) -> String {
        let mut line = Vec::new();
        push_f64(&mut line, number);
        String::from_utf8(line).unwrap()
    }

    fn f32(number: f32) -> String {
        let mut line = Vec::new();
        push_f32(&mut line, number);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn doubles_look_as_in_python() {
        // Source: repr() of Python 3.11
        let cases = [
            (6.803650856018066, "6.803650856018066"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (100.0, "100.0"),
            (-120.25, "-120.25"),
            (0.0001, "0.0001"),
            (0.00012345, "0.00012345"),
            (9.9999e-5, "9.9999e-05"),
            (1e-5, "1e-05"),
            (1e15, "1000000000000000.0"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (-1.2345678901234568e17, "-1.2345678901234568e+17"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, ""),
        ];
        for (number, text) in cases {
            assert_eq!(f64(number), text);
        }
    }

    #[test]
    fn floats_look_as_in_numpy() {
        // Source: str() of numpy 1.26's float32
        let cases = [
            (7.90911, "7.90911"),
            (16777216.0, "16777216.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            // The nearest number of 32 bits is a little less than 0.0001.
            (1e-4, "1e-04"),
            (0.00012345, "0.00012345"),
            (5.684342e-14, "5.684342e-14"),
            (1e-45, "1e-45"),
        ];
        for (number, text) in cases {
            assert_eq!(f32(number), text);
        }
    }
}
