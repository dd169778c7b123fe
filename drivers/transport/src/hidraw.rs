//! HID 报告通道: readers that speak in 64-byte reports through `/dev/hidrawN`.

use crate::SLICE_WAIT;
use crate::reports::{REPORT_BYTES, ReportLink, ReportPort};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::{Errno, read, write};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};
use tongban_device::transport::LinkError;

/// A hidraw node held by this process alone (advisory lock; the kernel has no exclusive open).
pub struct Hidraw {
    node: OwnedFd,
}

/// A byte link over a hidraw node.
pub type HidrawLink = ReportLink<Hidraw>;

impl ReportLink<Hidraw> {
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
        Ok(Self::new(Hidraw { node }))
    }
}

impl Hidraw {
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

impl ReportPort for Hidraw {
    fn write_report(&mut self, report: &[u8; 1 + REPORT_BYTES], deadline: Instant) -> Result<(), LinkError> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(LinkError::Other("write not finished in time".to_owned()));
            }
            if !self.wait(PollFlags::OUT, left.min(SLICE_WAIT))? {
                continue;
            }
            match write(&self.node, report) {
                Ok(_) => return Ok(()),
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(error) => return Err(link_error(error)),
            }
        }
    }

    fn read_report(&mut self, payload: &mut [u8; REPORT_BYTES], wait: Duration) -> Result<usize, LinkError> {
        if !self.wait(PollFlags::IN, wait.min(SLICE_WAIT))? {
            return Ok(0);
        }
        match read(&self.node, payload) {
            Ok(0) => Err(LinkError::Disconnected),
            Ok(count) => Ok(count),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(error) => Err(link_error(error)),
        }
    }
}
