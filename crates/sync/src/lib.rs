//! 同步: everything a station says to the centre and hears from it.
//!
//! Invariant: what is to be done is decided by a pure function ([`plan`]) over what the store
//! holds; the engine only carries it out. Losing the engine at any moment loses nothing,
//! because nothing lives only here.

mod carry;
mod client;
mod engine;
mod enrol;
mod plan;
mod status;

pub use carry::{CarryError, CarryReport, export, import};
pub use client::{
    AppendOutcome, CentreClient, CentreError, ClientConfig, Exchange, NotBefore, UploadState, Wire, WireError,
};
pub use engine::{Bandwidth, IdentityKeeper, SyncConfig, SyncEngine, SyncHandle};
pub use enrol::{EnrolConfig, Enrolment, Trust, enrol};
pub use plan::{CaseQueue, LocalState, Operation, next_due, plan};
pub use status::SyncStatus;
