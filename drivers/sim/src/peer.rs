//! What a peer is: bytes in, bytes out, nothing else.

/// What a peer sends in return, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How many times slower than the line they come (0 and 1: at line speed).
    pub slow: u32,
    /// The device is pulled out after the last byte.
    pub unplug: bool,
}

impl Delivery {
    /// Appends another delivery; the worse of both holds.
    pub fn append(&mut self, other: Self) {
        if self.unplug {
            return;
        }
        self.bytes.extend(other.bytes);
        self.slow = self.slow.max(other.slow);
        self.unplug = other.unplug;
    }
}

/// A device at the byte level.
pub trait Peer: Send {
    /// Takes what the host wrote, gives what the device sends in return.
    fn receive(&mut self, bytes: &[u8]) -> Delivery;
    /// Power was cut: volatile state is gone.
    fn power_off(&mut self);
}
