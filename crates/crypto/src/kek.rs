//! 密钥加密密钥: wraps data keys in the station's own store, and how it is itself kept.
//!
//! From the key three others are derived by HMAC-SM3 with a label, so that no key serves
//! two purposes: wrapping, blind index, sealed columns.

use crate::seal::SEAL_OVERHEAD;
use crate::{CryptoError, DataKey, Digest, Fill, hmac_sm3};
use argon2::{Algorithm, Argon2, Params, Version};
use std::fmt;
use zeroize::Zeroizing;

/// Key-encrypting key of one station, 32 bytes, wiped when dropped.
#[derive(Clone)]
pub struct Kek(Zeroizing<[u8; 32]>);

impl Kek {
    /// Key length.
    pub const BYTES: usize = 32;

    /// A new random key.
    #[must_use]
    pub fn generate(fill: &mut Fill<'_>) -> Self {
        let mut bytes = Zeroizing::new([0_u8; Self::BYTES]);
        fill(bytes.as_mut_slice());
        Self(bytes)
    }

    /// From 32 bytes.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when there are not 32.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        <[u8; 32]>::try_from(bytes).map(|bytes| Self(Zeroizing::new(bytes))).map_err(|_| CryptoError::Key)
    }

    /// The key itself; for a [`KekSource`] that seals it, nothing else.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    fn derive(&self, label: &str) -> Zeroizing<Digest> {
        Zeroizing::new(hmac_sm3(self.0.as_slice(), label.as_bytes()))
    }

    fn derive_key(&self, label: &str) -> DataKey {
        DataKey::from_bytes(&self.derive(label)[..DataKey::BYTES]).expect("16 of 32 bytes")
    }

    /// Wraps a data key, bound to `context` (the case id): 44 bytes.
    #[must_use]
    pub fn wrap(&self, context: &[u8], key: &DataKey, fill: &mut Fill<'_>) -> Vec<u8> {
        self.derive_key("tongban.kek.wrap.v1").seal(context, key.expose(), fill)
    }

    /// Opens what [`Kek::wrap`] made with the same `context`.
    ///
    /// # Errors
    /// [`CryptoError::Sealed`] when it was changed or belongs to another key or case.
    pub fn unwrap_key(&self, context: &[u8], wrapped: &[u8]) -> Result<DataKey, CryptoError> {
        let plain = Zeroizing::new(self.derive_key("tongban.kek.wrap.v1").open(context, wrapped)?);
        DataKey::from_bytes(&plain).map_err(|_| CryptoError::Sealed)
    }

    /// Key of the blind index over sealed columns.
    #[must_use]
    pub fn index_key(&self) -> IndexKey {
        IndexKey(self.derive("tongban.kek.index.v1"))
    }

    /// Key of the seals over the rows of the local store.
    #[must_use]
    pub fn seal_key(&self) -> SealKey {
        SealKey(self.derive("tongban.kek.rows.v1"))
    }

    /// Key that seals single columns and settings of the local store (not case content).
    #[must_use]
    pub fn column_key(&self) -> DataKey {
        self.derive_key("tongban.kek.column.v1")
    }
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kek(redacted)")
    }
}

/// Key of a blind index.
#[derive(Clone)]
pub struct IndexKey(Zeroizing<Digest>);

impl IndexKey {
    /// The index value of `text`; see [`blind_index`].
    #[must_use]
    pub fn of(&self, text: &str) -> Digest {
        blind_index(self.0.as_slice(), text)
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexKey(redacted)")
    }
}

/// Key of the seals over rows: whoever has not got it cannot make a row look untouched.
#[derive(Clone)]
pub struct SealKey(Zeroizing<Digest>);

impl SealKey {
    /// HMAC-SM3 of `content`.
    #[must_use]
    pub fn mac(&self, content: &[u8]) -> Digest {
        hmac_sm3(self.0.as_slice(), content)
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(redacted)")
    }
}

/// Keyed index over a sealed text: equal texts give equal values, nothing else can be told without the key.
#[must_use]
pub fn blind_index(key: &[u8], text: &str) -> Digest {
    hmac_sm3(key, text.as_bytes())
}

