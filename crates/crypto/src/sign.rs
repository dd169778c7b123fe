//! SM2 signatures (GB/T 32918.2-2016), DER-encoded as in GM/T 0009.

use crate::{CryptoError, Fill};
use sm2::SecretKey;
use sm2::dsa::signature::{Signer, Verifier};
use sm2::dsa::{Signature, SigningKey as RawSigningKey, VerifyingKey as RawVerifyingKey};
use sm2::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use std::fmt;
use zeroize::Zeroizing;

/// The distinguishing identifier of GM/T 0009 when no other was agreed.
pub const DISTINGUISHING_ID: &str = "1234567812345678";

/// Draws scalars until one lies in 1..n-1 (a random one practically always does).
pub(crate) fn generate_secret(fill: &mut Fill<'_>) -> SecretKey {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    loop {
        fill(bytes.as_mut_slice());
        if let Ok(secret) = SecretKey::from_slice(bytes.as_slice()) {
            return secret;
        }
    }
}

/// SM2 signing key; the secret is wiped when the value is dropped.
#[derive(Clone)]
pub struct SigningKey(SecretKey);

impl SigningKey {
    /// A new key from random bytes.
    ///
    /// A source that only ever yields zeroes never returns; real sources do not.
    #[must_use]
    pub fn generate(fill: &mut Fill<'_>) -> Self {
        Self(generate_secret(fill))
    }

    /// From the 32-byte big-endian scalar.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when it is not in 1..n-1 or not 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        SecretKey::from_slice(bytes).map(Self).map_err(|_| CryptoError::Key)
    }

    /// The 32-byte big-endian scalar, wiped on drop.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// From PKCS#8 PEM (as `openssl genpkey -algorithm SM2` writes it).
    ///
    /// # Errors
    /// [`CryptoError::Key`] when it is not an SM2 key.
    pub fn from_pem(pem: &str) -> Result<Self, CryptoError> {
        SecretKey::from_pkcs8_pem(pem).map(Self).map_err(|_| CryptoError::Key)
    }

    /// As PKCS#8 PEM, unencrypted; wiped on drop.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when the key cannot be encoded.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, CryptoError> {
        self.0.to_pkcs8_pem(LineEnding::LF).map_err(|_| CryptoError::Key)
    }

    /// The public half.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::from_raw(
            RawVerifyingKey::new(DISTINGUISHING_ID, self.0.public_key()).expect("the identifier is 16 bytes long"),
        )
    }

    /// Signs `message`; DER `SEQUENCE { r, s }`. Deterministic (RFC 6979 with HMAC-SM3).
    ///
    /// # Errors
    /// [`CryptoError::Signature`] in the one case in 2^256 where the standard asks for another nonce.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let key = RawSigningKey::new(DISTINGUISHING_ID, &self.0).map_err(|_| CryptoError::Key)?;
        let signature: Signature = key.try_sign(message).map_err(|_| CryptoError::Signature)?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(redacted)")
    }
}

/// SM2 verifying key with the default distinguishing identifier.
#[derive(Clone)]
pub struct VerifyingKey {
    raw: RawVerifyingKey,
    /// `04 ‖ x ‖ y`.
    sec1: [u8; 65],
}

impl VerifyingKey {
    fn from_raw(raw: RawVerifyingKey) -> Self {
        let sec1 = raw.to_sec1_bytes();
        let sec1 = <[u8; 65]>::try_from(sec1.as_ref()).expect("uncompressed SM2 points are 65 bytes");
        Self { raw, sec1 }
    }

    /// From an uncompressed point, 65 bytes `04 ‖ x ‖ y`.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when it is not such a point on the curve.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        if bytes.len() != 65 || bytes[0] != 4 {
            return Err(CryptoError::Key);
        }
        RawVerifyingKey::from_sec1_bytes(DISTINGUISHING_ID, bytes).map(Self::from_raw).map_err(|_| CryptoError::Key)
    }

    /// The 65-byte uncompressed point.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 65] {
        self.sec1
    }

    /// From 130 hex digits.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when it is not such a point.
    pub fn from_hex(text: &str) -> Result<Self, CryptoError> {
        Self::from_bytes(&hex::decode(text).map_err(|_| CryptoError::Key)?)
    }

    /// 130 lower-case hex digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.sec1)
    }

    /// From `SubjectPublicKeyInfo` PEM.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when it is not an SM2 public key.
    pub fn from_pem(pem: &str) -> Result<Self, CryptoError> {
        let public = sm2::PublicKey::from_public_key_pem(pem).map_err(|_| CryptoError::Key)?;
        RawVerifyingKey::new(DISTINGUISHING_ID, public).map(Self::from_raw).map_err(|_| CryptoError::Key)
    }

    /// As `SubjectPublicKeyInfo` PEM.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when the key cannot be encoded.
    pub fn to_pem(&self) -> Result<String, CryptoError> {
        self.raw.to_public_key_pem(LineEnding::LF).map_err(|_| CryptoError::Key)
    }

    /// Checks a DER signature over `message`.
    ///
    /// # Errors
    /// [`CryptoError::Signature`] when it is malformed or does not hold.
    pub fn verify(&self, message: &[u8], der: &[u8]) -> Result<(), CryptoError> {
        let signature = Signature::from_der(der).map_err(|_| CryptoError::Signature)?;
        self.raw.verify(message, &signature).map_err(|_| CryptoError::Signature)
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.sec1 == other.sec1
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.to_hex())
    }
}
