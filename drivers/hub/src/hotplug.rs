//! 热插拔: what the kernel says about devices coming and going, and what stands at a port.
//!
//! The kernel tells every listener about a device the moment it comes or goes (netlink, group 1);
//! no device manager is needed for that. A listener can miss messages, and pseudo terminals and
//! permissions change without any, so the ports are looked at as well, four times a second: a
//! few calls of `stat` each.

use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::unix::AsyncFd;
use tokio::sync::watch;

/// The kernel's own messages, as opposed to those of a device manager.
const KERNEL_GROUP: u32 = 1;
/// Longest message of the kernel (`UEVENT_BUFFER_SIZE` is 2048).
const MESSAGE_BYTES: usize = 8192;
/// Between two looks at a port.
pub(crate) const LOOK: Duration = Duration::from_millis(250);
/// Subsystems a hall's device can belong to.
const SUBSYSTEMS: [&str; 7] = ["usb", "tty", "hidraw", "video4linux", "usbmisc", "input", "printer"];

/// 内核事件: one device came, went or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uevent {
    /// `add`, `remove`, `change`, `bind`, `unbind` …
    pub action: String,
    /// Path below `/sys`.
    pub path: String,
    /// `usb`, `tty`, `video4linux` …
    pub subsystem: String,
    /// Name of its node below `/dev`, if it has one.
    pub node: Option<String>,
    /// `VID/PID/release` of a USB device.
    pub product: Option<String>,
}

impl Uevent {
    /// Reads one message: `ACTION@PATH`, then `KEY=VALUE`, each ended by a nought.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut texts = bytes.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let (action, path) =
            texts.next()?.split_once('@').map(|(action, path)| (action.to_owned(), path.to_owned()))?;
        let pairs: BTreeMap<String, String> = texts
            .filter_map(|text| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())))
            .collect();
        let value = |key: &str| pairs.get(key).cloned();
        Some(Self { action, path, subsystem: value("SUBSYSTEM")?, node: value("DEVNAME"), product: value("PRODUCT") })
    }

    /// Could it be about a device of a hall?
    #[must_use]
    pub fn matters(&self) -> bool {
        SUBSYSTEMS.contains(&self.subsystem.as_str())
    }
}

/// Listens to the kernel.
pub struct Listener(AsyncFd<OwnedFd>);

