//! tongban (通办): the terminal of a municipal service hall.
//!
//! `boot` composes, `app` routes, `screen` draws, `service` talks to store, devices and centre.

pub mod app;
pub mod apply;
pub mod boot;
pub mod cli;
pub mod config;
pub mod devices;
#[cfg(feature = "demo")]
pub mod dock;
pub mod failure;
#[cfg(feature = "demo")]
pub mod inspector;
pub mod logging;
pub mod memory;
#[cfg(feature = "demo")]
pub mod preset;
pub mod screen;
pub mod service;
pub mod session;
pub mod store_tools;
pub mod when;
