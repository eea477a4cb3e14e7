use super::Blob;

/// An array with any number of axes, or a scalar of numpy's, which has none.
///
/// Elements are in column-major order in memory as on disk: of a table with rows and columns, the
/// first column comes first. [`Self::index`] tells where an element is.
///
/// # Examples
///
/// ```
/// use dlc_schema::blob::{Array, Elements};
///
/// // numpy's [[0, 1, 2], [3, 4, 5]]
/// let table = Array::new(vec![2, 3], Elements::I64(vec![0, 3, 1, 4, 2, 5]))?;
///
/// assert_eq!(table.index(&[1, 0]), Some(1));
/// # Ok::<(), dlc_schema::blob::InvalidShape>(())
/// ```
#[derive(Clone, Debug)]
pub struct Array {
    shape: Vec<usize>,
    elements: Elements,
}

/// The elements of an array, all of one type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Elements {
    /// `bool`.
    Bool(Vec<bool>),
    /// `int8`.
    I8(Vec<i8>),
    /// `uint8`.
    U8(Vec<u8>),
    /// `int16`.
    I16(Vec<i16>),
    /// `uint16`.
    U16(Vec<u16>),
    /// `int32`.
    I32(Vec<i32>),
    /// `uint32`.
    U32(Vec<u32>),
    /// `int64`.
    I64(Vec<i64>),
    /// `uint64`.
    U64(Vec<u64>),
    /// `float32`.
    F32(Vec<f32>),
    /// `float64`.
    F64(Vec<f64>),
    /// `complex64`: real and imaginary parts.
    Complex64(Vec<(f32, f32)>),
    /// `complex128`: real and imaginary parts.
    Complex128(Vec<(f64, f64)>),
    /// MATLAB's characters, UTF-16.
    Char(Vec<u16>),
    /// `datetime64`: a count of units since 1970, `i64::MIN` is not a time.
    DateTime64(TimeUnit, Vec<i64>),
    /// Python's objects, among them texts of any length.
    Objects(Vec<Blob>),
}

/// The unit of a `datetime64`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TimeUnit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
    Picosecond,
    Femtosecond,
    Attosecond,
}

impl TimeUnit {
    pub(super) const ALL: [Self; 13] = [
        Self::Year,
        Self::Month,
        Self::Week,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Millisecond,
        Self::Microsecond,
        Self::Nanosecond,
        Self::Picosecond,
        Self::Femtosecond,
        Self::Attosecond,
    ];
}

/// An error returned when a shape does not stand for as many elements as there are.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a shape of {shape:?} does not stand for {found} elements")]
pub struct InvalidShape {
    /// The shape.
    pub shape: Vec<usize>,
    /// The number of elements.
    pub found: usize,
}

/// Returns the shape if it stands for `found` elements.
pub(super) fn checked_shape(shape: Vec<usize>, found: usize) -> Result<Vec<usize>, InvalidShape> {
    if count(&shape) == Some(found) {
        Ok(shape)
    } else {
        Err(InvalidShape { shape, found })
    }
}

/// Returns how many elements a shape stands for.
pub(super) fn count(shape: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape
        .iter()
        .try_fold(1_usize, |count, axis| count.checked_mul(*axis))
}

impl Array {
    /// Creates an array of elements in column-major order.
    ///
    /// # Errors
    ///
    /// Returns an error when the shape does not stand for as many elements.
    pub fn new(shape: Vec<usize>, elements: Elements) -> Result<Self, InvalidShape> {
        let shape = checked_shape(shape, elements.len())?;
        Ok(Self { shape, elements })
    }

    /// Returns the lengths of the axes; a scalar has none.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the elements in column-major order.
    pub const fn elements(&self) -> &Elements {
        &self.elements
    }

    /// Returns where the element at these indices is, one index an axis.
    pub fn index(&self, indices: &[usize]) -> Option<usize> {
        if indices.len() != self.shape.len() {
            return None;
        }
        let mut axes = indices.iter().zip(&self.shape).rev();
        axes.try_fold(0, |place, (index, length)| {
            (index < length).then_some(place * length + index)
        })
    }

    /// Returns whether mYm has no such array.
    pub(super) fn is_native(&self) -> bool {
        self.shape.is_empty() && !matches!(self.elements, Elements::Char(_))
            || matches!(
                self.elements,
                Elements::DateTime64(..) | Elements::Objects(_)
            )
    }
}

impl<T> From<Vec<T>> for Array
where
    Elements: From<Vec<T>>,
{
    fn from(elements: Vec<T>) -> Self {
        let elements = Elements::from(elements);
        Self {
            shape: vec![elements.len()],
            elements,
        }
    }
}

impl Elements {
    /// Returns how many there are.
    pub const fn len(&self) -> usize {
        match self {
            Self::Bool(of) => of.len(),
            Self::I8(of) => of.len(),
            Self::U8(of) => of.len(),
            Self::I16(of) => of.len(),
            Self::U16(of) | Self::Char(of) => of.len(),
            Self::I32(of) => of.len(),
            Self::U32(of) => of.len(),
            Self::I64(of) | Self::DateTime64(_, of) => of.len(),
            Self::U64(of) => of.len(),
            Self::F32(of) => of.len(),
            Self::F64(of) => of.len(),
            Self::Complex64(of) => of.len(),
            Self::Complex128(of) => of.len(),
            Self::Objects(of) => of.len(),
        }
    }

    /// Returns whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<Vec<$type>> for Elements {
            fn from(elements: Vec<$type>) -> Self {
                Self::$variant(elements)
            }
        }
    )*};
}

from! {
    bool => Bool,
    i8 => I8,
    u8 => U8,
    i16 => I16,
    u16 => U16,
    i32 => I32,
    u32 => U32,
    i64 => I64,
    u64 => U64,
    f32 => F32,
    f64 => F64,
    (f32, f32) => Complex64,
    (f64, f64) => Complex128,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_axis_is_the_fastest() {
        let array = Array::new(vec![2, 3, 2], Elements::U8((0..12).collect())).unwrap();

        assert_eq!(array.index(&[0, 0, 0]), Some(0));
        assert_eq!(array.index(&[1, 0, 0]), Some(1));
        assert_eq!(array.index(&[0, 1, 0]), Some(2));
        assert_eq!(array.index(&[1, 2, 1]), Some(11));
        assert_eq!(array.index(&[2, 0, 0]), None);
        assert_eq!(array.index(&[0, 0]), None);
    }

    #[test]
    fn a_shape_stands_for_its_elements() {
        let two = || Elements::F64(vec![1.0, 2.0]);

        assert!(Array::new(vec![2, 1], two()).is_ok());
        assert!(Array::new(vec![3], two()).is_err());
        assert!(Array::new(vec![], two()).is_err());
        assert!(Array::new(vec![usize::MAX, 2], two()).is_err());
        assert!(Array::new(vec![usize::MAX, 0, 9], Elements::F64(vec![])).is_ok());
    }
}
