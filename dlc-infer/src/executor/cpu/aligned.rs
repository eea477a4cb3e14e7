/// Numbers that begin where a cache line begins, so that no vector lies in two lines.
#[derive(Debug, Default)]
pub(super) struct Aligned {
    numbers: Vec<f32>,
    start: usize,
    len: usize,
}

/// Bytes of a cache line.
const LINE: usize = 64;

impl Aligned {
    /// Creates zeros.
    pub(super) fn zeros(len: usize) -> Self {
        let numbers = vec![0.0; len + LINE / size_of::<f32>()];
        let start = numbers.as_ptr().align_offset(LINE);
        // A platform may refuse to tell: then it is only slower.
        let start = if start < LINE { start } else { 0 };
        Self {
            numbers,
            start,
            len,
        }
    }

    /// Returns the numbers.
    pub(super) fn as_ref(&self) -> &[f32] {
        &self.numbers[self.start..self.start + self.len]
    }

    /// Returns the numbers, to be written.
    pub(super) fn as_mut(&mut self) -> &mut [f32] {
        &mut self.numbers[self.start..self.start + self.len]
    }
}

/// Memory that a thread uses again and again.
#[derive(Debug, Default)]
pub(super) struct Scratch(Aligned);

impl Scratch {
    /// Returns this many numbers, whatever they are.
    pub(super) fn take(&mut self, len: usize) -> &mut [f32] {
        if self.0.len < len {
            self.0 = Aligned::zeros(len);
        }
        &mut self.0.as_mut()[..len]
    }
}
