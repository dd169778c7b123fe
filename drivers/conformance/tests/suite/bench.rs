//! What all rigs share: a peer in memory that one owner can hold, and the two plans.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tongban_conformance::{Limits, Offsets, Plan};
use tongban_device::transport::{ByteLink, LinkError};

/// Places drawn in a dialog, as the requirement has it.
const DRAWN: usize = 64;
const SEED: u64 = 20_261_123;

pub fn long() -> bool {
    std::env::var_os("TONGBAN_LONG").is_some()
}

/// After every byte.
pub fn every() -> Plan {
    Plan::new(Offsets::Every, SEED)
}

/// After every byte, but of the many like packets in the middle only around their boundaries;
/// the long run leaves none out.
pub fn ends(frames: usize) -> Plan {
    if long() { every() } else { Plan::new(Offsets::Ends(frames), SEED) }
}

/// At frame boundaries and at drawn places; the long run lets every case take all of them.
pub fn frames(most: usize) -> Plan {
    let most = if long() { usize::MAX } else { most };
    Plan::new(Offsets::Frames { drawn: DRAWN, dealt: !long(), most }, SEED)
}

/// For links without time: a call that waits at all waits for too long.
pub fn memory_limits() -> Limits {
    Limits { call: Duration::from_secs(4), vain: Duration::from_millis(300), slack: Duration::from_secs(1) }
}

/// One owner at a time, as a port's lock has it.
#[derive(Clone, Default)]
pub struct Lock(Arc<AtomicBool>);

impl Lock {
    pub fn take<L>(&self, link: L) -> Result<Owned<L>, LinkError> {
        if self.0.swap(true, Ordering::SeqCst) { Err(LinkError::Busy) } else { Ok(Owned { link, lock: self.clone() }) }
    }
}

pub struct Owned<L> {
    pub link: L,
    lock: Lock,
}

impl<L> Drop for Owned<L> {
    fn drop(&mut self) {
        self.lock.0.store(false, Ordering::SeqCst);
    }
}

impl<L: ByteLink> ByteLink for Owned<L> {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        self.link.write_all(bytes, deadline)
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        self.link.read(buffer, wait)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        self.link.flush_input()
    }

    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError> {
        self.link.set_baud(baud)
    }
}
