//! 可选端口: what a technician can bind a role to.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use tongban_device::state::DeviceKind;

/// Extra folders of ports, colon separated (the demo's pseudo terminals).
const PORT_DIRS: &str = "TONGBAN_PORT_DIRS";

/// Ports present now that could carry a device of this kind. Stable names
/// (`by-path`) come first; kernel names are listed only where no stable one exists.
#[must_use]
pub fn candidates(kind: DeviceKind) -> Vec<String> {
    match kind {
        DeviceKind::IdCardReader | DeviceKind::FingerprintScanner => {
            let mut ports = serial();
            ports.extend(entries("/dev", |name| name.starts_with("hidraw")));
            ports.extend(extra_ports());
            ports
        }
        DeviceKind::DocumentCamera | DeviceKind::FaceCamera => {
            entries("/dev/v4l/by-path", |name| name.ends_with("-video-index0"))
        }
        DeviceKind::DocumentPrinter | DeviceKind::CertificatePrinter => {
            entries("/dev/usb", |name| name.starts_with("lp"))
        }
        DeviceKind::CodeScanner => {
            let mut ports = serial();
            ports.extend(extra_ports());
            ports.extend(entries("/dev/input/by-path", |name| name.ends_with("-event-kbd")));
            ports
        }
        // A supply may also be an address, which only its hall knows.
        DeviceKind::CallDisplay | DeviceKind::PowerSupply => {
            let mut ports = serial();
            ports.extend(extra_ports());
            ports
        }
        DeviceKind::SignaturePad => entries("/dev/input/by-path", |name| name.contains("-event")),
        DeviceKind::SmartCardReader => vec!["pcsc:".to_owned()],
    }
}

fn serial() -> Vec<String> {
    let ports = entries("/dev/serial/by-path", |_| true);
    if ports.is_empty() {
        return entries("/dev", |name| name.starts_with("ttyUSB") || name.starts_with("ttyACM"));
    }
    ports
}

/// Terminals in the folders of [`PORT_DIRS`].
pub(crate) fn extra_ports() -> Vec<String> {
    extra(&std::env::var(PORT_DIRS).unwrap_or_default())
}

fn extra(folders: &str) -> Vec<String> {
    let folders = folders.split(':').filter(|folder| !folder.is_empty());
    folders.flat_map(|folder| entries(folder, |_| true)).filter(|path| is_terminal(path)).collect()
}

/// Sockets and capture files may lie beside the links.
fn is_terminal(path: &str) -> bool {
    fs::metadata(path).is_ok_and(|found| found.file_type().is_char_device())
}

fn entries(folder: &str, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let Ok(found) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = found
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| wanted(name))
        .map(|name| Path::new(folder).join(name).to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::extra;

    #[test]
    fn only_terminals_of_the_folders_given_are_ports() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        std::os::unix::fs::symlink("/dev/null", place("reader")).unwrap();
        std::os::unix::fs::symlink("/dev/nothing-there", place("unplugged")).unwrap();
        std::fs::write(place("capture"), b"bytes").unwrap();
        let folders = format!(":/nonexistent:{}", folder.path().display());
        assert_eq!(extra(&folders), [place("reader").to_str().unwrap()]);
        assert!(extra("").is_empty());
    }
}
