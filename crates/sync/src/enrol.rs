//! 终端注册: a one-time code becomes a station with a certificate.

use crate::client::{CentreError, ClientConfig, install_provider};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use reqwest::{Certificate, redirect};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tongban_domain::code::ErrorCode;
use tongban_protocol::api::{EnrolReply, EnrolRequest, Problem};
use tongban_store::StationKeys;
use zeroize::Zeroizing;

const REPLY_BYTES_MAX: usize = 1024 * 1024;

/// How the centre is known before there is anything of it on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// PEM of its CA, carried over by the technician.
    CaPem(String),
    /// SHA-256 of its CA certificate (DER), 64 hex digits, printed beside the code.
    CaFingerprint(String),
}

/// What an enrolment needs.
#[derive(Clone)]
pub struct EnrolConfig {
    /// URL of the listener that enrols, for example `https://centre.example:8444`.
    pub enrol_url: String,
    /// One-time code made by staff.
    pub one_time_code: String,
    /// How the centre is known.
    pub trust: Trust,
    /// How long to wait for the answer.
    pub timeout: Duration,
}

impl std::fmt::Debug for EnrolConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EnrolConfig({}, code redacted)", self.enrol_url)
    }
}

/// What an enrolment gives.
#[derive(Clone)]
pub struct Enrolment {
    /// The centre's answer.
    pub reply: EnrolReply,
    /// PEM of the TLS key made for this enrolment; it never left the machine.
    pub tls_key_pem: Zeroizing<String>,
}

impl Enrolment {
    /// How to reach the station listener from now on.
    #[must_use]
    pub fn client_config(&self) -> ClientConfig {
        let reply = &self.reply;
        ClientConfig::new(&reply.station_url, &reply.ca_pem, &reply.certificate_pem, &self.tls_key_pem)
    }
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Enrolment({})", self.reply.station)
    }
}

/// Makes a TLS key (P-256) and a CSR, and trades the one-time code for a certificate.
///
/// # Errors
/// N108 for a code wrong, expired or used up; N105 when the centre is not the one trusted; others of the network.
pub async fn enrol(config: &EnrolConfig, keys: &StationKeys) -> Result<Enrolment, CentreError> {
    let (tls_key_pem, csr_pem) = new_key_and_csr()?;
    let request = EnrolRequest {
        one_time_code: config.one_time_code.trim().to_owned(),
        csr_pem,
        signing_key_hex: keys.signing.verifying_key().to_hex(),
        wrapping_key_hex: keys.wrap_secret.public().to_hex(),
    };
    let reply = post(config, &request).await?;
    Ok(Enrolment { reply, tls_key_pem })
}

/// A new TLS key (P-256, PEM) and the request to certify it (PEM). The names in it mean nothing: the centre
/// writes its own.
pub(crate) fn new_key_and_csr() -> Result<(Zeroizing<String>, String), CentreError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(CentreError::identity)?;
    let mut params = CertificateParams::new(Vec::new()).map_err(CentreError::identity)?;
    params.distinguished_name.push(DnType::CommonName, "tongban station");
    let csr = params.serialize_request(&key).map_err(CentreError::identity)?;
    Ok((Zeroizing::new(key.serialize_pem()), csr.pem().map_err(CentreError::identity)?))
}

async fn post(config: &EnrolConfig, request: &EnrolRequest) -> Result<EnrolReply, CentreError> {
    let url = format!("{}/enrol/v1", config.enrol_url.trim_end_matches('/'));
    let call = http(&config.trust)?.post(url).timeout(config.timeout).json(request);
    let mut response = call.send().await.map_err(CentreError::from_transport)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(CentreError::from_transport)? {
        if body.len() + chunk.len() > REPLY_BYTES_MAX {
            return Err(CentreError::Garbage { what: "answer is too long" });
        }
        body.extend_from_slice(&chunk);
    }
    if !status.is_success() {
        let problem = serde_json::from_slice::<Problem>(&body).ok();
        let code = problem.and_then(|problem| ErrorCode::parse(&problem.code)).unwrap_or(ErrorCode::NetworkRefused);
        return Err(CentreError::Refused { code, status: status.as_u16(), retry_after: None });
    }
    serde_json::from_slice(&body).map_err(|_| CentreError::Garbage { what: "not an enrolment" })
}

fn http(trust: &Trust) -> Result<reqwest::Client, CentreError> {
    install_provider();
    let builder = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none());
    let builder = match trust {
        Trust::CaPem(pem) => {
            builder.tls_certs_only(Certificate::from_pem_bundle(pem.as_bytes()).map_err(CentreError::identity)?)
        }
        Trust::CaFingerprint(text) => {
            let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
            let mut sha256 = [0; 32];
            hex::decode_to_slice(digits, &mut sha256).map_err(CentreError::identity)?;
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
                .map_err(CentreError::identity)?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(ByFingerprint { sha256, provider }))
                .with_no_client_auth();
            builder.tls_backend_preconfigured(config)
        }
    };
    builder.build().map_err(CentreError::identity)
}

/// Trusts the one CA whose certificate has this SHA-256. The server must send it with its
/// chain; everything else (names, dates, signatures) is checked as usual.
#[derive(Debug)]
struct ByFingerprint {
    sha256: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ByFingerprint {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let anchor = intermediates
            .iter()
            .find(|certificate| <[u8; 32]>::from(Sha256::digest(certificate.as_ref())) == self.sha256)
            .ok_or(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        let mut roots = RootCertStore::empty();
        roots.add(anchor.clone().into_owned())?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|_| rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
