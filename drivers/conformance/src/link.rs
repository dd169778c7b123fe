//! 带手脚的通道: a link with a [`Tamper`] in front of it.

use crate::tamper::{Gone, Tamper};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tongban_device::transport::{ByteLink, LinkError};

/// Most bytes taken from the link at a time.
const CHUNK: usize = 4096;

/// A link whose bytes pass a tamper.
pub struct TamperedLink<L> {
    link: L,
    tamper: Tamper,
    raw: VecDeque<u8>,
}

impl<L> TamperedLink<L> {
    pub(crate) fn new(link: L, tamper: Tamper) -> Self {
        Self { link, tamper, raw: VecDeque::new() }
    }
}

impl From<Gone> for LinkError {
    fn from(_: Gone) -> Self {
        Self::Disconnected
    }
}

impl<L: ByteLink> ByteLink for TamperedLink<L> {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        let (through, refused) = self.tamper.written(bytes.len());
        if through > 0 {
            self.link.write_all(&bytes[..through], deadline)?;
        }
        match refused {
            None => Ok(()),
            Some(true) => Err(LinkError::Disconnected),
            // As a link says when its deadline has passed; the suite does not wait for it.
            Some(false) => {
                Err(LinkError::Other(format!("{} of {} bytes not taken", bytes.len() - through, bytes.len())))
            }
        }
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        if self.tamper.is_gone() {
            return Err(LinkError::Disconnected);
        }
        if self.raw.is_empty() {
            let mut chunk = [0_u8; CHUNK];
            let count = self.link.read(&mut chunk, wait)?;
            self.raw.extend(&chunk[..count]);
        }
        Ok(self.tamper.pass(&mut self.raw, buffer)?)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        self.raw.clear();
        self.tamper.flushed();
        if self.tamper.is_gone() { Err(LinkError::Disconnected) } else { self.link.flush_input() }
    }

    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError> {
        self.link.set_baud(baud)
    }
}
