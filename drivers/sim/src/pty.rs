//! 伪串口: a pseudo terminal behind a stable name, paced like a line.

use crate::peer::Delivery;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Start bit, eight data bits, stop bit.
const BITS_PER_BYTE: u64 = 10;

/// A plugged line: dropping it unplugs the device and removes its name.
pub struct Pty {
    master: OwnedFd,
    link: PathBuf,
}

impl Pty {
    /// Opens a pair and lets `link` point at the host's end.
    ///
    /// # Errors
    /// When the system has no pseudo terminals or the name cannot be made.
    pub fn plug(link: &Path) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        fcntl_setfl(&master, OFlags::NONBLOCK | OFlags::RDWR)?;
        let name = ptsname(&master, Vec::new())?;
        let host_end = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        // Made beside and renamed, so that the name is never half there.
        let fresh = link.with_extension("new");
        let _ = fs::remove_file(&fresh);
        std::os::unix::fs::symlink(host_end, &fresh)?;
        fs::rename(&fresh, link)?;
        Ok(Self { master, link: link.to_owned() })
    }

    /// What the host wrote; nothing while no host has the line open.
    ///
    /// # Errors
    /// When the pair is broken.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match rustix::io::read(&self.master, buffer) {
            Ok(count) => Ok(count),
            Err(Errno::AGAIN | Errno::INTR | Errno::IO) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends towards the host; says how many bytes the line took.
    ///
    /// # Errors
    /// When the pair is broken.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match rustix::io::write(&self.master, bytes) {
            Ok(count) => Ok(count),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            // Nobody listens: the bytes go nowhere, as on a real line.
            Err(Errno::IO) => Ok(bytes.len()),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for Pty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.link);
    }
}

/// Bytes on their way to the host, at line speed, recorded as they go.
pub struct Pacer {
    capture: File,
    captured: u64,
    baud: u32,
    queue: VecDeque<u8>,
    slow: u32,
    unplug_after: bool,
    /// Up to when the line has been used.
    used_until: Instant,
}

impl Pacer {
    /// A line at this speed; every byte sent is appended to `capture`.
    ///
    /// # Errors
    /// When the capture file cannot be opened.
    pub fn new(capture: &Path, baud: u32) -> io::Result<Self> {
        let capture = OpenOptions::new().create(true).append(true).open(capture)?;
        let captured = capture.metadata()?.len();
        Ok(Self {
            capture,
            captured,
            baud,
            queue: VecDeque::new(),
            slow: 1,
            unplug_after: false,
            used_until: Instant::now(),
        })
    }

    /// Length of the capture file.
    #[must_use]
    pub fn captured(&self) -> u64 {
        self.captured
    }

    /// Length the capture file will have once everything queued is sent.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.captured + self.queue.len() as u64
    }

    /// Line speed.
    #[must_use]
    pub fn baud(&self) -> u32 {
        self.baud
    }

    /// Changes the line speed.
    pub fn set_baud(&mut self, baud: u32) {
        self.baud = baud;
    }

    /// Nothing waits to be sent.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty() && !self.unplug_after
    }

    /// Queues what a peer sends.
    pub fn queue(&mut self, delivery: Delivery) {
        if self.queue.is_empty() {
            self.used_until = Instant::now();
        }
        self.queue.extend(delivery.bytes);
        self.slow = delivery.slow.max(1);
        self.unplug_after |= delivery.unplug;
    }

    /// Forgets what waits.
    pub fn clear(&mut self) {
        self.queue.clear();
        self.unplug_after = false;
    }

    /// Sends what the line has had time for. True when the device is to be pulled out now.
    ///
    /// # Errors
    /// When the line or the capture file fails.
    pub fn send(&mut self, line: &Pty) -> io::Result<bool> {
        let byte_nanos = 1_000_000_000 * BITS_PER_BYTE * u64::from(self.slow) / u64::from(self.baud.max(1));
        let elapsed = u64::try_from(self.used_until.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let due = usize::try_from(elapsed / byte_nanos.max(1)).unwrap_or(usize::MAX).min(self.queue.len());
        if due > 0 {
            let chunk: Vec<u8> = self.queue.iter().take(due).copied().collect();
            let sent = line.write(&chunk)?;
            self.capture.write_all(&chunk[..sent])?;
            self.captured += sent as u64;
            self.queue.drain(..sent);
            self.used_until += Duration::from_nanos(byte_nanos * sent as u64);
        }
        Ok(self.queue.is_empty() && std::mem::take(&mut self.unplug_after))
    }
}
