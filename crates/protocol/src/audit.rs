//! 审计记录: what was done at a station, each entry bound to the one before, and signed checkpoints.
//!
//! Entry: `["tongban.audit", 1, n, prev_hash, wall, boot, actor, action, object, result, detail_sm3]`;
//! its hash is SM3 of these bytes, so that an entry names everything before it.
//! Checkpoint: `["tongban.checkpoint", 1, station, n, hash, wall]`, signed by the station.

use crate::FormatError;
use crate::canon::{In, Out};
use serde::{Deserialize, Serialize};
use tongban_crypto::{SigningKey, VerifyingKey, sm3};
use tongban_domain::clock::{BootTime, WallTime};
use tongban_domain::event::Digest;
use tongban_domain::ids::StationId;

const WHAT: &str = "audit entry";
const NAME: &str = "tongban.audit";
const CHECKPOINT: &str = "tongban.checkpoint";
/// Longest text of one field, bytes; longer ones are cut by whoever writes them.
pub const AUDIT_TEXT_MAX: usize = 256;

/// 审计记录: one entry. Texts hold codes and identifiers, nothing personal; what is personal is named by its SM3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// 1, 2, 3 … without gap.
    pub n: u64,
    /// Hash of the entry before; zero for the first.
    pub prev_hash: Digest,
    /// Wall time at the station.
    pub wall: WallTime,
    /// Boot time at the station.
    pub boot: BootTime,
    /// Who: `station`, `applicant`, `staff:<account>`.
    pub actor: String,
    /// What, for example `print.intended`.
    pub action: String,
    /// On what: a case, a bundle, a serial.
    pub object: String,
    /// `ok` or an error code.
    pub result: String,
    /// SM3 of further detail kept elsewhere; zero for none.
    pub detail_sm3: Digest,
}

impl AuditEntry {
    /// The canonical bytes.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut out = Out::new();
        out.array(11)
            .text(NAME)
            .uint(1)
            .uint(self.n)
            .bytes(&self.prev_hash.0)
            .int(self.wall.0)
            .uint(self.boot.0)
            .text(&self.actor)
            .text(&self.action)
            .text(&self.object)
            .text(&self.result)
            .bytes(&self.detail_sm3.0);
        out.done()
    }

    /// SM3 of the canonical bytes: what the next entry names.
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest(sm3(&self.canonical_bytes()))
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`FormatError`] for anything but the one encoding of a known version.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut input = In::new(WHAT, bytes)?;
        input.head(NAME, 11)?;
        let entry = Self {
            n: input.uint()?,
            prev_hash: Digest(input.fixed()?),
            wall: WallTime(input.int()?),
            boot: BootTime(input.uint()?),
            actor: input.text(AUDIT_TEXT_MAX)?.to_owned(),
            action: input.text(AUDIT_TEXT_MAX)?.to_owned(),
            object: input.text(AUDIT_TEXT_MAX)?.to_owned(),
            result: input.text(AUDIT_TEXT_MAX)?.to_owned(),
            detail_sm3: Digest(input.fixed()?),
        };
        if entry.n == 0 { Err(FormatError::malformed(WHAT, "entries count from 1")) } else { Ok(entry) }
    }
}

/// 检查点: the station's signed word that its audit stood here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditCheckpoint {
    /// The station.
    pub station: StationId,
    /// Number of the last entry covered.
    pub n: u64,
    /// Its hash.
    pub hash: Digest,
    /// When, ms by the station's clock.
    pub wall_ms: i64,
    /// DER SM2 signature over the canonical bytes of all fields above.
    pub signature: Vec<u8>,
}

impl AuditCheckpoint {
    /// The bytes the signature covers.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut out = Out::new();
        out.array(6).text(CHECKPOINT).uint(1).text(&self.station.0).uint(self.n).bytes(&self.hash.0).int(self.wall_ms);
        out.done()
    }

    /// Signs, replacing any signature there was.
    ///
    /// # Errors
    /// [`FormatError::Key`].
    pub fn sign(mut self, key: &SigningKey) -> Result<Self, FormatError> {
        self.signature =
            key.sign(&self.canonical_bytes()).map_err(|_| FormatError::Key { what: "audit checkpoint" })?;
        Ok(self)
    }

    /// Checks the station's signature.
    ///
    /// # Errors
    /// [`FormatError::Signature`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), FormatError> {
        key.verify(&self.canonical_bytes(), &self.signature)
            .map_err(|_| FormatError::Signature { what: "audit checkpoint" })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;
    use crate::seeded::SeededRng;
    use tongban_domain::clock::Rng;

    fn entry() -> AuditEntry {
        AuditEntry {
            n: 7,
            prev_hash: Digest([3; 32]),
            wall: WallTime(-5),
            boot: BootTime(60_000),
            actor: "staff:chen.window".to_owned(),
            action: "print.intended".to_owned(),
            object: "A0001".to_owned(),
            result: "ok".to_owned(),
            detail_sm3: Digest([0; 32]),
        }
    }

    #[test]
    fn every_field_of_an_entry_is_in_its_hash_and_comes_back() {
        let one = entry();
        assert_eq!(AuditEntry::parse(&one.canonical_bytes()).unwrap(), one);
        let others = [
            AuditEntry { n: 8, ..entry() },
            AuditEntry { prev_hash: Digest([4; 32]), ..entry() },
            AuditEntry { wall: WallTime(5), ..entry() },
            AuditEntry { boot: BootTime(1), ..entry() },
            AuditEntry { actor: String::new(), ..entry() },
            AuditEntry { action: "print.sent".to_owned(), ..entry() },
            AuditEntry { object: "A0002".to_owned(), ..entry() },
            AuditEntry { result: "S101".to_owned(), ..entry() },
            AuditEntry { detail_sm3: Digest([1; 32]), ..entry() },
        ];
        assert!(others.iter().all(|other| other.hash() != one.hash()));
    }

    #[test]
    fn every_changed_byte_of_an_entry_is_another_entry_or_none() {
        let bytes = entry().canonical_bytes();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(AuditEntry::parse(&changed).is_err() || sm3(&changed) != entry().hash().0, "byte {at}");
        }
        assert!(AuditEntry::parse(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn a_checkpoint_holds_for_its_key_and_its_content_only() {
        let key = |seed| SigningKey::generate(&mut |buffer: &mut [u8]| SeededRng::new(seed).fill(buffer));
        let point = AuditCheckpoint {
            station: StationId::from("890102-001-K03"),
            n: 7,
            hash: entry().hash(),
            wall_ms: 9,
            signature: Vec::new(),
        };
        let point = point.sign(&key(1)).unwrap();
        point.verify(&key(1).verifying_key()).unwrap();
        assert!(point.verify(&key(2).verifying_key()).is_err());
        assert!(AuditCheckpoint { n: 6, ..point.clone() }.verify(&key(1).verifying_key()).is_err());
    }
}
