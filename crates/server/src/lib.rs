//! The centre's face: three listeners, their routers, the staff and citizen pages.
//!
//! Stations speak JSON over mutual TLS (`protocol::api`); staff use pages that work without
//! JavaScript; citizens verify a licence or look up a case. Invariants: a route exists only
//! with a policy (one table, [`routes`]); every refusal carries a stable code and nothing of
//! the inside; plain HTTP is served on the loopback address alone.

mod chart;
mod citizen;
mod clip;
mod config;
mod error;
mod exchange;
mod guard;
mod guide;
mod handover;
mod heads;
mod help;
mod html;
mod kit;
mod launch;
mod listen;
mod queue;
pub mod routes;
mod session;
mod staff;
mod state;
mod station;
mod tls;
pub mod upkeep;

pub use config::{LaunchError, ServerConfig};
pub use launch::{ServerHandle, launch, launch_thread};
pub use routes::{Listener, Policy, router};
pub use state::AppState;
pub use tongban_centre as centre;
pub use tongban_centre::stations::NewStation;
pub use tongban_centre::{Centre, Departments};
