//! 部门接口: asking other departments for what the applicant need not bring.
//!
//! A connector is a transport (REST-JSON today), a signer (HMAC-SHA256 today) and a mapping file
//! that turns the department's names into ours. Around them stands one policy: a deadline, one
//! retry where it can help, a size limit, strict UTF-8, a circuit breaker for each resource.
//! Whatever the department does wrong is an outcome of the record, never an error of the caller;
//! only the fields asked for come back (最小够用).
//!
//! The program must install rustls' ring provider before [`Connect::from_config`].

mod breaker;
mod config;
mod connect;
mod convert;
mod mapping;
mod query;
mod reply;
mod rest;
mod sign;

pub use breaker::{Breaker, BreakerState};
pub use config::{ConnectConfig, ConnectError, Timeouts};
pub use connect::{Connect, Connector};
pub use mapping::Mapping;
pub use query::{ShareQuery, SubjectKind};
pub use sign::{HmacSha256, Parts, Signer};
