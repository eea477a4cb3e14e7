/// Returns the CRC-32C of the bytes as TensorFlow stores it: rotated and moved, so that the
/// checksum of bytes that hold a checksum is no special case.
pub(super) fn masked_crc32c(parts: &[&[u8]]) -> u32 {
    let crc = parts
        .iter()
        .fold(0, |crc, part| crc32c::crc32c_append(crc, part));
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_leveldb() {
        // Source: crc32c_test.cc of LevelDB 1.23, StandardResults: 32 zeros give 0x8a9136aa.
        let expected = 0x8a91_36aa_u32.rotate_right(15).wrapping_add(0xa282_ead8);

        assert_eq!(masked_crc32c(&[&[0; 32]]), expected);
        assert_eq!(masked_crc32c(&[&[0; 30], &[0; 2]]), expected);
    }
}
