//! The worker's end of the message line, and passing the ring's descriptor over it.

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::io::{self, IoSlice, Write};
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use tongban_device::frame::{self, FrameError};
use tongban_device::message::{Event, FromWorker};

/// Writes messages to the terminal.
pub struct Line(UnixStream);

impl Line {
    /// Speaks over this socket.
    #[must_use]
    pub fn new(stream: UnixStream) -> Self {
        Self(stream)
    }

    /// Sends one message.
    ///
    /// # Errors
    /// When the terminal is gone or the message is over the cap.
    pub fn send(&mut self, message: &FromWorker) -> Result<(), FrameError> {
        frame::write_message(&mut self.0, message)
    }

    /// Announces the ring. The descriptor travels with the first byte of the message's length.
    ///
    /// # Errors
    /// As [`Line::send`].
    pub fn send_ring(&mut self, slots: u8, width: u32, height: u32, fd: BorrowedFd<'_>) -> Result<(), FrameError> {
        let framed = frame::encode(&FromWorker::Event(Event::Ring { slots, width, height }))?;
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let fds = [fd];
        if !ancillary.push(SendAncillaryMessage::ScmRights(&fds)) {
            return Err(FrameError::Io(io::Error::other("no room for the descriptor")));
        }
        let sent = loop {
            match sendmsg(&self.0, &[IoSlice::new(&framed)], &mut ancillary, SendFlags::NOSIGNAL) {
                Err(rustix::io::Errno::INTR) => {}
                other => break other.map_err(|e| FrameError::Io(e.into()))?,
            }
        };
        self.0.write_all(&framed[sent..]).map_err(FrameError::Io)
    }
}
