//! A peer wired straight to a driver, in memory and without time.

use crate::peer::{Delivery, Peer};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tongban_device::transport::{ByteLink, LinkError};

struct Wire<P> {
    peer: P,
    waiting: VecDeque<u8>,
    unplugged: bool,
    /// Pulled out after this many more bytes towards the host.
    bytes_left: Option<usize>,
    sent: Vec<u8>,
}

/// A link whose other end is a peer in the same process.
pub struct PeerLink<P>(Arc<Mutex<Wire<P>>>);

impl<P> Clone for PeerLink<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Peer> PeerLink<P> {
    /// Wires the peer.
    pub fn new(peer: P) -> Self {
        Self(Arc::new(Mutex::new(Wire {
            peer,
            waiting: VecDeque::new(),
            unplugged: false,
            bytes_left: None,
            sent: Vec::new(),
        })))
    }

    /// Does something with the peer, between two calls of the driver.
    pub fn with<T>(&self, act: impl FnOnce(&mut P) -> T) -> T {
        act(&mut self.lock().peer)
    }

    /// Pulls the plug after `count` more bytes towards the host.
    pub fn unplug_after(&self, count: usize) {
        let mut wire = self.lock();
        wire.bytes_left = Some(count);
        wire.unplugged = count == 0;
    }

    /// Every byte the host has received so far.
    #[must_use]
    pub fn sent(&self) -> Vec<u8> {
        self.lock().sent.clone()
    }

    /// Forgets what was received so far; a long run would pile it up.
    pub fn forget(&self) {
        self.lock().sent = Vec::new();
    }

    fn lock(&self) -> MutexGuard<'_, Wire<P>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Peer> ByteLink for PeerLink<P> {
    fn write_all(&mut self, bytes: &[u8], _deadline: Instant) -> Result<(), LinkError> {
        let mut wire = self.lock();
        if wire.unplugged {
            return Err(LinkError::Disconnected);
        }
        let Delivery { bytes, unplug, .. } = wire.peer.receive(bytes);
        wire.waiting.extend(bytes);
        if unplug {
            let left = wire.waiting.len();
            wire.bytes_left = Some(left);
            wire.unplugged = left == 0;
        }
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        let mut wire = self.lock();
        if wire.unplugged {
            return Err(LinkError::Disconnected);
        }
        let count = buffer.len().min(wire.waiting.len()).min(wire.bytes_left.unwrap_or(usize::MAX));
        for slot in &mut buffer[..count] {
            *slot = wire.waiting.pop_front().unwrap_or_default();
        }
        wire.sent.extend_from_slice(&buffer[..count]);
        if let Some(left) = wire.bytes_left {
            wire.bytes_left = Some(left - count);
            wire.unplugged = left == count;
        }
        drop(wire);
        if count == 0 {
            // Nothing will come by itself; a little rest keeps a waiting driver from spinning.
            std::thread::sleep(wait.min(Duration::from_millis(1)));
        }
        Ok(count)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        let mut wire = self.lock();
        wire.waiting.clear();
        if wire.unplugged { Err(LinkError::Disconnected) } else { Ok(()) }
    }

    fn set_baud(&mut self, _baud: u32) -> Result<(), LinkError> {
        Ok(())
    }
}
