/// How much of a foreign file to believe.
///
/// A header may claim anything. Readers compare each claim with the length of the file and with
/// these limits before they allocate, and return an error when it is too much.
///
/// # Examples
///
/// ```
/// use dlc_io::Limits;
///
/// let limits = Limits::default().with_max_tensor_bytes(64 << 20);
///
/// assert_eq!(limits.max_tensor_bytes, 64 << 20);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes of a file that is read as a whole, such as a pickle. 1 GiB unless told.
    pub max_file_bytes: u64,
    /// The most bytes that the tensors of one file may take in memory together. 4 GiB unless told.
    /// A small archive may not stand for so many: 16 times its own length.
    pub max_tensor_bytes: u64,
    /// The most values in a pickle, where a value that is referred to twice counts twice and 32
    /// bytes of an array count as one. 2²⁴ unless told. A small pickle may not stand for so many:
    /// 2¹⁶, or 64 for each of its bytes.
    pub max_nodes: usize,
    /// The most frames of a video: a table whose rows name a later one is refused, because those
    /// before it cost memory that no row is there for. 2²⁴ unless told, 155 hours of 30 frames a
    /// second.
    pub max_frames: usize,
    /// The most containers inside each other, at most [`Self::DEEPEST`]. 128 unless told.
    pub max_depth: usize,
}

impl Limits {
    /// The largest depth that can be asked for: deeper values could exhaust a thread's stack when
    /// they are compared, printed or dropped.
    pub const DEEPEST: usize = 256;

    /// Sets the most bytes of a file that is read as a whole.
    #[must_use]
    pub fn with_max_file_bytes(mut self, bytes: u64) -> Self {
        self.max_file_bytes = bytes;
        self
    }

    /// Sets the most bytes that the tensors of one file may take in memory together.
    #[must_use]
    pub fn with_max_tensor_bytes(mut self, bytes: u64) -> Self {
        self.max_tensor_bytes = bytes;
        self
    }

    /// Sets the most values in a pickle.
    #[must_use]
    pub fn with_max_nodes(mut self, nodes: usize) -> Self {
        self.max_nodes = nodes;
        self
    }

    /// Sets the most frames of a video.
    #[must_use]
    pub fn with_max_frames(mut self, frames: usize) -> Self {
        self.max_frames = frames;
        self
    }

    /// Sets the most containers inside each other; more than [`Self::DEEPEST`] counts as that.
    #[must_use]
    pub fn with_max_depth(mut self, depth: usize) -> Self {
        self.max_depth = depth.min(Self::DEEPEST);
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file_bytes: 1 << 30,
            max_tensor_bytes: 4 << 30,
            max_nodes: 1 << 24,
            max_frames: 1 << 24,
            max_depth: 128,
        }
    }
}
