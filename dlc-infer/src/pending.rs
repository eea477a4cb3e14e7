//! Answers that a device may still be working on.

/// An answer that is here, or that waits for a device.
pub(crate) enum Pending<T> {
    /// It is here.
    Ready(T),
    /// It waits for the device to finish.
    Later(Box<dyn FnOnce() -> T + Send>),
}

impl<T: 'static> Pending<T> {
    /// Returns the answer.
    pub(crate) fn wait(self) -> T {
        match self {
            Self::Ready(answer) => answer,
            Self::Later(wait) => wait(),
        }
    }

    /// Makes another answer of this one as soon as it is here.
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U + Send + 'static) -> Pending<U> {
        match self {
            Self::Ready(answer) => Pending::Ready(f(answer)),
            Self::Later(wait) => Pending::Later(Box::new(|| f(wait()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_here_is_mapped_at_once_and_the_rest_when_it_is_waited_for() {
        let ready = Pending::Ready(2).map(|n| n + 1);
        assert!(matches!(ready, Pending::Ready(3)));

        let later = Pending::Later(Box::new(|| 2)).map(|n| n + 1);
        assert!(matches!(later, Pending::Later(_)));
        assert_eq!(later.wait(), 3);
    }
}
