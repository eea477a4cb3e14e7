use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// What happens to a frame that comes while the queue is full.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum WhenFull {
    /// The oldest frame of the queue is dropped and counted: the newest frames win.
    #[default]
    DropOldest,
    /// Whoever brings it waits until there is room: no frame is lost.
    Wait,
}

/// A bounded queue between threads.
#[derive(Debug)]
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    capacity: usize,
    when_full: WhenFull,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    dropped: u64,
    is_closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new(capacity: usize, when_full: WhenFull) -> Self {
        Self {
            state: Mutex::new(State {
                items: VecDeque::new(),
                dropped: 0,
                is_closed: false,
            }),
            changed: Condvar::new(),
            capacity,
            when_full,
        }
    }

    /// Adds an item, or gives it back when the queue is closed.
    pub(super) fn push(&self, item: T) -> Result<(), T> {
        let mut state = self.lock();
        while state.items.len() >= self.capacity && !state.is_closed {
            match self.when_full {
                WhenFull::DropOldest => {
                    state.items.pop_front();
                    state.dropped += 1;
                }
                WhenFull::Wait => {
                    let waited = self.changed.wait(state);
                    state = waited.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
        if state.is_closed {
            return Err(item);
        }
        state.items.push_back(item);
        self.changed.notify_all();
        Ok(())
    }

    /// Takes the oldest item, waiting for one; `None` when the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(item) = state.items.pop_front() {
                self.changed.notify_all();
                return Some(item);
            }
            if state.is_closed {
                return None;
            }
            let waited = self.changed.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes no more items; those that wait can still be taken.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// Takes no more items and drops those that wait, without counting them.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.items.clear();
        drop(state);
        self.changed.notify_all();
    }

    /// Returns how many items were dropped because the queue was full.
    pub(super) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while it holds the lock; what is inside is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread};

    use super::*;

    #[test]
    fn the_newest_items_win_and_the_others_are_counted() {
        let queue = Queue::new(2, WhenFull::DropOldest);
        for item in 0..5 {
            queue.push(item).unwrap();
        }
        queue.close();

        assert_eq!(queue.push(5), Err(5));
        assert_eq!(
            [queue.pop(), queue.pop(), queue.pop()],
            [Some(3), Some(4), None]
        );
        assert_eq!(queue.dropped(), 3);
    }

    #[test]
    fn a_full_queue_makes_the_other_side_wait() {
        let queue = Arc::new(Queue::new(2, WhenFull::Wait));
        let producer = Arc::clone(&queue);
        let pushing = thread::spawn(move || {
            for item in 0..100 {
                producer.push(item).unwrap();
            }
            producer.close();
        });
        let mut items = Vec::new();
        while let Some(item) = queue.pop() {
            items.push(item);
        }
        pushing.join().unwrap();

        assert_eq!(items, (0..100).collect::<Vec<_>>());
        assert_eq!(queue.dropped(), 0);
    }

    #[test]
    fn an_abandoned_queue_lets_those_who_wait_go() {
        let queue = Arc::new(Queue::new(1, WhenFull::Wait));
        queue.push(1).unwrap();
        let waiting = Arc::clone(&queue);
        let pushing = thread::spawn(move || waiting.push(2));
        queue.abandon();

        assert_eq!(pushing.join().unwrap(), Err(2));
        assert_eq!(queue.pop(), None);
    }
}
