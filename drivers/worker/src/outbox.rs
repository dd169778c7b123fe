//! Messages to the terminal, from any thread.

use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};
use tongban_device::frame::write_message;
use tongban_device::message::FromWorker;

/// The writing end of the socket.
pub(crate) struct Outbox(Mutex<UnixStream>);

impl Outbox {
    pub(crate) fn new(socket: UnixStream) -> Self {
        Self(Mutex::new(socket))
    }

    /// Sends; a terminal that is gone ends this process through the inbox.
    pub(crate) fn send(&self, message: &FromWorker) {
        let mut socket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = write_message(&mut *socket, message) {
            tracing::warn!(%error, "message not sent");
        }
    }
}
