//! Looking the whole store over: what the technician's self-test and every fault test ask.

use crate::bundle::is_whole;
use crate::{StationKeys, Store, StoreConfig, StoreError, case};
use rusqlite::Connection;
use std::fs;
use std::sync::Arc;
use tongban_crypto::{VerifyingKey, sm3};
use tongban_domain::clock::{Clock, Ids, Rng};
use tongban_domain::event::Digest;
use tongban_domain::ids::{ActionId, CaseId};
use tongban_protocol::action::{NO_HASH, Origin};
use tongban_protocol::bundle::{BundleReceipt, StationLink};
use tongban_protocol::chain::check_chain;
use uuid::Uuid;

/// What a check counted, and what it found wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Cases looked at.
    pub cases: usize,
    /// Actions whose chain and signature were checked.
    pub actions: usize,
    /// Links of the station chain checked.
    pub links: usize,
    /// Blob files hashed.
    pub blobs: usize,
    /// Bundle files that wait.
    pub bundles: usize,
    /// Audit entries whose chain was walked.
    pub audit: u64,
    /// Everything wrong, in words for a technician; empty is good.
    pub faults: Vec<String>,
    /// Those of the faults that [`Store::repair`] mends, because what is wrong follows from what is right.
    pub repairable: Vec<String>,
}

impl CheckReport {
    fn mendable(&mut self, fault: String) {
        self.repairable.push(fault.clone());
        self.faults.push(fault);
    }
}

impl Store {
    /// Checks the database file, every chain and signature, every file, and every projection.
    ///
    /// # Errors
    /// Only when the check cannot be made; what it finds stands in the report.
    pub fn check(&self) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        report.faults.extend(self.seal_faults()?.iter().map(ToString::to_string));
        let audit = self.verify_audit()?;
        report.audit = audit.entries;
        report.faults.extend(audit.broken_at.map(|(n, why)| format!("audit entry {n} {why}")));
        self.read(|conn| {
            if let Err(error) = tongban_sqlite::integrity(conn) {
                report.faults.push(error.to_string());
            }
            self.check_cases(conn, &mut report)?;
            check_links(conn, &mut report)?;
            self.check_receipts(conn, &mut report)?;
            self.check_files(conn, &mut report)
        })?;
        match self.stale_projections() {
            Ok(stale) => {
                for case in stale {
                    report.mendable(format!("projection of case {case} is stale"));
                }
            }
            Err(error) => report.faults.push(format!("projections: {error}")),
        }
        Ok(report)
    }

    fn check_cases(&self, conn: &Connection, report: &mut CheckReport) -> Result<(), StoreError> {
        let ours = self.keys.signing.verifying_key();
        let mut statement = conn.prepare("SELECT case_id, head_seq, head_hash FROM case_file")?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, i64>(1)?, row.get::<_, [u8; 32]>(2)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        for (id, seq, hash) in rows {
            let case = CaseId(Uuid::from_bytes(id));
            report.cases += 1;
            if let Err(why) = self.check_case(conn, case, (seq, Digest(hash)), &ours, report) {
                report.faults.push(format!("case {case}: {why}"));
            }
        }
        Ok(())
    }

    fn check_case(
        &self,
        conn: &Connection,
        case: CaseId,
        (seq, hash): (i64, Digest),
        ours: &VerifyingKey,
        report: &mut CheckReport,
    ) -> Result<(), String> {
        let actions = case::actions_of(conn, case).map_err(|error| error.to_string())?;
        report.actions += actions.len();
        check_chain(&actions).map_err(|fault| fault.to_string())?;
        for action in &actions {
            if action.header.origin == Origin::Station(self.config.station.clone()) {
                action.verify(ours).map_err(|error| error.to_string())?;
            }
        }
        let head = actions.last().map(|action| (action.header.case_seq as i64, action.hash));
        if head == Some((seq, hash)) { Ok(()) } else { Err("head does not fit the chain".to_owned()) }
    }

    /// What counts as signed for must be signed for: by the centre's own word.
    fn check_receipts(&self, conn: &Connection, report: &mut CheckReport) -> Result<(), StoreError> {
        let Some(centre) = self.keys.centre_verify.as_ref() else { return Ok(()) };
        let mut statement = conn.prepare("SELECT id, sha256, receipt FROM bundle WHERE state = 'acknowledged'")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, sha256) = (Uuid::from_bytes(row.get(0)?), Digest(row.get(1)?));
            let receipt: Option<BundleReceipt> =
                row.get::<_, Option<Vec<u8>>>(2)?.and_then(|json| serde_json::from_slice(&json).ok());
            let holds = receipt.is_some_and(|receipt| {
                receipt.bundle == id && receipt.bundle_sha256 == sha256 && receipt.verify(centre).is_ok()
            });
            if !holds {
                report.faults.push(format!("bundle {id} is not signed for by the centre"));
            }
        }
        Ok(())
    }

    fn check_files(&self, conn: &Connection, report: &mut CheckReport) -> Result<(), StoreError> {
        let mut statement = conn.prepare("SELECT case_id, address FROM blob")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 32]>(1)?)))?;
        for row in rows {
            let (id, address) = row?;
            report.blobs += 1;
            match fs::read(self.blob_path(&id, &address)) {
                Ok(sealed) if sm3(&sealed) == address => {}
                Ok(_) => report.faults.push(format!("blob {} was changed", Digest(address))),
                Err(_) => report.faults.push(format!("blob {} is missing", Digest(address))),
            }
        }
        let mut statement = conn.prepare("SELECT id, sha256 FROM bundle WHERE state != 'acknowledged'")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, Digest(row.get(1)?))))?;
        for row in rows {
            let (id, sha256) = row?;
            let id = Uuid::from_bytes(id);
            report.bundles += 1;
            if !is_whole(&self.bundle_path(id), &sha256) {
                report.mendable(format!("bundle {id} is missing, cut or changed"));
            }
        }
        Ok(())
    }

    /// Checks a store without working with it: nothing is swept, written or refused.
    ///
    /// # Errors
    /// Only when it cannot be opened at all.
    pub fn inspect(
        config: StoreConfig,
        keys: StationKeys,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        rng: Arc<dyn Rng>,
    ) -> Result<CheckReport, StoreError> {
        Self::open_unchecked(config, keys, clock, ids, rng)?.check()
    }
}

