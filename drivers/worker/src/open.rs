//! Which driver on which link: the only place that names concrete drivers.

mod hall;
pub(crate) mod vendor;

pub(crate) use hall::HallDevice;
use std::time::Duration;
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::{Device, FingerprintScanner, IdCardReader, Printer};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::CardBytes;
use tongban_device::message::{Command, Reply, Setup};
use tongban_device::state::DeviceKind;
use tongban_device::transport::{ByteLink, LinkError};
use tongban_fingerprint::Ef01Scanner;
use tongban_id_card::photo::PhotoDecoder;
use tongban_id_card::{SamReader, Timings, status};
use tongban_transport::record::{RecordedLink, Recorder};
use tongban_transport::{HidrawLink, SerialLink, UsbBulkLink};
use vendor::Vendor;

/// Line speed of a fingerprint module as delivered.
const EF01_BAUD: u32 = 57_600;
/// Finding out and setting a module's speed.
const TUNE_WAIT: Duration = Duration::from_secs(6);
/// Line speed of serial receipt printers.
const ESCPOS_BAUD: u32 = 9_600;

/// A device, open.
pub(crate) enum Opened {
    Reader(Box<dyn IdCardReader>),
    Scanner(Box<dyn FingerprintScanner>),
    Printer(Box<dyn Printer>),
    Hall(hall::HallDevice),
}

impl Opened {
    pub(crate) fn device(&mut self) -> &mut dyn Device {
        match self {
            Self::Reader(reader) => reader.as_mut(),
            Self::Scanner(scanner) => scanner.as_mut(),
            Self::Printer(printer) => printer.as_mut(),
            Self::Hall(HallDevice::Codes(device)) => device.as_mut(),
            Self::Hall(HallDevice::Cards(device)) => device.as_mut(),
            Self::Hall(HallDevice::Pad(device)) => device.as_mut(),
            Self::Hall(HallDevice::Display(device)) => device.as_mut(),
            Self::Hall(HallDevice::Power(device)) => device.as_mut(),
        }
    }

    /// Carries out what only this kind of device can.
    pub(crate) fn perform(&mut self, command: &Command, control: &mut OpControl<'_>) -> Result<Reply, DeviceFault> {
        match (self, command) {
            (Self::Reader(reader), Command::ReadCard) => {
                reader.read_card(control).map(|card| Reply::Card(Box::new(card)))
            }
            (Self::Reader(reader), Command::CardPresent) => reader.card_present(control).map(Reply::Present),
            (Self::Scanner(scanner), Command::CaptureFinger { tries }) => {
                scanner.capture(*tries, control).map(Reply::Finger)
            }
            (Self::Printer(printer), Command::Print(job)) => printer.print(job, control).map(Reply::Printed),
            (Self::Printer(printer), Command::FindJob { job_name }) => {
                printer.find_job(job_name, control).map(Reply::Printed)
            }
            (Self::Hall(device), command) => device.perform(command, control),
            _ => Err(DeviceFault::Unsupported),
        }
    }
}

impl HallDevice {
    fn perform(&mut self, command: &Command, control: &mut OpControl<'_>) -> Result<Reply, DeviceFault> {
        match (self, command) {
            (Self::Codes(scanner), Command::ScanCode) => scanner.next_code(control).map(Reply::Code),
            (Self::Cards(reader), Command::ConnectSmartCard) => {
                reader.connect(control).map(|answer| Reply::SmartCard(CardBytes::new(answer)))
            }
            (Self::Cards(reader), Command::SmartCard(command)) => {
                reader.transmit(command.bytes(), control).map(|answer| Reply::SmartCard(CardBytes::new(answer)))
            }
            (Self::Cards(reader), Command::ReleaseSmartCard) => {
                reader.disconnect();
                Ok(Reply::Nothing)
            }
            (Self::Pad(pad), Command::Sign) => pad.sign(control).map(Reply::Signed),
            (Self::Display(display), Command::ShowCall(notice)) => {
                display.show(notice, control).map(|()| Reply::Nothing)
            }
            (Self::Power(supply), Command::ReadPower) => supply.power(control).map(Reply::Power),
            _ => Err(DeviceFault::Unsupported),
        }
    }
}