impl Listener {
    /// Opens the socket; must be called within a tokio runtime.
    ///
    /// # Errors
    /// Where the kernel has no such messages (a container without them).
    pub fn open() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(KOBJECT_UEVENT))?;
        bind(&socket, &SocketAddrNetlink::new(0, KERNEL_GROUP))?;
        #[expect(deprecated, reason = "its successor is unsafe; an OwnedFd that never leaves here keeps its contract")]
        let watched = AsyncFd::new(socket)?;
        Ok(Self(watched))
    }

    /// The next message about a device; safe to drop while waiting.
    ///
    /// # Errors
    /// When the socket fails. Messages lost on the way are an error too (`ENOBUFS`): look around then.
    pub async fn next(&mut self) -> io::Result<Uevent> {
        let mut buffer = vec![0_u8; MESSAGE_BYTES];
        loop {
            let mut ready = self.0.readable().await?;
            match recv(self.0.get_ref(), &mut buffer[..], RecvFlags::DONTWAIT) {
                Ok((_, length)) => {
                    if let Some(event) = Uevent::parse(&buffer[..length.min(MESSAGE_BYTES)])
                        && event.matters()
                    {
                        return Ok(event);
                    }
                }
                Err(rustix::io::Errno::AGAIN) => ready.clear_ready(),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Counts up whenever the kernel says something; ends with its last receiver.
pub(crate) async fn tell(plugs: watch::Sender<u64>) {
    let mut listener = match Listener::open() {
        Ok(listener) => listener,
        Err(error) => {
            tracing::info!(%error, "no messages of the kernel; ports are looked at");
            return;
        }
    };
    loop {
        let heard = tokio::select! {
            heard = listener.next() => heard,
            () = plugs.closed() => return,
        };
        if let Err(error) = heard {
            tracing::debug!(%error, "messages of the kernel were lost");
        }
        plugs.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// 端口所见: enough of what stands at a port to see that it changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sight(Option<(PathBuf, u64, u64, u32, u32)>);

impl Sight {
    /// Something stands there.
    pub(crate) fn is_there(&self) -> bool {
        self.0.is_some()
    }
}

/// Looks at a port; `None` for one that is not of this machine.
pub(crate) fn look(port: &str) -> Option<Sight> {
    let node = if port.starts_with('/') {
        Path::new(port).canonicalize().ok()
    } else {
        usb_node(port.strip_prefix("usb:")?, Path::new("/sys/bus/usb/devices"))
    };
    Some(Sight(node.and_then(|node| {
        let found = node.metadata().ok()?;
        Some((node, found.rdev(), found.ino(), found.mode(), found.gid()))
    })))
}

/// The bus node of a USB device written as `1-2.3`, `1-2.3:1.0`, `0400:c35a` or `0400:c35a@1-2.3`.
pub(crate) fn usb_node(port: &str, devices: &Path) -> Option<PathBuf> {
    let (identity, path) = match port.split_once('@') {
        Some((identity, path)) => (Some(identity), Some(path)),
        None if port.contains('-') => (None, Some(port)),
        None => (Some(port), None),
    };
    let read =
        |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).map(|text| text.trim().to_owned());
    let fits = |folder: &Path| {
        let Some((vendor, product)) = identity.and_then(|identity| identity.split_once(':')) else { return true };
        read(folder, "idVendor").is_ok_and(|here| here.eq_ignore_ascii_case(vendor))
            && read(folder, "idProduct").is_ok_and(|here| here.eq_ignore_ascii_case(product))
    };
    let folder = match path {
        // An interface is part of its device.
        Some(path) => Some(devices.join(path.split(':').next().unwrap_or(path))).filter(|folder| fits(folder)),
        None => std::fs::read_dir(devices).ok()?.flatten().map(|entry| entry.path()).find(|folder| fits(folder)),
    }?;
    let (bus, device) = (read(&folder, "busnum").ok()?, read(&folder, "devnum").ok()?);
    Some(PathBuf::from(format!("/dev/bus/usb/{:0>3}/{:0>3}", bus, device)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_the_kernel_is_read() {
        let bytes = b"add@/devices/platform/vhci_hcd.0/usb1/1-3/1-3:1.0/tty/ttyACM0\0ACTION=add\0\
            DEVPATH=/devices/x\0SUBSYSTEM=tty\0MAJOR=166\0DEVNAME=ttyACM0\0SEQNUM=2010\0";
        let event = Uevent::parse(bytes).unwrap();
        assert_eq!((event.action.as_str(), event.subsystem.as_str()), ("add", "tty"));
        assert_eq!(event.node.as_deref(), Some("ttyACM0"));
        assert!(event.matters());
        let disk = Uevent::parse(b"change@/devices/vda\0SUBSYSTEM=block\0").unwrap();
        assert!(!disk.matters());
        for bad in [&b""[..], b"libudev\0\xfe\xed", b"add\0SUBSYSTEM=tty\0", b"add@/x\0DEVNAME=tty\0", &[0xFF; 300]] {
            assert_eq!(Uevent::parse(bad), None);
        }
    }

    #[test]
    fn a_port_shows_when_it_comes_goes_changes_hands_or_its_rights_change() {
        let folder = tempfile::tempdir().unwrap();
        let port = folder.path().join("port");
        let here = || look(port.to_str().unwrap()).unwrap();
        assert!(!here().is_there());
        std::os::unix::fs::symlink("/dev/null", &port).unwrap();
        let first = here();
        assert!(first.is_there());
        assert_eq!(here(), first, "nothing happened");
        std::fs::remove_file(&port).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &port).unwrap();
        assert_ne!(here(), first, "another device at the same name");
        let file = folder.path().join("node");
        std::fs::write(&file, b"").unwrap();
        let before = look(file.to_str().unwrap());
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        assert_ne!(look(file.to_str().unwrap()), before, "rights were given or taken");
        assert_eq!(look("ipp://printer/ipp/print"), None);
    }

    #[test]
    fn a_usb_device_is_found_by_path_and_by_identity() {
        let devices = tempfile::tempdir().unwrap();
        for (path, vendor, product, number) in [("1-2", "0400", "c35a", 7), ("1-2.3", "2b8b", "2721", 12)] {
            let folder = devices.path().join(path);
            std::fs::create_dir(&folder).unwrap();
            for (name, text) in [("idVendor", vendor), ("idProduct", product), ("busnum", "1")] {
                std::fs::write(folder.join(name), format!("{text}\n")).unwrap();
            }
            std::fs::write(folder.join("devnum"), format!("{number}\n")).unwrap();
        }
        let find = |port| usb_node(port, devices.path()).map(|node| node.to_string_lossy().into_owned());
        assert_eq!(find("0400:C35A").as_deref(), Some("/dev/bus/usb/001/007"));
        assert_eq!(find("1-2.3").as_deref(), Some("/dev/bus/usb/001/012"));
        assert_eq!(find("1-2.3:1.0").as_deref(), Some("/dev/bus/usb/001/012"));
        assert_eq!(find("2b8b:2721@1-2.3").as_deref(), Some("/dev/bus/usb/001/012"));
        assert_eq!(find("0400:c35a@1-2.3"), None, "another device stands there");
        assert_eq!(find("1-4"), None);
    }
}
