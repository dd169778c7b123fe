//! 字节通道: what a driver needs from serial, USB, HID, TCP or memory. CONTRACT.

use crate::fault::DeviceFault;
use std::time::{Duration, Instant};

/// Why a transport call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Nothing there (not found, gone before opening).
    #[error("no device")]
    NoDevice,
    /// No permission.
    #[error("permission denied")]
    Denied,
    /// Held by another process.
    #[error("held by another process")]
    Busy,
    /// Went away (BrokenPipe, ENODEV).
    #[error("disconnected")]
    Disconnected,
    /// Anything else, without personal data.
    #[error("{0}")]
    Other(String),
}

/// A byte pipe with deadlines. Implementations read in slices of at most 200 ms so that a cancel is seen.
pub trait ByteLink: Send {
    /// Writes all bytes (in slices of at most 512 bytes) before the deadline.
    ///
    /// # Errors
    /// [`LinkError`] when the link is gone or refuses.
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError>;
    /// Reads what is there, waiting at most `wait`; `Ok(0)` means nothing came.
    ///
    /// # Errors
    /// [`LinkError`] when the link is gone.
    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError>;
    /// Drops whatever waits in the input.
    ///
    /// # Errors
    /// [`LinkError`] when the link is gone.
    fn flush_input(&mut self) -> Result<(), LinkError>;

    /// Changes the line speed, where there is one.
    ///
    /// # Errors
    /// [`LinkError::Other`] when the link has no speed or refuses this one.
    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError> {
        Err(LinkError::Other(format!("no line speed to set to {baud}")))
    }
}

impl<L: ByteLink + ?Sized> ByteLink for Box<L> {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        (**self).write_all(bytes, deadline)
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        (**self).read(buffer, wait)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        (**self).flush_input()
    }

    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError> {
        (**self).set_baud(baud)
    }
}

impl From<LinkError> for DeviceFault {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::NoDevice => Self::NoDevice,
            LinkError::Denied => Self::Denied,
            LinkError::Busy => Self::Busy,
            LinkError::Disconnected => Self::Unplugged,
            LinkError::Other(text) => Self::Hardware(text),
        }
    }
}
