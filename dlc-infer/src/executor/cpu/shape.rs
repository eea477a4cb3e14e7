/// The shape of a map: rows × blocks of channels × columns × lanes.
///
/// Channels are cut into blocks of as many as an instruction handles, so that one load takes the
/// same column of a whole block. Rows come first: a part of the rows is one piece of memory, which
/// a thread can have for itself. The last block may be longer than the channels: what lies there
/// is never read as a channel.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Shape {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    /// Channels of a block.
    pub(super) lanes: usize,
}

impl Shape {
    /// The shape of a map that is not there yet.
    pub(super) const NONE: Self = Self {
        height: 0,
        width: 0,
        channels: 0,
        lanes: 1,
    };

    /// Returns the number of blocks.
    pub(super) fn blocks(self) -> usize {
        self.channels.div_ceil(self.lanes)
    }

    /// Returns the numbers of one block of a row.
    pub(super) fn block_len(self) -> usize {
        self.width * self.lanes
    }

    /// Returns the numbers of a row.
    pub(super) fn row_len(self) -> usize {
        self.blocks() * self.block_len()
    }

    /// Returns the numbers of the map.
    pub(super) fn len(self) -> usize {
        self.height * self.row_len()
    }

    /// Returns the channels with those that fill the last block.
    pub(super) fn padded_channels(self) -> usize {
        self.blocks() * self.lanes
    }

    /// Returns the place of a number.
    pub(super) fn index(self, channel: usize, row: usize, column: usize) -> usize {
        let (block, lane) = (channel / self.lanes, channel % self.lanes);
        row * self.row_len() + block * self.block_len() + column * self.lanes + lane
    }
}
