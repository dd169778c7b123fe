//! Projections: what lists need without opening every chain. Rebuildable from the actions at any time.

use crate::point::Commit;
use crate::{Store, StoreError, case};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::fmt;
use tongban_crypto::{DataKey, Fill};
use tongban_domain::case::{Case, CaseStatus};
use tongban_domain::clock::WallTime;
use tongban_domain::ids::{CaseId, ItemKey};
use uuid::Uuid;

/// One line of a list of cases. Debug shows nothing personal.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseSummary {
    /// The case.
    pub case: CaseId,
    /// When it was opened here.
    pub opened: WallTime,
    /// When it last changed here.
    pub changed: WallTime,
    /// 办件状态 as this station knows it.
    pub status: CaseStatus,
    /// The item chosen.
    pub item: Option<ItemKey>,
    /// Name of the applicant; `None` before the card was read or after the case was erased.
    pub applicant: Option<String>,
    /// 受理号.
    pub receipt: Option<String>,
    /// Version: `case_seq` of the last action.
    pub version: u64,
    /// Whether the centre has signed for everything.
    pub acknowledged: bool,
    /// Whether its content was erased here.
    pub erased: bool,
}

impl fmt::Debug for CaseSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseSummary({}, {}, v{})", self.case, self.status.as_str(), self.version)
    }
}

/// The sealed part.
#[derive(Serialize, Deserialize)]
struct Sealed {
    applicant: Option<String>,
    receipt: Option<String>,
}

fn aad(case: CaseId) -> Vec<u8> {
    let mut aad = b"tongban.summary.v1".to_vec();
    aad.extend_from_slice(case.0.as_bytes());
    aad
}

pub(crate) fn seal(case: &Case, key: &DataKey, fill: &mut Fill<'_>) -> Vec<u8> {
    let part =
        Sealed { applicant: case.card().map(|card| card.name.clone()), receipt: case.receipt().map(str::to_owned) };
    let plain = serde_json::to_vec(&part).expect("two texts are JSON");
    key.seal(&aad(case.id()), &plain, fill)
}

fn open(case: CaseId, key: &DataKey, sealed: &[u8]) -> Result<Sealed, StoreError> {
    let plain = key.open(&aad(case), sealed)?;
    serde_json::from_slice(&plain).map_err(|_| StoreError::Unsound(format!("summary of case {case}")))
}

type Row = ([u8; 16], i64, i64, String, Option<String>, i64, Option<Vec<u8>>, bool, bool);

pub(crate) fn summaries(store: &Store, conn: &Connection) -> Result<Vec<CaseSummary>, StoreError> {
    let mut statement = conn.prepare(
        "SELECT case_id, opened_wall, changed_wall, status, item, head_seq, summary,
                acked_wall IS NOT NULL, key_station IS NULL
         FROM case_file ORDER BY rowid DESC",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
            row.get(6)?,
            row.get(7)?,
            row.get(8)?,
        ))
    })?;
    rows.map(|row| one(store, conn, row?)).collect()
}

fn one(store: &Store, conn: &Connection, row: Row) -> Result<CaseSummary, StoreError> {
    let (id, opened, changed, status, item, version, summary, acknowledged, erased) = row;
    let case = CaseId(Uuid::from_bytes(id));
    let status = CaseStatus::parse(&status).ok_or_else(|| StoreError::Unsound(format!("status of case {case}")))?;
    let sealed = match summary.filter(|_| !erased) {
        Some(sealed) => open(case, &store.case_key(conn, case)?, &sealed)?,
        None => Sealed { applicant: None, receipt: None },
    };
    Ok(CaseSummary {
        case,
        opened: WallTime(opened),
        changed: WallTime(changed),
        status,
        item: item.map(ItemKey),
        applicant: sealed.applicant,
        receipt: sealed.receipt,
        version: version.max(0) as u64,
        acknowledged,
        erased,
    })
}

impl Store {
    /// Compares every projection with a fresh fold of its actions; the cases that differ.
    ///
    /// # Errors
    /// `Database`, `Seal`, `Format`.
    pub fn stale_projections(&self) -> Result<Vec<CaseId>, StoreError> {
        self.read(|conn| {
            let mut stale = Vec::new();
            for summary in summaries(self, conn)?.into_iter().filter(|summary| !summary.erased) {
                let key = self.case_key(conn, summary.case)?;
                let folded = case::fold_with(conn, summary.case, &key, &self.config.station)?;
                let index: Option<[u8; 32]> = conn.query_row(
                    "SELECT applicant_index FROM case_file WHERE case_id = ?1",
                    [summary.case.0.as_bytes()],
                    |row| row.get(0),
                )?;
                let last: i64 = conn.query_row(
                    "SELECT coalesce(max(case_seq), 0) FROM action WHERE case_id = ?1",
                    [summary.case.0.as_bytes()],
                    |row| row.get(0),
                )?;
                let same = summary.status == folded.status()
                    && summary.item.as_ref() == folded.item().map(|(item, _)| item)
                    && summary.applicant.as_deref() == folded.card().map(|card| card.name.as_str())
                    && summary.receipt.as_deref() == folded.receipt()
                    && index == folded.card().map(|card| self.card_index(&card.number))
                    && summary.version == last.max(0) as u64;
                if !same {
                    stale.push(summary.case);
                }
            }
            Ok(stale)
        })
    }

    /// Writes every projection anew from the actions; how many were rewritten.
    ///
    /// # Errors
    /// `Database`, `Seal`, `Format`.
    pub fn rebuild_projections(&self) -> Result<usize, StoreError> {
        self.write(Commit::Rebuild, |tx| {
            let mut statement = tx.prepare("SELECT case_id FROM case_file WHERE key_station IS NOT NULL")?;
            let ids = statement.query_map([], |row| row.get::<_, [u8; 16]>(0))?.collect::<Result<Vec<_>, _>>()?;
            for id in &ids {
                let case = CaseId(Uuid::from_bytes(*id));
                let key = self.case_key(tx, case)?;
                let folded = case::fold_with(tx, case, &key, &self.config.station)?;
                let summary = seal(&folded, &key, &mut |buffer: &mut [u8]| self.fill(buffer));
                let index = folded.card().map(|card| self.card_index(&card.number));
                tx.execute(
                    "UPDATE case_file SET status = ?2, item = ?3, summary = ?4, applicant_index = ?5,
                         released = EXISTS (SELECT 1 FROM action WHERE case_id = ?1 AND kind IN ('Submitted', 'HandedOn')),
                         head_seq = (SELECT max(case_seq) FROM action WHERE case_id = ?1),
                         head_hash = (SELECT hash FROM action WHERE case_id = ?1 ORDER BY case_seq DESC LIMIT 1)
                     WHERE case_id = ?1",
                    (id, folded.status().as_str(), folded.item().map(|(item, _)| item.0.as_str()), &summary, index),
                )?;
            }
            Ok(ids.len())
        })
    }
}
