//! 审计: what was done at this station, in a chain, with signed checkpoints.
//!
//! Entries are written in the transaction of what they tell of. A checkpoint is signed every
//! [`CHECKPOINT_ENTRIES`] entries or ten minutes, whichever comes first, and told to the centre, so that
//! a tail cut off by somebody who holds all keys shows at the next contact.

use crate::point::Commit;
use crate::{Store, StoreError};
use rusqlite::{Connection, OptionalExtension};
use tongban_crypto::VerifyingKey;
use tongban_domain::clock::WallTime;
use tongban_domain::event::Digest;
use tongban_protocol::action::NO_HASH;
use tongban_protocol::audit::{AUDIT_TEXT_MAX, AuditCheckpoint, AuditEntry};

/// Entries after which a checkpoint is signed.
pub const CHECKPOINT_ENTRIES: u64 = 1000;
/// Time after which one is signed, ms of wall time.
pub const CHECKPOINT_MS: i64 = 10 * 60 * 1000;

const HOUR_MS: i64 = 3600 * 1000;
/// Cursor that keeps the last hour the centre told.
const CENTRE_HOUR: &str = "centre.hour";

/// What is told of one thing done. Codes and identifiers only; nothing personal.
#[derive(Debug, Clone, Copy)]
pub struct Note<'a> {
    /// Who: `station`, `applicant`, `staff:<account>`.
    pub actor: &'a str,
    /// What, for example `evidence.viewed`.
    pub action: &'a str,
    /// On what.
    pub object: &'a str,
    /// `ok` or an error code.
    pub result: &'a str,
}

/// What an audit check counted, and the first thing wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Entries read.
    pub entries: u64,
    /// Checkpoints whose signature was checked.
    pub checkpoints: u64,
    /// Number and reason of the first entry that does not hold.
    pub broken_at: Option<(u64, String)>,
}

impl Store {
    /// Writes an entry of its own: for what happens outside the store (sign-in, evidence viewed, export).
    ///
    /// # Errors
    /// `Database`.
    pub fn note(&self, note: &Note<'_>) -> Result<(), StoreError> {
        self.write(Commit::Audit, |tx| self.note_in(tx, note))
    }

    /// Writes an entry in a transaction under way, and a checkpoint when one is due.
    pub(crate) fn note_in(&self, tx: &Connection, note: &Note<'_>) -> Result<(), StoreError> {
        let (n, prev_hash) = head(tx)?;
        let entry = AuditEntry {
            n: n + 1,
            prev_hash,
            wall: self.clock.wall(),
            boot: self.clock.boot(),
            actor: clip(note.actor),
            action: clip(note.action),
            object: clip(note.object),
            result: clip(note.result),
            detail_sm3: NO_HASH,
        };
        let hash = entry.hash();
        tx.prepare("INSERT INTO audit (n, bytes, hash) VALUES (?1, ?2, ?3)")?.execute((
            entry.n as i64,
            entry.canonical_bytes(),
            hash.0,
        ))?;
        let last = checkpoint(tx)?;
        let due = last.is_none_or(|last| {
            entry.n - last.n >= CHECKPOINT_ENTRIES || (entry.wall.0 - last.wall_ms).abs() >= CHECKPOINT_MS
        });
        if due {
            let point = AuditCheckpoint {
                station: self.config.station.clone(),
                n: entry.n,
                hash,
                wall_ms: entry.wall.0,
                signature: Vec::new(),
            };
            let point = point.sign(&self.keys.signing)?;
            let json = serde_json::to_string(&point).expect("a checkpoint is JSON");
            tx.execute("INSERT INTO audit_checkpoint (n, json) VALUES (?1, ?2)", (entry.n as i64, json))?;
        }
        Ok(())
    }

    /// Entries after number `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// `Database`, `Format`.
    pub fn audit(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(|conn| {
            let mut statement = conn.prepare("SELECT bytes FROM audit WHERE n > ?1 ORDER BY n LIMIT ?2")?;
            let rows = statement.query_map((after as i64, limit), |row| row.get::<_, Vec<u8>>(0))?;
            rows.map(|row| Ok(AuditEntry::parse(&row?)?)).collect()
        })
    }

    /// The last signed checkpoint: what the centre is told.
    ///
    /// # Errors
    /// `Database`, `Unsound`.
    pub fn audit_checkpoint(&self) -> Result<Option<AuditCheckpoint>, StoreError> {
        self.read(checkpoint)
    }

