use std::{
    error::Error,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::{
    Attempt, AttemptError, ErasedMake, Event, InvalidWorkerOptions, Job, WorkerOptions,
    attempt::until_shutdown,
    queue::{Candidate, Queue},
    registration::{Registration, bury, workers},
    reservation::Reserved,
    text,
    watch::Watch,
};
use crate::{Running, Shutdown, Store, StoreError, StoreExt, TransactionExt};

/// The list of jobs is made again after this time, so that priorities and other workers count.
const LIST: Duration = Duration::from_secs(5);
/// ... or after so many times the time that it takes to make.
const LIST_COSTS: u32 = 20;
/// ... or when others had so many of its jobs one after the other.
const TAKEN: u32 = 16;

/// Makes rows, one after the other, beside any number of others that do the same.
///
/// A job is reserved in DataJoint's `~jobs`, so that Python's `populate(reserve_jobs=True)` and we
/// never make the same. The worker beats while it runs. Others that see no beat for its lease, each by
/// its own stopwatch, take its job. No clock is asked for a decision: a row is stored exactly once
/// because the transaction that stores it ends the reservation, or fails.
///
/// # Examples
///
/// ```no_run
/// use dlc_schema::{Memory, Shutdown, jobs::{Worker, WorkerOptions}};
///
/// let store = Memory::new();
/// let shutdown = Shutdown::new(); // The program's handler of SIGTERM calls `request`.
/// let tell = |event: &dlc_schema::jobs::Event<'_>| eprintln!("{event}");
/// let worker = Worker::new(&store, WorkerOptions::default())?.with_events(&tell);
///
/// worker.run(&[], &shutdown)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[expect(
    missing_debug_implementations,
    reason = "stores and functions have none"
)]
pub struct Worker<'s> {
    store: &'s dyn Store,
    options: WorkerOptions,
    registration: Registration,
    events: Option<&'s (dyn Fn(&Event<'_>) + Sync)>,
    /// The job that is being made.
    current: Mutex<Option<(Job, Running)>>,
}

/// What came of a worker's jobs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Rows that were stored.
    pub made: usize,
    /// Jobs that failed and will be begun again.
    pub postponed: usize,
    /// Jobs that failed for good.
    pub failed: usize,
    /// Jobs that others took.
    pub lost: usize,
    /// Jobs that were let go, because the program ended.
    pub released: usize,
}

impl<'s> Worker<'s> {
    /// Creates a worker. It is registered as long as it runs.
    ///
    /// # Errors
    ///
    /// Returns an error when the lease has no room for three beats.
    pub fn new(store: &'s dyn Store, options: WorkerOptions) -> Result<Self, InvalidWorkerOptions> {
        options.check()?;
        Ok(Self {
            registration: Registration::new(&options),
            store,
            options,
            events: None,
            current: Mutex::new(None),
        })
    }

