//! The hall's rules: people, numbers, service items, cases and time limits.
//!
//! Invariant: no I/O and no clock. Time, identifiers and randomness are handed in
//! through [`clock`], so every rule can be replayed and tested.

pub mod case;
pub mod case_number;
pub mod check;
pub mod clock;
pub mod code;
pub mod credit_code;
pub mod elicence_id;
pub mod event;
pub mod foreign_permanent;
pub mod form;
pub mod hmt;
pub mod id_number;
pub mod ids;
pub mod ink;
pub mod item;
pub mod licence_number;
pub mod limits;
pub mod mask;
pub mod nation;
pub mod organization_code;
pub mod people;
pub mod phone;
pub mod readiness;
pub mod receipt_number;
pub mod region;
pub mod situation;
