//! 签名: what a platform wants to see beside a request.
//!
//! Every way signs the same four parts: client, timestamp, nonce and the hash of the content;
//! the transport only carries the [`Stamp`].

use crate::config::ConnectError;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tongban_crypto::{SigningKey, hmac_sm3, sm3};
use zeroize::Zeroizing;

/// What there is to sign.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'p> {
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Used once.
    pub nonce: &'p str,
    /// The request's content, byte for byte.
    pub body: &'p [u8],
}

/// What goes with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Client.
    pub client: String,
    /// Timestamp.
    pub timestamp: String,
    /// Nonce.
    pub nonce: String,
    /// Signature.
    pub signature: String,
}

impl Stamp {
    /// As HTTP headers.
    #[must_use]
    pub fn headers(self) -> Vec<(&'static str, String)> {
        vec![
            ("x-client-id", self.client),
            ("x-timestamp", self.timestamp),
            ("x-nonce", self.nonce),
            ("x-signature", self.signature),
        ]
    }
}

/// The ways a mapping file may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignerKind {
    /// HMAC-SHA256.
    #[default]
    HmacSha256,
    /// HMAC-SM3 (GB/T 32905, RFC 2104).
    HmacSm3,
    /// SM2 over SM3 (GB/T 32918); the secret is the private key in PEM.
    Sm2,
    /// MD5 over the joined text, for platforms that know nothing else.
    Md5,
}

/// A way of signing.
pub trait Signer: Send + Sync {
    /// Our identity there.
    fn client(&self) -> &str;

    /// Lower-case hex unless the platform's document says otherwise. `prefix` is client, timestamp and nonce joined.
    ///
    /// # Errors
    /// [`ConnectError::Key`] when the key cannot sign.
    fn signature(&self, prefix: &str, body: &[u8]) -> Result<String, ConnectError>;

    /// Signs the parts.
    ///
    /// # Errors
    /// [`ConnectError::Key`] when the key cannot sign.
    fn stamp(&self, parts: Parts<'_>) -> Result<Stamp, ConnectError> {
        let timestamp = parts.timestamp_ms.to_string();
        let prefix = format!("{}{timestamp}{}", self.client(), parts.nonce);
        let signature = self.signature(&prefix, parts.body)?;
        Ok(Stamp { client: self.client().to_owned(), timestamp, nonce: parts.nonce.to_owned(), signature })
    }
}

/// A signer of the kind named.
///
/// # Errors
/// [`ConnectError::Key`] for an empty or unusable secret: it would sign nothing.
pub fn signer(kind: SignerKind, client_id: &str, secret: &str) -> Result<Box<dyn Signer>, ConnectError> {
    if secret.is_empty() {
        return Err(ConnectError::Key("the secret is empty".to_owned()));
    }
    let client = client_id.to_owned();
    let secret = Zeroizing::new(secret.to_owned());
    Ok(match kind {
        SignerKind::HmacSha256 => Box::new(HmacSha256::new(client_id, &secret)?),
        SignerKind::HmacSm3 => Box::new(HmacSm3 { client, secret }),
        SignerKind::Sm2 => {
            let key = SigningKey::from_pem(&secret).map_err(|error| ConnectError::Key(error.to_string()))?;
            Box::new(Sm2 { client, key })
        }
        SignerKind::Md5 => Box::new(LegacyMd5 { client, secret }),
    })
}

/// HMAC-SHA256 over id, timestamp, nonce and the hex SHA-256 of the body, joined without separators.
pub struct HmacSha256 {
    client_id: String,
    key: Hmac<Sha256>,
}

impl HmacSha256 {
    /// A signer for one client.
    ///
    /// # Errors
    /// [`ConnectError::Key`] for an empty secret: it would sign nothing.
    pub fn new(client_id: &str, secret: &str) -> Result<Self, ConnectError> {
        if secret.is_empty() {
            return Err(ConnectError::Key("the secret is empty".to_owned()));
        }
        let key =
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|error| ConnectError::Key(error.to_string()))?;
        Ok(Self { client_id: client_id.to_owned(), key })
    }
}

impl Signer for HmacSha256 {
    fn client(&self) -> &str {
        &self.client_id
    }

    fn signature(&self, prefix: &str, body: &[u8]) -> Result<String, ConnectError> {
        let mut mac = self.key.clone();
        mac.update(prefix.as_bytes());
        mac.update(hex::encode(Sha256::digest(body)).as_bytes());
        Ok(hex::encode(mac.finalize().into_bytes()))
    }
}

/// HMAC-SM3 over the same parts with the hex SM3 of the body.
struct HmacSm3 {
    client: String,
    secret: Zeroizing<String>,
}

impl Signer for HmacSm3 {
    fn client(&self) -> &str {
        &self.client
    }

    fn signature(&self, prefix: &str, body: &[u8]) -> Result<String, ConnectError> {
        let text = format!("{prefix}{}", hex::encode(sm3(body)));
        Ok(hex::encode(hmac_sm3(self.secret.as_bytes(), text.as_bytes())))
    }
}

/// SM2 over the same text, DER in hex.
struct Sm2 {
    client: String,
    key: SigningKey,
}

impl Signer for Sm2 {
    fn client(&self) -> &str {
        &self.client
    }

    fn signature(&self, prefix: &str, body: &[u8]) -> Result<String, ConnectError> {
        let text = format!("{prefix}{}", hex::encode(sm3(body)));
        let signature = self.key.sign(text.as_bytes()).map_err(|error| ConnectError::Key(error.to_string()))?;
        Ok(hex::encode(signature))
    }
}

/// MD5 over the parts, the body itself and the secret at the end; upper case, as such platforms write it.
struct LegacyMd5 {
    client: String,
    secret: Zeroizing<String>,
}

impl Signer for LegacyMd5 {
    fn client(&self) -> &str {
        &self.client
    }

    fn signature(&self, prefix: &str, body: &[u8]) -> Result<String, ConnectError> {
        let mut hash = Md5::new();
        hash.update(prefix.as_bytes());
        hash.update(body);
        hash.update(self.secret.as_bytes());
        Ok(hex::encode_upper(hash.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(kind: SignerKind) -> String {
        let signer = signer(kind, "c", "key").expect("a key");
        signer.stamp(Parts { timestamp_ms: 1000, nonce: "12345678", body: b"{}" }).expect("signed").signature
    }

    #[test]
    fn the_signatures_are_the_ones_openssl_makes() {
        // printf 'c100012345678%s' "$(printf '{}' | sha256sum | cut -d' ' -f1)" | openssl dgst -sha256 -hmac key
        assert_eq!(made(SignerKind::HmacSha256), "1bcf288657c4b025d3e2e1fc3871a8a00cd0178be2dc3c5cffb0ad3e99b4d717");
        // printf 'c100012345678%s' "$(printf '{}' | openssl dgst -sm3 -r | cut -d' ' -f1)" | openssl dgst -sm3 -hmac key
        assert_eq!(made(SignerKind::HmacSm3), "c6dca177f0a2fd2ce174abfe3f6f3810b13f29974eb011594b5c0e8f921f77b3");
        // printf 'c100012345678{}key' | md5sum | tr a-f A-F
        assert_eq!(made(SignerKind::Md5), "E8CDCAC1E88226BAD513D928F9BCFF87");
        assert!(signer(SignerKind::Md5, "c", "").is_err() && signer(SignerKind::Sm2, "c", "no key").is_err());
    }
}
