//! Storage is three small things: [`Db`], [`Blobs`] and the [`journal`].
//!
//! SQL is portable (SQLite now, a PostgreSQL-speaking engine later): no advisory locks,
//! no `LISTEN`, no sequences as ordering, no triggers, upserts by `ON CONFLICT`,
//! positions from counter rows, parameters written `$1`.

pub mod blobs;
pub mod db;
pub mod journal;
mod migrations;
pub mod sql;

pub use blobs::Blobs;
pub use db::{Db, Row, Tx, Val};
