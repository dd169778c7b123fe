//! The connector and its policy.

use crate::breaker::{Breaker, BreakerState};
use crate::config::{ConnectConfig, ConnectError, Timeouts};
use crate::fault::ShareFault;
use crate::file_drop::FileDrop;
use crate::front::{self, FrontDatabase};
use crate::mapping::{Mapping, TransportKind};
use crate::query::ShareQuery;
use crate::reply::{Answer, Verdict, judge, opened};
use crate::rest::{Post, Rest, Silence};
use crate::sign::{HmacSha256, Parts, Signer, signer};
use crate::soap;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tongban_domain::clock::{Clock, Ids};
use tongban_domain::event::{Digest, SharedRecord};
use tongban_domain::ids::{FieldId, ResourceId};

/// Anything that can be asked for shared data.
pub trait Connector: Send + Sync {
    /// Asks; every fault of the other side is an outcome of the record.
    fn query<'c>(&'c self, query: &'c ShareQuery) -> Pin<Box<dyn Future<Output = SharedRecord> + Send + 'c>>;
}

/// Everything known about one call: the record for the case, and why it failed for the log.
#[derive(Debug, Clone)]
pub struct Told {
    /// For the case.
    pub record: SharedRecord,
    /// What went wrong, when something did.
    pub fault: Option<ShareFault>,
}

enum Transport {
    Http(Rest),
    FileDrop(FileDrop),
    Database(Arc<dyn FrontDatabase>),
}

/// A connector to one data-sharing platform: transport, signer and mapping, as its mapping file says.
pub struct Connect {
    transport: Transport,
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
    /// Sets a connector up; the clock stamps requests, `ids` gives nonces.
    ///
    /// # Errors
    /// [`ConnectError`]: mapping file, address, key, certificates, no TLS provider installed, or a
    /// mapping that asks for a front-end database ([`Connect::with_front`]).
    pub fn from_config(config: &ConnectConfig, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<Self, ConnectError> {
        let mapping = Mapping::load(&config.mapping)?;
        let kind = mapping.connector();
        let transport = match kind.transport {
            TransportKind::Rest | TransportKind::Soap => Transport::Http(Rest::new(config)?),
            TransportKind::FileDrop => Transport::FileDrop(FileDrop::new(&config.folder()?)?),
            TransportKind::Database => {
                let reason = "a front-end database has to be handed in".to_owned();
                return Err(ConnectError::Mapping { path: config.mapping.clone(), reason });
            }
        };
        let signer = signer(kind.signer, &config.client_id, &config.secret)?;
        Ok(Self::made(transport, mapping, signer, config.timeouts, (clock, ids)))
    }

    /// A connector that reads a department's front-end database; nothing is signed there.
    ///
    /// # Errors
    /// [`ConnectError::Mapping`].
    pub fn with_front(
        config: &ConnectConfig,
        front: Arc<dyn FrontDatabase>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, ConnectError> {
        let mapping = Mapping::load(&config.mapping)?;
        if mapping.connector().transport != TransportKind::Database {
            let reason = "the mapping is not for a front-end database".to_owned();
            return Err(ConnectError::Mapping { path: config.mapping.clone(), reason });
        }
        let signer = Box::new(HmacSha256::new("front", "unused")?);
        Ok(Self::made(Transport::Database(front), mapping, signer, config.timeouts, (clock, ids)))
    }

    fn made(
        transport: Transport,
        mapping: Mapping,
        signer: Box<dyn Signer>,
        timeouts: Timeouts,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>),
    ) -> Self {
        Self { transport, mapping, signer, timeouts, clock, ids, breakers: Mutex::default() }
    }

    /// Resources the mapping knows.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.mapping.resources()
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
    /// `Garbage` (too long, in another encoding or form, fields missing), `TimedOut` (no
    /// usable answer in time: late, no connection, 5xx, SOAP fault, circuit open).
    pub async fn query(&self, query: &ShareQuery) -> SharedRecord {
        self.ask(query).await.record
    }

    /// The same with the fault, for those who keep a log.
    pub async fn ask(&self, query: &ShareQuery) -> Told {
        let started = Instant::now();
        let (verdict, body) = if self.admit(&query.resource.0) {
            let (verdict, body) = match self.tried(query, started).await {
                Ok(answer) => (judge(&self.mapping, query, &answer), answer.body),
                Err(silence) => (silent(silence), Vec::new()),
            };
            self.learn(&query.resource.0, verdict.fault);
            (verdict, body)
        } else {
            (Verdict::fault(ShareFault::Circuit, "circuit open"), Vec::new())
        };
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            resource = %query.resource, item = %query.item, outcome = ?verdict.outcome, reason = %verdict.reason, took_ms,
            "share call"
        );
        let record = SharedRecord {
            resource: query.resource.clone(),
            outcome: verdict.outcome,
            fields: verdict.fields,
            answer_sha256: Digest(Sha256::digest(&body).into()),
            took_ms,
        };
        Told { record, fault: verdict.fault }
    }

