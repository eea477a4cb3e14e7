use std::fmt;

/// How a program ended that was expected to go on: its status as the system prints it, its last words,
/// and what to do about it.
pub(super) struct Ending<'a>(pub(super) &'a str, pub(super) &'a str);

impl fmt::Display for Ending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(status, message) = self;
        match signal(status) {
            Some(9) => write!(
                f,
                "killed by {status}, as the system does where memory runs out; free some, or give it \
                 more"
            )?,
            Some(1 | 2 | 15) => write!(f, "ended from outside by {status}; try again")?,
            Some(_) => write!(f, "crashed by {status}; try another version of ffmpeg")?,
            None => f.write_str(status)?,
        }
        match message.is_empty() {
            true => f.write_str("; it said nothing"),
            false => write!(f, ": {message}"),
        }
    }
}

/// Returns the signal of `signal: 9 (SIGKILL)`, and of `exit status: 137`: so a shell tells of it.
fn signal(status: &str) -> Option<u32> {
    let number = |text: &str| text.split_whitespace().next()?.parse::<u32>().ok();
    match status.strip_prefix("signal: ") {
        Some(signal) => number(signal),
        None => {
            let code = number(status.strip_prefix("exit status: ")?)?;
            let signal = code.checked_sub(128)?;
            (1..=64).contains(&signal).then_some(signal)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_told_with_its_remedy() {
        let text = |status, message| Ending(status, message).to_string();

        for status in ["signal: 9 (SIGKILL)", "exit status: 137"] {
            let text = text(status, "");
            assert!(text.contains(status) && text.contains("memory"), "{text}");
            assert!(text.ends_with("it said nothing"), "{text}");
        }
        assert!(text("signal: 11 (SIGSEGV) (core dumped)", "").starts_with("crashed"));
        assert!(text("signal: 15 (SIGTERM)", "").starts_with("ended from outside"));
        assert_eq!(
            text("exit status: 3", "disk on fire"),
            "exit status: 3: disk on fire"
        );
        assert_eq!(
            text("exit status: 255", ""),
            "exit status: 255; it said nothing"
        );
    }
}
