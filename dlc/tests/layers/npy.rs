//! Arrays as numpy's `save` writes them: numbers of 32 bits and bytes, row by row.

use std::{fs, path::Path};

/// An array of numbers.
pub(crate) struct Npy {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

impl Npy {
    /// Reads a file; panics when it is not what numpy 1 writes for `float32` or `uint8`.
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let rest = bytes.strip_prefix(MAGIC).expect("the magic of numpy");
        let len = usize::from(u16::from_le_bytes([rest[0], rest[1]]));
        let (header, content) = rest[2..].split_at(len);
        let header = std::str::from_utf8(header).unwrap();
        assert!(header.contains("'fortran_order': False"), "{header}");
        let (_, shape) = header.split_once("'shape': (").unwrap();
        let (shape, _) = shape.split_once(')').unwrap();
        let lens = shape.split(',').map(str::trim).filter(|n| !n.is_empty());
        let shape: Vec<usize> = lens.map(|n| n.parse().unwrap()).collect();
        let values: Vec<f32> = if header.contains("'<f4'") {
            let words = content.chunks_exact(4);
            words
                .map(|word| f32::from_le_bytes(word.try_into().unwrap()))
                .collect()
        } else {
            assert!(header.contains("'|u1'"), "{header}");
            content.iter().map(|&byte| f32::from(byte)).collect()
        };
        assert_eq!(values.len(), shape.iter().product::<usize>());
        Self { shape, values }
    }

    /// Returns an array of batch × height × width × channels as batch × channels × height × width.
    pub(crate) fn channels_first(self) -> Self {
        let [batch, height, width, channels] = self.shape[..] else {
            panic!("four axes, not {:?}", self.shape);
        };
        let mut values = Vec::with_capacity(self.values.len());
        for picture in self.values.chunks_exact(height * width * channels) {
            for channel in 0..channels {
                values.extend(picture.iter().skip(channel).step_by(channels));
            }
        }
        Self {
            shape: vec![batch, channels, height, width],
            values,
        }
    }
}
