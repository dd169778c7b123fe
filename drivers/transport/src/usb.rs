//! USB 批量通道: vendor-class readers with bulk endpoints.
//!
//! Endpoints are taken from the claimed interface's descriptor only (a composite device has
//! others); how frames lie on them is [`crate::PipeLink`]'s affair.

use crate::SLICE_WAIT;
use crate::pipes::{PipeLink, Pipes};
use rusb::{Context, Device, DeviceHandle, Direction, InterfaceDescriptor, TransferType, UsbContext};
use std::str::FromStr;
use std::time::{Duration, Instant};
use tongban_device::transport::LinkError;

/// First identity of the readers: 0400:C35A (1024/50010).
const DEFAULT_VENDOR: u16 = 0x0400;
const DEFAULT_PRODUCT: u16 = 0xC35A;
/// Shortest wait handed to libusb, where 0 means for ever.
const WAIT_MIN: Duration = Duration::from_millis(1);

/// 端口写法: `usb:0400:c35a`, `usb:1-2.3`, or `usb:0400:c35a@1-2.3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbSelector {
    /// Vendor and product identity.
    pub identity: (u16, u16),
    /// Bus and port path as in sysfs (`1-2.3`), when several alike are plugged.
    pub path: Option<String>,
}

impl FromStr for UsbSelector {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let wrong = || LinkError::Other(format!("not a USB port: {text}"));
        let rest = text.strip_prefix("usb:").ok_or_else(wrong)?;
        let (identity, path) = match rest.split_once('@') {
            Some((identity, path)) => (Some(identity), Some(path)),
            None if rest.contains('-') => (None, Some(rest)),
            None => (Some(rest), None),
        };
        let identity = match identity {
            Some(pair) => {
                let (vendor, product) = pair.split_once(':').ok_or_else(wrong)?;
                let number = |hex: &str| u16::from_str_radix(hex, 16).map_err(|_| wrong());
                (number(vendor)?, number(product)?)
            }
            None => (DEFAULT_VENDOR, DEFAULT_PRODUCT),
        };
        Ok(Self { identity, path: path.map(str::to_owned) })
    }
}

/// A claimed interface of a bulk reader.
pub struct UsbPipes {
    handle: DeviceHandle<Context>,
    outs: Vec<u8>,
    ins: Vec<u8>,
}

/// A byte link over a USB reader's bulk pipes.
pub type UsbBulkLink = PipeLink<UsbPipes>;

impl PipeLink<UsbPipes> {
    /// Finds the device and claims its first vendor-class interface with bulk endpoints.
    ///
    /// # Errors
    /// `NoDevice`, `Denied`, `Busy` when it is claimed elsewhere, else `Other`.
    pub fn open(selector: &UsbSelector) -> Result<Self, LinkError> {
        let context = Context::new().map_err(link_error)?;
        let devices = context.devices().map_err(link_error)?;
        let device = devices.iter().find(|device| matches(device, selector)).ok_or(LinkError::NoDevice)?;
        let config = device.active_config_descriptor().map_err(link_error)?;
        let (number, outs, ins) = config
            .interfaces()
            .flat_map(|interface| interface.descriptors())
            .find_map(|interface| bulk_endpoints(&interface))
            .ok_or_else(|| LinkError::Other("no interface with bulk endpoints".to_owned()))?;
        let handle = device.open().map_err(link_error)?;
        // A generic driver may have taken the interface; platforms without one refuse.
        let _ = handle.set_auto_detach_kernel_driver(true);
        handle.claim_interface(number).map_err(link_error)?;
        Ok(Self::new(UsbPipes { handle, outs, ins }))
    }
}

fn matches(device: &Device<Context>, selector: &UsbSelector) -> bool {
    let Ok(descriptor) = device.device_descriptor() else { return false };
    let here = (descriptor.vendor_id(), descriptor.product_id());
    let ports = device.port_numbers().unwrap_or_default();
    let ports: Vec<String> = ports.iter().map(u8::to_string).collect();
    let path = format!("{}-{}", device.bus_number(), ports.join("."));
    here == selector.identity && selector.path.as_ref().is_none_or(|wanted| *wanted == path)
}

/// Number, OUT and IN endpoints of an interface that fits.
fn bulk_endpoints(interface: &InterfaceDescriptor<'_>) -> Option<(u8, Vec<u8>, Vec<u8>)> {
    let bulk = |wanted: Direction| -> Vec<u8> {
        interface
            .endpoint_descriptors()
            .filter(|end| end.transfer_type() == TransferType::Bulk && end.direction() == wanted)
            .map(|end| end.address())
            .collect()
    };
    let (outs, ins) = (bulk(Direction::Out), bulk(Direction::In));
    (!outs.is_empty() && !ins.is_empty()).then(|| (interface.interface_number(), outs, ins))
}

fn link_error(error: rusb::Error) -> LinkError {
    match error {
        rusb::Error::NoDevice => LinkError::Disconnected,
        rusb::Error::NotFound => LinkError::NoDevice,
        rusb::Error::Access => LinkError::Denied,
        rusb::Error::Busy => LinkError::Busy,
        // A vanished device ends running transfers with one of these two.
        rusb::Error::Io | rusb::Error::Pipe => LinkError::Disconnected,
        other => LinkError::Other(other.to_string()),
    }
}

impl Pipes for UsbPipes {
    fn outs(&self) -> usize {
        self.outs.len()
    }

    fn ins(&self) -> usize {
        self.ins.len()
    }

    fn write(&mut self, pipe: usize, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        let endpoint = *self.outs.get(pipe).ok_or(LinkError::NoDevice)?;
        let mut rest = bytes;
        while !rest.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(LinkError::Other("write not finished in time".to_owned()));
            }
            let count = self.handle.write_bulk(endpoint, rest, left.max(WAIT_MIN)).map_err(link_error)?;
            rest = &rest[count..];
        }
        Ok(())
    }

    fn read(&mut self, pipe: usize, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        let endpoint = *self.ins.get(pipe).ok_or(LinkError::NoDevice)?;
        match self.handle.read_bulk(endpoint, buffer, wait.clamp(WAIT_MIN, SLICE_WAIT)) {
            Ok(count) => Ok(count),
            Err(rusb::Error::Timeout | rusb::Error::Interrupted) => Ok(0),
            Err(error) => Err(link_error(error)),
        }
    }
}
