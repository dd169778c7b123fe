//! 终端密钥: the keys of one station and their files.
//!
//! Three keys, never one: signing (SM2), wrapping (SM2), and the key-encrypting key (KEK)
//! that seals the other two on disk. The TLS key is a fourth and belongs to `sync`.

use crate::StoreError;
use crate::durable;
use crate::point::Keep;
use std::fs;
use std::path::Path;
use tongban_crypto::{
    CryptoError, IndexKey, Kek, KekSource as SealedKek, PassphraseCost, PassphraseKek, SigningKey, VerifyingKey,
    WrapPublic, WrapSecret,
};
use tongban_domain::clock::Rng;
use zeroize::Zeroizing;

const KEK_FILE: &str = "kek.sealed";
const KEK_PLAIN_FILE: &str = "kek.plain";
const SIGNING_FILE: &str = "signing.sealed";
const WRAPPING_FILE: &str = "wrapping.sealed";

/// What protects the key-encrypting key on disk.
#[derive(Debug, Clone)]
pub enum KekProtection {
    /// 口令, typed by the technician or handed in by systemd-creds.
    Passphrase(Zeroizing<String>),
    /// Nothing but the file's mode: a demonstration or a machine whose disk is encrypted as a whole.
    /// Shown as `none` on the status page.
    None,
}

impl KekProtection {
    /// Short name for the status page: `passphrase` or `none`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Passphrase(_) => "passphrase",
            Self::None => "none",
        }
    }
}

/// The keys a store works with.
#[derive(Debug, Clone)]
pub struct StationKeys {
    /// Signs actions.
    pub signing: SigningKey,
    /// Opens case keys wrapped for this station.
    pub wrap_secret: WrapSecret,
    /// Wraps case keys for the centre; `None` before enrolment.
    pub centre_wrap: Option<WrapPublic>,
    /// Verifies the centre's receipts; `None` before enrolment.
    pub centre_verify: Option<VerifyingKey>,
    /// Wraps case keys in our own database.
    pub kek: Kek,
    /// Key of the blind index over card numbers.
    pub blind_key: IndexKey,
}

impl StationKeys {
    /// New random keys that are written nowhere.
    #[must_use]
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut fill = |buffer: &mut [u8]| rng.fill(buffer);
        let kek = Kek::generate(&mut fill);
        Self {
            signing: SigningKey::generate(&mut fill),
            wrap_secret: WrapSecret::generate(&mut fill),
            centre_wrap: None,
            centre_verify: None,
            blind_key: kek.index_key(),
            kek,
        }
    }

    /// Loads the keys kept in `dir`, or makes and keeps them at the first start.
    /// The centre's keys are not among them: add them with [`StationKeys::enrolled`].
    ///
    /// # Errors
    /// `Seal` for a wrong passphrase or changed files; `File` for the disk. Keys that exist are never overwritten.
    pub fn create_or_load(dir: &Path, protection: &KekProtection, rng: &dyn Rng) -> Result<Self, StoreError> {
        durable::directory(dir)?;
        let kek = load_or_make_kek(dir, protection, rng)?;
        let column = kek.column_key();
        let secret = |name: &'static str, make: &dyn Fn() -> Zeroizing<[u8; 32]>| {
            let path = dir.join(name);
            if let Some(sealed) = read(&path)? {
                return Ok(Zeroizing::new(column.open(name.as_bytes(), &sealed)?));
            }
            let bytes = make();
            let sealed = column.seal(name.as_bytes(), bytes.as_slice(), &mut |buffer: &mut [u8]| rng.fill(buffer));
            durable::keep(&path, &sealed, Keep::Key)?;
            Ok::<_, StoreError>(Zeroizing::new(bytes.to_vec()))
        };
        let new = || Self::generate(rng);
        let signing = secret(SIGNING_FILE, &|| new().signing.to_bytes())?;
        let wrapping = secret(WRAPPING_FILE, &|| new().wrap_secret.to_bytes())?;
        Ok(Self {
            signing: SigningKey::from_bytes(&signing)?,
            wrap_secret: WrapSecret::from_bytes(&wrapping)?,
            centre_wrap: None,
            centre_verify: None,
            blind_key: kek.index_key(),
            kek,
        })
    }

    /// With the centre's public keys as the enrolment reply gives them (hex of 65 bytes each).
    ///
    /// # Errors
    /// `Seal` when a text is not such a key.
    pub fn enrolled(mut self, signing_hex: &str, wrapping_hex: &str) -> Result<Self, StoreError> {
        self.centre_verify = Some(VerifyingKey::from_hex(signing_hex)?);
        self.centre_wrap = Some(WrapPublic::from_hex(wrapping_hex)?);
        Ok(self)
    }
}

fn load_or_make_kek(dir: &Path, protection: &KekProtection, rng: &dyn Rng) -> Result<Kek, StoreError> {
    let (name, other) = match protection {
        KekProtection::Passphrase(_) => (KEK_FILE, KEK_PLAIN_FILE),
        KekProtection::None => (KEK_PLAIN_FILE, KEK_FILE),
    };
    if dir.join(other).exists() {
        // Going on with a second key would make everything stored unreadable.
        return Err(CryptoError::Passphrase.into());
    }
    let mut fill = |buffer: &mut [u8]| rng.fill(buffer);
    if let Some(bytes) = read(&dir.join(name))? {
        return Ok(match protection {
            KekProtection::Passphrase(text) => PassphraseKek::new(bytes, text.to_string()).load()?,
            KekProtection::None => Kek::from_bytes(&Zeroizing::new(bytes))?,
        });
    }
    let kek = Kek::generate(&mut fill);
    match protection {
        KekProtection::Passphrase(text) => {
            let sealed = PassphraseKek::seal(&kek, text, PassphraseCost::default(), &mut fill)?;
            durable::keep(&dir.join(name), &sealed, Keep::Key)?;
        }
        KekProtection::None => durable::keep(&dir.join(name), kek.expose(), Keep::Key)?,
    }
    Ok(kek)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::file("read a key", error)),
    }
}
