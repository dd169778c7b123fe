//! 线路取证: hashes and counts every byte a device sends.
//!
//! The hash in a reading's evidence can be compared with a recording of the line, so that
//! a case shows which bytes it was made from.

use crate::transport::{ByteLink, LinkError};
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};

/// A link with a counter and a SHA-256 over what was received since [`Tap::restart`].
pub struct Tap<L> {
    link: L,
    hash: Sha256,
    count: u64,
}

impl<L: ByteLink> Tap<L> {
    /// A tap on this link.
    pub fn new(link: L) -> Self {
        Self { link, hash: Sha256::new(), count: 0 }
    }

    /// Begins a new evidence window.
    pub fn restart(&mut self) {
        self.hash = Sha256::new();
        self.count = 0;
    }

    /// SHA-256 over the window so far, and its length in bytes.
    #[must_use]
    pub fn evidence(&self) -> ([u8; 32], u64) {
        (self.hash.clone().finalize().into(), self.count)
    }
}

impl<L: ByteLink> ByteLink for Tap<L> {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        self.link.write_all(bytes, deadline)
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        let count = self.link.read(buffer, wait)?;
        self.hash.update(&buffer[..count]);
        self.count += count as u64;
        Ok(count)
    }

    /// Dropped bytes are in no window: flush before [`Tap::restart`], not within one.
    fn flush_input(&mut self) -> Result<(), LinkError> {
        self.link.flush_input()
    }

    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError> {
        self.link.set_baud(baud)
    }
}
