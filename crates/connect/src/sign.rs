//! 签名: what a platform wants to see in the headers.
//!
//! One signer today. Others (HMAC-SM3, SM2, MD5 over a joined text) are further implementations of
//! [`Signer`]; the transport only adds the headers it is given.

use crate::config::ConnectError;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};

/// What there is to sign.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'p> {
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Used once.
    pub nonce: &'p str,
    /// The request's body, byte for byte.
    pub body: &'p [u8],
}

/// A way of signing.
pub trait Signer: Send + Sync {
    /// Headers to add to the request: name and value.
    fn headers(&self, parts: Parts<'_>) -> Vec<(&'static str, String)>;
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
    fn headers(&self, parts: Parts<'_>) -> Vec<(&'static str, String)> {
        let timestamp = parts.timestamp_ms.to_string();
        let body = hex::encode(Sha256::digest(parts.body));
        let mut mac = self.key.clone();
        for part in [self.client_id.as_str(), &timestamp, parts.nonce, &body] {
            mac.update(part.as_bytes());
        }
        vec![
            ("x-client-id", self.client_id.clone()),
            ("x-timestamp", timestamp),
            ("x-nonce", parts.nonce.to_owned()),
            ("x-signature", hex::encode(mac.finalize().into_bytes())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_openssl_makes() {
        // printf 'c100012345678%s' "$(printf '{}' | sha256sum | cut -d' ' -f1)" | openssl dgst -sha256 -hmac key
        let wanted = "1bcf288657c4b025d3e2e1fc3871a8a00cd0178be2dc3c5cffb0ad3e99b4d717";
        let signer = HmacSha256::new("c", "key").expect("a key");
        let headers = signer.headers(Parts { timestamp_ms: 1000, nonce: "12345678", body: b"{}" });
        assert_eq!(headers[3], ("x-signature", wanted.to_owned()));
        assert!(HmacSha256::new("c", "").is_err());
    }
}
