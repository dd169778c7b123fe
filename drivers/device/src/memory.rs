//! 内存通道: a byte link without a wire, for tests and in-process peers.

use crate::transport::{ByteLink, LinkError};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Default)]
struct Lane {
    bytes: VecDeque<u8>,
    closed: bool,
}

#[derive(Default)]
struct Pipe {
    lane: Mutex<Lane>,
    changed: Condvar,
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, Lane> {
        // A panicking peer leaves bytes behind, never a broken queue.
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}

/// One end of a pair; dropping it unplugs the other end, which still reads what was sent before.
pub struct MemoryLink {
    incoming: Arc<Pipe>,
    outgoing: Arc<Pipe>,
}

/// Two connected ends.
#[must_use]
pub fn pair() -> (MemoryLink, MemoryLink) {
    let (left, right) = (Arc::new(Pipe::default()), Arc::new(Pipe::default()));
    (
        MemoryLink { incoming: Arc::clone(&left), outgoing: Arc::clone(&right) },
        MemoryLink { incoming: right, outgoing: left },
    )
}

impl Drop for MemoryLink {
    fn drop(&mut self) {
        self.incoming.close();
        self.outgoing.close();
    }
}

impl ByteLink for MemoryLink {
    fn write_all(&mut self, bytes: &[u8], _deadline: Instant) -> Result<(), LinkError> {
        let mut lane = self.outgoing.lock();
        if lane.closed {
            return Err(LinkError::Disconnected);
        }
        lane.bytes.extend(bytes);
        drop(lane);
        self.outgoing.changed.notify_all();
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        let until = Instant::now() + wait;
        let mut lane = self.incoming.lock();
        while lane.bytes.is_empty() {
            if lane.closed {
                return Err(LinkError::Disconnected);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(0);
            }
            lane = self.incoming.changed.wait_timeout(lane, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let count = buffer.len().min(lane.bytes.len());
        for (slot, byte) in buffer.iter_mut().zip(lane.bytes.drain(..count)) {
            *slot = byte;
        }
        Ok(count)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        let mut lane = self.incoming.lock();
        lane.bytes.clear();
        if lane.closed { Err(LinkError::Disconnected) } else { Ok(()) }
    }
}
