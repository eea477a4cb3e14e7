//! The program, and a client that sends whatever it is told to.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

use dlc::schema::{MysqlOptions, MysqlStore, SqliteStore, Store};
use tempfile::TempDir;

use super::store;

/// The program over a store of its own.
pub(crate) struct Server {
    pub(crate) store: Box<dyn Store>,
    pub(crate) address: String,
    child: Child,
    /// Where the store is, if that is to go with the program.
    folder: Option<TempDir>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// The program with its page.
fn program() -> Command {
    let mut program = crate::common::program();
    program.arg("serve");
    program
}

/// Makes a store where there is none.
fn create(place: &str) -> Box<dyn Store> {
    match place.starts_with("mysql://") {
        true => {
            let options = MysqlOptions::from_url(place).unwrap();
            Box::new(MysqlStore::declare(&options).unwrap())
        }
        false => Box::new(SqliteStore::create(place).unwrap()),
    }
}

/// Runs the program to its end.
pub(crate) fn output(arguments: &[&str]) -> Option<std::process::Output> {
    Some(program().args(arguments).output().unwrap())
}

impl Server {
    /// Runs the program over a store in a file.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Runs the program over a store in a file, with more arguments.
    pub(crate) fn start_with(arguments: &[&str]) -> Option<Self> {
        Self::in_file(program().args(arguments))
    }

    /// Runs the program as a process that can have so many files and connections open.
    pub(crate) fn start_with_descriptors(most: u32, arguments: &[&str]) -> Option<Self> {
        let limited = format!("ulimit -n {most} && exec \"$0\" \"$@\"");
        let program = program();
        Self::in_file(
            Command::new("sh")
                .args(["-c", &limited])
                .arg(program.get_program())
                .arg("serve")
                .args(arguments),
        )
    }

    fn in_file(command: &mut Command) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipeline.sqlite");
        let mut server = Self::run(command, path.to_str().unwrap());
        server.folder = Some(folder);
        Some(server)
    }

    /// Runs the program over an empty store, which is filled.
    pub(crate) fn over(place: &str) -> Option<Self> {
        Some(Self::run(&mut program(), place))
    }

    fn run(command: &mut Command, place: &str) -> Self {
        let store = create(place);
        store::fill(&*store);
        let mut child = command
            .args(["--listen", "127.0.0.1:0", "--store", place])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap();
        let address = address.strip_suffix('/').unwrap().to_owned();
        Self {
            store,
            address,
            child,
            folder: None,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends bytes and reads until the program closes the connection.
    pub(crate) fn send(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let timeout = Some(Duration::from_secs(20));
        stream.set_read_timeout(timeout).unwrap();
        stream.write_all(request).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).unwrap_or("0").parse().unwrap();
        Answer {
            status,
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        let host = &self.address;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        self.send(request.as_bytes())
    }

    /// Sends a form as a browser does from our own page.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = format!("Origin: http://{}\r\n", self.address);
        self.post_from(&self.address, &origin, path, form(fields).as_bytes())
    }

    /// Sends a form for a host, with more headers.
    pub(crate) fn post_from(&self, host: &str, headers: &str, path: &str, body: &[u8]) -> Answer {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
        );
        self.send(&[head.as_bytes(), body].concat())
    }

    /// Returns the token that the forms of a page have.
    pub(crate) fn token(&self) -> String {
        let body = self.get("/").body;
        let (_, rest) = body.split_once("name=\"token\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a form as browsers encode it.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        let letters = text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            b' ' => "+".into(),
            byte => format!("%{byte:02X}"),
        });
        letters.collect()
    };
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    fields.collect::<Vec<_>>().join("&")
}
