//! The engine and the client against a server of our own, over real mutual TLS.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod calls;
mod carry;
mod engine;
mod enrolment;
mod hostile;
mod keeping;
mod planner;
mod server;
mod station;
mod tls;
mod weather;
