use std::{fs, sync::Arc};

use hdf5_pure::{FormatError, ReadSeekSource, Source};

/// An open file that the HDF5 crate and [`Table`](super::Table) read from.
#[derive(Clone)]
pub(super) struct SharedFile(Arc<ReadSeekSource<fs::File>>);

impl SharedFile {
    pub(super) fn new(file: fs::File) -> Result<Self, FormatError> {
        Ok(Self(Arc::new(ReadSeekSource::new(file)?)))
    }
}

impl Source for SharedFile {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), FormatError> {
        self.0.read_at(offset, buffer)
    }
}
