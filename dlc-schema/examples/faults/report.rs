use std::{collections::HashMap, env, time::Duration};

use crate::Failure;

/// What was done to the workers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    pub(crate) workers: usize,
    pub(crate) seed: u64,
    pub(crate) took: Duration,
    pub(crate) kills: u64,
    /// How often the server was stopped, and how often it was killed.
    pub(crate) restarts: Option<(u64, u64)>,
    pub(crate) jobs: i32,
    /// How many rows were looked at in the end.
    pub(crate) rows: usize,
}

impl Done {
    /// Prints it, with what the workers wrote.
    pub(crate) fn print(&self, kind: &str, log: &str) -> Result<(), Failure> {
        let seconds = self.took.as_secs_f64();
        println!(
            "{kind}: {} workers; seed {}, {seconds:.0} s",
            self.workers, self.seed
        );
        if env::var_os("DLC_FAKETIME").is_some() {
            let Clocks { first, last, back } = Clocks::read(log)?;
            println!("  clocks of the workers: {first} to {last}");
            line("times the clock of a worker went back", back);
        }
        line("workers killed (kill -9)", self.kills);
        if let Some((stopped, killed)) = self.restarts {
            line("server restarted (TERM)", stopped);
            line("server killed (kill -9) and restarted", killed);
        }
        line("jobs, each done exactly once", self.jobs);
        line("rows looked at, none too much or missing", self.rows);
        let lines = |word: &str| log.lines().filter(|line| line.contains(word)).count();
        line("times a job was begun", lines(" begins "));
        line("workers found to have ended", lines(" has ended: "));
        line("jobs lost by a worker that lived", lines(" lost "));
        line("tries that failed and were repeated", lines(" postponed "));
        line("times a worker waited for the store", lines(" waits: "));
        let failed = lines(" failed ");
        line("jobs that failed", failed);
        match failed {
            0 => Ok(()),
            _ => Err(format!("jobs failed:\n{log}").into()),
        }
    }
}

fn line(what: &str, count: impl std::fmt::Display) {
    println!("  {what:40} {count}");
}

/// What the clocks of the workers showed.
struct Clocks<'l> {
    first: &'l str,
    last: &'l str,
    back: usize,
}

impl<'l> Clocks<'l> {
    fn read(log: &'l str) -> Result<Self, Failure> {
        let mut shown = HashMap::<&str, Vec<&str>>::new();
        for line in log.lines() {
            let (worker, rest) = line.split_once(' ').ok_or("no clock")?;
            let time = rest.get(..19).ok_or("no clock")?;
            shown.entry(worker).or_default().push(time);
        }
        let back = |times: &Vec<&str>| times.windows(2).filter(|pair| pair[1] < pair[0]).count();
        let times = || shown.values().flatten().copied();
        Ok(Self {
            first: times().min().ok_or("no events")?,
            last: times().max().ok_or("no events")?,
            back: shown.values().map(back).sum(),
        })
    }
}
