//! 终端库: the station's durable store. One directory, one SQLite database, one writer.
//!
//! Invariants: nothing is acknowledged before it is durable; nothing personal stands in the
//! database or its files in clear; bytes that were signed are stored and never written anew;
//! nothing submitted is forgotten before the centre signed for it.

mod acknowledge;
mod audit;
mod binding;
mod blob;
mod bundle;
mod case;
mod catalogue;
mod check;
mod config;
mod durable;
mod epoch;
mod error;
mod handover;
mod keys;
mod ledger;
mod outbox;
mod point;
mod projection;
mod receipt;
mod repair;
mod seal;
mod store;
mod vault;
mod visit;

pub use audit::{AuditReport, CHECKPOINT_ENTRIES, CHECKPOINT_MS, Note};
pub use bundle::{CENTRE_READER, ReadyBundle};
pub use case::StoredEvent;
pub use catalogue::{CentreCase, FeedBatch};
pub use check::CheckReport;
pub use config::StoreConfig;
pub use error::StoreError;
pub use handover::HandedDraft;
pub use keys::{KekProtection, StationKeys};
pub use ledger::{DocumentPrintRow, LedgerChange, LedgerState, PrintRow};
pub use outbox::{BundleState, OutboxRow};
pub use point::WritePoint;
pub use projection::CaseSummary;
pub use receipt::{LeaseLeft, ms_to_next_day};
pub use repair::RepairReport;
pub use seal::{SealFault, SealFaultKind};
pub use store::Store;
pub use vault::{SystemdCreds, Tpm2};
pub use visit::VisitState;
