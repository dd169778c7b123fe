//! 移动介质: sealed bundles carried on a stick, for a station whose line stays dead.
//!
//! What leaves is exactly what would have been sent: bundles sealed for the centre and signed by the station,
//! so that the stick may be lost. Any enrolled station takes them to the centre; the centre's receipts are
//! written beside them and carried back. Only a receipt the centre signed marks anything as sent.

use crate::client::{CentreClient, CentreError};
use crate::engine::{LaneError, send_bundle_plain};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Digest;
use tongban_domain::ids::{CaseId, StationId};
use tongban_protocol::bundle::{BUNDLE_BYTES_MAX, BundleReceipt};
use tongban_store::{ReadyBundle, Store, StoreError};
use uuid::Uuid;

const MANIFEST: &str = "manifest.json";
const MANIFEST_BYTES_MAX: u64 = 16 * 1024 * 1024;
const RECEIPT_BYTES_MAX: u64 = 1024 * 1024;

/// What went wrong with a stick.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// The station's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The centre or the line to it.
    #[error(transparent)]
    Centre(#[from] CentreError),
    /// The stick.
    #[error("the stick: {0}")]
    Stick(#[from] io::Error),
    /// What is on the stick is not ours, or was changed.
    #[error("the stick holds {0}")]
    Unsound(String),
}

impl CarryError {
    /// The stable code a person meets.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Store(error) => error.code(),
            Self::Centre(error) => error.code(),
            Self::Stick(error) if error.kind() == io::ErrorKind::StorageFull => ErrorCode::DiskFull,
            Self::Stick(_) => ErrorCode::StoreWrite,
            Self::Unsound(_) => ErrorCode::StoreDamaged,
        }
    }
}

/// List of what is on a stick. Version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    v: u16,
    station: StationId,
    bundles: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    id: Uuid,
    case: CaseId,
    sha256: Digest,
    len: u64,
}

/// What came of a visit with a stick.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CarryReport {
    /// Bundles written to the stick.
    pub written: usize,
    /// Bundles of other stations taken to the centre.
    pub delivered: usize,
    /// Own bundles the centre has signed for.
    pub signed: usize,
    /// What was left as it was, and why.
    pub left: Vec<String>,
}

/// Writes every bundle that waits into `dir`, with a list. What is there of an earlier time stays.
///
/// # Errors
/// `Store`; `Stick` when it cannot be written: what was written whole stays and is no harm.
pub fn export(store: &Store, dir: &Path) -> Result<CarryReport, CarryError> {
    fs::create_dir_all(dir)?;
    let mut manifest = Manifest { v: 1, station: store.config().station.clone(), bundles: Vec::new() };
    let mut report = CarryReport::default();
    let mut cases: Vec<CaseId> = store.outbox()?.into_iter().map(|row| row.case).collect();
    cases.dedup();
    cases.sort_unstable_by_key(|case| case.0);
    cases.dedup();
    for case in cases {
        match store.next_bundle(case)? {
            Some(bundle) => {
                write(&dir.join(format!("{}.bundle", bundle.id)), &fs::read(&bundle.path)?)?;
                manifest.bundles.push(Entry { id: bundle.id, case, sha256: bundle.sha256, len: bundle.len });
                report.written += 1;
            }
            None => report.left.push(format!("case {case} is set aside or has nothing to send")),
        }
    }
    let json = serde_json::to_vec_pretty(&manifest).map_err(io::Error::from)?;
    write(&dir.join(MANIFEST), &json)?;
    File::open(dir)?.sync_all()?;
    store.note(&tongban_store::Note {
        actor: "station",
        action: "bundles.exported",
        object: &format!("{} bundles", report.written),
        result: "ok",
    })?;
    Ok(report)
}

