//! What every handler shares.

use crate::error::Failure;
use crate::guard::Rates;
use crate::heads::Heads;
use crate::session::Sessions;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tongban_centre::help::HelpBoard;
use tongban_centre::{Centre, CentreError};
use tongban_domain::clock::{Clock, Rng};
use uuid::Uuid;

/// One look of a person at a case is noted in this time, ms.
const LOOK_MS: i64 = 3_600_000;
/// Looks remembered before the old ones are forgotten.
const LOOKS_MAX: usize = 50_000;

/// Shared by all routers.
#[derive(Clone)]
pub struct AppState {
    /// The centre.
    pub centre: Arc<Centre>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) rates: Arc<Rates>,
    pub(crate) heads: Arc<Heads>,
    pub(crate) help: Arc<HelpBoard>,
    pub(crate) looks: Arc<Looks>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) secure_cookies: bool,
    pub(crate) demo: bool,
    /// Everybody signs in with a second factor.
    pub(crate) second_factor: bool,
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppState")
    }
}

/// Looks at cases noted within the hour: account, what was done, case.
#[derive(Debug, Default)]
pub(crate) struct Looks(Mutex<HashMap<(String, &'static str, Uuid), i64>>);

impl Looks {
    /// Whether this look is the first of its hour.
    pub fn first(&self, look: (String, &'static str, Uuid), now_ms: i64) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= LOOKS_MAX {
            noted.retain(|_, at| now_ms - *at < LOOK_MS);
        }
        if noted.get(&look).is_some_and(|at| now_ms - *at < LOOK_MS) {
            return false;
        }
        noted.insert(look, now_ms);
        true
    }
}

impl AppState {
    /// State over an open centre; cookies carry `Secure` when the staff pages are served over TLS.
    #[must_use]
    pub fn new(
        centre: Arc<Centre>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        secure_cookies: bool,
        demo: bool,
    ) -> Self {
        Self {
            centre,
            sessions: Arc::new(Sessions::new(clock.clone(), rng)),
            rates: Arc::new(Rates::default()),
            heads: Arc::new(Heads::default()),
            help: Arc::new(HelpBoard::default()),
            looks: Arc::new(Looks::default()),
            clock,
            secure_cookies,
            demo,
            second_factor: false,
        }
    }

    /// The same, with everybody made to sign in with a second factor.
    #[must_use]
    pub const fn with_second_factor(mut self, required: bool) -> Self {
        self.second_factor = required;
        self
    }

    /// Runs blocking centre work off the async threads.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Centre) -> Result<T, CentreError> + Send + 'static,
    ) -> Result<T, Failure> {
        let centre = self.centre.clone();
        match tokio::task::spawn_blocking(move || work(&centre)).await {
            Ok(result) => result.map_err(Failure::from),
            Err(error) => Err(Failure::internal(format!("task: {error}"))),
        }
    }
}
