use std::{
    env, fs,
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant, SystemTime},
};

use dlc_schema::{
    Shutdown, Store,
    jobs::{Observer, Source, Status, Worker},
    tables::{DLC_PREDICTION, DLC_WORKERS},
};

use crate::{
    Failure,
    check::{check, count, is_done},
    pipeline::put_recordings,
    place::open,
    random::Random,
    report::Done,
    server::Server,
    worker::{LEASE, options},
};

const WORKERS: usize = 4;
pub(crate) const JOBS: i32 = 100;
/// Without progress for so long, something waits for ever.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Kills workers until it was enough, with new jobs whenever few are left.
pub(crate) fn run(kind: &str, numbers: &[&str]) -> Result<ExitCode, Failure> {
    let number = |place: usize, default: u64| match numbers.get(place) {
        Some(text) => text.parse::<u64>(),
        None => Ok(default),
    };
    let (kills, restarts, seed) = (number(0, 200)?, number(1, 0)?, number(2, 1)?);
    let folder = tempfile::tempdir()?;
    let mut server = None;
    let place = match kind {
        "sqlite" => text(&folder.path().join("pipeline.sqlite"))?,
        "mysql" => match Server::start()? {
            Some(started) => server.insert(started).url.clone(),
            None => return Ok(ExitCode::from(77)),
        },
        other => return Err(format!("no such store: {other}").into()),
    };
    let mut faults = Faults {
        store: open(&place)?,
        place,
        log: text(&folder.path().join("log"))?,
        clock: text(&folder.path().join("clock"))?,
        random: Random(seed),
        workers: Vec::new(),
        server,
        jobs: 0,
    };
    faults.begin()?;
    let began = Instant::now();
    let restarted = faults.kill(kills, restarts)?;
    faults.finish()?;
    let done = Done {
        workers: WORKERS,
        seed,
        took: began.elapsed(),
        kills,
        restarts: faults.server.is_some().then_some(restarted),
        jobs: faults.jobs,
        rows: check(&*faults.store, faults.jobs())?,
    };
    done.print(kind, &fs::read_to_string(&faults.log)?)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    Ok(path
        .to_str()
        .ok_or("a folder whose name is no text")?
        .to_owned())
}

struct Faults {
    store: Box<dyn Store>,
    place: String,
    log: String,
    clock: String,
    random: Random,
    workers: Vec<Child>,
    server: Option<Server>,
    /// How many jobs there are, done and not.
    jobs: i32,
}

/// Workers that are not killed here go on without us.
impl Drop for Faults {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            let _killed = worker.kill();
            let _ended = worker.wait();
        }
    }
}

impl Faults {
    fn begin(&mut self) -> Result<(), Failure> {
        self.add_jobs()?;
        for _ in 0..WORKERS {
            let worker = self.worker()?;
            self.workers.push(worker);
        }
        Ok(())
    }

    fn add_jobs(&mut self) -> Result<(), Failure> {
        put_recordings(&*self.store, self.jobs..self.jobs + JOBS, "mouse")?;
        self.jobs += JOBS;
        Ok(())
    }

    fn jobs(&self) -> usize {
        usize::try_from(self.jobs).unwrap_or(0)
    }

    /// Starts a worker, with its own clock if there is a way.
    fn worker(&mut self) -> Result<Child, Failure> {
        let seed = self.random.next().to_string();
        let mut command = Command::new(env::current_exe()?);
        command.args(["worker", &self.place, &seed, &self.log]);
        command.stdin(Stdio::piped());
        if let Some(library) = env::var_os("DLC_FAKETIME") {
            let clock = self.set_clock()?;
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME_TIMESTAMP_FILE", clock)
                .env("FAKETIME_CACHE_DURATION", "1")
                .env("DONT_FAKE_MONOTONIC", "1");
        }
        Ok(command.spawn()?)
    }

    /// Sets one of the clocks to any year from 1990 to 2060.
    fn set_clock(&mut self) -> Result<String, Failure> {
        let clock = format!("{}{}", self.clock, self.random.below(WORKERS as u64));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let now = now.as_secs();
        let then = 631_152_000 + self.random.below(2_208_988_800);
        let sign = if then < now { '-' } else { '+' };
        fs::write(&clock, format!("{sign}{}", then.abs_diff(now)))?;
        Ok(clock)
    }

    /// Kills so many workers at random moments, and restarts the server between; returns how often the
    /// server was stopped and how often it was killed.
    fn kill(&mut self, kills: u64, restarts: u64) -> Result<(u64, u64), Failure> {
        let (mut stopped, mut killed) = (0, 0);
        for kill in 1..=kills {
            thread::sleep(Duration::from_micros(self.random.below(250_000)));
            let victim = usize::try_from(self.random.below(WORKERS as u64))?;
            self.workers[victim].kill()?;
            self.workers[victim].wait()?;
            self.workers[victim] = self.worker()?;
            self.set_clock()?;
            let due = restarts * kill / kills;
            if let Some(server) = self.server.as_mut().filter(|_| stopped + killed < due) {
                let hard = self.random.below(2) > 0;
                server.restart(hard)?;
                *(if hard { &mut killed } else { &mut stopped }) += 1;
            }
            // Whoever is killed shall have had something to do.
            if count(&*self.store, &DLC_PREDICTION)? + 4 * WORKERS > self.jobs() {
                self.add_jobs()?;
            }
        }
        Ok((stopped, killed))
    }

    /// Waits until all jobs are done, asks the workers to end, and looks at every table.
    fn finish(&mut self) -> Result<(), Failure> {
        let mut done = (0, Instant::now());
        while !is_done(&*self.store, self.jobs())? {
            let made = count(&*self.store, &DLC_PREDICTION)?;
            if made > done.0 {
                done = (made, Instant::now());
            }
            if done.1.elapsed() > PATIENCE {
                let status = Status::read(
                    &*self.store,
                    &[Source::DLC_PREDICTION],
                    &Observer::default(),
                )?;
                let log = fs::read_to_string(&self.log)?;
                return Err(format!("no progress:\n{status}\n{log}").into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        for worker in &mut self.workers {
            drop(worker.stdin.take());
            let ended = worker.wait()?;
            if !ended.success() {
                return Err(format!("a worker that was asked to end: {ended}").into());
            }
        }
        bury_all(&*self.store)
    }
}

/// Runs a worker until those that were killed are found to have ended.
fn bury_all(store: &dyn Store) -> Result<(), Failure> {
    let shutdown = Shutdown::new();
    let worker = Worker::new(store, options())?;
    thread::scope(|scope| {
        let work = scope.spawn(|| worker.run(&[], &shutdown));
        let began = Instant::now();
        let left = loop {
            thread::sleep(Duration::from_millis(50));
            let left = count(store, &DLC_WORKERS);
            if !matches!(left, Ok(2..)) || began.elapsed() > 10 * LEASE {
                break left;
            }
        };
        shutdown.request();
        let _report = work.join().map_err(|_| "a worker panicked")??;
        match left? {
            0 | 1 => Ok(()),
            left => Err(Failure::from(format!(
                "{left} workers that ended are still there"
            ))),
        }
    })
}
