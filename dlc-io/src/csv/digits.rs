use std::{
    fmt::LowerExp,
    io::{self, Write},
    str::{self, FromStr},
};

/// The fewest decimal digits that tell a positive number from its neighbours, the nearest of them
/// when there are several, the even one of two that are as near.
///
/// Rust's own digits are the same, but it takes the upper of two that are as near: 2⁻²⁵ is
/// 2.98023223876953125e-08, …313e-08 to Rust and …312e-08 to Python and numpy.
pub(super) struct Digits {
    text: Buffer,
    /// The power of ten of the first digit.
    pub(super) exponent: i32,
}

impl Digits {
    /// Finds the digits of a number that is finite and not negative; `value` is the same number
    /// in 64 bits.
    pub(super) fn shortest<T>(number: T, value: f64) -> Self
    where
        T: Copy + FromStr + LowerExp + PartialEq,
    {
        let mut text = Buffer::default();
        write!(text, "{number:e}").expect("the buffer is long enough");
        let exponent = text.split_exponent();
        if let Some(even) = even_of_tie(value, text.len) {
            let mut tie = Buffer::default();
            write!(tie, "{even}").expect("the buffer is long enough");
            let len = tie.len;
            // A power of two has nearer neighbours below it: the lower one may be another number.
            write!(tie, "e{}", exponent + 1 - digit_count(len)).expect("the buffer is long enough");
            let read = str::from_utf8(&tie.bytes[..tie.len]).map(str::parse);
            if read.is_ok_and(|read| read.is_ok_and(|read: T| read == number)) {
                text = Buffer { len, ..tie };
            }
        }
        Self { text, exponent }
    }

    /// Returns the digits, the first of which stands before the point.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.text.bytes[..self.text.len]
    }
}

fn digit_count(len: usize) -> i32 {
    i32::try_from(len).expect("numbers have few digits")
}

/// Returns the even one of two numbers of `len` digits, where `value` lies exactly between them.
///
/// That is when all of its decimal digits are one more, and the last is a 5. Powers of five grow
/// fast: no number with more than 25 binary places has as few as 18 digits, nor has one with more
/// than 25 binary zeros before the point a 5 at the end of so few.
fn even_of_tie(value: f64, len: usize) -> Option<u128> {
    const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;
    let biased = i32::try_from((value.to_bits() >> MANTISSA) & 0x7ff).ok()?;
    let mantissa = value.to_bits() & ((1 << MANTISSA) - 1) | 1 << MANTISSA;
    // value = odd · 2^power; subnormals have more places than matter.
    let odd = mantissa >> mantissa.trailing_zeros();
    let power = biased - 1075 + i32::try_from(mantissa.trailing_zeros()).ok()?;
    let all = match power {
        -25..0 => u128::from(odd) * 5_u128.pow(power.unsigned_abs()),
        0..=25 => u128::from(odd) << power,
        _ => return None,
    };
    let mut all = all;
    while all.is_multiple_of(10) {
        all /= 10;
    }
    let digits = all.checked_ilog10()? as usize + 1;
    (digits == len + 1 && all % 10 == 5).then(|| {
        let below = all / 10;
        below + below % 2
    })
}

/// Room for a 64-bit number in scientific notation (24 bytes) and for 38 digits.
#[derive(Default)]
struct Buffer {
    bytes: [u8; 32],
    len: usize,
}

impl Buffer {
    /// Keeps the digits of `d.ddde-xx`, and returns the exponent.
    fn split_exponent(&mut self) -> i32 {
        let text = &self.bytes[..self.len];
        let e = text.iter().rposition(|&b| b == b'e').unwrap_or(self.len);
        let exponent = str::from_utf8(text.get(e + 1..).unwrap_or_default());
        let exponent = exponent.ok().and_then(|digits| digits.parse().ok());
        self.len = e;
        if e > 1 {
            self.bytes.copy_within(2..e, 1);
            self.len -= 1;
        }
        exponent.expect("the number was printed with an exponent")
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut room = &mut self.bytes[self.len..];
        let written = room.write(bytes)?;
        self.len += written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits<T: Copy + FromStr + LowerExp + PartialEq>(number: T, value: f64) -> (String, i32) {
        let digits = Digits::shortest(number, value);
        let text = String::from_utf8(digits.as_bytes().to_vec()).unwrap();
        (text, digits.exponent)
    }

    #[test]
    fn digits_are_the_fewest() {
        assert_eq!(digits(0.1, 0.1), ("1".into(), -1));
        assert_eq!(digits(120.25, 120.25), ("12025".into(), 2));
        assert_eq!(digits(0.0, 0.0), ("0".into(), 0));
        assert_eq!(digits(5e-324, 5e-324), ("5".into(), -324));
    }

    #[test]
    fn ties_go_to_the_even_digit() {
        // Source: repr() of Python 3.11 and str() of numpy 1.26's float32
        let power = 2.0_f64.powi(-25);
        assert_eq!(digits(power, power), ("29802322387695312".into(), -8));
        assert_eq!(digits(279.515_62_f32, 279.515_625), ("27951562".into(), 2));
        // …9062e-08 is as near to 2⁻²⁴, but nearer to the number below that.
        let power = 2.0_f64.powi(-24);
        assert_eq!(digits(power, power), ("5960464477539063".into(), -8));
    }
}
