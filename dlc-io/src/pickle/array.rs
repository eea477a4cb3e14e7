use std::sync::Arc;

use super::{Value, half::f32_from_f16};

/// An array of `numpy`: row-major, the last axis is contiguous.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    dtype: Dtype,
    shape: Vec<usize>,
    values: ArrayValues,
}

/// The values of an [`Array`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ArrayValues {
    /// Values of a fixed size, as the [`Dtype`] says.
    Bytes(Arc<[u8]>),
    /// Python's objects.
    Objects(Vec<Value>),
}

/// The type of the elements of an [`Array`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Dtype {
    /// What an element is.
    pub kind: DtypeKind,
    /// How many bytes an element takes.
    pub size: usize,
    /// Whether the highest byte of a number comes first.
    pub is_big_endian: bool,
}

/// What an element of an array is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DtypeKind {
    /// Truth values.
    Bool,
    /// Integers with a sign.
    Int,
    /// Integers without a sign.
    Uint,
    /// Floats.
    Float,
    /// Bytes of a fixed number, NUL at the end is padding.
    Bytes,
    /// Text of a fixed number of UCS-4 characters, NUL at the end is padding.
    Text,
    /// Python's objects.
    Object,
}

impl Dtype {
    /// Returns the number of an element, to the nearest float.
    pub(crate) fn f64(self, bytes: &[u8]) -> Option<f64> {
        Some(match (self.kind, self.size) {
            (DtypeKind::Float, 8) => f64::from_bits(self.u64(bytes)?),
            (DtypeKind::Float, 4) => f32::from_bits(u32::try_from(self.u64(bytes)?).ok()?).into(),
            (DtypeKind::Float, 2) => f32_from_f16(u16::try_from(self.u64(bytes)?).ok()?).into(),
            (DtypeKind::Bool | DtypeKind::Uint, _) => self.u64(bytes)? as f64,
            (DtypeKind::Int, _) => self.i64(bytes)? as f64,
            _ => return None,
        })
    }

    /// Returns an element of up to eight bytes as an integer, extended by its sign.
    pub(crate) fn i64(self, bytes: &[u8]) -> Option<i64> {
        let unused = 64_u32.checked_sub(u32::try_from(8 * bytes.len()).ok()?)?;
        let value = self.u64(bytes)?.cast_signed();
        Some(value.checked_shl(unused)? >> unused)
    }

    /// Returns an element of up to eight bytes as an integer without a sign.
    pub(crate) fn u64(self, bytes: &[u8]) -> Option<u64> {
        let mut extended = [0; 8];
        extended.get_mut(..bytes.len())?.copy_from_slice(bytes);
        if self.is_big_endian {
            extended[..bytes.len()].reverse();
        }
        Some(u64::from_le_bytes(extended))
    }
}

impl Array {
    /// Creates an array, unless its shape and the number of its values disagree.
    pub(super) fn new(dtype: Dtype, shape: Vec<usize>, values: ArrayValues) -> Option<Self> {
        let len = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d))?;
        let (expected, found) = match &values {
            ArrayValues::Bytes(bytes) => (len.checked_mul(dtype.size)?, bytes.len()),
            ArrayValues::Objects(objects) => (len, objects.len()),
        };
        (expected == found).then_some(Self {
            dtype,
            shape,
            values,
        })
    }

    /// Returns the type of the elements.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Returns the length of each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the values.
    pub fn values(&self) -> &ArrayValues {
        &self.values
    }

    /// Returns the values as floats, or `None` if they are not numbers.
    pub fn to_f64(&self) -> Option<Vec<f64>> {
        match &self.values {
            ArrayValues::Bytes(bytes) => bytes
                .chunks_exact(self.dtype.size.max(1))
                .map(|element| self.dtype.f64(element))
                .collect(),
            ArrayValues::Objects(objects) => objects.iter().map(Value::as_f64).collect(),
        }
    }
}

/// Returns row-major what was column-major, or `None` if there are not as many elements of `size`
/// bytes as `shape` says.
pub(super) fn row_major(bytes: &[u8], shape: &[usize], size: usize) -> Option<Vec<u8>> {
    let mut rows = Vec::with_capacity(bytes.len());
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = size;
    for &len in shape {
        strides.push(stride);
        stride = stride.checked_mul(len)?;
    }
    if stride != bytes.len() || stride == 0 {
        return (stride == bytes.len()).then_some(rows);
    }
    let mut index = vec![0; shape.len()];
    for _ in 0..bytes.len() / size {
        let offset: usize = index
            .iter()
            .zip(&strides)
            .map(|(i, stride)| i * stride)
            .sum();
        rows.extend_from_slice(&bytes[offset..offset + size]);
        advance(&mut index, shape);
    }
    Some(rows)
}

/// Moves to the next element, the last axis first.
pub(crate) fn advance(index: &mut [usize], shape: &[usize]) {
    for (place, &len) in index.iter_mut().zip(shape).rev() {
        *place += 1;
        if *place < len {
            return;
        }
        *place = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_major_becomes_row_major() {
        assert_eq!(
            row_major(&[1, 4, 2, 5, 3, 6], &[2, 3], 1).unwrap(),
            [1, 2, 3, 4, 5, 6]
        );
        assert_eq!(row_major(&[], &[0, usize::MAX], 8), Some(vec![]));
        assert_eq!(row_major(&[], &[usize::MAX, 2], 8), None);
        assert_eq!(row_major(&[1], &[2, 3], 1), None);
    }

    #[test]
    fn numbers_of_all_sizes_and_orders() {
        let dtype = |kind, size, is_big_endian| Dtype {
            kind,
            size,
            is_big_endian,
        };
        assert_eq!(
            dtype(DtypeKind::Int, 2, true).f64(&[0xff, 0xfe]),
            Some(-2.0)
        );
        assert_eq!(dtype(DtypeKind::Uint, 2, false).f64(&[1, 2]), Some(513.0));
        assert_eq!(dtype(DtypeKind::Float, 2, false).f64(&[0, 0x3e]), Some(1.5));
        assert_eq!(
            dtype(DtypeKind::Float, 4, true).f64(&1.5_f32.to_be_bytes()),
            Some(1.5)
        );
        assert_eq!(dtype(DtypeKind::Float, 16, false).f64(&[0; 16]), None);
        assert_eq!(dtype(DtypeKind::Int, 0, false).f64(&[]), None);
    }
}
