use crate::angle;

/// Samples that are smoothed in place, some at a time, as `D` numbers each.
pub(super) trait Series<const D: usize> {
    /// Returns the number of samples.
    fn len(&self) -> usize;

    /// Writes the numbers of the samples from one on into columns of one length.
    fn read(&self, start: usize, columns: [&mut [f64]; D]);

    /// Takes columns of one length for the samples from one on.
    fn write(&mut self, start: usize, columns: [&[f64]; D]);
}

impl<const D: usize> Series<D> for [[f64; D]] {
    fn len(&self) -> usize {
        self.len()
    }

    fn read(&self, start: usize, mut columns: [&mut [f64]; D]) {
        let len = columns[0].len();
        let positions = &self[start..start + len];
        for (axis, column) in columns.iter_mut().enumerate() {
            for (value, position) in column.iter_mut().zip(positions) {
                *value = position[axis];
            }
        }
    }

    fn write(&mut self, start: usize, columns: [&[f64]; D]) {
        let len = columns[0].len();
        let positions = &mut self[start..start + len];
        for (axis, column) in columns.iter().enumerate() {
            for (position, value) in positions.iter_mut().zip(*column) {
                position[axis] = *value;
            }
        }
    }
}

/// Angles as unit vectors.
pub(super) struct Angles<'a>(pub(super) &'a mut [f64]);

impl Series<2> for Angles<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn read(&self, start: usize, [x, y]: [&mut [f64]; 2]) {
        angle::write_unit_vectors(&self.0[start..start + x.len()], x, y);
    }

    fn write(&mut self, start: usize, [x, y]: [&[f64]; 2]) {
        angle::write_directions(x, y, &mut self.0[start..start + x.len()]);
    }
}