    /// Tells a function what happens.
    #[must_use]
    pub fn with_events(mut self, events: &'s (dyn Fn(&Event<'_>) + Sync)) -> Self {
        self.events = Some(events);
        self
    }

    /// Returns the name by which `~dlc_workers` knows the worker.
    pub fn id(&self) -> &str {
        self.registration.id()
    }

    /// Makes whatever is pending until it is asked to end.
    ///
    /// A job that fails or panics is recorded, and the worker goes on. When the store is away or full,
    /// it waits.
    ///
    /// # Errors
    ///
    /// Returns an error when the store refuses for good.
    pub fn run(
        &self,
        makes: &[&dyn ErasedMake],
        shutdown: &Shutdown,
    ) -> Result<Report, StoreError> {
        self.work(makes, shutdown, false)
    }

    /// Makes whatever is pending until there is nothing that could be begun now.
    ///
    /// # Errors
    ///
    /// As [`Self::run`].
    pub fn run_once(
        &self,
        makes: &[&dyn ErasedMake],
        shutdown: &Shutdown,
    ) -> Result<Report, StoreError> {
        self.work(makes, shutdown, true)
    }

    fn work(
        &self,
        makes: &[&dyn ErasedMake],
        shutdown: &Shutdown,
        once: bool,
    ) -> Result<Report, StoreError> {
        self.patiently(shutdown, || self.enter())?;
        let report = thread::scope(|scope| {
            let ended = Ended(Shutdown::new());
            let until = ended.0.clone();
            scope.spawn(move || self.beat(&until));
            self.rounds(makes, shutdown, once)
        });
        let left = self.store.write(|rows| self.registration.leave(rows));
        // A row that could not be taken away is one of a worker that is silent.
        report.inspect(|_| drop(left))
    }

    fn enter(&self) -> Result<(), StoreError> {
        self.store.write(|rows| self.registration.enter(rows))
    }

    fn tell(&self, event: &Event<'_>) {
        if let Some(events) = self.events {
            events(event);
        }
    }

    fn patiently<T>(
        &self,
        shutdown: &Shutdown,
        work: impl FnMut() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        until_shutdown(work, shutdown, &|error| {
            self.tell(&Event::Waiting { error });
        })
    }

    fn rounds(
        &self,
        makes: &[&dyn ErasedMake],
        shutdown: &Shutdown,
        once: bool,
    ) -> Result<Report, StoreError> {
        let mut report = Report::default();
        let mut queue = Queue::default();
        while !shutdown.is_requested() {
            let began = Instant::now();
            let listed = self.patiently(shutdown, || {
                queue.list(self.store, makes, &self.registration, &self.options)
            });
            let jobs = match listed {
                Err(_) if shutdown.is_requested() => break,
                listed => listed?,
            };
            let until = began + LIST.max(LIST_COSTS * began.elapsed());
            let begun = self.round(&jobs, makes, shutdown, until, &mut report)?;
            if begun == 0 {
                if once {
                    break;
                }
                shutdown.wait(self.options.poll);
            }
        }
        Ok(report)
    }

    /// Goes through a list while it is fresh, and returns how many jobs were begun.
    fn round(
        &self,
        jobs: &[Candidate],
        makes: &[&dyn ErasedMake],
        shutdown: &Shutdown,
        until: Instant,
        report: &mut Report,
    ) -> Result<usize, StoreError> {
        let (mut begun, mut taken) = (0, 0);
        for Candidate { make, job, .. } in jobs {
            if shutdown.is_requested() || (begun > 0 && Instant::now() > until) || taken >= TAKEN {
                break;
            }
            match self.reserve(job, shutdown)? {
                Reserved::Yes { attempts } => {
                    self.job(makes[*make], job, attempts, shutdown, report)?;
                    (begun, taken) = (begun + 1, 0);
                }
                Reserved::Exhausted { attempts } => {
                    let reason = format!("begun {} times, and never ended", attempts - 1);
                    self.tell(&Event::Failed {
                        job,
                        reason: &reason,
                    });
                    report.failed += 1;
                }
                Reserved::Taken | Reserved::Stored | Reserved::Buried => taken += 1,
            }
        }
        Ok(begun)
    }

    fn reserve(&self, job: &Job, shutdown: &Shutdown) -> Result<Reserved, StoreError> {
        let tries = self.options.tries();
        let reserve = || {
            let worker = &self.registration;
            self.store.write(|rows| worker.reserve(rows, job, tries))
        };
        let result = self.patiently(shutdown, || match reserve()? {
            Reserved::Buried => {
                self.enter()?;
                reserve()
            }
            reserved => Ok(reserved),
        });
        match result {
            Err(_) if shutdown.is_requested() => Ok(Reserved::Taken),
            result => result,
        }
    }

    /// Makes a job that is reserved.
    fn job(
        &self,
        make: &dyn ErasedMake,
        job: &Job,
        attempts: i32,
        shutdown: &Shutdown,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        self.tell(&Event::Began { job, attempts });
        let running = Running::until(shutdown);
        self.set_current(Some((job.clone(), running.clone())));
        let attempt = Attempt {
            store: self.store,
            worker: &self.registration,
            job,
            running: &running,
            waiting: &|error| self.tell(&Event::Waiting { error }),
        };
        let result = catch_unwind(AssertUnwindSafe(|| make.attempt(&attempt)));
        self.set_current(None);
        let end = match result {
            Ok(Ok(())) => End::Made,
            Ok(Err(error)) => self.end(job, attempts, &error, shutdown)?,
            Err(panic) => End::Failed(vec![format!("panicked: {}", panicked(&*panic))]),
        };
        self.settle(job, attempts, &end, shutdown)?;
        self.count(job, end, report);
        Ok(())
    }

    fn set_current(&self, job: Option<(Job, Running)>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = job;
    }

    /// Says what an error means for a job.
    fn end(
        &self,
        job: &Job,
        attempts: i32,
        error: &AttemptError,
        shutdown: &Shutdown,
    ) -> Result<End, StoreError> {
        let stored = self.patiently(shutdown, || {
            self.store.read(|rows| {
                let stored = rows.exists(job.table(), job.key().clone())?;
                Ok((stored, self.registration.holds(rows, job)?))
            })
        });
        match stored {
            // The commit was not answered, or somebody made it without a reservation.
            Ok((true, _)) => return Ok(End::Made),
            Ok((false, false)) => return Ok(End::Lost),
            Ok((false, true)) => {}
            Err(_) if shutdown.is_requested() => return Ok(End::Released),
            Err(error) => return Err(error),
        }
        let chain = text::chain(cause(error));
        let again = error.is_transient() && i64::from(attempts) < self.options.tries().into();
        Ok(match (shutdown.is_requested(), again) {
            (true, _) => End::Released,
            (false, true) => End::Postponed(chain),
            (false, false) => End::Failed(chain),
        })
    }

    /// Writes down what became of a job.
    fn settle(
        &self,
        job: &Job,
        attempts: i32,
        end: &End,
        shutdown: &Shutdown,
    ) -> Result<(), StoreError> {
        let worker = &self.registration;
        let result = self.patiently(shutdown, || {
            self.store.write(|rows| match end {
                End::Made => worker.finish(rows, job).map(drop),
                End::Lost => Ok(()),
                End::Released => worker.release(rows, job, attempts - 1, &[]),
                End::Postponed(chain) => worker.release(rows, job, attempts, chain),
                End::Failed(chain) => worker.fail(rows, job, chain),
            })
        });
        match result {
            // The reservation ends with the lease.
            Err(_) if shutdown.is_requested() => Ok(()),
            result => result,
        }
    }

    fn count(&self, job: &Job, end: End, report: &mut Report) {
        match end {
            End::Made => {
                report.made += 1;
                self.tell(&Event::Made { job });
            }
            End::Lost => {
                report.lost += 1;
                self.tell(&Event::Lost { job });
            }
            End::Released => {
                report.released += 1;
                self.tell(&Event::Released { job });
            }
            End::Postponed(chain) => {
                report.postponed += 1;
                let reason = &text::message(&chain);
                self.tell(&Event::Postponed { job, reason });
            }
            End::Failed(chain) => {
                report.failed += 1;
                let reason = &text::message(&chain);
                self.tell(&Event::Failed { job, reason });
            }
        }
    }

    /// Says that the worker lives, and looks after the others.
    fn beat(&self, ended: &Shutdown) {
        let mut watch = Watch::default();
        loop {
            if let Err(error) = self.beat_once(&mut watch) {
                self.tell(&Event::Waiting { error: &error });
            }
            if ended.wait(self.options.beat) {
                return;
            }
        }
    }

    fn beat_once(&self, watch: &mut Watch) -> Result<(), StoreError> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let current = current.clone();
        let (lives, holds, others) = self.store.write(|rows| {
            let lives = self.registration.beat(rows)?;
            let holds = match &current {
                Some((job, _)) => self.registration.holds(rows, job)?,
                None => true,
            };
            Ok::<_, StoreError>((lives, holds, workers(rows)?))
        })?;
        if let Some((_, running)) = current.filter(|_| !holds) {
            running.lose();
        }
        if !lives {
            self.enter()?;
        }
        for silent in watch.look(Instant::now(), others) {
            if self.store.write(|rows| bury(rows, &silent))? {
                let worker = &silent.worker;
                self.tell(&Event::Buried { worker });
            }
        }
        Ok(())
    }
}

/// Ends the beats, also when a panic passes.
struct Ended(Shutdown);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.request();
    }
}

/// What becomes of a job.
enum End {
    Made,
    Lost,
    Released,
    Postponed(Vec<String>),
    Failed(Vec<String>),
}

/// Returns the error that has something to say.
fn cause(error: &AttemptError) -> &(dyn Error + 'static) {
    match error {
        AttemptError::Make(error) => error.reason(),
        AttemptError::Store(error) => error,
        error => error,
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = || panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(owned).unwrap_or("it does not say why")
}
