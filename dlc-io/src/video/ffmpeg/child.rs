use std::{
    collections::VecDeque,
    ffi::OsString,
    io::{self, BufReader, Read},
    process::{self, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{RecvTimeoutError, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::lines::for_each_line;

/// How many of the last error lines are kept.
const MAX_TAIL: usize = 5;

/// A child process whose standard error is read by a thread. Killed and reaped when dropped.
#[derive(Debug)]
pub(super) struct Child {
    process: process::Child,
    words: Option<JoinHandle<LastWords>>,
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
        let words = thread::spawn(move || drain(BufReader::new(stderr), on_line));
        Ok(Self {
            process,
            words: Some(words),
        })
    }

    #[cfg(test)]
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits for the end. Returns the status and the last words that were printed.
    pub(super) fn wait(&mut self) -> (ExitStatus, LastWords) {
        let words = self.words.take().and_then(|thread| thread.join().ok());
        let status = self.process.wait().unwrap_or_default();
        (status, words.unwrap_or_default())
    }
}

/// What a program printed last on its standard error.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct LastWords {
    /// Lines of the level of an error.
    pub(super) errors: String,
    /// Lines without a level, as the system prints them where a program does not start.
    pub(super) others: String,
}

impl LastWords {
    /// Returns the errors, or else what was there beside them.
    pub(super) fn into_message(self) -> String {
        match self.errors.is_empty() {
            true => self.others,
            false => self.errors,
        }
    }
}

/// Reads what a program prints, as long as it goes on printing. Returns `None` after a silence.
pub(super) fn read_within<T: Send + 'static>(
    stdout: ChildStdout,
    patience: Duration,
    read: impl FnOnce(Heard) -> T + Send + 'static,
) -> Option<T> {
    let (send, done) = channel();
    let times = Arc::new(AtomicUsize::new(0));
    let heard = Heard {
        stdout,
        times: times.clone(),
    };
    // It ends with the pipe, at the latest when the child is killed.
    thread::spawn(move || send.send(read(heard)));
    let mut before = 0;
    loop {
        match done.recv_timeout(patience) {
            Ok(answer) => return Some(answer),
            Err(RecvTimeoutError::Timeout) => {
                let now = times.load(Ordering::Relaxed);
                if now == before {
                    return None;
                }
                before = now;
            }
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

/// The output of a program, which counts how often something came.
pub(super) struct Heard {
    stdout: ChildStdout,
    times: Arc<AtomicUsize>,
}

impl Read for Heard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.stdout.read(buffer)?;
        self.times.fetch_add(1, Ordering::Relaxed);
        Ok(len)
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

fn drain(stderr: impl io::BufRead, mut on_line: impl FnMut(&str)) -> LastWords {
    let (mut errors, mut others) = (Tail::default(), Tail::default());
    // A broken pipe is the end of the child.
    let _ = for_each_line(stderr, |line| {
        on_line(line);
        match error_message(line) {
            Some(message) => errors.push(message),
            None if has_level(line) => {}
            None => others.push(line.trim()),
        }
    });
    LastWords {
        errors: errors.join(),
        others: others.join(),
    }
}

/// The last lines of many.
#[derive(Default)]
struct Tail(VecDeque<String>);

impl Tail {
    fn push(&mut self, line: &str) {
        if self.0.len() == MAX_TAIL {
            self.0.pop_front();
        }
        self.0.push_back(line.to_owned());
    }

    fn join(self) -> String {
        Vec::from(self.0).join("; ")
    }
}

fn has_level(line: &str) -> bool {
    let levels = ["[info]", "[warning]", "[verbose]", "[debug]"];
    levels.iter().any(|level| line.contains(level))
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

        assert_eq!(
            tail.errors,
            "broken 4; broken 5; broken 6; broken 7; broken 8"
        );
        assert_eq!(tail.others, "");
    }

    #[test]
    fn words_without_a_level_are_told_where_there_are_no_errors() {
        let log = "error while loading shared libraries: libavcodec.so.59\n[info] fine\n";

        let words = drain(log.as_bytes(), |_| ());

        assert_eq!(
            words.into_message(),
            "error while loading shared libraries: libavcodec.so.59"
        );
    }
}
