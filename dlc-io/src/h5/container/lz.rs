//! The two byte-wise ways of Blosc to say "as some bytes before".
//!
//! LZ4: <https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md>

/// blosclz's farthest match of 13 bits; beyond it a distance has 16 bits.
const MAX_DISTANCE: usize = 8191;

/// The least length of a match of LZ4.
const MIN_MATCH: usize = 4;

/// What is left of some bytes.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<usize> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first.into())
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    /// Adds bytes up to the first that is not 255.
    fn extended(&mut self, mut len: usize) -> Option<usize> {
        loop {
            let byte = self.byte()?;
            len += byte;
            if byte != 255 {
                return Some(len);
            }
        }
    }
}

/// Bytes that must not become more than `end`.
struct Output<'a> {
    bytes: &'a mut Vec<u8>,
    start: usize,
    end: usize,
}

impl<'a> Output<'a> {
    fn new(bytes: &'a mut Vec<u8>, len: usize) -> Option<Self> {
        let start = bytes.len();
        let end = start.checked_add(len)?;
        Some(Self { bytes, start, end })
    }

    fn literals(&mut self, literals: &[u8]) -> Option<()> {
        (literals.len() <= self.end - self.bytes.len()).then_some(())?;
        self.bytes.extend_from_slice(literals);
        Some(())
    }

    /// Repeats bytes that were written, which may be fewer than are asked for.
    fn repeat(&mut self, distance: usize, len: usize) -> Option<()> {
        let from = self.bytes.len().checked_sub(distance)?;
        let fits = from >= self.start && len <= self.end - self.bytes.len();
        (fits && distance > 0).then_some(())?;
        if distance >= len {
            self.bytes.extend_from_within(from..from + len);
        } else {
            (from..from + len).for_each(|place| self.bytes.push(self.bytes[place]));
        }
        Some(())
    }

    fn is_full(&self) -> Option<()> {
        (self.bytes.len() == self.end).then_some(())
    }
}

/// Appends exactly `len` bytes that a block of LZ4 stands for.
pub(super) fn lz4(block: &[u8], len: usize, out: &mut Vec<u8>) -> Option<()> {
    let mut input = Input(block);
    let mut output = Output::new(out, len)?;
    loop {
        let token = input.byte()?;
        let literals = match token >> 4 {
            15 => input.extended(15)?,
            literals => literals,
        };
        output.literals(input.take(literals)?)?;
        if input.0.is_empty() {
            return output.is_full();
        }
        let distance = input.byte()? | input.byte()? << 8;
        let matched = match token & 15 {
            15 => input.extended(15)?,
            matched => matched,
        };
        output.repeat(distance, matched + MIN_MATCH)?;
    }
}

/// Appends exactly `len` bytes that a block of blosclz stands for.
pub(super) fn blosclz(block: &[u8], len: usize, out: &mut Vec<u8>) -> Option<()> {
    let mut input = Input(block);
    let mut output = Output::new(out, len)?;
    let mut control = input.byte()? & 31;
    loop {
        if control < 32 {
            output.literals(input.take(control + 1)?)?;
        } else {
            let matched = match (control >> 5) - 1 {
                6 => input.extended(6)?,
                matched => matched,
            };
            let (high, low) = (control & 31, input.byte()?);
            let distance = match (high, low) {
                (31, 255) => (input.byte()? << 8 | input.byte()?) + MAX_DISTANCE,
                _ => high << 8 | low,
            };
            output.repeat(distance + 1, matched + 3)?;
        }
        match input.byte() {
            Some(next) => control = next,
            None => return output.is_full(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Decode = fn(&[u8], usize, &mut Vec<u8>) -> Option<()>;

    fn decode(decode: Decode, block: &[u8], len: usize) -> Option<String> {
        let mut out = b"before".to_vec();
        decode(block, len, &mut out)?;
        String::from_utf8(out.split_off(6)).ok()
    }

    #[test]
    fn literals_and_matches() {
        let twice = decode(lz4, b"\x30abc\x03\x00", 7);
        assert_eq!(twice, None, "the last are literals");
        assert_eq!(
            decode(lz4, b"\x31abc\x03\x00\x10z", 9).as_deref(),
            Some("abcabcabz")
        );
        assert_eq!(
            decode(blosclz, b"\x02abc\x40\x02\x00z", 8).as_deref(),
            Some("abcabcaz")
        );
    }

    #[test]
    fn what_reaches_too_far_is_refused() {
        for (block, len) in [
            (&b"\x31abc\x04\x00\x10z"[..], 9), // before the beginning
            (b"\x31abc\x00\x00\x10z", 9),      // nowhere
            (b"\x31abc\x03\x00\x10z", 8),      // beyond the end
            (b"\x31abc\x03\x00\x10z", 10),
            (b"\xf0\xff\xff", 9),
            (b"", 0),
        ] {
            assert_eq!(decode(lz4, block, len), None, "{block:?}");
        }
        for (block, len) in [
            (&b"\x02abc\x40\x03\x00z"[..], 8),
            (b"\x02abc\x40\x02\x00z", 7),
            (b"\x02abc\xe0\xff\xff", 99),
            (b"", 0),
        ] {
            assert_eq!(decode(blosclz, block, len), None, "{block:?}");
        }
    }
}
