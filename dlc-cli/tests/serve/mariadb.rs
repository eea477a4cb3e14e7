//! A MariaDB of the test's own.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// A server that ends with this value.
pub(crate) struct MariaDb {
    url: String,
    child: Child,
}

impl MariaDb {
    /// Starts a server, or says that there is none on this machine.
    pub(crate) fn start() -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/mariadb");
        let mut child = Command::new(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut url).unwrap();
        if url.is_empty() {
            assert_eq!(child.wait().unwrap().code(), Some(77), "the server started");
            testing::skip(testing::Need::Mariadb, "no mariadbd");
            return None;
        }
        let url = url.trim().to_owned();
        Some(Self { url, child })
    }

    /// Returns the URL of a schema, with a password in it.
    pub(crate) fn schema(&self, name: &str) -> String {
        assert!(self.url.contains("dlc:dlc@"), "{}", self.url);
        format!("{}{name}", self.url)
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        // The script ends with its input.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
