//! Every screen of the terminal.

pub mod certificate;
pub mod desk;
pub mod journey;
pub mod kiosk;
pub mod technician;
pub mod visit;
