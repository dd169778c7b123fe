//! Typed calls to the centre over HTTPS with mutual TLS.

mod call;
mod error;
mod handover;
mod help;
mod queue;
mod self_test;
mod upload;
mod wire;

pub use error::CentreError;
pub use upload::{AppendOutcome, UploadState};
pub use wire::{Exchange, Wire, WireError};

use reqwest::{Method, RequestBuilder};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tongban_domain::clock::{BootTime, Clock, WallTime};
use tongban_domain::event::SharedRecord;
use tongban_domain::ids::CaseId;
use tongban_protocol::api::{
    CentreTime, FeedPage, Heartbeat, Lease, LeaseRequest, LicenceJob, LicenceStep, ProofReply, ProofRequest,
    RenewReply, RenewRequest, ShareRequest,
};
use wire::Tls;
use zeroize::Zeroizing;

/// Longest JSON answer taken.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Longest snapshot taken: the whole catalogue with its notices.
const SNAPSHOT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest proof (PDF as base64) taken.
const PROOF_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Where the centre is and who we are.
#[derive(Clone)]
pub struct ClientConfig {
    /// URL of the station listener, for example `https://centre.example:8443`.
    pub station_url: String,
    /// PEM of the CA that signs the centre's certificate; no other is trusted.
    pub ca_pem: String,
    /// PEM of our certificate chain and private key, in one text.
    pub identity_pem: Zeroizing<String>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for a whole answer.
    pub request_timeout: Duration,
    /// The clock certificates are judged by; `None` is the machine's. See [`NotBefore`].
    pub clock: Option<Arc<dyn Clock>>,
}

/// A clock that never stands before a moment known to have passed. A station whose battery died starts in 1970,
/// where no certificate is valid yet; with the last hour its centre told for a floor it still finds the centre, and
/// with it the right time.
pub struct NotBefore {
    /// The machine's clock.
    pub clock: Arc<dyn Clock>,
    /// What has passed for certain.
    pub floor: WallTime,
}

impl Clock for NotBefore {
    fn wall(&self) -> WallTime {
        self.clock.wall().max(self.floor)
    }

    fn boot(&self) -> BootTime {
        self.clock.boot()
    }
}

impl ClientConfig {
    /// The usual waits: 5 s to connect, 20 s for an answer.
    #[must_use]
    pub fn new(station_url: &str, ca_pem: &str, certificate_pem: &str, key_pem: &str) -> Self {
        Self {
            station_url: station_url.trim_end_matches('/').to_owned(),
            ca_pem: ca_pem.to_owned(),
            identity_pem: Zeroizing::new(format!("{key_pem}\n{certificate_pem}")),
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(20),
            clock: None,
        }
    }
}

impl std::fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientConfig({})", self.station_url)
    }
}

/// Calls to the centre; cheap to clone, clones share connections.
#[derive(Clone)]
pub struct CentreClient {
    /// Builds requests; sends nothing itself.
    drafts: reqwest::Client,
    wire: Arc<dyn Wire>,
    base: Arc<str>,
    request_timeout: Duration,
    gate: Option<watch::Receiver<bool>>,
}

impl std::fmt::Debug for CentreClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CentreClient({})", self.base)
    }
}

impl CentreClient {
    /// A client that trusts only the CA given and shows the identity given.
    ///
    /// # Errors
    /// `Identity` (N105) when certificate, key or CA cannot be used.
    pub fn new(config: &ClientConfig) -> Result<Self, CentreError> {
        let tls = Tls::new(config)?;
        Ok(Self { drafts: tls.client(), wire: Arc::new(tls), ..Self::bare(config)? })
    }

    /// A client over another way to carry requests: what tests in virtual time use.
    ///
    /// # Errors
    /// `Identity` when no client can be built at all.
    pub fn over(wire: Arc<dyn Wire>, config: &ClientConfig) -> Result<Self, CentreError> {
        Ok(Self { wire, ..Self::bare(config)? })
    }

