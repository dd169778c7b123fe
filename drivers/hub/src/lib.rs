//! 设备总管: one supervised worker process per bound device, exclusive claims, health,
//! live pictures.
//!
//! The terminal's process never opens a device and decodes no foreign bytes; it talks to
//! workers over inherited sockets. The hub owns one thread with its own small runtime, so
//! its calls may be awaited from any executor, and workers die with that thread.

mod board;
mod cancel;
mod claim;
mod config;
pub mod hotplug;
mod hub;
mod link;
mod ports;
mod present;
mod preview;
mod session;
mod spawn;
mod supervisor;

pub use board::DeviceView;
pub use cancel::CancelToken;
pub use claim::Claim;
pub use config::{Binding, HubConfig};
pub use hub::Hub;
pub use ports::candidates;
pub use present::{Present, present};
pub use preview::{Frame, Wish};