/// Where the key-encrypting key comes from at start: TPM 2.0, systemd credential, or passphrase.
pub trait KekSource {
    /// Short name shown on the status page: `tpm2`, `systemd-creds`, `passphrase`.
    fn name(&self) -> &'static str;

    /// Opens the key.
    ///
    /// # Errors
    /// [`CryptoError::Passphrase`] or [`CryptoError::Sealed`] when this machine or person cannot open it.
    fn load(&self) -> Result<Kek, CryptoError>;
}

/// Work factor of the passphrase (Argon2id, RFC 9106, one lane).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassphraseCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl Default for PassphraseCost {
    /// 64 MiB, three passes: RFC 9106 section 4, second recommended option.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3 }
    }
}

impl PassphraseCost {
    /// Highest values taken from a file: no file may make us spend more than this.
    const MEMORY_KIB_MAX: u32 = 256 * 1024;
    const PASSES_MAX: u32 = 16;
}

/// The key sealed by a passphrase.
///
/// `"TBKEK" ‖ u16be version = 1 ‖ u32be memory KiB ‖ u32be passes ‖ salt 16 ‖ nonce 12 ‖
/// ciphertext 32 ‖ tag 16`; all before the nonce is additional data.
pub struct PassphraseKek {
    sealed: Vec<u8>,
    passphrase: Zeroizing<String>,
}

impl PassphraseKek {
    const HEAD: usize = 5 + 2 + 4 + 4 + 16;
    const LEN: usize = Self::HEAD + SEAL_OVERHEAD + Kek::BYTES;

    /// Seals `kek` under a passphrase.
    ///
    /// # Errors
    /// [`CryptoError::Passphrase`] when the cost is outside the limits.
    pub fn seal(
        kek: &Kek,
        passphrase: &str,
        cost: PassphraseCost,
        fill: &mut Fill<'_>,
    ) -> Result<Vec<u8>, CryptoError> {
        let mut head = b"TBKEK".to_vec();
        head.extend_from_slice(&1_u16.to_be_bytes());
        head.extend_from_slice(&cost.memory_kib.to_be_bytes());
        head.extend_from_slice(&cost.passes.to_be_bytes());
        let mut salt = [0_u8; 16];
        fill(&mut salt);
        head.extend_from_slice(&salt);
        let key = stretch(passphrase, &salt, cost)?;
        let sealed = key.seal(&head, kek.expose(), fill);
        head.extend_from_slice(&sealed);
        Ok(head)
    }

    /// A source over sealed bytes and the passphrase typed.
    #[must_use]
    pub fn new(sealed: Vec<u8>, passphrase: String) -> Self {
        Self { sealed, passphrase: Zeroizing::new(passphrase) }
    }
}

impl KekSource for PassphraseKek {
    fn name(&self) -> &'static str {
        "passphrase"
    }

    fn load(&self) -> Result<Kek, CryptoError> {
        let bytes = self.sealed.as_slice();
        if bytes.len() != Self::LEN || &bytes[..5] != b"TBKEK" {
            return Err(CryptoError::Sealed);
        }
        if bytes[5..7] != 1_u16.to_be_bytes() {
            return Err(CryptoError::Version);
        }
        let (head, sealed) = bytes.split_at(Self::HEAD);
        let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let cost = PassphraseCost { memory_kib: number(7), passes: number(11) };
        let key = stretch(&self.passphrase, &head[15..], cost)?;
        let plain = Zeroizing::new(key.open(head, sealed).map_err(|_| CryptoError::Passphrase)?);
        Kek::from_bytes(&plain)
    }
}

impl fmt::Debug for PassphraseKek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassphraseKek(redacted)")
    }
}

fn stretch(passphrase: &str, salt: &[u8], cost: PassphraseCost) -> Result<DataKey, CryptoError> {
    if cost.memory_kib > PassphraseCost::MEMORY_KIB_MAX || cost.passes > PassphraseCost::PASSES_MAX {
        return Err(CryptoError::Passphrase);
    }
    let params =
        Params::new(cost.memory_kib, cost.passes, 1, Some(DataKey::BYTES)).map_err(|_| CryptoError::Passphrase)?;
    let mut key = Zeroizing::new([0_u8; DataKey::BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| CryptoError::Passphrase)?;
    DataKey::from_bytes(key.as_slice())
}
