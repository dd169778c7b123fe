//! Signature, clock window and nonces (API.md section 1).

use crate::openssl;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// A timestamp may differ from the clock by this much, in milliseconds.
pub const WINDOW_MS: i64 = 10 * 60 * 1000;

/// A way of signing (API.md section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// HMAC-SHA256.
    #[default]
    HmacSha256,
    /// HMAC-SM3.
    HmacSm3,
    /// SM2; the secret is the client's public key in PEM.
    Sm2,
    /// MD5.
    Md5,
}

/// A client as it is known here.
#[derive(Debug, Clone)]
pub struct Client {
    /// How it signs.
    pub algorithm: Algorithm,
    /// With what.
    pub secret: String,
}

/// The four headers of a request.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// `X-Client-Id`.
    pub client: String,
    /// `X-Timestamp`.
    pub timestamp: String,
    /// `X-Nonce`.
    pub nonce: String,
    /// `X-Signature`.
    pub signature: String,
}

/// Why a request is turned away; the number is the reply's `code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// Headers malformed.
    Malformed,
    /// Unknown client or wrong signature.
    Signature,
    /// Outside the window.
    Clock,
    /// Nonce used before.
    Replay,
}

impl Denial {
    /// The reply's code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "400",
            Self::Signature => "401",
            Self::Clock => "408",
            Self::Replay => "409",
        }
    }
}

/// Nonces seen, with the time after which they may be forgotten.
#[derive(Default)]
pub struct Nonces {
    seen: HashMap<(String, String), i64>,
}

impl Nonces {
    /// Notes the nonce; `false` when it was there already.
    fn first_use(&mut self, client: &str, nonce: &str, now: i64) -> bool {
        // A nonce is kept until its timestamp cannot be in the window any more.
        self.seen.retain(|_, until| *until >= now);
        let key = (client.to_owned(), nonce.to_owned());
        self.seen.insert(key, now + 2 * WINDOW_MS).is_none()
    }
}

/// Checks a request's stamp. The nonce is used up only by a request whose signature is right.
pub fn check(
    stamp: &Stamp,
    body: &[u8],
    clients: &HashMap<String, Client>,
    nonces: &mut Nonces,
    now: i64,
) -> Result<(), Denial> {
    let timestamp: i64 = stamp.timestamp.parse().map_err(|_| Denial::Malformed)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !(8..=64).contains(&stamp.nonce.len()) || !stamp.nonce.chars().all(plain) {
        return Err(Denial::Malformed);
    }
    let client = clients.get(&stamp.client).ok_or(Denial::Signature)?;
    signed(client, stamp, body)?;
    if (now - timestamp).abs() > WINDOW_MS {
        return Err(Denial::Clock);
    }
    if !nonces.first_use(&stamp.client, &stamp.nonce, now) {
        return Err(Denial::Replay);
    }
    Ok(())
}

fn signed(client: &Client, stamp: &Stamp, body: &[u8]) -> Result<(), Denial> {
    let prefix = format!("{}{}{}", stamp.client, stamp.timestamp, stamp.nonce);
    let by_sm3 = || openssl::digest("sm3", body).map(|hash| format!("{prefix}{hash}")).ok_or(Denial::Signature);
    let right = match client.algorithm {
        Algorithm::HmacSha256 => {
            let signature = hex::decode(&stamp.signature).map_err(|_| Denial::Signature)?;
            let mut mac = Hmac::<Sha256>::new_from_slice(client.secret.as_bytes()).map_err(|_| Denial::Signature)?;
            mac.update(prefix.as_bytes());
            mac.update(hex::encode(Sha256::digest(body)).as_bytes());
            mac.verify_slice(&signature).is_ok()
        }
        Algorithm::HmacSm3 => {
            openssl::hmac_sm3(&client.secret, by_sm3()?.as_bytes()).as_ref() == Some(&stamp.signature)
        }
        Algorithm::Sm2 => {
            let signature = hex::decode(&stamp.signature).map_err(|_| Denial::Signature)?;
            openssl::sm2_verify(&client.secret, by_sm3()?.as_bytes(), &signature)
        }
        Algorithm::Md5 => {
            let text = [prefix.as_bytes(), body, client.secret.as_bytes()].concat();
            openssl::digest("md5", &text).map(|hash| hash.to_uppercase()).as_ref() == Some(&stamp.signature)
        }
    };
    if right { Ok(()) } else { Err(Denial::Signature) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `openssl dgst -sha256 -hmac` over the four parts of the document, not with this code.
    const VECTOR: &str = "1bcf288657c4b025d3e2e1fc3871a8a00cd0178be2dc3c5cffb0ad3e99b4d717";

    fn stamp(signature: &str) -> Stamp {
        Stamp { client: "c".into(), timestamp: "1000".into(), nonce: "12345678".into(), signature: signature.into() }
    }

    #[test]
    fn a_signature_made_by_openssl_is_accepted_once() {
        let client = |secret: &str| Client { algorithm: Algorithm::HmacSha256, secret: secret.into() };
        let secrets = HashMap::from([("c".to_owned(), client("key"))]);
        let mut nonces = Nonces::default();
        assert_eq!(check(&stamp(VECTOR), b"{}", &secrets, &mut nonces, 1000), Ok(()));
        assert_eq!(check(&stamp(VECTOR), b"{}", &secrets, &mut nonces, 1000), Err(Denial::Replay));
        let mut fresh = Nonces::default();
        assert_eq!(check(&stamp(VECTOR), b"{ }", &secrets, &mut fresh, 1000), Err(Denial::Signature));
        assert_eq!(check(&stamp(VECTOR), b"{}", &secrets, &mut fresh, 1001 + WINDOW_MS), Err(Denial::Clock));
        let other = HashMap::from([("c".to_owned(), client("yek"))]);
        assert_eq!(check(&stamp(VECTOR), b"{}", &other, &mut fresh, 1000), Err(Denial::Signature));
        // None of the refusals used the nonce up.
        assert_eq!(check(&stamp(VECTOR), b"{}", &secrets, &mut fresh, 1000), Ok(()));
    }
}
