//! HID 报告通道: readers that speak in 64-byte reports through `/dev/hidrawN`.

use crate::SLICE_WAIT;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::{Errno, read, write};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};
use tongban_device::transport::{ByteLink, LinkError};

/// Payload of one report.
const REPORT_BYTES: usize = 64;

/// A hidraw node held by this process alone (advisory lock; the kernel has no exclusive open).
pub struct HidrawLink {
    node: OwnedFd,
    /// Rest of a report that did not fit the caller's buffer.
    rest: Vec<u8>,
}

impl HidrawLink {
    /// Opens `/dev/hidrawN`.
    ///
    /// # Errors
    /// `NoDevice`, `Denied`, `Busy`, else `Other`.
    pub fn open(path: &str) -> Result<Self, LinkError> {
        let node = open(path, OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).map_err(link_error)?;
        match flock(&node, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(LinkError::Busy),
            Err(error) => return Err(link_error(error)),
        }
        Ok(Self { node, rest: Vec::new() })
    }

    fn wait(&self, flags: PollFlags, wait: Duration) -> Result<bool, LinkError> {
        let mut polled = [PollFd::new(&self.node, flags)];
        let timeout =
            Timespec { tv_sec: i64::try_from(wait.as_secs()).unwrap_or(1), tv_nsec: i64::from(wait.subsec_nanos()) };
        match poll(&mut polled, Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) => Ok(false),
            Ok(_) if polled[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) => Err(LinkError::Disconnected),
            Ok(_) => Ok(true),
            Err(error) => Err(link_error(error)),
        }
    }
}

fn link_error(error: Errno) -> LinkError {
    match error {
        Errno::NOENT | Errno::NXIO => LinkError::NoDevice,
        Errno::ACCESS | Errno::PERM => LinkError::Denied,
        Errno::BUSY => LinkError::Busy,
        Errno::NODEV | Errno::IO | Errno::PIPE => LinkError::Disconnected,
        other => LinkError::Other(other.to_string()),
    }
}

impl ByteLink for HidrawLink {
    /// Each 64 bytes become one report, the last one padded with zeros; report id 0 leads.
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        for chunk in bytes.chunks(REPORT_BYTES) {
            let mut report = [0_u8; REPORT_BYTES + 1];
            report[1..=chunk.len()].copy_from_slice(chunk);
            loop {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(LinkError::Other("write not finished in time".to_owned()));
                }
                if !self.wait(PollFlags::OUT, left.min(SLICE_WAIT))? {
                    continue;
                }
                match write(&self.node, &report) {
                    Ok(_) => break,
                    Err(Errno::AGAIN | Errno::INTR) => {}
                    Err(error) => return Err(link_error(error)),
                }
            }
        }
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        if self.rest.is_empty() && self.wait(PollFlags::IN, wait.min(SLICE_WAIT))? {
            let mut report = [0_u8; REPORT_BYTES];
            match read(&self.node, &mut report) {
                Ok(0) => return Err(LinkError::Disconnected),
                Ok(count) => self.rest.extend_from_slice(&report[..count]),
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(error) => return Err(link_error(error)),
            }
        }
        let count = buffer.len().min(self.rest.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        self.rest.clear();
        let mut buffer = [0_u8; REPORT_BYTES];
        while self.read(&mut buffer, Duration::ZERO)? > 0 {}
        Ok(())
    }
}
