use std::{error::Error, io};

/// An error returned when predictions cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WritePosesError {
    /// The output does not take the bytes.
    #[error("the output does not take the predictions")]
    Io(#[from] io::Error),
    /// The format cannot hold the predictions, e.g., because of the length of the names.
    #[error("the predictions cannot be put into a file of this format")]
    Format(#[source] Box<dyn Error + Send + Sync>),
    /// There is not one name of a picture for each row.
    #[error("{images} names of pictures for {rows} rows")]
    Images {
        /// The number of names.
        images: usize,
        /// The number of rows.
        rows: usize,
    },
}
