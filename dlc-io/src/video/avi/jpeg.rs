use std::io::Cursor;

use dlc_model::Frame;
use image::{ImageFormat, ImageReader};

use crate::video::{DecodeVideoError, images};

/// Finds the frame header of a JPEG and returns its width and height in px.
pub(super) fn size(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let [0xff, marker, after @ ..] = rest else {
            return None;
        };
        if *marker == 0xff {
            rest = &rest[1..];
            continue;
        }
        let len = usize::from(u16::from_be_bytes([*after.first()?, *after.get(1)?]));
        let segment = after.get(2..len)?;
        match marker {
            0xc4 | 0xc8 | 0xcc => {}
            0xc0..=0xcf => return frame_header(segment),
            0xd8..=0xda => return None,
            _ => {}
        }
        rest = &after[len..];
    }
}

fn frame_header(segment: &[u8]) -> Option<(usize, usize)> {
    let [_, y1, y0, x1, x0, ..] = segment else {
        return None;
    };
    Some((
        usize::from(u16::from_be_bytes([*x1, *x0])),
        usize::from(u16::from_be_bytes([*y1, *y0])),
    ))
}

/// Decodes a JPEG, or returns `None` if that is not possible.
pub(super) fn decode(
    index: usize,
    bytes: &[u8],
    expected: (usize, usize),
) -> Result<Option<Frame<'static>>, DecodeVideoError> {
    match size(bytes) {
        None => return Ok(None),
        Some(found) if found != expected => {
            return Err(DecodeVideoError::SizeChanged { expected, found });
        }
        Some(_) => {}
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    reader.limits(crate::images::limits());
    match reader.decode() {
        Ok(image) => images::frame(index, image, expected).map(Some),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: [u8; 19] = [
        0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc0, 0, 8, 8, 0, 2, 1, 3, 1,
    ];

    #[test]
    fn the_frame_header_tells_the_size() {
        assert_eq!(size(&JPEG), Some((259, 2)));
    }

    #[test]
    fn a_header_cut_anywhere_is_none() {
        for len in 0..JPEG.len() {
            assert_eq!(size(&JPEG[..len]), None);
        }
    }

    #[test]
    fn another_size_is_an_error_and_garbage_is_not() {
        let error = decode(0, &JPEG, (3, 3)).unwrap_err();

        assert!(matches!(error, DecodeVideoError::SizeChanged { .. }));
        assert_eq!(decode(0, &JPEG, (259, 2)), Ok(None));
        assert_eq!(decode(0, b"\0\0\0\0", (259, 2)), Ok(None));
    }
}
