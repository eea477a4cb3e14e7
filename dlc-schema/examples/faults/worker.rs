use std::{
    fs::OpenOptions,
    io::{self, Read, Write},
    process, thread,
    time::Duration,
};

use dlc_schema::{
    DateTime, MakeError, Running, Shutdown,
    jobs::{Event, Worker, WorkerOptions},
    make::{Predicted, PredictedFile, PredictionJob, PredictionMake, Predictor},
    name::{DlcModelName, NameError},
};

use crate::{Failure, pipeline::model_name, place::open, random::Random};

/// How long others wait for a worker that was killed.
pub(crate) const LEASE: Duration = Duration::from_millis(1200);

pub(crate) fn options() -> WorkerOptions {
    WorkerOptions {
        poll: Duration::from_millis(50),
        backoff: Duration::from_millis(50),
        // Each job is killed twice, on average, and some more often.
        retries: 1000,
        ..WorkerOptions::default()
            .with_models([model_name("mouse")])
            .with_lease(LEASE)
    }
}

/// Works until its input ends, and appends what happens to a file.
pub(crate) fn work(place: &str, seed: u64, log: &str) -> Result<(), Failure> {
    let log = OpenOptions::new().append(true).create(true).open(log)?;
    let pid = process::id();
    let tell = |event: &Event<'_>| {
        // One write of a line: lines of several processes do not mix.
        let line = format!("{pid} {} {event}\n", DateTime::now());
        let _written = (&log).write_all(line.as_bytes());
    };
    let shutdown = Shutdown::new();
    let ended = shutdown.clone();
    thread::spawn(move || {
        let _ended = io::stdin().read_to_end(&mut Vec::new());
        ended.request();
    });
    let store = loop {
        match open(place) {
            Ok(store) => break store,
            Err(error) => {
                let line = format!("{pid} {} cannot open: {error}\n", DateTime::now());
                let _written = (&log).write_all(line.as_bytes());
            }
        }
        if shutdown.wait(Duration::from_millis(100)) {
            return Ok(());
        }
    };
    let worker = Worker::new(&*store, options())?.with_events(&tell);
    worker.run(&[&PredictionMake(Slow::new(seed))], &shutdown)?;
    Ok(())
}

/// Takes some milliseconds, or some hundred, and names files as nobody else did before: a row that is
/// stored twice would be seen.
pub(crate) struct Slow {
    models: Vec<DlcModelName>,
    random: std::sync::Mutex<Random>,
}

impl Slow {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            models: vec![model_name("mouse")],
            random: std::sync::Mutex::new(Random(seed)),
        }
    }
}

impl Predictor for Slow {
    fn models(&self) -> &[DlcModelName] {
        &self.models
    }

    fn predict(&self, job: &PredictionJob, running: &Running) -> Result<Predicted, MakeError> {
        let (long, name) = {
            let random = self.random.lock();
            let mut random = random.map_err(|_| MakeError::permanent("poisoned"))?;
            let most = [5, 400][usize::from(random.below(2) > 0)];
            (1 + random.below(most), random.next())
        };
        for _ in 0..long {
            if running.is_cancelled() {
                return Err(MakeError::transient("cancelled"));
            }
            thread::sleep(Duration::from_millis(1));
        }
        let order = job.data.recording.recording_order;
        let stem = format!("dlc_{order}/{name:016x}");
        let files = [file(job, &stem, "h5"), file(job, &stem, "pickle")];
        let files: Result<_, NameError> = files.into_iter().collect();
        files
            .map(|files| Predicted { files })
            .map_err(MakeError::permanent)
    }
}

fn file(job: &PredictionJob, stem: &str, extension: &str) -> Result<PredictedFile, NameError> {
    Ok(PredictedFile {
        file_type: format!("DLC_{extension}").parse()?,
        repository: job.project_repository.name.clone(),
        path: format!("{stem}.{extension}"),
    })
}
