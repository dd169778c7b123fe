//! 护栏缓冲区: memory handed to a maker's library, with a page behind it that nobody may touch.
#![allow(unsafe_code, reason = "mapping and protecting pages")]

use std::ptr;

/// Filled in before the buffer: a library that writes in front of it is found afterwards.
const CANARY: u8 = 0xC5;

/// A buffer that ends exactly where a forbidden page begins: one byte too many is a fault at once.
pub(crate) struct Guarded {
    base: *mut u8,
    mapped: usize,
    /// Where the buffer begins in the mapping.
    start: usize,
    len: usize,
}

impl Guarded {
    /// `len` zero bytes.
    pub(crate) fn new(len: usize) -> Self {
        // SAFETY: sysconf has no preconditions.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
        // A page of canary at least, the buffer, and the forbidden page.
        let usable = (len.div_ceil(page) + 1) * page;
        let mapped = usable + page;
        // SAFETY: an anonymous private mapping of our own; the result is checked.
        let base = unsafe {
            libc::mmap(
                ptr::null_mut(),
                mapped,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        assert!(base != libc::MAP_FAILED, "no memory for a buffer");
        let base = base.cast::<u8>();
        let start = usable - len;
        // SAFETY: the range lies in the mapping just made; the last page is not used otherwise.
        unsafe {
            ptr::write_bytes(base, CANARY, start);
            assert!(libc::mprotect(base.add(usable).cast(), page, libc::PROT_NONE) == 0, "page cannot be protected");
        }
        Self { base, mapped, start, len }
    }

    /// A buffer with these bytes.
    pub(crate) fn holding(bytes: &[u8]) -> Self {
        let buffer = Self::new(bytes.len());
        // SAFETY: the buffer is `bytes.len()` long and freshly mapped, so the ranges do not overlap.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), buffer.as_ptr(), bytes.len()) };
        buffer
    }

    pub(crate) fn as_ptr(&self) -> *mut u8 {
        // SAFETY: `start` lies within the mapping.
        unsafe { self.base.add(self.start) }
    }

    /// What is in it now.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: mapped, readable and initialised; nobody writes while the borrow lives, the
        // library's call is over.
        unsafe { std::slice::from_raw_parts(self.as_ptr(), self.len) }
    }

    /// Nothing was written before it.
    pub(crate) fn is_intact(&self) -> bool {
        // SAFETY: the bytes before the buffer are mapped and initialised with the canary.
        let before = unsafe { std::slice::from_raw_parts(self.base, self.start) };
        before.iter().all(|byte| *byte == CANARY)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and nothing borrows from it any more; the buffer's own
        // bytes are overwritten first, since they may be a card's.
        unsafe {
            ptr::write_bytes(self.as_ptr(), 0, self.len);
            libc::munmap(self.base.cast(), self.mapped);
        }
    }
}
