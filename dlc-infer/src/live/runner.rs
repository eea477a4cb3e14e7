use std::{
    fmt, io,
    num::NonZeroUsize,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Instant,
};

use super::{CameraFrame, EstimateLiveError, LiveEstimator, LivePose, WhenFull, queue::Queue};

/// How frames wait for a [`LiveRunner`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RunnerOptions {
    /// How many frames may wait; 1 unless told, which has the least latency.
    pub capacity: NonZeroUsize,
    /// What happens to a frame that comes when so many wait.
    pub when_full: WhenFull,
}

impl Default for RunnerOptions {
    fn default() -> Self {
        Self {
            capacity: NonZeroUsize::MIN,
            when_full: WhenFull::default(),
        }
    }
}

impl RunnerOptions {
    /// Sets how many frames may wait.
    #[must_use]
    pub fn with_capacity(mut self, capacity: NonZeroUsize) -> Self {
        self.capacity = capacity;
        self
    }

    /// Sets what happens to a frame that comes when so many wait.
    #[must_use]
    pub fn with_when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }
}

/// A live estimation on a thread of its own, behind a bounded queue.
///
/// The thread that owns the camera [pushes](Self::push) frames; each pose goes to a function on
/// the runner's thread, so that a device can be set off without another queue in between. That
/// function and the processor make the next frame wait for as long as they take.
///
/// Dropping a runner stops it after the frame that is being estimated; [`Self::finish`] lets it
/// estimate what waits.
pub struct LiveRunner {
    frames: Arc<Queue<Pushed>>,
    thread: Option<JoinHandle<LiveEstimator>>,
}

struct Pushed {
    index: u64,
    frame: CameraFrame<'static>,
    captured: Instant,
}

/// A pose of a [`LiveRunner`], or why there is none.
pub type RunnerPose = Result<LivePose, EstimateLiveError>;

impl fmt::Debug for LiveRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveRunner")
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}

impl LiveRunner {
    /// Starts the thread.
    ///
    /// `on_pose` is told the index that [`Self::push`] was given, in their order, and the pose; a
    /// gap between two indices is made of dropped frames. After an error the next frame is tried.
    ///
    /// # Errors
    ///
    /// Returns an error when the system has no thread to give.
    pub fn start(
        mut estimator: LiveEstimator,
        options: RunnerOptions,
        mut on_pose: impl FnMut(u64, RunnerPose) + Send + 'static,
    ) -> io::Result<Self> {
        let queue = Queue::new(options.capacity.get(), options.when_full);
        let frames = Arc::new(queue);
        let waiting = CloseOnDrop(Arc::clone(&frames));
        let run = move || {
            while let Some(pushed) = waiting.0.pop() {
                let pose = estimator.estimate(&pushed.frame, pushed.captured);
                on_pose(pushed.index, pose);
            }
            estimator
        };
        let thread = thread::Builder::new().name("dlc-live".into()).spawn(run)?;
        Ok(Self {
            frames,
            thread: Some(thread),
        })
    }

    /// Hands over a frame that was captured at `captured`.
    ///
    /// `index` is for the caller, who finds it with the pose. Waits only when it is to wait for
    /// room ([`WhenFull::Wait`]).
    ///
    /// # Errors
    ///
    /// Returns an error when the thread has ended, which is when the processor or `on_pose` has
    /// panicked.
    pub fn push(
        &self,
        index: u64,
        frame: CameraFrame<'static>,
        captured: Instant,
    ) -> Result<(), RunnerStopped> {
        let pushed = Pushed {
            index,
            frame,
            captured,
        };
        self.frames.push(pushed).map_err(|_| RunnerStopped)
    }

    /// Returns how many frames were dropped because newer ones came.
    pub fn dropped(&self) -> u64 {
        self.frames.dropped()
    }

    /// Estimates what waits, ends the thread, and gives back what it used and how many frames were
    /// dropped.
    ///
    /// # Errors
    ///
    /// Returns an error when the processor or `on_pose` has panicked.
    pub fn finish(mut self) -> Result<(LiveEstimator, u64), RunnerStopped> {
        self.frames.close();
        let thread = self.thread.take().ok_or(RunnerStopped)?;
        let estimator = thread.join().map_err(|_| RunnerStopped)?;
        Ok((estimator, self.dropped()))
    }
}

impl Drop for LiveRunner {
    fn drop(&mut self) {
        self.frames.abandon();
        if let Some(thread) = self.thread.take() {
            // A panic was printed where it happened.
            let _ = thread.join();
        }
    }
}

/// Closes the queue also when the thread panics: nobody then waits for ever.
struct CloseOnDrop(Arc<Queue<Pushed>>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// An error returned when the thread of a runner has ended before it was told to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the live estimation has stopped: its processor, or what is done with a pose, panicked")]
pub struct RunnerStopped;
