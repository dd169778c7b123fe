//! 在位设备: every device plugged in now that could serve a hall, bound or not, by what sysfs says.
//!
//! Nothing is opened: a device in use stays undisturbed, and what may not be opened is listed too,
//! with the udev rule that would cure it.

use rustix::fs::{Access, access};
use std::fs;
use std::path::{Path, PathBuf};
use tongban_device::state::DeviceKind;

/// USB identities of card readers: vendor, product, driver.
const READERS: [(&str, &str, &str); 2] = [("0400", "c35a", "sam-usb"), ("2b8b", "2721", "sam-hid")];
/// Vendor-specific interface class (USB 2.0, table 9-12 `bInterfaceClass`).
const VENDOR_CLASS: &str = "ff";

/// One device that is plugged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// How a configuration names its port.
    pub port: String,
    /// Bus and port path in sysfs, `1-2.3`; empty for a device that is not on USB.
    pub path: String,
    /// Node below `/dev`.
    pub node: PathBuf,
    /// `VID:PID`, if it is a USB device.
    pub identity: Option<String>,
    /// Maker and product as the device calls itself.
    pub name: String,
    /// What it can be bound as: kind and driver.
    pub uses: Vec<(DeviceKind, &'static str)>,
    /// May this user read and write it?
    pub permitted: bool,
}

impl Present {
    /// The udev rule that lets the group `tongban` use it (`installer/udev/70-tongban.rules` has
    /// those of known devices).
    #[must_use]
    pub fn rule(&self) -> String {
        let node = self.node.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let letters = node.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        let subsystem = match letters.as_str() {
            "hidraw" => "hidraw",
            "video" => "video4linux",
            "lp" => "usbmisc",
            "event" => "input",
            "" => "usb",
            _ => "tty",
        };
        let who = self.identity.as_deref().and_then(|identity| identity.split_once(':'));
        let (own, device) = if subsystem == "usb" { ("ATTR", "ENV{DEVTYPE}==\"usb_device\", ") } else { ("ATTRS", "") };
        let identity = who.map_or_else(
            || format!("KERNEL==\"{letters}[0-9]*\", "),
            |(vendor, product)| format!("{own}{{idVendor}}==\"{vendor}\", {own}{{idProduct}}==\"{product}\", "),
        );
        format!("SUBSYSTEM==\"{subsystem}\", {device}{identity}GROUP=\"tongban\", MODE=\"0660\"")
    }
}

/// Everything present, sorted by port.
#[must_use]
pub fn present() -> Vec<Present> {
    let mut found = present_in(Path::new("/sys"), Path::new("/dev"));
    for port in crate::ports::extra_ports() {
        let node = Path::new(&port).canonicalize().unwrap_or_else(|_| PathBuf::from(&port));
        found.push(Present {
            path: String::new(),
            permitted: may_use(&node),
            node,
            identity: None,
            name: String::new(),
            uses: vec![(DeviceKind::IdCardReader, "sam-serial"), (DeviceKind::FingerprintScanner, "ef01-serial")],
            port,
        });
    }
    found
}

fn present_in(sys: &Path, dev: &Path) -> Vec<Present> {
    let mut found = Vec::new();
    let serial = vec![
        (DeviceKind::IdCardReader, "sam-serial"),
        (DeviceKind::FingerprintScanner, "ef01-serial"),
        (DeviceKind::DocumentPrinter, "escpos"),
        (DeviceKind::CodeScanner, "codes-serial"),
        (DeviceKind::CallDisplay, "led-board"),
        (DeviceKind::CallDisplay, "window-panel"),
        (DeviceKind::PowerSupply, "megatec"),
    ];
    let cameras = vec![(DeviceKind::DocumentCamera, "v4l"), (DeviceKind::FaceCamera, "v4l")];
    let printers = vec![(DeviceKind::DocumentPrinter, "usblp"), (DeviceKind::DocumentPrinter, "escpos")];
    for (class, links, prefix, folder, uses) in [
        ("tty", Some("serial/by-path"), &["ttyUSB", "ttyACM"][..], "", serial),
        ("hidraw", None, &["hidraw"], "", vec![(DeviceKind::IdCardReader, "sam-hid")]),
        ("video4linux", Some("v4l/by-path"), &["video"], "", cameras),
        ("usbmisc", None, &["lp"], "usb", printers),
        ("input", Some("input/by-path"), &["event"], "input", Vec::new()),
    ] {
        for name in names(&sys.join("class").join(class)) {
            let entry = sys.join("class").join(class).join(&name);
            let second = class == "video4linux" && read(&entry, "index").is_some_and(|index| index != "0");
            if second || !prefix.iter().any(|prefix| name.starts_with(prefix)) {
                continue;
            }
            let Ok(device) = entry.join("device").canonicalize() else { continue };
            let node = dev.join(folder).join(&name);
            let port = links.and_then(|links| link_to(&dev.join(links), &node)).unwrap_or_else(|| text(&node));
            let usb = usb_device(&device);
            // Keyboards and mice are no readers.
            let identity = usb.as_deref().and_then(identity);
            let known = READERS.iter().any(|(v, p, _)| identity.as_deref() == Some(&format!("{v}:{p}")));
            let uses = if class == "input" { typed_or_written(&device) } else { uses.clone() };
            if (class == "hidraw" && !known) || uses.is_empty() || (class == "input" && usb.is_none()) {
                continue;
            }
            found.push(describe(port, usb, node, identity, uses));
        }
    }
    found.extend(bulk_readers(sys, dev));
    found.sort_by(|one, other| one.port.cmp(&other.port));
    found
}

