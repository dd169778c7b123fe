//! What a process that reads foreign bytes should not be able to do.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use tongban_device::message::Setup;
use tongban_sandbox::Allowance;

/// Where the hub puts our socket.
const SOCKET_FD: i32 = 3;
/// Address space: enough for the largest message twice and the libraries.
pub(crate) const ADDRESS_SPACE_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Ports that lie on the network.
const NETWORK: [&str; 6] = ["ipp:", "ipps:", "http:", "https:", "tcp:", "socket:"];
/// Ports that do not, although they are no paths: libraries and services of this machine.
const HERE: [&str; 4] = ["usb:", "sdt:", "cvr:", "pcsc:"];

/// What this device needs: the network if it is there, and the folders its options name.
pub(crate) fn allowance(setup: &Setup) -> Allowance {
    let begins = |with: &[&str]| with.iter().any(|scheme| setup.port.starts_with(scheme));
    let named = |text: &String| {
        let path = Path::new(text);
        // A vendor's library reads its licence and tables beside it.
        let folder = if path.is_file() { path.parent() } else { Some(path) };
        folder.filter(|folder| folder.is_absolute() && folder.components().count() > 2).map(PathBuf::from)
    };
    let options = setup.options.values();
    Allowance {
        // NUT and call displays have an address in the form host:port.
        network: begins(&NETWORK) || !(setup.port.starts_with('/') || setup.port.is_empty() || begins(&HERE)),
        read: options.filter_map(named).collect(),
    }
}

/// The socket the hub left us.
pub(crate) fn inherited_socket() -> io::Result<UnixStream> {
    // SAFETY: nothing else in this process has descriptor 3 before this call: the hub puts
    // the socket there before exec and nothing has been opened since. If it is not open or
    // not a socket, the check below says so before it is used.
    let descriptor = unsafe { OwnedFd::from_raw_fd(SOCKET_FD) };
    match rustix::net::sockopt::socket_type(&descriptor) {
        Ok(_) => {
            rustix::io::fcntl_setfd(&descriptor, rustix::io::FdFlags::CLOEXEC)?;
            Ok(UnixStream::from(descriptor))
        }
        Err(error) => {
            // Not ours to close.
            std::mem::forget(descriptor);
            Err(error.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use tongban_device::state::DeviceKind;

    fn setup(port: &str, option: &str) -> Setup {
        Setup {
            kind: DeviceKind::IdCardReader,
            driver: String::new(),
            port: port.to_owned(),
            options: BTreeMap::from([("library".to_owned(), option.to_owned())]),
        }
    }

    #[test]
    fn only_devices_on_the_network_get_the_network() {
        for port in ["ipp://printer:631/ipp/print", "tcp:10.0.0.9:9100", "localhost:3493", "hall@ups:3493"] {
            assert!(allowance(&setup(port, "")).network, "{port}");
        }
        for port in [
            "/dev/serial/by-path/x",
            "usb:0400:c35a",
            "usb:1-2.3",
            "/dev/usb/lp0",
            "/dev/pts/4",
            "sdt:1001",
            "cvr:/dev/ttyUSB0",
            "pcsc:",
            "",
        ] {
            assert!(!allowance(&setup(port, "")).network, "{port}");
        }
    }

    #[test]
    fn options_that_are_folders_are_readable_but_never_everything() {
        assert_eq!(allowance(&setup("/dev/x", "/opt/vendor/models")).read, [PathBuf::from("/opt/vendor/models")]);
        for text in ["115200", "/", "/home", "relative/path"] {
            assert!(allowance(&setup("/dev/x", text)).read.is_empty(), "{text}");
        }
    }
}
