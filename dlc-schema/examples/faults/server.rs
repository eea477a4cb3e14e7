use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::Failure;

/// A MariaDB that `conformance/mariadb` runs.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    child: Child,
}

impl Server {
    /// Starts a server, or returns `None` where there is none to start.
    pub(crate) fn start() -> Result<Option<Self>, Failure> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/mariadb");
        let mut command = Command::new(script);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let orders = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut url = String::new();
        answers.read_line(&mut url)?;
        if url.is_empty() {
            return match child.wait()?.code() {
                Some(77) => Ok(None),
                code => Err(format!("the server did not start: {code:?}").into()),
            };
        }
        Ok(Some(Self {
            url: format!("{}faults", url.trim()),
            orders,
            answers,
            child,
        }))
    }

    /// Stops the server, with a signal that it can handle or with one that it cannot, and starts it.
    pub(crate) fn restart(&mut self, kill: bool) -> Result<(), Failure> {
        let order = if kill { "kill" } else { "restart" };
        writeln!(self.orders.as_mut().ok_or("no input")?, "{order}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        match answer.as_str() {
            "ready\n" => Ok(()),
            other => Err(format!("the server says {other:?}").into()),
        }
    }
}

/// The script ends with its input, and the server with it.
impl Drop for Server {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ended = self.child.wait();
    }
}
