//! 报告成帧: a byte stream carried in reports of 64 bytes, padded with zeros.

use std::time::{Duration, Instant};
use tongban_device::transport::{ByteLink, LinkError};

/// Payload of one report.
pub const REPORT_BYTES: usize = 64;

/// Where reports go out and come in: a hidraw node, or a test's memory.
pub trait ReportPort: Send {
    /// Writes the report number and one payload.
    ///
    /// # Errors
    /// [`LinkError`] when the port is gone or takes nothing before the deadline.
    fn write_report(&mut self, report: &[u8; 1 + REPORT_BYTES], deadline: Instant) -> Result<(), LinkError>;

    /// One payload; 0 when none came within `wait`.
    ///
    /// # Errors
    /// [`LinkError`] when the port is gone.
    fn read_report(&mut self, payload: &mut [u8; REPORT_BYTES], wait: Duration) -> Result<usize, LinkError>;
}

/// A byte link over reports. The padding of the last report is passed on: only the protocol
/// above knows where its frame ends, and it looks for the next preamble anyway.
pub struct ReportLink<P> {
    pub(crate) port: P,
    /// Rest of a report that did not fit the caller's buffer.
    rest: Vec<u8>,
}

impl<P: ReportPort> ReportLink<P> {
    /// A link over this port.
    pub fn new(port: P) -> Self {
        Self { port, rest: Vec::new() }
    }
}

impl<P: ReportPort> ByteLink for ReportLink<P> {
    /// As many reports as the bytes need, each with report number 0 before it.
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        for chunk in bytes.chunks(REPORT_BYTES) {
            let mut report = [0_u8; 1 + REPORT_BYTES];
            report[1..=chunk.len()].copy_from_slice(chunk);
            self.port.write_report(&report, deadline)?;
        }
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        if self.rest.is_empty() {
            let mut payload = [0_u8; REPORT_BYTES];
            let count = self.port.read_report(&mut payload, wait)?;
            self.rest.extend_from_slice(&payload[..count]);
        }
        let count = buffer.len().min(self.rest.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        self.rest.clear();
        let mut payload = [0_u8; REPORT_BYTES];
        while self.port.read_report(&mut payload, Duration::ZERO)? > 0 {}
        Ok(())
    }
}
