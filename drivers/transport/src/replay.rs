//! 回放: a recording in place of a device.
//!
//! With content, the recorded bytes come back as they came. Without, who knows the protocol makes
//! a whole answer from the status recorded, and the recording gives it its shape: as many bytes as
//! came then, silence where there was silence, the cable pulled where it was pulled.

use crate::record::{Entry, Recording, STATUS_BYTES, What, unhex};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tongban_device::transport::{ByteLink, LinkError};

/// Makes the whole answer to a command (first value) that began with this status (second value).
pub type Fill = Box<dyn FnMut(&[u8], &[u8]) -> Vec<u8> + Send>;

struct Inner {
    entries: VecDeque<Entry>,
    fill: Option<Fill>,
    /// Bytes of a recorded read the caller's buffer had no room for.
    rest: VecDeque<u8>,
    /// The last command, and what is left of the answer made to it.
    command: Vec<u8>,
    answer: Option<VecDeque<u8>>,
    differs: Option<String>,
}

/// A recording being played; clones play the same one, as a port that is opened again does.
#[derive(Clone)]
pub struct ReplayLink(Arc<Mutex<Inner>>);

impl ReplayLink {
    /// Plays this; `fill` makes the answers of a recording without content.
    ///
    /// # Errors
    /// When there is neither content nor `fill`.
    pub fn new(recording: &Recording, fill: Option<Fill>) -> Result<Self, LinkError> {
        if !recording.has_content() && fill.is_none() {
            return Err(LinkError::Other("lengths only: answers of this protocol cannot be made".to_owned()));
        }
        Ok(Self(Arc::new(Mutex::new(Inner {
            entries: recording.entries.iter().cloned().collect(),
            fill: if recording.has_content() { None } else { fill },
            rest: VecDeque::new(),
            command: Vec::new(),
            answer: None,
            differs: None,
        }))))
    }

    /// Where the driver first did something else than was recorded.
    #[must_use]
    pub fn differs(&self) -> Option<String> {
        self.with(|inner| inner.differs.clone())
    }

    /// The recording has come to the end of this command, whatever the driver left unread.
    pub fn end_of_command(&self) {
        self.with(|inner| {
            inner.rest.clear();
            while let Some(entry) = inner.entries.pop_front() {
                if matches!(entry.what, What::End(_)) {
                    break;
                }
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    /// The next entry about the line within this command.
    fn front(&mut self) -> Option<&Entry> {
        while matches!(self.entries.front(), Some(Entry { what: What::Begin(..), .. })) {
            self.entries.pop_front();
        }
        self.entries.front()
    }

    /// The recorded failure of this call, if that is what comes next.
    fn failure(&mut self, call: &str) -> Option<LinkError> {
        let found = match &self.front()?.what {
            What::Fault(name, failure) if name == call => Some(failure.into()),
            _ => None,
        };
        if found.is_some() {
            self.entries.pop_front();
        }
        found
    }

    fn skip(&mut self, what: impl Fn(&What) -> bool) {
        while self.front().is_some_and(|entry| what(&entry.what)) {
            self.entries.pop_front();
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        // What the device still had to say then was not listened to.
        self.rest.clear();
        self.answer = None;
        self.command = bytes.to_vec();
        self.skip(|what| matches!(what, What::Read(_) | What::Flush | What::Baud(_)));
        match self.front().cloned() {
            Some(Entry { what: What::Write(length), bytes: recorded, at, .. }) => {
                self.entries.pop_front();
                let same = recorded.as_deref().and_then(unhex).is_none_or(|recorded| recorded == bytes);
                if length != bytes.len() || !same {
                    let text = format!("at {at} ms: {} bytes written, recorded were {length}", bytes.len());
                    self.differs.get_or_insert(text);
                }
            }
            _ => {
                self.differs.get_or_insert(format!("{} bytes written that were not recorded", bytes.len()));
            }
        }
        self.failure("write").map_or(Ok(()), Err)
    }

    /// What the next recorded read gave; `None` where nothing came.
    fn next(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        if let Some(error) = self.failure("read") {
            return Err(error);
        }
        let Some(Entry { what: What::Read(length), bytes, .. }) = self.front().cloned() else { return Ok(None) };
        let status = self.status();
        self.entries.pop_front();
        if let Some(bytes) = bytes.as_deref().and_then(unhex) {
            return Ok(Some(bytes));
        }
        let (command, fill) = (&self.command, &mut self.fill);
        let answer = self
            .answer
            .get_or_insert_with(|| fill.as_mut().map(|fill| fill(command, &status)).unwrap_or_default().into());
        Ok(Some(answer.drain(..length.min(answer.len())).collect()))
    }

    /// The status of the answer that begins here: it may have come in several reads.
    fn status(&self) -> Vec<u8> {
        let reads = self.entries.iter().take_while(|entry| matches!(entry.what, What::Read(_)));
        let mut status: Vec<u8> = reads.filter_map(|entry| unhex(entry.status.as_deref()?)).flatten().collect();
        status.truncate(STATUS_BYTES);
        status
    }
}

impl ByteLink for ReplayLink {
    fn write_all(&mut self, bytes: &[u8], _deadline: Instant) -> Result<(), LinkError> {
        self.with(|inner| inner.write(bytes))
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        let count = self.with(|inner| -> Result<usize, LinkError> {
            if inner.rest.is_empty()
                && let Some(bytes) = inner.next()?
            {
                inner.rest.extend(bytes);
            }
            let count = buffer.len().min(inner.rest.len());
            for (slot, byte) in buffer.iter_mut().zip(inner.rest.drain(..count)) {
                *slot = byte;
            }
            Ok(count)
        })?;
        if count == 0 {
            // Nothing came then, nothing comes now.
            std::thread::sleep(wait);
        }
        Ok(count)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        self.with(|inner| {
            inner.rest.clear();
            inner.skip(|what| matches!(what, What::Flush));
            inner.failure("flush").map_or(Ok(()), Err)
        })
    }

    fn set_baud(&mut self, _baud: u32) -> Result<(), LinkError> {
        self.with(|inner| {
            inner.skip(|what| matches!(what, What::Baud(_)));
            inner.failure("baud").map_or(Ok(()), Err)
        })
    }
}