/// What types digits and Enter may be a scanner, what has a pen a signature pad; by what the kernel
/// says it can report (linux/input-event-codes.h).
fn typed_or_written(device: &Path) -> Vec<(DeviceKind, &'static str)> {
    const ENTER: usize = 28;
    const PEN: usize = 320;
    let has = |kind: &str, bit: usize| {
        let text = fs::read_to_string(device.join("capabilities").join(kind)).unwrap_or_default();
        // Words of 64 bits, the highest first.
        let word = text.split_whitespace().rev().nth(bit / 64).and_then(|word| u64::from_str_radix(word, 16).ok());
        word.is_some_and(|word| word >> (bit % 64) & 1 == 1)
    };
    let mut uses = Vec::new();
    if (2..=11).all(|digit| has("key", digit)) && has("key", ENTER) {
        uses.push((DeviceKind::CodeScanner, "codes-keyboard"));
    }
    if has("abs", 0) && has("abs", 1) && has("key", PEN) {
        uses.push((DeviceKind::SignaturePad, "pad-evdev"));
    }
    uses
}

/// Readers on bulk endpoints have no node but that of the bus.
fn bulk_readers(sys: &Path, dev: &Path) -> Vec<Present> {
    let devices = sys.join("bus/usb/devices");
    let mut found = Vec::new();
    for path in names(&devices) {
        let folder = devices.join(&path);
        let Some(here) = identity(&folder) else { continue };
        let vendor_class = names(&folder)
            .iter()
            .any(|name| read(&folder.join(name), "bInterfaceClass").as_deref() == Some(VENDOR_CLASS));
        let driver = READERS.iter().find(|(v, p, _)| format!("{v}:{p}") == here);
        if let (Some(_), true) = (driver, vendor_class)
            && let (Some(bus), Some(number)) = (read(&folder, "busnum"), read(&folder, "devnum"))
        {
            let node = dev.join(format!("bus/usb/{bus:0>3}/{number:0>3}"));
            let uses = vec![(DeviceKind::IdCardReader, "sam-usb")];
            found.push(describe(format!("usb:{here}@{path}"), Some(folder), node, Some(here), uses));
        }
    }
    found
}

