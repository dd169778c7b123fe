//! 厂商库: devices and photos behind makers' libraries. This process never loads one, and once it is
//! locked in it cannot start the children that do: a launcher, started before, does it.

use super::{Opened, number};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use tongban_device::control::OpControl;
use tongban_device::fault::DeviceFault;
use tongban_device::message::Setup;
use tongban_device::state::DeviceKind;
use tongban_id_card::photo::PhotoDecoder;
use tongban_vendor::{
    Answer, Call, Caller, Launcher, PhotoAbi, ReaderAbi, VendorCollector, VendorPhotos, VendorReader,
};

/// Words that make this program the launcher, and the child that makes one call.
pub const LAUNCH: &str = "vendor-launch";
/// See [`LAUNCH`].
pub const CALL: &str = "vendor-call";
/// Options: a photo library and its signature (`unpack`, `getbmp`), the libraries of a device.
const PHOTO_LIBRARY: &str = "photo.library";
const PHOTO_ABI: &str = "photo.abi";
const LIBRARY: &str = "library";
const FEATURES: &str = "features";
const CHANNEL: &str = "channel";
const PROTOCOL: &str = "protocol";
const DRIVERS: [&str; 3] = ["sdt", "cvr", "livescan"];

/// The launcher of this process.
#[derive(Clone)]
pub(crate) struct Vendor(Arc<Launcher>);

impl Caller for Vendor {
    fn call(&self, call: &Call, control: &OpControl<'_>) -> Result<Answer, DeviceFault> {
        let answer = self.0.call(call, control);
        if self.0.is_gone() {
            // Nothing here can start another; the terminal starts this process anew, and one with it.
            tracing::error!("the launcher of vendor libraries has ended");
            std::process::exit(1);
        }
        answer
    }
}

/// Is this a device whose maker's library drives it?
pub(crate) fn is_vendor(setup: &Setup) -> bool {
    DRIVERS.contains(&setup.driver.as_str())
}

/// Starts the launcher where the setup names a library; before this process is locked in.
pub(crate) fn launcher(setup: &Setup) -> io::Result<Option<Vendor>> {
    if !is_vendor(setup) && !setup.options.contains_key(PHOTO_LIBRARY) {
        return Ok(None);
    }
    let program = std::env::current_exe()?;
    Ok(Some(Vendor(Arc::new(Launcher::start(&program, &[LAUNCH])?))))
}

/// The device of a setup.
pub(crate) fn open(setup: &Setup, vendor: Option<&Vendor>) -> Result<Opened, DeviceFault> {
    let vendor = vendor.ok_or(DeviceFault::Unsupported)?.clone();
    let library = path(setup, LIBRARY).ok_or(DeviceFault::Unsupported)?;
    let small = |name: &str| match number(setup, name)? {
        Some(value) => i32::try_from(value).map_err(|_| DeviceFault::Unsupported),
        None => Ok(0),
    };
    let abi = match (setup.kind, setup.driver.as_str()) {
        (DeviceKind::FingerprintScanner, "livescan") => {
            let collector = VendorCollector::new(vendor, library, path(setup, FEATURES), small(CHANNEL)?);
            return Ok(Opened::Scanner(Box::new(collector)));
        }
        (DeviceKind::IdCardReader, "sdt") => {
            let port = setup.port.strip_prefix("sdt:").and_then(|port| port.parse().ok());
            ReaderAbi::Sdt { port: port.ok_or(DeviceFault::Unsupported)? }
        }
        (DeviceKind::IdCardReader, "cvr") => {
            let path = setup.port.strip_prefix("cvr:").ok_or(DeviceFault::Unsupported)?.to_owned();
            ReaderAbi::Cvr { path, protocol: small(PROTOCOL)? }
        }
        _ => return Err(DeviceFault::Unsupported),
    };
    let photos = super::photos(setup, Some(&vendor));
    Ok(Opened::Reader(Box::new(VendorReader::new(vendor, library, abi, photos))))
}

/// The decoder of a photo library, where the setup names one.
pub(crate) fn photos(setup: &Setup, vendor: Option<&Vendor>) -> Option<Box<dyn PhotoDecoder>> {
    let abi = match setup.options.get(PHOTO_ABI).map(String::as_str) {
        Some("getbmp") => PhotoAbi::GetBmp,
        _ => PhotoAbi::Unpack,
    };
    let decoder = VendorPhotos::new(vendor?.clone(), path(setup, PHOTO_LIBRARY)?, abi);
    Some(Box::new(decoder))
}

fn path(setup: &Setup, name: &str) -> Option<PathBuf> {
    setup.options.get(name).map(PathBuf::from)
}
