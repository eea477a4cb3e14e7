use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{
    Job, Source,
    job::read_key,
    registration::{column, workers},
    table_text::aligned,
    watch::Watch,
};
use crate::{
    AttributeValue, Cell, DateTime, Query, Row, Store, StoreError, StoreExt, Transaction,
    name::DlcModelName,
    table::Table,
    tables::{DLC_JOBS, DLC_WORKER_MODELS, DLC_WORKERS, JOBS},
};

/// What is done, what is not, and why not.
#[derive(Clone, Debug)]
pub struct Status {
    /// The tables in the order in which their rows are made.
    pub tables: Vec<TableStatus>,
    /// All jobs that are not done, the most urgent of each table first.
    pub jobs: Vec<JobStatus>,
    /// The workers.
    pub workers: Vec<WorkerStatus>,
}

/// How much of a table is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TableStatus {
    /// The table.
    pub table: &'static Table,
    /// How many rows are there.
    pub made: usize,
    /// How many are not.
    pub jobs: usize,
}

/// A job that is not done.
#[derive(Clone, Debug, PartialEq)]
pub struct JobStatus {
    /// The job.
    pub job: Job,
    /// Its state.
    pub state: JobState,
    /// Its priority: small is urgent.
    pub priority: i32,
}

/// Why a job is not done.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum JobState {
    /// A worker will take it.
    Pending,
    /// No worker that runs offers the model: it will wait until one does.
    NoWorker {
        /// The model.
        model: DlcModelName,
    },
    /// It failed and will be begun again.
    Postponed {
        /// How often it was begun.
        attempts: i32,
        /// Why the last try failed.
        message: String,
    },
    /// A worker makes it.
    Reserved(Reservation),
    /// It failed, and waits for a person.
    Failed {
        /// How often it was begun; 0 for Python's.
        attempts: i32,
        /// Why.
        message: String,
        /// When.
        since: DateTime,
    },
    /// A person wants it to be left alone.
    Ignored,
}

/// Who makes a job.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reservation {
    /// The user.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The process there.
    pub pid: u32,
    /// Since when.
    pub since: DateTime,
    /// Our worker, or `None` for one of Python's, which have no lease.
    pub worker: Option<String>,
    /// Whether the worker seems to have ended: others will take the job after its lease.
    pub silent: bool,
}

/// A worker.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WorkerStatus {
    /// Its name.
    pub worker: String,
    /// The user.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The process there.
    pub pid: u32,
    /// Since when it runs.
    pub started: DateTime,
    /// When it last said that it lives, by its own clock.
    pub heartbeat: DateTime,
    /// Whether it seems to have ended.
    pub silent: bool,
    /// The models that it offers.
    pub models: Vec<DlcModelName>,
}

/// Remembers workers from one look at the status to the next.
///
/// At the first look the clocks must be believed: a worker is silent if its last beat is older than its
/// lease. From then on what counts is whether it was seen to beat.
#[derive(Debug, Default)]
pub struct Observer(Mutex<Watch>);

impl Observer {
    fn silent(&self, rows: &mut dyn Transaction) -> Result<HashSet<String>, StoreError> {
        let beats = workers(rows)?;
        let mut watch = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = watch.look(Instant::now(), beats.clone());
        let mut names: HashSet<String> = silent.into_iter().map(|beat| beat.worker).collect();
        let heartbeats = Query::of(&DLC_WORKERS).only(&["worker", "heartbeat"]);
        for row in rows.select(&heartbeats)? {
            let name: String = column(&row, "worker", &DLC_WORKERS)?;
            let lease = beats.iter().find(|beat| beat.worker == name);
            let lease = lease.map_or(Duration::MAX, |beat| beat.lease);
            let heartbeat: DateTime = column(&row, "heartbeat", &DLC_WORKERS)?;
            if !watch.was_heard(&name) && is_older(heartbeat, lease) {
                names.insert(name);
            }
        }
        Ok(names)
    }
}

fn is_older(heartbeat: DateTime, lease: Duration) -> bool {
    let age = DateTime::now().seconds() - heartbeat.seconds();
    u64::try_from(age).is_ok_and(|age| age > lease.as_secs())
}

