//! 待传队列: what has not been signed for, as people see it, and what became of attempts to send it.
//!
//! A draft never leaves the station unless its applicant hands it on; everything of a case leaves from its submission
//! on.

use crate::audit::Note;
use crate::point::Commit;
use crate::{Store, StoreError};
use rusqlite::Connection;
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use uuid::Uuid;

/// Where a bundle stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BundleState {
    /// 待传: to be sent, or being sent.
    Waiting,
    /// 隔离: the centre refused it; a person must look. Nothing else of the case is sent meanwhile.
    Quarantined,
    /// 已入库: the centre signed for it.
    Acknowledged,
}

impl BundleState {
    /// Stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Quarantined => "quarantined",
            Self::Acknowledged => "acknowledged",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Quarantined, Self::Acknowledged].into_iter().find(|state| state.as_str() == text)
    }
}

/// One line of the queue as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// The bundle; `None` for actions not grouped yet.
    pub bundle: Option<Uuid>,
    /// The case.
    pub case: CaseId,
    /// Kinds of its actions in order, for example `Opened … Submitted`.
    pub kinds: Vec<String>,
    /// Where it stands.
    pub state: BundleState,
    /// Failed attempts so far.
    pub tries: u32,
    /// When the next attempt is due (wall time, for people to read).
    pub next_try: Option<WallTime>,
    /// Why the last attempt failed.
    pub last_error: Option<ErrorCode>,
    /// Length, 0 when not grouped yet.
    pub bytes: u64,
}

impl Store {
    /// Everything that has not been signed for, in the order it was made.
    ///
    /// # Errors
    /// `Database`.
    pub fn outbox(&self) -> Result<Vec<OutboxRow>, StoreError> {
        self.read(|conn| {
            let mut rows = bundle_rows(conn)?;
            rows.extend(loose_rows(conn)?);
            Ok(rows)
        })
    }

    /// An attempt to send failed.
    ///
    /// # Errors
    /// `NoBundle`, `Database`.
    pub fn record_attempt(&self, bundle: Uuid, code: ErrorCode, next_try: Option<WallTime>) -> Result<(), StoreError> {
        self.write(Commit::Attempt, |tx| {
            let changed = tx.execute(
                "UPDATE bundle SET tries = tries + 1, last_error = ?2, next_try = ?3 WHERE id = ?1",
                (bundle.as_bytes(), code.as_str(), next_try.map(|wall| wall.0)),
            )?;
            known(changed, bundle)
        })
    }

    /// The centre refused a bundle for good: set aside until a person looks.
    ///
    /// # Errors
    /// `NoBundle`, `Database`.
    pub fn quarantine(&self, bundle: Uuid, code: ErrorCode) -> Result<(), StoreError> {
        self.write(Commit::Quarantine, |tx| {
            let changed = tx.execute(
                "UPDATE bundle SET state = 'quarantined', tries = tries + 1, last_error = ?2, next_try = NULL
                 WHERE id = ?1 AND state != 'acknowledged'",
                (bundle.as_bytes(), code.as_str()),
            )?;
            known(changed, bundle)?;
            let object = bundle.to_string();
            let note = Note { actor: "station", action: "bundle.quarantined", object: &object, result: code.as_str() };
            self.note_in(tx, &note)
        })
    }

    /// A person looked: the same bytes are sent again.
    ///
    /// # Errors
    /// `NoBundle`, `Database`.
    pub fn retry(&self, bundle: Uuid) -> Result<(), StoreError> {
        self.write(Commit::Quarantine, |tx| {
            let changed = tx.execute(
                "UPDATE bundle SET state = 'waiting', next_try = NULL WHERE id = ?1 AND state != 'acknowledged'",
                [bundle.as_bytes()],
            )?;
            known(changed, bundle)?;
            let object = bundle.to_string();
            self.note_in(tx, &Note { actor: "station", action: "bundle.retried", object: &object, result: "ok" })
        })
    }
}

fn known(changed: usize, bundle: Uuid) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::NoBundle(bundle)) }
}

pub(crate) fn state_of(text: &str) -> Result<BundleState, StoreError> {
    BundleState::parse(text).ok_or_else(|| StoreError::Unsound(format!("bundle state {text}")))
}

fn bundle_rows(conn: &Connection) -> Result<Vec<OutboxRow>, StoreError> {
    let mut statement = conn.prepare(
        "SELECT id, case_id, state, tries, next_try, last_error, bytes,
                (SELECT group_concat(kind, ' ') FROM
                    (SELECT kind FROM action WHERE action.bundle = bundle.id ORDER BY case_seq))
         FROM bundle WHERE state != 'acknowledged' ORDER BY rowid",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(OutboxRow {
            bundle: Some(Uuid::from_bytes(row.get(0)?)),
            case: CaseId(Uuid::from_bytes(row.get(1)?)),
            state: state_of(&row.get::<_, String>(2)?)?,
            tries: row.get(3)?,
            next_try: row.get::<_, Option<i64>>(4)?.map(WallTime),
            last_error: row.get::<_, Option<String>>(5)?.and_then(|code| ErrorCode::parse(&code)),
            bytes: row.get::<_, i64>(6)?.max(0) as u64,
            kinds: kinds(row.get(7)?),
        });
    }
    Ok(found)
}

/// Cases with actions that are in no bundle yet, oldest first.
fn loose_rows(conn: &Connection) -> Result<Vec<OutboxRow>, StoreError> {
    let mut statement = conn.prepare(
        "SELECT case_id,
                (SELECT group_concat(kind, ' ') FROM
                    (SELECT kind FROM action WHERE case_id = case_file.case_id AND bundle IS NULL ORDER BY case_seq))
         FROM case_file WHERE released = 1 AND key_station IS NOT NULL
           AND EXISTS (SELECT 1 FROM action WHERE case_id = case_file.case_id AND bundle IS NULL)
         ORDER BY rowid",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(OutboxRow {
            bundle: None,
            case: CaseId(Uuid::from_bytes(row.get(0)?)),
            kinds: kinds(row.get(1)?),
            state: BundleState::Waiting,
            tries: 0,
            next_try: None,
            last_error: None,
            bytes: 0,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn kinds(text: Option<String>) -> Vec<String> {
    text.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}
