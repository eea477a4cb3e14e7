/// An integer of any size, as Python has them.
///
/// # Examples
///
/// ```
/// use dlc_schema::blob::BigInt;
///
/// let big = BigInt::from(1_i128 << 70);
///
/// assert_eq!(big.to_i128(), Some(1 << 70));
/// # Ok::<(), dlc_schema::blob::InvalidBigInt>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct BigInt {
    /// Two's complement, little-endian, as many bytes as Python writes.
    bytes: Vec<u8>,
}

/// An error returned when an integer is larger than DataJoint can store.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an integer of {bytes} bytes: DataJoint stores 65535 at most")]
pub struct InvalidBigInt {
    bytes: usize,
}

impl BigInt {
    /// Reads two's complement, little-endian; no bytes are zero.
    ///
    /// # Errors
    ///
    /// Returns an error when the integer needs more than 65535 bytes.
    pub fn from_le_bytes(bytes: &[u8]) -> Result<Self, InvalidBigInt> {
        let bytes = canonical(bytes);
        if u16::try_from(bytes.len()).is_err() {
            return Err(InvalidBigInt { bytes: bytes.len() });
        }
        Ok(Self { bytes })
    }

    /// Returns two's complement, little-endian.
    pub fn as_le_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the integer if it fits in 128 bits.
    pub fn to_i128(&self) -> Option<i128> {
        let used = trimmed(&self.bytes);
        if used.len() > 16 {
            return None;
        }
        let mut wide = [sign(used); 16];
        wide[..used.len()].copy_from_slice(used);
        Some(i128::from_le_bytes(wide))
    }
}

impl From<i128> for BigInt {
    fn from(value: i128) -> Self {
        Self {
            bytes: canonical(&value.to_le_bytes()),
        }
    }
}

/// Returns as many bytes as Python's `bit_length() // 8 + 1`, which is one more than a negative
/// power of two needs.
fn canonical(bytes: &[u8]) -> Vec<u8> {
    let mut canonical = trimmed(bytes).to_vec();
    if canonical.is_empty() {
        canonical.push(0);
    }
    if let [low @ .., 0x80] = canonical.as_slice()
        && low.iter().all(|byte| *byte == 0)
    {
        canonical.push(0xff);
    }
    canonical
}

/// Returns the bytes without those that repeat the sign.
fn trimmed(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., low, high] = bytes
        && *high == sign(&[*low])
    {
        bytes = &bytes[..=rest.len()];
    }
    bytes
}

/// Returns the byte that goes on beyond the last one.
fn sign(bytes: &[u8]) -> u8 {
    match bytes.last() {
        Some(0x80..) => 0xff,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_python() {
        // Source: v.to_bytes(v.bit_length() // 8 + 1, "little", signed=True)
        for (value, bytes) in [
            (0_i128, vec![0]),
            (-1, vec![0xff]),
            (127, vec![127]),
            (128, vec![128, 0]),
            (-128, vec![128, 0xff]),
            (-129, vec![127, 0xff]),
            (-32768, vec![0, 128, 0xff]),
            (255, vec![255, 0]),
            (1 << 70, vec![0, 0, 0, 0, 0, 0, 0, 0, 64]),
        ] {
            let int = BigInt::from(value);
            assert_eq!(int.as_le_bytes(), bytes, "{value}");
            assert_eq!(int.to_i128(), Some(value));
        }
    }

    #[test]
    fn bytes_that_repeat_the_sign_do_not_count() {
        assert_eq!(BigInt::from_le_bytes(&[5, 0, 0]), Ok(BigInt::from(5)));
        assert_eq!(BigInt::from_le_bytes(&[0xff; 9]), Ok(BigInt::from(-1)));
        assert_eq!(BigInt::from_le_bytes(&[]), Ok(BigInt::from(0)));
    }

    #[test]
    fn an_integer_beyond_datajoints_limit_is_refused() {
        assert!(BigInt::from_le_bytes(&[1; 65535]).is_ok());
        assert!(BigInt::from_le_bytes(&[1; 65536]).is_err());
        assert_eq!(BigInt::from_le_bytes(&[1; 17]).unwrap().to_i128(), None);
    }
}
