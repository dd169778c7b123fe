//! 帧环: a sealed memfd of preview slots shared with the terminal.

use memmap2::MmapMut;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use tongban_camera::picture::{PREVIEW_HEIGHT, PREVIEW_WIDTH};
use tongban_device::message::Rgba;

/// Slots in the ring: one shown, one on the way, one being written, one spare.
pub const SLOTS: u8 = 4;
/// Bytes of one slot.
const SLOT_BYTES: usize = PREVIEW_WIDTH as usize * PREVIEW_HEIGHT as usize * 4;

/// The ring, with who owns which slot.
pub struct Ring {
    fd: OwnedFd,
    map: MmapMut,
    free: [bool; SLOTS as usize],
}

impl Ring {
    /// Creates, maps and seals the memory: from then on nobody can resize it or map it anew for writing.
    ///
    /// # Errors
    /// When the kernel refuses the memory or its seals.
    pub fn create() -> io::Result<Self> {
        let fd = memfd_create("tongban-frames", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&fd, (SLOT_BYTES * usize::from(SLOTS)) as u64)?;
        let map = map(&fd)?;
        // FUTURE_WRITE (Linux 5.1) leaves our mapping the only writable one; older kernels go without.
        let _optional = fcntl_add_seals(&fd, SealFlags::FUTURE_WRITE);
        fcntl_add_seals(&fd, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Ok(Self { fd, map, free: [true; SLOTS as usize] })
    }

    /// What is passed to the terminal.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Puts a frame into a free slot and gives that slot away; `None` when none is free or the frame does not fit.
    pub fn put(&mut self, frame: &Rgba) -> Option<u8> {
        if frame.pixels.len() > SLOT_BYTES || frame.width > PREVIEW_WIDTH || frame.height > PREVIEW_HEIGHT {
            return None;
        }
        let slot = self.free.iter().position(|free| *free)?;
        let start = slot * SLOT_BYTES;
        self.map[start..start + frame.pixels.len()].copy_from_slice(&frame.pixels);
        self.free[slot] = false;
        u8::try_from(slot).ok()
    }

    /// Takes a slot back; a number that is none is ignored.
    pub fn give_back(&mut self, slot: u8) {
        if let Some(free) = self.free.get_mut(usize::from(slot)) {
            *free = true;
        }
    }

    /// Blackens the slots that are ours: nothing of a visit stays in the memory. Slots still out
    /// are blackened when called again after they came back.
    pub fn wipe(&mut self) {
        for (slot, _) in self.free.iter().enumerate().filter(|(_, free)| **free) {
            self.map[slot * SLOT_BYTES..(slot + 1) * SLOT_BYTES].fill(0);
        }
    }
}

#[allow(unsafe_code)]
fn map(fd: &OwnedFd) -> io::Result<MmapMut> {
    // SAFETY: the memory is anonymous and ours; it is sealed against shrinking right after, so the
    // mapping can never lose its pages, and readers only look at slots given away.
    unsafe { MmapMut::map_mut(fd) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::fcntl_get_seals;

    #[test]
    fn the_memory_is_sealed_and_cannot_be_resized() {
        let ring = Ring::create().expect("creates");
        let seals = fcntl_get_seals(ring.fd()).expect("has seals");
        assert!(seals.contains(SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL));
        assert!(ftruncate(ring.fd(), 0).is_err());
        assert!(ftruncate(ring.fd(), 1 << 30).is_err());
    }

    #[test]
    fn a_slot_given_away_is_not_written_before_it_comes_back() {
        let mut ring = Ring::create().expect("creates");
        let frame = Rgba { width: 2, height: 1, pixels: vec![7; 8] };
        let slots: Vec<_> = (0..5).map(|_| ring.put(&frame)).collect();
        assert_eq!(slots, [Some(0), Some(1), Some(2), Some(3), None]);
        ring.give_back(2);
        ring.give_back(200);
        assert_eq!(ring.put(&frame), Some(2));
    }

    #[test]
    fn a_frame_larger_than_a_slot_is_never_written() {
        let mut ring = Ring::create().expect("creates");
        let frame = Rgba { width: 961, height: 540, pixels: vec![0; 961 * 540 * 4] };
        assert_eq!(ring.put(&frame), None);
    }
}
