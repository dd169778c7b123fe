//! How a request reaches the centre: over mutual TLS; in tests over whatever the test has.

use super::error::is_stranger;
use super::{CentreError, ClientConfig};
use reqwest::{Request, Response, redirect};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::time_provider::TimeProvider;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tongban_domain::clock::Clock;

/// Why no answer came.
#[derive(Debug)]
pub enum WireError {
    /// What the HTTP client said.
    Http(reqwest::Error),
    /// No connection, or it broke.
    Broken,
    /// The request's time was up.
    Late,
}

impl From<WireError> for CentreError {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Http(source) if is_stranger(&source) => Self::Portal,
            WireError::Http(source) => Self::from_transport(source),
            WireError::Broken => Self::Unreachable { source: None },
            WireError::Late => Self::Timeout { source: None },
        }
    }
}

/// An exchange under way.
pub type Exchange = Pin<Box<dyn Future<Output = Result<Response, WireError>> + Send>>;

/// Carries one request to the centre and brings its answer.
pub trait Wire: Send + Sync {
    /// Carries `request`, within the time the request allows.
    fn exchange(&self, request: Request) -> Exchange;

    /// From now on shows this certificate and key (PEM, key first).
    ///
    /// # Errors
    /// When they cannot be used; the old ones stay then.
    fn change_identity(&self, pem: &str) -> Result<(), CentreError> {
        let _ = pem;
        Ok(())
    }
}

/// Mutual TLS.
pub(super) struct Tls {
    config: ClientConfig,
    http: RwLock<reqwest::Client>,
}

impl Tls {
    pub(super) fn new(config: &ClientConfig) -> Result<Self, CentreError> {
        super::install_provider();
        Ok(Self { config: config.clone(), http: RwLock::new(build(config)?) })
    }

    pub(super) fn client(&self) -> reqwest::Client {
        self.http.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn build(config: &ClientConfig) -> Result<reqwest::Client, CentreError> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .tls_backend_preconfigured(tls(config)?)
        .connect_timeout(config.connect_timeout)
        .build()
        .map_err(CentreError::identity)
}

/// Trusts the CA given and no other, shows the identity given, judges certificates by the clock given.
fn tls(config: &ClientConfig) -> Result<rustls::ClientConfig, CentreError> {
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(config.ca_pem.as_bytes()) {
        roots.add(authority.map_err(CentreError::identity)?).map_err(CentreError::identity)?;
    }
    let identity = config.identity_pem.as_bytes();
    let chain =
        CertificateDer::pem_slice_iter(identity).collect::<Result<Vec<_>, _>>().map_err(CentreError::identity)?;
    let key = PrivateKeyDer::from_pem_slice(identity).map_err(CentreError::identity)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = match &config.clock {
        Some(clock) => rustls::ClientConfig::builder_with_details(provider, Arc::new(ByClock(Arc::clone(clock)))),
        None => rustls::ClientConfig::builder_with_provider(provider),
    };
    let mut tls = builder
        .with_safe_default_protocol_versions()
        .map_err(CentreError::identity)?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .map_err(CentreError::identity)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// The time by which certificates are judged.
struct ByClock(Arc<dyn Clock>);

impl fmt::Debug for ByClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByClock")
    }
}

impl TimeProvider for ByClock {
    fn current_time(&self) -> Option<UnixTime> {
        // Before 1970 there is no time certificates could be judged by: the handshake fails.
        let ms = u64::try_from(self.0.wall().0).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(ms)))
    }
}

impl Wire for Tls {
    fn exchange(&self, request: Request) -> Exchange {
        let client = self.client();
        Box::pin(async move { client.execute(request).await.map_err(WireError::Http) })
    }

    fn change_identity(&self, pem: &str) -> Result<(), CentreError> {
        let config = ClientConfig { identity_pem: pem.to_owned().into(), ..self.config.clone() };
        let fresh = build(&config)?;
        *self.http.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

/// No way to the centre.
pub(super) struct Nowhere;

impl Wire for Nowhere {
    fn exchange(&self, _: Request) -> Exchange {
        Box::pin(std::future::ready(Err(WireError::Broken)))
    }
}