/// Opens the device a setup names; what goes over its line is recorded if asked for.
///
/// # Errors
/// `Unsupported` for an unknown driver or one that does not fit the kind, else the port's fault.
pub(crate) fn open(setup: &Setup, recorder: Option<&Recorder>, vendor: Option<&Vendor>) -> Result<Opened, DeviceFault> {
    if vendor::is_vendor(setup) {
        return vendor::open(setup, vendor);
    }
    match link(setup)? {
        Some(link) => match recorder {
            Some(recorder) => on(setup, Box::new(RecordedLink::new(link, recorder.clone())), vendor),
            None => on(setup, link, vendor),
        },
        None if is_printer(setup.kind) => tongban_printer::open(setup).map(Opened::Printer),
        None => hall::open(setup).map(Opened::Hall),
    }
}

fn is_printer(kind: DeviceKind) -> bool {
    matches!(kind, DeviceKind::DocumentPrinter | DeviceKind::CertificatePrinter)
}

/// The byte line of a device, opened; `None` for devices that have none.
pub(crate) fn link(setup: &Setup) -> Result<Option<Box<dyn ByteLink>>, DeviceFault> {
    let serial_port = setup.port.contains("/tty") || setup.port.contains("/serial/");
    Ok(Some(match (setup.kind, setup.driver.as_str()) {
        (DeviceKind::IdCardReader, "sam-serial") => {
            Box::new(opened(SerialLink::open(&setup.port, status::baud(setup)?))?)
        }
        (DeviceKind::IdCardReader, "sam-usb") => {
            Box::new(opened(setup.port.parse().and_then(|port| UsbBulkLink::open(&port)))?)
        }
        (DeviceKind::IdCardReader, "sam-hid") => Box::new(opened(HidrawLink::open(&setup.port))?),
        (DeviceKind::FingerprintScanner, "ef01-serial") => {
            let given = number(setup, status::BAUD_OPTION)?;
            Box::new(opened(SerialLink::open(&setup.port, given.unwrap_or(EF01_BAUD)))?)
        }
        (kind, "escpos") if is_printer(kind) && serial_port => {
            let baud = number(setup, status::BAUD_OPTION)?.unwrap_or(ESCPOS_BAUD);
            Box::new(opened(SerialLink::open(&setup.port, baud))?)
        }
        _ => return hall::link(setup),
    }))
}

/// The driver of a setup on a line that is open.
pub(crate) fn on(setup: &Setup, link: Box<dyn ByteLink>, vendor: Option<&Vendor>) -> Result<Opened, DeviceFault> {
    match setup.kind {
        DeviceKind::IdCardReader => {
            let timings = Timings::at_baud(status::baud(setup)?);
            Ok(Opened::Reader(Box::new(SamReader::new(link, timings, photos(setup, vendor)))))
        }
        DeviceKind::FingerprintScanner => {
            let mut scanner = Ef01Scanner::new(link, tongban_fingerprint::Timings::default());
            // A speed given is kept; otherwise the module is set to the faster one.
            let fast = number(setup, status::BAUD_OPTION)?.is_none();
            let mut silent = |_| {};
            scanner.tune(fast, &OpControl::new(TUNE_WAIT, CancelFlag::new(), &mut silent))?;
            Ok(Opened::Scanner(Box::new(scanner)))
        }
        kind if is_printer(kind) => tongban_printer::open_on(setup, link).map(Opened::Printer),
        _ => hall::on(setup, link).map(Opened::Hall),
    }
}

fn number(setup: &Setup, name: &str) -> Result<Option<u32>, DeviceFault> {
    setup.options.get(name).map(|text| text.parse().map_err(|_| DeviceFault::Unsupported)).transpose()
}

/// A port that goes away while being opened is simply not there.
fn opened<T>(link: Result<T, LinkError>) -> Result<T, DeviceFault> {
    link.map_err(|error| match error {
        LinkError::Disconnected => DeviceFault::NoDevice,
        other => other.into(),
    })
}

/// The decoder of card photos: a maker's library where one is named.
pub(crate) fn photos(setup: &Setup, vendor: Option<&Vendor>) -> Box<dyn PhotoDecoder> {
    vendor::photos(setup, vendor).unwrap_or_else(otherwise)
}

/// The simulator's pictures can be decoded in the demonstration only.
#[cfg(feature = "demo")]
fn otherwise() -> Box<dyn PhotoDecoder> {
    struct SimulatedPhotos;
    impl PhotoDecoder for SimulatedPhotos {
        fn decode(&mut self, wlt: &[u8]) -> Option<tongban_device::message::Rgba> {
            tongban_sim::wlt::decode(wlt)
        }
    }
    Box::new(SimulatedPhotos)
}

#[cfg(not(feature = "demo"))]
fn otherwise() -> Box<dyn PhotoDecoder> {
    Box::new(tongban_id_card::photo::NoDecoder)
}
