//! TLS of the listeners: mutual for stations, with the revocation list of this moment.

use crate::config::LaunchError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tongban_centre::Centre;
use tongban_centre::ca::ServerIdentity;

/// How often the revocation list of a shared store is looked at.
const LOOK: Duration = Duration::from_secs(1);

fn fault(error: impl std::fmt::Display) -> LaunchError {
    LaunchError::Tls(error.to_string())
}

/// Certificate and key, parsed.
fn identity(identity: &ServerIdentity) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), LaunchError> {
    let certificate = CertificateDer::from_pem_slice(identity.certificate_pem.as_bytes()).map_err(fault)?;
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).map_err(fault)?;
    Ok((certificate, key))
}

fn builder() -> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>, LaunchError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(fault)
}

/// TLS without client certificates, for pages.
pub(crate) fn pages(own: &ServerIdentity) -> Result<Arc<ServerConfig>, LaunchError> {
    let (certificate, key) = identity(own)?;
    let mut config = builder()?.with_no_client_auth().with_single_cert(vec![certificate], key).map_err(fault)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn stations(centre: &Centre, own: &ServerIdentity) -> Result<Arc<ServerConfig>, LaunchError> {
    let (certificate, key) = identity(own)?;
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(centre.ca_pem().as_bytes()).map_err(fault)?;
    roots.add(authority).map_err(fault)?;
    let list = CertificateRevocationListDer::from(centre.stations().revocation_list()?);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .with_crls([list])
        .build()
        .map_err(fault)?;
    let mut config =
        builder()?.with_client_cert_verifier(verifier).with_single_cert(vec![certificate], key).map_err(fault)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The station listener's TLS. rustls fixes the revocation list when a configuration is
/// built, so a new one is built whenever the number of revoked serials has changed.
pub(crate) struct StationTls {
    centre: Arc<Centre>,
    own: ServerIdentity,
    current: RwLock<(u64, Arc<ServerConfig>)>,
    looked: Mutex<Option<Instant>>,
}

impl StationTls {
    pub fn new(centre: Arc<Centre>, own: ServerIdentity) -> Result<Self, LaunchError> {
        let count = centre.stations().revoked_count()?;
        let config = stations(&centre, &own)?;
        Ok(Self { centre, own, current: RwLock::new((count, config)), looked: Mutex::default() })
    }

    /// A database on another machine is not asked at every handshake: once a second is enough,
    /// since every request is checked against it again.
    fn looked_lately(&self) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = looked.is_some_and(|at| at.elapsed() < LOOK);
        if !lately {
            *looked = Some(Instant::now());
        }
        lately
    }

    /// The configuration for the next handshake. When the list cannot be read the last one
    /// serves on: every request is checked against the database as well.
    pub fn current(&self) -> Arc<ServerConfig> {
        let (known, config) = {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            (current.0, current.1.clone())
        };
        if self.centre.is_shared() && self.looked_lately() {
            return config;
        }
        let Ok(count) = self.centre.stations().revoked_count() else { return config };
        if count == known {
            return config;
        }
        match stations(&self.centre, &self.own) {
            Ok(fresh) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = (count, fresh.clone());
                fresh
            }
            Err(error) => {
                tracing::error!(%error, "revocation list not renewed");
                config
            }
        }
    }
}
