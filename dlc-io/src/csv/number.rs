use std::{fmt::LowerExp, io::Write};

/// Appends a 64-bit number as Python's `repr` prints it.
pub(super) fn push_f64(line: &mut Vec<u8>, number: f64) {
    push(line, number, number);
}

/// Appends a 32-bit number as numpy's `str` prints it.
pub(super) fn push_f32(line: &mut Vec<u8>, number: f32) {
    push(line, number, number.into());
}

/// Appends a number; `value` is the same one in 64 bits.
///
/// Numbers below 1e-4 and from 1e16 on have an exponent of two digits or more: `1e-05`. All
/// others have a point and a digit after it. NaN is nothing.
fn push(line: &mut Vec<u8>, number: impl LowerExp, value: f64) {
    if value.is_nan() {
        return;
    }
    if value.is_infinite() {
        line.extend_from_slice(if value > 0.0 { b"inf" } else { b"-inf" });
        return;
    }
    let mut scientific = Buffer::default();
    write!(scientific, "{number:e}").expect("the buffer is long enough");
    let (mantissa, exponent) = scientific.parts();
    let digits = match mantissa {
        [b'-', digits @ ..] => {
            line.push(b'-');
            digits
        }
        digits => digits,
    };
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        line.extend_from_slice(digits);
        write!(line, "e{}{:02}", sign(exponent), exponent.unsigned_abs())
            .expect("a vector takes all bytes");
    } else {
        push_positional(line, digits, exponent);
    }
}

/// Appends `d.ddd` times ten to the power of `exponent`, without exponent.
fn push_positional(line: &mut Vec<u8>, digits: &[u8], exponent: i32) {
    // Digits without the point: the first one, and those behind the point.
    let (first, rest) = (&digits[..1], digits.get(2..).unwrap_or_default());
    let places = exponent.unsigned_abs() as usize;
    if exponent < 0 {
        line.extend_from_slice(b"0.");
        line.resize(line.len() + places - 1, b'0');
        line.extend_from_slice(first);
        line.extend_from_slice(rest);
        return;
    }
    let (whole, fraction) = rest.split_at(places.min(rest.len()));
    line.extend_from_slice(first);
    line.extend_from_slice(whole);
    line.resize(line.len() + places - whole.len(), b'0');
    line.push(b'.');
    line.extend_from_slice(if fraction.is_empty() { b"0" } else { fraction });
}

const fn sign(exponent: i32) -> char {
    if exponent < 0 { '-' } else { '+' }
}

/// Room for the shortest digits of a 64-bit number with sign, point and exponent (24 bytes).
#[derive(Default)]
struct Buffer {
    bytes: [u8; 32],
    len: usize,
}

impl Buffer {
    /// Returns what stands before the `e`, and the number behind it.
    fn parts(&self) -> (&[u8], i32) {
        let text = &self.bytes[..self.len];
        let e = text.iter().rposition(|&b| b == b'e').unwrap_or(self.len);
        let exponent = text
            .get(e + 1..)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| digits.parse().ok())
            .expect("the number was printed with an exponent");
        (&text[..e], exponent)
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut room = &mut self.bytes[self.len..];
        let written = room.write(bytes)?;
        self.len += written;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
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
