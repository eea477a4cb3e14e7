//! Threads that look for work all the time while a network runs.

use std::{
    hint,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// How long a thread looks for work of one frame when there is none, and at most.
///
/// Below it on its stack may lie work that waits, of another network or of the program that this one is
/// a part of, and the frame may in turn need that.
const PATIENCE: Duration = Duration::from_millis(20);
const AT_MOST: Duration = Duration::from_secs(1);

/// Does work of many short steps while the other threads look for their share of each step all the
/// time. To wake a thread that sleeps takes longer than some steps.
///
/// It never waits for a thread that does something else.
pub(super) fn awake<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let is_done = Arc::new(AtomicBool::new(false));
    // In the pool, so that each step begins there.
    rayon::scope(|_| {
        let worker = rayon::current_thread_index();
        let seen = Arc::clone(&is_done);
        // Not in the scope, which would wait until all threads have come.
        rayon::spawn_broadcast(move |thread| {
            // The worker comes here, too, while it waits for a step's last piece.
            if Some(thread.index()) != worker {
                look_for_work(&seen);
            }
        });
        let _done = SetOnDrop(&is_done);
        work()
    })
}

/// Does whatever work there is until the flag is set, or patience ends.
fn look_for_work(is_done: &AtomicBool) {
    let start = Instant::now();
    let mut last = start;
    while !is_done.load(Ordering::Acquire) && start.elapsed() < AT_MOST {
        if rayon::yield_now() == Some(rayon::Yield::Executed) {
            last = Instant::now();
        } else if last.elapsed() < PATIENCE {
            hint::spin_loop();
        } else {
            return;
        }
    }
}

/// Sets a flag also when a panic passes by.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::mpsc::channel,
    };

    use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};

    use super::*;

    /// What would else be for ever.
    const LONG: Duration = Duration::from_secs(20);

    fn two_threads() -> ThreadPool {
        ThreadPoolBuilder::new().num_threads(2).build().unwrap()
    }

    #[test]
    fn a_thread_goes_back_to_work_that_the_frame_needs() {
        let [here, begun, message] = [(); 3].map(|()| channel());
        let frame = move || {
            here.1.recv().unwrap();
            awake(move || {
                begun.0.send(()).unwrap();
                message.1.recv_timeout(LONG)
            })
        };
        let other = move || {
            here.0.send(()).unwrap();
            begun.1.recv().unwrap();
            // Here the thread begins to look for work of the frame.
            assert_eq!(rayon::yield_now(), Some(rayon::Yield::Executed));
            message.0.send(()).unwrap();
        };
        assert_eq!(two_threads().join(frame, other).0, Ok(()));
    }

    #[test]
    fn a_frame_does_not_wait_for_a_thread_that_does_something_else() {
        let [here, done] = [(); 2].map(|()| channel());
        let frame = move || {
            here.1.recv().unwrap();
            awake(|| ());
            done.0.send(()).unwrap();
        };
        let other = move || {
            here.0.send(()).unwrap();
            done.1.recv_timeout(LONG)
        };
        assert_eq!(two_threads().join(frame, other).1, Ok(()));
    }

    #[test]
    fn frames_of_many_threads_in_one_pool_are_done() {
        let pool = two_threads();
        let sum = || {
            let steps = (0..60).map(|step| (0..8).into_par_iter().map(|x| x * step).sum::<usize>());
            awake(|| steps.sum::<usize>())
        };
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        assert_eq!(pool.install(sum), 28 * 1770);
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_of_the_work_lets_the_other_threads_go() {
        let pool = two_threads();
        let work = || pool.install(|| awake(|| panic!("the work's")));
        assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
        assert_eq!(pool.broadcast(|thread| thread.index()), [0, 1]);
    }
}
