use std::time::Duration;

/// How a file is opened.
#[derive(Clone, Copy, Debug)]
pub struct SqliteOptions {
    pub(super) create: bool,
    pub(super) busy_timeout: Duration,
    pub(super) max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            create: true,
            busy_timeout: Duration::from_secs(10),
            max_pages: None,
        }
    }
}

impl SqliteOptions {
    /// Says whether a file that is not there is made. It is by default.
    #[must_use]
    pub const fn with_create(self, create: bool) -> Self {
        Self { create, ..self }
    }

    /// Sets how long a transaction waits for others that write, 10 s by default.
    #[must_use]
    pub const fn with_busy_timeout(self, busy_timeout: Duration) -> Self {
        Self {
            busy_timeout,
            ..self
        }
    }

    /// Limits the size of the file to so many pages of 4 KiB. A transaction that needs more fails as if the
    /// disk were full.
    #[must_use]
    pub const fn with_max_pages(self, max_pages: u32) -> Self {
        Self {
            max_pages: Some(max_pages),
            ..self
        }
    }
}
