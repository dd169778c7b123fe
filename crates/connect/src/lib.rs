//! 部门接口: asking other departments for what the applicant need not bring.
//!
//! A connector is a transport (REST-JSON, SOAP, file drop, front-end database), a signer
//! (HMAC-SHA256, HMAC-SM3, SM2, MD5) and a mapping file that names both and turns the department's
//! names into ours: a new department is a new file. Around them stands one policy: a deadline, one
//! retry where it can help, a size limit, one agreed encoding, a circuit breaker for each resource.
//! Whatever the department does wrong is an outcome of the record, never an error of the caller;
//! only the fields asked for come back (最小够用).
//!
//! The program must install rustls' ring provider before [`Connect::from_config`].

mod breaker;
mod carrier;
mod config;
mod connect;
mod convert;
mod fault;
mod file_drop;
mod front;
mod mapping;
mod query;
mod reply;
mod rest;
mod sign;
mod soap;

pub use breaker::{Breaker, BreakerState};
pub use carrier::{Carried, Carrier, DropCarrier, HttpCarrier};
pub use config::{ConnectConfig, ConnectError, Timeouts};
pub use connect::{Connect, Connector, Told};
pub use fault::ShareFault;
pub use front::{FrontDatabase, Lookup};
pub use mapping::{Encoding, Mapping, TransportKind};
pub use query::{ShareQuery, SubjectKind};
pub use sign::{HmacSha256, Parts, Signer, SignerKind, Stamp, signer};
