//! The hub's end of a worker's socket: messages both ways, and descriptors towards us.

use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use std::collections::VecDeque;
use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tongban_device::frame::{self, FrameError, HEADER_BYTES};
use tongban_device::message::{FromWorker, ToWorker};
use zeroize::{Zeroize, Zeroizing};

/// Bytes taken from the socket at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Descriptors kept for rings not yet announced; a worker sends one at a time.
const DESCRIPTORS_MAX: usize = 4;

/// A connection to one worker. Dropping it ends the writer and closes the socket.
pub(crate) struct Link {
    stream: Arc<UnixStream>,
    outgoing: mpsc::UnboundedSender<Zeroizing<Vec<u8>>>,
    writer: JoinHandle<()>,
    chunk: Zeroizing<Vec<u8>>,
    received: Vec<u8>,
    descriptors: VecDeque<OwnedFd>,
}

impl Link {
    pub(crate) fn new(stream: std::os::unix::net::UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let stream = Arc::new(UnixStream::from_std(stream)?);
        let (outgoing, queue) = mpsc::unbounded_channel();
        let writer = tokio::spawn(write_queue(Arc::clone(&stream), queue));
        Ok(Self {
            stream,
            outgoing,
            writer,
            chunk: Zeroizing::new(vec![0; CHUNK_BYTES]),
            received: Vec::new(),
            descriptors: VecDeque::new(),
        })
    }

    /// Queues a message; a gone worker shows when reading.
    pub(crate) fn send(&self, message: &ToWorker) -> Result<(), FrameError> {
        let framed = frame::encode(message)?;
        let _ = self.outgoing.send(framed);
        Ok(())
    }

    /// The next message; `None` when the worker closed its end. Safe to drop while waiting.
    pub(crate) async fn next(&mut self) -> Result<Option<FromWorker>, FrameError> {
        loop {
            if let Some(message) = self.take_message()? {
                return Ok(Some(message));
            }
            self.stream.readable().await.map_err(FrameError::Io)?;
            let stream = Arc::clone(&self.stream);
            match stream.try_io(Interest::READABLE, || self.receive(&stream)) {
                Ok(0) if self.received.is_empty() => return Ok(None),
                Ok(0) => return Err(FrameError::Truncated),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(FrameError::Io(error)),
            }
        }
    }

    /// The oldest descriptor not yet asked for.
    pub(crate) fn take_descriptor(&mut self) -> Option<OwnedFd> {
        self.descriptors.pop_front()
    }

    fn take_message(&mut self) -> Result<Option<FromWorker>, FrameError> {
        let Some((header, rest)) = self.received.split_first_chunk::<HEADER_BYTES>() else { return Ok(None) };
        let length = frame::body_length(*header)?;
        let Some(body) = rest.get(..length) else { return Ok(None) };
        let message = frame::decode(body)?;
        let used = HEADER_BYTES + length;
        self.received[..used].zeroize();
        self.received.drain(..used);
        Ok(Some(message))
    }

    fn receive(&mut self, stream: &UnixStream) -> io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let outcome = loop {
            match recvmsg(
                stream,
                &mut [IoSliceMut::new(&mut self.chunk)],
                &mut ancillary,
                RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT,
            ) {
                Err(Errno::INTR) => {}
                other => break other.map_err(io::Error::from)?,
            }
        };
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                self.descriptors.extend(descriptors);
            }
        }
        self.descriptors.truncate(DESCRIPTORS_MAX);
        self.received.extend_from_slice(&self.chunk[..outcome.bytes]);
        Ok(outcome.bytes)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.writer.abort();
        self.received.zeroize();
    }
}

async fn write_queue(stream: Arc<UnixStream>, mut queue: mpsc::UnboundedReceiver<Zeroizing<Vec<u8>>>) {
    while let Some(framed) = queue.recv().await {
        let mut rest: &[u8] = &framed;
        while !rest.is_empty() {
            if stream.writable().await.is_err() {
                return;
            }
            match stream.try_write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }
}
