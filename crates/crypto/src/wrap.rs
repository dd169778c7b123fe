//! Wrapping of case keys for one reader: SM2 public-key encryption (GB/T 32918.4-2016), C1C3C2.

use crate::sign::generate_secret;
use crate::{CryptoError, DataKey, Fill};
use sm2::elliptic_curve::rand_core::{TryCryptoRng, TryRng};
use sm2::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use sm2::pke::{DecryptingKey, EncryptingKey, Mode};
use sm2::{PublicKey, SecretKey};
use std::convert::Infallible;
use std::fmt;
use zeroize::Zeroizing;

/// C1 (65) ‖ C3 (32) ‖ C2 (16).
const WRAPPED_BYTES: usize = 65 + 32 + DataKey::BYTES;

/// Lets the curve library draw from the source handed in.
struct FillRng<'a, 'b>(&'a mut Fill<'b>);

impl TryRng for FillRng<'_, '_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0_u8; 4];
        (self.0)(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0_u8; 8];
        (self.0)(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        (self.0)(dst);
        Ok(())
    }
}

impl TryCryptoRng for FillRng<'_, '_> {}

/// Public half: anybody may wrap a key for this reader.
#[derive(Clone)]
pub struct WrapPublic(PublicKey);

impl WrapPublic {
    /// From an uncompressed point, 65 bytes.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when it is not such a point on the curve.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        if bytes.len() != 65 || bytes[0] != 4 {
            return Err(CryptoError::Key);
        }
        PublicKey::from_sec1_bytes(bytes).map(Self).map_err(|_| CryptoError::Key)
    }

    /// From 130 hex digits.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when it is not such a point.
    pub fn from_hex(text: &str) -> Result<Self, CryptoError> {
        Self::from_bytes(&hex::decode(text).map_err(|_| CryptoError::Key)?)
    }

    /// 130 lower-case hex digits of the uncompressed point.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0.to_sec1_bytes())
    }

    /// Encrypts a case key for this reader: C1 (65, uncompressed) ‖ C3 (32) ‖ C2 (16), 113 bytes.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when the curve library refuses.
    pub fn wrap(&self, key: &DataKey, fill: &mut Fill<'_>) -> Result<Vec<u8>, CryptoError> {
        EncryptingKey::new_with_mode(self.0, Mode::C1C3C2)
            .encrypt(&mut FillRng(fill), key.expose())
            .map_err(|_| CryptoError::Key)
    }
}

impl PartialEq for WrapPublic {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for WrapPublic {}

impl fmt::Debug for WrapPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrapPublic({})", self.to_hex())
    }
}

/// Secret half, wiped when dropped.
#[derive(Clone)]
pub struct WrapSecret(SecretKey);

impl WrapSecret {
    /// A new key from random bytes.
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

    /// The 32-byte scalar, wiped on drop.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// From PKCS#8 PEM.
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
    pub fn public(&self) -> WrapPublic {
        WrapPublic(self.0.public_key())
    }

    /// Opens a wrapped case key.
    ///
    /// # Errors
    /// [`CryptoError::Sealed`] when it was changed or wrapped for another reader.
    pub fn unwrap_key(&self, wrapped: &[u8]) -> Result<DataKey, CryptoError> {
        // The library also takes compressed points; one encoding only, so that equal keys are equal bytes.
        if wrapped.len() != WRAPPED_BYTES || wrapped[0] != 4 {
            return Err(CryptoError::Sealed);
        }
        let key = DecryptingKey::new_with_mode(self.0.to_nonzero_scalar(), Mode::C1C3C2);
        let plain = Zeroizing::new(key.decrypt(wrapped).map_err(|_| CryptoError::Sealed)?);
        DataKey::from_bytes(&plain).map_err(|_| CryptoError::Sealed)
    }
}

impl fmt::Debug for WrapSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrapSecret(redacted)")
    }
}
