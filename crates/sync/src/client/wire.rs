//! How a request reaches the centre: over mutual TLS; in tests over whatever the test has.

use super::error::is_stranger;
use super::{CentreError, ClientConfig};
use reqwest::{Certificate, Identity, Request, Response, redirect};
use std::future::Future;
use std::pin::Pin;
use std::sync::{PoisonError, RwLock};

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
    let ca = Certificate::from_pem_bundle(config.ca_pem.as_bytes()).map_err(CentreError::identity)?;
    let identity = Identity::from_pem(config.identity_pem.as_bytes()).map_err(CentreError::identity)?;
    reqwest::Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .tls_certs_only(ca)
        .identity(identity)
        .connect_timeout(config.connect_timeout)
        .build()
        .map_err(CentreError::identity)
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