    /// One try, and a second where the first cannot have done anything: no connection or a 5xx.
    async fn tried(&self, query: &ShareQuery, started: Instant) -> Result<Answer, Silence> {
        let first = self.once(query, self.timeouts.try_).await;
        let again = match &first {
            Ok(answer) => answer.status >= 500 && self.mapping.connector().transport == TransportKind::Rest,
            Err(silence) => *silence == Silence::Broken,
        };
        let left = self.timeouts.total.saturating_sub(started.elapsed() + PAUSE);
        if !again || left.is_zero() {
            return first;
        }
        tokio::time::sleep(PAUSE).await;
        self.once(query, self.timeouts.try_.min(left)).await
    }

    async fn once(&self, query: &ShareQuery, deadline: Duration) -> Result<Answer, Silence> {
        // A nonce and a time of its own for every try: the platform refuses a nonce it has seen.
        let nonce = self.ids.next().to_string();
        let stamp = |body: &[u8]| {
            let parts = Parts { timestamp_ms: self.clock.wall().0, nonce: &nonce, body };
            self.signer.stamp(parts).map_err(|_| Silence::Broken)
        };
        let resource = &query.resource.0;
        match &self.transport {
            Transport::Database(front) => {
                let lookup = self.mapping.lookup(resource, &query.subject, &query.fields).ok_or(Silence::Broken)?;
                front::ask(front, lookup, deadline).await
            }
            Transport::FileDrop(folder) => {
                let body = request_body(query);
                folder.ask(resource, &stamp(&body)?, &body, deadline).await
            }
            Transport::Http(rest) if self.mapping.connector().transport == TransportKind::Soap => {
                let stamp = stamp(soap::signed_text(query).as_bytes())?;
                let headers = vec![("soapaction", "\"urn:gov:share:1#Query\"".to_owned())];
                let (path, body) = (self.mapping.path(resource), soap::request(query, &stamp));
                rest.post(Post { path: &path, media: "text/xml; charset=utf-8", headers, body }, deadline).await
            }
            Transport::Http(rest) => {
                let body = request_body(query);
                let (path, headers) = (self.mapping.path(resource), stamp(&body)?.headers());
                rest.post(Post { path: &path, media: JSON, headers, body }, deadline).await
            }
        }
    }

    /// Calls a service of the platform that is no look-up: payment, courier, hotline, geography.
    /// One try, for a second could do the thing twice; whoever calls gives each request its own number.
    ///
    /// # Errors
    /// [`ShareFault`].
    pub async fn service(&self, path: &str, request: &serde_json::Value) -> Result<serde_json::Value, ShareFault> {
        let Transport::Http(rest) = &self.transport else { return Err(ShareFault::Down) };
        let body = request.to_string().into_bytes();
        let nonce = self.ids.next().to_string();
        let parts = Parts { timestamp_ms: self.clock.wall().0, nonce: &nonce, body: &body };
        let headers = self.signer.stamp(parts).map_err(|_| ShareFault::Denied)?.headers();
        let path = format!("api/v1/services/{path}");
        let answer = rest.post(Post { path: &path, media: JSON, headers, body }, self.timeouts.try_).await;
        let answer = answer.map_err(|silence| silent(silence).fault.unwrap_or(ShareFault::Down))?;
        let envelope =
            opened(TransportKind::Rest, self.mapping.connector().encoding, &answer).map_err(|(fault, _)| fault)?;
        match (envelope.code.as_str(), envelope.data) {
            ("0", Some(data)) => Ok(data),
            ("0", None) => Err(ShareFault::Garbage),
            _ => Err(ShareFault::Denied),
        }
    }

    fn admit(&self, resource: &str) -> bool {
        let open = self.timeouts.open;
        self.breakers().entry(resource.to_owned()).or_insert_with(|| Breaker::new(open)).admit(Instant::now())
    }

    /// An answer of any kind shows that the department is there, unless it is that it is not.
    fn learn(&self, resource: &str, fault: Option<ShareFault>) {
        if let Some(breaker) = self.breakers().get_mut(resource) {
            if fault.is_some_and(ShareFault::absent) {
                breaker.failed(Instant::now());
            } else {
                breaker.succeeded();
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

const JSON: &str = "application/json; charset=utf-8";

fn silent(silence: Silence) -> Verdict {
    match silence {
        Silence::Broken => Verdict::fault(ShareFault::Down, "no connection"),
        Silence::Late => Verdict::fault(ShareFault::Slow, "no answer in time"),
    }
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
