//! The centre's own keys: SM2 for signing and for unwrapping case keys, one key-encrypting
//! key for its columns, P-256 for its certificate authority and TLS.
//!
//! They lie in `keys/` of the data directory, mode 0600. What the key-encrypting key seals
//! (names and numbers in the database) is therefore only as safe as that directory.

use crate::error::{CentreError, Result};
use crate::storage::blobs::{create_dir, write_durable};
use std::fs;
use std::path::Path;
use tongban_crypto::{DataKey, IndexKey, Kek, SigningKey, WrapSecret};
use tongban_domain::clock::Rng;
use tongban_domain::event::Digest;

/// Keys in memory.
pub struct Keys {
    /// Signs receipts and the centre's actions.
    pub signing: SigningKey,
    /// Opens case keys wrapped for the centre.
    pub wrapping: WrapSecret,
    columns: DataKey,
    index: IndexKey,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(redacted)")
    }
}

impl Keys {
    /// Reads the keys, making them on the first start.
    pub fn open(dir: &Path, rng: &dyn Rng) -> Result<Self> {
        create_dir(dir)?;
        let mut fill = |buffer: &mut [u8]| rng.fill(buffer);
        let signing = load_or(&dir.join("signing.pem"), || {
            SigningKey::generate(&mut fill)
                .to_pem()
                .map(|pem| pem.as_bytes().to_vec())
                .map_err(CentreError::crypto("signing key"))
        })?;
        let wrapping = load_or(&dir.join("wrapping.pem"), || {
            WrapSecret::generate(&mut fill)
                .to_pem()
                .map(|pem| pem.as_bytes().to_vec())
                .map_err(CentreError::crypto("wrapping key"))
        })?;
        let kek = load_or(&dir.join("kek.bin"), || Ok(Kek::generate(&mut fill).expose().to_vec()))?;
        let kek = Kek::from_bytes(&kek).map_err(CentreError::crypto("key-encrypting key"))?;
        Ok(Self {
            signing: SigningKey::from_pem(&text(&signing)?).map_err(CentreError::crypto("signing key"))?,
            wrapping: WrapSecret::from_pem(&text(&wrapping)?).map_err(CentreError::crypto("wrapping key"))?,
            columns: kek.column_key(),
            index: kek.index_key(),
        })
    }

    /// Keyed index of a text, for exact search over sealed columns.
    #[must_use]
    pub fn index(&self, text: &str) -> Digest {
        Digest(self.index.of(text))
    }

    /// Keyed index of a person or firm in logs; another value than [`Keys::index`] gives.
    #[must_use]
    pub fn subject(&self, text: &str) -> Digest {
        Digest(self.index.of(&format!("subject:{text}")))
    }

    /// Seals a column value.
    #[must_use]
    pub fn seal(&self, column: &str, text: &[u8], rng: &dyn Rng) -> Vec<u8> {
        self.columns.seal(column.as_bytes(), text, &mut |buffer: &mut [u8]| rng.fill(buffer))
    }

    /// Opens a column value.
    pub fn open_sealed(&self, column: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        self.columns
            .open(column.as_bytes(), sealed)
            .map_err(|_| CentreError::Damaged(format!("sealed column {column}")))
    }
}

/// Reads a file, or makes it durable with what `make` gives.
pub(crate) fn load_or(path: &Path, make: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            let bytes = make()?;
            write_durable(path, &bytes)?;
            Ok(bytes)
        }
        Err(source) => Err(CentreError::File { operation: "read key file".into(), source }),
    }
}

/// Key files are text.
pub(crate) fn text(bytes: &[u8]) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| CentreError::Damaged("key file is not text".into()))
}
