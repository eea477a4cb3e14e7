/// The layout of an uncompressed picture: rows of B, G, R and, with 32 bits, an unused byte.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Bitmap {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) bytes_per_pixel: usize,
    pub(super) top_down: bool,
}

impl Bitmap {
    /// Says whether a chunk of this many bytes is long enough to hold the picture.
    pub(super) fn holds(self, len: usize) -> bool {
        len >= self.tight_stride() * self.height && len <= self.stride() * self.height + 4096
    }

    /// Returns the pixels in the order R, G, B, from the top.
    ///
    /// The rows of a bitmap begin at multiples of four bytes; some writers forget it.
    ///
    /// # Panics
    ///
    /// Panics if the bitmap does not hold as many bytes as there are.
    pub(super) fn to_rgb(self, bytes: &[u8]) -> Vec<u8> {
        let padded = bytes.len() >= self.stride() * self.height;
        let stride = if padded {
            self.stride()
        } else {
            self.tight_stride()
        };
        let mut rgb = Vec::with_capacity(self.width * self.height * 3);
        for y in 0..self.height {
            let row = if self.top_down {
                y
            } else {
                self.height - 1 - y
            };
            let row = &bytes[row * stride..][..self.tight_stride()];
            let pixels = row.chunks_exact(self.bytes_per_pixel);
            rgb.extend(pixels.flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]));
        }
        rgb
    }

    fn tight_stride(self) -> usize {
        self.width * self.bytes_per_pixel
    }

    fn stride(self) -> usize {
        self.tight_stride().next_multiple_of(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BITMAP: Bitmap = Bitmap {
        width: 1,
        height: 2,
        bytes_per_pixel: 3,
        top_down: false,
    };

    #[test]
    fn the_last_row_comes_first() {
        let bytes = [1, 2, 3, 0, 4, 5, 6, 0];

        assert_eq!(BITMAP.to_rgb(&bytes), [6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_negative_height_means_from_the_top() {
        let bitmap = Bitmap {
            top_down: true,
            bytes_per_pixel: 4,
            ..BITMAP
        };

        assert_eq!(bitmap.to_rgb(&[1, 2, 3, 9, 4, 5, 6, 9]), [3, 2, 1, 6, 5, 4]);
    }

    #[test]
    fn rows_may_lack_their_padding() {
        assert!(BITMAP.holds(6));
        assert!(!BITMAP.holds(5));
        assert_eq!(BITMAP.to_rgb(&[1, 2, 3, 4, 5, 6]), [6, 5, 4, 3, 2, 1]);
    }
}
