//! Pictures out of buffers shared with the kernel.
#![allow(unsafe_code, reason = "memory mapped from the kernel")]

use super::abi::{Buffer, CAPTURE, FLAG_ERROR, MEMORY_MMAP, Request, RequestBuffers, Way, call};
use super::node::{Node, fault};
use memmap2::{MmapOptions, MmapRaw};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};
use tongban_device::fault::DeviceFault;

/// One being filled, one full, two for a reader that is late.
const BUFFERS: u32 = 4;
/// Largest buffer mapped: a raw picture of 40 MP.
const BUFFER_BYTES_MAX: u32 = 128 * 1024 * 1024;

/// A running stream. It does not own its node, so that a camera can change its mode between two.
pub struct Stream {
    buffers: Vec<MmapRaw>,
    /// Pictures lost on the way, by the camera's own numbering, and damaged ones.
    pub lost: u64,
    next: Option<u32>,
}

/// One picture's bytes as the camera sent them.
pub struct Taken {
    /// The used part of the buffer.
    pub bytes: Vec<u8>,
}

impl Stream {
    /// Maps the buffers and starts.
    ///
    /// # Errors
    /// `Busy` while another program streams; the kernel's faults otherwise.
    pub fn start(node: &Node) -> Result<Self, DeviceFault> {
        let mut request =
            RequestBuffers { count: BUFFERS, kind: CAPTURE, memory: MEMORY_MMAP, ..RequestBuffers::zeroed() };
        call(node.as_fd(), Way::Both, 8, &mut request).map_err(|error| fault(&error))?;
        let mut stream = Self { buffers: Vec::new(), lost: 0, next: None };
        let started = stream.fill(node, request.count);
        if started.is_err() {
            stream.stop(node);
        }
        started.map(|()| stream)
    }

    fn fill(&mut self, node: &Node, count: u32) -> Result<(), DeviceFault> {
        for index in 0..count {
            let mut buffer = described(index);
            call(node.as_fd(), Way::Both, 9, &mut buffer).map_err(|error| fault(&error))?;
            if buffer.length == 0 || buffer.length > BUFFER_BYTES_MAX {
                return Err(DeviceFault::Hardware("a buffer of an impossible size".to_owned()));
            }
            let map = MmapOptions::new()
                .offset(buffer.offset & 0xFFFF_FFFF)
                .len(buffer.length as usize)
                .map_raw_read_only(node.as_fd().as_raw_fd())
                .map_err(|error| fault(&error))?;
            self.buffers.push(map);
            queue(node.as_fd(), index).map_err(|error| fault(&error))?;
        }
        let mut kind = 1_i32;
        call(node.as_fd(), Way::In, 18, &mut kind).map_err(|error| fault(&error))
    }

    /// The newest picture there is; waits for one at most `wait`.
    ///
    /// # Errors
    /// `Unplugged` when the camera is gone, else the kernel's faults.
    pub fn take(&mut self, node: &Node, wait: Duration) -> Result<Option<Taken>, DeviceFault> {
        let until = Instant::now() + wait;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if !ready(node.as_fd(), left)? {
                return Ok(None);
            }
            let Some(mut buffer) = dequeue(node.as_fd())? else { continue };
            // Who is late gets what is there now, not what was.
            while ready(node.as_fd(), Duration::ZERO)? {
                let Some(newer) = dequeue(node.as_fd())? else { break };
                queue(node.as_fd(), buffer.index).map_err(|error| fault(&error))?;
                buffer = newer;
            }
            self.count(buffer.sequence);
            let good = buffer.flags & FLAG_ERROR == 0 && buffer.bytes_used > 0;
            let bytes = if good { self.copy(&buffer) } else { None };
            queue(node.as_fd(), buffer.index).map_err(|error| fault(&error))?;
            match bytes {
                Some(bytes) => return Ok(Some(Taken { bytes })),
                None => self.lost += 1,
            }
            if Instant::now() >= until {
                return Ok(None);
            }
        }
    }

    /// Stops and gives the buffers back; harmless on a camera that is gone.
    pub fn stop(&mut self, node: &Node) {
        let mut kind = 1_i32;
        let _gone = call(node.as_fd(), Way::In, 19, &mut kind);
        // Mapped buffers cannot be freed.
        self.buffers.clear();
        let mut none = RequestBuffers { count: 0, kind: CAPTURE, memory: MEMORY_MMAP, ..RequestBuffers::zeroed() };
        let _freed = call(node.as_fd(), Way::Both, 8, &mut none);
    }

    fn count(&mut self, sequence: u32) {
        if let Some(expected) = self.next {
            self.lost += u64::from(sequence.wrapping_sub(expected).min(1000));
        }
        self.next = Some(sequence.wrapping_add(1));
    }

    fn copy(&self, buffer: &Buffer) -> Option<Vec<u8>> {
        let map = self.buffers.get(buffer.index as usize)?;
        let length = (buffer.bytes_used as usize).min(map.len());
        let mut bytes: Vec<u8> = Vec::with_capacity(length);
        // SAFETY: `length` is within the mapping, which lives as long as `self`; the buffer is
        // ours until it is queued again, so the kernel does not write it meanwhile.
        unsafe {
            std::ptr::copy_nonoverlapping(map.as_ptr(), bytes.as_mut_ptr(), length);
            bytes.set_len(length);
        }
        Some(bytes)
    }
}

fn described(index: u32) -> Buffer {
    Buffer { index, kind: CAPTURE, memory: MEMORY_MMAP, ..Buffer::zeroed() }
}

fn queue(node: BorrowedFd<'_>, index: u32) -> io::Result<()> {
    call(node, Way::Both, 15, &mut described(index))
}

fn dequeue(node: BorrowedFd<'_>) -> Result<Option<Buffer>, DeviceFault> {
    let mut buffer = described(0);
    match call(node, Way::Both, 17, &mut buffer) {
        Ok(()) => Ok(Some(buffer)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(fault(&error)),
    }
}

/// A buffer can be taken, or the camera has something to say about its end.
fn ready(node: BorrowedFd<'_>, wait: Duration) -> Result<bool, DeviceFault> {
    let mut polled = [PollFd::from_borrowed_fd(node, PollFlags::IN)];
    let limit =
        Timespec { tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(wait.subsec_nanos()) };
    match poll(&mut polled, Some(&limit)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => Ok(false),
        Ok(_) if polled[0].revents().contains(PollFlags::IN) => Ok(true),
        // Error without a buffer: streaming ended, or the camera went away.
        Ok(_) => Err(DeviceFault::Unplugged),
        Err(error) => Err(fault(&error.into())),
    }
}
