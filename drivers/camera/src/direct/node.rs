//! A video node: finding it by its port, asking what it can do, setting it up.

use super::abi::{
    self, CAN_CAPTURE, CAN_STREAM, CAPTURE, Capability, Control, Format, FormatName, FrameInterval, FrameSize, JPEG,
    MJPG, QueryControl, Request, StreamParm, Way, YUYV, call,
};
use rustix::fs::{Mode as FileMode, OFlags, open};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use tongban_device::fault::DeviceFault;

/// Formats we read, best first: large pictures come as JPEG only over USB 2.
const FORMATS: [u32; 3] = [MJPG, JPEG, YUYV];
/// Most entries asked for in a list a camera gives.
const LIST_MAX: u32 = 64;
/// `V4L2_FRMSIZE_TYPE_DISCRETE`, `V4L2_FRMIVAL_TYPE_DISCRETE`.
const DISCRETE: u32 = 1;
/// `V4L2_CTRL_FLAG_DISABLED`.
const DISABLED: u32 = 1;

/// 模式: one size in one format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Four-character code.
    pub pixel_format: u32,
    /// Most pictures a second, rounded.
    pub fps: u32,
}

impl Mode {
    /// Pixels of one picture.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// How good the format is; smaller is better.
    #[must_use]
    pub fn rank(&self) -> usize {
        FORMATS.iter().position(|format| *format == self.pixel_format).unwrap_or(FORMATS.len())
    }
}

/// A video node, open.
pub struct Node {
    file: OwnedFd,
    /// Where it was found.
    pub path: PathBuf,
    /// The camera's name.
    pub card: String,
    /// The kernel's driver and bus address.
    pub bus: String,
}

impl AsFd for Node {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// What a failed call says about the camera.
pub(super) fn fault(error: &io::Error) -> DeviceFault {
    match error.raw_os_error() {
        Some(libc::ENODEV) => DeviceFault::Unplugged,
        Some(libc::ENOENT | libc::ENXIO) => DeviceFault::NoDevice,
        Some(libc::EACCES | libc::EPERM) => DeviceFault::Denied,
        Some(libc::EBUSY) => DeviceFault::Busy,
        Some(libc::ENOTTY | libc::EINVAL) => DeviceFault::Unsupported,
        _ => DeviceFault::Hardware(error.to_string().chars().take(80).collect()),
    }
}

/// The node behind a port: `/dev/v4l/by-path/…`, or `usb:1-2.3` / `usb:1-2.3:1.0` (port path and
/// interface as in sysfs) where no device manager makes such links.
///
/// # Errors
/// `NoDevice` when nothing is there, `Unsupported` for another way of writing.
pub fn find(port: &str) -> Result<PathBuf, DeviceFault> {
    find_in(port, Path::new("/sys/class/video4linux"))
}

fn find_in(port: &str, class: &Path) -> Result<PathBuf, DeviceFault> {
    if port.starts_with('/') {
        let node = Path::new(port).canonicalize().map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => DeviceFault::Denied,
            _ => DeviceFault::NoDevice,
        })?;
        let is_video = node.file_name().is_some_and(|name| name.to_string_lossy().starts_with("video"));
        return if is_video { Ok(node) } else { Err(DeviceFault::Unsupported) };
    }
    let wanted = port.strip_prefix("usb:").ok_or(DeviceFault::Unsupported)?;
    let entries = std::fs::read_dir(class).map_err(|_| DeviceFault::NoDevice)?;
    for entry in entries.flatten() {
        let index = std::fs::read_to_string(entry.path().join("index")).unwrap_or_default();
        let Ok(device) = entry.path().join("device").canonicalize() else { continue };
        let interface = device.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let same = interface == wanted || interface.split(':').next() == Some(wanted);
        // Index 0 gives pictures, the next one their metadata.
        if same && index.trim() == "0" {
            return Ok(Path::new("/dev").join(entry.file_name()));
        }
    }
    Err(DeviceFault::NoDevice)
}

impl Node {
    /// Opens the camera at this port.
    ///
    /// # Errors
    /// `NoDevice`, `Denied`, `Busy`; `Unsupported` when the node gives no pictures.
    pub fn open(port: &str) -> Result<Self, DeviceFault> {
        let path = find(port)?;
        let file = open(&path, OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC, FileMode::empty())
            .map_err(|error| fault(&error.into()))?;
        let mut capability = Capability::zeroed();
        call(file.as_fd(), Way::Out, 0, &mut capability).map_err(|error| fault(&error))?;
        if capability.device_caps & (CAN_CAPTURE | CAN_STREAM) != CAN_CAPTURE | CAN_STREAM {
            return Err(DeviceFault::Unsupported);
        }
        Ok(Self { file, path, card: text(&capability.card), bus: text(&capability.bus_info) })
    }

    /// Every size and format it offers that we can read.
    #[must_use]
    pub fn modes(&self) -> Vec<Mode> {
        let mut modes = Vec::new();
        for index in 0..LIST_MAX {
            let mut name = FormatName { index, kind: CAPTURE, ..FormatName::zeroed() };
            if call(self.as_fd(), Way::Both, 2, &mut name).is_err() {
                break;
            }
            if FORMATS.contains(&name.pixel_format) {
                self.sizes(name.pixel_format, &mut modes);
            }
        }
        modes
    }

