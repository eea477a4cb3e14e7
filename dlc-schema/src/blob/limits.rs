/// How much of a foreign blob to believe.
///
/// # Examples
///
/// ```
/// use dlc_schema::blob::BlobLimits;
///
/// let limits = BlobLimits::default().with_max_bytes(1 << 20);
///
/// assert_eq!(limits.max_bytes, 1 << 20);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BlobLimits {
    /// The most bytes after decompression. 1 GiB unless told.
    pub max_bytes: usize,
    /// The most objects inside each other, at most [`Self::DEEPEST`]. 64 unless told.
    pub max_depth: usize,
}

impl BlobLimits {
    /// The largest depth that can be asked for: deeper objects could exhaust a thread's stack when
    /// they are compared, printed or dropped.
    pub const DEEPEST: usize = 256;

    /// Sets the most bytes after decompression.
    #[must_use]
    pub const fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets the most objects inside each other; more than [`Self::DEEPEST`] counts as that.
    #[must_use]
    pub fn with_max_depth(mut self, depth: usize) -> Self {
        self.max_depth = depth.min(Self::DEEPEST);
        self
    }
}

impl Default for BlobLimits {
    fn default() -> Self {
        Self {
            max_bytes: 1 << 30,
            max_depth: 64,
        }
    }
}