    /// Walks the whole audit: numbers, hashes, checkpoints and their signatures, stopping at the first fault.
    ///
    /// # Errors
    /// Only when the audit cannot be read; what it finds stands in the report.
    pub fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        let ours = self.keys.signing.verifying_key();
        self.read(|conn| verify(conn, &ours))
    }

    /// The centre told its time: kept by the hour, so that a machine whose clock died knows what has passed.
    ///
    /// # Errors
    /// `Database`.
    pub fn heard_time(&self, centre: WallTime) -> Result<(), StoreError> {
        let hour = u64::try_from(centre.0 / HOUR_MS).unwrap_or(0);
        if hour > self.cursor(CENTRE_HOUR)? { self.set_cursor(CENTRE_HOUR, hour) } else { Ok(()) }
    }

    /// A moment that has passed for certain: the last hour the centre told; 1970 before the first.
    ///
    /// # Errors
    /// `Database`.
    pub fn passed_for_certain(&self) -> Result<WallTime, StoreError> {
        let hour = i64::try_from(self.cursor(CENTRE_HOUR)?).unwrap_or(0);
        Ok(WallTime(hour.saturating_mul(HOUR_MS)))
    }

    /// How far the wall clock stands behind the last thing written, ms; 0 when it runs on.
    ///
    /// # Errors
    /// `Database`, `Format`.
    pub fn clock_behind_ms(&self) -> Result<i64, StoreError> {
        let last = self.read(last_wall)?;
        Ok(last.map_or(0, |last| last.0.saturating_sub(self.clock.wall().0)).max(0))
    }
}

/// Wall time of the last entry.
pub(crate) fn last_wall(conn: &Connection) -> Result<Option<WallTime>, StoreError> {
    let bytes: Option<Vec<u8>> =
        conn.query_row("SELECT bytes FROM audit ORDER BY n DESC LIMIT 1", [], |row| row.get(0)).optional()?;
    bytes.map(|bytes| Ok(AuditEntry::parse(&bytes)?.wall)).transpose()
}

/// Number and hash of the last entry.
pub(crate) fn head(conn: &Connection) -> Result<(u64, Digest), StoreError> {
    let found = conn
        .query_row("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1", [], |row| {
            Ok((row.get::<_, i64>(0)?.max(0) as u64, Digest(row.get(1)?)))
        })
        .optional()?;
    Ok(found.unwrap_or((0, NO_HASH)))
}

fn checkpoint(conn: &Connection) -> Result<Option<AuditCheckpoint>, StoreError> {
    let json: Option<String> =
        conn.query_row("SELECT json FROM audit_checkpoint ORDER BY n DESC LIMIT 1", [], |row| row.get(0)).optional()?;
    json.map(|json| serde_json::from_str(&json).map_err(|_| StoreError::Unsound("audit checkpoint".to_owned())))
        .transpose()
}

fn verify(conn: &Connection, ours: &VerifyingKey) -> Result<AuditReport, StoreError> {
    let mut report = AuditReport::default();
    let mut points = conn.prepare("SELECT n, json FROM audit_checkpoint ORDER BY n")?;
    let mut points = points
        .query_map([], |row| Ok((row.get::<_, i64>(0)?.max(0) as u64, row.get::<_, String>(1)?)))?
        .collect::<Result<std::collections::VecDeque<_>, _>>()?;
    let mut statement = conn.prepare("SELECT n, bytes, hash FROM audit ORDER BY n")?;
    let mut rows = statement.query([])?;
    let mut last = NO_HASH;
    while let Some(row) = rows.next()? {
        let (n, bytes, kept) =
            (row.get::<_, i64>(0)?.max(0) as u64, row.get::<_, Vec<u8>>(1)?, Digest(row.get::<_, [u8; 32]>(2)?));
        report.entries += 1;
        let broken = |why: &str| Some((n, why.to_owned()));
        let Ok(entry) = AuditEntry::parse(&bytes) else {
            report.broken_at = broken("cannot be read");
            return Ok(report);
        };
        let hash = entry.hash();
        let why = match () {
            () if n != report.entries || entry.n != n => Some("number is not the next"),
            () if entry.prev_hash != last => Some("does not follow the entry before"),
            () if hash != kept => Some("is not what its hash says"),
            () => None,
        };
        if let Some(why) = why {
            report.broken_at = broken(why);
            return Ok(report);
        }
        if points.front().is_some_and(|(at, _)| *at == n) {
            let (_, json) = points.pop_front().expect("looked at just now");
            let point: Option<AuditCheckpoint> = serde_json::from_str(&json).ok();
            if point.is_none_or(|point| point.n != n || point.hash != hash || point.verify(ours).is_err()) {
                report.broken_at = broken("its checkpoint does not hold");
                return Ok(report);
            }
            report.checkpoints += 1;
        }
        last = hash;
    }
    if let Some((n, _)) = points.front() {
        report.broken_at = Some((*n, "was signed for and is gone".to_owned()));
    }
    Ok(report)
}

fn clip(text: &str) -> String {
    let mut end = text.len().min(AUDIT_TEXT_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
