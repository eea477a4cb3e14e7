use super::{
    Blob,
    array::{InvalidShape, checked_shape, count},
};

/// MATLAB's cell array: any objects, in column-major order.
#[derive(Clone, Debug)]
pub struct MatCell {
    shape: Vec<usize>,
    values: Vec<Blob>,
}

impl MatCell {
    /// Creates a cell array.
    ///
    /// # Errors
    ///
    /// Returns an error when the shape does not stand for as many values.
    pub fn new(shape: Vec<usize>, values: Vec<Blob>) -> Result<Self, InvalidShape> {
        let shape = checked_shape(shape, values.len())?;
        Ok(Self { shape, values })
    }

    /// Returns the lengths of the axes.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the values.
    pub fn values(&self) -> &[Blob] {
        &self.values
    }
}

/// MATLAB's struct array: any objects in named fields, in column-major order.
#[derive(Clone, Debug)]
pub struct MatStruct {
    shape: Vec<usize>,
    fields: Vec<String>,
    values: Vec<Blob>,
}

impl MatStruct {
    /// Creates a struct array; all fields of the first struct come first.
    ///
    /// # Errors
    ///
    /// Returns an error when the shape does not stand for as many structs.
    ///
    /// # Panics
    ///
    /// Panics if a name has a zero in it.
    pub fn new(
        shape: Vec<usize>,
        fields: Vec<String>,
        values: Vec<Blob>,
    ) -> Result<Self, InvalidShape> {
        assert_names(&fields);
        let expected = count(&shape).and_then(|structs| structs.checked_mul(fields.len()));
        if expected != Some(values.len()) {
            let found = values.len();
            return Err(InvalidShape { shape, found });
        }
        Ok(Self {
            shape,
            fields,
            values,
        })
    }

    /// Returns the lengths of the axes.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the names of the fields.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// Returns the values, all fields of the first struct first.
    pub fn values(&self) -> &[Blob] {
        &self.values
    }
}

/// An array with named fields, as one array a field.
#[derive(Clone, Debug, Default)]
pub struct Records {
    fields: Vec<(String, Blob)>,
}

impl Records {
    /// Creates an array of fields, each an array or again records, all of one shape.
    ///
    /// Returns `None` when a field is something else or of another shape, or when a name has a
    /// zero in it.
    pub fn new(fields: Vec<(String, Blob)>) -> Option<Self> {
        let records = Self { fields };
        let mut shapes = records.fields.iter().map(|(_, field)| shape(field));
        let first = shapes.next().unwrap_or(Some(&[]))?;
        let same = shapes.all(|shape| shape == Some(first));
        let named = records.fields.iter().all(|(name, _)| !name.contains('\0'));
        (same && named).then_some(records)
    }

    /// Returns the names and their arrays.
    pub fn fields(&self) -> &[(String, Blob)] {
        &self.fields
    }
}

/// Returns the shape of an array or of records.
fn shape(blob: &Blob) -> Option<&[usize]> {
    match blob {
        Blob::Array(array) => Some(array.shape()),
        Blob::Records(records) => records.fields.first().map_or(Some(&[]), |(_, f)| shape(f)),
        _ => None,
    }
}

fn assert_names(names: &[String]) {
    assert!(
        !names.iter().any(|name| name.contains('\0')),
        "a name ends at a zero"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_one_shape() {
        let field = |name: &str, blob: Blob| (name.to_owned(), blob);
        let two = || Blob::from(vec![1_i64, 2]);

        assert!(Records::new(vec![field("a", two()), field("b", two())]).is_some());
        assert!(Records::new(vec![field("a", two()), field("b", vec![1_i64].into())]).is_none());
        assert!(Records::new(vec![field("a", Blob::None)]).is_none());
        assert!(Records::new(vec![field("a\0", two())]).is_none());
    }

    #[test]
    fn a_struct_has_a_value_for_each_field() {
        let fields = vec!["a".to_owned(), "b".to_owned()];
        let values = |count| vec![Blob::None; count];

        assert!(MatStruct::new(vec![1, 2], fields.clone(), values(4)).is_ok());
        assert!(MatStruct::new(vec![1, 2], fields, values(2)).is_err());
        assert!(MatCell::new(vec![1, 2], values(2)).is_ok());
        assert!(MatCell::new(vec![1, 2], values(3)).is_err());
    }
}
