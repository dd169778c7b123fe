//! Where the feed stands, asked once for everybody who waits for it.

use crate::state::AppState;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tongban_centre::feed::places;

/// How old the memory may be.
const FRESH: Duration = Duration::from_millis(250);

/// Places of all feeds, by hall; the empty name is everybody's.
#[derive(Debug, Default)]
pub(crate) struct Heads(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// When somebody last went to look.
    asked: Option<Instant>,
    places: BTreeMap<String, u64>,
}

impl Heads {
    /// Whether something came after the cursor, for a hall or for everybody.
    pub async fn moved(&self, state: &AppState, hall: &str, after: u64) -> bool {
        if self.is_due() {
            match state.blocking(|centre| centre.feed().heads()).await {
                Ok(places) => self.lock().places = places,
                // Whoever waits finds out for itself.
                Err(_) => return true,
            }
        }
        let known = self.lock();
        let (everybody, own) = places(after);
        let beyond = |name: &str, seen: u64| known.places.get(name).is_some_and(|place| *place > seen);
        beyond("", everybody) || beyond(hall, own)
    }

    /// True for one of those who ask, once the memory is old.
    fn is_due(&self) -> bool {
        let mut known = self.lock();
        let due = known.asked.is_none_or(|asked| asked.elapsed() >= FRESH);
        if due {
            known.asked = Some(Instant::now());
        }
        due
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
