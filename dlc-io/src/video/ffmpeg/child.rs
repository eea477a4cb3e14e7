use std::{
    collections::VecDeque,
    ffi::OsString,
    io::{self, BufReader},
    process::{self, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
};

use super::lines::for_each_line;

/// How many of the last error lines are kept.
const MAX_TAIL: usize = 5;

/// A child process whose standard error is read by a thread. Killed and reaped when dropped.
#[derive(Debug)]
pub(super) struct Child {
    process: process::Child,
    errors: Option<JoinHandle<String>>,
}

impl Child {
    /// Starts a program that is read from. `on_line` sees each line of its standard error.
    pub(super) fn spawn(
        program: &OsString,
        arguments: &[OsString],
        on_line: impl FnMut(&str) + Send + 'static,
    ) -> io::Result<(Self, ChildStdout)> {
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = Self::start(command.args(arguments), on_line)?;
        let stdout = child.process.stdout.take();
        Ok((child, stdout.expect("standard output is piped")))
    }

    /// Starts a program that is written to.
    pub(super) fn spawn_writer(
        program: &OsString,
        arguments: &[OsString],
    ) -> io::Result<(Self, ChildStdin)> {
        let mut command = Command::new(program);
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = Self::start(command.args(arguments), |_| ())?;
        let stdin = child.process.stdin.take();
        Ok((child, stdin.expect("standard input is piped")))
    }

    fn start(
        command: &mut Command,
        on_line: impl FnMut(&str) + Send + 'static,
    ) -> io::Result<Self> {
        let mut process = command.stderr(Stdio::piped()).spawn()?;
        let stderr = process.stderr.take().expect("standard error is piped");
        let errors = thread::spawn(move || drain(BufReader::new(stderr), on_line));
        Ok(Self {
            process,
            errors: Some(errors),
        })
    }

    #[cfg(test)]
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits for the end. Returns the status and the last errors that were printed.
    pub(super) fn wait(&mut self) -> (ExitStatus, String) {
        let errors = self.errors.take().and_then(|thread| thread.join().ok());
        let status = self.process.wait().unwrap_or_default();
        (status, errors.unwrap_or_default())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail only if the process has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        // The thread is not waited for: it ends with the pipe, which a child of the child (where
        // the program is a script) may hold a little longer.
    }
}

fn drain(stderr: impl io::BufRead, mut on_line: impl FnMut(&str)) -> String {
    let mut tail = VecDeque::new();
    // A broken pipe is the end of the child.
    let _ = for_each_line(stderr, |line| {
        on_line(line);
        if let Some(message) = error_message(line) {
            if tail.len() == MAX_TAIL {
                tail.pop_front();
            }
            tail.push_back(message.to_owned());
        }
    });
    Vec::from(tail).join("; ")
}

/// Returns the text of an error line as `-loglevel level+…` prints it: `[…] [error] text`.
fn error_message(line: &str) -> Option<&str> {
    let text = |level: &str| line.find(level).map(|at| line[at + level.len()..].trim());
    ["[error]", "[fatal]", "[panic]"].into_iter().find_map(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_keeps_the_last_errors_only() {
        let mut log = String::from("[info] fine\n");
        for i in 0..9 {
            log += &format!("[mov @ 0x1] [error] broken {i}\n[info] fine\n");
        }

        let tail = drain(log.as_bytes(), |_| ());

        assert_eq!(tail, "broken 4; broken 5; broken 6; broken 7; broken 8");
    }
}
