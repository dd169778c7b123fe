//! Ports a printer can be opened on without the transport crate: USB printer nodes and TCP.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};
use tongban_device::fault::DeviceFault;
use tongban_device::transport::{ByteLink, LinkError};

/// Slice of a write; the kernel takes it whole or not at all on the ports in question.
const WRITE_SLICE: usize = 512;
/// Pause between two tries on a port that would block.
const PAUSE: Duration = Duration::from_millis(5);

/// A port read and written without blocking.
enum Port {
    /// `/dev/usb/lpN`, opened non-blocking.
    File(File),
    /// A raw TCP port (9100).
    Tcp(TcpStream),
}

/// A [`ByteLink`] over such a port.
pub(crate) struct PortLink(Port);

impl PortLink {
    /// The file behind it, when it is one.
    pub(crate) fn file(&self) -> Option<&File> {
        match &self.0 {
            Port::File(file) => Some(file),
            Port::Tcp(_) => None,
        }
    }
}

/// Opens `/dev/usb/lpN` or `tcp://host:port`.
pub(crate) fn open(port: &str) -> Result<Box<dyn ByteLink>, DeviceFault> {
    open_port(port).map(|link| Box::new(link) as Box<dyn ByteLink>)
}

/// As [`open`], keeping the type.
pub(crate) fn open_port(port: &str) -> Result<PortLink, DeviceFault> {
    if let Some(address) = port.strip_prefix("tcp://") {
        return connect(address).map(|stream| PortLink(Port::Tcp(stream)));
    }
    if !port.starts_with('/') {
        return Err(DeviceFault::Unsupported);
    }
    let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = OpenOptions::new().read(true).write(true).custom_flags(nonblocking).open(port);
    file.map(|file| PortLink(Port::File(file))).map_err(|e| opening(&e))
}

fn connect(address: &str) -> Result<TcpStream, DeviceFault> {
    let target = address.to_socket_addrs().ok().and_then(|mut found| found.next()).ok_or(DeviceFault::NoDevice)?;
    let stream = TcpStream::connect_timeout(&target, Duration::from_secs(3)).map_err(|e| opening(&e))?;
    stream.set_nonblocking(true).map_err(|e| opening(&e))?;
    Ok(stream)
}

fn opening(error: &std::io::Error) -> DeviceFault {
    match error.kind() {
        ErrorKind::PermissionDenied => DeviceFault::Denied,
        ErrorKind::ResourceBusy => DeviceFault::Busy,
        _ => DeviceFault::NoDevice,
    }
}

fn gone(error: &std::io::Error) -> LinkError {
    match error.kind() {
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::NotFound => {
            LinkError::Disconnected
        }
        ErrorKind::PermissionDenied => LinkError::Denied,
        kind => LinkError::Other(kind.to_string()),
    }
}

impl ByteLink for PortLink {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let slice = &rest[..rest.len().min(WRITE_SLICE)];
            let written = match &mut self.0 {
                Port::File(file) => file.write(slice),
                Port::Tcp(stream) => stream.write(slice),
            };
            match written {
                Ok(0) => return Err(LinkError::Disconnected),
                Ok(count) => rest = &rest[count..],
                Err(e) if e.kind() == ErrorKind::WouldBlock || e.kind() == ErrorKind::Interrupted => {
                    if Instant::now() >= deadline {
                        return Err(LinkError::Other(format!("{} of {} bytes not taken", rest.len(), bytes.len())));
                    }
                    std::thread::sleep(PAUSE);
                }
                Err(e) => return Err(gone(&e)),
            }
        }
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        let until = Instant::now() + wait;
        loop {
            let (got, end) = match &mut self.0 {
                // A USB printer node reads 0 bytes while the printer has nothing to say.
                Port::File(file) => (file.read(buffer), false),
                Port::Tcp(stream) => (stream.read(buffer), true),
            };
            match got {
                Ok(0) if end => return Err(LinkError::Disconnected),
                Ok(count) if count > 0 => return Ok(count),
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock || e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(gone(&e)),
            }
            if Instant::now() >= until {
                return Ok(0);
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        let mut waste = [0_u8; 256];
        for _ in 0..64 {
            if self.read(&mut waste, Duration::ZERO)? == 0 {
                return Ok(());
            }
        }
        Ok(())
    }
}
