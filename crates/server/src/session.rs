//! Sessions live on the server; the browser holds a random name in an HttpOnly, SameSite=Strict cookie.
//!
//! Time is the boot clock, so that setting the wall clock neither locks nor unlocks anybody.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tongban_crypto::{hmac_sm3, sm3};
use tongban_domain::clock::{Clock, Rng};
use tongban_domain::ids::StaffId;

/// Idle time after which a session is locked, ms.
pub(crate) const IDLE_MS: u64 = 10 * 60_000;
/// Longest session, ms.
const WHOLE_MS: u64 = 12 * 3_600_000;
/// Most sessions held.
const SESSIONS_MAX: usize = 10_000;

struct Session {
    staff: StaffId,
    csrf: String,
    began: u64,
    seen: u64,
}

/// What a request's session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Signed in, with the form token.
    SignedIn { staff: StaffId, csrf: String },
    /// Was signed in, too long idle.
    Locked,
    /// None.
    Nobody,
}

/// A password was right, the code is still to come; ms.
const HALFWAY_MS: u64 = 5 * 60_000;

/// All sessions.
pub(crate) struct Sessions {
    map: Mutex<HashMap<[u8; 32], Session>>,
    halfway: Mutex<HashMap<[u8; 32], (StaffId, u64)>>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    secret: [u8; 32],
}

impl Sessions {
    pub fn new(clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        let mut secret = [0; 32];
        rng.fill(&mut secret);
        Self { map: Mutex::default(), halfway: Mutex::default(), clock, rng, secret }
    }

    fn map(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        self.clock.boot().0
    }

    /// 64 random hex digits.
    pub fn random_name(&self) -> String {
        let mut bytes = [0; 32];
        self.rng.fill(&mut bytes);
        hex::encode(bytes)
    }

    /// Begins a session; answers the cookie's value.
    pub fn begin(&self, staff: StaffId) -> String {
        let name = self.random_name();
        let now = self.now();
        let session = Session { staff, csrf: self.random_name(), began: now, seen: now };
        let mut map = self.map();
        if map.len() >= SESSIONS_MAX {
            map.retain(|_, session| now.saturating_sub(session.seen) < IDLE_MS);
        }
        map.insert(sm3(name.as_bytes()), session);
        name
    }

    /// The session with this cookie; being seen keeps it alive.
    pub fn find(&self, name: &str) -> Found {
        let key = sm3(name.as_bytes());
        let now = self.now();
        let mut map = self.map();
        let Some(session) = map.get_mut(&key) else { return Found::Nobody };
        if now.saturating_sub(session.seen) >= IDLE_MS || now.saturating_sub(session.began) >= WHOLE_MS {
            map.remove(&key);
            return Found::Locked;
        }
        session.seen = now;
        Found::SignedIn { staff: session.staff.clone(), csrf: session.csrf.clone() }
    }

    /// Remembers who gave a right password; answers the cookie's value. No session yet.
    pub fn begin_halfway(&self, staff: StaffId) -> String {
        let name = self.random_name();
        let now = self.now();
        let mut map = self.halfway.lock().unwrap_or_else(PoisonError::into_inner);
        map.retain(|_, (_, since)| now.saturating_sub(*since) < HALFWAY_MS);
        map.insert(sm3(name.as_bytes()), (staff, now));
        name
    }

    /// Who gave a right password a moment ago.
    pub fn halfway(&self, name: &str) -> Option<StaffId> {
        let map = self.halfway.lock().unwrap_or_else(PoisonError::into_inner);
        let (staff, since) = map.get(&sm3(name.as_bytes()))?;
        (self.now().saturating_sub(*since) < HALFWAY_MS).then(|| staff.clone())
    }

    /// The second half is done or given up.
    pub fn end_halfway(&self, name: &str) {
        self.halfway.lock().unwrap_or_else(PoisonError::into_inner).remove(&sm3(name.as_bytes()));
    }

    /// Ends a session.
    pub fn end(&self, name: &str) {
        self.map().remove(&sm3(name.as_bytes()));
    }

    /// Form token bound to a cookie that is no session (sign-in and citizen forms).
    pub fn visitor_token(&self, cookie: &str) -> String {
        hex::encode(hmac_sm3(&self.secret, format!("visitor:{cookie}").as_bytes()))
    }
}

/// Compares without telling where the difference is.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use tongban_protocol::seeded::{SeededClock, SeededRng};

    #[test]
    fn ten_idle_minutes_lock_and_being_seen_keeps_open() {
        let clock = Arc::new(SeededClock::default());
        let sessions = Sessions::new(clock.clone(), Arc::new(SeededRng::new(7)));
        let name = sessions.begin(StaffId::from("li"));
        clock.advance(IDLE_MS - 1);
        assert!(matches!(sessions.find(&name), Found::SignedIn { .. }));
        clock.advance(IDLE_MS - 1);
        assert!(matches!(sessions.find(&name), Found::SignedIn { .. }), "being seen starts the idle time anew");
        clock.advance(IDLE_MS);
        assert_eq!(sessions.find(&name), Found::Locked);
        assert_eq!(sessions.find(&name), Found::Nobody, "a locked session is gone");
    }

    #[test]
    fn setting_the_wall_clock_neither_locks_nor_keeps_open() {
        let clock = Arc::new(SeededClock::default());
        let sessions = Sessions::new(clock.clone(), Arc::new(SeededRng::new(7)));
        let name = sessions.begin(StaffId::from("li"));
        clock.set_wall(tongban_domain::clock::WallTime(0));
        assert!(matches!(sessions.find(&name), Found::SignedIn { .. }));
    }
}
