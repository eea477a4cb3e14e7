use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Who has not been heard of for how long, by the observer's own watch: no clock that people or a
/// network may set has a say.
#[derive(Debug, Default)]
pub(super) struct Watch {
    seen: HashMap<String, Seen>,
    last: Option<Instant>,
}

#[derive(Debug)]
struct Seen {
    beats: i64,
    unchanged: Duration,
    /// Whether it ever beat before our eyes.
    heard: bool,
}

/// What a worker says of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Beat {
    pub(super) worker: String,
    pub(super) beats: i64,
    pub(super) lease: Duration,
}

impl Watch {
    /// Looks at all workers, and returns those that were silent for their lease.
    ///
    /// The time in which nobody looked counts for half a lease at most: when the observer slept or the
    /// store was away, the others have a while to show that they live.
    pub(super) fn look(&mut self, now: Instant, workers: Vec<Beat>) -> Vec<Beat> {
        let since = |last| now.saturating_duration_since(last);
        let passed = self.last.replace(now).map_or(Duration::ZERO, since);
        self.seen
            .retain(|name, _| workers.iter().any(|beat| beat.worker == *name));
        let silent = |beat: &Beat| self.is_silent(beat, passed);
        workers.into_iter().filter(silent).collect()
    }

    /// Returns whether a worker beat since it was first looked at.
    pub(super) fn was_heard(&self, worker: &str) -> bool {
        self.seen.get(worker).is_some_and(|seen| seen.heard)
    }

    fn is_silent(&mut self, beat: &Beat, passed: Duration) -> bool {
        match self.seen.get_mut(&beat.worker) {
            Some(seen) if seen.beats == beat.beats => {
                seen.unchanged += passed.min(beat.lease / 2);
                seen.unchanged >= beat.lease
            }
            before => {
                let seen = Seen {
                    beats: beat.beats,
                    unchanged: Duration::ZERO,
                    heard: before.is_some(),
                };
                self.seen.insert(beat.worker.clone(), seen);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(beats: i64) -> Vec<Beat> {
        vec![Beat {
            worker: "a".into(),
            beats,
            lease: Duration::from_secs(60),
        }]
    }

    /// Looks at these moments, in seconds, and returns when it was silent.
    fn silent(looks: &[(u64, i64)]) -> Vec<u64> {
        let began = Instant::now();
        let mut watch = Watch::default();
        let silent = |(second, beats): &&(u64, i64)| {
            let now = began + Duration::from_secs(*second);
            !watch.look(now, beat(*beats)).is_empty()
        };
        looks.iter().filter(silent).map(|look| look.0).collect()
    }

    #[test]
    fn who_does_not_beat_for_its_lease_is_silent() {
        let looks = [(0, 7), (20, 7), (40, 7), (59, 7), (60, 7), (80, 7)];
        assert_eq!(silent(&looks), [60, 80]);
    }

    #[test]
    fn every_beat_begins_a_new_lease() {
        let looks = [(0, 1), (30, 1), (50, 2), (80, 2), (109, 2), (110, 2)];
        assert_eq!(silent(&looks), [110]);
    }

    #[test]
    fn a_long_time_without_looking_is_no_silence() {
        assert!(silent(&[(0, 1), (100_000, 1), (100_020, 1)]).is_empty());
        assert_eq!(silent(&[(0, 1), (100_000, 1), (100_030, 1)]), [100_030]);
    }
}