impl Status {
    /// Returns the jobs whose last try failed: those that wait for a person, and those that will be begun
    /// again.
    pub fn failures(&self) -> impl Iterator<Item = &JobStatus> {
        let failed = |status: &&JobStatus| {
            matches!(
                status.state,
                JobState::Failed { .. } | JobState::Postponed { .. }
            )
        };
        self.jobs.iter().filter(failed)
    }

    /// Looks at all jobs of some tables.
    ///
    /// # Errors
    ///
    /// Returns an error when the store cannot be read.
    pub fn read(
        store: &dyn Store,
        sources: &[Source],
        observer: &Observer,
    ) -> Result<Self, StoreError> {
        store.read(|rows| {
            let silent = observer.silent(rows)?;
            let workers = worker_statuses(rows, &silent)?;
            let live = workers.iter().filter(|worker| !worker.silent);
            let offered = live.flat_map(|worker| &worker.models).cloned().collect();
            let (mut tables, mut jobs) = (Vec::new(), Vec::new());
            for source in sources {
                let found = job_statuses(rows, source, &offered, &silent)?;
                tables.push(TableStatus {
                    table: source.table,
                    made: rows.select(&Query::of(source.table).keys())?.len(),
                    jobs: found.len(),
                });
                jobs.extend(found);
            }
            Ok(Self {
                tables,
                jobs,
                workers,
            })
        })
    }
}

fn worker_statuses(
    rows: &mut dyn Transaction,
    silent: &HashSet<String>,
) -> Result<Vec<WorkerStatus>, StoreError> {
    let mut models: HashMap<String, Vec<DlcModelName>> = HashMap::new();
    for row in rows.select(&Query::of(&DLC_WORKER_MODELS))? {
        let model = column(&row, "dlc_model", &DLC_WORKER_MODELS)?;
        let worker = column(&row, "worker", &DLC_WORKER_MODELS)?;
        models.entry(worker).or_default().push(model);
    }
    let status = |row: &Row| {
        let worker: String = column(row, "worker", &DLC_WORKERS)?;
        Ok(WorkerStatus {
            user: column(row, "user", &DLC_WORKERS)?,
            host: column(row, "host", &DLC_WORKERS)?,
            pid: column(row, "pid", &DLC_WORKERS)?,
            started: column(row, "started", &DLC_WORKERS)?,
            heartbeat: column(row, "heartbeat", &DLC_WORKERS)?,
            silent: silent.contains(&worker),
            models: models.remove(&worker).unwrap_or_default(),
            worker,
        })
    };
    let rows = rows.select(&Query::of(&DLC_WORKERS))?;
    rows.iter().map(status).collect()
}

/// Returns the rows of a table about jobs of another, by the hash of their keys.
fn by_hash(
    rows: &mut dyn Transaction,
    table: &'static Table,
    of: &Table,
) -> Result<HashMap<String, Row>, StoreError> {
    let query = Query::of(table).with("table_name", of.name);
    let row = |row: Row| Ok((column(&row, "key_hash", table)?, row));
    rows.select(&query)?.into_iter().map(row).collect()
}

fn job_statuses(
    rows: &mut dyn Transaction,
    source: &Source,
    offered: &HashSet<DlcModelName>,
    silent: &HashSet<String>,
) -> Result<Vec<JobStatus>, StoreError> {
    let table = source.table;
    let mut recorded = by_hash(rows, &JOBS, table)?;
    let noted = by_hash(rows, &DLC_JOBS, table)?;
    let mut statuses = Vec::new();
    for pending in (source.pending)(rows)? {
        let job = Job::new(table, &pending.key);
        let noted = Noted::read(noted.get(job.hash()))?;
        let state = match recorded.remove(job.hash()) {
            Some(row) => recorded_state(&row, &noted, silent)?,
            None => noted.free(pending.model.filter(|model| !offered.contains(model))),
        };
        statuses.push(noted.of(job, state));
    }
    // What failed and is not wanted any more, or is stored but for the end of the reservation.
    for (hash, row) in recorded {
        if let Some(job) = recorded_job(table, &row) {
            let noted = Noted::read(noted.get(&hash))?;
            let state = recorded_state(&row, &noted, silent)?;
            statuses.push(noted.of(job, state));
        }
    }
    statuses.sort_by_key(|status| status.priority);
    Ok(statuses)
}

fn recorded_job(table: &'static Table, row: &Row) -> Option<Job> {
    match row.cell("key")? {
        Cell::Blob(bytes) => Some(Job::new(table, &read_key(table, bytes)?)),
        _ => None,
    }
}

