//! 办理会话: idle limit, warning, hard cap and wipe of one visit.

use crate::config::TimersSection;

/// What the clock of a visit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Go on; seconds until the warning.
    InTime(u64),
    /// Show the overlay with this many seconds left.
    Warn(u64),
    /// Wipe.
    Over,
}

/// Timers of one visit, counted in seconds of the boot clock.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    started_ms: u64,
    touched_ms: u64,
    cap_s: u64,
}

impl Session {
    /// Starts now.
    #[must_use]
    pub fn new(now_ms: u64, timers: &TimersSection) -> Self {
        Self { started_ms: now_ms, touched_ms: now_ms, cap_s: timers.visit_max_s }
    }

    /// A touch, a card, a finger: the person is there. Near the cap it extends the cap once more.
    pub fn touch(&mut self, now_ms: u64, timers: &TimersSection) {
        self.touched_ms = now_ms;
        let spent = seconds(now_ms, self.started_ms);
        if spent + timers.idle_s > self.cap_s {
            self.cap_s = spent + timers.idle_s + timers.warn_s;
        }
    }

    /// What is due now.
    #[must_use]
    pub fn due(&self, now_ms: u64, timers: &TimersSection, elder: bool) -> Due {
        let idle_limit = if elder { timers.elder_idle_s } else { timers.idle_s };
        let left_idle = (idle_limit + timers.warn_s).saturating_sub(seconds(now_ms, self.touched_ms));
        let left_cap = self.cap_s.saturating_sub(seconds(now_ms, self.started_ms));
        let left = left_idle.min(left_cap);
        if left == 0 {
            Due::Over
        } else if left <= timers.warn_s {
            Due::Warn(left)
        } else {
            Due::InTime(left - timers.warn_s)
        }
    }
}

fn seconds(now_ms: u64, then_ms: u64) -> u64 {
    now_ms.saturating_sub(then_ms) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timers() -> TimersSection {
        TimersSection { idle_s: 60, elder_idle_s: 120, warn_s: 15, visit_max_s: 900, result_s: 30 }
    }

    #[test]
    fn an_idle_visit_is_warned_then_wiped() {
        let (timers, start) = (timers(), 5_000);
        let session = Session::new(start, &timers);
        assert_eq!(session.due(start + 59_000, &timers, false), Due::InTime(1));
        assert_eq!(session.due(start + 60_000, &timers, false), Due::Warn(15));
        assert_eq!(session.due(start + 74_000, &timers, false), Due::Warn(1));
        assert_eq!(session.due(start + 75_000, &timers, false), Due::Over);
        assert_eq!(session.due(start + 75_000, &timers, true), Due::InTime(45));
    }

    #[test]
    fn a_touch_starts_the_idle_time_anew_and_carries_over_the_cap() {
        let timers = timers();
        let mut session = Session::new(0, &timers);
        session.touch(70_000, &timers);
        assert_eq!(session.due(100_000, &timers, false), Due::InTime(30));
        session.touch(890_000, &timers);
        assert!(matches!(session.due(901_000, &timers, false), Due::InTime(_)));
        assert_eq!(session.due(2_000_000, &timers, false), Due::Over);
    }
}