fn check_links(conn: &Connection, report: &mut CheckReport) -> Result<(), StoreError> {
    let mut statement =
        conn.prepare("SELECT epoch, seq, action, action_hash, prev_hash, hash FROM link ORDER BY epoch, seq")?;
    let mut rows = statement.query([])?;
    let mut last: Option<(u32, u64, Digest)> = None;
    while let Some(row) = rows.next()? {
        let link = StationLink {
            epoch: row.get(0)?,
            seq: row.get::<_, i64>(1)?.max(0) as u64,
            action: ActionId(Uuid::from_bytes(row.get(2)?)),
            action_hash: Digest(row.get(3)?),
            prev_link_hash: Digest(row.get(4)?),
        };
        let stored = Digest(row.get(5)?);
        report.links += 1;
        let (seq, hash) = match last {
            Some((epoch, seq, hash)) if epoch == link.epoch => (seq, hash),
            _ => (0, NO_HASH),
        };
        if link.seq != seq + 1 || link.prev_link_hash != hash || link.hash() != stored {
            report.faults.push(format!("station chain breaks at {}:{}", link.epoch, link.seq));
        }
        last = Some((link.epoch, link.seq, stored));
    }
    let head: (u32, i64, [u8; 32]) = conn.query_row("SELECT epoch, link_seq, link_hash FROM station", [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let fits = match last {
        Some((epoch, seq, hash)) if epoch == head.0 => (seq as i64, hash.0) == (head.1, head.2),
        _ => head.1 == 0,
    };
    if !fits {
        report.faults.push("station chain does not end at its head".to_owned());
    }
    let loose: i64 = conn.query_row(
        "SELECT count(*) FROM action LEFT JOIN link
           ON link.epoch = action.epoch AND link.seq = action.link_seq AND link.action_hash = action.hash
         WHERE link.seq IS NULL",
        [],
        |row| row.get(0),
    )?;
    if loose != 0 {
        report.faults.push(format!("{loose} actions stand in no link"));
    }
    Ok(())
}
