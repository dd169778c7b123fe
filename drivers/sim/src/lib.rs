//! 模拟设备: byte-level peers of the devices, for tests and the demonstration.
//!
//! A peer takes and gives the bytes a real device would on its line; the same driver code
//! runs against it and against hardware. A production build does not link this crate.

pub mod card;
mod ef01;
mod escpos;
pub mod fault;
pub mod finger;
pub mod hall;
pub mod link;
pub mod panel;
pub mod peer;
pub mod people;
pub mod photo;
mod port_printer;
mod portrait;
pub mod print;
pub mod pty;
mod sam;
pub mod signal;
pub mod wlt;

pub use ef01::Ef01Peer;
pub use escpos::{EscPosPeer, Roll};
pub use port_printer::PortPrinter;
pub use sam::SamPeer;

/// A small generator for pictures that have to be the same every time (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Seeded by a text, FNV-1a.
    pub(crate) fn of(text: &str) -> Self {
        Self(
            text.bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)),
        )
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    /// In `[low, high)`.
    #[allow(clippy::cast_precision_loss, reason = "pictures need no 64-bit precision")]
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * ((self.next() >> 40) as f32 / (1_u64 << 24) as f32)
    }
}