/// What `~dlc_jobs` says of a job.
#[derive(Default)]
struct Noted {
    worker: String,
    attempts: i32,
    priority: i32,
    message: String,
}

impl Noted {
    fn read(row: Option<&Row>) -> Result<Self, StoreError> {
        let Some(row) = row else {
            return Ok(Self::default());
        };
        Ok(Self {
            worker: column(row, "worker", &DLC_JOBS)?,
            attempts: column(row, "attempts", &DLC_JOBS)?,
            priority: column(row, "priority", &DLC_JOBS)?,
            message: column(row, "message", &DLC_JOBS)?,
        })
    }

    fn free(&self, missing: Option<DlcModelName>) -> JobState {
        match missing {
            Some(model) => JobState::NoWorker { model },
            None if self.message.is_empty() => JobState::Pending,
            None => JobState::Postponed {
                attempts: self.attempts,
                message: self.message.clone(),
            },
        }
    }

    fn of(&self, job: Job, state: JobState) -> JobStatus {
        let priority = self.priority;
        JobStatus {
            job,
            state,
            priority,
        }
    }
}

fn recorded_state(
    row: &Row,
    noted: &Noted,
    silent: &HashSet<String>,
) -> Result<JobState, StoreError> {
    let text = |name| column::<String>(row, name, &JOBS);
    let since = column(row, "timestamp", &JOBS)?;
    Ok(match text("status")?.as_str() {
        "reserved" => {
            let ours = i64::from_cell(row.cell("connection_id").unwrap_or(&Cell::Null)) == Ok(0);
            let ours = ours && !noted.worker.is_empty();
            JobState::Reserved(Reservation {
                user: text("user")?,
                host: text("host")?,
                pid: column(row, "pid", &JOBS)?,
                since,
                worker: ours.then(|| noted.worker.clone()),
                silent: ours && silent.contains(&noted.worker),
            })
        }
        "error" => JobState::Failed {
            attempts: noted.attempts,
            message: text("error_message")?,
            since,
        },
        _ => JobState::Ignored,
    })
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending => f.write_str("pending"),
            Self::NoWorker { model } => write!(f, "no worker offers model {model}"),
            Self::Postponed { attempts, message } => {
                write!(f, "begun {attempts} times, will be again: {message}")
            }
            Self::Reserved(by) => by.fmt(f),
            Self::Failed { message, since, .. } => write!(f, "failed {since}: {message}"),
            Self::Ignored => f.write_str("ignored"),
        }
    }
}

impl fmt::Display for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            user, pid, since, ..
        } = self;
        let place = match user.contains('@') {
            true => user.clone(),
            false => format!("{user}@{}", self.host),
        };
        write!(f, "made by {place}, process {pid}, since {since}")?;
        match self.silent {
            true => f.write_str(", which seems to have ended"),
            false => Ok(()),
        }
    }
}

/// Writes three tables that a person can read.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.tables.iter().map(|table| {
            let (made, jobs) = (table.made.to_string(), table.jobs.to_string());
            [table.table.class.to_owned(), made, jobs]
        });
        f.write_str(&aligned(["table", "made", "not made"], tables))?;
        let jobs = self.jobs.iter().map(|status| {
            let key: Vec<String> = status
                .job
                .key()
                .iter()
                .map(|(_, cell)| cell.to_string())
                .collect();
            let class = status.job.table().class.to_owned();
            let state = status.state.to_string();
            [class, key.join(" "), status.priority.to_string(), state]
        });
        writeln!(f)?;
        match self.jobs.is_empty() {
            true => writeln!(f, "nothing is pending")?,
            false => f.write_str(&aligned(["job of", "key", "priority", "state"], jobs))?,
        }
        let workers = self.workers.iter().map(|worker| {
            let models: Vec<&str> = worker.models.iter().map(DlcModelName::as_str).collect();
            let state = if worker.silent { "silent" } else { "runs" };
            [
                worker.worker.clone(),
                format!("{} process {}", worker.user, worker.pid),
                format!("{state}, last heard {}", worker.heartbeat),
                models.join(", "),
            ]
        });
        writeln!(f)?;
        match self.workers.is_empty() {
            true => writeln!(f, "no worker runs"),
            false => f.write_str(&aligned(["worker", "where", "state", "models"], workers)),
        }
    }
}