fn describe(
    port: String,
    usb: Option<PathBuf>,
    node: PathBuf,
    identity: Option<String>,
    uses: Vec<(DeviceKind, &'static str)>,
) -> Present {
    let of = |name: &str| usb.as_deref().and_then(|folder| read(folder, name));
    let words: Vec<String> = ["manufacturer", "product", "serial"].iter().filter_map(|name| of(name)).collect();
    let path = usb.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    Present {
        port,
        path: path.unwrap_or_default(),
        permitted: may_use(&node),
        node,
        identity,
        name: words.join(" "),
        uses,
    }
}

fn may_use(node: &Path) -> bool {
    access(node, Access::READ_OK | Access::WRITE_OK).is_ok()
}

/// The USB device a node of another class hangs on.
fn usb_device(device: &Path) -> Option<PathBuf> {
    device.ancestors().find(|folder| folder.join("idVendor").exists()).map(Path::to_owned)
}

fn identity(folder: &Path) -> Option<String> {
    Some(format!("{}:{}", read(folder, "idVendor")?, read(folder, "idProduct")?))
}

fn link_to(folder: &Path, node: &Path) -> Option<String> {
    let node = node.canonicalize().ok()?;
    let link = names(folder).into_iter().map(|name| folder.join(name));
    link.filter(|link| link.canonicalize().is_ok_and(|target| target == node)).map(|link| text(&link)).next()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// A line of a sysfs file, without what could disturb a terminal.
fn read(folder: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join(name)).ok()?;
    Some(text.trim().chars().filter(|c| !c.is_control()).take(64).collect())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn put(folder: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), format!("{text}\n")).unwrap();
        }
    }

    /// A reader on bulk endpoints, one behind a serial adapter, a lens with its two nodes, a mouse.
    fn machine(root: &Path) {
        let (sys, dev) = (root.join("sys"), root.join("dev"));
        let usb = sys.join("bus/usb/devices");
        put(
            &usb.join("1-2"),
            &[("idVendor", "0400"), ("idProduct", "c35a"), ("busnum", "1"), ("devnum", "4"), ("product", "ID Reader")],
        );
        put(&usb.join("1-2/1-2:1.0"), &[("bInterfaceClass", "ff")]);
        put(&usb.join("1-3"), &[("idVendor", "1a86"), ("idProduct", "7523"), ("busnum", "1"), ("devnum", "5")]);
        put(&usb.join("1-3/1-3:1.0/ttyUSB0"), &[]);
        put(&usb.join("1-4"), &[("idVendor", "1b17"), ("idProduct", "0211"), ("product", "DocCam")]);
        put(&usb.join("1-4/1-4:1.0"), &[]);
        put(&usb.join("1-5"), &[("idVendor", "046d"), ("idProduct", "c077")]);
        put(&usb.join("1-5/1-5:1.0/hid"), &[]);
        for (class, name, device, index) in [
            ("tty", "ttyUSB0", "1-3/1-3:1.0/ttyUSB0", ""),
            ("video4linux", "video0", "1-4/1-4:1.0", "0"),
            ("video4linux", "video1", "1-4/1-4:1.0", "1"),
            ("hidraw", "hidraw0", "1-5/1-5:1.0/hid", ""),
        ] {
            put(&sys.join("class").join(class).join(name), &[("index", index)]);
            symlink(usb.join(device), sys.join("class").join(class).join(name).join("device")).unwrap();
        }
        put(&dev.join("bus/usb/001"), &[("004", "")]);
        put(&dev, &[("ttyUSB0", ""), ("video0", ""), ("video1", ""), ("hidraw0", "")]);
        fs::create_dir_all(dev.join("v4l/by-path")).unwrap();
        symlink(dev.join("video0"), dev.join("v4l/by-path/pci-usb-0:4:1.0-video-index0")).unwrap();
    }

    #[test]
    fn every_device_a_hall_can_use_is_listed_once_with_its_port() {
        let root = tempfile::tempdir().unwrap();
        machine(root.path());
        let found = present_in(&root.path().join("sys"), &root.path().join("dev"));
        let ports: Vec<&str> = found.iter().map(|one| one.port.rsplit('/').next().unwrap()).collect();
        assert_eq!(ports, ["ttyUSB0", "pci-usb-0:4:1.0-video-index0", "usb:0400:c35a@1-2"]);
        let reader = &found[2];
        assert_eq!((reader.path.as_str(), reader.name.as_str()), ("1-2", "ID Reader"));
        assert_eq!(reader.uses, [(DeviceKind::IdCardReader, "sam-usb")]);
    }

    #[test]
    fn scanners_that_type_and_pads_are_told_from_mice_by_what_they_can_report() {
        let root = tempfile::tempdir().unwrap();
        machine(root.path());
        let (sys, dev) = (root.path().join("sys"), root.path().join("dev"));
        // Capabilities of a scanner, a tablet and a mouse, as their nodes show them.
        for (number, path, key, abs) in [
            (3, "1-6", "e080ffdf01cfffff fffffffffffffffe", "0"),
            (4, "1-7", "1c03 0 0 0 0 0", "1000003"),
            (5, "1-5", "1f0000 0 0 0 0", "0"),
        ] {
            let usb = sys.join("bus/usb/devices").join(path);
            put(&usb, &[("idVendor", "0c2e"), ("idProduct", "0b61")]);
            let input = usb.join(format!("{path}:1.0/input{number}"));
            put(&input.join("capabilities"), &[("key", key), ("abs", abs)]);
            put(&sys.join(format!("class/input/event{number}")), &[]);
            symlink(input, sys.join(format!("class/input/event{number}/device"))).unwrap();
            put(&dev.join("input"), &[(&format!("event{number}"), "")]);
        }
        let found = present_in(&sys, &dev);
        let inputs: Vec<_> = found.iter().filter(|one| one.port.contains("/event")).collect();
        let uses: Vec<_> = inputs.iter().map(|one| one.uses[0].1).collect();
        assert_eq!(uses, ["codes-keyboard", "pad-evdev"], "{inputs:?}");
        assert!(inputs[0].rule().starts_with("SUBSYSTEM==\"input\", ATTRS{idVendor}"), "{}", inputs[0].rule());
    }

    #[test]
    fn the_cure_is_the_rule_of_this_very_device() {
        let root = tempfile::tempdir().unwrap();
        machine(root.path());
        let found = present_in(&root.path().join("sys"), &root.path().join("dev"));
        assert_eq!(
            found[2].rule(),
            r#"SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ATTR{idVendor}=="0400", ATTR{idProduct}=="c35a", GROUP="tongban", MODE="0660""#
        );
        assert_eq!(
            found[0].rule(),
            r#"SUBSYSTEM=="tty", ATTRS{idVendor}=="1a86", ATTRS{idProduct}=="7523", GROUP="tongban", MODE="0660""#
        );
    }
}
