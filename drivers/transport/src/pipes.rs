//! 管道成帧: frames on bulk pipes, whole on one pair or split over two.
//!
//! One pair carries whole frames. With two pairs the SAM_V document has the header
//! (preamble and length) on the first and the rest on the second, in both directions.

use std::time::{Duration, Instant};
use tongban_device::transport::{ByteLink, LinkError};

/// Preamble and length of a SAM frame: what goes on the first pair in split mode.
const SPLIT_HEADER_BYTES: usize = 7;
const READ_BYTES: usize = 4096;

/// The bulk pipes of one claimed interface, by their order in its descriptor.
pub trait Pipes: Send {
    /// How many OUT pipes there are.
    fn outs(&self) -> usize;
    /// How many IN pipes there are.
    fn ins(&self) -> usize;
    /// One transfer to the device.
    ///
    /// # Errors
    /// [`LinkError`] when the device is gone or takes nothing before the deadline.
    fn write(&mut self, pipe: usize, bytes: &[u8], deadline: Instant) -> Result<(), LinkError>;
    /// One transfer from the device; 0 when none came within `wait`.
    ///
    /// # Errors
    /// [`LinkError`] when the device is gone.
    fn read(&mut self, pipe: usize, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError>;
}

/// A byte link over bulk pipes.
pub struct PipeLink<P> {
    pipes: P,
    /// Bytes of a transfer the caller's buffer had no room for.
    rest: Vec<u8>,
    /// Which IN pipe carries the next bytes in split mode.
    next_in: usize,
}

impl<P: Pipes> PipeLink<P> {
    /// A link over these pipes.
    pub fn new(pipes: P) -> Self {
        Self { pipes, rest: Vec::new(), next_in: 0 }
    }
}

impl<P: Pipes> ByteLink for PipeLink<P> {
    /// Whole in one transfer, or header and rest on their own pipes.
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        self.next_in = 0;
        match self.pipes.outs() {
            0 => Err(LinkError::Other("no OUT endpoint".to_owned())),
            1 => self.pipes.write(0, bytes, deadline),
            _ => {
                let (header, rest) = bytes.split_at(bytes.len().min(SPLIT_HEADER_BYTES));
                self.pipes.write(0, header, deadline)?;
                if rest.is_empty() { Ok(()) } else { self.pipes.write(1, rest, deadline) }
            }
        }
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        if self.rest.is_empty() {
            let mut transfer = [0_u8; READ_BYTES];
            let last = self.pipes.ins().saturating_sub(1);
            let count = self.pipes.read(self.next_in.min(last), &mut transfer, wait)?;
            if count > 0 {
                self.rest.extend_from_slice(&transfer[..count]);
                self.next_in = 1;
            }
        }
        let count = buffer.len().min(self.rest.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        self.rest.clear();
        let mut transfer = [0_u8; READ_BYTES];
        for pipe in 0..self.pipes.ins() {
            while self.pipes.read(pipe, &mut transfer, Duration::ZERO)? > 0 {}
        }
        Ok(())
    }
}
