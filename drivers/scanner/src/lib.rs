//! 扫码、读卡、签字、叫号、电源: what stands in a hall beside the five families, each thin.
//!
//! | device | line | module |
//! |---|---|---|
//! | barcode and QR scanner | evdev keyboard, grabbed | [`keyboard`] |
//! | barcode and QR scanner | serial or USB CDC, with a suffix | [`codes`] |
//! | smart-card reader | PC/SC, the system's library loaded when asked for | [`pcsc`] |
//! | signature pad | evdev tablet, grabbed | [`pad`] |
//! | call display | serial LED controller | [`board`] |
//! | call display | a page in full screen, in a browser | [`page`] |
//! | panels over the windows | serial, an address each | [`panel`] |
//! | uninterruptible power supply | Network UPS Tools over TCP | [`nut`] |
//! | the same with a line of its own | serial, Megatec's protocol | [`megatec`] |
//!
//! Invariant: every module has its protocol apart from its port, so that it can be driven by
//! bytes of a simulator; what was scanned or written is never logged.

pub mod board;
pub mod codes;
pub mod decoder;
mod evdev;
pub mod keyboard;
pub mod megatec;
pub mod nut;
pub mod pad;
pub mod page;
pub mod panel;
pub mod pcsc;

pub use evdev::{EvdevPort, EventPort, InputEvent};