/// Takes what is on the stick: receipts for own bundles are kept; with a `client`, bundles of other
/// stations are taken to the centre and its receipts written beside them.
///
/// # Errors
/// `Unsound` when the list or a bundle is not what it says; `Store`, `Stick`. A centre that refuses one
/// bundle, or a line that breaks, is told in the report and the rest goes on.
pub async fn import(store: &Store, client: Option<&CentreClient>, dir: &Path) -> Result<CarryReport, CarryError> {
    let manifest: Manifest = serde_json::from_slice(&read_up_to(&dir.join(MANIFEST), MANIFEST_BYTES_MAX)?)
        .map_err(|_| CarryError::Unsound("a list that cannot be read".to_owned()))?;
    if manifest.v != 1 {
        return Err(CarryError::Unsound(format!("a list of version {}", manifest.v)));
    }
    let own = manifest.station == store.config().station;
    let mut report = CarryReport::default();
    for entry in &manifest.bundles {
        // Names on the stick are made here from the id alone.
        let receipt = dir.join(format!("{}.receipt", entry.id));
        if receipt.is_file() {
            if own {
                take_receipt(store, entry, &receipt, &mut report)?;
            }
        } else if let Some(client) = client {
            match deliver(client, entry, dir).await {
                Ok(signed) => {
                    write(&receipt, &serde_json::to_vec(&signed).map_err(io::Error::from)?)?;
                    report.delivered += 1;
                    if own {
                        take_receipt(store, entry, &receipt, &mut report)?;
                    }
                }
                Err(CarryError::Centre(error)) => report.left.push(format!("bundle {}: {error}", entry.id)),
                Err(error) => return Err(error),
            }
        } else {
            report.left.push(format!("bundle {} has no receipt yet", entry.id));
        }
    }
    File::open(dir)?.sync_all()?;
    Ok(report)
}

fn take_receipt(store: &Store, entry: &Entry, path: &Path, report: &mut CarryReport) -> Result<(), CarryError> {
    let receipt: Option<BundleReceipt> = serde_json::from_slice(&read_up_to(path, RECEIPT_BYTES_MAX)?).ok();
    let Some(receipt) = receipt.filter(|receipt| receipt.bundle == entry.id) else {
        report.left.push(format!("receipt of bundle {} cannot be read", entry.id));
        return Ok(());
    };
    match store.acknowledge(&receipt) {
        Ok(()) => report.signed += 1,
        Err(error @ (StoreError::ReceiptRefused { .. } | StoreError::NoBundle(_))) => {
            report.left.push(error.to_string());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Takes one bundle to the centre.
async fn deliver(client: &CentreClient, entry: &Entry, dir: &Path) -> Result<BundleReceipt, CarryError> {
    let path: PathBuf = dir.join(format!("{}.bundle", entry.id));
    let bytes = read_up_to(&path, BUNDLE_BYTES_MAX)?;
    if bytes.len() as u64 != entry.len || <[u8; 32]>::from(Sha256::digest(&bytes)) != entry.sha256.0 {
        return Err(CarryError::Unsound(format!("a bundle {} that was changed", entry.id)));
    }
    let ready = ReadyBundle { id: entry.id, case: entry.case, path, len: entry.len, sha256: entry.sha256 };
    match send_bundle_plain(client, &ready).await {
        Ok(receipt) => Ok(receipt),
        Err(LaneError::Centre(error)) => Err(error.into()),
        Err(LaneError::Store(error)) => Err(error.into()),
        Err(LaneError::File(error)) => Err(error.into()),
        Err(LaneError::Task(error)) => Err(io::Error::other(error).into()),
    }
}

/// Whole or not there: the stick may be pulled out at any moment.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension("part");
    let mut file = File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)
}

fn read_up_to(path: &Path, max: u64) -> Result<Vec<u8>, CarryError> {
    let len = fs::symlink_metadata(path)?;
    if !len.is_file() || len.len() > max {
        return Err(CarryError::Unsound(format!("{} that is no such file or too long", path.display())));
    }
    Ok(fs::read(path)?)
}