    fn sizes(&self, pixel_format: u32, modes: &mut Vec<Mode>) {
        for index in 0..LIST_MAX {
            let mut size = FrameSize { index, pixel_format, ..FrameSize::zeroed() };
            if call(self.as_fd(), Way::Both, 74, &mut size).is_err() {
                break;
            }
            // Of a range the largest.
            let (width, height) =
                if size.kind == DISCRETE { (size.size[0], size.size[1]) } else { (size.size[1], size.size[4]) };
            modes.push(Mode { width, height, pixel_format, fps: self.fastest(pixel_format, width, height) });
            if size.kind != DISCRETE {
                break;
            }
        }
    }

    fn fastest(&self, pixel_format: u32, width: u32, height: u32) -> u32 {
        let mut best = 0;
        for index in 0..LIST_MAX {
            let mut interval = FrameInterval { index, pixel_format, width, height, ..FrameInterval::zeroed() };
            if call(self.as_fd(), Way::Both, 75, &mut interval).is_err() {
                break;
            }
            let [numerator, denominator, ..] = interval.fractions;
            best = best.max(denominator.checked_div(numerator.max(1)).unwrap_or(0));
            if interval.kind != DISCRETE {
                break;
            }
        }
        best
    }

    /// Sets size and format; the camera may choose a neighbour, which is what is returned.
    ///
    /// # Errors
    /// `Busy` while another program streams.
    pub fn set_mode(&self, mode: Mode, fps: u32) -> Result<Mode, DeviceFault> {
        let mut format = Format {
            kind: CAPTURE,
            width: mode.width,
            height: mode.height,
            pixel_format: mode.pixel_format,
            // V4L2_FIELD_ANY.
            field: 0,
            ..Format::zeroed()
        };
        call(self.as_fd(), Way::Both, 5, &mut format).map_err(|error| fault(&error))?;
        if fps > 0 {
            let mut parm = StreamParm { kind: CAPTURE, numerator: 1, denominator: fps, ..StreamParm::zeroed() };
            // A camera with one speed refuses; it then has that speed.
            let _kept = call(self.as_fd(), Way::Both, 22, &mut parm);
        }
        Ok(Mode { width: format.width, height: format.height, pixel_format: format.pixel_format, ..mode })
    }

    /// Sets a control, brought into its range; false when the camera has no such control.
    ///
    /// # Errors
    /// When the camera is gone or refuses the value.
    pub fn set_control(&self, id: u32, value: i32) -> Result<bool, DeviceFault> {
        let mut query = QueryControl { id, ..QueryControl::zeroed() };
        match call(self.as_fd(), Way::Both, 36, &mut query) {
            Ok(()) if query.flags & DISABLED == 0 => {}
            Ok(()) => return Ok(false),
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => return Ok(false),
            Err(error) => return Err(fault(&error)),
        }
        let value = value.clamp(query.minimum, query.maximum.max(query.minimum));
        let mut control = Control { id, value };
        call(self.as_fd(), Way::Both, 28, &mut control).map(|()| true).map_err(|error| fault(&error))
    }

    /// The value of a control, if the camera has it.
    #[must_use]
    pub fn control(&self, id: u32) -> Option<i32> {
        let mut control = Control { id, value: 0 };
        call(self.as_fd(), Way::Both, 27, &mut control).ok().map(|()| control.value)
    }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).chars().filter(|c| !c.is_control()).take(64).collect()
}

/// The four-character code as people write it.
#[must_use]
pub fn four(code: u32) -> String {
    code.to_le_bytes().iter().map(|byte| char::from(*byte)).collect::<String>().trim().to_owned()
}

/// Names kept for the evidence.
pub(super) const CONTROLS: [(&str, u32); 4] = [
    ("exposure-auto", abi::EXPOSURE_AUTO),
    ("exposure", abi::EXPOSURE),
    ("focus", abi::FOCUS),
    ("focus-auto", abi::FOCUS_AUTO),
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_lens_is_found_by_its_port_and_not_by_its_number() {
        let root = tempfile::tempdir().unwrap();
        let (class, bus) = (root.path().join("class"), root.path().join("bus"));
        for (node, interface, index) in
            [("video3", "1-2.1:1.0", "0"), ("video2", "1-2.1:1.0", "1"), ("video0", "1-2.2:1.0", "0")]
        {
            std::fs::create_dir_all(bus.join(interface)).unwrap();
            std::fs::create_dir_all(class.join(node)).unwrap();
            std::fs::write(class.join(node).join("index"), format!("{index}\n")).unwrap();
            std::os::unix::fs::symlink(bus.join(interface), class.join(node).join("device")).unwrap();
        }
        assert_eq!(find_in("usb:1-2.1", &class), Ok(PathBuf::from("/dev/video3")));
        assert_eq!(find_in("usb:1-2.2:1.0", &class), Ok(PathBuf::from("/dev/video0")));
        assert_eq!(find_in("usb:1-2.3", &class), Err(DeviceFault::NoDevice));
        assert_eq!(find_in("usb:1-2", &class), Err(DeviceFault::NoDevice), "a hub is not its camera");
        assert_eq!(find_in("video0", &class), Err(DeviceFault::Unsupported));
    }

    #[test]
    fn what_is_no_camera_is_refused() {
        assert_eq!(Node::open("/dev/v4l/by-path/none-video-index0").err(), Some(DeviceFault::NoDevice));
        assert_eq!(Node::open("/dev/null").err(), Some(DeviceFault::Unsupported));
    }
}
