//! 终端密钥: the keys of one station and their files.
//!
//! Three keys, never one: signing (SM2), wrapping (SM2), and the key-encrypting key (KEK)
//! that seals the other two on disk. The TLS key is a fourth and belongs to `sync`.

use crate::StoreError;
use crate::durable;
use crate::point::Keep;
use crate::vault::{self, SystemdCreds, Tpm2};
use std::fs;
use std::path::Path;
use tongban_crypto::{
    CryptoError, IndexKey, Kek, KekSource as SealedKek, PassphraseCost, PassphraseKek, SigningKey, VerifyingKey,
    WrapPublic, WrapSecret,
};
use tongban_domain::clock::Rng;
use zeroize::Zeroizing;

const SCRATCH: &str = "scratch.part";
const SIGNING_FILE: &str = "signing.sealed";
const WRAPPING_FILE: &str = "wrapping.sealed";

/// What protects the key-encrypting key on disk.
#[derive(Debug, Clone)]
pub enum KekProtection {
    /// TPM 2.0: only this machine, in the state it was in, opens it.
    Tpm2(Tpm2),
    /// A systemd credential: only this installation opens it (with a TPM: only this machine).
    SystemdCreds(SystemdCreds),
    /// 口令, typed by the technician or handed in by the service manager.
    Passphrase(Zeroizing<String>),
    /// Nothing but the file's mode: a demonstration or a machine whose disk is encrypted as a whole.
    /// Shown as `none` on the status page.
    None,
}

impl KekProtection {
    /// Short name for the status page: `tpm2`, `systemd-creds`, `passphrase` or `none`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Tpm2(_) => "tpm2",
            Self::SystemdCreds(_) => "systemd-creds",
            Self::Passphrase(_) => "passphrase",
            Self::None => "none",
        }
    }

    const fn file(&self) -> &'static str {
        match self {
            Self::Tpm2(_) => "kek.tpm2",
            Self::SystemdCreds(_) => "kek.creds",
            Self::Passphrase(_) => "kek.sealed",
            Self::None => "kek.plain",
        }
    }

    /// The way a directory's key is kept, if there is one: `tpm2`, `systemd-creds`, `passphrase`, `none`.
    #[must_use]
    pub fn in_force(dir: &Path) -> Option<&'static str> {
        const FILES: [(&str, &str); 4] =
            [("kek.tpm2", "tpm2"), ("kek.creds", "systemd-creds"), ("kek.sealed", "passphrase"), ("kek.plain", "none")];
        FILES.into_iter().find(|(file, _)| dir.join(file).exists()).map(|(_, name)| name)
    }

    /// The best way this machine has, for a first start: its TPM, else systemd's credentials, else nothing.
    /// A passphrase is somebody's decision and never chosen here.
    #[must_use]
    pub fn best_here() -> Self {
        if Path::new("/dev/tpmrm0").exists() && vault::is_installed("tpm2_unseal") {
            return Self::Tpm2(Tpm2 { tcti: "device:/dev/tpmrm0".to_owned(), pcrs: "sha256:7".to_owned() });
        }
        if Path::new("/run/systemd/system").exists() && vault::is_installed("systemd-creds") {
            return Self::SystemdCreds(SystemdCreds { with_key: "auto".to_owned() });
        }
        Self::None
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

    /// Seals a small secret of this station (its TLS key) under the key-encrypting key, bound to `name`.
    #[must_use]
    pub fn seal_secret(&self, name: &str, plain: &[u8], rng: &dyn Rng) -> Vec<u8> {
        self.kek.column_key().seal(name.as_bytes(), plain, &mut |buffer: &mut [u8]| rng.fill(buffer))
    }

    /// Opens what [`StationKeys::seal_secret`] made under the same name.
    ///
    /// # Errors
    /// `Seal` with another key, another name or changed bytes.
    pub fn open_secret(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        Ok(Zeroizing::new(self.kek.column_key().open(name.as_bytes(), sealed)?))
    }

    /// Keyed hash of an ID number, for lists of people who work here: without this station's key a list
    /// cannot be searched for a number, nor a number guessed from it.
    #[must_use]
    pub fn attendant_hash(&self, number: &str) -> String {
        hex::encode(self.blind_key.of(&format!("attendant:{}", tongban_domain::check::normalise(number))))
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
    if KekProtection::in_force(dir).is_some_and(|kept| kept != protection.name()) {
        // Going on with a second key would make everything stored unreadable.
        return Err(CryptoError::Passphrase.into());
    }
    let path = dir.join(protection.file());
    let scratch = dir.join(SCRATCH);
    if let Some(bytes) = read(&path)? {
        return match protection {
            KekProtection::Tpm2(tpm) => tpm.open(&bytes, &scratch),
            KekProtection::SystemdCreds(creds) => creds.open(&bytes),
            KekProtection::Passphrase(text) => Ok(PassphraseKek::new(bytes, text.to_string()).load()?),
            KekProtection::None => Ok(Kek::from_bytes(&Zeroizing::new(bytes))?),
        };
    }
    let mut fill = |buffer: &mut [u8]| rng.fill(buffer);
    let kek = Kek::generate(&mut fill);
    let sealed = match protection {
        KekProtection::Tpm2(tpm) => tpm.seal(&kek, &scratch)?,
        KekProtection::SystemdCreds(creds) => creds.seal(&kek)?,
        KekProtection::Passphrase(text) => PassphraseKek::seal(&kek, text, PassphraseCost::default(), &mut fill)?,
        KekProtection::None => kek.expose().to_vec(),
    };
    durable::keep(&path, &Zeroizing::new(sealed), Keep::Key)?;
    Ok(kek)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::file("read a key", error)),
    }
}
