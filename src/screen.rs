//! Every screen of the terminal.

pub mod journey;
