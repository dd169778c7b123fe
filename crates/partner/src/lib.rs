//! 外部部门模拟: the city's data-sharing platform as its document (`API.md`) describes it.
//!
//! Written from that document and never from the connector, so that a test of one against the
//! other says something. It answers over HTTP, checks signatures, clocks and nonces, and can be
//! told to misbehave in every way a department system does. For demonstrations and tests only.

pub mod admin;
pub mod api;
pub mod calls;
pub mod data;
pub mod exchange;
pub mod folder;
pub mod mode;
mod openssl;
pub mod payments;
mod render;
mod services;
pub mod sign;
mod soap;
mod state;

pub use data::DataError;
pub use mode::Mode;
pub use state::Partner;

use axum::Router;
use std::sync::Arc;

/// The platform's own port: `POST /api/v1/resources/{resource}/query`.
pub fn router(partner: Arc<Partner>) -> Router {
    api::router(partner)
}

/// The administration port of the simulation: `/_sim/…`.
pub fn admin_router(partner: Arc<Partner>) -> Router {
    admin::router(partner)
}
