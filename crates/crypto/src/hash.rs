//! SM3 (GB/T 32905-2016) and HMAC over it.

use hmac::{Hmac, KeyInit, Mac};
use sm3::Digest as _;
use std::fmt;

/// A 32-byte SM3 value.
pub type Digest = [u8; 32];

/// SM3 of `data`.
#[must_use]
pub fn sm3(data: &[u8]) -> Digest {
    let mut hash = Sm3::new();
    hash.update(data);
    hash.finish()
}

/// Incremental SM3.
#[derive(Clone, Default)]
pub struct Sm3(sm3::Sm3);

impl Sm3 {
    /// Nothing hashed yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The value over everything added.
    #[must_use]
    pub fn finish(self) -> Digest {
        self.0.finalize().into()
    }
}

impl fmt::Debug for Sm3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm3")
    }
}

impl std::io::Write for Sm3 {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Incremental HMAC-SM3 (GB/T 15852.2).
pub struct HmacSm3(Hmac<sm3::Sm3>);

impl HmacSm3 {
    /// Keyed by any number of bytes.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(<Hmac<sm3::Sm3> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// Adds bytes.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The value over everything added.
    #[must_use]
    pub fn finish(self) -> Digest {
        self.0.finalize().into_bytes().into()
    }

    /// Compares in constant time.
    ///
    /// # Errors
    /// [`crate::CryptoError::Signature`] when `tag` is another value.
    pub fn verify(self, tag: &[u8]) -> Result<(), crate::CryptoError> {
        self.0.verify_slice(tag).map_err(|_| crate::CryptoError::Signature)
    }
}

impl fmt::Debug for HmacSm3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacSm3(redacted)")
    }
}

/// HMAC-SM3 of `data` under `key`.
#[must_use]
pub fn hmac_sm3(key: &[u8], data: &[u8]) -> Digest {
    let mut mac = HmacSm3::new(key);
    mac.update(data);
    mac.finish()
}
