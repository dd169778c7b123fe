//! Storage is three small things: [`Db`], [`Blobs`] and the [`journal`], each on two engines.
//!
//! | | one machine | several servers |
//! |---|---|---|
//! | [`Db`] | SQLite in WAL, group commit | PostgreSQL, SERIALIZABLE with repeats |
//! | [`Blobs`] | files, fsynced | S3 |
//! | [`journal`] | the `action` table of the `Db`, whichever it is | the same |
//!
//! SQL is portable to anything that speaks PostgreSQL: no advisory locks, no `LISTEN`, no
//! sequences as ordering, no triggers, upserts by `ON CONFLICT`, positions from counter rows,
//! parameters written `$1`.

mod background;
pub mod backup;
pub mod blobs;
pub mod config;
pub mod db;
pub mod journal;
mod migrations;
pub mod objects;
pub mod point;
pub mod postgres;
pub mod sql;
pub mod sqlite;
pub mod staging;
pub mod value;

pub use blobs::{Blobs, FileBlobs};
pub use config::StorageConfig;
pub use db::{Counts, Db, Engine, Session, Tx};
pub use migrations::SCHEMA;
pub use staging::Staging;
pub use value::{Row, Val};
