//! 数据密钥: one SM4 key per case, and sealing of small things with it (SM4-GCM, GB/T 32907, GB/T 36624).

use crate::sm4::Sm4;
use crate::{CryptoError, Fill};
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{AesGcm, Nonce};
use std::fmt;
use zeroize::Zeroizing;

/// SM4 in Galois/Counter mode, 96-bit nonce, 128-bit tag.
pub(crate) type Sm4Gcm = AesGcm<Sm4, U12>;

/// Bytes a sealed thing is longer than the plain one: nonce 12 + tag 16.
pub const SEAL_OVERHEAD: usize = NONCE_BYTES + TAG_BYTES;
/// GCM nonce.
pub(crate) const NONCE_BYTES: usize = 12;
/// GCM tag.
pub(crate) const TAG_BYTES: usize = 16;

/// A 128-bit SM4 key, wiped when dropped.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 16]>);

impl DataKey {
    /// Key length.
    pub const BYTES: usize = 16;

    /// A new random key.
    #[must_use]
    pub fn generate(fill: &mut Fill<'_>) -> Self {
        let mut bytes = Zeroizing::new([0_u8; Self::BYTES]);
        fill(bytes.as_mut_slice());
        Self(bytes)
    }

    /// From 16 bytes.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when there are not 16.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        <[u8; 16]>::try_from(bytes).map(|bytes| Self(Zeroizing::new(bytes))).map_err(|_| CryptoError::Key)
    }

    /// The key itself; for wrapping and for the export a hall asks for, nothing else.
    #[must_use]
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    pub(crate) fn cipher(&self) -> Sm4Gcm {
        Sm4Gcm::new_from_slice(self.0.as_slice()).expect("an SM4 key is 16 bytes")
    }

    /// Seals `plain` bound to `aad`: nonce 12 ‖ ciphertext ‖ tag 16.
    #[must_use]
    pub fn seal(&self, aad: &[u8], plain: &[u8], fill: &mut Fill<'_>) -> Vec<u8> {
        let mut nonce = [0_u8; NONCE_BYTES];
        fill(&mut nonce);
        let sealed = self
            .cipher()
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad })
            .expect("GCM takes messages up to 64 GiB");
        let mut out = Vec::with_capacity(NONCE_BYTES + sealed.len());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens what [`DataKey::seal`] made with the same `aad`.
    ///
    /// # Errors
    /// [`CryptoError::Sealed`] when a byte, the key or the context differs.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let Some((nonce, body)) = sealed.split_first_chunk::<NONCE_BYTES>() else {
            return Err(CryptoError::Sealed);
        };
        self.cipher().decrypt(&Nonce::from(*nonce), Payload { msg: body, aad }).map_err(|_| CryptoError::Sealed)
    }
}

impl PartialEq for DataKey {
    fn eq(&self, other: &Self) -> bool {
        // Equality is only asked for in tests and on keys one already holds; still without early exit.
        self.0.iter().zip(other.0.iter()).fold(0_u8, |acc, (a, b)| acc | (a ^ b)) == 0
    }
}

impl Eq for DataKey {}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(redacted)")
    }
}
