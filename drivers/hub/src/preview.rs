//! 实时画面: frames out of a worker's sealed memory ring.
#![allow(unsafe_code)]

use bytes::Bytes;
use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::{SealFlags, fcntl_get_seals, fstat};
use std::io;
use std::os::fd::OwnedFd;
use tongban_device::message::Command;
use tongban_device::page::PageSight;

/// Most slots a ring may have.
const SLOTS_MAX: u8 = 16;
/// Largest ring mapped, bytes.
const RING_BYTES_MAX: u64 = 64 * 1024 * 1024;
const PIXEL_BYTES: u64 = 4;

/// The live picture somebody wishes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Pictures a second at most.
    pub fps: u8,
    /// The picture is only shown, at most so wide and high, pixels: it is made small, and no page is looked for in it.
    /// `None`: as large as the worker has it, and told what it shows of a page.
    pub shown_within: Option<(u32, u32)>,
}

impl Wish {
    /// What the worker is told.
    pub(crate) fn command(self) -> Command {
        match self.shown_within {
            Some((width, height)) => Command::ShowPreview { fps: self.fps, width, height },
            None => Command::StartPreview { fps: self.fps },
        }
    }
}

/// One live picture, RGBA, rows packed.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// Counts up; gaps are frames dropped on the way.
    pub seq: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height * 4` bytes; cheap to clone.
    pub pixels: Bytes,
    /// What it shows of a page; document cameras only.
    pub sight: Option<PageSight>,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame(#{} {}x{})", self.seq, self.width, self.height)
    }
}

/// A worker's ring, mapped for reading.
pub(crate) struct Ring {
    map: MmapRaw,
    slots: u8,
    slot_bytes: u64,
    width: u32,
    height: u32,
}

impl Ring {
    /// Maps the ring after making sure that the worker can neither shrink nor grow it:
    /// a shrunk file would turn our reads into SIGBUS.
    pub(crate) fn open(descriptor: &OwnedFd, slots: u8, width: u32, height: u32) -> io::Result<Self> {
        let slot_bytes = u64::from(width) * u64::from(height) * PIXEL_BYTES;
        let total = slot_bytes * u64::from(slots);
        if slots == 0 || slots > SLOTS_MAX || total == 0 || total > RING_BYTES_MAX {
            return Err(invalid("ring of an impossible size"));
        }
        let seals = fcntl_get_seals(descriptor)?;
        if !seals.contains(SealFlags::SHRINK | SealFlags::GROW) {
            return Err(invalid("ring not sealed"));
        }
        if u64::try_from(fstat(descriptor)?.st_size).unwrap_or(0) < total {
            return Err(invalid("ring shorter than announced"));
        }
        let length = usize::try_from(total).map_err(|_| invalid("ring of an impossible size"))?;
        let map = MmapOptions::new().len(length).map_raw_read_only(descriptor)?;
        Ok(Self { map, slots, slot_bytes, width, height })
    }

    /// Copies the frame out of its slot; `None` when the numbers do not fit the ring.
    pub(crate) fn copy(&self, slot: u8, seq: u64, width: u32, height: u32) -> Option<Frame> {
        if slot >= self.slots || width == 0 || height == 0 || width > self.width || height > self.height {
            return None;
        }
        let length = usize::try_from(u64::from(width) * u64::from(height) * PIXEL_BYTES).ok()?;
        let offset = usize::try_from(u64::from(slot) * self.slot_bytes).ok()?;
        let mut pixels: Vec<u8> = Vec::with_capacity(length);
        // SAFETY: slot, width and height were checked against the mapped size, which the
        // seals keep; source and target do not overlap; the target has `length` bytes of
        // room and is exactly filled. The bytes may change under us (another process may
        // write them), which for pixels is a torn picture; no reference to them is made.
        unsafe {
            std::ptr::copy_nonoverlapping(self.map.as_ptr().add(offset), pixels.as_mut_ptr(), length);
            pixels.set_len(length);
        }
        Some(Frame { seq, width, height, pixels: Bytes::from(pixels), sight: None })
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
