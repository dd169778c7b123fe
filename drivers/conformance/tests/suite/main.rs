//! The conformance suite on every driver: in memory at every byte, on pseudo terminals at every
//! frame boundary; and deliberately wrong drivers, each of which the suite must find.
#![allow(clippy::unwrap_used)]

mod bench;
mod card;
mod control;
mod finger;
mod hall;
mod line;
mod paper;
mod table;
