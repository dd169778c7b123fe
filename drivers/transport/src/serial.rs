//! 串口. Opened exclusively (TIOCEXCL and flock), raw, 8N1, no flow control.
#![allow(unsafe_code)]

use crate::{SLICE_BYTES, SLICE_WAIT};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use serialport::{ClearBuffer, ErrorKind, SerialPort, TTYPort};
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;
use std::time::{Duration, Instant};
use tongban_device::transport::{ByteLink, LinkError};

/// A serial port held by this process alone.
pub struct SerialLink {
    port: TTYPort,
}

impl SerialLink {
    /// Opens `path` (a device or a link to one) at `baud`.
    ///
    /// # Errors
    /// `NoDevice`, `Denied`, `Busy` when another process holds it, else `Other`.
    pub fn open(path: &str, baud: u32) -> Result<Self, LinkError> {
        let port =
            serialport::new(path, baud).timeout(SLICE_WAIT).open_native().map_err(|error| open_error(path, &error))?;
        // serialport leaves the descriptor blocking: after its poll says "writable", a
        // write larger than the room left would block without end.
        // SAFETY: `port` owns the descriptor and outlives the borrow.
        let descriptor = unsafe { BorrowedFd::borrow_raw(port.as_raw_fd()) };
        fcntl_getfl(descriptor)
            .and_then(|flags| fcntl_setfl(descriptor, flags | OFlags::NONBLOCK))
            .map_err(|error| LinkError::Other(format!("fcntl: {error}")))?;
        let mut link = Self { port };
        // Adapters need it to power the device; pseudo terminals and some adapters have no
        // modem lines and refuse, which is no reason not to talk.
        let _ = link.port.write_data_terminal_ready(true);
        link.flush_input()?;
        Ok(link)
    }
}

/// `NoDevice` of serialport means "locked by another" as well as "not there".
fn open_error(path: &str, error: &serialport::Error) -> LinkError {
    match error.kind() {
        ErrorKind::Io(io::ErrorKind::NotFound) => LinkError::NoDevice,
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => LinkError::Denied,
        ErrorKind::NoDevice if Path::new(path).exists() => LinkError::Busy,
        ErrorKind::NoDevice => LinkError::NoDevice,
        // ENXIO, ENODEV, EIO: the node is there, the hardware behind it is not.
        ErrorKind::Unknown if !Path::new(path).exists() => LinkError::NoDevice,
        _ => LinkError::Other(error.description.clone()),
    }
}

fn io_error(error: &io::Error) -> LinkError {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::NotFound | io::ErrorKind::NotConnected => LinkError::Disconnected,
        // serialport turns EIO, ENXIO and ENODEV of a vanished adapter into "Other".
        io::ErrorKind::Other => LinkError::Disconnected,
        io::ErrorKind::PermissionDenied => LinkError::Denied,
        _ => LinkError::Other(error.to_string()),
    }
}

fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

impl ByteLink for SerialLink {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(LinkError::Other("write not finished in time".to_owned()));
            }
            self.port.set_timeout(left.min(SLICE_WAIT)).map_err(|_| LinkError::Disconnected)?;
            match self.port.write(&rest[..rest.len().min(SLICE_BYTES)]) {
                Ok(count) => rest = &rest[count..],
                Err(error) if is_wait(&error) => std::thread::yield_now(),
                Err(error) => return Err(io_error(&error)),
            }
        }
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        self.port.set_timeout(wait.min(SLICE_WAIT)).map_err(|_| LinkError::Disconnected)?;
        match self.port.read(buffer) {
            // A terminal that is readable and gives nothing has hung up.
            Ok(0) if !buffer.is_empty() => Err(LinkError::Disconnected),
            Ok(count) => Ok(count),
            Err(error) if is_wait(&error) => Ok(0),
            Err(error) => Err(io_error(&error)),
        }
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        self.port.clear(ClearBuffer::Input).map_err(|_| LinkError::Disconnected)
    }

    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError> {
        self.port.set_baud_rate(baud).map_err(|error| LinkError::Other(error.description))
    }
}
