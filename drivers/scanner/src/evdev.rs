//! 输入事件: evdev nodes, grabbed, so that no key reaches the desktop.
#![allow(unsafe_code, reason = "ioctls of evdev nodes that no crate in use wraps")]

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;
use tongban_device::transport::LinkError;

/// One `struct input_event` on 64-bit Linux: 16 bytes of time, type, code, value.
pub const EVENT_BYTES: usize = 24;
/// `EVIOCGRAB`: `_IOW('E', 0x90, int)`.
const GRAB: libc::c_ulong = (1 << 30) | (4 << 16) | (0x45 << 8) | 0x90;
/// `EVIOCGABS(0)`: `_IOR('E', 0x40, struct input_absinfo)`, 24 bytes.
const ABS_INFO: libc::c_ulong = (2 << 30) | (24 << 16) | (0x45 << 8) | 0x40;
const SLICE_WAIT: Duration = Duration::from_millis(200);

/// What a device of the input subsystem reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputEvent {
    /// Milliseconds of the event's own clock.
    pub ms: u64,
    /// `EV_SYN`, `EV_KEY`, `EV_ABS` …
    pub kind: u16,
    /// Which key or axis.
    pub code: u16,
    /// How far, or pressed (1), released (0), repeated (2).
    pub value: i32,
}

impl InputEvent {
    /// From the kernel's bytes (native byte order, as they are read on the machine itself).
    #[must_use]
    pub fn from_bytes(bytes: &[u8; EVENT_BYTES]) -> Self {
        let word = |at: usize| i64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap_or_default());
        let half = |at: usize| u16::from_ne_bytes([bytes[at], bytes[at + 1]]);
        let seconds = u64::try_from(word(0)).unwrap_or(0);
        let micros = u64::try_from(word(8)).unwrap_or(0);
        Self {
            ms: seconds.saturating_mul(1000).saturating_add(micros / 1000),
            kind: half(16),
            code: half(18),
            value: i32::from_ne_bytes([bytes[20], bytes[21], bytes[22], bytes[23]]),
        }
    }

    /// As the kernel would give it.
    #[must_use]
    pub fn to_bytes(self) -> [u8; EVENT_BYTES] {
        let mut bytes = [0; EVENT_BYTES];
        bytes[..8].copy_from_slice(&i64::try_from(self.ms / 1000).unwrap_or(0).to_ne_bytes());
        bytes[8..16].copy_from_slice(&i64::try_from(self.ms % 1000 * 1000).unwrap_or(0).to_ne_bytes());
        bytes[16..18].copy_from_slice(&self.kind.to_ne_bytes());
        bytes[18..20].copy_from_slice(&self.code.to_ne_bytes());
        bytes[20..].copy_from_slice(&self.value.to_ne_bytes());
        bytes
    }
}

/// Where input events come from: a grabbed node, or a test's memory.
pub trait EventPort: Send {
    /// Bytes of whole events; 0 when none came within `wait`.
    ///
    /// # Errors
    /// [`LinkError`] when the device is gone.
    fn read_events(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError>;

    /// Largest value of an absolute axis (0 x, 1 y); 0 when it has none.
    fn axis_max(&self, axis: u16) -> i32;
}

/// A grabbed `/dev/input/event*` node.
pub struct EvdevPort {
    node: OwnedFd,
}

impl EvdevPort {
    /// Opens and grabs a node: from now on its keys go nowhere else.
    ///
    /// # Errors
    /// `NoDevice`, `Denied`, `Busy` when someone else has grabbed it, else `Other`.
    pub fn open(path: &str) -> Result<Self, LinkError> {
        let node =
            open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).map_err(link_error)?;
        // SAFETY: EVIOCGRAB takes an int by value; the descriptor is open.
        let rc = unsafe { libc::ioctl(node.as_raw_fd(), GRAB, 1 as libc::c_int) };
        if rc < 0 {
            let error = std::io::Error::last_os_error();
            return Err(match error.raw_os_error() {
                Some(libc::EBUSY) => LinkError::Busy,
                Some(libc::ENOTTY | libc::EINVAL) => LinkError::Other("not an input device".to_owned()),
                _ => LinkError::Other(error.kind().to_string()),
            });
        }
        Ok(Self { node })
    }
}

fn link_error(error: Errno) -> LinkError {
    match error {
        Errno::NOENT | Errno::NXIO => LinkError::NoDevice,
        Errno::NODEV => LinkError::Disconnected,
        Errno::ACCESS | Errno::PERM => LinkError::Denied,
        other => LinkError::Other(other.kind().to_string()),
    }
}

impl EventPort for EvdevPort {
    fn read_events(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        let wait = wait.min(SLICE_WAIT);
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.subsec_nanos()) };
        let mut polled = [PollFd::new(&self.node, PollFlags::IN)];
        match poll(&mut polled, Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) => return Ok(0),
            Ok(_) => {}
            Err(error) => return Err(link_error(error)),
        }
        let whole = buffer.len() / EVENT_BYTES * EVENT_BYTES;
        match read(&self.node, &mut buffer[..whole]) {
            Ok(count) => Ok(count),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(error) => Err(link_error(error)),
        }
    }

    fn axis_max(&self, axis: u16) -> i32 {
        let mut info = [0_i32; 6];
        let request = ABS_INFO + libc::c_ulong::from(axis);
        // SAFETY: EVIOCGABS writes a struct of six ints, which `info` is.
        let rc = unsafe { libc::ioctl(self.node.as_raw_fd(), request, info.as_mut_ptr()) };
        if rc < 0 { 0 } else { info[2] }
    }
}

/// Events out of a byte stream that a port may chop anywhere; without I/O.
#[derive(Default)]
pub(crate) struct Events {
    rest: Vec<u8>,
}

impl Events {
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<InputEvent> {
        self.rest.extend_from_slice(bytes);
        let whole = self.rest.len() / EVENT_BYTES * EVENT_BYTES;
        let events = self.rest[..whole].chunks_exact(EVENT_BYTES);
        let events = events.filter_map(|chunk| chunk.try_into().ok()).map(InputEvent::from_bytes).collect();
        self.rest.drain(..whole);
        events
    }

    pub(crate) fn is_partial(&self) -> bool {
        !self.rest.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.rest.clear();
    }
}
