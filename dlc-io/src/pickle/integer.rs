//! Integers of any size, as two's complement from the lowest byte, as a pickle has them.

use super::{ReadPickleErrorKind as Kind, arena::Node};

/// The most decimal digits that are read, as many as Python converts: longer numbers would take
/// quadratic time.
const MOST_DIGITS: usize = 4300;
const DIGITS_PER_STEP: usize = 18;

/// Returns the integer in little-endian two's complement.
pub(super) fn from_bytes(bytes: &[u8]) -> Node {
    let bytes = trim(bytes);
    if bytes.len() > 8 {
        return Node::BigInt(bytes.into());
    }
    let is_negative = bytes.last().is_some_and(|&top| top >= 0x80);
    let mut extended = [if is_negative { 0xff } else { 0 }; 8];
    extended[..bytes.len()].copy_from_slice(bytes);
    Node::Int(i64::from_le_bytes(extended))
}

/// Returns the integer in decimal digits.
pub(super) fn from_decimal(text: &[u8]) -> Result<Node, Kind> {
    let text = str::from_utf8(text).map_err(|_| Kind::InvalidText("ASCII digits"))?;
    let text = text.trim();
    if let Ok(value) = text.parse() {
        return Ok(Node::Int(value));
    }
    let invalid = || Kind::InvalidNumber(text.chars().take(32).collect());
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty()
        || digits.len() > MOST_DIGITS
        || !digits.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(invalid());
    }
    Ok(from_bytes(&two_s_complement(digits, is_negative)))
}

fn two_s_complement(digits: &str, is_negative: bool) -> Vec<u8> {
    let mut limbs: Vec<u64> = Vec::new();
    for step in digits.as_bytes().chunks(DIGITS_PER_STEP) {
        let mut carry: u128 = 0;
        let mut scale: u128 = 1;
        for digit in step {
            carry = carry * 10 + u128::from(digit - b'0');
            scale *= 10;
        }
        for limb in &mut limbs {
            let product = u128::from(*limb) * scale + carry;
            *limb = low(product);
            carry = product >> 64;
        }
        limbs.push(low(carry));
    }
    limbs.push(0);
    if is_negative {
        negate(&mut limbs);
    }
    limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect()
}

fn low(value: u128) -> u64 {
    u64::try_from(value & u128::from(u64::MAX)).expect("the rest is masked away")
}

fn negate(limbs: &mut [u64]) {
    let mut carry = true;
    for limb in limbs {
        let (value, overflow) = (!*limb).overflowing_add(carry.into());
        (*limb, carry) = (value, overflow);
    }
}

/// Drops the upper bytes that only repeat the sign.
pub(super) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., below, top] = bytes {
        let repeats = (*top == 0 && *below < 0x80) || (*top == 0xff && *below >= 0x80);
        if !repeats {
            break;
        }
        bytes = &bytes[..=rest.len()];
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Node {
        from_decimal(text.as_bytes()).unwrap()
    }

    #[test]
    fn integers_of_eight_bytes_are_plain() {
        assert_eq!(from_bytes(&[]), Node::Int(0));
        assert_eq!(from_bytes(&[0xff]), Node::Int(-1));
        assert_eq!(from_bytes(&[0xff, 0]), Node::Int(255));
        assert_eq!(from_bytes(&[0; 40]), Node::Int(0));
        assert_eq!(decimal("-9223372036854775808"), Node::Int(i64::MIN));
    }

    #[test]
    fn larger_decimals_become_bytes() {
        // Source: (2**64 + 1).to_bytes(9, "little", signed=True) and so on.
        let big = |bytes: &[u8]| Node::BigInt(bytes.into());
        assert_eq!(
            decimal("18446744073709551617"),
            big(&[1, 0, 0, 0, 0, 0, 0, 0, 1])
        );
        assert_eq!(
            decimal("-18446744073709551617"),
            big(&[255, 255, 255, 255, 255, 255, 255, 255, 254])
        );
        assert_eq!(
            decimal("9223372036854775808"),
            big(&[0, 0, 0, 0, 0, 0, 0, 128, 0])
        );
        assert_eq!(
            decimal("1000000000000000000000000000000000000000"),
            big(&[
                0, 0, 0, 0, 128, 86, 101, 95, 196, 172, 67, 137, 147, 254, 80, 240, 2
            ][..])
        );
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", "1x", "--1", "0x10"] {
            assert!(from_decimal(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(from_decimal("9".repeat(4301).as_bytes()).is_err());
        assert!(from_decimal("9".repeat(4300).as_bytes()).is_ok());
    }
}
