//! 熔断: a resource that keeps failing is left alone for a while, so that applicants do not wait for nothing.

use std::time::{Duration, Instant};

/// Failures in a row that open the circuit.
pub const FAILURES: u32 = 5;

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls go through.
    Closed,
    /// Calls are answered at once without asking.
    Open,
    /// One call is trying whether the resource is back.
    Trial,
}

/// One resource's breaker. Time is handed in; it is only compared.
#[derive(Debug)]
pub struct Breaker {
    failures: u32,
    open_for: Duration,
    opened: Option<Instant>,
    trial: Option<Instant>,
}

impl Breaker {
    /// A closed breaker that opens for `open_for`.
    #[must_use]
    pub const fn new(open_for: Duration) -> Self {
        Self { failures: 0, open_for, opened: None, trial: None }
    }

    /// May a call be made? When the open time has passed, one caller is let through to try.
    pub fn admit(&mut self, now: Instant) -> bool {
        match self.state(now) {
            BreakerState::Closed => true,
            BreakerState::Open => false,
            BreakerState::Trial => {
                // A trial whose caller went away unheard is given up after another open time.
                let free = self.trial.is_none_or(|since| now.duration_since(since) >= self.open_for);
                if free {
                    self.trial = Some(now);
                }
                free
            }
        }
    }

    /// The call reached the department and was answered, whatever the answer.
    pub const fn succeeded(&mut self) {
        self.failures = 0;
        self.opened = None;
        self.trial = None;
    }

    /// The call was not answered usably.
    pub fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        self.trial = None;
        if self.failures >= FAILURES {
            self.opened = Some(now);
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self, now: Instant) -> BreakerState {
        match self.opened {
            None => BreakerState::Closed,
            Some(since) if now.duration_since(since) < self.open_for => BreakerState::Open,
            Some(_) => BreakerState::Trial,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Duration = Duration::from_secs(30);

    #[test]
    fn five_failures_open_it_and_four_do_not() {
        let now = Instant::now();
        let mut breaker = Breaker::new(OPEN);
        for _ in 0..4 {
            breaker.failed(now);
        }
        assert!(breaker.admit(now));
        breaker.succeeded();
        for _ in 0..4 {
            breaker.failed(now);
        }
        assert!(breaker.admit(now), "an answer in between clears the count");
        breaker.failed(now);
        assert!(!breaker.admit(now));
        assert!(!breaker.admit(now + OPEN - Duration::from_millis(1)));
    }

    #[test]
    fn after_the_open_time_one_caller_tries_and_the_others_wait() {
        let start = Instant::now();
        let mut breaker = Breaker::new(OPEN);
        (0..5).for_each(|_| breaker.failed(start));
        let later = start + OPEN;
        assert!(breaker.admit(later));
        assert!(!breaker.admit(later), "a second caller is not let through meanwhile");
        breaker.failed(later);
        assert!(!breaker.admit(later + OPEN / 2), "a failed trial opens it again");
        let again = later + OPEN;
        assert!(breaker.admit(again));
        breaker.succeeded();
        assert!(breaker.admit(again) && breaker.admit(again));
        assert_eq!(breaker.state(again), BreakerState::Closed);
    }

    #[test]
    fn a_trial_nobody_finished_does_not_block_for_ever() {
        let start = Instant::now();
        let mut breaker = Breaker::new(OPEN);
        (0..5).for_each(|_| breaker.failed(start));
        assert!(breaker.admit(start + OPEN));
        assert!(!breaker.admit(start + OPEN + OPEN / 2));
        assert!(breaker.admit(start + OPEN + OPEN));
    }
}