    fn bare(config: &ClientConfig) -> Result<Self, CentreError> {
        install_provider();
        let drafts =
            reqwest::Client::builder().no_proxy().tls_certs_only(Vec::new()).build().map_err(CentreError::identity)?;
        Ok(Self {
            drafts,
            wire: Arc::new(wire::Nowhere),
            base: config.station_url.trim_end_matches('/').into(),
            request_timeout: config.request_timeout,
            gate: None,
        })
    }

    /// From now on shows another certificate; connections that stand are given up.
    ///
    /// # Errors
    /// `Identity` when certificate and key cannot be used; the old one stays then.
    pub fn change_identity(&self, certificate_pem: &str, key_pem: &str) -> Result<(), CentreError> {
        self.wire.change_identity(&Zeroizing::new(format!("{key_pem}\n{certificate_pem}")))
    }

    /// The same client behind a gate: while the value is `false` every call answers N101 at
    /// once, calls under way included. What the simulator's 断网 switch moves.
    #[must_use]
    pub fn with_gate(mut self, gate: watch::Receiver<bool>) -> Self {
        self.gate = Some(gate);
        self
    }

    /// 共享数据: asks another department through the centre.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn share(&self, request: &ShareRequest) -> Result<SharedRecord, CentreError> {
        self.json(self.post("share", request), ANSWER_BYTES_MAX).await
    }

    /// 证明: asks for a sealed proof; the same case again answers the same proof.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn proof(&self, request: &ProofRequest) -> Result<ProofReply, CentreError> {
        self.json(self.post("proofs", request), PROOF_BYTES_MAX).await
    }

    /// 待制证 queue of a certificate window.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn licences(&self) -> Result<Vec<LicenceJob>, CentreError> {
        self.json(self.get("licences"), ANSWER_BYTES_MAX).await
    }

    /// One step at the certificate window; the same `idem` again changes nothing.
    ///
    /// # Errors
    /// [`CentreError`]; C110 when the version seen is stale.
    pub async fn licence_step(&self, case: CaseId, step: &LicenceStep) -> Result<LicenceJob, CentreError> {
        self.json(self.post(&format!("licences/{case}/steps"), step), ANSWER_BYTES_MAX).await
    }

    /// Asks for `count` receipt numbers of the day `days_ahead` days from today.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn lease(&self, count: u16, days_ahead: u8) -> Result<Lease, CentreError> {
        self.json(self.post("leases", &LeaseRequest { count, days_ahead }), ANSWER_BYTES_MAX).await
    }

    /// Asks for the next certificate.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn renew(&self, csr_pem: &str) -> Result<RenewReply, CentreError> {
        self.json(self.post("renew", &RenewRequest { csr_pem: csr_pem.to_owned() }), ANSWER_BYTES_MAX).await
    }

    /// What is in force, and the cursor of the feed to go on from: for a station behind the feed's horizon.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn snapshot(&self) -> Result<FeedPage, CentreError> {
        self.json(self.get("snapshot"), SNAPSHOT_BYTES_MAX).await
    }

    /// The centre's clock.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn time(&self) -> Result<CentreTime, CentreError> {
        self.json(self.get("time"), ANSWER_BYTES_MAX).await
    }

    /// Sign of life.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn heartbeat(&self, beat: &Heartbeat) -> Result<CentreTime, CentreError> {
        self.json(self.post("heartbeat", beat), ANSWER_BYTES_MAX).await
    }

    /// Feed entries after a position; the centre may hold the answer back for `wait` when there are none.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn feed(&self, after: u64, wait: Duration) -> Result<FeedPage, CentreError> {
        let request =
            self.get("feed").query(&[("after", after), ("wait", wait.as_secs())]).timeout(self.request_timeout + wait);
        self.json(request, ANSWER_BYTES_MAX).await
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    fn post<T: serde::Serialize>(&self, path: &str, body: &T) -> RequestBuilder {
        self.request(Method::POST, path).json(body)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.drafts.request(method, format!("{}/station/v1/{path}", self.base)).timeout(self.request_timeout)
    }
}

/// Chooses the cryptography of TLS for the process, once; a choice made before stays.
pub(crate) fn install_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
