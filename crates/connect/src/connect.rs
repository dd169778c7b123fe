//! The connector and its policy.

use crate::breaker::{Breaker, BreakerState};
use crate::config::{ConnectConfig, ConnectError, Timeouts};
use crate::mapping::Mapping;
use crate::query::ShareQuery;
use crate::reply::{Verdict, judge};
use crate::rest::{Answer, Rest, Silence};
use crate::sign::{HmacSha256, Parts, Signer};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tongban_domain::clock::{Clock, Ids};
use tongban_domain::event::{Digest, ShareOutcome, SharedRecord};
use tongban_domain::ids::{FieldId, ResourceId};

/// Anything that can be asked for shared data.
pub trait Connector: Send + Sync {
    /// Asks; every fault of the other side is an outcome of the record.
    fn query<'c>(&'c self, query: &'c ShareQuery) -> Pin<Box<dyn Future<Output = SharedRecord> + Send + 'c>>;
}

/// A connector to one data-sharing platform: REST-JSON, signed.
pub struct Connect {
    rest: Rest,
    mapping: Mapping,
    signer: Box<dyn Signer>,
    timeouts: Timeouts,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    breakers: Mutex<HashMap<String, Breaker>>,
}

/// Before a second try.
const PAUSE: Duration = Duration::from_millis(200);

impl Connect {
    /// Sets a connector up with the HMAC-SHA256 signer; the clock stamps requests, `ids` gives nonces.
    ///
    /// # Errors
    /// [`ConnectError`]: mapping file, address, key, certificates, or no TLS provider installed.
    pub fn from_config(config: &ConnectConfig, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<Self, ConnectError> {
        let signer = HmacSha256::new(&config.client_id, &config.secret)?;
        Self::with_signer(config, Box::new(signer), clock, ids)
    }

    /// The same with another way of signing.
    ///
    /// # Errors
    /// As [`Connect::from_config`].
    pub fn with_signer(
        config: &ConnectConfig,
        signer: Box<dyn Signer>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, ConnectError> {
        Ok(Self {
            rest: Rest::new(config)?,
            mapping: Mapping::load(&config.mapping)?,
            signer,
            timeouts: config.timeouts,
            clock,
            ids,
            breakers: Mutex::default(),
        })
    }

    /// Is every field in the mapping? To be asked at start, for every share call of the catalogue.
    ///
    /// # Errors
    /// [`ConnectError::Unmapped`].
    pub fn check(&self, resource: &ResourceId, fields: &[FieldId]) -> Result<(), ConnectError> {
        self.mapping.check(resource, fields)
    }

    /// Where the resource's circuit stands, for the health page.
    #[must_use]
    pub fn circuit(&self, resource: &ResourceId) -> BreakerState {
        self.breakers().get(&resource.0).map_or(BreakerState::Closed, |breaker| breaker.state(Instant::now()))
    }

    /// Asks for one record. Outcomes: `Found`, `NoRecord`, `Refused` (4xx or a refusing code),
    /// `Garbage` (too long, not UTF-8, not the JSON expected, fields missing), `TimedOut` (no
    /// usable answer in time: late, no connection, 5xx, circuit open).
    pub async fn query(&self, query: &ShareQuery) -> SharedRecord {
        let started = Instant::now();
        let (verdict, body) = if self.admit(&query.resource.0) {
            let asked = self.ask(query, started).await;
            self.learn(&query.resource.0, asked.as_ref().ok());
            match asked {
                Ok(answer) => (self.judged(query, &answer), answer.body),
                Err(silence) => (silent(silence), Vec::new()),
            }
        } else {
            (timed_out("circuit open"), Vec::new())
        };
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            resource = %query.resource, item = %query.item, outcome = ?verdict.outcome, reason = %verdict.reason, took_ms,
            "share call"
        );
        SharedRecord {
            resource: query.resource.clone(),
            outcome: verdict.outcome,
            fields: verdict.fields,
            answer_sha256: Digest(Sha256::digest(&body).into()),
            took_ms,
        }
    }

    fn judged(&self, query: &ShareQuery, answer: &Answer) -> Verdict {
        if answer.status >= 500 {
            return timed_out(&format!("status {}", answer.status));
        }
        judge(&self.mapping, query, answer)
    }

    /// One try, and a second where the first cannot have done anything: no connection or a 5xx.
    async fn ask(&self, query: &ShareQuery, started: Instant) -> Result<Answer, Silence> {
        let body = request_body(query);
        let first = self.once(query, &body, self.timeouts.try_).await;
        let again = match &first {
            Ok(answer) => answer.status >= 500,
            Err(silence) => *silence == Silence::Broken,
        };
        let left = self.timeouts.total.saturating_sub(started.elapsed() + PAUSE);
        if !again || left.is_zero() {
            return first;
        }
        tokio::time::sleep(PAUSE).await;
        self.once(query, &body, self.timeouts.try_.min(left)).await
    }

    async fn once(&self, query: &ShareQuery, body: &[u8], deadline: Duration) -> Result<Answer, Silence> {
        // A nonce and a time of its own for every try: the platform refuses a nonce it has seen.
        let nonce = self.ids.next().to_string();
        let parts = Parts { timestamp_ms: self.clock.wall().0, nonce: &nonce, body };
        let headers = self.signer.headers(parts);
        self.rest.post(&self.mapping.path(&query.resource.0), &headers, body.to_vec(), deadline).await
    }

    fn admit(&self, resource: &str) -> bool {
        let open = self.timeouts.open;
        self.breakers().entry(resource.to_owned()).or_insert_with(|| Breaker::new(open)).admit(Instant::now())
    }

    /// An answer of any kind below 500 shows that the department is there.
    fn learn(&self, resource: &str, answer: Option<&Answer>) {
        if let Some(breaker) = self.breakers().get_mut(resource) {
            if answer.is_some_and(|answer| answer.status < 500) {
                breaker.succeeded();
            } else {
                breaker.failed(Instant::now());
            }
        }
    }

    fn breakers(&self) -> MutexGuard<'_, HashMap<String, Breaker>> {
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connector for Connect {
    fn query<'c>(&'c self, query: &'c ShareQuery) -> Pin<Box<dyn Future<Output = SharedRecord> + Send + 'c>> {
        Box::pin(Self::query(self, query))
    }
}

fn silent(silence: Silence) -> Verdict {
    timed_out(match silence {
        Silence::Broken => "no connection",
        Silence::Late => "no answer in time",
    })
}

fn timed_out(reason: &str) -> Verdict {
    Verdict { outcome: ShareOutcome::TimedOut, fields: Vec::new(), reason: reason.to_owned() }
}

/// The documented body. Parameters without a value are not sent.
fn request_body(query: &ShareQuery) -> Vec<u8> {
    let parameters: serde_json::Map<String, serde_json::Value> = query
        .parameters
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key.0.clone(), value.clone().into()))
        .collect();
    let mut body = serde_json::json!({
        "subject_kind": query.subject_kind.as_str(),
        "subject": query.subject,
        "purpose": query.purpose,
        "item": query.item.0,
        "case": query.case.0.to_string(),
    });
    if !parameters.is_empty() {
        body["parameters"] = parameters.into();
    }
    body.to_string().into_bytes()
}
